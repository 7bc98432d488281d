"""Runs the rules over all households, compiled and in parallel, and sums what they did.

Threads take chunks of rows and count into their own part of the tally; all counters are integers, so the sums
are the same whatever the number of threads, the chunk size or the order. The compiled loops hold no lock.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiling import compiled_loop
from sim.counters import Counters
from sim.draws import key
from sim.numerics import compiled
from sim.rules.count import REFUSE, count, restock_queue
from sim.rules.decide import CALLED, give_up_place
from sim.rules.month import live, stand
from sim.rules.moves import take_up_offer
from sim.rules.people import has_kin_abroad, targeted
from sim.rules.row import load, store
from sim.state import (
    FIRST_PATHWAY_KIND,
    NO_PLAN,
    PLANNING,
    QUEUED,
    ROW,
    S_PLANNING,
    Feedback,
    Levers,
    Tally,
    Ways,
    World,
    record,
    views,
)

Rows = NDArray[np.int64]
APART = 32
"""Rows of room around the one that a thread works in."""


@compiled_loop
def _live_rows(first, last, month, seed, row, H, W, L, F, G, P, T):
    h = row[0]
    for i in range(first, last):
        if H.first_month[i] <= month:
            load(H, i, h)
            h.key = key(seed, h.id, month)
            live(h, month, W[0], L[0], F[0], G[0], P[0], T[0])
            store(H, i, h)


@compiled_loop
def _settle(month, seed, admitted, refused, withdrawn, row, H, W, G, P, T):
    h = row[0]
    for i in admitted:
        load(H, i, h)
        h.key = key(seed, h.id, month)
        take_up_offer(h, month, W[0], G[0], P[0], T[0])
        store(H, i, h)
    for i in refused:
        load(H, i, h)
        refuse(h, W[0], T[0])
        store(H, i, h)
    for i in withdrawn:
        load(H, i, h)
        restock_queue(h, T[0])
        give_up_place(h, W[0], T[0])
        store(H, i, h)


@compiled_loop
def _in_group(rows, masks, row, H, found):
    h = row[0]
    for k in range(len(rows)):
        load(H, rows[k], h)
        found[k] = targeted(masks[k], h, has_kin_abroad(h))


@compiled
def refuse(h, W, T):
    """Lose a lottery: back to the plan, if the wish is still there."""
    count(REFUSE, FIRST_PATHWAY_KIND + h.queue_pathway, h.queue_party, h.queue_people, h, W, T)
    restock_queue(h, T)
    h.plan = NO_PLAN
    h.queue_pathway = -1
    if h.aspiring and h.invited != CALLED:
        h.plan = PLANNING
        stand(T, h.department, S_PLANNING, 1, h.weight)


class Engine:
    """The households of one model and the room in which its rules work.

    world: the drivers. levers: what policies set. feedback: what last month changed. ways: the pathways. Writing to
    their arrays changes the months that households live in, at once.
    """

    def __init__(
        self, columns: Any, world: World, levers: Levers, feedback: Feedback, ways: Ways,
        behaviour: NDArray[np.void], seed: int, threads: int, chunk: int,
    ) -> None:  # fmt: skip
        self.columns, self.seed, self.chunk = columns, seed, chunk
        self.threads = threads or len(os.sched_getaffinity(0))
        self._world, self._levers = record(world._asdict()), record(levers._asdict())
        self._feedback, self._ways = record(feedback._asdict()), record(ways._asdict())
        self.world, self.levers = views(World, self._world), views(Levers, self._levers)
        self.feedback, self.ways = views(Feedback, self._feedback), views(Ways, self._ways)
        self.behaviour = behaviour
        self._counters = Counters(self.threads, len(ways.destination))
        self._tally = self._counters.record
        # each on cache lines of its own: threads write to them all the time
        self._rows = [np.zeros(APART, ROW)[:1] for _ in range(self.threads)]
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.columns.id)

    def clear(self) -> None:
        """Set all counters to zero."""
        self._counters.clear()

    def counted(self) -> Tally:
        """Return what was counted since the last `clear`, summed over threads."""
        return self._counters.total()

    def gone(self) -> NDArray[np.int64]:
        """Return (ways, 3 countries) the people who left a queue on their own since the last `clear`."""
        return self._counters.queued()

    def live(self, month: int) -> None:
        """Live the month in every household."""
        n = len(self)
        chunks = [(first, min(first + self.chunk, n)) for first in range(0, n, self.chunk)]

        def work(slot: int) -> None:
            for first, last in chunks[slot :: self.threads]:
                self._live(first, last, month, slot)

        if self._pool is None:
            work(0)
        else:
            list(self._pool.map(work, range(self.threads)))

    def live_one(self, row: int, month: int) -> None:
        """Live the month in one household: the same compiled rule, for `Household.step`."""
        self._live(row, row + 1, month, 0)

    def _live(self, first: int, last: int, month: int, slot: int) -> None:
        part = slice(slot, slot + 1)
        _live_rows(
            first, last, month, self.seed, self._rows[slot], self.columns, self._world, self._levers,
            self._feedback, self._ways, self.behaviour, self._tally[part],
        )  # fmt: skip

    def queued(self) -> Rows:
        """Return the rows that wait in a queue."""
        return np.flatnonzero(self.columns.plan == QUEUED)

    def in_group(self, rows: Rows, masks: NDArray[np.uint16]) -> NDArray[np.bool_]:
        """Return (n,) whether each of (n,) rows belongs to the target group of its mask, by the rule of a household."""
        found = np.zeros(len(rows), np.bool_)
        _in_group(rows, masks, self._rows[0], self.columns, found)
        return found

    def settle(self, month: int, admitted: Rows, refused: Rows, withdrawn: Rows) -> None:
        """Carry out a selection: the admitted leave, the refused go back to their plan, others give up."""
        _settle(
            month, self.seed, admitted, refused, withdrawn, self._rows[0], self.columns, self._world, self._ways,
            self.behaviour, self._tally[:1],
        )  # fmt: skip
