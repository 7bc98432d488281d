"""Policies that wait for a condition: a driver or a count passes a bound, and the policy begins the month after.

It ends after `for_months`, and may begin again when the condition is met anew. What is watched is what people of
that month could know: drivers of the month before, counts of the twelve months before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, FLOWS, MONTHS_A_YEAR, N_MONTHS, month_index, month_name
from sim.policies import Instrument, Made, enact
from sim.state import Tally
from sim.world.geography import INDEX, department_country

COUNTED = {"encounters": FLOWS.index("encounter_us"), "departures": FLOWS.index("depart_irregular")}


class Conditions:
    """The waiting policies of one model. begun: (month, name) of every start."""

    def __init__(self, waiting: Sequence[Instrument], made: Made) -> None:
        self.waiting, self.made = list(waiting), made
        self.until = [month_index(one.settings["start"]) for one in self.waiting]
        self.counts: NDArray[np.int64] = np.zeros((len(COUNTED), len(department_country), N_MONTHS), np.int64)
        self.begun: list[tuple[str, str]] = []

    def saw(self, month: int, done: Tally) -> None:
        """Note what was counted in a month."""
        events = done.events
        for k, flow in enumerate(COUNTED.values()):
            at = events["flow"] == flow
            np.add.at(self.counts[k, :, month], events["department"][at], events["people"][at])

    def begin(self, month: int) -> bool:
        """Begin what waits and whose condition the month before met; return whether anything began."""
        any_began = False
        for k, instrument in enumerate(self.waiting):
            if month >= max(self.until[k], 1) and self.met(instrument, month - 1):
                started = instrument.started(month)
                enact(started, self.made)
                self.made.tidy()
                self.until[k] = started.months().stop
                self.begun.append((month_name(month), type(instrument).__name__))
                any_began = True
        return any_began

    def met(self, instrument: Instrument, month: int) -> bool:
        """Return whether a month meets the condition of an instrument."""
        when = instrument.settings["when"]
        value = self.value(when["series"], when.get("of"), month)
        return bool(value > when["over"]) if "over" in when else bool(value < when["under"])

    def value(self, series: str, of: str | None, month: int) -> float:
        """Return a watched series in a month, in a department, a country or all three (None)."""
        if of is None:
            here = np.ones(len(department_country), bool)
        elif of in INDEX:
            here = np.arange(len(department_country)) == INDEX[of]
        else:
            here = department_country == COUNTRIES.index(of)
        if series in COUNTED:
            year = slice(max(0, month - MONTHS_A_YEAR + 1), month + 1)
            return float(self.counts[list(COUNTED).index(series), here, year].sum())
        world = self.made.world
        if series == "tightness":
            return float(np.exp(world.ln_theta[month]))
        if series == "coffee":
            return float(world.coffee[0, month])
        if series == "homicides":
            of_departments = self.made.drivers.reference * np.exp(world.ln_v[:, month])
        else:
            of_departments = getattr(world, series)[:, month]  # dryness, disaster
        return float(np.average(of_departments[here], weights=self.made.weights["households"][here]))
