"""The stylised facts over the ensemble: simulated median and interval, observed, in the band or not.

`facts_over` lives the central parameters and members; `lines_of` makes a line of every comparison. A fact is met where
the median of the members lies in every one of its bands.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis.evaluate import Evaluated, Room, evaluate_all, key_of, see
from analysis.fact_list import FACTS, scored
from analysis.level import SOLVED
from analysis.targets import ALL, PERCENT, POINTS, RATIO, Row
from sim.aligned import aligned
from sim.config import Config
from sim.csvfile import read_records
from sim.data.loader import load
from sim.ensemble import Member, base_config

INSIDE, MISS, NOTHING = "inside", "MISS", "not modelled"
ENDS: Final = (0.05, 0.5, 0.95)
NINE_TENTHS: Final = 0.9
HEAD: Final = (
    "", "fact", "group", "period", "unit", "5 %", "median", "95 %", "observed", "accepted", "verdict", "inside",
)  # fmt: skip
N_TEXT: Final = 5
"""The first columns, aligned to the left."""


@dataclass(frozen=True)
class Line:
    """One comparison of a fact over members: quantiles of what they show, the observed value and the accepted one.

    low, high: accepted, in the unit of what is shown. inside: share of the members within. use: fitted, late fact
    fitted, or scored only.
    """

    code: str
    what: str
    group: str
    period: str
    unit: str
    q05: float
    median: float
    q95: float
    central: float
    observed: float
    low: float
    high: float
    inside: float
    use: str
    members: int

    @property
    def verdict(self) -> str:
        """Return whether the median lies in the band."""
        if not np.isfinite(self.median):
            return NOTHING
        return INSIDE if self.low <= self.median <= self.high else MISS


def facts_over(
    config: Config, members: Sequence[Member], say: Callable[[str], None]
) -> tuple[dict[str, list[Row]], list[Evaluated]]:
    """Return the rows of the central parameters by fact, and what each member shows.

    config: with the share of households to live. Members that were run in the calibration are not run again.
    """
    room = Room(config, scoring=True)
    central = scored(see(room, room.config, load()))
    drawn = [{path: value for path, value in one.values.items() if not _solved(path)} for one in members]
    starts = [{path: value for path, value in one.values.items() if _solved(path)} for one in members]
    return central, evaluate_all(room, drawn, say, starts)


def _solved(path: str) -> bool:
    return path.rpartition(".")[0] in SOLVED


def lines_of(central: dict[str, list[Row]], found: Sequence[Evaluated]) -> list[Line]:
    """Return a line for every row of every fact."""
    whole = [one for one in found if one.whole]
    uses = {fact.code: _use(fact.fit is not None, fact.late) for fact in FACTS}
    lines = []
    for code, rows in central.items():
        for row in rows:
            values = np.array([one.scores.get(key_of(code, row), np.nan) for one in whole])
            low, high = _accepted(row)
            known = values[np.isfinite(values)]
            first, middle, last = np.quantile(known, ENDS).tolist() if len(known) else [np.nan] * len(ENDS)
            inside = float(np.mean((known >= low) & (known <= high))) if len(known) else 0.0
            lines.append(Line(
                code, row.target, row.group, row.period, row.unit, first, middle, last, float(row.simulated),
                float("nan") if row.observed is None else float(row.observed), low, high, inside, uses[code],
                len(whole),
            ))  # fmt: skip
    return lines


def _use(fitted: bool, late: bool) -> str:
    return ("fitted, late fact" if late else "fitted") if fitted else "scored only"


def _accepted(row: Row) -> tuple[float, float]:
    """Return the accepted values in the unit of what is shown."""
    assert row.band is not None, row.target
    low, high = row.band
    if row.measure == RATIO:
        return low * (row.observed or np.nan), high * (row.observed or np.nan)
    if row.measure == POINTS:
        return (row.observed or 0) + low / PERCENT, (row.observed or 0) + high / PERCENT
    return low, high


def met(lines: Sequence[Line]) -> dict[str, bool]:
    """Return by fact whether the median is inside every band of it."""
    return {
        fact.code: all(line.verdict == INSIDE for line in lines if line.code == fact.code) for fact in FACTS
    }


def summary(lines: Sequence[Line]) -> str:
    """Return one sentence or two: how many facts are met, and what misses."""
    facts = met(lines)
    inside = sum(line.verdict == INSIDE for line in lines)
    missed = [
        f"{line.code} {line.what}" + (f" ({line.group})" if line.group != ALL else "")
        for line in lines
        if line.verdict != INSIDE
    ]
    told = f"{sum(facts.values())} of {len(facts)} facts met in full, {inside} of {len(lines)} comparisons inside."
    return told + (f" Missed: {'; '.join(missed)}." if missed else "")


def cells(line: Line) -> tuple[str, ...]:
    """Return a line as the cells of a table."""
    show = functools.partial(_number, unit=line.unit)
    return (
        line.code, line.what, line.group, line.period, line.unit, show(line.q05), show(line.median), show(line.q95),
        show(line.observed), f"{show(line.low)} to {show(line.high)}", line.verdict, f"{line.inside:.0%}",
    )  # fmt: skip


def _number(value: float, unit: str) -> str:
    if not np.isfinite(value):
        return "-"
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def text(lines: Sequence[Line]) -> str:
    """Return the answer first, then the table."""
    return "\n".join([summary(lines), "", *aligned([HEAD, *map(cells, lines)], N_TEXT)])


def write(lines: Sequence[Line], path: Path) -> None:
    """Write lines as CSV, for the page to be made from."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, [one.name for one in fields(Line)], lineterminator="\n")
        out.writeheader()
        out.writerows({name: _kept(value) for name, value in asdict(line).items()} for line in lines)


def _kept(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def read(path: Path) -> list[Line]:
    """Return the lines that `write` wrote."""
    kinds = {one.name: {"str": str, "float": float, "int": int}[str(one.type)] for one in fields(Line)}
    return [Line(**{name: kinds[name](cell) for name, cell in row.items()}) for row in read_records(path)[1]]


def central_config(share: float) -> Config:
    """Return the central parameters at a share of the households."""
    return base_config(None).replace(population__share=share)
