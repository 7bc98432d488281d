"""Paired differences between runs that live the same lives: always scenario minus reference.

Runs are a pair if seed, share of households and dates are the same; then what differs is what the scenario
changed and chance has no part in who is who. One pair carries no uncertainty of parameters, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.disclosure import LEAST
from analysis.export import Table
from analysis.monthly import MonthlyFlows, mean_over, same_table, whole_years, yearly_outcomes
from sim.aligned import aligned
from sim.codes import COUNTRIES, MONTHS_A_YEAR, month_index
from sim.errors import RequestError, refuse
from sim.outcomes import FLOW, HEADLINE, OUTCOMES, US_DOLLARS, Outcome, basis_of
from sim.results import NEUTRAL, RunResult
from sim.scenarios import find_scenarios, stack

TOTAL = "all"
AREAS: tuple[tuple[str, tuple[str, ...]], ...] = ((TOTAL, COUNTRIES), *((c, (c,)) for c in COUNTRIES))
PAIRED = ("seed", "population.share", "run.start", "run.end", "behaviour.ensemble_member")
"""What must be the same in a pair, as far as the configuration has it."""
PERCENT, MILLION = 100.0, 1e6
BY_PATHWAY = ("admit", "depart_irregular")
"""Flows compared by pathway too."""
TWICE = ("offer",)
"""Outcomes not compared: the same people in the same months as `admit`. What was open is in pathways.csv."""
SHOWN = [*HEADLINE.values(), *(one for one in OUTCOMES.values() if one.shown and one.name not in TWICE)]
"""The four numbers, then the other outcomes compared."""
IN_A_SENTENCE = {HEADLINE["returned_left_again"].label: "departures of the returned"}
"""Labels that are no noun to raise or lower."""
MONEY = f"{US_DOLLARS} a year"
MOST_SETTINGS = 6
"""Other settings told by name."""
N_TEXT_COLUMNS = 2
FEW, MANY = 10, 1000
"""Amounts below `FEW` and not whole are shown with two decimals; US$ with one, up to differences of `MANY`."""


@dataclass(frozen=True)
class Change:
    """One outcome in one country (or all) of a scenario and of the reference.

    households: simulated ones that it rests on, of the run that has fewer, unless that has none; of a flow, one
    for each event. whole, pathway: the outcome of all pathways, and the part of it that this is.
    """

    scenario: str
    outcome: str
    unit: str
    country: str
    baseline: float
    value: float
    households: int
    whole: str
    pathway: str

    @property
    def difference(self) -> float:
        """Return scenario minus reference."""
        return self.value - self.baseline

    @property
    def percent(self) -> float | None:
        """Return the difference in percent of the reference; None where that is zero."""
        return PERCENT * self.difference / self.baseline if self.baseline else None


@dataclass(frozen=True)
class Comparison:
    """Runs beside a reference.

    names: of the reference and the scenarios. titles: of the same. horizon: first and last month counted.
    changes: by scenario. same: whether a scenario's tables are the reference's, row for row. notes: by scenario,
    what a reader must know of the pair.
    """

    names: tuple[str, ...]
    titles: tuple[str, ...]
    horizon: tuple[str, str]
    changes: tuple[tuple[Change, ...], ...]
    same: tuple[bool, ...]
    notes: tuple[tuple[str, ...], ...]

    def table(self) -> list[dict[str, Any]]:
        """Return a row for each scenario, outcome and country. It is complete: `tables` is what may be shown."""
        return [
            {
                "scenario": change.scenario, "outcome": change.outcome, "unit": change.unit,
                "country": change.country, "baseline": change.baseline, "value": change.value,
                "difference": change.difference, "percent": change.percent, "households": change.households,
            }
            for changes in self.changes
            for change in changes
        ]  # fmt: skip

    def exported(self) -> Table:
        """Return the table as a reader may have it: cells on few simulated households are blank."""
        rows = [
            {**row, "whole": change.whole, "pathway": change.pathway}
            for row, change in zip(self.table(), (c for changes in self.changes for c in changes), strict=True)
        ]
        first, last = self.horizon
        title = f"{' and '.join(self.titles[1:])}, compared to {self.titles[0]}, {first} to {last}"
        notes = [
            f"{title}: {note}" if len(self.notes) > 1 else note
            for title, notes in zip(self.titles[1:], self.notes, strict=True)
            for note in notes
        ]
        return Table(
            "comparison", title, rows, values=("baseline", "value", "difference", "percent"),
            within=("scenario", "whole", "unit"), across=("pathway", "country"), helping=("whole", "pathway"),
            notes=(*notes, ONE_PAIR),
        )  # fmt: skip

    def text(self) -> str:
        """Return the sentences of the four numbers, the table of each scenario, and what it rests on."""
        parts = [
            "\n".join([self.heading(k), "", *self.sentences(k), "", *self.details(k)]) for k in range(len(self.changes))
        ]
        return "\n\n".join([*parts, ONE_PAIR])

    def heading(self, k: int) -> str:
        """Return what the k-th scenario is compared with, and over which months."""
        first, last = self.horizon
        scenario, reference = (f"{self.titles[n]} ({self.names[n]})" for n in (k + 1, 0))
        return f"{scenario}, {first} to {last}, compared to {reference}"

    def sentences(self, k: int) -> list[str]:
        """Return the k-th scenario's four numbers, '{scenario} would {change} {measure}, compared to {baseline}'."""
        if self.same[k]:
            return [f"No difference: every flow and stock of {self.titles[k + 1]} is that of {self.titles[0]}."]
        totals = {change.outcome: change for change in self.changes[k] if change.country == TOTAL}
        found = [totals[outcome.label] for outcome in HEADLINE.values()]
        return [self.sentence(k, c.outcome, c.unit, c.difference, c.baseline) for c in found]

    def sentence(self, k: int, label: str, unit: str, difference: float, baseline: float) -> str:
        """Return what the k-th scenario would do to one outcome."""
        title, measure = self.titles[k + 1], IN_A_SENTENCE.get(label, label[0].lower() + label[1:])
        if not difference:
            return f"{title} would make no difference to {measure}, compared to {self.titles[0]}."
        percent = f" ({_signed(PERCENT * difference / baseline, 1)} %)" if baseline else ""
        verb = "raise" if difference > 0 else "lower"
        return (
            f"{title} would {verb} {measure} by {abs(difference):,.0f} {unit}{percent}, compared to {self.titles[0]}."
        )

    def may_lead(self) -> bool:
        """Return whether the four numbers of all scenarios rest on enough households to stand first in an export."""
        labels = [outcome.label for outcome in HEADLINE.values()]
        found = [c for changes in self.changes for c in changes if c.outcome in labels and c.country == TOTAL]
        return all(c.households >= LEAST or not (c.value or c.baseline) for c in found)

    def details(self, k: int) -> list[str]:
        """Return the table of the k-th scenario and what a reader must know of the pair."""
        return [*([] if self.same[k] else [*_aligned(self.changes[k]), ""]), *self.notes[k]]


