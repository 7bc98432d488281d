"""Intervals of differences and ratios over paired runs: seeds, ensemble members, or both.

The interval of n pairs is where 50 and 90 of 100 such pairs would fall: quantiles from 19 pairs on, Student's t
below that, and for one pair the standard error of chance that the ledger gives. What nothing is known of is
unbounded. A ratio has the interval of Fieller (1954) or its quantiles, and none if its denominator may be zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isfinite, nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from analysis.chance import HALF, N_PARTS, NINE_TENTHS, Estimate

ENOUGH = 19
"""Pairs whose smallest and largest value hold nine tenths of all: (n - 1) / (n + 1) = .9."""

ROUNDED = 9
"""Decimals of a place among ordered values: .95 of 20 is the 19th, not a hair beyond it."""


def spread(values: Sequence[float] | NDArray[np.float64], error: float | None = None) -> Estimate:
    """Return what pairs say of a difference: the median (below 19 pairs the mean) and where such pairs fall.

    error: standard error of a single pair; without one its interval is unbounded.
    """
    found = np.asarray(values, np.float64)
    if len(found) >= ENOUGH:
        low90, low50, middle, high50, high90 = _quantiles(found)
        return Estimate(middle, _deviation(found), low50, high50, low90, high90)
    value, deviation = float(found.mean()), _deviation(found, error)
    half, wide = (width * deviation if deviation else 0.0 for width in _widths(len(found)))
    return Estimate(value, deviation, value - half, value + half, value - wide, value + wide)


def quotient(
    cost: Sequence[float] | NDArray[np.float64], effect: Sequence[float] | NDArray[np.float64],
    error: float | None = None,
) -> Estimate | None:  # fmt: skip
    """Return cost over effect, without a standard error; None unless the effect's 90 % interval lies above zero.

    cost, effect: (pairs,). error: standard error of the effect of a single pair, whose cost then counts as exact.
    """
    costs, effects = np.asarray(cost, np.float64), np.asarray(effect, np.float64)
    if spread(effects, error).low90 <= 0:
        return None
    n = len(effects)
    if n >= ENOUGH:
        ratios = np.full(n, inf)
        np.divide(costs, effects, out=ratios, where=effects > 0)
        low90, low50, middle, high50, high90 = _quantiles(ratios)
        return Estimate(middle, nan, low50, high50, low90, high90) if isfinite(high90) else None
    spreads = np.cov(costs, effects) if n > 1 else np.array([[0, 0], [0, _deviation(effects, error) ** 2]])
    c, d = float(costs.mean()), float(effects.mean())
    low50, high50, low90, high90 = (end for width in _widths(n) for end in _fieller(c, d, spreads, width))
    return Estimate(c / d, nan, low50, high50, low90, high90)


def _quantiles(values: NDArray[np.float64]) -> Iterator[float]:
    """Yield the ends of the 90 and 50 % intervals and the median, below which p (n + 1) values lie (Weibull)."""
    ordered = np.sort(values)
    for p in ((1 - NINE_TENTHS) / 2, (1 - HALF) / 2, 1 / 2, (1 + HALF) / 2, (1 + NINE_TENTHS) / 2):
        place = round(p * (len(values) + 1), ROUNDED)
        k, part = int(place) - 1, place % 1
        yield float(ordered[k] + part * (ordered[k + 1] - ordered[k]) if part else ordered[k])


def _deviation(values: NDArray[np.float64], error: float | None = None) -> float:
    """Return the standard deviation of one pair: of the values, or as given, or unbounded."""
    if len(values) > 1:
        return float(values.std(ddof=1))
    return inf if error is None else error


def _widths(n: int) -> tuple[float, float]:
    """Return half the width of the 50 and 90 % intervals in standard deviations of a pair."""
    freedom, more = (n - 1, sqrt(1 + 1 / n)) if n > 1 else (N_PARTS - 1, 1.0)
    return tuple(float(stdtrit(freedom, (1 + width) / 2)) * more for width in (HALF, NINE_TENTHS))  # type: ignore[return-value]


def _fieller(c: float, d: float, spreads: NDArray[np.float64], width: float) -> tuple[float, float]:
    """Return the ratios r for which c - r d is within `width` of its standard deviations of zero."""
    k = width**2
    square = d**2 - k * spreads[1, 1]
    middle = c * d - k * spreads[0, 1]
    root = sqrt(max(middle**2 - square * (c**2 - k * spreads[0, 0]), 0))
    return (middle - root) / square, (middle + root) / square
