"""Households one by one, and a lot at a time: those that a pass marked, who wish to leave or have a plan."""

from __future__ import annotations

from sim.blocks.flags import listed
from sim.blocks.passes import mark_wishes, spread_out
from sim.codes import SINGLE_ADULT
from sim.draws import DEPART, PLAN, bits_of
from sim.numerics import ONE, ZERO, compiled
from sim.rows import row
from sim.rules.decide import best_party, decide, draw_tastes, keep_one_of_like
from sim.rules.month import begin_to_plan, chance_to_plan, decides
from sim.rules.ways import LOT, take_in, value_leaving, value_ways
from sim.state import NO_PLAN, PLANNING

MONTHS = 12


@compiled
def of(R, first, j):
    """Return row j of the block as a household, with what the block knows of it."""
    h = row(R, first + j)
    h.key = R.keys[j]
    h.insured = R.dry_paid[j]
    h.cash = R.cash_got[j]
    return h


@compiled
def at(R, first, k):
    """Return the k-th household found by `listed`."""
    return of(R, first, R.found[k])


@compiled
def think(b, R, first, n, month, country, W, L, F, G, P, T):
    """Let those who wish to leave look into it and perhaps plan; a lot of them at a time."""
    mark_wishes(b, R, n)
    m = listed(R.marks, R.found, n)
    draw_found(PLAN, R, m)
    looking, looks = ONE if month == 0 else P.pi_1, R.some
    for k in range(m):
        looks[k] = R.v[k] < looking
    m = listed(looks, R.those, m)
    for start in range(0, m, LOT):
        there = min(LOT, m - start)
        for r in range(there):
            k = R.those[start + r]
            put_in(at(R, first, k), r, R.found[k], month, SINGLE_ADULT, R, W, F, P)
            R.lot_first[r] = R.u[k]
        value_lot(R, first, there, month, country, W, F, G, P)
        value_leaving(there, R, G)
        for r in range(there):
            looks[r] = R.lot_first[r] < chance_to_plan(R.leaving[r], month, P)
        for i in range(listed(looks, R.lot_some, there)):
            begin_to_plan(of(R, first, R.lot_row[R.lot_some[i]]), month, W, T)


@compiled
def act(R, first, n, month, country, W, L, F, G, P, T):
    """Let those with a plan decide, or give it up; a lot of them at a time."""
    m, there = listed(R.planned, R.found, n), 0
    draw_found(DEPART, R, m)
    acting, moves = R.acting[country] * max(ONE, P.HR, ONE - P.w), R.some
    for k in range(m):
        moves[k] = (R.u[k] < acting) | (R.v[k] < P.pi_3)
    m = listed(moves, R.those, m)
    for i in range(m):
        k = R.those[i]
        h = at(R, first, k)
        if decides(h, month, country, R.u[k], R.v[k], R, L, P):
            party = best_party(h, month, W, F, P)
            if party >= 0:
                put_in(h, there, R.found[k], month, party, R, W, F, P)
                there += 1
            elif h.plan == PLANNING:
                h.plan = NO_PLAN
        if there == LOT or (there > 0 and i == m - 1):
            value_lot(R, first, there, month, country, W, F, G, P)
            draw_tastes(there, R, G)
            for r in range(there):
                h = of(R, first, R.lot_row[r])
                decide(h, r, month, R.lot_party[r], h.kin[0] + R.n_away[R.lot_row[r]], R, W, L, F, G, P, T)
            there = 0


@compiled
def value_lot(R, first, n, month, country, W, F, G, P):
    """Value the ways for the n households of the lot; of two that offer one job, one is left."""
    value_ways(n, country, month, R, W, F, G, P)
    for r in range(n if R.alike else 0):
        keep_one_of_like(of(R, first, R.lot_row[r]), R.utility[:, r], R.feasible[:, r], G)


@compiled
def put_in(h, r, j, month, party, R, W, F, P):
    """Put row j of the block into place r of the lot."""
    victim = ONE if month - h.victim_month < MONTHS else ZERO
    take_in(h, r, month, R.y[j], h.kin[0] + R.n_away[j], victim, party, R, W, F, P)
    R.lot_row[r], R.lot_party[r] = j, party


@compiled
def draw_found(purpose, R, m):
    """Draw two uniforms of a purpose for each of the m rows found."""
    keys, bits, found = R.keys, R.bits, R.found
    for k in range(m):
        bits[k] = keys[found[k]]
    for k in range(m):
        bits[k] = bits_of(bits[k], purpose, 0)
    spread_out(R, m)
