"""Passes over the rows of a block: this month's income, savings and debt of every household.

Equation (1) of docs/odd.md for all at once, by the rules of `sim/rules/livelihood.py`. A column is not written where it
is chosen what to write: the choice goes to the room first, because half a vector is slow to store.
"""

from __future__ import annotations

import numpy as np

from sim.blocks.flags import listed
from sim.blocks.passes import draw
from sim.codes import AGRICULTURE
from sim.draws import LIVELIHOOD, first_of
from sim.numerics import ONE, ZERO, central_quantile32, compiled, exp32, in_tail, tail_quantile32
from sim.rules.livelihood import debt_next, income_at_home, income_log, next_shock, savings_next, stigma
from sim.state import NEVER, NO_PLAN, PLANNING

MONTHS = 12


@compiled
def note_livelihood(b, R, n):
    """Note who farms, before a job is found."""
    livelihood, farm = b.livelihood, R.spare
    for j in range(n):
        farm[j] = ONE if livelihood[j] == AGRICULTURE else ZERO


@compiled
def draw_shocks(b, R, n, P):
    """Draw this month's shock to income; who is not at home draws nothing."""
    shock, people, bits, u, z, marks, those = b.shock, R.people, R.bits, R.u, R.z, R.marks, R.those
    draw(LIVELIHOOD, 0, R, n)
    for j in range(n):
        u[j] = first_of(bits[j])
    for j in range(n):
        z[j] = central_quantile32(u[j])
    for j in range(n):
        marks[j] = in_tail(u[j])
    tails, m = R.v, listed(marks, those, n)
    for k in range(m):
        tails[k] = u[those[k]]
    for k in range(m):
        tails[k] = tail_quantile32(tails[k])
    for k in range(m):
        z[those[k]] = tails[k]
    for j in range(n):
        drawn, before = next_shock(shock[j], z[j], P), shock[j]
        u[j] = drawn if people[j] > 0 else before
    for j in range(n):
        shock[j] = u[j]


@compiled
def note_losses(b, R, n, month, L):
    """Note in `R.z` what a disaster takes from income still, and in `R.u` how much of a removal is felt."""
    disaster, returned, how, helped = b.disaster_month, b.returned_month, b.returned_how, b.helped
    marks, found, lost, felt, losses, help_job = R.marks, R.found, R.z, R.u, R.loss, L.help_job[month]
    for j in range(n):
        lost[j] = ZERO
    for j in range(n):
        felt[j] = ZERO
    for j in range(n):
        marks[j] = disaster[j] > NEVER
    for k in range(listed(marks, found, n)):
        lost[found[k]] = losses[month - disaster[found[k]]]
    long_ago = np.int16(month - MONTHS)
    for j in range(n):
        marks[j] = returned[j] > long_ago
    for k in range(listed(marks, found, n)):
        j = found[k]
        felt[j] = stigma(month - returned[j], how[j], helped[j], help_job)


@compiled
def earn(b, R, n, month, country, here, city, W, L, P):
    """Find this month's income: ln y where somebody is at home, and its distance from the permanent level."""
    shock, permanent, in_city, people = b.shock, b.log_income, R.in_city, R.people
    lost, felt, farm, ln_y, fall, firm, insured = R.z, R.u, R.spare, R.ln_y, R.fall, R.firm, R.dry_paid
    coffee = W.coffee[country, month]
    local_here, local_city, dry_here, dry_city = R.ln_local[here], R.ln_local[city], R.dryness[here], R.dryness[city]
    draw_shocks(b, R, n, P)
    note_losses(b, R, n, month, L)
    for j in range(n):
        local, dryness = (local_city, dry_city) if in_city[j] > 0 else (local_here, dry_here)
        earned = income_log(
            permanent[j], local + firm[j], farm[j], dryness, insured[j], coffee, lost[j], shock[j], felt[j], P
        )
        usual = permanent[j]
        ln_y[j] = earned if people[j] > 0 else usual
    for j in range(n):
        fall[j] = ln_y[j] - permanent[j]


@compiled
def share_income(b, R, n):
    """Return to US$ what those at home earn while some workers are away."""
    y, ln_y, workers, n_away = R.y, R.ln_y, R.workers, R.n_away
    for j in range(n):
        y[j] = exp32(ln_y[j])
    for j in range(n):
        y[j] = income_at_home(y[j], np.float32(workers[j]), np.float32(n_away[j]))


@compiled
def save(b, R, n, P):
    """Save and pay debts from income and remittances, where somebody is at home; nobody else has a wish or a plan."""
    savings, debt, aspiring, plan = b.savings, b.debt, b.aspiring, b.plan
    y, remittance, saving, interest, people, income = R.y, R.remittance, R.saving, R.interest, R.people, R.income
    kept, kind = R.z, R.some
    for j in range(n):
        put, before = savings_next(savings[j], y[j], remittance[j], saving[j], P), savings[j]
        kept[j] = put if people[j] > 0 else before
    for j in range(n):
        savings[j] = kept[j]
    for j in range(n):
        owed, before = debt_next(debt[j], y[j], remittance[j], interest[j], P), debt[j]
        kept[j] = owed if people[j] > 0 else before
    for j in range(n):
        debt[j] = kept[j]
    for j in range(n):
        income[j] = y[j] + remittance[j]
    for j in range(n):
        kind[j] = aspiring[j] & (people[j] > 0)
    for j in range(n):
        aspiring[j] = kind[j]
    for j in range(n):
        before = plan[j]
        kind[j] = NO_PLAN if (people[j] == 0) & (before == PLANNING) else before
    for j in range(n):
        plan[j] = kind[j]
