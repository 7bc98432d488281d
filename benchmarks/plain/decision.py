"""The decision of a planner: what each way is worth and whether it can be paid for, the choice, and the first step."""

from __future__ import annotations

from math import exp, log, pi, sin
from typing import TYPE_CHECKING

from benchmarks.plain.draws import gumbel, two_uniforms, uniform
from benchmarks.plain.journeys import (
    depart_irregular,
    depart_to_mexico,
    leave_stock_of_queue,
    move_inside,
    party_size,
)
from sim import draws
from sim.codes import AGRICULTURE, FAMILY_UNIT, PATHWAYS, SINGLE_ADULT, UNACCOMPANIED_CHILD
from sim.households import RESIDENT
from sim.programmes import NEEDS_EXPOSURE, NEEDS_FARM, NEEDS_KIN
from sim.rules.count import APPLY, REFUSE, WITHDRAW
from sim.state import FIRST_PATHWAY_KIND, NO_PLAN, PLANNING, QUEUED, S_PLANNING

if TYPE_CHECKING:
    from benchmarks.plain.household import Household

MONTHS, MAN, N_BANDS, TEENAGER, ELDEST = 12, 4, 4, 2, 3
SMUGGLER, OWN, TO_MEXICO, INTERNAL = (
    PATHWAYS.index(name) for name in ("irregular_usa_smuggler", "irregular_usa_own", "irregular_mex", "internal")
)
STAY = len(PATHWAYS)
"""Number of staying among the alternatives of a taste; ways that a scenario adds come behind it."""
USA, MEXICO = 0, 1
NOTHING_FEASIBLE = -60.0
Room = tuple[list[float], list[float]]
"""Of each way, the utility over staying and the chance that it can be paid for, 0 where it is not open."""


def logistic(x: float) -> float:
    """Return 1 / (1 + e^-x)."""
    return 1 / (1 + exp(-x))


def can_leave_alone(h: Household) -> bool:
    """Return whether one adult can go without leaving children alone."""
    n_adults = sum(h.adults)
    return n_adults > 1 or (n_adults == 1 and sum(h.children) == 0)


def best_party(h: Household, month: int) -> int:
    """Return the party type of highest utility plus taste, -1 if nobody can go."""
    p, d = h.model.parameters, h.department
    p_hat, country = h.model.feedback.p_hat[d], h.country
    constant = {}
    if can_leave_alone(h):
        constant[SINGLE_ADULT] = 0.0
    if sum(h.adults) > 0 and sum(h.children) > 0:
        constant[FAMILY_UNIT] = p.asc_family[country]
    if h.children[TEENAGER] > 0:
        recent = month - h.child_victim_month < MONTHS
        violence = p.b_child_violence * h.model.world.ln_v[d][month]
        constant[UNACCOMPANIED_CHILD] = p.asc_child[country] + violence + (p.b_child_victim if recent else 0)
    utility = {k: c + p.b_release * p_hat[k] + gumbel(h.key, draws.PARTY, k) for k, c in constant.items()}
    return max(utility, key=utility.__getitem__, default=-1)


def eligible(h: Household, j: int, victim: bool) -> bool:
    """Return whether the household may apply to programme j."""
    ways, needs, to = h.model.ways, h.model.ways.needs[j], h.model.ways.destination[j]
    return bool(
        h.model.feedback.is_open[j][h.country]
        and ways.reach[j][h.department]
        and any(ways.bands[j] >> band & 1 and h.adults[band] + h.adults[MAN + band] > 0 for band in range(N_BANDS))
        and (ways.family[j] or can_leave_alone(h))
        and (not needs & NEEDS_KIN or h.kin[to] + h.away[3 * to + RESIDENT] > 0)
        and (not needs & NEEDS_EXPOSURE or victim)
        and (not needs & NEEDS_FARM or h.livelihood == AGRICULTURE)
        and (ways.contract[j] == 0 or h.permit_pathway < 0)
    )


