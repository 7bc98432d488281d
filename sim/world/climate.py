"""Dryness S by department and month: the growing seasons' water balance, in SD, seen after the harvest.

Country rainfall and temperature give a water balance (as the SPEI does: Vicente-Serrano et al. 2010, with
Thornthwaite's evaporation), standardised by season against 1991-2020. Its positive part is scaled by how dry
the department is by nature (Dry Corridor class, Guatemala's department rainfall) and remembered with a decay.
Farm work enters in the household (only farm households feel S), not here: twice would be too often.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, FIRST_YEAR, N_MONTHS
from sim.config import Config
from sim.data.loader import Data
from sim.errors import DataError
from sim.world.geography import centres, department_country
from sim.world.projection import MONTHS_A_YEAR, last_observed

Array = NDArray[np.float64]

CLIMATE_FIRST_YEAR: Final = 1981
N_YEARS: Final = FIRST_YEAR + N_MONTHS // MONTHS_A_YEAR - CLIMATE_FIRST_YEAR
NORMAL: Final = (1991, 2020)
"""Reference years of every z-score: the WMO climatological normal."""

# Growing seasons as slices of calendar months: first sowing (primera) May-August with its midsummer drought
# (canicula) July-August, second sowing (postrera) August-November. FAO crop calendar, maize and beans.
PRIMERA: Final = slice(4, 8)
CANICULA: Final = slice(6, 8)
POSTRERA: Final = slice(7, 11)
PRIMERA_END: Final = PRIMERA.stop - 1
POSTRERA_END: Final = POSTRERA.stop - 1

# Thornthwaite (1948): potential evaporation of a month of 30 days of 12 hours is 16 (10 T / I)^a mm,
# I = sum (T / 5)^1.514, a a cubic in I; day length from the sun's declination (FAO-56, eq. 24).
EVAPORATION_SCALE: Final = 16.0
HEAT_DIVISOR: Final = 5.0
HEAT_FACTOR: Final = 10.0
HEAT_POWER: Final = 1.514
CUBIC: Final = (6.75e-7, -7.71e-5, 1.792e-2, 0.49239)
MONTH_DAYS: Final = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MID_MONTH_DAY: Final = np.array([16, 46, 75, 106, 136, 167, 197, 228, 259, 289, 320, 350])
DECLINATION: Final = 0.409
DECLINATION_PHASE: Final = 1.39
DAYS_A_YEAR: Final = 365.25
HOURS: Final = 24.0
STANDARD_HOURS: Final = 12.0
STANDARD_DAYS: Final = 30.0


def monthly_climate(
    data: Data, country: str, source: NDArray[np.int64], warming: float
) -> tuple[Array, Array]:
    """Return rainfall in mm and temperature in degrees C by year and month, each (N_YEARS, 12), 1981-2035.

    Months after the last observation copy the month that `source` (276,) names; temperature adds `warming`
    degrees a year for the years between.
    """
    shift = (FIRST_YEAR - CLIMATE_FIRST_YEAR) * MONTHS_A_YEAR
    out = []
    for variable, trend in (("rainfall_mm", 0.0), ("temperature_c", warming)):
        series = np.full(N_YEARS * MONTHS_A_YEAR, np.nan)
        for name, value in data.months_all(variable, country).items():
            year, month = map(int, name.split("-"))
            if year >= CLIMATE_FIRST_YEAR:
                series[(year - CLIMATE_FIRST_YEAR) * MONTHS_A_YEAR + month - 1] = value
        last = int(np.flatnonzero(np.isfinite(series))[-1])
        if np.isnan(series[:last]).any():
            raise DataError(f"country_month.csv: {variable} of {country} has missing months before its last")
        for place in range(last + 1, series.size):
            month = place - shift
            series[place] = series[shift + source[month]] + trend * (month - source[month]) / MONTHS_A_YEAR
        out.append(series.reshape(N_YEARS, MONTHS_A_YEAR))
    return out[0], out[1]


def evaporation(temperature: Array, latitude: float) -> Array:
    """Return potential evaporation in mm a month (Thornthwaite); `temperature` (years, 12) in degrees C."""
    normal = temperature[_normal_years()].mean(axis=0)
    heat = float(np.sum((np.maximum(normal, 0) / HEAT_DIVISOR) ** HEAT_POWER))
    power = float(np.polyval(CUBIC, heat))
    declination = DECLINATION * np.sin(2 * math.pi * MID_MONTH_DAY / DAYS_A_YEAR - DECLINATION_PHASE)
    daylight = HOURS / math.pi * np.arccos(-math.tan(math.radians(latitude)) * np.tan(declination))
    length = daylight / STANDARD_HOURS * MONTH_DAYS / STANDARD_DAYS
    return EVAPORATION_SCALE * length * (HEAT_FACTOR * np.maximum(temperature, 0) / heat) ** power


def season_dryness(rain: Array, temperature: Array, latitude: float) -> Array:
    """Return dryness in SD of the first and second growing season by year, (N_YEARS, 2); dry is positive.

    The first season is the mean of the z-scores of May-August and of July-August, standardised again: a
    drought of the canicula ruins maize in a season whose total looks ordinary.
    """
    balance = rain - evaporation(temperature, latitude)
    first = _z(_z(balance[:, PRIMERA].sum(axis=1)) + _z(balance[:, CANICULA].sum(axis=1)))
    second = _z(balance[:, POSTRERA].sum(axis=1))
    return -np.stack([first, second], axis=1)


def exposure(data: Data) -> Array:
    """Return how far a department feels a dry season, (54,); the mean Dry Corridor department is 1.

    By Dry Corridor class c: r_yes / r_c, where r is the mean May-August rainfall of Guatemala's departments
    of the class (the same deficit in SD leaves less of what a crop needs where rain is scarce). In Guatemala
    the class value is averaged (geometrically) with the department's own r_yes / r_d.
    """
    corridor = data.department("dry_corridor")
    rain = data.department("rain_may_aug_median_mm")
    known = np.isfinite(rain)
    dry = rain[known & (corridor == 1)].mean()
    by_class: Mapping[float, float] = {
        float(c): float(dry / rain[known & (corridor == c)].mean()) for c in np.unique(corridor)
    }
    of_class = np.array([by_class[float(c)] for c in corridor])
    own = np.divide(dry, rain, out=of_class.copy(), where=known)
    return np.sqrt(of_class * own)


def remembered(seasons: Array, primera_weight: float, memory: float) -> Array:
    """Return what a month sees of the last completed seasons, (276,), SD.

    seasons: (N_YEARS, 2), positive parts. Each season is seen from the month after its last until a year
    later; weight w_k exp(-lag_k / memory), lag_k = 1 to 12 months, scaled to sum 1.
    """
    out = np.zeros(N_MONTHS)
    for month in range(N_MONTHS):
        total = weights = 0.0
        for k, (end, share) in enumerate(((PRIMERA_END, primera_weight), (POSTRERA_END, 1 - primera_weight))):
            lag = (month % MONTHS_A_YEAR - end - 1) % MONTHS_A_YEAR + 1
            year = FIRST_YEAR + (month - lag) // MONTHS_A_YEAR - CLIMATE_FIRST_YEAR
            weight = share * math.exp(-lag / memory)
            total += weight * seasons[year, k]
            weights += weight
        out[month] = total / weights
    return out


def country_seasons(config: Config, data: Data, source: NDArray[np.int64]) -> Array:
    """Return dryness in SD by country, year and growing season, (3, N_YEARS, 2), dry positive.

    Where gauges have thinned out (the SD of recorded rain halves after 2000), a country's z-score is averaged
    with the region's, weight `drivers.dryness_regional`, and standardised again.
    """
    own = np.empty((len(COUNTRIES), N_YEARS, 2))
    for c, country in enumerate(COUNTRIES):
        rain, temperature = monthly_climate(data, country, source, config["drivers.warming"])
        own[c] = season_dryness(rain, temperature, float(centres[department_country == c, 0].mean()))
    weight = np.array(config.by_country("drivers.dryness_regional"))[:, None, None]
    region = _z(own.mean(axis=0))
    return np.stack([_z(series) for series in (1 - weight) * own + weight * region])


def dryness_before_exposure(config: Config, data: Data, source: NDArray[np.int64]) -> Array:
    """Return remembered dryness of each country before exposure, (3, 276), SD, positive part."""
    share, memory = config["drivers.dryness_primera"], config["drivers.dryness_memory"]
    seasons = np.maximum(country_seasons(config, data, source), 0)
    return np.stack([remembered(series, share, memory) for series in seasons])


def dryness(config: Config, data: Data, source: NDArray[np.int64]) -> Array:
    """Return S, (54, 276), SD: country dryness times the department's exposure."""
    return exposure(data)[:, None] * dryness_before_exposure(config, data, source)[department_country]


def dryness_until(data: Data) -> int:
    """Return the last month whose S rests on observed seasons: the end of the first season not observed."""
    month = 1 + min(last_observed(data.month("rainfall_mm", country)) for country in COUNTRIES)
    while month % MONTHS_A_YEAR not in (PRIMERA_END, POSTRERA_END):
        month += 1
    return month


def _normal_years() -> slice:
    return slice(NORMAL[0] - CLIMATE_FIRST_YEAR, NORMAL[1] - CLIMATE_FIRST_YEAR + 1)


def _z(values: Array) -> Array:
    normal = values[_normal_years()]
    return (values - normal.mean(axis=0)) / normal.std(axis=0, ddof=1)
