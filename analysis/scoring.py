"""Scores of predictive distributions: CRPS, coverage, PIT, turning points; and the widening that past misses call for.

Scores are of ln encounters: being off by a factor counts alike in a country of few and of many. A distribution is
widened around its median by the root mean square of the normal scores of earlier forecasts of the same kind whose
months had been counted by its origin, if that is above one; so what widens a forecast was known when it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.predict import CORRECTED, NAIVE, PERSISTENCE, RAW, REGRESSION, SIMULATOR
from sim.codes import COUNTRIES, MONTHS_A_YEAR

Array = NDArray[np.float64]

HINDCAST, ROLLING, FORECAST = "hindcast", "rolling", "forecast"
"""Kinds: trained to September 2019 with known drivers; known drivers from earlier origins; drivers projected."""
POOLED: Final = "pooled"
STRICTER: Final = {REGRESSION: "regression, widened", NAIVE: "seasonal naive, widened"}
"""Rivals that are scored as they are fitted and, beside that, widened as the simulator is."""
HONEST: Final = "simulator, honest width"
"""The simulator as wide as its misses of FY2021 ask for; for counts later than these."""
ROWS: Final = (SIMULATOR, HONEST, RAW, REGRESSION, STRICTER[REGRESSION], CORRECTED, NAIVE, STRICTER[NAIVE], PERSISTENCE)
"""Methods in the order of tables."""
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Ends of the 90 and 50 % intervals, and the median between them."""
LOW90, LOW50, MEDIAN, HIGH50, HIGH90 = range(len(QUANTILES))
BINS: Final = 10
"""Bars of a PIT histogram."""
AS_IF_SEEN: Final = 12
"""Earlier forecasts that the belief of being wide enough counts as."""


@dataclass(frozen=True)
class Case:
    """One forecast of one month: draws sorted (n,) and observed, ln encounters. area: country; party: '' for all."""

    kind: str
    origin: int
    month: int
    area: str
    party: str
    method: str
    observed: float
    draws: Array

    @property
    def ahead(self) -> int:
        """Return the months from the origin."""
        return self.month - self.origin

    @property
    def pit(self) -> float:
        """Return the share of draws below what was observed."""
        return float(np.searchsorted(self.draws, self.observed) / len(self.draws))

    @property
    def normal_score(self) -> float:
        """Return how many SDs of a normal distribution the observed month is off, at most what the draws can tell."""
        edge = 0.5 / len(self.draws)
        return float(norm.ppf(min(max(self.pit, edge), 1 - edge)))

    @property
    def band(self) -> tuple[str, int]:
        """Return the class whose earlier members widen it: the horizon of a forecast, else within a year or beyond."""
        return ("projected", self.ahead) if self.kind == FORECAST else ("known", int(self.ahead > MONTHS_A_YEAR))


@dataclass(frozen=True)
class Score:
    """What one case scored. quantiles: of ln encounters. factor: by which it was widened."""

    case: Case
    crps: float
    quantiles: Array
    factor: float

    @property
    def error(self) -> float:
        """Return the absolute error of the median."""
        return abs(float(self.quantiles[MEDIAN]) - self.case.observed)

    def inside(self, low: int, high: int) -> bool:
        """Return whether the observed month lies between two quantiles."""
        return bool(self.quantiles[low] <= self.case.observed <= self.quantiles[high])


def factor_of(scores: Sequence[float]) -> float:
    """Return by how much to widen, from normal scores of earlier forecasts; never below 1."""
    return max(1.0, float(np.sqrt((AS_IF_SEEN + np.sum(np.square(scores))) / (AS_IF_SEEN + len(scores)))))


def widened(cases: Iterable[Case]) -> list[tuple[Case, float]]:
    """Return the cases with their factor: all but the raw ones widened, rivals of `STRICTER` as they were besides."""
    cases = list(cases)
    past: dict[tuple[str, tuple[str, int]], list[tuple[int, float]]] = {}
    for case in cases:
        if case.kind in (ROLLING, FORECAST):
            past.setdefault((case.method, case.band), []).append((case.month, case.normal_score))
    found = []
    for case in cases:
        if case.method in (RAW, HONEST, PERSISTENCE, *STRICTER):
            found.append((case, 1.0))
            if case.method not in STRICTER:
                continue
        seen = [score for month, score in past.get((case.method, case.band), ()) if month <= case.origin]
        factor = factor_of(seen)
        found.append((stretched(case, STRICTER.get(case.method, case.method), factor), factor))
    return found


