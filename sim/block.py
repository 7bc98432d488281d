"""A month of some rows together: straight-line passes over columns, and rules one by one where something happens.

`live_block` is the month's table of contents, in the order of docs/odd.md. A pass does what every household does,
without branches, so that the compiler takes several rows at once; it marks the rows in which more happens, and these
live that part by the rules of `sim/rules`. A block is short enough to stay in the cache from one pass to the next.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.codes import AGRICULTURE, COUNTRIES, DESTINATIONS, N_DEPARTMENTS, N_MONTHS, SINGLE_ADULT, STOCKS
from sim.draws import ASPIRE, BIRTH, LIVELIHOOD, VICTIM, key, normal_of, two_uniforms_of, uniform_of
from sim.numerics import ONE, ZERO, compiled, exp32
from sim.rows import columns_of, row
from sim.rules.away_month import live_away
from sim.rules.count import to_cents
from sim.rules.decide import answer_call, best_party, decide, leave_queue, still_able
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
    DECIDES,
    WAITS,
    age,
    earn_more,
    get_more,
    look_ahead,
    perhaps_plan,
    suffer,
    wish,
)
from sim.rules.people import ELDEST, FIRST_MAN, N_BANDS
from sim.rules.ways import LOT, lay_out_ways, take_in, value_leaving, value_ways
from sim.state import (
    INCOME,
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

BLOCK = 1024
"""Rows that live a month together: their columns and the room for the passes stay in the second cache."""
MONTHS = 12
ALMOST = np.float32(1 + 1e-6)
"""Factor that makes a bound computed in float32 no less than the exact one."""
N_STOCKS, N_DESTINATIONS = len(STOCKS), len(DESTINATIONS)
FIRST_ABROAD, LINKED = N_STOCKS, N_STOCKS + N_DESTINATIONS
N_STANDS = LINKED + 1
"""What a household stands in at the end of a month: the stocks, kin and members abroad, and ties to the USA."""

def work(n_ways: int) -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Return type and shape of what a thread works with: figures of the month, and one entry a row of the block."""
    by_department = ("ln_local", "dryness", "coffee", "crime", "woman", "child", "struck", "turns",
                     "city_income", "city_violence", "inside")  # fmt: skip
    figures = ("u", "ln_y", "fall", "firm", "dry_paid", "cash_got", "saving", "interest", "cents")
    of_ways = ("ln_earned", "ln_cost", "tastes")
    of_lot = ("lot_p_hat", "lot_u", "lot_ln_v", "lot_ln_y", "lot_ln_r", "lot_ln_n", "leaving")
    return {
        **dict.fromkeys(by_department, (np.float32, (N_DEPARTMENTS,))), "loss": (np.float32, (N_MONTHS + 1,)),
        **dict.fromkeys(of_ways, (np.float32, (n_ways,))), "asked": (np.int32, (n_ways,)), "bands": (np.int32, (n_ways,)),
        "able": (np.uint8, (n_ways,)), "errors": (np.float32, (N_NESTS,)), "open_to": (np.int64, (N_DEPARTMENTS,)),
        **dict.fromkeys(of_lot, (np.float32, (LOT,))), "lot_open": (np.int64, (LOT,)), "in_nest": (np.float32, (N_NESTS, LOT)),
        **dict.fromkeys(("lot_row", "lot_department", "lot_traits", "lot_party"), (np.int32, (LOT,))),
        **dict.fromkeys(("lot_decides", "lot_family"), (np.uint8, (LOT,))),
        **dict.fromkeys(("utility", "feasible"), (np.float32, (n_ways, LOT))),
        "ln_price": (np.float32, (len(COUNTRIES), 2, 2)), "ln_price_mexico": (np.float32, (len(COUNTRIES),)),
        **dict.fromkeys(figures, (np.float32, (BLOCK,))), **dict.fromkeys(("y", "remittance"), (np.float64, (BLOCK,))),
        **dict.fromkeys(("people", "workers", "marks", "group"), (np.uint8, (BLOCK,))),
        "keys": (np.uint64, (BLOCK,)), "n_away": (np.int16, (BLOCK,)), "found": (np.int32, (BLOCK,)),
        "stands": (np.int16, (N_STANDS, BLOCK)),
    }  # fmt: skip


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
        R.turns[d] = W.most_turns[country, month] * ALMOST
    lay_out_ways(R, month, W, L, F, G, P)
    for ago in range(month + 1):
        R.loss[ago] = disaster_loss(ago, P)
    R.loss[month + 1] = ZERO