ONE_PAIR = (
    "Each difference in the table is one paired run: one seed and one set of parameters, the same households on both "
    "sides. It carries no interval and says nothing of how far other parameters would move it."
)


def compare_runs(paths: Sequence[Path]) -> Comparison:
    """Compare complete runs with the first of them.

    Raises:
        RequestError: fewer than two, a run is not complete, or runs are not a pair; tells which and in what.

    """
    if not paths[1:]:
        raise RequestError("a comparison needs two runs or more; the first is the reference")
    results = [RunResult.open(path) for path in paths]
    reference, *others = results
    refuse([problem for other in others for problem in _unpaired(reference, other)])
    horizon = reference.horizon()
    names = _names(results)
    before = _measured(reference, horizon)
    changes = []
    for name, other in zip(names[1:], others, strict=True):
        after = _measured(other, horizon)
        keys = [*before, *(key for key in after if key not in before)]
        changes.append(tuple(_change(name, key, before.get(key, NOTHING), after.get(key, NOTHING)) for key in keys))
    return Comparison(
        names, tuple(result.config.title for result in results), horizon, tuple(changes),
        tuple(all(same_table(reference, other, table) for table in ("flows", "stocks")) for other in others),
        tuple(tuple(_notes(reference, other)) for other in others),
    )  # fmt: skip


def _unpaired(reference: RunResult, other: RunResult) -> list[str]:
    one, two = reference.config, other.config
    return [
        f"{other.folder} is no pair of {reference.folder}: {path} is {two[path]}, not {one[path]}"
        for path in PAIRED
        if path in one.values and one[path] != two[path]
    ]


def _names(results: Sequence[RunResult]) -> tuple[str, ...]:
    """Return the stacked scenarios of each run, with its folder where two runs have the same."""
    names = ["+".join(result.config.scenarios) for result in results]
    return tuple(
        f"{name} in {result.folder}" if names.count(name) > 1 else name
        for name, result in zip(names, results, strict=True)
    )


Key = tuple[str, str, str, str]
"""Label of the outcome, pathway or `TOTAL`, unit, area."""
Measure = tuple[float, float]
NOTHING: Measure = (0.0, 0.0)
"""A value, and the simulated households that it rests on."""


def _change(scenario: str, key: Key, before: Measure, after: Measure) -> Change:
    some = [households for _, households in (before, after) if households]
    whole, pathway, unit, area = key
    outcome = whole if pathway == TOTAL else f"{whole}, {pathway}"
    return Change(scenario, outcome, unit, area, before[0], after[0], round(min(some, default=0)), whole, pathway)


def _measured(result: RunResult, horizon: tuple[str, str]) -> dict[Key, Measure]:
    """Return {(outcome, pathway, unit, country): measure} over the horizon, flows as means a year."""
    return {key: measure for key, measure in _measures(result, horizon) if np.isfinite(measure[0])}


