"""The answer of a comparison, for the first screen: the four numbers, the diversion ratio, the cost of a journey."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from analysis.chance import Estimate
from analysis.compare import Comparison
from analysis.cost_lines import EFFECTS, NUMERATORS
from analysis.cost_text import ratio_in_brief
from analysis.costs import CostTable
from analysis.diversion import LEAST_ADMITTED
from analysis.ledger_codes import REGULAR
from analysis.ledger_table import LedgerTable
from analysis.monthly import whole_years
from analysis.replicates import RATIOS, Spread, split_line
from sim.codes import MONTHS_A_YEAR, month_index
from sim.csvfile import read_records
from sim.outcomes import HEADLINE
from sim.results import RunResult

BOOKS = "pathways.csv"
CHANCE = (
    "Intervals: of chance in one pair, with one set of parameters. --seeds 8 gives one to every number; --members 20 "
    "brings in what the parameters leave open."
)


def answer(
    comparison: Comparison, k: int, ledger: LedgerTable, programmes: Collection[str], costed: CostTable,
    found: Sequence[Spread] = (), opened: str = "",
) -> list[str]:  # fmt: skip
    """Return the k-th scenario's answer in sentences.

    found: its effects over seeds and members, where they were lived. opened: what `places` tells.
    """
    lines = [comparison.heading(k), ""]
    if comparison.same[k]:
        return [*lines, *comparison.sentences(k), *comparison.notes[k]]
    lines += _over_replicates(comparison, k, found) if found else _one_pair(comparison, k, ledger)
    lines += [split_line(found)] if found else []
    lines += [opened] if opened else []
    lines += [*_diversion(ledger, programmes, {one.what: one.estimate for one in found})] if programmes else []
    lines += _cost(costed) if costed.lines else []
    return lines if found else [*lines, CHANCE]


def _one_pair(comparison: Comparison, k: int, ledger: LedgerTable) -> Iterator[str]:
    years = (ledger.last - ledger.first + 1) / MONTHS_A_YEAR
    regular, averted = ledger.sum_of(ledger.change(REGULAR)), ledger.diversion().total
    irregular = replace(averted, low90=-averted.high90, high90=-averted.low90)
    known = {"irregular_journeys": irregular, "regular_journeys": regular}
    for name, sentence in zip(HEADLINE, comparison.sentences(k), strict=True):
        estimate = known.get(name)
        yield f"{sentence}{_interval(estimate.low90 / years, estimate.high90 / years) if estimate else ''}"


def _over_replicates(comparison: Comparison, k: int, found: Sequence[Spread]) -> Iterator[str]:
    by_label = {one.what: one for one in found}
    for outcome in HEADLINE.values():
        one = by_label[outcome.label]
        told = comparison.sentence(k, one.what, one.unit, one.estimate.value, one.baseline)
        yield f"{told}{_interval(one.estimate.low90, one.estimate.high90)}"


def _interval(low: float, high: float) -> str:
    if low == high:
        return ""
    none = ", so it may be none" if low <= 0 <= high else ""
    return f" 90 % interval: {low:+,.0f} to {high:+,.0f}{none}."


def _diversion(ledger: LedgerTable, programmes: Collection[str], found: Mapping[str, Estimate]) -> Iterator[str]:
    of_pair = ledger.diversion(programmes)
    one, whole = of_pair.ratio, of_pair.overall
    if found:
        one, whole = found.get(RATIOS["ratio"]), found.get(RATIOS["overall"])
    if one:
        yield (
            f"Diversion ratio: {one.value:.2f} irregular journeys averted in the 24 months from admission for each "
            f"person newly admitted (90 %: {one.low90:.2f} to {one.high90:.2f})."
        )
    else:
        yield f"No diversion ratio: not {LEAST_ADMITTED} simulated households are seen for 24 months after admission."
    if whole:
        yield (
            f"All in all {whole.value:.2f} irregular journeys are averted for each regular journey more (90 %: "
            f"{whole.low90:.2f} to {whole.high90:.2f}): those who wait, their networks and prices included."
        )


def _cost(costed: CostTable) -> Iterator[str]:
    name = "irregular_averted"
    yield from dict.fromkeys(
        ratio_in_brief(EFFECTS[name].noun, NUMERATORS[ratio.numerator], ratio)
        for ratio in costed.ratios()
        if ratio.effect == name
    )


def places(reference: RunResult, run: RunResult, programmes: Collection[str]) -> str:
    """Return how many places more the programmes offered and filled a year, from pathways.csv; '' where none is."""
    files = [one.folder / BOOKS for one in (reference, run)]
    if not programmes or not all(file.exists() for file in files):
        return ""
    years = whole_years(*map(month_index, reference.horizon()))
    if not years:
        return ""
    sums = [_books(read_records(file)[1], programmes, years) for file in files]
    (offered, filled), (before, taken) = sums[1], sums[0]
    return (
        f"Places a year in {', '.join(programmes)}: {offered:,.0f} offered ({offered - before:+,.0f}), {filled:,.0f} "
        f"filled ({filled - taken:+,.0f})."
    )


def _books(rows: Sequence[Mapping[str, str]], programmes: Collection[str], years: Sequence[int]) -> tuple[float, float]:
    here = [row for row in rows if row["programme"] in programmes and int(row["year"]) in years]
    return tuple(sum(int(row[name]) for row in here) / len(years) for name in ("offered", "filled"))  # type: ignore[return-value]
