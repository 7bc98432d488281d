"""Every instrument in plain words, by the families of `sim.policies`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sim.words.abroad import ABROAD
from sim.words.home import HOME
from sim.words.places import PLACES
from sim.words.programmes import PROGRAMMES
from sim.words.safety import SAFETY
from sim.words.shocks import SHOCKS
from sim.words.told import Told
from sim.words.work import WORK

TOLD: Final[Mapping[str, Told]] = {**PLACES, **PROGRAMMES, **HOME, **WORK, **SAFETY, **ABROAD, **SHOCKS}
"""By name in a scenario file."""
