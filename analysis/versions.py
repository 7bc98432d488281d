"""What changed between two versions of the program: the same question recorded twice, every outcome laid side by side.

Two runs of one configuration made by two versions, or the pinned results of two git revisions. Numbers are read as
they were written: a version need not know the parameters of the other.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.monthly import whole_years
from sim.aligned import aligned
from sim.baseline import TOLERANCE, Table, read_table
from sim.codes import COUNTRIES, month_index
from sim.config import TABLE, exactly, parameters
from sim.errors import RequestError, WorkError, unreadable
from sim.outcomes import OUTCOMES
from sim.results import NEUTRAL
from sim.yamlfile import leaves, read_yaml

ROOT = Path(__file__).parent.parent
PINNED, DATA = "tests/baseline", "sim/data"
ASKED = ("seed", "population.share", "run.start", "run.end")
"""What must be the same for two runs to be of one question."""
PERCENT = 100.0
MOST = 40
"""Lines of moved outcomes and of parameters that are printed."""
MADE_BY = ("version", "commit", "data", "platform", "python", "households")
"""What of a run's provenance may explain a difference."""
Cells = Mapping[tuple[str, str], float]
"""{(period, group): value} of one outcome."""


@dataclass(frozen=True)
class Side:
    """One version's results. runs: by name of a run and outcome. settings: by path. made_by: what made it."""

    name: str
    runs: Mapping[str, Mapping[str, Cells]]
    settings: Mapping[str, Any]
    made_by: Mapping[str, Any]


@dataclass(frozen=True)
class Moved:
    """One outcome of one run, a year, where the versions differ. before, after: None where a version has it not.

    cells, of: how many of its values by year and group differ, of how many.
    """

    run: str
    outcome: str
    unit: str
    before: float | None
    after: float | None
    cells: int
    of: int

    @property
    def difference(self) -> float | None:
        """Return the second version minus the first."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def percent(self) -> float | None:
        """Return the difference in percent of the first version; None where that is zero."""
        return PERCENT * self.difference / abs(self.before) if self.difference is not None and self.before else None

    def size(self) -> float:
        """Return how far it moved, for sorting: the fraction of the first version, infinite where there was none."""
        return math.inf if self.percent is None else abs(self.percent)


@dataclass(frozen=True)
class Versions:
    """Two versions side by side. moved: the outcomes that moved, the most first. compared: how many there are."""

    sides: tuple[Side, Side]
    moved: tuple[Moved, ...]
    compared: int

    def provenance(self) -> list[dict[str, Any]]:
        """Return what made the results, where the two differ: version, commit, tables of figures, machine."""
        one, two = (dict(leaves(side.made_by)) for side in self.sides)
        return [
            {"what": what, "before": one.get(what), "after": two.get(what)}
            for what in dict.fromkeys((*one, *two))
            if one.get(what) != two.get(what)
        ]

    def settings(self) -> list[dict[str, Any]]:
        """Return the parameters and policies that differ; default: whether the second value is today's default."""
        one, two = (side.settings for side in self.sides)
        return [
            {
                "path": path, "before": one.get(path), "after": two.get(path),
                "default": path in parameters() and two.get(path) == parameters()[path].default,
            }
            for path in sorted({*one, *two})
            if path not in NEUTRAL and one.get(path) != two.get(path)
        ]  # fmt: skip

    def data(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "before": self.sides[0].name, "after": self.sides[1].name, "compared": self.compared,
            "moved": [
                {
                    "run": one.run, "outcome": one.outcome, "unit": one.unit, "before": one.before,
                    "after": one.after, "difference": one.difference, "percent": one.percent,
                    "cells": one.cells, "of": one.of,
                }
                for one in self.moved
            ],
            "provenance": self.provenance(), "settings": self.settings(),
        }  # fmt: skip

    def text(self) -> str:
        """Return which outcomes moved, by how much, and what may have moved them."""
        one, two = self.sides
        lines = [f"{one.name} and {two.name}: {len(self.moved)} of {self.compared} outcomes differ"]
        if self.moved:
            lines += ["", *_aligned(self.moved)]
        for title, rows, key in (
            ("Made otherwise", self.provenance(), "what"), ("Other parameters", self.settings(), "path"),
        ):  # fmt: skip
            if rows:
                lines += ["", f"{title}:"]
                lines += [
                    f"  {row[key]}: {_told(row['before'])} -> {_told(row['after'])}"
                    + (", the default now" if row.get("default") else "")
                    for row in rows[:MOST]
                ]
                lines += [f"  ... and {len(rows) - MOST} more"] if len(rows) > MOST else []
        return "\n".join(lines)


