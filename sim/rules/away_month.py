"""A month of the members away: pay, remittances, permits, removals, returns, and becoming kin."""

from __future__ import annotations

from sim.codes import COUNTRIES, DESTINATIONS, SINGLE_ADULT
from sim.draws import CONTRACT, REMIT, REMOVE, RETURN, STATUS, two_uniforms_of, uniform_of
from sim.households import IRREGULAR, RESIDENT, TEMPORARY
from sim.numerics import ONE, ZERO, compiled
from sim.rules.away import fading, p_any, p_return, place_of_kin, remitted
from sim.rules.count import CONTRACT_END, OVERSTAY, RETURN_VOLUNTARY, count, pay
from sim.rules.decide import join_queue
from sim.rules.moves import MOST, come_home, put_back, removed_home
from sim.state import (
    FIRST_PATHWAY_KIND,
    NEVER,
    NO_PLAN,
    RETURNED_FREELY,
    TAX,
    USA_KIND,
)  # fmt: skip

N_DESTINATIONS = len(DESTINATIONS)
N_STATUSES = 3
MONTHS = 12
NO_PATHWAY = -1
MANY = 12
"""Members away in one place and status up to whom chances are laid out once a month."""


@compiled
def lay_out_away(R, month, W, L, F, P):
    """Lay out the chances of events among n members away, and how remittances fade."""
    for n in range(MANY + 1):
        R.settling[n] = p_any(P.settle * P.month, n)
        for country in range(len(COUNTRIES)):
            R.returning[country, n] = p_any(p_return(F.ln_price_ratio[country], P), n)
            R.removing[country, n] = p_any(W.interior[country, month], n)
    for months in range(month + 1):
        R.faded[months] = fading(months * P.month, P)
    R.faded[month + 1] = fading(P.years_first, P)


@compiled
def live_away(h, month, n, R, W, L, F, G, P, T):
    """Live a month abroad, of n members: removals that were due, permits that end, returns, and becoming kin."""
    if h.held > 0 and month >= h.held_until:
        removed_home(h, month, h.held_party, h.held, W, L, P, T)
        h.held = 0
    if n > 0:
        if h.permit_pathway >= 0 and month >= h.permit_end:
            end_contract(h, month, W, G, P, T)
        come_and_go(h, month, R, W, L, F, P, T)


@compiled
def tax_remittances(h, sent, rate, W, T):
    """Return what is left of remittances, US$, after a tax that is counted."""
    tax = sent * rate
    pay(TAX, tax, h, W, T)
    return sent - tax


@compiled
def members_in(h, k):
    """Return the number of members away in a destination."""
    return h.away[N_STATUSES * k] + h.away[N_STATUSES * k + RESIDENT] + h.away[N_STATUSES * k + IRREGULAR]


@compiled
def sends(h, P):
    """Return whether the household's members away send money: a trait of the household, the same in every run."""
    return uniform_of(h.id, REMIT) < P.p_sends


@compiled
def from_kin(h, month, fall, W, P):
    """Return the US$ that kin send this month; fall: ln of income over its permanent level."""
    if not h.kin_remits:
        return ZERO
    return remitted(P.share_kin, W.wage[place_of_kin(h.kin[0], h.kin[1], h.kin[2]), month], ONE, fall, P)


@compiled
def end_contract(h, month, W, G, P, T):
    """A temporary permit ends: return, come back next season as invited, or overstay."""
    pathway = h.permit_pathway
    kind = FIRST_PATHWAY_KIND + pathway
    k = G.destination[pathway]
    stays, again = two_uniforms_of(h.key, CONTRACT)
    h.permit_pathway = NO_PATHWAY
    h.permit_end = NEVER
    if h.away[N_STATUSES * k + TEMPORARY] == 0:
        return
    h.away[N_STATUSES * k + TEMPORARY] -= 1
    if stays < G.overstay[pathway]:
        h.away[N_STATUSES * k + IRREGULAR] = min(h.away[N_STATUSES * k + IRREGULAR] + 1, MOST)
        count(OVERSTAY, kind, SINGLE_ADULT, 1, h, W, T)
        return
    count(CONTRACT_END, kind, SINGLE_ADULT, 1, h, W, T)
    put_back(h, SINGLE_ADULT, 1, P)
    if again < G.rotation[pathway] and h.plan == NO_PLAN:
        join_queue(h, month, pathway, 1, W, G, P, T)


@compiled
def change_status(h, month, status, n, country, L):
    """Let one of n members in the United States gain a status, or lose it."""
    chance = L.status_gain[country, month] if status == IRREGULAR else L.status_loss[country, month]
    if chance > ZERO and uniform_of(h.key, STATUS, status) < p_any(chance, n):
        other = RESIDENT if status == IRREGULAR else IRREGULAR
        h.away[status] -= 1
        h.away[other] = min(h.away[other] + 1, MOST)


@compiled
def among(chances, n, each):
    """Return the chance of an event among n members, of chance `each`; chances: (MANY + 1,) those of few."""
    return chances[n] if n <= MANY else p_any(each, n)


@compiled
def come_and_go(h, month, R, W, L, F, P, T):
    """Let members return, be removed by the United States or become kin."""
    country = W.country[h.department]
    for k in range(N_DESTINATIONS):
        for status in range(RESIDENT, IRREGULAR + 1):
            place = N_STATUSES * k + status
            n = h.away[place]
            if n == 0:
                continue
            leave, settle = two_uniforms_of(h.key, RETURN, place + 1)
            if leave < among(R.returning[country], n, p_return(F.ln_price_ratio[country], P)):
                h.away[place] -= 1
                count(RETURN_VOLUNTARY, USA_KIND + k, SINGLE_ADULT, 1, h, W, T)
                put_back(h, SINGLE_ADULT, 1, P)
                come_home(h, month, RETURNED_FREELY, False, ONE, 1, W, L, P, T)
                n -= 1
            if n > 0 and settle < among(R.settling, n, P.settle * P.month):
                h.away[place] -= 1
                h.kin[k] = min(h.kin[k] + 1, MOST)
                if k == 0:
                    h.settled = min(h.settled + 1, MOST)
                if sends(h, P):
                    h.kin_remits = 1
                n -= 1
            undocumented = k == 0 and status == IRREGULAR and n > 0
            if k == 0 and n > 0:
                change_status(h, month, status, n, country, L)
                n = h.away[place]
                undocumented = undocumented and n > 0
            if undocumented and uniform_of(h.key, REMOVE) < among(R.removing[country], n, W.interior[country, month]):
                h.away[place] -= 1
                removed_home(h, month, SINGLE_ADULT, 1, W, L, P, T)
