"""The decision of a planner: utilities of every pathway, the choice, and the first step on the way chosen.

One choice set holds staying, moving inside the country, each regular pathway and the irregular journeys.
"""

from __future__ import annotations

from sim.codes import (
    AGRICULTURE,
    FAMILY_UNIT,
    IRREGULAR_PATHWAYS,
    REGULAR_PATHWAYS,
    SINGLE_ADULT,
    UNACCOMPANIED_CHILD,
)
from sim.draws import FEASIBLE, INVITE, PARTY, gumbel_of, uniform_of
from sim.households import RESIDENT
from sim.numerics import ONE, ZERO, compiled, log32
from sim.rules.choice import (
    inclusive_value,
    p_feasible,
    party_utility,
    resources,
    v_internal,
    v_irregular,
    v_regular,
)
from sim.rules.count import APPLY, WITHDRAW, count
from sim.rules.journey import death_risk
from sim.rules.moves import depart_irregular, depart_to_mexico, move_inside, party_size
from sim.rules.people import FIRST_MAN, N_BANDS, TEENAGER, adults_home, children_home, workers_home
from sim.rules.taste import alternative_error, nest_error
from sim.state import FIRST_PATHWAY_KIND, NO_PLAN, PLANNING, QUEUED

SMUGGLER, OWN, TO_MEXICO = (len(REGULAR_PATHWAYS) + k for k in range(len(IRREGULAR_PATHWAYS)))
INTERNAL = TO_MEXICO + 1
STAY = INTERNAL + 1
"""Number of staying among the alternatives of a taste; ways that a scenario adds come behind it."""
CALLED, CALLED_PLANNER = 2, 3
"""Values of `invited` beside 1, a worker called back: drawn for a reserved place without or with a plan."""
MEXICO = 1
MONTHS = 12
NO_CALL, TO_ASPIRANTS = 0, 1
"""Values of `Levers.call`; 2 calls everybody who is eligible."""
NEEDS_KIN, NEEDS_EXPOSURE, NEEDS_FARM = 1, 2, 4
"""Bits of `Ways.needs`, as in sim.pathways."""


@compiled
def can_leave_alone(h):
    """Return whether one adult can go without leaving children alone."""
    n_adults = adults_home(h.adults)
    return n_adults > 1 or (n_adults == 1 and children_home(h.children) == 0)


@compiled
def best_party(h, month, W, F, P):
    """Return the party type with the highest utility plus taste: release odds matter to it."""
    d = h.department
    n_adults = adults_home(h.adults)
    n_children = children_home(h.children)
    best, chosen = -ONE / ZERO, -1
    for party in range(3):
        if party == SINGLE_ADULT:
            possible = can_leave_alone(h)
            constant = ZERO
        elif party == FAMILY_UNIT:
            possible = n_adults > 0 and n_children > 0
            constant = P.asc_family
        else:
            possible = h.children[TEENAGER] > 0
            recent = ONE if month - h.child_victim_month < MONTHS else ZERO
            constant = P.asc_child + P.b_child_violence * W.ln_v[d, month] + P.b_child_victim * recent
        if possible:
            utility = party_utility(constant, F.p_hat[d, party], P) + gumbel_of(h.key, PARTY, party)
            if utility > best:
                best, chosen = utility, party
    return chosen


@compiled
def is_kept(h, month, L):
    """Return whether protection of children keeps the child at home that would have been sent alone this month."""
    kept = L.child_care[h.department, month]
    return kept > ZERO and uniform_of(h.key, PARTY, UNACCOMPANIED_CHILD + 1) < kept


@compiled
def eligible(h, pathway, victim, W, F, G):
    """Return whether the household may apply: the programme is open to its country and its conditions are met."""
    d = h.department
    needs = G.needs[pathway]
    to = G.destination[pathway]
    may_go = False
    for band in range(N_BANDS):
        if G.bands[pathway] & (1 << band) and h.adults[band] + h.adults[FIRST_MAN + band] > 0:
            may_go = True
    return (
        may_go
        and (G.family[pathway] or can_leave_alone(h))
        and F.is_open[pathway, W.country[d]]
        and G.reach[pathway, d]
        and (not needs & NEEDS_KIN or h.kin[to] + h.away[3 * to + RESIDENT] > 0)
        and (not needs & NEEDS_EXPOSURE or victim > ZERO)
        and (not needs & NEEDS_FARM or h.livelihood == AGRICULTURE)
        and (G.contract[pathway] == 0 or h.permit_pathway < 0)
    )


