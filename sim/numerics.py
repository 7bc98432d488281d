"""Exponential, logarithm and normal quantile that give the same bits on every processor.

Library functions differ in their last bits between machines, and a draw near a threshold would then differ
too. Everything that decides uses these: float32 in and out, only IEEE + - * / sqrt and integer operations,
no reassociation and no fused multiply-add, so that a compiler has one way to round each step.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.compiling import compiled, compiled_inside

Real = float | np.floating


def coefficients(*values: float) -> tuple[np.float32, ...]:
    """Return constants as float32: with a bare number of Python's own, compiled code goes on in float64."""
    return tuple(np.float32(value) for value in values)


ZERO: Final = np.float32(0)
HALF: Final = np.float32(0.5)
ONE: Final = np.float32(1)
TWO: Final = np.float32(2)

# IEEE 754 single precision: sign 1 bit, exponent 8 bits with bias 127, fraction 23 bits.
FRACTION_BITS: Final = np.int32(23)
EXPONENT_BIAS: Final = np.int32(127)
FRACTION_MASK: Final = np.int32(2**23 - 1)
TWO_23: Final = np.float32(2**23)
INFINITY: Final = np.float32(np.inf)
NAN: Final = np.float32(np.nan)

# ln 2 in two parts: the first has 15 bits, so that its product with any exponent is exact.
LN2_HIGH: Final = np.float32(22713 / 2**15)
LN2_LOW: Final = np.float32(np.log(2) - 22713 / 2**15)
LOG2_E: Final = np.float32(1 / np.log(2))
ROUNDER: Final = np.float32(3 * 2**22)
"""Added and subtracted again, rounds a float32 below 2^22 in size to the nearest whole number."""

EXP_LOWEST: Final = np.float32(-103.97208)
"""At and below this exp is less than half the smallest subnormal (2^-149): it is 0."""
EXP_HIGHEST: Final = np.float32(88.72284)
"""Above this exp is greater than the largest float32: it is infinite."""
# Chebyshev fit of (exp r - 1 - r) / r^2 on |r| <= ln 2 / 2, relative error of exp 2^-26.
E2, E3, E4, E5, E6 = coefficients(0.5, 0.16666576, 0.04166646, 0.0083633, 0.00139338)

# log(1 + f) = 2 atanh(s), s = f / (2 + f), |s| <= 0.172: the series 2 s^2 / 3 + 2 s^4 / 5 + ...
L2, L4, L6, L8 = coefficients(2 / 3, 2 / 5, 2 / 7, 2 / 9)
SQRT_HALF_BITS: Final = np.int32(0x3F3504F3)
"""The bits of sqrt(1/2) in float32."""
SMALLEST_NORMAL: Final = np.float32(2.0**-126)

# Normal quantile z(p). Centre: Wichura (1988), algorithm AS 241, routine PPND7, a ratio in .425^2 - q^2.
CENTRE: Final = np.float32(0.425)
CENTRE_SQUARED: Final = np.float32(0.180625)
A0, A1, A2, A3 = coefficients(3.3871327179, 50.434271938, 159.29113202, 59.109374720)
B1, B2, B3 = coefficients(17.895169469, 78.757757664, 67.187563600)
# Tail: z = s - c(s), s = sqrt(-2 log p), the form of Abramowitz and Stegun 26.2.23 (c is small, so is its
# rounding); c is a Chebyshev fit in s - 4 for p from 2^-24 to .075 (s from 2.27 to 5.77), error 7e-8.
TAIL_MIDDLE: Final = np.float32(4)
C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 = coefficients(
    0.598807395, -0.0933962315, 0.0170281883, -0.0033068473, 0.000667937449,
    -0.00013790073, 2.7016089e-05, -5.76681896e-06, 1.99649344e-06, -4.38292972e-07,
)  # fmt: skip
UNIFORM_LOWEST: Final = np.float32(2.0**-24)
UNIFORM_HIGHEST: Final = np.float32(1 - 2.0**-24)


@compiled
def _power_of_two(exponent: np.int32) -> np.float32:
    """Return 2^exponent for -126 <= exponent <= 127."""
    return np.int32((exponent + EXPONENT_BIAS) << FRACTION_BITS).view(np.float32)


@compiled_inside
def exp32(x: Real) -> np.float32:
    """Return e^x in float32, within 2 units in the last place; 0 below -103.97, infinite above 88.72."""
    power = np.float32(x)
    if power != power:
        return power
    if power <= EXP_LOWEST:
        return ZERO
    if power > EXP_HIGHEST:
        return INFINITY
    whole = (power * LOG2_E + ROUNDER) - ROUNDER
    r = (power - whole * LN2_HIGH) - whole * LN2_LOW
    curve = (((E6 * r + E5) * r + E4) * r + E3) * r + E2
    value = ONE + (r + r * r * curve)
    # In two steps, because 2^128 and 2^-127 are no float32 of full precision.
    exponent = np.int32(whole)
    first = np.int32(exponent >> np.int32(1))
    return value * _power_of_two(first) * _power_of_two(np.int32(exponent - first))


