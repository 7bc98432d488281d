"""Births, deaths and ageing by month, from the World Population Prospects.

The projections give people by sex and five-year band; from them follow the people in the model's own bands,
the births (those aged 0-4 two and a half years later), the people who pass from one band to the next (the
density of ages at its upper bound), and the scale of an assumed age pattern of mortality (crude death rate).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.codes import (
    ADULT_BANDS,
    CHILD_BANDS,
    COUNTRIES,
    FIRST_YEAR,
    LAST_YEAR,
    N_ADULT_CELLS,
    N_MONTHS,
    SEXES,
)
from sim.config import Config
from sim.data.loader import Data

N_BANDS = len(CHILD_BANDS) + N_ADULT_CELLS
"""Bands of people: three of children, then the cells of `Households.adults`."""
CELL_NAMES = (*CHILD_BANDS, *(f"{sex} {band}" for sex in SEXES for band in ADULT_BANDS))
YOUNG_WOMEN = [len(CHILD_BANDS), len(CHILD_BANDS) + 1]
"""Bands of the women of 18 to 44, who have the births."""

MONTHS_A_YEAR = 12
MID_YEAR = 0.5  # the projections count people on 1 July
BAND_YEARS = 5
FIRST_PROJECTED, LAST_PROJECTED = 2010, LAST_YEAR + 1

CHILD_WEIGHTS = ({0: 1.0}, {1: 1.0, 2: 2 / BAND_YEARS}, {2: 3 / BAND_YEARS, 3: 3 / BAND_YEARS})
"""Share of each five-year band that belongs to ages 0-4, 5-11 and 12-17."""
ADULT_WEIGHTS = (
    {3: 2 / BAND_YEARS, 4: 1.0, 5: 1.0},
    {6: 1.0, 7: 1.0, 8: 1.0},
    {9: 1.0, 10: 1.0, 11: 1.0, 12: 1.0},
    {13: 1.0, 14: 1.0, 15: 1.0, 16: 1.0},
)
"""The same of ages 18-29, 30-44, 45-64 and 65 and over (the last five-year band is 80 and over)."""
CHILD_BOUNDS = ((0, 1), (2, 2), (3, 3))
ADULT_BOUNDS = ((5, 6), (8, 9), (12, 13), None)
"""The two five-year bands that meet at (or the one that holds) the upper bound of a band."""


@dataclass(frozen=True)
class Vital:
    """Monthly rates of a country and month, and the people that the projections expect.

    people: (3, 11, T) people in each band at the start of the month, World Population Prospects.
    birth: (3, T) per woman of 18 to 44. death: (3, 11, T) per person. ageing: (3, 11, T) per person, into the
    next band of the same sex (children of 12-17 into either sex); 0 for 65 and over.
    """

    people: NDArray[np.float64]
    birth: NDArray[np.float64]
    death: NDArray[np.float64]
    ageing: NDArray[np.float64]


def five_year_bands(data: Data, country: str) -> NDArray[np.float64]:
    """Return people by month, sex and five-year band (T + 1, 2, 17) at the start of each month.

    Linear between 1 July of two years.
    """
    years = range(FIRST_PROJECTED, LAST_PROJECTED + 1)
    table = np.stack([data.people(country, year) for year in years])
    position = np.arange(N_MONTHS + 1) / MONTHS_A_YEAR + FIRST_YEAR - (FIRST_PROJECTED + MID_YEAR)
    below = np.clip(position.astype(int), 0, len(table) - 2)
    part = (position - below)[:, None, None]
    return table[below] * (1 - part) + table[below + 1] * part


def _weighted(people: NDArray[np.float64], weights: dict[int, float]) -> NDArray[np.float64]:
    return sum(people[..., band] * share for band, share in weights.items())  # type: ignore[return-value]


def in_bands(people: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return people (..., 2, 17) by sex and five-year band as people (..., 11) in the bands of the model."""
    children = [_weighted(people, weights).sum(-1) for weights in CHILD_WEIGHTS]
    adults = [
        _weighted(people[..., sex, :], weights) for sex in range(len(SEXES)) for weights in ADULT_WEIGHTS
    ]
    return np.stack([*children, *adults], axis=-1)


def _passing(people: NDArray[np.float64], bound: tuple[int, int] | None) -> NDArray[np.float64]:
    """Return people a year (...,) who reach the upper bound of a band, of people (..., 17)."""
    if bound is None:
        return np.zeros(people.shape[:-1])
    return (people[..., bound[0]] + people[..., bound[1]]) / (2 * BAND_YEARS)


def _ageing(people: NDArray[np.float64], bands: NDArray[np.float64]) -> NDArray[np.float64]:
    children = [_passing(people, bound).sum(-1) for bound in CHILD_BOUNDS]
    adults = [_passing(people[..., sex, :], bound) for sex in range(len(SEXES)) for bound in ADULT_BOUNDS]
    return np.stack([*children, *adults], axis=-1) / bands / MONTHS_A_YEAR


def _yearly(series: dict[int, float]) -> NDArray[np.float64]:
    """Return a yearly series by month (T,), its end values held outside the years it covers."""
    years = np.array(sorted(series))
    wanted = FIRST_YEAR + np.arange(N_MONTHS) // MONTHS_A_YEAR
    return np.array([series[int(np.clip(year, years[0], years[-1]))] for year in wanted])


def _death(config: Config, data: Data, country: str, bands: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return monthly death rates (T, 11): an assumed age pattern that meets the crude death rate of the year.

    After the last year of the record the level of that year's pattern is held, so that the crude rate moves
    with the age of the people.
    """
    pattern = np.array([config[f"demography.death.{name.replace(' ', '_')}"] for name in CELL_NAMES])
    crude = data.year("crude_death_rate", country)
    rate = _yearly(crude)
    expected = bands[:-1] @ pattern / bands[:-1].sum(1)
    level = rate / expected
    last = (max(crude) - FIRST_YEAR + 1) * MONTHS_A_YEAR
    level[last:] = level[last - MONTHS_A_YEAR : last].mean()
    per_thousand = 1000
    return level[:, None] * pattern / per_thousand / MONTHS_A_YEAR


def _birth(
    people: NDArray[np.float64], bands: NDArray[np.float64], death: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return monthly births per woman of 18 to 44 (T,): those aged 0-4 half a band later, before deaths.

    At the end of the projections, where nobody is aged 0-4 yet, the last rate is held.
    """
    half_band = BAND_YEARS * MONTHS_A_YEAR // 2
    survivors = people[half_band:-1, :, 0].sum(1) / (BAND_YEARS * MONTHS_A_YEAR)
    births = survivors / (1 - death[: len(survivors), 0] * half_band)
    rate = births / bands[: len(survivors), YOUNG_WOMEN].sum(1)
    return np.concatenate([rate, np.full(half_band, rate[-1])])


def build_vital(config: Config, data: Data) -> Vital:
    """Return the monthly rates of the three countries.

    Raises:
        DataError: people or death rates of a year are missing.

    """
    parts: list[tuple[NDArray[np.float64], ...]] = []
    for country in COUNTRIES:
        people = five_year_bands(data, country)
        bands = in_bands(people)
        death = _death(config, data, country, bands)
        parts.append((bands[:-1], _birth(people, bands, death), death, _ageing(people[:-1], bands[:-1])))
    people_, birth, death_, ageing = (np.stack([part[k] for part in parts]) for k in range(4))
    return Vital(people_.swapaxes(1, 2), birth, death_.swapaxes(1, 2), ageing.swapaxes(1, 2))
