"""A month of some rows together: straight-line passes over columns, and rules one by one where something happens.

`live_block` is the month's table of contents, in the order of docs/odd.md. A pass does what every household does,
without branches, so that the compiler takes several rows at once; it marks the rows in which more happens, and these
live that part by the rules of `sim/rules`. A block is short enough to stay in the cache from one pass to the next.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.codes import AGRICULTURE, CHILD_BANDS, COUNTRIES, DESTINATIONS, N_DEPARTMENTS, N_MONTHS, SINGLE_ADULT, STOCKS
from sim.draws import ASPIRE, BIRTH, DEPART, LIVELIHOOD, PLAN, VICTIM, bits_of, first_of, key, second_of
from sim.numerics import ONE, ZERO, compiled, exp32, log32, logistic32, quantile_of, tail_size
from sim.rows import columns_of, row
from sim.rules.away import place_of_kin, remitted
from sim.rules.away_month import MANY, lay_out_away, live_away
from sim.rules.count import cell_of, to_cents
from sim.rules.decide import answer_call, best_party, decide, draw_tastes, keep_one_of_like, leave_queue, still_able
from sim.rules.livelihood import (
    debt_next,
    disaster_loss,
    income_at_home,
    income_log,
    next_shock,
    savings_next,
    stigma,
)
from sim.rules.month import (
    FEW,
    age,
    decides,
    earn_more,
    get_more,
    lay_out_acting,
    perhaps_plan,
    suffer,
    wish,
    wish_odds,
)
from sim.rules.people import N_BANDS
from sim.rules.ways import LOT, lay_out_ways, take_in, value_leaving, value_ways
from sim.state import (
    INCOME,
    N_CELLS,
    N_NESTS,
    NEVER,
    NO_PLAN,
    PLANNING,
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

BLOCK = 2048
"""Rows that live a month together: what they and the passes read stays in the second cache."""
MONTHS = 12
ALMOST = np.float32(1 + 1e-6)
"""Factor that makes a bound computed in float32 no less than the exact one."""
N_COUNTRIES, N_CHILD, N_STOCKS, N_DESTINATIONS = len(COUNTRIES), len(CHILD_BANDS), len(STOCKS), len(DESTINATIONS)
FIRST_ABROAD, LINKED = N_STOCKS, N_STOCKS + N_DESTINATIONS
N_STANDS = LINKED + 1
"""What a household stands in at the end of a month: the stocks, kin and members abroad, and ties to the USA."""

def work(n_ways: int) -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Return type and shape of what a thread works with: figures of the month, and one entry a row of the block."""
    by_department = ("ln_local", "dryness", "coffee", "crime", "woman", "child", "struck", "ln_v", "hope",
                     "city_income", "city_violence", "inside")  # fmt: skip
    figures = ("u", "v", "z", "ln_y", "fall", "firm", "dry_paid", "cash_got", "saving", "interest", "income")
    return {
        **_room(np.float32, N_DEPARTMENTS, *by_department), **_room(np.int64, N_DEPARTMENTS, "open_to"),
        **_room(np.float32, N_COUNTRIES, "child_turns", "adult_turns", "ln_price_mexico", "acting"),
        "alike": (np.uint8, ()), "ln_price": (np.float32, (N_COUNTRIES, 2, 2)), **_room(np.float32, FEW, "ln_number"),
        **_room(np.float32, N_MONTHS + 1, "loss", "faded"), **_room(np.float32, MANY + 1, "settling"),
        "returning": (np.float32, (N_COUNTRIES, MANY + 1)), "removing": (np.float32, (N_COUNTRIES, MANY + 1)),
        **_room(np.float32, n_ways, "ln_earned", "ln_cost"), **_room(np.int32, n_ways, "asked", "bands"),
                **_room(np.float32, LOT, "lot_p_hat", "lot_u", "lot_ln_v", "lot_ln_y", "lot_ln_r", "lot_ln_n", "leaving", "staying",
                "lot_first", "lot_second"),
        **_room(np.int32, LOT, "lot_row", "lot_department", "lot_traits", "lot_party"),
        **_room(np.int64, LOT, "lot_open"), **_room(np.uint64, LOT, "lot_key", "lot_bits"), **_room(np.uint8, LOT, "lot_family"),
        "able": (np.uint8, (n_ways, LOT)), "tastes": (np.float32, (n_ways, LOT)),
        "utility": (np.float32, (n_ways, LOT)), "feasible": (np.float32, (n_ways, LOT)),
        "in_nest": (np.float32, (N_NESTS, LOT)), "sums": (np.int64, (N_CELLS, 4)),
        **_room(np.float32, BLOCK, *figures), **_room(np.float64, BLOCK, "y", "remittance"),
        **_room(np.uint64, BLOCK, "keys", "bits"), **_room(np.int32, BLOCK, "found", "earned", "sent"),
        **_room(np.uint8, BLOCK, "people", "workers", "offspring", "marks", "planned", "group"), **_room(np.int16, BLOCK, "n_away"),
        "stands": (np.int16, (N_STANDS, BLOCK)),
    }  # fmt: skip


