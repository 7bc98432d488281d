"""Comparisons: paired or refused, always scenario minus reference, and honest about what one pair can tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic_run import MONEY, PEOPLE, synthetic_run
from test_ledger import H2A, SMUGGLER, ledger_of, world

from analysis.answer_text import answer, places
from analysis.compare import Change, Comparison, compare_runs
from analysis.cost_lines import Pair
from analysis.costs import costs
from analysis.targets import BANDS, LEVEL, POINTS, Row
from analysis.validation import HEAD, markdown, observed_table, summary, text
from sim.codes import COUNTRIES
from sim.compose import compose
from sim.errors import RequestError
from sim.results import RunResult

IRREGULAR = ("depart_irregular", "irregular_usa_smuggler", "USA", "single_adult")
REGULAR = ("arrive_regular", "usa_h2a", "USA", "single_adult")
NEW = ("admit", "can_agriculture", "CAN", "single_adult")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Four runs: the baseline, one equal to it, one with other flows from 2026, one of another seed and end."""
    folder = tmp_path_factory.mktemp("runs")
    made = {
        "baseline": synthetic_run(folder / "baseline", compose([])),
        "equal": synthetic_run(folder / "equal", compose(["scenarios=null_policy"])),
        "visas": synthetic_run(
            folder / "visas", compose(["scenarios=labour_visas_50k"]), {IRREGULAR: -100, REGULAR: 250}
        ),
        "other": synthetic_run(folder / "other", compose(["seed=7", "run.end=2028-12"])),
    }
    return {name: result.folder for name, result in made.items()}


def change(comparison: Comparison, outcome: str, country: str = "all") -> Change:
    (found,) = (c for c in comparison.changes[0] if (c.outcome, c.country) == (outcome, country))
    return found


def test_difference_is_scenario_minus_reference_a_year(runs: dict[str, Path]) -> None:
    comparison = compare_runs([runs["baseline"], runs["visas"]])
    journeys = change(comparison, "Irregular journeys")
    assert journeys.baseline == 12 * 3 * 5000
    assert journeys.difference == -100 * 12 * 3
    assert journeys.percent == pytest.approx(-2)
    assert change(comparison, "Irregular journeys", "GTM").difference == -100 * 12
    assert change(comparison, "Regular journeys").difference == 250 * 12 * 3
    back = compare_runs([runs["visas"], runs["baseline"]])
    assert change(back, "Irregular journeys").difference == 100 * 12 * 3


def test_countries_sum_to_the_total(runs: dict[str, Path]) -> None:
    comparison = compare_runs([runs["baseline"], runs["visas"]])
    for outcome in ("Irregular journeys", "Admissions, usa_h2a", "Remittances", "Waiting for a place"):
        parts = [change(comparison, outcome, country).value for country in COUNTRIES]
        assert sum(parts) == pytest.approx(change(comparison, outcome).value)


def test_money_is_a_year_and_income_a_household_a_month(runs: dict[str, Path]) -> None:
    comparison = compare_runs([runs["baseline"], runs["visas"]])
    assert change(comparison, "Remittances", "SLV").value == pytest.approx(MONEY["remittances"])
    assert change(comparison, "Household income", "SLV").value == pytest.approx(2.4e10 / 2e6 / 12)


def test_equal_runs_say_no_difference(runs: dict[str, Path]) -> None:
    comparison = compare_runs([runs["baseline"], runs["equal"]])
    assert all(row["difference"] == 0 for row in comparison.table())
    assert "no difference" in comparison.text().lower()
    assert "would raise" not in comparison.text()


def test_a_difference_before_the_horizon_is_not_called_none(tmp_path: Path, runs: dict[str, Path]) -> None:
    moved = dict(PEOPLE) | {IRREGULAR: PEOPLE[IRREGULAR] - 100}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("synthetic_run.PEOPLE", moved)
        early = synthetic_run(tmp_path / "early", compose(["scenarios=null_policy"]), {IRREGULAR: 100})
    comparison = compare_runs([runs["baseline"], early.folder])
    assert change(comparison, "Irregular journeys").difference == 0
    assert comparison.same == (False,)
    assert "No difference:" not in comparison.text()


def test_text_speaks_of_scenario_change_measure_and_reference(runs: dict[str, Path]) -> None:
    told = compare_runs([runs["baseline"], runs["visas"]]).text()
    sentence = (
        "Fifty thousand more labour places would lower irregular journeys by 3,600 people a year (-2.0 %), "
        "compared to Baseline."
    )
    assert sentence in told
    assert "no interval" in told
    assert "one of them stands for about 10." in told


