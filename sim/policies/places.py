"""Instruments that change what is open: places of programmes and the terms on which they are given."""

from __future__ import annotations

from typing import ClassVar

from sim.codes import COUNTRIES, MONTHS_A_YEAR, N_MONTHS, month_index
from sim.policies.base import Instrument, Made, common
from sim.policies.fields import Field


class LabourPlaces(Instrument):
    """Labour places added to programmes, shared among the countries that each reaches by their adults below 45.

    Phase-in moves places later within the duration and loses none: the monthly number rises in a straight line.
    """

    FIELDS: ClassVar = {
        "places_per_year": Field("places", "places a year", "places added, by pathway", needed=True),
        "duration_months": Field("whole", "months", "months with added places; none: for good", low=1, high=N_MONTHS),
        "targeting": Field("choice", "", "who is drawn among applicants", default="none", choices=("none",)),
        **common(),
    }

    def apply(self, made: Made) -> None:
        """Add the places to the schedule, whole numbers by month and country."""
        import numpy as np

        from sim.pathways import spread
        from sim.world.geography import department_country

        start, duration = month_index(self.settings["start"]), self.settings["duration_months"]
        last = min(start + duration, N_MONTHS) if duration else N_MONTHS
        ramp = np.minimum(1.0, np.arange(1, (duration or last - start) + 1) / (self.settings["phase_in_months"] + 1))
        programmes = made.schedule.programmes
        for pathway, places in self.settings["places_per_year"].items():
            reach = programmes.arrays().reach[programmes.index(pathway)]
            weights = made.weights["young_adults"] * (np.bincount(department_country, reach, len(COUNTRIES)) > 0)
            offered = places * duration // MONTHS_A_YEAR if duration else places
            for country, share in enumerate(spread(offered, weights)):
                if duration:
                    monthly = spread(int(share), ramp)
                else:
                    reached = np.rint(np.cumsum(share * ramp / MONTHS_A_YEAR))
                    monthly = np.diff(reached, prepend=0).astype(np.int64)
                added = np.zeros(N_MONTHS, np.int64)
                added[start:last] = monthly[: last - start]
                if added.any():
                    made.schedule = made.schedule.added(pathway, country, added)


class HoldPlaces(Instrument):
    """Places of programmes held at their number of one programme year."""

    FIELDS: ClassVar = {
        "pathways": Field("pathways", "", "programmes held", needed=True),
        "at_fiscal_year": Field("whole", "year", "programme year that is kept", low=2013, high=2024, needed=True),
        "from": Field("month", "month", "first month held", needed=True),
        **{key: field for key, field in common().items() if key in ("unit_cost_usd", "payer", "evidence", "source")},
    }
    ORDER: ClassVar = ()

    def apply(self, made: Made) -> None:
        """Hold the schedule of each pathway."""
        for pathway in self.settings["pathways"]:
            made.schedule = made.schedule.held(
                pathway, self.settings["at_fiscal_year"], month_index(self.settings["from"])
            )