def alternatives(h: Household, month: int, y: float, relatives: int, victim: bool, party: int) -> Room:
    """Return the utility over staying of every way, and the chance that it can be paid for."""
    model, d, country = h.model, h.department, h.country
    world, ways, feedback, p = model.world, model.ways, model.feedback, model.parameters
    ln_v = world.ln_v[d][month]
    workers = sum(h.adults) - h.adults[ELDEST] - h.adults[MAN + ELDEST]
    ln_y = log(y / max(workers, 1))
    ln_r = log(max(h.savings + p.ell * relatives + p.cr * 12 * y - h.debt, 1.0))
    utility, payable = [0.0] * len(ways.cost), [0.0] * len(ways.cost)

    def set_way(j: int, value: float, cost: float) -> None:
        utility[j] = value
        payable[j] = logistic((ln_r - log(cost)) / p.zeta)

    def gain(success: float, ln_wage: float) -> float:
        return p.b_w * (success * ln_wage + (1 - success) * (p.ln_loss + ln_y) - ln_y)

    price = feedback.price[country]
    from_own = p.sigma_u * h.propensity + p.b_v2 * ln_v
    network = p.b_N * log(1 + relatives + p.mu * feedback.kin_share[d]) + p.b_th * world.ln_theta[month]
    ln_wage = log(world.wage[USA][month])
    family = p.family_cost if party == FAMILY_UNIT else 1
    for j in (SMUGGLER, OWN):
        own = j == OWN
        cost = price * (p.cost_own_ratio if own else 1) * family
        success = feedback.p_hat[d][party] if own else min(feedback.p_hat[d][party] + p.smuggler_edge, 1)
        value = p.asc_irregular[country] + (p.asc_own if own else 0) + gain(success, ln_wage) + network + from_own
        set_way(j, value - p.b_c * log(cost) - p.b_d * p.p_death * (p.own_death if own else 1), cost)
    if can_leave_alone(h):
        cost = price * p.cost_mex_ratio
        value = p.asc_irregular_mex + gain(1 - p.p_mex_irregular, log(world.wage[MEXICO][month])) + from_own
        set_way(TO_MEXICO, value - p.b_c * log(cost), cost)
    city = world.main_city[d]
    if city != d:
        gap = log(p.city_premium) + world.ln_local[city][month] - world.ln_local[d][month]
        value = p.asc_internal + p.b_wi * gap - p.b_vi * (world.ln_v[city][month] - ln_v)
        set_way(INTERNAL, value + model.levers.inside[d][month], p.cost_internal)
    for j, regular in enumerate(ways.is_regular):
        if regular and eligible(h, j, victim):
            cost = max(ways.cost[j], 1.0)
            ln_earnings = log(world.wage[ways.destination[j]][month] * ways.earnings[j])
            value = p.asc_regular + p.b_w * (ln_earnings - ln_y) - p.b_c * log(cost) + p.sigma_u * h.propensity
            set_way(j, value - p.b_q * feedback.wait_years[j][country] + feedback.ln_chance[j][country], cost)
    keep_one_of_like(h, utility, payable)
    return utility, payable


def keep_one_of_like(h: Household, utility: list[float], payable: list[float]) -> None:
    """Leave one of two programmes that offer the same job: that of the household's queue, or the better one."""
    current = h.queue_pathway if h.plan == QUEUED else -1
    for j, own in enumerate(h.model.ways.like):
        if own != j and payable[j] > 0 and payable[own] > 0:
            new_wins = j == current or (own != current and utility[j] > utility[own])
            payable[own if new_wins else j] = 0.0


def value_of_leaving(h: Household, month: int, y: float, relatives: int, victim: bool) -> float:
    """Return the inclusive value of all alternatives to staying, as a single adult sees them."""
    utility, payable = alternatives(h, month, y, relatives, victim, SINGLE_ADULT)
    nest, scale = h.model.ways.nest, h.model.ways.scale
    sums = [0.0] * len(scale)
    for j, chance in enumerate(payable):
        if chance > 0:
            sums[nest[j]] += chance * exp(utility[j] / scale[nest[j]])
    total = sum(of**s for of, s in zip(sums, scale, strict=True) if of > 0)
    return log(total) if total > 0 else NOTHING_FEASIBLE


def nest_error(key: int, nest: int, index: float) -> float:
    """Return lambda ln Z of a nest: Z positive stable of that index, drawn from two uniforms (Kanter 1975)."""
    if index >= 1:
        return 0.0
    u, v = two_uniforms(key, draws.CHOICE_NEST, nest)
    rest = 1 - index
    ln_z = log(sin(pi * index * u)) - log(sin(pi * u)) / index
    ln_z += rest / index * (log(sin(pi * rest * u)) - log(-log(v)))
    return index * ln_z


def taste(h: Household, j: int) -> float:
    """Return the taste for way j; ways that a scenario adds are numbered behind staying."""
    nest, own = h.model.ways.nest[j], h.model.ways.like[j]
    scale = h.model.ways.scale[nest]
    alternative = own if own < STAY else own + 1
    return nest_error(h.key, nest, scale) + scale * gumbel(h.key, draws.CHOICE_ALTERNATIVE, alternative)


def taste_of_staying(h: Household) -> float:
    """Return the taste for staying."""
    scale = h.model.ways.scale[0]
    return nest_error(h.key, 0, scale) + scale * gumbel(h.key, draws.CHOICE_ALTERNATIVE, STAY)


