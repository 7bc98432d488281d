"""Measuring changes no result, counts what was lived, and says so beside the limits; no time is judged here."""

from __future__ import annotations

import numpy as np
import pytest
from small_model import lived, small_config

from benchmarks.engine import MOST_BYTES, PARTS, Lived, Report, limits, living, share_of, shown, start, timed
from sim.config import default_config
from sim.data.loader import load
from sim.model import MigrationModel
from sim.population import synthesise

MONTHS = 3


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


def test_a_household_takes_no_more_bytes_than_allowed(measured: Lived) -> None:
    assert 0 < measured.bytes_per_row <= MOST_BYTES


def test_the_share_is_that_of_the_rows_asked_for() -> None:
    wanted, months = 3_000, 60
    first = synthesise(default_config(population__share=share_of(wanted, months)), load()).first_month
    alive = np.mean([(first <= month).sum() for month in range(months)])
    assert alive == pytest.approx(wanted, rel=0.02)


def test_a_measure_is_shown_as_its_median_with_both_ends() -> None:
    assert shown([3.0, 1.0, 2.5]) == "2.50 (1.00 to 3.00)"


def test_the_report_holds_each_measure_to_its_limit() -> None:
    def one(seconds: float, size: float = 100.0) -> list[Lived]:
        return [Lived(seconds, dict.fromkeys(PARTS, seconds / 5), 1_000_000, 10_000, size)]

    report = Report()
    runs = {"columns, 1 thread": one(4.0), "columns, 2 threads": one(2.0, 251.0), "agents": one(120.0)}
    limits(report, runs, "agents", [0.4, 0.6, 0.45])
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in report.lines if line.startswith("|")]
    found = {row[0]: row[2:] for row in rows}
    assert found["agents / columns, 1 thread, in the rules"] == ["30", "MISSED"]
    assert found["agents / columns, 2 threads, in the rules"] == ["60", "met"]
    assert found["columns, 2 threads, 120 months, s"] == ["2.00", "met"]
    assert found["bytes a household"] == ["251.0", "MISSED"]
    assert found["`pathways list`, s"] == ["0.45 (0.40 to 0.60)", "met"]


def test_the_report_shows_what_was_lived_and_the_parts_of_a_start(measured: Lived) -> None:
    report = Report()
    living(report, {"columns": [measured, measured]})
    parts = dict.fromkeys(("import", "world", "synthesis", "model", "first month", "second month"), 1.0)
    start(report, {**parts, "rows": 5, "peak": 2.0**30}, [{**parts, "rows": 5, "peak": 2.0**29}])
    text = "\n".join(report.lines)
    assert f"| columns | {measured.rows:,} | {measured.household_months:,} |" in text
    assert "| peak memory of the process, MiB | 1,024 | 512 (512 to 512) |" in text
