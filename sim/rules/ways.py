"""What each way is worth to a lot of households that think of leaving, and what leaving is worth to them.

Equations (4) to (6) of docs/odd.md for up to `LOT` households side by side: rows of `R.utility` and `R.feasible` are
ways by code, columns the households of the lot, so that each way is one straight pass.
"""

from __future__ import annotations

from sim.codes import AGRICULTURE, DESTINATIONS, FAMILY_UNIT, IRREGULAR_PATHWAYS, REGULAR_PATHWAYS
from sim.compiling import compiled_inside
from sim.households import RESIDENT
from sim.numerics import ONE, ZERO, compiled, log32
from sim.rules.choice import (
    NOTHING_FEASIBLE,
    nest_term,
    nest_worth,
    p_feasible,
    resources,
    v_internal,
    v_irregular,
    v_regular,
)
from sim.rules.journey import death_risk
from sim.rules.people import FIRST_MAN, N_BANDS, adults_home, children_home, workers_home
from sim.state import N_NESTS

LOT = 64
"""Households whose choice sets are valued together."""
EIGHT = 8
"""Rows that a vector register takes: a lot is filled up to a multiple of it."""
SMUGGLER, OWN, TO_MEXICO = (len(REGULAR_PATHWAYS) + k for k in range(len(IRREGULAR_PATHWAYS)))
INTERNAL = TO_MEXICO + 1
MEXICO = DESTINATIONS.index("MEX")
N_STATUSES = 3
NEEDS_KIN, NEEDS_EXPOSURE, NEEDS_FARM = 1, 2, 4
"""Bits of `Ways.needs`, as in sim.pathways."""
BANDS = (1 << N_BANDS) - 1
KIN = 1 << N_BANDS
EXPOSED, FARMS, FREE, ALONE, ELSEWHERE = (KIN << (len(DESTINATIONS) + k) for k in range(5))
"""Bits of what a household has, and a way may ask for: adults by band, kin in a destination, exposure to violence, a
farm, no permit, one adult who can go alone, a main city that it does not live in."""


@compiled_inside
def may_go_alone(n_adults, n_children):
    """Return whether one adult can go without leaving children alone."""
    return (n_adults > 1) | ((n_adults == 1) & (n_children == 0))


@compiled
def traits(h, victim, W):
    """Return what the household has, as bits."""
    found = ALONE if may_go_alone(adults_home(h.adults), children_home(h.children)) else 0
    for band in range(N_BANDS):
        if h.adults[band] + h.adults[FIRST_MAN + band] > 0:
            found |= 1 << band
    for k in range(len(DESTINATIONS)):
        if h.kin[k] + h.away[N_STATUSES * k + RESIDENT] > 0:
            found |= KIN << k
    if victim > ZERO:
        found |= EXPOSED
    if h.livelihood == AGRICULTURE:
        found |= FARMS
    if h.permit_pathway < 0:
        found |= FREE
    if h.department != W.main_city[h.department]:
        found |= ELSEWHERE
    return found


@compiled
def asked_for(j, G):
    """Return the bits of `traits` that way j asks for beside its bands."""
    if not G.is_regular[j]:
        return ALONE if j == TO_MEXICO else ELSEWHERE if j == INTERNAL else 0
    asked = KIN << G.destination[j] if G.needs[j] & NEEDS_KIN else 0
    if G.needs[j] & NEEDS_EXPOSURE:
        asked |= EXPOSED
    if G.needs[j] & NEEDS_FARM:
        asked |= FARMS
    if G.contract[j] > 0:
        asked |= FREE
    return asked if G.family[j] else asked | ALONE


@compiled
def irregular_cost(price, own, family, P):
    """Return US$ of a journey to the United States at a smuggler's price: on one's own is cheaper, a family dearer."""
    return price * (P.cost_own_ratio if own else ONE) * (P.family_cost if family else ONE)


@compiled
def lay_out_ways(R, month, W, L, F, G, P):
    """Lay out what the ways are this month for everybody: to whom they are open, ln of earnings and of costs."""
    R.alike = 0
    for j in range(len(G.is_regular)):
        R.alike |= G.like[j] != j
        R.asked[j] = asked_for(j, G)
        R.bands[j] = G.bands[j] if G.is_regular[j] else 0
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
    for d in range(len(W.country)):
        country, city = W.country[d], W.main_city[d]
        R.city_income[d] = log32(P.city_premium) + W.ln_local[city, month] - W.ln_local[d, month]
        R.city_violence[d] = W.ln_v[city, month] - W.ln_v[d, month]
        R.inside[d] = L.inside[d, month]
        R.open_to[d] = 0
        for j in range(len(G.is_regular)):
            if not G.is_regular[j] or (F.is_open[j, country] and G.reach[j, d]):
                R.open_to[d] |= 1 << j


@compiled
def take_in(h, r, month, y, relatives, victim, party, R, W, F, P):
    """Put a household into place r of the lot, as a party sees the ways; cash in income y goes on when one leaves."""
    d = h.department
    R.lot_key[r] = h.key
    R.lot_id[r] = h.id
    R.lot_department[r] = d
    R.lot_traits[r] = traits(h, victim, W)
    R.lot_open[r] = R.open_to[d]
    R.lot_family[r] = party == FAMILY_UNIT
    R.lot_p_hat[r] = F.p_hat[d, party]
    R.lot_u[r] = h.propensity
    R.lot_ln_v[r] = W.ln_v[d, month]
    R.lot_ln_y[r] = (y - h.cash) / max(workers_home(h.adults), 1)
    R.lot_ln_r[r] = resources(h.savings, relatives, y, h.debt, P)
    R.lot_ln_n[r] = ONE + relatives + P.mu * F.kin_share[d]


