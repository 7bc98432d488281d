"""A run is whole or absent, says what it was made from, and comes back from disk as it was."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import numpy as np
import pytest
from fake_model import FakeRecord, install, run_model

from sim import baseline
from sim.codes import month_index
from sim.compose import compose
from sim.config import Config
from sim.errors import RequestError
from sim.results import Labels, RunResult, identity, write_parquet
from sim.study import differences, find_run, make_run, refuse_folder, run_folder

FILES = {
    "config.yaml", "flows.parquet", "stocks.parquet", "outcomes.csv", "summary.json", "provenance.json",
    "run.log", "status.json",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    install(monkeypatch)


def config(*overrides: str) -> Config:
    return compose(["run.end=2026-03", "scenarios=labour_visas_50k", *overrides])


def made(*overrides: str) -> RunResult:
    wanted = config(*overrides)
    return make_run(wanted, run_folder(wanted), lambda month: None)


def test_a_run_leaves_the_contracted_files_and_nothing_else() -> None:
    result = made("run.output=out")
    assert {path.name for path in result.folder.iterdir()} == FILES
    assert [path.name for path in Path.cwd().iterdir()] == ["out"]


def test_tables_have_the_contracted_columns_and_types() -> None:
    result = made()
    table = f"read_parquet('{result.folder}/flows.parquet', hive_partitioning=false)"
    described = duckdb.sql(f"DESCRIBE SELECT * FROM {table}").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [
        ("month", "DATE"), ("country", "VARCHAR"), ("department", "VARCHAR"), ("flow", "VARCHAR"),
        ("pathway", "VARCHAR"), ("destination", "VARCHAR"), ("party", "VARCHAR"), ("people", "BIGINT"),
        ("households", "BIGINT"),
    ]  # fmt: skip
    with (result.folder / "outcomes.csv").open(newline="") as lines:
        assert next(csv.reader(lines)) == ["period", "outcome", "unit", "group", "value"]


def test_tables_come_back_as_they_were_written() -> None:
    result = made("seed=7")
    for name, values in FakeRecord(config("seed=7")).flow_rows().items():
        np.testing.assert_array_equal(result.flows[name].astype(values.dtype), values)


def test_labels_are_written_as_the_texts_they_stand_for(tmp_path: Path) -> None:
    labels = Labels(["b", "", "a d", "it's"], np.array([3, 0, 1, 2, 0], np.int8))
    columns = {"n": np.arange(5), "label": labels, "text": labels.texts()}
    write_parquet(tmp_path / "labels.parquet", columns)
    query = f"SELECT label, text FROM '{tmp_path / 'labels.parquet'}' ORDER BY n"
    written = duckdb.sql(query)
    assert written.fetchall() == [(text, text) for text in labels.texts()]
    assert [str(kind) for kind in written.types] == ["VARCHAR", "VARCHAR"]


def test_a_table_of_outcomes_that_is_cut_or_gone_is_told() -> None:
    path = made().folder / "outcomes.csv"
    text = path.read_text()
    for content in (text[:-1], "", None):
        path.unlink() if content is None else path.write_text(content)
        with pytest.raises(RequestError, match=r"outcomes\.csv: the run is damaged"):
            RunResult.open(path.parent).outcomes  # noqa: B018


def test_an_empty_table_comes_back_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = FakeRecord.stock_rows
    monkeypatch.setattr(FakeRecord, "stock_rows", lambda self: {k: v[:0] for k, v in whole(self).items()})
    assert len(made().stocks["people"]) == 0


def test_the_configuration_comes_back_as_it_was() -> None:
    result = made("seed=7", "run.threads=2", "policies.labour_places.start=2026-02")
    assert result.config == config("seed=7", "run.threads=2", "policies.labour_places.start=2026-02")


def test_provenance_names_what_made_the_run() -> None:
    told = made("seed=7").provenance
    assert told["seed"] == 7
    assert told["config_hash"] == identity(config("seed=7"))
    assert told["households"] == 10
    assert told["data"]["parameters.csv"]
    assert {"version", "commit", "platform", "seconds", "peak_memory_bytes"} <= set(told)


def test_the_log_has_every_month() -> None:
    log = (made().folder / "run.log").read_text()
    assert sum(line.rstrip().endswith("2014-06") for line in log.splitlines()) == 1


def test_a_failed_run_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(config: Config, on_month: object) -> None:
        raise MemoryError

    install(monkeypatch, broken)
    with pytest.raises(MemoryError):
        made()
    assert list(Path.cwd().iterdir()) == []


def test_the_headline_is_people_a_year_from_2026() -> None:
    result = made("run.end=2027-06", "seed=5")
    assert result.horizon() == ("2026-01", "2027-06")
    assert result.headline() == {
        "irregular_journeys": (100 + 5 - 1) * 3 * 12,
        "regular_journeys": (200 + 5) * 3 * 12,
        "returned_left_again": (300 + 5) * 3 * 12,
        "deaths": (400 + 5) * 3 * 12,
    }


def test_a_record_that_ends_earlier_counts_all_its_months() -> None:
    early = compose(["run.end=2015-12"])
    assert make_run(early, run_folder(early), lambda month: None).horizon() == ("2013-10", "2015-12")


@pytest.mark.parametrize("kind", ["file", "other files", "other configuration", "below a file", "here"])
def test_a_place_that_is_taken_is_refused_before_any_work(kind: str) -> None:
    out = Path("out")
    if kind == "file":
        out.write_text("mine")
    elif kind == "other files":
        out.mkdir()
        (out / "mine.txt").write_text("mine")
    elif kind == "other configuration":
        made("run.output=out", "seed=2")
    elif kind == "below a file":
        Path("file").write_text("mine")
        out = Path("file") / "out"
    else:
        out = Path()
    before = sorted(Path.cwd().rglob("*"))
    wanted = config(f"run.output='{out}'")

    def begin() -> None:
        refuse_folder(out, wanted)
        make_run(wanted, out, lambda month: pytest.fail("work began"))

    with pytest.raises(RequestError):
        begin()
    assert sorted(Path.cwd().rglob("*")) == before


def test_an_empty_folder_is_taken() -> None:
    Path("out").mkdir()
    refuse_folder(Path("out"), config("run.output=out"))
    assert made("run.output=out").folder == Path("out")


def test_a_run_is_found_by_folder_or_scenario() -> None:
    made("run.output=out")
    assert find_run("out") == Path("out")
    folder = Path("runs/default/labour_visas_50k/member=central/seed=0001")
    make_run(config(), folder, lambda month: None)
    make_run(config("seed=2"), folder.with_name("seed=0002"), lambda month: None)
    assert find_run("labour_visas_50k") == folder
    with pytest.raises(RequestError, match="did you mean 'labour_visas_50k'"):
        find_run("labor_visas_50k")


def test_a_run_that_comes_out_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    result = made()
    assert differences(result) == []
    other = config("seed=2")
    install(monkeypatch, lambda config, on_month: run_model(other, on_month))
    (found,) = differences(result)[:1]
    assert found.startswith("flows: ")


def pinned(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the pinned files at a folder of this test."""
    folder = Path.cwd() / "tests" / "baseline"
    folder.mkdir(parents=True)
    monkeypatch.setattr(baseline, "FOLDER", folder)
    monkeypatch.setattr(baseline, "CHANGELOG", Path.cwd() / "CHANGELOG.md")
    monkeypatch.setattr(baseline, "MODEL", Path.cwd() / "model.txt")
    monkeypatch.setattr(baseline, "SCENARIOS", ("baseline",))
    return folder


