"""A month of some rows together: straight-line passes over columns, and rules one by one where something happens.

`live_block` is the month's table of contents, in the order of docs/odd.md. A pass does what every household does and
marks the rows in which more happens; these live that part by the rules of `sim/rules`.
"""

from __future__ import annotations

from sim.blocks.lots import act, at, marked, of, think
from sim.blocks.passes import (
    begin,
    count_people,
    earn,
    mark_plans,
    mark_queue,
    mark_redraws,
    mark_ties,
    meet_hazards,
    note_livelihood,
    save,
    share_income,
    turn_to_chances,
)
from sim.blocks.stock import add_up, take_stock
from sim.numerics import compiled
from sim.rows import columns_of
from sim.rules.away_month import live_away
from sim.rules.decide import answer_call, leave_queue, still_able
from sim.rules.month import age, earn_more, get_more, suffer, wish, wish_odds
from sim.state import QUEUED


@compiled
def live_block(R, first, n, month, seed, W, L, F, G, P, T):
    """Live month `month` in the n rows from `first` on."""
    b = columns_of(R, first, n)
    country = W.country[b.department[0]]
    begin(b, R, n, month, seed, country)
    for k in range(marked(R.marks, R, n)):
        age(at(R, first, k), month, W)
    count_people(b, R, n)
    meet_hazards(b, R, n)
    for k in range(marked(R.marks, R, n)):
        suffer(at(R, first, k), month, W, P, T)
    running = L.running[month] > 0
    note_livelihood(b, R, n)
    if running:
        for j in range(n):
            if R.people[j] > 0:
                h = of(R, first, j)
                R.firm[j] = earn_more(h, month, W, L, P, T)
                R.dry_paid[j] = h.insured
    earn(b, R, n, month, country, W, L, P)
    mark_ties(b, R, n, month, country, W, L, P)
    for k in range(marked(R.marks, R, n)):
        j = R.found[k]
        R.n_away[j], R.remittance[j] = live_away(
            at(R, first, k), month, R.n_away[j], R.people[j], R.fall[j], R, W, L, F, G, P, T
        )
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
    m = marked(R.marks, R, n)
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
    think(b, R, first, n, month, country, W, L, F, G, P, T)
    act(R, first, n, month, country, W, L, F, G, P, T)
    mark_queue(b, R, n)
    for k in range(marked(R.marks, R, n)):
        h = at(R, first, k)
        if not still_able(h):
            leave_queue(h, month, W, T)
    count_people(b, R, n)
    take_stock(b, R, n, month)
    add_up(b, R, n, country, T)
