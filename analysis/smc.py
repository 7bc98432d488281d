"""Sequential Monte Carlo: parameter sets from the prior to the posterior, by raising the likelihood to a power.

Particles begin as draws of the prior, normal scores. The power goes from 0 to 1 in steps that keep half of the
particles' weight; at each step they are drawn anew by weight and moved by a random walk with their own covariance
(Del Moral et al. 2006; Chopin 2002).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
KEPT: Final = 0.5
"""Part of the effective number of particles that a step of the power leaves."""
MOVES: Final = 8
"""Steps of the random walk after each step of the power."""
SCALE: Final = 2.38
"""Best length of a random walk's step over the root of the number of parameters (Roberts et al. 1997)."""


def sample(log_likelihood: Callable[[Array], Array], n: int, parameters: int, rng: np.random.Generator) -> Array:
    """Return (n, parameters) draws from the posterior of standard normal scores; log_likelihood takes (n, p)."""
    z = rng.standard_normal((n, parameters))
    likelihood = log_likelihood(z)
    power = 0.0
    while power < 1:
        step = _step(likelihood, 1 - power)
        power += step
        weight = np.exp(step * (likelihood - likelihood.max()))
        chosen = _systematic(weight / weight.sum(), rng)
        z, likelihood = z[chosen], likelihood[chosen]
        spread = np.linalg.cholesky(np.cov(z.T) + 1e-9 * np.eye(parameters)) * SCALE / np.sqrt(parameters)
        for _ in range(MOVES):
            moved = z + rng.standard_normal(z.shape) @ spread.T
            new = log_likelihood(moved)
            gain = power * (new - likelihood) - 0.5 * ((moved**2).sum(axis=1) - (z**2).sum(axis=1))
            taken = np.log(rng.random(n)) < gain
            z[taken], likelihood[taken] = moved[taken], new[taken]
    return z


def _step(likelihood: Array, most: float) -> float:
    """Return the step of the power that leaves KEPT of the effective number of particles, at most `most`."""

    def effective(step: float) -> float:
        weight = np.exp(step * (likelihood - likelihood.max()))
        return float(weight.sum() ** 2 / (weight**2).sum() / len(weight))

    if effective(most) >= KEPT:
        return most
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) >= KEPT else (low, middle)
    return max(low, np.finfo(float).eps)


def _systematic(weight: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    places = (np.arange(len(weight)) + rng.random()) / len(weight)
    return np.minimum(np.searchsorted(np.cumsum(weight), places), len(weight) - 1)