def _room(kind: Any, length: int, *names: str) -> dict[str, tuple[Any, tuple[int, ...]]]:
    return dict.fromkeys(names, (kind, (length,)))


@compiled
def open_month(R, month, W, L, F, G, P):
    """Lay out what the passes read of the month, by department."""
    for d in range(N_DEPARTMENTS):
        country = W.country[d]
        R.ln_local[d] = W.ln_local[d, month] + F.ln_demand[d]
        R.dryness[d] = W.dryness[d, month]
        R.coffee[d] = W.coffee[country, month]
        R.crime[d] = W.p_victim[d, month]
        R.woman[d] = W.p_gbv[d, month]
        R.child[d] = W.p_child_victim[d, month]
        R.struck[d] = W.disaster[d, month]
        R.ln_v[d] = W.ln_v[d, month]
        R.hope[d] = L.hope[d, month]
    lay_out_turns(R, month, W)
    lay_out_acting(R, month, W, P)
    lay_out_away(R, month, W, L, F, P)
    lay_out_ways(R, month, W, L, F, G, P)
    for ago in range(month + 1):
        R.loss[ago] = disaster_loss(ago, P)
    R.loss[month + 1] = ZERO
    for n in range(FEW):
        R.ln_number[n] = log32(ONE + n)


@compiled
def lay_out_turns(R, month, W):
    """Lay out bounds, by country, of all that may happen to a child, and to an adult, by age and death."""
    for country in range(N_COUNTRIES):
        child, adult = ZERO, ZERO
        for band in range(N_CHILD):
            child = max(child, W.death[month, country, band] + W.ageing[month, country, band])
        for band in range(N_CHILD, N_CHILD + 2 * N_BANDS):
            adult = max(adult, W.death[month, country, band] + W.ageing[month, country, band])
        R.child_turns[country] = child * ALMOST
        R.adult_turns[country] = (adult + W.birth[country, month] + W.leave_home[country, month]) * ALMOST


@compiled
def live_block(R, first, n, month, seed, W, L, F, G, P, T):
    """Live month `month` in the n rows from `first` on."""
    b = columns_of(R, first, n)
    country = W.country[b.department[0]]
    begin(b, R, n, month, seed, country)
    for k in range(marked(R, n)):
        age(at(R, first, k), month, W)
    count_people(b, R, n)
    meet_hazards(b, R, n)
    for k in range(marked(R, n)):
        suffer(at(R, first, k), month, W, P, T)
    running = L.running[month] > 0
    note_livelihood(b, R, n)
    if running:
        for j in range(n):
            if R.people[j] > 0:
                h = of(R, first, j)
                R.firm[j] = earn_more(h, month, W, L, P, T)
                R.dry_paid[j] = h.insured
    earn(b, R, n, month, L, P)
    mark_ties(b, R, n, month, country, W, L, P)
    for k in range(marked(R, n)):
        j = R.found[k]
        R.n_away[j], R.remittance[j] = live_away(at(R, first, k), month, R.n_away[j], R.people[j], R.fall[j], R, W, L, F, G, P, T)
    count_people(b, R, n)
    share_income(b, R, n)
    if running:
        for j in range(n):
            if R.people[j] > 0:
                h = of(R, first, j)
                R.y[j], R.ln_y[j], R.saving[j], R.interest[j] = get_more(
                    h, month, R.y[j], R.ln_y[j], R.remittance[j], W, L, P, T
                )
                R.cash_got[j] = h.cash
    save(b, R, n, P)
    mark_redraws(b, R, n, month, P)
    m = marked(R, n)
    for k in range(m):
        j = R.found[k]
        R.v[k] = wish_odds(at(R, first, k), month, R.ln_y[j], R.n_away[j], R.remittance[j], R, W, P)
    turn_to_chances(R.v[:m])
    for k in range(m):
        wish(at(R, first, k), R.u[R.found[k]] < R.v[k], W, T)
    if F.calling[0]:
        for j in range(n):
            if R.people[j] > 0 and b.plan[j] < QUEUED:
                answer_call(of(R, first, j), month, R.y[j], R.n_away[j], R, W, L, F, G, P, T)
    mark_plans(b, R, n)
    planned = R.planned
    for j in range(n):
        planned[j] = R.marks[j]
    think(b, R, first, n, month, country, W, L, F, G, P, T)
    for j in range(n):
        R.marks[j] = planned[j]
    act(b, R, first, n, month, country, W, L, F, G, P, T)
    mark_queue(b, R, n)
    for k in range(marked(R, n)):
        h = at(R, first, k)
        if not still_able(h):
            leave_queue(h, month, W, T)
    count_people(b, R, n)
    take_stock(b, R, n, month)
    add_up(b, R, n, country, T)


