"""Whether every policy of every scenario moves what it declares, and the way it declares.

Each distinct way in which a scenario sets an instrument is lived alone beside the baseline, and each scenario as a
whole, all in one pass of few households: pairs, so that what differs is what the policy did, and what followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from types import MappingProxyType
from typing import Any, Final

from analysis.monthly import Yearly, by_year, mean_over, whole_years
from sim.codes import month_index
from sim.compose import compose
from sim.config import Config
from sim.lockstep import run_together
from sim.outcomes import MEAN, OUTCOMES, Outcome, basis_of
from sim.policies import INSTRUMENTS
from sim.record import Record
from sim.scenarios import BASELINE, find_scenarios, is_natural, read_scenario

SHARE: Final = 0.005
"""Share of households that are lived unless told otherwise: enough to see the sign of nearly every lever."""
DATES: Final = ("run.start=2025-10", "run.end=2030-12")
"""Recorded months: slow policies need years."""
NOTHING: Final = "null_policy"
"""The scenario that may move nothing."""
CONTEXT: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = MappingProxyType({
    "narrative": ("labour_visas_100k", {"feedbacks.tolerance": 1.0}),
})  # fmt: skip
"""Scenario and settings without which an instrument can do nothing; it is compared with these alone."""
APART: Final = (
    "start", "from", "end", "phase_in_months", "lag_months", "fade_months", "when", "for_months", "unit_cost_usd",
    "payer", "evidence", "source",
)  # fmt: skip
"""Settings in which two policies may differ and count as the same."""
SHOWN_WHOLE: Final = 100
"""Numbers from here on are shown without decimals."""
DELIVERED: Final = "delivered"
"""What an instrument gives out is no effect."""
AS_DECLARED, EITHER, STILL, CHANCE, AGAINST = (
    "as declared", "either way", "not moved", "against, within chance", "AGAINST",
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """A policy alone, or a scenario as a whole ('' as instrument), and what it is compared with."""

    instrument: str
    scenarios: tuple[str, ...]
    config: Config
    reference: Config

    @property
    def declared(self) -> Mapping[str, int]:
        """Return what it should move, +1 up, -1 down, 0 either way."""
        if not self.instrument:
            return {}
        return INSTRUMENTS[self.instrument](self.config.policies[self.instrument]).moves()

    @property
    def why(self) -> str:
        """Return why a sign may come out otherwise."""
        return INSTRUMENTS[self.instrument].WHY if self.instrument else ""


@dataclass(frozen=True)
class Moved:
    """What became of one outcome, a year of the horizon. chance: a standard error of a count of that size."""

    outcome: str
    declared: int
    baseline: float
    value: float
    chance: float

    @property
    def verdict(self) -> str:
        """Return how it stands to what was declared."""
        change = self.value - self.baseline
        if change == 0:
            return STILL
        if self.declared == 0:
            return EITHER
        if change * self.declared > 0:
            return AS_DECLARED
        return AGAINST if abs(change) > self.chance else CHANCE


@dataclass(frozen=True)
class Tried:
    """A trial that was lived. moved: the outcomes it declares; touched: how many of all outcomes differ at all."""

    trial: Trial
    moved: tuple[Moved, ...]
    touched: int

    def problem(self) -> str:
        """Return what is wrong with it, or ''."""
        trial, named = self.trial, f"{self.trial.instrument or 'the whole'} of {', '.join(self.trial.scenarios)}"
        if NOTHING in trial.scenarios or (trial.instrument and not trial.declared and trial.why):
            return f"{named} moves {self.touched} outcomes and should move none" if self.touched else ""
        if not self.touched:
            return f"{named} moves nothing at all"
        if trial.instrument and not trial.declared:
            return f"{named} declares neither what it moves nor why it moves nothing"
        if self.moved and all(one.verdict == STILL for one in self.moved):
            return f"{named} moves no outcome that it declares: {', '.join(trial.declared)}"
        against = ", ".join(one.outcome for one in self.moved if one.verdict == AGAINST)
        return f"{named} moves {against} against its sign, and no WHY tells" if against and not trial.why else ""


@dataclass(frozen=True)
class Liveness:
    """The trials of all scenarios."""

    tried: tuple[Tried, ...]
    share: float
    years: tuple[int, ...]

    def problems(self) -> list[str]:
        """Return a sentence for each trial with which something is wrong."""
        return [problem for one in self.tried if (problem := one.problem())]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each trial and declared outcome; one for a trial that declares none."""
        return [
            {
                "instrument": one.trial.instrument, "scenarios": list(one.trial.scenarios), "touched": one.touched,
                "outcome": moved.outcome if moved else "", "declared": moved.declared if moved else None,
                "baseline": moved.baseline if moved else None, "value": moved.value if moved else None,
                "verdict": moved.verdict if moved else "", "problem": one.problem(),
            }
            for one in self.tried
            for moved in one.moved or (None,)
        ]  # fmt: skip

    def text(self) -> str:
        """Return the table, and what it rests on."""
        lines = []
        for one in self.tried:
            name = one.trial.instrument or "as a whole"
            lines.append(f"{name}: {', '.join(one.trial.scenarios)} ({one.touched} outcomes differ)")
            lines += [
                f"  {_sign(moved.declared)} {moved.outcome:<24} {_number(moved.value - moved.baseline, '+'):>16} of "
                f"{_number(moved.baseline):>14}  {moved.verdict}"
                for moved in one.moved
            ]
        first, last = self.years[0], self.years[-1]
        basis = f"Mean of {first}-{last}, paired, {self.share:g} of all households; one seed: signs, not sizes."
        return "\n".join([*lines, "", basis])


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign},.0f}" if abs(value) >= SHOWN_WHOLE else f"{value:{sign}.3g}"


