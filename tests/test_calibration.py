"""From priors to an ensemble: what a fit may see, that each step does what it says, that a stop loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis import calibration, evaluate, facts, level, smc
from analysis.calibration import Plan, calibrate_ensemble, latin, plan_of, sorted_out, starting
from analysis.emulator import fit
from analysis.evaluate import Evaluated, Room, made_by, see
from analysis.fact_list import fitted, scored
from analysis.level import Level, observed, solve
from analysis.matching import CUT, figures_of
from analysis.recovery import recover
from analysis.screening import Importance, factors, screen, values_at
from analysis.sealed import Sealed, SealedError, sealed
from analysis.stylised import Seen
from analysis.targets import Sums
from sim import ensemble
from sim.codes import COUNTRIES, N_MONTHS, THEORIES
from sim.compose import compose
from sim.config import Config
from sim.data.loader import load
from sim.errors import RequestError

TINY = ("population.share=0.0003", "run.threads=1")


# What a fit may see


def test_a_fit_that_peeks_is_refused_by_name() -> None:
    for late in (
        lambda data: data.year("encounters_usbp", "HND")[2021],
        lambda data: data.year("returns_received", "NCA")[2019],
        lambda data: data.fact("recidivism_rate", year=2021),
        lambda data: data.fact("recidivism_rate"),
        lambda data: data.facts("lapop_intends_to_migrate_3yr", "HND")[2023],
    ):
        with pytest.raises(SealedError, match="after 2019-09"):
            late(sealed())
    assert sealed().year("encounters_usbp", "HND")[2019] == load().year("encounters_usbp", "HND")[2019]
    assert len(sealed().month("encounters_usbp", "HND")) == 81, "months after the seal are not there"


def test_late_facts_are_seen_and_nothing_beside_them() -> None:
    assert sealed().fact("wfp_concrete_preparations") == load().fact("wfp_concrete_preparations")
    seen = [name for name in load().variables("survey_facts") if ("survey_facts", name) not in load().late_facts()]
    for name in seen:
        for country in ("ALL", *COUNTRIES):
            years = load().facts(name, country)
            for year in years:
                if year > 2019:
                    with pytest.raises(SealedError):
                        sealed().fact(name, country, year)


def test_a_sum_over_the_seal_is_refused_where_it_is_asked(room: Room, seen: Seen) -> None:
    sums = Sums(seen.sums.flows, seen.sums.yearly, Sealed(load()))  # type: ignore[arg-type]  # the same questions
    with pytest.raises(SealedError):
        facts.encounters_2017_21(replace(seen, sums=sums))
    assert all(np.isfinite(one.simulated) for one in fitted(seen))


@pytest.fixture(scope="module")
def room() -> Room:
    return Room(compose(TINY))


@pytest.fixture(scope="module")
def seen(room: Room) -> Seen:
    return see(room, room.config, sealed())


def test_every_fact_has_rows_with_a_band_and_what_is_fitted_has_a_spread(seen: Seen) -> None:
    whole = replace(seen, sums=Sums(seen.sums.flows, seen.sums.yearly, load()))
    shown = scored(whole)
    assert list(shown) == [f"E{number}" for number in range(1, 21)]
    assert all(row.band is not None for rows in shown.values() for row in rows)
    assert all(rows for rows in shown.values())
    figures = fitted(seen)
    assert len({one.name for one in figures}) == len(figures)
    assert all(one.deviation > 0 and one.whole > 0 for one in figures)


# The level


class Analytic:
    """A model in a few lines: every level answers to its constant, encounters to the family constant too."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, config: Config, base: object = None) -> Level:
        self.runs += 1
        target = observed()
        a, asc, family, child = (np.array(config.by_country(path)) for path in level.SOLVED)
        odds = np.exp(0.7 * np.column_stack([family, child]) + 0.2)
        parties = odds / (1 + odds.sum(axis=1, keepdims=True))
        encounters = 2 * target.encounters * np.exp(0.7 * asc + 0.2 * family + config["behaviour.b_c"])
        people = {flow: np.ones((N_MONTHS, len(COUNTRIES), 4)) for flow in level.WATCHED}
        return Level(encounters, 1 / (1 + np.exp(-a - 0.3)), parties, people)