@compiled
def value_ways(n, country, month, R, W, F, G, P):
    """Value all ways for the first n households of the lot: V over staying, and K, 0 where a way is not open to one."""
    n = whole(n)
    ln_y, ln_r, ln_n = R.lot_ln_y[:n], R.lot_ln_r[:n], R.lot_ln_n[:n]
    take_logs(ln_y)
    take_logs(ln_r)
    take_logs(ln_n)
    u, ln_v, p_hat, family = R.lot_u[:n], R.lot_ln_v[:n], R.lot_p_hat[:n], R.lot_family[:n]
    for j in range(len(G.is_regular)):
        V, K = R.utility[j, :n], R.feasible[j, :n]
        ln_w = R.ln_earned[j]
        if G.is_regular[j]:
            wait, ln_chance, ln_c = F.wait_years[j, country], F.ln_chance[j, country], R.ln_cost[j]
            for r in range(n):
                V[r] = v_regular(P.asc_regular, ln_w, ln_y[r], ln_c, wait, ln_chance, u[r], P)
            pay_for(K, ln_r, ln_c, P)
        elif j == SMUGGLER or j == OWN:
            own = 1 if j == OWN else 0
            edge = ZERO if own else P.smuggler_edge
            constant = P.asc_irregular[country] + (P.asc_own if own else ZERO)
            of_one, of_family = R.ln_price[country, own, 0], R.ln_price[country, own, 1]
            ln_theta, risk = W.ln_theta[month], death_risk(own, P)
            for r in range(n):
                p = min(p_hat[r] + edge, ONE)
                ln_c = of_family if family[r] else of_one
                V[r] = v_irregular(constant, p, ln_w, ln_y[r], ln_n[r], ln_theta, u[r], ln_v[r], ln_c, risk, P)
            for r in range(n):
                K[r] = p_feasible(ln_r[r], of_family if family[r] else of_one, P)
        elif j == TO_MEXICO:
            p, ln_c = ONE - P.p_mex_irregular, R.ln_price_mexico[country]
            for r in range(n):
                V[r] = v_irregular(P.asc_irregular_mex, p, ln_w, ln_y[r], ZERO, ZERO, u[r], ln_v[r], ln_c, ZERO, P)
            pay_for(K, ln_r, ln_c, P)
        else:
            d, gain, violence, support = R.lot_department[:n], R.city_income, R.city_violence, R.inside
            for r in range(n):
                V[r] = v_internal(gain[d[r]], violence[d[r]], support[d[r]], P)
            pay_for(K, ln_r, R.ln_cost[INTERNAL], P)
        leave_open(K, j, R.lot_traits[:n], R.lot_open[:n], R.asked[j], R.bands[j])


@compiled
def whole(n):
    """Return n households of a lot filled up to whole vector registers."""
    return (n + EIGHT - 1) // EIGHT * EIGHT


@compiled
def take_logs(x):
    """Turn (n,) figures into their logarithms."""
    for r in range(len(x)):
        x[r] = log32(x[r])


@compiled
def pay_for(K, ln_r, ln_cost, P):
    """Set (n,) chances that a way of one cost can be paid for."""
    for r in range(len(K)):
        K[r] = p_feasible(ln_r[r], ln_cost, P)


@compiled
def leave_open(K, j, traits, open_, asked, bands):
    """Set K to 0 where way j is not open or the household does not meet its conditions."""
    for r in range(len(K)):
        K[r] = K[r] if may_use(j, traits[r], open_[r], asked, bands) else ZERO


@compiled_inside
def may_use(j, has, open_to, asked, bands):
    """Return whether way j is open to a department and the traits of a household meet its conditions."""
    return (asked & ~has == 0) & ((bands == 0) | (bands & has != 0)) & (open_to >> j & 1 != 0)


@compiled
def value_leaving(n, R, G):
    """Set `R.leaving` of the first n of the lot: IV = ln sum_B (sum_j K_j e^(V_j / lambda_B))^lambda_B."""
    n = whole(n)
    leaving = R.leaving[:n]
    for b in range(N_NESTS):
        in_nest = R.in_nest[b, :n]
        for r in range(n):
            in_nest[r] = ZERO
    for j in range(len(G.is_regular)):
        in_nest, scale, V, K = R.in_nest[G.nest[j], :n], G.scale[G.nest[j]], R.utility[j, :n], R.feasible[j, :n]
        for r in range(n):
            in_nest[r] += nest_term(V[r], K[r], scale)
    for r in range(n):
        leaving[r] = ZERO
    for b in range(N_NESTS):
        in_nest, scale = R.in_nest[b, :n], G.scale[b]
        for r in range(n):
            leaving[r] += nest_worth(in_nest[r], scale)
    for r in range(n):
        leaving[r] = log32(leaving[r]) if leaving[r] > ZERO else NOTHING_FEASIBLE
