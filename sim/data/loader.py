"""The real figures, read from the small tables beside this module, validated once, and served as arrays.

`load()` gives a `Data`: departments as arrays of 54, months as arrays from January 2013, years as dicts.
Every figure has a unit, a quality and a source; `docs/data.md` says what each table is and how it was made.
A table that is missing or wrong raises `DataError`, which names file, row and column of every problem.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import (
    COUNTRIES,
    FIRST_YEAR,
    LAST_YEAR,
    N_DEPARTMENTS,
    N_MONTHS,
    SEXES,
    month_index,
    month_name,
)
from sim.csvfile import own_path, read_records
from sim.data.schema import (
    AGE_BANDS,
    AREAS,
    MONTH,
    OUTCOMES,
    PARTY_ALL,
    TABLES,
    Rows,
    bad_number,
    check_tables,
    read_table,
)
from sim.errors import DataError, RequestError, nearest

Array = NDArray[np.float64]
HERE: Final = Path(__file__).parent
SHOWN: Final = 20
"""Problems of the tables spelled out in one error; the rest is counted."""
SHOWN_OF_DRIVER: Final = 5
"""The same for a file of the user's own, whose error is one line."""


class Data:
    """The validated tables. An unknown name raises `RequestError`; no figure is nan or {}."""

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
        """Return {year: value}, years ascending; `rule` says whether it is a US fiscal year."""
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
        """Return persons (2, 17): female and male by the five-year bands of `AGE_BANDS`, 80+ last.

        Mid-year figures of the UN World Population Prospects 2024, medium variant, 2010 to 2036.
        """
        if country not in COUNTRIES:
            raise RequestError(f"unknown country '{country}' (allowed: {', '.join(COUNTRIES)})")
        found = self._people.get((country, year))
        if found is None:
            years = [when for _, when in self._people]
            raise DataError(f"people.csv: no {country} in {year} ({min(years)} to {max(years)} are there)")
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

        Give `country` for all parties of a country, or `party` for one party of all nationalities. Months
        inside the record in which the source lists no such outcome are 0; months outside it are nan.
        """
        if outcome not in OUTCOMES:
            raise RequestError(f"unknown border outcome '{outcome}'{nearest(outcome, OUTCOMES)}")
        group = [country, party]
        record = {month for (_, *who), months in self._border.items() if who == group for month in months}
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
        """Return a table as it stands in its file, one dict a row; also one that another module checks."""
        if table in TABLES:
            columns = TABLES[table].columns
            return [dict(zip(columns, row, strict=True)) for row in self._tables[table]]
        path = self.folder / f"{table}.csv"
        if not path.is_file():
            names = {*TABLES, *(found.stem for found in self.folder.glob("*.csv"))}
            raise DataError(f"{path.name}: the table is missing in {self.folder}{nearest(table, names)}")
        return read_records(path)[1]

    def late_facts(self) -> frozenset[tuple[str, str]]:
        """Return (table, variable) of what may set shares or levels though counted after September 2019."""
        return frozenset((row[0], row[1]) for row in self._tables["late_facts"])

    def variables(self, table: str) -> tuple[str, ...]:
        """Return the names of the variables of a table."""
        return tuple(variable for name, variable in self._variables if name == table)

    def rule(self, table: str, variable: str) -> Mapping[str, str]:
        """Return the row of `variables.csv`: unit, low, high, complete_for, ..., period, doc."""
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
    """Return the figures of `folder` (by default those of the package), read and checked once a process.

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
    if not problems:
        order = [(COUNTRIES.index(row[1]), int(row[2])) for row in tables["departments"]]
        if order != sorted(order):
            problems = ["departments.csv: rows must be in the order of country and number"]
    if problems:
        raise DataError(tell(problems))
    return Data(folder, MappingProxyType(tables))


@dataclass(frozen=True)
class DriverPath:
    """A driver given by the user: `values` (codes, N_MONTHS), nan in the months left to the model."""

    variable: str
    codes: tuple[str, ...]
    values: Array


def load_driver_csv(path: Path | str, variable: str) -> DriverPath:
    """Return the user's own path of a driver, from a CSV with columns month, department or country, value.

    Months are YYYY-MM; each department or country has a value for every month from its first to its last. A
    country's value stands for all its departments. Units, ranges and codes allowed: rows `driver` of
    `variables.csv`.

    Raises:
        DataError: the file cannot be used; one line with every problem (at most five) by row and column.

    """
    path = own_path(path)
    data = load()
    rule = data.rule("driver", variable)
    areas = rule["complete_for"].split()
    departments = areas[0] == str(N_DEPARTMENTS)
    allowed = (*data.departments, *areas[1:]) if departments else tuple(areas)
    header, records = read_records(path)
    column = next((name for name in ("department", "country") if name in header), "department")
    if sorted(header) != sorted(("month", column, "value")):
        raise DataError(
            f"{path}: columns must be month, department or country, value; not {', '.join(header)}"
        )
    problems: list[str] = []
    found: dict[str, dict[int, tuple[int, float]]] = {}
    for number, row in enumerate(records, start=2):
        month, code, text = (" ".join(row[name].split()) for name in ("month", column, "value"))
        where = f"{path} row {number}, column"
        inside = MONTH.fullmatch(month) and 0 <= month_index(month) < N_MONTHS
        wrong = bad_number(text, float(rule["low"]), float(rule["high"]))
        if not inside:
            span = f"{month_name(0)} to {month_name(N_MONTHS - 1)}"
            problems.append(f"{where} month: '{month}' is not a month as YYYY-MM from {span}")
        elif code not in allowed:
            known = [*areas[1:], f"{data.departments[0]} ..."] if departments else areas
            hint = nearest(code, allowed) or f"; one of {', '.join(known)}"
            problems.append(f"{where} {column}: '{code}' is unknown for {variable}{hint}")
        elif wrong:
            problems.append(f"{where} value: {wrong}, in {rule['unit']}")
        elif month_index(month) in (seen := found.setdefault(code, {})):
            before = seen[month_index(month)][0]
            problems.append(f"{where} month: {month} of {code} is given twice (see row {before})")
        else:
            seen[month_index(month)] = (number, float(text))
    for code, seen in found.items():
        gaps = [month for month in range(min(seen), max(seen)) if month not in seen]
        if gaps:
            after = seen[gaps[0] - 1][0]
            more = f" and {len(gaps) - 1} more" if len(gaps) > 1 else ""
            problems.append(
                f"{path} row {after}, column month: then {month_name(gaps[0])} of {code} is missing{more}"
            )
    if not records:
        problems.append(f"{path}: no rows")
    if problems:
        rest = [f"and {len(problems) - SHOWN_OF_DRIVER} more"] if len(problems) > SHOWN_OF_DRIVER else []
        raise DataError("; ".join([*problems[:SHOWN_OF_DRIVER], *rest]))
    codes = tuple(code for code in allowed if code in found)
    values = np.full((len(codes), N_MONTHS), np.nan)
    for line, code in zip(values, codes, strict=True):
        for index, (_, given) in found[code].items():
            line[index] = given
    return DriverPath(variable, codes, values)


def tell(problems: Iterable[str]) -> str:
    """Return one line for one problem, else a count and one line for each."""
    said = list(problems)
    if len(said) == 1:
        return said[0]
    rest = [f"... and {len(said) - SHOWN} more"] if len(said) > SHOWN else []
    return "\n  ".join([f"{len(said)} problems in the tables of figures:", *said[:SHOWN], *rest])
