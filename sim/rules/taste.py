"""Tastes for alternatives whose argmax is a nested logit, one error an alternative.

With G standard Gumbel, one an alternative, and Z positive stable of index lambda, one a nest, the errors
lambda (G + ln Z) have the joint law of the nested logit (Cardell 1997; Kanter 1975 for Z). The choice is then a
plain argmax of V + error: improving one alternative can only move a household to it, never between two others.
"""

from __future__ import annotations

from sim.compiling import compiled_inside
from sim.draws import CHOICE_ALTERNATIVE, CHOICE_NEST, gumbel_of, two_uniforms_of
from sim.numerics import HALF, ONE, ZERO, coefficients, compiled, log32

PI = coefficients(3.14159265358979)[0]
# Taylor series of sin, enough for float32 on (0, pi / 2].
S3, S5, S7, S9, S11 = coefficients(-1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800)


@compiled_inside
def sine_pi(v):
    """Return sin(pi v) for v in (0, 1), relative error within 1e-6."""
    x = PI * (v if v <= HALF else ONE - v)
    z = x * x
    return x * (ONE + z * (S3 + z * (S5 + z * (S7 + z * (S9 + z * S11)))))


@compiled_inside
def log_stable(u, v, index):
    """Return ln Z of a positive stable variate with Laplace transform exp(-t^index), from uniforms u and v."""
    if index >= ONE:
        return ZERO
    wait = -log32(v)
    rest = ONE - index
    return (
        log32(sine_pi(index * u))
        - log32(sine_pi(u)) / index
        + rest / index * (log32(sine_pi(rest * u)) - log32(wait))
    )


@compiled
def nest_error(key, nest, scale):
    """Return lambda ln Z of a household, month and nest."""
    u, v = two_uniforms_of(key, CHOICE_NEST, nest)
    return scale * log_stable(u, v, scale)


@compiled
def alternative_error(key, alternative, scale):
    """Return lambda G of a household, month and alternative."""
    return scale * gumbel_of(key, CHOICE_ALTERNATIVE, alternative)
