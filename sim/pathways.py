"""Regular pathways month by month: queues and books that must balance.

Places not taken wait for the next month and lapse at the end of the programme's year. `PathwayBook` runs the
month's selection and keeps the ledger: applied = admitted + refused + withdrawn + waiting, admitted <= places.
Places: `sim/schedule.py`; terms: `sim/terms.py`; who gets a place: `sim/selection.py`; why: `docs/pathways.md`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, FIRST_YEAR, LAST_YEAR, MONTHS_A_YEAR, N_MONTHS, PATHWAYS, REGULAR_PATHWAYS, month_name
from sim.compiling import compiled, compiled_loop
from sim.errors import WorkError
from sim.programmes import Programme, Programmes, load_programmes
from sim.schedule import Counts, Schedule, spread
from sim.selection import ADMITTED, REFUSED, WAITING, Outcome, Queue, decide
from sim.terms import Terms

__all__ = [
    "Ledger",
    "LedgerRow",
    "PathwayBook",
    "Programme",
    "Programmes",
    "Queue",
    "Schedule",
    "Terms",
    "load_programmes",
    "programme_of",
    "spread",
    "way_of",
]

COUNTERS: Final = ("places", "applied", "admitted", "refused", "withdrawn", "lapsed", "waiting")
"""Columns of the ledger, in people; `waiting` is a stock at the end of the month, the others are flows."""
PLACES, APPLIED, ENTERED, LOST, WITHDREW, LAPSED, WAIT = range(len(COUNTERS))
LONGEST_WAIT: Final = 120
"""Months: the last class of the waits counts longer ones too (no programme lets anybody wait for more)."""
OPEN_TO_ALL: Final = 3
"""Last months of the programme year in which reserved places that nobody took are open to everybody: unused H-2B
visas of the set-aside of FY2021 were given to others from July on (V, docs/pathways.md)."""
N_OTHER_WAYS: Final = len(PATHWAYS) - len(REGULAR_PATHWAYS)
"""Irregular journeys and the move inside the country stand between the twelve programmes and those added."""


def way_of(programme: NDArray[np.integer] | int) -> NDArray[np.int64]:
    """Return the way code of the rules of programmes by their position: those that a scenario adds come last."""
    position = np.asarray(programme, np.int64)
    return position + N_OTHER_WAYS * (position >= len(REGULAR_PATHWAYS))


def programme_of(way: NDArray[np.integer] | int) -> NDArray[np.int64]:
    """Return the position of the programmes that have these way codes."""
    code = np.asarray(way, np.int64)
    return code - N_OTHER_WAYS * (code >= len(PATHWAYS))


class LedgerRow(NamedTuple):
    """A programme, calendar year and country of origin in pathways.csv; people, and months for the wait.

    offered: places opened. filled: people admitted. waiting: at the end of the year. median_wait_months: of those
    admitted, none where nobody was. lapsed: places gone unfilled, those without an employer included.
    """

    programme: str
    year: int
    country: str
    offered: int
    filled: int
    applied: int
    refused: int
    waiting: int
    median_wait_months: int | None
    withdrawn: int
    lapsed: int
    overstayed: int


class Ledger:
    """What happened to every application, in people, by programme, country of origin and month."""

    def __init__(self, programmes: Programmes) -> None:
        """Open empty books."""
        self.programmes = programmes
        p, years = len(programmes), LAST_YEAR - FIRST_YEAR + 1
        self.counts: Counts = np.zeros((len(COUNTERS), p, len(COUNTRIES), N_MONTHS), np.int64)
        self.waits: Counts = np.zeros((p, len(COUNTRIES), years, LONGEST_WAIT + 1), np.int64)
        """People admitted in a calendar year by the months that they waited."""
        self.last = -1

    def __getitem__(self, counter: str) -> Counts:
        """Return (p, 3, N_MONTHS) one counter."""
        return self.counts[COUNTERS.index(counter)]

    def table(self, overstayed: Counts, first: int = 0) -> list[LedgerRow]:
        """Return the rows of programmes, years from month `first` on and countries in which anything happened.

        overstayed: (p, 3, N_MONTHS) people who stayed at the end of a contract. The wait is that of whole years.
        """
        flows = [self[name] for name in ("places", "admitted", "applied", "refused", "withdrawn", "lapsed")]
        rows = []
        for year in range(FIRST_YEAR + first // MONTHS_A_YEAR, FIRST_YEAR + self.last // MONTHS_A_YEAR + 1):
            start = (year - FIRST_YEAR) * MONTHS_A_YEAR
            months = slice(max(start, first), min(start + MONTHS_A_YEAR, self.last + 1))
            sums = np.stack([flow[:, :, months].sum(axis=2) for flow in (*flows, overstayed)])
            waiting = self["waiting"][:, :, months.stop - 1]
            for p, c in np.argwhere((sums > 0).any(axis=0) | (waiting > 0)):
                offered, filled, applied, refused, withdrawn, lapsed, stayed = (int(n) for n in sums[:, p, c])
                wait = _median(self.waits[p, c, year - FIRST_YEAR])
                rows.append(
                    LedgerRow(
                        self.programmes.names[p], year, COUNTRIES[c], offered, filled, applied, refused,
                        int(waiting[p, c]), wait, withdrawn, lapsed, stayed,
                    )
                )  # fmt: skip
        return rows

    def check(self) -> None:
        """Raise WorkError if the books do not balance, or more were admitted than places had opened."""
        done = slice(0, self.last + 1)
        decided = sum(self[name] for name in ("admitted", "refused", "withdrawn"))
        gap = np.cumsum(self["applied"] - decided, axis=2) - self["waiting"]
        self._fail(gap[:, :, done] != 0, "applied differs from admitted + refused + withdrawn + waiting")
        self._fail(self.counts.min(axis=0)[:, :, done] < 0, "a counter is below 0")
        for p, programme in enumerate(self.programmes.items):
            years = np.array([programme.year_of(month) for month in range(self.last + 1)])
            for year in np.unique(years):
                inside = np.flatnonzero(years == year)
                left = np.cumsum(self["places"][p][:, inside] - self["admitted"][p][:, inside], axis=1)
                bad = np.zeros((len(self.programmes), len(COUNTRIES), self.last + 1), bool)
                bad[p][:, inside] = left < 0
                self._fail(bad, "more people admitted than places")

    def _fail(self, bad: NDArray[np.bool_], what: str) -> None:
        if bad.any():
            p, c, month = np.argwhere(bad)[0]
            where = f"{self.programmes.names[p]}, {COUNTRIES[c]}, {month_name(int(month))}"
            raise WorkError(f"ledger of {where}: {what}")


def _median(people: Counts) -> int | None:
    """Return the least class that holds half of the people, or nothing without people."""
    reached = np.cumsum(people)
    return int(np.searchsorted(reached, reached[-1] / 2)) if reached[-1] else None


class PathwayBook:
    """The programmes at work: places left, the month's selection, and the ledger.

    sustained: (p,) factor on the places that open, 1 where nothing sustains or erodes them; may be written.
    """

    def __init__(self, schedule: Schedule, seed: int, terms: Terms | None = None) -> None:
        """Open the books before the first month; `seed` is the run's, for the lottery."""
        self.schedule = schedule
        self.programmes = schedule.programmes
        self.terms = Terms(self.programmes) if terms is None else terms
        if self.terms.base.names != self.programmes.names:
            raise WorkError("pathways: places and terms are of other programmes")
        self.ledger = Ledger(self.programmes)
        self.seed = seed
        shape = (len(self.programmes), len(COUNTRIES))
        self.left: Counts = np.zeros(shape, np.int64)
        self.left_reserved: Counts = np.zeros(shape, np.int64)
        self.sustained: NDArray[np.float64] = np.ones(len(self.programmes))
        self._owed: NDArray[np.float64] = np.zeros((3, *shape))

    def take_over(self, other: PathwayBook) -> None:
        """Take over the books of another model; programmes that it does not have stay empty."""
        n = len(other.programmes)
        self.ledger.last = other.ledger.last
        self.ledger.counts[:, :n], self.ledger.waits[:n] = other.ledger.counts, other.ledger.waits
        self.left[:n], self.left_reserved[:n], self.sustained[:n] = other.left, other.left_reserved, other.sustained
        self._owed[:, :n] = other._owed

    def month(self, month: int, queue: Queue, gone: Counts | None = None) -> Outcome:
        """Run one month; months follow one another.

        A household may be admitted once its processing is over; those that took part in a lottery and lost
        are refused when its round ends; others wait up to `max_wait_months`. Admission is arrival.

        Args:
            month: index of the month.
            queue: everybody who waits, those who applied in this month included (`since` = month).
            gone: (p, 3) people who left the queue on their own since the last month; counted as withdrawn.

        Raises:
            WorkError: the queue is not last month's less those who left, or is malformed.

        """
        ledger, shape = self.ledger, self.left.shape
        if ledger.last >= 0 and month != ledger.last + 1:
            raise WorkError(f"pathways: {month_name(month)} does not follow {month_name(ledger.last)}")
        n = len(self.programmes)
        queue.check(month, n)
        gone = np.zeros(shape, np.int64) if gone is None else gone
        before = ledger["waiting"][:, :, month - 1] if ledger.last >= 0 else np.zeros(shape, np.int64)
        earlier = np.zeros(shape, np.int64)
        _earlier(month, queue.pathway, queue.country, queue.people, queue.since, earlier)
        differs = earlier != before - gone
        if differs.any():
            p, c = np.argwhere(differs)[0]
            raise WorkError(
                f"queue of {self.programmes.names[p]}, {COUNTRIES[c]}, {month_name(month)}: "
                f"not the {before[p, c]} who waited at the end of the month before less {gone[p, c]} who left"
            )
        terms = self.terms.at(month).arrays()
        schedule = self.schedule
        _open_places(
            month, terms.lead, schedule.usable, schedule.reserved, schedule.idle, self.sustained, schedule.drawn,
            self._owed, self.left, self.left_reserved, ledger.counts,
        )  # fmt: skip
        outcome = decide(queue, self.seed, month, terms, schedule.drawn, self.left, self.left_reserved)
        _enter(
            month, queue.pathway, queue.country, queue.people, queue.since, outcome.fate, gone, self.left,
            ledger.counts, ledger.waits,
        )  # fmt: skip
        ledger.last = month
        return outcome

    def reserves(self, month: int) -> NDArray[np.bool_]:
        """Return (p, 3) where it may matter in a month who is of a target group."""
        held = self.left_reserved + self.schedule.reserved[:, :, month] + self._owed[1]
        return (held != 0) | self.schedule.drawn[:, None]


