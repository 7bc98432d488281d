"""What the machine could do at most: memory, hashes, exponentials and normals, and the month of a household of these.

The bound is the slower of moving the bytes of a month and computing its dense draws, one exp and one normal; whatever
else a month does is above it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from inspect import getsource
from typing import Any

import numpy as np

from benchmarks.measures import NANO, Found, Say, Size, Table, interleaved, middle, months_config, shown, timed
from sim.blocks import passes, stock
from sim.compiling import compiled
from sim.draws import bits_of, mix
from sim.numerics import exp32, log32, quantile32
from sim.state import COLUMNS

TITLE = "Roofline"
THREADS = (1, 2)
LONG, SHORT = 2**23, 1024
"""Numbers of the memory test, three arrays of 64 MiB, and of the others, which stay in the first cache."""
STREAM_BYTES = 24
"""Bytes that a triad moves a number, as the STREAM benchmark counts them."""
TURNS = 20_000
KEY_MIXES, DENSE_DRAWS = 2, ("BIRTH", "VICTIM", "VICTIM 1", "LIVELIHOOD", "ASPIRE")
"""Mixes of a key, and what every household draws every month; each is one mix more."""
WRITTEN = ("shock", "savings", "debt", "aspiring", "plan", "went", "went_people", "barred")
"""Columns that every household writes every month; those that it reads are the ones that the passes name."""


@compiled
def _triad(a, b, c, turns):
    for _ in range(turns):
        for i in range(len(a)):
            a[i] = b[i] + 3.0 * c[i]


@compiled
def _mixes(a, b, c, turns):
    for _ in range(turns):
        for i in range(len(a)):
            a[i] = mix(b[i])


@compiled
def _draws(a, b, c, turns):
    for _ in range(turns):
        for i in range(len(a)):
            a[i] = bits_of(b[i], 1, 0)


@compiled
def _exps(a, b, c, turns):
    for _ in range(turns):
        for i in range(len(a)):
            a[i] = exp32(b[i])


@compiled
def _logs(a, b, c, turns):
    for _ in range(turns):
        for i in range(len(a)):
            a[i] = log32(b[i])


@compiled
def _normals(a, b, c, turns):
    for _ in range(turns):
        for i in range(len(a)):
            a[i] = quantile32(b[i])


LOOPS: dict[str, tuple[Callable[..., None], Any, int]] = {
    "triad": (_triad, np.float64, LONG), "mix": (_mixes, np.uint64, SHORT), "draw": (_draws, np.uint64, SHORT),
    "exp": (_exps, np.float32, SHORT), "log": (_logs, np.float32, SHORT), "normal": (_normals, np.float32, SHORT),
}  # fmt: skip


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Time the loops on one and two threads, and the engine beside them."""
    say("memory, hashes, exponentials, and the engine beside them")
    works: dict[str, Callable[[], float]] = {}
    for name, (loop, kind, n) in LOOPS.items():
        n = SHORT if size.tiny else n
        turns = 1 if size.tiny or n == LONG else TURNS
        for k in THREADS:
            works[f"{name}/{k}"] = busy(loop, kind, n, turns, k)
    for k in THREADS:
        config = months_config(size.rows, size.months, run__threads=k)
        timed(config.replace(run__end="2013-02"))
        works[f"engine/{k}"] = lambda config=config: timed(config).found()["ns"]
    return {"ns": interleaved(works, size.few), "mixes": KEY_MIXES + len(DENSE_DRAWS), "bytes": month_bytes()}


def busy(loop: Callable[..., None], kind: Any, n: int, turns: int, threads: int) -> Callable[[], float]:
    """Return what measures nanoseconds a number when every thread runs the loop over arrays of its own."""
    rng = np.random.default_rng(1)
    numbers = (rng.random(n) * 0.9 + 0.05) * (2**63 if kind is np.uint64 else 1)
    arrays = [(np.zeros(n, kind), numbers.astype(kind), numbers.astype(kind)) for _ in range(threads)]
    loop(*arrays[0], 1)
    pool = ThreadPoolExecutor(threads)

    def once() -> float:
        began = time.perf_counter()
        list(pool.map(lambda mine: loop(*mine, turns), arrays))
        return (time.perf_counter() - began) / (n * turns * threads) * NANO

    once()
    return once


def month_bytes() -> int:
    """Return the bytes that a month reads and writes of a household: the columns that the passes name."""
    size = {name: np.dtype(kind).itemsize * width for name, (kind, width) in COLUMNS.items()}
    named = set(re.findall(r"\bb\.(\w+)", getsource(passes) + getsource(stock))) & set(size)
    return sum(size[name] for name in named) + sum(size[name] for name in WRITTEN)


def bound(found: Found, threads: int) -> tuple[float, float]:
    """Return the least nanoseconds of a household-month: of moving its bytes, and of computing its dense part."""

    def ns(name: str) -> float:
        return middle(found["ns"][f"{name}/{threads}"])

    memory = found["bytes"] * ns("triad") / STREAM_BYTES
    return memory, found["mixes"] * ns("draw") + ns("exp") + ns("normal")


def far(found: Found, threads: int) -> float:
    """Return how many times the bound the engine takes."""
    return middle(found["ns"][f"engine/{threads}"]) / max(bound(found, threads))


def tables(found: Found) -> list[Table]:
    """Show what the machine does, the bound of a month, and how far the engine is from it."""
    times = found["ns"]
    rows = [["stream triad, GB/s", *(shown([STREAM_BYTES / ns for ns in times[f"triad/{k}"]], 1) for k in THREADS)]]
    for name in ("mix", "draw", "exp", "log", "normal"):
        rows.append([f"{name}, a nanosecond", *(shown([1 / ns for ns in times[f"{name}/{k}"]]) for k in THREADS)])
    bounds = {k: bound(found, k) for k in THREADS}
    rows += [
        [f"bound of memory: {found['bytes']} bytes, ns", *(f"{bounds[k][0]:.1f}" for k in THREADS)],
        [f"bound of computing: {found['mixes']} hashes, exp, normal, ns", *(f"{bounds[k][1]:.1f}" for k in THREADS)],
        ["the engine, whole run, ns", *(shown(times[f"engine/{k}"], 1) for k in THREADS)],
        ["the engine over the greater bound", *(f"{far(found, k):.1f}" for k in THREADS)],
    ]
    return [Table(TITLE, ["what", *(f"{k} thread{'s' * (k > 1)}" for k in THREADS)], rows, [
        "The bound is of the dense draws alone: people who age, plans, decisions, journeys and sums are above it.",
    ])]  # fmt: skip
