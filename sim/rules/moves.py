"""Leaving and coming back: how a decision, an offer or a return changes the household.

Each function changes the row and counts what happened. Parties: 0 single adult, 1 family unit,
2 unaccompanied child.
"""

from __future__ import annotations

import numpy as np

from sim.codes import FAMILY_UNIT, SINGLE_ADULT, UNACCOMPANIED_CHILD
from sim.draws import FINANCE, LEAVE_WHOLE, MEMBER, MOVER, REINTEGRATE, RETURN, uniform_of
from sim.households import IRREGULAR, TEMPORARY
from sim.numerics import ONE, ZERO, compiled
from sim.rules.choice import funding_source
from sim.rules.count import (
    ADMIT,
    ARRIVE_IRREGULAR,
    ARRIVE_REGULAR,
    DEATH,
    DEPART_IRREGULAR,
    DETER,
    ENCOUNTER_MX,
    ENCOUNTER_US,
    EXPELLED,
    MOVE_INTERNAL,
    OFFER,
    RELEASE,
    REMIGRATE,
    REMOVED,
    cell,
    count,
    pay,
    restock_queue,
)  # fmt: skip
from sim.rules.journey import (
    ARRIVED,
    DIED,
    GAVE_UP,
    RELEASED,
    STOPPED_IN_MEXICO,
    death_risk,
    p_stopped_in_mexico,
    travel,
)
from sim.rules.journey import REMOVED as END_REMOVED
from sim.rules.people import (
    FIRST_MAN,
    N_BANDS,
    TEENAGER,
    adults_home,
    children_home,
    has_kin_abroad,
    mover,
    people_home,
    targeted,
)
from sim.rules.reintegration import AS_TODAY, BY_POLICY, replan_chance
from sim.state import (
    FIRST_PATHWAY_KIND,
    HOME_KIND,
    MEX_KIND,
    NEVER,
    NO_PARTY,
    NO_PLAN,
    PATHWAY_COSTS,
    PLANNING,
    REINTEGRATION,
    RETURNED,
    RETURNED_FREELY,
    RETURNED_REMOVED,
    S_AWAY_REGULAR,
    SMUGGLERS,
    USA_KIND,
)  # fmt: skip

N_STATUSES = 3
MOST = 255
"""What a column of counts can hold."""


@compiled
def party_size(h, party, P):
    """Return (adults, children) who travel; a family unit that leaves whole, or has one adult, takes everybody."""
    if party != FAMILY_UNIT:
        return (0, 1) if party == UNACCOMPANIED_CHILD else (1, 0)
    n_adults, n_children = adults_home(h.adults), children_home(h.children)
    if n_adults == 1 or uniform_of(h.key, LEAVE_WHOLE) < P.p_whole:
        return n_adults, n_children
    adults = 2 if n_adults > 2 and uniform_of(h.key, MEMBER, 0) < P.p_second_adult else 1
    children = 1
    while children < n_children and uniform_of(h.key, MEMBER, children) < P.p_more_children:
        children += 1
    return adults, children


@compiled
def take(h, party, adults, children, P):
    """Take the movers out of the household, by sex and age band; return how many were found."""
    found = 0
    for k in range(adults):
        cell = mover(h.adults, uniform_of(h.key, MOVER, k), P.male_single if party == SINGLE_ADULT else ONE / 2)
        if cell < 0:
            for other in range(2 * N_BANDS):
                if h.adults[other] > 0:
                    cell = other
        if cell >= 0:
            h.adults[cell] -= 1
            found += 1
    for _ in range(children):
        for turn in range(TEENAGER + 1):
            band = TEENAGER - turn if party == UNACCOMPANIED_CHILD else turn
            if h.children[band] > 0:
                h.children[band] -= 1
                found += 1
                break
    return found


@compiled
def remember(h):
    """Keep who is at home before a journey, for those who come back from it at once."""
    for k in range(2 * N_BANDS):
        h.adults_before[k] = h.adults[k]
    for k in range(TEENAGER + 1):
        h.children_before[k] = h.children[k]


@compiled
def back_as_before(h):
    """Undo a departure of this month: the same people are at home again."""
    for k in range(2 * N_BANDS):
        h.adults[k] = h.adults_before[k]
    for k in range(TEENAGER + 1):
        h.children[k] = h.children_before[k]


@compiled
def put_back(h, party, people, P):
    """Put people back who were away for longer: a family's first is an adult and the rest children of 5-11."""
    for k in range(people):
        if party == UNACCOMPANIED_CHILD:
            h.children[TEENAGER] = min(h.children[TEENAGER] + 1, MOST)
        elif party == FAMILY_UNIT and k > 0:
            h.children[1] = min(h.children[1] + 1, MOST)
        else:
            man = uniform_of(h.key, RETURN, k + 1) < (P.male_single if party == SINGLE_ADULT else ONE / 2)
            h.adults[FIRST_MAN if man else 0] += 1


