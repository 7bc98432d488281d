"""Priors of parameters as the table tells them, read so that values can be drawn.

Forms, ranges being of 90 %: `N(mean,sd)`, also with `>0`; `TruncN(mean,sd) on [low,high]`; `Beta(a,b)`, also `/ c`
for a ratio to c; `LogN median m (low-high)` and `LogN mean m (low-high)`; `m x/ k`, lognormal from m / k to m k;
`low-high`, a normal with that range. Each is cut to what a user may set. A prior in other words is told to a reader
and not drawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import stats

from sim.config import parameters
from sim.errors import DataError, RequestError, nearest

NINETY: Final = float(stats.norm.ppf(0.95) - stats.norm.ppf(0.05))
"""Standard deviations between the ends of the 90 % range of a normal."""
NUMBER: Final = r"(-?\d*\.?\d+)"
NORMAL: Final = re.compile(rf"(?:Trunc)?N\({NUMBER},{NUMBER}\)(?: (>0)| on \[{NUMBER},{NUMBER}\])?")
BETA: Final = re.compile(rf"Beta\({NUMBER},{NUMBER}\)(?: / {NUMBER})?(?: {NUMBER}-{NUMBER})?")
LOGNORMAL: Final = re.compile(rf"LogN (mean|median) {NUMBER} \({NUMBER}-{NUMBER}\)")
FACTOR: Final = re.compile(rf"{NUMBER} x/ {NUMBER}")
RANGE: Final = re.compile(r"(\d*\.?\d+)-(\d*\.?\d+)")
FORMS: Final = (
    "N(mean,sd) [>0], TruncN(mean,sd) on [low,high], Beta(a,b) [/ c], LogN mean|median m (low-high), m x/ k, low-high"
)


DRAWN: Final[dict[tuple[str, ...], str]] = {
    ("behaviour.sigma_u",): "who tries once tries again: decides how many journeys a place averts",
    ("behaviour.sigma_A",): "the same in the wish to leave",
    ("behaviour.lambda_USA",): "how readily one way to the United States replaces another",
    ("behaviour.asc_regular",): "how many want a regular place, and so who gets it",
    ("behaviour.b_q",): "how far waiting times put people off",
    ("behaviour.w",): "those who wait for a place leave less: the indirect term",
    ("behaviour.b_w",): "worth of wages abroad: regular places, and success believed in at the border",
    ("behaviour.b_th",): "recession and labour shortage in the United States",
    ("behaviour.b_c",): "smuggler prices and fees",
    ("behaviour.b_N",): "networks: migrants of today draw those of tomorrow",
    ("behaviour.zeta",): "who can pay: cash, savings, credit",
    ("behaviour.ell",): "what kin abroad lend",
    ("behaviour.cr",): "what others lend",
    ("behaviour.b_v", "behaviour.b_v2", "party.b_child_violence"): (
        "violence, on wish, way and children alone; only the three together have an anchor"
    ),
    ("behaviour.b_s",): "drought, on the wish of farm households",
    ("livelihood.delta_S",): "drought, on farm income: insurance, means to leave",
    ("behaviour.b_y",): "income at home: cash, jobs, growth; not even the sign is known",
    ("behaviour.b_rem",): "remittances on the wish to leave",
    ("away.iota",): "remittances answer to a loss at home",
    ("reintegration.HR",): "help after return; no causal estimate",
    ("border.p_det",): "consequence of being sent back",
    ("away.eps_ret",): "enforcement lengthens stays",
    ("feedbacks.e_C",): "enforcement raises the smuggler's price",
    ("pathways.cost_factor",): "what a place costs the worker",
    ("pathways.overstay_factor",): "who stays when the contract ends",
    ("pathways.fill.t50",): "how fast new places are filled",
}
"""What effects of policies hang on, and how; those of one line are drawn together."""
TOLD_BY_NO_FACT: Final = (
    "away.iota", "reintegration.HR", "away.eps_ret", "pathways.overstay_factor", "pathways.fill.t50",
)  # fmt: skip
"""Of DRAWN, what no fitted fact tells of: members have it from its prior."""
MOVES_FACTS: Final[Mapping[str, str]] = {
    "behaviour.q1": "planning follows what ways are worth: the rise to FY2019",
    "behaviour.pi_1": "how many plan", "behaviour.pi_2": "how fast plans are carried out",
    "behaviour.pi_3": "how fast plans are dropped", "behaviour.asc_own": "use of smugglers",
    "behaviour.b_N_aspire": "kin abroad, over departments", "party.b_release": "families answer to release",
    "border.p_det_expelled": "who is put back over the border tries again",
    "reintegration.replan.SLV": "what the returned intend",
    "livelihood.saving_rate": "journeys paid from savings", "livelihood.spend_down": "journeys paid from savings",
    "journey.paid_before": "what is owed after a journey", "journey.own_mexico": "removals in Mexico",
}  # fmt: skip
"""What else is fitted, though few effects hang on it, and which fact it moves."""


@dataclass(frozen=True)
class Prior:
    """A distribution of scipy, cut to `low` and `high`."""

    distribution: Any
    low: float
    high: float

    def value(self, place: float) -> float:
        """Return the value below which a part of the prior, 0 to 1, lies."""
        below, above = self.distribution.cdf([self.low, self.high])
        return float(np.clip(self.distribution.ppf(below + place * (above - below)), self.low, self.high))

    def range(self, width: float) -> tuple[float, float]:
        """Return the ends of the middle part, 0 to 1 wide."""
        return self.value((1 - width) / 2), self.value((1 + width) / 2)


def parse(text: str, low: float, high: float) -> Prior:
    """Return the prior that a text tells, cut to what is allowed; ValueError if it tells none."""
    if found := NORMAL.fullmatch(text):
        mean, deviation, positive, first, last = found.groups()
        low = max(low, 0.0) if positive else max(low, float(first or low))
        return Prior(stats.norm(float(mean), float(deviation)), low, min(high, float(last or high)))
    if found := BETA.fullmatch(text):
        return Prior(stats.beta(float(found[1]), float(found[2]), scale=1 / float(found[3] or 1)), low, high)
    if found := LOGNORMAL.fullmatch(text):
        centre, first, last = (float(found[number]) for number in (2, 3, 4))
        spread = np.log(last / first) / NINETY
        median = centre * np.exp(-(spread**2) / 2) if found[1] == "mean" else centre
        return Prior(stats.lognorm(spread, scale=median), low, high)
    if found := FACTOR.fullmatch(text):
        return Prior(stats.lognorm(2 * np.log(float(found[2])) / NINETY, scale=float(found[1])), low, high)
    if found := RANGE.fullmatch(text):
        first, last = float(found[1]), float(found[2])
        return Prior(stats.norm((first + last) / 2, (last - first) / NINETY), low, high)
    raise ValueError(f"'{text}' is none of {FORMS}")


def prior_of(path: str) -> Prior:
    """Return the prior of a parameter.

    Raises:
        RequestError: there is no such parameter.
        DataError: its prior cannot be drawn from.

    """
    table = parameters()
    if path not in table:
        raise RequestError(f"unknown parameter '{path}'{nearest(path, table)}")
    parameter = table[path]
    try:
        return parse(parameter.prior, parameter.low, parameter.high)
    except ValueError as error:
        raise DataError(f"parameters.csv: {path}: prior {error}") from None
