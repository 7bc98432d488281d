"""What is left between simulated and observed: a level and an AR(1) on the log, learned from the months known.

e_t = ln observed - ln simulated = b + a_t, a_t = phi a_(t-1) + s z_t. The level b corrects what the intercepts took
from later years, a_t is the discrepancy. phi is summed over a grid; given phi, b and s^2 have a normal inverse gamma
posterior, so that a month ahead has a Student's t. With few months known the tails are wide, as they should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import t as student

Array = NDArray[np.float64]

PHI: Final = np.linspace(0.0, 0.98, 50)
"""Persistence a month that is tried, each as likely beforehand: from none to a half-life of three years."""
PRIOR_SD: Final = 0.3
"""SD of a monthly innovation on the log expected beforehand: monthly changes of encounters have 0.32."""
PRIOR_FREEDOM: Final = 4.0
"""Months that this expectation counts as."""
LEVEL_IN_SD: Final = 6.0
"""SD of the level beforehand, in innovations: 1.8 on the log, so nothing is known of it."""


@dataclass(frozen=True)
class ErrorModel:
    """What the months known say of the errors.

    weight: (k,) of each persistence `PHI`. mean, spread: (k,) of b, the second in units of s. scale: (k,) s.
    freedom: of the t. last: the last error.
    """

    weight: Array
    mean: Array
    spread: Array
    scale: Array
    freedom: float
    last: float

    def ahead(self, months: int) -> tuple[Array, Array]:
        """Return centre and scale (k,) of the t of the error so many months ahead, for each persistence."""
        kept = PHI**months
        centre = kept * self.last + (1 - kept) * self.mean
        passed = (1 - kept**2) / (1 - PHI**2)
        return centre, self.scale * np.sqrt(passed + ((1 - kept) * self.spread) ** 2)

    def draws(self, months: int, which: Array, where: Array) -> Array:
        """Return draws of the error so many months ahead; which, where: (n,) uniform numbers, 0 to 1."""
        centre, scale = self.ahead(months)
        k = np.minimum(np.searchsorted(np.cumsum(self.weight), which), len(PHI) - 1)
        return np.asarray(centre[k] + scale[k] * student.ppf(where, self.freedom))


def fit(errors: Array) -> ErrorModel:
    """Return what consecutive errors (n,), the last one at the origin, say of those to come.

    Raises:
        ValueError: there is none, or one is not finite.

    """
    if not len(errors) or not np.isfinite(errors).all():
        raise ValueError("errors must be finite, and at least one")
    n = len(errors)
    first = np.sqrt(1 - PHI**2)
    seen = np.column_stack([first * errors[0], errors[1:] - PHI[:, None] * errors[:-1]])
    of_level = np.column_stack([first, np.repeat((1 - PHI)[:, None], n - 1, axis=1)])
    precision = LEVEL_IN_SD**-2 + (of_level**2).sum(1)
    mean = (of_level * seen).sum(1) / precision
    freedom = PRIOR_FREEDOM + n
    squares = PRIOR_FREEDOM * PRIOR_SD**2 + (seen**2).sum(1) - precision * mean**2
    evidence = np.log(first) - np.log(precision) / 2 - freedom / 2 * np.log(squares) + gammaln(freedom / 2)
    weight = np.exp(evidence - evidence.max())
    return ErrorModel(
        weight / weight.sum(), mean, precision**-0.5, np.sqrt(squares / freedom), freedom, float(errors[-1])
    )
