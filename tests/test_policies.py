"""Instruments change the one thing they name, lose no place, and say what is wrong with a setting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_world import CONFIG, PLACES, PROGRAMMES, WEIGHTS, WORLD, changed, made

from sim.assemble import build_levers, build_world
from sim.codes import COUNTRIES, N_MONTHS, REGULAR_PATHWAYS, month_index
from sim.compose import compose
from sim.data.loader import load
from sim.policies import INSTRUMENTS, check

START = month_index("2026-01")
H2 = [REGULAR_PATHWAYS.index(name) for name in ("usa_h2a", "usa_h2b")]


# Places


@pytest.mark.parametrize("phase_in", [0, 1, 6, 23, 60])
def test_fifty_thousand_places_are_offered_in_all_however_they_are_phased_in(phase_in: int) -> None:
    policy = {**compose(["scenarios=labour_visas_50k"]).policies["labour_places"], "phase_in_months": phase_in}
    added = made({"labour_places": policy}).schedule.months - PLACES.months
    assert added.sum() == 50_000
    assert added.min() >= 0
    assert added[:, :, :START].sum() == 0
    assert added[:, :, START + 24 :].sum() == 0
    by_pathway = {name: int(added[p].sum()) for p, name in enumerate(REGULAR_PATHWAYS) if added[p].any()}
    assert by_pathway == {name: 2 * yearly for name, yearly in policy["places_per_year"].items()}
    assert np.all(added.sum(axis=(0, 2)) > 0)


def test_phase_in_moves_places_later() -> None:
    def first_half(phase_in: int) -> int:
        policy = {"places_per_year": {"usa_h2a": 12_000}, "duration_months": 24, "phase_in_months": phase_in}
        added = made({"labour_places": policy}).schedule.months - PLACES.months
        return int(added[:, :, START : START + 12].sum())

    assert first_half(0) == pytest.approx(12_000, abs=40)
    assert first_half(0) > first_half(6) > first_half(18)


@pytest.mark.parametrize(("yearly", "duration"), [(8_750, 18), (101, 7), (1, 12)])
def test_no_place_is_lost_in_sharing_out(yearly: int, duration: int) -> None:
    policy = {"places_per_year": {"usa_h2b": yearly}, "duration_months": duration, "phase_in_months": 3}
    added = made({"labour_places": policy}).schedule.months - PLACES.months
    assert added.sum() == yearly * duration // 12


def test_places_added_for_good_come_every_year() -> None:
    policy = {"places_per_year": {"can_other": 100}}
    added = made({"labour_places": policy}).schedule.months - PLACES.months
    for year in (2026, 2030, 2035):
        january = month_index(f"{year}-01")
        assert added[:, :, january : january + 12].sum() == pytest.approx(100, abs=2)


def test_places_that_outlast_the_horizon_do_not_crowd_into_its_end() -> None:
    policy = {"places_per_year": {"usa_h2a": 1_200}, "start": "2035-07", "duration_months": 24}
    added = made({"labour_places": policy}).schedule.months - PLACES.months
    assert added.sum() == pytest.approx(600, abs=30)


def test_held_visas_stay_at_their_number_of_2021() -> None:
    held = made(compose(["scenarios=no_expansion_2022"]).policies).schedule
    start = month_index("2021-10")
    year_2021 = held.months[H2, :, start - 12 : start]
    assert np.array_equal(year_2021, PLACES.months[H2, :, start - 12 : start])
    for first in range(start, month_index("2034-10") + 1, 12):
        assert np.array_equal(held.months[H2, :, first : first + 12], year_2021), first
    assert not np.array_equal(held.months[H2], PLACES.months[H2])
    others = np.delete(np.arange(len(REGULAR_PATHWAYS)), H2)
    assert np.array_equal(held.months[others], PLACES.months[others])
    assert np.array_equal(held.months[:, :, :start], PLACES.months[:, :, :start])


# Help after return, and enforcement


def test_reintegration_raises_coverage_and_never_lowers_it() -> None:
    before = build_levers(CONFIG)
    policy = {"coverage": 0.3, "package_usd": 1500, "debt_relief": 0.5, "start": "2026-01", "end": "2027-12"}
    levers = made({"reintegration": policy}).levers
    inside = slice(START, month_index("2027-12") + 1)
    assert np.array_equal(levers.coverage, before.coverage)
    assert np.all(levers.help_more[:, inside] == np.float32(0.3))
    assert np.all(levers.package[inside] == 1500)
    assert np.all(levers.debt_relief[inside] == 0.5)
    for name in ("coverage", "help_more", "package", "debt_relief", "help_months"):
        outside = np.delete(np.arange(getattr(before, name).shape[-1]), np.r_[inside])
        assert np.array_equal(getattr(levers, name)[..., outside], getattr(before, name)[..., outside])


def test_reintegration_keeps_what_it_does_not_name() -> None:
    levers = made({"reintegration": {"coverage": 0.9}}).levers
    before = build_levers(CONFIG)
    assert np.all(levers.help_more[:, START:] == np.float32(0.9))
    assert np.array_equal(levers.package, before.package)
    assert np.array_equal(levers.debt_relief, before.debt_relief)


ENFORCED = {
    "mexico_removal_multiplier": "p_mexico", "apprehension_multiplier": "apprehended",
    "interior_multiplier": "interior",
}  # fmt: skip


@pytest.mark.parametrize(("setting", "series"), ENFORCED.items())
@pytest.mark.parametrize("factor", [0.5, 1.2, 5])
def test_enforcement_multiplies_one_series_and_no_odds_go_above_one(setting: str, series: str, factor: float) -> None:
    result = made({"enforcement": {setting: factor, "end": "2026-12"}}).world
    inside = slice(START, START + 12)
    old, new = getattr(WORLD, series), getattr(result, series)
    assert np.array_equal(new[..., inside], np.minimum(old[..., inside] * np.float32(factor), 1))
    assert new.max() <= 1
    assert np.array_equal(new[..., :START], old[..., :START])
    assert np.array_equal(new[..., START + 12 :], old[..., START + 12 :])
    for name in WORLD._fields:
        if name != series:
            assert np.array_equal(getattr(result, name), getattr(WORLD, name)), name


@pytest.mark.parametrize("instrument", sorted(INSTRUMENTS))
def test_an_instrument_at_zero_changes_nothing(instrument: str) -> None:
    null = compose(["scenarios=null_policy"]).policies[instrument]
    result = made({instrument: null})
    assert np.array_equal(result.schedule.months, PLACES.months)
    assert np.array_equal(result.schedule.usable, PLACES.months)
    assert all(result.terms.at(month) == PROGRAMMES for month in range(N_MONTHS))
    assert not changed(result)


def test_an_instrument_changes_no_world_but_its_own() -> None:
    """Worlds are built apart: what one model enforces is not seen by the next."""
    first = made({"enforcement": {"mexico_removal_multiplier": 3, "start": "2013-01"}}).world
    second = build_world(CONFIG, load())[0]
    assert not np.array_equal(first.p_mexico, second.p_mexico)
    assert np.array_equal(WORLD.p_mexico, second.p_mexico)


# Bad input

GOOD: dict[str, dict[str, Any]] = {
    "labour_places": {"places_per_year": {"usa_h2a": 10}},
    "hold_places": {"pathways": ["usa_h2a"], "at_fiscal_year": 2021, "from": "2021-10"},
    "reintegration": {"coverage": 0.5},
    "enforcement": {"interior_multiplier": 2},
}


def test_good_settings_have_no_problem_and_get_their_defaults() -> None:
    settings, problems = check(GOOD)
    assert not problems
    assert settings["labour_places"]["start"] == "2026-01"
    assert settings["enforcement"]["mexico_removal_multiplier"] == 1


@pytest.mark.parametrize(
    ("policies", "path", "said"),
    [
        (
            {"labor_places": {}},
            "policies.labor_places",
            ["unknown instrument", "did you mean 'labour_places'?", "enforcement"],
        ),
        ({"enforcement": 3}, "policies.enforcement", ["3 is not a group of settings", "apprehension_multiplier"]),
        (
            {"reintegration": {"covrage": 0.5}},
            "policies.reintegration.covrage",
            ["unknown setting", "did you mean 'coverage'?", "package_usd"],
        ),
        (
            {"labour_places": {"places_per_year": {"usa_h2": 5}}},
            "policies.labour_places.places_per_year",
            ["unknown pathway 'usa_h2'", "did you mean 'usa_h2", "can_other"],
        ),
        (
            {"hold_places": {**GOOD["hold_places"], "pathways": ["mex_asilum"]}},
            "policies.hold_places.pathways",
            ["unknown pathway 'mex_asilum'", "did you mean 'mex_asylum'?"],
        ),
        (
            {"labour_places": {"places_per_year": {"usa_h2a": -5}}},
            "places_per_year",
            ["usa_h2a: -5 is out of range", "0 to"],
        ),
        ({"labour_places": {"places_per_year": {"usa_h2a": 1.5}}}, "places_per_year", ["1.5 is not a whole number"]),
        ({"labour_places": {"places_per_year": 100}}, "places_per_year", ["100 is not a list of pathways with places"]),
        ({"labour_places": {}}, "policies.labour_places.places_per_year", ["needs a value"]),
        ({"reintegration": {"coverage": 1.2}}, "policies.reintegration.coverage", ["1.2 is out of range", "0 to 1"]),
        (
            {"reintegration": {"coverage": "much"}},
            "policies.reintegration.coverage",
            ["'much' is not a number", "0 to 1"],
        ),
        ({"reintegration": {"coverage": True}}, "policies.reintegration.coverage", ["True is not a number"]),
        ({"reintegration": {"coverage": float("nan")}}, "policies.reintegration.coverage", ["is not a number"]),
        (
            {"enforcement": {"start": "2026-13"}},
            "policies.enforcement.start",
            ["'2026-13' is not a month", "2013-01 to 2035-12"],
        ),
        (
            {"enforcement": {"start": "2036-01"}},
            "policies.enforcement.start",
            ["is not a month from 2013-01 to 2035-12"],
        ),
        ({"enforcement": {"start": 2026}}, "policies.enforcement.start", ["'2026' is not a month", "such as 2026-01"]),
        (
            {"enforcement": {"start": "2027-01", "end": "2026-12"}},
            "policies.enforcement.end",
            ["2026-12 is before start 2027-01"],
        ),
        ({"reintegration": {"end": "2025-01"}}, "policies.reintegration.end", ["2025-01 is before start 2026-01"]),
        (
            {"hold_places": {**GOOD["hold_places"], "at_fiscal_year": 2030}},
            "at_fiscal_year",
            ["2030 is out of range", "2013 to 2024"],
        ),
        (
            {"hold_places": {**GOOD["hold_places"], "pathways": "usa_h2a"}},
            "hold_places.pathways",
            ["is not a list of pathways"],
        ),
        (
            {"labour_places": {**GOOD["labour_places"], "targeting": "poor"}},
            "targeting",
            ["'poor' is not allowed", "one of none"],
        ),
        ({"labour_places": {**GOOD["labour_places"], "duration_months": 0}}, "duration_months", ["0 is out of range"]),
        ({"enforcement": {"evidence": "Z"}}, "policies.enforcement.evidence", ["'Z' is not allowed", "one of V"]),
    ],
)
def test_a_bad_setting_is_told_with_its_path_what_is_allowed_and_the_nearest_name(
    policies: dict[str, Any], path: str, said: list[str]
) -> None:
    _, problems = check(policies)
    assert len(problems) == 1, problems
    assert path in problems[0]
    for words in said:
        assert words in problems[0]
    assert "\n" not in problems[0]


@pytest.mark.parametrize("value", [float("inf"), 10**30])
def test_a_number_without_end_is_told_and_does_not_crash(value: float) -> None:
    _, problems = check({"labour_places": {"places_per_year": {"usa_h2a": value}}})
    assert len(problems) == 1


def test_every_problem_is_told_at_once() -> None:
    _, problems = check({"enforcement": {"start": "soon", "interior_multiplier": -1}, "magic": {}})
    assert len(problems) == 3


def test_places_of_every_country_come_from_its_young_adults() -> None:
    policy = {"places_per_year": {"usa_h2a": 12_000}, "duration_months": 12}
    added = made({"labour_places": policy}).schedule.months - PLACES.months
    shares = added.sum(axis=(0, 2)) / 12_000
    expected = WEIGHTS["young_adults"] / WEIGHTS["young_adults"].sum()
    assert shares == pytest.approx(expected, abs=1e-3)
    assert len(shares) == len(COUNTRIES)
