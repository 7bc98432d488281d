"""Rooms in which rules work, for tests that call them on a few households."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.blocks.work import open_month, work
from sim.engine import Engine
from sim.numerics import compiled
from sim.rules.choice import NOTHING_FEASIBLE
from sim.rules.ways import LOT


class Place(NamedTuple):
    """What rules of a month are given, each a record (1,)."""

    R: Any
    W: Any
    L: Any
    F: Any
    G: Any
    P: Any


@compiled
def _open(R, month, W, L, F, G, P):
    open_month(R[0], month, W[0], L[0], F[0], G[0], P[0])


def place_of(engine: Engine, month: int) -> Place:
    """Return a month laid out in the room of an engine's first thread."""
    place = Place(
        engine._rooms[0], engine._world, engine._levers, engine._feedback, engine._ways, engine.behaviour
    )  # fmt: skip
    _open(place.R, month, *place[1:])
    return place


def lot_of(utility: Any, feasible: Any) -> Any:
    """Return a room without columns, (1,), in whose lot all value the ways alike. utility, feasible: (ways,)."""
    R = np.zeros(1, [(name, *kind) for name, kind in work(len(utility)).items()])
    R["utility"][0] = np.asarray(utility, np.float32)[:, None]
    R["feasible"][0] = np.asarray(feasible, np.float32)[:, None]
    R["leaving"] = NOTHING_FEASIBLE - 1
    assert R["utility"].shape == (1, len(utility), LOT)
    return R
