"""Regular pathways month by month: places, queues and books that must balance.

A programme has a yearly number of places by country of origin, spread over the months by its season; places
not taken wait for the next month and lapse at the end of the programme's year. `PathwayBook` runs the month's
selection and keeps the ledger: applied = admitted + refused + withdrawn + waiting, admitted <= places.
Figures: `sim/data/places.csv`; why each: `docs/pathways.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.codes import COUNTRIES, FIRST_YEAR, LAST_YEAR, N_MONTHS, month_name
from sim.errors import DataError, RequestError, WorkError, nearest
from sim.programmes import YEARS, Programme, Programmes, Tables, load_programmes
from sim.selection import BY_LOTTERY, SELECTIONS, Indices, Outcome, Queue, fit, ranking

__all__ = [
    "Ledger",
    "PathwayBook",
    "Programme",
    "Programmes",
    "Queue",
    "Schedule",
    "load_programmes",
    "spread",
]

Counts = NDArray[np.int64]
N_YEARS: Final = LAST_YEAR - FIRST_YEAR + 2
"""Programme years 2013 to 2036: the last fiscal year begins in October 2035."""
LAST_OBSERVED: Final = 2024
"""Last year of places.csv; its places continue unchanged to the horizon (status quo, graded A)."""
COUNTERS: Final = ("places", "applied", "admitted", "refused", "withdrawn", "lapsed", "waiting")
"""Columns of the ledger, in people; `waiting` is a stock at the end of the month, the others are flows."""


def spread(total: int, shares: Sequence[float] | NDArray[np.float64]) -> Counts:
    """Return integers in proportion to the shares that sum to the total exactly (largest remainder)."""
    wanted = total * np.asarray(shares, np.float64) / np.sum(shares)
    whole = np.floor(wanted).astype(np.int64)
    rest = np.argsort(-(wanted - whole), kind="stable")[: total - int(whole.sum())]
    whole[rest] += 1
    return whole


def _by_month(programme: Programme, totals: Counts) -> Counts:
    """Return (3, N_MONTHS) the yearly totals (3, N_YEARS) of a programme, spread by its season."""
    lead = YEARS[programme.year]
    season = np.roll(programme.season, lead)
    months = [np.concatenate([spread(int(total), season) for total in row]) for row in totals]
    return np.stack(months)[:, lead : lead + N_MONTHS]


@dataclass(frozen=True)
class Schedule:
    """Places by programme, country of origin and month, in people; read-only, changes return a copy.

    totals: (p, 3, N_YEARS) places of each programme year. base: (p, 3, N_MONTHS) the totals by month. extra:
    (p, 3, N_MONTHS) places that policies add. months: base + extra, what opens in each month.
    """

    programmes: Programmes
    totals: Counts
    base: Counts
    extra: Counts
    months: Counts = field(init=False)

    def __post_init__(self) -> None:
        """Add up and lock the arrays."""
        object.__setattr__(self, "months", self.base + self.extra)
        for array in (self.totals, self.base, self.extra, self.months):
            array.setflags(write=False)

    @classmethod
    def load(cls, programmes: Programmes, data: Tables) -> Self:
        """Return the places of `places.csv` times the fill, unchanged after the last observed year.

        Raises:
            DataError: a code is unknown, a value cannot be used, or a programme, country and year is missing.

        """
        totals = np.full((len(programmes), len(COUNTRIES), N_YEARS), -1, np.int64)
        problems = []
        for number, row in enumerate(data.rows("places"), start=2):
            where, name, country = f"places.csv row {number}", str(row["pathway"]), str(row["country"])
            year, value = int(row["year"]), float(row["value"])
            if name not in programmes.names or country not in COUNTRIES:
                problems.append(f"{where}: unknown '{name}' or '{country}'{nearest(name, programmes.names)}")
                continue
            position = programmes.names.index(name)
            programme = programmes.items[position]
            if row["year_type"] != programme.year:
                problems.append(f"{where}, column year_type: {name} has {programme.year} years")
            if not (value >= 0 and year <= LAST_OBSERVED):
                problems.append(f"{where}: needs places of 0 or more in a year to {LAST_OBSERVED}")
            elif year >= FIRST_YEAR:
                totals[position, COUNTRIES.index(country), year - FIRST_YEAR] = round(value * programme.fill)
        last = LAST_OBSERVED - FIRST_YEAR
        totals[:, :, last + 1 :] = totals[:, :, last : last + 1]
        problems += [
            f"places.csv: no row of {programmes.names[p]}, {COUNTRIES[c]}, {FIRST_YEAR + y}"
            for p, c, y in np.argwhere(totals[:, :, : last + 1] < 0)
        ]
        if problems:
            raise DataError("; ".join(problems))
        base = np.stack([_by_month(item, rows) for item, rows in zip(programmes.items, totals, strict=True)])
        return cls(programmes, totals, base, np.zeros_like(base))

    def places(self, pathway: int, country: int, month: int) -> int:
        """Return the places that open in a month."""
        return int(self.months[pathway, country, month])

    def year_total(self, name: str, country: int, year: int) -> int:
        """Return the places of a whole programme year, without what policies add."""
        return int(self.totals[self.programmes.index(name), country, year - FIRST_YEAR])

    def added(self, name: str, country: int, monthly: ArrayLike) -> Schedule:
        """Return a copy with (N_MONTHS,) whole places more (or fewer) of a programme for a country.

        Raises:
            RequestError: the places are not whole, or would fall below zero in a month.

        """
        change = np.zeros_like(self.extra)
        more = np.asarray(monthly)
        if more.shape != (N_MONTHS,) or not np.array_equal(more, np.rint(more)):
            raise RequestError(f"{name}: added places need {N_MONTHS} whole numbers")
        change[self.programmes.index(name), country] = more
        if (self.months + change).min() < 0:
            raise RequestError(f"{name}, {COUNTRIES[country]}: places would fall below 0")
        return Schedule(self.programmes, self.totals, self.base, self.extra + change)

    def held(self, name: str, year: int, start: int) -> Schedule:
        """Return a copy in which every year from month `start` has the places of programme year `year`."""
        p = self.programmes.index(name)
        return self._from(p, np.repeat(self.totals[p, :, year - FIRST_YEAR, None], N_YEARS, axis=1), start)

    def scaled(self, name: str, factor: float, start: int) -> Schedule:
        """Return a copy with the yearly places times `factor` from month `start`; 0 closes the programme."""
        if not factor >= 0:
            raise RequestError(f"{name}: factor {factor:g} is below 0")
        p = self.programmes.index(name)
        return self._from(p, np.rint(self.totals[p] * factor).astype(np.int64), start)

    def _from(self, p: int, totals: Counts, start: int) -> Schedule:
        programme = self.programmes.items[p]
        first = programme.year_of(start) - FIRST_YEAR
        all_totals, base = self.totals.copy(), self.base.copy()
        all_totals[p, :, first:] = totals[:, first:]
        base[p, :, start:] = _by_month(programme, totals)[:, start:]
        return Schedule(self.programmes, all_totals, base, self.extra)

    def extended(self, programmes: Programmes) -> Schedule:
        """Return a copy for programmes to which new ones were added; these have no places yet."""
        new = len(programmes) - len(self.programmes)
        if programmes.names[: len(self.programmes)] != self.programmes.names:
            raise RequestError("programmes: new ones go behind those there are")
        grown = [np.pad(a, ((0, new), (0, 0), (0, 0))) for a in (self.totals, self.base, self.extra)]
        return Schedule(programmes, *grown)


class Ledger:
    """What happened to every application, in people, by programme, country of origin and month."""

    def __init__(self, programmes: Programmes) -> None:
        """Open empty books."""
        self.programmes = programmes
        self.counts: Counts = np.zeros((len(COUNTERS), len(programmes), len(COUNTRIES), N_MONTHS), np.int64)
        self.last = -1

    def __getitem__(self, counter: str) -> Counts:
        """Return (p, 3, N_MONTHS) one counter."""
        return self.counts[COUNTERS.index(counter)]

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


class PathwayBook:
    """The programmes at work: places left, the month's selection, and the ledger."""

    def __init__(self, schedule: Schedule, seed: int) -> None:
        """Open the books before the first month; `seed` is the run's, for the lottery."""
        self.schedule = schedule
        self.programmes = schedule.programmes
        self.ledger = Ledger(self.programmes)
        self.seed = seed
        self.left: Counts = np.zeros((len(self.programmes), len(COUNTRIES)), np.int64)

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
        queue.check(month, len(self.programmes))
        gone = np.zeros(shape, np.int64) if gone is None else gone
        before = ledger["waiting"][:, :, month - 1] if ledger.last >= 0 else np.zeros(shape, np.int64)
        new = queue.since == month
        differs = self._sum(queue, np.flatnonzero(~new)) != before - gone
        if differs.any():
            p, c = np.argwhere(differs)[0]
            raise WorkError(
                f"queue of {self.programmes.names[p]}, {COUNTRIES[c]}, {month_name(month)}: "
                f"not the {before[p, c]} who waited at the end of the month before less {gone[p, c]} who left"
            )
        self._open_places(month)
        outcome = self._select(month, queue)
        admitted = self._sum(queue, outcome.admitted)
        self.left -= admitted
        for name, people in (
            ("applied", self._sum(queue, np.flatnonzero(new))),
            ("admitted", admitted),
            ("refused", self._sum(queue, outcome.refused)),
            ("withdrawn", self._sum(queue, outcome.withdrawn) + gone),
            ("waiting", self._sum(queue, outcome.waiting)),
        ):
            ledger[name][:, :, month] = people
        ledger.last = month
        return outcome

    def _open_places(self, month: int) -> None:
        opened = self.schedule.months[:, :, month]
        for p, programme in enumerate(self.programmes.items):
            if programme.month_of_year(month) == 0:
                self.ledger["lapsed"][p, :, month] = self.left[p]
                self.left[p] = 0
        self.left += opened
        self.ledger["places"][:, :, month] = opened

    def _select(self, month: int, queue: Queue) -> Outcome:
        fate = np.zeros(len(queue), np.int8)
        waiting, admitted, refused, withdrawn = range(4)
        waited = month - np.asarray(queue.since, np.int64)
        group = np.asarray(queue.pathway, np.int64) * len(COUNTRIES) + queue.country
        for code in np.unique(group):
            p, country = divmod(int(code), len(COUNTRIES))
            programme = self.programmes.items[p]
            here: Indices = np.flatnonzero(group == code)
            rule = SELECTIONS.index(programme.selection)
            ready = queue.invited[here] | (waited[here] >= programme.processing_months)
            fate[here[waited[here] >= programme.max_wait_months]] = withdrawn
            if rule == BY_LOTTERY and programme.round_ends(month):
                fate[here[ready]] = refused
            ranked = ranking(queue, here[ready], rule, self.seed, month)
            fate[ranked[fit(queue.people[ranked], int(self.left[p, country]))]] = admitted
        return Outcome(*(np.flatnonzero(fate == code) for code in (admitted, refused, withdrawn, waiting)))

    def _sum(self, queue: Queue, positions: Indices) -> Counts:
        total: Counts = np.zeros(self.left.shape, np.int64)
        np.add.at(total, (queue.pathway[positions], queue.country[positions]), queue.people[positions])
        return total
