"""Chance error of a number by share of the households, from runs whose households are nested.

A share is the first households of every stratum, and a household lives the same life in every share. So a number at
share s less the same run's at a larger share t is chance alone: what all households of a run meet together (the months
drawn after the record) falls out, the changes from share to share are uncorrelated, and their variance is
b^2 (1/s - 1/t) if lives are independent. b is the standard deviation at share 1, b / sqrt(s) that at share s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import nan, sqrt
from typing import Final, NamedTuple

import numpy as np
from scipy.special import chdtri, fdtrc, ndtri, stdtr

NINE_TENTHS: Final = 0.9
ENOUGH: Final = 3
"""Degrees of freedom below which a standard deviation tells next to nothing."""
WIDE: Final = float(ndtri((1 + NINE_TENTHS) / 2))
"""Half the width of a 90 % interval in standard deviations."""
FAMILY: Final = 0.05
"""Chance that a test, or any of all comparisons of an agreement, tells something where there is nothing."""
SYNTHESIS: Final = 2013
"""`population.seed` of the runs whose lives alone differ, and of the first run of every kind."""
REGION, EL_SALVADOR = "three countries", "El Salvador"


class Key(NamedTuple):
    """What is measured. world: `baseline`, or the size of a programme, whose values are changes."""

    area: str
    number: str
    world: str


@dataclass(frozen=True)
class Run:
    """Values, in people a year, of one seed at one share."""

    share: float
    seed: int
    population_seed: int
    until: str
    values: Mapping[Key, float] = field(hash=False)

    @property
    def life(self) -> tuple[int, int]:
        """What runs of different shares have in common if their households live the same lives."""
        return self.seed, self.population_seed


def both(run: Run) -> bool:
    """Return whether a run is of the kind in which lives and synthesis differ together."""
    return run.seed - 1 == run.population_seed - SYNTHESIS


def lives(run: Run) -> bool:
    """Return whether a run is of the kind in which lives alone differ."""
    return run.population_seed == SYNTHESIS


def households(run: Run) -> bool:
    """Return whether a run is of the kind in which the synthesis alone differs."""
    return run.seed == 1


KINDS: Final[Mapping[str, Callable[[Run], bool]]] = {"both": both, "lives": lives, "households": households}


@dataclass(frozen=True)
class Deviation:
    """A standard deviation with its degrees of freedom."""

    value: float
    freedom: int

    def interval(self) -> tuple[float, float]:
        """Return its 90 % interval: chi squared."""
        if self.freedom < 1:
            return nan, nan
        tail = (1 - NINE_TENTHS) / 2
        return tuple(self.value * sqrt(self.freedom / float(chdtri(self.freedom, p))) for p in (tail, 1 - tail))  # type: ignore[return-value]


@dataclass(frozen=True)
class Point:
    """One share. sampling: chance error there; total: over seeds, with what all households of a seed meet together."""

    share: float
    seeds: int
    sampling: Deviation
    total: Deviation


@dataclass(frozen=True)
class Gap:
    """The mean at a share less that at a larger one, of the same seeds; error: of chance, with its freedom."""

    share: float
    larger: float
    seeds: int
    value: float
    error: float
    freedom: int

    @property
    def z(self) -> float:
        """Return the gap in standard errors."""
        return self.value / self.error if self.error else 0.0

    def agrees(self, comparisons: int) -> bool:
        """Return whether chance explains the gap, one of several: Student's t at Bonferroni's level."""
        return self.freedom > 0 and 2 * float(stdtr(self.freedom, -abs(self.z))) > FAMILY / comparisons


@dataclass(frozen=True)
class Error:
    """The chance error of one number.

    mean: of each seed at its largest share, weighted by share, and its standard error by the chance of the sample.
    full: b, the chance error at share 1. common: standard deviation of what all households of a seed meet together, 0
    if it cannot be told from none. slope: of ln error over ln share, with its standard error.
    """

    key: Key
    mean: float
    mean_error: float
    full: Deviation
    common: float
    slope: float
    slope_error: float
    points: tuple[Point, ...]
    gaps: tuple[Gap, ...]

    @property
    def known(self) -> bool:
        """Return whether the mean is told from zero, by its 90 % interval."""
        return abs(self.mean) > WIDE * self.mean_error

    def at(self, share: float) -> float:
        """Return the chance error at a share, by the line of slope -1/2."""
        return self.full.value / sqrt(share)

    @property
    def last(self) -> float:
        """Return b by the largest share alone that was held against larger ones often enough."""
        known = [point for point in self.points if point.sampling.freedom >= ENOUGH]
        return known[-1].sampling.value * sqrt(known[-1].share) if known else nan

    def shares_for(self, half_width: float) -> tuple[float, float]:
        """Return the share at which the 90 % interval of one run reaches so far to each side, by `full` and by `last`.

        Above 1: no share does.
        """
        full, last = ((WIDE * b / half_width) ** 2 for b in (self.full.value, self.last))
        return full, last


def error_of(runs: Sequence[Run], key: Key) -> Error:
    """Return the chance error of one number; nan where too few runs tell it.

    runs: of one kind and one last month, at one share or more.
    """
    found: dict[tuple[int, int], dict[float, float]] = {}
    for run in runs:
        found.setdefault(run.life, {})[run.share] = run.values[key]
    series = [dict(sorted(one.items())) for one in found.values()]
    shares = sorted({share for one in series for share in one})
    steps = _steps(series)
    full = _pooled(steps.items())
    points = []
    for share in shares:
        here = _pooled((pair, values) for pair, values in steps.items() if pair[0] == share)
        values = [one[share] for one in series if share in one]
        total = Deviation(float(np.std(values, ddof=1)) if len(values) > 1 else nan, len(values) - 1)
        points.append(Point(share, len(values), Deviation(here.value / sqrt(share), here.freedom), total))
    largest = [(max(one), one[max(one)]) for one in series]
    mean = float(np.average([value for _, value in largest], weights=[share for share, _ in largest]))
    error = full.value / sqrt(sum(share for share, _ in largest))
    gaps = tuple(_gap(series, share, shares[-1], full) for share in shares[:-1])
    return Error(key, mean, error, full, _common(points, full), *_slope(points), tuple(points), gaps)


def _steps(series: Sequence[Mapping[float, float]]) -> dict[tuple[float, float], list[float]]:
    """Return the changes of every seed from each of its shares to the next, by the two shares."""
    steps: dict[tuple[float, float], list[float]] = {}
    for one in series:
        for small, large in pairwise(one):
            steps.setdefault((small, large), []).append(one[small] - one[large])
    return steps


def _pooled(steps: Iterable[tuple[tuple[float, float], list[float]]]) -> Deviation:
    """Return b of changes; their mean, which is no chance but what a share is blind to, is taken off."""
    squares, freedom = 0.0, 0
    for (small, large), values in steps:
        squares += float(np.square(np.array(values) - np.mean(values)).sum()) / (1 / small - 1 / large)
        freedom += len(values) - 1
    return Deviation(sqrt(squares / freedom) if freedom else nan, freedom)


def _common(points: Sequence[Point], full: Deviation) -> float:
    """Return what varies between seeds beside chance, at the largest of the shares with the most seeds: an F test."""
    best = max(points, key=lambda point: (point.seeds, point.share))
    total, chance = best.total.value**2, full.value**2 / best.share
    if not (best.total.freedom and full.freedom) or total <= chance:
        return 0.0
    by_chance = float(fdtrc(best.total.freedom, full.freedom, total / chance)) if chance else 0.0
    return sqrt(total - chance) if by_chance < FAMILY else 0.0


def _slope(points: Sequence[Point]) -> tuple[float, float]:
    """Return the slope of ln error over ln share, weighted by degrees of freedom, and its standard error."""
    known = [point for point in points if point.sampling.value > 0]
    if len(known) < 2:
        return nan, nan
    x, y = (np.log([pick(point) for point in known]) for pick in (lambda p: p.share, lambda p: p.sampling.value))
    weight = 2.0 * np.array([point.sampling.freedom for point in known])  # 1 / variance of the log of a deviation
    x -= np.average(x, weights=weight)
    spread = float(weight @ np.square(x))
    return float(weight @ (x * y)) / spread, 1 / sqrt(spread)


def _gap(series: Sequence[Mapping[float, float]], share: float, larger: float, full: Deviation) -> Gap:
    """Return how far apart two shares are in the seeds that have both."""
    values = [one[share] - one[larger] for one in series if share in one and larger in one]
    n = len(values)
    error = full.value * sqrt((1 / share - 1 / larger) / n) if n else nan
    return Gap(share, larger, n, float(np.mean(values)) if n else nan, error, full.freedom)
