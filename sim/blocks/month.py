"""A month of some rows together: straight-line passes over columns, and rules one by one where something happens.

`live_block` is the month's table of contents, in the order of docs/odd.md. A pass does what every household does and
marks the rows in which more happens; these live that part by the rules of `sim/rules`.
"""

from __future__ import annotations

from sim.blocks.abroad import mark_moves, note_ties, receive, send_home
from sim.blocks.flags import listed
from sim.blocks.livelihood import earn, note_livelihood, save, share_income
from sim.blocks.lots import act, at, of, think
from sim.blocks.passes import (
    begin,
    count_people,
    draw_wishes,
    find_movers,
    mark_plans,
    mark_queue,
    mark_redraws,
    meet_hazards,
    weigh_wishes,
    without_programmes,
)
from sim.blocks.people import find_events
from sim.blocks.stock import add_up, take_stock
from sim.compiling import compiled_once
from sim.rows import columns_of
from sim.rules.away_month import N_DESTINATIONS, from_kin, live_away, members_in, tax_remittances
from sim.rules.decide import answer_call, leave_queue, still_able
from sim.rules.month import age, earn_more, get_more, suffer, wish
from sim.state import QUEUED


@compiled_once
def live_block(R, first, n, month, seed, W, L, F, G, P, T):
    """Live month `month` in the n rows from `first` on."""
    b = columns_of(R, first, n)
    here, city = find_movers(b, R, n, W)
    country = W.country[here]
    begin(b, R, n, month, seed, country)
    m = listed(R.marks, R.found, n)
    for i in range(find_events(b, R, m, month, country, W)):
        k = R.those[i]
        age(at(R, first, k), month, R.event[k], R.z[k], W)
    count_people(b, R, n)
    meet_hazards(b, R, n, here, city)
    for k in range(listed(R.marks, R.found, n)):
        suffer(at(R, first, k), month, W, P, T)
    running = L.running[month] > 0
    note_livelihood(b, R, n)
    if running:
        without_programmes(R)
        for j in range(n):
            if R.people[j] > 0:
                h = of(R, first, j)
                R.firm[j] = earn_more(h, month, W, L, P, T)
                R.dry_paid[j] = h.insured
    earn(b, R, n, month, country, here, city, W, L, P)
    note_ties(b, R, n, month, W, P)
    m = listed(R.marks, R.found, n)
    mark_moves(b, R, m, month, country, L)
    for i in range(listed(R.some, R.those, m)):
        j = R.found[R.those[i]]
        h = of(R, first, j)
        live_away(h, month, R.n_away[j], R, W, L, F, G, P, T)
        R.remittance[j] = from_kin(h, month, R.fall[j], W, P)
        R.n_away[j] = 0
        for k in range(N_DESTINATIONS):
            R.members[k, j] = members_in(h, k)
            R.n_away[j] += R.members[k, j]
    send_home(b, R, m, month, W, P)
    count_people(b, R, n)
    tax = L.remit_tax[country, month]
    if tax > 0:
        for j in range(n):
            if R.people[j] > 0 and R.remittance[j] > 0:
                R.remittance[j] = tax_remittances(of(R, first, j), R.remittance[j], tax, W, T)
    receive(R, n, L.remit_kept[country, month])
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
    m = listed(R.marks, R.found, n)
    weigh_wishes(b, R, n, month, country, here, city, W, P)
    draw_wishes(b, R, m)
    for i in range(listed(R.some, R.those, m)):
        k = R.those[i]
        wish(at(R, first, k), R.moves[k], W, T)
    if F.calling[0]:
        for j in range(n):
            if R.people[j] > 0 and b.plan[j] < QUEUED:
                answer_call(of(R, first, j), month, R.y[j], R.n_away[j], R, W, L, F, G, P, T)
    mark_plans(b, R, n)
    think(b, R, first, n, month, country, W, L, F, G, P, T)
    act(b, R, first, n, month, country, W, L, F, G, P, T)
    mark_queue(b, R, n)
    for k in range(listed(R.marks, R.found, n)):
        h = at(R, first, k)
        if not still_able(h):
            leave_queue(h, month, W, T)
    count_people(b, R, n)
    take_stock(b, R, n, month)
    add_up(b, R, n, country, here, T)
