"""A scenario's effects over seeds and ensemble members: median, intervals, and how often the sign is the same.

The intervals of `compare --members` hold what the parameters leave open; those of a single pair only chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.chance import Estimate
from analysis.export import Table
from analysis.intervals import spread
from analysis.together import Meeting
from sim.outcomes import HEADLINE, OUTCOMES
from sim.results import horizon

OTHERS = ("encounter_us", "removed", "remittances", "household_income")
"""Shown beside the four numbers."""

PROVISIONAL = "Members are provisional: draws from priors, levels solved anew, no posterior (docs/calibration.md)."


@dataclass(frozen=True)
class Spread:
    """One effect: what, unit, and its distribution over the replicates; agree: share of them with the median's sign."""

    what: str
    unit: str
    estimate: Estimate
    agree: float


def spreads(meetings: Sequence[Meeting]) -> list[Spread]:
    """Return the effects a year over the horizon, and the diversion ratios, over all replicates of a scenario."""
    first, last = (int(month[:4]) for month in horizon(meetings[0].pair.config))
    names = {one.name: one.label for one in (*HEADLINE.values(), *(OUTCOMES[name] for name in OTHERS))}
    found = []
    for outcome, label in names.items():
        inside = np.array([first <= year <= last for year in meetings[0].pair.years()])
        changes = np.array([meeting.pair.change(outcome)[inside].mean() for meeting in meetings])
        found.append(_spread(label, OUTCOMES[outcome].rate, changes))
    ratios = [meeting.ledger.diversion(meeting.programmes) for meeting in meetings]
    for label, values in (
        ("Diversion, 24 months from admission", [one.ratio for one in ratios]),
        ("Diversion, from the application on", [one.with_wait for one in ratios]),
        ("All averted per regular journey more", [one.overall for one in ratios]),
    ):
        known = np.array([value.value for value in values if value is not None])
        if len(known) == len(meetings):
            found.append(_spread(label, "journeys per person", known))
    return found


def _spread(what: str, unit: str, values: NDArray[np.float64]) -> Spread:
    middle = float(np.median(values))
    agree = float(np.mean(np.sign(values) == np.sign(middle)))
    return Spread(what, unit, spread(values), agree)


def spread_text(found: Sequence[Spread], n_members: int, n_seeds: int) -> str:
    """Return the effects as a table in words."""
    of = f"{n_members} ensemble members, {n_seeds} seeds each" if n_members else f"{n_seeds} seeds, central parameters"
    lines = [f"Effects over {of}: median, 50 % and 90 % interval, share of replicates with this sign"]
    for one in found:
        e = one.estimate
        shown = "{:+,.2f}" if one.unit.startswith("journeys") else "{:+,.0f}"
        value, low50, high50, low90, high90 = (shown.format(x) for x in (e.value, e.low50, e.high50, e.low90, e.high90))
        lines.append(
            f"  {one.what:<38}{value:>12}   50 %: {low50} to {high50}   90 %: {low90} to {high90}   {one.agree:.0%}"
        )
    if n_members:
        lines.append(PROVISIONAL)
    return "\n".join(lines)


def spread_table(title: str, found: Sequence[Spread]) -> Table:
    """Return the effects for export; each rests on all households."""
    ends = ("value", "low50", "high50", "low90", "high90")
    rows = [
        {"effect": one.what, "unit": one.unit, **{end: getattr(one.estimate, end) for end in ends}, "same_sign": one.agree}
        for one in found
    ]
    return Table("effects", title, rows, values=(), on_all=True)
