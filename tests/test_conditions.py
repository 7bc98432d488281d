"""A policy may wait for a condition, begin the month after, and end by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_model import small_model

from sim.codes import month_index
from sim.policies import check
from sim.world.geography import INDEX

DRY, START, LONG = month_index("2013-09"), month_index("2013-06"), 4


def waiting_model(over: float = 5.0, **when: Any):
    condition = {"series": "dryness", "over": over, **when}
    model = small_model({
        "enforcement": {"interior_multiplier": 20, "start": "2013-06", "when": condition, "for_months": LONG}
    })  # fmt: skip
    model.engine.world.dryness[:] = 0
    return model


def in_force(model) -> np.ndarray:
    untouched = small_model().engine.world.interior
    return np.flatnonzero((model.engine.world.interior != untouched).any(axis=0))


def live_until(model, month: int) -> None:
    while model.month < month:
        model.step()


def test_it_begins_the_month_after_the_series_passes_its_bound_and_ends_after_its_months() -> None:
    model = waiting_model()
    model.engine.world.dryness[:, DRY] = 9
    live_until(model, DRY)
    assert not len(in_force(model))
    live_until(model, DRY + 1)
    assert in_force(model).tolist() == list(range(DRY + 1, DRY + 1 + LONG))
    assert model.conditions.begun == [("2013-10", "Enforcement")]
    live_until(model, model.end_month)
    assert model.record.summary()["begun_on_a_condition"] == [["2013-10", "Enforcement"]]


def test_it_may_begin_again_but_not_while_it_is_in_force() -> None:
    model = waiting_model()
    model.engine.world.dryness[:, DRY : DRY + LONG + 2] = 9
    live_until(model, DRY + LONG + 3)
    assert [name for name, _ in model.conditions.begun] == ["2013-10", "2014-02"]
    assert in_force(model).tolist() == list(range(DRY + 1, DRY + 1 + 2 * LONG))


def test_it_does_not_begin_before_its_start_or_if_the_bound_is_not_passed() -> None:
    early, never = waiting_model(), waiting_model()
    early.engine.world.dryness[:, START - 3] = 9
    never.engine.world.dryness[:, DRY] = 4.9
    for model in (early, never):
        live_until(model, DRY + 3)
        assert not model.conditions.begun


def test_it_watches_the_place_it_names() -> None:
    here, elsewhere = waiting_model(of="GT-22"), waiting_model(of="GT-22")
    here.engine.world.dryness[INDEX["GT-22"], DRY] = 9
    elsewhere.engine.world.dryness[INDEX["GT-14"], DRY] = 9
    live_until(here, DRY + 1)
    live_until(elsewhere, DRY + 1)
    assert here.conditions.begun
    assert not elsewhere.conditions.begun


def test_counts_are_those_of_the_last_twelve_months() -> None:
    model = small_model()
    live_until(model, 15)
    counted = model.conditions.counts
    for name, flow in (("encounters", 0), ("departures", 1)):
        assert model.conditions.value(name, None, 15) == counted[flow, :, 4:16].sum()
        assert model.conditions.value(name, "HND", 15) == counted[flow, 36:, 4:16].sum()
    assert counted[1].sum() > 0


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"series": "dryness"}, "needs one of over and under"),
        ({"series": "drynes", "over": 1}, "did you mean 'dryness'?"),
        ({"series": "dryness", "over": 1, "under": 2}, "needs one of over and under"),
        ({"series": "dryness", "over": "much"}, "is not a number"),
        ({"series": "dryness", "over": 1, "of": "GT-99"}, "unknown 'GT-99'"),
        ({"series": "dryness", "ovr": 1}, "did you mean 'over'?"),
        ("dryness > 1", "is not a condition"),
    ],
)
def test_a_condition_that_cannot_be_read_is_told(when: Any, said: str) -> None:
    _, problems = check({"enforcement": {"interior_multiplier": 2, "when": when}})
    assert len(problems) == 1
    assert said in problems[0]
    assert problems[0].startswith("policies.enforcement.when: ")


def test_a_sunset_without_a_condition_is_told() -> None:
    _, problems = check({"enforcement": {"interior_multiplier": 2, "for_months": 6}})
    assert "needs a condition" in problems[0]
