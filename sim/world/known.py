"""The figures as they stood in a month: what is counted later is not there.

A true forecast may rest on nothing after its origin. `drivers.known_until` names that month; drivers, border and
places are then built from a view of the tables that ends with it, by the code that builds them otherwise, and go on
from there by the same projection. Levels of one year that are no series (people, residents without papers, what
differs between departments) stay, as the parameters do that were set by the figures to September 2019.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import N_MONTHS, month_index, month_name
from sim.config import Config
from sim.data.loader import Data
from sim.data.schema import PARTY_ALL
from sim.errors import RequestError

Array = NDArray[np.float64]

SETTING: Final = "drivers.known_until"
EARLIEST: Final = month_index("2014-12")
"""Two years to draw blocks from, a fiscal year of family units and each month of the season once."""
LEVELS: Final = ("population", "unauthorized_in_usa")
"""Variables by year that are levels, not drivers: a mid-year projection, an estimate of one year."""
FISCAL: Final = {"US fiscal year": 3, "fiscal": 3}
"""Kinds of year that end before December, by how many months."""


class KnownData(Data):
    """The tables to the end of a month. A year is known once it is over; no delay of publication is taken off."""

    def __init__(self, whole: Data, last: int) -> None:
        """Look at `whole` up to month index `last`, included."""
        self.__dict__.update(whole.__dict__)
        self.last = last

    def _over(self, year: int, kind: str) -> bool:
        return month_index(f"{year}-12") - FISCAL.get(kind, 0) <= self.last

    def year(self, variable: str, country: str) -> dict[int, float]:
        """Return {year: value} of the years that are over; of levels all."""
        found = super().year(variable, country)
        if variable in LEVELS:
            return found
        kind = self.rule("country_year", variable)["period"]
        return {year: value for year, value in found.items() if self._over(year, kind)}

    def months_all(self, variable: str, country: str) -> dict[str, float]:
        """Return {'YYYY-MM': value} to the last month."""
        end = month_name(self.last)
        return {month: value for month, value in super().months_all(variable, country).items() if month <= end}

    def border(self, outcome: str, country: str = "ALL", party: str = PARTY_ALL) -> Array:
        """Return (N_MONTHS,) shares to the last month, nan after it."""
        found = super().border(outcome, country, party)
        found[self.last + 1 :] = np.nan
        return found

    def events(self, kind: str | None = None) -> list[dict[str, str]]:
        """Return the events that had begun."""
        end = month_name(self.last)
        return [row for row in super().events(kind) if row["start"][: len(end)] <= end]

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return a table; of places, later years repeat the last that was over."""
        found = super().rows(table)
        if table != "places":
            return found
        over = [row for row in found if self._over(int(row["year"]), row["year_type"])]
        latest = {(row["pathway"], row["country"]): row for row in sorted(over, key=lambda row: int(row["year"]))}
        return [
            row if self._over(int(row["year"]), row["year_type"])
            else {**row, "value": latest[row["pathway"], row["country"]]["value"]}
            for row in found
        ]  # fmt: skip


def as_known(config: Config, data: Data) -> Data:
    """Return the figures that a configuration may rest on: all of them, unless `drivers.known_until` ends them.

    Raises:
        RequestError: the month is too early for anything to be projected from.

    """
    last = month_index(config[SETTING])
    if last >= N_MONTHS - 1:
        return data
    if last < EARLIEST:
        raise RequestError(f"{SETTING}: {month_name(last)} is before {month_name(EARLIEST)}, the first month allowed")
    return KnownData(data, last)


def last_known(data: Data) -> int:
    """Return the last month index that a view of the figures may show."""
    return data.last if isinstance(data, KnownData) else N_MONTHS - 1
