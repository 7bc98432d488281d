"""One month of selection: who in a queue is offered a place, who is refused, who gives up.

Works on the small arrays of the queue, never on all households. The lottery number of a household is a draw
of seed, household and month: the order of rows and the number of threads change nothing, and among households
of one size one more place only adds a winner. A household is taken whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES
from sim.compiling import compiled, compiled_loop
from sim.draws import LOTTERY, bits
from sim.errors import WorkError

if TYPE_CHECKING:
    from sim.programmes import ProgrammeArrays

Indices = NDArray[np.int64]
Counts = NDArray[np.int64]
SELECTIONS: Final = ("lottery", "first_come", "targeted")
BY_LOTTERY, BY_DATE, BY_PRIORITY = range(len(SELECTIONS))
WAITING, ADMITTED, REFUSED, WITHDRAWN = range(4)
"""What a month makes of a household in a queue."""
QUEUE: Final = {
    "household": np.uint64, "pathway": np.int8, "country": np.int8, "people": np.int64, "since": np.int16,
    "priority": np.float64, "invited": np.bool_, "preferred": np.bool_,
}  # fmt: skip
"""Types of the columns of a queue: one of each, so that the compiled loop is compiled once."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Households that wait in this month, those that applied in it included; n entries.

    household: (n,) id. pathway: (n,) index of the programme. country: (n,) origin. people: (n,) real people =
    places that the household needs: its weight times the people of its party, frozen when it applied.
    since: (n,) month of the application. priority: (n,) weight of a targeted selection, more is earlier.
    invited: (n,) worker called back by the employer: ahead of everybody, without processing. preferred: (n,) member of
    the group for which places of the programme are reserved.
    """

    household: NDArray[np.uint64]
    pathway: NDArray[np.int8]
    country: NDArray[np.int8]
    people: NDArray[np.int64]
    since: NDArray[np.int16]
    priority: NDArray[np.float64]
    invited: NDArray[np.bool_]
    preferred: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Bring the columns to their types."""
        for name, dtype in QUEUE.items():
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype))

    @classmethod
    def empty(cls, n: int = 0) -> Self:
        """Return a queue of nobody, or with room for n households."""
        return cls(**{name: np.zeros(n, dtype) for name, dtype in QUEUE.items()})

    def __len__(self) -> int:
        """Return the number of households."""
        return len(self.household)

    def check(self, month: int, n_pathways: int) -> None:
        """Raise WorkError if columns differ in length, a code is unknown or a household needs no place."""
        columns = (
            self.pathway, self.country, self.people, self.since, self.priority, self.invited, self.preferred,
        )  # fmt: skip
        if any(len(column) != len(self) for column in columns):
            raise WorkError(f"queue of month {month}: columns differ in length")
        if len(self) == 0:
            return
        if self.pathway.min() < 0 or self.pathway.max() >= n_pathways:
            raise WorkError(f"queue of month {month}: pathway outside 0 to {n_pathways - 1}")
        if self.country.min() < 0 or self.country.max() >= len(COUNTRIES):
            raise WorkError(f"queue of month {month}: country outside 0 to {len(COUNTRIES) - 1}")
        if self.people.min() < 1:
            raise WorkError(f"queue of month {month}: a household needs {self.people.min()} places, below 1")
        if self.since.max() > month:
            raise WorkError(f"queue of month {month}: an application of month {self.since.max()} lies ahead")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a month did to a queue. fate: (n,) one of WAITING, ADMITTED, REFUSED and WITHDRAWN; positions ascending."""

    fate: NDArray[np.int8]

    @property
    def admitted(self) -> Indices:
        """Return the positions of those who were given a place."""
        return np.flatnonzero(self.fate == ADMITTED)

    @property
    def refused(self) -> Indices:
        """Return the positions of those who lost a lottery."""
        return np.flatnonzero(self.fate == REFUSED)

    @property
    def withdrawn(self) -> Indices:
        """Return the positions of those who have waited too long."""
        return np.flatnonzero(self.fate == WITHDRAWN)

    @property
    def waiting(self) -> Indices:
        """Return the positions of those who wait on."""
        return np.flatnonzero(self.fate == WAITING)


@compiled_loop
def _lottery(seed: int, month: int, households: NDArray[np.uint64], numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for i in range(len(households)):
        numbers[i] = bits(seed, households[i], month, LOTTERY)
    return numbers


def lottery_numbers(seed: int, month: int, households: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return (n,) the lottery number of each household in the month; the smallest wins."""
    ids = np.ascontiguousarray(households, np.uint64)
    return np.asarray(_lottery(seed, month, ids, np.empty_like(ids)))


@compiled
def _ahead(a, b, invited, rank, number, household):
    """Return whether position a of the queue goes before b: invited, by the rule, by lottery number, by id."""
    if invited[a] != invited[b]:
        return invited[a]
    if rank[a] != rank[b]:
        return rank[a] < rank[b]
    if number[a] != number[b]:
        return number[a] < number[b]
    return household[a] < household[b]