def test_a_missing_pinned_file_fails_and_an_accepted_one_passes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pinned(monkeypatch)
    assert baseline.check() == 1
    assert "no file" in capsys.readouterr().out
    assert baseline.update("first") == 0
    assert baseline.check() == 0


def test_a_drifted_count_is_shown_and_accepted_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pinned(monkeypatch)
    baseline.update("first")
    path = folder / "baseline-1.csv"
    rows = baseline.read_table(path)
    rows["2015", "GTM"]["death"] += 1
    baseline.write_table(path, rows)
    capsys.readouterr()
    assert baseline.check() == 1
    told = capsys.readouterr().out
    assert "baseline-1.csv  2015  GTM    death" in told
    assert "pathways baseline update --reason" in told
    assert baseline.update("deaths are counted once") == 0
    assert baseline.check() == 0
    text = Path("CHANGELOG.md").read_text()
    assert text.index("Results changed:") < text.index("- deaths are counted once") < text.index("- first")


def test_money_may_differ_in_its_last_bits_and_counts_may_not() -> None:
    row = ("2014", "SLV")
    money = {row: {"remittances": 1.5e9}}
    assert list(baseline.drift(money, {row: {"remittances": 1.5e9 * (1 + 1e-12)}})) == []
    assert len(list(baseline.drift(money, {row: {"remittances": 1.5e9 * (1 + 1e-6)}}))) == 1
    assert len(list(baseline.drift({row: {"death": 10**12}}, {row: {"death": 10**12 + 1}}))) == 1
    assert len(list(baseline.drift(money, {}))) == 1


def test_update_without_drift_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pinned(monkeypatch)
    baseline.update("first")
    baseline.update("second")
    assert "second" not in Path("CHANGELOG.md").read_text()


def test_pinned_runs_reach_the_horizon_of_a_policy() -> None:
    assert month_index(compose(["run=pinned"])["run.end"]) == month_index("2028-12")


def test_summary_is_strict_json() -> None:
    result = made()
    assert json.loads((result.folder / "summary.json").read_text())["households"] == 10