@compiled
def think(b, R, first, n, month, country, W, L, F, G, P, T):
    """Let those who wish to leave look into it and perhaps plan; a lot of them at a time."""
    mark_wishes(b, R, n)
    m, there = marked(R, n), 0
    draw_found(PLAN, R, m)
    looking = ONE if month == 0 else P.pi_1
    for k in range(m):
        if R.v[k] < looking:
            put_in(at(R, first, k), there, R.found[k], month, SINGLE_ADULT, R, W, F, P)
            R.lot_first[there] = R.u[k]
            there += 1
        if there == LOT or (there > 0 and k == m - 1):
            value_lot(R, first, there, month, country, W, F, G, P)
            value_leaving(there, R, G)
            for r in range(there):
                perhaps_plan(of(R, first, R.lot_row[r]), month, R.lot_first[r], R.leaving[r], W, P, T)
            there = 0


@compiled
def act(b, R, first, n, month, country, W, L, F, G, P, T):
    """Let those with a plan decide, or give it up; a lot of them at a time."""
    m, there = marked(R, n), 0
    draw_found(DEPART, R, m)
    for k in range(m):
        h = at(R, first, k)
        if decides(h, month, country, R.u[k], R.v[k], R, L, P):
            party = best_party(h, month, W, F, P)
            if party >= 0:
                put_in(h, there, R.found[k], month, party, R, W, F, P)
                there += 1
            elif h.plan == PLANNING:
                h.plan = NO_PLAN
        if there == LOT or (there > 0 and k == m - 1):
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
    """Return the k-th household found by `marked`."""
    return of(R, first, R.found[k])


@compiled
def marked(R, n):
    """List the marked rows in `R.found` and return how many they are."""
    marks, found = R.marks, R.found
    m = 0
    for j in range(n):
        found[m] = j
        m += marks[j]
    return m


@compiled
def draw(purpose, k, R, n):
    """Draw for every row the 64 bits of a purpose."""
    keys, bits = R.keys, R.bits
    for j in range(n):
        bits[j] = bits_of(keys[j], purpose, k)


@compiled
def spread_out(R, n):
    """Turn what was drawn into two uniforms a row."""
    bits, u, v = R.bits, R.u, R.v
    for j in range(n):
        u[j] = first_of(bits[j])
    for j in range(n):
        v[j] = second_of(bits[j])


