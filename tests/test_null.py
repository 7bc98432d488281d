"""What must come out as nothing: drivers shuffled over departments, and policies that reach nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.null_tests import Null, evened, null_test, shuffled_within_countries, slopes
from sim.compose import compose
from sim.model import run_model
from sim.policies import check
from sim.world.geography import department_country

SHARE, SHUFFLES = 0.005, 6
CONFIG = compose([f"population.share={SHARE}", "run.threads=1"])


@pytest.mark.parametrize("driver", ["violence", "dryness"])
def test_a_driver_shuffled_over_departments_no_longer_goes_with_who_left(driver: str) -> None:
    null = null_test(CONFIG, driver, SHUFFLES)
    assert null.gone, (null.true, null.error)
    assert null.there, (null.real, null.shuffled)


def test_a_driver_that_is_not_shuffled_still_goes_with_who_left() -> None:
    null = null_test(CONFIG, "violence", 2, order=lambda number: np.arange(54))
    assert null.true + null.shuffled == pytest.approx(null.real)
    assert not null.gone


def test_a_slope_that_is_left_over_is_found() -> None:
    real, nothing = np.array([0.3, 0.31, 0.29]), np.array([0.01, -0.01, 0.0])
    assert not Null("violence", 0.3, real, real).gone
    assert Null("violence", 0.3, nothing, real).gone
    assert not Null("violence", 0.0, nothing, nothing).there


def test_departments_are_shuffled_within_their_country() -> None:
    order = shuffled_within_countries(1)
    assert sorted(order) == list(range(54))
    assert (order != np.arange(54)).sum() > 40
    assert np.array_equal(department_country[order], department_country)
    assert not np.array_equal(order, shuffled_within_countries(2))


def test_a_slope_is_within_countries() -> None:
    driver = department_country * 10.0 + np.arange(54) % 7
    other = np.cos(driver)
    found = slopes(2 * driver - 30 * department_country + other, [driver, other], np.ones(54))
    assert found == pytest.approx([2, 1])
    even = evened(np.tile(driver[:, None], (1, 3)).astype(np.float32))
    assert all(len(np.unique(even[department_country == c])) == 1 for c in range(3))


NOBODY: dict[str, dict[str, Any]] = {
    "cash_transfer": {"coverage": 0, "usd_month": 2000},
    "violence_shock": {"homicides": 2, "when": {"series": "dryness", "over": 50}},
    "drought": {"sd": 3, "when": {"series": "homicides", "over": 5000}},
    "security": {"homicide_reduction": 0.9, "coverage": 0},
    "enforcement": {"interior_multiplier": 50, "when": {"series": "homicides", "over": 5000}},
    "labour_places": {"places_per_year": {"usa_h2a": 50_000}, "when": {"series": "dryness", "over": 50}},
    "temporary_status": {"share": 0},
    "border_outcomes": {"released_multiplier": 1},
}
"""Full size for nobody, or no size for all, from the first year on."""
SMALL = compose(["population.share=0.0005", "run.start=2013-10", "run.end=2016-12", "run.threads=1"])


@pytest.fixture(scope="module")
def baseline() -> Any:
    return run_model(SMALL)[0]


@pytest.mark.parametrize("name", NOBODY)
def test_a_policy_that_reaches_nobody_changes_nothing(name: str, baseline: Any) -> None:
    settings, problems = check({name: {"start": "2013-02", **NOBODY[name]}})
    assert not problems
    placebo = run_model(replace(SMALL, policies=settings))[0]
    for ours, theirs in ((placebo.flow_rows(), baseline.flow_rows()), (placebo.stock_rows(), baseline.stock_rows())):
        assert all(np.array_equal(ours[column], theirs[column]) for column in theirs)
    assert {row[:4]: row[4] for row in placebo.outcomes()} == {row[:4]: row[4] for row in baseline.outcomes()}


def test_the_same_policy_that_reaches_somebody_is_seen(baseline: Any) -> None:
    settings, _ = check({"violence_shock": {"homicides": 2, "start": "2013-02"}})
    reached = run_model(replace(SMALL, policies=settings))[0]
    assert reached.outcomes() != baseline.outcomes()