def _sign(declared: int) -> str:
    return {1: "+", -1: "-", 0: "±"}[declared]


def given(overrides: Sequence[str] = ()) -> list[str]:
    """Return the overrides of every configuration that is lived: of the baseline, all there are."""
    return [f"population.share={SHARE}", *DATES, *overrides]


def check_live(names: Sequence[str], overrides: Sequence[str], on_month: Callable[[int], None]) -> Liveness:
    """Live every policy of the named scenarios and each scenario as a whole, all in one pass.

    Raises:
        RequestError: an override cannot be used.
        WorkError: a check of conservation failed.

    """
    trials = list(trials_of(names, given(overrides)))
    configs = [compose(given(overrides))]
    for trial in trials:
        configs += [one for one in (trial.reference, trial.config) if one not in configs]
    lived = run_together(configs, on_month)
    measured = [measure(one.record) for one in lived]
    years = tuple(whole_years(*(month_index(configs[0][path]) for path in ("run.start", "run.end"))))
    share = float(configs[0]["population.share"])
    tried = [
        judge(trial, measured[configs.index(trial.reference)], measured[configs.index(trial.config)], years, share)
        for trial in trials
    ]
    return Liveness(tuple(tried), share, years)


def trials_of(names: Sequence[str], overrides: Sequence[str]) -> Iterator[Trial]:
    """Yield each policy that differs from those before it, then each scenario that is more than one policy.

    Natural experiments are left out: they are over before the recorded months, and lived elsewhere.
    """
    baseline = compose(overrides)
    wanted = [name for name in names if name != BASELINE and not is_natural(name)]
    configs = {name: _composed(name, overrides, baseline) for name in wanted}
    users: dict[str, list[str]] = {}
    first: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for name, config in sorted(configs.items(), key=lambda item: _plain_first(item[1])):
        for instrument, settings in config.policies.items() if name != NOTHING else ():
            key = str((instrument, sorted((k, str(v)) for k, v in settings.items() if k not in APART)))
            users.setdefault(key, []).append(name)
            first.setdefault(key, (instrument, settings))
    order = list(INSTRUMENTS)
    for key in sorted(first, key=lambda key: order.index(first[key][0])):
        instrument, settings = first[key]
        reference = _context(instrument, overrides) if instrument in CONTEXT else baseline
        alone = replace(reference, policies=MappingProxyType({**reference.policies, instrument: settings}))
        yield Trial(instrument, tuple(users[key]), alone, reference)
    for name, config in configs.items():
        if len(config.policies) > 1 or config.values != baseline.values:
            yield Trial("", (name,), config, baseline)


def _composed(name: str, overrides: Sequence[str], baseline: Config) -> Config:
    """Return a scenario's configuration; one that sets policies alone is the baseline with them, without Hydra."""
    scenario = read_scenario(find_scenarios()[name])
    if scenario.settings:
        return compose([f"scenarios={name}", *overrides])
    policies = MappingProxyType(dict(scenario.policies))
    return replace(baseline, policies=policies, scenarios=(name,), title=scenario.title)


def _plain_first(config: Config) -> tuple[int, int]:
    """Return a key that puts scenarios of few policies first, and of those the ones that start late."""
    dates = [settings.get("start") or settings.get("from") for settings in config.policies.values()]
    return len(config.policies), -max((month_index(date) for date in dates), default=0)


def _context(instrument: str, overrides: Sequence[str]) -> Config:
    scenario, settings = CONTEXT[instrument]
    return compose([f"scenarios={scenario}", *overrides, *(f"{path}={value}" for path, value in settings.items())])


def measure(record: Record) -> Yearly:
    """Return the outcomes of a record by year."""
    return by_year(record.outcomes())


def judge(trial: Trial, before: Yearly, after: Yearly, years: Sequence[int], share: float) -> Tried:
    """Return what a trial moved, of the outcomes it declares, and how many it touched."""
    moved = [_moved(OUTCOMES[name], declared, before, after, years, share) for name, declared in trial.declared.items()]
    differ = {name for name, group in {**before, **after} if before.get((name, group)) != after.get((name, group))}
    touched = differ - {DELIVERED}
    return Tried(trial, tuple(moved), len(touched))


def _moved(
    outcome: Outcome, declared: int, before: Yearly, after: Yearly, years: Sequence[int], share: float
) -> Moved:  # fmt: skip
    basis = basis_of(outcome)
    events = max(mean_over(one, basis, years) for one in (before, after))
    events *= share * (1 if basis.family.over_time == MEAN else len(years))
    was, became = (mean_over(one, outcome, years) for one in (before, after))
    return Moved(outcome.name, declared, was, became, max(abs(was), abs(became)) / sqrt(max(events, 1)))
