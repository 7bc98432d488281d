"""Leaving and coming back: what a decision, a place or a return changes in the household."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.plain.draws import uniform
from sim import draws
from sim.codes import FAMILY_UNIT, SINGLE_ADULT, UNACCOMPANIED_CHILD
from sim.households import IRREGULAR, TEMPORARY
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
)  # fmt: skip
from sim.rules.journey import ARRIVED, DIED, GAVE_UP, RELEASED, STOPPED_IN_MEXICO
from sim.rules.journey import REMOVED as END_REMOVED
from sim.rules.reintegration import AS_TODAY
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
    S_PLANNING,
    S_QUEUE,
    SMUGGLERS,
    USA_KIND,
)  # fmt: skip

if TYPE_CHECKING:
    from benchmarks.plain.household import Household

MAN, TEENAGER = 4, 2
MOVING_BANDS = 3


def party_size(h: Household, party: int) -> tuple[int, int]:
    """Return (adults, children) who travel; a family that leaves whole, or has one adult, takes everybody."""
    if party == SINGLE_ADULT:
        return 1, 0
    if party == UNACCOMPANIED_CHILD:
        return 0, 1
    p, n_adults, n_children = h.model.parameters, sum(h.adults), sum(h.children)
    if n_adults == 1 or uniform(h.key, draws.LEAVE_WHOLE) < p.p_whole:
        return n_adults, n_children
    adults = 2 if n_adults > 2 and uniform(h.key, draws.MEMBER, 0) < p.p_second_adult else 1
    children = 1
    while children < n_children and uniform(h.key, draws.MEMBER, children) < p.p_more_children:
        children += 1
    return adults, children


def mover(adults: list[int], man_first: bool) -> int:
    """Return the column of the adult who moves: the drawn sex first, the youngest first, the old if nobody else."""
    for first in (MAN, 0) if man_first else (0, MAN):
        for column in range(first, first + MOVING_BANDS):
            if adults[column] > 0:
                return column
    return max((column for column in range(len(adults)) if adults[column] > 0), default=-1)


def take(h: Household, party: int, adults: int, children: int) -> int:
    """Take the movers out of the household, by sex and age band; return how many were found."""
    male = h.model.parameters.male_single if party == SINGLE_ADULT else 0.5
    found = 0
    for k in range(adults):
        column = mover(h.adults, uniform(h.key, draws.MOVER, k) < male)
        if column >= 0:
            h.adults[column] -= 1
            found += 1
    bands = (TEENAGER, 1, 0) if party == UNACCOMPANIED_CHILD else (0, 1, TEENAGER)
    for _ in range(children):
        band = next((band for band in bands if h.children[band] > 0), -1)
        if band >= 0:
            h.children[band] -= 1
            found += 1
    return found


def put_back(h: Household, party: int, people: int) -> None:
    """Put people back who were away for longer: a family's first is an adult and the rest children of 5-11."""
    male = h.model.parameters.male_single if party == SINGLE_ADULT else 0.5
    for k in range(people):
        if party == UNACCOMPANIED_CHILD:
            h.children[TEENAGER] += 1
        elif party == FAMILY_UNIT and k > 0:
            h.children[1] += 1
        else:
            h.adults[MAN if uniform(h.key, draws.RETURN, k + 1) < male else 0] += 1


def come_home(h: Household, month: int, how: int, by_force: bool, p_det: float, people: int) -> None:
    """Mark a return: help by coverage, package and debt relief, and perhaps the next plan at once."""
    model, country = h.model, h.country
    p = model.parameters
    h.returned_month = month
    h.returned_how = how
    h.helped = 0
    if uniform(h.key, draws.REINTEGRATE) < model.levers.coverage[country][month]:
        h.helped = AS_TODAY
        model.counts.served[country][RETURNED] += people * h.weight
        h.savings += p.package * p.cash_share * people
        relief = p.debt_relief * h.debt
        h.debt -= relief
        model.counts.pay(REINTEGRATION, p.package * people + relief, h)
    if by_force and h.plan == NO_PLAN and uniform(h.key, draws.REINTEGRATE, 1) < (1 - p_det) * p.replan[country]:
        h.aspiring = 1
        h.plan = PLANNING
        h.plan_month = month


def removed_home(h: Household, month: int, party: int, people: int) -> None:
    """Come home removed by the United States."""
    h.model.counts.count(REMOVED, USA_KIND, party, people, h)
    put_back(h, party, people)
    come_home(h, month, RETURNED_REMOVED, True, gives_up(h, h.model.parameters.p_det, month), people)


