"""Journeys of a month travelled again with the draws they were lived with: how each ended, how often it was met."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.codes import SINGLE_ADULT
from sim.compiling import compiled_loop
from sim.draws import key
from sim.model import MigrationModel
from sim.rules.journey import death_risk, p_stopped_in_mexico, travel

Whole = NDArray[np.int64]


@compiled_loop
def _retrace(
    seed: int, month: int, party: int, own: bool, ids: NDArray[np.uint64], country: NDArray[np.int8],
    W: Any, L: Any, P: Any, end: Whole, met: Whole,
) -> None:  # fmt: skip
    world, levers, behaviour = W[0], L[0], P[0]
    for i in range(len(ids)):
        c = country[i]
        expelled, released = world.expelled[c, party, month], world.released[c, party, month]
        p_det = behaviour.p_det_expelled if expelled > released else behaviour.p_det
        p_det = min(p_det + levers.sanction[month], np.float32(1))
        end[i], met[i], _ = travel(
            key(seed, ids[i], month), death_risk(own, behaviour),
            p_stopped_in_mexico(world.p_mexico[c, month], own, behaviour), world.apprehended[party, month],
            released, expelled, p_det, behaviour,
        )  # fmt: skip


def retraced(model: MigrationModel, month: int, rows: Whole, own: bool) -> tuple[Whole, Whole]:
    """Return (n,) how journeys of lone adults ended (`sim/rules/journey.py`), and their apprehensions at the US border.

    rows: (n,) households that left in this month, which the model has just lived. own: on one's own, with no smuggler.
    """
    H, engine = model.engine.columns, model.engine
    country = np.ascontiguousarray(engine.world.country[H.department[rows]])
    end, met = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    _retrace(
        model.config["seed"], month, SINGLE_ADULT, own, np.ascontiguousarray(H.id[rows]), country,
        engine.records[0], engine.records[1], engine.behaviour, end, met,
    )  # fmt: skip
    return end, met
