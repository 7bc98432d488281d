"""After return: help, and what it does to leaving again.

Equation (10) of docs/odd.md with h0 emergent: who returned keeps propensity and debt and decides again; help
multiplies the hazard of leaving, once there is a plan, by HR while it lasts.
"""

from __future__ import annotations

from sim.numerics import ONE, compiled

AS_TODAY, BY_POLICY = 1, 2
"""Values of `helped` beside 0: with today's help, or with what a policy gives to its group."""


@compiled
def replan_chance(p_det, country, P):
    """Return the chance that a party that was sent back plans the next journey at once: those not deterred."""
    return min((ONE - p_det) * P.replan[country], ONE)


@compiled
def hazard_ratio(helped, months_since_return, help_months, P):
    """Return HR while the help lasts, else 1. help_months: of a policy's help; today's lasts `reintegration.months`."""
    lasts = help_months if helped == BY_POLICY else P.reintegration_months
    if helped and months_since_return < lasts:
        return P.HR
    return ONE