def gives_up(h: Household, p_det: float, month: int) -> float:
    """Return the chance not to try again, raised by what follows an apprehension."""
    return min(p_det + h.model.levers.sanction[month], 1.0)


def spend(h: Household, cost: float, relatives: int) -> int:
    """Pay from savings first, then kin, then a loan; return the source 0, 1, 2 that made it possible."""
    kin = h.model.parameters.ell * relatives
    own = min(h.savings, cost)
    source = 0 if h.savings >= cost else 1 if h.savings + kin >= cost else 2
    h.savings -= own
    if source == 2:
        h.debt += max(cost - own - kin, 0.0)
    return source


def note_departure(h: Household, month: int, pathway: int, party: int, people: int) -> None:
    """Note who left which way, count a departure after a recent return, and clear the plan."""
    h.went = 1 + pathway
    h.went_people = people
    if month - h.returned_month <= h.model.parameters.remigration_months:
        h.model.counts.count(REMIGRATE, FIRST_PATHWAY_KIND + pathway, party, people, h)
    h.returned_month = NEVER
    h.helped = 0
    h.plan = NO_PLAN
    h.queue_pathway = -1


def travel(h: Household, month: int, own: bool, party: int, p_det: float) -> tuple[int, int, int]:
    """Return (end, apprehensions, expulsions) of a journey to the United States."""
    world, p, key, country = h.model.world, h.model.parameters, h.key, h.country
    apprehensions = expulsions = 0
    if uniform(key, draws.DEATH) < p.p_death * (p.own_death if own else 1):
        return DIED, 0, 0
    if uniform(key, draws.MEXICO) < world.p_mexico[country][month] * (p.own_mexico if own else p.smuggler_mexico):
        return STOPPED_IN_MEXICO, 0, 0
    released, expelled = world.released[country][party][month], world.expelled[country][party][month]
    for attempt in range(p.max_attempts):
        if uniform(key, draws.ATTEMPT, attempt) >= world.apprehended[party][month]:
            return ARRIVED, apprehensions, expulsions
        apprehensions += 1
        fate = uniform(key, draws.OUTCOME, attempt)
        if fate < released:
            return RELEASED, apprehensions, expulsions
        if fate >= released + expelled:
            return END_REMOVED, apprehensions, expulsions
        expulsions += 1
        if uniform(key, draws.DETER, attempt) < p_det:
            break
    return GAVE_UP, apprehensions, expulsions


def depart_irregular(h: Household, month: int, pathway: int, own: bool, party: int, relatives: int) -> None:
    """Leave for the United States without papers; the journey ends within the month."""
    model, d, country = h.model, h.department, h.country
    world, p, counts = model.world, model.parameters, model.counts
    kind = FIRST_PATHWAY_KIND + pathway
    before = h.adults.copy(), h.children.copy()
    people = take(h, party, *party_size(h, party))
    counts.count(DEPART_IRREGULAR, kind, party, people, h)
    note_departure(h, month, pathway, party, people)
    expelling = world.expelled[country][party][month] > world.released[country][party][month]
    p_det = gives_up(h, p.p_det_expelled if expelling else p.p_det, month)
    end, apprehensions, expulsions = travel(h, month, own, party, p_det)
    success = end in (ARRIVED, RELEASED)
    cost = model.feedback.price[country] * (p.family_cost if party == FAMILY_UNIT else 1)
    if own:
        spend(h, cost * p.cost_own_ratio, relatives)
    else:
        paid = cost if success else cost * p.paid_before
        counts.funds[country][spend(h, paid, relatives)] += people * h.weight
        counts.pay(SMUGGLERS, paid, h)
    counts.tried[d][party][0] += h.weight
    if apprehensions > 0:
        counts.count(ENCOUNTER_US, kind, party, people * apprehensions, h)
    if expulsions > 0:
        counts.count(EXPELLED, kind, party, people * expulsions, h)
    if success:
        counts.tried[d][party][1] += h.weight
        if end == RELEASED:
            counts.count(RELEASE, kind, party, people, h)
        counts.count(ARRIVE_IRREGULAR, kind, party, people, h)
        h.away[IRREGULAR] += people
        h.left_month = month
    elif end == DIED:
        counts.count(DEATH, kind, party, 1, h)
        if people > 1:
            counts.count(DETER, kind, party, people - 1, h)
            h.adults, h.children = before
            child = party == UNACCOMPANIED_CHILD
            take(h, party, 0 if child else 1, 1 if child else 0)
            come_home(h, month, RETURNED_FREELY, False, p_det, people - 1)
    elif end == STOPPED_IN_MEXICO:
        stopped_in_mexico(h, month, kind, party, people, before)
    elif end == END_REMOVED:
        if h.held == 0 and p.removal_lag_months > 0:
            h.held, h.held_party, h.held_until = people, party, month + p.removal_lag_months
        else:
            removed_home(h, month, party, people)
    else:
        counts.count(DETER, kind, party, people, h)
        h.adults, h.children = before
        come_home(h, month, RETURNED_FREELY, False, p_det, people)


