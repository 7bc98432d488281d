"""The figure of a run: all lines are drawn, in place, and the file says what it shows and what made it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from synthetic_run import PEOPLE, synthetic_run

from analysis import figures, style
from analysis.figures import draw_run
from sim.codes import COUNTRIES, N_MONTHS, month_index
from sim.compose import compose
from sim.data.loader import load
from sim.errors import WorkError
from sim.results import RunResult

REGULAR = ("arrive_regular", "usa_h2a", "USA", "single_adult")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunResult, RunResult]:
    """A baseline and a scenario with more regular arrivals from 2026."""
    folder = tmp_path_factory.mktemp("figures")
    baseline = synthetic_run(folder / "baseline", compose([]))
    return baseline, synthetic_run(folder / "visas", compose(["scenarios=labour_visas_50k"]), {REGULAR: 250})


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Keep every figure that is saved."""
    kept: list[Any] = []
    save = style.save_png

    def keep(figure: Any, path: Path, **told: Any) -> None:
        kept.append(figure)
        save(figure, path, **told)

    monkeypatch.setattr(style, "save_png", keep)
    return kept


def lines(axes: Any) -> dict[str, np.ndarray]:
    return {line.get_label(): np.asarray(line.get_ydata(), float) for line in axes.get_lines()}


def test_observed_and_simulated_are_drawn_as_they_are(
    runs: tuple[RunResult, RunResult], drawn: list[Any], tmp_path: Path
) -> None:
    draw_run(runs[0], tmp_path / "run.png")
    axes = drawn[0].axes
    assert [one.get_title(loc="left") for one in axes[:3]] == [style.COUNTRY_NAMES[c] for c in COUNTRIES]
    for country, panel in zip(COUNTRIES, axes[:3], strict=True):
        found = lines(panel)
        observed = load().month("encounters_usbp", country) / 1000
        np.testing.assert_array_equal(found["Observed"], observed)
        simulated = found["Simulated"]
        assert simulated.shape == (N_MONTHS,)
        assert simulated[month_index("2013-10")] == 4.0
        assert np.isnan(simulated[month_index("2013-09")])
        assert "Simulated, baseline" not in found
    below = lines(axes[3])["Regular admissions, simulated (below)"]
    assert below[month_index("2020-01")] == pytest.approx(12 * PEOPLE[REGULAR] / 1000)
    assert np.isnan(below[month_index("2014-08")])
    assert np.isfinite(below[month_index("2014-09")])


def test_baseline_stands_grey_below_a_scenario_and_stays_visible(
    runs: tuple[RunResult, RunResult], drawn: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    baseline, scenario = runs
    monkeypatch.setattr(figures, "baseline_beside", lambda config: baseline)
    draw_run(scenario, tmp_path / "run.png")
    panel = drawn[0].axes[0]
    by_label = {line.get_label(): line for line in panel.get_lines()}
    grey, colour = by_label["Simulated, baseline"], by_label["Simulated, this scenario"]
    assert grey.get_color() == style.GREY
    assert grey.get_linewidth() > colour.get_linewidth()
    order = panel.get_lines()
    assert order.index(grey) < order.index(colour)


def test_nothing_is_drawn_outside_the_figure_and_the_legend_covers_no_panel(
    runs: tuple[RunResult, RunResult], drawn: list[Any], tmp_path: Path
) -> None:
    draw_run(runs[1], tmp_path / "run.png")
    figure = drawn[0]
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert not any(box.overlaps(axes.get_window_extent()) for axes in figure.axes)
    for text in [*figure.texts, *(axes.yaxis.label for axes in figure.axes)]:
        extent = text.get_window_extent()
        assert extent.x0 >= 0, text.get_text()
        assert extent.x1 <= figure.bbox.x1, text.get_text()
        assert extent.y0 >= 0, text.get_text()
        assert extent.y1 <= figure.bbox.y1, text.get_text()


def test_axes_carry_their_unit_and_the_source_is_told(
    runs: tuple[RunResult, RunResult], drawn: list[Any], tmp_path: Path
) -> None:
    draw_run(runs[0], tmp_path / "run.png")
    figure = drawn[0]
    assert all("thousands" in axes.get_ylabel() for axes in (figure.axes[0], figure.axes[3]))
    told = " ".join(text.get_text() for text in figure.texts)
    for word in ("US Customs and Border Protection", "2021-09", "seed 1", "no interval"):
        assert word in told


def test_file_says_what_it_shows_and_what_made_it(runs: tuple[RunResult, RunResult], tmp_path: Path) -> None:
    path = tmp_path / "run.png"
    draw_run(runs[1], path)
    with Image.open(path) as image:
        told = dict(image.info)
    assert told["Title"].startswith("Fifty thousand more labour places")
    assert len(told["Description"]) >= 20
    assert "Guatemala 384 thousand simulated against 984 thousand observed" in told["Description"]
    assert runs[1].provenance["config_hash"] in told["Comment"]
    assert runs[1].provenance["version"] in told["Software"]
    assert [found.name for found in tmp_path.iterdir()] == ["run.png"]


def test_a_short_run_has_whole_years_that_do_not_run_into_each_other(drawn: list[Any], tmp_path: Path) -> None:
    short = synthetic_run(tmp_path / "short", compose(["run.start=2018-01", "run.end=2019-12"]))
    draw_run(short, tmp_path / "short.png")
    labels = [label for label in drawn[0].axes[3].get_xticklabels() if label.get_text()]
    assert {label.get_text() for label in labels} == {"2018", "2019", "2020"}
    boxes = [label.get_window_extent() for label in labels]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))
    last = [label.get_window_extent() for label in drawn[0].axes[5].get_xticklabels()]
    assert max(box.x1 for box in last) <= drawn[0].bbox.x1
    assert "Dotted line" not in " ".join(text.get_text() for text in drawn[0].texts)


def test_a_run_with_no_observed_month_is_drawn(tmp_path: Path) -> None:
    late = synthetic_run(tmp_path / "late", compose(["run.start=2025-01", "run.end=2026-12"]))
    draw_run(late, tmp_path / "late.png")
    with Image.open(tmp_path / "late.png") as image:
        assert "no observed month" in image.info["Description"]


def test_a_figure_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="alternative text"):
        style.save_png(style.new_figure(), tmp_path / "x.png", title="x", alt="too short", made_by={})
