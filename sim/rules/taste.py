"""Tastes for alternatives whose argmax is a nested logit, one error an alternative.

With G standard Gumbel, one an alternative, and Z positive stable of index lambda, one a nest, the errors
lambda (G + ln Z) have the joint law of the nested logit (Cardell 1997; Kanter 1975 for Z). The choice is then a
plain argmax of V + error: improving one alternative can only move a household to it, never between two others.
"""

from __future__ import annotations

from sim.compiling import compiled_inside
from sim.draws import (
    CHOICE_ALTERNATIVE,
    CHOICE_NEST,
    FEASIBLE,
    bits_of,
    first_of,
    gumbel_of,
    second_of,
    two_uniforms_of,
)
from sim.numerics import HALF, ONE, ZERO, coefficients, compiled, log32
from sim.rules.ways import INTERNAL, take_logs, whole
from sim.state import N_NESTS

STAY = INTERNAL + 1
"""Number of staying among the alternatives of a taste; ways that a scenario adds come behind it."""

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


@compiled
def taste_number(j, G):
    """Return the number of the taste for way j: of the job that it offers; ways added later come behind staying."""
    own = G.like[j]
    return own if own < STAY else own + 1


@compiled
def draw_tastes(n, R, G):
    """Draw who of the first n of the lot can pay for which way, and their tastes of this month (`draw_likings`)."""
    draw_likings(R.lot_key, n, R, G)
    draw_able(n, R, G)


@compiled
def draw_likings(of, n, R, G):
    """Draw the tastes of the first n of the lot for every way (`tastes`, (ways, lot)) and for staying (`staying`).

    of: (lot,) keys of the draws: of the household and month, or of the household for life.
    """
    n = whole(n)
    keys, bits, u, v = of[:n], R.lot_bits[:n], R.lot_first[:n], R.lot_second[:n]
    for b in range(N_NESTS):
        error, scale = R.in_nest[b, :n], G.scale[b]
        draw_lot(keys, CHOICE_NEST, b, bits, u)
        for r in range(n):
            v[r] = second_of(bits[r])
        for r in range(n):
            error[r] = scale * log_stable(u[r], v[r], scale)
    staying, error = R.staying[:n], R.in_nest[0, :n]
    draw_lot(keys, CHOICE_ALTERNATIVE, STAY, bits, u)
    take_gumbels(u)
    for r in range(n):
        staying[r] = error[r] + G.scale[0] * u[r]
    for j in range(len(G.is_regular)):
        taste, error, scale = R.tastes[j, :n], R.in_nest[G.nest[j], :n], G.scale[G.nest[j]]
        draw_lot(keys, CHOICE_ALTERNATIVE, taste_number(j, G), bits, u)
        take_gumbels(u)
        for r in range(n):
            taste[r] = error[r] + scale * u[r]


@compiled
def draw_able(n, R, G):
    """Draw, in `R.able`, who of the first n of the lot can pay for which way."""
    n = whole(n)
    bits, u = R.lot_bits[:n], R.lot_first[:n]
    for j in range(len(G.is_regular)):
        able, K = R.able[j, :n], R.feasible[j, :n]
        draw_lot(R.lot_key[:n], FEASIBLE, G.like[j], bits, u)
        for r in range(n):
            able[r] = u[r] < K[r]


@compiled
def draw_logits(purpose, n, R):
    """Draw, in `R.lot_first`, a standard logistic variate for each of the first n of the lot."""
    n = whole(n)
    u, rest = R.lot_first[:n], R.lot_second[:n]
    draw_lot(R.lot_key[:n], purpose, 0, R.lot_bits[:n], u)
    for r in range(n):
        rest[r] = ONE - u[r]
    take_logs(u)
    take_logs(rest)
    for r in range(n):
        u[r] -= rest[r]


@compiled
def take_gumbels(u):
    """Turn (n,) uniforms into standard Gumbel variates, as `gumbel32` does."""
    for r in range(len(u)):
        u[r] = -log32(u[r])
    for r in range(len(u)):
        u[r] = -log32(u[r])


@compiled
def draw_lot(keys, purpose, k, bits, u):
    """Draw for (n,) keys the 64 bits of a purpose, and their first uniforms."""
    for r in range(len(keys)):
        bits[r] = bits_of(keys[r], purpose, k)
    for r in range(len(keys)):
        u[r] = first_of(bits[r])
