"""Pinned results: small runs whose yearly counts and money are kept as text and change only with a reason.

Counts are compared exactly, money to a relative 1e-9 (sums of floats differ in their last bits between
machines). What changed is accepted by `pathways baseline update --reason ...`, which lands in CHANGELOG.md.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.aligned import aligned
from sim.codes import COUNTRIES, FLOWS
from sim.compose import compose
from sim.csvfile import read_records
from sim.ensemble import MODEL_FILE
from sim.errors import DataError, RequestError
from sim.results import OUTCOME_COLUMNS, Recorded

SCENARIOS = ("baseline", "labour_visas_50k", "reintegration_boost", "enforcement_only", "task_force_package")
SEEDS = (1, 2)
ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "baseline"
CHANGELOG = ROOT / "CHANGELOG.md"
MODEL = Path(__file__).parent / "data" / MODEL_FILE
N_DIGEST = 16
"""Hexadecimal digits of a digest."""
HEADING = "Results changed:"
TOLERANCE = 1e-9
"""Relative difference of money that is no drift."""
DRIFT_COLUMNS = ("file", "year", "group", "measure", "pinned", "now")
SHOWN = 40
"""Rows of drift that are printed."""

Row = tuple[str, str]
Table = dict[Row, dict[str, int | float]]
"""(year, group) -> measure -> value."""


def check(*, as_json: bool = False) -> int:
    """Rerun the pinned runs, print what drifted and return the exit status: 0 the same, 1 not."""
    drifted: list[tuple[str, ...]] = []
    for path, now in _runs():
        drifted += (
            [(path.name, *cell) for cell in drift(read_table(path), now)]
            if path.exists()
            else [_missing(path)]
        )
    if as_json:
        rows = [dict(zip(DRIFT_COLUMNS, row, strict=True)) for row in drifted]
        print(json.dumps({"same": not drifted, "drift": rows}, indent=1))
    else:
        print(_drift_text(drifted))
    return 1 if drifted else 0


def _drift_text(drifted: Sequence[tuple[str, ...]]) -> str:
    if not drifted:
        return f"the same: {len(SCENARIOS) * len(SEEDS)} pinned runs"
    lines = aligned((DRIFT_COLUMNS, *drifted[:SHOWN]), len(DRIFT_COLUMNS))
    if len(drifted) > SHOWN:
        lines.append(f"... and {len(drifted) - SHOWN} more")
    return "\n".join([*lines, 'accept with: pathways baseline update --reason "why results changed"'])


def update(reason: str, *, as_json: bool = False) -> int:
    """Write the pinned files that drifted or are missing, and the reason into CHANGELOG.md."""
    changed = {path: now for path, now in _runs() if not path.exists() or any(drift(read_table(path), now))}
    for path, now in changed.items():  # after all runs: interrupted, nothing has changed
        path.parent.mkdir(exist_ok=True)
        write_table(path, now)
    if changed:
        _tell_changelog(reason)
        MODEL.write_text(digest_of_pinned() + "\n", encoding="utf-8")
    names = [path.name for path in changed]
    text = f"changed: {', '.join(names)}" if changed else "nothing drifted; nothing changed"
    print(json.dumps({"changed": names}) if as_json else text)
    return 0


def digest_of_pinned() -> str:
    """Return the digest of the pinned results, by which an ensemble knows the model that it was fitted to."""
    text = b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.csv")))
    return hashlib.sha256(text).hexdigest()[:N_DIGEST]


def yearly(record: Recorded) -> Table:
    """Return yearly people by country and flow, and every money outcome of a calendar year by its group."""
    flows = record.flow_rows()
    years = flows["month"].astype("datetime64[Y]").astype(str)
    table: Table = {}
    for year in np.unique(years):
        for country in COUNTRIES:
            chosen = (years == year) & (flows["country"] == country)
            names, people = flows["flow"][chosen], flows["people"][chosen]
            table[str(year), country] = {flow: int(people[names == flow].sum()) for flow in FLOWS}
    for values in record.outcomes():
        row = dict(zip(OUTCOME_COLUMNS, values, strict=True))
        if "US$" in str(row["unit"]) and re.fullmatch(r"\d{4}", str(row["period"])):
            table.setdefault((str(row["period"]), str(row["group"])), {})[str(row["outcome"])] = float(
                row["value"]
            )
    return table


def drift(pinned: Table, now: Table) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield (year, group, measure, pinned, now) wherever two tables differ; '-' where there is no value."""
    for row in sorted({*pinned, *now}):
        before, after = pinned.get(row, {}), now.get(row, {})
        for measure in sorted({*before, *after}):
            old, new = before.get(measure), after.get(measure)
            if old is None or new is None or not _same(old, new):
                yield *row, measure, "-" if old is None else f"{old!r}", "-" if new is None else f"{new!r}"


def write_table(path: Path, table: Table) -> None:
    """Write a table as text: a row for each year and group, a column for each measure."""
    measures = list(dict.fromkeys(measure for cells in table.values() for measure in cells))
    with path.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines, lineterminator="\n")
        out.writerow(("year", "group", *measures))
        for row, cells in sorted(table.items()):
            out.writerow((*row, *(repr(cells[measure]) if measure in cells else "" for measure in measures)))


def read_table(path: Path) -> Table:
    """Return a table written by `write_table`; DataError names a row that cannot be used."""
    table: Table = {}
    for number, row in enumerate(read_records(path)[1], start=2):
        try:
            year, group = row.pop("year"), row.pop("group")
            table[year, group] = {
                name: float(text) if "." in text or "e" in text else int(text) for name, text in row.items() if text
            }
        except (KeyError, ValueError) as error:
            raise DataError(f"{path.name} row {number}: {error}") from None
    return table


def _same(old: float, new: float) -> bool:
    if isinstance(old, int) and isinstance(new, int):
        return old == new
    return math.isclose(old, new, rel_tol=TOLERANCE)


def _runs() -> Iterator[tuple[Path, Table]]:
    """Yield the pinned file and the present table of every pinned run."""
    from sim.model import run_model

    if not FOLDER.parent.is_dir():
        raise RequestError(
            f"{FOLDER}: pinned results live in a checkout of the source, not in an installed package"
        )
    for scenario in SCENARIOS:
        for seed in SEEDS:
            print(f"{scenario}, seed {seed}", file=sys.stderr, flush=True)
            config = compose([f"scenarios={scenario}", f"seed={seed}", "run=pinned"])
            record, *_ = run_model(config, on_month=lambda month: None)
            yield FOLDER / f"{scenario}-{seed}.csv", yearly(record)


def _missing(path: Path) -> tuple[str, ...]:
    return (path.name, "-", "-", "-", "no file", "-")


def _tell_changelog(reason: str) -> None:
    """Add the reason under the first 'Results changed:' of the changelog, made if it is not there."""
    lines: list[Any] = (
        CHANGELOG.read_text(encoding="utf-8").splitlines() if CHANGELOG.exists() else ["# Changelog"]
    )
    place = next((number for number, line in enumerate(lines) if HEADING in line), None)
    if place is None:
        lines[1:1] = ["", "## Unreleased", "", HEADING]
        place = lines.index(HEADING)
    if not (place + 1 < len(lines) and lines[place + 1] == ""):
        lines.insert(place + 1, "")
    lines.insert(place + 2, f"- {reason}")
    CHANGELOG.write_text("\n".join(lines) + "\n", encoding="utf-8")
