"""CSV files as text, and the paths that a user gives: read, or refused in a line that says why."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from sim.errors import DataError, unreadable


def read_records(path: Path) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Return header and rows of any CSV, one dict a row; `DataError` if it cannot be read."""
    header, rows = read_csv(path, str(path))
    return header, [dict(zip(header, row, strict=True)) for row in rows]


def read_csv(path: Path, shown: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return header and rows of a CSV; `DataError`, with the file as `shown`, if it cannot be read or is ragged."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.reader(lines))
    except (OSError, ValueError, csv.Error) as error:  # no UTF-8, or no name of a file
        raise DataError(f"{shown}: cannot be read: {unreadable(error)}") from None
    while rows and not rows[-1]:  # empty lines at the end
        rows.pop()
    if not rows:
        raise DataError(f"{shown}: the file is empty")
    header, body = tuple(rows[0]), rows[1:]
    ragged = [number for number, row in enumerate(body, start=2) if len(row) != len(header)]
    if ragged:
        more = f" (and {len(ragged) - 1} rows more)" if len(ragged) > 1 else ""
        found = len(body[ragged[0] - 2])
        raise DataError(f"{shown} row {ragged[0]}: {found} columns, {len(header)} needed{more}")
    return header, body


def own_path(name: Path | str) -> Path:
    """Return a path as a user gives it, with ~ for the home folder; ValueError if there is no such user."""
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise ValueError(str(error)) from None


def file_digest(name: str, parameter: str) -> str:
    """Return the SHA-256 of a file of the user's own; `DataError` names the parameter that asks for it."""
    try:
        return hashlib.sha256(own_path(name).read_bytes()).hexdigest()
    except (OSError, ValueError) as error:
        raise DataError(f"{parameter}: {name}: cannot be read: {unreadable(error)}") from None