def compare_folders(before: Path, after: Path) -> Versions:
    """Compare two recorded runs of one question.

    Raises:
        RequestError: a file of a run cannot be read, or they differ in seed, share, dates or scenario.

    """
    sides = _side(before), _side(after)
    one, two = (side.settings for side in sides)
    for path in (*ASKED, "scenarios"):
        if one.get(path) != two.get(path):
            raise RequestError(
                f"{after} answers another question than {before}: {path} is {two.get(path)}, not {one.get(path)}; "
                "two versions are told apart by the same question, two scenarios by `pathways compare`"
            )
    return _versions(sides)


def compare_revisions(before: str, after: str) -> Versions:
    """Compare the pinned results (tests/baseline) of two git revisions.

    Raises:
        RequestError: this is no checkout, git does not know a revision, or one has no pinned results.

    """
    return _versions((_revision(before), _revision(after)))


def _versions(sides: tuple[Side, Side]) -> Versions:
    one, two = (side.runs for side in sides)
    years = _years(sides)
    found = [
        _laid_beside(run, name, one.get(run, {}).get(name, {}), two.get(run, {}).get(name, {}), years)
        for run in dict.fromkeys((*one, *two))
        for name in dict.fromkeys((*one.get(run, {}), *two.get(run, {})))
    ]
    moved = sorted((row for row in found if row.cells), key=lambda row: (-row.size(), row.run, row.outcome))
    return Versions(sides, tuple(moved), len(found))


def _years(sides: Iterable[Side]) -> set[str]:
    """Return the calendar years that lie whole in what every side recorded."""
    spans = [(month_index(side.settings["run.start"]), month_index(side.settings["run.end"])) for side in sides]
    return set(map(str, whole_years(max(first for first, _ in spans), min(last for _, last in spans))))


def _laid_beside(run: str, name: str, one: Cells, two: Cells, years: set[str]) -> Moved:
    cells = dict.fromkeys((*one, *two))
    differ = [cell for cell in cells if not _same(one.get(cell), two.get(cell))]
    unit = OUTCOMES[name].rate if name in OUTCOMES else ""
    before, after = (_a_year(name, side, years) for side in (one, two))
    return Moved(run, name, unit, before, after, len(differ), len(cells))


def _a_year(name: str, cells: Cells, years: set[str]) -> float | None:
    """Return an outcome of all groups together, the mean of the years given; None where there is none of them."""
    found = []
    for year in sorted({year for year, _ in cells} & years):
        groups = {group: value for (period, group), value in cells.items() if period == year}
        parts = [value for group, value in groups.items() if group.startswith("country=")] or list(groups.values())
        adds = name not in OUTCOMES or OUTCOMES[name].adds
        found.append(groups.get("all", sum(parts) / (1 if adds else len(parts))))
    return sum(found) / len(found) if found else None


def _same(one: float | None, two: float | None) -> bool:
    return one is not None and two is not None and math.isclose(one, two, rel_tol=TOLERANCE)


