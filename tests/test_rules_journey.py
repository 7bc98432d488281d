"""Journeys, life abroad, return and what is believed: each rule is its equation and moves people the right way."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from rule_values import F, number, parameters, rise

from sim.assemble import build_levers, build_world
from sim.codes import COUNTRIES, N_ADULT_CELLS, month_index
from sim.config import default_config
from sim.data.loader import load
from sim.draws import key
from sim.feedbacks import Feedbacks, success
from sim.numerics import compiled
from sim.rules import away, journey, people, reintegration
from sim.rules.count import to_cents
from sim.state import BEHAVIOUR_GROUPS

# (9) the journey


@compiled
def travel_all(n, p_death, p_mexico, q, released, expelled, p_det, P, end, apprehensions, expulsions):
    for i in range(n):
        end[i], apprehensions[i], expulsions[i] = journey.travel(
            key(1, i, 0), p_death, p_mexico, q, released, expelled, p_det, P
        )


def journeys(n: int = 100_000, **odds: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how n journeys ended, and their apprehensions and expulsions."""
    at = {"p_death": 0.0, "p_mexico": 0.2, "q": 0.6, "released": 0.3, "expelled": 0.4, "p_det": 0.5, **odds}
    end, apprehensions, expulsions = (np.zeros(n, np.int64) for _ in range(3))
    travel_all(n, *map(F, at.values()), parameters(), end, apprehensions, expulsions)
    return end, apprehensions, expulsions


ODDS = {"p_mexico": 0.2, "q": 0.6, "released": 0.3, "expelled": 0.4, "p_det": 0.5}


def test_success_of_a_journey_is_its_equation() -> None:
    """(9): (1-p_M) sum_a [(1-q) + q rho] [q x (1-p_det)]^(a-1)."""
    end, apprehensions, expulsions = journeys()
    again = ODDS["q"] * ODDS["expelled"] * (1 - ODDS["p_det"])
    attempts = int(parameters()["max_attempts"])
    tries = sum(again**a for a in range(attempts))
    arrive = 0.8 * (1 - ODDS["q"] + ODDS["q"] * ODDS["released"]) * tries
    arrived = np.isin(end, (journey.ARRIVED, journey.RELEASED)).mean()
    assert arrived == pytest.approx(arrive, abs=0.008)
    assert (end == journey.STOPPED_IN_MEXICO).mean() == pytest.approx(0.2, abs=0.006)
    removed = 0.8 * ODDS["q"] * (1 - ODDS["released"] - ODDS["expelled"]) * tries
    assert (end == journey.REMOVED).mean() == pytest.approx(removed, abs=0.008)
    assert apprehensions.mean() == pytest.approx(0.8 * ODDS["q"] * tries, abs=0.01)
    assert apprehensions.max() == attempts
    assert np.all(expulsions <= apprehensions)
    assert np.all((end != journey.GAVE_UP) | (expulsions == apprehensions))


@pytest.mark.parametrize(
    ("odds", "sign"),
    [({"p_mexico": 0.4}, -1), ({"q": 0.8}, -1), ({"released": 0.5}, 1), ({"p_death": 0.1}, -1), ({"p_det": 0.9}, -1)],
)
def test_enforcement_lowers_success_journey_by_journey(odds: dict[str, float], sign: int) -> None:
    """With the same draws a harder border stops some who arrived and lets nobody in who did not."""
    easy, hard = (np.isin(journeys(**change)[0], (journey.ARRIVED, journey.RELEASED)) for change in ({}, odds))
    assert not np.array_equal(easy, hard)
    assert np.all(hard <= easy) if sign < 0 else np.all(hard >= easy)


def test_going_alone_is_more_dangerous_and_less_likely_to_pass_mexico() -> None:
    P = parameters(journey__own_death=2, journey__own_mexico=1.4, journey__smuggler_mexico=0.7)
    assert journey.death_risk(True, P) == pytest.approx(2 * journey.death_risk(False, P))
    assert journey.p_stopped_in_mexico(F(0.2), True, P) == pytest.approx(0.28)
    assert journey.p_stopped_in_mexico(F(0.2), False, P) == pytest.approx(0.14)
    assert journey.p_stopped_in_mexico(F(0.9), True, P) == 1


# (10), (12) away, return and help


@pytest.mark.parametrize(("years", "fall"), [(0.0, 0.2), (3.0, -0.4)])
def test_remittances_are_their_equation(years: float, fall: float) -> None:
    P = parameters()
    wage, share = 2200.0, 0.15
    expected = share * wage * np.exp(-number(P, "fade") * years) * (1 + number(P, "iota") * max(0.0, -fall))
    faded = away.fading(F(years), P)
    assert faded == pytest.approx(np.exp(-number(P, "fade") * years), rel=1e-6)
    assert away.remitted(F(share), F(wage), faded, F(fall), P) == pytest.approx(expected, rel=1e-5)


def test_remittances_grow_with_the_wage_and_a_fall_of_income_and_fade_with_the_years() -> None:
    P = parameters(away__fade=0.05, away__iota=0.6)
    at: dict[str, float] = {"share": 0.2, "wage": 2000.0, "faded": 0.9, "income_fall": -0.1}
    for what, by, sign in (("wage", 100.0, 1), ("faded", -0.1, -1), ("income_fall", -0.2, 1)):
        assert np.sign(rise(away.remitted, at, what, by, P)) == sign, what
    assert rise(away.fading, {"years_away": 2.0}, "years_away", 1.0, P) < 0
    good_times = {**at, "income_fall": 0.1}
    assert rise(away.remitted, good_times, "income_fall", 0.5, P) == 0