def stopped_in_mexico(
    h: Household, month: int, kind: int, party: int, people: int, before: tuple[list[int], list[int]]
) -> None:
    """Be removed by Mexico: those who left are at home again."""
    h.model.counts.count(ENCOUNTER_MX, kind, party, people, h)
    h.model.counts.count(REMOVED, MEX_KIND, party, people, h)
    h.adults, h.children = before
    come_home(h, month, RETURNED_REMOVED, True, gives_up(h, h.model.parameters.p_det, month), people)


def depart_to_mexico(h: Household, month: int, pathway: int, relatives: int) -> None:
    """Move to southern Mexico without papers, one adult."""
    p, counts = h.model.parameters, h.model.counts
    kind = FIRST_PATHWAY_KIND + pathway
    before = h.adults.copy(), h.children.copy()
    people = take(h, SINGLE_ADULT, 1, 0)
    counts.count(DEPART_IRREGULAR, kind, SINGLE_ADULT, people, h)
    note_departure(h, month, pathway, SINGLE_ADULT, people)
    spend(h, h.model.feedback.price[h.country] * p.cost_mex_ratio, relatives)
    if uniform(h.key, draws.FINANCE) < p.p_mex_irregular:
        stopped_in_mexico(h, month, kind, SINGLE_ADULT, people, before)
        return
    counts.count(ARRIVE_IRREGULAR, kind, SINGLE_ADULT, people, h)
    h.away[3 + IRREGULAR] += people
    h.left_month = month


def move_inside(h: Household, pathway: int) -> None:
    """Move the whole household to the main city of its country, by choice."""
    people = sum(h.adults) + sum(h.children)
    h.went = 1 + pathway
    h.went_people = people
    h.model.counts.count(MOVE_INTERNAL, HOME_KIND, NO_PARTY, people, h)
    h.savings -= min(h.savings, h.model.parameters.cost_internal)
    h.department = h.model.world.main_city[h.department]
    h.rural = 0
    h.plan = NO_PLAN
    h.displaced = 0
    h.join_group()


def take_up_offer(h: Household, month: int) -> None:
    """Use a place: pay, leave and arrive."""
    ways, counts, pathway, party, people = h.model.ways, h.model.counts, h.queue_pathway, h.queue_party, h.queue_people
    for flow in (OFFER, ADMIT, ARRIVE_REGULAR):
        counts.count(flow, FIRST_PATHWAY_KIND + pathway, party, people, h)
    take(h, party, 1, people - 1)
    leave_stock_of_queue(h)
    counts.stock_people[h.department][S_AWAY_REGULAR] += people * h.weight
    if sum(h.away) == h.away[2] + h.away[5] + h.away[8]:
        counts.stock_households[h.department][S_AWAY_REGULAR] += h.weight
    counts.alive[h.group][1] -= people * h.weight
    note_departure(h, month, pathway, party, people)
    destination, status = ways.destination[pathway], ways.status[pathway]
    spend(h, ways.cost[pathway], h.kin[destination])
    counts.pay(PATHWAY_COSTS, ways.cost[pathway], h)
    h.away[3 * destination + status] += people
    h.left_month = month
    if status == TEMPORARY and ways.contract[pathway] > 0:
        h.permit_pathway = pathway
        h.permit_end = month + ways.contract[pathway]


def leave_stock_of_queue(h: Household) -> None:
    """Take a household out of the stocks of queues and plans: the selection ended both."""
    people, households = h.model.counts.stock_people[h.department], h.model.counts.stock_households[h.department]
    people[S_QUEUE] -= h.queue_people * h.weight
    households[S_QUEUE] -= h.weight
    people[S_PLANNING] -= h.weight
    households[S_PLANNING] -= h.weight
