"""What a scenario costs beyond its baseline: who pays, when, and how much for each journey.

Resources are used up; transfers go from one payer to another: both sides are shown, and over all payers they
cancel. A ratio is told with its interval or not at all: never where its denominator may be zero. docs/costs.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot, isfinite
from typing import Any

import numpy as np

from analysis.chance import Estimate
from analysis.cost_lines import (
    ALL_EFFECTS,
    EFFECTS,
    KINDS,
    NET,
    NUMERATORS,
    PAID,
    PUBLIC,
    RECEIVED,
    RESOURCES,
    USED_UP,
    Amounts,
    Effect,
    Line,
    Pair,
    cost_lines,
    discount_factors,
    price_factor,
)  # fmt: skip
from analysis.cost_text import table_text
from analysis.intervals import quotient, spread
from analysis.ledger_table import LedgerTable
from sim.config import Config, parameters
from sim.errors import RequestError, nearest, refuse
from sim.policies import INSTRUMENTS
from sim.policies.base import PAYERS, first_month
from sim.results import POLICY_START

TOTAL, PRESENT = "total", "present_value"
"""Periods beside the years: their sum, and their sum discounted to the start."""
COLUMNS = (
    "table", "item", "payer", "payee", "unit_cost", "unit_cost_low", "unit_cost_high", "period", "value", "low50",
    "high50", "low90", "high90", "note",
)  # fmt: skip
COST_SETTINGS = {"unit_cost_usd", "payer", "employer_cost_usd"}
"""Settings of a policy that change its costs and no count."""
FIGURES = COLUMNS[COLUMNS.index("value") : -1]


@dataclass(frozen=True)
class Ratio:
    """Present value of a cost over a discounted effect; estimate None where none may be given, and why not.

    at_ends: its value, were every unit cost at the low or at the high end of its range.
    """

    numerator: str
    effect: str
    cost: Estimate
    gained: Estimate
    estimate: Estimate | None
    at_ends: tuple[float, float] | None
    why_not: str


@dataclass(frozen=True)
class CostTable:
    """Costs and effects of one scenario. weights, effect_weights: (years,) discount factors to month `start`.

    effects: (pairs, years) gains, of `ALL_EFFECTS`. errors: standard errors of their undiscounted sums, for a
    single pair. uncosted: policies whose delivery has no cost here.
    """

    title: str
    settings: Mapping[str, Any]
    start: str
    years: tuple[int, ...]
    lines: tuple[Line, ...]
    effects: Mapping[str, Amounts]
    weights: Amounts
    effect_weights: Amounts
    errors: Mapping[str, float]
    uncosted: tuple[str, ...]

    @property
    def n_pairs(self) -> int:
        """Return the number of pairs."""
        return len(next(iter(self.effects.values())))

    def account(self, payer: str, kind: str) -> Amounts:
        """Return (pairs, years) of a payer: resources, transfers_paid, transfers_received, or net outlay."""
        if kind == NET:
            return self.account(payer, RESOURCES) + self.account(payer, PAID) - self.account(payer, RECEIVED)
        found = np.zeros((self.n_pairs, len(self.years)))
        for line in self.lines:
            if (line.payee if kind == RECEIVED else line.payer) == payer:
                found += line.amounts * ((line.payee == USED_UP) == (kind == RESOURCES))
        return found

    def payers(self) -> list[str]:
        """Return who pays or receives anything."""
        return [payer for payer in PAYERS if any(payer in (line.payer, line.payee) for line in self.lines)]

    def by_payer(self) -> list[dict[str, Any]]:
        """Return a row for each payer, kind and period: the years, their sum, their present value."""
        return [
            {"payer": payer, "kind": kind, "period": period, **_figures(estimate)}
            for payer in self.payers()
            for kind in KINDS
            for period, estimate in self.periods(self.account(payer, kind))
        ]

    def by_item(self) -> list[dict[str, Any]]:
        """Return a row for each line and period: what, from whom, to whom ('': used up), at what unit cost."""
        return [
            {
                "item": f"{line.policy}: {line.item}" if line.policy else line.item, "payer": line.payer,
                "payee": line.payee, "unit_cost": line.unit_cost or None,
                "unit_cost_low": line.unit_cost * line.low or None,
                "unit_cost_high": line.unit_cost * line.high or None, "period": period, **_figures(estimate),
            }
            for line in self.lines
            for period, estimate in self.periods(line.amounts)
        ]  # fmt: skip

    def periods(self, amounts: Amounts) -> Iterator[tuple[str, Estimate]]:
        """Yield the years of (pairs, years) amounts, their sum and their present value."""
        for k, year in enumerate(self.years):
            yield str(year), spread(amounts[:, k])
        yield TOTAL, spread(amounts.sum(axis=1))
        yield PRESENT, spread(amounts @ self.weights)

    def gained(self, effect: str) -> Estimate:
        """Return an effect over all years: people as they are, money discounted."""
        weights = self.weights if ALL_EFFECTS[effect].is_money else np.ones(len(self.years))
        return spread(self.effects[effect] @ weights, self._error(effect, weights))

    def present_value(self, numerator: str, end: str = "") -> Amounts:
        """Return (pairs,) a numerator's present value, with unit costs as used or at their `low` or `high` end."""
        found = np.zeros(self.n_pairs)
        for line in self.lines:
            from_public, to_public = line.payer in PUBLIC, line.payee in PUBLIC
            sign = int(line.payee == USED_UP) if numerator == "everyone" else from_public - to_public
            found += sign * line.amounts @ self.weights * (getattr(line, end) if end else 1.0)
        return found

    def ratios(self) -> list[Ratio]:
        """Return the cost of each effect, to governments and donors and in resources of all."""
        return [self._ratio(numerator, effect) for effect in EFFECTS for numerator in NUMERATORS]

    def rows(self) -> list[dict[str, Any]]:
        """Return everything as rows of one table, for export; its columns are `COLUMNS`."""
        rows = [{"table": "payer", "item": row.pop("kind"), **row} for row in self.by_payer()]
        rows += [{"table": "item", **row} for row in self.by_item()]
        rows += [{"table": "effect", "item": name, "period": PRESENT if ALL_EFFECTS[name].is_money else TOTAL,
                  **_figures(self.gained(name))} for name in self.effects]  # fmt: skip
        rows += [{"table": "ratio", "item": ratio.effect, "payer": ratio.numerator, "period": PRESENT,
                  "note": ratio.why_not, **_figures(ratio.estimate)} for ratio in self.ratios()]  # fmt: skip
        return [dict.fromkeys(COLUMNS) | row for row in rows]

    def text(self) -> str:
        """Return the table by payer and year, what it is made of, the ratios, and what they rest on."""
        return table_text(self)

    def _error(self, effect: str, weights: Amounts) -> float | None:
        """Return the standard error of a weighted effect of one pair, in proportion to that of its plain sum."""
        error, total = self.errors.get(effect), abs(float(self.effects[effect].sum()))
        if error is None or not total:
            return error
        return error * abs(float((self.effects[effect] @ weights)[0])) / total

    def _ratio(self, numerator: str, effect: str) -> Ratio:
        weights = self.weights if EFFECTS[effect].is_money else self.effect_weights
        gained, error = self.effects[effect] @ weights, self._error(effect, weights)
        cost, shown = self.present_value(numerator), spread(gained, error)
        estimate = quotient(cost, gained, error) if cost.any() else None
        ends = [quotient(self.present_value(numerator, end), gained, error) for end in ("low", "high")]
        at_ends = (ends[0].value, ends[1].value) if estimate and ends[0] and ends[1] else None
        why_not = "" if estimate else _why_not(EFFECTS[effect], gained, shown)
        return Ratio(numerator, effect, spread(cost), shown, estimate, at_ends, why_not)


