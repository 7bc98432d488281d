"""Members of the ensemble: composed, refused when of another model, within readable priors, set by nothing late."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.compare import PAIRED
from analysis.ensemble_table import DECIMALS, column
from analysis.level import SOLVED, observed, simulate
from analysis.matching import CUT
from analysis.priors import DRAWN, parse, prior_of
from sim import ensemble
from sim.baseline import digest_of_pinned
from sim.codes import COUNTRIES, fiscal_year, month_index
from sim.compose import compose
from sim.config import parameters
from sim.data.loader import load
from sim.ensemble import MEMBER, base_config, model_digest, of_member
from sim.errors import DataError, RequestError
from sim.results import identity
from sim.study import as_baseline, run_folder

SAID_AT = "2019-09"
HEAD = "member,behaviour.b_c,behaviour.b_w,gap.rise,share,seed,digest,model"
ROWS = (f"0,0.3,1.5,-0.2,0.02,1,aa,{model_digest()}", f"1,0.6,1.1,0.1,0.02,1,bb,{model_digest()}")
EXCEPTIONS: dict[str, str] = {}
"""Parameters whose central value lies outside the 98 % range of its prior, and why."""
COUNTED = re.compile("encounters|returns|removals|apprehensions|visas|refugees|asylum")
TINY = ("population.share=0.0003", "run.threads=1")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Give a function that puts a table in the place of the one shipped."""
    path = tmp_path / "ensemble.csv"
    monkeypatch.setattr(ensemble, "ensemble_file", lambda: path)

    def write(*lines: str) -> None:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ensemble.forget()

    write(HEAD, *ROWS)
    yield write
    ensemble.forget()


@pytest.mark.usefixtures("table")
def test_a_member_takes_the_place_of_the_central_values_and_an_override_wins() -> None:
    central, member = compose(), compose([f"{MEMBER}=1"])
    assert central[MEMBER] is None
    assert (member[MEMBER], member["behaviour.b_c"], member["behaviour.b_w"]) == (1, 0.6, 1.1)
    assert {path for path in central if central[path] != member[path]} == {MEMBER, "behaviour.b_c", "behaviour.b_w"}
    own = compose([f"{MEMBER}=1", "behaviour.b_c=0.4"])
    assert (own["behaviour.b_c"], own["behaviour.b_w"]) == (0.4, 1.1)
    assert compose([f"{MEMBER}=1", f"{MEMBER}=0"])["behaviour.b_c"] == 0.3
    assert identity(compose([f"{MEMBER}="])) == identity(central)


def test_a_scenario_wins_over_a_member_and_may_not_choose_one(
    table: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    scenario = Path("scenarios/mine.yaml")
    scenario.write_text("# Why?\ntitle: Mine\nsettings:\n  behaviour.b_c: 0.9\n", encoding="utf-8")
    config = compose(["scenarios=mine", f"{MEMBER}=1"])
    assert (config["behaviour.b_c"], config["behaviour.b_w"]) == (0.9, 1.1)
    assert identity(as_baseline(config)) == identity(compose([f"{MEMBER}=1"]))
    scenario.write_text(f"# Why?\ntitle: Mine\nsettings:\n  {MEMBER}: 1\n", encoding="utf-8")
    with pytest.raises(RequestError, match="belongs to the run"):
        compose(["scenarios=mine"])


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("word", ["2", "-1", "017", "1.0", "true", "[0,1]", "central"])
def test_an_unknown_member_is_refused_with_the_range(word: str) -> None:
    with pytest.raises(RequestError, match=r"behaviour\.ensemble_member: .* no member of the ensemble \(0 to 1, "):
        compose([f"{MEMBER}={word}"])


def test_without_a_table_there_is_the_central_member_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble, "ensemble_file", lambda: tmp_path / "none.csv")
    assert ensemble.members() == ()
    assert compose()[MEMBER] is None
    with pytest.raises(RequestError, match="the central one only"):
        compose([f"{MEMBER}=0"])


