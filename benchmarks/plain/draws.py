"""The draws of `sim.draws` in Python's own integers and floats: the same key and purpose give the same uniform."""

from __future__ import annotations

import math
from statistics import NormalDist

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
MULTIPLIER_1 = 0xBF58476D1CE4E5B9
MULTIPLIER_2 = 0x94D049BB133111EB
MASK_23 = 2**23 - 1
SPACING = 2.0**-23

quantile = NormalDist().inv_cdf


def step(state: int, index: int) -> int:
    """Return number `index` of the splitmix64 sequence that begins at `state`."""
    z = (state + (index + 1) * GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * MULTIPLIER_1) & MASK
    z = ((z ^ (z >> 27)) * MULTIPLIER_2) & MASK
    return z ^ (z >> 31)


def stream(seed: int, household: int) -> int:
    """Return what all draws of a household have in common; `step` of it and a month is the month's key."""
    return step(step(0, seed), household)


def uniform(key: int, purpose: int, k: int = 0) -> float:
    """Return a uniform in (0, 1) on the grid of 2^23 points that float32 holds too. The step is written out: speed."""
    z = (key + ((purpose << 32 | k) + 1) * GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * MULTIPLIER_1) & MASK
    z = ((z ^ (z >> 27)) * MULTIPLIER_2) & MASK
    return (((z ^ (z >> 31)) >> 41) + 0.5) * SPACING


def two_uniforms(key: int, purpose: int, k: int = 0) -> tuple[float, float]:
    """Return two uniforms of one purpose; the first is what `uniform` returns."""
    z = (key + ((purpose << 32 | k) + 1) * GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * MULTIPLIER_1) & MASK
    z = ((z ^ (z >> 27)) * MULTIPLIER_2) & MASK
    z ^= z >> 31
    return ((z >> 41) + 0.5) * SPACING, ((z >> 18 & MASK_23) + 0.5) * SPACING


def gumbel(key: int, purpose: int, k: int) -> float:
    """Return a standard Gumbel variate."""
    return -math.log(-math.log(uniform(key, purpose, k)))