@compiled_loop
def _earlier(month, pathway, country, people, since, sums):
    """Add up the people who applied in earlier months."""
    for i in range(len(since)):
        if since[i] != month:
            sums[pathway[i], country[i]] += people[i]


@compiled_loop
def _open_places(
    month, lead, usable, reserved, idle, sustained, drawn, owed, left, left_reserved, counts,
):  # fmt: skip
    """Let the rest of the last programme year lapse, and open the month's places, whole ones in the long run."""
    for p in range(len(lead)):
        month_of_year = (month + lead[p]) % MONTHS_A_YEAR
        for c in range(left.shape[1]):
            lapsed = 0
            if month_of_year == 0:
                lapsed = left[p, c]
                left[p, c] = left_reserved[p, c] = 0
            kept, unfilled = reserved[p, c, month], idle[p, c, month]
            free = _whole(usable[p, c, month] - kept, sustained[p], owed[0, p], c)
            kept = _whole(kept, sustained[p], owed[1, p], c)
            unfilled = _whole(unfilled, sustained[p], owed[2, p], c)
            left[p, c] += free + kept
            left_reserved[p, c] += kept
            counts[LAPSED, p, c, month] = lapsed + unfilled
            counts[PLACES, p, c, month] = free + kept + unfilled
            if month_of_year >= MONTHS_A_YEAR - OPEN_TO_ALL and not drawn[p]:
                left_reserved[p, c] = 0


@compiled
def _whole(places, factor, owed, c):
    """Return the whole places of this month; the rest is owed to the next."""
    wanted = places * factor + owed[c]
    opened = np.rint(wanted)
    owed[c] = wanted - opened
    return np.int64(opened)


@compiled_loop
def _enter(month, pathway, country, people, since, fate, gone, left, counts, waits):
    """Enter into the books what became of a queue, and of those who had left it."""
    for p in range(gone.shape[0]):
        for c in range(gone.shape[1]):
            counts[WITHDREW, p, c, month] = gone[p, c]
    for i in range(len(fate)):
        p, c, n = pathway[i], country[i], people[i]
        if since[i] == month:
            counts[APPLIED, p, c, month] += n
        if fate[i] == WAITING:
            counts[WAIT, p, c, month] += n
        elif fate[i] == ADMITTED:
            counts[ENTERED, p, c, month] += n
            left[p, c] -= n
            waits[p, c, month // MONTHS_A_YEAR, min(month - since[i], LONGEST_WAIT)] += n
        elif fate[i] == REFUSED:
            counts[LOST, p, c, month] += n
        else:
            counts[WITHDREW, p, c, month] += n
