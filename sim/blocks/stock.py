"""Where households stand at the end of a month, added to the tally of the thread."""

from __future__ import annotations

import numpy as np

from sim.blocks.abroad import count_members
from sim.blocks.flags import listed
from sim.blocks.work import FIRST_ABROAD, LINKED, N_DESTINATIONS, N_STANDS
from sim.numerics import ZERO, compiled
from sim.rules.count import cell_of, to_cents
from sim.state import (
    INCOME,
    NO_PLAN,
    QUEUED,
    REMITTANCES,
    S_ASPIRING,
    S_AWAY_IRREGULAR,
    S_AWAY_REGULAR,
    S_DISPLACED,
    S_PLANNING,
    S_QUEUE,
    S_RECEIVING,
    S_RETURNED,
)

MONTHS = 12
HOUSEHOLD = 1 << 32
"""A household beside its people in one number: both are added up at once."""


@compiled
def take_stock(b, R, n, month):
    """Note where each household stands at the end of the month."""
    plan, waiting, returned, displaced, aspiring = b.plan, b.queue_people, b.returned_month, b.displaced, b.aspiring
    people, remittance, stands = R.people, R.remittance, R.stands
    note_abroad(b, R, n)
    queue = stands[S_QUEUE]
    for j in range(n):
        queue[j] = waiting[j] * np.uint8((plan[j] == QUEUED) & (people[j] > 0))
    back, long_ago = stands[S_RETURNED], np.int16(month - MONTHS)
    for j in range(n):
        back[j] = (returned[j] > long_ago) & (people[j] > 0)
    forced = stands[S_DISPLACED]
    for j in range(n):
        forced[j] = people[j] * np.uint8(displaced[j] > 0)
    wishing = stands[S_ASPIRING]
    for j in range(n):
        wishing[j] = aspiring[j] & (people[j] > 0)
    planning = stands[S_PLANNING]
    for j in range(n):
        planning[j] = (plan[j] != NO_PLAN) & (people[j] > 0)
    receiving = stands[S_RECEIVING]
    for j in range(n):
        receiving[j] = (remittance[j] > ZERO) & (people[j] > 0)


@compiled
def note_abroad(b, R, n):
    """Note members away, kin and members in each destination, and ties to the United States."""
    away, kin, settled, formed, people, stands = b.away, b.kin, b.settled, b.first_month, R.people, R.stands
    count_members(b, R, n)
    n_away = R.n_away
    for k in range(N_DESTINATIONS):
        there, ours, members = stands[FIRST_ABROAD + k], kin[k], R.members[k]
        for j in range(n):  # who formed later shares the kin of the family it came from
            there[j] = ours[j] * np.uint8(formed[j] == 0)
        if k == 0:
            for j in range(n):
                there[j] += settled[j] * np.uint8(formed[j] != 0)
        for j in range(n):
            there[j] += members[j]
    a1, a2, a3, regular, irregular = away[2], away[5], away[8], stands[S_AWAY_REGULAR], stands[S_AWAY_IRREGULAR]
    for j in range(n):
        irregular[j] = np.int16(np.int16(np.int16(a1[j]) + a2[j]) + a3[j])
    for j in range(n):
        regular[j] = np.int16(n_away[j] - irregular[j])
    linked, ours, a1, a2, a3 = stands[LINKED], kin[0], away[0], away[1], away[2]
    for j in range(n):
        linked[j] = ((ours[j] | a1[j] | a2[j] | a3[j]) > 0) & (people[j] > 0)


