"""E1 to E20: what each stylised fact asks of a run, and the part of it that may set parameters.

The functions of `analysis.targets` compare; here they are put together, fact by fact, with what is fitted. Bands were
set before any run was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from analysis.recorded import TO_USA
from analysis.sealed import sealed
from analysis.stylised import (
    ADULTS,
    FITTED_RETURNS,
    MOVED,
    Array,
    Fit,
    Fitted,
    Score,
    Seen,
    level,
    ratio,
    share,
)
from analysis.targets import (
    ALL,
    AREAS,
    BANDS,
    FISCAL,
    FITTED_YEARS,
    LEVEL,
    POINTS,
    SURVEY_YEAR,
    SURVEY_YEARS,
    Band,
    Row,
    journeys,
    left_again,
    party_mix,
    remittances,
    returns,
)
from sim.codes import COUNTRIES, MONTHS_A_YEAR, N_MONTHS
from sim.world.geography import department_country

LEAST_KIN: Final = 1e-6
KIN_YEARS: Final = range(2014, 2019)
"""Calendar years of journeys that are held against kin abroad in January 2013, and of those by fifth of income."""
SWB_YEARS: Final = range(2017, 2022)
RISE: Final = (2017, 2019)
"""Fiscal years between which encounters of the three countries rose to 3.7 times."""
INTENTIONS: Final[Mapping[str, float]] = MappingProxyType({"SLV": 0.25, "GTM": 0.40, "HND": 0.42})
"""Returned people who intend to leave again: within 12 months (Task Force; IOM 2021), HND within 2 years (IOM 2021)."""
FUNDED: Final[Mapping[str, float]] = MappingProxyType({"own": 0.11, "kin": 0.45, "loan": 0.40})
"""How journeys were paid, IDB 2019 (Footprints): savings, kin, loans."""
REVENUE: Final = 1.7e9
"""US$ a year that smugglers were paid for people of the three countries, 2016-21 (MPI/WFP/MIT 2021)."""
FAMILIES_2012: Final = 513
"""Members of family units of Honduras apprehended in FY2012 (Bermeo and Leblang 2021)."""
SIZES: Final[Mapping[str, Band]] = MappingProxyType({
    "encounters_all": (0.88, 1.12), "encounters_country": (0.8, 1.2), "considers": (0.35, 0.5),
    "considered_2019": (0.05, 0.15), "plans": (0.02, 0.05), "leaves": (0.009, 0.014), "revenue": (0.8, 1.2),
    "families": (10**-0.4, 10**0.4), "kin_slope": (0.45, 0.8), "kin_fit": (0.55, 0.85), "fifths": (0.7, 1.4),
    "intends": (-8.0, 8.0), "grew_2022": (-5.0, 5.0), "season": (0.8, 1.0), "arrived": (-8.0, 8.0),
})  # fmt: skip
"""Bands of evidence section E, as `BANDS` of `analysis.targets`."""


def picked(rows: Sequence[Row], *names: str, groups: Sequence[str] = (ALL,)) -> list[Row]:
    """Return the rows of some comparisons, of all three countries unless told otherwise, that have a band."""
    return [row for row in rows if row.target in names and row.group in groups and row.band]


def _fitted(rows: Sequence[Row]) -> list[Fitted]:
    """Return rows as figures to be fitted."""
    found = []
    for row in rows:
        name = f"{row.target}, {row.group}"
        if row.measure == LEVEL:
            found.append(level(name, row.simulated, row.band))
        elif row.observed is not None:
            as_fitted = share if row.measure == POINTS else ratio
            found.append(as_fitted(name, row.simulated, row.observed, row.band))
    return found


# E1, E2: how many


def journeys_a_year(seen: Seen) -> list[Row]:
    """Compare journeys to the United States a year, 2016-20; the survey of 2021 is no late fact for levels."""
    return picked(journeys(seen.sums), "journeys to the USA a year")


def encounters_2017_21(seen: Seen) -> list[Row]:
    """Compare the sum of encounters of FY2017-21, three countries and each; FY2020-21 were seen by no fit."""
    rows = []
    for area, countries in AREAS:
        ours = seen.sums.flow("encounter_us", countries, SWB_YEARS, FISCAL)
        theirs = seen.sums.observed("encounters_usbp", countries, SWB_YEARS)
        band = SIZES["encounters_all" if area == ALL else "encounters_country"]
        rows.append(Row("US Border Patrol encounters", area, "FY2017-21", "events", ours, theirs, band=band))
    return rows


def fit_rise(seen: Seen) -> list[Fitted]:
    """Return the rise of encounters from FY2017 to FY2019 by country; their sum of FY2014-19 is solved."""
    data, found = sealed(), []
    for country in COUNTRIES:
        first, last = (seen.sums.flow("encounter_us", (country,), [year], FISCAL) for year in RISE)
        years = data.year("encounters_usbp", country)
        told = years[RISE[1]] / years[RISE[0]]
        found.append(ratio(f"rise to FY2019, {country}", last / max(first, 1), told, BANDS["rise_2019"]))
    return found


# E3: the funnel


def one_of(households: float) -> float:
    """Return the share of adults who plan if ADULTS of a household plan independently of each other."""
    return 1 - (1 - households) ** (1 / ADULTS)


def _households(seen: Seen, stock: str, year: int) -> float:
    part, whole = (seen.sums.outcome(name, COUNTRIES, [year]) for name in (f"{stock}_households", "households"))
    return part / whole


def _leave(seen: Seen) -> float:
    gone = seen.sums.flow(MOVED, COUNTRIES, [SURVEY_YEAR])
    return gone / seen.sums.outcome("people_at_home", COUNTRIES, [SURVEY_YEAR])


def funnel(seen: Seen) -> list[Row]:
    """Compare who considers, plans and leaves. Considering: one adult answers for a household. Planning: `one_of`."""
    year = str(SURVEY_YEAR)
    return [
        Row("considers migrating", ALL, "2019", "share", _households(seen, "aspiring", 2019), None, LEVEL,
            SIZES["considered_2019"]),
        Row("considers migrating", ALL, year, "share", _households(seen, "aspiring", SURVEY_YEAR), None, LEVEL,
            SIZES["considers"]),
        Row("plans (adults)", ALL, year, "share", one_of(_households(seen, "planning", SURVEY_YEAR)), None, LEVEL,
            SIZES["plans"]),
        Row("leaves in a year (people)", ALL, year, "share", _leave(seen), None, LEVEL, SIZES["leaves"]),
    ]  # fmt: skip


def fit_funnel(seen: Seen) -> list[Fitted]:
    """Return planning and leaving in 2021, late facts; how many consider is solved to LAPOP."""
    return _fitted(funnel(seen)[2:])


# E4, E5: how, and how it is paid


def modes(seen: Seen) -> list[Row]:
    """Compare the use of smugglers, their price, and what they are paid a year."""
    rows = picked(journeys(seen.sums), "smuggler, of all to USA", "price with a smuggler")
    paid = seen.sums.outcome("smuggler_revenue", COUNTRIES, SURVEY_YEARS) / len(SURVEY_YEARS)
    return [*rows, Row("paid to smugglers a year", ALL, "2016-21", "2021 US$", paid, REVENUE, band=SIZES["revenue"])]


def fit_modes(seen: Seen) -> list[Fitted]:
    """Return the share with a smuggler; the price is a parameter, and what is paid follows from the number."""
    ways = [seen.sums.flow("depart_irregular", COUNTRIES, SURVEY_YEARS, pathway=way) for way in TO_USA]
    regular = seen.sums.flow("arrive_regular", COUNTRIES, SURVEY_YEARS, destination="USA")
    part = ways[0] / max(sum(ways) + regular, 1)
    return [share("smuggler, of all to USA", part, sealed().fact("share_using_smuggler"), BANDS["mode"])]


def funds(seen: Seen) -> list[Row]:
    """Compare the main source of the money for journeys with a smuggler with that of journeys in the survey."""
    people = {how: seen.sums.outcome(f"funded_{how}", COUNTRIES, SURVEY_YEARS) for how in FUNDED}
    whole = max(sum(people.values()), 1)
    return [
        Row(f"paid by {how}", ALL, "2016-21", "share", people[how] / whole, told, POINTS, BANDS["funding"])
        for how, told in FUNDED.items()
    ]


# E6: families


def families(seen: Seen) -> list[Row]:
    """Compare family members of Honduras in FY2019, and families and children together among encounters of FY2019."""
    ours = seen.sums.flow("encounter_us", ("HND",), [2019], FISCAL, party="family_unit")
    told = seen.sums.observed("encounters_usbp_family_unit", ("HND",), [2019])
    both = [row for row in party_mix(seen.sums) if row.group == ALL and "adult" not in row.target]
    together = sum(row.simulated for row in both), sum(row.observed or 0 for row in both)
    return [
        Row("family members, encounters", "HND", "FY2019", "events", ours, told, band=SIZES["families"]),
        Row("families and children, of encounters", ALL, "FY2019", "share", *together, POINTS, BANDS["party"]),
    ]


def fit_families(seen: Seen) -> list[Fitted]:
    """Return the share of families and children in FY2019; the party constants are solved to FY2016-19."""
    return _fitted(families(seen)[1:])


def fit_funds(seen: Seen) -> list[Fitted]:
    """Return how journeys are paid, late facts."""
    return _fitted(funds(seen))


# E7 to E9, E12 to E14: experiments


def of_effects(*names: str) -> Score:
    """Return the rows of experiments by name, each beside its band."""

    def rows(seen: Seen) -> list[Row]:
        from analysis.experiments import EXPERIMENTS

        found = []
        for name in names:
            one = EXPERIMENTS[name]
            value = seen.effects.get(name, np.nan)
            found.append(Row(one.what, ALL, str(one.measured), one.unit, value, None, LEVEL, (one.low, one.high)))
        return found

    return rows


# E10, E11: who


def kin_gradient(seen: Seen) -> tuple[float, float]:
    """Return the elasticity of journeys per household to kin abroad over departments, and its R2, 2014-18.

    Of ln journeys to the United States on ln (relatives and members abroad per household in January 2013), (54,), each
    less the mean of its country: what differs between countries is solved for.
    """

    def inside(values: Array) -> Array:
        means = np.bincount(department_country, values) / np.bincount(department_country)
        return np.asarray(values - means[department_country])

    rate = inside(np.log(np.maximum(seen.gone, 1) / seen.households))
    x = inside(np.log(np.maximum(seen.kin, LEAST_KIN)))
    slope, _ = np.polyfit(x, rate, 1)
    return float(slope), float(np.corrcoef(x, rate)[0, 1] ** 2)


def kin(seen: Seen) -> list[Row]:
    """Compare how journeys follow kin abroad over departments."""
    slope, fit = kin_gradient(seen)
    return [
        Row("elasticity to kin abroad, departments", ALL, "2014-18", "-", slope, None, LEVEL, SIZES["kin_slope"]),
        Row("R2 of kin abroad, departments", ALL, "2014-18", "-", fit, None, LEVEL, SIZES["kin_fit"]),
    ]


def fit_kin(seen: Seen) -> list[Fitted]:
    """Return how journeys follow kin abroad."""
    return _fitted(kin(seen))


def fit_fifths(seen: Seen) -> list[Fitted]:
    """Return the journeys of the poorest over those of the richest fifth."""
    return _fitted(fifths(seen))


def fifths(seen: Seen) -> list[Row]:
    """Compare journeys abroad of the poorest and the richest fifth of households, 2014-18."""
    by_fifth = [
        sum(seen.sums.yearly.get((flow, f"quintile={fifth}"), {}).get(year, 0) for flow in MOVED for year in KIN_YEARS)
        for fifth in ("1", "5")
    ]
    value = by_fifth[0] / max(by_fifth[1], 1)
    return [Row("journeys, poorest over richest fifth", ALL, "2014-18", "-", value, None, LEVEL, SIZES["fifths"])]


# E15, E19, E20: those who return


def intentions(seen: Seen) -> list[Row]:
    """Compare who plans a month after a return with who says so, and who leaves again within a year."""
    rows = [
        Row("returned who intend to leave again", country, "2015-18", "share", float(seen.replanning[k]),
            INTENTIONS[country], POINTS, SIZES["intends"])
        for k, country in enumerate(COUNTRIES)
    ]  # fmt: skip
    return [*rows, *picked(left_again(seen.sums), "returned who leave again")]


def fit_intentions(seen: Seen) -> list[Fitted]:
    """Return what is said of intentions, a late fact, and who leaves again within a year, 2015-18."""
    rows = intentions(seen)[: len(COUNTRIES)]
    came = seen.sums.flow(("removed", "return_voluntary", "deter"), COUNTRIES, FITTED_RETURNS)
    again = seen.sums.flow("remigrate", COUNTRIES, FITTED_RETURNS) / max(came, 1)
    return [*_fitted(rows), level("returned who leave again", again, BANDS["left_again"])]


def sent_home(seen: Seen) -> list[Row]:
    """Compare removals home of 2015-19 with the returns received."""
    return [row for row in picked(returns(seen.sums), "removed home") if row.period == "2015-19"]


def fit_sent_home(seen: Seen) -> list[Fitted]:
    """Return removals home of 2015-18; those of 2019 were counted to its December."""
    data = sealed()
    told = sum(data.year("returns_received", country)[year] for country in COUNTRIES for year in FITTED_RETURNS)
    return [ratio("removed home", seen.sums.flow("removed", COUNTRIES, FITTED_RETURNS), told, BANDS["returns"])]


def arrived(seen: Seen) -> list[Row]:
    """Compare who of those who left for the United States arrived and was not removed from inside within the window."""
    gone = seen.sums.flow("depart_irregular", COUNTRIES, SURVEY_YEARS, pathway=TO_USA)
    regular = seen.sums.flow("arrive_regular", COUNTRIES, SURVEY_YEARS, destination="USA")
    there = seen.sums.flow("arrive_irregular", COUNTRIES, SURVEY_YEARS, destination="USA")
    told = seen.sums.data.fact("share_residing_in_destination")
    value = (there + regular) / max(gone + regular, 1)
    return [Row("live where they went", ALL, "2016-21", "share", value, told, POINTS, SIZES["arrived"])]


def fit_arrived(seen: Seen) -> list[Fitted]:
    """Return who lives where they went, a late fact."""
    return _fitted(arrived(seen))


# E16, E17: money and season


def money(seen: Seen) -> list[Row]:
    """Compare growth of remittances, 2013-19 and in 2022; their level is met by a reporting factor and not scored."""
    rows = [row for row in picked(remittances(seen.sums), "remittances, growth") if "late" in row.period]
    grown = [seen.sums.outcome("remittances", COUNTRIES, [year]) for year in (2021, 2022)]
    data = seen.sums.data
    cpi = data.year("cpi", "USA")
    told = [sum(data.year("remittances", country)[year] for country in COUNTRIES) / cpi[year] for year in (2021, 2022)]
    ours, theirs = grown[1] / max(grown[0], 1) - 1, told[1] / told[0] - 1
    return [*rows, Row("remittances, growth, 2021 US$", ALL, "2022", "share", ours, theirs, POINTS,
                       SIZES["grew_2022"])]  # fmt: skip


def fit_money(seen: Seen) -> list[Fitted]:
    """Return the growth of remittances from 2014 to 2018, constant US$, by the balance of payments."""
    data, years = sealed(), (2014, 2018)
    cpi = data.year("cpi", "USA")
    ours = [seen.sums.outcome("remittances", COUNTRIES, [year]) for year in years]
    told = [sum(data.year("remittances", country)[year] for country in COUNTRIES) / cpi[year] for year in years]
    return [ratio("remittances, growth 2014-18", ours[1] / max(ours[0], 1), told[1] / told[0], BANDS["growth"])]


def season_of(monthly: np.ndarray) -> np.ndarray:
    """Return (12,) mean of each calendar month over its fiscal year's mean, FY2014-19."""
    months = [m for m in range(N_MONTHS) if FISCAL[m] in FITTED_YEARS]
    years = monthly[months].reshape(len(FITTED_YEARS), MONTHS_A_YEAR)
    return np.asarray(np.mean(years / years.mean(axis=1, keepdims=True), axis=0))