@pytest.mark.usefixtures("table")
def test_runs_of_a_member_have_their_folder_and_their_identity() -> None:
    member = compose([f"{MEMBER}=1"])
    assert run_folder(member) == Path("runs/default/baseline/member=001/seed=0001")
    assert run_folder(compose()) == Path("runs/default/baseline/member=central/seed=0001")
    changed = run_folder(compose([f"{MEMBER}=1", "behaviour.b_c=0.4"]))
    assert re.fullmatch(r"baseline\+[0-9a-f]{8}", changed.parts[2])
    assert len({identity(config) for config in (member, compose(), compose([f"{MEMBER}=0"]))}) == 3


def test_other_values_of_a_member_are_another_run(table: Callable[..., None]) -> None:
    before = identity(compose([f"{MEMBER}=1"]))
    table(HEAD, ROWS[0], ROWS[1].replace("0.6", "0.7"))
    assert identity(compose([f"{MEMBER}=1"])) != before


def test_pairs_are_of_one_member() -> None:
    assert MEMBER in PAIRED


@pytest.mark.usefixtures("table")
def test_a_configuration_moves_to_another_member_with_what_was_set() -> None:
    config = compose(["scenarios=labour_visas_50k", "behaviour.b_w=2"])
    moved = of_member(config, 1)
    expected = compose(["scenarios=labour_visas_50k", "behaviour.b_w=2", f"{MEMBER}=1"])
    assert identity(moved) == identity(expected)
    assert identity(of_member(moved, None)) == identity(config)
    assert identity(of_member(moved, 0)) == identity(of_member(config, 0))
    with pytest.raises(RequestError, match="0 to 1"):
        of_member(config, 2)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((HEAD, ROWS[1]), "row 2: member 1, not 0"),
        ((HEAD, ROWS[0].replace("0.3", "9")), "row 2: behaviour.b_c: 9 is out of range"),
        ((HEAD, ROWS[0].replace("0.3", "x")), "row 2: could not convert"),
        ((HEAD.replace("behaviour.b_c", "behaviour.b_u"), ROWS[0]), "behaviour.b_u is no parameter"),
        ((HEAD.replace("behaviour.b_c", "seed"), ROWS[0]), "column seed twice"),
        ((HEAD.replace("behaviour.b_c", "journey.max_attempts"), ROWS[0]), "no parameter that a member can have"),
        ((HEAD.replace("digest", "gap.more"), ROWS[0]), "column digest is missing"),
    ],
)
def test_a_wrong_table_is_told_by_row(table: Callable[..., None], lines: tuple[str, ...], told: str) -> None:
    table(*lines)
    with pytest.raises(DataError, match=re.escape(told)):
        ensemble.members()


def test_an_ensemble_of_another_model_is_refused_by_name(table: Callable[..., None]) -> None:
    table(HEAD, ROWS[0].replace(model_digest(), "0123456789abcdef"))
    with pytest.raises(RequestError, match=r"another version of the model \(0123456789abcdef; this one is"):
        compose([f"{MEMBER}=0"])
    assert compose()[MEMBER] is None, "the central member rests on no table"


def test_the_model_is_known_by_its_pinned_results() -> None:
    assert model_digest() == digest_of_pinned(), "pathways baseline update writes sim/data/model.txt"


def test_the_shipped_members_hold_to_their_priors_and_are_not_ruled_out() -> None:
    shipped = ensemble.members()
    assert len(shipped) >= 200
    for member in shipped:
        solved = {path for path in member.values if path.rpartition(".")[0] in SOLVED}
        assert len(solved) == len(SOLVED) * len(COUNTRIES)
        for path in member.values.keys() - solved:
            low, high = prior_of(path).range(1.0)
            assert low <= member.values[path] <= high, path
        assert base_config(member.number)["behaviour.b_w"] == member.values["behaviour.b_w"]
    assert len({member.digest for member in shipped}) == len(shipped)
    record = json.loads(ensemble.ensemble_file().with_suffix(".json").read_text(encoding="utf-8"))
    reached = {column(figure["name"]) for figure in record["figures"] if figure["reachable"]}
    misses = record["plan"]["misses"]
    for member in shipped:
        assert sorted(abs(member.gaps[name]) for name in reached)[-1 - misses] <= CUT + 10**-DECIMALS