def test_return_is_rarer_when_coming_back_got_dearer() -> None:
    P = parameters(away__eps_ret=0.5, away__d_v=0.12)
    assert away.p_return(F(0), P) == pytest.approx(0.01, rel=1e-5)
    assert away.p_return(F(np.log(4)), P) == pytest.approx(0.005, rel=1e-5)


def test_the_chance_that_any_of_several_members_does_something() -> None:
    for p, n in product((0.001, 0.3), (1, 2, 7)):
        assert away.p_any(F(p), n) == pytest.approx(1 - (1 - p) ** n, rel=1e-4)
    assert away.p_any(F(0), 3) == 0


def test_help_lowers_the_hazard_while_it_lasts_and_only_for_those_who_got_it() -> None:
    P = parameters(reintegration__HR=0.7)
    by_policy = reintegration.BY_POLICY
    assert reintegration.hazard_ratio(by_policy, 5, 6, P) == pytest.approx(0.7)
    assert reintegration.hazard_ratio(by_policy, 6, 6, P) == 1
    assert reintegration.hazard_ratio(0, 5, 6, P) == 1
    assert reintegration.hazard_ratio(by_policy, 6, 24, P) == pytest.approx(0.7)
    today = P["reintegration_months"]
    assert reintegration.hazard_ratio(reintegration.AS_TODAY, today - 1, 1, P) == pytest.approx(0.7)
    assert reintegration.hazard_ratio(reintegration.AS_TODAY, today, 2 * today, P) == 1


def test_those_sent_back_who_are_not_deterred_plan_again() -> None:
    P = parameters(reintegration__replan__HND=1.5)
    assert reintegration.replan_chance(F(0.6), 2, P) == pytest.approx(0.6)
    assert reintegration.replan_chance(F(0.1), 2, P) == 1


# People and money in whole numbers


def test_who_moves_is_of_the_drawn_sex_where_there_is_one_and_the_youngest_first() -> None:
    adults = np.zeros(N_ADULT_CELLS, np.uint8)
    adults[[2, 4, 5]] = 1  # a woman of 45-64, men of 18-29 and 30-44
    assert people.mover(adults, F(0.1), F(0.5)) == people.FIRST_MAN
    assert people.mover(adults, F(0.9), F(0.5)) == 2
    assert people.mover(np.eye(N_ADULT_CELLS, dtype=np.uint8)[people.ELDEST], F(0.1), F(0.5)) == -1
    assert people.adults_home(adults) == 3
    assert people.workers_home(np.full(N_ADULT_CELLS, 2, np.uint8)) == 2 * 6


def test_counts_of_people_do_not_wrap_at_a_byte() -> None:
    assert people.adults_home(np.full(N_ADULT_CELLS, 200, np.uint8)) == 1600
    assert people.children_home(np.full(3, 255, np.uint8)) == 765


def test_money_is_counted_in_whole_cents() -> None:
    assert to_cents(F(12.34)) == 1234
    assert to_cents(F(0)) == 0


def test_every_parameter_of_the_rules_reaches_them_by_its_name() -> None:
    config = default_config()
    P = parameters()
    for path, value in config.items():
        group, _, leaf = path.partition(".")
        if group not in BEHAVIOUR_GROUPS or path in ("reintegration.months", "behaviour.theory") or value is None:
            continue
        name, _, country = leaf.partition(".")
        held = P[name][COUNTRIES.index(country)] if country else P[name]
        assert held == pytest.approx(value, rel=1e-6), path
    assert P["reintegration_months"] == config["reintegration.months"]


# Feedbacks


@pytest.fixture(scope="module")
def feedbacks() -> tuple[Any, Any, Feedbacks]:
    config = default_config(demography__projection_share=0.0002)
    world, _, border = build_world(config, load())
    levers = build_levers(config)
    return config, world, Feedbacks(config, world, levers, border, len(levers.call))


def test_perceived_success_begins_within_the_odds_of_a_journey(feedbacks) -> None:
    config, world, made = feedbacks
    known = success(world, made.levers, config, 0)
    assert known.shape == (3, 3)
    assert np.all((known > 0) & (known <= 1))
    assert np.all((made.start.p_hat > 0) & (made.start.p_hat <= 1))


def test_more_enforcement_lowers_the_odds_of_every_country_and_party(feedbacks) -> None:
    config, world, made = feedbacks
    month = month_index("2018-06")
    free = success(world, made.levers, config, month)
    harder_mexico = world._replace(p_mexico=np.minimum(world.p_mexico * F(1.5), F(1)))
    assert np.all(success(harder_mexico, made.levers, config, month) < free)
    harder_border = world._replace(apprehended=np.minimum(world.apprehended * F(1.05), F(1)))
    assert np.all(success(harder_border, made.levers, config, month) <= free)


def test_a_consequence_lowers_the_odds_where_people_are_expelled(feedbacks) -> None:
    config, world, made = feedbacks
    month = month_index("2020-06")
    harsh = made.levers._replace(sanction=np.full_like(made.levers.sanction, 0.3))
    before, after = success(world, made.levers, config, month), success(world, harsh, config, month)
    expelled = world.expelled[:, :, month] > 0
    assert np.all(after[expelled] < before[expelled])
    assert np.array_equal(after[~expelled], before[~expelled])
