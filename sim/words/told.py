"""How an instrument is told: its name, a sentence for each setting, what fixes its size and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Told:
    """Plain words about an instrument. In `settings` {value} stands for the value with its unit.

    A setting with choices has a sentence for each, one that is true or false for 'yes' and 'no', a number perhaps
    for 'none' and 'some'. pinned: what fixes the size of its effect; open: what nothing fixes. always: settings
    told also when left as they are.
    """

    name: str
    pinned: str
    open: str
    settings: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    always: tuple[str, ...] = ()