def _side(folder: Path) -> Side:
    """Read a recorded run as it was written, whatever version wrote it."""
    settings = dict(leaves(read_yaml(folder / "config.yaml").tree))
    settings = {path: value for path, value in settings.items() if path != "title"}
    try:
        made_by = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        rows = list(csv.DictReader(io.StringIO((folder / "outcomes.csv").read_text(encoding="utf-8"))))
        cells: dict[str, dict[tuple[str, str], float]] = {}
        for row in rows:
            cells.setdefault(row["outcome"], {})[row["period"], row["group"]] = float(row["value"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RequestError(f"{folder}: the run is damaged: {unreadable(error)}") from None
    kept = {what: made_by[what] for what in MADE_BY if what in made_by}
    return Side(str(folder), {"+".join(settings["scenarios"]): cells}, settings, kept)


def _revision(name: str) -> Side:
    """Read the pinned results of a git revision, the defaults of its parameters and what its tables are."""
    if not (ROOT / ".git").exists():
        raise RequestError(f"{ROOT}: pinned results of a revision are in a checkout with its history")
    commit = _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", wrong=f"git knows no revision '{name}'")
    files = _git("ls-tree", "-r", commit, PINNED, DATA).splitlines()
    blobs = {path: words.split()[-1] for words, _, path in (line.partition("\t") for line in files)}
    runs = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in (path for path in blobs if path.startswith(PINNED)):
            copy = Path(folder) / Path(path).name
            copy.write_text(_git("show", f"{commit}:{path}"), encoding="utf-8")
            runs[copy.stem] = _pinned(read_table(copy))
    if not runs:
        raise RequestError(f"revision '{name}' has no pinned results in {PINNED}")
    table = csv.DictReader(io.StringIO(_git("show", f"{commit}:{DATA}/{TABLE.name}")))
    settings: dict[str, Any] = {row["path"]: _number(row["default"]) for row in table}
    for line in _git("show", f"{commit}:configs/run/pinned.yaml").splitlines():
        key, _, value = line.partition(":")
        settings |= {f"run.{key.strip()}": value.strip()} if key.strip() in ("start", "end") else {}
    version = re.search(r'^version = "(.*)"', _git("show", f"{commit}:pyproject.toml"), re.MULTILINE)
    data = {Path(path).name: blob for path, blob in blobs.items() if path.endswith(".csv") and path.startswith(DATA)}
    return Side(name, runs, settings, {"version": version[1] if version else None, "commit": commit, "data": data})


def _pinned(table: Table) -> dict[str, dict[tuple[str, str], float]]:
    """Return a pinned table by outcome; its counts have the bare name of the country as group."""
    cells: dict[str, dict[tuple[str, str], float]] = {}
    for (year, group), values in table.items():
        for name, value in values.items():
            cells.setdefault(name, {})[year, f"country={group}" if group in COUNTRIES else group] = float(value)
    return cells


def _git(*words: str, wrong: str = "") -> str:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
    except OSError as error:
        raise WorkError(f"git cannot be run: {unreadable(error)}") from None
    if done.returncode:
        raise RequestError(wrong or f"git {words[0]}: {' '.join(done.stderr.split())}")
    return done.stdout if words[0] == "show" else done.stdout.strip()


def _number(text: str) -> str | float | None:
    try:
        return float(text)
    except ValueError:
        return text or None


def _told(value: Any) -> str:
    return "none" if value is None else exactly(value) if isinstance(value, float) else str(value)


def _aligned(moved: Sequence[Moved]) -> list[str]:
    """Return a table of what moved, the most first."""
    several = len({one.run for one in moved}) > 1
    cells: list[tuple[str, ...]] = [("run", "outcome", "unit", "before", "after", "difference", "%", "values")]
    for one in moved[:MOST]:
        amounts = ("-" if value is None else f"{value:,.0f}" for value in (one.before, one.after))
        difference = "-" if one.difference is None else f"{one.difference:+,.0f}"
        percent = "-" if one.percent is None else f"{one.percent:+.2f}"
        cells.append((one.run, one.outcome, one.unit, *amounts, difference, percent, f"{one.cells} of {one.of}"))
    columns = list(zip(*cells, strict=True))[0 if several else 1 :]
    lines = aligned(list(zip(*columns, strict=True)), 3 if several else 2)
    return lines + ([f"... and {len(moved) - MOST} more"] if len(moved) > MOST else [])
