"""What programmes at home do to one household: cash, insurance, firms, savings, loans, jobs, draws of places.

A programme reaches the same households in every month and in every scenario: those of its target group whose
fixed draw lies below its share. Equations (1) and (14) of docs/odd.md.
"""

from __future__ import annotations

from sim.codes import AGRICULTURE, FORMAL, INFORMAL
from sim.draws import BASIS, COVER, HIRE, uniform_of
from sim.numerics import ONE, ZERO, compiled, exp32
from sim.rules.count import pay
from sim.rules.people import has_kin_abroad, targeted
from sim.state import (
    CASH,
    CASH_PAID,
    FORMALISED,
    HIRED,
    INSURANCE,
    LOANS,
    PAYOUTS,
    PREMIUMS,
    SAVERS,
    SUBSIDIES,
)  # fmt: skip

MONTHS = 12


@compiled
def reached(k, h, month, W, L, T):
    """Return whether household programme k reaches the household this month, and count it."""
    share = L.share[k, h.department, month]
    if share > ZERO and uniform_of(h.id, COVER, k) < share and targeted(L.who[k], h, has_kin_abroad(h)):
        T.served[W.country[h.department], k] += h.weight
        return True
    return False


@compiled
def insured_share(h, month, W, L, T):
    """Return rho cov, the part of this month's dryness loss that is paid, and collect the premium.

    A policy pays above its trigger, unless the index misses the household's loss of the year (basis risk).
    """
    if h.livelihood != AGRICULTURE or not reached(INSURANCE, h, month, W, L, T):
        return ZERO
    premium = L.premium[month]
    own = premium * (ONE - L.subsidy[month])
    h.savings = max(h.savings - own, ZERO)
    pay(PREMIUMS, own, h, W, T)
    pay(SUBSIDIES, premium - own, h, W, T)
    dry = W.dryness[h.department, month] > L.trigger[month]
    return L.insured[month] if dry and uniform_of(h.id, BASIS, month // MONTHS) >= L.basis_risk[month] else ZERO


@compiled
def paid_out(y, dryness, insured, P):
    """Return the US$ of an income y that insurance paid: y (1 - exp(-delta_S S rho cov))."""
    return y * (ONE - exp32(-P.delta_S * dryness * insured))


@compiled
def note_payout(y, h, month, W, P, T):
    """Count what insurance paid into this month's income."""
    pay(PAYOUTS, paid_out(y, W.dryness[h.department, month], h.insured, P), h, W, T)


@compiled
def firm_gain(h, month, W, L, T):
    """Return ln of what a formal firm earns beside an informal one, for those whose firm was formalised."""
    if h.livelihood == INFORMAL and reached(FORMALISED, h, month, W, L, T):
        return L.informal_gain[month]
    return ZERO


@compiled
def cash_received(h, month, W, L, T):
    """Return the US$ of a cash transfer this month."""
    if L.cash[month] > ZERO and reached(CASH, h, month, W, L, T):
        pay(CASH_PAID, L.cash[month], h, W, T)
        return L.cash[month]
    return ZERO


@compiled
def extra_saving(h, month, remittance, W, L, T):
    """Return how much more of its income a household with a savings account for remittances puts aside."""
    if remittance > ZERO and L.saving_gain[month] > ZERO and reached(SAVERS, h, month, W, L, T):
        return L.saving_gain[month]
    return ZERO


@compiled
def interest_factor(h, month, W, L, T):
    """Return the interest on debt beside that of informal lenders."""
    if h.debt > ZERO and L.credit[month] != ONE and reached(LOANS, h, month, W, L, T):
        return L.credit[month]
    return ONE


@compiled
def find_work(h, month, W, L, P, T):
    """Perhaps find a formal job: livelihood and permanent income change for good."""
    chance = L.jobs[h.department, month]
    if chance <= ZERO or h.livelihood == FORMAL or not targeted(L.who[HIRED], h, has_kin_abroad(h)):
        return
    if uniform_of(h.key, HIRE) < chance:
        h.livelihood = FORMAL
        h.log_income += P.formal_premium
        T.served[W.country[h.department], HIRED] += h.weight
