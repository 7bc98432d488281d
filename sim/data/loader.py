"""The real figures, read from the small tables beside this module, validated once, and served as arrays.

`load()` gives a `Data`: departments as arrays of 54, months as arrays from January 2013, years as dicts.
Every figure has a unit, a quality and a source; `docs/data.md` says what each table is and how it was made.
A table that is missing or wrong raises `DataError`, which names file, row and column of every problem.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, FIRST_YEAR, LAST_YEAR, N_DEPARTMENTS, N_MONTHS, SEXES, month_index
from sim.data.schema import AGE_BANDS, AREAS, OUTCOMES, PARTY_ALL, TABLES, Rows, check_tables, read_table
from sim.errors import DataError, RequestError, nearest

Array = NDArray[np.float64]
HERE: Final = Path(__file__).parent
SHOWN: Final = 20
"""Problems spelled out in one error; the rest is counted."""


class Data:
    """The validated tables. Lookups raise `RequestError` on an unknown name and give nan or {} where nothing is known."""

    def __init__(self, folder: Path, tables: Mapping[str, Rows]) -> None:
        """Index `tables` (as `read_table` gives them, all checked) for lookup."""
        self.folder = folder
        self._tables = tables
        self.departments: tuple[str, ...] = tuple(row[0] for row in tables["departments"])
        self._sources = dict(tables["SOURCES"])
        self._variables = {(row[0], row[1]): row for row in tables["variables"]}
        index = {code: number for number, code in enumerate(self.departments)}
        self._department: dict[str, dict[tuple[int, int], float]] = {}
        for code, variable, year, value, *_ in tables["department_values"]:
            self._department.setdefault(variable, {})[index[code], int(year or 0)] = float(value)
        self._year: dict[tuple[str, str], dict[int, float]] = {}
        for country, year, variable, value, *_ in tables["country_year"]:
            self._year.setdefault((variable, country), {})[int(year)] = float(value)
        self._month: dict[tuple[str, str], dict[str, float]] = {}
        for country, month, variable, value, *_ in tables["country_month"]:
            self._month.setdefault((variable, country), {})[month] = float(value)
        self._fact: dict[tuple[str, str], dict[int, float]] = {}
        for fact, country, year, value, *_ in tables["survey_facts"]:
            self._fact.setdefault((fact, country), {})[int(year)] = float(value)
        self._border: dict[tuple[str, str, str], dict[str, float]] = {}
        for month, country, party, outcome, share, *_ in tables["border_outcomes"]:
            self._border.setdefault((outcome, country, party), {})[month] = float(share)

    def department(self, variable: str, year: int | None = None) -> Array:
        """Return (54,) values of one year, or the latest of each department; nan where there is none."""
        latest: dict[int, tuple[int, float]] = {}
        for (place, when), value in self.department_series(variable).items():
            if (year is None or when == year) and when >= latest.get(place, (0, 0.0))[0]:
                latest[place] = (when, value)
        values = np.full(N_DEPARTMENTS, np.nan)
        for place, (_, value) in latest.items():
            values[place] = value
        return values

    def department_series(self, variable: str) -> dict[tuple[int, int], float]:
        """Return {(department index, year): value}; year 0 where the figure has none."""
        self._known("department_values", variable)
        return dict(self._department[variable])

    def year(self, variable: str, country: str) -> dict[int, float]:
        """Return {year: value}, years ascending. Flows of `period` 'US fiscal year' run October to September."""
        self._known("country_year", variable)
        self._area(country)
        return dict(sorted(self._year.get((variable, country), {}).items()))

    def month(self, variable: str, country: str) -> Array:
        """Return (N_MONTHS,) from January 2013; nan where not observed."""
        values = np.full(N_MONTHS, np.nan)
        for month, value in self.months_all(variable, country).items():
            if FIRST_YEAR <= int(month[:4]) <= LAST_YEAR:
                values[month_index(month)] = value
        return values

    def months_all(self, variable: str, country: str) -> dict[str, float]:
        """Return {'YYYY-MM': value} of every month on record, also before 2013, months ascending."""
        self._known("country_month", variable)
        self._area(country)
        return dict(sorted(self._month.get((variable, country), {}).items()))

    def people(self, country: str, year: int) -> Array:
        """Return persons (2, 17): female and male by the five-year bands of `AGE_BANDS` (the last is 80 and over).

        Mid-year figures of the UN World Population Prospects 2024, medium variant, 2010 to 2036.
        """
        if country not in COUNTRIES:
            raise RequestError(f"unknown country '{country}' (allowed: {', '.join(COUNTRIES)})")
        found = self._people.get((country, year))
        if found is None:
            years = [when for _, when in self._people]
            raise RequestError(f"no people of {country} in {year} ({min(years)} to {max(years)} are known)")
        return found.copy()

    @functools.cached_property
    def _people(self) -> dict[tuple[str, int], Array]:
        bands = {band: number for number, band in enumerate(AGE_BANDS)}
        found: dict[tuple[str, int], Array] = {}
        for country, year, sex, band, people, *_ in self._tables["people"]:
            cells = found.setdefault((country, int(year)), np.zeros((len(SEXES), len(AGE_BANDS))))
            cells[SEXES.index(sex), bands[band]] = float(people)
        return found

    def fact(self, name: str, country: str = "ALL", year: int | None = None) -> float:
        """Return a survey fact of one year, or the latest; country 'ALL' is the three countries pooled."""
        self._known("survey_facts", name)
        self._area(country)
        values = self._fact.get((name, country), {})
        when = year if year is not None else max(values, default=0)
        if when not in values:
            have = ", ".join(f"{where} {when}" for (fact, where), years in self._fact.items() if fact == name
                             for when in sorted(years))  # fmt: skip
            raise RequestError(
                f"no {name} of {country}{'' if year is None else f' in {year}'} (there is: {have})"
            )
        return values[when]

    def facts(self, name: str, country: str = "ALL") -> dict[int, float]:
        """Return {year: value} of a survey fact, {} where the country has none."""
        self._known("survey_facts", name)
        self._area(country)
        return dict(sorted(self._fact.get((name, country), {}).items()))

    def border(self, outcome: str, country: str = "ALL", party: str = PARTY_ALL) -> Array:
        """Return (N_MONTHS,) share of US encounters with this outcome, by country or by party, not by both.

        Give `country` for all parties of a country, or `party` for one party of all nationalities. Months inside
        the record in which the source lists no such outcome are 0; months outside it are nan.
        """
        if outcome not in OUTCOMES:
            raise RequestError(f"unknown border outcome '{outcome}'{nearest(outcome, OUTCOMES)}")
        record = {month for (_, where, who), months in self._border.items() if (where, who) == (country, party)
                  for month in months}  # fmt: skip
        if not record:
            raise RequestError(
                f"no border outcomes of country '{country}' with party '{party}': give one of the two"
            )
        found = self._border.get((outcome, country, party), {})
        values = np.full(N_MONTHS, np.nan)
        for month in record:
            values[month_index(month)] = found.get(month, 0.0)
        return values

    def events(self, kind: str | None = None) -> list[dict[str, str]]:
        """Return disasters and named shocks as records, by start; with `kind`, only those."""
        return [row for row in self.rows("events") if kind is None or row["kind"] == kind]

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return a table as it stands in its file, one dict a row."""
        if table not in TABLES:
            raise RequestError(f"unknown table '{table}'{nearest(table, TABLES)}")
        columns = TABLES[table].columns
        return [dict(zip(columns, row, strict=True)) for row in self._tables[table]]

    def late_facts(self) -> frozenset[tuple[str, str]]:
        """Return the (table, variable) pairs that may set shares or levels though counted after September 2019."""
        return frozenset((row[0], row[1]) for row in self._tables["late_facts"])

    def variables(self, table: str) -> tuple[str, ...]:
        """Return the names of the variables of a table."""
        return tuple(variable for name, variable in self._variables if name == table)

    def rule(self, table: str, variable: str) -> Mapping[str, str]:
        """Return the row of `variables.csv`: unit, low, high, complete_for, complete_from, complete_to, period, doc."""
        self._known(table, variable)
        row = self._variables[table, variable]
        return MappingProxyType(dict(zip(TABLES["variables"].columns, row, strict=True)))

    def source(self, identifier: str) -> str:
        """Return the wording of a source; of several joined by '+', one after the other."""
        parts = identifier.split("+")
        unknown = [part for part in parts if part not in self._sources]
        if unknown:
            raise RequestError(f"unknown source '{unknown[0]}'{nearest(unknown[0], self._sources)}")
        return "; ".join(self._sources[part] for part in parts)

    def digest(self) -> dict[str, str]:
        """Return {file name: sha256} of every table in the folder, for the record of a run."""
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.folder.glob("*.csv"))
        }

    def _known(self, table: str, variable: str) -> None:
        if (table, variable) not in self._variables:
            raise RequestError(f"{table} has no '{variable}'{nearest(variable, self.variables(table))}")

    def _area(self, country: str) -> None:
        if country not in AREAS:
            raise RequestError(f"unknown country '{country}' (allowed: {', '.join(AREAS)})")


def load(folder: Path | str | None = None) -> Data:
    """Return the figures of `folder` (by default those shipped with the package), read and checked once a process.

    Raises:
        DataError: a table is missing, unreadable or wrong; lists every problem by file, row and column.

    """
    return _load(Path(folder).resolve() if folder is not None else HERE)


@functools.cache
def _load(folder: Path) -> Data:
    problems: list[str] = []
    tables = {name: read_table(folder, name, problems) for name in TABLES}
    if not problems:
        problems = check_tables(tables)
    if problems:
        raise DataError(tell(problems))
    return Data(folder, MappingProxyType(tables))


def tell(problems: Iterable[str]) -> str:
    """Return one line for one problem, else a count and one line for each."""
    said = list(problems)
    if len(said) == 1:
        return said[0]
    rest = [f"... and {len(said) - SHOWN} more"] if len(said) > SHOWN else []
    return "\n  ".join([f"{len(said)} problems in the tables of figures:", *said[:SHOWN], *rest])
