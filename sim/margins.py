"""What the households must add up to, by department: the margin tables of a synthesis.

The census gives households, people, rural, receiving remittances, having emigrants and (Guatemala) farm work
and indigenous people by department. Here they are joined with the national age structure and moved to the
month that is asked for. `sim/composition.py` turns them into joint tables of households.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.codes import (
    ADULT_BANDS,
    CHILD_BANDS,
    COUNTRIES,
    DESTINATIONS,
    FIRST_YEAR,
    N_DEPARTMENTS,
    SEXES,
    month_index,
)
from sim.config import Config
from sim.data.loader import Data
from sim.errors import DataError
from sim.world.geography import department_country
from sim.world.vital import MONTHS_A_YEAR, Vital

Array = NDArray[np.float64]

NO_KIN, KIN, AWAY = range(3)
"""Tie of a household to people abroad: none, close kin only, a member that is still counted as one."""
N_CHILDREN = len(CHILD_BANDS)


@dataclass(frozen=True)
class Margins:
    """Targets by department (54, ...) at one month.

    households: (54,) number, whole. people: (54, 11) in the bands of `vital`. heads: (54, 2, 4) share of
    households by sex of the head (0 male, 1 female) and age band. rural, receives, indigenous: (54,) shares
    of households. livelihood: (54, 3) shares. tie: (54, 3) shares of no kin, kin, member away. away_people:
    (3,) members away per household that has one, by country. kin_chance: (54, 3) chance of kin in the United
    States beside a member away, and of kin in Mexico and Canada for any tied household.
    ln_income: (54,) mean ln income per person against the country's mean.
    """

    households: NDArray[np.int64]
    people: Array
    heads: Array
    rural: Array
    receives: Array
    indigenous: Array
    livelihood: Array
    tie: Array
    away_people: Array
    kin_chance: Array
    ln_income: Array


def logit(share: Array) -> Array:
    """Return ln(p / (1 - p))."""
    return np.log(share) - np.log1p(-share)


def logistic(x: Array) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-x))


def largest_remainder(shares: Array, total: int) -> NDArray[np.int64]:
    """Return whole numbers in proportion to `shares` (n,) that add up to `total`; ties go to the first."""
    exact = shares / shares.sum() * total
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def census_month(config: Config, country: str) -> int:
    """Return the month of a country's census."""
    return month_index(config[f"population.census_month.{country}"])


def level_at(series: dict[int, float], month: int) -> float:
    """Return a yearly series at a month: linear between the middles of years, held beyond its ends."""
    years = sorted(series)
    middle = 0.5
    at = FIRST_YEAR + month / MONTHS_A_YEAR - middle
    return float(np.interp(at, years, [series[year] for year in years]))


def in_country(country: int) -> NDArray[np.int64]:
    """Return the departments of a country."""
    return np.flatnonzero(np.asarray(department_country) == country)


def shifted(shares: Array, weights: Array, mean: float) -> Array:
    """Return shares (n,) moved by one common step of their log-odds so that their weighted mean is `mean`."""
    low, high = -20.0, 20.0
    odds = logit(np.clip(shares, 1e-6, 1 - 1e-6))
    for _ in range(80):  # bisection to the last bit of a double
        middle = (low + high) / 2
        above = (weights * logistic(odds + middle)).sum() >= mean * weights.sum()
        low, high = (low, middle) if above else (middle, high)
    return logistic(odds + low)


def headship(config: Config) -> Array:
    """Return the relative chance that an adult of each age band heads a household (4,)."""
    return np.array([config[f"population.headship.{band}"] for band in ADULT_BANDS])


def coverage(config: Config, data: Data, vital: Vital) -> Array:
    """Return people of the census over people of the projections in the same month, by country (3,)."""
    census = data.department("population")
    counted = np.array([census[in_country(c)].sum() for c in range(len(COUNTRIES))])
    projected = [vital.people[c, :, census_month(config, name)].sum() for c, name in enumerate(COUNTRIES)]
    return counted / np.array(projected)


def household_numbers(config: Config, data: Data, vital: Vital) -> Array:
    """Return households by country and month (3, T): the census, moved with adults weighted by headship."""
    census = data.department("households")
    adults = vital.people[:, N_CHILDREN:].reshape(len(COUNTRIES), len(SEXES), len(ADULT_BANDS), -1).sum(1)
    heads = np.einsum("b,cbt->ct", headship(config), adults)
    for c, name in enumerate(COUNTRIES):
        heads[c] *= census[in_country(c)].sum() / heads[c, census_month(config, name)]
    return heads


