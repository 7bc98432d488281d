"""Operators of the natural experiments that are held out: scored, never fitted to; as `analysis/effects.py`.

Nothing in the model or its parameters was chosen with these numbers in view, and misses are told as they are.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from analysis.effects import RURAL, WAYS, Seen, change
from analysis.recorded import TO_USA, Months, of_country, people
from analysis.retraced import retraced
from sim.codes import COUNTRIES, PATHWAYS
from sim.model import MigrationModel
from sim.world.geography import department_country

SLV: Final = COUNTRIES.index("SLV")
INSIDE: Final = 1 + PATHWAYS.index("internal")
"""Code of a move inside the country, in `went`."""


# A destructive shock


class Hit:
    """Notes which rural Salvadoran households a disaster of one month hits, and who leaves in the year with it."""

    def __init__(self, when: Months) -> None:
        self.when = when
        self.hit = np.empty(0, np.bool_)
        self.left = np.empty(0)

    def see(self, month: int, model: MigrationModel) -> None:
        """Look at who was hit in the first month, and at who goes abroad."""
        H = model.engine.columns
        first, last = self.when.numbers
        if month == first:
            self.hit = (H.disaster_month == month) & (H.rural == RURAL) & (department_country[H.department] == SLV)
            self.left = np.zeros(len(H.id))
        if first <= month <= last:
            abroad = (H.went > 0) & (H.went != INSIDE)
            self.left += abroad * H.weight.astype(np.float64)


def journeys_a_sd_of_damage(base: Seen, world: Seen) -> float:
    """Return by how many per cent fewer (negative) households send somebody abroad for one SD of damage.

    Halliday 2006: 37.11 % fewer a SD of the damage of 2001, to the United States, as labour was kept at home. Here the
    households hit in the world, beside themselves not hit, in the twelve months from the shock, times the SD of being
    hit, sqrt(p (1 - p)). Met: rural El Salvador, a shock to a fourth of the households, a year. Not met: damage has no
    degrees here, and the model has no rebuilding that needs hands: what keeps people back is lost means alone.
    """
    assert isinstance(base.tracker, Hit)
    assert isinstance(world.tracker, Hit)
    hit = world.tracker.hit & ~base.tracker.hit
    before, after = (float(one[hit].sum()) for one in (base.tracker.left, world.tracker.left))
    part = world.model.config["drivers.severity.storm"] * world.model.config.policies["hurricane"]["share"]
    return change(before, after) * float(np.sqrt(part * (1 - part)))


# Title 42


class MetTwice:
    """Counts how often each household's lone travellers meet the US Border Patrol, in months.

    Each journey of one person is travelled again with its own draws, so the count is what happened; a child who
    travels alone is taken for an adult.
    """

    def __init__(self, when: Months) -> None:
        self.when = when
        self.met: Counter[int] = Counter()
        self.weight = np.empty(0)

    def see(self, month: int, model: MigrationModel) -> None:
        """Look at the journeys of the month."""
        if month not in self.when:
            return
        H = model.engine.columns
        self.weight = H.weight
        for code, own in WAYS.items():
            rows = np.flatnonzero((H.went == code) & (H.went_people == 1))
            _, met = retraced(model, month, rows, bool(own))
            self.met.update(dict(zip(rows.tolist(), met.tolist(), strict=True)))

    def share(self) -> float:
        """Return the share of those met once or more who are met twice or more."""
        rows = np.array([row for row, met in self.met.items() if met], np.int64)
        times = np.array([met for met in self.met.values() if met])
        weight = self.weight[rows].astype(np.float64)
        return float(weight[times > 1].sum() / weight.sum()) if len(rows) else np.nan


def times_more_repeats(base: Seen, world: Seen) -> float:
    """Return how many times the share of adults met twice or more in a fiscal year rises with expulsion at once.

    CBP: 7 % of those met in FY2019 were met before in the year, 27 % in FY2021, under Title 42; all nationalities, with
    Mexicans who live near. Met: expulsion as often as then, one fiscal year. Not met: adults travelling alone from the
    three countries only; nothing else of 2021 differs.
    """
    assert isinstance(base.tracker, MetTwice)
    assert isinstance(world.tracker, MetTwice)
    before = base.tracker.share()
    return world.tracker.share() / before if before else np.nan


# Lawful entries


def elasticity_to_lawful(base: Seen, world: Seen, when: Months) -> float:
    """Return the elasticity of irregular journeys to the United States to lawful entries: ln over ln, in months.

    Clemens 2024: -.3 about ten months after a lasting rise of lawful crossings, building up; all nationalities, where
    lawful crossings are as many as unlawful ones. Met: a rise that lasts, months nine to twelve of it. Not met: here
    lawful entries are a tenth of irregular journeys, so a place can avert several per cent of them at most: -.3 would
    be two to three journeys for each place.
    """
    journeys, entries = (
        np.log(_lived(world, flow, when, ways) / _lived(base, flow, when, ways))
        for flow, ways in (("depart_irregular", TO_USA), ("arrive_regular", USA_REGULAR))
    )
    return float(journeys / entries) if entries > 0 else np.nan


def build_up(base: Seen, world: Seen, early: Months, late: Months) -> float:
    """Return `elasticity_to_lawful` of the later months less that of the earlier: below zero where it builds up."""
    return elasticity_to_lawful(base, world, late) - elasticity_to_lawful(base, world, early)


def _lived(one: Seen, flow: str, when: Months, ways: tuple[str, ...]) -> float:
    return people(one.record, flow, when, pathways=ways)


USA_REGULAR: Final = ("usa_h2a", "usa_h2b", "usa_refugee", "usa_parole", "usa_family", "usa_port_asylum")


# Homicides and releases as they fell


def fall_beside_neighbours(base: Seen, world: Seen, when: Months) -> float:
    """Return by how many per cent fewer Salvadorans come to the border as homicides fell, less those of the neighbours.

    No study: a band of what is plausible, 0 to 35 %. The world has no fall of homicides in El Salvador; the baseline
    has the one on record. Guatemala and Honduras, which it does not strike, take out what both share.
    """
    own, others = (
        -change(*(people(one.record, "encounter_us", when, where=of_country(*names)) for one in (world, base)))
        for names in (("SLV",), ("GTM", "HND"))
    )
    return own - others


def change_with_rule(base: Seen, world: Seen, when: Months) -> float:
    """Return by how many per cent encounters change as releases are cut in June 2024.

    Raw counts at the whole border fell by 29 % within a month and 55 % in seven weeks; season, Mexico's own checks and
    other nationalities are in them. Here the baseline has the releases on record, and the world leaves the cut out.
    """
    return change(*(people(one.record, "encounter_us", when) for one in (world, base)))

