"""Take one household out of the columns, and put back what a month changed.

The columns are small and typed, one array each; rules see a row h by the same names.
"""

from __future__ import annotations

from sim.numerics import compiled


@compiled
def load(H, i, h):
    """Copy row i of the columns into h."""
    h.id = H.id[i]
    h.weight = H.weight[i]
    h.department = H.department[i]
    h.rural = H.rural[i]
    h.livelihood = H.livelihood[i]
    h.indigenous = H.indigenous[i]
    h.female_head = H.female_head[i]
    h.head_age = H.head_age[i]
    h.quintile = H.quintile[i]
    h.first_month = H.first_month[i]
    for k in range(len(h.adults)):
        h.adults[k] = H.adults[i, k]
    for k in range(len(h.children)):
        h.children[k] = H.children[i, k]
    h.log_income = H.log_income[i]
    h.propensity = H.propensity[i]
    h.savings = H.savings[i]
    h.debt = H.debt[i]
    for k in range(len(h.kin)):
        h.kin[k] = H.kin[i, k]
    h.kin_remits = H.kin_remits[i]
    for k in range(len(h.away)):
        h.away[k] = H.away[i, k]
    h.shock = H.shock[i]
    h.aspiring = H.aspiring[i]
    h.plan = H.plan[i]
    h.queue_pathway = H.queue_pathway[i]
    h.invited = H.invited[i]
    h.plan_month = H.plan_month[i]
    h.permit_pathway = H.permit_pathway[i]
    h.permit_end = H.permit_end[i]
    h.left_month = H.left_month[i]
    h.returned_month = H.returned_month[i]
    h.returned_how = H.returned_how[i]
    h.helped = H.helped[i]
    h.held = H.held[i]
    h.held_until = H.held_until[i]
    h.held_party = H.held_party[i]
    h.displaced = H.displaced[i]
    h.settled = H.settled[i]
    h.victim_month = H.victim_month[i]
    h.child_victim_month = H.child_victim_month[i]
    h.disaster_month = H.disaster_month[i]
    h.queue_people = H.queue_people[i]
    h.queue_party = H.queue_party[i]
    h.went = H.went[i]
    h.went_people = H.went_people[i]
    h.barred = H.barred[i]


@compiled
def store(H, i, h):
    """Copy what a month can change from h back into row i of the columns."""
    H.department[i] = h.department
    H.livelihood[i] = h.livelihood
    H.log_income[i] = h.log_income
    H.rural[i] = h.rural
    for k in range(len(h.adults)):
        H.adults[i, k] = h.adults[k]
    for k in range(len(h.children)):
        H.children[i, k] = h.children[k]
    H.savings[i] = h.savings
    H.debt[i] = h.debt
    for k in range(len(h.kin)):
        H.kin[i, k] = h.kin[k]
    H.kin_remits[i] = h.kin_remits
    for k in range(len(h.away)):
        H.away[i, k] = h.away[k]
    H.shock[i] = h.shock
    H.aspiring[i] = h.aspiring
    H.plan[i] = h.plan
    H.queue_pathway[i] = h.queue_pathway
    H.invited[i] = h.invited
    H.plan_month[i] = h.plan_month
    H.permit_pathway[i] = h.permit_pathway
    H.permit_end[i] = h.permit_end
    H.left_month[i] = h.left_month
    H.returned_month[i] = h.returned_month
    H.returned_how[i] = h.returned_how
    H.helped[i] = h.helped
    H.held[i] = h.held
    H.held_until[i] = h.held_until
    H.held_party[i] = h.held_party
    H.displaced[i] = h.displaced
    H.settled[i] = h.settled
    H.victim_month[i] = h.victim_month
    H.child_victim_month[i] = h.child_victim_month
    H.disaster_month[i] = h.disaster_month
    H.queue_people[i] = h.queue_people
    H.queue_party[i] = h.queue_party
    H.went[i] = h.went
    H.went_people[i] = h.went_people
    H.barred[i] = h.barred
