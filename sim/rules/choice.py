"""Which way: what a household can pay for, what each alternative is worth, and the nested-logit choice.

Equations (4) to (6) of docs/odd.md. Alternatives are the pathways by code, and staying as the last one.
"""

from __future__ import annotations

import numpy as np

from sim.compiling import compiled_inside
from sim.numerics import ONE, ZERO, compiled, exp32, log32, logistic32

NOTHING_FEASIBLE = np.float32(-60)
"""Inclusive value of an empty set: no plan follows from it."""


@compiled
def resources(savings, relatives, y, debt, P):
    """Return R = W + ell N + cr * yearly income - B, at least one US$."""
    return max(savings + P.ell * relatives + P.cr * P.months_year * y - debt, ONE)


@compiled_inside
def p_feasible(ln_r, ln_cost, P):
    """Return K = Lambda((ln R - ln C) / zeta), the chance that an alternative can be paid for."""
    return logistic32((ln_r - ln_cost) / P.zeta)


@compiled
def funding_source(savings, relatives, cost, P):
    """Return 0, 1 or 2: the cost is met from own savings, with kin abroad, or by a loan."""
    if savings >= cost:
        return 0
    return 1 if savings + P.ell * relatives >= cost else 2


@compiled_inside
def v_irregular(constant, p_success, ln_wage, ln_y, ln_contacts, ln_theta, u, ln_v, ln_cost, risk, P):
    """Return the utility of an irregular journey over staying.

    V = asc + b_w {p ln w + (1-p) ln(loss y) - ln y} + b_N ln(1+N+mu M) + b_th ln theta + sigma_u u
        + b_v2 ln(V/Vbar) - b_c ln C - b_d risk; ln_contacts: ln(1 + N + mu M)
    """
    gain = p_success * ln_wage + (ONE - p_success) * (P.ln_loss + ln_y) - ln_y
    return (
        constant
        + P.b_w * gain
        + P.b_N * ln_contacts
        + P.b_th * ln_theta
        + P.sigma_u * u
        + P.b_v2 * ln_v
        - P.b_c * ln_cost
        - P.b_d * risk
    )


@compiled_inside
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


@compiled_inside
def v_internal(ln_income_gap, ln_violence_gap, support, P):
    """Return the utility of moving to the main city over staying: asc + b_wi ln(y'/y) - b_vi ln(V'/V) + support."""
    return P.asc_internal + P.b_wi * ln_income_gap - P.b_vi * ln_violence_gap + support


@compiled_inside
def party_utility(constant, p_success, P):
    """Return the utility of travelling as one party type: its constant and its perceived success."""
    return constant + P.b_release * p_success


@compiled_inside
def nest_term(V, K, scale):
    """Return K e^(V / lambda), what an alternative adds to its nest; nothing where it is not feasible."""
    term = K * exp32(V / scale)
    return term if K > ZERO else ZERO


@compiled_inside
def nest_worth(total, scale):
    """Return total^lambda, what a nest adds to the sum whose logarithm is the inclusive value."""
    worth = exp32(scale * log32(total))
    return worth if total > ZERO else ZERO
