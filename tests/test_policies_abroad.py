"""Instruments on the way and abroad: each changes its one thing, when and where it should, and nothing at zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_world import BORDER, CONFIG, PLACES, WEIGHTS, WORLD, changed, made, months_of

from sim.codes import COUNTRIES, N_MONTHS, month_index
from sim.data.loader import load
from sim.policies import INSTRUMENTS, check
from sim.world.border import stopped

START = month_index("2026-01")
SLV, GTM, HND = range(len(COUNTRIES))

ZERO: dict[str, dict[str, Any]] = {
    "regional_coordination": {"coordination": 0},
    "enforcement": {
        "mexico_removal_multiplier": 1, "apprehension_multiplier": 1, "interior_multiplier": 1, "effort_multiplier": 1,
    },
    "border_outcomes": {"released_multiplier": 1},
    "consequence": {"gives_up_more": 0},
    "mass_return": {"people_per_year": 0},
    "temporary_status": {"share": 0},
    "end_temporary_status": {"share": 0},
    "remittance_tax": {"rate": 0},
    "information": {"coverage": 0},
    "narrative": {"held_off": 0},
}


@pytest.mark.parametrize("name", ZERO)
def test_at_zero_no_bit_changes(name: str) -> None:
    result = made({name: {**ZERO[name], "start": "2013-01"}})
    assert not changed(result)
    assert result.coordination is None
    assert np.array_equal(result.schedule.months, PLACES.months)
    assert result.border.enforcement.tobytes() == BORDER.enforcement.tobytes()
    assert not any(units.any() for units in result.delivered.values())


ONE_THING: dict[str, tuple[dict[str, Any], str]] = {
    "consequence": ({"gives_up_more": 0.1}, "sanction"),
    "mass_return": ({"people_per_year": 100_000}, "interior"),
    "temporary_status": ({"share": 0.5, "within_months": 240}, "status_gain"),
    "end_temporary_status": ({"share": 0.5, "within_months": 240}, "status_loss"),
    "remittance_tax": ({"rate": 0.05}, "remit_tax"),
    "information": ({"coverage": 0.5}, "truth"),
    "narrative": ({"held_off": 0.5, "lag_months": 0}, "narrative"),
}


@pytest.mark.parametrize("name", ONE_THING)
def test_each_changes_its_one_thing_in_the_months_in_force(name: str) -> None:
    settings, series = ONE_THING[name]
    result = changed(made({name: {**settings, "start": "2026-01", "end": "2027-06"}}))
    assert set(result) == {series}
    assert months_of(result[series], series) == list(range(START, START + 18))


@pytest.mark.parametrize("name", ["mass_return", "temporary_status", "remittance_tax"])
def test_a_country_is_reached_alone(name: str) -> None:
    settings, series = ONE_THING[name]
    array = changed(made({name: {**settings, "target": {"countries": ["HND"]}}}))[series]
    before = getattr(WORLD, series, np.zeros_like(array))
    assert np.array_equal(array[[SLV, GTM]], before[[SLV, GTM]])
    assert (array[HND, START:] > before[HND, START:]).all()


def test_every_instrument_abroad_declares_what_it_moves_or_why_nothing() -> None:
    for name in ZERO:
        assert INSTRUMENTS[name].MOVES or INSTRUMENTS[name].WHY


# Coordination

LAGGED = {"consequence": {"gives_up_more": 0.2, "lag_months": 20, "start": "2030-01"}}
COUNCIL = {"regional_coordination": {"coordination": 1, "start": "2026-01", "lag_months": 0}}


def test_coordination_alone_changes_nothing_that_people_see() -> None:
    assert not changed(made(COUNCIL))


@pytest.mark.parametrize("order", [[COUNCIL, LAGGED], [LAGGED, COUNCIL]])
def test_a_full_council_takes_away_three_tenths_of_a_lag_wherever_it_stands_in_the_file(order: list[Any]) -> None:
    sanction = made({**order[0], **order[1]}).levers.sanction
    start = month_index("2030-01")
    assert sanction[start + 14] == pytest.approx(0.1)
    assert made(LAGGED).levers.sanction[start + 20] == pytest.approx(0.1)


def test_a_council_does_nothing_for_what_was_in_place_before_it() -> None:
    late = {"regional_coordination": {**COUNCIL["regional_coordination"], "start": "2033-01"}}
    assert np.array_equal(made({**late, **LAGGED}).levers.sanction, made(LAGGED).levers.sanction)


def test_a_council_is_paid_for_by_the_year() -> None:
    council = {"regional_coordination": {**COUNCIL["regional_coordination"], "end": "2027-12"}}
    assert made(council).delivered["regional_coordination"].sum() == pytest.approx(2)


# Removal and status


def test_mass_return_adds_the_same_chance_to_everybody_without_papers() -> None:
    added = changed(made({"mass_return": {"people_per_year": 120_000}}))["interior"] - WORLD.interior
    years = [load().year("unauthorized_in_usa", country) for country in COUNTRIES]
    residents = np.array([by_year[max(by_year)] for by_year in years])
    assert 1.5e6 < residents.sum() < 2.5e6
    assert added[:, START:].T @ residents == pytest.approx(np.full(N_MONTHS - START, 10_000), rel=1e-3)
    assert np.allclose(added[:, START], added[0, START])


def test_no_chance_of_removal_goes_above_one() -> None:
    alone = {"people_per_year": 5_000_000, "target": {"countries": ["SLV"]}}
    assert changed(made({"mass_return": alone}))["interior"].max() <= 1
    both = {"mass_return": {"people_per_year": 5e6}, "enforcement": {"interior_multiplier": 50}}
    assert changed(made(both))["interior"].max() <= 1


def test_a_status_reaches_its_share_within_its_months_and_no_later() -> None:
    status = {"share": 0.6, "within_months": 18, "target": {"countries": ["GTM"]}}
    gain = made({"temporary_status": status}).levers.status_gain
    assert 1 - np.prod(1 - gain[GTM].astype(float)) == pytest.approx(0.6, abs=1e-4)
    assert months_of(gain, "status_gain") == list(range(START, START + 18))


def test_everybody_may_get_a_status_in_one_month() -> None:
    gain = made({"temporary_status": {"share": 1, "within_months": 1}}).levers.status_gain
    assert gain[:, START].tolist() == [1, 1, 1]
    assert gain[:, START + 1 :].max() == 0


def test_the_end_of_a_status_takes_it_from_the_share_that_holds_one_and_from_nobody_in_guatemala() -> None:
    loss = made({"end_temporary_status": {"share": 1}}).levers.status_loss
    lost = 1 - np.prod(1 - loss.astype(float), axis=1)
    assert lost == pytest.approx(CONFIG.by_country("border.temporary_status"), abs=1e-4)
    assert lost[GTM] == 0
    assert lost[SLV] > 0.1


# Remittances, information, narrative, enforcement


def test_taxes_on_remittances_never_take_more_than_all() -> None:
    assert made({"remittance_tax": {"rate": 1.0, "phase_in_months": 6}}).levers.remit_tax.max() == 1
    assert made({"remittance_tax": {"rate": 0.05}}).levers.remit_tax[:, -1] == pytest.approx([0.05] * 3)


def test_information_closes_the_gap_for_those_who_are_told_and_believe() -> None:
    told = {"information": {"coverage": 0.4, "believed": 0.25, "target": {"departments": ["GT-02", "HN-LE"]}}}
    result = made(told)
    truth = result.levers.truth[:, START]
    assert sorted(truth[truth > 0].tolist()) == pytest.approx([0.1, 0.1])
    households = WEIGHTS["households"][truth > 0].sum()
    assert result.delivered["information"][START : START + 12].sum() == pytest.approx(0.4 * households)


def test_two_accounts_of_migration_do_not_add_up() -> None:
    assert made({"narrative": {"held_off": 0.5, "lag_months": 0}}).levers.narrative[-1] == pytest.approx(0.5)


def test_the_smugglers_price_follows_what_an_adult_meets() -> None:
    result = made({"enforcement": {"apprehension_multiplier": 1.2}})
    change = result.border.enforcement - BORDER.enforcement
    assert change == pytest.approx((stopped(result.world) - stopped(WORLD)), abs=1e-6)
    assert change[START:].min() > 0


# Bad input


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ({"mass_return": {"people_per_year": -1}}, "-1 is out of range"),
        ({"remittance_tax": {"rate": 5}}, "5 is out of range; allowed 0 to 1"),
        ({"end_temporary_status": {"share": 0.5, "target": {"departments": ["GT-01"]}}}, "not for this instrument"),
        ({"temporary_status": {"share": 1, "within_months": 0}}, "0 is out of range"),
        ({"information": {"coverage": 0.5, "target": {"countries": []}}}, "the group has no member"),
        ({"regional_coordination": {"coordination": 2}}, "2 is out of range"),
        ({"narative": {}}, "did you mean 'narrative'?"),
    ],
)
def test_what_cannot_be_is_told(policies: dict[str, Any], said: str) -> None:
    _, problems = check(policies)
    assert len(problems) == 1
    assert said in problems[0]


def test_enforcement_at_the_border_may_be_of_some_parties_only() -> None:
    policy = {"apprehension_multiplier": 1.5, "target": {"party": ["single_adult"]}, "start": "2026-01"}
    before, after = made({}).world, made({"enforcement": policy}).world
    start = month_index("2026-01")
    assert np.all(after.apprehended[0, start:] > before.apprehended[0, start:])
    assert np.array_equal(after.apprehended[1:], before.apprehended[1:])
    assert np.array_equal(after.apprehended[0, :start], before.apprehended[0, :start])


@pytest.mark.parametrize("setting", ["mexico_removal_multiplier", "interior_multiplier", "effort_multiplier"])
def test_a_party_cannot_be_told_apart_where_it_makes_no_difference(setting: str) -> None:
    _, problems = check({"enforcement": {setting: 2, "target": {"party": ["single_adult"]}}})
    assert problems == [
        f"policies.enforcement.{setting}: is the same for every party; with a target set apprehension_multiplier alone"
    ]


def test_effort_raises_what_smugglers_ask_and_no_odds() -> None:
    result = made({"enforcement": {"effort_multiplier": 3, "start": "2026-01", "end": "2026-12"}})
    assert not changed(result)
    change, start = result.border.enforcement - BORDER.enforcement, month_index("2026-01")
    assert change[start : start + 12] == pytest.approx(np.full(12, np.log(3)), abs=1e-5)
    assert not change[:start].any()
    assert not change[start + 12 :].any()


# What follows an apprehension

TITLE_42 = {"released_multiplier": 0.1, "expelled": 0.97, "target": {"party": ["single_adult"]}, "start": "2026-01"}


def test_outcomes_of_an_apprehension_change_for_their_party_and_months_and_add_up() -> None:
    result = made({"border_outcomes": TITLE_42})
    assert set(changed(result)) == {"released", "expelled"}
    before, after, start = made({}).world, result.world, month_index("2026-01")
    assert after.released[:, 0, start:] == pytest.approx(before.released[:, 0, start:] * 0.1, rel=1e-5)
    assert after.expelled[:, 0, start:] == pytest.approx(0.97 * (1 - after.released[:, 0, start:]), rel=1e-5)
    for name in ("released", "expelled"):
        assert np.array_equal(getattr(after, name)[:, 1:], getattr(before, name)[:, 1:])
        assert np.array_equal(getattr(after, name)[:, 0, :start], getattr(before, name)[:, 0, :start])
    assert (after.released + after.expelled).max() <= 1 + 1e-6
    assert (result.border.enforcement - BORDER.enforcement)[start:].min() > 0


def test_fewer_releases_leave_expulsions_in_proportion() -> None:
    before, after = made({}).world, made({"border_outcomes": {"released_multiplier": 0.5}}).world
    month = month_index("2026-06")
    part = [w.expelled[..., month] / np.maximum(1 - w.released[..., month], 1e-6) for w in (before, after)]
    assert part[1] == pytest.approx(part[0], abs=1e-3)


def test_more_releases_than_apprehensions_there_are_not() -> None:
    world = made({"border_outcomes": {"released_multiplier": 5}}).world
    assert world.released.max() <= 1
    assert world.expelled.min() >= 0