@compiled
def live_block(R, first, n, month, seed, W, L, F, G, P, T):
    """Live month `month` in the n rows from `first` on."""
    b = columns_of(R, first, n)
    begin(b, R, n, month, seed)
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
    mark_ties(b, R, n)
    for k in range(marked(R, n)):
        j = R.found[k]
        R.n_away[j], R.remittance[j] = live_away(at(R, first, k), month, R.fall[j], W, L, F, G, P, T)
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
    for k in range(marked(R, n)):
        j = R.found[k]
        wish(at(R, first, k), month, R.u[j], R.ln_y[j], R.n_away[j], R.remittance[j], W, L, P, T)
    if F.calling[0]:
        for j in range(n):
            if R.people[j] > 0 and b.plan[j] < QUEUED:
                answer_call(of(R, first, j), month, R.y[j], R.n_away[j], R, W, L, F, G, P, T)
    mark_plans(b, R, n)
    think(R, first, marked(R, n), month, W, L, F, G, P, T)
    mark_queue(b, R, n)
    for k in range(marked(R, n)):
        h = at(R, first, k)
        if not still_able(h):
            leave_queue(h, month, W, T)
    count_people(b, R, n)
    take_stock(b, R, n, month)
    add_up(b, R, n, W, T)


@compiled
def think(R, first, n, month, W, L, F, G, P, T):
    """Let the n households found look into leaving or decide, a lot of them at a time."""
    m = 0
    for k in range(n):
        h = at(R, first, k)
        does = look_ahead(h, month, W, L, P)
        party = SINGLE_ADULT
        if does == DECIDES:
            party = best_party(h, month, W, F, P)
            if party < 0:
                h.plan = NO_PLAN if h.plan == PLANNING else h.plan
        if does != WAITS and party >= 0:
            j = R.found[k]
            victim = ONE if month - h.victim_month < MONTHS else ZERO
            take_in(h, m, month, R.y[j], h.kin[0] + R.n_away[j], victim, party, R, W, F, P)
            R.lot_row[m], R.lot_decides[m], R.lot_party[m] = j, does == DECIDES, party
            m += 1
        if m == LOT or (m > 0 and k == n - 1):
            settle_lot(R, first, m, month, W, L, F, G, P, T)
            m = 0


@compiled
def settle_lot(R, first, m, month, W, L, F, G, P, T):
    """Value the ways for m households at once; then each decides or perhaps begins to plan."""
    value_ways(m, W.country[R.lot_department[0]], month, R, W, F, G, P)
    value_leaving(m, R, G)
    for r in range(m):
        j = R.lot_row[r]
        h = of(R, first, j)
        if R.lot_decides[r]:
            decide(h, r, month, R.lot_party[r], h.kin[0] + R.n_away[j], R, W, L, F, G, P, T)
        else:
            perhaps_plan(h, month, R.leaving[r], W, P, T)


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
def begin(b, R, n, month, seed):
    """Begin the month: nobody has left, nothing was paid; mark where somebody may be born, die or grow older."""
    ids, keys, department, turns = b.id, R.keys, b.department, R.turns
    went, went_people, barred = b.went, b.went_people, b.barred
    insured, cash, firm, saving, interest = R.dry_paid, R.cash_got, R.firm, R.saving, R.interest
    marks, people = R.marks, R.people
    count_people(b, R, n)
    for j in range(n):
        keys[j] = key(seed, ids[j], month)
    for j in range(n):
        marks[j] = uniform_of(keys[j], BIRTH) <= turns[department[j]] * np.float32(people[j])
    for j in range(n):
        went[j] = 0
    for j in range(n):
        went_people[j] = 0
    for j in range(n):
        barred[j] = 0
    for j in range(n):
        insured[j] = ZERO
        cash[j] = ZERO
        firm[j] = ZERO
        saving[j] = ZERO
        interest[j] = ONE


@compiled
def count_people(b, R, n):
    """Count people and workers at home."""
    adults, children, people, workers = b.adults, b.children, R.people, R.workers
    for j in range(n):
        young = np.uint8(0)
        for band in range(N_BANDS):
            if band != ELDEST:
                young += adults[band, j] + adults[FIRST_MAN + band, j]
        workers[j] = young
    for j in range(n):
        old = adults[ELDEST, j] + adults[FIRST_MAN + ELDEST, j]
        people[j] = workers[j] + old + children[0, j] + children[1, j] + children[2, j]


