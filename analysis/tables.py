"""The paired ledger and the costs of a scenario as tables to export; `Comparison.exported` is that of outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.chance import Estimate
from analysis.costs import CostTable
from analysis.export import COUNT, Table
from analysis.ledger_codes import GROUPS
from analysis.ledger_table import LedgerTable
from analysis.ledger_text import CHANCE_ONLY
from sim.codes import month_name

COLUMNS = (
    "low50 to high50 and low90 to high90: the intervals that 50 and 90 of 100 such pairs would fall into. "
    "error: standard error. fate: what became of the journey (docs/ledger.md)."
)
ENDS = ("low50", "high50", "low90", "high90")


def ledger_tables(ledger: LedgerTable) -> list[Table]:
    """Return what became of journeys, by kind and by way, what households ever did, and who benefits."""
    span = f"{month_name(ledger.first)} to {month_name(ledger.last)}"
    notes = (CHANCE_ONLY, COLUMNS)
    journeys = [{**row, "cell": f"{row['to']} {row['fate']}"} for row in ledger.transitions()]
    ways = [{**row, "cell": f"{row['to']} {row['fate']}"} for row in ledger.by_way()]
    benefits = [_flat(row) for group in GROUPS for row in ledger.by(group)]
    numbers = tuple(name for name in (benefits[0] if benefits else {}) if name not in ("group", "level", COUNT))
    return [
        Table(
            "journeys", f"What became of each journey, people, {span}", journeys, values=("people", "error"),
            within=("from",), across=("cell",), helping=("cell",), notes=notes,
        ),
        Table(
            "journeys by way", f"What became of each journey, by way, people, {span}", ways, values=("people",),
            within=("from",), across=("cell",), helping=("cell",), notes=notes,
        ),
        Table(
            "households", f"What households ever did, in the baseline and in the scenario, {span}",
            ledger.households(), values=("real_households",), across=("baseline", "scenario"), notes=notes,
        ),
        Table(
            "who benefits", f"Changes of journeys by group, people, {span}", benefits, values=numbers,
            within=("group",), across=("level",), notes=notes,
        ),
    ]  # fmt: skip


def cost_table(costs: CostTable) -> Table:
    """Return costs by payer, item and year with their ratios; each is of all households of the three countries."""
    title = f"Costs of {costs.title}, scenario minus baseline, US$ of {costs.settings['price_year']}"
    return Table("costs", title, costs.rows(), values=(), on_all=True)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with each estimate as its value and the ends of its intervals; the count of households last.

    Where the change rests on nobody it is zero and may be said, but not how many journeys the baseline has there.
    """
    flat: dict[str, Any] = {}
    for name, cell in row.items():
        if isinstance(cell, Estimate):
            flat[name] = cell.value
            flat |= {f"{name}_{end}": getattr(cell, end) for end in ENDS}
        elif name != COUNT:
            flat[name] = cell if row[COUNT] else None if name.startswith("baseline_") else cell
    return {**flat, COUNT: row[COUNT]}
