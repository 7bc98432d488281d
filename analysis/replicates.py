"""A scenario's effects over seeds and ensemble members: median, intervals, and how often the sign is the same.

The intervals of `compare --members` hold what the parameters leave open; those of a single pair only chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.chance import Estimate
from analysis.compare import N_TEXT_COLUMNS
from analysis.cost_lines import Pair
from analysis.export import Table
from analysis.intervals import ENOUGH, spread
from analysis.split import PARTS, Key, Split, split
from analysis.together import Meeting
from sim.aligned import aligned
from sim.outcomes import HEADLINE, OUTCOMES, US_DOLLARS

OTHERS = ("encounter_us", "removed", "remittances", "household_income")
"""Shown beside the four numbers."""

ENSEMBLE = "Members: parameter sets that the record to September 2019 does not rule out (docs/calibration.md)."


RATIOS = {
    "ratio": "Diversion, 24 months from admission",
    "with_wait": "Diversion, from the application on",
    "overall": "All averted per regular journey more",
}
"""Ratios of the ledger that are told over replicates; one that a replicate cannot give is left out."""


@dataclass(frozen=True)
class Spread:
    """One effect: what, unit, and its distribution over the replicates.

    agree: share of them with the sign of the estimate. baseline: mean of the outcome there; 0 for a ratio. split: of
    the variance, by what was varied.
    """

    what: str
    unit: str
    estimate: Estimate
    agree: float
    baseline: float = 0.0
    split: Split | None = None


def spreads(meetings: Sequence[Meeting]) -> list[Spread]:
    """Return the effects a year over the horizon, and the diversion ratios, over all replicates of a scenario."""
    names = {one.name: one.label for one in (*HEADLINE.values(), *(OUTCOMES[name] for name in OTHERS))}
    found, keys = [], [meeting.key for meeting in meetings]
    for outcome, label in names.items():
        changes = np.array([meeting.pair.a_year(outcome) for meeting in meetings])
        before = np.mean([Pair(m.pair.config, {}, m.pair.baseline).a_year(outcome) for m in meetings])
        found.append(_spread(label, OUTCOMES[outcome].rate, changes, keys, float(before)))
    if not meetings[0].programmes:
        return found
    ratios = [meeting.ledger.diversion(meeting.programmes) for meeting in meetings]
    for name, label in RATIOS.items():
        values = [getattr(one, name) for one in ratios]
        known = np.array([value.value for value in values if value is not None])
        if len(known) == len(meetings):
            found.append(_spread(label, "journeys per person", known, keys))
    return found


def _spread(
    what: str, unit: str, values: NDArray[np.float64], keys: Sequence[Key], baseline: float = 0.0
) -> Spread:
    estimate = spread(values)
    agree = float(np.mean(np.sign(values) == np.sign(estimate.value)))
    return Spread(what, unit, estimate, agree, baseline, split(dict(zip(keys, values.tolist(), strict=True))))


def split_line(found: Sequence[Spread]) -> str:
    """Return what opens the interval of the first effect, in one line; '' where nothing was varied."""
    one = found[0] if found else None
    if one is None or one.split is None:
        return ""
    return f"{one.what}, interval: {one.split.line()}."


def _parts(one: Spread) -> str:
    """Return the percent of the variance that parameters, theories and chance have; '-' where it is not known."""
    shares = one.split.shares if one.split else {}
    return " / ".join(f"{shares[name]:.0f}" if name in shares else "-" for name in PARTS)


def spread_text(found: Sequence[Spread], n_members: int, n_seeds: int) -> str:
    """Return the effects as a table in words."""
    seeds = f"{n_seeds} seed{'s' if n_seeds > 1 else ''}"
    of = f"{n_members} ensemble members, {seeds} each" if n_members else f"{seeds}, central parameters"
    middle = "median" if max(n_members, 1) * n_seeds >= ENOUGH else "mean"
    rows = [("effect, scenario minus baseline", "unit", middle, "50 %", "90 %", "same sign", "% of variance")]
    for one in found:
        e, shown = one.estimate, "{:+,.2f}" if one.unit.startswith("journeys") else "{:+,.0f}"
        scale, unit = (1e6, f"million {one.unit}") if one.unit == f"{US_DOLLARS} a year" else (1.0, one.unit)
        shown = "{:+,.1f}" if US_DOLLARS in unit else shown
        value, low50, high50, low90, high90 = (
            shown.format(x / scale) for x in (e.value, e.low50, e.high50, e.low90, e.high90)
        )
        rows.append((one.what, unit, value, f"{low50} to {high50}", f"{low90} to {high90}", f"{one.agree:.0%}",
                     _parts(one)))  # fmt: skip
    notes = [f"Over {of}: where 50 and 90 of 100 such pairs would fall; same sign: share of pairs that agree with it.",
             f"% of variance: {', '.join(PARTS)}; '-' not varied, or not told apart. {split_line(found)}"]  # fmt: skip
    return "\n".join([*aligned(rows, N_TEXT_COLUMNS), *notes, *([ENSEMBLE] if n_members else [])])


def spread_table(title: str, found: Sequence[Spread]) -> Table:
    """Return the effects for export; each rests on all households."""
    ends = ("value", "low50", "high50", "low90", "high90")
    rows = [
        {
            "effect": one.what,
            "unit": one.unit,
            **{end: getattr(one.estimate, end) for end in ends},
            "same_sign": one.agree,
            **{f"{name}_percent": (one.split.shares if one.split else {}).get(name) for name in PARTS},
        }
        for one in found
    ]
    return Table("effects", title, rows, values=(), on_all=True)
