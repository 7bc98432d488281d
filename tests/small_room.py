"""Rooms in which rules work, for tests that call them on a few households."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.block import open_month, work
from sim.engine import Engine
from sim.numerics import compiled
from sim.rows import room
from sim.rules.choice import NOTHING_FEASIBLE
from sim.rules.ways import LOT
from sim.state import record


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
    """Return a month of an engine, laid out in a room of its own that sees the engine's columns."""
    seen = [record(one._asdict()) for one in (engine.world, engine.levers, engine.feedback, engine.ways)]
    R = room(engine.columns, work(len(engine.ways.cost)))
    _open(R, month, *seen, engine.behaviour)
    return Place(R, *seen, engine.behaviour)


def lot_of(utility: Any, feasible: Any) -> Any:
    """Return a room without columns, (1,), in whose lot all value the ways alike. utility, feasible: (ways,)."""
    R = np.zeros(1, [(name, *kind) for name, kind in work(len(utility)).items()])
    R["utility"][0] = np.asarray(utility, np.float32)[:, None]
    R["feasible"][0] = np.asarray(feasible, np.float32)[:, None]
    R["leaving"] = NOTHING_FEASIBLE - 1
    assert R["utility"].shape == (1, len(utility), LOT)
    return R
