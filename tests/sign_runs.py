"""Paired effects of policies over three seeds, lived once for all the tests that ask for a sign.

Two households in a hundred, recorded from October 2025; effects are of 2026 to 2029, people unless said otherwise.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.monthly import Yearly, by_year
from sim.codes import AGRICULTURE, N_DEPARTMENTS
from sim.compose import compose
from sim.lockstep import run_together
from sim.policies import check
from sim.world.geography import DEPARTMENTS

SHARE, SEEDS, YEARS = 0.02, (1, 2, 3), range(2026, 2030)
FARMING = 0.3
"""Part of its households that live of farming in a farm department."""
OWN: Mapping[str, Mapping[str, Any]] = {
    "help_for_all": {"reintegration": {"coverage": 1, "package_usd": 0}},
    "cash": {"cash_transfer": {"coverage": 1, "usd_month": 40}},
    "drought_insured": {
        **compose(["scenarios=drought"]).policies, "insurance": {"coverage": 0.6, "paid_share": 0.6},
    },
    "half_the_homicides": {"security": {"homicide_reduction": 0.5, "extortion_reduction": 0, "lag_months": 0}},
}  # fmt: skip
"""Policies beside the shipped scenarios."""
SHIPPED = (
    "null_policy", "labour_visas_50k", "labour_visas_lottery", "circular_visas", "family_reunification",
    "protection_pathways", "task_force_package", "asylum_and_relocation", "reintegration_boost", "security_reform",
    "protect_children", "us_recession", "enforcement_only", "pathways_and_enforcement", "violence_surge", "drought",
    "mass_return",
)  # fmt: skip


@dataclass(frozen=True)
class Lives:
    """One seed: outcomes by world, farm households that wish to leave (mean stock of farm departments) by world."""

    outcomes: Mapping[str, Yearly]
    wishing_on_farms: Mapping[str, float]

    def total(self, world: str, outcome: str, group: str = "all") -> float:
        """Return the sum over the years."""
        found = self.outcomes[world].get((outcome, group), {})
        return float(sum(found.get(year, 0.0) for year in YEARS))

    def change(self, world: str, outcome: str, group: str = "all", against: str = "baseline") -> float:
        """Return what a world has more than another."""
        return self.total(world, outcome, group) - self.total(against, outcome, group)


@functools.cache
def lives() -> tuple[Lives, ...]:
    """Return every world of every seed."""
    return tuple(_lived(seed) for seed in SEEDS)


def mean(world: str, outcome: str, group: str = "all", against: str = "baseline") -> float:
    """Return the mean change over the seeds."""
    return float(np.mean([one.change(world, outcome, group, against) for one in lives()]))


def share(world: str, outcome: str, group: str = "all", against: str = "baseline") -> float:
    """Return the change of the seeds together, as a part of the other world."""
    changes = sum(one.change(world, outcome, group, against) for one in lives())
    return float(changes / sum(one.total(against, outcome, group) for one in lives()))


def _lived(seed: int) -> Lives:
    common = [f"population.share={SHARE}", "run.start=2025-10", f"run.end={YEARS[-1]}-12", f"seed={seed}"]
    baseline = compose(common)
    configs = [baseline, *(compose([f"scenarios={name}", *common]) for name in SHIPPED)]
    for name, policies in OWN.items():
        settings, problems = check(policies)
        assert not problems, problems
        configs.append(replace(baseline, policies=settings, scenarios=(name,)))
    farms = np.zeros(N_DEPARTMENTS, bool)

    def watch(month: int, models: Any) -> None:
        if month == 0:
            H = models[0].engine.columns
            farming = np.bincount(H.department, (H.livelihood == AGRICULTURE) * H.weight, N_DEPARTMENTS)
            farms[:] = farming > FARMING * np.bincount(H.department, H.weight, N_DEPARTMENTS)

    worlds = {"+".join(one.config.scenarios): one.record for one in run_together(configs, watch=watch)}
    return Lives(
        {name: by_year(record.outcomes()) for name, record in worlds.items()},
        {name: _wishing(record.stock_rows(), np.array(DEPARTMENTS)[farms]) for name, record in worlds.items()},
    )


def _wishing(stocks: Mapping[str, np.ndarray], departments: np.ndarray) -> float:
    here = (stocks["stock"] == "aspiring") & np.isin(stocks["department"], departments)
    here &= stocks["month"] >= np.datetime64(f"{YEARS[0]}-01-01")
    return float(stocks["households"][here].sum() / (12 * len(YEARS)))
