"""Income, savings, debt and victimisation of one household in one month.

Equation (1) of docs/odd.md: ln y = ln y_bar + ln local - A delta_S S (1 - rho cov) + A delta_coffee coffee
- delta_E E + e. Money is in 2021 US$ a month.
"""

from __future__ import annotations

from sim.compiling import compiled_inside
from sim.numerics import ONE, ZERO, compiled, exp32, log32
from sim.rules.reintegration import BY_POLICY
from sim.state import RETURNED_REMOVED

MONTHS = 12


@compiled_inside
def next_shock(e, z, P):
    """Return next month's transitory shock e' = phi e + sigma_e z, z standard normal."""
    return P.phi * e + P.sigma_e * z


@compiled
def disaster_loss(hit_months_ago, P):
    """Return delta_E E: ln of the income that a disaster takes, less each month; months negative for never."""
    return P.delta_E * exp32(-hit_months_ago / P.disaster_months) if hit_months_ago >= 0 else ZERO


@compiled_inside
def income_log(ln_y_bar, ln_local, farm, dryness, insured, coffee, disaster, e, returned_recently, P):
    """Return ln of this month's household income.

    farm: 1 for a farm household. dryness: S, SD. insured: rho cov, the insured share of a dryness loss.
    coffee: ln of the coffee price over its mean of 2013-19. disaster: `disaster_loss`.
    returned_recently: 1 in the year after a removal, less what a job with the help makes good.
    """
    harvest = farm * (P.delta_S * dryness * (ONE - insured) - P.delta_coffee * coffee)
    return ln_y_bar + ln_local - harvest - disaster - returned_recently * P.stigma + e


@compiled_inside
def stigma(months_since_return, how, helped, help_job):
    """Return how much of the income penalty of a removal is felt: in the year after it, less what help makes good."""
    felt = ONE - (help_job if helped == BY_POLICY else ZERO)
    return felt if (months_since_return < MONTHS) & (how == RETURNED_REMOVED) else ZERO


@compiled_inside
def income_at_home(y, workers_home, workers_away):
    """Return what is earned at home when some workers are away: permanent income is that of all of them.

    workers_home, workers_away: as float32, like all figures that the passes reckon with.
    """
    return y * (ONE + workers_home) / (ONE + workers_home + workers_away)


@compiled_inside
def savings_next(savings, y, remittance, gain, P):
    """Return W' = W (1 - spend_down) + saving_rate (1 + gain) (y + RM); gain: of those with a savings account."""
    return savings * (ONE - P.spend_down) + P.saving_rate * (ONE + gain) * (y + remittance)


@compiled_inside
def debt_next(debt, y, remittance, credit, P):
    """Return B' = B + interest - service: service at most debt_service (y + RM), interest debt_rate credit B.

    A lender asks no more interest than is paid: debt that cannot be served does not grow by itself.
    """
    service = P.debt_service * (y + remittance)
    owed = debt + min(P.debt_rate * credit * debt, service)
    return owed - min(owed, service)


@compiled
def p_victimised(rate_year, ln_v, P):
    """Return the monthly chance of being a victim at violence ln(V / Vbar), of a yearly chance at mean violence.

    Crime and extortion of any household, gender-based violence where women live, violence against teenagers.
    """
    yearly = min(rate_year * exp32(P.victim_elasticity * ln_v), P.victim_rate_highest)
    return ONE - exp32(log32(ONE - yearly) * P.month)
