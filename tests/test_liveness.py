"""A policy that is dead, or moves the other way without a word on it, is found; a live one is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analysis.liveness import (
    AGAINST,
    AS_DECLARED,
    CHANCE,
    EITHER,
    STILL,
    Moved,
    Tried,
    check_live,
    given,
    trials_of,
)
from sim.cli import main
from sim.policies import INSTRUMENTS
from sim.scenarios import find_scenarios, is_natural, read_scenario, shipped

SMALL = ("population.share=0.0003", "run.end=2026-12", "demography.projection_share=0.0002", "run.threads=1")
FEW = ("baseline", "mass_return", "security_reform", "regional_council", "null_policy")


@pytest.fixture(scope="module")
def found():
    return check_live(FEW, SMALL, lambda month: None)


def test_live_policies_are_told_to_move_what_they_declare(found) -> None:
    assert not found.problems()
    verdicts = {(row["instrument"], row["outcome"]): row["verdict"] for row in found.rows()}
    assert verdicts["mass_return", "removed"] == AS_DECLARED
    assert verdicts["security", "victims_crime"] == AS_DECLARED


def test_a_null_policy_and_a_council_alone_touch_nothing(found) -> None:
    touched = {(one.trial.instrument, one.trial.scenarios): one.touched for one in found.tried}
    assert touched["", ("null_policy",)] == 0
    assert touched["regional_coordination", ("regional_council",)] == 0


def test_a_narrative_is_tried_where_it_can_do_something() -> None:
    (narrative,) = (one for one in trials_of(["shared_narrative"], given(SMALL)) if one.instrument == "narrative")
    assert narrative.reference["feedbacks.tolerance"] > 0
    assert narrative.reference.policies.keys() == {"labour_places"}
    assert narrative.config.policies.keys() == {"labour_places", "narrative"}


def test_a_policy_that_does_nothing_any_more_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(INSTRUMENTS["mass_return"], "apply", lambda self, made: None)
    (problem,) = check_live(["mass_return"], SMALL, lambda month: None).problems()
    assert problem == "mass_return of mass_return moves nothing at all"


@pytest.mark.parametrize(("why", "problems"), [("", 1), ("For a reason.", 0)])
def test_a_sign_that_comes_out_otherwise_needs_a_reason(monkeypatch, why: str, problems: int) -> None:
    monkeypatch.setattr(INSTRUMENTS["mass_return"], "MOVES", {"removed": -1})
    monkeypatch.setattr(INSTRUMENTS["mass_return"], "WHY", why)
    found = check_live(["mass_return"], SMALL, lambda month: None)
    assert [one.verdict for one in found.tried[0].moved] == [AGAINST]
    assert len(found.problems()) == problems


def test_a_policy_that_declares_nothing_and_tells_no_reason_is_found(monkeypatch) -> None:
    monkeypatch.setattr(INSTRUMENTS["mass_return"], "MOVES", {})
    monkeypatch.setattr(INSTRUMENTS["mass_return"], "WHY", "")
    (problem,) = check_live(["mass_return"], SMALL, lambda month: None).problems()
    assert "declares neither" in problem


@pytest.mark.parametrize(
    ("declared", "value", "verdict"),
    [(1, 110, AS_DECLARED), (-1, 110, AGAINST), (-1, 104, CHANCE), (1, 100, STILL), (0, 110, EITHER), (0, 100, STILL)],
)
def test_a_change_is_judged_by_its_sign_and_by_chance(declared: int, value: float, verdict: str) -> None:
    assert Moved("depart_irregular", declared, 100, value, chance=5).verdict == verdict


def test_a_policy_moves_if_one_of_its_outcomes_does(found) -> None:
    trial = next(one.trial for one in found.tried if one.trial.instrument == "mass_return")
    still, moved = Moved("removed", 1, 100, 100, 5), Moved("away_irregular", -1, 100, 90, 5)
    assert not Tried(trial, (still, moved), 3).problem()
    assert "moves no outcome that it declares" in Tried(trial, (still, still), 3).problem()


def test_every_instrument_of_every_scenario_is_tried_once_for_each_way_it_is_set() -> None:
    files = find_scenarios()
    trials = list(trials_of(list(files), given(SMALL)))
    alone = [one for one in trials if one.instrument]
    assert {one.instrument for one in alone} == set(INSTRUMENTS)
    for name in {name for name in files if not is_natural(name)} - {"null_policy"}:
        for instrument in read_scenario(files[name]).policies:
            assert sum(name in one.scenarios and one.instrument == instrument for one in alone) == 1
    assert {one.scenarios[0] for one in trials if not one.instrument} >= {"task_force_package", "null_policy"}


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def own_scenario(tmp_path, monkeypatch) -> None:
    """Stand in a folder with one scenario, beside the baseline alone."""
    (tmp_path / "scenarios").mkdir()
    path = tmp_path / "scenarios" / "more_returned.yaml"
    path.write_text("# More?\ntitle: More returned\npolicies:\n  mass_return:\n    people_per_year: 400000\n")
    monkeypatch.chdir(tmp_path)
    both = {"baseline": shipped("scenarios") / "baseline.yaml", "more_returned": path}
    for module in ("sim.commands.scenarios", "sim.scenarios", "analysis.liveness"):
        monkeypatch.setattr(f"{module}.find_scenarios", lambda: both)


@pytest.mark.usefixtures("own_scenario")
def test_check_lives_the_scenarios_and_prints_a_table(capsys) -> None:
    status, out, err = said(capsys, "check", *SMALL)
    assert (status, "fine  more_returned" in out, "as declared" in out) == (0, True, True)
    assert "2026-12" in err
    status, out, _ = said(capsys, "check", "--json", *SMALL)
    document: dict[str, Any] = json.loads(out)
    assert {row["outcome"] for row in document["policies"]} == {"removed", "away_irregular"}


@pytest.mark.usefixtures("own_scenario")
def test_check_fails_where_a_policy_is_dead(capsys, monkeypatch) -> None:
    monkeypatch.setattr(INSTRUMENTS["mass_return"], "apply", lambda self, made: None)
    status, out, err = said(capsys, "check", *SMALL)
    assert (status, "0 outcomes differ" in out) == (1, True)
    assert "mass_return of more_returned moves nothing at all" in err
    assert said(capsys, "check", "--quick")[0] == 0