def test_a_pathway_only_the_scenario_has_is_compared_with_nobody(tmp_path: Path, runs: dict[str, Path]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("synthetic_run.PEOPLE", {**PEOPLE, NEW: 40})
        added = synthetic_run(tmp_path / "new", compose(["scenarios=labour_visas_50k"]))
    found = change(compare_runs([runs["baseline"], added.folder]), "Admissions, can_agriculture")
    assert (found.baseline, found.value, found.percent) == (0, 40 * 12 * 3, None)


def test_runs_that_are_no_pair_are_refused_with_every_reason(runs: dict[str, Path]) -> None:
    with pytest.raises(RequestError) as error:
        compare_runs([runs["baseline"], runs["visas"], runs["other"]])
    told = str(error.value)
    assert "seed is 7, not 1" in told
    assert "run.end is 2028-12, not 2030-12" in told
    assert "visas" not in told


def test_one_run_is_no_comparison(runs: dict[str, Path]) -> None:
    with pytest.raises(RequestError, match="two runs"):
        compare_runs([runs["baseline"]])


def test_settings_beyond_the_scenarios_are_told(tmp_path: Path, runs: dict[str, Path]) -> None:
    changed = synthetic_run(tmp_path / "changed", compose(["border.regime=open_2019"]))
    assert "border.regime (open_2019, not last_12_observed)" in compare_runs([runs["baseline"], changed.folder]).text()
    scenario = synthetic_run(tmp_path / "scenario", compose(["scenarios=border_open_2019"]))
    assert "these settings differ too" not in compare_runs([runs["baseline"], scenario.folder]).text()


def test_every_fiscal_year_stands_beside_the_record(runs: dict[str, Path]) -> None:
    from sim.results import RunResult

    rows = observed_table(RunResult.open(runs["baseline"]))
    years = {(row.group, row.period): row for row in rows if row.target == "US Border Patrol encounters"}
    assert {period for group, period in years if group == "GTM"} == {
        *(f"FY{year}" for year in range(2014, 2022)), "FY2014-19",
    }  # fmt: skip
    assert years["GTM", "FY2019"].simulated == 4000 * 12
    assert years["GTM", "FY2019"].observed == 264168
    assert years["GTM", "FY2014-19"].verdict == "MISS"
    returns = {(row.group, row.period): row for row in rows if row.target == "removed home"}
    assert returns["all three", "2015-19"].observed == 1051272
    assert returns["all three", "2015-19"].simulated == 3000 * 12 * 5 * 3
    seen = [returns["all three", str(year)].observed for year in range(2015, 2020)]
    assert sum(value for value in seen if value is not None) == 1051272
    share = next(row for row in rows if row.target == "smuggler, of irregular to USA" and row.group == "all three")
    assert share.simulated == pytest.approx(0.8)


def test_a_short_run_leaves_out_the_years_it_did_not_record(tmp_path: Path) -> None:
    short = synthetic_run(tmp_path / "short", compose(["run.start=2016-01", "run.end=2019-06"]))
    rows = observed_table(short)
    periods = {row.period for row in rows if row.target == "US Border Patrol encounters"}
    assert periods == {"FY2017", "FY2018"}
    assert not [row for row in rows if row.target == "remittances, growth"]


def test_a_miss_is_called_a_miss() -> None:
    inside = Row("a", "SLV", "2019", "events", 105.0, 100.0, band=BANDS["encounters_sum"])
    missed = Row("b", "SLV", "2019", "share", 0.50, 0.30, POINTS, BANDS["party"])
    level = Row("c", "SLV", "2019", "share", 0.10, None, LEVEL, BANDS["left_again"])
    assert [row.verdict for row in (inside, missed, level)] == ["inside", "MISS", "MISS"]
    told = summary([inside, missed, level])
    assert told == "1 of 3 scored rows inside their band; missed: b 2019 (SLV); c 2019 (SLV)."
    assert told in text([inside, missed, level])
    assert markdown([missed]).splitlines()[0] == "| " + " | ".join(HEAD) + " |"


def test_what_does_not_differ_is_named_and_what_is_nowhere_is_left_out(runs: dict[str, Path]) -> None:
    told = compare_runs([runs["baseline"], runs["visas"]]).text()
    lines = [line.split("  ")[0] for line in told.splitlines()]
    assert "Irregular journeys" in lines
    assert "Remittances" not in lines
    assert "Remittances" in next(line for line in lines if line.startswith("The same in both"))
    assert "Places offered" not in told
    assert "+0" not in told


def test_the_answer_in_an_export_rests_on_enough_households(tmp_path: Path, runs: dict[str, Path]) -> None:
    assert compare_runs([runs["baseline"], runs["visas"]]).may_lead()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.compare.LEAST", 10**9)
        assert not compare_runs([runs["baseline"], runs["visas"]]).may_lead()


def test_the_answer_tells_numbers_places_ratio_and_cost(tmp_path: Path, runs: dict[str, Path]) -> None:
    comparison = compare_runs([runs["baseline"], runs["visas"]])
    both = [RunResult.open(runs[name]) for name in ("baseline", "visas")]
    ledger = ledger_of(
        world(600), {(8, row): (SMUGGLER, 1) for row in range(100)}, {(5, row): (H2A, 1) for row in range(400)}
    )
    costed = costs([Pair.of(*both)])
    heading, _, *lines = answer(comparison, 0, ledger, ["usa_h2a"], costed, opened="Places.")
    assert heading.startswith("Fifty thousand more labour places (labour_visas_50k), 2026-01")
    assert [" would lower " in line or " would raise " in line for line in lines[:2]] == [True, True]
    assert "90 % interval" in lines[0]
    assert lines[4] == "Places."
    assert any(line.startswith("Diversion ratio: 0.25 irregular journeys averted") for line in lines)
    assert any(line.startswith("No cost per irregular journey averted") for line in lines)
    for run, filled in zip(both, (100, 250), strict=True):
        head = "programme,year,country,offered,filled\n"
        (run.folder / "pathways.csv").write_text(head + f"usa_h2a,2026,GTM,500,{filled}\nusa_h2b,2026,GTM,9,9\n")
    assert places(*both, ["usa_h2a"]) == "Places a year in usa_h2a: 100 offered (+0), 50 filled (+30)."
    assert places(*both, []) == ""
