"""An irregular journey to the United States, resolved within the month.

Equation (9) of docs/odd.md: through Mexico, then up to `max_attempts` attempts at the border, each with its
chance of apprehension and, after it, of release, expulsion to Mexico or removal home.
"""

from __future__ import annotations

from sim.draws import ATTEMPT, DEATH, DETER, MEXICO, OUTCOME, uniform_of
from sim.numerics import ONE, compiled

DIED, STOPPED_IN_MEXICO, ARRIVED, RELEASED, REMOVED, GAVE_UP = range(6)


@compiled
def death_risk(own, P):
    """Return the chance that one of a party dies or disappears: p_death, times own_death without a smuggler."""
    return P.p_death * (P.own_death if own else ONE)


@compiled
def p_stopped_in_mexico(p_mexico, own, P):
    """Return the chance of removal from Mexico; a smuggler lowers it, travelling on one's own raises it."""
    return min(p_mexico * (P.own_mexico if own else P.smuggler_mexico), ONE)


@compiled
def travel(key, p_death, p_mexico, q, released, expelled, p_det, P):
    """Return (end, apprehensions, expulsions) of a journey.

    q: apprehension per attempt. released, expelled: outcome odds of an apprehension; the rest is removed.
    p_det: chance that an expelled party does not try again.
    """
    apprehensions = 0
    expulsions = 0
    if uniform_of(key, DEATH) < p_death:
        return DIED, apprehensions, expulsions
    if uniform_of(key, MEXICO) < p_mexico:
        return STOPPED_IN_MEXICO, apprehensions, expulsions
    for attempt in range(P.max_attempts):
        if uniform_of(key, ATTEMPT, attempt) >= q:
            return ARRIVED, apprehensions, expulsions
        apprehensions += 1
        fate = uniform_of(key, OUTCOME, attempt)
        if fate < released:
            return RELEASED, apprehensions, expulsions
        if fate >= released + expelled:
            return REMOVED, apprehensions, expulsions
        expulsions += 1
        if uniform_of(key, DETER, attempt) < p_det:
            break
    return GAVE_UP, apprehensions, expulsions
