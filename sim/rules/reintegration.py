"""After return: help, and what it does to leaving again.

Equation (10) of docs/odd.md with h0 emergent: who returned keeps propensity and debt and decides again; help
multiplies the hazard of leaving, once there is a plan, by HR while it lasts.
"""

from __future__ import annotations

from sim.numerics import ONE, compiled


@compiled
def replan_chance(p_det, country, P):
    """Return the chance that a party that was sent back plans the next journey at once: those not deterred."""
    return min((ONE - p_det) * P.replan[country], ONE)


@compiled
def hazard_ratio(helped, months_since_return, help_months, P):
    """Return HR while the help lasts, else 1."""
    if helped and months_since_return < help_months:
        return P.HR
    return ONE
