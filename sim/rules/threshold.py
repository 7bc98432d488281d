"""Threshold with liquidity: who gains more than the own threshold, and has the money, goes; there are no tastes.

Equations in docs/theories.md. After Sjaastad (1962), Harris and Todaro (1970) and Burda (1995): expected income away,
less the cost until it is earned back, beside income at home; the threshold is the household's persistent propensity
and is lowered by violence. The means are a hard bound: R >= C or the way is not there.
"""

from __future__ import annotations

import numpy as np

from sim.compiling import compiled_inside
from sim.draws import INTEND
from sim.numerics import ONE, ZERO, compiled, exp32, log32
from sim.rules.choice import NOTHING_FEASIBLE, v_internal
from sim.rules.journey import death_risk
from sim.rules.taste import draw_able, draw_logits
from sim.rules.ways import (
    MEXICO,
    OWN,
    SMUGGLER,
    TO_MEXICO,
    irregular_cost,
    leave_open,
    take_logs,
    whole,
)

BARRED = np.float32(2.0**-30)
"""Chance that is less than every uniform (at least 2^-24): a way that is open but cannot be paid for."""
LEAST_GAIN = np.float32(0.01)
"""Least ratio of what is left of expected income to income at home: there the logarithm ends, far below thresholds."""
LEAST_INCOME = ONE
"""Least income at home, US$ a month, for the ratio to be a number."""


@compiled_inside
def net_ratio(success, wage, kept, y, cost, P):
    """Return expected income away, less the cost over `payback` months, over income at home y, both US$ a month.

    (success wage + (1 - success) kept y - cost / payback) / y; kept: part of y that is left where it fails.
    """
    home = max(y, LEAST_INCOME)
    return max((success * wage + (ONE - success) * kept * home - cost / P.payback) / home, LEAST_GAIN)


@compiled_inside
def threshold(country, u, ln_v, P):
    """Return T = -(asc_irregular + sigma_u u + b_v2 ln(V / Vbar)), what ln gain times b_w must exceed to leave."""
    return -(P.asc_irregular[country] + P.sigma_u * u + P.b_v2 * ln_v)


@compiled_inside
def may_pay(means, cost):
    """Return 1 where R >= C, else a chance that is less than every uniform."""
    return ONE if means >= cost else BARRED


@compiled
def value_gains(n, country, month, R, W, F, G, P):
    """Value all ways for the first n of the lot: b_w ln(net gain) + constant - T, and K, 1 or barred or not open."""
    n = whole(n)
    y, means, family = R.lot_ln_y[:n], R.lot_ln_r[:n], R.lot_family[:n]  # US$: this theory takes no logarithm of them
    u, ln_v, p_hat, d = R.lot_u[:n], R.lot_ln_v[:n], R.lot_p_hat[:n], R.lot_department[:n]
    for j in range(len(G.is_regular)):
        V, K = R.utility[j, :n], R.feasible[j, :n]
        price, constant, cost = F.price[country], ZERO, ZERO
        if G.is_regular[j]:
            chance, wage, cost = exp32(F.ln_chance[j, country]), of_place(j, month, W, G), max(G.cost[j], ONE)
            constant = P.asc_regular - P.b_q * F.wait_years[j, country]
            for r in range(n):
                V[r] = net_ratio(chance, wage, ONE, y[r], chance * cost, P)
        elif j == SMUGGLER or j == OWN:
            own, wage = j == OWN, W.wage[0, month]
            edge = ZERO if own else P.smuggler_edge
            of_one, of_family = irregular_cost(price, own, False, P), irregular_cost(price, own, True, P)
            constant = (P.asc_own if own else ZERO) + P.b_th * W.ln_theta[month] - P.b_d * death_risk(own, P)
            for r in range(n):
                paid = of_family if family[r] else of_one
                V[r] = net_ratio(min(p_hat[r] + edge, ONE), wage, P.loss, y[r], paid, P)
            for r in range(n):
                K[r] = may_pay(means[r], of_family if family[r] else of_one)
        elif j == TO_MEXICO:
            cost, wage, constant = price * P.cost_mex_ratio, W.wage[MEXICO, month], P.asc_irregular_mex
            for r in range(n):
                V[r] = net_ratio(ONE - P.p_mex_irregular, wage, P.loss, y[r], cost, P)
        else:
            cost = P.cost_internal
            for r in range(n):
                inside = v_internal(R.city_income[d[r]], R.city_violence[d[r]], R.inside[d[r]], P)
                V[r] = inside - threshold(country, u[r], ln_v[r], P)
        if cost > ZERO:
            for r in range(n):
                K[r] = may_pay(means[r], cost)
        if G.is_regular[j] or j <= TO_MEXICO:
            take_logs(V)
            for r in range(n):
                V[r] = P.b_w * V[r] + constant - threshold(country, u[r], ln_v[r], P)
        leave_open(K, j, R.lot_traits[:n], R.lot_open[:n], R.asked[j], R.bands[j])


@compiled
def of_place(j, month, W, G):
    """Return the wage of a place in programme j, US$ a month."""
    return W.wage[G.destination[j], month] * G.earnings[j]


@compiled
def gain_of_a_sure_place(j, country, month, R, W, F, G, P):
    """Return what programme j is worth to the first of the lot, valued by `value_gains`, if the place is certain."""
    ratio = net_ratio(ONE, of_place(j, month, W, G), ONE, R.lot_ln_y[0], max(G.cost[j], ONE), P)
    constant = P.asc_regular - P.b_q * F.wait_years[j, country]
    return P.b_w * log32(ratio) + constant - threshold(country, R.lot_u[0], R.lot_ln_v[0], P)


@compiled
def value_best_gain(n, R, G):
    """Set `R.leaving` of the lot to the best of the ways that the household can pay for."""
    n = whole(n)
    leaving = R.leaving[:n]
    for r in range(n):
        leaving[r] = NOTHING_FEASIBLE
    for j in range(len(G.is_regular)):
        V, K = R.utility[j, :n], R.feasible[j, :n]
        for r in range(n):
            leaving[r] = max(leaving[r], V[r] if K[r] > BARRED else NOTHING_FEASIBLE)


@compiled
def draw_noise(n, R, G, P):
    """Set all tastes to nought; the threshold of the month is the own one and a little logistic noise."""
    draw_able(n, R, G)
    draw_logits(INTEND, n, R)
    n = whole(n)
    staying, logit = R.staying[:n], R.lot_first[:n]
    for r in range(n):
        staying[r] = P.threshold_noise * logit[r]
    for j in range(len(G.is_regular)):
        taste = R.tastes[j, :n]
        for r in range(n):
            taste[r] = ZERO
