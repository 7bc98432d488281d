"""One month of selection: who in a queue is offered a place, who is refused, who gives up.

Works on the small arrays of the queue, never on all households. The lottery number of a household is a draw
of seed, household and month: the order of rows and the number of threads change nothing, and among households
of one size one more place only adds a winner. A household is taken whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES
from sim.compiling import compiled_loop
from sim.draws import LOTTERY, bits
from sim.errors import WorkError

Indices = NDArray[np.int64]
SELECTIONS: Final = ("lottery", "first_come", "targeted")
BY_LOTTERY, BY_DATE, BY_PRIORITY = range(len(SELECTIONS))


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
    pathway: NDArray[np.integer]
    country: NDArray[np.integer]
    people: NDArray[np.int64]
    since: NDArray[np.integer]
    priority: NDArray[np.floating]
    invited: NDArray[np.bool_]
    preferred: NDArray[np.bool_]

    @classmethod
    def empty(cls) -> Self:
        """Return a queue of nobody."""
        none = np.zeros(0, np.int64)
        flags = none.astype(bool)
        return cls(none.astype(np.uint64), none, none, none, none, none.astype(np.float64), flags, flags)

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
    """What a month did to a queue: positions in it, ascending, each in exactly one of the four."""

    admitted: Indices
    refused: Indices
    withdrawn: Indices
    waiting: Indices


@compiled_loop
def _lottery(seed: int, month: int, households: NDArray[np.uint64], numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for i in range(len(households)):
        numbers[i] = bits(seed, households[i], month, LOTTERY)
    return numbers


def lottery_numbers(seed: int, month: int, households: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return (n,) the lottery number of each household in the month; the smallest wins."""
    ids = np.ascontiguousarray(households, np.uint64)
    return np.asarray(_lottery(seed, month, ids, np.empty_like(ids)))


def ranking(queue: Queue, candidates: Indices, rule: int, seed: int, month: int) -> Indices:
    """Return the candidates, best first: invited workers, then by the rule, then by lottery number and id."""
    household = queue.household[candidates]
    if rule == BY_DATE:
        by_rule = queue.since[candidates].astype(np.float64)
    elif rule == BY_PRIORITY:
        by_rule = -queue.priority[candidates].astype(np.float64)
    else:
        by_rule = np.zeros(len(candidates))
    behind = ~queue.invited[candidates]
    return candidates[np.lexsort((household, lottery_numbers(seed, month, household), by_rule, behind))]


def fit(needs: NDArray[np.int64], places: int) -> NDArray[np.bool_]:
    """Return (n,) who gets in, taken in order; a household that does not fit is passed over."""
    taken = np.zeros(len(needs), bool)
    start, left = 0, places
    while start < len(needs):
        fits = needs[start:] <= left
        if not fits.any():
            break
        start += int(np.argmax(fits))
        total = np.cumsum(needs[start:])
        run = int(np.searchsorted(total, left, side="right"))
        taken[start : start + run] = True
        left -= int(total[run - 1])
        start += run
    return taken
