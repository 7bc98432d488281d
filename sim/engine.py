"""Runs the rules over all households, compiled and in parallel, and sums what they did.

Threads take chunks of rows and count into their own part of the tally; all counters are integers, so the sums
are the same whatever the number of threads, the chunk size or the order. The compiled loops hold no lock.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.blocks.flags import listed
from sim.blocks.month import live_block
from sim.blocks.passes import mark_queue
from sim.blocks.work import BLOCK, open_month, work
from sim.codes import N_MONTHS
from sim.compiling import compiled_loop
from sim.counters import Counters
from sim.draws import key
from sim.limits import cores
from sim.numerics import compiled
from sim.pathways import programme_of
from sim.rows import columns_of, point, room, row
from sim.rules.count import REFUSE as REFUSE_FLOW
from sim.rules.count import count, restock_queue
from sim.rules.decide import CALLED, give_up_place
from sim.rules.month import stand
from sim.rules.moves import take_up_offer
from sim.rules.people import has_kin_abroad, targeted
from sim.selection import ADMITTED, REFUSED, WAITING, Outcome, Queue
from sim.state import (
    FIRST_PATHWAY_KIND,
    NO_PLAN,
    PLANNING,
    QUEUED,
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
Order = tuple[Rows, Rows]
TURNS = 8
"""Turns that each thread takes in a month, at least: departments differ in how much happens."""
APART = 128
"""Bytes between the rooms of two threads, which write to them all the time."""
WORTH_SCANNING, WORTH_SETTLING = 500_000, 1_000
"""Rows to look at, or to settle, below which one thread is done sooner than several (about 0.1 ms of work)."""


@compiled_loop
def _live_rows(starts, ends, turn, thread, n_threads, month, seed, R, W, L, F, G, P, T):
    """Live a month in the stretches of rows from `starts` to `ends`, as far as it is this thread's turn.

    The rows of all stretches one after another are cut into turns, so that threads have as many rows as each other.
    """
    open_month(R[0], month, W[0], L[0], F[0], G[0], P[0])
    done = 0
    for k in range(len(starts)):
        row = starts[k]
        while row < ends[k]:
            n = min(ends[k] - row, turn - done % turn)
            if done // turn % n_threads == thread:
                for first in range(row, row + n, BLOCK):
                    many = min(BLOCK, row + n - first)
                    live_block(R[0], first, many, month, seed, W[0], L[0], F[0], G[0], P[0], T[0])
            row += n
            done += n


@compiled_loop
def _count_queued(plan):
    n = 0
    for i in range(len(plan)):
        n += plan[i] == QUEUED
    return n


@compiled_loop
def _read_queue(
    first, last, at, end, matters, programme, R, W, L,
    rows, household, pathway, country, people, since, invited, preferred,
):  # fmt: skip
    """Write the rows first to last that wait into positions `at` to `end` of the queue, column by column."""
    H = columns_of(R[0], 0, last)
    way, department, weight = H.queue_pathway, H.department, H.weight
    found = np.empty(end - at, np.int64)
    n = 0
    for start in range(first, last, BLOCK):
        b = columns_of(R[0], start, min(BLOCK, last - start))
        mark_queue(b, R[0], len(b.plan))
        for k in range(listed(R[0].marks, R[0].found, len(b.plan))):
            found[n] = start + R[0].found[k]
            n += 1
    for k in range(n):
        rows[at + k] = found[k]
    for k in range(n):
        household[at + k] = H.id[found[k]]
    for k in range(n):
        pathway[at + k] = programme[way[found[k]]]
    for k in range(n):
        country[at + k] = W[0].country[department[found[k]]]
    for k in range(n):
        people[at + k] = H.queue_people[found[k]] * weight[found[k]]
    for k in range(n):
        since[at + k] = H.plan_month[found[k]]
    for k in range(n):
        invited[at + k] = H.invited[found[k]] != 0
    for k in range(at, end):
        if matters[pathway[k], country[k]]:
            h = row(R[0], rows[k])
            if L[0].call[h.queue_pathway]:
                preferred[k] = h.invited >= CALLED
            else:
                member = targeted(L[0].prefer_who[h.queue_pathway], h, has_kin_abroad(h))
                preferred[k] = member and L[0].prefer_where[h.queue_pathway, h.department] > 0


@compiled_loop
def _settle(first, last, month, seed, rows, fate, R, W, G, P, T):
    for k in range(first, last):
        if fate[k] == WAITING:
            continue
        h = row(R[0], rows[k])
        if fate[k] == ADMITTED:
            h.key = key(seed, h.id, month)
            take_up_offer(h, month, W[0], G[0], P[0], T[0])
        elif fate[k] == REFUSED:
            refuse(h, W[0], T[0])
        else:
            restock_queue(h, T[0])
            give_up_place(h, W[0], T[0])


@compiled
def refuse(h, W, T):
    """Lose a lottery: back to the plan, if the wish is still there."""
    count(REFUSE_FLOW, FIRST_PATHWAY_KIND + h.queue_pathway, h.queue_party, h.queue_people, h, W, T)
    restock_queue(h, T)
    h.plan = NO_PLAN
    h.queue_pathway = -1
    if h.aspiring and h.invited != CALLED:
        h.plan = PLANNING
        stand(T, h.department, S_PLANNING, 1, h.weight)


def in_order(columns: Any) -> Order:
    """Return where stretches of rows begin (k,), and where those end (k, T) that exist by each month.

    A stretch is of one department in January 2013, its households in the order in which they are formed. Nobody leaves
    the country for good as a household, so a stretch stays within one.
    """
    formed = columns.first_month
    new = (np.diff(formed) < 0) | (np.diff(columns.department) != 0)
    starts = np.concatenate([[0], np.flatnonzero(new) + 1])
    stretches = np.split(formed, starts[1:])
    months = np.arange(N_MONTHS)
    ends = [start + formed.searchsorted(months, "right") for start, formed in zip(starts, stretches, strict=True)]
    return starts, np.array(ends)


class Engine:
    """The households of one model and the room in which its rules work.

    world: the drivers. levers: what policies set. feedback: what last month changed. ways: the pathways. Writing to
    their arrays changes the months that households live in, at once.
    """

    def __init__(
        self, columns: Any, world: World, levers: Levers, feedback: Feedback, ways: Ways,
        behaviour: NDArray[np.void], seed: int, threads: int, chunk: int, order: Order | None = None,
    ) -> None:  # fmt: skip
        """Make room; order: that of the columns before anybody moved, if they have been lived with."""
        self.seed, self.chunk = seed, chunk
        self.threads = threads or cores()
        self._world, self._levers = record(world._asdict()), record(levers._asdict())
        self._feedback, self._ways = record(feedback._asdict()), record(ways._asdict())
        self.world, self.levers = views(World, self._world), views(Levers, self._levers)
        self.feedback, self.ways = views(Feedback, self._feedback), views(Ways, self._ways)
        self.behaviour = behaviour
        self._programme = programme_of(np.arange(len(ways.destination)))
        self._counters = Counters(self.threads, len(ways.destination))
        self._tally = self._counters.record
        self._columns = columns
        fields = {**work(len(ways.destination)), "apart": (np.uint8, (APART,))}
        self._rooms = [room(columns, fields) for _ in range(self.threads)]
        self.order = order or in_order(columns)
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    @property
    def records(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Return the world and the levers as compiled rules see them, each a record of one."""
        return self._world, self._levers

    @property
    def columns(self) -> Any:
        """Return the columns of the households."""
        return self._columns

    @columns.setter
    def columns(self, columns: Any) -> None:
        self._columns = columns
        for one in self._rooms:
            point(one, columns)

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
        """Live the month in every household that exists."""
        starts, ends = self.order[0], np.ascontiguousarray(self.order[1][:, month])
        turn = max(1, min(self.chunk, -(-int((ends - starts).sum()) // (self.threads * TURNS))))
        self._each(lambda thread: self._live(starts, ends, turn, thread, month), self.threads)

    def live_one(self, row: int, month: int) -> None:
        """Live the month in one household: the same compiled rules, for `Household.step`."""
        self._live(np.array([row]), np.array([row + 1]), 1, 0, month)

    def _live(self, starts: Rows, ends: Rows, turn: int, thread: int, month: int) -> None:
        _live_rows(
            starts, ends, turn, thread, self.threads, month, self.seed, self._rooms[thread], self._world,
            self._levers, self._feedback, self._ways, self.behaviour, self._tally[thread : thread + 1],
        )  # fmt: skip

    def queue(self, matters: NDArray[np.bool_]) -> tuple[Rows, Queue]:
        """Return (n,) the rows that wait in a queue, ascending, and the queue.

        matters: (p, 3 countries) programmes of which to tell who may take reserved places: members of the target
        group, or whom a draw called.
        """
        stretches = self._stretches(len(self), WORTH_SCANNING)
        counts = self._each(lambda k: _count_queued(self.columns.plan[slice(*stretches[k])]), len(stretches))
        ends = np.cumsum(counts)
        n = int(ends[-1])
        rows, queue = np.empty(n, np.int64), Queue.empty(n)

        def read(k: int) -> None:
            _read_queue(
                *stretches[k], ends[k] - counts[k], ends[k], matters, self._programme, self._rooms[k], self._world,
                self._levers, rows, queue.household, queue.pathway, queue.country, queue.people, queue.since,
                queue.invited, queue.preferred,
            )  # fmt: skip

        self._each(read, len(stretches))
        return rows, queue

    def settle(self, month: int, rows: Rows, outcome: Outcome) -> None:
        """Carry out a selection of (n,) rows: the admitted leave, the refused plan again, the withdrawn give up."""
        stretches = self._stretches(len(rows), WORTH_SETTLING)

        def work(k: int) -> None:
            _settle(
                *stretches[k], month, self.seed, rows, outcome.fate, self._rooms[k], self._world, self._ways,
                self.behaviour, self._tally[k : k + 1],
            )  # fmt: skip

        self._each(work, len(stretches))

    def _stretches(self, n: int, worth: int) -> list[tuple[int, int]]:
        """Return where each thread begins and ends in n rows; fewer than `worth` are for one."""
        threads = self.threads if n >= worth else 1
        ends = [n * k // threads for k in range(threads + 1)]
        return list(pairwise(ends))

    def _each[R](self, work: Callable[[int], R], n: int) -> list[R]:
        """Return what the work gives for 0 to n - 1: for the first in this thread, for the others beside it."""
        others = [self._pool.submit(work, k) for k in range(1, n)] if self._pool else []
        return [work(0), *(other.result() for other in others)]
