"""What natural experiments measure: the operators that make a number of ours like the one that was published.

Each takes the baseline and the world beside it, both lived, and returns one number. Docstrings say what of the
publication is met and what is not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.recorded import TO_USA, Months, by_group, people, price
from analysis.retraced import retraced
from sim.codes import (
    AGRICULTURE,
    COUNTRIES,
    MONTHS_A_YEAR,
    N_DEPARTMENTS,
    PATHWAYS,
    SINGLE_ADULT,
)
from sim.data.loader import Data, load
from sim.model import MigrationModel
from sim.record import Record
from sim.rules.journey import STOPPED_IN_MEXICO
from sim.world.geography import department_country

PERCENT = 100.0
POOREST = 2
"""Fifths of the households that make the poorest 40 %."""
RURAL = 1
FARMING = 0.3
"""Part of its households in January 2013 that live of farming in a farm department: 32 of 54 are."""
PER_HOMICIDES = 100_000
"""People to whom a homicide rate refers."""
FOLLOWED = 18
"""Months after an apprehension in which the next one counts (Bazzi et al. 2021)."""


class Tracker(Protocol):
    """Something that looks at the households of a world month by month."""

    def see(self, month: int, model: MigrationModel) -> None:
        """Look at a month that was lived."""


@dataclass(frozen=True)
class Seen:
    """A world that was lived: its model at the end, with its record, and what followed its households, if anything."""

    model: MigrationModel
    tracker: Tracker | None = None

    @property
    def record(self) -> Record:
        """Return what was counted."""
        return self.model.record


Effect = Callable[[Seen, Seen], float]


def change(before: float, after: float) -> float:
    """Return a change in per cent; nan where there was nothing."""
    return (after / before - 1) * PERCENT if before else np.nan


# Dryness


def farm_departments(model: MigrationModel) -> NDArray[np.bool_]:
    """Return (54,) departments in which more than three in ten households of January 2013 live of farming.

    Of a model that has lived: where they live now.
    """
    H = model.engine.columns
    here = H.weight * (H.first_month == 0)
    farming = np.bincount(H.department, here * (H.livelihood == AGRICULTURE), N_DEPARTMENTS)
    return np.asarray(farming > FARMING * np.bincount(H.department, here, N_DEPARTMENTS))


def families_in_dryness(base: Seen, world: Seen, when: Months) -> float:
    """Return by how many per cent members of family units met by the US Border Patrol rise, farm departments.

    Linke et al. 2023: families apprehended in 2012-18, by the place they left, where growing seasons were drier by one
    SD than since 1901. Their years were dry one after the other (2014-16) and drier than the mean of so long a record:
    a departure that lasts. So dryness of every department rises by one SD for two years, and encounters of the second
    are counted; those of the first stand beside them (`dryness_first_year`), as plans take a year to turn into
    journeys. Met: who counts, where and when. Not met: their SD is of each place; ours is that of the Dry Corridor, so
    a wet department is struck harder than by one SD of its own.
    """
    return _families(base, world, when, farm_departments(base.model))


def dryness_where_homicide_is_high(base: Seen, world: Seen, when: Months) -> float:
    """Return by how many percentage points `families_in_dryness` is higher in violent farm departments than in others.

    Violent: homicides above the median of the farm departments in those months (Bermeo and Leblang 2021: lower rainfall
    goes with more families the more, the higher the homicide rate; the size was not read).
    """
    farms, (first, last) = farm_departments(base.model), when.numbers
    rate = base.model.drivers.violence[:, first : last + 1].mean(axis=1)
    high = rate > np.median(rate[farms])
    return _families(base, world, when, farms & high) - _families(base, world, when, farms & ~high)


def _families(base: Seen, world: Seen, when: Months, where: NDArray[np.bool_]) -> float:
    before, after = (
        people(one.record, "encounter_us", when, where=where, party="family_unit") for one in (base, world)
    )
    return change(before, after)


def share_of_shocks(base: Seen, world: Seen, when: Months) -> float:
    """Return the per cent of journeys abroad from rural El Salvador that would not have been without dry seasons.

    Halliday 2006: in a panel of 1997-2001, without agricultural shocks 24.26 % fewer rural households would have sent a
    member to the United States. Met: rural households of El Salvador, shocks and journeys of the same years. Not met:
    people instead of households, journeys to Mexico among them, dryness instead of lost harvests and cattle.
    """
    before, after = (
        float(sum(by_group(one.record, flow, when)[COUNTRIES.index("SLV"), ..., RURAL].sum() for flow in ABROAD))
        for one in (base, world)
    )
    return -change(before, after)


ABROAD = ("depart_irregular", "arrive_regular")
"""Flows of those who leave the country."""


# Violence


def extra_homicides(base: Seen, world: Seen, when: Months) -> NDArray[np.float64]:
    """Return (54,) how many more people are killed in months in a world: rates times people, in both worlds."""
    data, (first, last) = load(), when.numbers
    months = np.arange(first, last + 1)
    rate = base.model.drivers.violence[:, months].astype(np.float64) / PER_HOMICIDES / MONTHS_A_YEAR
    ratio = np.exp((world.model.engine.world.ln_v - base.model.engine.world.ln_v)[:, months].astype(np.float64))
    return np.asarray((rate * residents(data, months) * (ratio - 1)).sum(axis=1))


def residents(data: Data, months: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (54, months) people: the census's shares of the departments times the country's population of the year."""
    census = data.department("population")
    share = census / np.bincount(department_country, census, len(COUNTRIES))[department_country]
    by_year = [data.year("population", country) for country in COUNTRIES]
    totals = np.array([[years[2013 + int(month) // MONTHS_A_YEAR] for month in months] for years in by_year])
    return np.asarray(share[:, None] * totals[department_country])


def children_per_homicide(base: Seen, world: Seen, when: Months) -> float:
    """Return encounters of unaccompanied children more for each homicide more, in six years of more homicides.

    Clemens 2021: 3.7 children apprehended for one homicide more a year in each of the six years 2011-16, .62 for each
    homicide, over municipalities. Met: who counts, six years that rise together, how the effect builds up. Not met:
    other years (FY2014-19), all departments at once instead of one beside others, by half instead of by one.
    """
    before, after = (_children(one.record, when) for one in (base, world))
    return (after - before) / float(extra_homicides(base, world, when).sum())


def elasticity_of_children(base: Seen, world: Seen, when: Months) -> float:
    """Return the elasticity of those encounters: ln of their ratio over ln of that of homicides, as households feel it.

    Derived from Clemens 2021: some 93,000 homicides of 2011-16 times .62 over 178,825 children is .32.
    """
    before, after = (_children(one.record, when) for one in (base, world))
    first, last = when.numbers
    usual, felt = (float(one.model.engine.world.ln_v[:, first : last + 1].mean()) for one in (base, world))
    rise = felt - usual
    return float(np.log(after / before) / rise) if before and after else np.nan


def _children(record: Record, when: Months) -> float:
    return people(record, "encounter_us", when, party="unaccompanied_child")


# Work, enforcement, cash


def elasticity_of_encounters(base: Seen, world: Seen, when: Months) -> float:
    """Return the elasticity of encounters to vacancies per unemployed: ln over ln, months after a year of the rise.

    Bahar 2025: 10 % more go with 3.5 to 7.3 % more crossings at the south-west border, in the long run, 2000-24. Met: a
    rise that lasts and encounters of its second year. Not met: all nationalities; and a later study finds the
    figures uncertain.
    """
    before, after = (people(one.record, "encounter_us", when) for one in (base, world))
    first, last = when.numbers
    usual, tight = (float(one.model.engine.world.ln_theta[first : last + 1].mean()) for one in (base, world))
    rise = tight - usual
    return float(np.log(after / before) / rise) if before and after else np.nan


def change_of_price(base: Seen, world: Seen, when: Months) -> float:
    """Return by how many per cent the smuggler's price rises with three times the enforcement.

    Gathmann 2008: Mexico 1986-2004, hours of patrol tripled, the price rose by 17 % (working paper: at most 30 %). Met:
    effort of patrols, which raises what smugglers ask; the odds of being stopped stay, as so many more hours there were
    no such rise of odds. Not met: prices of Mexicans at the border, a tenth of those from here.
    """
    return change(price(base.record, when), price(world.record, when))


def change_of_journeys(base: Seen, world: Seen, when: Months) -> float:
    """Return by how many per cent irregular journeys to the United States change with three times the enforcement.

    Gathmann 2008: not at all (working paper: at most -10 %). As `change_of_price`: only what the price does is met.
    """
    before, after = (people(one.record, "depart_irregular", when, pathways=TO_USA) for one in (base, world))
    return change(before, after)


def change_of_poorest(base: Seen, world: Seen, when: Months) -> float:
    """Return by how many per cent journeys abroad of the poorest two fifths rise with 320 US$ in four months.

    Gazeaud et al. 2023: cash for work of up to 320 US$ in the Comoros raised journeys to Mayotte from 7.8 to 10.8 % of
    households, +38 %. There the cash was about the fare; here it is a twentieth of a smuggler's price, so a smaller
    rise is expected: its sign, and no more than theirs, is the band. Met: the sum, two years after it.
    """
    before, after = (
        float(sum(by_group(one.record, flow, when)[:, :POOREST].sum() for flow in ABROAD)) for one in (base, world)
    )
    return change(before, after)


# Apprehended again

WAYS = {1 + PATHWAYS.index(name): own for own, name in enumerate(TO_USA)}
"""Code of a departure this month, and whether it is on one's own."""


class Again:
    """Follows adults whom the US Border Patrol sent home: the chance that each is apprehended again within 18 months.

    Who is sent home in the months `cohort` and travelled alone is followed. At each further irregular journey to the
    United States of one person of the household, after the removal, the chance of being stopped, by Mexico or at the
    first attempt at the border, is reckoned, not drawn: it makes the share smoother and changes nothing on average.
    """

    def __init__(self, cohort: Months) -> None:
        self.cohort = cohort
        self.since = np.empty(0, np.int64)
        self.spared = np.empty(0)
        self.weight = np.empty(0)

    def see(self, month: int, model: MigrationModel) -> None:
        """Look at who is held, and at who of those followed leaves again."""
        first, last = self.cohort.numbers
        if not first <= month <= last + FOLLOWED:
            return
        H, lag = model.engine.columns, int(model.config["border.removal_lag_months"])
        if not len(self.since):
            self.since, self.spared = np.full(len(H.id), -1), np.ones(len(H.id))
            self.weight = H.weight.astype(np.float64)
        if month <= last:
            new = (H.held > 0) & (H.held_until == month + lag) & (H.held_party == SINGLE_ADULT) & (self.since < 0)
            self.since[new] = month
        old = self.since >= 0
        old &= (month - self.since >= max(lag, 1)) & (month - self.since <= FOLLOWED) & (H.went_people == 1)
        for code, own in WAYS.items():
            rows = np.flatnonzero(old & (H.went == code))
            self.spared[rows] *= 1 - first_apprehension(model, month, bool(own))[H.department[rows]]

    def share(self) -> float:
        """Return the per cent of those followed who are apprehended again; nan if nobody was."""
        followed = self.since >= 0
        weight = self.weight[followed]
        return PERCENT * float((1 - self.spared[followed]) @ weight / weight.sum()) if weight.any() else np.nan


def first_apprehension(model: MigrationModel, month: int, own: bool) -> NDArray[np.float64]:
    """Return (54,) the chance that a single adult is stopped, in Mexico or at the first attempt at the US border.

    (1 - p_death) (1 - (1 - p_Mexico) (1 - q)), as `sim/rules/journey.py` draws it.
    """
    world, config = model.engine.world, model.config
    mexico = world.p_mexico[:, month] * config[f"journey.{'own' if own else 'smuggler'}_mexico"]
    death = config["journey.p_death"] * (config["journey.own_death"] if own else 1)
    passes = (1 - np.minimum(mexico, 1)) * (1 - world.apprehended[SINGLE_ADULT, month])
    return np.asarray(((1 - death) * (1 - passes))[department_country], np.float64)


def apprehended_at_home(base: Seen, world: Seen) -> float:  # the baseline alone is asked
    """Return the per cent of adults whom the US Border Patrol sent home who are stopped again within 18 months.

    Beside it stands what the agency counts of the three countries, one of 14 to one of 7 before 2020 (events that were
    repeats). Met: adults who travel alone, sent home after an apprehension; Mexico counts as one who stops, as it is
    their first border. Not met: the record knows no 18 months, and it is the household that leaves again here, not
    always the same of its members.
    """
    assert isinstance(base.tracker, Again)
    return base.tracker.share()


class SentBack:
    """Follows lone adults who were put back into Mexico: those apprehended again, at once or on another journey.

    Who is first apprehended in the months `cohort` is followed for 18 months; a stop by Mexico on a later journey
    counts as one. Journeys are travelled again with their own draws; a child who travels alone is taken for an adult.
    """

    def __init__(self, cohort: Months) -> None:
        self.cohort = cohort
        self.since: dict[int, int] = {}
        self.again: set[int] = set()
        self.weight = np.empty(0)

    def see(self, month: int, model: MigrationModel) -> None:
        """Look at the journeys of the month."""
        first, last = self.cohort.numbers
        if not first <= month <= last + FOLLOWED:
            return
        H = model.engine.columns
        self.weight = H.weight
        for code, own in WAYS.items():
            rows = np.flatnonzero((H.went == code) & (H.went_people == 1))
            for row, end, met in zip(rows.tolist(), *retraced(model, month, rows, bool(own)), strict=True):
                if row in self.since:
                    if (met or end == STOPPED_IN_MEXICO) and month - self.since[row] <= FOLLOWED:
                        self.again.add(row)
                elif met and month <= last:
                    self.since[row] = month
                    if met > 1:
                        self.again.add(row)

    def share(self) -> float:
        """Return the per cent of those followed who are apprehended again; nan if nobody was."""
        followed, again = (self.weight[list(rows)].astype(np.float64).sum() for rows in (self.since, self.again))
        return PERCENT * float(again / followed) if followed else np.nan


def apprehended_again(base: Seen, world: Seen) -> float:  # the world alone is asked
    """Return the per cent of adults put back into Mexico without consequence who are apprehended again in 18 months.

    Bazzi et al. 2021: 24.2 % of Mexican men sent back over the border. Met: adults who travel alone, put back into
    Mexico, where they can try again at once, or go home and come another time; 18 months. Not met: home is a country
    away, so who gives up goes farther; women are among them, and it is the household that leaves again, not always
    the same of its members.
    """
    assert isinstance(world.tracker, SentBack)
    return world.tracker.share()


def fewer_again(base: Seen, world: Seen) -> float:
    """Return by how many percentage points `apprehended_again` changes where sanctions keep people from trying at once.

    Bazzi et al. 2021: -4.6 to -6.1 points within 18 months, where within 3 months 6.6 to 8.1 of 22.6 fewer were
    apprehended again. The short-run effect is put in, as a part .325 of those who would try again at once; the effect
    that is left after 18 months is the answer: persistent wishes wear a sanction off.
    """
    assert isinstance(base.tracker, SentBack)
    assert isinstance(world.tracker, SentBack)
    return world.tracker.share() - base.tracker.share()


def during[**P](effect: Callable[..., float], first: str, last: str) -> Effect:
    """Return an effect that is measured in months, both included."""
    return functools.partial(effect, when=Months(first, last))


