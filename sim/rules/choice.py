"""Which way: what a household can pay for, what each alternative is worth, and the nested-logit choice.

Equations (4) to (6) of docs/odd.md. Alternatives are the pathways by code, and staying as the last one.
"""

from __future__ import annotations

import numpy as np

from sim.numerics import ONE, ZERO, compiled, exp32, log32, logistic32

NOTHING_FEASIBLE = np.float32(-60)
"""Inclusive value of an empty set: no plan follows from it."""


@compiled
def resources(savings, relatives, y, debt, P):
    """Return R = W + ell N + cr * yearly income - B, at least one US$."""
    return max(savings + P.ell * relatives + P.cr * P.months_year * y - debt, ONE)


@compiled
def p_feasible(ln_r, ln_cost, P):
    """Return K = Lambda((ln R - ln C) / zeta), the chance that an alternative can be paid for."""
    return logistic32((ln_r - ln_cost) / P.zeta)


@compiled
def funding_source(savings, relatives, cost, P):
    """Return 0, 1 or 2: the cost is met from own savings, with kin abroad, or by a loan."""
    if savings >= cost:
        return 0
    return 1 if savings + P.ell * relatives >= cost else 2


@compiled
def v_irregular(constant, p_success, ln_wage, ln_y, relatives, kin_share, ln_theta, u, ln_v, ln_cost, risk, P):
    """Return the utility of an irregular journey over staying.

    V = asc + b_w {p ln w + (1-p) ln(loss y) - ln y} + b_N ln(1+N+mu M) + b_th ln theta + sigma_u u
        + b_v2 ln(V/Vbar) - b_c ln C - b_d risk
    """
    gain = p_success * ln_wage + (ONE - p_success) * (P.ln_loss + ln_y) - ln_y
    return (
        constant
        + P.b_w * gain
        + P.b_N * log32(ONE + relatives + P.mu * kin_share)
        + P.b_th * ln_theta
        + P.sigma_u * u
        + P.b_v2 * ln_v
        - P.b_c * ln_cost
        - P.b_d * risk
    )


@compiled
def v_regular(constant, ln_earnings, ln_y, ln_cost, wait_years, ln_chance, u, P):
    """Return the utility of a regular pathway over staying.

    V = asc + b_w (ln(w h) - ln y) - b_c ln C - b_q wait + ln chance + sigma_u u; chance is the perceived share
    of applicants that get a place: an alternative that is open to few counts as that much less available.
    """
    return (
        constant
        + P.b_w * (ln_earnings - ln_y)
        - P.b_c * ln_cost
        - P.b_q * wait_years
        + ln_chance
        + P.sigma_u * u
    )


@compiled
def v_internal(ln_income_gap, ln_violence_gap, support, P):
    """Return the utility of moving to the main city over staying: asc + b_wi ln(y'/y) - b_vi ln(V'/V) + support."""
    return P.asc_internal + P.b_wi * ln_income_gap - P.b_vi * ln_violence_gap + support


@compiled
def party_utility(constant, p_success, P):
    """Return the utility of travelling as one party type: its constant and its perceived success."""
    return constant + P.b_release * p_success


@compiled
def inclusive_value(V, K, nest, scale, terms, sums):
    """Return IV = ln sum_B (sum_j K_j e^(V_j/lambda_B))^lambda_B over the alternatives other than staying.

    V, K: (n,) utilities and chances of being feasible; K = 0 leaves one out. nest: (n,) nest of each.
    scale: (n_nests,) lambda. terms: (n,) or more, sums: (n_nests,): room to work in.
    """
    sums[:] = ZERO
    for j in range(len(V)):
        terms[j] = K[j] * exp32(V[j] / scale[nest[j]])
    for j in range(len(V)):
        if K[j] > ZERO:
            sums[nest[j]] += terms[j]
    total = ZERO
    for b in range(len(scale)):
        if sums[b] > ZERO:
            total += exp32(scale[b] * log32(sums[b]))
    return log32(total) if total > ZERO else NOTHING_FEASIBLE

