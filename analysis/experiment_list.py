"""The natural experiments, each with its publication: what was found, the band accepted, and what of ours is beside.

Bands are those of the targets (evidence section E), set before anything was run; a value is the middle of what was
published where a range was. Figures: `survey_facts.csv` has none of these, they are effects, not facts.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan
from types import MappingProxyType
from typing import Any, Final

from analysis import effects, effects_held_out
from analysis.effects import Again, Effect, SentBack, Tracker, during
from analysis.effects_held_out import Hit, MetTwice
from analysis.recorded import Months
from sim.codes import month_index
from sim.config import Config


@dataclass(frozen=True)
class Experiment:
    """One published effect and how it is measured here.

    target: number of the target that it belongs to, or "". scenario: file of the world beside the baseline; "": the
    baseline alone. reference: file of what the world is held against; "": the baseline. measured: months that count.
    value, low, high: published (nan where no size was), and the band accepted, in `unit`. grade: V read, D derived,
    A assumed. adjust: policies of the scenario at the parameters of a configuration. track: makes what follows
    households.
    """

    name: str
    target: str
    scenario: str
    measured: Months
    value: float
    low: float
    high: float
    unit: str
    source: str
    grade: str
    held_out: bool
    effect: Effect
    what: str
    adjust: Callable[[Config, Mapping[str, Any]], Mapping[str, Any]] | None = None
    track: Callable[[], Tracker] | None = None
    reference: str = ""

    @property
    def last(self) -> int:
        """Return the last month that must be lived."""
        return month_index(self.measured.last)

    def accepts(self, value: float) -> bool:
        """Return whether a value lies in the band."""
        return self.low <= value <= self.high


SHORT_RUN: Final = 0.325
"""Part of those apprehended again within 3 months whom sanctions kept from it: 6.6-8.1 of 22.6 points (Bazzi 2021)."""


REFERENCES: Final[Mapping[str, str]] = MappingProxyType({
    "Linke et al. 2023": "Linke, Leutert, Busby, Duque, Shawcroft, Brewer, Dry growing seasons predicted Central "
    "American migration to the US from 2012 to 2018, Scientific Reports, doi 10.1038/s41598-023-43668-9 (abstract; "
    "that it is of one SD: press)",
    "Bermeo and Leblang 2021": "Climate, violence, and Honduran migration to the United States, Brookings (excerpt)",
    "Halliday 2006": "Migration, risk, and liquidity constraints in El Salvador, Economic Development and Cultural "
    "Change 54 (summary)",
    "Clemens 2021": "Violence, development, and migration waves: evidence from Central American child migrant "
    "apprehensions, CGD working paper 459, published 2021 (abstract); elasticity derived",
    "Bahar 2025": "Labour market tightness and crossings of the south-west border, Journal of Policy Analysis and "
    "Management (summary); contested by arXiv 2512.21429",
    "Gathmann 2008": "Effects of enforcement on illegal markets: evidence from migrant smuggling along the "
    "southwestern border, Journal of Public Economics 92, and its working paper (abstracts)",
    "Bazzi et al. 2021": "Bazzi, Hanson, John, Roberts, Whitley, Deterring illegal entry: migrant sanctions and "
    "recidivism in border apprehensions, NBER and published 2021 (abstracts)",
    "CBP, repeats before 2020": "repeat encounters of the three countries, 7 to 14 % (docs/calibration.md)",
    "Gazeaud et al. 2023": "Gazeaud, Mvukiyehe, Sterck, Cash transfers and migration: theory and evidence from a "
    "randomized controlled trial, Review of Economics and Statistics (abstract)",
    "CBP, FY2019 and FY2021": "share of those met who were met before in the fiscal year, 7 and 27 % (AP, Cato)",
    "Clemens 2024": "The effect of lawful crossing on unlawful crossing at the US southwest border, PIIE working paper "
    "24-10 (abstract)",
    "none: a plausible band": "an assumption of the authors, told before the run",
    "CBP, June and July 2024": "-29 % within a month, -55 % in seven weeks, all nationalities (Jurist, USA Today)",
})  # fmt: skip
"""By short name: what it is and how much of it was read; nowhere more than abstracts and excerpts."""


def sanctions(config: Config, policies: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the scenario's sanctions in the size that keeps the same part of those who would try again at once."""
    size = SHORT_RUN * (1 - config["border.p_det_expelled"])
    return {**policies, "consequence": {**policies["consequence"], "gives_up_more": size}}


