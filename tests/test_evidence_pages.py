"""Pages that tell how good the model is are made from what was recorded, and say what missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis import agreement, diversion_profile, facts_page, facts_report
from analysis.facts_report import INSIDE, MISS, NOTHING, Line, cells, met, summary
from sim import ensemble
from sim.codes import THEORIES

LINE = Line("E4", "mode", "all three", "2016-21", "share", 0.5, 0.55, 0.6, 0.61, 0.55, 0.48, 0.62, 0.9, "fitted", 40)


def test_a_fact_is_met_only_where_every_one_of_its_comparisons_is() -> None:
    off = replace(LINE, what="price", median=0.7)
    nothing = replace(LINE, code="E18", median=float("nan"))
    assert (LINE.verdict, off.verdict, nothing.verdict) == (INSIDE, MISS, NOTHING)
    facts = met([LINE, off, nothing])
    assert not facts["E4"]
    assert not facts["E18"]
    assert met([LINE])["E4"]
    told = summary([LINE, off, nothing])
    assert told.endswith("1 of 3 comparisons inside. Missed: E4 price; E18 mode.")
    assert cells(nothing)[6] == "-"


def test_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    lines = [LINE, replace(LINE, code="E5", observed=float("nan"))]
    facts_report.write(lines, tmp_path / "facts.csv")
    one, two = facts_report.read(tmp_path / "facts.csv")
    assert one == LINE
    assert np.isnan(two.observed)


@pytest.mark.parametrize(
    ("page", "made"),
    [
        (facts_page.PAGE, lambda: facts_page.page(facts_report.read(facts_page.RECORD))),
        (diversion_profile.PAGE, lambda: diversion_profile.page(diversion_profile.read())),
        (agreement.PAGE, lambda: agreement.page(agreement.read())),
    ],
)
def test_a_page_is_as_its_record_says(page: Path, made: Callable[[], str]) -> None:
    assert page.read_text(encoding="utf-8") == made(), "python -m analysis.(facts_page|diversion_profile|agreement)"


def test_the_readme_names_the_facts_that_are_missed() -> None:
    text = facts_page.README.read_text(encoding="utf-8")
    assert facts_page.in_readme(text, facts_report.read(facts_page.RECORD)) == text
    assert "facts met in full" in text


def _changes(of: dict[str, list[float]]) -> agreement.Changes:
    return {theory: {name: of.get(theory, [-1.0]) for name in agreement.POLICIES} for theory in THEORIES}


def test_theories_that_differ_in_sign_are_told_and_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble, "ensemble_file", lambda: tmp_path / "ensemble.csv")
    monkeypatch.setattr(agreement, "ensemble_file", lambda: tmp_path / "ensemble.csv")
    assert agreement.disagreement("labour_visas_50k") == "", "nothing is said where nothing was lived"
    agreement.write(_changes({"threshold": [0.8]}))
    told = agreement.disagreement("labour_visas_50k")
    assert "DISAGREE" in told
    assert "threshold higher" in told
    agreement.write(_changes({}))
    assert agreement.disagreement("labour_visas_50k") == ""
    assert all(one.agree for one in agreement.verdicts(agreement.read()))


def test_members_that_disagree_give_their_theory_no_sign() -> None:
    (one, *_) = agreement.verdicts(_changes({THEORIES[0]: [-1.0] * 8 + [1.0] * 2}))
    assert one.signs[THEORIES[0]] == 0
    assert not one.agree
    (tiny, *_) = agreement.verdicts(_changes({theory: [-0.01] for theory in THEORIES}))
    assert set(tiny.signs.values()) == {0}, "chance is no sign"
