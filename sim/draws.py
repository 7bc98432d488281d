"""Common random numbers: a draw belongs to (seed, household, month, purpose) and to nothing else.

Each is a hash of that key (splitmix64: Steele, Lea and Flood 2014), so a household lives the same life in a
baseline and a scenario except where the policy touches it, and results do not depend on threads, chunks,
order or machine. Nothing that decides draws in another way. Purposes are a code list.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.compiling import compiled_inside
from sim.numerics import HALF, compiled, gumbel32, quantile32

Integer = int | np.integer

# Purposes of a draw. Append; a number is never changed or used again, or every run changes with it.
LIVELIHOOD: Final = 0
VICTIM: Final = 1
ASPIRE: Final = 2
PLAN: Final = 3
DEPART: Final = 4
DROP: Final = 5
FEASIBLE: Final = 6
CHOICE_NEST: Final = 7
CHOICE_ALTERNATIVE: Final = 8
PARTY: Final = 9
MEXICO: Final = 10
ATTEMPT: Final = 11
OUTCOME: Final = 12
DETER: Final = 13
DEATH: Final = 14
RETURN: Final = 15
REMOVE: Final = 16
KIN: Final = 17
PERMIT: Final = 18
REINTEGRATE: Final = 19
MOVE: Final = 20
BIRTH: Final = 21
AGE: Final = 22
MORTALITY: Final = 23
FORM: Final = 24
LOTTERY: Final = 25
MOVER: Final = 26
DISASTER: Final = 27
PROJECTION: Final = 28
SHOCK: Final = 29
OBSERVE: Final = 30
SYNTHESIS: Final = 31
DISPLACE: Final = 32
JOB: Final = 33
WAGE: Final = 34
REMIT: Final = 35
OVERSTAY: Final = 36
CONTRACT: Final = 37
MEMBER: Final = 38
LEAVE_WHOLE: Final = 39
PROPENSITY: Final = 40
INCOME: Final = 41
SAVINGS: Final = 42
FINANCE: Final = 43
MODE: Final = 44
APPLY: Final = 45
ADMIT: Final = 46
WITHDRAW: Final = 47
SAMPLE: Final = 48
COVER: Final = 49
BASIS: Final = 50
INVITE: Final = 51
STATUS: Final = 52
HIRE: Final = 53
ENSEMBLE: Final = 54
INTEND: Final = 55

# splitmix64: the odd number next to 2^64 / golden ratio, and the shifts and multipliers of its finaliser.
GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
MULTIPLIER_1: Final = np.uint64(0xBF58476D1CE4E5B9)
MULTIPLIER_2: Final = np.uint64(0x94D049BB133111EB)
SHIFT_1: Final = np.uint64(30)
SHIFT_2: Final = np.uint64(27)
SHIFT_3: Final = np.uint64(31)

WORD: Final = np.uint64(32)
"""Bits by which the purpose is moved to leave room for the sub-index."""
FIRST_23: Final = np.uint64(64 - 23)
"""Shift that leaves the first 23 bits: k of a uniform (k + 1/2) / 2^23, exact in float32, never 0 or 1."""
SECOND_23: Final = np.uint64(64 - 46)
MASK_23: Final = np.uint64(2**23 - 1)
SPACING: Final = np.float32(2.0**-23)


@compiled_inside
def mix(value: Integer) -> np.uint64:
    """Return the finaliser of splitmix64: every bit of the result depends on every bit of the value."""
    z = np.uint64(value)
    z = (z ^ (z >> SHIFT_1)) * MULTIPLIER_1
    z = (z ^ (z >> SHIFT_2)) * MULTIPLIER_2
    return z ^ (z >> SHIFT_3)


@compiled_inside
def _step(state: np.uint64, index: np.uint64) -> np.uint64:
    """Return number `index` of the splitmix64 sequence that begins at `state`."""
    return mix(state + (index + np.uint64(1)) * GOLDEN)


@compiled_inside
def of_household(seed: Integer, household: Integer) -> np.uint64:
    """Return what all draws of a household have in common; any whole numbers, negative ones too."""
    return _step(_step(np.uint64(0), np.uint64(seed)), np.uint64(household))


@compiled_inside
def in_month(of: np.uint64, month: Integer) -> np.uint64:
    """Return the key of a month from what all draws of a household have in common."""
    return _step(of, np.uint64(month))


@compiled
def key(seed: Integer, household: Integer, month: Integer) -> np.uint64:
    """Return what all draws of a household in a month have in common; any whole numbers, negative ones too."""
    return in_month(of_household(seed, household), month)


@compiled_inside
def bits_of(of: np.uint64, purpose: Integer, k: Integer = 0) -> np.uint64:
    """Return the 64 bits of a key and a purpose; `k` (0 to 2^32 - 1) tells repeated draws of one purpose apart."""
    return _step(of, (np.uint64(purpose) << WORD) | np.uint64(k))


@compiled_inside
def _centred(number: np.uint64) -> np.float32:
    """Return (k + 1/2) / 2^23 of k, 0 to 2^23 - 1."""
    return (np.float32(np.int32(number)) + HALF) * SPACING


@compiled_inside
def first_of(number: np.uint64) -> np.float32:
    """Return the first uniform of the 64 bits of a draw: what `uniform_of` returns."""
    return _centred(number >> FIRST_23)


@compiled_inside
def second_of(number: np.uint64) -> np.float32:
    """Return the second uniform of the 64 bits of a draw, independent of the first."""
    return _centred((number >> SECOND_23) & MASK_23)


@compiled
def uniform_of(of: np.uint64, purpose: Integer, k: Integer = 0) -> np.float32:
    """Return a uniform float32 in (0, 1), both ends excluded, on a grid of 2^23 points."""
    return first_of(bits_of(of, purpose, k))


@compiled
def two_uniforms_of(of: np.uint64, purpose: Integer, k: Integer = 0) -> tuple[np.float32, np.float32]:
    """Return two independent uniforms of one purpose; the first is what `uniform_of` returns."""
    number = bits_of(of, purpose, k)
    return first_of(number), second_of(number)


@compiled
def normal_of(of: np.uint64, purpose: Integer, k: Integer = 0) -> np.float32:
    """Return a standard normal float32, -5.3 to 5.3."""
    return quantile32(uniform_of(of, purpose, k))


@compiled
def gumbel_of(of: np.uint64, purpose: Integer, alternative: Integer) -> np.float32:
    """Return a standard Gumbel float32 (location 0, scale 1), -2.8 to 16.6: the taste for one alternative."""
    return gumbel32(uniform_of(of, purpose, alternative))


@compiled
def bits(seed: Integer, household: Integer, month: Integer, purpose: Integer, k: Integer = 0) -> np.uint64:
    """Return the 64 bits that belong to (seed, household, month, purpose)."""
    return bits_of(key(seed, household, month), purpose, k)


@compiled
def uniform(seed: Integer, household: Integer, month: Integer, purpose: Integer, k: Integer = 0) -> np.float32:
    """Return `uniform_of` the key of seed, household and month."""
    return uniform_of(key(seed, household, month), purpose, k)


@compiled
def two_uniforms(
    seed: Integer, household: Integer, month: Integer, purpose: Integer, k: Integer = 0
) -> tuple[np.float32, np.float32]:
    """Return `two_uniforms_of` the key of seed, household and month."""
    return two_uniforms_of(key(seed, household, month), purpose, k)


@compiled
def normal(seed: Integer, household: Integer, month: Integer, purpose: Integer, k: Integer = 0) -> np.float32:
    """Return `normal_of` the key of seed, household and month."""
    return normal_of(key(seed, household, month), purpose, k)


@compiled
def gumbel(seed: Integer, household: Integer, month: Integer, purpose: Integer, alternative: Integer) -> np.float32:
    """Return `gumbel_of` the key of seed, household and month."""
    return gumbel_of(key(seed, household, month), purpose, alternative)


@compiled
def derive_id(parent: Integer, label: Integer) -> np.uint64:
    """Return the id of what `parent` gives rise to under `label` (household, journey): never a counter."""
    return _step(mix(np.uint64(parent) ^ GOLDEN), np.uint64(label))
