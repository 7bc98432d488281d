"""Places of the regular pathways, month by month: what is observed, what goes on as it is, what policies add.

A programme has a yearly number of places by country of origin, spread over the months by its season in whole
numbers. Figures: `sim/data/places.csv`; why each: `docs/pathways.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.codes import COUNTRIES, FIRST_YEAR, LAST_YEAR, N_MONTHS
from sim.errors import DataError, RequestError, nearest
from sim.programmes import YEARS, Programme, Programmes, Tables

Counts = NDArray[np.int64]
N_YEARS: Final = LAST_YEAR - FIRST_YEAR + 2
"""Programme years 2013 to 2036: the last fiscal year begins in October 2035."""
LAST_OBSERVED: Final = 2024
"""Last year of places.csv; its places continue unchanged to the horizon (status quo, graded A)."""


def spread(total: int, shares: Sequence[float] | NDArray[np.float64]) -> Counts:
    """Return integers in proportion to the shares that sum to the total exactly (largest remainder)."""
    wanted = total * np.asarray(shares, np.float64) / np.sum(shares)
    whole = np.floor(wanted).astype(np.int64)
    rest = np.argsort(-(wanted - whole), kind="stable")[: total - int(whole.sum())]
    whole[rest] += 1
    return whole


def in_whole(amounts: ArrayLike) -> Counts:
    """Return (..., months) whole numbers whose running sums are those of the amounts, rounded."""
    reached = np.rint(np.cumsum(np.asarray(amounts, np.float64), axis=-1))
    return np.diff(reached, axis=-1, prepend=0).astype(np.int64)


def _by_month(programme: Programme, totals: Counts) -> Counts:
    """Return (3, N_MONTHS) the yearly totals (3, N_YEARS) of a programme, spread by its season."""
    lead = YEARS[programme.year]
    season = np.roll(programme.season, lead)
    months = [np.concatenate([spread(int(total), season) for total in row]) for row in totals]
    return np.stack(months)[:, lead : lead + N_MONTHS]


@dataclass(frozen=True)
class Schedule:
    """Places by programme, country of origin and month, in people; read-only, changes return a copy.

    totals: (p, 3, N_YEARS) places of each programme year before policies. base: (p, 3, N_MONTHS) places by month.
    extra: as base, places that policies add; of them reserved: for a target group only, and idle: offered, but nobody
    can fill them yet. kept: programmes whose reserved places are never opened to others, drawn: (p,) whether it is one.
    months: base + extra, what is offered in each month; usable: months - idle.
    """

    programmes: Programmes
    totals: Counts
    base: Counts
    extra: Counts
    reserved: Counts
    idle: Counts
    kept: tuple[str, ...] = ()
    months: Counts = field(init=False)
    usable: Counts = field(init=False)
    drawn: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        """Add up and lock the arrays."""
        object.__setattr__(self, "months", self.base + self.extra)
        object.__setattr__(self, "usable", self.months - self.idle)
        object.__setattr__(self, "drawn", np.array([name in self.kept for name in self.programmes.names]))
        arrays = (self.totals, self.base, self.extra, self.reserved, self.idle, self.months, self.usable, self.drawn)
        for array in arrays:
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
        nothing = np.zeros_like(base)
        return cls(programmes, totals, base, nothing, nothing.copy(), nothing.copy())

    @classmethod
    def empty(cls, programmes: Programmes) -> Self:
        """Return a schedule without any place."""
        shape = (len(programmes), len(COUNTRIES))
        a, b, c, d = (np.zeros((*shape, N_MONTHS), np.int64) for _ in range(4))
        return cls(programmes, np.zeros((*shape, N_YEARS), np.int64), a, b, c, d)

    def places(self, pathway: int, country: int, month: int) -> int:
        """Return the places that open in a month."""
        return int(self.months[pathway, country, month])

    def year_total(self, name: str, country: int, year: int) -> int:
        """Return the places of a whole programme year, without what policies add or take away."""
        return int(self.totals[self.programmes.index(name), country, year - FIRST_YEAR])

    def added(self, name: str, country: int, monthly: ArrayLike) -> Schedule:
        """Return a copy with (N_MONTHS,) whole places more (or fewer) of a programme for a country.

        Raises:
            RequestError: the places are not whole, or would fall below zero in a month.

        """
        change = np.zeros_like(self.extra)
        change[self.programmes.index(name), country] = _whole(name, monthly, (N_MONTHS,))
        if (self.usable - self.reserved + change).min() < 0:
            raise RequestError(f"{name}, {COUNTRIES[country]}: places would fall below 0")
        return replace(self, extra=self.extra + change)

    def idled(self, name: str, monthly: ArrayLike) -> Schedule:
        """Return a copy in which (3, N_MONTHS) of a programme's added places cannot be filled: no employer yet."""
        change = np.zeros_like(self.idle)
        change[self.programmes.index(name)] = _whole(name, monthly, self.idle.shape[1:])
        return replace(self, idle=self._within(self.idle + change + self.reserved, "unfilled") - self.reserved)

    def set_aside(self, name: str, monthly: ArrayLike, kept: bool = False) -> Schedule:
        """Return a copy in which (3, N_MONTHS) of a programme's added places are for a group only.

        kept: to the end of the programme year; if not, they are open to everybody in its last months.
        """
        change = np.zeros_like(self.reserved)
        change[self.programmes.index(name)] = _whole(name, monthly, self.reserved.shape[1:])
        reserved = self._within(self.reserved + change + self.idle, "reserved") - self.idle
        return replace(self, reserved=reserved, kept=(*self.kept, name) if kept else self.kept)

    def held(self, name: str, year: int, start: int, stop: int = N_MONTHS) -> Schedule:
        """Return a copy in which the years from month `start` to before `stop` have the places of programme `year`."""
        p = self.programmes.index(name)
        programme = self.programmes.items[p]
        held = np.repeat(self.totals[p, :, year - FIRST_YEAR, None], N_YEARS, axis=1)
        first = programme.year_of(start) - FIRST_YEAR
        totals, base = self.totals.copy(), self.base.copy()
        last = N_YEARS if stop == N_MONTHS else programme.year_of(stop) - FIRST_YEAR
        totals[p, :, first:last] = held[:, first:last]
        base[p, :, start:stop] = _by_month(programme, held)[:, start:stop]
        return replace(self, totals=totals, base=base)

    def scaled(self, name: str, factor: ArrayLike) -> Schedule:
        """Return a copy with a programme's own places times a factor by month, (N_MONTHS,); 0 closes it.

        Places that policies add are left as they are. The running sum is rounded, so that no place is lost.
        """
        times = np.broadcast_to(np.asarray(factor, np.float64), N_MONTHS)
        if not (times >= 0).all():
            raise RequestError(f"{name}: factor {times.min():g} is below 0")
        p, base = self.programmes.index(name), self.base.copy()
        base[p] = in_whole(base[p] * times)
        return replace(self, base=base)

    def extended(self, programmes: Programmes) -> Schedule:
        """Return a copy for programmes to which new ones were added; these have no places yet."""
        new = len(programmes) - len(self.programmes)
        if programmes.names[: len(self.programmes)] != self.programmes.names:
            raise RequestError("programmes: new ones go behind those there are")
        arrays = (self.totals, self.base, self.extra, self.reserved, self.idle)
        totals, base, extra, reserved, idle = (np.pad(a, ((0, new), (0, 0), (0, 0))) for a in arrays)
        return Schedule(programmes, totals, base, extra, reserved, idle, self.kept)

    def _within(self, part: Counts, what: str) -> Counts:
        if (part > np.maximum(self.extra, 0)).any() or part.min() < 0:
            p, c, _ = np.argwhere((part > np.maximum(self.extra, 0)) | (part < 0))[0]
            raise RequestError(f"{self.programmes.names[p]}, {COUNTRIES[c]}: not as many {what} places were added")
        return part


def _whole(name: str, places: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    given = np.asarray(places)
    if given.shape != shape or not np.array_equal(given, np.rint(given)):
        raise RequestError(f"{name}: places need {N_MONTHS} whole numbers")
    return given
