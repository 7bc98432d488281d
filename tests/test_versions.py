"""Two versions of the program beside each other: what moved, the most first, and what may have moved it."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import pytest
from synthetic_run import synthetic_run

from analysis import versions
from analysis.versions import Moved, Versions, compare_folders, compare_revisions
from sim.baseline import write_table
from sim.cli import main
from sim.compose import compose
from sim.errors import RequestError


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def moved(found: Versions) -> dict[str, Moved]:
    return {one.outcome: one for one in found.moved}


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs of the baseline; the second by another version with other remittances and a parameter of its own."""
    one, two = (synthetic_run(tmp_path / name, compose([])).folder for name in ("one", "two"))
    with (two / "outcomes.csv").open(newline="") as lines:
        rows = list(csv.reader(lines))
    for row in rows[1:]:
        if row[1] == "remittances" and row[0] >= "2020":
            row[4] = str(float(row[4]) * 1.1)
        if row[1] == "queue" and row[0] == "2013":
            row[4] = str(float(row[4]) + 1)
    rows = [row for row in rows if row[1] != "abroad_usa"]
    rows += [[str(year), "rumours", "people", "country=SLV", "7"] for year in range(2014, 2031)]
    with (two / "outcomes.csv").open("w", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows(rows)
    made = json.loads((two / "provenance.json").read_text())
    made.update(version="9.9.9", seconds=12345.0)
    made["data"]["people.csv"] = "another"
    (two / "provenance.json").write_text(json.dumps(made))
    change(two / "config.yaml", "observation:\n", "rumour:\n  speed: 3\nobservation:\n")
    return one, two


def test_outcomes_that_moved_are_told_the_most_first(runs: tuple[Path, Path]) -> None:
    found = compare_folders(*runs)
    sizes = [one.size() for one in found.moved]
    assert sizes == sorted(sizes, reverse=True)
    assert {one.outcome for one in found.moved} == {"remittances", "queue", "abroad_usa", "rumours"}
    remittances = moved(found)["remittances"]
    assert remittances.before == pytest.approx(3 * 1.2e9)
    assert remittances.percent == pytest.approx(10 * 11 / 17)
    assert (remittances.cells, remittances.of) == (3 * 11, 3 * 18)
    assert found.compared > len(found.moved)


def test_an_outcome_that_one_version_lacks_is_told(runs: tuple[Path, Path]) -> None:
    found = moved(compare_folders(*runs))
    assert (found["abroad_usa"].after, found["rumours"].before, found["rumours"].after) == (None, None, 7)
    assert found["rumours"].difference is found["rumours"].percent is None


def test_a_value_that_moved_in_a_part_of_a_year_is_counted_and_not_averaged(runs: tuple[Path, Path]) -> None:
    queue = moved(compare_folders(*runs))["queue"]
    assert (queue.cells, queue.difference) == (3, 0)


def test_what_made_them_differ_is_named_and_what_cannot_is_not(runs: tuple[Path, Path]) -> None:
    found = compare_folders(*runs)
    assert {row["what"] for row in found.provenance()} == {"version", "data.people.csv"}
    (row,) = found.settings()
    assert row == {"path": "rumour.speed", "before": None, "after": 3, "default": False}


def test_a_changed_default_is_told_as_one(runs: tuple[Path, Path]) -> None:
    one, two = runs
    now = compose([])["behaviour.b_v"]
    change(one / "config.yaml", f"b_v: {now}", "b_v: 0.123")
    (row,) = [row for row in compare_folders(one, two).settings() if row["path"] == "behaviour.b_v"]
    assert (row["before"], row["after"], row["default"]) == (0.123, now, True)
    assert f"behaviour.b_v: 0.123 -> {now:g}, the default now" in compare_folders(one, two).text()


def test_equal_runs_have_nothing_to_tell(tmp_path: Path) -> None:
    one, two = (synthetic_run(tmp_path / name, compose([])).folder for name in ("one", "two"))
    found = compare_folders(one, two)
    assert (found.moved, found.provenance(), found.settings()) == ((), [], [])
    assert found.text().endswith(f"0 of {found.compared} outcomes differ")


def test_runs_of_another_question_are_refused(tmp_path: Path) -> None:
    one = synthetic_run(tmp_path / "one", compose([])).folder
    for words, part in (("seed=7", "seed is 7, not 1"), ("scenarios=null_policy", "scenarios is ['null_policy']")):
        other = synthetic_run(tmp_path / words, compose([words])).folder
        with pytest.raises(RequestError) as error:
            compare_folders(one, other)
        assert part in str(error.value)


def test_a_damaged_run_is_told(tmp_path: Path) -> None:
    one, two = (synthetic_run(tmp_path / name, compose([])).folder for name in ("one", "two"))
    (two / "outcomes.csv").write_text("period,outcome\n2014,remittances\n")
    with pytest.raises(RequestError, match="the run is damaged"):
        compare_folders(one, two)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits of a checkout: pinned results, parameters and a version that change between them."""
    monkeypatch.setattr(versions, "ROOT", tmp_path)
    for folder in ("tests/baseline", "sim/data", "configs/run"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "configs/run/pinned.yaml").write_text("run:\n  end: 2016-12\n")

    def git(*words: str) -> None:
        identity = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(tmp_path), *identity, *words], check=True, capture_output=True)

    git("init")
    for version, deaths, rate in (("1.0", 10, "0.5"), ("2.0", 15, "0.6")):
        (tmp_path / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
        table = f"path,default\nrun.start,2013-10\nrun.end,2030-12\nbehaviour.b_v,{rate}\n"
        (tmp_path / "sim/data/parameters.csv").write_text(table)
        counts = {(year, c): {"death": deaths, "admit": 3} for year in ("2013", "2015") for c in ("SLV", "GTM")}
        write_table(tmp_path / "tests/baseline/baseline-1.csv", {**counts, ("2015", "all"): {"remittances": 2.5}})
        git("add", ".")
        git("commit", "-m", version)
        git("tag", f"v{version}")
    return tmp_path


@pytest.mark.usefixtures("checkout")
def test_pinned_results_of_two_revisions_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    found = compare_revisions("v1.0", "v2.0")
    (one,) = found.moved
    assert (one.run, one.outcome, one.before, one.after) == ("baseline-1", "death", 20, 30)
    assert (one.cells, one.of, found.compared) == (4, 4, 3)
    assert {row["what"] for row in found.provenance()} == {"version", "commit", "data.parameters.csv"}
    assert [(row["path"], row["before"], row["after"]) for row in found.settings()] == [("behaviour.b_v", 0.5, 0.6)]
    assert main(["versions", "--pinned", "v1.0", "v2.0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["moved"][0]["percent"] == 50


@pytest.mark.usefixtures("checkout")
def test_an_unknown_revision_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["versions", "--pinned", "v1.0", "v3.0"]) == 2
    assert capsys.readouterr().err == "pathways: git knows no revision 'v3.0'\n"
