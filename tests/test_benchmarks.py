"""Measuring changes no result, every part still works, and the page says what was measured; no time is judged here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_model import lived, small_config

from benchmarks import compare, report
from benchmarks.__main__ import main
from benchmarks.measures import PARTS, TINY, Lived, months_config, shown, timed
from benchmarks.parts import passes, reference, roofline, worlds
from benchmarks.reference import c_passes
from benchmarks.reference.workload import N_CELLS, cells, start
from benchmarks.targets import TARGETS, held
from sim.model import MigrationModel

MONTHS = 3
AGREE = 4.0
"""Standard errors by which two runs of other draws may differ in the worst of 30 statistics."""


@pytest.fixture(scope="module")
def measured() -> Lived:
    return timed(small_config(run__end="2013-03"))


def test_a_stopwatch_changes_no_count_and_counts_the_household_months(measured: Lived) -> None:
    model = MigrationModel(small_config(run__end="2013-03"))
    lived(model, MONTHS)
    first = model.engine.columns.first_month
    assert measured.household_months == sum(int((first <= month).sum()) for month in range(MONTHS))
    assert measured.rows == len(first)


def test_the_parts_are_timed_and_fit_into_the_whole(measured: Lived) -> None:
    assert set(measured.parts) == set(PARTS)
    assert min(measured.parts.values()) > 0
    assert sum(measured.parts.values()) <= measured.seconds


def test_the_runs_have_the_households_asked_for() -> None:
    wanted = 3_000
    model = MigrationModel(months_config(wanted, 1))
    assert int((model.engine.columns.first_month == 0).sum()) == pytest.approx(wanted, rel=0.05)


def test_a_measure_is_shown_as_its_median_with_both_ends() -> None:
    assert shown([3.0, 1.0, 2.5]) == "2.50 (1.00 to 3.00)"
    assert shown([3.0]) == "3.00"


@pytest.mark.parametrize("part", ["living", "slider", "records", "starts"])
def test_a_part_measures_and_shows_a_few_households(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--tiny", "--only", part])
    said = capsys.readouterr()
    assert f"## {report.PARTS[part].TITLE}" in said.out
    assert f"... {part}: " in said.err


def test_worlds_are_measured_together_and_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "SCENARIOS", ("baseline", "labour_visas_50k"))
    found = worlds.measure(TINY, lambda what: None)
    assert len(worlds.each_further(found)) == TINY.few
    touched = worlds.tables(found)[1].rows
    assert [row[0] for row in touched] == ["labour_visas_50k"]


def test_passes_are_timed_by_the_names_that_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in passes.PASSES:
        assert any(hasattr(home, name) for home in passes.HOMES), f"no pass is called {name}"
    monkeypatch.setattr(passes, "PASSES", ("count_people", "mark_plans"))
    found = passes.measure(TINY, lambda what: None)
    assert found["calls"]["count_people"] > 1
    assert passes.tables(found)[0].rows[0][0] == "count_people"


def test_the_roofline_knows_the_bytes_and_hashes_of_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"mixes": 7, "bytes": roofline.month_bytes(), "ns": {}}
    for k in roofline.THREADS:
        numbers = {"triad": 2.4, "mix": 0.5, "draw": 0.5, "exp": 1.0, "log": 1.0, "normal": 2.0, "engine": 65.0}
        found["ns"] |= {f"{name}/{k}": [ns] for name, ns in numbers.items()}
    assert 50 < found["bytes"] < 200
    assert roofline.bound(found, 1) == (pytest.approx(found["bytes"] / 10), pytest.approx(6.5))
    assert roofline.far(found, 2) == pytest.approx(65.0 / max(roofline.bound(found, 2)))
    assert roofline.tables(found)[0].rows[0][1] == "10.0"
    loop, kind, _ = roofline.LOOPS["draw"]
    assert roofline.busy(loop, kind, 64, 1, 2)() > 0


def test_every_version_of_the_reference_workload_lives_the_same_lives() -> None:
    found = reference.agreement(2_500, 2 * MONTHS)
    assert max(found["z"].values()) < AGREE
    assert max(z for name, z in found["z"].items() if name != reference.NUMPY_OWN) < 0.01
    assert all(found["same bits"].values())
    assert len(found["same bits"]) == (4 if c_passes.compiler() else 2)


def test_without_a_compiler_the_c_version_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_passes, "compiler", lambda: None)
    c_passes.built.cache_clear()
    state, means = start(100, 1)
    assert not any(name.startswith(reference.IN_C) for name in reference.engines(state, means))
    with pytest.raises(c_passes.NoCompilerError, match="no C compiler found"):
        c_passes.built()
    c_passes.built.cache_clear()


def test_the_reference_workload_counts_every_household_every_month() -> None:
    state, means = start(3_000, 1)
    engine = reference.engines(state, means)["numba, block passes, 2 threads"]()
    months = [engine.live(month) for month in range(MONTHS)]
    assert all(month.households.sum() == 3_000 for month in months)
    assert np.array_equal(months[-1].households, np.bincount(cells(engine.state), minlength=N_CELLS))


def test_a_target_is_met_missed_or_not_measured() -> None:
    target = replace_target("a slider, s")
    assert target([0.1, 0.15, 0.3]) == ["0.150 (0.100 to 0.300)", "met"]
    assert target([0.3]) == ["0.300", "MISSED"]
    rows = held({}).rows
    assert {row[3] for row in rows} == {"not measured"}
    assert sorted({int(row[0]) for row in rows}) == list(range(1, 9))
    assert len({target.name for target in TARGETS}) == len(TARGETS)


def replace_target(name: str):  # type: ignore[no-untyped-def]
    """Return what gives the cells of a target for the seconds of a slider."""

    def cells_of(seconds: list[float]) -> list[str]:
        rows = held({"slider": {"found": {"seconds": seconds}}}).rows
        return next(list(row[3:]) for row in rows if row[1] == name)

    return cells_of


def test_figures_of_a_part_of_the_region_are_not_taken_for_the_whole() -> None:
    run = {"seconds": 1.0, "household_months": 10**8, "bytes_per_row": 70.0, "peak": 1e9, "households": 1, "wall": 1,
           "write": 1}  # fmt: skip
    rows = held({"region": {"found": {"share": 0.1, "runs": [run], "made": run}}}).rows
    known = {row[1]: row[3] for row in rows if row[3] != "not measured"}
    assert known == {"bytes of state a household": "70.0"}


def test_the_page_is_that_of_the_figures_that_are_kept() -> None:
    results = report.read(report.RESULTS)
    assert report.PAGE.read_text(encoding="utf-8") == report.page(results)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    report.keep(tmp_path / "kept.json", {"slider": {"found": {"seconds": [0.123456789]}}})
    assert report.read(tmp_path / "kept.json") == {"slider": {"found": {"seconds": [0.123457]}}}
    assert report.read(tmp_path / "none.json") == {}


def test_comparing_refuses_what_is_no_commit(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main(["no-such-commit"]) == compare.WRONG
    assert "no-such-commit is no commit" in capsys.readouterr().err
    assert compare.main(["HEAD", "--months", "1"]) == compare.WRONG
    assert "give 2 to 276" in capsys.readouterr().err


def test_comparing_shows_ratios_and_whether_outcomes_are_the_same() -> None:
    base = [{"whole run": 2.0, "rules": 1.0, "outcomes": "a"}, {"whole run": 4.0, "rules": 2.0, "outcomes": "a"}]
    text = compare.table(["main (1)", "HEAD (2)"], base, [{**run, "rules": run["rules"] / 2} for run in base])
    assert "1.000 (1.000 to 1.000)" in text
    assert "0.500 (0.500 to 0.500)" in text
    assert "Outcomes: the same." in text
    assert "NOT the same" in compare.table(["a", "b"], base, [{**run, "outcomes": "b"} for run in base])


def test_comparing_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(compare, "WORKER", "raise SystemExit(1)")
    with pytest.raises(compare.CompareError, match="cannot be run"):
        compare.measured([compare.commit("HEAD")], {}, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_size_is_tiny_only_without_fresh_processes() -> None:
    assert TINY.tiny
    assert not replace(TINY, fresh=True).tiny
