"""The table of the ensemble: written from a calibration, and told in words and tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from analysis.calibration import Fit, Plan
from analysis.kept import write_whole
from analysis.level import SOLVED
from analysis.priors import prior_of
from sim import ensemble
from sim.aligned import aligned
from sim.config import parameters
from sim.ensemble import GAP, MADE, NUMBER, Member
from sim.errors import RequestError, unreadable

DECIMALS: Final = 3
NINE_TENTHS: Final = 0.9
TEN, THOUSAND = 10, 1000
"""From here on one decimal is shown, and none."""
DRAWS: Final = ("parameter", "central", "prior", "90 % of the prior", "5 %", "median", "95 %", "narrower")
CONSTANTS: Final = ("solved", "central", "5 %", "median", "95 %")
RESULT: Final = ("figure", "5 %", "median", "95 %")
Rows = list[tuple[str, ...]]


def as_members(fit: Fit, plan: Plan) -> list[Member]:
    """Return the members of a calibration as rows of the table, numbered from 0."""
    figures = fit.figures
    deviation = np.sqrt(figures.variance)
    members = []
    for number, one in enumerate(fit.members):
        away = (np.array([one.shown[name] for name in figures.names]) - figures.told) / deviation
        gaps = {column(name): round(float(gap), DECIMALS) for name, gap in zip(figures.names, away, strict=True)}
        members.append(
            Member(number, one.values, gaps, plan.share, plan.seed, one.digest, ensemble.model_digest())
        )
    return members


def column(name: str) -> str:
    """Return the name of a figure as a column: words joined by '_'."""
    return "_".join(re.findall(r"[A-Za-z0-9]+", name))


def write_table(members: Sequence[Member], path: Path) -> None:
    """Write the table of the ensemble, whole or not at all.

    Raises:
        RequestError: there is no member, or the file cannot be written.

    """
    if not members:
        raise RequestError("the record rules out every parameter set that was run; nothing is written")
    first = members[0]
    head = (NUMBER, *first.values, *(GAP + name for name in first.gaps), *MADE)
    rows = [
        (one.number, *one.values.values(), *one.gaps.values(), one.share, one.seed, one.digest, one.model)
        for one in members
    ]
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([head, *rows])
    try:
        write_whole(path, table.getvalue())
    except OSError as error:
        raise RequestError(f"{path}: cannot be written: {unreadable(error)}") from None
    ensemble.forget()


def drawn_rows(members: Sequence[Member]) -> Rows:
    """Return a row for each parameter that members differ in: its prior, and where the members are."""
    rows: Rows = []
    for path in members[0].values:
        if _solved(path):
            continue
        prior = prior_of(path)
        values = np.array([member.values[path] for member in members])
        low, high = prior.range(NINE_TENTHS)
        ends = np.quantile(values, [(1 - NINE_TENTHS) / 2, 0.5, (1 + NINE_TENTHS) / 2])
        narrower = 1 - (ends[2] - ends[0]) / (high - low)
        rows.append((
            path, f"{parameters()[path].default:g}", parameters()[path].prior, f"{figure_of(low)} to {figure_of(high)}",
            *map(figure_of, ends), f"{max(narrower, 0.0):.0%}",
        ))  # fmt: skip
    return rows


def solved_rows(members: Sequence[Member]) -> Rows:
    """Return a row for each solved constant."""
    return [
        (path, f"{parameters()[path].default:g}", *_three([member.values[path] for member in members]))
        for path in members[0].values
        if _solved(path)
    ]


def gap_rows(members: Sequence[Member]) -> Rows:
    """Return a row for each figure: simulated less observed, in SDs of observation and of the model's own error."""
    return [
        (name.replace("_", " "), *_three([member.gaps[name] for member in members])) for name in members[0].gaps
    ]


def tables(members: Sequence[Member]) -> list[tuple[tuple[str, ...], Rows]]:
    """Return head and rows of each table; none without members."""
    if not members:
        return []
    return [(DRAWS, drawn_rows(members)), (CONSTANTS, solved_rows(members)), (RESULT, gap_rows(members))]


def text(members: Sequence[Member]) -> Iterator[str]:
    """Yield the tables as aligned lines."""
    for head, rows in tables(members):
        yield ""
        yield from aligned([head, *rows], len(head))


def _solved(path: str) -> bool:
    return path.rpartition(".")[0] in SOLVED


def _three(values: Sequence[float]) -> tuple[str, ...]:
    ends = np.quantile(values, [(1 - NINE_TENTHS) / 2, 0.5, (1 + NINE_TENTHS) / 2])
    return tuple(figure_of(float(end)) for end in ends)


def figure_of(value: float) -> str:
    """Return a number with two or three figures that matter, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value + 0.0:.{1 if abs(value) >= TEN else 3}f}"