def stretched(case: Case, method: str, factor: float) -> Case:
    """Return a case under another name with its draws that many times as far from their median."""
    middle = np.median(case.draws)
    return replace(case, method=method, draws=middle + factor * (case.draws - middle))


def as_wide(case: Case, factor: float) -> Case:
    """Return the simulator's case as wide as its misses ask for."""
    return stretched(case, HONEST, factor)


def score(cases: Iterable[Case]) -> list[Score]:
    """Return the scores of cases, widened."""
    import scoringrules  # takes seconds to import

    found = widened(cases)
    if not found:
        return []
    observed, draws = np.array([case.observed for case, _ in found]), np.array([case.draws for case, _ in found])
    crps = scoringrules.crps_ensemble(observed, draws, sorted_ensemble=True)
    quantiles = np.quantile(draws, QUANTILES, axis=1).T
    return [
        Score(case, float(value), row, factor)
        for (case, factor), value, row in zip(found, crps, quantiles, strict=True)
    ]


def table(scores: Iterable[Score], group: Callable[[Case], str] = lambda case: case.area) -> dict[str, dict[str, Any]]:
    """Return {method: {group: {n, crps, mae, in50, in90}}}, with 'pooled' over all groups; plain numbers."""
    cells: dict[str, dict[str, list[Score]]] = {}
    for one in scores:
        for name in (group(one.case), POOLED):
            cells.setdefault(one.case.method, {}).setdefault(name, []).append(one)
    order = [name for name in ROWS if name in cells]
    return {method: {name: _cell(found) for name, found in cells[method].items()} for method in order}


def _cell(scores: Sequence[Score]) -> dict[str, float]:
    return {
        "n": len(scores),
        "crps": _mean(one.crps for one in scores),
        "mae": _mean(one.error for one in scores),
        "in50": _mean(one.inside(LOW50, HIGH50) for one in scores),
        "in90": _mean(one.inside(LOW90, HIGH90) for one in scores),
    }


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 4)


Table = Mapping[str, Mapping[str, Mapping[str, float]]]
"""{method: {group: {score: value}}}."""


def skill(scored: Table, method: str, rival: str, area: str = POOLED) -> float:
    """Return 1 - CRPS over the rival's: 0 as good, above 0 better."""
    return float(1 - scored[method][area]["crps"] / scored[rival][area]["crps"])


def pit_counts(scores: Iterable[Score]) -> dict[str, list[int]]:
    """Return how many cases fall into each tenth of their distribution, by method."""
    found: dict[str, list[float]] = {}
    for one in scores:
        found.setdefault(one.case.method, []).append(one.case.pit)
    return {name: np.histogram(values, BINS, (0, 1))[0].tolist() for name, values in found.items()}


def honest_factor(scores: Sequence[Score]) -> float:
    """Return by how much 90 % intervals would have to be wider, or narrower, to have held 90 % of these cases."""
    needed = []
    for one in scores:
        low, middle, high = one.quantiles[[LOW90, MEDIAN, HIGH90]]
        off = one.case.observed - middle
        needed.append(off / (high - middle) if off > 0 else -off / (middle - low))
    return float(np.quantile(needed, QUANTILES[HIGH90] - QUANTILES[LOW90]))


def turns(scores: Iterable[Score], observed: dict[str, Array], months: int, path: bool) -> dict[str, dict[str, int]]:
    """Return by method how often the direction of the change over some months was right, and at turning points.

    observed: {country: (N_MONTHS,) ln encounters}. path: from the median forecast of the earlier month (drivers known),
    else from what was observed at the origin. A turning point is a change against the one over the months before.
    """
    scores = [one for one in scores if one.case.area in COUNTRIES and not one.case.party]
    medians = {(one.case.method, one.case.area, one.case.month): float(one.quantiles[MEDIAN]) for one in scores}
    found: dict[str, dict[str, int]] = {}
    for one in scores:
        case, series = one.case, observed[one.case.area]
        before = float(series[case.month - months])
        start = medians.get((case.method, case.area, case.month - months)) if path else before
        if start is None:
            continue
        rose, rising = case.observed > before, bool(before > series[case.month - 2 * months])
        said = float(one.quantiles[MEDIAN]) > start
        cell = found.setdefault(case.method, {"n": 0, "right": 0, "turns": 0, "turns_right": 0})
        cell["n"] += 1
        cell["right"] += said == rose
        cell["turns"] += rose != rising
        cell["turns_right"] += rose != rising and said == rose
    return found

