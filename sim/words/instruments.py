"""Every instrument in plain words, by the families of `sim.policies`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sim.words.abroad import ABROAD
from sim.words.home import HOME
from sim.words.places import PLACES
from sim.words.programmes import PROGRAMMES
from sim.words.shocks import SHOCKS
from sim.words.told import Told

TOLD: Final[Mapping[str, Told]] = {**PLACES, **PROGRAMMES, **HOME, **ABROAD, **SHOCKS}
"""By name in a scenario file."""
