"""Hindcast and forecast of monthly encounters, scored beside statistical rivals.

Three kinds of forecast. *hindcast*: counts to September 2019, drivers as they were, October 2020 - September 2021
scored once. *rolling*: the same from earlier origins, on months to September 2019. *forecast*: at origins of 2014-19
nothing later is known, drivers included (`drivers.known_until`). docs/forecast.md says why and shows the result.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis import scoring
from analysis.forecast_runs import KNOWN_TO, SHARE, TRAINED_TO, Asked, live, quarters
from analysis.predict import LEAST_EVENT, SIMULATOR, Known, log_events
from analysis.scoring import FORECAST, HINDCAST, ROLLING, Case, Score
from sim.codes import COUNTRIES, N_MONTHS, PARTIES, month_index, month_name
from sim.config import default_config
from sim.data.loader import load
from sim.ensemble import members
from sim.world.economy import ln_tightness
from sim.world.known import as_known, last_known
from sim.world.projection import source_months

Array = NDArray[np.float64]

ORIGINS: Final = quarters("2014-12", TRAINED_TO, 3)
"""Last months known of the forecasts: the ends of quarters before 2015 to September 2019."""
HORIZONS: Final = (1, 6, 12, 24)
AIM_HORIZON: Final = 12
ROLLING_AHEAD: Final = range(3, 25, 3)
"""Months ahead of the forecasts with known drivers from the same origins."""
SCORED: Final = ("2020-10", "2021-09")
"""The months scored once."""
PANDEMIC_YEAR: Final = ("2019-10", "2020-09")
TURN_MONTHS: Final = (6, 12)
"""Months over which a direction is judged: of the hindcast, and of a forecast, that has no months between."""
MEASURE: Final = "encounters_usbp"
FIRST_SEED: Final = 1


@dataclass(frozen=True)
class Ask:
    """How much is lived: members of the ensemble (evenly from the table; 0: the central one), seeds of each, share."""

    n_members: int
    n_seeds: int = 1
    share: float = SHARE

    def runs(self, origin: str = "") -> list[Asked]:
        """Return the runs of an origin; each has a seed, and so a future, of its own."""
        n = len(members())
        chosen = [k * n // self.n_members for k in range(self.n_members)] if self.n_members else [None]
        pairs = [(member, k) for k in range(self.n_seeds) for member in chosen]
        return [Asked(member, FIRST_SEED + place, origin) for place, (member, _) in enumerate(pairs)]


def months_of(first: str, last: str) -> list[int]:
    """Return the indices of the months from the first to the last."""
    return list(range(month_index(first), month_index(last) + 1))


@functools.cache
def observed(country: str, party: str = "") -> Array:
    """Return ln of counted encounters (N_MONTHS,) of a country, or of one party; nan where not counted."""
    return log_events(load().month(f"{MEASURE}_{party}" if party else MEASURE, country))


def tightness(asked: Sequence[Asked]) -> Array:
    """Return ln tightness (futures, N_MONTHS) of runs: one for each seed, one in all where drivers are known."""
    configs = [one.config() for one in (asked if asked[0].origin else asked[:1])]
    found = []
    for config in configs:
        known = as_known(config, load())
        found.append(ln_tightness(config, known, source_months(config["seed"], last_known(known))))
    return np.array(found)


@dataclass(frozen=True)
class Lived:
    """Runs of one origin: encounters (runs, N_MONTHS, 3 countries, 3 parties), and ln tightness of their futures."""

    encounters: Array
    tightness: Array
    share: float

    @classmethod
    def of(cls, ask: Ask, origin: str = "") -> Lived:
        """Live what is missing of an origin; '' for known drivers."""
        asked = ask.runs(origin)
        return cls(np.array(live(asked, ask.share)), tightness(asked), ask.share)

    def simulated(self, country: str, party: str = "") -> Array:
        """Return ln encounters (runs, N_MONTHS); none counts as half of what one simulated household stands for."""
        mine = self.encounters[:, :, COUNTRIES.index(country)]
        events = mine[..., PARTIES.index(party)] if party else mine.sum(axis=-1)
        return log_events(events, LEAST_EVENT / self.share)

    def cases(self, kind: str, origin: str, months: Sequence[int], party: str = "",
              actual: Mapping[str, Array] | None = None) -> Iterator[Case]:  # fmt: skip
        """Yield a case by country, method and month; actual: {country: (N_MONTHS,)}, by default what was counted."""
        last, noise = month_index(origin), default_config()["observation.sigma"]
        for country in COUNTRIES:
            seen = observed(country, party)
            truth = seen if actual is None else actual[country]
            wanted = [month for month in months if np.isfinite(truth[month])]
            known = Known.at(last, seen, self.simulated(country, party), self.tightness, noise)
            found = known.distributions(wanted) if wanted else {}
            for method in found:
                for month, draws in zip(wanted, found[method], strict=True):
                    yield Case(kind, last, month, country, party, method, float(truth[month]), draws)


def rolling(lived: Lived) -> list[Case]:
    """Return forecasts with known drivers from each origin, of months to September 2019: a hindcast learns from it."""
    last = month_index(TRAINED_TO)
    found: list[Case] = []
    for origin in ORIGINS:
        months = [month_index(origin) + ahead for ahead in ROLLING_AHEAD]
        found += lived.cases(ROLLING, origin, [month for month in months if month <= last])
    return found


def hindcast(ask: Ask) -> dict[str, Any]:
    """Return the summary of the hindcast: tables, PIT, turning points, and the fan of each country to 2025."""
    lived = Lived.of(ask)
    past = rolling(lived)
    months = months_of(PANDEMIC_YEAR[0], SCORED[1])
    total = list(lived.cases(HINDCAST, TRAINED_TO, months))
    parties = [case for party in PARTIES for case in lived.cases(HINDCAST, TRAINED_TO, months_of(*SCORED), party)]
    scores = scoring.score([*past, *total, *parties])
    once = [one for one in scores if one.case.kind == HINDCAST and one.case.month >= month_index(SCORED[0])]
    whole = [one for one in once if not one.case.party]
    before = [one for one in scores if one.case.kind == HINDCAST and one.case.month < month_index(SCORED[0])]
    earlier = [one for one in scores if one.case.kind == ROLLING]
    logs = {country: observed(country) for country in COUNTRIES}
    two_years = [*before, *whole]
    return {
        "table": scoring.table(whole),
        "pandemic_year": scoring.table(before),
        "party": scoring.table([one for one in once if one.case.party], lambda case: f"{case.area} {case.party}"),
        "rolling_within_a_year": scoring.table(one for one in earlier if not one.case.band[1]),
        "rolling_second_year": scoring.table(one for one in earlier if one.case.band[1]),
        "pit": scoring.pit_counts(whole),
        "turns": scoring.turns(two_years, logs, TURN_MONTHS[0], path=True),
        "honest_factor": _honest(whole),
        "factor": max(one.factor for one in whole if one.case.method == SIMULATOR),
        "fan": fans(lived, past),
    }


def fans(lived: Lived, past: Sequence[Case]) -> dict[str, Any]:
    """Return quantiles of the hindcast by country, of all months that drivers are known, with what was counted."""
    months = months_of(PANDEMIC_YEAR[0], KNOWN_TO)
    never = {country: np.zeros(N_MONTHS) for country in COUNTRIES}
    cases = [case for case in lived.cases(HINDCAST, TRAINED_TO, months, actual=never) if case.method == SIMULATOR]
    rows = [one for one in scoring.score([*past, *cases]) if one.case.kind == HINDCAST]
    return {
        country: {
            "first": month_name(months[0]),
            "quantiles": [_events(one.quantiles) for one in rows if one.case.area == country],
        }
        for country in COUNTRIES
    }


def _events(quantiles: Array) -> list[int]:
    return [round(float(value)) for value in np.exp(quantiles)]


def forecasts(ask: Ask, origins: Sequence[str] = ORIGINS) -> dict[str, Any]:
    """Return the summary of the true forecasts: tables by horizon, PIT, turning points, twelve months ahead."""
    live([run for origin in origins for run in ask.runs(origin)], ask.share)
    cases: list[Case] = []
    for origin in origins:
        months = [month_index(origin) + ahead for ahead in HORIZONS]
        cases += Lived.of(ask, origin).cases(FORECAST, origin, months)
    scores = scoring.score(cases)
    logs = {country: observed(country) for country in COUNTRIES}
    by_horizon = {ahead: [one for one in scores if one.case.ahead == ahead] for ahead in HORIZONS}
    before = [one for one in by_horizon[AIM_HORIZON] if one.case.month <= month_index(TRAINED_TO)]
    return {
        "origins": list(origins),
        "table": {str(ahead): scoring.table(found) for ahead, found in by_horizon.items()},
        "to_training": scoring.table(before),
        "pit": scoring.pit_counts(by_horizon[AIM_HORIZON]),
        "turns": {str(k): scoring.turns(by_horizon[k], logs, k, path=False) for k in TURN_MONTHS},
        "honest_factor": {str(ahead): _honest(found) for ahead, found in by_horizon.items()},
        "year_ahead": {
            country: [
                {"month": month_name(one.case.month), "quantiles": _events(one.quantiles)}
                for one in by_horizon[AIM_HORIZON]
                if one.case.area == country and one.case.method == SIMULATOR
            ]
            for country in COUNTRIES
        },
    }


def _honest(scores: Iterable[Score]) -> float:
    return round(scoring.honest_factor([one for one in scores if one.case.method == SIMULATOR]), 2)


def judge(ask: Ask, given: Mapping[tuple[str, str], Array]) -> dict[str, Any]:
    """Return tables of other counts scored: {(country, party or ''): (N_MONTHS,) ln encounters}, nan where not given.

    The forecast is that of the hindcast, trained to September 2019 with known drivers, to 2025.
    """
    lived = Lived.of(ask)
    nothing = np.full(N_MONTHS, np.nan)
    after = list(range(month_index(TRAINED_TO) + 1, month_index(KNOWN_TO) + 1))
    cases = [*rolling(lived), *lived.cases(HINDCAST, TRAINED_TO, months_of(*SCORED))]
    for party in dict.fromkeys(party for _, party in given):
        actual = {country: given.get((country, party), nothing) for country in COUNTRIES}
        cases += lived.cases("observed", TRAINED_TO, after, party, actual)
    every = scoring.score(cases)
    factor = max(1.0, _honest(one for one in every if one.case.kind == HINDCAST))
    scores = [one for one in every if one.case.kind == "observed"]
    later = [one for one in scores if one.case.month > month_index(SCORED[1])]
    scores += scoring.score(scoring.as_wide(one.case, factor) for one in later if one.case.method == SIMULATOR)
    rows = [
        {
            "month": month_name(one.case.month), "country": one.case.area,
            "measure": f"{MEASURE}_{one.case.party}" if one.case.party else MEASURE,
            "observed": round(float(np.exp(one.case.observed))), "quantiles": _events(one.quantiles),
            "crps": round(one.crps, 4),
        }
        for one in scores if one.case.method == SIMULATOR
    ]  # fmt: skip
    whole, parts = ([one for one in scores if bool(one.case.party) is split] for split in (False, True))
    return {
        "honest_factor": factor,
        "table": scoring.table(whole),
        "party": scoring.table(parts, lambda case: f"{case.area} {case.party}"),
        "pit": scoring.pit_counts(scores),
        "months": rows,
    }