@compiled
def come_home(h, month, how, removed_by_force, p_det, people, W, L, P, T):
    """Mark a return: help by coverage, package and debt relief, and perhaps the next plan at once."""
    country = W.country[h.department]
    h.returned_month = month
    h.returned_how = how
    h.helped = 0
    more = L.help_more[h.department, month]
    in_group = more > ZERO and targeted(L.who[RETURNED], h, has_kin_abroad(h))
    coverage = max(L.coverage[country, month], more) if in_group else L.coverage[country, month]
    if uniform_of(h.key, REINTEGRATE) < coverage:
        h.helped = BY_POLICY if in_group else AS_TODAY
        package = L.package[month] if in_group else P.package
        T.served[country, RETURNED] += people * h.weight
        h.savings += package * P.cash_share * people
        relief = (L.debt_relief[month] if in_group else P.debt_relief) * h.debt
        h.debt -= relief
        pay(REINTEGRATION, package * people + relief, h, W, T)
    again = replan_chance(p_det, country, P)
    if removed_by_force and h.plan == NO_PLAN and uniform_of(h.key, REINTEGRATE, 1) < again:
        h.aspiring = 1
        h.plan = PLANNING
        h.plan_month = month


@compiled
def gives_up(p_det, month, L):
    """Return the chance not to try again, raised by what follows an apprehension."""
    return min(p_det + L.sanction[month], ONE)


@compiled
def note_way(h, pathway, people):
    """Note who left which way this month: what the paired ledger compares."""
    h.went = 1 + pathway
    h.went_people = min(people, MOST)


@compiled
def spend(h, cost, relatives, P):
    """Pay from savings first, then kin, then a loan; return the source 0, 1, 2 that made it possible."""
    source = funding_source(h.savings, relatives, cost, P)
    own = min(h.savings, cost)
    h.savings -= own
    if source == 2:
        h.debt += max(cost - own - P.ell * relatives, np.float32(0))
    return source


@compiled
def note_departure(h, month, kind, party, people, W, P, T):
    """Count a departure after a recent return, and clear the plan."""
    if month - h.returned_month <= P.remigration_months:
        count(REMIGRATE, kind, party, people, h, W, T)
    h.returned_month = NEVER
    h.helped = 0
    h.plan = NO_PLAN
    h.queue_pathway = -1


@compiled
def depart_irregular(h, month, pathway, own, party, relatives, price, W, L, P, T):
    """Leave for the United States without papers; the journey ends within the month."""
    d = h.department
    country = W.country[d]
    kind = FIRST_PATHWAY_KIND + pathway
    remember(h)
    adults, children = party_size(h, party, P)
    people = take(h, party, adults, children, P)
    count(DEPART_IRREGULAR, kind, party, people, h, W, T)
    note_way(h, pathway, people)
    note_departure(h, month, kind, party, people, W, P, T)
    p_mexico = p_stopped_in_mexico(W.p_mexico[country, month], own, P)
    expelled = W.expelled[country, party, month]
    p_det = gives_up(P.p_det_expelled if expelled > W.released[country, party, month] else P.p_det, month, L)
    end, apprehensions, expulsions = travel(
        h.key, death_risk(own, P), p_mexico, W.apprehended[party, month],
        W.released[country, party, month], expelled, p_det, P,
    )  # fmt: skip
    cost = price * (P.cost_own_ratio if own else ONE) * (P.family_cost if party == FAMILY_UNIT else ONE)
    success = end == ARRIVED or end == RELEASED
    paid = cost if success or own else cost * P.paid_before
    source = spend(h, paid, relatives, P)
    if not own:
        pay(SMUGGLERS, paid, h, W, T)
        T.funds[country, source] += people * h.weight
    T.tried[d, party, 0] += h.weight
    if apprehensions > 0:
        count(ENCOUNTER_US, kind, party, people * apprehensions, h, W, T)
    if expulsions > 0:
        count(EXPELLED, kind, party, people * expulsions, h, W, T)
    if success:
        T.tried[d, party, 1] += h.weight
        if end == RELEASED:
            count(RELEASE, kind, party, people, h, W, T)
        count(ARRIVE_IRREGULAR, kind, party, people, h, W, T)
        h.away[IRREGULAR] = min(h.away[IRREGULAR] + people, MOST)
        h.left_month = month
    elif end == DIED:
        count(DEATH, kind, party, 1, h, W, T)
        if people > 1:
            count(DETER, kind, party, people - 1, h, W, T)
            back_as_before(h)
            take(h, party, 1 if party != UNACCOMPANIED_CHILD else 0, 1 if party == UNACCOMPANIED_CHILD else 0, P)
            come_home(h, month, RETURNED_FREELY, False, p_det, people - 1, W, L, P, T)
    elif end == STOPPED_IN_MEXICO:
        count(ENCOUNTER_MX, kind, party, people, h, W, T)
        count(REMOVED, MEX_KIND, party, people, h, W, T)
        back_as_before(h)
        come_home(h, month, RETURNED_REMOVED, True, gives_up(P.p_det, month, L), people, W, L, P, T)
    elif end == END_REMOVED:
        if h.held == 0 and P.removal_lag_months > 0:
            h.held = min(people, MOST)
            h.held_party = party
            h.held_until = month + P.removal_lag_months
        else:
            removed_home(h, month, party, people, W, L, P, T)
    elif end == GAVE_UP:
        count(DETER, kind, party, people, h, W, T)
        back_as_before(h)
        come_home(h, month, RETURNED_FREELY, False, p_det, people, W, L, P, T)


