"""Each rule is its equation, held to float64 arithmetic, and moves people the way the evidence says."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from rule_values import GTM, F, logistic, number, parameters, rise, told

from sim.numerics import logistic32
from sim.rules import aspiration, choice, livelihood
from sim.rules.reintegration import AS_TODAY, BY_POLICY
from sim.state import NEVER, RETURNED_FREELY, RETURNED_REMOVED

# (2), (3) aspiration and plan

WISHING: dict[str, float] = {
    "country": GTM, "victim": 0.0, "ln_v": 0.3, "farm": 1.0, "dryness": 0.8, "governance": -0.4, "remits": 0.0,
    "ln_relatives": float(np.log(2)), "ln_y_ratio": -0.1, "young": 1.0, "services": 0.2, "u": 0.5,
}  # fmt: skip
CLEAR = {f"behaviour__{name}": 0.4 for name in ("b_x", "b_v", "b_s", "b_vs", "b_G", "b_rem", "b_N_aspire", "b_young")}


@pytest.mark.parametrize(
    "change",
    [{}, {"victim": 1.0, "remits": 1.0}, {"dryness": 2.5, "ln_v": -1.2}, {"farm": 0.0, "u": -2.0, "country": 2}],
)
def test_aspiration_is_its_equation(change: dict[str, float]) -> None:
    P = parameters(behaviour__b_y=-0.3)
    x = {**WISHING, **change}
    a = (
        number(P, "a", int(x["country"]))
        + number(P, "b_x") * x["victim"]
        + number(P, "b_v") * x["ln_v"]
        + x["farm"] * x["dryness"] * (number(P, "b_s") + number(P, "b_vs") * x["ln_v"])
        - number(P, "b_G") * x["governance"]
        + number(P, "b_rem") * x["remits"]
        + number(P, "b_N_aspire") * x["ln_relatives"]
        + number(P, "b_y") * x["ln_y_ratio"]
        + number(P, "b_young") * x["young"]
        - x["services"]
        + number(P, "sigma_A") * x["u"]
    )
    assert aspiration.aspiration(*told(x), P) == pytest.approx(a, rel=2e-6, abs=1e-6)
    assert _wish(x, P) == pytest.approx(logistic(a), rel=2e-6)


@pytest.mark.parametrize(
    ("what", "sign"),
    [
        ("victim", 1), ("ln_v", 1), ("dryness", 1), ("governance", -1), ("remits", 1), ("ln_relatives", 1),
        ("young", 1), ("services", -1), ("u", 1),
    ],
)  # fmt: skip
def test_what_raises_and_what_lowers_the_wish_to_leave(what: str, sign: int) -> None:
    assert np.sign(rise(aspiration.aspiration, WISHING, what, 1, parameters(**CLEAR))) == sign


def test_remittances_raise_the_log_odds_of_the_wish_by_their_coefficient() -> None:
    P = parameters(behaviour__b_rem=0.37)
    without, with_them = (_wish(WISHING, P, remits=remits) for remits in (0.0, 1.0))
    assert np.log(with_them / (1 - with_them)) - np.log(without / (1 - without)) == pytest.approx(0.37, abs=1e-4)


def test_drought_moves_farm_households_only_and_more_where_there_is_violence() -> None:
    P = parameters(behaviour__b_vs=0.3)
    in_town = {**WISHING, "farm": 0.0}
    assert rise(aspiration.aspiration, in_town, "dryness", 1, P) == 0
    even = {**WISHING, "u": 0.0}
    log_odds = [
        np.diff([np.log(p / (1 - p)) for p in (_wish(even, P, dryness=d, ln_v=v) for d in (0.0, 1.0))])[0]
        for v in (0.0, 1.0)
    ]
    assert log_odds[1] - log_odds[0] == pytest.approx(0.3, abs=1e-4)


def _wish(at: dict[str, float], P: Any, **change: float) -> float:
    """Return the chance that a household wishes to leave."""
    return float(logistic32(aspiration.aspiration(*told({**at, **change}), P)))


@pytest.mark.parametrize("value", [-60.0, -1.0, 0.0, 2.5])
def test_planning_is_logistic_in_the_inclusive_value(value: float) -> None:
    P = parameters()
    expected = logistic(number(P, "q0") + number(P, "q1") * value)
    assert aspiration.p_plan(F(value), P) == pytest.approx(expected, rel=2e-6)
    better = parameters(behaviour__q1=0.5)
    assert aspiration.p_plan(F(value + 1), better) > aspiration.p_plan(F(value), better)


# (1) livelihood

EARNING: dict[str, float] = {
    "ln_y_bar": 5.5, "ln_local": 0.1, "farm": 1.0, "dryness": 1.2, "insured": 0.0, "coffee": 0.3, "disaster": 0.2,
    "e": -0.05, "returned_recently": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(
    "change", [{}, {"insured": 0.4}, {"disaster": 0.0}, {"farm": 0.0, "returned_recently": 0.0}]
)
def test_income_is_its_equation(change: dict[str, float]) -> None:
    P = parameters()
    x = {**EARNING, **change}
    drought = number(P, "delta_S") * x["dryness"] * (1 - x["insured"])
    loss = x["farm"] * (drought - number(P, "delta_coffee") * x["coffee"]) + x["disaster"]
    expected = x["ln_y_bar"] + x["ln_local"] - loss - x["returned_recently"] * number(P, "stigma") + x["e"]
    assert livelihood.income_log(*told(x), P) == pytest.approx(expected, rel=1e-6)


def test_a_disaster_takes_less_of_income_each_month_and_nothing_from_those_never_hit() -> None:
    P = parameters(livelihood__delta_E=0.3)
    for ago in (0, 3, 40):
        expected = 0.3 * np.exp(-ago / number(P, "disaster_months"))
        assert livelihood.disaster_loss(ago, P) == pytest.approx(expected, rel=1e-6)
    assert livelihood.disaster_loss(-1, P) == 0


def test_a_removal_costs_income_for_a_year_and_a_job_with_the_help_makes_a_part_good() -> None:
    for ago, how, helped, felt in (
        (0, RETURNED_REMOVED, 0, 1), (11, RETURNED_REMOVED, 0, 1), (12, RETURNED_REMOVED, 0, 0),
        (3, RETURNED_FREELY, 0, 0), (3, RETURNED_REMOVED, BY_POLICY, 0.6), (3, RETURNED_REMOVED, AS_TODAY, 1),
        (20 - NEVER, RETURNED_REMOVED, 0, 0),
    ):  # fmt: skip
        assert livelihood.stigma(ago, how, helped, F(0.4)) == pytest.approx(felt), (ago, how, helped)


def test_drought_disaster_and_return_lower_income_and_insurance_raises_it_in_a_drought() -> None:
    P = parameters(livelihood__delta_S=0.2, reintegration__stigma=0.1)
    assert rise(livelihood.income_log, EARNING, "dryness", 1.0, P) == pytest.approx(-0.2, abs=1e-5)
    assert rise(livelihood.income_log, {**EARNING, "farm": 0.0}, "dryness", 1.0, P) == 0
    assert rise(livelihood.income_log, EARNING, "insured", 0.5, P) > 0
    assert rise(livelihood.income_log, {**EARNING, "farm": 0.0}, "coffee", 1.0, P) == 0
    assert rise(livelihood.income_log, EARNING, "coffee", 1.0, parameters(livelihood__delta_coffee=0.1)) > 0
    assert rise(livelihood.income_log, EARNING, "disaster", 0.3, P) == pytest.approx(-0.3, abs=1e-5)
    assert rise(livelihood.income_log, {**EARNING, "returned_recently": 0.0}, "returned_recently", 1.0, P) < 0


def test_shocks_savings_and_debt_are_their_equations() -> None:
    P = parameters()
    x = {name: number(P, name) for name in ("phi", "sigma_e", "spend_down", "saving_rate", "debt_rate", "debt_service")}
    assert livelihood.next_shock(F(0.3), F(-1.1), P) == pytest.approx(x["phi"] * 0.3 - x["sigma_e"] * 1.1, rel=1e-6)
    for gain in (0.0, 0.5):
        saved = 900 * (1 - x["spend_down"]) + x["saving_rate"] * (1 + gain) * (240 + 60)
        assert livelihood.savings_next(F(900), F(240), F(60), F(gain), P) == pytest.approx(saved, rel=1e-6)
    for debt, credit in product((10.0, 1000.0, 5000.0), (1.0, 0.4)):  # paid at once, in parts, not even the interest
        owed = debt + min(debt * x["debt_rate"] * credit, x["debt_service"] * 300)
        left = owed - min(owed, x["debt_service"] * 300)
        assert livelihood.debt_next(F(debt), F(240), F(60), F(credit), P) == pytest.approx(left, rel=1e-6, abs=1e-6)
    assert livelihood.income_at_home(F(600), 2, 0) == 600
    assert livelihood.income_at_home(F(600), 1, 2) == pytest.approx(300)


def test_violence_makes_victims() -> None:
    P = parameters(livelihood__victim_elasticity=0.5)
    for rate, ln_v in product((0.03, 0.2), (-2.0, 0.0, 0.7)):
        yearly = min(rate * np.exp(0.5 * ln_v), 0.9)
        assert livelihood.p_victimised(F(rate), F(ln_v), P) == pytest.approx(1 - (1 - yearly) ** (1 / 12), rel=1e-4)
    calm, violent, extreme = (livelihood.p_victimised(F(0.2), F(ln_v), P) for ln_v in (-1, 1, 50))
    assert 0 < calm < violent < extreme < 1


# (4) capability: money has two signs


def test_resources_and_feasibility_are_their_equations() -> None:
    P = parameters()
    for savings, relatives, y, debt in ((500.0, 2, 300.0, 100.0), (0.0, 0, 100.0, 90_000.0)):
        R = max(savings + number(P, "ell") * relatives + number(P, "cr") * 12 * y - debt, 1)
        assert choice.resources(F(savings), relatives, F(y), F(debt), P) == pytest.approx(R, rel=1e-6)
        for cost in (200.0, 7500.0):
            expected = logistic((np.log(R) - np.log(cost)) / number(P, "zeta"))
            assert choice.p_feasible(F(np.log(R)), F(np.log(cost)), P) == pytest.approx(expected, rel=1e-5)


def test_money_makes_leaving_possible_and_debt_and_cost_make_it_less_so() -> None:
    P = parameters(behaviour__ell=3000, behaviour__cr=0.2)
    means: dict[str, float] = {"savings": 800.0, "relatives": 1, "y": 300.0, "debt": 500.0}
    for what, by, sign in (("savings", 500, 1), ("relatives", 1, 1), ("y", 100, 1), ("debt", 500, -1)):
        assert np.sign(rise(choice.resources, means, what, by, P)) == sign, what
    assert rise(choice.p_feasible, {"ln_r": 8.0, "ln_cost": 8.5}, "ln_r", 0.5, P) > 0
    assert rise(choice.p_feasible, {"ln_r": 8.0, "ln_cost": 8.5}, "ln_cost", 0.1, P) < 0


@pytest.mark.parametrize(("savings", "relatives", "source"), [(900.0, 0, 0), (100.0, 1, 1), (100.0, 0, 2)])
def test_a_journey_is_paid_from_savings_then_by_kin_then_by_a_loan(savings: float, relatives: int, source: int) -> None:
    P = parameters(behaviour__ell=1000)
    assert choice.funding_source(F(savings), relatives, F(800), P) == source


# (5) utilities

JOURNEY: dict[str, float] = {
    "constant": 0.7, "p_success": 0.6, "ln_wage": 7.6, "ln_y": 5.0, "ln_contacts": float(np.log(2.2)),
    "ln_theta": 0.1, "u": 0.4, "ln_v": 0.3, "ln_cost": float(np.log(7500)), "risk": 0.005,
}  # fmt: skip
PLACE: dict[str, float] = {
    "constant": 0.2, "ln_earnings": 7.5, "ln_y": 5.0, "ln_cost": float(np.log(600)), "wait_years": 0.5,
    "ln_chance": -2.0, "u": 0.3,
}  # fmt: skip
SIGNED = {f"behaviour__{name}": 0.5 for name in ("b_w", "b_N", "b_th", "sigma_u", "b_v2", "b_c", "b_d", "b_q")}


@pytest.mark.parametrize(
    "change", [{}, {"p_success": 1.0, "u": -2.0}, {"ln_contacts": 1.8, "ln_cost": 8.0}]
)
def test_the_utility_of_an_irregular_journey_is_its_equation(change: dict[str, float]) -> None:
    P = parameters()
    x = {**JOURNEY, **change}
    p = x["p_success"]
    gain = p * x["ln_wage"] + (1 - p) * (np.log(number(P, "loss")) + x["ln_y"]) - x["ln_y"]
    expected = (
        x["constant"] + number(P, "b_w") * gain
        + number(P, "b_N") * x["ln_contacts"]
        + number(P, "b_th") * x["ln_theta"] + number(P, "sigma_u") * x["u"] + number(P, "b_v2") * x["ln_v"]
        - number(P, "b_c") * x["ln_cost"] - number(P, "b_d") * x["risk"]
    )  # fmt: skip
    assert choice.v_irregular(*told(x), P) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    ("what", "sign"),
    [
        ("p_success", 1), ("ln_wage", 1), ("ln_y", -1), ("ln_contacts", 1), ("ln_theta", 1), ("u", 1), ("ln_v", 1),
        ("ln_cost", -1), ("risk", -1),
    ],
)  # fmt: skip
def test_what_makes_an_irregular_journey_better_or_worse(what: str, sign: int) -> None:
    assert np.sign(rise(choice.v_irregular, JOURNEY, what, 0.3, parameters(**SIGNED))) == sign


def test_the_utility_of_a_regular_pathway_is_its_equation() -> None:
    P, place = parameters(**SIGNED), PLACE
    expected = 0.2 + 0.5 * 2.5 - 0.5 * np.log(600) - 0.5 * 0.5 - 2.0 + number(P, "sigma_u") * 0.3
    assert choice.v_regular(*map(F, place.values()), P) == pytest.approx(expected, rel=1e-5)
    signs = {"ln_earnings": 1, "ln_y": -1, "ln_cost": -1, "wait_years": -1, "ln_chance": 1, "u": 1}
    for what, sign in signs.items():
        assert np.sign(rise(choice.v_regular, place, what, 0.5, P)) == sign, what


def test_propensity_moves_households_to_regular_places_as_much_as_to_irregular_journeys() -> None:
    P = parameters()
    regular = rise(choice.v_regular, PLACE, "u", 1.0, P)
    assert regular == pytest.approx(number(P, "sigma_u"), abs=1e-4)
    assert regular == pytest.approx(rise(choice.v_irregular, JOURNEY, "u", 1.0, P), abs=1e-4)


def test_a_city_draws_by_income_and_repels_by_violence() -> None:
    P = parameters(behaviour__b_wi=0.6, behaviour__b_vi=0.3)
    expected = number(P, "asc_internal") + 0.6 * 0.5 - 0.3 * 0.2
    assert choice.v_internal(F(0.5), F(0.2), F(0), P) == pytest.approx(expected, abs=1e-5)
    assert choice.v_internal(F(0.5), F(0.2), F(0.7), P) == pytest.approx(expected + 0.7, abs=1e-5)


def test_better_odds_at_the_border_draw_a_party_type() -> None:
    P = parameters(party__b_release=2.0)
    assert choice.party_utility(F(-0.5), F(0.6), P) == pytest.approx(0.7, abs=1e-6)
