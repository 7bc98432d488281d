"""The page on the twelve recommendations is fresh, and no recommendation is left without code and a test."""

from __future__ import annotations

import re

import pytest

from analysis.recommendations import COMMAND, DOCS, PAGE, TESTS, all_tests, instruments_of, of, page, touched
from sim.explain import recommended
from sim.policies import INSTRUMENTS
from sim.scenarios import read_scenario, shipped
from sim.words.recommendations import RECOMMENDATIONS

SCENARIOS = [read_scenario(path) for path in sorted(shipped("scenarios").glob("*.yaml"))]


def test_the_page_is_fresh():
    assert (DOCS / PAGE).read_text(encoding="utf-8") == page(), f"bring it up to date: {COMMAND}"


@pytest.mark.parametrize("number", RECOMMENDATIONS)
def test_every_recommendation_has_a_scenario_an_instrument_and_a_test(number):
    scenarios = of(number, SCENARIOS)
    used = instruments_of(scenarios)
    assert scenarios
    assert used
    assert [test for test in all_tests() if test.holds([one.name for one in scenarios], used)]


@pytest.mark.parametrize("number", RECOMMENDATIONS)
def test_every_instrument_of_a_recommendation_changes_something_and_says_what_it_moves(number):
    for name in instruments_of(of(number, SCENARIOS)):
        series, _ = touched(INSTRUMENTS[name])
        assert series, name
        assert INSTRUMENTS[name].MOVES or INSTRUMENTS[name].WHY, name


def test_every_test_named_on_the_page_exists():
    listed = re.findall(r"^- `tests/(\w+\.py)`: (.+)$", (DOCS / PAGE).read_text(encoding="utf-8"), re.MULTILINE)
    assert listed
    for file, names in listed:
        source = (TESTS / file).read_text(encoding="utf-8")
        assert not [name for name in re.findall(r"`(\w+)`", names) if f"def test_{name}(" not in source], file


def test_a_test_counts_for_what_it_sets_and_not_for_what_it_borrows():
    by_name = {one.name: one for one in all_tests()}
    sets = by_name["test_fifty_thousand_places_are_offered_in_all_however_they_are_phased_in"]
    borrows = by_name["test_tables_come_back_as_they_were_written"]
    assert sets.holds([], ["labour_places"])
    assert not borrows.holds(["labour_visas_50k"], ["labour_places"])


def test_a_scenario_of_several_recommendations_stands_in_none_of_them():
    for one in SCENARIOS:
        if len(recommended(one)) > 1:
            assert all(one not in of(number, SCENARIOS) for number in recommended(one))