def choose(h: Household, current: int, utility: list[float], payable: list[float]) -> tuple[int, float]:
    """Return the feasible way of highest utility plus taste, -1 for staying, and that sum.

    current: the pathway whose queue the household is in, -1 for none. It keeps from joining other queues only.
    """
    ways = h.model.ways
    best, chosen = taste_of_staying(h), -1
    held = utility[current] + taste(h, current) if current >= 0 and payable[current] > 0 else best
    for j, chance in enumerate(payable):
        if chance > 0 and j != current and uniform(h.key, draws.FEASIBLE, ways.like[j]) < chance:
            value = utility[j] + taste(h, j)
            if value > best and (value > held or not ways.is_regular[j]):
                best, chosen = value, j
    return chosen, best


def barred_ways(h: Household, best: float, utility: list[float], payable: list[float]) -> int:
    """Return a bit for each irregular way wanted more than the chosen one that could not be paid for."""
    barred = 0
    for j in (SMUGGLER, OWN, TO_MEXICO):
        if payable[j] > 0 and uniform(h.key, draws.FEASIBLE, j) >= payable[j] and utility[j] + taste(h, j) > best:
            barred |= 1 << (j - SMUGGLER)
    return barred


def is_kept(h: Household, month: int) -> bool:
    """Return whether protection of children keeps the child at home that would have been sent alone."""
    kept = h.model.levers.child_care[h.department][month]
    return kept > 0 and uniform(h.key, draws.PARTY, UNACCOMPANIED_CHILD + 1) < kept


def decide(h: Household, month: int, y: float, relatives: int, victim: bool) -> None:
    """Choose a way and take the first step on it."""
    party = best_party(h, month)
    if party < 0:
        if h.plan == PLANNING:
            h.plan = NO_PLAN
        return
    utility, payable = alternatives(h, month, y, relatives, victim, party)
    current = h.queue_pathway if h.plan == QUEUED else -1
    chosen, best = choose(h, current, utility, payable)
    h.barred = barred_ways(h, best, utility, payable)
    if party == UNACCOMPANIED_CHILD and chosen in (SMUGGLER, OWN) and is_kept(h, month):
        h.plan = NO_PLAN if current < 0 else QUEUED
        return
    if current >= 0:
        if chosen < 0:
            return
        leave_queue(h, month)
    if chosen < 0:
        h.plan = NO_PLAN
    elif chosen in (SMUGGLER, OWN):
        depart_irregular(h, month, chosen, chosen == OWN, party, relatives)
    elif chosen == TO_MEXICO:
        depart_to_mexico(h, month, chosen, relatives)
    elif chosen == INTERNAL:
        move_inside(h, chosen)
    else:
        join_queue(h, month, chosen, invited=0)


def join_queue(h: Household, month: int, pathway: int, invited: int) -> None:
    """Apply to a regular pathway: one adult, with children where the programme takes families."""
    children = 0
    if h.model.ways.family[pathway] and sum(h.children) > 0:
        _, children = party_size(h, FAMILY_UNIT)
    h.plan = QUEUED
    h.queue_pathway = pathway
    h.plan_month = month
    h.invited = invited
    h.queue_people = 1 + children
    h.queue_party = FAMILY_UNIT if children > 0 else SINGLE_ADULT
    h.model.counts.count(APPLY, FIRST_PATHWAY_KIND + pathway, h.queue_party, h.queue_people, h)


def still_able(h: Household) -> bool:
    """Return whether those who applied are still at home, and nobody would leave children alone."""
    left, n_adults = sum(h.children) - (h.queue_people - 1), sum(h.adults)
    workers = n_adults - h.adults[ELDEST] - h.adults[MAN + ELDEST]
    return workers > 0 and (left == 0 or (left > 0 and n_adults > 1))


def leave_queue(h: Household, month: int) -> None:
    """Withdraw an application before the month's selection."""
    if h.plan_month < month:  # whoever applied this month is not in the books yet
        h.model.counts.queued[h.queue_pathway][h.country] += h.queue_people * h.weight
    give_up_place(h)


def give_up_place(h: Household) -> None:
    """Count a withdrawal and drop the plan."""
    h.model.counts.count(WITHDRAW, FIRST_PATHWAY_KIND + h.queue_pathway, h.queue_party, h.queue_people, h)
    h.plan = NO_PLAN
    h.queue_pathway = -1


def refuse(h: Household) -> None:
    """Lose a lottery: back to the plan, if the wish is still there."""
    h.model.counts.count(REFUSE, FIRST_PATHWAY_KIND + h.queue_pathway, h.queue_party, h.queue_people, h)
    leave_stock_of_queue(h)
    h.plan = NO_PLAN
    h.queue_pathway = -1
    if h.aspiring:
        h.plan = PLANNING
        h.model.counts.stand(h.department, S_PLANNING, 1, h.weight)
