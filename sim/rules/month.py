"""One household, one month: the table of contents of the rules, in the order of docs/odd.md.

`live` is what the engine runs over all rows and what `Household.step` runs for one. It reads the month from the
world, the levers and the feedbacks, changes the row and counts what happened.
"""

from __future__ import annotations

from sim.codes import AGRICULTURE
from sim.draws import (
    ASPIRE,
    DEPART,
    DISASTER,
    DISPLACE,
    LIVELIHOOD,
    PLAN,
    VICTIM,
    normal_of,
    two_uniforms_of,
    uniform_of,
)
from sim.numerics import ONE, ZERO, compiled, exp32, log32
from sim.rules.aspiration import p_aspire, p_plan
from sim.rules.away_month import live_away
from sim.rules.count import ASPIRE as ASPIRE_FLOW
from sim.rules.count import DISPLACED_INTERNAL, cell, count, harm, to_cents
from sim.rules.count import PLAN as PLAN_FLOW
from sim.rules.decide import answer_call, decide, leave_queue, still_able, value_of_leaving
from sim.rules.livelihood import debt_next, income_at_home, income_log, next_shock, savings_next
from sim.rules.people import TEENAGER, people_home, women_home, workers_home
from sim.rules.programmes import (
    cash_received,
    extra_saving,
    find_work,
    firm_gain,
    insured_share,
    interest_factor,
    note_payout,
)
from sim.rules.reintegration import BY_POLICY, hazard_ratio
from sim.state import (
    CHILD_VICTIM,
    CRIME,
    GENDER_VIOLENCE,
    HIT,
    HOME_KIND,
    INCOME,
    NEVER,
    NO_PARTY,
    NO_PLAN,
    PLANNING,
    QUEUED,
    REMITTANCES,
    RETURNED_REMOVED,
    S_ASPIRING,
    S_AWAY_IRREGULAR,
    S_AWAY_REGULAR,
    S_DISPLACED,
    S_PLANNING,
    S_QUEUE,
    S_RECEIVING,
    S_RETURNED,
)
from sim.world.demography import one_month

MONTHS = 12


@compiled
def live(h, month, W, L, F, G, P, T):
    """Live month `month` in the household h."""
    country = W.country[h.department]
    h.went = 0
    h.went_people = 0
    h.barred = 0
    h.insured = ZERO
    h.cash = ZERO
    one_month(
        h.adults, h.children, W.birth[country, month], W.death[month, country], W.ageing[month, country],
        ZERO if h.first_month == month else W.leave_home[country, month], W.older,
        W.most_turns[country, month], h.key,
    )  # fmt: skip
    at_home = people_home(h) > 0
    ln_y = earn(h, month, W, L, F, P, T) if at_home else h.log_income
    n_away, remittance = live_away(h, month, ln_y - h.log_income, W, L, F, G, P, T)
    h.income = ZERO
    if people_home(h) > 0:
        live_at_home(h, month, ln_y, n_away, remittance, W, L, F, G, P, T)
    else:
        h.aspiring = 0
        if h.plan == PLANNING:
            h.plan = NO_PLAN
    if h.plan == QUEUED and not still_able(h):
        leave_queue(h, month, W, T)
    take_stock(h, month, n_away, remittance, W, T)


@compiled
def earn(h, month, W, L, F, P, T):
    """Be hit or not, and return ln of this month's household income."""
    d = h.department
    country = W.country[d]
    suffer(h, month, d, W, P, T)
    h.shock = next_shock(h.shock, normal_of(h.key, LIVELIHOOD), P)
    farm = ONE if h.livelihood == AGRICULTURE else ZERO
    since_return = month - h.returned_month
    since_disaster = month - h.disaster_month if h.disaster_month > NEVER else -1
    stigma = ZERO
    if since_return < MONTHS and h.returned_how == RETURNED_REMOVED:
        stigma = ONE - (L.help_job[month] if h.helped == BY_POLICY else ZERO)
    ln_local = W.ln_local[d, month] + F.ln_demand[d]
    if L.running[month]:
        find_work(h, month, W, L, P, T)
        ln_local += firm_gain(h, month, W, L, T)
        h.insured = insured_share(h, month, W, L, T)
    return income_log(
        h.log_income, ln_local, farm, W.dryness[d, month], h.insured, W.coffee[country, month],
        since_disaster, h.shock, stigma, P,
    )  # fmt: skip


