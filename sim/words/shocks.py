"""Shocks that a user can set, in plain words."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

SHOCKS: Final[dict[str, Told]] = {}
