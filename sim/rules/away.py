"""Members away: what they send, whether they come back, and when they become kin outside the household.

Equations (10) and (12) of docs/odd.md. Rates are monthly.
"""

from __future__ import annotations

from sim.compiling import compiled_inside
from sim.numerics import ONE, ZERO, compiled, exp32, log32


@compiled
def fading(years_away, P):
    """Return exp(-fade years), what is left of a sender's first remittances."""
    return exp32(-P.fade * years_away)


@compiled_inside
def place_of_kin(usa, mexico, canada):
    """Return the destination of the kin who send; whoever has none there is taken to have them somewhere as rich."""
    return 0 if (usa > 0) | ((mexico == 0) & (canada == 0)) else 1 if mexico > 0 else 2


@compiled_inside
def remitted(share, wage, faded, income_fall, P):
    """Return US$ a month from one sender: share * w * faded * (1 + iota max(0, -dln y)).

    faded: `fading`. income_fall: dln y of the household at home, negative when income fell.
    """
    return share * wage * faded * (ONE + P.iota * max(ZERO, -income_fall))


@compiled_inside
def of_members(n, wage, faded, income_fall, P):
    """Return US$ a month from n members in one place: the first sends, of the others those that work."""
    return (ONE + (n - ONE) * P.p_works) * remitted(P.share_r, wage, faded, income_fall, P)


@compiled
def p_return(ln_price_ratio, P):
    """Return the monthly voluntary return: d_v / 12, lower when re-entry got dearer, (C / C0)^-eps_ret."""
    return P.d_v * P.month * exp32(-P.eps_ret * ln_price_ratio)


@compiled
def p_any(p_each, n):
    """Return the chance that at least one of n members draws an event of chance p_each."""
    return ONE - exp32(n * log32(ONE - p_each))
