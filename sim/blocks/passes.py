"""Straight-line passes over the rows of a block: what every household does each month, and marks of those who do more.

No branches and at most one exponential, logarithm or hash a loop, so that the compiler takes eight rows at once; the
rules that they call are those of one household, copied in. b: columns of the block. R: room of the thread.
"""

from __future__ import annotations

import numpy as np

from sim.codes import AGRICULTURE
from sim.draws import ASPIRE, BIRTH, VICTIM, bits_of, first_of, in_month, of_household, second_of
from sim.numerics import ONE, ZERO, compiled, logistic32
from sim.rules.aspiration import aspiration
from sim.state import NO_PLAN, PLANNING, QUEUED

MONTHS = 12
YOUNG = 2
"""Age bands of heads below this are young."""


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
def draw_from_bits(purpose, k, R, n):
    """Draw two uniforms of a purpose from each of the n keys that stand in `R.bits`."""
    bits = R.bits
    for j in range(n):
        bits[j] = bits_of(bits[j], purpose, k)
    spread_out(R, n)


@compiled
def find_movers(b, R, n, W):
    """Mark, in `R.in_city`, who has moved to the main city; return the department of the others, and that city."""
    department, in_city = b.department, R.in_city
    here = city = W.main_city[department[0]]
    for j in range(n):
        in_city[j] = department[j] == city
    if here == department[0]:
        for j in range(n):
            here = department[j] if in_city[j] == 0 else here
    else:
        here = department[0]
    return here, city


@compiled
def begin(b, R, n, month, seed, country):
    """Begin the month: nobody has left; mark where somebody may be born, die or grow older."""
    ids, keys, went, went_people, barred = b.id, R.keys, b.went, b.went_people, b.barred
    marks, people, offspring, bits, u = R.marks, R.people, R.offspring, R.bits, R.u
    child, adult = R.child_turns[country], R.adult_turns[country]
    for j in range(n):
        bits[j] = of_household(seed, ids[j])
    for j in range(n):
        keys[j] = in_month(bits[j], month)
    draw(BIRTH, 0, R, n)
    for j in range(n):
        u[j] = first_of(bits[j])
    count_people(b, R, n)
    for j in range(n):
        young = np.float32(offspring[j])
        marks[j] = u[j] <= child * young + adult * (np.float32(people[j]) - young)
    for j in range(n):
        went[j] = 0
    for j in range(n):
        went_people[j] = 0
    for j in range(n):
        barred[j] = 0


@compiled
def without_programmes(R):
    """Set what programmes pay, in every row, to nothing."""
    R.firm[:] = ZERO
    R.dry_paid[:] = ZERO
    R.cash_got[:] = ZERO
    R.saving[:] = ZERO
    R.interest[:] = ONE


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
def meet_hazards(b, R, n, here, city):
    """Mark who may be a victim, be hit by a disaster, or is displaced."""
    displaced, in_city = b.displaced, R.in_city
    marks, people, u, v, chance = R.marks, R.people, R.u, R.v, R.z
    draw(VICTIM, 0, R, n)
    spread_out(R, n)
    crime, struck = R.crime, R.struck
    by_department(struck[here], struck[city], in_city, chance, n)
    for j in range(n):
        marks[j] = u[j] < chance[j]
    by_department(crime[here], crime[city], in_city, chance, n)
    for j in range(n):
        marks[j] |= v[j] < chance[j]
    draw(VICTIM, 1, R, n)
    spread_out(R, n)
    woman, child = R.woman, R.child
    by_department(woman[here], woman[city], in_city, chance, n)
    for j in range(n):
        marks[j] |= u[j] < chance[j]
    by_department(child[here], child[city], in_city, chance, n)
    for j in range(n):
        marks[j] |= v[j] < chance[j]
    for j in range(n):
        marks[j] = (marks[j] | displaced[j]) & (people[j] > 0)


@compiled
def by_department(x_here, x_city, in_city, x, n):
    """Write what is so where a row lives: in the department of the block, or in the main city."""
    for j in range(n):
        x[j] = x_city if in_city[j] > 0 else x_here


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
def weigh_wishes(b, R, n, month, country, here, city, W, P):
    """Find, in `R.wish`, the log-odds that each household wishes to leave."""
    victim_month, livelihood, head_age, usa = b.victim_month, b.livelihood, b.head_age, b.kin[0]
    permanent, propensity, in_city, insured = b.log_income, b.propensity, R.in_city, R.dry_paid
    n_away, remittance, ln_y, ln_n, odds = R.n_away, R.remittance, R.ln_y, R.z, R.wish
    governance, long_ago = W.governance[country, month], np.int16(month - MONTHS)
    violence_here, violence_city, dry_here, dry_city = R.ln_v[here], R.ln_v[city], R.dryness[here], R.dryness[city]
    hope_here, hope_city = R.hope[here], R.hope[city]
    for j in range(n):
        ln_n[j] = R.ln_number[np.int32(usa[j]) + n_away[j]]
    for j in range(n):
        there = in_city[j] > 0
        ln_v, dryness, services = (
            (violence_city, dry_city, hope_city) if there else (violence_here, dry_here, hope_here)
        )  # fmt: skip
        odds[j] = aspiration(
            country, ONE if victim_month[j] > long_ago else ZERO, ln_v, ONE if livelihood[j] == AGRICULTURE else ZERO,
            dryness * (ONE - insured[j]), governance, ONE if remittance[j] > ZERO else ZERO, ln_n[j],
            ln_y[j] - permanent[j], ONE if head_age[j] < YOUNG else ZERO, services, propensity[j], P,
        )  # fmt: skip


@compiled
def draw_wishes(b, R, m):
    """Draw, in `R.moves`, the wishes of the m found; mark in `R.some` whose wish or plan it changes."""
    found, u, odds, chance, wishes, some = R.found, R.u, R.wish, R.v, R.moves, R.some
    for k in range(m):
        chance[k] = odds[found[k]]
    for k in range(m):
        chance[k] = logistic32(chance[k])
    for k in range(m):
        wishes[k] = u[found[k]] < chance[k]
    for k in range(m):
        j = found[k]
        some[k] = (wishes[k] != b.aspiring[j]) | ((wishes[k] == 0) & (b.plan[j] == PLANNING))


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