@compiled
def _sink(heap, k, n, invited, rank, number, household):
    """Let entry k of a heap of n positions sink to where it belongs."""
    child = 2 * k + 1
    while child < n:
        if child + 1 < n and _ahead(heap[child + 1], heap[child], invited, rank, number, household):
            child += 1
        if not _ahead(heap[child], heap[k], invited, rank, number, household):
            return
        heap[k], heap[child] = heap[child], heap[k]
        k, child = child, 2 * child + 1


@compiled
def _admit(heap, n, places, seed, month, invited, rank, number, household, people, fate):
    """Give places to the first n positions of `heap`, best first; return the places taken.

    A household that does not fit is passed over. Nobody is ranked where all fit or none does.
    """
    needed = 0
    least = people[heap[0]] if n > 0 else 0
    for k in range(n):
        needed += people[heap[k]]
        least = min(least, people[heap[k]])
    if needed <= places:
        for k in range(n):
            fate[heap[k]] = ADMITTED
        return needed
    taken = 0
    if least > places:
        return taken
    for k in range(n):
        number[heap[k]] = bits(seed, household[heap[k]], month, LOTTERY)
    for k in range(n // 2 - 1, -1, -1):
        _sink(heap, k, n, invited, rank, number, household)
    while n > 0 and taken + least <= places:
        best = heap[0]
        if taken + people[best] <= places:
            fate[best] = ADMITTED
            taken += people[best]
        n -= 1
        heap[0] = heap[n]
        _sink(heap, 0, n, invited, rank, number, household)
    return taken


@compiled_loop
def _decide(
    seed, month, household, pathway, country, people, since, priority, invited, preferred,
    rules, processing, max_wait, round_length, lead, drawn, left, reserved, fate,
):  # fmt: skip
    n, n_countries = len(household), left.shape[1]
    first = np.zeros(left.size + 1, np.int64)
    for i in range(n):
        first[pathway[i] * n_countries + country[i] + 1] += 1
    for group in range(left.size):
        first[group + 1] += first[group]
    order, heap = np.empty(n, np.int64), np.empty(n, np.int64)
    rank, number = np.zeros(n, np.float64), np.empty(n, np.uint64)
    filled = first[:-1].copy()
    for i in range(n):
        group = pathway[i] * n_countries + country[i]
        order[filled[group]] = i
        filled[group] += 1
    for group in range(left.size):
        p, c = group // n_countries, group % n_countries
        rule, round_ends = rules[p], False
        if rule == BY_LOTTERY and round_length[p] > 0:
            round_ends = (month + lead[p] + 1) % round_length[p] == 0
        ready = order[first[group] : first[group + 1]]
        n_ready = 0
        for i in ready:
            waited = month - since[i]
            if waited >= max_wait[p]:
                fate[i] = WITHDRAWN
            if invited[i] or waited >= processing[p]:
                if round_ends:
                    fate[i] = REFUSED
                if rule == BY_DATE:
                    rank[i] = since[i]
                elif rule == BY_PRIORITY:
                    rank[i] = -priority[i]
                ready[n_ready] = i
                n_ready += 1
        ready = ready[:n_ready]
        kept, others = reserved[p, c], left[p, c] - reserved[p, c]
        if kept > 0:
            m = 0
            for i in ready:
                if preferred[i]:
                    heap[m] = i
                    m += 1
            reserved[p, c] -= _admit(heap, m, kept, seed, month, invited, rank, number, household, people, fate)
        if others > 0:
            m = 0
            for i in ready:
                if fate[i] != ADMITTED and not (drawn[p] and preferred[i]):
                    heap[m] = i
                    m += 1
            _admit(heap, m, others, seed, month, invited, rank, number, household, people, fate)


def decide(
    queue: Queue, seed: int, month: int, terms: ProgrammeArrays, drawn: NDArray[np.bool_], left: Counts,
    reserved: Counts,
) -> Outcome:  # fmt: skip
    """Return what becomes of each household.

    Who is ready (invited, or processed) is admitted as far as places reach: members of the target group to the reserved
    ones, then everybody to the others. When a round of a lottery ends, the ready who lost are refused; who has waited
    too long withdraws.

    Args:
        queue: n households.
        seed: of the run, for the lottery.
        month: index of the month.
        terms: of the programmes in this month.
        drawn: (p,) whether whom a draw called has no more than the reserved places.
        left: (p, 3) places left, reserved ones included.
        reserved: (p, 3) places for members only; those taken are subtracted.

    """
    fate = np.zeros(len(queue), np.int8)
    _decide(
        seed, month, queue.household, queue.pathway, queue.country, queue.people, queue.since, queue.priority,
        queue.invited, queue.preferred, terms.selection, terms.processing, terms.max_wait, terms.round_length,
        terms.lead, drawn, left, reserved, fate,
    )  # fmt: skip
    return Outcome(fate)