def test_constants_of_country_and_party_are_solved_together(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Analytic()
    monkeypatch.setattr(level, "simulate", model)
    values, found = solve(compose(TINY), lambda line: None)
    assert level.distance(found) < level.TOLERANCE
    assert len(values) == len(level.SOLVED) * len(COUNTRIES)
    assert model.runs <= level.STEPS + 1


def test_a_digest_tells_what_a_parameter_set_was_made_of() -> None:
    config, drawn = compose(TINY), {"behaviour.b_c": 0.3}
    code = made_by(config, drawn)
    assert code == made_by(config.replace(run__output="elsewhere", run__threads=2, behaviour__a__SLV=0), drawn)
    assert code == made_by(config.replace(party__asc_family__SLV=0), drawn)
    assert code != made_by(config, {"behaviour.b_c": 0.4})
    assert code != made_by(config.replace(behaviour__kappa=0.2), drawn)
    assert code != made_by(config.replace(population__share=0.001), drawn)


# Emulators, matching, sampling


def _linear(z: np.ndarray) -> np.ndarray:
    return np.column_stack([z[:, 0] + 0.5 * z[:, 1] ** 2, 2 * z[:, 1] - z[:, 2]])


def test_an_emulator_tells_what_it_was_not_shown_and_how_far_it_errs() -> None:
    rng = np.random.default_rng(1)
    z, new = rng.standard_normal((80, 3)), rng.standard_normal((200, 3)) * 0.8
    noisy = _linear(z) + 0.05 * rng.standard_normal((80, 2))
    found = fit(z, noisy, ("bent", "straight"))
    errors = found.predict(new) - _linear(new)
    assert np.sqrt((errors**2).mean(axis=0)) == pytest.approx(0, abs=0.15)
    assert (found.explained > 0.95).all()
    assert (found.variance < 0.03).all()


def _evaluated(shown: dict[str, float], told: dict[str, float]) -> Evaluated:
    figures = {name: [value, told[name], 0.1, 1.0] for name, value in shown.items()}
    return Evaluated({}, figures, {}, {}, 0.0, 0.0, "x", True)


def test_what_no_parameter_set_comes_near_is_told_and_rules_nothing_out() -> None:
    told = {"near": 1.0, "far": 9.0}
    found = [_evaluated({"near": 1.0 + 0.2 * k, "far": 0.1 * k}, told) for k in range(5)]
    figures = figures_of(found, discrepancy=0.1)
    assert figures.names == ("near", "far")
    assert figures.reachable.tolist() == [True, False]
    assert figures.variance == pytest.approx(0.1**2 + 0.1**2)
    assert figures.plausible(figures.shown(found)).tolist() == [True, True, True, False, False]
    worst = figures.implausibility(np.array([[1.0 + CUT * np.sqrt(0.02), 0.0]]))
    assert worst[0, 0] == pytest.approx(CUT)


def test_the_sampler_finds_a_posterior_that_is_known() -> None:
    rng = np.random.default_rng(3)
    mean, variance = 1.2, 0.25  # of the observation of the first score; the second is not observed
    z = smc.sample(lambda z: -0.5 * (z[:, 0] - mean) ** 2 / variance, 4000, 2, rng)
    assert z[:, 0].mean() == pytest.approx(mean / (1 + variance), abs=0.04)
    assert z[:, 0].std() == pytest.approx(np.sqrt(variance / (1 + variance)), abs=0.03)
    assert (z[:, 1].mean(), z[:, 1].std()) == pytest.approx((0, 1), abs=0.06)


def test_known_parameters_are_found_again_and_a_wrong_emulator_is_found_out() -> None:
    rng = np.random.default_rng(5)
    z = rng.standard_normal((120, 3))
    shown = _linear(z)
    names = {"bent": 0.0, "straight": 0.0}
    known = [_evaluated(dict(zip(names, row.tolist(), strict=True)), names) for row in shown]
    figures = figures_of(known, discrepancy=0.2)
    model = fit(z, shown, figures.names)
    found = recover(figures, model, known, z, 40, rng, lambda line: None)
    half, nine = found.overall
    assert 0.4 < half < 0.6
    assert 0.82 < nine < 0.99
    assert (found.narrowed < 0.95).all()
    wrong = fit(z, shown + 1, figures.names)
    half, nine = recover(figures, wrong, known, z, 40, rng, lambda line: None).covered[:, 0]
    assert half < 0.35
    assert nine < 0.8


# Screening


def test_factors_are_all_that_have_a_prior_each_once_and_no_solved_constant() -> None:
    chosen = factors(THEORIES[0])
    paths = [path for factor in chosen for path in factor]
    assert len(paths) == len(set(paths)) > 100
    assert ("behaviour.b_v", "behaviour.b_v2", "party.b_child_violence") in chosen
    assert not [path for path in paths if path.rpartition(".")[0] in level.SOLVED]
    assert "behaviour.b_norm" not in paths
    assert ("behaviour.b_norm",) in factors("planned_behaviour")
    middle = values_at(chosen, np.full(len(chosen), 0.5))
    assert middle["behaviour.b_N"] == pytest.approx(0.3, abs=0.01)


def test_morris_finds_the_factor_that_matters_and_sizes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = (("behaviour.b_N",), ("behaviour.b_w",), ("behaviour.w",))
    monkeypatch.setattr("analysis.screening.factors", lambda theory: chosen)

    def model(room: object, drawn: list[dict[str, float]], *others: object) -> list[Evaluated]:
        scores = [stats.norm.cdf((one["behaviour.b_N"] - 0.3) / 0.12) for one in drawn]
        return [_evaluated({"a": 2 * float(score), "b": 0.0}, {"a": 0, "b": 0}) for score in scores]

    monkeypatch.setattr("analysis.screening.evaluate_all", model)
    room = SimpleNamespace(config=compose(TINY))
    first, *others = screen(room, 4, 1, lambda line: None)  # type: ignore[arg-type]
    assert first.factor == chosen[0]
    assert first.facts["a"] == pytest.approx(2 * 0.9 / 0.1, rel=0.05), "over a whole prior's 90 %, in SDs of .1"
    assert all(max(one.facts.values()) == 0 for one in others)


def test_what_moves_facts_is_fitted_what_moves_policies_only_is_drawn_the_rest_stays() -> None:
    of = Importance
    found = [of(("a",), {"x": 2.0}, {"p": 0.0}), of(("b",), {"x": 0.1}, {"p": 3.0}), of(("c",), {"x": 0.1}, {"p": 0.1})]
    assert sorted_out(found) == ((("a",),), (("b",),))


def test_a_latin_hypercube_takes_each_part_of_each_prior_once() -> None:
    z = latin(12, 5, np.random.default_rng(2))
    assert (np.sort(np.floor(stats.norm.cdf(z) * 12), axis=0) == np.arange(12)[:, np.newaxis]).all()


def test_solving_starts_where_a_straight_line_through_the_known_says() -> None:
    rng = np.random.default_rng(4)
    at = rng.standard_normal((20, 2))
    path = "behaviour.asc_irregular.SLV"
    known = [replace(_evaluated({}, {}), values={path: float(1 + 2 * x - y)}) for x, y in at]
    (start,) = starting(known, at, np.array([[0.1, 0.2]])) or [{}]
    assert start[path] == pytest.approx(1.0)


# The whole way, tiny


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Give a function that makes an ensemble by the plan `tiny` of three factors, its table in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ensemble, "ensemble_file", lambda: tmp_path / "ensemble.csv")
    chosen = (("behaviour.b_w",), ("behaviour.b_N",), ("behaviour.w",))
    monkeypatch.setattr("analysis.screening.factors", lambda theory: chosen)
    monkeypatch.setattr(calibration, "MOVES_FACTS", 0.0)
    monkeypatch.setattr(evaluate, "ACCEPTED", 10.0)
    monkeypatch.setattr("analysis.matching.CUT", 1000.0)

    def make(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
        calibrate_ensemble(["run.threads=1"], "tiny", write_down=True, as_json=True)
        return dict(json.loads(capsys.readouterr().out))

    return make


def test_the_whole_way_makes_a_table_and_going_again_lives_nothing(
    small: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = small(capsys)
    table = ensemble.ensemble_file().read_bytes()
    members = ensemble.members()
    assert told["members"] == len(members) == plan_of("tiny").members
    assert {"behaviour.b_w", "behaviour.a.SLV", "party.asc_child.HND"} <= members[0].values.keys()
    lived = []
    monkeypatch.setattr(evaluate, "see", lambda *asked: lived.append(1))
    assert small(capsys) == told
    assert not lived, "every parameter set was kept"
    assert ensemble.ensemble_file().read_bytes() == table


@pytest.mark.parametrize(
    ("words", "plan", "told"),
    [
        (["scenarios=null_policy"], "tiny", "leave out scenarios="),
        ([], "tinny", r"no plan 'tinny' in calibration .*did you mean"),
        (["behaviour.b_u=1"], "tiny", "behaviour.b_u"),
    ],
)
def test_a_wrong_request_is_refused(words: list[str], plan: str, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        calibrate_ensemble(words, plan, write_down=False)


def test_a_plan_with_a_wrong_number_is_told_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "calibration"
    folder.mkdir()
    (folder / "mine.yaml").write_text("share: -1\ndesing: 3\n", encoding="utf-8")
    monkeypatch.setattr(calibration, "shipped", lambda name: tmp_path)
    with pytest.raises(RequestError) as caught:
        plan_of("mine")
    assert "unknown key 'desing' (did you mean 'design'?)" in str(caught.value)
    assert "share: -1 is no number from 0 on" in str(caught.value)
    assert "design is missing" in str(caught.value)


def test_the_plans_that_are_shipped_can_be_read() -> None:
    assert all(isinstance(plan_of(name), Plan) for name in ("standard", "full", "quick", "tiny"))
