"""Worlds that share a history live it once, and each of them is the run alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_model import small_config

from sim.codes import month_index
from sim.config import Config
from sim.errors import RequestError
from sim.lockstep import SAVED, run_together
from sim.model import run_model
from sim.policies import check

FROM = "2014-04"


def config_with(policies: Mapping[str, Any] | None = None, **values: Any) -> Config:
    settings, problems = check(policies or {})
    assert not problems
    return replace(small_config(**values), policies=settings)


POLICIES: dict[str, Mapping[str, Any]] = {
    "more places": {"labour_places": {"places_per_year": {"usa_h2a": 200_000}, "start": FROM}},
    "help after return": {"reintegration": {"coverage": 0.9, "package_usd": 5000, "start": FROM}},
    "enforcement": {"enforcement": {"mexico_removal_multiplier": 3, "start": FROM}},
    "a condition": {
        "enforcement": {
            "interior_multiplier": 30, "start": FROM, "for_months": 3,
            "when": {"series": "departures", "over": 1000},
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def together() -> list[Any]:
    return run_together([config_with(), *(config_with(policies) for policies in POLICIES.values())])


@pytest.mark.parametrize("k", range(len(POLICIES)), ids=list(POLICIES))
def test_a_forked_run_is_the_run_alone(together, k: int) -> None:
    lived = together[k + 1]
    alone, *_ = run_model(lived.config)
    assert lived.forked == month_index(FROM) - 1
    for kind in ("flow_rows", "stock_rows"):
        ours, theirs = getattr(lived.record, kind)(), getattr(alone, kind)()
        for name in theirs:
            assert np.array_equal(ours[name], theirs[name]), name
    assert lived.record.outcomes() == alone.outcomes()
    assert lived.record.pathway_rows() == alone.pathway_rows()


def test_each_policy_moves_something(together) -> None:
    base = together[0].record.outcomes()
    for lived in together[1:]:
        assert lived.record.outcomes() != base


def test_the_share_of_diverged_households_is_that_of_lives_that_differ(together) -> None:
    assert together[0].diverged == 0
    assert all(0 < lived.diverged < 0.5 for lived in together[1:])
    rows: list[tuple[np.ndarray, np.ndarray]] = []

    def watch(month: int, models: Any) -> None:
        if month == month_index("2014-12"):
            for model in models:
                columns = model.engine.columns
                told = np.column_stack([column for name, column in columns._asdict().items() if name not in SAVED])
                rows.append((told, np.where(columns.first_month <= month, columns.weight, 0)))

    _, lived = run_together([config_with(), config_with(POLICIES["enforcement"])], watch=watch)
    (one, weight), (two, _) = rows
    expected = weight[(one != two).any(axis=1)].sum() / weight.sum()
    assert lived.diverged == together[3].diverged == pytest.approx(expected, rel=1e-12)


def test_other_households_have_no_share_that_diverged() -> None:
    short = {"run__end": "2013-03"}
    _, other = run_together([config_with(**short), config_with(**short, population__kin_alpha=2.5)])
    assert other.diverged is None


def test_what_differs_in_behaviour_does_not_fork() -> None:
    first, second = run_together([config_with(), config_with(behaviour__b_v=0.6)])
    assert (first.forked, second.forked) == (0, 0)


@pytest.mark.parametrize("values", [{"border__smuggler_price": 9000}, {"feedbacks__family_start": 0.2}])
def test_what_differs_from_the_beginning_begins_as_it_does_alone(values: Mapping[str, Any]) -> None:
    short = {"run__end": "2013-12"}
    _, second = run_together([config_with(**short), config_with(**short, **values)])
    alone, *_ = run_model(second.config)
    assert second.record.outcomes() == alone.outcomes()


def test_what_never_differs_lives_once() -> None:
    first, second = run_together([config_with(), config_with({"reintegration": {"coverage": 0}})])
    assert second.forked > month_index("2014-12")
    assert first.record.outcomes() == second.record.outcomes()


def test_the_watch_sees_both_worlds_from_the_fork_on() -> None:
    seen: list[tuple[int, int]] = []

    def watch(month: int, models: Any) -> None:
        seen.append((month, sum(model is not None for model in models)))

    run_together([config_with(), config_with(POLICIES["more places"])], watch=watch)
    assert [count for _, count in seen] == [1 if month < month_index(FROM) - 1 else 2 for month, _ in seen]


@pytest.mark.parametrize("values", [{"seed": 9}, {"population__share": 0.0004}, {"run__end": "2014-08"}])
def test_what_is_no_pair_is_refused(values: Mapping[str, Any]) -> None:
    with pytest.raises(RequestError, match="differ in"):
        run_together([config_with(), config_with(**values)])
