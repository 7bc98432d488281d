"""The dictionary of outcomes: what a run writes is listed, what is listed is written, and it adds up as it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_model import small_config
from synthetic_run import synthetic_run

from analysis.monthly import by_year, mean_over, whole_years, yearly_outcomes
from sim import outcomes
from sim.codes import COUNTRIES, FLOWS, STOCKS, month_index
from sim.compose import compose
from sim.errors import RequestError, WorkError
from sim.model import run_model
from sim.outcomes import HEADLINE, OUTCOMES, Outcome, basis_of, find_outcome, of_family, unit_of
from sim.state import HARMS, MONEY, N_HOUSEHOLD_PROGRAMMES

Row = tuple[str, str, str, str, float]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    record, *_ = run_model(small_config(run__end="2014-06"))
    return record.outcomes()


def test_a_run_writes_every_outcome_that_is_listed_and_no_other(rows: list[Row]) -> None:
    delivered = {one.name for one in of_family(outcomes.DELIVERED)}  # by a policy, and this is a baseline
    written = {row[1] for row in rows}
    assert written | delivered == {name for name, one in OUTCOMES.items() if one.family.files}


def test_units_and_groups_are_those_listed(rows: list[Row]) -> None:
    groups: dict[str, set[str]] = {}
    for _, name, unit, group, _ in rows:
        assert unit == OUTCOMES[name].unit, name
        groups.setdefault(name, set()).add(group.split("=")[0])
    for name, found in groups.items():
        assert found <= set(OUTCOMES[name].family.groups), name
        assert set(OUTCOMES[name].family.groups) - found <= {"department", "pathway", "party"}, name


def test_no_value_is_written_twice(rows: list[Row]) -> None:
    assert len({(row[0], row[1], row[3]) for row in rows}) == len(rows)


def test_groups_add_up_to_all(rows: list[Row]) -> None:
    yearly = by_year(rows)
    for name in ("depart_irregular", "household_income", "households", "victims_crime"):
        for group, levels in outcomes.LEVELS.items():
            parts = sum(yearly[name, f"{group}={level}"][2013] for level in levels)
            assert parts == pytest.approx(yearly[name, "all"][2013]), (name, group)
    assert yearly["victims_crime", "all"][2013] > 0
    assert yearly["depart_irregular", "all"][2013] > 0


def test_what_the_tally_counts_is_listed_in_its_order() -> None:
    for family, names in (
        (outcomes.FLOW, FLOWS), (outcomes.STOCK, STOCKS), (outcomes.MONEY, MONEY), (outcomes.HARM, HARMS),
    ):  # fmt: skip
        assert {one.name for one in of_family(family)} == set(names)
    assert len(of_family(outcomes.REACHED)) + len(of_family(outcomes.SERVED)) == N_HOUSEHOLD_PROGRAMMES


def test_an_outcome_without_a_line_is_an_error_that_names_the_place() -> None:
    with pytest.raises(WorkError, match=r"'rumours' has no line in sim/outcomes\.py"):
        unit_of("rumours")


def test_an_outcome_is_found_by_either_name_or_the_nearest_is_told() -> None:
    assert find_outcome("irregular_journeys") is find_outcome("depart_irregular") is HEADLINE["irregular_journeys"]
    with pytest.raises(RequestError, match="did you mean 'remittances'"):
        find_outcome("remitances")


def test_every_outcome_rests_on_a_count_of_households() -> None:
    for outcome in OUTCOMES.values():
        basis = basis_of(outcome)
        assert basis.family == outcomes.FLOW or basis.unit == outcomes.HOUSEHOLDS, outcome.name


def test_years_and_countries_make_one_value_as_the_dictionary_says(tmp_path: Path) -> None:
    yearly = yearly_outcomes(synthetic_run(tmp_path / "run", compose([])))
    years = whole_years(month_index("2025-07"), month_index("2030-12"))
    assert years == [2026, 2027, 2028, 2029, 2030]
    assert mean_over(yearly, OUTCOMES["remittances"], years) == pytest.approx(3 * 1.2e9)
    assert mean_over(yearly, OUTCOMES["queue"], years, ["SLV"]) == pytest.approx(5e3)
    assert mean_over(yearly, OUTCOMES["income_per_household"], years) == pytest.approx(2.4e10 / 2e6 / 12)
    prices = by_year(("2026", "smuggler_price", "2021 US$", f"country={c}", 6000 + k) for k, c in enumerate(COUNTRIES))
    assert mean_over(prices, OUTCOMES["smuggler_price"], [2026]) == 6001
    assert str(mean_over(yearly, OUTCOMES["cash_transfers"], years)) == "nan"


def test_a_rate_says_how_months_and_years_were_joined() -> None:
    rates = [OUTCOMES[name].rate for name in ("depart_irregular", "queue", "income_per_household", "encounter_us")]
    assert rates == ["people a year", "people, mean", "2021 US$ a household a month", "events a year"]


def test_every_label_is_there_once() -> None:
    def labels(chosen: list[Outcome]) -> list[str]:
        return [one.label for one in chosen]

    assert len(set(labels(list(OUTCOMES.values())))) == len(OUTCOMES)
