"""A table of costs in words, for a terminal: by payer and year, what it is made of, ratios, what they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

from analysis.chance import Estimate
from analysis.cost_lines import BESIDE, EFFECTS, KINDS, NET, NUMERATORS
from analysis.intervals import ENOUGH, spread
from sim.aligned import aligned

if TYPE_CHECKING:
    from analysis.costs import CostTable, Ratio

MILLION, PERCENT = 1e6, 100
WHOLE = 100
"""From this amount on, US$ are told without cents."""
INCOME_AT_HOME = (
    "Household income is that of people at home: whatever keeps or brings them home raises it, and what they would "
    "have earned abroad is not in it but for what they send."
)
PAYERS_IN_WORDS = {
    "origin_government": "Governments of origin", "destination_government": "Governments of destination",
    "donors": "Donors", "employers": "Employers", "households": "Households", "insurers": "Insurers",
}  # fmt: skip


def table_text(table: CostTable) -> str:
    """Return the whole table in words."""
    parts = [_heading(table), _payers(table), _made_of(table), _ratios(table), _beside(table), _notes(table)]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def ratio_sentence(noun: str, of: str, ratio: Ratio) -> str:
    """Return a ratio with its intervals, or why there is none. noun: one unit of the effect; of: the numerator."""
    if ratio.estimate is None:
        return f"No cost per {noun}: {ratio.why_not}."
    told = f"{of[0].upper()}{of[1:]} per {noun}: US$ {_money(ratio.estimate.value)} ({_intervals(ratio.estimate)}"
    low, high = ratio.at_ends or (ratio.estimate.value, ratio.estimate.value)
    if low != high:
        told += f"; all unit costs at the low or at the high end of their ranges: {_money(low)} or {_money(high)}"
    return f"{told})."


def ratio_in_brief(noun: str, of: str, ratio: Ratio) -> str:
    """Return a ratio with its 90 % interval, or why there is none; as `ratio_sentence`."""
    if ratio.estimate is None:
        return ratio_sentence(noun, of, ratio)
    return (
        f"{of[0].upper()}{of[1:]} per {noun}: US$ {_money(ratio.estimate.value)} (90 %: {_range(ratio.estimate, 1)})."
    )


def _heading(table: CostTable) -> Iterator[str]:
    rate, of_effects = (PERCENT * table.settings[f"discount_rate{of}"] for of in ("", "_effects"))
    yield (
        f"Costs of {table.title}, {table.years[0]} to {table.years[-1]}, scenario minus baseline, US$ of "
        f"{table.settings['price_year']}."
    )
    yield f"Present value: at {table.start}, money at {rate:.3g} % a year, journeys in ratios at {of_effects:.3g} %."


def _payers(table: CostTable) -> Iterator[str]:
    head = ("payer", "resources", "paid over", "received", "net", *map(str, table.years), "net, 90 %")
    rows: list[tuple[str, ...]] = [head]
    for payer in table.payers():
        net = table.account(payer, NET)
        values = [float(spread(table.account(payer, kind) @ table.weights).value) for kind in KINDS]
        values += [float(spread(of_year).value) for of_year in net.T]
        rows.append((PAYERS_IN_WORDS[payer], *map(_millions, values), _range(spread(net @ table.weights), MILLION)))
    if len(rows) == 1:
        yield "Nobody pays anything more or less than in the baseline."
        return
    yield "Million US$: present values, then the net outlay of each year, undiscounted:"
    yield from aligned(rows, 1)


def _made_of(table: CostTable) -> Iterator[str]:
    if table.lines:
        yield "Made of, in present value:"
    for line in table.lines:
        payer = PAYERS_IN_WORDS[line.payer]
        to = f" to {PAYERS_IN_WORDS[line.payee]}, a transfer" if line.payee else ""
        worth = _millions(spread(line.amounts @ table.weights).value)
        if line.units is None:
            yield f"  {line.item}: {worth} million, {payer}{to}"
        else:
            ends = f", range {_money(line.unit_cost * line.low)} to {_money(line.unit_cost * line.high)}"
            units, ranged = spread(line.units.sum(axis=1)).value, ends if line.low != line.high else ""
            each = f"{units:+,.0f} at US$ {_money(line.unit_cost)} for one {line.item}{ranged}"
            yield f"  {line.policy}: {worth} million, {payer}: {each}"


def _ratios(table: CostTable) -> Iterator[str]:
    told = [ratio_sentence(EFFECTS[ratio.effect].noun, NUMERATORS[ratio.numerator], ratio) for ratio in table.ratios()]
    yield from dict.fromkeys(told)
    if any(ratio.estimate and EFFECTS[ratio.effect].is_money for ratio in table.ratios()):
        yield INCOME_AT_HOME


def _beside(table: CostTable) -> Iterator[str]:
    for name, effect in BESIDE.items():
        gained = table.gained(name)
        scale, unit = (MILLION, " million US$, present value") if effect.is_money else (1.0, "")
        value = f"{gained.value / scale:+,.0f}" if round(gained.value / scale) else "0"
        yield f"{effect.noun}: {value}{unit} ({_intervals(gained, scale)})"


def _notes(table: CostTable) -> Iterator[str]:
    if table.n_pairs > 1:
        how = "quantiles of them" if table.n_pairs >= ENOUGH else "Student's t around their mean"
        yield f"Intervals: where 50 and 90 of 100 pairs like these {table.n_pairs} would fall ({how})."
    elif table.errors:
        yield "One pair: intervals are of chance in the journeys alone, not of parameters; amounts count as exact."
    else:
        yield "One pair: no interval, so no ratio. Compare several seeds or ensemble members (--seeds 8, --members 16)."
    if table.uncosted:
        yield f"Without a cost of delivery here: {', '.join(table.uncosted)}."
    yield "What is not counted: docs/costs.md."


def _intervals(estimate: Estimate, scale: float = 1.0) -> str:
    if not isfinite(estimate.low90):
        return "no interval"
    half = f"{_money(estimate.low50 / scale)} to {_money(estimate.high50 / scale)}"
    return f"50 %: {half}; 90 %: {_range(estimate, scale)}"


def _range(estimate: Estimate, scale: float) -> str:
    if not isfinite(estimate.low90):
        return "-"
    return f"{_money(estimate.low90 / scale)} to {_money(estimate.high90 / scale)}"


def _money(amount: float) -> str:
    return f"{amount:,.0f}" if abs(amount) >= WHOLE else f"{amount:.3g}"


def _millions(amount: float) -> str:
    return f"{amount / MILLION:+,.1f}" if round(amount / MILLION, 1) else "0"
