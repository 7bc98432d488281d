"""The reference workload in NumPy, in the engine's block passes and in C, beside what was recorded for others."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.measures import NANO, Found, Say, Size, Table, interleaved, middle, shown
from benchmarks.reference.blocks import BlockMonth
from benchmarks.reference.c_passes import CPasses, NoCompilerError
from benchmarks.reference.numba_passes import NumbaPasses
from benchmarks.reference.numpy_month import HashDraws, NumpyMonth, OwnDraws
from benchmarks.reference.workload import State, greatest_z, start, statistics

TITLE = "The reference workload"
HUGE = 10_000_000
MONTHS, TINY_MONTHS = 12, 3
SEED, OWN_SEED = 1, 2
NUMPY, NUMPY_OWN = "NumPy float32, this project's draws", "NumPy float32, its own generator"
BLOCKS, IN_C = "numba, block passes", "C, the same passes"
RECORDED = (
    ("Mesa 3.5.1, AgentSet.do / shuffle_do", "1,363 / 2,259", "1,470 / 2,871", "1,568 / -", "554-625"),
    ("AgentPy, ABSESpy, Mesa 4.0.0a0", "1,405-1,518", "1,333-1,555", "-", "625-1,953"),
    ("polars, 1 / 2 threads", "167 / 191", "126 / 97", "100 / -", "83-172"),
    ("mesa-frames, 1 / 2 threads", "194 / 160", "107 / 91", "99 / 84", "105"),
    ("Starsim 3.7.2, common random numbers", "97", "85", "144", "211"),
    ("AMBER, view / array", "86 / 82", "74 / 69", "76 / 69", "453 / 89"),
    ("NumPy float32", "74", "70", "66", "75"),
    ("JAX, 1 / 2 threads", "30 / 32", "53 / 39", "53 / 39", "74"),
    ("numba, one fused loop, 1 / 2 threads", "37 / 25", "34 / 17.5", "34 / 18", "37"),
    ("numba, block passes, 1 / 2 threads", "7.6 / 5.4", "8.2 / 4.2", "7.6 / 4.6", "35"),
    ("C the same way, 1 / 2 threads", "7.2 / 5.9", "6.9 / 3.6", "6.6 / 4.5", "30"),
)
"""ns a household-month for 10^5, 10^6 and 10^7 households, and bytes a household, recorded on another occasion."""


def engines(state: State, means: Any) -> dict[str, Callable[[], Any]]:
    """Return what makes each implementation, over a copy of the state of its own."""

    def blocks(threads: int, kind: type[NumbaPasses]) -> Callable[[], Any]:
        return lambda: BlockMonth(state.copy(), means, threads, kind(threads))

    def columns(draws: Callable[[State], HashDraws | OwnDraws]) -> Any:
        mine = state.copy()
        return NumpyMonth(mine, means, draws(mine))

    made: dict[str, Callable[[], Any]] = {
        NUMPY: lambda: columns(HashDraws), NUMPY_OWN: lambda: columns(lambda mine: OwnDraws(mine, OWN_SEED)),
        **{f"{BLOCKS}, {k} thread{'s' * (k > 1)}": blocks(k, NumbaPasses) for k in (1, 2)},
    }  # fmt: skip
    try:
        CPasses(1)
    except NoCompilerError:
        return made
    return made | {f"{IN_C}, {k} thread{'s' * (k > 1)}": blocks(k, CPasses) for k in (1, 2)}


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Hold the implementations to the same lives, then time them in turn."""
    months = TINY_MONTHS if size.tiny else MONTHS
    found: dict[str, Any] = {"compiler": "found", "months": months, "ns": {}}
    try:
        CPasses(1)
    except NoCompilerError as error:
        found["compiler"] = str(error)
        say(f"{error}: the C version is left out")
    found["agree"] = agreement(size.rows, 2 * months)
    for n in (size.rows, size.many, *([HUGE] if size.full else [])):
        say(f"{size.repeats} x {months} months of the reference workload, {n:,} households, every implementation")
        state, means = start(n, SEED)
        running = {name: Timed(make(), n) for name, make in engines(state, means).items()}
        works = {name: lambda one=one: one.lived(months) for name, one in running.items()}
        for one in running.values():
            one.lived(1)  # compiles and warms
        found["ns"][str(n)] = interleaved(works, size.repeats)
    found["bytes"] = sum(column.itemsize for column in start(1, SEED)[0])
    return found