def _measures(result: RunResult, horizon: tuple[str, str]) -> Iterator[tuple[Key, Measure]]:
    flows, yearly = MonthlyFlows.of_run(result), yearly_outcomes(result)
    first, last = map(month_index, horizon)
    inside = slice(first, last + 1)
    years_long = (last - first + 1) / MONTHS_A_YEAR
    years = whole_years(first, last)
    share = result.config["population.share"]

    def flow(name: str, countries: Sequence[str], **picked: str) -> Measure:
        people = flows.people(name, country=countries, **picked)[inside].sum()
        households = flows.households(name, country=countries, **picked)[inside].sum()
        return float(people) / years_long, float(households) * share

    def rests_on(outcome: Outcome, countries: Sequence[str]) -> float:
        basis = basis_of(outcome)
        if basis.family == FLOW:
            return flow(basis.name, countries)[1]
        found = mean_over(yearly, basis, years, countries)
        return found * share if np.isfinite(found) else 0.0

    for outcome in SHOWN:
        for area, countries in AREAS:
            key = (outcome.label, TOTAL, outcome.rate, area)
            if outcome.family == FLOW:
                yield key, flow(outcome.name, countries)
            else:
                yield key, (mean_over(yearly, outcome, years, countries), rests_on(outcome, countries))
    for name in BY_PATHWAY:
        for pathway in flows.names("pathway", name):
            for area, countries in AREAS:
                key = (OUTCOMES[name].label, pathway, OUTCOMES[name].rate, area)
                yield key, flow(name, countries, pathway=pathway)


def _notes(reference: RunResult, other: RunResult) -> list[str]:
    notes = []
    share = reference.config["population.share"]
    if share < 1:
        notes.append(f"From {share:.4g} of all households: one of them stands for about {1 / share:,.0f}.")
    made = [key for key in ("version", "commit", "data") if reference.provenance[key] != other.provenance[key]]
    if made:
        notes.append(
            f"The two runs were not made by the same program (other {', '.join(made)}): part of the difference may "
            "come from that. Run both again."
        )
    own = _settings({*reference.config.scenarios, *other.config.scenarios})
    one, two = reference.config.values, other.config.values
    also = [path for path in one if path not in (*own, *NEUTRAL) and one[path] != two.get(path)]
    if also:
        told = ", ".join(f"{path} ({two.get(path)}, not {one[path]})" for path in also[:MOST_SETTINGS])
        more = f" and {len(also) - MOST_SETTINGS} more" if len(also) > MOST_SETTINGS else ""
        notes.append(f"Beyond the scenarios, these settings differ too: {told}{more}.")
    return notes


def _settings(names: Iterable[str]) -> set[str]:
    """Return the paths that scenarios set themselves, of those that can still be found."""
    known = find_scenarios()
    return {path for name in names if name in known for path in stack([name])[0].settings}


def _aligned(changes: Sequence[Change]) -> list[str]:
    """Return a table with a line an outcome that differs, and the names of those that do not."""
    by_outcome: dict[tuple[str, str], dict[str, Change]] = {}
    for change in changes:
        by_outcome.setdefault((change.outcome, change.unit), {})[change.country] = change
    lines: list[tuple[str, ...]] = [("outcome", "unit", "reference", "scenario", "difference", "%", *COUNTRIES)]
    equal = []
    for (outcome, _), areas in by_outcome.items():
        line = _cells(areas)
        if any(cell not in ("0", "-") for cell in line[N_TEXT_COLUMNS + 2 :]):
            lines.append(line)
        elif areas[TOTAL].value:
            equal.append(outcome)
    told = aligned(lines, N_TEXT_COLUMNS)
    return [*told, f"The same in both, or nearly: {', '.join(equal)}."] if equal else told


def _cells(areas: dict[str, Change]) -> tuple[str, ...]:
    """Return an outcome's line: reference, scenario, difference, percent, difference by country."""
    total = areas[TOTAL]
    scale, unit = (MILLION, f"million {total.unit}") if total.unit == MONEY else (1.0, total.unit)
    largest = max(abs(total.baseline), abs(total.value)) / scale
    most = max(abs(one.difference) for one in areas.values()) / scale
    decimals = 2 if largest < FEW and largest % 1 else int(US_DOLLARS in unit and most < MANY)
    percent = _signed(total.percent, 1) if total.percent is not None else "-"
    parts = (_signed(areas[c].difference / scale, decimals) if c in areas else "-" for c in COUNTRIES)
    amounts = (f"{amount / scale:,.{decimals}f}" for amount in (total.baseline, total.value))
    return (total.outcome, unit, *amounts, _signed(total.difference / scale, decimals), percent, *parts)


def _signed(value: float, decimals: int) -> str:
    """Return a difference with its sign; 0 without one."""
    told = f"{value:+,.{decimals}f}"
    return told if told.strip("+-0.,") else "0"
