"""Policies as experiments: what each changes, placed ten years early, so that a parameter set tells it at little cost.

For screening and for the emulators. A policy of 2016 meets the places, prices and border of 2016: what it changes
there says which parameters its effect hangs on, not how large it will be after 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from analysis import effects
from analysis.effects import during
from analysis.experiment_list import Experiment
from analysis.recorded import Months
from sim.config import Config

PLACED: Final = Months("2016-01", "2019-09")
POLICIES: Final = (
    "labour_visas_50k", "enforcement_only", "cash_transfers", "reintegration_boost", "security_reform",
)  # fmt: skip
"""Scenarios of which each large group of levers has one: places, border, money, return, violence."""


def _early(config: Config, policies: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return policies as they would be had they begun with PLACED, and lasted beyond it."""
    return {
        name: {**{key: value for key, value in settings.items() if key != "end"}, "start": PLACED.first}
        for name, settings in policies.items()
    }


CONTRASTS: Final[Mapping[str, Experiment]] = MappingProxyType({
    name: Experiment(
        name, "", name, PLACED, 0, -100, 100, "%", "this model", "A", False,
        during(effects.change_of_journeys, PLACED.first, PLACED.last), "irregular journeys", adjust=_early,
    )
    for name in POLICIES
})  # fmt: skip
"""Change of irregular journeys in per cent, by scenario."""
