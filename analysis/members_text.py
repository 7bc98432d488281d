"""The members of the ensemble as tables: what was drawn, how far it goes, and how well each member does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.priors import DRAWN, prior_of
from sim.aligned import aligned
from sim.config import parameters
from sim.ensemble import Member

PROVISIONAL = (
    "Provisional: parameters drawn from their priors with the levels solved anew, not a posterior; "
    "nothing but the levels was matched."
)
NINE_TENTHS = 0.9
TEN, THOUSAND = 10, 1000
"""From here on one decimal is shown, and none."""
DRAWS = ("parameter", "central", "prior", "90 % of the prior", "lowest", "median", "highest", "what hangs on it")
SOLVED = ("solved", "central", "lowest", "median", "highest")
GAPS = {
    "encounters": "encounters FY2014-19, ln simulated / counted",
    "wishing": "wish to leave, share less stated",
    "rise": "encounters FY2019 / FY2017, ln simulated / counted",
    "family": "families among encounters of FY2019, share less counted",
    "child": "children alone among encounters of FY2019, share less counted",
    "removed": "removed home 2015-18, ln simulated / received",
    "left_again": "returned 2015-18 who leave again within 12 months, share",
}
"""What each distance is, by the first word of its name."""
RESULT = ("distance", "lowest", "median", "highest")
Rows = list[tuple[str, ...]]


def drawn_rows(members: Sequence[Member]) -> Rows:
    """Return a row for each drawn parameter: central value, prior, and how far the members go."""
    return [
        (
            path, f"{parameters()[path].default:g}", parameters()[path].prior,
            " to ".join(map(_figure, prior_of(path).range(NINE_TENTHS))),
            *_three([member.values[path] for member in members]), why,
        )
        for paths, why in DRAWN.items()
        for path in paths
    ]  # fmt: skip


def solved_rows(members: Sequence[Member]) -> Rows:
    """Return a row for each solved intercept."""
    drawn = {path for paths in DRAWN for path in paths}
    return [
        (path, f"{parameters()[path].default:g}", *_three([member.values[path] for member in members]))
        for path in members[0].values
        if path not in drawn
    ]


def gap_rows(members: Sequence[Member]) -> Rows:
    """Return a row for each distance to the record, and each share that nothing on record is like."""
    rows: Rows = []
    for kind in ("gaps", "seen"):
        for name in getattr(members[0], kind):
            word, _, country = name.partition(".")
            values = [getattr(member, kind)[name] for member in members]
            rows.append((GAPS[word] + (f", {country}" if country else ""), *_three(values)))
    return rows


def _three(values: Sequence[float]) -> tuple[str, str, str]:
    return _figure(float(np.min(values))), _figure(float(np.median(values))), _figure(float(np.max(values)))


def _figure(value: float) -> str:
    """Return a number with two or three figures that matter, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value + 0.0:.{1 if abs(value) >= TEN else 3}f}"


def members_text(members: Sequence[Member]) -> str:
    """Return the tables as aligned lines, the provisional nature of the members first."""
    return "\n".join([PROVISIONAL, *_tables(members)])


def member_tables(members: Sequence[Member]) -> list[tuple[tuple[str, ...], Rows]]:
    """Return head and rows of each table; none without members."""
    if not members:
        return []
    return [(DRAWS, drawn_rows(members)), (SOLVED, solved_rows(members)), (RESULT, gap_rows(members))]


def _tables(members: Sequence[Member]) -> Iterator[str]:
    for head, rows in member_tables(members):
        yield ""
        yield from aligned([head, *rows], len(head))