def _figures(estimate: Estimate | None) -> dict[str, float | None]:
    """Return value and intervals as columns; None where there is none."""
    values = {name: getattr(estimate, name) if estimate else None for name in FIGURES}
    return {name: value if value is not None and isfinite(value) else None for name, value in values.items()}


def _why_not(effect: Effect, gained: Amounts, shown: Estimate) -> str:
    what = effect.what
    if not gained.any():
        return f"the scenario changes no {what}"
    if not isfinite(shown.low90):
        return "one pair of runs does not tell chance from effect; compare several seeds"
    unit = "US$ " if effect.is_money else ""
    low, high = (f"{unit}{abs(end):,.0f} {'better' if end >= 0 else 'worse'}" for end in (shown.low90, shown.high90))
    between = f"(90 %: from {low} to {high} than in the baseline)"
    if shown.high90 < 0:
        return f"the scenario makes {what} worse {between}"
    return f"the effect on {what} may be zero {between}" if shown.low90 <= 0 else "no cost is counted"


def costs(
    pairs: Sequence[Pair], given: Mapping[str, Any] | None = None, errors: Mapping[str, float] | None = None
) -> CostTable:
    """Return the costs of a scenario from paired runs: of several seeds, ensemble members, or both.

    given: settings in place of the recorded ones: `costs.discount_rate` and its like, `policies.NAME.unit_cost_usd`
    and `policies.NAME.payer`. errors: standard errors of effects (see `errors_of`), used with a single pair.

    Raises:
        RequestError: no pair, pairs of different scenarios or dates, or a setting that is unknown or out of range.

    """
    if not pairs:
        raise RequestError("costs need a pair of runs: a scenario and its baseline")
    config = pairs[0].config
    if any(_question(pair.config) != _question(config) for pair in pairs):
        raise RequestError("costs: the pairs are not all of the same scenarios, policies and dates")
    settings, policies = _settings(config, given or {})
    paid_for = [name for name in policies if "unit_cost_usd" in INSTRUMENTS[name].FIELDS]  # shocks are not
    dates = [first_month(policies[name]) for name in paid_for]
    start = min(dates, default=max(POLICY_START, str(config["run.start"])))
    factor = price_factor(settings["price_year"])
    lines = [line for line in cost_lines(pairs, policies, factor) if line.policy or line.amounts.any()]
    effects = {
        name: np.stack([pair.change(effect.outcome) for pair in pairs]) * effect.sign * factor**effect.is_money
        for name, effect in ALL_EFFECTS.items()
    }
    every = [*effects.values(), *(line.amounts for line in lines)]
    since = slice(int(np.argmax(np.any(every, axis=(0, 1)))), None)  # from the first year in which anything differs
    factors = [discount_factors(config, start, settings[f"discount_rate{of}"])[since] for of in ("", "_effects")]
    return CostTable(
        title=config.title, settings=settings, start=start, years=pairs[0].years()[since],
        lines=tuple(line.since(since) for line in lines),
        effects={name: amounts[:, since] for name, amounts in effects.items()},
        weights=factors[0], effect_weights=factors[1], errors=(errors or {}) if len(pairs) == 1 else {},
        uncosted=tuple(name for name in paid_for if name not in {line.policy for line in lines}),
    )  # fmt: skip


