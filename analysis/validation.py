"""Simulated beside observed, misses included: what a baseline gets right and wrong.

`python -m analysis.validation RUN` prints the table of a run; --markdown for the documentation, --scored for
the rows that have a band.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np

from analysis.targets import PERCENT, POINTS, RATIO, TARGETS, Row, Sums
from sim.aligned import aligned
from sim.data.loader import load
from sim.errors import RequestError
from sim.results import RunResult

HEAD = ("target", "group", "period", "unit", "simulated", "observed", "sim/obs", "accepted", "verdict")
N_TEXT_COLUMNS = 4
"""The first columns, aligned to the left."""
OPTIONS = MARKDOWN, SCORED = "--markdown", "--scored"


def observed_table(result: RunResult) -> list[Row]:
    """Return every comparison that the recorded months of a run allow, target by target."""
    sums = Sums.of_run(result, load())
    rows = [row for target in TARGETS for row in target(sums) if np.isfinite(row.simulated)]
    order = list(dict.fromkeys(row.target for row in rows))
    return sorted(rows, key=lambda row: order.index(row.target))


def text(rows: Sequence[Row]) -> str:
    """Return the table as aligned lines, and how many of the scored rows miss."""
    return "\n".join([*aligned([HEAD, *map(_cells, rows)], N_TEXT_COLUMNS), "", summary(rows)])


def markdown(rows: Sequence[Row]) -> str:
    """Return the table as Markdown, and how many of the scored rows miss."""
    rule = [":--" if place < N_TEXT_COLUMNS else "--:" for place in range(len(HEAD))]
    lines = ["| " + " | ".join(line) + " |" for line in (HEAD, rule, *map(_cells, rows))]
    return "\n".join([*lines, "", summary(rows)])


def summary(rows: Sequence[Row]) -> str:
    """Return one sentence: how many rows have a band, and which of them miss."""
    scored = [row for row in rows if row.verdict]
    missed: dict[str, list[str]] = {}
    for row in scored:
        if row.verdict == "MISS":
            name = row.target if row.period in row.target else f"{row.target} {row.period}"
            missed.setdefault(name, []).append(row.group)
    n_inside = len(scored) - sum(map(len, missed.values()))
    names = [f"{target} ({', '.join(groups)})" for target, groups in missed.items()]
    told = f"{n_inside} of {len(scored)} scored rows inside their band"
    return told + (f"; missed: {'; '.join(names)}." if missed else ".")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.target, row.group, row.period, row.unit, _number(row.simulated, row.unit),
        "-" if row.observed is None else _number(row.observed, row.unit),
        "-" if row.distance is None or not row.observed else _distance(row.distance, row.measure),
        "" if row.band is None else _band(row), row.verdict,
    )  # fmt: skip


def _number(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:.2f}" if unit == "-" else f"{value:,.0f}"


def _distance(distance: float, measure: str) -> str:
    return f"{distance:+.1f} pp" if measure == POINTS else f"{distance:.2f}"


def _band(row: Row) -> str:
    low, high = row.band or (0.0, 0.0)
    if row.measure == POINTS:
        return f"+-{high:.0f} pp"
    scale, unit = (1.0, "") if row.measure == RATIO else (PERCENT, " %")
    return f"{low * scale:.3g}-{high * scale:.3g}{unit}"


def main(argv: Sequence[str]) -> int:
    """Print the table of the run in a folder; RequestError if there is no complete run."""
    folders = [word for word in argv if not word.startswith("-")]
    if len(folders) != 1 or not set(argv) <= {*folders, *OPTIONS}:
        raise RequestError(f"usage: python -m analysis.validation RUN_FOLDER [{'] ['.join(OPTIONS)}]")
    result = RunResult.open(Path(folders[0]))
    rows = [row for row in observed_table(result) if row.verdict or SCORED not in argv]
    share = f"{result.config['population.share']:.4g} of all households"
    print(f"{result.config.title}, {share}, seed {result.config['seed']}: one run beside the record\n")
    print(markdown(rows) if MARKDOWN in argv else text(rows))
    return 0


def as_command(run: Callable[[Sequence[str]], int]) -> NoReturn:
    """Run the main function of a module on the command line; a wrong request ends in its sentence."""
    try:
        sys.exit(run(sys.argv[1:]))
    except RequestError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    as_command(main)
