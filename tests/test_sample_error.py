"""Chance error by share: found again where it is known, and the page says what the kept runs say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from analysis import sample_error, sample_error_page
from analysis.nested import EL_SALVADOR, REGION, SYNTHESIS, Deviation, Error, Key, Run, error_of
from analysis.sample_error import DOCS, SIZES, add_runs, live, main, planned, read_runs, write_runs
from analysis.sample_error_page import BASELINE, errors_of, write_pages
from sim.compose import compose
from sim.errors import RequestError
from sim.model import run_model
from sim.outcomes import HEADLINE

KEY = Key(REGION, "irregular_journeys", BASELINE)
SHARES = (0.01, 0.03, 0.1, 1.0)
MEAN, B, COMMON = 1000.0, 2.0, 30.0
KEYS = [Key(area, n, world) for world in (BASELINE, *SIZES) for area in (REGION, EL_SALVADOR) for n in HEADLINE]
SHORT = "2026-06"


def nested_runs(n: int, common: float = COMMON, blind: float = 0.0, keys: Any = (KEY,), seed: int = 5) -> list[Run]:
    """Return runs of households that add independent chance. blind: what the smallest share adds to every run."""
    rng = np.random.default_rng(seed)
    runs = []
    for k in range(n):
        values = {key: MEAN + common * rng.standard_normal() + B * rng.standard_normal() for key in keys}
        for larger, share in zip((None, *SHARES[::-1]), SHARES[::-1], strict=False):
            if larger is not None:
                step = np.sqrt(1 / share - 1 / larger)
                values = {key: value + B * step * rng.standard_normal() for key, value in values.items()}
            shown = {key: value + blind * (share == SHARES[0]) for key, value in values.items()}
            runs.append(Run(share, 1 + k, SYNTHESIS + k, "2030-12", shown))
    return runs


def error(runs: list[Run]) -> Error:
    return error_of(runs, KEY)


def test_the_chance_of_the_sample_is_told_from_what_a_seed_changes_for_all() -> None:
    found = error(nested_runs(200))
    assert found.full.freedom == 3 * 199
    assert found.full.value == pytest.approx(B, rel=0.1)
    assert found.common == pytest.approx(COMMON, rel=0.15)
    assert found.slope == pytest.approx(-0.5, abs=3 * found.slope_error)
    assert found.slope_error < 0.05
    for point in found.points[:-1]:
        low, high = point.sampling.interval()
        assert 0.8 * low < B / np.sqrt(point.share) < 1.25 * high
        assert point.total.value > COMMON / 2
    assert error(nested_runs(200, common=0, seed=6)).common == 0


def test_what_a_share_is_blind_to_is_a_gap_and_no_chance() -> None:
    fair, blind = error(nested_runs(8)), error(nested_runs(8, blind=40.0))
    assert all(gap.agrees(len(fair.gaps)) for gap in fair.gaps)
    assert [gap.agrees(3) for gap in blind.gaps] == [False, True, True]
    assert blind.gaps[0].value == pytest.approx(40 + fair.gaps[0].value)
    assert blind.full.value == pytest.approx(fair.full.value)


def test_shares_with_other_numbers_of_seeds_are_used_together() -> None:
    runs = [run for run in nested_runs(12) if run.share < 1 or run.seed <= 2]
    found = error(runs)
    assert found.full.freedom == 11 + 11 + 1
    assert [point.seeds for point in found.points] == [12, 12, 12, 2]
    assert [gap.seeds for gap in found.gaps] == [2, 2, 2]
    assert np.isnan(error(nested_runs(1)).full.value)


def test_the_share_for_a_width_gives_that_width() -> None:
    found = replace(error(nested_runs(8)), full=Deviation(B, 21))
    share, by_last = found.shares_for(10.0)
    assert 1.645 * found.at(share) == pytest.approx(10, rel=1e-3)
    last = found.points[-2].sampling.value * np.sqrt(found.points[-2].share)
    assert by_last / share == pytest.approx((last / B) ** 2)


def test_runs_are_kept_and_only_missing_ones_are_lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lived, drift = tmp_path / "runs.csv", [], [0.0]

    def fake(share: float, seed: int, population_seed: int, until: str) -> Run:
        lived.append((share, seed))
        return Run(share, seed, population_seed, until, {KEY: 100 / share + seed + drift[0]})

    monkeypatch.setattr(sample_error, "live", fake)
    add_runs(path, list(planned((0.01, 0.1), 2, "both", SHORT)))
    assert lived == [(0.01, 1), (0.01, 2), (0.1, 1), (0.1, 2)]
    lived.clear()
    add_runs(path, list(planned((0.1, 1.0), 2, "both", SHORT)))
    assert lived == [(0.01, 1), (1.0, 1), (1.0, 2)]  # the smallest again, to see that it is the same model
    kept = read_runs(path)
    assert len(kept) == 6
    write_runs(path, kept)
    assert read_runs(path) == kept
    drift[0] = 5.0
    with pytest.raises(RequestError, match="another version of the model"):
        add_runs(path, list(planned((0.3,), 1, "both", SHORT)))


@pytest.mark.parametrize(
    ("vary", "expected"),
    [("both", [(1, 2013), (2, 2014)]), ("lives", [(1, 2013), (2, 2013)]), ("households", [(1, 2013), (1, 2014)])],
)
def test_a_plan_varies_what_it_says(vary: str, expected: list[tuple[int, int]]) -> None:
    assert [run.life for run in planned((0.1,), 2, vary, SHORT)] == expected


def test_a_run_measures_the_headline_and_what_a_programme_changes() -> None:
    run = live(0.0005, 1, SYNTHESIS, SHORT)
    settings = ["population.share=0.0005", "seed=1", f"run.end={SHORT}"]
    base, large = (run_model(compose([*more, *settings]))[0].summary() for more in ([], ["scenarios=labour_visas_50k"]))
    assert list(run.values) == KEYS
    assert any(run.values[Key(REGION, name, size)] for name in HEADLINE for size in SIZES)
    for name in HEADLINE:
        assert run.values[Key(REGION, name, BASELINE)] == pytest.approx(base["horizon"][name])
        change = large["horizon"][name] - base["horizon"][name]
        assert run.values[Key(REGION, name, "50,000")] == pytest.approx(change)
        assert 0 <= run.values[Key(EL_SALVADOR, name, BASELINE)] <= run.values[Key(REGION, name, BASELINE)]


def test_the_page_tells_a_gap_and_a_share_for_every_question(tmp_path: Path) -> None:
    page, figure = write_pages(nested_runs(8, keys=KEYS, blind=300.0), tmp_path)
    told = page.read_text(encoding="utf-8")
    assert "16 comparisons" in told
    assert "8 agree; apart" in told
    assert "Irregular journeys, El Salvador: level | 0." in told
    with Image.open(figure) as image:
        assert "Deaths on the way, El Salvador" in dict(image.info)["Description"]
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["sample_error.png"]


def test_the_figure_keeps_its_words_inside_and_its_legend_off_the_panels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(sample_error_page.style, "save_png", lambda figure, path, **told: drawn.append(figure))
    sample_error_page.draw(errors_of(nested_runs(8, keys=KEYS)), "2030-12", tmp_path / "x.png")
    (figure,) = drawn
    figure.canvas.draw()
    box = figure.legends[0].get_window_extent()
    assert box.x1 <= figure.bbox.x1
    assert not any(box.overlaps(axes.get_tightbbox()) for axes in figure.axes)
    for text in [*figure.texts, *(axes.yaxis.label for axes in figure.axes)]:
        extent = text.get_window_extent()
        assert extent.x0 >= 0, text.get_text()
        assert extent.x1 <= figure.bbox.x1, text.get_text()


def test_the_page_is_what_the_kept_runs_say(tmp_path: Path) -> None:
    runs = [run for run in read_runs(DOCS / "sample_error.csv") if run.until == "2030-12"]
    page, _ = write_pages(runs, tmp_path)
    assert page.read_text(encoding="utf-8") == (DOCS / "sample_error.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--share", "2"], "population.share"), (["--until", "2030-13"], "YYYY-MM"), (["--seeds", "0"], "at least 1")],
)
def test_a_plan_that_cannot_be_is_refused(words: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=said):
        main([*words, "--out", str(tmp_path)])


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sample_error.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(RequestError, match="needed: share, seed"):
        main(["--pages", "--out", str(tmp_path)])
