"""Money and mobility: tightness, wages, income at home, coffee, governance, lockdowns and the season.

Observed where observed, then the projection of `projection.py`. Money is in constant 2021 US$ (US consumer
prices): what a dollar sent home is worth to a sender. Every function returns arrays over the 276 months.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, DESTINATIONS, FIRST_YEAR, N_MONTHS, month_index
from sim.config import Config
from sim.data.loader import Data
from sim.world.known import last_known
from sim.world.projection import (
    MONTHS_A_YEAR,
    PANDEMIC,
    WINDOW,
    damped,
    last_observed,
    monthly_from_years,
    project,
    straight_line,
)

Array = NDArray[np.float64]
Months = NDArray[np.int64]

PRICE_YEAR: Final = 2021
BEFORE: Final = (month_index("2014-01"), month_index("2019-12"))
"""Months whose mean is the zero of tightness; coffee has 2013-19, governance 2013-18."""
COFFEE_BEFORE: Final = (month_index("2013-01"), month_index("2019-12"))
GOVERNANCE_BEFORE: Final = (2013, 2018)
LOCKDOWN_YEAR: Final = 2020
STRINGENCY_MOST: Final = 100
"""Highest value of the Oxford stringency index."""
LABOUR: Final = ("openings", "unemployment_rate", "payroll_employment")

SEASON_WINDOW: Final = (month_index("2013-10"), month_index("2019-09"))
"""Encounters before October 2019 only: later ones set nothing."""
POLICY_SHOCKS: Final = (
    (month_index("2016-11"), month_index("2017-04")),
    (month_index("2019-05"), month_index("2019-09")),
)
"""Left out of the season: the election and new administration; the tariff threat and Mexican enforcement."""


def _year(year: int) -> slice:
    """Return the months of a year."""
    first = (year - FIRST_YEAR) * MONTHS_A_YEAR
    return slice(first, first + MONTHS_A_YEAR)


def _mean(values: Array, window: tuple[int, int]) -> float:
    return float(np.nanmean(values[window[0] : window[1] + 1]))


def ln_tightness(config: Config, data: Data, source: Months) -> Array:
    """Return ln of US job openings per unemployed person, relative to its 2014-19 mean, (276,).

    Unemployed are reckoned from the rate u and payroll employment L as L u / (1 - u): people employed outside
    payrolls are taken as a constant share, which cancels in the ratio to the mean.
    """
    openings, rate, payroll = (data.month(v, "USA") for v in LABOUR)
    ratio = np.log(openings * (1 - rate) / (payroll * rate))
    ratio = ratio - _mean(ratio, BEFORE)
    normal = np.full(N_MONTHS, config["drivers.tightness_longrun"])
    return project(ratio, source, normal, normal, config["drivers.half_life"])


def prices(data: Data) -> Array:
    """Return US consumer prices, 2021 = 1, (276,); after the last observation the last value is held."""
    cpi = data.month("cpi", "USA")
    last = last_observed(cpi)
    cpi[last + 1 :] = cpi[last]
    return cpi / cpi[_year(PRICE_YEAR)].mean()


def wages(config: Config, data: Data, source: Months) -> dict[str, Array]:
    """Return what a low-wage migrant earns in 2021 US$ a month by destination, each (276,).

    The level of 2021 (parameter) times a real index: for the USA the mean production wage, its pandemic
    months bridged (low-paid jobs left the mean); for Canada Ontario's minimum wage; for Mexico the minimum
    wage to a power (not all wages follow it). The last two change by law, so only a trend continues them.
    """
    deflator = prices(data)
    usa = np.log(data.month("hourly_wage", "USA") / deflator)
    usa[PANDEMIC[0] : PANDEMIC[1] + 1] = np.nan
    known = np.flatnonzero(np.isfinite(usa))
    inside = np.arange(PANDEMIC[0], min(PANDEMIC[1] + 1, known[-1]))
    usa[inside] = np.interp(inside, known, usa[known])
    mexico = np.log(monthly_from_years(data.year("minimum_wage", "MEX")) / deflator)
    canada = np.log(monthly_from_years(data.year("minimum_wage_hour_ontario", "CAN")) / deflator)
    mexico *= config["drivers.mex_wage_passthrough"]
    paths = {
        destination: damped(path, config[f"drivers.wage_growth.{destination}"], config["drivers.damping"])
        for destination, path in zip(DESTINATIONS, (usa, mexico, canada), strict=True)
    }
    of_2021 = {destination: path[_year(PRICE_YEAR)].mean() for destination, path in paths.items()}
    paths["USA"] = project(usa, source, straight_line(usa), paths["USA"], config["drivers.half_life"])
    level = {destination: config[f"drivers.wage_2021.{destination}"] for destination in DESTINATIONS}
    return {d: level[d] * np.exp(path - of_2021[d]) for d, path in paths.items()}


def income(config: Config, data: Data, source: Months) -> Array:
    """Return real income of each country relative to its 2021 mean, (3, 276).

    GDP per person at constant prices; the year 2020 is put between its neighbours and its loss laid on the
    months of lockdown in proportion to mobility closure, so that every year keeps its mean.
    """
    closed = closure(config, data)
    out = np.empty((len(COUNTRIES), N_MONTHS))
    months = _year(LOCKDOWN_YEAR)
    for c, country in enumerate(COUNTRIES):
        years = data.year("gdp_per_person_const2015", country)
        calm = years
        if LOCKDOWN_YEAR + 1 in years:
            calm = {**years, LOCKDOWN_YEAR: float(np.sqrt(years[LOCKDOWN_YEAR - 1] * years[LOCKDOWN_YEAR + 1]))}
        path = monthly_from_years(calm)
        if calm is not years:
            loss = calm[LOCKDOWN_YEAR] - years[LOCKDOWN_YEAR]
            path[months] -= loss * closed[c, months] / closed[c, months].mean()
        path = np.log(path / years.get(PRICE_YEAR, 1.0))
        future = damped(path, _growth(years), config["drivers.damping"])
        if PRICE_YEAR not in years:
            of_2021 = future[_year(PRICE_YEAR)].mean()
            path, future = path - of_2021, future - of_2021
        out[c] = np.exp(project(path, source, straight_line(path), future, config["drivers.half_life"]))
    return out


def _growth(years: dict[int, float]) -> float:
    """Return the mean growth of the logarithm a year from 2013 to the last year."""
    return float(np.log(years[max(years)] / years[FIRST_YEAR])) / (max(years) - FIRST_YEAR)


def coffee(config: Config, data: Data, source: Months) -> Array:
    """Return ln of the real price of mild arabica relative to its 2013-19 mean, (276,)."""
    price = np.log(data.month("coffee_price", "WLD") / prices(data))
    price = price - _mean(price, COFFEE_BEFORE)
    normal = np.zeros(N_MONTHS)
    return project(price, source, normal, normal, config["drivers.half_life"])


def governance(data: Data) -> Array:
    """Return G by country, (3, 276): mean of rule of law and control of corruption (WGI).

    In SD over the country-years of the sample, zero at the mean of the three countries in 2013-18; months
    smoothly from years; the last year is held.
    """
    years = []
    for country in COUNTRIES:
        law, corruption = (data.year(v, country) for v in ("wgi_rule_of_law", "wgi_control_of_corruption"))
        years.append({y: (law[y] + corruption[y]) / 2 for y in law if y in corruption})
    spread = np.std([value for series in years for value in series.values()])
    before = range(GOVERNANCE_BEFORE[0], GOVERNANCE_BEFORE[1] + 1)
    zero = np.mean([s[y] for s in years for y in before if y in s])
    out = np.stack([monthly_from_years({y: (v - zero) / spread for y, v in s.items()}) for s in years])
    for row, series in zip(out, years, strict=True):
        last = last_observed(row)
        row[last + 1 :] = (series[max(series)] - zero) / spread
    return out


def closure(config: Config, data: Data) -> Array:
    """Return mobility closure of the three countries and Mexico, 0 none to 1 full, (4, 276).

    The part of the stringency index above a threshold, scaled to 1 at 100. Once a lockdown was lifted
    (events; in Mexico the first month at or below the threshold) what stayed on paper counts by a share.
    """
    threshold = config["drivers.closure_threshold"]
    ends = {event["country"]: month_index(event["end"][:7]) for event in data.events("pandemic")}
    out = np.zeros((len(COUNTRIES) + 1, N_MONTHS))
    for row, country in zip(out, (*COUNTRIES, "MEX"), strict=True):
        index = np.nan_to_num(data.month("covid_stringency", country))
        row[:] = np.maximum(index - threshold, 0) / (STRINGENCY_MOST - threshold)
        closed = int((row > 0).argmax())
        end = ends.get(country, closed + int((row[closed:] == 0).argmax()))
        row[end + 1 :] *= config["drivers.closure_after"]
    return out


def season(data: Data) -> Array:
    """Return the factor by which a month of the year departs from the mean one, (276,), mean 1.

    Mean month-to-month change of ln US Border Patrol encounters of the three countries by month of the year,
    October 2013 - September 2019 without the policy shocks; drift removed, then summed: steps between years
    do not lean on it as they would on a ratio to a moving mean.
    """
    first, last = SEASON_WINDOW
    total = np.sum([data.month("encounters_usbp", country) for country in COUNTRIES], axis=0)
    usable = np.zeros(N_MONTHS, dtype=bool)
    usable[first : last + 1] = True
    for begin, end in POLICY_SHOCKS:
        usable[begin : end + 1] = False
    month = np.arange(N_MONTHS)
    change = np.full(N_MONTHS, np.nan)
    change[1:] = np.where(usable[1:] & usable[:-1], np.diff(np.log(total)), np.nan)
    by_month = np.array([np.nanmean(change[month % MONTHS_A_YEAR == k]) for k in range(MONTHS_A_YEAR)])
    factor = np.exp(np.cumsum(by_month - by_month.mean()))
    return np.tile(factor / factor.mean(), N_MONTHS // MONTHS_A_YEAR)


def observed_until(data: Data) -> dict[str, int]:
    """Return the last observed month index of every driver."""
    year_end = {
        "violence": [data.year("homicide_rate", c) for c in COUNTRIES],
        "local_income": [data.year("gdp_per_person_const2015", c) for c in COUNTRIES],
        "governance": [data.year("wgi_rule_of_law", c) for c in COUNTRIES],
        "mex_wage": [data.year("minimum_wage", "MEX")],
        "can_wage": [data.year("minimum_wage_hour_ontario", "CAN")],
    }
    until = {name: _year(min(max(s) for s in series)).stop - 1 for name, series in year_end.items()}
    until["ln_tightness"] = min(last_observed(data.month(v, "USA")) for v in LABOUR)
    until["us_wage"] = min(last_observed(data.month(v, "USA")) for v in ("hourly_wage", "cpi"))
    until["coffee"] = last_observed(data.month("coffee_price", "WLD"))
    until["closure"] = last_observed(data.month("covid_stringency", COUNTRIES[0]))
    until["disaster"] = min(WINDOW - 1, last_known(data))
    until["season"] = min(SEASON_WINDOW[1], last_known(data))
    return until
