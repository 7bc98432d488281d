"""The command answers with the right words, files and exit status, and never with a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_model import install
from test_dose import Answering

from analysis import dose, forecast, level, sensitivity_runs
from analysis.forecast_page import DOCS, KEPT, read_kept
from sim import baseline
from sim.cli import _parser, main
from sim.config import Config

RUN = ("run", "run.end=2015-12")
TO_2026 = ("run", "run.end=2026-03")
"""Reaches the start of the policies of most scenarios."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    install(monkeypatch)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, list[str]]:
    """Return exit status, standard output, and the lines of standard error."""
    status = main(words)
    captured = capsys.readouterr()
    return status, captured.out, captured.err.splitlines()


def test_list_names_title_recommendation_and_grade(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "list")
    (line,) = [line for line in out.splitlines() if line.startswith("labour_visas_50k ")]
    assert status == 0
    assert "Fifty thousand more labour places" in line
    assert "recommendation 5" in line
    assert line.endswith("A")
    _, out, _ = said(capsys, "list", "--json")
    assert {"name", "title", "recommendation", "evidence"} <= set(json.loads(out)[0])


def test_list_imports_nothing_slow() -> None:
    code = (
        "import sys; from sim.cli import main; main(['list']); print(sorted(set(sys.modules) & "
        "{'numba', 'mesa', 'hydra', 'omegaconf', 'scipy', 'matplotlib', 'numpy', 'duckdb', 'rich'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out.splitlines()[-1] == "[]"


def test_explain_tells_unit_grade_and_dates(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "explain", "labour_visas_50k")
    assert status == 0
    for part in ("What if", "8,750", "January 2026 to December 2027", "assumed", "Recommendation 5"):
        assert part in " ".join(out.split())
    _, out, _ = said(capsys, "explain", "border_open_2019", "--json")
    (setting,) = json.loads(out)["settings"]
    assert (setting["key"], setting["value"], setting["default"]) == (
        "border.regime",
        "open_2019",
        "last_12_observed",
    )


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("lst",), "did you mean 'list'"),
        ((), "name a command: list, explain, run"),
        (("list", "--jsn"), "unknown option '--jsn'"),
        (("explain", "labor_visas_50k"), "did you mean 'labour_visas_50k'"),
        (("explain", "baseline", "--lang", "xx"), "--lang xx"),
        (("run", "scenarios=labor_visas_50k"), "did you mean 'labour_visas_50k'"),
        (("run", "seed=-1"), "out of range"),
        (("run", "run.output=file"), "is a file"),
        (("run", "run.output=file/below"), "cannot be written"),
        (("compare", "baseline", "baselin"), "no complete run"),
        (("baseline", "update"), "--reason"),
        (("verify", "nothing"), "no complete run"),
    ],
)
def test_a_wrong_request_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], part: str
) -> None:
    Path("file").write_text("mine")
    status, out, err = said(capsys, *words)
    assert (status, len(err), out) == (2, 1, "")
    assert part in err[0]
    assert [path.name for path in Path.cwd().iterdir()] == ["file"]


def test_run_prints_the_four_numbers_and_where_the_files_are(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(capsys, *RUN)
    assert status == 0
    for part in ("Irregular journeys", "Regular journeys", "Returned who left again", "Deaths on the way"):
        assert part in out
    assert "runs/default/baseline+" in out
    assert "encounters.png" in out
    assert any(line.startswith("2014-12") for line in err)


def test_run_shows_a_known_baseline_beside(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, *TO_2026)
    _, out, _ = said(capsys, *TO_2026, "scenarios=labour_visas_50k", "--json")
    told = json.loads(out)
    assert told["numbers"]["irregular_journeys"] - told["baseline"]["irregular_journeys"] == -36
    _, out, _ = said(capsys, *TO_2026, "scenarios=labour_visas_50k", "seed=2", "--json")
    assert json.loads(out)["baseline"] is None


def test_overrides_may_follow_options(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "run", "--json", "seed=3", "run.end=2015-12")
    assert json.loads(out)["seed"] == 3


def test_a_complete_run_is_not_made_again(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, *RUN, "run.output=out")
    before = (Path("out") / "run.log").stat().st_mtime_ns
    status, _, err = said(capsys, *RUN, "run.output=out")
    assert status == 0
    assert err[0].startswith("already complete: out")
    assert (Path("out") / "run.log").stat().st_mtime_ns == before


def test_another_configuration_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, *RUN, "run.output=out")
    status, _, err = said(capsys, *RUN, "run.output=out", "seed=2")
    assert status == 2
    assert "another configuration" in err[0]


