"""How far chance alone could have moved a sum or a ratio of one paired run: a delete-a-group jackknife.

Households fall into twenty parts by a hash of their id. A statistic is worked out again without each part; how
much that moves it is its error (Wolter 2007, ch. 4). It says nothing of what other parameters would do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.compiling import compiled_loop
from sim.draws import mix

N_PARTS = 20
HALF, NINE_TENTHS = 0.5, 0.9
"""Widths of the two intervals that every result shows."""


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error and its intervals at 50 and 90 %."""

    value: float
    error: float
    low50: float
    high50: float
    low90: float
    high90: float

    def crosses_zero(self) -> bool:
        """Return whether zero lies in the 90 % interval."""
        return self.low90 <= 0 <= self.high90


def jackknife(
    parts: NDArray[np.int64], statistic: Callable[[NDArray[np.float64]], float] = lambda sums: float(sums[0])
) -> Estimate | None:
    """Return a statistic of sums over all households; None where it is no number with all of them or without a part.

    parts: (series, parts) the sums of each part. statistic: of (series,) sums of all, by default the first.
    Intervals: Student's t with one degree of freedom less than there are parts.
    """
    n = parts.shape[1]
    sums = parts.sum(axis=1).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = statistic(sums)
        without = np.array([statistic((sums - parts[:, part]) * n / (n - 1)) for part in range(n)])
    if not (np.isfinite(value) and np.isfinite(without).all()):
        return None
    error = float(np.sqrt((n - 1) / n * np.square(without - without.mean()).sum()))
    half, wide = (float(stdtrit(n - 1, (1 + width) / 2)) * error for width in (HALF, NINE_TENTHS))
    return Estimate(value, error, value - half, value + half, value - wide, value + wide)


@compiled_loop
def _parts(ids: NDArray[np.uint64], n: np.uint64, part: NDArray[np.int8]) -> None:
    for i in range(len(ids)):
        part[i] = mix(ids[i]) % n


def parts_of(ids: NDArray[np.uint64]) -> NDArray[np.int8]:
    """Return (n,) the part, 0 to 19, of each household."""
    part = np.empty(len(ids), np.int8)
    _parts(np.ascontiguousarray(ids, np.uint64), np.uint64(N_PARTS), part)
    return part
