"""Statistical rivals of the simulator, each with a full predictive distribution of ln encounters of a month ahead.

Persistence (the last month), seasonal naive (the last such month of the year) and a log-linear regression on US labour
market tightness and the month of the year. Spreads come from the months known, so that no rival is made weaker than it
is: a t with the changes over the same number of months, or the exact predictive t of the regression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from sim.codes import MONTHS_A_YEAR

Array = NDArray[np.float64]

LEAST_CHANGES: Final = 12
"""Changes from which on their spread is taken as it is; with fewer, that of a shorter lag grows with the root."""
LEVEL_SD, SLOPE_SD, MONTH_SD = 100.0, 10.0, 1.0
"""SD of intercept, slope and months beforehand, in residual SDs: six years know better, one year needs the last."""
PRIOR_FREEDOM, PRIOR_SD = 4.0, 0.5
"""Months that the residual SD expected beforehand counts as, and that SD on the log."""


@dataclass(frozen=True)
class Student:
    """A Student's t: freedom, centre, scale; of ln encounters."""

    freedom: float
    centre: float
    scale: float

    def draws(self, where: Array) -> Array:
        """Return the quantiles at (n,) uniform numbers."""
        return np.asarray(self.centre + self.scale * student.ppf(where, self.freedom))


def spread_of_change(known: Array, lag: int) -> tuple[float, int]:
    """Return the root mean square of changes over `lag` months in (n,) known values, and how many changes it rests on.

    With fewer than `LEAST_CHANGES` of that lag: those of the longest lag that has as many, times the root of the
    ratio of the lags, as of a random walk.
    """
    usable = max(min(lag, len(known) - LEAST_CHANGES), 1)
    changes = known[usable:] - known[:-usable]
    return float(np.sqrt(np.mean(changes**2) * lag / usable)), len(changes)


def persistence(known: Array, ahead: int) -> Student:
    """Return the forecast that the last of the known values (n,) goes on, `ahead` months later."""
    scale, n = spread_of_change(known, ahead)
    return Student(n, float(known[-1]), scale)


def seasonal_naive(known: Array, ahead: int) -> Student:
    """Return the forecast that the last known value of the same month of the year comes again."""
    lag = -(-ahead // MONTHS_A_YEAR) * MONTHS_A_YEAR
    scale, n = spread_of_change(known, lag)
    return Student(n, float(known[ahead - lag - 1]), scale)


@dataclass(frozen=True)
class Regression:
    """ln y = level + slope ln tightness + effect of the month of the year, as the known months have it."""

    mean: Array
    factor: Array
    scale: float
    freedom: float

    def of(self, tightness: float, month: int) -> Student:
        """Return the predictive t of a month (index from January 2013) with that ln tightness."""
        row = _design(np.array([tightness]), np.array([month]))[0]
        scale = self.scale * np.sqrt(1 + float(row @ self.factor @ row))
        return Student(self.freedom, float(row @ self.mean), scale)

    def fitted(self, tightness: Array, months: NDArray[np.int64]) -> Array:
        """Return the expected ln y of months (n,)."""
        return np.asarray(_design(tightness, months) @ self.mean)


def _design(tightness: Array, months: NDArray[np.int64]) -> Array:
    season = np.eye(MONTHS_A_YEAR)[months % MONTHS_A_YEAR]
    return np.column_stack([np.ones(len(months)), tightness, season])


def regress(known: Array, tightness: Array, months: NDArray[np.int64]) -> Regression:
    """Return the regression of known values (n,) on ln tightness (n,) and the month of the year.

    Conjugate prior, hardly felt with six years of months: it lets a regression of 14 numbers stand on 15 months.
    """
    design = _design(tightness, months)
    prior = np.diag(np.array([LEVEL_SD, SLOPE_SD, *[MONTH_SD] * MONTHS_A_YEAR]) ** -2.0)
    precision = prior + design.T @ design
    factor = np.linalg.inv(precision)
    mean = factor @ design.T @ known
    freedom = PRIOR_FREEDOM + len(known)
    squares = PRIOR_FREEDOM * PRIOR_SD**2 + known @ known - mean @ precision @ mean
    return Regression(mean, factor, float(np.sqrt(squares / freedom)), freedom)
