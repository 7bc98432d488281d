"""The decision of a planner: utilities of every pathway, the choice, and the first step on the way chosen.

One choice set holds staying, moving inside the country, each regular pathway and the irregular journeys.
"""

from __future__ import annotations

from sim.codes import (
    FAMILY_UNIT,
    SINGLE_ADULT,
    UNACCOMPANIED_CHILD,
)
from sim.draws import (
    CHOICE_ALTERNATIVE,
    CHOICE_NEST,
    FEASIBLE,
    INVITE,
    PARTY,
    bits_of,
    first_of,
    gumbel_of,
    second_of,
    uniform_of,
)
from sim.numerics import ONE, ZERO, compiled, gumbel32
from sim.rules.choice import party_utility
from sim.rules.count import APPLY, WITHDRAW, count
from sim.rules.moves import depart_irregular, depart_to_mexico, move_inside, party_size
from sim.rules.people import TEENAGER, adults_home, children_home, workers_home
from sim.rules.taste import log_stable
from sim.rules.ways import (
    INTERNAL,
    OWN,
    SMUGGLER,
    TO_MEXICO,
    can_leave_alone,
    may_use,
    take_in,
    traits,
    value_ways,
    whole,
)
from sim.state import FIRST_PATHWAY_KIND, N_NESTS, NO_PLAN, PLANNING, QUEUED

STAY = INTERNAL + 1
"""Number of staying among the alternatives of a taste; ways that a scenario adds come behind it."""
CALLED, CALLED_PLANNER = 2, 3
"""Values of `invited` beside 1, a worker called back: drawn for a reserved place without or with a plan."""
MONTHS = 12
NO_CALL, TO_ASPIRANTS = 0, 1
"""Values of `Levers.call`; 2 calls everybody who is eligible."""


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
def keep_one_of_like(h, V, K, G):
    """Leave one alternative of two programmes that offer the same job: that of its queue, or that of higher utility."""
    current = h.queue_pathway if h.plan == QUEUED else -1
    for j in range(len(V)):
        own = G.like[j]
        if own != j and K[j] > ZERO and K[own] > ZERO:
            new_wins = j == current or (own != current and V[j] > V[own])
            K[own if new_wins else j] = ZERO


@compiled
def taste_number(j, G):
    """Return the number of the taste for way j: of the job that it offers; ways added later come behind staying."""
    own = G.like[j]
    return own if own < STAY else own + 1


@compiled
def draw_tastes(n, R, G):
    """Draw who of the first n of the lot can pay for which way, and their tastes for every way and for staying.

    Fills `able` and `tastes`, (ways, lot), and `staying`, (lot,).
    """
    n = whole(n)
    keys, bits, u, v = R.lot_key[:n], R.lot_bits[:n], R.lot_first[:n], R.lot_second[:n]
    for b in range(N_NESTS):
        error, scale = R.in_nest[b, :n], G.scale[b]
        draw_lot(keys, CHOICE_NEST, b, bits, u)
        for r in range(n):
            v[r] = second_of(bits[r])
        for r in range(n):
            error[r] = scale * log_stable(u[r], v[r], scale)
    staying, error = R.staying[:n], R.in_nest[0, :n]
    draw_lot(keys, CHOICE_ALTERNATIVE, STAY, bits, u)
    for r in range(n):
        staying[r] = error[r] + G.scale[0] * gumbel32(u[r])
    for j in range(len(G.is_regular)):
        able, taste, K, error = R.able[j, :n], R.tastes[j, :n], R.feasible[j, :n], R.in_nest[G.nest[j], :n]
        scale = G.scale[G.nest[j]]
        draw_lot(keys, FEASIBLE, G.like[j], bits, u)
        for r in range(n):
            able[r] = u[r] < K[r]
        draw_lot(keys, CHOICE_ALTERNATIVE, taste_number(j, G), bits, u)
        for r in range(n):
            taste[r] = error[r] + scale * gumbel32(u[r])


@compiled
def draw_lot(keys, purpose, k, bits, u):
    """Draw for (n,) keys the 64 bits of a purpose, and their first uniforms."""
    for r in range(len(keys)):
        bits[r] = bits_of(keys[r], purpose, k)
    for r in range(len(keys)):
        u[r] = first_of(bits[r])


@compiled
def choose(current, staying, V, K, able, tastes, G):
    """Return the pathway of highest utility plus taste among the feasible, or len(V) for staying.

    A place in a queue costs nothing to hold: it competes with other queues only, and keeps from leaving otherwise no
    more than the waiting effect w says.
    """
    best, chosen = staying, len(V)
    held = V[current] + tastes[current] if current >= 0 and K[current] > ZERO else staying
    for j in range(len(V)):
        if able[j] and j != current:
            utility = V[j] + tastes[j]
            if utility > best and (utility > held or not G.is_regular[j]):
                best, chosen = utility, j
    return chosen


@compiled
def barred_ways(chosen, staying, V, K, able, tastes):
    """Return a bit for each irregular way wanted more than the chosen one that could not be paid for."""
    best = staying if chosen == len(V) else V[chosen] + tastes[chosen]
    barred = 0
    for j in range(SMUGGLER, TO_MEXICO + 1):
        if K[j] > ZERO and not able[j] and V[j] + tastes[j] > best:
            barred |= 1 << (j - SMUGGLER)
    return barred


@compiled
def decide(h, r, month, party, relatives, R, W, L, F, G, P, T):
    """Choose a way, as valued in place r of the lot, and take the first step on it."""
    V, K = R.utility[:, r], R.feasible[:, r]
    current = h.queue_pathway if h.plan == QUEUED else -1
    stay = len(V)
    able, tastes, staying = R.able[:, r], R.tastes[:, r], R.staying[r]
    chosen = choose(current, staying, V, K, able, tastes, G)
    h.barred = barred_ways(chosen, staying, V, K, able, tastes)
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
            draw_tastes(1, R, G)
            valued = True
        sure = R.utility[j, 0] - F.ln_chance[j, country]
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
