"""Households one by one, and a lot at a time: those that a pass marked, who wish to leave or have a plan."""

from __future__ import annotations

import numpy as np

from sim.blocks.flags import listed
from sim.blocks.passes import draw_from_bits, mark_wishes
from sim.codes import SINGLE_ADULT
from sim.compiling import compiled_once
from sim.draws import DEPART, PLAN
from sim.numerics import ONE, ZERO, compiled
from sim.rows import row
from sim.rules.decide import (
    NO_WAY,
    NOBODY,
    choose,
    choose_parties,
    decide,
    keep_one_of_like,
    note_barred,
)
from sim.rules.month import begin_to_plan, chance_to_plan, decides
from sim.rules.people import TEENAGER
from sim.rules.theory import draw_tastes, value_leaving, value_ways
from sim.rules.ways import LOT, take_in
from sim.state import NO_PLAN, PLANNING, QUEUED

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


@compiled_once
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
            R.lot_row[r] = R.found[k]
            R.lot_first[r] = R.u[k]
        value_lot(R, first, there, month, country, W, F, G, P)
        value_leaving(there, R, F, G, P)
        for r in range(there):
            looks[r] = R.lot_first[r] < chance_to_plan(R.leaving[r], month, P)
        for i in range(listed(looks, R.lot_some, there)):
            begin_to_plan(of(R, first, R.lot_row[R.lot_some[i]]), month, W, T)


@compiled_once
def act(b, R, first, n, month, country, W, L, F, G, P, T):
    """Let those with a plan decide, or give it up; a lot of them at a time."""
    m, there = listed(R.planned, R.found, n), 0
    draw_found(DEPART, R, m)
    acting, moves = R.acting[country] * max(ONE, P.HR, ONE - P.w), R.some
    for k in range(m):
        moves[k] = (R.u[k] < acting) | (R.v[k] < P.pi_3)
    for i in range(listed(moves, R.those, m)):
        k = R.those[i]
        if decides(at(R, first, k), month, country, R.u[k], R.v[k], R, L, P):
            R.lot_row[there] = R.found[k]
            there += 1
            if there == LOT:
                decide_lot(b, R, first, there, month, country, W, L, F, G, P, T)
                there = 0
    if there > 0:
        decide_lot(b, R, first, there, month, country, W, L, F, G, P, T)


@compiled
def decide_lot(b, R, first, n, month, country, W, L, F, G, P, T):
    """Let the n households of the lot choose a party and a way, and take the first step on it."""
    for r in range(n):
        j = R.lot_row[r]
        R.lot_key[r] = R.keys[j]
        R.lot_department[r] = b.department[j]
        R.lot_adults[r], R.lot_children[r] = np.int32(R.people[j]) - R.offspring[j], R.offspring[j]
        R.lot_teenagers[r] = b.children[TEENAGER, j]
        R.lot_child_hurt[r] = ONE if month - b.child_victim_month[j] < MONTHS else ZERO
        R.lot_queue[r] = b.queue_pathway[j] if b.plan[j] == QUEUED else NO_WAY
    choose_parties(n, country, month, R, F, P)
    for r in range(n):
        j = R.lot_row[r]
        put_in(of(R, first, j), r, j, month, max(R.lot_party[r], SINGLE_ADULT), R, W, F, P)
    value_lot(R, first, n, month, country, W, F, G, P)
    draw_tastes(n, R, F, G, P)
    choose(n, R, G)
    note_barred(n, R)
    for r in range(n):
        h, party = of(R, first, R.lot_row[r]), R.lot_party[r]
        if party != NOBODY:
            decide(h, r, month, party, h.kin[0] + R.n_away[R.lot_row[r]], R, W, L, F, G, P, T)
        elif h.plan == PLANNING:
            h.plan = NO_PLAN


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


@compiled
def draw_found(purpose, R, m):
    """Draw two uniforms of a purpose for each of the m rows found."""
    keys, bits, found = R.keys, R.bits, R.found
    for k in range(m):
        bits[k] = keys[found[k]]
    draw_from_bits(purpose, 0, R, m)
