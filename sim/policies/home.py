"""Instruments that change life at home and after return: help, cash, insurance, work, services, safety."""

from __future__ import annotations

from typing import ClassVar

from sim.policies.base import PEOPLE, Cost, Instrument, Made, common, number, who
from sim.policies.fields import Field


class Reintegration(Instrument):
    """Help after return: how many get it, the value of the package, a job with it, and debt forgiven."""

    FIELDS: ClassVar = {
        "coverage": number("share", "returned people who get help; 0: as today", 0.0, 1),
        "package_usd": Field("number", "2021 US$", "value of the help; none: as today", high=20000),
        "debt_relief": Field("number", "share", "debt forgiven; none: as today", high=1),
        "job": number("share", "part of the income lost after return that a job makes good", 0.0, 1),
        "help_months": Field("whole", "months", "months during which help works; none: as today", low=1, high=60),
        **common(unit_cost=300, lag=0, targets=PEOPLE,
                 source="package 500-3,000 US$ per returnee, delivery on top: both assumed"),
    }  # fmt: skip
    MOVES: ClassVar = {"remigrate": -1, "reintegration_spending": 1}
    WHY: ClassVar = "Cash and forgiven debt also make the next journey affordable: leaving again may rise with them."
    COST: ClassVar = Cost("person helped", "served_returned")

    def apply(self, made: Made) -> None:
        """Raise coverage of the group; the package and the relief go with it."""
        import numpy as np

        from sim.state import RETURNED

        if self.settings["coverage"] == 0:
            return
        levers, strength = made.levers, self.strength(made)
        on = strength > 0
        reached = made.departments(self.settings["target"])[:, None] * self.settings["coverage"] * strength
        levers.help_more[:] = np.maximum(levers.help_more, reached)
        levers.who[RETURNED] = who(self.settings["target"])
        for name, series in (("package_usd", levers.package), ("debt_relief", levers.debt_relief)):
            if self.settings[name] is not None:
                series[on] = self.settings[name]
        levers.help_job[on] = self.settings["job"]
        if self.settings["help_months"] is not None:
            levers.help_months[on] = self.settings["help_months"]
