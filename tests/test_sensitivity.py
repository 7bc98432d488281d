"""Sensitivity: known indices are found, too few runs refused with the number, what has not converged says so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small_model import small_config

from analysis import sensitivity, sensitivity_runs
from analysis.sensitivity import analyse, design, needed, run, scores, steps_of
from analysis.sensitivity_report import Told, draw, grade_of
from analysis.sensitivity_runs import Question, chosen_factors, made_by
from sim.cli import main
from sim.compose import compose
from sim.config import parameters
from sim.errors import RequestError
from sim.outcomes import find_outcome

Array = NDArray[np.float64]
THREE = ("behaviour.sigma_u", "behaviour.b_w", "behaviour.w")
SIZES = np.array([3.0, 2.0, 1.0])


def line(places: Array) -> Array:
    """A sum of normal scores: total and first index are the squares of the sizes."""
    return scores(places) @ SIZES


def ishigami(places: Array) -> Array:
    x = (2 * places - 1) * np.pi
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_sobol_gives_the_known_indices_of_ishigami() -> None:
    _, _, found = run("sobol", True, 3, 1024 * 5, 1, ishigami)
    np.testing.assert_allclose(found.index, [0.558, 0.442, 0.244], atol=0.04)
    np.testing.assert_allclose(found.other, [0.314, 0.442, 0], atol=0.06)


def test_an_emulator_gives_the_known_indices_of_noisy_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensitivity, "REFITS", 15)
    noise = np.random.default_rng(1).normal(0, 0.7, 90)
    _, _, found = run("sobol", False, 3, 90, 1, lambda places: line(places) + noise)
    np.testing.assert_allclose(found.index, SIZES**2 / (SIZES**2).sum(), atol=0.05)
    np.testing.assert_allclose(found.other, SIZES**2 / (SIZES**2).sum(), atol=0.05)
    assert found.told is not None
    assert 0.9 < found.told < 0.99
    assert found.swing[0] == pytest.approx(3 * 2 * 1.645, rel=0.1)


def test_morris_gives_the_known_effects_as_salib_does() -> None:
    from SALib.analyze import morris

    places, shown, found = run("morris", False, 3, 40, 1, lambda places: places @ np.array([3, -2, 0.0]))
    np.testing.assert_allclose(found.index, np.array([3, 2, 0]) * 0.9, atol=1e-9)
    np.testing.assert_allclose(found.swing, np.array([3, -2, 0]) * 0.9, atol=1e-9)
    np.testing.assert_allclose(found.other, 0, atol=1e-9)
    assert found.problems() == []
    shown = ishigami(places)
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0.0, 1.0]] * 3}
    theirs = morris.analyze(problem, (places - 0.05) / 0.9, shown, num_levels=4)
    ours = analyse("morris", False, places, shown, 1)
    np.testing.assert_allclose(ours.index, theirs["mu_star"])
    np.testing.assert_allclose(ours.other, theirs["sigma"])


@pytest.mark.parametrize("method", ["morris", "sobol"])
@pytest.mark.parametrize("direct", [False, True])
def test_more_runs_begin_with_those_of_fewer(method: str, direct: bool) -> None:
    few = design(method, 3, direct and method == "sobol", 320, 5)
    more = design(method, 3, direct and method == "sobol", 640, 5)
    assert (more[: len(few)] == few).all()
    assert len(more) == 2 * len(few)


@pytest.mark.parametrize(
    ("method", "direct", "least"), [("morris", False, 4 * 27), ("sobol", False, 260), ("sobol", True, 64 * 28)]
)
def test_too_few_runs_are_refused_with_the_number_needed(method: str, direct: bool, least: int) -> None:
    assert needed(method, 26, direct) == least
    with pytest.raises(RequestError, match=rf"--runs {least - 1}: too few for .* of 26 factors: {least} or more"):
        design(method, 26, direct, least - 1, 1)


def test_what_has_not_converged_says_so_and_why() -> None:
    rng = np.random.default_rng(1)
    _, _, found = run("morris", False, 3, 16, 1, lambda places: rng.normal(size=len(places)))
    assert "90 % interval" in " ".join(found.problems())
    asked = Question(compose([]), find_outcome("deaths"), True)
    told = Told(asked, [(path,) for path in THREE], found, "morris", False)
    assert not told.converged
    assert "NOT converged: the widest 90 % interval is" in told.text()
    assert "Try --runs 32" in told.text()
    assert told.data()["converged"] is False
    deaf = replace(found, index=np.ones(3), draws=np.ones((9, 3)), told=0.2)
    assert deaf.problems() == ["the emulator tells 20% of the variance between runs, less than 50%"]


def test_sets_that_could_not_be_solved_leave_their_steps_out() -> None:
    places = design("morris", 3, False, 40, 1)
    shown = places @ SIZES
    shown[5] = np.nan
    assert np.isnan(steps_of(places, shown)).sum() == 2
    found = analyse("morris", False, places, shown, 1)
    np.testing.assert_allclose(found.index, 0.9 * SIZES)
    assert found.unsolved == 1
    blocks = design("sobol", 3, True, 128 * 5, 1)
    shown = line(blocks)
    shown[7] = np.nan
    assert analyse("sobol", True, blocks, shown, 1).index[0] == pytest.approx(9 / 14, abs=0.1)


def test_several_drawn_together_are_one_factor_with_the_weakest_grade() -> None:
    known = [("behaviour.b_c",), ("behaviour.b_v", "behaviour.b_v2", "party.b_child_violence")]
    assert chosen_factors(known, ["behaviour.b_v2"], [], True) == [known[1]]
    assert chosen_factors(known, [], ["behaviour.b_c"], True) == [known[1]]
    grades = {parameters()[path].grade for path in known[1]}
    assert grade_of(known[1]) == next(grade for grade in "-ARTDV" if grade in grades)


@pytest.mark.parametrize(
    ("path", "solving", "part"),
    [
        ("behaviour.b_cc", True, "behaviour.b_cc: unknown parameter (did you mean"),
        ("behaviour.q0", True, "prior 'calibrated with pi_1'"),
        ("behaviour.a.SLV", True, "is solved to the observed level"),
        ("population.share", True, "makes other households"),
        ("behaviour.b_c", True, "is set by the request"),
        ("journey.max_attempts", True, "is no number with a prior"),
    ],
)
def test_what_cannot_be_moved_is_refused_with_the_reason(path: str, solving: bool, part: str) -> None:
    with pytest.raises(RequestError, match=re.escape(part)):
        chosen_factors([], [path], ["behaviour.b_c"], solving)


def test_a_run_is_known_by_all_that_made_it() -> None:
    asked = Question(compose(["scenarios=labour_visas_50k", "population.share=0.001"]), find_outcome("deaths"), True)
    code = made_by(asked, {"behaviour.b_c": 0.3})
    assert made_by(replace(asked, outcome=find_outcome("admit")), {"behaviour.b_c": 0.3}) == code
    others = (
        (asked, {"behaviour.b_c": 0.4}), (replace(asked, solving=False), {"behaviour.b_c": 0.3}),
        (replace(asked, config=asked.config.replace(seed=2)), {"behaviour.b_c": 0.3}),
        (replace(asked, config=asked.config.replace(behaviour__kappa=0.2)), {"behaviour.b_c": 0.3}),
        (replace(asked, config=compose(["population.share=0.001"])), {"behaviour.b_c": 0.3}),
    )  # fmt: skip
    assert code not in {made_by(*other) for other in others}


@pytest.fixture
def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Runs that cost nothing: journeys follow from three parameters, in the scenario with twice as much."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sensitivity, "REFITS", 10)
    done: list[float] = []

    def evaluate(room: Any, drawn: Mapping[str, float]) -> dict[str, Any]:
        code = made_by(room, drawn)
        known = sensitivity_runs.kept(sensitivity_runs.KEPT, code)
        if known is not None:
            return known
        done.append(drawn[THREE[0]])
        value = 1e5 * (3 * drawn[THREE[0]] + drawn[THREE[1]])
        outcomes = {"depart_irregular": value, "death": value / 100}
        found = {
            "values": dict(drawn), "solved": True, "reference": outcomes,
            "scenario": {name: 2 * one for name, one in outcomes.items()},
        }  # fmt: skip
        sensitivity_runs.keep(sensitivity_runs.KEPT, code, found)
        return found

    monkeypatch.setattr(sensitivity_runs, "Room", lambda asked: asked)
    monkeypatch.setattr(sensitivity_runs, "evaluate", evaluate)
    return done


WORDS = ("sensitivity", "labour_visas_50k", "--parameters", *THREE)


def test_the_command_tells_every_parameter_with_its_grade_and_draws(
    lived: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*WORDS, "--png", "t.png", "--csv", "t.csv"]) == 0
    out = capsys.readouterr().out
    assert "Irregular journeys: Fifty thousand more labour places minus Baseline, people a year" in out
    first = next(row for row in out.splitlines() if row.lstrip().startswith("1 "))
    assert "behaviour.sigma_u" in first
    assert re.search(rf" {parameters()['behaviour.sigma_u'].grade} ", first)
    assert "converged" in out
    assert "Levels solved anew" in out
    assert Path("t.png").read_bytes().startswith(b"\x89PNG")
    assert "behaviour.sigma_u" in Path("t.csv").read_text()
    assert len(lived) == 30
    assert main([*WORDS, "--json", "--outcome", "deaths"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["runs"], told["factors"][0]["rank"]) == ("death", 30, 1)
    assert len(lived) == 30, "another outcome takes no new run"


def test_a_killed_sensitivity_goes_on_from_what_it_kept(lived: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    living: Callable[..., Any] = sensitivity_runs.evaluate

    def stopped(*words: Any) -> Any:
        if len(lived) >= 8:
            raise KeyboardInterrupt
        return living(*words)

    monkeypatch.setattr(sensitivity_runs, "evaluate", stopped)
    assert main(WORDS) == 130
    kept = len(list(sensitivity_runs.KEPT.glob("*.json")))
    assert 8 <= kept < 30
    monkeypatch.setattr(sensitivity_runs, "evaluate", living)
    assert main(WORDS) == 0
    assert len(lived) == 30
    assert main([*WORDS, "--runs", "60"]) == 0
    assert len(lived) == 60, "the first thirty are kept"


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("labour_visas_5k",), "did you mean 'labour_visas_50k'"),
        (("baseline", "--outcome", "deths"), "did you mean 'deaths'"),
        (("baseline", "--outcome", "delivered"), "is not counted by country"),
        (("baseline", "--parameters", "behaviour.sigma_x"), "did you mean 'behaviour.sigma_"),
        (("baseline", "--runs", "100"), "too few for Sobol' indices of 26 factors: 260 or more"),
        (("baseline", "--method", "morris", "--direct"), "--direct is about --method sobol"),
        (("baseline", "--method", "fast"), "not one of morris, sobol"),
        (("baseline", "run.end=2013-11", "run.start=2013-10"), "no calendar year lies whole"),
        (("a", "b"), "one scenario at a time"),
        (("behaviour.ensemble_member=0",), "are drawn from their priors"),
    ],
)
def test_a_wrong_request_is_told_before_any_run(
    words: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sensitivity", *words]) == 2
    assert part in capsys.readouterr().err
    assert not sensitivity_runs.KEPT.exists()


def test_a_real_parameter_set_is_solved_lived_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = small_config({"labour_places": {"places_per_year": {"usa_h2a": 0}, "start": "2014-03"}})
    asked = Question(replace(config, scenarios=("labour_visas_50k",)), find_outcome("irregular_journeys"), False)
    said: list[str] = []
    (found,) = sensitivity_runs.live_all(asked, [{"behaviour.b_c": 0.4}], said.append)
    assert sensitivity_runs.shown(asked, found) == 0, "a policy at zero is the baseline"
    assert found["reference"]["depart_irregular"] > 0
    again = sensitivity_runs.live_all(asked, [{"behaviour.b_c": 0.4}], said.append)
    assert again == [found]
    assert said[0].startswith("0 of 1 parameter sets are kept")


def test_the_figure_tells_the_grade_and_the_unit(tmp_path: Path) -> None:
    _, _, found = run("morris", False, 3, 40, 1, lambda places: places @ SIZES)
    asked = Question(compose([]), find_outcome("irregular_journeys"), True)
    draw(Told(asked, [(path,) for path in THREE], found, "morris", False), tmp_path / "t.png")
    from PIL import Image

    with Image.open(tmp_path / "t.png") as image:
        assert "grade" in image.info["Description"]
