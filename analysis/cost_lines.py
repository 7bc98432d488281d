"""The amounts behind costs: two worlds by calendar year, who pays whom in the tally, and what instruments deliver.

Money that the tally counts is a line from payer to payee. Delivery is a line used up: the paired change of an
outcome that counts the units of an instrument, times the unit cost of its settings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.monthly import Yearly, yearly_outcomes
from sim.codes import COUNTRIES, FIRST_YEAR, MONTHS_A_YEAR, month_index
from sim.config import Config
from sim.data.loader import load
from sim.outcomes import MEAN, OUTCOMES
from sim.policies import INSTRUMENTS
from sim.policies.base import DOSE, PAYERS
from sim.results import RunResult, horizon
from sim.world.economy import PRICE_YEAR, prices

Amounts = NDArray[np.float64]
HOUSEHOLDS, INSURERS = "households", "insurers"
USED_UP = ""
"""Payee of what is used up."""
PUBLIC = ("origin_government", "destination_government", "donors")
"""Payers whose outlay, less what they receive, is the public cost."""
RESOURCES, PAID, RECEIVED, NET = KINDS = ("resources", "transfers_paid", "transfers_received", "net")
"""What an account is told by."""


@dataclass(frozen=True)
class Account:
    """An amount of the tally: who pays it to whom; by the name of an instrument: whoever pays that instrument."""

    outcome: str
    payer: str
    payee: str


ACCOUNTS = (
    Account("pathway_costs", HOUSEHOLDS, USED_UP),
    Account("reintegration_spending", "reintegration", HOUSEHOLDS),
    Account("cash_transfers", "cash_transfer", HOUSEHOLDS),
    Account("insurance_premiums", HOUSEHOLDS, INSURERS),
    Account("insurance_subsidies", "insurance", INSURERS),
    Account("insurance_payouts", INSURERS, HOUSEHOLDS),
    Account("remittance_tax", HOUSEHOLDS, "remittance_tax"),
)
"""Money between payers and what people pay to go legally. Paid to smugglers: no account, it is shown beside."""
_BY_COUNTRY = {name for name, outcome in OUTCOMES.items() if "all" not in outcome.family.groups}
"""Outcomes whose total is the sum of the countries."""


@dataclass(frozen=True)
class Effect:
    """An outcome as what is gained: its change times `sign`. noun: one of it; what: the outcome in words."""

    outcome: str
    sign: int
    noun: str
    what: str
    is_money: bool = False


EFFECTS: Mapping[str, Effect] = {
    "irregular_averted": Effect("depart_irregular", -1, "irregular journey averted", "irregular journeys"),
    "regular_gained": Effect("arrive_regular", 1, "regular journey gained", "regular journeys"),
    "remigration_averted": Effect("remigrate", -1, "re-migration averted", "departures of the returned"),
    "income_gained": Effect("household_income", 1, "US$ of household income gained", "household income", True),
}
"""Denominators of costs."""
BESIDE: Mapping[str, Effect] = {
    "deaths_averted": Effect("death", -1, "Deaths averted on the way", "deaths on the way"),
    "smuggler_revenue_lost": Effect("smuggler_revenue", -1, "Smuggler revenue lost", "smuggler revenue", True),
    "remittances_gained": Effect("remittances", 1, "Remittances gained", "remittances", True),
}
"""Shown beside costs, in no ratio."""
ALL_EFFECTS: Mapping[str, Effect] = {**EFFECTS, **BESIDE}
NUMERATORS: Mapping[str, str] = {"public": "cost to governments and donors", "everyone": "resources used up by all"}
"""What is divided: the net outlay of `PUBLIC`; or what is used up, whoever pays, in which transfers cancel."""


@dataclass(frozen=True)
class Pair:
    """A scenario and its baseline by calendar year. config: of the scenario."""

    config: Config
    baseline: Yearly
    scenario: Yearly

    @classmethod
    def of(cls, baseline: RunResult, scenario: RunResult) -> Pair:
        """Return two runs as a pair."""
        return cls(scenario.config, yearly_outcomes(baseline), yearly_outcomes(scenario))

    def a_year(self, outcome: str) -> float:
        """Return the mean change of a year of the horizon."""
        return float(self.change(outcome)[self.inside()].mean())

    def inside(self) -> NDArray[np.bool_]:
        """Return (years,) which of the recorded years lie in the horizon."""
        first, last = (int(month[:4]) for month in horizon(self.config))
        return np.array([first <= year <= last for year in self.years()])

    def years(self) -> tuple[int, ...]:
        """Return the calendar years with a recorded month."""
        first, last = (int(self.config[path][:4]) for path in ("run.start", "run.end"))
        return tuple(range(first, last + 1))

    def change(self, outcome: str, group: str = "all") -> Amounts:
        """Return (years,) scenario less baseline of a year; of a mean of months, in units of a whole year."""
        groups = [f"country={c}" for c in COUNTRIES] if group == "all" and outcome in _BY_COUNTRY else [group]
        change = np.zeros(len(self.years()))
        for sign, values in ((1, self.scenario), (-1, self.baseline)):
            for one in groups:
                by_year = values.get((outcome, one), {})
                change += sign * np.array([by_year.get(year, 0.0) for year in self.years()])
        is_mean = outcome in OUTCOMES and OUTCOMES[outcome].family.over_time == MEAN
        return change * months_recorded(self.config) / MONTHS_A_YEAR if is_mean else change


def months_recorded(config: Config) -> Amounts:
    """Return (years,) the recorded months of each calendar year."""
    months = np.arange(month_index(config["run.start"]), month_index(config["run.end"]) + 1)
    year = months // MONTHS_A_YEAR
    return np.bincount(year - year[0]).astype(np.float64)


def discount_factors(config: Config, start: str, rate: float) -> Amounts:
    """Return (years,) the value, at the beginning of month `start`, of 1 spread evenly over each recorded year.

    In the year of the start, over its months from then on: before it, nothing differs.
    """
    months = np.arange(month_index(config["run.start"]), month_index(config["run.end"]) + 1)
    year = months // MONTHS_A_YEAR
    counted = (months >= month_index(start)) | (year != month_index(start) // MONTHS_A_YEAR)
    later = (months + 1 / 2 - month_index(start)) / MONTHS_A_YEAR
    place = year - year[0]
    return np.bincount(place, counted * (1 + rate) ** -later) / np.maximum(np.bincount(place, counted), 1)


def price_factor(year: int) -> float:
    """Return the US$ of a year that one of 2021 is worth, by US consumer prices."""
    index = prices(load()).reshape(-1, MONTHS_A_YEAR).mean(axis=1)
    return float(index[year - FIRST_YEAR] / index[PRICE_YEAR - FIRST_YEAR])


@dataclass(frozen=True)
class Line:
    """One cost. policy: the instrument that delivers, or none; amounts: (pairs, years) US$ of the price year.

    units: (pairs, years) delivered, None where money is counted. low, high: the unit cost at the ends of its range
    over the one used.
    """

    item: str
    payer: str
    payee: str
    amounts: Amounts
    policy: str = ""
    units: Amounts | None = None
    unit_cost: float = 0.0
    low: float = 1.0
    high: float = 1.0

    def since(self, years: slice) -> Line:
        """Return the line of some of the years."""
        return replace(
            self, amounts=self.amounts[:, years], units=None if self.units is None else self.units[:, years]
        )


def cost_lines(pairs: Sequence[Pair], policies: Mapping[str, Mapping[str, Any]], factor: float) -> Iterator[Line]:
    """Yield what the tally counts, then what each instrument delivers; factor: US$ told for one of 2021."""

    def change(outcome: str, group: str = "all") -> Amounts:
        return np.stack([pair.change(outcome, group) for pair in pairs])

    for account in ACCOUNTS:
        payer, payee = (_party(name, policies) for name in (account.payer, account.payee))
        yield Line(OUTCOMES[account.outcome].label, payer, payee, change(account.outcome) * factor)
    claims = Counter(key for name, policy in policies.items() for key in counted(name, policy))
    for name, policy in policies.items():
        cost = INSTRUMENTS[name].COST
        if cost is None:
            continue
        units = np.zeros((len(pairs), len(pairs[0].years())))
        for key in counted(name, policy):
            units += change(*key) / claims[key]  # instruments that open the same programme share its admissions
        for setting, payer in (("unit_cost_usd", policy["payer"]), *cost.also):
            if policy[setting]:
                default = INSTRUMENTS[name].FIELDS[setting].default
                low, high = (end / default for end in cost.ranges.get(setting, (default, default)))
                each = policy[setting] * factor
                yield Line(cost.unit, payer, USED_UP, units * each, name, units, each, low, high)


def counted(name: str, settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (outcome, group) of the rows of outcomes.csv whose change counts what an instrument delivers."""
    cost = INSTRUMENTS[name].COST
    if cost is None:
        return []
    if cost.quantity == DOSE:
        return [("delivered", f"policy={name}")]
    if cost.by_pathway:
        return [(cost.quantity, f"pathway={pathway}") for pathway in INSTRUMENTS[name](settings).pathways()]
    return [(cost.quantity, "all")]


def _party(name: str, policies: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a payer, or whoever pays an instrument: as set, or by its default."""
    if name in (*PAYERS, USED_UP):
        return name
    return str((policies.get(name) or {}).get("payer") or INSTRUMENTS[name].FIELDS["payer"].default)