@compiled
def add_up(b, R, n, country, here, T):
    """Add the block to the tally: first as if all lived in department `here`, then who moved to the main city."""
    department, weight, stands, people, earned, sent = b.department, b.weight, R.stands, R.people, R.earned, R.sent
    base = weight[0]
    others = np.int32(0)
    for j in range(n):
        others |= weight[j] ^ base
    for s in range(N_STANDS):
        if others == 0:
            in_all, households = sum_of(stands[s], n)
            enter(T, country, here, s, base * in_all, base * households)
        else:
            enter(T, country, here, s, *weighted_sum_of(stands[s], weight, n))
    at_home, all_earned, all_sent = add_money(b, R, n, country, T)
    T.linked[here, 1] += at_home
    T.money_department[here, INCOME] += all_earned
    T.money_department[here, REMITTANCES] += all_sent
    for j in range(n):
        R.marks[j] = department[j] != here
    for k in range(listed(R.marks, R.found, n)):
        j = R.found[k]
        w, d = np.int64(weight[j]), department[j]
        for s in range(N_STANDS):
            if stands[s, j] > 0:
                enter(T, country, here, s, -w * stands[s, j], -w)
                enter(T, country, d, s, w * stands[s, j], w)
        if people[j] > 0:
            T.linked[here, 1] -= w
            T.linked[d, 1] += w
            T.money_department[here, INCOME] -= w * earned[j]
            T.money_department[d, INCOME] += w * earned[j]
            T.money_department[here, REMITTANCES] -= w * sent[j]
            T.money_department[d, REMITTANCES] += w * sent[j]


@compiled
def sum_of(stand, n):
    """Return how many people stand in something, and how many households."""
    in_all, households = np.int32(0), np.int32(0)
    for j in range(n):
        in_all = np.int32(in_all + stand[j])
        households = np.int32(households + np.int32(stand[j] > 0))
    return np.int64(in_all), np.int64(households)


@compiled
def weighted_sum_of(stand, weight, n):
    """Return how many people stand in something, and how many households, where rows weigh differently."""
    in_all, households = np.int32(0), np.int32(0)
    for j in range(n):
        in_all = np.int32(in_all + np.int32(weight[j] * np.int32(stand[j])))
        households = np.int32(households + np.int32(weight[j] * np.int32(stand[j] > 0)))
    return np.int64(in_all), np.int64(households)


@compiled
def add_money(b, R, n, country, T):
    """Add households, people and money by group; return households at home, cents of income and of remittances."""
    quintile, female, indigenous, rural, group = b.quintile, b.female_head, b.indigenous, b.rural, R.group
    weight, people, income, remittance, earned, sent = b.weight, R.people, R.income, R.remittance, R.earned, R.sent
    sums = R.sums
    sums[:] = 0
    for j in range(n):
        group[j] = cell_of(0, quintile[j], female[j], indigenous[j], rural[j])
    for j in range(n):
        earned[j] = to_cents(income[j]) * np.int32(people[j] > 0)
    for j in range(n):
        sent[j] = to_cents(remittance[j]) * np.int32(people[j] > 0)
    for j in range(n):
        w, g, inside = np.int64(weight[j]), group[j], np.int64(people[j])
        sums[g, 0] += w * (inside + (HOUSEHOLD if inside > 0 else 0))
        sums[g, 1] += w * earned[j]
        sums[g, 2] += w * sent[j]
    at_home, all_earned, all_sent = np.int64(0), np.int64(0), np.int64(0)
    for g in range(len(sums)):
        if sums[g, 0] > 0:
            cell, households = country * len(sums) + g, sums[g, 0] // HOUSEHOLD
            T.alive[cell, 0] += households
            T.alive[cell, 1] += sums[g, 0] % HOUSEHOLD
            T.money[cell, INCOME] += sums[g, 1]
            T.money[cell, REMITTANCES] += sums[g, 2]
            at_home += households
            all_earned += sums[g, 1]
            all_sent += sums[g, 2]
    return at_home, all_earned, all_sent


@compiled
def enter(T, country, d, stand, people, households):
    """Add people and households of a department to what they stand in."""
    if stand < FIRST_ABROAD:
        T.stock_people[d, stand] += people
        T.stock_households[d, stand] += households
    elif stand < LINKED:
        T.abroad[country, stand - FIRST_ABROAD] += people
    else:
        T.linked[d, 0] += households
