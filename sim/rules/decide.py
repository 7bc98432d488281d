"""The decision of a planner: utilities of every pathway, the choice, and the first step on the way chosen.

One choice set holds staying, moving inside the country, each regular pathway and the irregular journeys.
"""

from __future__ import annotations

import numpy as np

from sim.codes import FAMILY_UNIT, PARTIES, SINGLE_ADULT, UNACCOMPANIED_CHILD
from sim.draws import INVITE, PARTY, uniform_of
from sim.numerics import INFINITY, ONE, ZERO, compiled
from sim.rules.choice import party_utility
from sim.rules.count import APPLY, WITHDRAW, count
from sim.rules.moves import depart_irregular, depart_to_mexico, move_inside, party_size
from sim.rules.people import adults_home, children_home, workers_home
from sim.rules.taste import draw_lot, take_gumbels
from sim.rules.theory import draw_tastes, of_a_sure_place, value_ways
from sim.rules.ways import (
    INTERNAL,
    OWN,
    SMUGGLER,
    TO_MEXICO,
    may_go_alone,
    may_use,
    take_in,
    traits,
    whole,
)
from sim.state import FIRST_PATHWAY_KIND, NO_PLAN, PLANNING, QUEUED

CALLED, CALLED_PLANNER = 2, 3
"""Values of `invited` beside 1, a worker called back: drawn for a reserved place without or with a plan."""
MONTHS = 12
NOBODY, NO_WAY = -1, -1
"""No party that can go; no queue that one waits in."""
NO_CALL, TO_ASPIRANTS = 0, 1
"""Values of `Levers.call`; 2 calls everybody who is eligible."""


@compiled
def choose_parties(n, country, month, R, F, P):
    """Choose, in `R.lot_party`, the party of highest utility plus taste of the first n of the lot: release odds matter.

    NOBODY where no party can be made up. Of the household: `lot_adults`, `lot_children`, `lot_teenagers` at home.
    """
    n = whole(n)
    keys, bits, taste, best = R.lot_key[:n], R.lot_bits[:n], R.lot_first[:n], R.lot_second[:n]
    adults, children, teenagers, d = R.lot_adults[:n], R.lot_children[:n], R.lot_teenagers[:n], R.lot_department[:n]
    chosen, hurt = R.lot_party[:n], R.lot_child_hurt[:n]
    for r in range(n):
        chosen[r] = NOBODY
    for r in range(n):
        best[r] = -INFINITY
    for party in range(len(PARTIES)):
        draw_lot(keys, PARTY, party, bits, taste)
        take_gumbels(taste)
        for r in range(n):
            if party == SINGLE_ADULT:
                possible, constant = may_go_alone(adults[r], children[r]), ZERO
            elif party == FAMILY_UNIT:
                possible, constant = (adults[r] > 0) & (children[r] > 0), P.asc_family[country]
            else:
                possible = teenagers[r] > 0
                constant = P.asc_child[country] + P.b_child_violence * R.ln_v[d[r]] + P.b_child_victim * hurt[r]
            utility = party_utility(constant, F.p_hat[d[r], party], P) + taste[r]
            if possible and utility > best[r]:
                best[r], chosen[r] = utility, party


@compiled
def is_kept(h, month, L):
    """Return whether protection of children keeps the child at home that would have been sent alone this month."""
    kept = L.child_care[h.department, month]
    return kept > ZERO and uniform_of(h.key, PARTY, UNACCOMPANIED_CHILD + 1) < kept


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
def choose(n, R, G):
    """Choose, in `R.lot_way`, the pathway of highest utility plus taste among the feasible; their number for staying.

    A place in a queue (`R.lot_queue`, NO_WAY without one) costs nothing to hold: it competes with other queues only,
    and keeps from leaving otherwise no more than the waiting effect w says.
    """
    n = whole(n)
    chosen, current, best, held, staying = R.lot_way[:n], R.lot_queue[:n], R.lot_best[:n], R.lot_held[:n], R.staying[:n]
    n_ways = len(G.is_regular)
    for r in range(n):
        chosen[r] = n_ways
    for r in range(n):
        best[r] = staying[r]
    for r in range(n):
        j = current[r]
        held[r] = R.utility[j, r] + R.tastes[j, r] if j != NO_WAY and R.feasible[j, r] > ZERO else staying[r]
    for j in range(n_ways):
        V, able, taste = R.utility[j, :n], R.able[j, :n], R.tastes[j, :n]
        irregular, way = G.is_regular[j] == 0, np.int32(j)
        for r in range(n):
            utility, most, other = V[r] + taste[r], best[r], chosen[r]
            open_ = (able[r] > 0) & (current[r] != way) & ((utility > held[r]) | irregular)
            wins = open_ & (utility > most)
            best[r] = max(most, utility if open_ else -INFINITY)
            chosen[r] = other + (way - other) * np.int32(wins)


@compiled
def note_barred(n, R):
    """Note, in `R.lot_barred`, a bit for each irregular way wanted more than the chosen one but not affordable."""
    n = whole(n)
    barred, best = R.lot_barred[:n], R.lot_best[:n]
    for r in range(n):
        barred[r] = 0
    for j in range(SMUGGLER, TO_MEXICO + 1):
        V, K, able, taste = R.utility[j, :n], R.feasible[j, :n], R.able[j, :n], R.tastes[j, :n]
        bit = 1 << (j - SMUGGLER)
        for r in range(n):
            wanted = (K[r] > ZERO) & (able[r] == 0) & (V[r] + taste[r] > best[r])
            barred[r] |= bit if wanted else 0


@compiled
def decide(h, r, month, party, relatives, R, W, L, F, G, P, T):
    """Take the first step on the way chosen in place r of the lot."""
    current, chosen, stay = R.lot_queue[r], R.lot_way[r], len(G.is_regular)
    h.barred = R.lot_barred[r]
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
def answer_call(h, month, y, n_away, R, W, L, F, G, P, T):
    """Perhaps be drawn for a reserved place, and take it if it is worth more than staying and can be paid for."""
    relatives = h.kin[0] + n_away
    victim = ONE if month - h.victim_month < MONTHS else ZERO
    country = W.country[h.department]
    has = traits(h, victim, W)
    valued = False
    for j in range(len(G.is_regular)):
        if L.call[j] == NO_CALL or (L.call[j] == TO_ASPIRANTS and not h.aspiring):
            continue
        if not may_use(j, has, R.open_to[h.department], R.asked[j], R.bands[j]):
            continue
        T.callable[j, country] += h.weight
        if uniform_of(h.key, INVITE, j) >= F.offer[j, country]:
            continue
        if not valued:
            take_in(h, 0, month, y, relatives, victim, SINGLE_ADULT, R, W, F, P)
            value_ways(1, country, month, R, W, F, G, P)
            draw_tastes(1, R, F, G, P)
            valued = True
        sure = of_a_sure_place(j, country, month, R, W, F, G, P)
        if R.able[j, 0] and sure + R.tastes[j, 0] > R.staying[0]:
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
