"""Drives the block passes of the reference workload, compiled by numba or by a C compiler: threads, places, counts.

A thread takes one stretch of rows, block by block, and counts into cells of its own; places are given to the lowest
numbers among all applicants, so that results do not depend on threads.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.reference.workload import (
    F_GRANTED,
    FLOWS,
    N_CELLS,
    PARAMETERS,
    PLACES,
    Month,
    State,
    cells,
    network_share,
)

BLOCK = 1024
"""Households that go through all passes together: their columns and the room of the passes stay in the first cache."""
ROOM_FOR_APPLICANTS = 8
"""Most applicants of a month: one household in so many."""


class Tables(NamedTuple):
    """What a month is about, by region (54,): mean log income, and the pull of networks."""

    mean: NDArray[np.float32]
    pull: NDArray[np.float32]


class Found(NamedTuple):
    """What a thread found in a month: counts by cell, hundredths of savings by cell, flows, applicants and ranks."""

    households: NDArray[np.int64]
    cents: NDArray[np.int64]
    flows: NDArray[np.int64]
    rows: NDArray[np.int64]
    ranks: NDArray[np.uint64]


class Passes(Protocol):
    """A month of some rows, compiled in some way."""

    def live(self, slot: int, first: int, last: int, month: int, state: State, tables: Tables, found: Found) -> int:
        """Live the month in rows first to last; return how many applied."""

    def settle(
        self, rows: NDArray[np.int64], ranks: NDArray[np.uint64], last_rank: int, state: State, found: Found
    ) -> None:
        """Give places to the applicants up to a rank; the others wait."""


class BlockMonth:
    """The workload in block passes; state is changed in place."""

    def __init__(self, state: State, means: NDArray[np.float32], threads: int, passes: Passes) -> None:
        n = len(state.status)
        self.state, self.passes = state, passes
        self.tables = Tables(means, np.zeros_like(means))
        blocks = -(-n // BLOCK)
        ends = [min(n, blocks * k // threads * BLOCK) for k in range(threads)] + [n]
        self.parts = list(pairwise(ends))
        room = max(last - first for first, last in self.parts) // ROOM_FOR_APPLICANTS + BLOCK
        self.found = [
            Found(
                np.zeros(N_CELLS, np.int64), np.zeros(N_CELLS, np.int64), np.zeros(len(FLOWS), np.int64),
                np.zeros(room, np.int64), np.zeros(room, np.uint64),
            )
            for _ in range(threads)
        ]  # fmt: skip
        self.places = round(PLACES * n)
        self.households = np.bincount(cells(state), minlength=N_CELLS)
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def live(self, month: int) -> Month:
        """Live one month."""
        self.tables.pull[:] = np.float32(PARAMETERS["PER_SHARE"]) * network_share(self.households)

        def work(slot: int) -> int:
            first, last = self.parts[slot]
            found = self.found[slot]
            for counts in found[:3]:
                counts.fill(0)
            return self.passes.live(slot, first, last, month, self.state, self.tables, found)

        slots = range(len(self.parts))
        applied = [work(0)] if self.pool is None else list(self.pool.map(work, slots))
        first = self.found[0]
        for one in self.found[1:]:
            for mine, theirs in zip(first[:3], one[:3], strict=True):
                mine += theirs
        self._give_places(applied, first)
        self.households = first.households.copy()
        return Month(self.households, first.cents.copy(), first.flows.copy())

    def _give_places(self, applied: list[int], counted: Found) -> None:
        parts = [(one.rows[:n], one.ranks[:n]) for one, n in zip(self.found, applied, strict=True)]
        granted = min(self.places, sum(applied))
        if granted:
            ranks = np.concatenate([of for _, of in parts])
            last_rank = int(np.partition(ranks, granted - 1)[granted - 1])
            for rows, of in parts:
                self.passes.settle(rows, of, last_rank, self.state, counted)
        counted.flows[F_GRANTED] = granted


def run(engine: Any, months: int) -> list[Month]:
    """Live so many months from the first; return what was counted."""
    return [engine.live(month) for month in range(months)]
