"""Parts of a block's month that are not rules: lists of marked rows, and where the rows of a block live."""

from __future__ import annotations

import numpy as np
import pytest
from small_model import busy_model, lived

from sim.blocks.flags import listed
from sim.blocks.passes import find_movers
from sim.numerics import compiled
from sim.rows import columns_of

ROOM, MONTHS = 2048, 8


@pytest.mark.parametrize("n", [1, 63, 64, 65, 1000, ROOM])
@pytest.mark.parametrize("part", [0.0, 0.02, 0.5, 1.0])
def test_marked_rows_are_listed_in_order_and_none_behind_the_last(n: int, part: float) -> None:
    marks = (np.random.default_rng(1).random(ROOM) < part).astype(np.uint8) * np.uint8(7)
    found = np.full(ROOM, -1, np.int32)
    expected = np.flatnonzero(marks[:n])
    m = listed(marks, found, n)
    assert m == len(expected)
    assert np.array_equal(found[:m], expected)
    assert np.all(found[m:] == -1)


@compiled
def movers(rooms, first, n, W, in_city):
    b = columns_of(rooms[0], first, n)
    here, city = find_movers(b, rooms[0], n, W[0])
    for j in range(n):
        in_city[j] = rooms[0].in_city[j]
    return here, city


def test_a_block_lives_in_one_department_or_the_main_city_wherever_its_first_row_lives() -> None:
    """After months in which households moved: every row is in one of the two, also where the first has moved."""
    model = busy_model()
    home = model.engine.columns.department.copy()
    lived(model, MONTHS)
    engine, department = model.engine, model.engine.columns.department
    moved = np.flatnonzero(department != home)
    assert len(moved) > 10
    for start, end in zip(engine.order[0], engine.order[1][:, -1], strict=True):
        for first in (start, *moved[(moved >= start) & (moved < end)][:3]):
            n = min(ROOM, end - first)
            in_city = np.zeros(n, np.uint8)
            here, city = movers(engine._rooms[0], first, n, engine._world, in_city)
            assert city == engine.world.main_city[home[start]]
            assert here in (home[start], city)
            assert np.array_equal(department[first : first + n], np.where(in_city > 0, city, here))
