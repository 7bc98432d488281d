"""Dose and response: any number of a policy against any outcome, paired, and never beyond what was run."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_model import FakeRecord, install
from small_model import MANY_PLACES, small_config

from analysis import dose
from analysis.dose import Lever, Response, dose_for, read_lever, respond, with_dose
from analysis.dose_report import Report
from sim.cli import main
from sim.compose import compose
from sim.config import Config
from sim.ensemble import MEMBER
from sim.errors import RequestError
from sim.model import run_model
from sim.outcomes import OUTCOMES, find_outcome
from sim.policies import INSTRUMENTS

JOURNEYS = find_outcome("irregular_journeys")
PLACES = "policies.labour_places.places_per_year"
H2A = f"{PLACES}.usa_h2a"
DRAWS = ((None, 1), (None, 2), (None, 3))
CONFIG = compose(["scenarios=labour_visas_50k"])


class Answering(FakeRecord):
    """A world in which each place of the scenario averts a fifth of a journey, give or take by seed."""

    def outcomes(self) -> list[tuple[Any, ...]]:
        policies = self.config.policies.get("labour_places")
        places = sum(policies["places_per_year"].values()) if policies else 0
        journeys = 50_000 - places * (0.2 + 0.01 * self.config["seed"]) / 3
        return [
            (str(year), "depart_irregular", "people", f"country={country}", journeys)
            for year in range(2026, 2031)
            for country in ("SLV", "GTM", "HND")
        ]


def live(configs: Sequence[Config], on_month: Callable[[int], None]) -> list[Any]:
    return [Answering(config) for config in configs]


@contextlib.contextmanager
def silent(config: Config) -> Iterator[Callable[[int], None]]:
    yield lambda month: None


def response(*rows: Sequence[float], doses: Sequence[float] = (0, 10, 20)) -> Response:
    change = np.array(rows, float)
    return Response(JOURNEYS, np.array(doses, float), change, np.full(len(rows), 1e5), np.full(len(doses), 50.0))


def test_a_lever_is_a_number_of_a_policy_with_its_unit() -> None:
    lever = read_lever(f"{H2A}=20000,0,5000", CONFIG)
    assert (lever.path, lever.unit, lever.doses) == (H2A, "places a year", (0, 5000, 20000))
    assert read_lever(f"{H2A}=0x,2x", CONFIG).doses == (0, 2 * 8750)
    with_it = with_dose(CONFIG, H2A, 5000).policies["labour_places"]["places_per_year"]
    assert with_it == {**CONFIG.policies["labour_places"]["places_per_year"], "usa_h2a": 5000}


def test_all_places_together_are_shared_as_in_the_scenario() -> None:
    lever = read_lever(f"{PLACES}=0x,1x,50000", CONFIG)
    assert lever.doses == (0, 25000, 50000)
    assert with_dose(CONFIG, PLACES, 25000).policies == CONFIG.policies
    odd = with_dose(CONFIG, PLACES, 33).policies["labour_places"]["places_per_year"]
    assert sum(odd.values()) == 33
    assert odd["usa_h2a"] > odd["can_agriculture"] > odd["mex_border_worker"]


def test_a_scenario_without_the_policy_gets_it() -> None:
    assert with_dose(compose([]), H2A, 100).policies["labour_places"]["places_per_year"] == {"usa_h2a": 100}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("usa_h2a=1,2", "is no lever with doses; write policies.INSTRUMENT.SETTING"),
        ("policies.labour_places=1,2", "is no lever with doses"),
        (H2A, "is no lever with doses"),
        ("policies.labor_places.places_per_year=1,2", "did you mean 'labour_places'"),
        ("policies.labour_places.place_per_year=1,2", "did you mean 'places_per_year'"),
        ("policies.labour_places.start=1,2", "'2026-01' is not a number"),
        (f"{H2A}=1,many", "'many' is no dose"),
        (f"{H2A}=1,inf", "must be finite"),
        (f"{H2A}=5", "needs two doses or more"),
        (f"{PLACES}.can_other=0,2x", "sets nothing that could be multiplied"),
    ],
)
def test_what_is_no_lever_is_told(text: str, part: str) -> None:
    with pytest.raises(RequestError) as error:
        read_lever(text, CONFIG)
    assert part in str(error.value)


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        (H2A, -1.0, "out of range"), (H2A, 0.5, "not a whole number"), (PLACES, 0.5, "not a whole number"),
        (f"{PLACES}.usa_h2c", 5.0, "unknown pathway 'usa_h2c'"),
    ],
)  # fmt: skip
def test_a_dose_that_the_policy_does_not_take_is_told(path: str, value: float, part: str) -> None:
    with pytest.raises(RequestError) as error:
        with_dose(CONFIG, path, value)
    assert part in str(error.value)


def test_every_number_of_every_instrument_is_a_lever() -> None:
    for name, kind in INSTRUMENTS.items():
        for key, field in kind.FIELDS.items():
            if field.kind in ("number", "whole"):
                lever = read_lever(f"policies.{name}.{key}=1,2", compose([]))
                assert lever.unit == field.unit


def test_changes_are_paired_by_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dose, "live", live)
    lever = read_lever(f"{PLACES}=0,10000", CONFIG)
    (found,) = respond(CONFIG, lever, [JOURNEYS], [(None, 1), (None, 2)], silent)
    np.testing.assert_allclose(found.change, [[0, -2100], [0, -2200]], atol=1e-6)
    np.testing.assert_allclose(found.baseline, 150_000)
    assert [round(one.value) for one in found.estimates()] == [0, -2150]


def test_a_dose_is_the_scenario_run_alone() -> None:
    """The forked runs give what each dose gives by itself, and the dose of zero is the baseline."""
    config = small_config({"labour_places": {**MANY_PLACES["labour_places"], "start": "2014-03"}})
    lever = Lever(H2A, "places a year", (0, 200_000))
    zero = with_dose(config, PLACES, 0)
    (found,) = respond(zero, lever, [OUTCOMES["admit"]], [(None, 1)], silent)
    record, *_ = run_model(with_dose(zero, H2A, 200_000))
    base, *_ = run_model(zero)
    alone = [sum(r[4] for r in one.outcomes() if r[1] == "admit" and r[3] == "all") / 2 for one in (base, record)]
    assert found.change[0, 0] == 0
    assert found.change[0, 1] == pytest.approx(alone[1] - alone[0])
    assert found.change[0, 1] > 0


def test_the_dose_of_a_change_lies_where_the_mean_response_crosses_it() -> None:
    found = dose_for(response([0, -90, -180], [0, -110, -220], [0, -100, -200]), -150)
    assert found.dose == pytest.approx(15, abs=0.01)
    assert 10 < found.low[90] < found.low[50] < 15 < found.high[50] < found.high[90]
    assert found.high[90] == np.inf
    assert dose_for(response([0, -100, -200]), 0).dose == 0


def test_a_change_outside_the_range_has_no_dose() -> None:
    found = dose_for(response([0, -90, -180], [0, -110, -220]), -1000)
    assert np.isnan([found.dose, found.low[90], found.high[90]]).all()
    told = Report(CONFIG, Lever(H2A, "places a year", (0, 10, 20)), DRAWS, (response([0, -90, -180]),), found)
    assert "outside what 0 to 20 places a year gave, -180 to 0; nothing is said of doses beyond" in told.answer_text()


def test_a_response_that_turns_is_told_and_whether_chance_may_do_it() -> None:
    lever = Lever(H2A, "places a year", (0, 10, 20))
    sure = response([0, -100, -50], [0, -101, -51], [0, -99, -50])
    assert (sure.turns(), sure.turns_by_chance()) == ([1], False)
    (_, note) = Report(CONFIG, lever, DRAWS, (sure,)).notes()
    assert note == "Irregular journeys: no steady rise or fall: it turns at 10."
    noisy = response([0, -100, -50], [0, -30, -80], [0, -50, -20])
    assert noisy.turns_by_chance()
    assert "chance alone may do that" in list(Report(CONFIG, lever, DRAWS, (noisy,)).notes())[1]
    assert response([0, -50, -100]).turns() == []
    assert response([0, 0, -100]).turns() == []
    assert "at the least" in Report(CONFIG, lever, DRAWS, (sure,), dose_for(sure, -80)).answer_text()


def test_one_seed_has_no_interval_and_says_so() -> None:
    alone = response([0, -100, -200])
    report = Report(CONFIG, Lever(H2A, "places a year", (0, 10, 20)), DRAWS[:1], (alone,), dose_for(alone, -150))
    assert "one seed, so no interval" in report.text()
    assert "%:" not in report.answer_text()
    assert report.data()["for"]["low90"] is None
    assert {row["low90"] for row in report.rows()} == {None}


def test_members_of_the_ensemble_are_draws_too(monkeypatch: pytest.MonkeyPatch) -> None:
    lived: list[tuple[Any, Any, Any]] = []

    def noted(configs: Sequence[Config], on_month: Callable[[int], None]) -> list[Any]:
        lived.extend((one[MEMBER], one["seed"], one["behaviour.b_v"]) for one in configs)
        return live(configs, on_month)

    monkeypatch.setattr(dose, "live", noted)
    monkeypatch.setattr("sim.ensemble.values_of", lambda number: {} if number is None else {"behaviour.b_v": 0.3})
    lever = read_lever(f"{PLACES}=0,10000", CONFIG)
    draws = ((0, 1), (0, 2), (1, 1), (1, 2))
    (found,) = respond(CONFIG, lever, [JOURNEYS], draws, silent)
    assert found.change.shape == (4, 2)
    assert lived == [(member, seed, 0.3) for member, seed in draws for _ in range(3)]
    report = Report(CONFIG, lever, draws, (found,))
    assert "2 members of the ensemble, 2 seeds each" in report.text()
    assert report.data()["members"] == [0, 1]


def test_the_curve_does_not_overshoot_its_doses() -> None:
    curve = response([0, -100, -100]).at(np.linspace(0, 20, 201))
    assert curve.min() >= -100
    assert curve.max() <= 0


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    install(monkeypatch)
    monkeypatch.setattr(dose, "live", live)


@pytest.mark.usefixtures("_here")
def test_the_command_prints_the_response_and_writes_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    files = ("--csv", "d.csv", "--xlsx", "d.xlsx", "--html", "d.html", "--png", "d.png")
    words = ("dose", "labour_visas_50k", f"{PLACES}=0x,1x,2x", "--for", "-5000", "--seeds", "3")
    assert main([*words, *files]) == 0
    out = capsys.readouterr().out
    assert "Irregular journeys, people a year; the baseline has 150,000" in out
    assert "For a change of -5,000 people a year in irregular journeys: about 22,700 places a year (50 %: " in out
    assert {path.name for path in Path.cwd().iterdir()} == {"d.csv", "d.xlsx", "d.html", "d.png"}
    assert Path("d.png").read_bytes().startswith(b"\x89PNG")
    with Path("d.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["dose"] for row in rows] == ["0", "25000", "50000"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["seeds"], told["share"], told["unit"]) == ([1, 2, 3], 0.02, "places a year")
    assert told["for"]["dose"] == pytest.approx(5000 / 0.22, rel=1e-3)


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("labour_visas_5k", f"{PLACES}=0,1"), "did you mean 'labour_visas_50k'"),
        (("labour_visas_50k", f"{PLACES}=0,1", "--outcome", "depart_iregular"), "did you mean 'depart_irregular'"),
        (("labour_visas_50k", f"{PLACES}=0,1", "--seeds", "0"), "'0' is not a number from 1 on"),
        (("labour_visas_50k", f"{PLACES}=0,1", "--for", "few"), "--for"),
        (("labour_visas_50k", f"{PLACES}=0,-1"), "out of range"),
        (("baseline", f"{H2A}=0,1", "run.end=2013-12", "run.start=2013-10"), "no calendar year lies whole"),
        (("baseline", f"{H2A}=0,1", "--members", "1000"), "argument --members: the ensemble has"),
        (("labour_visas_50k", f"{PLACES}=0,1", "--for", "nan"), "'nan' is not a number"),
        (("labour_visas_50k", f"{PLACES}=0,1", "--png", "no/a.png"), "the folder no does not exist"),
        (("labour_visas_50k", f"{PLACES}=0,1e30"), "allowed 0 to 40000000 places of all pathways"),
        (("labour_visas_50k", f"{H2A}.x=0,1"), "usa_h2a is 8750, so there is no x in it"),
        (("baseline", f"{H2A}=0,1", "--outcome", "deaths", "--outcome", "admit", "--for", "1"), "one outcome"),
    ],
)
def test_a_wrong_dose_is_one_line_and_no_file(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], part: str
) -> None:
    assert main(["dose", *words, "--csv", "d.csv"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert part in captured.err.splitlines()[-1]
    assert not list(Path.cwd().iterdir())
