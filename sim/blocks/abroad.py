"""Passes over members away and kin abroad: who may come, go or settle this month, and what they send home.

Few households have members away: passes after `note_ties` go over those that `listed` found, number k of m.
"""

from __future__ import annotations

import numpy as np

from sim.blocks.flags import listed
from sim.blocks.passes import draw_from_bits
from sim.draws import REMIT, REMOVE, RETURN
from sim.households import IRREGULAR, RESIDENT
from sim.numerics import ONE, ZERO, compiled
from sim.rules.away import of_members, place_of_kin, remitted
from sim.rules.away_month import MANY, N_DESTINATIONS, N_STATUSES
from sim.state import NEVER


@compiled
def count_members(b, R, n):
    """Count members away by destination, and in all."""
    away, members, n_away = b.away, R.members, R.n_away
    for k in range(N_DESTINATIONS):
        there, a1, a2, a3 = members[k], away[3 * k], away[3 * k + 1], away[3 * k + 2]
        for j in range(n):
            there[j] = np.int16(np.int16(np.int16(a1[j]) + a2[j]) + a3[j])
    in_usa, in_mexico, in_canada = members[0], members[1], members[2]
    for j in range(n):
        n_away[j] = np.int16(np.int16(in_usa[j] + in_mexico[j]) + in_canada[j])


@compiled
def note_ties(b, R, n, month, W, P):
    """Note members away and what kin send; mark who has members away or held, and in `R.due` whose term is over."""
    remits, held, until, permit, end = b.kin_remits, b.held, b.held_until, b.permit_pathway, b.permit_end
    marks, due, n_away, sent, fall = R.marks, R.due, R.n_away, R.remittance, R.fall
    count_members(b, R, n)
    to_usa, to_mexico, to_canada = W.wage[0, month], W.wage[1, month], W.wage[2, month]
    usa, mexico, canada = b.kin[0], b.kin[1], b.kin[2]
    for j in range(n):
        place = place_of_kin(usa[j], mexico[j], canada[j])
        wage = to_usa if place == 0 else to_mexico if place == 1 else to_canada
        money = remitted(P.share_kin, wage, ONE, fall[j], P)
        sent[j] = money if remits[j] > 0 else ZERO
    now = np.int16(month)
    for j in range(n):
        due[j] = ((held[j] > 0) & (until[j] <= now)) | ((permit[j] >= 0) & (end[j] <= now))
    for j in range(n):
        marks[j] = (n_away[j] > 0) | (held[j] > 0)


@compiled
def mark_moves(b, R, m, month, country, L):
    """Mark, in `R.some`, those of the m found whose members may move this month or whose term is over."""
    found, some, due = R.found, R.some, R.due
    for k in range(m):
        some[k] = due[found[k]]
    for place in range(N_DESTINATIONS):
        for status in range(RESIDENT, IRREGULAR + 1):
            draw_moves(b, R, m, month, country, place, status, L)


@compiled
def draw_moves(b, R, m, month, country, place, status, L):
    """Mark those of the m found whose members in one place may return, settle, be removed or change status."""
    found, some, marks, those, number = R.found, R.some, R.marks, R.those, R.number
    members, returning, settling, removing = (
        b.away[N_STATUSES * place + status], R.returning[country], R.settling, R.removing[country]
    )  # fmt: skip
    for k in range(m):
        marks[k] = members[found[k]]
    q = listed(marks, those, m)
    for i in range(q):
        number[i] = min(marks[those[i]], MANY)
    draw_for(RETURN, N_STATUSES * place + status + 1, R, q)
    u, v, moves = R.u, R.v, R.moves
    for i in range(q):
        moves[i] = (u[i] < returning[number[i]]) | (v[i] < settling[number[i]]) | (number[i] == MANY)
    if place == 0 and status == IRREGULAR:
        draw_for(REMOVE, 0, R, q)
        for i in range(q):
            moves[i] |= u[i] < removing[number[i]]
    changes = L.status_gain[country, month] if status == IRREGULAR else L.status_loss[country, month]
    if place == 0 and changes > ZERO:
        for i in range(q):
            moves[i] = 1
    for i in range(q):
        some[those[i]] |= moves[i]


@compiled
def draw_for(purpose, k, R, q):
    """Draw two uniforms of a purpose for those of the found that `R.those` names."""
    keys, bits, found, those = R.keys, R.bits, R.found, R.those
    for i in range(q):
        bits[i] = keys[found[those[i]]]
    draw_from_bits(purpose, k, R, q)


@compiled
def send_home(b, R, m, month, W, P):
    """Add what the members away of the m found send to what kin do; whether a household sends is a trait of it."""
    found, ids, left = R.found, b.id, b.left_month
    bits, u, faded, fall, money, sent = R.bits, R.u, R.v, R.z, R.spare, R.remittance
    for k in range(m):
        bits[k] = ids[found[k]]
    draw_from_bits(REMIT, 0, R, m)
    for k in range(m):
        since = left[found[k]]
        faded[k] = R.faded[month - since if since > NEVER else month + 1]
    for k in range(m):
        fall[k] = R.fall[found[k]]
    for k in range(m):
        money[k] = ZERO
    for place in range(N_DESTINATIONS):
        there, number, wage = R.members[place], R.number, W.wage[place, month]
        any_there = 0
        for k in range(m):
            number[k] = there[found[k]]
            any_there |= number[k]
        if any_there:
            for k in range(m):
                earned = of_members(np.float32(number[k]), wage, faded[k], fall[k], P)
                money[k] += earned if (number[k] > 0) & (u[k] < P.p_sends) else ZERO
    for k in range(m):
        sent[found[k]] += money[k]


@compiled
def receive(R, n, kept):
    """Keep what arrives of remittances where somebody is at home, a part `kept` of what was sent."""
    sent, people = R.remittance, R.people
    for j in range(n):
        arrived = sent[j] * kept
        sent[j] = arrived if people[j] > 0 else ZERO
