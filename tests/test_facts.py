"""The facts of the Task Force's report, in the baseline and in the scenario that carries its recommendation."""

from __future__ import annotations

import numpy as np
import pytest

from sim.codes import COUNTRIES, FLOWS, month_index
from sim.compose import compose
from sim.data.loader import load
from sim.model import MigrationModel
from sim.policies import INSTRUMENTS
from sim.state import NO_PLAN
from sim.world.geography import department_country

SHARE = 0.01
HONDURAS = COUNTRIES.index("HND")
PLAN_AGAIN = {"GTM": 0.40, "SLV": 0.25}
"""Returned people who planned to leave again within twelve months."""
POINTS, PART = 0.08, 0.15
"""Tolerances: percentage points of a share, part of a sum."""
COVERED = 0.275
"""Returned Hondurans with any help after return: all but 72.5 %."""


@pytest.fixture(scope="module")
def lived() -> dict[str, np.ndarray]:
    """Return sums of 2015-19 by country: households that came home in a month, of them with a plan; people returned."""
    model = MigrationModel(compose([f"population.share={SHARE}", "run.start=2015-01", "run.end=2019-12"]))
    sums = {name: np.zeros(len(COUNTRIES)) for name in ("came", "planning", "returned", "helped")}
    while model.month < model.end_month:
        model.step()
        if model.month < month_index("2015-01"):
            continue
        H, done = model.engine.columns, model.engine.counted()
        country = department_country[H.department]
        home = H.returned_month == model.month
        sums["came"] += np.bincount(country, home, len(COUNTRIES))
        sums["planning"] += np.bincount(country, home & (H.plan != NO_PLAN), len(COUNTRIES))
        sums["helped"] += np.bincount(country, home & (H.helped > 0), len(COUNTRIES))
        removed = done.people(FLOWS.index("removed")).sum(axis=(1, 2))
        sums["returned"] += np.bincount(department_country, removed, len(COUNTRIES))
    return sums


def test_fifty_thousand_places_over_two_years_are_offered_in_the_books() -> None:
    model = MigrationModel(compose(["scenarios=labour_visas_50k", "population.share=0.0005"]))
    kind = INSTRUMENTS["labour_places"](model.config.policies["labour_places"])
    more = model.book.schedule.extra.sum(axis=(0, 1))
    first = kind.months().start
    assert more.sum() == more[first : first + 24].sum() == 50_000


def test_a_quarter_of_returned_hondurans_get_help(lived) -> None:
    model = MigrationModel(compose(["population.share=0.0005"]))
    assert np.all(model.engine.levers.coverage[HONDURAS] == np.float32(COVERED))
    assert lived["helped"][HONDURAS] / lived["came"][HONDURAS] == pytest.approx(COVERED, abs=0.03)


@pytest.mark.parametrize("country", PLAN_AGAIN)
def test_the_returned_plan_to_leave_again_as_they_say(lived, country: str) -> None:
    c = COUNTRIES.index(country)
    assert lived["planning"][c] / lived["came"][c] == pytest.approx(PLAN_AGAIN[country], abs=POINTS)


def test_as_many_are_returned_as_were_counted(lived) -> None:
    counted = load().fact("returns_received_2015_2019")
    assert lived["returned"].sum() == pytest.approx(counted, rel=PART)