def formation(config: Config, data: Data, vital: Vital) -> Array:
    """Return households formed by country and month (3, T), none in the first month.

    Growth of their number plus those that end because their last adult dies: a share of the deaths of adults.
    """
    numbers = household_numbers(config, data, vital)
    deaths = (vital.people * vital.death)[:, N_CHILDREN:].sum(1) * coverage(config, data, vital)[:, None]
    ended = np.array(config.by_country("demography.dissolving_deaths"))[:, None] * deaths
    formed = np.diff(numbers, axis=1, prepend=numbers[:, :1]) + ended
    formed[:, 0] = 0
    return np.maximum(formed, 0)


def _people(config: Config, people: Array, households: Array, size: Array) -> Array:
    """Return people by department and band (n, 11) with the country's structure and each department's size.

    people: (11,) of the country. Departments of large households have more children: the log-odds of being a
    child rise with the log of the size; within children and within adults the structure is the country's.
    """
    total = households * size
    child_share = people[:N_CHILDREN].sum() / people.sum()
    pattern = logistic(config["population.child_share_size"] * np.log(size / size.mean()))
    child = shifted(pattern, total, child_share)
    within_children = people[:N_CHILDREN] / people[:N_CHILDREN].sum()
    within_adults = people[N_CHILDREN:] / people[N_CHILDREN:].sum()
    children, adults = total * child, total * (1 - child)
    return np.hstack([children[:, None] * within_children, adults[:, None] * within_adults])


def _heads(config: Config, country: str, people: Array) -> Array:
    """Return share of households by sex and age band of the head (2, 4), male first."""
    women, men = people[N_CHILDREN:].reshape(len(SEXES), len(ADULT_BANDS))
    ages = headship(config) * (women + men)
    ages /= ages.sum()
    female = config[f"population.female_head.{country}"]
    step = np.log(config["population.female_head_age_odds"]) * np.arange(len(ADULT_BANDS))
    women_by_age = shifted(logistic(logit(np.array(female)) + step), ages, female)
    return np.stack([ages * (1 - women_by_age), ages * women_by_age])


def _livelihood(
    config: Config, data: Data, country: str, here: NDArray[np.int64], weights: Array, month: int
) -> Array:
    """Return shares of main livelihoods (n, 3): farm work, then informal and formal of the rest.

    Farm work moves with the country's employment from the year of the figures to the month; the informal part
    of other work has the country's level and the departments' pattern of vulnerable employment.
    """
    farm_series = data.year("agriculture_employment_share", country)
    census = census_month(config, country)
    step = logit(np.array(level_at(farm_series, month))) - logit(np.array(level_at(farm_series, census)))
    farm = logistic(logit(data.department("agriculture_share")[here]) + step)
    vulnerable = data.department("vulnerable_employment")[here]
    informal = shifted(vulnerable, weights * (1 - farm), config[f"population.informal_share.{country}"])
    return np.stack([farm, (1 - farm) * informal, (1 - farm) * (1 - informal)], axis=1)


def abroad(data: Data, country: str, month: int) -> Array:
    """Return people born in a country who live in each destination (3,), interpolated between counts."""
    return np.array(
        [level_at(data.year(f"migrants_in_{name.lower()}", country), month) for name in DESTINATIONS]
    )


def zipf_tail(config: Config) -> Array:
    """Return P(kin >= k) for k = 1 to the largest number of close kin, given any: k to the power -alpha."""
    k = np.arange(1, config["population.kin_max"] + 1)
    return k ** -config["population.kin_alpha"]


