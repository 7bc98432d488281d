"""Does the household wish to leave, and does it begin to plan?

Equations (2) and (3) of docs/odd.md. Aspiration is a state, redrawn with monthly chance kappa.
"""

from __future__ import annotations

from sim.compiling import compiled_inside
from sim.numerics import logistic32


@compiled_inside
def aspiration(
    country, victim, ln_v, farm, dryness, governance, remits, ln_relatives, ln_y_ratio, young, services, u, P
):  # fmt: skip
    """Return a*, the log-odds that a household wishes to leave: the chance is Lambda(a*).

    a* = a_c + b_x x + b_v ln(V/Vbar) + A S (b_s + b_vs ln(V/Vbar)) - b_G G + b_rem remit
         + b_N_aspire ln(1+N) + b_y ln(y/ybar) + b_young young - services + sigma_A u

    ln_relatives: ln(1 + N). dryness: S (1 - rho cov), what insurance leaves of it. services: log-odds that better
    services take away.
    """
    return (
        P.a[country]
        + P.b_x * victim
        + P.b_v * ln_v
        + farm * dryness * (P.b_s + P.b_vs * ln_v)
        - P.b_G * governance
        + P.b_rem * remits
        + P.b_N_aspire * ln_relatives
        + P.b_y * ln_y_ratio
        + P.b_young * young
        - services
        + P.sigma_A * u
    )


@compiled_inside
def p_plan(inclusive_value, P):
    """Return Lambda(q0 + q1 IV): how many of those that look into leaving begin to plan."""
    return logistic32(P.q0 + P.q1 * inclusive_value)
