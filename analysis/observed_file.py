"""Later counts as a user gives them: a CSV with month, country, measure, encounters, read or refused row by row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.forecast import MEASURE
from analysis.forecast_runs import KNOWN_TO, TRAINED_TO
from analysis.predict import log_events
from sim.codes import COUNTRIES, N_MONTHS, PARTIES, is_month, month_index, month_name
from sim.csvfile import own_path, read_records
from sim.data.schema import bad_number
from sim.errors import RequestError, nearest, refuse

COLUMNS: Final = ("month", "country", "measure", "encounters")
MEASURES: Final = {MEASURE: "", **{f"{MEASURE}_{party}": party for party in PARTIES}}
"""Measures and the party each is of ('': all): arrests by the US Border Patrol between ports, south-west border."""
MOST: Final = 1e7
"""Encounters in a month that no country can have: more than it has households."""
SHOWN: Final = 20
"""Problems spelled out; the rest is counted."""
FIRST: Final = month_name(month_index(TRAINED_TO) + 1)
Found = dict[tuple[str, str], NDArray[np.float64]]


def read_observed(name: Path | str) -> Found:
    """Return {(country, party or ''): (N_MONTHS,) ln encounters}, nan where the file has none.

    Raises:
        RequestError: the file cannot be used; a line for each problem with file, row, column, what is allowed.

    """
    try:
        path = own_path(name)
    except ValueError as error:
        raise RequestError(f"{name}: {error}") from None
    header, rows = read_records(path)
    if sorted(header) != sorted(COLUMNS):
        missing = [f"{column} is missing" for column in COLUMNS if column not in header]
        wrong = [f"'{column}' is not allowed{nearest(column, COLUMNS)}" for column in header if column not in COLUMNS]
        twice = [f"{column} is there twice" for column in COLUMNS if header.count(column) > 1]
        refuse([f"{path} row 1: {'; '.join([*missing, *wrong, *twice])} (columns: {', '.join(COLUMNS)})"])
    problems: list[str] = [] if rows else [f"{path}: no rows"]
    found: Found = {}
    seen: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows, start=2):
        cells = {column: " ".join(row[column].split()) for column in COLUMNS}
        wrongs = _problems(cells)
        key = tuple(cells[column] for column in COLUMNS[:-1])
        if key in seen:
            wrongs["month"] = f"{' '.join(key)} is given twice (see row {seen[key]})"
        seen.setdefault(key, number)
        problems += [f"{path} row {number}, column {column}: {wrong}" for column, wrong in wrongs.items()]
        if not wrongs:
            series = found.setdefault((key[1], MEASURES[key[2]]), np.full(N_MONTHS, np.nan))
            series[month_index(key[0])] = log_events(np.array(float(cells["encounters"])))
    rest = [f"... and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
    refuse([*problems[:SHOWN], *rest])
    return found


def _problems(cells: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with a row by column."""
    found = {}
    month, country, measure, encounters = (cells[column] for column in COLUMNS)
    if not is_month(month) or not FIRST <= month <= KNOWN_TO:
        found["month"] = f"'{month}' is not a month as YYYY-MM from {FIRST} to {KNOWN_TO}"
    for column, code, allowed in (("country", country, COUNTRIES), ("measure", measure, tuple(MEASURES))):
        if code not in allowed:
            found[column] = f"'{code}' is not allowed; one of {', '.join(allowed)}{nearest(code, allowed)}"
    wrong = bad_number(encounters, 0, MOST)
    if wrong:
        found["encounters"] = f"{wrong}, in events of the month"
    return found
