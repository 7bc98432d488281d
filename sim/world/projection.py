"""What happens after the last observation: a damped trend, plus past innovations drawn in blocks of a year.

One map from future months to past months is drawn per seed and used for every variable and country, so that
a year of drought keeps the prices and the labour market it came with (circular block bootstrap, Politis and
Romano 1992), and every scenario of a seed meets the same future. Blocks run May to April, as El Nino does.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import FIRST_YEAR, N_MONTHS, month_index
from sim.compiling import compiled_loop
from sim.draws import PROJECTION, uniform

Months = NDArray[np.float64]

MONTHS_A_YEAR: Final = 12
WINDOW: Final = month_index("2025-01")
"""Months 0 to WINDOW - 1 (2013-2024) are the past that blocks are drawn from."""
BLOCK_FIRST: Final = month_index("2013-05")
"""Blocks begin in May: the first growing season and, roughly, the year of El Nino begin then."""
PANDEMIC: Final = (month_index("2020-03"), month_index("2021-06"))
"""Economic innovations of these months are not drawn again: a pandemic is placed by name, not by lot."""


@compiled_loop
def _uniforms(seed, months, found):  # type: ignore[no-untyped-def]  # compiled
    for k in range(len(months)):
        found[k] = uniform(seed, 0, months[k], PROJECTION)


def source_months(seed: int, last: int = WINDOW - 1) -> NDArray[np.int64]:
    """Return for each month the month it copies: itself to 2024, or to `last` if that is earlier, then a drawn one.

    Shape (276,), values 0 to 143, of the last whole years before. The calendar month is always the same.
    """
    source = np.arange(N_MONTHS)
    end = min(WINDOW, last + 1)
    years = end // MONTHS_A_YEAR
    first = end - years * MONTHS_A_YEAR
    block, place = np.divmod(source[end:] - BLOCK_FIRST, MONTHS_A_YEAR)
    drawn = np.empty(len(block))
    _uniforms(seed, BLOCK_FIRST + block * MONTHS_A_YEAR, drawn)
    year = (drawn * years).astype(np.int64)
    source[end:] = first + (BLOCK_FIRST + year * MONTHS_A_YEAR + place - first) % (years * MONTHS_A_YEAR)
    return source


def last_observed(values: Months) -> int:
    """Return the last month index with a value, -1 if there is none."""
    known = np.flatnonzero(np.isfinite(values))
    return int(known[-1]) if known.size else -1


def damped(values: Months, per_year: float, damping: float) -> Months:
    """Continue a logarithm after its last value by a growth a year whose rate falls by `damping` a year."""
    last = last_observed(values)
    ahead = np.arange(1, N_MONTHS - last)
    out = values.copy()
    out[last + 1 :] = values[last] + np.cumsum(per_year / MONTHS_A_YEAR * damping ** (ahead / MONTHS_A_YEAR))
    return out


def project(
    values: Months, source: NDArray[np.int64], normal: Months, future: Months, half_life: float
) -> Months:
    """Continue a series after its last value by a path plus innovations drawn from its past that fade.

    values: (276,), nan after the last observation. source: see `source_months`. normal: (276,), what the
    past is measured against. future: (276,), the path it returns to. half_life: months in which half of a
    deviation from the path is gone.
    x_m = f_m + d_m,  d_m = phi d_(m-1) + e_(source of m),  phi = 1/2 ^ (1 / half_life).
    """
    phi = 0.5 ** (1 / half_life)
    last = last_observed(values)
    past = values[:WINDOW] - normal[:WINDOW]
    innovation = np.full(WINDOW, np.nan)
    innovation[1:] = past[1:] - phi * past[:-1]
    innovation[PANDEMIC[0] : PANDEMIC[1] + 1] = np.nan
    innovation = np.nan_to_num(innovation - np.nanmean(innovation))
    out = values.copy()
    deviation = values[last] - future[last]
    for month in range(last + 1, N_MONTHS):
        deviation = phi * deviation + innovation[source[month]]
        out[month] = future[month] + deviation
    return out


def straight_line(values: Months) -> Months:
    """Return the least-squares line through the values of 2013-2024 without the pandemic, (276,)."""
    month = np.arange(N_MONTHS)
    use = np.isfinite(values) & (month < WINDOW) & ((month < PANDEMIC[0]) | (month > PANDEMIC[1]))
    slope, level = np.polyfit(month[use], values[use], 1)
    return level + slope * month


def monthly_from_years(
    years: dict[int, float], first_year: int = FIRST_YEAR, months: int = N_MONTHS
) -> Months:
    """Spread yearly means over months smoothly; the mean of every year is kept.

    The path with the least sum of squared month-to-month changes (Boot, Feibes and Lisman 1967). `years` must
    be without gaps. Returns (months,) from January of `first_year`, nan outside the years given; years before
    `first_year` shape the path and are cut.
    """
    first, count = min(years), len(years)
    wanted = np.array([years[first + k] for k in range(count)])
    n = count * MONTHS_A_YEAR
    change = np.diff(np.eye(n), axis=0)
    mean = np.kron(np.eye(count), np.full(MONTHS_A_YEAR, 1 / MONTHS_A_YEAR))
    system = np.block([[2 * change.T @ change, mean.T], [mean, np.zeros((count, count))]])
    path = np.linalg.solve(system, np.concatenate([np.zeros(n), wanted]))[:n]
    start = (first - first_year) * MONTHS_A_YEAR
    out = np.full(months, np.nan)
    place = np.arange(start, start + n)
    inside = (place >= 0) & (place < months)
    out[place[inside]] = path[inside]
    return out