@compiled
def begin(b, R, n, month, seed, country):
    """Begin the month: nobody has left, nothing was paid; mark where somebody may be born, die or grow older."""
    ids, keys, went, went_people, barred = b.id, R.keys, b.went, b.went_people, b.barred
    insured, cash, firm, saving, interest = R.dry_paid, R.cash_got, R.firm, R.saving, R.interest
    marks, people, offspring, u = R.marks, R.people, R.offspring, R.u
    child, adult = R.child_turns[country], R.adult_turns[country]
    for j in range(n):
        keys[j] = key(seed, ids[j], month)
    draw(BIRTH, 0, R, n)
    spread_out(R, n)
    count_people(b, R, n)
    for j in range(n):
        young = np.float32(offspring[j])
        marks[j] = u[j] <= child * young + adult * (np.float32(people[j]) - young)
    for j in range(n):
        went[j] = 0
        went_people[j] = 0
        barred[j] = 0
    for j in range(n):
        insured[j] = ZERO
        cash[j] = ZERO
        firm[j] = ZERO
    for j in range(n):
        saving[j] = ZERO
        interest[j] = ONE


@compiled
def count_people(b, R, n):
    """Count people, children and workers at home."""
    adults, children, people, workers, offspring = b.adults, b.children, R.people, R.workers, R.offspring
    w1, w2, w3, w4 = adults[0], adults[1], adults[2], adults[3]
    m1, m2, m3, m4 = adults[4], adults[5], adults[6], adults[7]
    c1, c2, c3 = children[0], children[1], children[2]
    for j in range(n):
        workers[j] = w1[j] + w2[j] + w3[j] + m1[j] + m2[j] + m3[j]
    for j in range(n):
        offspring[j] = c1[j] + c2[j] + c3[j]
    for j in range(n):
        people[j] = workers[j] + offspring[j] + w4[j] + m4[j]


@compiled
def meet_hazards(b, R, n):
    """Mark who may be a victim, be hit by a disaster, or is displaced."""
    department, displaced = b.department, b.displaced
    marks, people, u, v = R.marks, R.people, R.u, R.v
    crimes, women, children, disasters = R.crime, R.woman, R.child, R.struck
    draw(VICTIM, 0, R, n)
    spread_out(R, n)
    for j in range(n):
        marks[j] = (v[j] < crimes[department[j]]) | (u[j] < disasters[department[j]]) | (displaced[j] > 0)
    draw(VICTIM, 1, R, n)
    spread_out(R, n)
    for j in range(n):
        marks[j] |= (u[j] < women[department[j]]) | (v[j] < children[department[j]])
    for j in range(n):
        marks[j] = marks[j] if people[j] > 0 else 0


@compiled
def note_livelihood(b, R, n):
    """Note who farms, before a job is found."""
    livelihood, farm = b.livelihood, R.v
    for j in range(n):
        farm[j] = ONE if livelihood[j] == AGRICULTURE else ZERO


@compiled
def earn(b, R, n, month, L, P):
    """Draw this month's shock and income; who is not at home earns nothing and draws nothing."""
    department, disaster, returned = b.department, b.disaster_month, b.returned_month
    how, helped = b.returned_how, b.helped
    shock, permanent = b.shock, b.log_income
    people, u, z, farm, ln_y, fall = R.people, R.u, R.z, R.v, R.ln_y, R.fall
    local, dryness, coffee, losses, firm, insured = R.ln_local, R.dryness, R.coffee, R.loss, R.firm, R.dry_paid
    help_job = L.help_job[month]
    never = month + 1
    bits = R.bits
    draw(LIVELIHOOD, 0, R, n)
    for j in range(n):
        u[j] = first_of(bits[j])
    for j in range(n):
        z[j] = tail_size(u[j])
    for j in range(n):
        z[j] = quantile_of(u[j], z[j])
    for j in range(n):
        drawn = next_shock(shock[j], z[j], P)
        shock[j] = drawn if people[j] > 0 else shock[j]
    for j in range(n):
        u[j] = losses[month - disaster[j] if disaster[j] > NEVER else never]
    for j in range(n):
        z[j] = stigma(month - returned[j], how[j], helped[j], help_job)
    for j in range(n):
        d = department[j]
        earned = income_log(
            permanent[j], local[d] + firm[j], farm[j], dryness[d], insured[j], coffee[d], u[j], shock[j], z[j], P
        )
        ln_y[j] = earned if people[j] > 0 else permanent[j]
    for j in range(n):
        fall[j] = ln_y[j] - permanent[j]


