"""The stylised facts that the model is held against, E1 to E20 and H1 to H5 of its evidence, each a small object.

`score` gives what a run shows beside what was observed, with the band accepted before any run was seen; it may look at
the whole record. `fit` gives the part of it that may set parameters, and asks for its figures through the seal of
`analysis.sealed`: a fact without `fit` is scored only, one that is held out never had one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.targets import PERCENT, Band, Row, Sums

Array = NDArray[np.float64]
MOVED: Final = ("depart_irregular", "arrive_regular")
"""Who left for another country, without papers or with them."""
FITTED_RETURNS: Final = range(2015, 2019)
"""Whole calendar years of returns before October 2019."""
ADULTS: Final = 3
"""Adults of a household, about: 2.9 in the households of January 2013."""
LEAST: Final = 1e-9
"""A ratio that stands for none, so that its logarithm is a number."""
SPREAD: Final = float(stats.norm.ppf(0.95))
"""Standard deviations from the middle of a 90 % range to its end."""


@dataclass(frozen=True)
class Seen:
    """What one parameter set showed.

    sums: flows and outcomes of its baseline. effects: of its experiments, by name (`analysis.experiments`).
    kin, households: (54,) relatives and members abroad per household, and households, in January 2013. gone: (54,)
    people who left for the United States, 2014-18. replanning: (3 countries,) share of the households returned last
    month that have a plan, 2015-18.
    """

    sums: Sums
    effects: Mapping[str, float]
    kin: Array
    households: Array
    gone: Array
    replanning: Array


@dataclass(frozen=True)
class Fitted:
    """A figure that may set parameters: simulated and observed on the scale of the fit, and the observed one's SD.

    whole: what 100 % is on that scale, to which the model's own error is relative: 1 on the log, else the observed.
    """

    name: str
    simulated: float
    observed: float
    deviation: float
    whole: float


Score = Callable[[Seen], list[Row]]
Fit = Callable[[Seen], list[Fitted]]


@dataclass(frozen=True)
class Fact:
    """One stylised fact. late: counted after September 2019, but on the list of what may set shares and levels."""

    code: str
    what: str
    source: str
    score: Score
    fit: Fit | None = None
    held_out: bool = False
    late: bool = False


def ratio(name: str, simulated: float, observed: float, band: Band) -> Fitted:
    """Return a figure fitted by its ratio to the record, on the log."""
    assert band is not None
    ours, theirs = np.log(max(simulated, LEAST)), np.log(observed)
    return Fitted(name, float(ours), float(theirs), float(np.log(band[1])) / SPREAD, 1.0)


def share(name: str, simulated: float, observed: float, band: Band) -> Fitted:
    """Return a share fitted by its distance to the record; band: in percentage points."""
    assert band is not None
    return Fitted(name, simulated, observed, band[1] / PERCENT / SPREAD, observed)


def level(name: str, simulated: float, band: Band) -> Fitted:
    """Return a figure fitted to the middle of its band, whose half width counts as 1.645 SD."""
    assert band is not None
    low, high = band
    return Fitted(name, simulated, (low + high) / 2, (high - low) / 2 / SPREAD, abs(low + high) / 2)