def season(seen: Seen) -> list[Row]:
    """Give the correlation of the months' factors with those counted, FY2014-19."""
    ours = season_of(seen.sums.flows.people("encounter_us"))
    counted = np.sum([sealed().month("encounters_usbp", country) for country in COUNTRIES], axis=0)
    value = float(np.corrcoef(ours, season_of(counted))[0, 1])
    return [Row("season, correlation with that counted", ALL, "FY2014-19", "-", value, None, LEVEL, SIZES["season"])]


def nothing(seen: Seen) -> list[Row]:
    """Give what the model cannot: it does not keep the sex or the exact age of children."""
    return [
        Row("children alone, male", ALL, "FY2011-15", "share", np.nan, 0.72, POINTS, (-7.0, 7.0)),
        Row("children alone, of 15 to 17", ALL, "FY2011-15", "share", np.nan, 0.72, POINTS, (-7.0, 7.0)),
    ]


def fit_effects(*names: str) -> Fit:
    """Return the effects of experiments as figures to be fitted to the middle of their bands."""

    def fit(seen: Seen) -> list[Fitted]:
        from analysis.experiments import EXPERIMENTS

        return [
            level(f"effect of {name}", seen.effects[name], (one.low, one.high))
            for name, one in ((name, EXPERIMENTS[name]) for name in names)
        ]

    return fit
