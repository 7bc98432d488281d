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
from sim.numerics import INFINITY, ONE, ZERO, compiled, log32
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
UNKNOWN = -INFINITY
"""A nest's error that has not been drawn."""
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
def bands_home(h):
    """Return the age bands of the adults at home as bits, as `Ways.bands`."""
    found = 0
    for band in range(N_BANDS):
        if h.adults[band] + h.adults[FIRST_MAN + band] > 0:
            found |= 1 << band
    return found


@compiled
def eligible(h, pathway, bands, alone, victim, G):
    """Return whether the household meets the conditions of a programme that is open to it.

    bands: `bands_home`. alone: `can_leave_alone`.
    """
    needs = G.needs[pathway]
    to = G.destination[pathway]
    return (
        G.bands[pathway] & bands != 0
        and (G.family[pathway] or alone)
        and (not needs & NEEDS_KIN or h.kin[to] + h.away[3 * to + RESIDENT] > 0)
        and (not needs & NEEDS_EXPOSURE or victim > ZERO)
        and (not needs & NEEDS_FARM or h.livelihood == AGRICULTURE)
        and (G.contract[pathway] == 0 or h.permit_pathway < 0)
    )


@compiled
def irregular_cost(price, own, family, P):
    """Return US$ of a journey to the United States at a smuggler's price: on one's own is cheaper, a family dearer."""
    return price * (P.cost_own_ratio if own else ONE) * (P.family_cost if family else ONE)


@compiled
def lay_out_ways(R, month, W, F, G, P):
    """Lay out what the ways are this month for everybody: which are open to a department, ln wages and ln costs."""
    for d in range(len(W.country)):
        country, city = W.country[d], W.main_city[d]
        R.n_open[d] = 0
        for j in range(len(G.is_regular)):
            if (F.is_open[j, country] and G.reach[j, d]) if G.is_regular[j] else (j != INTERNAL or d != city):
                R.open_ways[d, R.n_open[d]] = j
                R.n_open[d] += 1
        R.city_income[d] = log32(P.city_premium) + W.ln_local[city, month] - W.ln_local[d, month]
        R.city_violence[d] = W.ln_v[city, month] - W.ln_v[d, month]
    for j in range(len(G.is_regular)):
        if G.is_regular[j]:
            R.ln_earned[j] = log32(W.wage[G.destination[j], month] * G.earnings[j])
            R.ln_cost[j] = log32(max(G.cost[j], ONE))
    R.ln_earned[SMUGGLER] = R.ln_earned[OWN] = log32(W.wage[0, month])
    R.ln_earned[TO_MEXICO] = log32(W.wage[MEXICO, month])
    R.ln_cost[INTERNAL] = log32(P.cost_internal)
    for country in range(len(F.price)):
        for own in range(2):
            for family in range(2):
                R.ln_price[country, own, family] = log32(irregular_cost(F.price[country], own, family, P))
        R.ln_price_mexico[country] = log32(F.price[country] * P.cost_mex_ratio)


@compiled
def value_alternatives(h, month, y, relatives, victim, party, R, W, L, F, G, P):
    """List the ways open to a household and return how many: V over staying, and the chance K that one can be paid for.

    Fills `way`, `nest`, `utility` and `feasible` of the room, in the order of the codes.
    """
    way, nest, V, K, ln_c = R.way, R.nest, R.utility, R.feasible, R.ln_c
    d = h.department
    country = W.country[d]
    u = h.propensity
    ln_v = W.ln_v[d, month]
    workers = max(workers_home(h.adults), 1)
    ln_y = log32((y - h.cash) / workers)  # cash goes on when one of them leaves
    ln_r = log32(resources(h.savings, relatives, y, h.debt, P))
    p_hat = F.p_hat[d, party]
    bands, alone = bands_home(h), can_leave_alone(h)
    m = 0
    for k in range(R.n_open[d]):
        j = R.open_ways[d, k]
        if G.is_regular[j]:
            if not eligible(h, j, bands, alone, victim, G):
                continue
            ln_c[m] = R.ln_cost[j]
            V[m] = v_regular(
                P.asc_regular, R.ln_earned[j], ln_y, ln_c[m], F.wait_years[j, country], F.ln_chance[j, country], u, P
            )
        elif j == SMUGGLER or j == OWN:
            own = j == OWN
            p = p_hat if own else min(p_hat + P.smuggler_edge, ONE)
            ln_c[m] = R.ln_price[country, 1 if own else 0, 1 if party == FAMILY_UNIT else 0]
            V[m] = v_irregular(
                P.asc_irregular[country] + (P.asc_own if own else ZERO), p, R.ln_earned[j], ln_y, relatives,
                F.kin_share[d], W.ln_theta[month], u, ln_v, ln_c[m], death_risk(own, P), P,
            )  # fmt: skip
        elif j == TO_MEXICO:
            if not alone:
                continue
            ln_c[m] = R.ln_price_mexico[country]
            V[m] = v_irregular(
                P.asc_irregular_mex, ONE - P.p_mex_irregular, R.ln_earned[j], ln_y, ZERO, ZERO, ZERO, u, ln_v,
                ln_c[m], ZERO, P,
            )  # fmt: skip
        else:
            ln_c[m] = R.ln_cost[INTERNAL]
            V[m] = v_internal(R.city_income[d], R.city_violence[d], L.inside[d, month], P)
        way[m] = j
        m += 1
    for k in range(m):
        nest[k] = G.nest[way[k]]
        K[k] = p_feasible(ln_r, ln_c[k], P)
    return m


