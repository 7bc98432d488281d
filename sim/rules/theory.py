"""Which theory of behaviour decides: the few rules in which theories differ, chosen when the month is compiled.

`random_utility` is the model of docs/odd.md; the rivals are in docs/theories.md and a file each beside this one. All
share states, means, programmes, journeys and who travels. The record of parameters has a field `theory` only where a
rival was chosen: without it nothing of the rivals is compiled or called.
"""

from __future__ import annotations

from sim.codes import THEORIES
from sim.compiling import compiled_for, compiled_inside
from sim.numerics import compiled, logistic32
from sim.rules import aspiration, taste, ways
from sim.rules.imitation import follow, wish_as_others
from sim.rules.planned_behaviour import draw_intention, feel_control, value_intention, wish_by_norm
from sim.rules.threshold import draw_noise, gain_of_a_sure_place, value_best_gain, value_gains

RANDOM_UTILITY, PLANNED_BEHAVIOUR, THRESHOLD, IMITATION = range(len(THEORIES))
TOLD = "theory"
"""Field of the record of parameters that tells a rival."""


@compiled
def _wish_usual(b, R, n, country, here, city, F, P):
    """Leave the log-odds of the wish as they are."""


@compiled
def _wish_rival(b, R, n, country, here, city, F, P):
    if P.theory == PLANNED_BEHAVIOUR:
        wish_by_norm(b, R, n, here, city, F, P)
    elif P.theory == IMITATION:
        wish_as_others(b, R, n, country, here, city, F, P)


@compiled
def _value_rival(n, country, month, R, W, F, G, P):
    if P.theory == THRESHOLD:
        value_gains(n, country, month, R, W, F, G, P)
        return
    ways.value_ways(n, country, month, R, W, F, G, P)
    if P.theory == PLANNED_BEHAVIOUR:
        feel_control(n, country, R, F, G, P)
    else:
        follow(n, country, R, F, G, P)


@compiled
def _leaving_usual(n, R, F, G, P):
    ways.value_leaving(n, R, G)


@compiled
def _leaving_rival(n, R, F, G, P):
    if P.theory == THRESHOLD:
        value_best_gain(n, R, G)
    elif P.theory == PLANNED_BEHAVIOUR:
        value_intention(n, R, F, G, P)
    else:
        ways.value_leaving(n, R, G)


@compiled_inside
def _plan_rival(value, P):
    """Return the chance to begin to plan: of `threshold` that its noise carries the household over the threshold."""
    gain = P.theory == THRESHOLD
    return logistic32(value / P.threshold_noise if gain else P.q0 + P.q1 * value)


@compiled
def _tastes_usual(n, R, F, G, P):
    taste.draw_tastes(n, R, G)


@compiled
def _tastes_rival(n, R, F, G, P):
    if P.theory == THRESHOLD:
        draw_noise(n, R, G, P)
    elif P.theory == PLANNED_BEHAVIOUR:
        draw_intention(n, R, F, G, P)
    else:
        taste.draw_tastes(n, R, G)


@compiled
def _sure_usual(j, country, month, R, W, F, G, P):
    return R.utility[j, 0] - F.ln_chance[j, country]


@compiled
def _sure_rival(j, country, month, R, W, F, G, P):
    if P.theory == THRESHOLD:
        return gain_of_a_sure_place(j, country, month, R, W, F, G, P)
    weight = P.b_control if P.theory == PLANNED_BEHAVIOUR else P.own_calculation
    return R.utility[j, 0] - weight * F.ln_chance[j, country]


wish_by_theory = compiled_for(TOLD, _wish_usual, _wish_rival)
"""Turn the log-odds that n households of a block wish to leave (`R.wish`) into those of the theory."""
value_ways = compiled_for(TOLD, ways.value_ways, _value_rival)
"""Value all ways for the first n of the lot: over staying (`utility`), and the chance that one can pay (`feasible`)."""
value_leaving = compiled_for(TOLD, _leaving_usual, _leaving_rival)
"""Set what leaving is worth to the first n of the lot (`leaving`)."""
p_plan = compiled_for(TOLD, aspiration.p_plan, _plan_rival)
"""Return the chance that who looks into leaving begins to plan, of what leaving is worth."""
draw_tastes = compiled_for(TOLD, _tastes_usual, _tastes_rival)
"""Draw who can pay for which way, and what is added to the worth of each way and of staying this month."""
of_a_sure_place = compiled_for(TOLD, _sure_usual, _sure_rival)
"""Return what programme j is worth to the first of the lot if the place is certain."""