@compiled_inside
def exp_near32(x: Real) -> np.float32:
    """Return what `exp32` does, for x from -87 to 88 alone: without the tests of what x is, two thirds of the time."""
    power = np.float32(x)
    whole = (power * LOG2_E + ROUNDER) - ROUNDER
    r = (power - whole * LN2_HIGH) - whole * LN2_LOW
    curve = (((E6 * r + E5) * r + E4) * r + E3) * r + E2
    return (ONE + (r + r * r * curve)) * _power_of_two(np.int32(whole))


@compiled_inside
def log32(x: Real) -> np.float32:
    """Return the natural logarithm of x in float32, within 2 units in the last place.

    Minus infinity at 0, nan below.
    """
    given = np.float32(x)
    subnormal = given < SMALLEST_NORMAL
    number = given * TWO_23 if subnormal else given
    log = _log_scaled(number, FRACTION_BITS if subnormal else np.int32(0))
    if not given > ZERO:
        return -INFINITY if given == ZERO else NAN
    return given if given == INFINITY else log


@compiled_inside
def _log_scaled(number: np.float32, shift: np.int32) -> np.float32:
    """Return ln(number / 2^shift) of a positive, finite and normal number."""
    # number = 2^exponent * (1 + f) with 1 + f in [sqrt(1/2), sqrt 2)
    bits = np.int32(np.float32(number).view(np.int32) - SQRT_HALF_BITS)
    exponent = np.float32(np.int32((bits >> FRACTION_BITS) - shift))
    f = np.int32((bits & FRACTION_MASK) + SQRT_HALF_BITS).view(np.float32) - ONE
    s = f / (TWO + f)
    z = s * s
    series = z * (L2 + z * (L4 + z * (L6 + z * L8)))
    square = HALF * f * f
    # log(1 + f) = f - f^2 / 2 + s (f^2 / 2 + series): the leading terms are exact or nearly so.
    return exponent * LN2_HIGH - ((square - (s * (square + series) + exponent * LN2_LOW)) - f)


@compiled_inside
def logistic32(x: Real) -> np.float32:
    """Return 1 / (1 + e^-x) in float32, `Lambda` of the equations; relative error within 3e-7 for any x."""
    log_odds = np.float32(x)
    odds = exp32(log_odds if log_odds < ZERO else -log_odds)
    return (odds if log_odds < ZERO else ONE) / (ONE + odds)


@compiled_inside
def in_tail(p: np.float32) -> bool:
    """Return whether the quantile of p is one of the 15 in 100 that take the longer way, `tail_quantile32`."""
    return bool(abs(p - HALF) > CENTRE)


@compiled_inside
def central_quantile32(p: np.float32) -> np.float32:
    """Return `quantile32` of p from .075 to .925: a pass takes it of all rows, and then the tails by themselves."""
    q = p - HALF
    r = CENTRE_SQUARED - q * q
    return q * (((A3 * r + A2) * r + A1) * r + A0) / (((B3 * r + B2) * r + B1) * r + ONE)


@compiled_inside
def tail_quantile32(p: np.float32) -> np.float32:
    """Return `quantile32` of p outside .075 to .925, and within [2^-24, 1 - 2^-24]."""
    size = np.sqrt(-(TWO * _log_scaled(p if p < HALF else ONE - p, np.int32(0))))
    d = size - TAIL_MIDDLE
    upper = ((((C9 * d + C8) * d + C7) * d + C6) * d + C5) * d + C4
    correction = (((upper * d + C3) * d + C2) * d + C1) * d + C0
    return correction - size if p < HALF else size - correction


@compiled_inside
def quantile32(u: Real) -> np.float32:
    """Return the standard normal quantile of u in float32, absolute error within 1e-6.

    u outside [2^-24, 1 - 2^-24] is taken as the nearer end: a draw is never there.
    """
    p = min(max(np.float32(u), UNIFORM_LOWEST), UNIFORM_HIGHEST)
    tail, centre = tail_quantile32(p), central_quantile32(p)
    return tail if in_tail(p) else centre


@compiled_inside
def gumbel32(u: Real) -> np.float32:
    """Return the standard Gumbel quantile of u, -log(-log u), in float32 (location 0, scale 1)."""
    return -log32(-log32(u))
