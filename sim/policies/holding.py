"""Instruments on the places there are: held at the number of one year, or closed."""

from __future__ import annotations

from typing import ClassVar

from sim.codes import N_MONTHS, month_index
from sim.policies.base import Instrument, Made, common, number
from sim.policies.fields import Field


class HoldPlaces(Instrument):
    """Places of programmes held at their number of one programme year."""

    FIELDS: ClassVar = {
        "pathways": Field("pathways", "", "programmes held", needed=True),
        "at_fiscal_year": Field("whole", "year", "programme year that is kept", low=2013, high=2024, needed=True),
        "from": Field("month", "month", "first month held", needed=True),
        **{name: common()[name] for name in ("end", "unit_cost_usd", "payer", "evidence", "source")},
    }
    ORDER: ClassVar = (("from", "end"),)
    MOVES: ClassVar = {"admit": 0}
    WHY: ClassVar = "Places fall or rise, as those of the year that is kept were fewer or more."

    def apply(self, made: Made) -> None:
        """Hold the schedule of each pathway."""
        end = self.settings["end"]
        months = month_index(self.settings["from"]), month_index(end) + 1 if end else N_MONTHS
        for pathway in dict.fromkeys(self.settings["pathways"]):
            made.schedule = made.schedule.held(pathway, self.settings["at_fiscal_year"], *months)


class ClosePlaces(Instrument):
    """Programmes closed, or cut to a part of their places; what other policies add stays open."""

    FIELDS: ClassVar = {
        "pathways": Field("pathways", "", "programmes closed", needed=True),
        "closed": number("share", "part of the places that is closed", 1.0, 1),
        **common(payer="destination_government", source="a choice of who asks"),
    }
    MOVES: ClassVar = {"arrive_regular": -1, "depart_irregular": 1}
    WHY: ClassVar = "Those who would have gone with papers may stay, or go without."

    def apply(self, made: Made) -> None:
        """Take away places, in whole numbers whose running sum is right."""
        left = 1 - self.settings["closed"] * self.strength(made)
        for pathway in dict.fromkeys(self.settings["pathways"]):
            made.schedule = made.schedule.scaled(pathway, left)
