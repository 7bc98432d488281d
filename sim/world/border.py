"""The border by month: what happens in Mexico, at the US border and inside the United States.

Shares of outcomes given an apprehension are an observed driver to the end of the record (`border_fit`),
then a choice of regime. Everything else is set by what was counted to September 2019 and held after it.
Transfers to ICE are split into removed and released by factors pinned to US removals of FY2014-19
(`removals_fit`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import (
    COUNTRIES,
    FAMILY_UNIT,
    FIRST_YEAR,
    N_MONTHS,
    PARTIES,
    SINGLE_ADULT,
    UNACCOMPANIED_CHILD,
    fiscal_year,
    month_index,
    month_name,
)
from sim.config import Config
from sim.data.loader import Data
from sim.errors import RequestError
from sim.world.border_fit import (
    EXPELLED,
    LAST_COUNT,
    PROTOCOLS,
    RELEASED,
    REPATRIATED,
    TO_HHS,
    TO_ICE,
    Array,
    fit_outcomes,
    last_count,
)
from sim.world.known import as_known

if TYPE_CHECKING:
    from sim.state import World

MONTHS_A_YEAR: Final = 12
FIRST_COUNT: Final = month_index("2013-10")
FITTED_YEARS: Final = range(2014, 2020)
"""US fiscal years whose removals, arrests and returns set the parameters here."""
STOCK_YEAR: Final = 2018
"""Year of the estimate of unauthorised residents by country."""
SMOOTHING: Final = 6
"""Months on either side over which removal in Mexico is averaged: a year, so no season."""


@dataclass(frozen=True)
class Border:
    """The border by month, float32, months from 2013-01 (276).

    released, expelled, removed: shares (country 3, party 3, 276) given an apprehension by the US Border
        Patrol; sum 1. Expelled: to Mexico (Title 42, Migrant Protection Protocols). Removed: to the home
        country, at once or `removal_lag` months after a transfer to ICE. Released: children to HHS too.
    apprehended: probability per attempt (party 3, 276).
    mexico_removed: probability per journey (3, 276).
    interior_removed: monthly hazard of an irregular resident (3, 276).
    enforcement: ln relative to its mean of 2014 to September 2019 (276,).
    smuggler_price: 2021 US$ (276,), before the response to enforcement and demand.
    party_mix: parties among the apprehended (3, 3, 276), for comparison: counted to September 2019, then
        inferred from the outcome shares, nan outside the record.
    removal_lag: months. observed_until: last observed month.
    """

    released: NDArray[np.float32]
    expelled: NDArray[np.float32]
    removed: NDArray[np.float32]
    apprehended: NDArray[np.float32]
    mexico_removed: NDArray[np.float32]
    interior_removed: NDArray[np.float32]
    enforcement: NDArray[np.float32]
    smuggler_price: NDArray[np.float32]
    party_mix: NDArray[np.float32]
    removal_lag: int
    observed_until: int
    regime: str


def build_border(config: Config, data: Data) -> Border:
    """Return the border of a configuration; `border.regime` says what follows the record.

    Raises:
        RequestError: a regime's months lie outside the record.
        WorkError: the two tables of outcome shares cannot be reconciled.

    """
    data = as_known(config, data)
    outcomes, observed_mix, record = fit_outcomes(config, data)
    mix = np.full((len(COUNTRIES), len(PARTIES), N_MONTHS), np.nan)
    mix[..., record] = observed_mix
    every = _every_month(config, outcomes, record)
    ice_removed = _ice_removed(config)[..., None]
    removed = every[:, :, REPATRIATED] + every[:, :, TO_ICE] * ice_removed
    expelled = every[:, :, EXPELLED] + every[:, :, PROTOCOLS]
    released = every[:, :, RELEASED] + every[:, :, TO_HHS] + every[:, :, TO_ICE] * (1 - ice_removed)
    apprehended = _apprehended(config)
    apprehended[:, record.stop :] = apprehended[:, record.stop - 1 : record.stop]
    mexico = _mexico_removed(config, data, mix, apprehended)
    arrays = {
        "released": released,
        "expelled": expelled,
        "removed": removed,
        "apprehended": apprehended,
        "mexico_removed": mexico,
        "interior_removed": _interior_removed(config, data),
        "enforcement": _enforcement(mexico, apprehended, expelled + removed),
        "smuggler_price": _smuggler_price(config),
        "party_mix": mix,
    }
    return Border(
        **{name: np.ascontiguousarray(a, np.float32) for name, a in arrays.items()},
        removal_lag=config["border.removal_lag_months"],
        observed_until=record.stop - 1,
        regime=config["border.regime"],
    )


def regime_months(config: Config, record: slice) -> slice:
    """Return the observed months whose mean is the regime after the record."""
    regime = config["border.regime"]
    if regime == "last_12_observed":
        return slice(record.stop - MONTHS_A_YEAR, record.stop)
    start, end = (month_index(config[f"border.{regime}_{edge}"]) for edge in ("from", "to"))
    if not record.start <= start <= end < record.stop:
        span = f"{month_name(record.start)} to {month_name(record.stop - 1)}"
        raise RequestError(
            f"border.{regime}_from, border.{regime}_to: {month_name(start)} to {month_name(end)} "
            f"is not a span within the record ({span})"
        )
    return slice(start, end + 1)


def _every_month(config: Config, outcomes: Array, record: slice) -> Array:
    """Return outcome shares (3,3,6,276): first year's mean before the record, regime's mean after."""
    chosen = regime_months(config, record)
    every = np.empty((*outcomes.shape[:-1], N_MONTHS))
    every[..., record] = outcomes
    every[..., : record.start] = outcomes[..., :MONTHS_A_YEAR].mean(-1, keepdims=True)
    every[..., record.stop :] = every[..., chosen].mean(-1, keepdims=True)
    return every


def _ice_removed(config: Config) -> Array:
    """Return the part of transfers to ICE that ends in removal (country 3, party 3); no child's."""
    share = np.zeros((len(COUNTRIES), len(PARTIES)))
    share[:, SINGLE_ADULT] = config.by_country("border.ice_removed_single_adult")
    share[:, FAMILY_UNIT] = config["border.ice_removed_family_unit"]
    return share