@compiled
def value_alternatives(h, month, y, relatives, victim, party, W, L, F, G, P, T):
    """Fill the room of the tally: V over staying, and the chance K that a way can be paid for (0: not open)."""
    V, K = T.utility, T.feasible
    d = h.department
    country = W.country[d]
    u = h.propensity
    ln_v = W.ln_v[d, month]
    workers = max(workers_home(h.adults), 1)
    ln_y = log32((y - h.cash) / workers)  # cash goes on when one of them leaves
    R = resources(h.savings, relatives, y, h.debt, P)
    ln_r = log32(R)
    price = F.price[country]
    p_hat = F.p_hat[d, party]
    for j in range(len(V)):
        K[j] = ZERO
        if G.is_regular[j]:
            if eligible(h, j, victim, W, F, G):
                earnings = W.wage[G.destination[j], month] * G.earnings[j]
                cost = max(G.cost[j], ONE)
                V[j] = v_regular(
                    P.asc_regular, log32(earnings), ln_y, cost, F.wait_years[j, country],
                    F.ln_chance[j, country], u, P,
                )  # fmt: skip
                K[j] = p_feasible(ln_r, cost, P)
        elif j == SMUGGLER or j == OWN:
            own = j == OWN
            cost = price * (P.cost_own_ratio if own else ONE) * (P.family_cost if party == FAMILY_UNIT else ONE)
            p = p_hat if own else min(p_hat + P.smuggler_edge, ONE)
            V[j] = v_irregular(
                P.asc_irregular[country] + (P.asc_own if own else ZERO), p, log32(W.wage[0, month]), ln_y, relatives,
                F.kin_share[d], W.ln_theta[month], u, ln_v, cost, death_risk(own, P), P,
            )  # fmt: skip
            K[j] = p_feasible(ln_r, cost, P)
        elif j == TO_MEXICO and can_leave_alone(h):
            cost = price * P.cost_mex_ratio
            V[j] = v_irregular(
                P.asc_irregular_mex, ONE - P.p_mex_irregular, log32(W.wage[MEXICO, month]), ln_y, ZERO, ZERO, ZERO,
                u, ln_v, cost, ZERO, P,
            )  # fmt: skip
            K[j] = p_feasible(ln_r, cost, P)
        elif j == INTERNAL and d != W.main_city[d]:
            city = W.main_city[d]
            gap = log32(P.city_premium) + W.ln_local[city, month] - W.ln_local[d, month]
            V[j] = v_internal(gap, W.ln_v[city, month] - ln_v, L.inside[d, month], P)
            K[j] = p_feasible(ln_r, P.cost_internal, P)


@compiled
def keep_one_of_like(h, V, K, G):
    """Leave one alternative of two programmes that offer the same job: that of its queue, or that of higher utility."""
    current = h.queue_pathway if h.plan == QUEUED else -1
    for j in range(len(V)):
        own = G.like[j]
        if own != j and K[j] > ZERO and K[own] > ZERO:
            new_wins = j == current or (own != current and V[j] > V[own])
            K[own if new_wins else j] = ZERO


@compiled
def value_of_leaving(h, month, y, relatives, victim, W, L, F, G, P, T):
    """Return the inclusive value of all alternatives to staying, as a single adult sees them."""
    value_alternatives(h, month, y, relatives, victim, SINGLE_ADULT, W, L, F, G, P, T)
    keep_one_of_like(h, T.utility, T.feasible, G)
    return inclusive_value(T.utility, T.feasible, G.nest, G.scale, T.sums)


@compiled
def taste(key, j, G):
    """Return the taste for alternative j. Number `STAY` belongs to staying, so ways added later begin after it."""
    scale = G.scale[G.nest[j]]
    own = G.like[j]
    return nest_error(key, G.nest[j], scale) + alternative_error(key, own if own < STAY else own + 1, scale)


@compiled
def taste_of_staying(key, G):
    """Return the taste for staying."""
    return nest_error(key, 0, G.scale[0]) + alternative_error(key, STAY, G.scale[0])


@compiled
def choose(key, current, V, K, G):
    """Return the pathway of highest utility plus taste among the feasible, or len(V) for staying.

    current: the pathway whose queue the household is in, -1 for none. A place in a queue costs nothing to hold: it
    competes with other queues only, and keeps from leaving otherwise no more than the waiting effect w says.
    """
    best, chosen = taste_of_staying(key, G), len(V)
    held = V[current] + taste(key, current, G) if current >= 0 and K[current] > ZERO else best
    for j in range(len(V)):
        if K[j] > ZERO and j != current and uniform_of(key, FEASIBLE, G.like[j]) < K[j]:
            utility = V[j] + taste(key, j, G)
            if utility > best and (utility > held or not G.is_regular[j]):
                best, chosen = utility, j
    return chosen


