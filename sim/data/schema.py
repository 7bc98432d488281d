"""What the tables of figures must look like, and what is wrong with one that does not.

Each table has its columns, its key, and for every column a check. Units and the range of each variable are
figures too: `units.csv` and `variables.csv`. All problems of all tables are collected, each as
"country_month.csv row 12, column value: ...", rows counted as in a text editor (the header is row 1).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.codes import COUNTRIES, DESTINATIONS, N_DEPARTMENTS, PARTIES, REGULAR_PATHWAYS, SEXES
from sim.csvfile import read_csv
from sim.errors import DataError, nearest

QUALITIES: Final = ("verified", "derived", "recalled", "assumption")
NORTHERN: Final = "NCA"
"""The three countries together, where a figure is published for them only as one."""
ALL_NATIONS: Final = "ALL"
"""All nationalities; in `survey_facts` the three countries pooled."""
WORLD: Final = "WLD"
AREAS: Final = (*COUNTRIES, NORTHERN, *DESTINATIONS, ALL_NATIONS, WORLD)
AGE_BANDS: Final = (
    "0-4", "5-9", "10-14", "15-19", "20-24", "25-29", "30-34", "35-39", "40-44",
    "45-49", "50-54", "55-59", "60-64", "65-69", "70-74", "75-79", "80+",
)  # fmt: skip
PARTY_ALL: Final = "all"
OUTCOMES: Final = (
    "t8_repatriations", "t42_expulsions", "migrant_protection_protocols", "transfers_to_ice",
    "transfers_to_hhs", "usbp_releases", "ofo_paroles", "other_outcomes",
)  # fmt: skip
EVENT_KINDS: Final = (
    "crop_pest", "drought", "earthquake", "flood", "landslide", "migration", "pandemic", "political", "price",
    "security", "storm", "violence", "volcano",
)  # fmt: skip
SHARE_SLACK: Final = 0.02
"""Slack of the sum of a month's border outcomes: the counts behind them are rounded to 10 (source S13)."""
MONTH: Final = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])")
YEAR: Final = re.compile(r"(19|20)\d\d")
DAY: Final = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
IDENTIFIER: Final = re.compile(r"[a-z0-9_]+")

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of a file in order, its key, the column that names a variable, and whether a value may be text.

    Text values and their units are held to account by the module that reads them.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    named_by: str = ""
    text_values: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A column whose text has a form."""

    form: re.Pattern[str]
    meaning: str
    may_be_empty: bool = False

    def wrong(self, text: str) -> str | None:
        """Return what is wrong with the text, or None."""
        fits = self.form.fullmatch(text) or (self.may_be_empty and not text)
        return None if fits else f"'{text}' is not {self.meaning}"


@dataclass(frozen=True, slots=True)
class Span:
    """A column of numbers from low to high, both included."""

    low: float = -math.inf
    high: float = math.inf
    may_be_empty: bool = False

    def wrong(self, text: str) -> str | None:
        """Return what is wrong with the text, or None."""
        return None if self.may_be_empty and not text else bad_number(text, self.low, self.high)


A_YEAR: Final = Pattern(YEAR, "a year as YYYY")
A_MONTH: Final = Pattern(MONTH, "a month as YYYY-MM")


def _table(columns: str, key: str, named_by: str = "", *, text_values: bool = False) -> Table:
    return Table(tuple(columns.split()), tuple(key.split()), named_by, text_values)


TABLES: Final[Mapping[str, Table]] = {
    "SOURCES": _table("id source", "id"),
    "units": _table("unit low high meaning", "unit"),
    "variables": _table(
        "table variable unit low high complete_for complete_from complete_to period doc", "table variable"
    ),
    "departments": _table("department country number name capital lat lon", "department"),
    "neighbours": _table("department neighbour kind border_km quality source", "department neighbour"),
    "department_values": _table(
        "department variable year value unit quality source", "department variable year", "variable"
    ),
    "country_year": _table(
        "country year variable value unit quality source", "country year variable", "variable"
    ),
    "country_month": _table(
        "country month variable value unit quality source", "country month variable", "variable"
    ),
    "survey_facts": _table("fact country year value unit quality source", "fact country year", "fact"),
    "people": _table("country year sex age_band people quality source", "country year sex age_band"),
    "border_outcomes": _table(
        "month country party outcome share quality source", "month country party outcome"
    ),
    "events": _table(
        "event kind start end country people_affected households_affected deaths damage_usd overlaps"
        " quality source",
        "event country start",
    ),
    "late_facts": _table("table variable target reason", "table variable"),
    "places": _table("pathway country year year_type value unit quality source note", "pathway country year"),
    "programmes": _table(
        "pathway attribute value unit low high grade source doc", "pathway attribute", text_values=True
    ),
}

_CODES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "departments": {"country": COUNTRIES},
    "neighbours": {"kind": ("border", "point", "ferry")},
    "country_year": {"country": AREAS},
    "country_month": {"country": AREAS},
    "survey_facts": {"country": AREAS},
    "people": {"country": COUNTRIES, "sex": SEXES, "age_band": AGE_BANDS},
    "border_outcomes": {
        "country": (*COUNTRIES, ALL_NATIONS),
        "party": (*PARTIES, PARTY_ALL),
        "outcome": OUTCOMES,
    },
    "events": {"kind": EVENT_KINDS, "country": (*COUNTRIES, NORTHERN), "overlaps": ("0", "1")},
    "places": {"pathway": REGULAR_PATHWAYS, "country": COUNTRIES, "year_type": ("fiscal", "calendar")},
    "programmes": {"pathway": REGULAR_PATHWAYS, "grade": ("V", "D", "A", "R", "T")},
}
_PATTERNS: Final[Mapping[str, Mapping[str, Pattern]]] = {
    "department_values": {"year": Pattern(YEAR, "a year, or empty if it has none", may_be_empty=True)},
    "country_year": {"year": A_YEAR},
    "country_month": {"month": A_MONTH},
    "survey_facts": {"fact": Pattern(IDENTIFIER, "a name of a-z, 0-9 and _"), "year": A_YEAR},
    "people": {"year": A_YEAR},
    "places": {"year": A_YEAR},
    "border_outcomes": {"month": A_MONTH},
    "events": {
        "start": Pattern(DAY, "a day as YYYY-MM-DD"),
        "end": Pattern(DAY, "a day as YYYY-MM-DD, or empty if it goes on", may_be_empty=True),
    },
}
_COUNT: Final = Span(low=0, may_be_empty=True)
_NUMBERS: Final[Mapping[str, Mapping[str, Span]]] = {
    "units": {"low": Span(), "high": Span()},
    "variables": {"low": Span(), "high": Span()},
    "departments": {"number": Span(1, N_DEPARTMENTS), "lat": Span(-90, 90), "lon": Span(-180, 180)},
    "neighbours": {"border_km": Span(low=0)},
    "people": {"people": Span(low=0)},
    "places": {"value": Span(low=0)},
    "border_outcomes": {"share": Span(0, 1)},
    "events": dict.fromkeys(("people_affected", "households_affected", "deaths", "damage_usd"), _COUNT),
}


def read_table(folder: Path, name: str, problems: list[str]) -> Rows:
    """Return the rows of `name`.csv below its header; a file that cannot be used adds to `problems`."""
    path, columns = folder / f"{name}.csv", TABLES[name].columns
    if not path.is_file():
        problems.append(f"{path.name}: the table is missing in {folder}")
        return []
    try:
        header, rows = read_csv(path, path.name)
    except DataError as error:
        problems.append(str(error))
        return []
    if header != columns:
        problems.append(f"{path.name} row 1: columns must be {','.join(columns)}, not {','.join(header)}")
        return []
    if not rows:
        problems.append(f"{path.name}: the table has no rows")
    return rows


def check_tables(tables: Mapping[str, Rows]) -> list[str]:
    """Return every problem of the tables, each naming file, row and column; empty when all is well."""
    problems: list[str] = []
    for name, rows in tables.items():
        if rows:
            _check_form(name, rows, tables, problems)
    if problems:  # ranges and gaps mean little while codes and numbers are wrong
        return problems
    _check_variables(tables["variables"], tables["units"], problems)
    for name, table in TABLES.items():
        if table.named_by:
            _check_values(name, tables[name], tables["variables"], problems)
    _check_shares(tables["border_outcomes"], problems)
    known = {(row[0], row[1]) for row in tables["variables"]}
    for number, row in enumerate(tables["late_facts"], start=2):
        if (row[0], row[1]) not in known:
            hint = nearest(row[1], [variable for table_, variable in known if table_ == row[0]])
            problems.append(_say("late_facts", number, "variable", f"'{row[1]}' is not in {row[0]}{hint}"))
    return problems


def _say(table: str, number: int, column: str, text: str) -> str:
    return f"{table}.csv row {number}, column {column}: {text}"


def _check_form(name: str, rows: Rows, tables: Mapping[str, Rows], problems: list[str]) -> None:
    table = TABLES[name]
    columns = dict(zip(table.columns, zip(*rows, strict=True), strict=True))
    allowed = dict(_CODES.get(name, {}))
    departments = tuple(row[0] for row in tables.get("departments", ()))
    for column in ("department", "neighbour"):
        if column in columns and name != "departments" and departments:
            allowed[column] = departments
    if "quality" in columns:
        allowed["quality"] = QUALITIES
    for column, codes in allowed.items():
        _check_codes(name, column, columns[column], codes, problems)
    if "unit" in columns and name != "units" and not table.text_values:
        _check_codes(name, "unit", columns["unit"], tuple(row[0] for row in tables["units"]), problems)
    if "source" in columns and name != "SOURCES":
        known = {row[0] for row in tables["SOURCES"]}
        _each(name, "source", columns["source"], lambda text: _bad_source(text, known), problems)
    for column, pattern in _PATTERNS.get(name, {}).items():
        _each(name, column, columns[column], pattern.wrong, problems)
    for column, span in _NUMBERS.get(name, {}).items():
        _each(name, column, columns[column], span.wrong, problems)
    if "value" in columns and not table.text_values:
        _each(name, "value", columns["value"], bad_number, problems)
    _check_keys(name, table, rows, problems)


def _each(
    name: str, column: str, values: Sequence[str], check: Callable[[str], str | None], problems: list[str]
) -> None:
    """Add a problem for every row whose text fails `check`, which sees each distinct text once."""
    wrong = {text: said for text in set(values) if (said := check(text))}
    if wrong:
        problems.extend(
            _say(name, number, column, wrong[text])
            for number, text in enumerate(values, start=2)
            if text in wrong
        )


def _check_codes(
    name: str, column: str, values: Sequence[str], codes: Iterable[str], problems: list[str]
) -> None:
    known = frozenset(codes)

    def wrong(text: str) -> str | None:
        return None if text in known else f"'{text}' is unknown{nearest(text, known)}"

    _each(name, column, values, wrong, problems)


def _bad_source(text: str, known: set[str]) -> str | None:
    unknown = [part for part in text.split("+") if part not in known]
    return f"source '{unknown[0]}' is not in SOURCES.csv" if unknown else None


def bad_number(text: str, low: float = -math.inf, high: float = math.inf) -> str | None:
    """Return what is wrong with a number written as text, or None."""
    try:
        value = float(text)
    except ValueError:
        return f"'{text}' is not a number"
    if not math.isfinite(value):
        return f"'{text}' is not a finite number"
    return None if low <= value <= high else f"{text} is out of range ({low:g} to {high:g})"


def _check_keys(name: str, table: Table, rows: Rows, problems: list[str]) -> None:
    places = [table.columns.index(column) for column in table.key]
    first: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows, start=2):
        key = tuple([row[place] for place in places])
        before = first.setdefault(key, number)
        if before != number:
            problems.append(
                _say(name, number, table.key[-1], f"{', '.join(key)} is given twice (see row {before})")
            )


def _check_variables(rows: Rows, units: Rows, problems: list[str]) -> None:
    for number, row in enumerate(rows, start=2):
        if float(row[3]) >= float(row[4]):
            problems.append(_say("variables", number, "high", f"{row[4]} is not above low ({row[3]})"))
        if row[0] not in (*(name for name, table in TABLES.items() if table.named_by), "driver"):
            problems.append(
                _say("variables", number, "table", f"'{row[0]}' is unknown{nearest(row[0], TABLES)}")
            )


def _check_values(name: str, rows: Rows, variables: Rows, problems: list[str]) -> None:
    """Hold each value to the unit and range of its variable, each variable to what it must cover."""
    table = TABLES[name]
    place = {column: number for number, column in enumerate(table.columns)}
    of, at, unit_at = place[table.named_by], place["value"], place["unit"]
    declared = {row[1]: (row[2], float(row[3]), float(row[4])) for row in variables if row[0] == name}
    for number, row in enumerate(rows, start=2):
        variable, text, unit = row[of], row[at], row[unit_at]
        rule = declared.get(variable)
        if rule is None:
            said = f"'{variable}' is not in variables.csv{nearest(variable, declared)}"
            problems.append(_say(name, number, table.named_by, said))
        elif unit != rule[0]:
            problems.append(_say(name, number, "unit", f"'{unit}' where {variable} is in '{rule[0]}'"))
        elif not rule[1] <= float(text) <= rule[2]:
            said = f"{text} is out of range for {variable} ({rule[1]:g} to {rule[2]:g} {unit})"
            problems.append(_say(name, number, "value", said))
    _check_complete(name, rows, variables, place, problems)


def _check_complete(
    name: str, rows: Rows, variables: Rows, place: Mapping[str, int], problems: list[str]
) -> None:
    declared = {row[1]: row[5:8] for row in variables if row[0] == name and row[5]}
    where_at = place.get("country", place.get("department", 0))
    when_at = place.get("month", place.get("year", 0))
    of = place[TABLES[name].named_by]
    seen: dict[str, set[tuple[str, str]]] = {variable: set() for variable in declared}
    for row in rows:
        if row[of] in seen:
            seen[row[of]].add((row[where_at], row[when_at]))
    for variable, (areas, first, last) in declared.items():
        if name == "department_values":
            count = len({where for where, _ in seen[variable]})
            if count != int(areas):
                problems.append(f"{name}.csv, {variable}: {count} departments, {areas} needed")
            continue
        for area in areas.split():
            missing = [when for when in _span(first, last) if (area, when) not in seen[variable]]
            if missing:
                said = f"{missing[0]} is missing" + (
                    f" and {len(missing) - 1} more" if len(missing) > 1 else ""
                )
                problems.append(
                    f"{name}.csv, {variable} of {area}: {said} ({first} to {last} must have no gap)"
                )


def _span(first: str, last: str) -> list[str]:
    """Return the months (YYYY-MM) or years (YYYY) from first to last, both included."""
    if "-" not in first:
        return [str(year) for year in range(int(first), int(last) + 1)]
    start, stop = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (first, last))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, stop + 1)]


def _check_shares(rows: Rows, problems: list[str]) -> None:
    """Outcomes of a month, country and party are parts of one whole."""
    total: dict[tuple[str, str, str], float] = {}
    for row in rows:
        key = (row[0], row[1], row[2])
        total[key] = total.get(key, 0.0) + float(row[4])
    problems.extend(
        f"border_outcomes.csv, {', '.join(key)}: the shares sum to {value:.4f}, not 1"
        for key, value in total.items()
        if abs(value - 1) > SHARE_SLACK
    )