def _apprehended(config: Config) -> Array:
    """Return the probability of apprehension per attempt (party 3, 276): two estimates joined, then held."""
    table = np.empty((len(PARTIES), N_MONTHS))
    months = np.arange(N_MONTHS)
    table[SINGLE_ADULT] = np.interp(
        months,
        [month_index("2015-07"), month_index("2018-07")],
        [config["border.q_single_adult_2015"], config["border.q_single_adult_2018"]],
    )
    table[SINGLE_ADULT, LAST_COUNT + 1 :] = config["border.q_single_adult_late"]
    table[FAMILY_UNIT] = config["border.q_family_unit"]
    table[UNACCOMPANIED_CHILD] = config["border.q_unaccompanied_child"]
    return table


def _mexico_removed(config: Config, data: Data, mix: Array, apprehended: Array) -> Array:
    """Return the probability of removal in Mexico per journey (3,276).

    p_M = returns / (returns + arrivals at the US border), over 13 months; arrivals are encounters, less
    repeats of single adults, over the probability of apprehension. The last year's ratio (FY2019) is held after it.
    """
    table = np.empty((len(COUNTRIES), N_MONTHS))
    last = last_count(data)
    counted = np.arange(FIRST_COUNT, last + 1)
    first_apprehensions = np.ones(len(PARTIES))
    first_apprehensions[SINGLE_ADULT] = 1 - config["border.repeat_share"]
    per_encounter = (mix * first_apprehensions[:, None] / apprehended).sum(1)
    last_year = slice(len(counted) - MONTHS_A_YEAR, None)
    for c, country in enumerate(COUNTRIES):
        arrivals = (data.month("encounters_usbp", country) * per_encounter[c])[counted]
        returns = config["border.mexico_us_bound"] * mexican_returns(data, country)[counted]
        near = np.abs(counted[:, None] - counted[None, :]) <= SMOOTHING
        table[c, counted] = (near @ returns) / (near @ (returns + arrivals))
        table[c, :FIRST_COUNT] = table[c, FIRST_COUNT]
        table[c, last + 1 :] = returns[last_year].sum() / (returns + arrivals)[last_year].sum()
    return table


def mexican_returns(data: Data, country: str) -> Array:
    """Return people returned by Mexico by month (276,), nan where not counted; even years before 2015."""
    table = data.month("mexico_returns", country).copy()
    for year, people in data.year("mexico_returns", country).items():
        start = (year - FIRST_YEAR) * MONTHS_A_YEAR
        if 0 <= start < month_index("2015-01"):
            table[start : start + MONTHS_A_YEAR] = people / MONTHS_A_YEAR
    return table


def _interior_removed(config: Config, data: Data) -> Array:
    """Return the monthly hazard of removal from inside the United States (3,276).

    Removals that began with an arrest inside, over unauthorised residents (2018, with the growth from 2015);
    the mean of FY2014-19 is held after.
    """
    table = np.empty((len(COUNTRIES), N_MONTHS))
    years = np.array([fiscal_year(m) for m in range(N_MONTHS)])
    stock = [data.year("unauthorized_in_usa", c)[STOCK_YEAR] for c in COUNTRIES]
    (earlier, together), *_ = sorted(data.year("unauthorized_in_usa", "NCA").items())
    growth = np.log(sum(stock) / together) / (STOCK_YEAR - earlier)
    for c, country in enumerate(COUNTRIES):
        removals = interior_removals(config, data, country)
        people = {y: stock[c] * np.exp(growth * (y - STOCK_YEAR)) for y in removals}
        hazard = np.array([removals[y] / people[y] / MONTHS_A_YEAR for y in removals])
        table[c] = hazard[np.clip(years - FITTED_YEARS[0], 0, len(hazard) - 1)]
        table[c, years > max(removals)] = hazard.mean()
    return table