def errors_of(ledger: LedgerTable) -> dict[str, float]:
    """Return the standard errors by chance of what the ledger of a pair counts, for `costs`."""
    regular = [row["regular"].error for row in ledger.by("country")]  # no household lives in two countries
    return {"irregular_averted": ledger.diversion().total.error, "regular_gained": hypot(*regular)}


def _question(config: Config) -> tuple[Any, ...]:
    return config.scenarios, dict(config.policies), config["run.start"], config["run.end"]


def _settings(config: Config, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the parameters of costs and the settings of policies, `given` in their place, checked."""
    settings = config.group("costs")
    policies = {name: dict(policy) for name, policy in config.policies.items()}
    problems = []
    for path, value in given.items():
        group, _, rest = path.partition(".")
        name, _, key = rest.partition(".")
        if group == "costs" and rest in settings:
            settings[rest], problem = parameters()[path].check(value)
            problems += [problem] if problem else []
        elif group == "policies" and name in policies and key in COST_SETTINGS & set(policies[name]):
            policies[name][key], wrong = INSTRUMENTS[name].FIELDS[key].read(value)
            problems += [f"{path}: {wrong}"] if wrong else []
        else:
            known = [f"costs.{rest}" for rest in settings]
            known += [f"policies.{name}.{key}" for name in policies for key in COST_SETTINGS & set(policies[name])]
            problems.append(f"{path}: unknown setting of costs{nearest(path, known)}; one of {', '.join(known)}")
    refuse(problems)
    return settings, policies