def ties(
    config: Config, data: Data, country: str, here: NDArray[np.int64], households: Array, month: int
) -> tuple[Array, float, Array]:
    """Return shares of ties (n, 3), members away per household with one, chance of kin by destination (n, 3).

    At the census, members away are those that the census counts. Before, they are a part of the people in the
    United States, spread as the census spreads emigrants and receivers. Everybody else abroad is kin of one
    household; a part of the households with a member away have other kin too.
    """
    share = data.department("emigrant_household_share")[here]
    counted = data.department("emigrants_reported")[here]
    census_households = data.department("households")[here]
    per_household = max(1.0, counted.sum() / (share * census_households).sum())
    receives = data.department("remittance_share")[here]
    stock = abroad(data, country, month)
    if month == census_month(config, country):
        away = share
    else:
        level = config[f"population.away_share.{country}"] * stock[0] / per_household / households.sum()
        away = shifted(share, households, level)
    emigrating, receiving = (x / np.average(x, weights=households) for x in (share, receives))
    pattern = emigrating + receiving
    mean_kin = zipf_tail(config).sum()
    usa = (stock[0] - (away * households).sum() * per_household) / mean_kin  # households with kin there
    most = config["population.kin_household_max"]
    any_kin = pattern * usa / (pattern * households).sum()
    for _ in range(20):  # where the cap binds, the rest is spread over the other departments
        any_kin = np.minimum(any_kin, most)
        free = any_kin < most
        missing = usa - (any_kin * households).sum()
        any_kin = np.where(free, any_kin * (1 + missing / (any_kin * households)[free].sum()), any_kin)
    both = np.minimum(config["population.kin_of_away"] * away, any_kin)
    only = any_kin - both
    tied = only + away
    if (tied >= 1).any():
        raise DataError(f"{country}: more households have people abroad than there are households")
    other = stock[1:] / mean_kin / (tied * households).sum()
    chance = np.hstack([(both / away)[:, None], np.tile(other, (len(here), 1))])
    return np.stack([1 - tied, only, away], axis=1), per_household, chance


def _deprivation(data: Data, here: NDArray[np.int64]) -> Array:
    """Return the departments' poverty as a normal quantile (n,), from the best figure of the country.

    Poverty rate, else dirt floors, else multidimensional poverty; departments without it take the line that
    adult literacy draws through the others.
    """
    from scipy.special import ndtri  # slow to load, see sim/population.py

    for name in ("poverty_rate", "dirt_floor_share", "multidimensional_poverty"):
        values = data.department(name)[here]
        known = np.isfinite(values)
        if known.sum() > len(here) / 3:
            break
    z = ndtri(values)
    illiteracy = ndtri(1 - data.department("adult_literacy")[here])
    line = np.polyfit(illiteracy[known], z[known], 1)
    return np.where(known, z, np.polyval(line, illiteracy))


def build_margins(config: Config, data: Data, vital: Vital, month: int | None) -> Margins:
    """Return the margins of a month; None takes each country at its own census.

    Raises:
        DataError: a figure that a department must have is missing.

    """
    numbers = household_numbers(config, data, vital)
    cover = coverage(config, data, vital)
    census_households, census_people = data.department("households"), data.department("population")
    columns: dict[str, list[tuple[NDArray[np.int64], Array]]] = {}
    away_people = []
    for c, country in enumerate(COUNTRIES):
        here = in_country(c)
        at = census_month(config, country) if month is None else month
        base = census_households[here]
        households = largest_remainder(base, round(numbers[c, at])).astype(float)
        people = vital.people[c, :, at] * cover[c]
        size = census_people[here] / base
        size *= people.sum() / (size * households).sum()
        receives = data.department("remittance_share")[here]
        indigenous = data.department("indigenous_share")[here]
        known = np.isfinite(indigenous)
        indigenous = np.where(known, indigenous, level_at(data.year("indigenous_share", country), at))
        if at != census_month(config, country):
            level = level_at(data.year("remittance_household_share", country), at)
            receives = shifted(receives, households, level)
        tie, per_household, chance = ties(config, data, country, here, households, at)
        away_people.append(per_household)
        z = _deprivation(data, here)
        slope = config[f"population.income.poverty_slope.{country}"]
        values = {
            "households": households,
            "people": _people(config, people, households, size),
            "heads": np.tile(_heads(config, country, people), (len(here), 1, 1)),
            "rural": data.department("rural_share")[here],
            "receives": receives,
            "indigenous": indigenous,
            "livelihood": _livelihood(config, data, country, here, households, at),
            "tie": tie,
            "kin_chance": chance,
            "ln_income": -slope * (z - np.average(z, weights=households * size)),
        }
        for name, value in values.items():
            columns.setdefault(name, []).append((here, value))
    whole = {}
    for name, parts in columns.items():
        table = np.empty((N_DEPARTMENTS, *parts[0][1].shape[1:]))
        for here, value in parts:
            table[here] = value
        if not np.isfinite(table).all():
            raise DataError(f"department_values.csv: a department lacks a figure that '{name}' needs")
        whole[name] = table
    return Margins(
        **{**whole, "households": whole["households"].astype(np.int64)},  # type: ignore[arg-type]
        away_people=np.array(away_people),
    )
