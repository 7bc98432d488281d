"""The figures as a calibration may see them: a seal on what was counted after September 2019.

No encounter, apprehension, return or admission counted later sets anything; of censuses, surveys and prices of later
years only those do that stand in `sim/data/late_facts.csv`. Whoever asks for more is refused by name, so that no habit
is needed. What fits takes its record from here; what scores takes `sim.data.loader.load`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import N_MONTHS, month_index, month_name
from sim.data.loader import Data, load
from sim.errors import RequestError

SEALED_AFTER: Final = "2019-09"
"""The last month whose counts may set anything."""
DEFLATORS: Final = ("cpi",)
"""What only turns the money of one year into that of another."""
FISCAL: Final = "fiscal"
"""In the period of a variable: its years end in September."""


class SealedError(RequestError):
    """A fit asked for what it may not see."""


class SealedYears(Mapping[int, float]):
    """Years of one variable, of which those after the seal are refused when they are asked for."""

    def __init__(self, name: str, years: Mapping[int, float], last: int) -> None:
        """Seal the years after `last`."""
        self._name, self._years, self._last = name, years, last

    def __getitem__(self, year: int) -> float:
        """Return the value of a year; SealedError after the seal, KeyError where there is none."""
        if year > self._last:
            raise SealedError(f"{self._name} of {year} was counted after {SEALED_AFTER}: no fit may see it")
        return self._years[year]

    def __iter__(self) -> Iterator[int]:
        """Yield the years that may be seen."""
        return (year for year in self._years if year <= self._last)

    def __len__(self) -> int:
        """Return how many years may be seen."""
        return sum(1 for _ in self)


class Sealed:
    """`Data` behind the seal; what a fit may not see raises SealedError."""

    def __init__(self, data: Data) -> None:
        """Put the seal on."""
        self._data, self._late = data, data.late_facts()

    def _last_year(self, table: str, variable: str) -> int:
        if (table, variable) in self._late or variable in DEFLATORS:
            return int(month_name(N_MONTHS - 1)[:4])
        last = int(SEALED_AFTER[:4])
        return last if FISCAL in self._data.rule(table, variable)["period"] else last - 1

    def year(self, variable: str, country: str) -> Mapping[int, float]:
        """Return {year: value} as `Data.year`; later years are refused when they are asked for."""
        return SealedYears(variable, self._data.year(variable, country), self._last_year("country_year", variable))

    def month(self, variable: str, country: str) -> NDArray[np.float64]:
        """Return the months to the seal, (81,), as `Data.month`; all of them, (N_MONTHS,), of a late fact."""
        values = self._data.month(variable, country)
        return values if ("country_month", variable) in self._late else values[: month_index(SEALED_AFTER) + 1]

    def fact(self, name: str, country: str = "ALL", year: int | None = None) -> float:
        """Return a survey fact as `Data.fact`."""
        when = max(self._data.facts(name, country), default=0) if year is None else year
        if when > self._last_year("survey_facts", name):
            raise SealedError(f"{name} of {when} was counted after {SEALED_AFTER} and is no late fact")
        return self._data.fact(name, country, year)

    def facts(self, name: str, country: str = "ALL") -> Mapping[int, float]:
        """Return {year: value} of a survey fact; later years are refused when they are asked for."""
        return SealedYears(name, self._data.facts(name, country), self._last_year("survey_facts", name))


@functools.cache
def sealed() -> Sealed:
    """Return the figures behind the seal, once a process."""
    return Sealed(load())
