"""Shocks that a user places: dated, for a place, neutral at zero; each changes the drivers that it names."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest
from made_world import CONFIG, WORLD, changed, made, months_of

from sim.codes import DESTINATIONS, month_index
from sim.data.loader import load
from sim.policies import INSTRUMENTS, check
from sim.policies.shocks import SHOCKS
from sim.world.geography import DEPARTMENTS, INDEX

START = month_index("2026-01")

ZERO: dict[str, dict[str, Any]] = {
    "drought": {"sd": 0},
    "hurricane": {"share": 0},
    "us_labour_market": {"tightness": 1, "wage": 1, "home_income": 1},
    "violence_shock": {"homicides": 1},
    "pandemic": {"closed": 0},
    "coffee_price": {"price": 1},
}


@pytest.mark.parametrize("name", SHOCKS)
def test_at_zero_no_bit_changes(name: str) -> None:
    assert not changed(made({name: {**ZERO[name], "start": "2013-01"}}))


CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "drought": ({"sd": 1.5}, {"dryness"}),
    "us_labour_market": ({"tightness": 0.5, "wage": 0.9, "home_income": 0.97}, {"ln_theta", "wage", "ln_local"}),
    "violence_shock": ({"homicides": 1.5}, {"ln_v", "p_victim", "p_gbv", "p_child_victim"}),
    "coffee_price": ({"price": 0.8}, {"coffee"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_shock_changes_its_drivers_in_its_months(name: str) -> None:
    settings, series = CHANGES[name]
    result = changed(made({name: {**settings, "start": "2026-01", "end": "2026-12"}}))
    assert set(result) == series
    for one in series:
        assert months_of(result[one], one) == list(range(START, START + 12)), one


@pytest.mark.parametrize(("name", "series"), [("drought", "dryness"), ("violence_shock", "ln_v")])
def test_a_shock_strikes_where_it_is_placed(name: str, series: str) -> None:
    policy = {name: {**CHANGES[name][0], "target": {"departments": ["GT-20", "HN-CH"]}}}
    struck = (changed(made(policy))[series] != getattr(WORLD, series)).any(axis=1)
    assert [DEPARTMENTS[d] for d in np.flatnonzero(struck)] == ["GT-20", "HN-CH"]


def test_a_drought_adds_its_sd_and_fades() -> None:
    settings = {"sd": 2, "start": "2026-01", "end": "2026-12", "fade_months": 3}
    added = changed(made({"drought": settings}))["dryness"] - WORLD.dryness
    assert added[:, START : START + 12] == pytest.approx(np.full((54, 12), 2), abs=1e-5)
    assert added[:, START + 14] == pytest.approx(np.full(54, 1), abs=1e-5)
    assert added[:, START + 30].max() < 0.05


def test_rains_take_dryness_away_down_to_none_and_are_declared_to_move_the_other_way() -> None:
    kinder = {"sd": -0.5, "target": {"countries": ["SLV"]}, "start": "2015-01", "end": "2015-12"}
    start, here = month_index("2015-01"), [d for d, code in enumerate(DEPARTMENTS) if code.startswith("SV-")]
    now = changed(made({"drought": kinder}))["dryness"]
    for month in range(start, start + 12):
        assert now[here, month] == pytest.approx(np.maximum(WORLD.dryness[here, month] - 0.5, 0), abs=1e-6)
    others = np.delete(np.arange(54), here)
    assert np.array_equal(now[others], WORLD.dryness[others])
    assert changed(made({"drought": {**kinder, "sd": -5}}))["dryness"][here, start : start + 12].max() == 0
    assert INSTRUMENTS["drought"]({"sd": -1}).moves() == {"aspiring": -1, "household_income": 1, "depart_irregular": 0}


# A hurricane


def test_a_hurricane_strikes_in_one_month_along_the_way_of_eta_and_iota() -> None:
    hit = changed(made({"hurricane": {"share": 0.4, "start": "2027-10"}}))["disaster"]
    month = month_index("2027-10")
    assert months_of(hit, "disaster") == [month]
    added = hit[:, month] - WORLD.disaster[:, month]
    classes = load().department("eta_iota").astype(int)
    expected = 0.4 * np.array([CONFIG[f"drivers.eta_iota.{name}"] for name in ("low", "medium", "high")])[classes]
    assert added == pytest.approx(expected, abs=1e-6)


def test_a_hurricane_can_strike_elsewhere_and_never_hits_more_than_a_department_can_be() -> None:
    policy = {"hurricane": {"share": 1, "path": "everywhere", "target": {"departments": ["SV-UN"]}}}
    hit = changed(made(policy))["disaster"][:, START]
    assert hit[INDEX["SV-UN"]] == pytest.approx(CONFIG["drivers.disaster_cap"])
    others = np.delete(np.arange(54), INDEX["SV-UN"])
    assert np.array_equal(hit[others], WORLD.disaster[others, START])


# The economy


def test_a_recession_abroad_lowers_tightness_pay_there_and_income_at_home() -> None:
    result = changed(made({"us_labour_market": CHANGES["us_labour_market"][0]}))
    usa = DESTINATIONS.index("USA")
    assert result["ln_theta"][START:] - WORLD.ln_theta[START:] == pytest.approx(log(0.5), abs=1e-5)
    assert result["wage"][usa, START:] / WORLD.wage[usa, START:] == pytest.approx(0.9, rel=1e-5)
    others = np.delete(np.arange(len(DESTINATIONS)), usa)
    assert np.array_equal(result["wage"][others], WORLD.wage[others])
    assert result["ln_local"][:, START:] - WORLD.ln_local[:, START:] == pytest.approx(log(0.97), abs=1e-5)


def test_a_recession_and_its_end_are_phased() -> None:
    policy = {"us_labour_market": {"tightness": 0.5, "phase_in_months": 11, "end": "2027-12", "fade_months": 6}}
    change = changed(made(policy))["ln_theta"] - WORLD.ln_theta
    assert change[START] == pytest.approx(log(0.5) / 12, abs=1e-5)
    assert change[START + 11] == pytest.approx(log(0.5), abs=1e-5)
    assert change[START + 29] == pytest.approx(log(0.5) / 2, abs=1e-5)


def test_the_price_of_coffee_is_changed_by_its_logarithm_in_all_countries() -> None:
    coffee = changed(made({"coffee_price": {"price": 0.8}}))["coffee"]
    assert coffee[:, START:] - WORLD.coffee[:, START:] == pytest.approx(log(0.8), abs=1e-5)


@pytest.mark.parametrize(("price", "sign"), [(1.5, 1), (0.5, -1)])
def test_a_fall_is_declared_to_move_the_other_way(price: float, sign: int) -> None:
    settings, _ = check({"coffee_price": {"price": price}})
    assert INSTRUMENTS["coffee_price"](settings["coffee_price"]).moves()["household_income"] == sign


# Violence


def test_homicides_bring_crime_and_violence_against_women_and_children_with_them() -> None:
    result = changed(made({"violence_shock": {"homicides": 1.5}}))
    assert result["ln_v"][:, START:] - WORLD.ln_v[:, START:] == pytest.approx(log(1.5), abs=1e-5)
    for name in ("p_victim", "p_gbv", "p_child_victim"):
        assert (result[name][:, START:] > getattr(WORLD, name)[:, START:]).mean() > 0.9, name


# A pandemic


def test_a_pandemic_closes_the_roads_as_in_2020() -> None:
    result = changed(made({"pandemic": {"closed": 1, "months": 12, "start": "2027-03"}}))
    assert set(result) == {"closure", "mex_closure"}
    now, then = month_index("2027-03"), month_index("2020-03")
    assert np.array_equal(result["closure"][:, now : now + 12], WORLD.closure[:, then : then + 12])
    assert result["closure"][:, now + 12 :].max() == WORLD.closure[:, now + 12 :].max()
    half = changed(made({"pandemic": {"closed": 0.5, "months": 12, "start": "2027-03"}}))["mex_closure"]
    assert half[now : now + 12] == pytest.approx(WORLD.mex_closure[then : then + 12] / 2)


def test_a_pandemic_never_opens_a_road() -> None:
    result = changed(made({"pandemic": {"closed": 0.3, "start": "2020-05"}})).get("closure", WORLD.closure)
    assert (result >= WORLD.closure).all()


def test_a_pandemic_at_the_end_of_the_horizon_is_cut_off() -> None:
    assert months_of(changed(made({"pandemic": {"closed": 1, "start": "2035-06"}}))["closure"], "closure")[-1] == 275


# Together


def test_shocks_and_policies_add_up() -> None:
    apart = [changed(made({name: CHANGES[name][0]})) for name in ("drought", "coffee_price")]
    both = changed(made({name: CHANGES[name][0] for name in ("drought", "coffee_price")}))
    for one in apart:
        for name, array in one.items():
            assert np.array_equal(both[name], array)


def test_a_climate_pathway_sees_the_drought_of_the_same_scenario() -> None:
    pathway = {"climate_pathway": {"places_per_year": 1200, "dryness": 3.5}}
    drought = {"drought": {"sd": 4, "target": {"departments": ["GT-20"]}, "start": "2027-01", "end": "2027-12"}}

    def reached(policies: dict[str, Any]) -> tuple[str, ...]:
        programmes = made(policies).terms.at(month_index("2027-06"))
        return programmes.items[programmes.index("climate_mobility")].departments

    assert "GT-20" not in reached(pathway)
    assert "GT-20" in reached({**pathway, **drought})


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ({"drought": {"sd": -6}}, "-6 is out of range"),
        ({"hurricane": {"share": 0.5, "end": "2027-01"}}, "unknown setting"),
        ({"coffee_price": {"price": 0}}, "0 is out of range; allowed 0.05 to 10"),
        ({"violence_shock": {"homicides": 2, "target": {"quintile": [1]}}}, "not for this instrument"),
        ({"pandemic": {"closed": 1, "months": 0}}, "0 is out of range"),
        ({"draught": {}}, "did you mean 'drought'?"),
    ],
)
def test_what_cannot_be_is_told(policies: dict[str, Any], said: str) -> None:
    _, problems = check(policies)
    assert len(problems) == 1
    assert said in problems[0]
