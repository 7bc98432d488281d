"""A month of the members away: remittances, permits, removals, returns, and becoming kin."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from benchmarks.plain.decision import join_queue
from benchmarks.plain.draws import two_uniforms, uniform
from benchmarks.plain.journeys import come_home, put_back, removed_home
from sim import draws
from sim.codes import SINGLE_ADULT
from sim.households import IRREGULAR, RESIDENT
from sim.rules.count import CONTRACT_END, OVERSTAY, RETURN_VOLUNTARY
from sim.state import FIRST_PATHWAY_KIND, NEVER, NO_PLAN, RETURNED_FREELY, TAX, USA_KIND

if TYPE_CHECKING:
    from benchmarks.plain.household import Household


def live_away(h: Household, month: int, fall: float) -> tuple[int, float]:
    """Live a month abroad; return (members away at its end, US$ that those at home get)."""
    if h.held > 0 and month >= h.held_until:
        removed_home(h, month, h.held_party, h.held)
        h.held = 0
    n = sum(h.away)
    if n > 0:
        if h.permit_pathway >= 0 and month >= h.permit_end:
            end_contract(h, month)
        come_and_go(h, month)
        n = sum(h.away)
    if not any(h.adults) and not any(h.children):
        return n, 0.0
    levers, country = h.model.levers, h.country
    sent = remittances(h, month, n, fall)
    tax = sent * levers.remit_tax[country][month]
    if tax > 0:
        h.model.counts.pay(TAX, tax, h)
    return n, (sent - tax) * levers.remit_kept[country][month]


def remittances(h: Household, month: int, n: int, fall: float) -> float:
    """Return the US$ that members away and kin send this month; fall: ln of income over its permanent level."""
    if (n == 0 or not h.sends) and not h.kin_remits:
        return 0.0
    p, wage = h.model.parameters, h.model.world.wage
    sent = 0.0
    if n > 0 and h.sends:
        years = (month - h.left_month) / 12 if h.left_month > NEVER else p.years_first
        faded = p.share_r * exp(-p.fade * years)
        for k in range(3):
            senders = h.away[3 * k] + h.away[3 * k + 1] + h.away[3 * k + 2]
            if senders > 0:
                sent += (1 + (senders - 1) * p.p_works) * faded * wage[k][month]
    if h.kin_remits:
        place = next((k for k in range(3) if h.kin[k] > 0), 0)
        sent += p.share_kin * wage[place][month]
    return sent * (1 + p.iota * max(0.0, -fall))


def end_contract(h: Household, month: int) -> None:
    """A temporary permit ends: return, come back next season as invited, or overstay."""
    ways, count, pathway = h.model.ways, h.model.counts.count, h.permit_pathway
    kind, place = FIRST_PATHWAY_KIND + pathway, 3 * ways.destination[pathway]
    stays, again = two_uniforms(h.key, draws.CONTRACT)
    h.permit_pathway = -1
    h.permit_end = NEVER
    if h.away[place] == 0:
        return
    h.away[place] -= 1
    if stays < ways.overstay[pathway]:
        h.away[place + IRREGULAR] += 1
        count(OVERSTAY, kind, SINGLE_ADULT, 1, h)
        return
    count(CONTRACT_END, kind, SINGLE_ADULT, 1, h)
    put_back(h, SINGLE_ADULT, 1)
    if again < ways.rotation[pathway] and h.plan == NO_PLAN:
        join_queue(h, month, pathway, invited=1)


def come_and_go(h: Household, month: int) -> None:
    """Voluntary return, removal from inside the United States, and members who become kin."""
    model, away, country = h.model, h.away, h.country
    p = model.parameters
    p_return = p.d_v / 12 * exp(-p.eps_ret * model.feedback.ln_price_ratio[country])
    for k in range(3):
        for status in (RESIDENT, IRREGULAR):
            place = 3 * k + status
            n = away[place]
            if n == 0:
                continue
            leave, settle = two_uniforms(h.key, draws.RETURN, place + 1)
            if leave < 1 - (1 - p_return) ** n:
                away[place] -= 1
                model.counts.count(RETURN_VOLUNTARY, USA_KIND + k, SINGLE_ADULT, 1, h)
                put_back(h, SINGLE_ADULT, 1)
                come_home(h, month, RETURNED_FREELY, False, 1.0, 1)
                n -= 1
            if n > 0 and settle < 1 - (1 - p.settle / 12) ** n:
                away[place] -= 1
                h.kin[k] += 1
                if k == 0:
                    h.settled += 1
                if h.sends:
                    h.kin_remits = 1
                n -= 1
            if k == 0 and n > 0:
                n = change_status(h, month, status)
                p_removed = 1 - (1 - model.world.interior[country][month]) ** n
                if status == IRREGULAR and n > 0 and uniform(h.key, draws.REMOVE) < p_removed:
                    away[place] -= 1
                    removed_home(h, month, SINGLE_ADULT, 1)


def change_status(h: Household, month: int, status: int) -> int:
    """Let a member in the United States perhaps gain a status, or lose it; return how many still have this one."""
    levers, n = h.model.levers, h.away[status]
    chance = (levers.status_gain if status == IRREGULAR else levers.status_loss)[h.country][month]
    if chance > 0 and uniform(h.key, draws.STATUS, status) < 1 - (1 - chance) ** n:
        h.away[status] -= 1
        h.away[RESIDENT if status == IRREGULAR else IRREGULAR] += 1
    return h.away[status]