@compiled
def barred_ways(key, chosen, V, K, G):
    """Return a bit for each irregular way wanted more than the chosen one that could not be paid for."""
    best = taste_of_staying(key, G) if chosen == len(V) else V[chosen] + taste(key, chosen, G)
    barred = 0
    for j in range(SMUGGLER, TO_MEXICO + 1):
        if K[j] > ZERO and uniform_of(key, FEASIBLE, j) >= K[j] and V[j] + taste(key, j, G) > best:
            barred |= 1 << (j - SMUGGLER)
    return barred


@compiled
def decide(h, month, y, relatives, victim, W, L, F, G, P, T):
    """Choose a way and take the first step on it."""
    party = best_party(h, month, W, F, P)
    if party < 0:
        if h.plan == PLANNING:
            h.plan = NO_PLAN
        return
    value_alternatives(h, month, y, relatives, victim, party, W, L, F, G, P, T)
    keep_one_of_like(h, T.utility, T.feasible, G)
    current = h.queue_pathway if h.plan == QUEUED else -1
    stay = len(T.utility)
    chosen = choose(h.key, current, T.utility, T.feasible, G)
    h.barred = barred_ways(h.key, chosen, T.utility, T.feasible, G)
    if party == UNACCOMPANIED_CHILD and (chosen == SMUGGLER or chosen == OWN) and is_kept(h, month, L):
        h.plan = NO_PLAN if current < 0 else QUEUED
        return
    if current >= 0:
        if chosen == stay:
            return
        leave_queue(h, month, W, T)
    price = F.price[W.country[h.department]]
    if chosen == stay:
        h.plan = NO_PLAN
    elif chosen == SMUGGLER or chosen == OWN:
        depart_irregular(h, month, chosen, chosen == OWN, party, relatives, price, W, L, P, T)
    elif chosen == TO_MEXICO:
        depart_to_mexico(h, month, chosen, relatives, price, W, L, P, T)
    elif chosen == INTERNAL:
        move_inside(h, chosen, W, P, T)
    else:
        join_queue(h, month, chosen, 0, W, G, P, T)


@compiled
def answer_call(h, month, y, n_away, W, L, F, G, P, T):
    """Perhaps be drawn for a reserved place, and take it if it is worth more than staying and can be paid for."""
    relatives = h.kin[0] + n_away
    victim = ONE if month - h.victim_month < MONTHS else ZERO
    valued = False
    for j in range(len(G.is_regular)):
        offer = F.offer[j, W.country[h.department]]
        if L.call[j] == NO_CALL or not F.is_open[j, W.country[h.department]]:
            continue
        if (L.call[j] == TO_ASPIRANTS and not h.aspiring) or not eligible(h, j, victim, W, F, G):
            continue
        T.callable[j, W.country[h.department]] += h.weight
        if uniform_of(h.key, INVITE, j) >= offer:
            continue
        if not valued:
            value_alternatives(h, month, y, relatives, victim, SINGLE_ADULT, W, L, F, G, P, T)
            valued = True
        sure = T.utility[j] - F.ln_chance[j, W.country[h.department]]
        able = uniform_of(h.key, FEASIBLE, G.like[j]) < T.feasible[j]
        if able and sure + taste(h.key, j, G) > taste_of_staying(h.key, G):
            join_queue(h, month, j, CALLED_PLANNER if h.plan == PLANNING else CALLED, W, G, P, T)
            return


@compiled
def join_queue(h, month, pathway, invited, W, G, P, T):
    """Apply to a regular pathway: one adult, with children where the programme takes families."""
    children = 0
    if G.family[pathway] and children_home(h.children) > 0:
        _, children = party_size(h, FAMILY_UNIT, P)
    h.plan = QUEUED
    h.queue_pathway = pathway
    h.plan_month = month
    h.invited = invited
    h.queue_people = 1 + children
    h.queue_party = FAMILY_UNIT if children > 0 else SINGLE_ADULT
    count(APPLY, FIRST_PATHWAY_KIND + pathway, h.queue_party, h.queue_people, h, W, T)


@compiled
def still_able(h):
    """Return whether those who applied are still at home, and nobody would leave children alone."""
    left = children_home(h.children) - (h.queue_people - 1)
    return workers_home(h.adults) > 0 and (left == 0 or (left > 0 and adults_home(h.adults) > 1))


@compiled
def leave_queue(h, month, W, T):
    """Withdraw an application before the month's selection."""
    if h.plan_month < month:  # whoever applied this month is not in the books yet
        T.queued[h.queue_pathway, W.country[h.department]] += h.queue_people * h.weight
    give_up_place(h, W, T)


@compiled
def give_up_place(h, W, T):
    """Count a withdrawal and drop the plan."""
    count(WITHDRAW, FIRST_PATHWAY_KIND + h.queue_pathway, h.queue_party, h.queue_people, h, W, T)
    h.plan = NO_PLAN
    h.queue_pathway = -1