@pytest.mark.parametrize("path", [path for paths in DRAWN for path in paths])
def test_a_prior_that_is_drawn_from_can_be_read_and_holds_the_central_value(path: str) -> None:
    low, high = prior_of(path).range(0.98)
    assert (low <= parameters()[path].default <= high) == (path not in EXCEPTIONS)


@pytest.mark.parametrize(
    ("text", "low", "high", "range90"),
    [
        ("N(0.5,0.2)", -9, 9, (0.171, 0.829)),
        ("N(0.5,0.2) >0", -9, 9, (0.182, 0.8296)),
        ("N(.4,.2)", 0, 0.5, (0.0825, 0.4814)),
        ("TruncN(2.8,0.8) on [0.5,5]", 0, 9, (1.49, 4.1)),
        ("Beta(2,6)", 0, 1, (0.0534, 0.5207)),
        ("Beta(13,7) .47-.81", 0, 1, (0.47, 0.812)),
        ("Beta(2,30) / .06", 0, 10, (0.193, 2.40)),
        ("LogN median .85 (.60-1.15)", 0, 9, (0.614, 1.177)),
        ("LogN mean 4000 (2000-6500)", 0, 15000, (2083, 6756)),
    ],
)
def test_a_prior_means_what_its_text_says(text: str, low: float, high: float, range90: tuple[float, float]) -> None:
    assert parse(text, low, high).range(0.9) == pytest.approx(range90, rel=0.01)


def test_a_mean_is_a_mean() -> None:
    places = (np.arange(2000) + 0.5) / 2000
    prior = parse("LogN mean 4000 (2000-6500)", 0, np.inf)
    assert np.mean([prior.value(float(place)) for place in places]) == pytest.approx(4000, rel=0.002)


@pytest.mark.parametrize("text", ["assumed", "LogN mean 0.15", "about 0.06", "N(0.5)", "N(1,2) <0"])
def test_a_prior_in_other_words_is_not_drawn(text: str) -> None:
    with pytest.raises(ValueError, match="is none of"):
        parse(text, 0, 1)


def test_a_parameter_without_a_prior_that_can_be_read_is_named() -> None:
    with pytest.raises(DataError, match=r"behaviour\.q0: prior 'calibrated with pi_1'"):
        prior_of("behaviour.q0")
    with pytest.raises(RequestError, match=r"unknown parameter 'behaviour\.b_u' \(did you mean"):
        prior_of("behaviour.b_u")


def altered(values: Mapping[Any, Mapping[Any, float]], late: Callable[[Any], bool]) -> dict[Any, dict[Any, float]]:
    """Return what was counted with every figure after September 2019 nine times as high."""
    return {
        key: {when: value * (9 if COUNTED.search(key[0]) and late(when) else 1) for when, value in series.items()}
        for key, series in values.items()
    }


def test_nothing_counted_after_september_2019_sets_a_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    config = compose(TINY)
    before, target = simulate(config), observed()
    data = load()
    monkeypatch.setattr(data, "_month", altered(data._month, lambda month: month > SAID_AT))
    monkeypatch.setattr(data, "_year", altered(data._year, lambda year: year > fiscal_year(month_index(SAID_AT))))
    shares = {
        key: {month: (1 - share if month > SAID_AT else share) for month, share in series.items()}
        for key, series in data._border.items()
    }
    monkeypatch.setattr(data, "_border", shares)
    for name in ("encounters", "wishing", "parties"):
        assert (getattr(observed(), name) == getattr(target, name)).all()
    after = simulate(config)
    for flow, counted in before.people.items():
        assert (after.people[flow] == counted).all()
        assert counted[: month_index(SAID_AT) + 1].sum() == counted.sum()


def test_a_figure_until_september_2019_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    before = observed()
    data = load()
    monkeypatch.setattr(data, "_month", altered(data._month, lambda month: month <= SAID_AT))
    assert (observed().encounters > before.encounters).all()
