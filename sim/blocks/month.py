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
from sim.rules.theory import wish_by_theory
from sim.state import QUEUED


@compiled_once
def live_block(R, first, n, month, seed, W, L, F, G, P, T):
    """Live month `month` in the n rows from `first` on."""
    b = columns_of(R, first, n)
    here, city = find_movers(b, R, n, W)
    country, running = W.country[here], L.running[month] > 0
    begin(b, R, n, month, seed, country)
    change_people(b, R, first, n, month, country, W)
    count_people(b, R, n)
    be_harmed(b, R, first, n, month, here, city, W, P, T)
    note_livelihood(b, R, n)
    if running:
        join_programmes(R, first, n, month, W, L, P, T)
    earn(b, R, n, month, country, here, city, W, L, P)
    live_abroad(b, R, first, n, month, country, W, L, F, G, P, T)
    count_people(b, R, n)
    if L.remit_tax[country, month] > 0:
        pay_tax(R, first, n, L.remit_tax[country, month], W, T)
    receive(R, n, L.remit_kept[country, month])
    share_income(b, R, n)
    if running:
        be_paid(R, first, n, month, W, L, P, T)
    save(b, R, n, P)
    wish_anew(b, R, first, n, month, country, here, city, W, F, P, T)
    if F.calling[0]:
        answer_calls(b, R, first, n, month, W, L, F, G, P, T)
    mark_plans(b, R, n)
    think(b, R, first, n, month, country, W, L, F, G, P, T)
    act(b, R, first, n, month, country, W, L, F, G, P, T)
    leave_queues(b, R, first, n, month, W, T)
    count_people(b, R, n)
    take_stock(b, R, n, month)
    add_up(b, R, n, country, here, T)


@compiled_once
def change_people(b, R, first, n, month, country, W):
    """Let people be born, die, grow older and leave home where it happens."""
    m = listed(R.marks, R.found, n)
    for i in range(find_events(b, R, m, month, country, W)):
        k = R.those[i]
        age(at(R, first, k), month, R.event[k], R.z[k], W)


@compiled_once
def be_harmed(b, R, first, n, month, here, city, W, P, T):
    """Let crime, violence, disaster and displacement befall those whom they do."""
    meet_hazards(b, R, n, here, city)
    for k in range(listed(R.marks, R.found, n)):
        suffer(at(R, first, k), month, W, P, T)


@compiled_once
def join_programmes(R, first, n, month, W, L, P, T):
    """Let households take part in programmes of work and insurance, where one runs."""
    without_programmes(R)
    for j in range(n):
        if R.people[j] > 0:
            h = of(R, first, j)
            R.firm[j] = earn_more(h, month, W, L, P, T)
            R.dry_paid[j] = h.insured


@compiled_once
def be_paid(R, first, n, month, W, L, P, T):
    """Let households take part in programmes of money, where one runs."""
    for j in range(n):
        if R.people[j] > 0:
            h = of(R, first, j)
            R.y[j], R.ln_y[j], R.saving[j], R.interest[j] = get_more(
                h, month, R.y[j], R.ln_y[j], R.remittance[j], W, L, P, T
            )
            R.cash_got[j] = h.cash


@compiled_once
def live_abroad(b, R, first, n, month, country, W, L, F, G, P, T):
    """Let members away come, go, settle and send money."""
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


@compiled_once
def pay_tax(R, first, n, rate, W, T):
    """Take a tax from remittances."""
    for j in range(n):
        if R.people[j] > 0 and R.remittance[j] > 0:
            R.remittance[j] = tax_remittances(of(R, first, j), R.remittance[j], rate, W, T)


@compiled_once
def wish_anew(b, R, first, n, month, country, here, city, W, F, P, T):
    """Draw the wish to leave anew where it is time, and change it where it does."""
    mark_redraws(b, R, n, month, P)
    m = listed(R.marks, R.found, n)
    weigh_wishes(b, R, n, month, country, here, city, W, P)
    wish_by_theory(b, R, n, country, here, city, F, P)
    draw_wishes(b, R, m)
    for i in range(listed(R.some, R.those, m)):
        k = R.those[i]
        wish(at(R, first, k), R.moves[k], W, T)


@compiled_once
def answer_calls(b, R, first, n, month, W, L, F, G, P, T):
    """Let those who may be called be drawn for reserved places."""
    for j in range(n):
        if R.people[j] > 0 and b.plan[j] < QUEUED:
            answer_call(of(R, first, j), month, R.y[j], R.n_away[j], R, W, L, F, G, P, T)


@compiled_once
def leave_queues(b, R, first, n, month, W, T):
    """Let those leave a queue who could not go any more."""
    mark_queue(b, R, n)
    for k in range(listed(R.marks, R.found, n)):
        h = at(R, first, k)
        if not still_able(h):
            leave_queue(h, month, W, T)