@compiled
def meet_hazards(b, R, n):
    """Mark who may be a victim, be hit by a disaster, or is displaced."""
    department, displaced = b.department, b.displaced
    keys, marks, people = R.keys, R.marks, R.people
    crimes, women, children, disasters = R.crime, R.woman, R.child, R.struck
    for j in range(n):
        d = department[j]
        struck, crime = two_uniforms_of(keys[j], VICTIM)
        woman, child = two_uniforms_of(keys[j], VICTIM, 1)
        harmed = (crime < crimes[d]) | (woman < women[d]) | (child < children[d]) | (struck < disasters[d])
        marks[j] = (harmed | (displaced[j] > 0)) & (people[j] > 0)


@compiled
def note_livelihood(b, R, n):
    """Note who farms, before a job is found."""
    livelihood, farm = b.livelihood, R.u
    for j in range(n):
        farm[j] = ONE if livelihood[j] == AGRICULTURE else ZERO


@compiled
def earn(b, R, n, month, L, P):
    """Draw this month's shock and income; who is not at home earns nothing and draws nothing."""
    department, disaster, returned = b.department, b.disaster_month, b.returned_month
    how, helped = b.returned_how, b.helped
    shock, permanent = b.shock, b.log_income
    keys, people, farm, ln_y, fall = R.keys, R.people, R.u, R.ln_y, R.fall
    local, dryness, coffee, losses, firm, insured = R.ln_local, R.dryness, R.coffee, R.loss, R.firm, R.dry_paid
    help_job = L.help_job[month]
    never = month + 1
    for j in range(n):
        drawn = next_shock(shock[j], normal_of(keys[j], LIVELIHOOD), P)
        shock[j] = drawn if people[j] > 0 else shock[j]
    for j in range(n):
        d = department[j]
        loss = losses[month - disaster[j] if disaster[j] > NEVER else never]
        less = stigma(month - returned[j], how[j], helped[j], help_job)
        earned = income_log(
            permanent[j], local[d] + firm[j], farm[j], dryness[d], insured[j], coffee[d], loss, shock[j], less, P
        )
        ln_y[j] = earned if people[j] > 0 else permanent[j]
        fall[j] = ln_y[j] - permanent[j]


@compiled
def mark_ties(b, R, n):
    """Mark who has members away, kin that send money, or somebody held for removal."""
    away, remits, held, marks, n_away, sent = b.away, b.kin_remits, b.held, R.marks, R.n_away, R.remittance
    for j in range(n):
        anybody = remits[j] | held[j]
        for place in range(9):
            anybody |= away[place, j]
        marks[j] = anybody > 0
    for j in range(n):
        n_away[j] = 0
    for j in range(n):
        sent[j] = ZERO


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
    y, remittance, saving, interest, people, cents = R.y, R.remittance, R.saving, R.interest, R.people, R.cents
    for j in range(n):
        put = savings_next(savings[j], y[j], remittance[j], saving[j], P)
        savings[j] = put if people[j] > 0 else savings[j]
    for j in range(n):
        owed = debt_next(debt[j], y[j], remittance[j], interest[j], P)
        debt[j] = owed if people[j] > 0 else debt[j]
    for j in range(n):
        cents[j] = y[j] + remittance[j]
    for j in range(n):
        aspiring[j] = aspiring[j] if people[j] > 0 else 0
    for j in range(n):
        plan[j] = NO_PLAN if (people[j] == 0) & (plan[j] == PLANNING) else plan[j]


@compiled
def mark_redraws(b, R, n, month, P):
    """Mark whose wish to leave is drawn anew, and keep the draw."""
    keys, u, marks, people = R.keys, R.u, R.marks, R.people
    chance = ONE if month == 0 else P.kappa
    for j in range(n):
        drawn, redraw = two_uniforms_of(keys[j], ASPIRE)
        u[j] = drawn
        marks[j] = (redraw < chance) & (people[j] > 0)