@compiled
def removed_home(h, month, party, people, W, L, P, T):
    """Come home removed by the United States."""
    count(REMOVED, USA_KIND, party, people, h, W, T)
    put_back(h, party, people, P)
    come_home(h, month, RETURNED_REMOVED, True, gives_up(P.p_det, month, L), people, W, L, P, T)


@compiled
def depart_to_mexico(h, month, pathway, relatives, price, W, L, P, T):
    """Move to southern Mexico without papers, one adult."""
    kind = FIRST_PATHWAY_KIND + pathway
    remember(h)
    people = take(h, SINGLE_ADULT, 1, 0, P)
    count(DEPART_IRREGULAR, kind, SINGLE_ADULT, people, h, W, T)
    note_way(h, pathway, people)
    note_departure(h, month, kind, SINGLE_ADULT, people, W, P, T)
    spend(h, price * P.cost_mex_ratio, relatives, P)
    if uniform_of(h.key, FINANCE) < P.p_mex_irregular:
        count(ENCOUNTER_MX, kind, SINGLE_ADULT, people, h, W, T)
        count(REMOVED, MEX_KIND, SINGLE_ADULT, people, h, W, T)
        back_as_before(h)
        come_home(h, month, RETURNED_REMOVED, True, gives_up(P.p_det, month, L), people, W, L, P, T)
        return
    count(ARRIVE_IRREGULAR, kind, SINGLE_ADULT, people, h, W, T)
    h.away[N_STATUSES + IRREGULAR] = min(h.away[N_STATUSES + IRREGULAR] + people, MOST)
    h.left_month = month


@compiled
def move_inside(h, pathway, W, P, T):
    """Move the whole household to the main city of its country, by choice."""
    people = people_home(h)
    note_way(h, pathway, people)
    count(MOVE_INTERNAL, HOME_KIND, NO_PARTY, people, h, W, T)
    h.savings -= min(h.savings, P.cost_internal)
    h.department = W.main_city[h.department]
    h.rural = 0
    h.plan = NO_PLAN
    h.displaced = 0


@compiled
def take_up_offer(h, month, W, G, P, T):
    """Use a place: pay, leave and arrive. The household is able to, or it would have left the queue."""
    pathway = h.queue_pathway
    kind = FIRST_PATHWAY_KIND + pathway
    party = h.queue_party
    destination = G.destination[pathway]
    people = h.queue_people
    count(OFFER, kind, party, people, h, W, T)
    count(ADMIT, kind, party, people, h, W, T)
    count(ARRIVE_REGULAR, kind, party, people, h, W, T)
    note_way(h, pathway, people)
    take(h, party, 1, people - 1, P)
    restock_queue(h, T)
    T.stock_people[h.department, S_AWAY_REGULAR] += people * h.weight
    if h.away[0] + h.away[1] + h.away[3] + h.away[4] + h.away[6] + h.away[7] == 0:
        T.stock_households[h.department, S_AWAY_REGULAR] += h.weight
    T.alive[cell(h, W), 1] -= people * h.weight
    note_departure(h, month, kind, party, people, W, P, T)
    spend(h, G.cost[pathway], h.kin[destination], P)
    pay(PATHWAY_COSTS, G.cost[pathway], h, W, T)
    place = N_STATUSES * destination + G.status[pathway]
    h.away[place] = min(h.away[place] + people, MOST)
    h.left_month = month
    if G.status[pathway] == TEMPORARY and G.contract[pathway] > 0:
        h.permit_pathway = pathway
        h.permit_end = month + G.contract[pathway]
