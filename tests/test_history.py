"""A history is lived once; what forks from it is the run alone, and leaves it as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from small_model import assert_same_columns, columns_of, small_config

from sim.errors import RequestError
from sim.history import History
from sim.model import run_model

START = "2014-06"
POLICIES: dict[str, Mapping[str, Any]] = {
    "more places": {"labour_places": {"places_per_year": {"usa_h2a": 200_000}, "start": START}},
    "a new pathway": {
        "new_pathway": {
            "name": "care", "destination": "CAN", "status": "resident", "contract_months": 0,
            "places_per_year": 200_000, "start": START,
        }
    },
    "enforcement": {"enforcement": {"mexico_removal_multiplier": 3, "start": START}},
    "nothing": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def history() -> History:
    return History(small_config(), START)


@pytest.mark.parametrize("name", POLICIES)
def test_a_scenario_forked_from_a_history_is_the_run_alone(history: History, name: str) -> None:
    config = small_config(POLICIES[name])
    before = columns_of(history.base)
    forked, (alone, *_) = history.live(config), run_model(config)
    for kind in ("flow_rows", "stock_rows"):
        ours, theirs = getattr(forked, kind)(), getattr(alone, kind)()
        for column in theirs:
            assert np.array_equal(ours[column], theirs[column]), column
    assert forked.outcomes() == alone.outcomes()
    assert forked.pathway_rows() == alone.pathway_rows()
    assert_same_columns(before, columns_of(history.base))


def test_a_history_serves_again_and_again(history: History) -> None:
    config = small_config(POLICIES["more places"])
    first, second = history.live(config), history.live(config)
    assert first.outcomes() == second.outcomes()
    assert first.outcomes() != history.live(small_config()).outcomes()


@pytest.mark.parametrize(
    ("policies", "values", "said"),
    [
        ({"enforcement": {"mexico_removal_multiplier": 3, "start": "2014-05"}}, {}, "before 2014-06: from 2014-05 on"),
        ({}, {"behaviour__b_v": 0.6}, "before 2014-06: behaviour.b_v"),
        ({}, {"border__smuggler_price": 9000}, "before 2014-06: from 2013-0"),
        ({}, {"population__kin_alpha": 2.5}, "has other households than the history of baseline"),
        ({}, {"seed": 2}, "differ in seed: 2, not 1"),
        ({}, {"run__end": "2014-11"}, "differ in run.end"),
    ],
)  # fmt: skip
def test_what_differs_before_its_end_is_refused(
    history: History, policies: Mapping[str, Any], values: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        history.fork(small_config(policies, **values))


@pytest.mark.parametrize("start", ["2013-12", "2015-01"])
def test_a_history_ends_within_the_run(start: str) -> None:
    with pytest.raises(RequestError, match="2014-02 to 2014-12"):
        History(small_config(), start)