@compiled
def keep_one_of_like(h, way, V, K, G):
    """Leave one alternative of two programmes that offer the same job: that of its queue, or that of higher utility."""
    current = h.queue_pathway if h.plan == QUEUED else -1
    for a in range(len(way)):
        own = G.like[way[a]]
        if own != way[a] and K[a] > ZERO:
            for b in range(a):
                if way[b] == own and K[b] > ZERO:
                    new_wins = way[a] == current or (own != current and V[a] > V[b])
                    K[b if new_wins else a] = ZERO


@compiled
def value_of_leaving(h, month, y, relatives, victim, R, W, L, F, G, P):
    """Return the inclusive value of all alternatives to staying, as a single adult sees them."""
    m = value_alternatives(h, month, y, relatives, victim, SINGLE_ADULT, R, W, L, F, G, P)
    keep_one_of_like(h, R.way[:m], R.utility, R.feasible, G)
    return inclusive_value(R.utility[:m], R.feasible[:m], R.nest[:m], G.scale, R.terms, R.sums)


@compiled
def taste(key, number, nest, errors, G):
    """Return the taste for an alternative by its number; that of staying is `STAY`, ways added later come behind it.

    errors: (nests,) errors of the nests that are known already, minus infinity for others; written.
    """
    scale = G.scale[nest]
    if errors[nest] == UNKNOWN:
        errors[nest] = nest_error(key, nest, scale)
    return errors[nest] + alternative_error(key, number, scale)


@compiled
def draw_tastes(key, current, way, nest, K, able, tastes, errors, G):
    """Draw who can pay for which way, and the tastes that matter; return the taste for staying.

    current: the pathway whose queue the household is in, -1 for none. Tastes are those of ways that can be paid for, of
    irregular ones, and of the queue.
    """
    errors[:] = UNKNOWN
    for a in range(len(way)):
        j = way[a]
        own = G.like[j]
        able[a] = K[a] > ZERO and uniform_of(key, FEASIBLE, own) < K[a]
        if able[a] or j == current or SMUGGLER <= j <= TO_MEXICO:
            tastes[a] = taste(key, own if own < STAY else own + 1, nest[a], errors, G)
    return taste(key, STAY, 0, errors, G)


@compiled
def choose(current, staying, way, V, K, able, tastes, G):
    """Return the alternative of highest utility plus taste among the feasible, or len(way) for staying.

    A place in a queue costs nothing to hold: it competes with other queues only, and keeps from leaving otherwise no
    more than the waiting effect w says.
    """
    best, chosen, held = staying, len(way), staying
    for a in range(len(way)):
        if way[a] == current and K[a] > ZERO:
            held = V[a] + tastes[a]
    for a in range(len(way)):
        if able[a] and way[a] != current:
            utility = V[a] + tastes[a]
            if utility > best and (utility > held or not G.is_regular[way[a]]):
                best, chosen = utility, a
    return chosen


@compiled
def barred_ways(chosen, staying, way, V, K, able, tastes):
    """Return a bit for each irregular way wanted more than the chosen one that could not be paid for."""
    best = staying if chosen == len(way) else V[chosen] + tastes[chosen]
    barred = 0
    for a in range(len(way)):
        if SMUGGLER <= way[a] <= TO_MEXICO and K[a] > ZERO and not able[a] and V[a] + tastes[a] > best:
            barred |= 1 << (way[a] - SMUGGLER)
    return barred


@compiled
def decide(h, month, y, relatives, victim, R, W, L, F, G, P, T):
    """Choose a way and take the first step on it."""
    party = best_party(h, month, W, F, P)
    if party < 0:
        if h.plan == PLANNING:
            h.plan = NO_PLAN
        return
    m = value_alternatives(h, month, y, relatives, victim, party, R, W, L, F, G, P)
    way, V, K = R.way[:m], R.utility, R.feasible
    keep_one_of_like(h, way, V, K, G)
    current = h.queue_pathway if h.plan == QUEUED else -1
    staying = draw_tastes(h.key, current, way, R.nest, K, R.able, R.tastes, R.errors, G)
    best = choose(current, staying, way, V, K, R.able, R.tastes, G)
    h.barred = barred_ways(best, staying, way, V, K, R.able, R.tastes)
    stay = len(G.is_regular)
    chosen = stay if best == m else way[best]
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
    bands, alone = bands_home(h), can_leave_alone(h)
    m = -1
    for k in range(R.n_open[h.department]):
        j = R.open_ways[h.department, k]
        if not G.is_regular[j] or L.call[j] == NO_CALL or (L.call[j] == TO_ASPIRANTS and not h.aspiring):
            continue
        if not eligible(h, j, bands, alone, victim, G):
            continue
        T.callable[j, country] += h.weight
        if uniform_of(h.key, INVITE, j) >= F.offer[j, country]:
            continue
        if m < 0:
            R.errors[:] = UNKNOWN
            m = value_alternatives(h, month, y, relatives, victim, SINGLE_ADULT, R, W, L, F, G, P)
            staying = taste(h.key, STAY, 0, R.errors, G)
        own = G.like[j]
        for a in range(m):
            if R.way[a] == j and uniform_of(h.key, FEASIBLE, own) < R.feasible[a]:
                liked = taste(h.key, own if own < STAY else own + 1, R.nest[a], R.errors, G)
                if R.utility[a] - F.ln_chance[j, country] + liked > staying:
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
