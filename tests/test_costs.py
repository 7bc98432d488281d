"""Costs: who pays, when, discounted; ratios only with their interval; transfers between payers stay visible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_model import lived, small_model
from test_ledger import ledger_of, random_worlds

from analysis.cost_lines import ACCOUNTS, ALL_EFFECTS, KINDS, NET, PAID, RECEIVED, RESOURCES, Pair, counted
from analysis.costs import COLUMNS, PRESENT, TOTAL, CostTable, costs, errors_of
from analysis.intervals import ENOUGH, quotient, spread
from sim.codes import REGULAR_PATHWAYS
from sim.config import Config, default_config
from sim.errors import RequestError
from sim.outcomes import OUTCOMES
from sim.policies import INSTRUMENTS, check
from sim.policies.base import DOSE, PAYERS
from sim.results import identity
from sim.state import MONEY

VISAS = {"labour_places": {"places_per_year": {"usa_h2a": 1000}, "unit_cost_usd": 500, "start": "2026-01"}}
HELP = {"reintegration": {"coverage": 0.8, "start": "2026-01", "unit_cost_usd": 100}}
YEARS = (2026, 2027)
N_PEOPLE, RATE = 1000.0, 0.03


def config_of(policies: dict[str, Any], **values: Any) -> Config:
    settings, problems = check(policies)
    assert not problems
    dates = {"run__start": "2026-01", "run__end": "2027-12", **{k.replace(".", "__"): v for k, v in values.items()}}
    return replace(default_config(**dates), policies=settings, scenarios=("mine",), title="Mine")


def pair(policies: dict[str, Any], changes: dict[tuple[str, str], float], **values: Any) -> Pair:
    """Return a pair whose scenario has these changes in each year, on a baseline of 1,000 of everything."""
    config = config_of(policies, **values)
    baseline = {key: dict.fromkeys(range(2020, 2031), N_PEOPLE) for key in changes}
    scenario = {key: dict.fromkeys(range(2020, 2031), N_PEOPLE + change) for key, change in changes.items()}
    return Pair(config, baseline, scenario)


def averting(journeys: float, admitted: float = 100.0, policies: dict[str, Any] = VISAS) -> Pair:
    return pair(policies, {("depart_irregular", "all"): -journeys, ("admit", "pathway=usa_h2a"): admitted})


def present_value(a_year: float, rate: float = RATE) -> float:
    """Return the value at the beginning of 2026 of an amount spread evenly over 2026 and as much over 2027."""
    months = (np.arange(24) + 0.5) / 12
    return float((a_year / 12 / (1 + rate) ** months).sum())


def ratio_of(table: CostTable, effect: str, numerator: str = "public"):  # type: ignore[no-untyped-def]
    return next(ratio for ratio in table.ratios() if (ratio.effect, ratio.numerator) == (effect, numerator))


def test_delivery_is_the_change_of_its_outcome_times_the_unit_cost_by_payer_and_year() -> None:
    rows = {(row["payer"], row["kind"], row["period"]): row["value"] for row in costs([averting(20)]).by_payer()}
    government = "destination_government"
    assert rows[government, RESOURCES, "2026"] == rows[government, NET, "2027"] == pytest.approx(50_000)
    assert rows[government, NET, TOTAL] == pytest.approx(100_000)
    assert rows[government, NET, PRESENT] == pytest.approx(present_value(50_000))


def test_each_payer_of_a_unit_pays_its_own_part() -> None:
    table = costs([averting(20)], {"policies.labour_places.employer_cost_usd": 2500})
    assert table.account("employers", RESOURCES).tolist() == [[250_000, 250_000]]
    assert table.present_value("public")[0] == pytest.approx(present_value(50_000))
    assert table.present_value("everyone")[0] == pytest.approx(present_value(300_000))


def test_costs_are_discounted_to_the_start_of_the_policy() -> None:
    later = {"labour_places": {**VISAS["labour_places"], "start": "2027-01"}}
    for policies, start, first in ((VISAS, "2026-01", 1.0), (later, "2027-01", 1 + RATE)):
        table = costs([averting(20, policies=policies)])
        assert table.start == start
        value = float((table.account("destination_government", NET) @ table.weights)[0])
        assert value == pytest.approx(present_value(50_000) * first)
    undiscounted = costs([averting(20)], {"costs.discount_rate": 0})
    assert (undiscounted.account("destination_government", NET) @ undiscounted.weights)[0] == pytest.approx(100_000)


def test_other_rates_prices_and_unit_costs_need_no_other_run() -> None:
    one, other = config_of({}), config_of({}, **{"costs.discount_rate": 0.07, "costs.price_year": 2024})
    other = other.replace(costs__discount_rate_effects=0)
    assert identity(one) == identity(other)
    for value, factor in ((2021, 1.0), (2024, 1.158)):  # US consumer prices of 2024 over 2021: 313.7 / 271.0
        table = costs([averting(20)], {"costs.price_year": value})
        assert table.account("destination_government", NET).sum() == pytest.approx(100_000 * factor, rel=1e-3)
    given = {"policies.labour_places.unit_cost_usd": 900, "policies.labour_places.payer": "employers"}
    assert costs([averting(20)], given).account("employers", NET).sum() >= 180_000


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"costs.discount_rat": 0.1}, "did you mean 'costs.discount_rate'"),
        ({"costs.discount_rate": 2}, "out of range"),
        ({"policies.labour_places.payer": "somebody"}, "is not allowed"),
        ({"policies.labour_place.payer": "donors"}, "did you mean 'policies.labour_places.payer'"),
    ],
)
def test_a_wrong_setting_of_costs_is_told(given: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        costs([averting(20)], given)


def test_pairs_of_different_questions_are_refused() -> None:
    with pytest.raises(RequestError, match="not all of the same"):
        costs([averting(20), averting(20, policies=HELP)])
    with pytest.raises(RequestError, match="need a pair"):
        costs([])


def test_no_ratio_from_one_pair_that_knows_nothing_of_chance() -> None:
    table = costs([averting(20)])
    assert all(ratio.estimate is None for ratio in table.ratios())
    assert "No cost per irregular journey averted: one pair of runs does not tell chance from effect" in table.text()


def test_a_single_pair_takes_its_chance_from_the_ledger() -> None:
    ratio = ratio_of(costs([averting(20)], errors={"irregular_averted": 2.0}), "irregular_averted")
    assert ratio.estimate is not None
    assert ratio.estimate.value == pytest.approx(50_000 / 20)
    cost, gained = present_value(50_000), present_value(20)
    half_width = ratio.gained.high90 - ratio.gained.value
    assert ratio.estimate.high90 == pytest.approx(cost / (gained - half_width))
    assert ratio.estimate.low90 == pytest.approx(cost / (gained + half_width))
    assert ratio.estimate.low90 < ratio.estimate.low50 < ratio.estimate.value < ratio.estimate.high50


def test_errors_of_a_ledger_are_those_of_its_journeys() -> None:
    columns, *worlds = random_worlds()
    ledger = ledger_of(columns, *worlds, months=36)
    errors = errors_of(ledger)
    assert errors["irregular_averted"] == ledger.diversion().total.error > 0
    regular = np.array([row["regular"].error for row in ledger.by("country")])
    assert regular.max() < errors["regular_gained"] < regular.sum()
    table = costs([averting(20)], errors={name: error / 100 for name, error in errors.items()})
    assert ratio_of(table, "irregular_averted").estimate is not None


@pytest.mark.parametrize("n", [4, ENOUGH + 1])
def test_no_ratio_where_the_denominator_may_be_zero_and_words_instead(n: int) -> None:
    pairs = [averting(journeys) for journeys in np.linspace(-5, 40, n)]
    table = costs(pairs)
    assert ratio_of(table, "irregular_averted").estimate is None
    assert "No cost per irregular journey averted: the effect on irregular journeys may be zero (90 %" in table.text()
    assert not [row for row in table.rows() if row["table"] == "ratio" and row["value"] is not None]


@pytest.mark.parametrize("n", [4, ENOUGH + 1])
def test_no_ratio_where_the_policy_makes_it_worse(n: int) -> None:
    table = costs([averting(journeys) for journeys in np.linspace(-40, -20, n)])
    assert ratio_of(table, "irregular_averted").estimate is None
    assert "No cost per irregular journey averted: the scenario makes irregular journeys worse" in table.text()


@pytest.mark.parametrize("n", [2, 5, ENOUGH, 60])
def test_every_ratio_that_is_told_has_an_interval_around_it(n: int) -> None:
    table = costs([averting(20 + 0.1 * (k % 7), 100 + k % 3) for k in range(n)])
    told = [ratio for ratio in table.ratios() if ratio.estimate is not None]
    assert {ratio.effect for ratio in told} == {"irregular_averted"}
    for ratio in told:
        estimate = ratio.estimate
        assert estimate is not None
        ends = (estimate.low90, estimate.low50, estimate.value, estimate.high50, estimate.high90)
        assert list(ends) == sorted(ends)
        assert np.isfinite(ends).all()
        assert estimate.low90 < estimate.high90


def test_the_interval_of_a_ratio_covers_the_ratio_of_the_next_pair() -> None:
    """Nine in ten fall into the 90 % interval, by Fieller for few pairs and by quantiles for many."""
    draws = np.array([np.sin(k * 12.9898) * 43758.5453 % 1 for k in range(2 * 20_000)]).reshape(2, -1)
    normal = np.sqrt(-2 * np.log(1 - draws[0])) * np.cos(2 * np.pi * draws[1])
    effects, noise = 100 + 15 * normal[0::2], 40 * normal[1::2]
    values = 5000 + 10 * effects + noise
    for n, tolerance in ((5, 0.02), (40, 0.03)):
        inside = []
        for k in range(0, len(effects) - n, n + 1):
            estimate = quotient(values[k : k + n], effects[k : k + n])
            following = values[k + n] / effects[k + n]
            inside.append(estimate is not None and estimate.low90 <= following <= estimate.high90)
        assert np.mean(inside) == pytest.approx(0.9, abs=tolerance)


def test_one_pair_without_an_error_has_no_bounds() -> None:
    assert spread([5.0]).low90 == -np.inf
    assert spread([5.0]).crosses_zero()
    assert spread([5.0], 0.0).low90 == 5


def test_a_transfer_is_seen_on_both_sides_and_cancels_over_all() -> None:
    spending = pair(HELP, {("reintegration_spending", "all"): 3e6, ("remigrate", "all"): -10.0})
    table = costs([spending] * 3)
    received = table.account("households", RECEIVED)
    assert np.array_equal(table.account("donors", PAID), received)
    assert received.tolist() == [[3e6, 3e6]] * 3
    net = sum(table.account(payer, NET) for payer in PAYERS)
    assert np.allclose(net, sum(table.account(payer, RESOURCES) for payer in PAYERS))
    assert "Donors to Households, a transfer" in table.text()
    assert ratio_of(table, "remigration_averted").estimate.value == pytest.approx(3e5)
    assert ratio_of(table, "remigration_averted", "everyone").estimate is None


def test_a_tax_is_income_of_who_collects_it_and_outlay_of_households() -> None:
    table = costs([pair({}, {("remittance_tax", "all"): 1e6})])
    assert table.account("households", PAID).sum() == pytest.approx(2e6)
    assert sum(table.account(payer, NET).sum() for payer in PAYERS if "government" in payer) == pytest.approx(-2e6)


def test_two_instruments_that_open_one_programme_do_not_bill_its_admissions_twice() -> None:
    both = VISAS | {"protection_places": {"places_per_month": {"usa_h2a": 10}, "unit_cost_usd": 500}}
    alone, together = (costs([averting(20, policies=policies)]) for policies in (VISAS, both))
    government = "destination_government"
    assert together.account(government, NET).sum() == pytest.approx(alone.account(government, NET).sum())


def test_a_mean_of_months_is_paid_for_the_months_that_were_recorded() -> None:
    outcome = next(name for name in OUTCOMES if name.startswith("reached_"))
    half = pair({}, {(outcome, "country=SLV"): 12.0, (outcome, "country=HND"): 6.0}, **{"run.start": "2026-07"})
    assert list(half.change(outcome)) == pytest.approx([9.0, 18.0])


def test_a_scenario_that_changes_nothing_costs_nothing_and_says_so() -> None:
    text = costs([pair({}, {("depart_irregular", "all"): 0.0})]).text()
    assert "Nobody pays anything more or less" in text
    assert "No cost per irregular journey averted: the scenario changes no irregular journeys" in text


def test_policies_without_a_cost_of_delivery_are_named() -> None:
    shut = {"hold_places": {"pathways": ["usa_h2a"], "at_fiscal_year": 2021, "from": "2026-01"}}
    assert "Without a cost of delivery here: hold_places." in costs([averting(20, policies=VISAS | shut)]).text()


def test_the_ends_of_the_range_of_a_unit_cost_are_told_beside_the_interval() -> None:
    cost = INSTRUMENTS["labour_places"].COST
    assert cost is not None
    low, high = cost.ranges["unit_cost_usd"]
    default = INSTRUMENTS["labour_places"].FIELDS["unit_cost_usd"].default
    ratio = ratio_of(costs([averting(20)], errors={"irregular_averted": 2.0}), "irregular_averted")
    assert ratio.estimate is not None
    assert ratio.at_ends == pytest.approx((ratio.estimate.value * low / default, ratio.estimate.value * high / default))


def test_rows_for_export_have_one_set_of_columns_and_no_infinity() -> None:
    rows = costs([averting(20)]).rows()
    assert {tuple(row) for row in rows} == {COLUMNS}
    assert all(np.isfinite(value) for row in rows for value in row.values() if isinstance(value, float))
    assert {row["table"] for row in rows} == {"payer", "item", "effect", "ratio"}
    assert {row["item"] for row in rows if row["table"] == "payer"} == set(KINDS)


def test_all_money_of_the_tally_has_an_account_or_is_an_effect() -> None:
    assert {account.outcome for account in ACCOUNTS} | {effect.outcome for effect in ALL_EFFECTS.values()} >= set(MONEY)
    assert not {account.outcome for account in ACCOUNTS} & {effect.outcome for effect in ALL_EFFECTS.values()}
    for account in ACCOUNTS:
        assert account.payer in (*PAYERS, *INSTRUMENTS), account
        assert account.payee in (*PAYERS, *INSTRUMENTS, ""), account


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_what_an_instrument_delivers_is_counted_and_its_unit_cost_has_a_source(name: str) -> None:
    kind = INSTRUMENTS[name]
    cost = kind.COST
    if cost is None:
        assert "unit_cost_usd" not in kind.FIELDS or not kind.FIELDS["unit_cost_usd"].default
        return
    assert cost.quantity == DOSE or cost.quantity in OUTCOMES
    assert not cost.by_pathway or "pathway" in OUTCOMES[cost.quantity].family.groups
    assert (kind.dose is not kind.__mro__[-3].dose) == (cost.quantity == DOSE)
    for setting, payer in (("unit_cost_usd", kind.FIELDS["payer"].default), *cost.also):
        low, high = cost.ranges[setting]
        assert low <= kind.FIELDS[setting].default <= high
        assert payer in PAYERS
    assert kind.FIELDS["source"].default


def test_a_run_records_what_instruments_deliver_that_count_themselves_also_those_that_wait() -> None:
    """Three countries for three months; a council from the month after its condition, for two."""
    model = small_model({
        "governance": {"governance_sd": 0.2, "start": "2013-02", "end": "2013-04"},
        "regional_coordination": {
            "coordination": 0.5, "start": "2013-01", "when": {"series": "homicides", "over": 0}, "for_months": 2,
            "end": "2013-03",
        },
        "protect_women": {"coverage": 0},
    }, run__end="2013-06")  # fmt: skip
    lived(model, 6)
    delivered = {row[3]: row[4] for row in model.record.outcomes() if row[1] == "delivered"}
    assert delivered == {"policy=governance": 3 * 3 / 12, "policy=regional_coordination": 2 / 12}


def test_places_are_counted_in_the_programmes_that_are_opened() -> None:
    settings, problems = check(VISAS)
    assert not problems
    assert counted("labour_places", settings["labour_places"]) == [("admit", "pathway=usa_h2a")]
    assert "usa_h2a" in REGULAR_PATHWAYS
