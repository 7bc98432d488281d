"""Where households stand at the end of a month, added to the tally of the thread."""

from __future__ import annotations

import numpy as np

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


@compiled
def take_stock(b, R, n, month):
    """Note where each household stands at the end of the month."""
    away, kin, settled, formed, plan, waiting = b.away, b.kin, b.settled, b.first_month, b.plan, b.queue_people
    returned, displaced, aspiring = b.returned_month, b.displaced, b.aspiring
    people, n_away, remittance, stands = R.people, R.n_away, R.remittance, R.stands
    for k in range(N_DESTINATIONS):
        there, ours, a1, a2, a3 = stands[FIRST_ABROAD + k], kin[k], away[3 * k], away[3 * k + 1], away[3 * k + 2]
        for j in range(n):  # who formed later shares the kin of the family it came from
            own = ours[j] if formed[j] == 0 else settled[j] if k == 0 else 0
            there[j] = own + a1[j] + a2[j] + a3[j]
    a1, a2, a3, regular, irregular = away[2], away[5], away[8], stands[S_AWAY_REGULAR], stands[S_AWAY_IRREGULAR]
    for j in range(n):
        irregular[j] = a1[j] + a2[j] + a3[j]
    for j in range(n):
        regular[j] = max(n_away[j] - irregular[j], 0)
    queue = stands[S_QUEUE]
    for j in range(n):
        queue[j] = waiting[j] if (plan[j] == QUEUED) & (people[j] > 0) else 0
    back = stands[S_RETURNED]
    for j in range(n):
        back[j] = (month - returned[j] < MONTHS) & (people[j] > 0)
    forced = stands[S_DISPLACED]
    for j in range(n):
        forced[j] = people[j] if displaced[j] > 0 else 0
    wishing = stands[S_ASPIRING]
    for j in range(n):
        wishing[j] = aspiring[j] if people[j] > 0 else 0
    planning = stands[S_PLANNING]
    for j in range(n):
        planning[j] = (plan[j] != NO_PLAN) & (people[j] > 0)
    receiving = stands[S_RECEIVING]
    for j in range(n):
        receiving[j] = (remittance[j] > ZERO) & (people[j] > 0)
    linked, ours, a1, a2, a3 = stands[LINKED], kin[0], away[0], away[1], away[2]
    for j in range(n):
        linked[j] = (ours[j] + a1[j] + a2[j] + a3[j] > 0) & (people[j] > 0)


@compiled
def add_up(b, R, n, country, T):
    """Add the block to the tally: first as if all lived where its first row does, then who moved elsewhere."""
    department, weight, stands, people = b.department, b.weight, R.stands, R.people
    quintile, female, indigenous, rural, group = b.quintile, b.female_head, b.indigenous, b.rural, R.group
    income, remittance, earned, sent, sums = R.income, R.remittance, R.earned, R.sent, R.sums
    main = department[0]
    for j in range(n):
        group[j] = cell_of(country, quintile[j], female[j], indigenous[j], rural[j])
    for j in range(n):
        earned[j] = to_cents(income[j]) if people[j] > 0 else 0
    for j in range(n):
        sent[j] = to_cents(remittance[j]) if people[j] > 0 else 0
    base = weight[0]
    more = np.int64(0)
    for j in range(n):
        more += weight[j] != base
    for s in range(N_STANDS):
        stand = stands[s]
        people_in, households = np.int32(0), np.int32(0)
        if more == 0:
            for j in range(n):
                people_in = np.int32(people_in + stand[j])
                households = np.int32(households + (stand[j] > 0))
            people_in, households = np.int32(people_in * base), np.int32(households * base)
        else:
            for j in range(n):
                people_in = np.int32(people_in + np.int32(weight[j] * np.int32(stand[j])))
                households = np.int32(households + (weight[j] if stand[j] > 0 else np.int32(0)))
        enter(T, country, main, s, people_in, households)
    at_home, all_earned, all_sent = np.int64(0), np.int64(0), np.int64(0)
    for j in range(n):
        w = np.int64(weight[j])
        there = w if people[j] > 0 else np.int64(0)
        cents, received = w * earned[j], w * sent[j]
        g = group[j]
        sums[g, 0] += there
        sums[g, 1] += w * people[j]
        sums[g, 2] += cents
        sums[g, 3] += received
        at_home += there
        all_earned += cents
        all_sent += received
    T.linked[main, 1] += at_home
    T.money_department[main, INCOME] += all_earned
    T.money_department[main, REMITTANCES] += all_sent
    for j in range(n):
        d = department[j]
        if d != main:
            w = np.int64(weight[j])
            for s in range(N_STANDS):
                if stands[s, j] > 0:
                    enter(T, country, main, s, -w * stands[s, j], -w)
                    enter(T, country, d, s, w * stands[s, j], w)
            if people[j] > 0:
                T.linked[main, 1] -= w
                T.linked[d, 1] += w
                T.money_department[main, INCOME] -= w * earned[j]
                T.money_department[d, INCOME] += w * earned[j]
                T.money_department[main, REMITTANCES] -= w * sent[j]
                T.money_department[d, REMITTANCES] += w * sent[j]


@compiled
def close_month(R, T):
    """Add what the blocks summed by group to the tally."""
    for g in range(len(R.sums)):
        T.alive[g, 0] += R.sums[g, 0]
        T.alive[g, 1] += R.sums[g, 1]
        T.money[g, INCOME] += R.sums[g, 2]
        T.money[g, REMITTANCES] += R.sums[g, 3]
    R.sums[:] = 0


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
