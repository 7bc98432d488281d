"""Imitation of the home network: wish and way follow what kin and neighbours did and how it ended.

Equations in docs/theories.md. After Massey (1990), Epstein and Hillman (1998) and Granovetter (1978): the share of
households around with somebody away draws others along, each at the own propensity to join; the way is that of those
who arrived lately. Of what a household reckons for itself only the part `own_calculation` counts.
"""

from __future__ import annotations

import numpy as np

from sim.compiling import compiled_inside
from sim.numerics import ONE, compiled, log32
from sim.rules.ways import INTERNAL, OWN, SMUGGLER, TO_MEXICO, take_logs, whole


@compiled_inside
def example(seen, relatives):
    """Return X = 1 - (1 - seen) / (1 + N), the example that a household has before it, 0 to 1; N: relatives."""
    return ONE - (ONE - seen) / (ONE + relatives)


@compiled_inside
def herd(odds, ln_example, country, u, P):
    """Return the log-odds of the wish: a + sigma_A u + own_calculation (drivers) + b_follow ln X.

    odds: a + sigma_A u + drivers, the log-odds of `aspiration`.
    """
    level = P.a[country] + P.sigma_A * u
    return level + P.own_calculation * (odds - level) + P.b_follow * ln_example


@compiled
def wish_as_others(b, R, n, country, here, city, F, P):
    """Let the wish follow the example of kin and neighbours; nobody has less of it than what is `heard`."""
    odds, in_city, u, usa, n_away, ln_x = R.wish, R.in_city, b.propensity, b.kin[0], R.n_away, R.z
    seen_here, seen_city = F.seen[here], F.seen[city]
    for j in range(n):
        seen = seen_city if in_city[j] > 0 else seen_here
        ln_x[j] = max(example(seen, np.float32(usa[j] + n_away[j])), P.heard)
    for j in range(n):
        ln_x[j] = log32(ln_x[j])
    for j in range(n):
        odds[j] = herd(odds[j], ln_x[j], country, u[j], P)


@compiled_inside
def followed_worth(V, constant, u, ln_followed, P):
    """Return what a way is worth: constant + sigma_u u + own_calculation (the rest of V) + b_follow ln f.

    f: share of those of the department who arrived lately that went this way.
    """
    level = constant + P.sigma_u * u
    return level + P.own_calculation * (V - level) + P.b_follow * ln_followed


@compiled
def follow(n, country, R, F, G, P):
    """Turn what the ways abroad are worth to the lot into what they are worth to those who do as others did."""
    n = whole(n)
    ln_f, ln_all, u, d = R.lot_first[:n], R.lot_second[:n], R.lot_u[:n], R.lot_department[:n]
    kept = R.lot_held[:n]
    for r in range(n):
        kept[r] = ln_f[r]
    for r in range(n):
        ln_all[r] = P.heard
    for j in range(len(G.is_regular)):
        for r in range(n):
            ln_all[r] += F.followed[j, d[r]]
    take_logs(ln_all)
    for j in range(len(G.is_regular)):
        if j == INTERNAL:
            continue
        V, followed = R.utility[j, :n], F.followed[j]
        constant = P.asc_regular
        if j == SMUGGLER or j == OWN:
            constant = P.asc_irregular[country]
        elif j == TO_MEXICO:
            constant = P.asc_irregular_mex
        for r in range(n):
            ln_f[r] = followed[d[r]] + P.heard
        take_logs(ln_f)
        for r in range(n):
            V[r] = followed_worth(V[r], constant, u[r], ln_f[r] - ln_all[r], P)
    for r in range(n):
        ln_f[r] = kept[r]