@compiled
def live_at_home(h, month, ln_y, n_away, remittance, W, L, F, G, P, T):
    """Spend, wish, plan and decide."""
    d = h.department
    country = W.country[d]
    farm = ONE if h.livelihood == AGRICULTURE else ZERO
    since_return = month - h.returned_month
    workers = workers_home(h.adults)
    y = income_at_home(exp32(ln_y), workers, n_away)
    gain, credit = ZERO, ONE
    if L.running[month]:
        if h.insured > ZERO:
            note_payout(y, h, month, W, P, T)
        h.cash = cash_received(h, month, W, L, T)
        y += h.cash
        ln_y = log32(exp32(ln_y) + h.cash) if h.cash > ZERO else ln_y
        gain = extra_saving(h, month, remittance, W, L, T)
        credit = interest_factor(h, month, W, L, T)
    h.savings = savings_next(h.savings, y, remittance, gain, P)
    h.debt = debt_next(h.debt, y, remittance, credit, P)
    h.income = y + remittance

    relatives = h.kin[0] + n_away
    victim = ONE if month - h.victim_month < MONTHS else ZERO
    u, redraw = two_uniforms_of(h.key, ASPIRE)
    if redraw < P.kappa or month == 0:
        young = ONE if h.head_age < 2 else ZERO
        chance = p_aspire(
            country, victim, W.ln_v[d, month], farm, W.dryness[d, month] * (ONE - h.insured),
            W.governance[country, month], ONE if remittance > ZERO else ZERO, relatives, ln_y - h.log_income, young,
            L.hope[d, month], h.propensity, P,
        )  # fmt: skip
        wishes = 1 if u < chance else 0
        if wishes and not h.aspiring:
            count(ASPIRE_FLOW, HOME_KIND, NO_PARTY, 1, h, W, T)
        h.aspiring = wishes
        if not wishes and h.plan == PLANNING:
            h.plan = NO_PLAN

    if F.calling[0] and h.plan < QUEUED:
        answer_call(h, month, y, relatives, victim, W, L, F, G, P, T)
    if h.plan == NO_PLAN:
        if h.aspiring and workers > 0:
            begin, look = two_uniforms_of(h.key, PLAN)
            if look < P.pi_1 or month == 0:
                value = value_of_leaving(h, month, y, relatives, victim, W, L, F, G, P, T)
                chance = p_plan(value, P)
                if month == 0:  # the stock of plans that such a chance keeps up
                    chance = P.pi_1 * chance / (P.pi_1 * chance + P.pi_2 + P.pi_3)
                if begin < chance:
                    h.plan = PLANNING
                    h.plan_month = month
                    count(PLAN_FLOW, HOME_KIND, NO_PARTY, 1, h, W, T)
    elif h.plan == PLANNING or h.plan == QUEUED:
        go, stop = two_uniforms_of(h.key, DEPART)
        queued = h.plan == QUEUED
        open_road = ONE - P.closure_departure * max(W.closure[country, month], W.mex_closure[month])
        again = hazard_ratio(h.helped, since_return, L.help_months[month], P)
        if go < P.pi_2 * W.season[month] * open_road * again * (ONE - P.w if queued else ONE):
            decide(h, month, y, relatives, victim, W, L, F, G, P, T)
        elif not queued and stop < P.pi_3:
            h.plan = NO_PLAN


@compiled
def suffer(h, month, d, W, P, T):
    """Be a victim of crime or gender-based violence, or a child be one; be hit by a disaster; be displaced; settle."""
    people = people_home(h)
    struck, crime = two_uniforms_of(h.key, VICTIM)
    p_displaced = ZERO
    if crime < W.p_victim[d, month]:
        h.victim_month = month
        harm(CRIME, h, W, T)
        p_displaced = P.p_displaced
    woman, child = two_uniforms_of(h.key, VICTIM, 1)
    if woman < W.p_gbv[d, month] and women_home(h.adults) > 0:
        h.victim_month = month
        harm(GENDER_VIOLENCE, h, W, T)
    if child < W.p_child_victim[d, month] and h.children[TEENAGER] > 0:
        h.child_victim_month = month
        harm(CHILD_VICTIM, h, W, T)
    if W.disaster[d, month] > ZERO and struck < W.disaster[d, month]:
        h.disaster_month = month
        harm(HIT, h, W, T)
        p_displaced = max(p_displaced, P.p_displaced_disaster)
    if p_displaced > ZERO and not h.displaced:
        if uniform_of(h.key, DISPLACE) < p_displaced:
            h.displaced = 1
            count(DISPLACED_INTERNAL, HOME_KIND, NO_PARTY, people, h, W, T)
    elif h.displaced and uniform_of(h.key, DISASTER) < P.resettle:
        h.displaced = 0


@compiled
def take_stock(h, month, n_away, remittance, W, T):
    """Count where the household stands at the end of the month."""
    d = h.department
    weight = h.weight
    people = people_home(h)
    for k in range(len(h.kin)):
        kin = h.kin[k]
        if h.first_month > 0:  # who formed later shares the kin of the family it came from
            kin = h.settled if k == 0 else 0
        T.abroad[W.country[d], k] += (kin + h.away[3 * k] + h.away[3 * k + 1] + h.away[3 * k + 2]) * weight
    irregular = h.away[2] + h.away[5] + h.away[8]
    stand(T, d, S_AWAY_REGULAR, n_away - irregular, weight)
    stand(T, d, S_AWAY_IRREGULAR, irregular, weight)
    if people == 0:
        return
    group = cell(h, W)
    T.alive[group, 0] += weight
    T.alive[group, 1] += weight * people
    cents, sent = to_cents(h.income) * weight, to_cents(remittance) * weight
    T.money[group, INCOME] += cents
    T.money[group, REMITTANCES] += sent
    T.money_department[d, INCOME] += cents
    T.money_department[d, REMITTANCES] += sent
    stand(T, d, S_QUEUE, h.queue_people if h.plan == QUEUED else 0, weight)
    stand(T, d, S_RETURNED, 1 if month - h.returned_month < MONTHS else 0, weight)
    stand(T, d, S_DISPLACED, people if h.displaced else 0, weight)
    stand(T, d, S_ASPIRING, h.aspiring, weight)
    stand(T, d, S_PLANNING, 1 if h.plan != NO_PLAN else 0, weight)
    stand(T, d, S_RECEIVING, 1 if remittance > ZERO else 0, weight)
    T.linked[d, 1] += weight
    if h.kin[0] + h.away[0] + h.away[1] + h.away[2] > 0:
        T.linked[d, 0] += weight


@compiled
def stand(T, d, stock, people, weight):
    """Add one household to a stock, if any of its people are in it."""
    if people > 0:
        T.stock_people[d, stock] += people * weight
        T.stock_households[d, stock] += weight
