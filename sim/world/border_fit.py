"""What happens after an apprehension, by country and party: fitted from two published tables of shares.

The record gives the shares of outcomes by country (all parties) and by party (all nationalities). For each
country and month a party x outcome table is raked to two margins, the country's outcomes and its party mix,
from the party table as seed: the log-linear model in which the association of party and outcome is common
to all nationalities. Encounters enter only to September 2019; later party mixes come from the shares alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import (
    COUNTRIES,
    FAMILY_UNIT,
    N_MONTHS,
    PARTIES,
    SINGLE_ADULT,
    UNACCOMPANIED_CHILD,
    month_index,
)
from sim.config import Config
from sim.data.loader import Data
from sim.errors import WorkError
from sim.world.projection import last_observed

Array = NDArray[np.float64]

OUTCOMES: Final = (
    "t8_repatriations", "t42_expulsions", "migrant_protection_protocols",
    "transfers_to_ice", "transfers_to_hhs", "usbp_releases",
)  # fmt: skip
"""Outcomes of a Border Patrol apprehension. Paroles at ports and unnamed outcomes are left out."""
REPATRIATED, EXPELLED, PROTOCOLS, TO_ICE, TO_HHS, RELEASED = range(6)

LAST_COUNT: Final = month_index("2019-09")
"""The last month whose encounters, returns or apprehensions may set anything."""

YEARLY: Final = range(2014, 2019)
"""Fiscal years whose family units are known by year only; months begin in October 2018."""
FIRST_MONTHLY: Final = month_index("2018-10")

SEED_FLOOR: Final = 1e-4
"""Share given to an outcome that no one of a party had in a month, so that raking can meet any margin."""
RAKING_STEPS: Final = 200
RAKING_TOLERANCE: Final = 1e-9
GRID: Final = np.linspace(0.005, 0.995, 199)
"""Family shares tried when the party mix is inferred from the outcome shares."""


def rake(seed: Array, rows: Array, columns: Array) -> Array:
    """Return the table nearest to `seed` (..., r, k) with margins `rows` (..., r) and `columns` (..., k).

    Iterative proportional fitting (Deming and Stephan 1940). Zeros of the seed stay zero.

    Raises:
        WorkError: the margins cannot be met.

    """
    table = seed.copy()
    for _ in range(RAKING_STEPS):
        table *= _ratio(columns, table.sum(-2))[..., None, :]
        table *= _ratio(rows, table.sum(-1))[..., :, None]
        if np.abs(table.sum(-2) - columns).max() < RAKING_TOLERANCE:
            return table
    worst = np.abs(table.sum(-2) - columns).max()
    raise WorkError(f"border: shares by country and by party cannot be reconciled (off by {worst:.2g})")


def _ratio(target: Array, value: Array) -> Array:
    return np.divide(target, value, out=np.zeros_like(value), where=value > 0)


def observed_shares(data: Data) -> tuple[Array, Array, slice]:
    """Return outcome shares by country (3,6,n) and by party (3,6,n), summing to 1, and their months."""
    by_country = np.array([[data.border(o, country=c) for o in OUTCOMES] for c in COUNTRIES])
    by_party = np.array([[data.border(o, party=p) for o in OUTCOMES] for p in PARTIES])
    months = np.flatnonzero(np.isfinite(by_country[:, RELEASED]).all(0))
    record = slice(int(months[0]), int(months[-1]) + 1)
    shares = []
    for table in (by_country, by_party):
        known = np.nan_to_num(table[..., record], nan=0.0).clip(0, None)
        shares.append(known / known.sum(1, keepdims=True))
    return shares[0], shares[1], record


def child_share(by_country: Array, by_party: Array, record: slice) -> Array:
    """Return unaccompanied children among those apprehended (3,n), from the outcome shares alone.

    Only they go to the Department of Health and Human Services, and nothing else happens to them except
    under Title 42: outside it their share is that transfer's. Under it, the mean share to September 2019
    holds as far as the country's transfers and expulsions and the party's odds of expulsion allow.
    """
    hhs, expelled = by_country[:, TO_HHS], by_country[:, EXPELLED]
    usual = hhs[:, : LAST_COUNT + 1 - record.start].mean(1, keepdims=True)
    child = by_party[UNACCOMPANIED_CHILD]
    odds = child[EXPELLED] / np.maximum(child[TO_HHS], SEED_FLOOR)
    most = np.minimum(expelled, odds * np.maximum(hhs, SEED_FLOOR))
    return hhs + np.clip(usual - hhs, 0, most)


def family_share(config: Config, data: Data, by_country: Array, by_party: Array, record: slice) -> Array:
    """Return family units' part of adults and families apprehended (3,n).

    To September 2018 the fiscal years' counts, interpolated between mid-years; to September 2019 the month's
    counts; later the mean over a prior (the mean of FY2014-18) times the likelihood of the country's outcome
    shares under the two parties' shares, `border.mix_cases` and `border.mix_prior_cases` strong.
    """
    months = np.arange(record.start, record.stop)
    counted = family_share_counted(data)
    share = np.empty((len(COUNTRIES), len(months)))
    used = (EXPELLED, PROTOCOLS, TO_ICE, RELEASED)
    adult = _given(by_party[SINGLE_ADULT], used)
    family = _given(by_party[FAMILY_UNIT], used)
    mixed = GRID[:, None, None] * family + (1 - GRID[:, None, None]) * adult  # (grid, outcome, month)
    early = months <= LAST_COUNT
    for c in range(len(COUNTRIES)):
        share[c, early] = counted[c, months[early]]
        prior = counted[c, record.start : FIRST_MONTHLY].mean()
        country = _given(by_country[c], used)
        support = config["border.mix_cases"] * (country * np.log(mixed)).sum(1)
        belief = config["border.mix_prior_cases"] * (prior * np.log(GRID) + (1 - prior) * np.log(1 - GRID))
        weight = np.exp(support + belief[:, None] - (support + belief[:, None]).max(0))
        inferred = (weight * GRID[:, None]).sum(0) / weight.sum(0)
        share[c, ~early] = inferred[~early]
    return share


def last_count(data: Data) -> int:
    """Return the last month whose encounters set anything: September 2019, or the last that is known."""
    return min(LAST_COUNT, last_observed(data.month("encounters_usbp", COUNTRIES[0])))


def _given(shares: Array, outcomes: tuple[int, ...]) -> Array:
    part = shares[list(outcomes)] + SEED_FLOOR
    return part / part.sum(0)


def family_share_counted(data: Data) -> Array:
    """Return family units over family units and single adults, as counted (3,276), nan after September 2019.

    FY2014 by country is published for nine months, scaled to the year's total. FY2015 is not: the ratio of
    family units to unaccompanied children is the geometric mean of FY2014's and FY2016's.
    """
    table = np.full((len(COUNTRIES), N_MONTHS), np.nan)
    everyone = data.year("encounters_usbp_family_unit", "ALL")
    nine_months = {c: data.year("encounters_usbp_family_unit_oct_jun", c)[2014] for c in (*COUNTRIES, "MEX")}
    for c, country in enumerate(COUNTRIES):
        total = data.year("encounters_usbp", country)
        child = data.year("encounters_usbp_unaccompanied_child", country)
        family = dict(data.year("encounters_usbp_family_unit", country))
        family[2014] = nine_months[country] * everyone[2014] / sum(nine_months.values())
        years = [year for year in YEARLY if year in total]
        if 2015 in years:
            beside = [family[year] / child[year] for year in (2014, 2016) if year in years]
            family[2015] = child[2015] * np.sqrt(beside[0] * beside[-1])
        middle = [month_index(f"{year}-04") for year in years]
        monthly = np.arange(FIRST_MONTHLY, last_count(data) + 1)
        adults = data.month("encounters_usbp_single_adult", country)[monthly]
        families = data.month("encounters_usbp_family_unit", country)[monthly]
        observed = families / (families + adults)
        knots = [*middle, *monthly[:1]]
        values = [*(family[y] / (total[y] - child[y]) for y in years), *observed[:1]]
        table[c, :FIRST_MONTHLY] = np.interp(np.arange(FIRST_MONTHLY), knots, values)
        table[c, monthly] = observed
    return table


def fit_outcomes(config: Config, data: Data) -> tuple[Array, Array, slice]:
    """Return outcome shares by country, party (3,3,6,n), the party mix (3,3,n) and the months they cover.

    The first sums to 1 over outcomes; weighted by the second it reproduces the shares by country.
    """
    by_country, by_party, record = observed_shares(data)
    children = child_share(by_country, by_party, record)
    families = family_share(config, data, by_country, by_party, record)
    mix = np.empty((len(COUNTRIES), len(PARTIES), children.shape[1]))
    mix[:, UNACCOMPANIED_CHILD] = children
    mix[:, FAMILY_UNIT] = (1 - children) * families
    mix[:, SINGLE_ADULT] = (1 - children) * (1 - families)
    fitted = np.zeros((len(COUNTRIES), len(PARTIES), *by_country.shape[1:]))
    fitted[:, UNACCOMPANIED_CHILD, TO_HHS] = by_country[:, TO_HHS]
    fitted[:, UNACCOMPANIED_CHILD, EXPELLED] = children - by_country[:, TO_HHS]
    others = [SINGLE_ADULT, FAMILY_UNIT]
    seed = np.maximum(by_party[others], SEED_FLOOR)
    seed[:, TO_HHS] = 0
    fitted[:, others] = rake(
        np.broadcast_to(seed.transpose(2, 0, 1), (len(COUNTRIES), children.shape[1], *seed.shape[:2])),
        mix[:, others].transpose(0, 2, 1),
        (by_country - fitted[:, UNACCOMPANIED_CHILD]).transpose(0, 2, 1),
    ).transpose(0, 2, 3, 1)
    shares = fitted / np.maximum(fitted.sum(2, keepdims=True), SEED_FLOOR * SEED_FLOOR)
    return shares, mix, record
