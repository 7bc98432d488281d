"""Predictive distributions of ln monthly encounters: of the simulator, raw and with its errors, and of its rivals.

Each rests on counts to an origin and nothing later: `Known` cuts them before anything is fitted. Draws are of a fixed
number and spread evenly over members and probabilities, so the same request has the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from analysis import error_model, rivals
from sim.codes import MONTHS_A_YEAR, N_MONTHS

Array = NDArray[np.float64]

SIMULATOR, RAW = "simulator", "simulator, raw"
REGRESSION, CORRECTED = "regression", "regression + AR(1)"
NAIVE, PERSISTENCE = "seasonal naive", "persistence"
METHODS: Final = (SIMULATOR, RAW, REGRESSION, CORRECTED, NAIVE, PERSISTENCE)
N_DRAWS: Final = 2000
"""Draws of a distribution: a quantile of 5 % rests on a hundred."""
SEED: Final = 20190930
LEVEL_MONTHS: Final = MONTHS_A_YEAR
"""Months before the origin whose mean error sets the level of the raw forecast: a year has no season."""
LEAST_EVENT: Final = 0.5
"""Events that none counts as on the log: half of the smallest number there can be."""


def _even() -> tuple[Array, Array]:
    """Return two sets of N_DRAWS numbers, each even over 0 to 1, in orders that have nothing to do with each other."""
    order = np.random.default_rng(SEED)
    even = (np.arange(N_DRAWS) + 0.5) / N_DRAWS
    return order.permutation(even), order.permutation(even)


WHICH, WHERE = _even()


def log_events(events: Array, least: float = LEAST_EVENT) -> Array:
    """Return ln of events, at least `least` of them; nan stays."""
    return np.log(np.maximum(events, least))


@dataclass(frozen=True)
class Known:
    """One series as it was known at an origin.

    observed: (N_MONTHS,) ln encounters, nan after `origin` and before the first count. simulated: (members, N_MONTHS).
    tightness: (paths, N_MONTHS) ln tightness, to the origin as observed. noise: SD of what is recorded, on the log.
    """

    observed: Array
    simulated: Array
    tightness: Array
    origin: int
    noise: float

    @classmethod
    def at(cls, origin: int, observed: Array, simulated: Array, tightness: Array, noise: float) -> Known:
        """Return the series with what was observed after the origin taken away.

        Raises:
            ValueError: a month between the first count and the origin has none.

        """
        seen = np.where(np.arange(N_MONTHS) <= origin, observed, np.nan)
        known = cls(seen, simulated, np.atleast_2d(tightness), origin, noise)
        if not len(known.months) or len(known.months) != origin - known.months[0] + 1:
            raise ValueError("counts must be without gaps up to the origin")
        return known

    @property
    def months(self) -> NDArray[np.int64]:
        """Return the months with a count, (n,)."""
        return np.flatnonzero(np.isfinite(self.observed))

    def distributions(self, months: Sequence[int]) -> dict[str, Array]:
        """Return sorted draws (months, N_DRAWS) of ln encounters by method, of months after the origin."""
        found = {SIMULATOR: self._with_errors(months), RAW: self._raw(months), **self._regression(months)}
        seen = self.observed[self.months]
        for name, rival in ((NAIVE, rivals.seasonal_naive), (PERSISTENCE, rivals.persistence)):
            found[name] = np.array([rival(seen, month - self.origin).draws(WHERE) for month in months])
        return {name: np.sort(found[name], axis=1) for name in METHODS}

    def _members(self) -> list[tuple[Array, slice]]:
        """Return the simulated series and the draws that are its own, of each member."""
        n = len(self.simulated)
        return [(series, slice(k, None, n)) for k, series in enumerate(self.simulated)]

    def _with_errors(self, months: Sequence[int]) -> Array:
        out = np.empty((len(months), N_DRAWS))
        for series, mine in self._members():
            model = error_model.fit((self.observed - series)[self.months])
            for row, month in zip(out, months, strict=True):
                row[mine] = series[month] + model.draws(month - self.origin, WHICH[mine], WHERE[mine])
        return out

    def _raw(self, months: Sequence[int]) -> Array:
        out = np.empty((len(months), N_DRAWS))
        for series, mine in self._members():
            level = (self.observed - series)[self.months[-LEVEL_MONTHS:]].mean()
            for row, month in zip(out, months, strict=True):
                row[mine] = series[month] + level + self.noise * norm.ppf(WHERE[mine])
        return out

    def _regression(self, months: Sequence[int]) -> dict[str, Array]:
        seen, past = self.observed[self.months], self.tightness[0][self.months]
        model = rivals.regress(seen, past, self.months)
        left = error_model.fit(seen - model.fitted(past, self.months))
        plain, corrected = np.empty((len(months), N_DRAWS)), np.empty((len(months), N_DRAWS))
        n = len(self.tightness)
        for k, path in enumerate(self.tightness):
            mine = slice(k, None, n)
            for row, month in enumerate(months):
                expected = model.of(path[month], month)
                plain[row, mine] = expected.draws(WHERE[mine])
                error = left.draws(month - self.origin, WHICH[mine], WHERE[mine])
                corrected[row, mine] = expected.centre + error
        return {REGRESSION: plain, CORRECTED: corrected}
