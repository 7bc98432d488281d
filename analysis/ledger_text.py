"""The paired ledger in plain words: what became of the journeys, the diversion ratio, who benefits.

What rests on fewer than ten simulated households is not printed, as in every export.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from analysis.chance import Estimate
from analysis.disclosure import LEAST, suppress
from analysis.diversion import LEAST_ADMITTED, Diversion
from analysis.ledger_codes import EVER, NO_WAY
from analysis.ledger_table import LedgerTable
from sim.codes import month_name

LABELS = {
    "unchanged": "the same journey in both worlds", "delayed": "the same way, later",
    "brought_forward": "the same way, earlier", "diverted_route": "by another irregular way",
    "diverted_regular": "by a regular pathway instead", "diverted_internal": "moved inside the country instead",
    "averted": "averted", "unable": "no longer able to pay for it", "induced": "irregular, because of the scenario",
    "induced_liquidity": "irregular, as they can pay for it now", "regular_to_irregular": "irregular instead",
    "changed_programme": "by another programme", "regular_to_internal": "moved inside the country instead",
    "internal_to_irregular": "irregular instead", "internal_to_regular": "by a regular pathway instead",
    "lost": "not made in the scenario", "gained": "made only in the scenario",
}  # fmt: skip
HEADINGS = {
    "irregular": "Irregular journeys of the baseline, in the scenario",
    "regular": "Regular journeys of the baseline, in the scenario",
    "internal": "Moves inside the country of the baseline, in the scenario",
    NO_WAY: "Only in the scenario",
}
SPLIT = {
    "waiting": "the newly admitted, waiting for their place", "before": "the newly admitted, before they applied",
    "after": "the newly admitted, after 24 months", "elsewhere": "those newly admitted to other programmes",
    "queued": "households that only waited in a queue", "other": "everybody else (network, prices, money, chances)",
}  # fmt: skip
TERRITORIES = {"SLV": "El Salvador", "GTM": "Guatemala", "HND": "Honduras"}
SHOWN_GROUPS = {
    "country": TERRITORIES,
    "quintile": {
        "1": "poorest fifth",
        "2": "second fifth",
        "3": "third fifth",
        "4": "fourth fifth",
        "5": "richest fifth",
    },
    "head": {"male": "man as head", "female": "woman as head"},
    "indigenous": {"no": "not indigenous", "yes": "indigenous"},
    "rural": {"no": "urban", "yes": "rural"},
}
"""Groups printed and their levels in words; departments are in the exports."""
STATES = dict(zip(EVER, ("never left", "inside only", "regular only", "irregular"), strict=True))
HIDDEN = "-"
PERCENT = 100
CHANCE_ONLY = (
    "Intervals are of chance alone: a jackknife over 20 parts of the households, with one set of parameters. Which "
    "journey became which rests on common draws; the totals do not (docs/ledger.md)."
)


def ledger_text(table: LedgerTable, programmes: Collection[str] = ()) -> str:
    """Return the ledger for a terminal; programmes: those whose newly admitted are followed (none: of any)."""
    first, last = month_name(table.first), month_name(table.last)
    months = table.last - table.first + 1
    head = f"Journeys of the same households in both worlds, {first} to {last}: people, all {months} months together"
    few = f"{HIDDEN}: rests on fewer than {LEAST} simulated households, or would give such a number away."
    found = _diversion(table.diversion(programmes), programmes)
    parts = (_transitions(table), found, ("",), _ever(table), ("",), _benefits(table), ("", few, CHANCE_ONLY))
    return "\n".join([head, "", *(line for part in parts for line in part)])


def _transitions(table: LedgerTable) -> Iterator[str]:
    rows = [{**row, "cell": f"{row['to']} {row['fate']}"} for row in table.transitions()]
    rows = suppress(rows, across=["cell"], within=["from"], values=["people", "error"])
    for kind, heading in HEADINGS.items():
        here = [row for row in rows if row["from"] == kind]
        if not here:
            continue
        yield heading
        if all(row["people"] is None for row in here):
            yield f"  {HIDDEN}"
            here = []
        for row in here:
            label = LABELS[row["fate"]]
            if row["fate"] == "gained":
                label = "by a regular pathway" if row["to"] == "regular" else "moved inside the country"
            error = "" if row["people"] is None or not row["error"] else f"  (standard error {row['error']:,.0f})"
            yield f"  {label:<42} {_number(row['people'])}{error}".rstrip()
        yield ""


def _diversion(found: Diversion, programmes: Collection[str]) -> Iterator[str]:
    yield f"Diversion: irregular journeys averted among people newly admitted{_to(programmes)}"
    if found.ratio and found.with_wait and found.per_place:
        yield f"  in the 24 months from admission, per person newly admitted  {_ratio(found.ratio)}"
        yield f"  in the same months, per place that they used                {_ratio(found.per_place)}"
        yield f"  from their application on, per person newly admitted        {_ratio(found.with_wait)}"
    else:
        yield f"  No ratio: fewer than {LEAST_ADMITTED} simulated households were admitted 24 months before the end."
    yield f"  People newly admitted: {found.admitted:,}; {found.cut:,} more too late for 24 months to be seen"
    yield f"Irregular journeys averted, all                        {_signed(found.total)}"
    yield f"  direct: the newly admitted, up to 24 months          {_signed(found.direct)}"
    yield f"  indirect                                             {_signed(found.indirect)}"
    for name, estimate in found.split.items():
        if name != "elsewhere" or programmes:
            yield f"    {SPLIT[name]:<50} {_signed(estimate)}"
    if found.overall:
        yield f"  all, per regular journey more                        {_ratio(found.overall)}"


def _ever(table: LedgerTable) -> Iterator[str]:
    if table.diverged is not None:
        yield f"Households whose life differs at the end from that in the baseline: {PERCENT * table.diverged:.1f} %"
        yield ""
    yield "Households by what they did over these months: baseline (lines) and scenario (columns)"
    yield " " * 14 + "".join(f"{STATES[name]:>14}" for name in EVER)
    rows = suppress(table.households(), across=["baseline", "scenario"], values=["real_households"])
    for name in EVER:
        cells = (_number(row["real_households"]) for row in rows if row["baseline"] == name)
        yield f"  {STATES[name]:<12}" + "".join(f"{cell:>14}" for cell in cells)


def _benefits(table: LedgerTable) -> Iterator[str]:
    yield "Who: change in journeys, people, with 90 % interval"
    yield f"  {'':<22}{'irregular':>34}{'regular':>34}"
    for group, levels in SHOWN_GROUPS.items():
        found = table.by(group)
        changed = [row for row in found if row["households"]]  # what rests on nobody is no change, and may be said
        rows = suppress(changed, across=["level"], values=["irregular", "regular"])
        told = {row["level"]: row for row in rows}
        for level in (row["level"] for row in found):
            cells = ["0", "0"]
            if level in told:
                cells = [
                    _signed(told[level][kind]) if told[level][kind] else HIDDEN for kind in ("irregular", "regular")
                ]
            yield f"  {levels[level]:<22}" + "".join(f"{cell:>34}" for cell in cells)


def _to(programmes: Collection[str]) -> str:
    return f" to {', '.join(programmes)}" if programmes else ""


def _number(people: int | None) -> str:
    return f"{HIDDEN if people is None else format(people, ','):>12}"


def _ratio(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} (90 %: {estimate.low90:.2f} to {estimate.high90:.2f})"


def _signed(estimate: Estimate) -> str:
    return f"{estimate.value:+,.0f} ({estimate.low90:+,.0f} to {estimate.high90:+,.0f})"
