"""Runs of members: one folder each, resumed, told with intervals; compare rests on them unless told otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fake_model import install, run_model
from synthetic_run import synthetic_run
from test_ledger import ledger_of, random_worlds

from analysis import together
from analysis.cost_lines import Pair
from analysis.monthly import by_year
from analysis.replicates import split_line, spreads
from analysis.together import MEMBERS, SEEDS, Meeting
from sim import ensemble
from sim.cli import main
from sim.compose import compose
from sim.config import Config
from sim.ensemble import MEMBER

HEAD = "member,behaviour.b_c,gap.rise,share,seed,digest,model"
RUN = ("run", "run.end=2015-12", "run.members=3")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Twenty-two members of this version of the model, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "ensemble.csv"
    rows = [f"{k},{0.2 + k / 100},0,0.02,1,d{k},{ensemble.model_digest()}" for k in range(22)]
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    monkeypatch.setattr(ensemble, "ensemble_file", lambda: path)
    ensemble.forget()
    yield
    ensemble.forget()


@pytest.mark.usefixtures("table")
def test_members_make_a_run_each_and_a_stopped_study_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[Any] = []

    def stops(config: Config, on_month: Any = lambda month: None) -> Any:
        if config[MEMBER] == 2 and len(made) < 3:
            made.append("stopped")
            raise KeyboardInterrupt
        made.append(config[MEMBER])
        return run_model(config, on_month)

    install(monkeypatch, stops)
    assert main(RUN) == 130
    complete = {path.parent.parent.name for path in Path("runs").rglob("status.json")}
    assert complete <= {"member=000", "member=001"}
    made.extend(["again"] * 3)
    capsys.readouterr()
    assert main([*RUN, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert sorted(path.parent.parent.name for path in Path("runs").rglob("status.json")) == [
        "member=000", "member=001", "member=002",
    ]  # fmt: skip
    assert made.count(0) == made.count(1) == made.count(2) == 1
    assert told["members"] == [0, 1, 2]
    assert set(told["numbers"]["deaths"]) >= {"value", "low50", "high50", "low90", "high90"}
    assert main(RUN) == 0
    out = capsys.readouterr().out
    assert "3 members of the ensemble" in out
    assert "90 %" in out


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("run.members=23",), "the ensemble has 22 members, not 23"),
        (("run.members=2", f"{MEMBER}=1"), "leave out behaviour.ensemble_member"),
        (("run.members=2", "run.output=x"), "run.output is of one run"),
        (("run.members=-1",), "out of range"),
    ],
)
def test_what_members_cannot_do_is_refused(
    words: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *words]) == 2
    assert part in capsys.readouterr().err


@pytest.mark.usefixtures("table")
def test_a_run_alone_says_that_it_is_the_central_member(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch)
    assert main(["run", "run.end=2015-12"]) == 0
    assert "Central member; no interval of parameters" in capsys.readouterr().out


def meeting(config: Config, averted: float) -> Meeting:
    """A pair in which so many journeys a year are averted."""

    def rows(journeys: float) -> list[tuple[Any, ...]]:
        return [
            (str(year), name, "people", group, journeys * size)
            for year in range(2026, 2031)
            for group, size in (("all", 3), ("country=SLV", 1), ("country=GTM", 1), ("country=HND", 1))
            for name in ("depart_irregular", "arrive_regular", "remigrate", "death", "encounter_us", "removed",
                         "remittances", "household_income")
        ]  # fmt: skip

    pair = Pair(config, by_year(rows(1e4)), by_year(rows(1e4 - averted / 3)))
    return Meeting(ledger_of(*random_worlds(50), 24), pair)


def test_an_effect_over_members_and_seeds_is_split() -> None:
    config = compose([])
    found = spreads([
        meeting(Config({**config.values, MEMBER: m, "seed": s}), 100 * m + s) for m in range(3) for s in (1, 2)
    ])
    one = found[0]
    assert one.split is not None
    assert one.split.n == (1, 3, 2)
    assert one.split.parameters == pytest.approx(100**2)
    assert one.split.chance == pytest.approx(0.5)
    assert split_line(found) == (
        "Irregular journeys, interval: of the variance: parameters 100 %, theories not varied, chance 0 %."
    )


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any, float]]:
    """What compare lives, instead of lives that cost something."""
    lived: list[tuple[Any, Any, float]] = []

    def replicates(configs: Any, members: Any, seeds: Any, after: Any) -> list[list[Meeting]]:
        wanted = [(m, s) for m in members or [None] for s in seeds]
        lived.extend((m, s, configs[0]["population.share"]) for m, s in wanted)
        return [[meeting(Config({**configs[1].values, MEMBER: m, "seed": s}), 10 * (m or 0) + s) for m, s in wanted]]

    ledger = ledger_of(*random_worlds(50), 24)
    monkeypatch.setattr(together, "replicates", replicates)
    monkeypatch.setattr(together, "meetings", lambda configs, on_month: [SimpleNamespace(ledger=ledger)])
    synthetic_run(Path("one"), compose([]))
    synthetic_run(Path("two"), compose(["border.regime=open_2019"]))
    return lived


@pytest.mark.usefixtures("table")
def test_compare_rests_on_the_ensemble_unless_the_central_pair_is_asked_for(
    pairs: list[tuple[Any, Any, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "one", "two", "--json", "c.json"]) == 0
    said = capsys.readouterr()
    assert pairs == [(m, s, 0.02) for m in range(MEMBERS) for s in range(1, 1 + SEEDS)]
    assert "40 passes of 2 worlds with 0.02 of all households (20 members, 2 seeds each)" in said.err
    assert "of the variance: parameters" in said.out
    rows = json.loads(Path("c.json").read_text())
    (row,) = [one for one in rows if (one["outcome"], one["country"]) == ("Irregular journeys", "all")]
    assert row["interval"]["n_members"] == 20
    assert np.isclose(row["interval"]["parameters_percent"] + row["interval"]["chance_percent"], 100)
    pairs.clear()
    assert main(["compare", "one", "two", "--members", "0"]) == 0
    assert pairs == []
    assert "with one set of parameters" in capsys.readouterr().out


@pytest.mark.usefixtures("table")
def test_compare_without_an_ensemble_of_this_model_says_so(
    pairs: list[tuple[Any, Any, float]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble, "model_digest", lambda: "another")
    assert main(["compare", "one", "two"]) == 0
    assert pairs == []
    out = capsys.readouterr().out
    assert "No ensemble, so no interval of parameters: " in out
    assert "the ensemble was fitted to another version of the model" in out