@compiled
def mark_ties(b, R, n, month, country, W, L, P):
    """Count members away and what kin send; mark who has members away or somebody held for removal."""
    away, remits, held, marks, n_away, sent = b.away, b.kin_remits, b.held, R.marks, R.n_away, R.remittance
    people, fall, share, kept, taxed = R.people, R.fall, P.share_kin, L.remit_kept[country, month], L.remit_tax[country, month]
    usa, mexico, canada = b.kin[0], b.kin[1], b.kin[2]
    for j in range(n):
        n_away[j] = 0
    for place in range(len(away)):
        members = away[place]
        for j in range(n):
            n_away[j] += members[j]
    to_usa, to_mexico, to_canada = W.wage[0, month], W.wage[1, month], W.wage[2, month]
    for j in range(n):
        place = place_of_kin(usa[j], mexico[j], canada[j])
        wage = to_usa if place == 0 else to_mexico if place == 1 else to_canada
        money = np.float64(remitted(share, wage, ONE, fall[j], P)) * kept
        sent[j] = money if (remits[j] > 0) & (people[j] > 0) else ZERO
    tax = np.uint8(taxed > ZERO)
    for j in range(n):
        marks[j] = (n_away[j] > 0) | (held[j] > 0) | (tax & (remits[j] > 0))


@compiled
def turn_to_chances(x):
    """Turn (n,) log-odds into chances."""
    for k in range(len(x)):
        x[k] = logistic32(x[k])


@compiled
def share_income(b, R, n):
    """Return to US$ what those at home earn while some workers are away."""
    y, ln_y, workers, n_away = R.y, R.ln_y, R.workers, R.n_away
    for j in range(n):
        y[j] = income_at_home(exp32(ln_y[j]), np.int64(workers[j]), np.int64(n_away[j]))


@compiled
def save(b, R, n, P):
    """Save and pay debts from income and remittances, where somebody is at home; nobody else has a wish or a plan."""
    savings, debt, aspiring, plan = b.savings, b.debt, b.aspiring, b.plan
    y, remittance, saving, interest, people, income = R.y, R.remittance, R.saving, R.interest, R.people, R.income
    for j in range(n):
        put = savings_next(savings[j], y[j], remittance[j], saving[j], P)
        savings[j] = put if people[j] > 0 else savings[j]
    for j in range(n):
        owed = debt_next(debt[j], y[j], remittance[j], interest[j], P)
        debt[j] = owed if people[j] > 0 else debt[j]
    for j in range(n):
        income[j] = y[j] + remittance[j]
    for j in range(n):
        aspiring[j] = aspiring[j] if people[j] > 0 else 0
    for j in range(n):
        plan[j] = NO_PLAN if (people[j] == 0) & (plan[j] == PLANNING) else plan[j]


@compiled
def mark_redraws(b, R, n, month, P):
    """Mark whose wish to leave is drawn anew, and keep the draw."""
    v, marks, people = R.v, R.marks, R.people
    chance = ONE if month == 0 else P.kappa
    draw(ASPIRE, 0, R, n)
    spread_out(R, n)
    for j in range(n):
        marks[j] = (v[j] < chance) & (people[j] > 0)


@compiled
def mark_plans(b, R, n):
    """Mark who has a plan or waits in a queue."""
    plan, marks, people = b.plan, R.marks, R.people
    for j in range(n):
        marks[j] = (plan[j] != NO_PLAN) & (people[j] > 0)


@compiled
def mark_wishes(b, R, n):
    """Mark who wishes to leave without a plan, and has somebody who can work."""
    aspiring, plan, marks, workers = b.aspiring, b.plan, R.marks, R.workers
    for j in range(n):
        marks[j] = (aspiring[j] > 0) & (plan[j] == NO_PLAN) & (workers[j] > 0)


@compiled
def mark_queue(b, R, n):
    """Mark who waits in a queue."""
    plan, marks = b.plan, R.marks
    for j in range(n):
        marks[j] = plan[j] == QUEUED


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
    households, all_earned, all_sent = np.int64(0), np.int64(0), np.int64(0)
    for j in range(n):
        w = np.int64(weight[j])
        there = w if people[j] > 0 else np.int64(0)
        cents, received = w * earned[j], w * sent[j]
        g = group[j]
        sums[g, 0] += there
        sums[g, 1] += w * people[j]
        sums[g, 2] += cents
        sums[g, 3] += received
        households += there
        all_earned += cents
        all_sent += received
    T.linked[main, 1] += households
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
