"""The same rules give the same counts, however they are run: by agents, threads, chunks, order or machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sim.rules.row import load, store
from small_model import (
    assert_same_columns,
    assert_same_counts,
    begin_month,
    busy_model,
    columns_of,
    lived,
    small_model,
)

from sim.codes import FLOWS
from sim.model import MigrationModel
from sim.numerics import compiled
from sim.state import ROW, STATE, Tally

MONTHS = 24
SHORT = 6


@pytest.fixture(scope="module")
def reference() -> tuple[MigrationModel, list[Tally]]:
    model = small_model()
    return model, lived(model, MONTHS)


def test_agents_and_columns_give_identical_counts_and_households(reference) -> None:
    model, done = reference
    living = model.engine.columns.first_month < MONTHS
    assert living.sum() == pytest.approx(2000, rel=0.05)
    assert sum(month.events["people"].sum() for month in done) > 0
    agents = small_model(engine="agents")
    assert_same_counts(done, lived(agents, MONTHS))
    assert_same_columns(columns_of(model), columns_of(agents))


@pytest.mark.parametrize(("threads", "chunk"), [(1, 300), (2, 64)])
def test_threads_and_chunks_change_no_count(reference, threads: int, chunk: int) -> None:
    model, done = reference
    other = small_model(run__threads=threads, run__chunk=chunk)
    assert (other.engine.threads, other.engine.chunk) == (threads, chunk)
    assert_same_counts(done, lived(other, MONTHS))
    assert_same_columns(columns_of(model), columns_of(other))


def test_models_side_by_side_do_not_disturb_each_other(reference) -> None:
    """A rerun beside a model of another seed, policy and place in time counts what it counts alone."""
    model, done = reference
    stricter = {"enforcement": {"mexico_removal_multiplier": 5, "start": "2013-01"}}
    other = small_model(stricter, seed=2, behaviour__b_v=1.5)
    again = small_model()
    counted = []
    for _ in range(MONTHS):
        other.step()
        again.step()
        counted.append(again.engine.counted())
    assert_same_counts(done, counted)
    assert_same_columns(columns_of(model), columns_of(again))
    assert not np.array_equal(columns_of(other)["shock"], columns_of(again)["shock"])  # another seed, another life


def test_the_order_of_rows_does_not_matter() -> None:
    straight, shuffled = busy_model(), busy_model()
    columns = shuffled.engine.columns
    order = np.argsort(columns.id * np.uint64(0x9E3779B97F4A7C15))
    shuffled.engine.columns = columns._replace(**{name: getattr(columns, name)[order] for name in columns._fields})
    done = lived(straight, SHORT * 2)
    assert_same_counts(done, lived(shuffled, SHORT * 2))
    assert_same_columns(columns_of(straight), columns_of(shuffled))
    assert sum(month.people(FLOWS.index("admit")).sum() for month in done) > 0


def test_a_household_that_does_not_exist_yet_is_left_alone() -> None:
    model = small_model()
    columns = model.engine.columns
    later = columns.first_month >= SHORT
    before = {name: getattr(columns, name)[later] for name in columns._fields}
    lived(model, SHORT)
    after = {name: getattr(columns, name)[later] for name in columns._fields}
    assert later.any()
    assert_same_columns(before, after)


@compiled
def rewrite(columns, row, h) -> None:
    load(columns, 0, row)
    store(columns, 0, h)


def test_every_column_that_a_month_changes_is_read_and_written(reference) -> None:
    given = reference[0].engine.columns
    columns = type(given)(*(column[:1].copy() for column in given))
    given, taken = np.zeros(1, ROW), np.zeros(1, ROW)
    for name in columns._fields:
        given[name] = 7
        getattr(columns, name)[:] = 5
    rewrite(columns, taken[0], given[0])
    fixed = {
        "id", "weight", "indigenous", "female_head", "head_age", "quintile", "first_month", "propensity",
    }  # fmt: skip
    for name in columns._fields:
        assert np.all(taken[name] == 5), f"{name} is not loaded"
        assert np.all(getattr(columns, name) == (5 if name in fixed else 7)), f"{name} is not stored as it should be"
    assert not fixed & set(STATE)


def test_living_one_row_touches_no_other() -> None:
    model = small_model()
    begin_month(model)
    before = [column.copy() for column in model.engine.columns]
    model.engine.live_one(3, 0)
    for name, old, new in zip(model.engine.columns._fields, before, model.engine.columns, strict=True):
        assert np.array_equal(np.delete(old, 3, axis=0), np.delete(new, 3, axis=0)), name
    assert model.engine.columns.shock[3] != before[model.engine.columns._fields.index("shock")][3]


def digest() -> str:
    """Return a hash of everything that a busy year counts and leaves behind."""
    model = busy_model()
    found = hashlib.sha256()
    for month in lived(model, SHORT):
        for array in month:
            found.update(array.tobytes())
    for column in columns_of(model).values():
        found.update(column.tobytes())
    return found.hexdigest()


def test_generic_and_native_code_give_the_same_counts(tmp_path: Path) -> None:
    machine = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    generic = subprocess.run(
        [sys.executable, __file__], env={**os.environ, **machine}, capture_output=True, text=True, check=True
    )
    assert generic.stdout.strip() == digest()


if __name__ == "__main__":
    print(digest())