@compiled
def mark_plans(b, R, n):
    """Mark who wishes to leave or has a plan."""
    aspiring, plan, marks, people = b.aspiring, b.plan, R.marks, R.people
    for j in range(n):
        marks[j] = ((aspiring[j] > 0) | (plan[j] != NO_PLAN)) & (people[j] > 0)


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
        for j in range(n):
            own = np.int16(kin[k, j])
            if formed[j] > 0:  # who formed later shares the kin of the family it came from
                own = np.int16(settled[j]) if k == 0 else np.int16(0)
            stands[FIRST_ABROAD + k, j] = own + away[3 * k, j] + away[3 * k + 1, j] + away[3 * k + 2, j]
    for j in range(n):
        irregular = np.int16(away[2, j]) + away[5, j] + away[8, j]
        stands[S_AWAY_IRREGULAR, j] = irregular
        stands[S_AWAY_REGULAR, j] = max(n_away[j] - irregular, 0)
    for j in range(n):
        stands[S_QUEUE, j] = waiting[j] if (plan[j] == QUEUED) & (people[j] > 0) else 0
    for j in range(n):
        stands[S_RETURNED, j] = (month - returned[j] < MONTHS) & (people[j] > 0)
    for j in range(n):
        stands[S_DISPLACED, j] = people[j] if displaced[j] > 0 else 0
    for j in range(n):
        stands[S_ASPIRING, j] = aspiring[j] if people[j] > 0 else 0
    for j in range(n):
        stands[S_PLANNING, j] = (plan[j] != NO_PLAN) & (people[j] > 0)
    for j in range(n):
        stands[S_RECEIVING, j] = (remittance[j] > ZERO) & (people[j] > 0)
    for j in range(n):
        stands[LINKED, j] = (kin[0, j] + away[0, j] + away[1, j] + away[2, j] > 0) & (people[j] > 0)


@compiled
def add_up(b, R, n, W, T):
    """Add the block to the tally: first as if all lived where its first row does, then who moved elsewhere."""
    department, weight, stands, people = b.department, b.weight, R.stands, R.people
    quintile, female, indigenous, rural, group = b.quintile, b.female_head, b.indigenous, b.rural, R.group
    main = department[0]
    for j in range(n):
        country = W.country[department[j]]
        cell = (country * 5 + quintile[j] - 1) * 2 + female[j]
        group[j] = (cell * 2 + indigenous[j]) * 2 + rural[j]
    for s in range(N_STANDS):
        all_people, households = np.int64(0), np.int64(0)
        for j in range(n):
            all_people += weight[j] * np.int32(stands[s, j])
            households += weight[j] if stands[s, j] > 0 else 0
        enter(T, W, main, s, all_people, households)
    here = np.int64(0)
    for j in range(n):
        here += weight[j] if people[j] > 0 else 0
    T.linked[main, 1] += here
    income, remittances = np.int64(0), np.int64(0)
    earned, remittance = R.cents, R.remittance
    for j in range(n):
        w = np.int64(weight[j])
        if people[j] == 0:
            continue
        cents, sent = to_cents(earned[j]) * w, to_cents(remittance[j]) * w
        income += cents
        remittances += sent
        g = group[j]
        T.alive[g, 0] += w
        T.alive[g, 1] += w * people[j]
        T.money[g, INCOME] += cents
        T.money[g, REMITTANCES] += sent
    T.money_department[main, INCOME] += income
    T.money_department[main, REMITTANCES] += remittances
    for j in range(n):
        d = department[j]
        if d != main:
            w = np.int64(weight[j])
            for s in range(N_STANDS):
                if stands[s, j] > 0:
                    enter(T, W, main, s, -w * stands[s, j], -w)
                    enter(T, W, d, s, w * stands[s, j], w)
            if people[j] > 0:
                T.linked[main, 1] -= w
                T.linked[d, 1] += w
                cents, sent = to_cents(earned[j]) * w, to_cents(remittance[j]) * w
                T.money_department[main, INCOME] -= cents
                T.money_department[d, INCOME] += cents
                T.money_department[main, REMITTANCES] -= sent
                T.money_department[d, REMITTANCES] += sent


@compiled
def enter(T, W, d, stand, people, households):
    """Add people and households of a department to what they stand in."""
    if stand < FIRST_ABROAD:
        T.stock_people[d, stand] += people
        T.stock_households[d, stand] += households
    elif stand < LINKED:
        T.abroad[W.country[d], stand - FIRST_ABROAD] += people
    else:
        T.linked[d, 0] += households
