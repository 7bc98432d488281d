"""The same rules give the same counts, however they are run: by agents, threads, chunks, order or machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numba.core.runtime import _nrt_python, rtsys
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
from sim.engine import in_order
from sim.model import MigrationModel
from sim.numerics import compiled
from sim.rows import columns_of as part_of
from sim.rows import room, row
from sim.state import COLUMNS, ROW, STATE, Columns, Tally

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


@pytest.mark.parametrize("whole_departments", [True, False])
def test_the_order_of_rows_does_not_matter(whole_departments: bool) -> None:
    """Departments in another order, each as it is formed in another order; and rows of all departments mixed."""
    straight, shuffled = busy_model(), busy_model()
    columns = shuffled.engine.columns
    by_chance = columns.id * np.uint64(0x9E3779B97F4A7C15)
    department = (columns.department.astype(np.int64) * 37 + 11) % 54
    order = np.lexsort((by_chance, columns.first_month, department)) if whole_departments else np.argsort(by_chance)
    assert not np.array_equal(order, np.arange(len(order)))
    shuffled.engine.columns = Columns(*(np.asfortranarray(column[order]) for column in columns))
    shuffled.engine.order = in_order(shuffled.engine.columns)
    stretches = len(shuffled.engine.order[0])
    assert stretches == 54 if whole_departments else stretches > 400
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


def moved(columns: Columns, i: int, into: np.ndarray, out_of: np.ndarray) -> None:
    """Copy row i of the columns, field by field as rules see it, into one record, and another record into the row."""
    lines = ["def move(rooms, i, into, out_of):", " h = row(rooms[0], i)"]
    for name, (_, width) in COLUMNS.items():
        for cell in [""] if width == 1 else [f"[{k}]" for k in range(width)]:
            lines += [f" into.{name}{cell} = h.{name}{cell}", f" h.{name}{cell} = out_of.{name}{cell}"]
    names = {"row": row}
    exec("\n".join(lines), names)
    compiled(names["move"])(room(columns, {}), i, into[0], out_of[0])


def test_rules_read_and_write_every_column_of_a_row_and_no_other_row() -> None:
    shapes = {name: (5, width) if width > 1 else (5,) for name, (_, width) in COLUMNS.items()}
    columns = Columns(*(np.zeros(shape, COLUMNS[name][0], "F") for name, shape in shapes.items()))
    for name, column in columns._asdict().items():
        column[:] = np.arange(column.size).reshape(column.shape) + len(name)
    before = {name: column.copy() for name, column in columns._asdict().items()}
    into, out_of = np.zeros(1, ROW), np.zeros(1, ROW)
    for name, (_, width) in COLUMNS.items():
        out_of[name] = 100 + np.arange(width) if width > 1 else 100
    moved(columns, 3, into, out_of)
    for name, column in columns._asdict().items():
        assert np.array_equal(into[name][0], before[name][3]), f"{name} is not read"
        assert np.array_equal(column[3], out_of[name][0]), f"{name} is not written"
        assert np.array_equal(np.delete(column, 3, axis=0), np.delete(before[name], 3, axis=0)), name


@compiled
def sums_of(rooms, first, n, out):
    b = part_of(rooms[0], first, n)
    for j in range(n):
        out[0] += b.weight[j]
        for k in range(len(b.away)):
            out[1] += b.away[k, j]
        out[2] += b.children[2, j]


def test_passes_see_the_rows_of_their_block_only(reference) -> None:
    columns = reference[0].engine.columns
    out = np.zeros(3, np.int64)
    sums_of(room(columns, {}), 100, 250, out)
    rows = slice(100, 350)
    assert list(out) == [columns.weight[rows].sum(), columns.away[rows].sum(), columns.children[rows, 2].sum()]


def test_columns_that_are_not_stored_cell_by_cell_are_refused(reference) -> None:
    columns = reference[0].engine.columns
    with pytest.raises(ValueError, match="column away is not stored cell by cell"):
        room(columns._replace(away=np.ascontiguousarray(columns.away)), {})


def test_months_change_every_column_of_the_state_and_none_of_what_a_household_is() -> None:
    fixed = {
        "id", "weight", "indigenous", "female_head", "head_age", "quintile", "first_month", "propensity",
    }  # fmt: skip
    model = busy_model()
    engine = model.engine
    engine.levers.jobs[:], engine.levers.running[:], engine.world.disaster[:] = 0.1, 1, 0.1
    engine.ways.contract[engine.ways.contract > 0], engine.ways.rotation[:] = 2, 1
    before = columns_of(model)
    changed: set[str] = set()
    for _ in range(SHORT * 2):
        model.step()
        after = columns_of(model)
        changed |= {name for name in after if after[name].tobytes() != before[name].tobytes()}
    assert changed == set(COLUMNS) - fixed
    assert not fixed & set(STATE)


def test_living_one_row_touches_no_other() -> None:
    model = small_model()
    begin_month(model)
    before = [column.copy() for column in model.engine.columns]
    model.engine.live_one(3, 0)
    for name, old, new in zip(model.engine.columns._fields, before, model.engine.columns, strict=True):
        assert np.array_equal(np.delete(old, 3, axis=0), np.delete(new, 3, axis=0)), name
    assert model.engine.columns.shock[3] != before[model.engine.columns._fields.index("shock")][3]


@pytest.fixture
def traced() -> Iterator[None]:
    """Count what numpy and Python allocate (tracemalloc) and what compiled code does (numba's runtime)."""
    _nrt_python.memsys_enable_stats()
    tracemalloc.start()
    yield
    tracemalloc.stop()
    _nrt_python.memsys_disable_stats()


@pytest.mark.parametrize("chunk", [64, 100_000])
def test_compiled_code_allocates_nothing_while_households_live(traced, chunk: int) -> None:
    """Numba wraps each of the nine arrays of a call once. Nothing grows with rows."""
    model = busy_model(run__chunk=chunk)
    lived(model, 2)
    begin_month(model)
    before = rtsys.get_allocation_stats().alloc
    before_it, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    model.engine.live(model.month)
    _, peak = tracemalloc.get_traced_memory()
    assert rtsys.get_allocation_stats().alloc - before == 9
    assert peak - before_it < 50_000
    assert sum(column.nbytes for column in model.engine.columns) > 150_000


def held() -> tuple[int, int]:
    """Return the bytes that Python and numpy hold, and the pieces of memory that compiled code does."""
    stats = rtsys.get_allocation_stats()
    return tracemalloc.get_traced_memory()[0], stats.alloc - stats.free


def test_months_that_are_not_recorded_hold_no_memory(traced) -> None:
    model = small_model(run__start="2020-01", run__end="2020-12")
    for month in range(60):
        model.step()
        if month == 24:
            before = held()
    after = held()
    assert after[0] - before[0] < 20_000
    assert after[1] == before[1]


def digest() -> str:
    """Return a hash of everything that a busy half-year counts, records and leaves behind."""
    model = busy_model(run__end=f"2013-{SHORT:02}")
    found = hashlib.sha256()
    for month in lived(model, SHORT):
        for array in month:
            found.update(array.tobytes())
    for rows in (columns_of(model), model.record.flow_rows(), model.record.stock_rows()):
        for column in rows.values():
            found.update(column.tobytes())
    found.update(repr((model.record.outcomes(), model.record.summary())).encode())
    return found.hexdigest()


def test_generic_and_native_code_give_the_same_counts_and_outcomes(tmp_path: Path) -> None:
    """Another process compiles all rules anew for a plain processor: 40 s of this suite, its longest test."""
    machine = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    generic = subprocess.run(
        [sys.executable, __file__], env={**os.environ, **machine}, capture_output=True, text=True, check=True
    )
    assert [*tmp_path.rglob("*.nbc")], "nothing was compiled anew"
    assert generic.stdout.strip() == digest()


if __name__ == "__main__":
    print(digest())