class Timed:
    """An implementation that goes on living from where it was."""

    def __init__(self, engine: Any, n: int) -> None:
        self.engine, self.n, self.month = engine, n, 0

    def lived(self, months: int) -> float:
        """Live so many months; return nanoseconds a household-month by the wall clock."""
        began = time.perf_counter()
        for _ in range(months):
            self.engine.live(self.month)
            self.month += 1
        return (time.perf_counter() - began) / (months * self.n) * NANO


def agreement(n: int, months: int) -> dict[str, Any]:
    """Return the greatest z of 30 statistics against NumPy, and whether every block version has the same bits."""
    state, means = start(n, SEED)
    runs = {name: lives(make(), months) for name, make in engines(state, means).items()}
    known, _, _ = runs[NUMPY]
    first = next(name for name in runs if name.startswith(BLOCKS))
    columns = (*runs[first][1], *runs[first][2])
    same = {
        name: all(np.array_equal(a, b) for a, b in zip((*ended, *last), columns, strict=True))
        for name, (_, ended, last) in runs.items()
        if name not in (NUMPY, NUMPY_OWN)
    }
    return {
        "z": {name: greatest_z(known, numbers) for name, (numbers, *_) in runs.items() if name != NUMPY},
        "same bits": same, "statistics": len(known), "households": n, "months": months,
    }  # fmt: skip


def lives(engine: Any, months: int) -> tuple[dict[str, tuple[float, float]], State, Any]:
    """Return the statistics of a run, its last state, and what was counted in its last month."""
    counted = [engine.live(month) for month in range(months)]
    return statistics(engine.state, counted), engine.state, counted[-1]


def fastest_numpy(found: Found, n: str) -> list[float]:
    """Return the times of the faster NumPy version."""
    return min((found["ns"][n][name] for name in (NUMPY, NUMPY_OWN)), key=middle)


def over_numpy(found: Found, n: str) -> list[float]:
    """Return how many times faster than NumPy the block passes are on two threads, run by run."""
    mine = found["ns"][n][f"{BLOCKS}, 2 threads"]
    return [slow / fast for slow, fast in zip(fastest_numpy(found, n), mine, strict=True)]


def over_c(found: Found, n: str) -> list[float] | None:
    """Return the time of the block passes over that of C, both on two threads, run by run; None without a compiler."""
    times = found["ns"][n]
    if f"{IN_C}, 2 threads" not in times:
        return None
    return [a / b for a, b in zip(times[f"{BLOCKS}, 2 threads"], times[f"{IN_C}, 2 threads"], strict=True)]


def tables(found: Found) -> list[Table]:
    """Show what was measured, whether all agree, and what was recorded."""
    sizes, agree = list(found["ns"]), found["agree"]
    rows = [[name, *(shown(found["ns"][n][name], 1) for n in sizes)] for name in found["ns"][sizes[0]]]
    rows.append(["times NumPy, block passes on 2 threads", *(shown(over_numpy(found, n), 1) for n in sizes)])
    if over_c(found, sizes[0]):
        rows.append(["block passes over C, 2 threads", *(shown(over_c(found, n) or [], 2) for n in sizes)])
    notes = [
        f"State: {found['bytes']} bytes a household. All agree: of {agree['statistics']} statistics (7 flows in all, "
        "12 counts by country and status,",
        "means of log income and of former migrants by country and of savings by status, mean wait; "
        f"{agree['households']:,} households, {agree['months']} months) the greatest",
        "difference from NumPy with the same draws, in standard errors, is "
        + ", ".join(f"{z:.2g} ({name})" for name, z in agree["z"].items()) + ".",
        ("The block versions have" if all(agree["same bits"].values()) else "The block versions do NOT have")
        + " the same bits, numba and C, on one thread and on two.",
    ]  # fmt: skip
    if found["compiler"] != "found":
        notes.append(f"{found['compiler']}: the C version is left out.")
    head = ["ns a household-month", *(f"{int(n):,} households" for n in sizes)]
    recorded = ["engine, as recorded", "10^5", "10^6", "10^7", "bytes a household"]
    return [
        Table(TITLE, head, rows, notes),
        Table("The reference workload elsewhere, ns a household-month", recorded, RECORDED, [
            "Recorded on another occasion, on 2 cores of an AMD EPYC with wider vectors: compare ratios, not times.",
        ]),
    ]  # fmt: skip
