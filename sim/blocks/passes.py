"""Straight-line passes over the rows of a block: what every household does each month, and marks of those who do more.

No branches and at most one exponential, logarithm or hash a loop, so that the compiler takes eight rows at once; the
rules that they call are those of one household, copied in. b: columns of the block. R: room of the thread.
"""

from __future__ import annotations

import numpy as np

from sim.codes import AGRICULTURE
from sim.draws import ASPIRE, BIRTH, LIVELIHOOD, VICTIM, bits_of, first_of, key, second_of
from sim.numerics import ONE, ZERO, compiled, exp32, logistic32, quantile_of, tail_size
from sim.rules.away import place_of_kin, remitted
from sim.rules.livelihood import debt_next, income_at_home, income_log, next_shock, savings_next, stigma
from sim.state import NEVER, NO_PLAN, PLANNING, QUEUED


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
def earn(b, R, n, month, country, W, L, P):
    """Draw this month's shock and income; who is not at home earns nothing and draws nothing."""
    department, disaster, returned = b.department, b.disaster_month, b.returned_month
    how, helped = b.returned_how, b.helped
    shock, permanent = b.shock, b.log_income
    people, u, z, farm, ln_y, fall = R.people, R.u, R.z, R.v, R.ln_y, R.fall
    local, dryness, losses, firm, insured = R.ln_local, R.dryness, R.loss, R.firm, R.dry_paid
    help_job, coffee = L.help_job[month], W.coffee[country, month]
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
            permanent[j], local[d] + firm[j], farm[j], dryness[d], insured[j], coffee, u[j], shock[j], z[j], P
        )
        ln_y[j] = earned if people[j] > 0 else permanent[j]
    for j in range(n):
        fall[j] = ln_y[j] - permanent[j]


@compiled
def mark_ties(b, R, n, month, country, W, L, P):
    """Count members away and what kin send; mark who has members away or somebody held for removal."""
    away, remits, held, marks, n_away, sent = b.away, b.kin_remits, b.held, R.marks, R.n_away, R.remittance
    people, fall, share = R.people, R.fall, P.share_kin
    kept, taxed = L.remit_kept[country, month], L.remit_tax[country, month]
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
def turn_to_chances(x):
    """Turn (n,) log-odds into chances."""
    for k in range(len(x)):
        x[k] = logistic32(x[k])


@compiled
def mark_plans(b, R, n):
    """Mark, in `R.planned`, who has a plan or waits in a queue before others begin to plan."""
    plan, planned, people = b.plan, R.planned, R.people
    for j in range(n):
        planned[j] = (plan[j] != NO_PLAN) & (people[j] > 0)


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
