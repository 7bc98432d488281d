"""Instruments on safety: violence and its victims move together, changes multiply, floors hold, nothing at zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_world import CONFIG, DRIVERS, WEIGHTS, WORLD, changed, made
from rule_values import parameters

from sim.codes import COUNTRIES, month_index
from sim.policies.safety import RIGHTS_RISK
from sim.rules.livelihood import p_victimised
from sim.world.geography import department_country

START = month_index("2026-01")
DATES = {"start": "2026-01", "lag_months": 0}
FULL: dict[str, dict[str, Any]] = {
    "security": {"homicide_reduction": 0.5, "extortion_reduction": 0.25},
    "protect_women": {"coverage": 0.5, "reduction": 0.2},
    "protect_children": {"coverage": 0.5, "reduction": 0.2, "kept": 0.3},
    "internal_relocation": {"support": 0.5},
}
ZERO: dict[str, list[dict[str, Any]]] = {
    "security": [{"homicide_reduction": 0, "extortion_reduction": 0}, {"coverage": 0}],
    "protect_women": [{"coverage": 0}, {"reduction": 0}],
    "protect_children": [{"coverage": 0}, {"reduction": 0, "kept": 0}],
    "internal_relocation": [{"support": 0}, {"coverage": 0}],
}
CHANGES = {
    "security": {"ln_v", "p_victim", "p_gbv", "p_child_victim", "rights_risk"},
    "protect_women": {"p_gbv"},
    "protect_children": {"p_child_victim", "child_care"},
    "internal_relocation": {"inside"},
}
CHANCES = {"p_victim": "victim_rate_year", "p_gbv": "gbv_rate_year", "p_child_victim": "child_victim_rate_year"}
LOWEST = np.log(CONFIG["drivers.violence_floor"] / DRIVERS.reference)


@pytest.mark.parametrize(("name", "zero"), [(name, zero) for name, zeros in ZERO.items() for zero in zeros])
def test_at_zero_no_bit_changes(name: str, zero: dict[str, Any]) -> None:
    assert not changed(made({name: {**FULL[name], **zero, "start": "2013-01"}}))


@pytest.mark.parametrize("name", FULL)
def test_an_instrument_changes_its_series_in_its_place_and_from_its_start(name: str) -> None:
    result = changed(made({name: {**FULL[name], **DATES, "target": {"countries": ["HND"]}}}))
    assert set(result) == CHANGES[name]
    honduras = department_country == COUNTRIES.index("HND")
    for series, array in result.items():
        before = getattr(WORLD, series, np.zeros_like(array))
        moved = array != before
        assert not moved[..., :START].any(), series
        here = honduras if len(array) == len(honduras) else np.arange(len(COUNTRIES)) == COUNTRIES.index("HND")
        assert not moved[~here].any(), series
        assert moved[here][:, START:].all(axis=1).any(), series


# Violence


def test_fewer_homicides_make_fewer_victims_by_the_rule_of_the_model() -> None:
    result = made({"security": {"homicide_reduction": 0.5, **DATES}}).world
    P = parameters()
    for d in (0, 20, 45):
        ln_v = max(float(WORLD.ln_v[d, START]) + np.log(0.5), LOWEST)
        assert result.ln_v[d, START] == pytest.approx(ln_v, abs=1e-5)
        for series, rate in CHANCES.items():
            expected = p_victimised(P[rate], np.float32(ln_v), P)
            assert getattr(result, series)[d, START] == pytest.approx(expected, rel=1e-4), series


def test_coverage_of_a_department_is_a_part_of_the_fall() -> None:
    settings = {"homicide_reduction": 0.5, "coverage": 0.4, "lag_months": 12, "start": "2026-01"}
    ln_v = made({"security": settings}).world.ln_v - WORLD.ln_v
    high = WORLD.ln_v[:, START + 12] > LOWEST + 1
    assert ln_v[high, START + 12] == pytest.approx(np.log(1 - 0.5 * 0.4 / 2), abs=1e-5)


def test_violence_does_not_fall_below_the_lowest_rate_that_is_told_apart_and_never_rises() -> None:
    strong = {"security": {"homicide_reduction": 0.95, **DATES}}
    ln_v = made(strong).world.ln_v
    assert ln_v.min() >= np.float32(LOWEST)
    assert (ln_v[:, START:] == np.float32(LOWEST)).any()
    assert np.all(ln_v <= WORLD.ln_v)
    fallen = made({"violence_shock": {"homicides": 0.05, "start": "2026-01"}, **strong}).world
    assert fallen.ln_v.min() >= np.float32(LOWEST)
    assert np.all(fallen.p_victim <= made(strong).world.p_victim)


def test_changes_of_the_chance_to_be_a_victim_multiply() -> None:
    parts = {
        "security": {"homicide_reduction": 0.3, "extortion_reduction": 0.5, "extortion_part": 0.4, **DATES},
        "protect_women": {"coverage": 1, "reduction": 0.2, **DATES},
        "protect_children": {"coverage": 1, "reduction": 0.1, **DATES},
        "governance": {"bribe_reduction": 0.5, "bribe_part": 0.2, **DATES},
    }
    together = made(parts).world
    for series in CHANCES:
        apart = np.ones(54)
        for name, settings in parts.items():
            apart *= (getattr(made({name: settings}).world, series) / getattr(WORLD, series))[:, START]
        now = (getattr(together, series) / getattr(WORLD, series))[:, START]
        assert now == pytest.approx(apart, rel=1e-4), series
        assert np.all(now < 1)


def test_extortion_falls_by_its_part_of_crime_and_leaves_other_violence() -> None:
    result = changed(made({"security": {"extortion_reduction": 0.5, "extortion_part": 0.4, **DATES}}))
    assert set(result) == {"p_victim", "rights_risk"}
    assert (result["p_victim"] / WORLD.p_victim)[:, START] == pytest.approx(0.8, rel=1e-5)


@pytest.mark.parametrize("approach", RIGHTS_RISK)
def test_the_risk_to_rights_follows_the_approach_and_the_people_under_it(approach: str) -> None:
    target = {"departments": ["SV-SS", "GT-01"]}
    settings = {"homicide_reduction": 0.2, "approach": approach, "coverage": 0.5, **DATES}
    everywhere = made({"security": settings}).levers.rights_risk
    assert np.all(everywhere[:, START:] == pytest.approx(RIGHTS_RISK[approach] / 2))
    assert not everywhere[:, :START].any()
    some = made({"security": {**settings, "target": target}}).levers.rights_risk[:, START]
    assert some[2] == 0
    assert 0 < some[0] < everywhere[0, START]
    assert RIGHTS_RISK["prevention"] < RIGHTS_RISK["professional"] < RIGHTS_RISK["exception"]


# Protection, and moving to safety


def test_protection_reaches_its_coverage_of_women_and_children() -> None:
    result = made({name: {**FULL[name], **DATES} for name in ("protect_women", "protect_children")})
    assert (result.world.p_gbv / WORLD.p_gbv)[:, START] == pytest.approx(0.9, rel=1e-5)
    assert (result.world.p_child_victim / WORLD.p_child_victim)[:, START] == pytest.approx(0.9, rel=1e-5)
    assert result.levers.child_care[:, START] == pytest.approx(0.15)


def test_those_reached_are_counted() -> None:
    settings = {"start": "2026-01", "end": "2026-12", "target": {"countries": ["GTM"]}}
    here = department_country == COUNTRIES.index("GTM")
    homes = WEIGHTS["homes"].sum(axis=(0, 1))[here, START : START + 12]
    result = made({name: {**FULL[name], **settings} for name in FULL})
    assert result.delivered["security"].sum() == pytest.approx(homes.sum() / 12)
    assert result.delivered["protect_children"].sum() == pytest.approx(0.5 * WEIGHTS["teenagers"][here].sum())
    struck = (result.world.p_gbv[here, START : START + 12] * homes).sum()
    assert result.delivered["protect_women"].sum() == pytest.approx(0.5 * struck)