def interior_removals(config: Config, data: Data, country: str) -> dict[int, float]:
    """Return removals that began with an arrest inside the United States, by fiscal year 2014-19."""
    arrests = data.year("us_interior_arrests", country)
    return {y: config["border.interior_removed_share"] * arrests[y] for y in FITTED_YEARS if y in arrests}


def _enforcement(mexico: Array, apprehended: Array, turned_back: Array) -> Array:
    """Return ln of the single adult's odds of being stopped per attempt (276,), 0 on average 2014-19.

    Stopped = removed in Mexico, or apprehended and then expelled or removed; mean of the three countries.
    """
    level = _stopped(mexico, apprehended, turned_back)
    reference = slice(month_index("2014-01"), LAST_COUNT + 1)
    return np.asarray(level - level[reference].mean())


def _stopped(mexico: Array, apprehended: Array, turned_back: Array) -> Array:
    passed = (1 - mexico) * (1 - apprehended[SINGLE_ADULT] * turned_back[:, SINGLE_ADULT])
    return np.asarray(np.log(1 - passed.mean(0)))


def stopped(world: World) -> Array:
    """Return ln of the chance that a single adult is stopped on one attempt, mean of the countries (276,)."""
    mexico, released = world.p_mexico.astype(np.float64), world.released.astype(np.float64)
    return _stopped(mexico, world.apprehended.astype(np.float64), 1 - released)


def _smuggler_price(config: Config) -> Array:
    """Return the exogenous price (276,), 2021 US$: the survey's mean with a trend to the survey's end."""
    last = month_index(config["border.smuggler_price_until"])
    months = np.minimum(np.arange(N_MONTHS), last) - month_index(config["border.smuggler_price_month"])
    growth = np.exp(config["border.smuggler_price_growth"] * months / MONTHS_A_YEAR)
    return np.asarray(config["border.smuggler_price"] * growth)


@dataclass(frozen=True)
class RemovalsFit:
    """US removals of FY2014-19, observed and implied by encounters, outcomes and arrests.

    observed, implied, interior: people (country 3, fiscal year 6). best: the part of single adults' transfers
    to ICE removed (3,) that minimises squared relative error; `border.ice_removed_single_adult` rounds it.
    """

    observed: Array
    implied: Array
    interior: Array
    best: Array


def removals_fit(config: Config, data: Data) -> RemovalsFit:
    """Return how well removals of FY2014-19 are reproduced (see `RemovalsFit`)."""
    outcomes, mix, record = fit_outcomes(config, data)
    lag = config["border.removal_lag_months"]
    shape = (len(COUNTRIES), len(FITTED_YEARS))
    observed, implied, interior = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    best = np.zeros(len(COUNTRIES))
    counted = np.arange(FIRST_COUNT, LAST_COUNT + 1)
    began = np.maximum(counted - lag, FIRST_COUNT)
    year = np.array([fiscal_year(int(m)) for m in counted]) - FITTED_YEARS[0]
    ice_removed = _ice_removed(config)
    for c, country in enumerate(COUNTRIES):
        encounters = data.month("encounters_usbp", country)
        people = encounters[counted] * mix[c][:, counted - record.start]
        shares = outcomes[c][..., counted - record.start]
        begun = encounters[began] * mix[c][:, began - record.start]
        to_ice = begun * outcomes[c][:, TO_ICE][:, began - record.start]
        at_once = (people * shares[:, REPATRIATED]).sum(0)
        families = to_ice[FAMILY_UNIT] * ice_removed[c, FAMILY_UNIT]
        adults = np.bincount(year, to_ice[SINGLE_ADULT])
        rest = np.bincount(year, at_once + families)
        removals = data.year("us_removals", country)
        arrested = interior_removals(config, data, country)
        observed[c] = [removals[y] for y in FITTED_YEARS]
        interior[c] = [arrested[y] for y in FITTED_YEARS]
        wanted = observed[c] - rest - interior[c]
        best[c] = (adults * wanted / observed[c] ** 2).sum() / ((adults / observed[c]) ** 2).sum()
        implied[c] = rest + interior[c] + adults * ice_removed[c, SINGLE_ADULT]
    return RemovalsFit(observed, implied, interior, best)
