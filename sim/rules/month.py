"""One household, one month: the table of contents of the rules, in the order of docs/odd.md.

`live` is what the engine runs over all rows and what `Household.step` runs for one. It reads the month from the
world, the levers and the feedbacks, changes the row and counts what happened.
"""

from __future__ import annotations

from sim.compiling import compiled_inside
from sim.draws import (
    DISASTER,
    DISPLACE,
    VICTIM,
    two_uniforms_of,
    uniform_of,
)
from sim.numerics import ONE, ZERO, compiled, exp32, log32
from sim.rules.count import ASPIRE as ASPIRE_FLOW
from sim.rules.count import DISPLACED_INTERNAL, count, harm
from sim.rules.count import PLAN as PLAN_FLOW
from sim.rules.people import TEENAGER, people_home, women_home
from sim.rules.programmes import (
    cash_received,
    extra_saving,
    find_work,
    firm_gain,
    insured_share,
    interest_factor,
    note_payout,
)
from sim.rules.reintegration import hazard_ratio
from sim.rules.theory import p_plan
from sim.state import (
    CHILD_VICTIM,
    CRIME,
    GENDER_VIOLENCE,
    HIT,
    HOME_KIND,
    NO_PARTY,
    NO_PLAN,
    PLANNING,
    QUEUED,
)
from sim.world.demography import happen

MONTHS = 12


@compiled
def age(h, month, event, chance, W):
    """Let an event that was found happen: a birth, a death, growing older or leaving home."""
    country = W.country[h.department]
    leave = W.leave_home[country, month]
    happen(event, chance, h.adults, h.children, W.ageing[month, country], leave, W.older)


@compiled
def earn_more(h, month, W, L, P, T):
    """Take part in programmes of work and insurance; return ln of what a formalised firm earns more."""
    find_work(h, month, W, L, P, T)
    gain = firm_gain(h, month, W, L, T)
    h.insured = insured_share(h, month, W, L, T)
    return gain


@compiled
def get_more(h, month, y, ln_y, remittance, W, L, P, T):
    """Take part in programmes of money; return y and ln y with cash, the part saved beyond the usual, the interest."""
    if h.insured > ZERO:
        note_payout(y, h, month, W, P, T)
    h.cash = cash_received(h, month, W, L, T)
    y += h.cash
    ln_y = log32(exp32(ln_y) + h.cash) if h.cash > ZERO else ln_y
    gain = extra_saving(h, month, remittance, W, L, T)
    return y, ln_y, gain, interest_factor(h, month, W, L, T)


@compiled
def wish(h, wishes, W, T):
    """Begin or cease to wish to leave; who no longer does has no plan."""
    if wishes and not h.aspiring:
        count(ASPIRE_FLOW, HOME_KIND, NO_PARTY, 1, h, W, T)
    h.aspiring = wishes
    if not wishes and h.plan == PLANNING:
        h.plan = NO_PLAN


@compiled
def lay_out_acting(R, month, W, P):
    """Lay out, by country, the chance that a household with a plan decides: by season, and less where borders close."""
    for country in range(len(R.acting)):
        open_road = ONE - P.closure_departure * max(W.closure[country, month], W.mex_closure[month])
        R.acting[country] = P.pi_2 * W.season[month] * open_road


@compiled
def decides(h, month, country, go, stop, R, L, P):
    """Return whether a household with a plan decides this month; it may give the plan up instead."""
    queued = h.plan == QUEUED
    again = hazard_ratio(h.helped, month - h.returned_month, L.help_months[month], P)
    if go < R.acting[country] * again * (ONE - P.w if queued else ONE):
        return True
    if not queued and stop < P.pi_3:
        h.plan = NO_PLAN
    return False


@compiled_inside
def chance_to_plan(value, month, P):
    """Return the chance that who looks into leaving begins to plan: the likelier, the more leaving is worth."""
    chance = p_plan(value, P)
    in_stock = P.pi_1 * chance / (P.pi_1 * chance + P.pi_2 + P.pi_3)  # the stock that such a chance keeps up
    return in_stock if month == 0 else chance


@compiled
def begin_to_plan(h, month, W, T):
    """Begin to plan."""
    h.plan = PLANNING
    h.plan_month = month
    count(PLAN_FLOW, HOME_KIND, NO_PARTY, 1, h, W, T)


@compiled
def suffer(h, month, W, P, T):
    """Be a victim of crime or gender-based violence, or a child be one; be hit by a disaster; be displaced; settle."""
    d = h.department
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
def stand(T, d, stock, people, weight):
    """Add one household to a stock, if any of its people are in it."""
    if people > 0:
        T.stock_people[d, stock] += people * weight
        T.stock_households[d, stock] += weight
