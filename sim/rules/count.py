"""Counting what a household did: integers in the tally of the thread that runs it."""

from __future__ import annotations

import numpy as np

from sim.codes import FLOWS
from sim.numerics import HALF, compiled
from sim.state import CENTS, FIRST_PATHWAY_KIND, N_PARTIES, S_PLANNING, S_QUEUE

(
    ASPIRE, PLAN, OFFER, APPLY, ADMIT, REFUSE, WITHDRAW, DEPART_IRREGULAR, ENCOUNTER_MX,
    ENCOUNTER_US, RELEASE, EXPELLED, REMOVED, DETER, ARRIVE_IRREGULAR, ARRIVE_REGULAR,
    RETURN_VOLUNTARY, CONTRACT_END, OVERSTAY, REMIGRATE, MOVE_INTERNAL, DISPLACED_INTERNAL, DEATH,
) = range(len(FLOWS))  # fmt: skip
N_FLOWS = len(FLOWS)


@compiled
def restock_queue(h, T):
    """Take a household out of the queue and of the plans after stock was taken: the selection ended both."""
    d = h.department
    T.stock_people[d, S_QUEUE] -= h.queue_people * h.weight
    T.stock_households[d, S_QUEUE] -= h.weight
    T.stock_people[d, S_PLANNING] -= h.weight
    T.stock_households[d, S_PLANNING] -= h.weight


@compiled
def cell(h, W):
    """Return the group of the household: country, quintile, sex of head, indigenous, rural."""
    return cell_of(W.country[h.department], h.quintile, h.female_head, h.indigenous, h.rural)


@compiled
def cell_of(country, quintile, female_head, indigenous, rural):
    """Return the group of a household of these traits."""
    return (((country * 5 + quintile - 1) * 2 + female_head) * 2 + indigenous) * 2 + rural


@compiled
def count(flow, kind, party, people, h, W, T):
    """Count one event of the household: real people and real households."""
    n = people * h.weight
    event = ((h.department * (FIRST_PATHWAY_KIND + len(T.queued)) + kind) * N_FLOWS + flow) * N_PARTIES + party
    if T.events[event, 1] == 0:
        T.touched[T.n_touched[0]] = event
        T.n_touched[0] += 1
    T.events[event, 0] += n
    T.events[event, 1] += h.weight
    T.group[flow, cell(h, W)] += n


@compiled
def harm(kind, h, W, T):
    """Count a household that was hurt this month."""
    T.harm[cell(h, W), kind] += h.weight


@compiled
def to_cents(amount):
    """Return US$ as whole cents, so that sums do not depend on their order."""
    return np.int32(np.float32(amount) * CENTS + HALF)


@compiled
def pay(item, amount, h, W, T):
    """Count an amount of US$ of the household, in cents."""
    cents = to_cents(amount) * h.weight
    T.money[cell(h, W), item] += cents
    T.money_department[h.department, item] += cents