def test_interruption_leaves_no_half_run_and_says_how_to_repeat(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(config: Config, on_month: object) -> None:
        raise KeyboardInterrupt

    install(monkeypatch, interrupted)
    status, _, err = said(capsys, *RUN, "seed=4")
    assert status == 130
    assert "pathways run run.end=2015-12 seed=4" in err[-1]
    assert list(Path.cwd().iterdir()) == []


def test_failed_work_is_one_line_and_status_1_unless_debugged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(config: Config, on_month: object) -> None:
        raise ValueError("shapes differ")

    install(monkeypatch, broken)
    status, _, err = said(capsys, *RUN)
    assert (status, len(err)) == (1, 1)
    assert "shapes differ" in err[0]
    with pytest.raises(ValueError, match="shapes differ"):
        main((*RUN, "--debug"))


def test_check_composes_every_scenario_and_names_a_bad_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "check", "--quick")[0] == 0
    Path("scenarios").mkdir()
    Path("scenarios/mine.yaml").write_text("title: Mine\npolicies:\n  labor_places: {}\n")
    status, out, err = said(capsys, "check")
    assert status == 2
    assert "WRONG mine" in out
    assert "scenarios/mine.yaml line 3" in err[0]


def test_verify_runs_again_and_says_identical(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, *RUN, "run.output=out")
    status, out, _ = said(capsys, "verify", "out")
    assert (status, out) == (0, "identical: out\n")


SPOKEN = {
    "list": ("list",),
    "explain": ("explain", "labour_visas_50k"),
    "run": (*RUN, "run.output=again"),
    "compare": ("compare", "--quick", "one", "two"),
    "dose": ("dose", "labour_visas_50k", "policies.labour_places.duration_months=12,24", "--seeds", "2"),
    "sensitivity": (
        "sensitivity", "--method", "morris", "--parameters", "behaviour.b_c", "run.start=2014-01", "run.end=2014-12"
    ),
    "check": ("check", "--quick"),
    "baseline": ("baseline", "check"),
    "verify": ("verify", "one"),
    "versions": ("versions", "one", "one"),
    "calibrate": ("calibrate", "level"),
    "validate": ("validate", "hindcast"),
}
"""A request for each command."""


@pytest.mark.parametrize("name", _parser()[1])
def test_every_command_prints_one_json_document_if_asked(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, words in (("one", ()), ("two", ("scenarios=null_policy",))):
        said(capsys, *TO_2026, *words, f"run.output={folder}")
    monkeypatch.setattr(dose, "live", lambda configs, on_month: [Answering(config) for config in configs])
    lived = iter(range(8))
    monkeypatch.setattr(
        sensitivity_runs, "live_all",
        lambda asked, sets, say: [{"solved": True, "reference": {"depart_irregular": next(lived)}} for _ in sets],
    )  # fmt: skip
    monkeypatch.setattr(baseline, "_runs", lambda: iter(()))
    monkeypatch.setattr(level, "solve", lambda config, say: say("a step") or ({}, level.observed()))
    monkeypatch.setattr(forecast, "hindcast", lambda ask: read_kept(DOCS / KEPT)["hindcast"])
    status, out, _ = said(capsys, *SPOKEN[name], "--json", *(["-"] if name == "compare" else []))
    assert status == 0
    assert json.loads(out)


def test_the_same_request_composes_the_same_under_any_hash_seed() -> None:
    code = (
        "from sim.compose import compose; from sim.results import identity; "
        "print(identity(compose(['scenarios=[labour_visas_50k,reintegration_boost]'])))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