def _listed() -> list[Experiment]:
    first, second = ("2016-01", "2016-12"), ("2017-01", "2017-12")
    six, two, three = ("2013-10", "2019-09"), ("2016-01", "2017-12"), ("2015-01", "2017-12")
    free, cohort = Months("2014-10", "2018-03"), Months("2016-01", "2016-12")
    followed = Months("2016-01", "2018-06")
    return [
        Experiment(
            "dryness", "E8", "natural_dryness", Months(*second), 70.7, 30, 90, "%", "Linke et al. 2023", "V", False,
            during(effects.families_in_dryness, *second),
            "families of farm departments, +1 SD of dryness, second year",
        ),
        Experiment(
            "dryness_first_year", "", "natural_dryness", Months(*first), 70.7, 30, 90, "%", "Linke et al. 2023", "V",
            False, during(effects.families_in_dryness, *first), "the same in the first year",
        ),
        Experiment(
            "dryness_violence", "E8", "natural_dryness", Months(*second), nan, 0, 90, "points",
            "Bermeo and Leblang 2021", "A", False, during(effects.dryness_where_homicide_is_high, *second),
            "the same where homicide is high, less where it is low",
        ),
        Experiment(
            "shocks", "E9", "natural_no_drought", Months(*three), 24.26, 15, 33, "%", "Halliday 2006", "V", False,
            during(effects.share_of_shocks, *three), "part of rural Salvadoran journeys that dry seasons make",
        ),
        Experiment(
            "children", "E7", "natural_homicides", Months(*six), 0.62, 0.35, 0.9, "children each",
            "Clemens 2021", "D", False, during(effects.children_per_homicide, *six),
            "children met at the border for each homicide",
        ),
        Experiment(
            "children_elasticity", "E7", "natural_homicides", Months(*six), 0.32, 0.2, 0.45, "elasticity",
            "Clemens 2021", "D", False, during(effects.elasticity_of_children, *six),
            "children met at the border, to homicides",
        ),
        Experiment(
            "tightness", "E12", "natural_tightness", Months(*second), 0.54, 0.2, 0.8, "elasticity", "Bahar 2025", "V",
            False, during(effects.elasticity_of_encounters, *second), "encounters, to vacancies per unemployed",
        ),
        Experiment(
            "enforcement_price", "E13", "natural_enforcement", Months(*second), 23.5, 10, 35, "%", "Gathmann 2008", "V",
            False, during(effects.change_of_price, *second), "smuggler's price, enforcement tripled",
        ),
        Experiment(
            "enforcement_flow", "E13", "natural_enforcement", Months(*second), -5, -15, 0, "%", "Gathmann 2008", "V",
            False, during(effects.change_of_journeys, *second), "irregular journeys, enforcement tripled",
        ),
        Experiment(
            "again", "E14", "natural_sent_back", followed, 24.2, 20, 29, "%", "Bazzi et al. 2021", "V", False,
            effects.apprehended_again, "put back into Mexico, apprehended again in 18 months",
            track=lambda: SentBack(cohort),
        ),
        Experiment(
            "sanctions", "E14", "natural_sanctions", followed, -5.35, -8, -3, "points", "Bazzi et al. 2021", "V", False,
            effects.fewer_again, "the same with sanctions, less without", adjust=sanctions,
            track=lambda: SentBack(cohort), reference="natural_sent_back",
        ),
        Experiment(
            "again_from_home", "", "", Months("2014-10", "2019-09"), 10.5, 7, 14, "%", "CBP, repeats before 2020", "D",
            False, effects.apprehended_at_home, "sent home, stopped again in 18 months", track=lambda: Again(free),
        ),
        Experiment(
            "cash", "", "natural_cash", Months(*two), 38, 0, 38, "%", "Gazeaud et al. 2023", "V", False,
            during(effects.change_of_poorest, *two), "journeys of the poorest two fifths, 320 US$ in cash",
        ),
    ]  # fmt: skip


def _kept_back() -> list[Experiment]:
    year, cohort, rule = Months("2016-01", "2016-12"), Months("2018-10", "2019-09"), ("2024-07", "2024-07")
    early, late, calm = ("2022-07", "2022-10"), ("2023-03", "2023-06"), ("2024-01", "2024-12")
    return [
        Experiment(
            "earthquake", "H2", "natural_earthquake", year, -37.11, -55, -15, "%", "Halliday 2006", "V", True,
            effects_held_out.journeys_a_sd_of_damage, "rural Salvadoran journeys, +1 SD of earthquake damage",
            track=lambda: Hit(year),
        ),
        Experiment(
            "repeats", "H3", "natural_expulsion", cohort, 3.86, 2.5, 6, "times", "CBP, FY2019 and FY2021", "V", True,
            effects_held_out.times_more_repeats, "adults met twice or more in a year, expelled at once",
            track=lambda: MetTwice(cohort),
        ),
        Experiment(
            "lawful", "H4", "natural_lawful", Months(*late), -0.3, -0.5, -0.1, "elasticity", "Clemens 2024", "V", True,
            during(effects_held_out.elasticity_to_lawful, *late), "irregular journeys, to lawful entries, 10 months on",
        ),
        Experiment(
            "lawful_build_up", "H4", "natural_lawful", Months(*late), nan, -0.5, 0, "elasticity", "Clemens 2024", "A",
            True, functools.partial(effects_held_out.build_up, early=Months(*early), late=Months(*late)),
            "the same, months 9-12 less months 1-4",
        ),
        Experiment(
            "homicide_fall", "H5", "natural_homicides_slv", Months(*calm), nan, 0, 35, "%", "none: a plausible band",
            "A", True, during(effects_held_out.fall_beside_neighbours, *calm),
            "Salvadorans fewer at the border as homicides fell, 2024",
        ),
        Experiment(
            "release", "H5", "natural_release", Months(*rule), -55, -60, -30, "%", "CBP, June and July 2024", "V", True,
            during(effects_held_out.change_with_rule, *rule), "encounters in July 2024 as releases are cut",
        ),
    ]  # fmt: skip


EXPERIMENTS: Final[Mapping[str, Experiment]] = MappingProxyType({one.name: one for one in (*_listed(), *_kept_back())})
"""By name, in the order in which they are shown."""
