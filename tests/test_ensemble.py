"""Members of the ensemble: composed, drawn from readable priors, solved to what was counted by September 2019."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis import level, members
from analysis.level import Level, observed, simulate
from analysis.compare import PAIRED
from analysis.members import ACCEPTED, SOLVED, calibrate_members, design, drawn_values, gaps, made_by
from analysis.members_text import PROVISIONAL
from analysis.priors import DRAWN, parse, prior_of
from sim import ensemble
from sim.codes import COUNTRIES, N_MONTHS, fiscal_year, month_index
from sim.compose import compose
from sim.config import Config, parameters
from sim.data.loader import load
from sim.ensemble import MEMBER, base_config, of_member
from sim.errors import DataError, RequestError
from sim.results import identity
from sim.study import as_baseline, run_folder

SAID_AT = "2019-09"
HEAD = "member,behaviour.b_c,behaviour.b_w,gap.rise,seen.left_again,share,seed,digest"
ROWS = ("0,0.3,1.5,-0.2,0.15,0.02,1,aa", "1,0.6,1.1,0.1,0.2,0.02,1,bb")
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


def test_the_shipped_members_hold_to_their_levels_and_to_their_priors() -> None:
    shipped = ensemble.members()
    assert len(shipped) >= 16
    drawn = {path for paths in DRAWN for path in paths}
    target = {f"encounters.{country}" for country in COUNTRIES} | {f"wishing.{country}" for country in COUNTRIES}
    for member in shipped:
        assert {path for path in member.values if not path.startswith(SOLVED)} == drawn
        assert sum(path.startswith(SOLVED) for path in member.values) == 2 * len(COUNTRIES)
        assert max(abs(member.gaps[name]) for name in target) <= ACCEPTED
        for path in drawn:
            low, high = prior_of(path).range(1.0)
            assert low <= member.values[path] <= high, path
        assert base_config(member.number)["behaviour.b_c"] == member.values["behaviour.b_c"]
    assert len({member.digest for member in shipped}) == len(shipped)


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


@pytest.mark.parametrize("text", ["assumed", "LogN mean 0.15", "0.06 x/ 2", "N(0.5)", "N(1,2) <0"])
def test_a_prior_in_other_words_is_not_drawn(text: str) -> None:
    with pytest.raises(ValueError, match="is none of"):
        parse(text, 0, 1)


def test_a_parameter_without_a_prior_that_can_be_read_is_named() -> None:
    with pytest.raises(DataError, match=r"behaviour\.q0: prior 'calibrated with pi_1'"):
        prior_of("behaviour.q0")
    with pytest.raises(RequestError, match=r"unknown parameter 'behaviour\.b_u' \(did you mean"):
        prior_of("behaviour.b_u")


def test_a_design_takes_each_part_of_each_prior_once_and_mixes_them() -> None:
    n = 12
    places = design(n, seed=5)
    assert places.shape == (n, len(DRAWN))
    assert (np.sort(np.floor(places * n), axis=0) == np.arange(n)[:, np.newaxis]).all()
    assert (places == design(n, seed=5)).all()
    assert (places != design(n, seed=6)).any()
    correlated = np.corrcoef(design(24, seed=5).T) - np.eye(len(DRAWN))
    assert np.abs(correlated).max() < 0.25, "of unrelated columns about .6"


def test_parameters_that_one_anchor_holds_move_together() -> None:
    rows = drawn_values(9, seed=1)
    b_v, b_v2, child = (
        [row[path] for row in rows] for path in ("behaviour.b_v", "behaviour.b_v2", "party.b_child_violence")
    )
    assert list(np.argsort(b_v)) == list(np.argsort(b_v2)) == list(np.argsort(child))


class Analytic:
    """A model in one line: both levels answer to their intercepts, encounters to a drawn parameter too."""

    def __init__(self, deaf: bool = False) -> None:
        self.deaf, self.runs = deaf, 0

    def __call__(self, config: Config, base: object = None) -> Level:
        self.runs += 1
        target = observed()
        asc = np.array(config.by_country("behaviour.asc_irregular"))
        a = np.array(config.by_country("behaviour.a"))
        moved = 0.0 if self.deaf else 0.7 * asc + config["behaviour.b_c"] - config["behaviour.sigma_u"]
        people = {flow: np.ones((N_MONTHS, len(COUNTRIES), 4)) for flow in level.WATCHED}
        return Level(2 * target.encounters * np.exp(moved), 1 / (1 + np.exp(-a - 0.3)), people)


@pytest.fixture
def analytic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Analytic:
    monkeypatch.chdir(tmp_path)
    made = Analytic()
    monkeypatch.setattr(calibration, "simulate", made)
    monkeypatch.setattr(members, "MigrationModel", lambda config: None)
    return made


@pytest.mark.usefixtures("table")
def test_members_are_solved_written_whole_and_kept(analytic: Analytic, capsys: pytest.CaptureFixture[str]) -> None:
    calibrate_members(["members=3", *TINY], write_down=True)
    printed = capsys.readouterr()
    assert printed.out.startswith(PROVISIONAL)
    assert "member 3 of 3: solved" in printed.err
    written = ensemble.members()
    assert [member.number for member in written] == [0, 1, 2]
    target = observed()
    for member, drawn in zip(written, drawn_values(3, seed=1), strict=True):
        assert {path: member.values[path] for path in drawn} == drawn
        level = analytic(base_config(member.number))
        assert level.encounters == pytest.approx(target.encounters, rel=ACCEPTED)
        assert level.wishing == pytest.approx(target.wishing, abs=ACCEPTED)
    runs, text = analytic.runs, ensemble.ensemble_file().read_bytes()
    calibrate_members(["members=3", *TINY], write_down=True, as_json=True)
    assert analytic.runs == runs, "what was solved is kept"
    assert ensemble.ensemble_file().read_bytes() == text
    told = json.loads(capsys.readouterr().out)
    assert told["note"] == PROVISIONAL
    assert [member["number"] for member in told["members"]] == [0, 1, 2]


def test_a_stopped_command_goes_on_and_leaves_the_table_as_it_was(
    table: Callable[..., None], analytic: Analytic, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ensemble.ensemble_file().read_bytes()
    solving = members.solve

    def stop(config: Config, *others: Any) -> Any:
        if len(list(members.KEPT.glob("*.json"))) == 2:
            raise KeyboardInterrupt
        return solving(config, *others)

    monkeypatch.setattr(members, "solve", stop)
    with pytest.raises(KeyboardInterrupt):
        calibrate_members(["members=3", *TINY], write_down=True)
    assert ensemble.ensemble_file().read_bytes() == before
    asked: list[Config] = []
    monkeypatch.setattr(members, "solve", lambda config, *others: asked.append(config) or solving(config, *others))
    calibrate_members(["members=3", *TINY], write_down=True)
    assert len(asked) == 1
    assert len(ensemble.members()) == 3


@pytest.mark.usefixtures("table")
def test_a_member_whose_level_cannot_be_solved_is_left_out(
    analytic: Analytic, capsys: pytest.CaptureFixture[str]
) -> None:
    analytic.deaf = True
    before = ensemble.ensemble_file().read_bytes()
    with pytest.raises(RequestError, match="no member could be solved; nothing is written"):
        calibrate_members(["members=2", *TINY], write_down=True)
    assert "member 2 of 2: NOT solved" in capsys.readouterr().err
    assert ensemble.ensemble_file().read_bytes() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["members=0"], "members: '0' is not a whole number (1 to 999)"),
        (["members=few"], "members: 'few'"),
        (["scenarios=null_policy"], "leave out scenarios="),
        ([f"{MEMBER}=0"], f"leave out {MEMBER}="),
        (["behaviour.b_c=0.5"], "behaviour.b_c: is drawn"),
    ],
)
@pytest.mark.usefixtures("table", "analytic")
def test_a_wrong_request_for_members_is_refused(words: list[str], told: str) -> None:
    with pytest.raises(RequestError, match=re.escape(told)):
        calibrate_members(words, write_down=False)


def test_a_digest_tells_what_a_member_was_made_of() -> None:
    config, drawn = compose(TINY), drawn_values(2, seed=1)
    code = made_by(config, drawn[0])
    assert code == made_by(config.replace(run__output="elsewhere", run__threads=2, behaviour__a__SLV=0), drawn[0])
    assert code != made_by(config, drawn[1])
    assert code != made_by(config.replace(behaviour__kappa=0.2), drawn[0])
    assert code != made_by(config.replace(population__share=0.001), drawn[0])


def altered(values: Mapping[Any, Mapping[Any, float]], late: Callable[[Any], bool]) -> dict[Any, dict[Any, float]]:
    """Return what was counted with every figure after September 2019 nine times as high."""
    return {
        key: {when: value * (9 if COUNTED.search(key[0]) and late(when) else 1) for when, value in series.items()}
        for key, series in values.items()
    }


def test_nothing_counted_after_september_2019_moves_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    config = compose(TINY)
    before = simulate(config)
    told, target = gaps(before), observed()
    data = load()
    monkeypatch.setattr(data, "_month", altered(data._month, lambda month: month > SAID_AT))
    monkeypatch.setattr(data, "_year", altered(data._year, lambda year: year > fiscal_year(month_index(SAID_AT))))
    shares = {
        key: {month: (1 - share if month > SAID_AT else share) for month, share in series.items()}
        for key, series in data._border.items()
    }
    monkeypatch.setattr(data, "_border", shares)
    assert (observed().encounters == target.encounters).all()
    assert (observed().wishing == target.wishing).all()
    after = simulate(config)
    assert gaps(after) == told
    for flow, counted in before.people.items():
        assert (after.people[flow] == counted).all()
        assert counted[: month_index(SAID_AT) + 1].sum() == counted.sum()


def test_a_figure_until_september_2019_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    level = replace(observed(), people={flow: np.ones((N_MONTHS, 3, 4)) for flow in level.WATCHED})
    before = gaps(level)
    data = load()
    monkeypatch.setattr(data, "_month", altered(data._month, lambda month: month <= SAID_AT))
    monkeypatch.setattr(data, "_year", altered(data._year, lambda year: year in (2018, 2019)))
    after = gaps(level)
    assert {name.partition(".")[0] for name in after if after[name] != before[name]} >= {"encounters", "removed"}
