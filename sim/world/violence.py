"""Homicide by department and month: the national series times a fixed department pattern.

National yearly rates become months smoothly, keeping every year's mean; the pattern (Honduras 2019, El
Salvador 2017, Guatemala's three classes) is scaled so that its population-weighted mean is 1; people look
back a year (12-month mean). After the last year the last year is held: no peace or war is invented.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, FIRST_YEAR, N_MONTHS, month_index
from sim.config import Config
from sim.data.loader import Data
from sim.errors import DataError
from sim.world.geography import department_country
from sim.world.projection import MONTHS_A_YEAR, monthly_from_years

Array = NDArray[np.float64]

REFERENCE: Final = (month_index("2013-01"), month_index("2018-12"))
"""Vbar is the regional mean of these months (fixed: no policy moves it)."""
YEAR_BEFORE: Final = FIRST_YEAR - 1
PATTERN_YEAR: Final = {"SLV": 2017, "HND": 2019}
"""The years with a rate for every department; Guatemala has three classes instead."""
TIERS: Final = ("low", "medium", "high")


def national_rate(data: Data, country: str) -> Array:
    """Return homicides per 100,000 a year by month, (N_MONTHS + 12,), from January 2012; never negative."""
    years = data.year("homicide_rate", country)
    gaps = [year for year in range(min(years), max(years)) if year not in years]
    if gaps or min(years) > YEAR_BEFORE:
        raise DataError(f"country_year.csv: homicide_rate of {country} lacks {gaps or YEAR_BEFORE}")
    path = monthly_from_years(years, first_year=YEAR_BEFORE, months=N_MONTHS + MONTHS_A_YEAR)
    last = (max(years) - YEAR_BEFORE + 1) * MONTHS_A_YEAR
    path[last:] = years[max(years)]
    return np.maximum(path, 0)


def department_pattern(config: Config, data: Data) -> Array:
    """Return each department's homicide rate over its country's, (54,); their people-weighted mean is 1.

    Guatemala's classes (below 10, 10-30, above 30 per 100,000) take a rate each from parameters.
    """
    tier_rate = [config[f"drivers.homicide_tier.{name}"] for name in TIERS]
    rate = np.full(department_country.size, np.nan)
    for c, country in enumerate(COUNTRIES):
        mine = department_country == c
        if country in PATTERN_YEAR:
            rate[mine] = data.department("homicide_rate", PATTERN_YEAR[country])[mine]
        else:
            rate[mine] = np.array(tier_rate)[data.department("homicide_tier")[mine].astype(int) - 1]
    people = data.department("population")
    pattern = np.empty(rate.size)
    for c in range(len(COUNTRIES)):
        mine = department_country == c
        pattern[mine] = rate[mine] / np.average(rate[mine], weights=people[mine])
    if not np.isfinite(pattern).all():
        raise DataError("department_values.csv: a department has neither homicide_rate nor homicide_tier")
    return pattern


def homicides(config: Config, data: Data) -> Array:
    """Return V: homicides per 100,000 a year, mean of the 12 months up to this one, (54, 276)."""
    pattern = department_pattern(config, data)
    look_back = np.full(MONTHS_A_YEAR, 1 / MONTHS_A_YEAR)
    national = np.stack([np.convolve(national_rate(data, c), look_back, mode="valid")[1:] for c in COUNTRIES])
    return pattern[:, None] * national[department_country]


def reference(violence: Array, people: Array) -> float:
    """Return Vbar, homicides per 100,000 a year: the people-weighted regional mean of 2013-18."""
    first, last = REFERENCE
    return float(np.average(violence[:, first : last + 1].mean(axis=1), weights=people))


def log_ratio(violence: Array, mean: float, floor: float) -> Array:
    """Return ln(V / Vbar), (54, 276).

    Rates below `floor` count as `floor`: a rate of nearly nothing is not read as endless safety.
    """
    return np.log(np.maximum(violence, floor) / mean)
