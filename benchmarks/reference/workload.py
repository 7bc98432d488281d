"""The reference workload: what households are, the numbers of a month, the start, and how two runs are compared.

A household at home earns, saves and chooses by a logit among staying, moving inside the country, applying for one of
few places abroad, and going without papers; abroad it saves, returns or is deported. One draw of 64 bits a household
and month serves the dense part: its first uniform the income shock or the return, its second the choice or deportation;
rare events hash it further.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.numpy_columns import step

N_COUNTRIES, N_IN_COUNTRY = 3, 18
N_REGIONS = N_COUNTRIES * N_IN_COUNTRY
MOST_TIES, MOST_WAIT = 10, 60
PLACES = 0.001
"""Places abroad a month, per household."""
FIRST_WITH_PATHWAY = N_IN_COUNTRY
"""First region from which places abroad may be applied for: all of the second and third country."""

STAYED, MOVED, REGULAR, IRREGULAR = range(4)
"""Status: at home, moved inside the country, abroad with papers, abroad without."""
N_STATUSES = 4
NONE, INSIDE, APPLY, GO, RETURN, DEPORT = range(6)
"""What happens to a household in a month; the first four are also the alternatives of the logit."""
FLOWS = ("moved", "applied", "set out", "apprehended", "returned", "deported", "granted")
F_MOVED, F_APPLIED, F_SET_OUT, F_APPREHENDED, F_RETURNED, F_DEPORTED, F_GRANTED = range(len(FLOWS))
N_CELLS = N_REGIONS * 2 * N_STATUSES
"""Cells of the count of a month: region, has had a migrant, status."""
CENTS = 100.0
"""Savings are summed as whole hundredths, so that sums do not depend on order."""

PARAMETERS = {
    "PULL": 0.05, "NOISE": 0.10,  # income: AR(1) in logs towards the mean of the region
    "YIELD": 1.002, "SAVED": 0.25, "SPENT": 0.22, "HELP": 0.05,  # savings at home
    "PER_SHARE": 1.5, "PER_TIE": 0.08, "PER_MIGRANT": 0.7,  # pull of networks abroad
    "V1": -5.8, "V1_INCOME": 0.5, "V1_TIES": 0.03,  # moving inside
    "V2": -6.2, "V2_WAIT": 0.04, "V3": -6.6, "V_INCOME": 0.6,  # abroad with papers, and without
    "FARE": 12.0, "CAUGHT": 0.15,  # price and risk of going without papers
    "SENT_REGULAR": 0.20, "SENT_IRREGULAR": 0.12,  # savings abroad
    "BACK_REGULAR": 0.008, "BACK_IRREGULAR": 0.010, "DEPORTED": 0.006, "KEPT": 0.5,  # ends of a stay abroad
}  # fmt: skip
"""Numbers of a month; rates are monthly, money is in units of a month's mean income."""

# The start: Dirichlet weights of regions, income N(mean of region, sd), savings, ties, members who had been away.
REGION_SHAPE, SD_MEAN_INCOME, COUNTRY_INCOME, SD_INCOME = 3, 0.3, (0.0, -0.2, -0.4), 0.32
MEAN_SAVINGS, MEAN_TIES, P_MIGRANT, P_STATUS = 6, 2, 0.15, (0.90, 0.02, 0.04, 0.04)


class State(NamedTuple):
    """The households, (n,) each, 21 bytes a row; stream is where all their draws begin."""

    stream: NDArray[np.uint64]
    log_income: NDArray[np.float32]
    savings: NDArray[np.float32]
    region: NDArray[np.uint8]
    ties: NDArray[np.uint8]
    migrant: NDArray[np.uint8]
    wait: NDArray[np.uint8]
    status: NDArray[np.uint8]

    def copy(self) -> State:
        """Return the same households in other memory."""
        return State(*(column.copy() for column in self))


class Month(NamedTuple):
    """What was counted in a month: households and hundredths of savings by cell (regions, 2, statuses); flows (7,)."""

    households: NDArray[np.int64]
    cents: NDArray[np.int64]
    flows: NDArray[np.int64]


def start(n: int, seed: int) -> tuple[State, NDArray[np.float32]]:
    """Return n households as they are before the first month, and the mean log income of the regions (54,)."""
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(N_REGIONS, REGION_SHAPE))
    means = rng.normal(0, SD_MEAN_INCOME, N_REGIONS) + np.repeat(COUNTRY_INCOME, N_IN_COUNTRY)
    region = rng.choice(N_REGIONS, n, p=weights).astype(np.uint8)
    return State(
        stream=step(step(np.zeros(1, np.uint64), seed), np.arange(n, dtype=np.uint64)),
        log_income=(means[region] + rng.normal(0, SD_INCOME, n)).astype(np.float32),
        savings=rng.exponential(MEAN_SAVINGS, n).astype(np.float32), region=region,
        ties=np.minimum(rng.poisson(MEAN_TIES, n), MOST_TIES).astype(np.uint8),
        migrant=(rng.random(n) < P_MIGRANT).astype(np.uint8), wait=np.zeros(n, np.uint8),
        status=rng.choice(N_STATUSES, n, p=P_STATUS).astype(np.uint8),
    ), means.astype(np.float32)  # fmt: skip


def cells(state: State) -> NDArray[np.intp]:
    """Return the cell of each household: region, has had a migrant, status."""
    return (state.region.astype(np.intp) * 2 + state.migrant) * N_STATUSES + state.status


def network_share(households: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return, of counts by cell, the share of each region's households that have or had a member abroad."""
    by_cell = households.reshape(N_REGIONS, 2, N_STATUSES)
    abroad = by_cell[:, 1].sum(axis=1) + by_cell[:, 0, REGULAR:].sum(axis=1)
    return (abroad / np.maximum(by_cell.sum(axis=(1, 2)), 1)).astype(np.float32)


def statistics(state: State, months: Sequence[Month]) -> dict[str, tuple[float, float]]:
    """Return by name a statistic of a run and its variance by chance: 7 flows, 12 counts, 11 means."""
    n = len(state.status)
    flows = np.sum([month.flows for month in months], axis=0)
    found = {f"{name} in all": (float(flow), float(flow)) for name, flow in zip(FLOWS, flows, strict=True)}
    country = state.region // N_IN_COUNTRY
    for c in range(N_COUNTRIES):
        for s in range(N_STATUSES):
            part = float(np.mean((country == c) & (state.status == s)))
            found[f"country {c}, status {s} at the end"] = (part * n, part * (1 - part) * n)

    def mean(name: str, values: NDArray[np.generic]) -> None:
        wide = values.astype(np.float64)
        found[f"mean {name}"] = (float(wide.mean()), float(wide.var() / len(wide)))

    for c in range(N_COUNTRIES):
        mean(f"log income, country {c}", state.log_income[country == c])
        mean(f"former migrants, country {c}", state.migrant[country == c])
    for s in range(N_STATUSES):
        mean(f"savings, status {s}", state.savings[state.status == s])
    mean("wait", state.wait)
    return found


def greatest_z(one: dict[str, tuple[float, float]], other: dict[str, tuple[float, float]]) -> float:
    """Return the greatest difference of two runs in any statistic, in standard errors of the difference."""
    gaps = [(one[name][0] - other[name][0], one[name][1] + other[name][1]) for name in one]
    return max(abs(gap) / math.sqrt(variance) if gap else 0.0 for gap, variance in gaps)
