"""Instruments on the way and abroad: coordination, enforcement and its consequence, removal, status, remittances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import log
from typing import TYPE_CHECKING, Any, ClassVar

from sim.codes import COUNTRIES, MONTHS_A_YEAR, N_MONTHS, PARTIES
from sim.policies.base import DOSE, PLACE, Cost, Instrument, Made, common, number
from sim.policies.fields import Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_REMOVED = 5_000_000
"""Bound of what may be asked for: people a year."""
REMOVAL_USD = (10_854, 17_121)
"""US$ of a removal as told by the agency for 2016 and by the department for 2025; about 13,000 in 2010."""


class RegionalCoordination(Instrument):
    """A regional council that makes every other policy begin to work sooner; it does nothing by itself.

    It shortens the phase-in and lags of policies that start after it, by its strength in the month in which they do.
    """

    FIELDS: ClassVar = {
        "coordination": number("share", "how far governments act together, 1: in everything", 0.0, 1),
        **common(
            unit_cost=7_500_000, payer="donors", lag=18,
            source="no size is known: a full council is assumed to take away three tenths of every lag",
        ),
    }  # fmt: skip
    WHY: ClassVar = "It has no effect of its own: run it together with other policies."
    COST: ClassVar = Cost("year of the council", DOSE, ranges={"unit_cost_usd": (5_000_000, 10_000_000)})

    def apply(self, made: Made) -> None:
        """Note how far coordination has come in each month, for the policies that are applied after this one."""
        if self.settings["coordination"]:
            made.coordination = self.settings["coordination"] * self.strength(made)

    def dose(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) years of the council, a twelfth a month."""
        return self.delivery(made) / MONTHS_A_YEAR * (self.settings["coordination"] > 0)


class Enforcement(Instrument):
    """More removal in Mexico, apprehension at the border, or removal from inside the United States."""

    FIELDS: ClassVar = {
        "mexico_removal_multiplier": number("ratio", "removal in Mexico, times", 1.0, 5),
        "apprehension_multiplier": number("ratio", "apprehension per attempt, times", 1.0, 5),
        "interior_multiplier": number("ratio", "removal of residents, times", 1.0, 50),
        "effort_multiplier": number("ratio", "patrols that smugglers get round, times; odds stay", 1.0, 5, 1),
        **common(
            unit_cost=13_000, payer="destination_government",
            source="about 13,000 US$ a removal by the United States (2010), assumed for Mexico too; a fence cost some "
            "2,850 US$ for each migrant it kept away (working paper)", targets=("party",),
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"depart_irregular": -1, "smuggler_price": 1}
    WHY: ClassVar = "Stays grow longer, and those who are stopped may try again."
    COST: ClassVar = Cost("person removed", "removed", ranges={"unit_cost_usd": REMOVAL_USD})

    @classmethod
    def together(cls, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what no party can be told apart by: only apprehension is of a party."""
        for name in ("mexico_removal_multiplier", "interior_multiplier", "effort_multiplier"):
            if settings["target"] and settings[name] != 1:
                yield name, "is the same for every party; with a target set apprehension_multiplier alone"

    def apply(self, made: Made) -> None:
        """Multiply the odds; none goes above one. The price follows what a single adult meets, and the effort."""
        import numpy as np

        from sim.world.border import stopped

        before, strength = stopped(made.world), self.strength(made)
        for name, series in (
            ("mexico_removal_multiplier", made.world.p_mexico),
            ("apprehension_multiplier", made.world.apprehended),
            ("interior_multiplier", made.world.interior),
        ):
            factor = (1 + (self.settings[name] - 1) * strength).astype(np.float32)
            rows: slice | list[int] = slice(None)
            if self.settings["target"] and series is made.world.apprehended:
                rows = [PARTIES.index(party) for party in self.settings["target"]["party"]]
            series[rows] = np.minimum(series[rows] * factor, np.float32(1))
        change = (stopped(made.world) - before + log(self.settings["effort_multiplier"]) * strength).astype(np.float32)
        made.border = replace(made.border, enforcement=made.border.enforcement + change)


class BorderOutcomes(Instrument):
    """What follows an apprehension by the US Border Patrol: release, or else expulsion to Mexico or removal home.

    Whoever is not released is expelled or removed; those expelled can try again at once.
    """

    FIELDS: ClassVar = {
        "released_multiplier": number("ratio", "release after an apprehension, times", 1.0, 5),
        "expelled": Field("number", "share", "of those not released, expelled to Mexico; none: as today", high=1),
        **common(
            payer="destination_government", grade="D", targets=("countries", "party"),
            source="shares of outcomes by month on record: in FY2021 94 % of adults travelling alone were expelled",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"release": 0, "expelled": 0, "depart_irregular": 0}
    WHY: ClassVar = "Fewer who are released lower the wish to go; more who are expelled are met again and again."

    def apply(self, made: Made) -> None:
        """Change the shares of outcomes; the smuggler's price follows what a single adult meets."""
        import numpy as np

        from sim.world.border import stopped

        times, aim = self.settings["released_multiplier"], self.settings["expelled"]
        if times == 1 and aim is None:
            return
        world, before, strength = made.world, stopped(made.world), self.strength(made)
        parties = (self.settings["target"] or {}).get("party", PARTIES)
        for c in np.flatnonzero(made.countries(self.settings["target"])):
            for party in map(PARTIES.index, parties):
                released, expelled = world.released[c, party], world.expelled[c, party]
                part = np.divide(expelled, 1 - released, out=np.zeros_like(expelled), where=released < 1)
                if aim is not None:
                    part += ((aim - part) * strength).astype(np.float32)
                released[:] = np.minimum(released * (1 + (times - 1) * strength).astype(np.float32), np.float32(1))
                expelled[:] = np.where(strength > 0, (1 - released) * part, expelled)
        change = (stopped(world) - before).astype(np.float32)
        made.border = replace(made.border, enforcement=made.border.enforcement + change)


class Consequence(Instrument):
    """A consequence after an apprehension that keeps more of those sent back from trying again."""

    FIELDS: ClassVar = {
        "gives_up_more": number("probability", "added to the chance of not trying again", 0.0, 1),
        **common(
            payer="destination_government", grade="D",
            source="sanctions lowered re-apprehension by .046-.061 of .242 (Bazzi et al. 2021)",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"encounter_us": -1}
    WHY: ClassVar = "Only those who are expelled or removed meet it."

    def apply(self, made: Made) -> None:
        """Add to the chance of giving up."""
        made.levers.sanction[:] += (self.settings["gives_up_more"] * self.strength(made)).astype("float32")


class MassReturn(Instrument):
    """Removal from inside the United States of so many people a year, on top of what happens today.

    The chance of everybody without papers rises by that number over the 2021 estimates of those from the countries.
    """

    FIELDS: ClassVar = {
        "people_per_year": number("people a year", "removed from inside, on top of today", 0, MOST_REMOVED),
        **common(
            unit_cost=13_000, payer="destination_government", targets=("countries",),
            source="some 2.0 million residents without papers in 2021 (Pew); cost of a removal as in enforcement",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"removed": 1, "away_irregular": -1}
    WHY: ClassVar = (
        "Only members of households can be removed, not the kin who left long before. Many leave again. Households "
        "that had left as a whole are at home again, with their income and with money from those still away: both sums "
        "rise."
    )
    COST: ClassVar = Cost("person removed", "removed", ranges={"unit_cost_usd": REMOVAL_USD})

    def apply(self, made: Made) -> None:
        """Add to the monthly chance of removal of a resident without papers; none goes above one."""
        import numpy as np

        from sim.data.loader import load

        reached, data = made.countries(self.settings["target"]), load()
        by_year = [data.year("unauthorized_in_usa", country) for country in COUNTRIES]
        residents = reached @ np.array([years[max(years)] for years in by_year])
        monthly = self.settings["people_per_year"] / residents / MONTHS_A_YEAR
        added = reached[:, None] * monthly * self.strength(made)
        made.world.interior[:] = np.minimum(made.world.interior + added.astype(np.float32), np.float32(1))


class TemporaryStatus(Instrument):
    """A temporary status that protects residents without papers in the United States from removal."""

    FIELDS: ClassVar = {
        "share": number("share", "residents without papers who get it", 0.0, 1),
        "within_months": Field("whole", "months", "time to register", default=18, low=1, high=N_MONTHS),
        **common(
            payer="destination_government", targets=("countries",),
            source="no size is known; 188,725 Salvadorans and 56,840 Hondurans held such a status in 2023",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"away_regular": 1, "away_irregular": -1, "removed": -1}
    WHY: ClassVar = "Those who may stay can pay for the journeys of others."

    def apply(self, made: Made) -> None:
        """Add the monthly chance of the status to months in which people register."""
        reached = made.countries(self.settings["target"])
        made.levers.status_gain[:] += self.chance(made, self.settings["share"] * reached)

    def chance(self, made: Made, shares: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return (3, 276) the monthly chance that brings a share, (3,), about within the months asked for."""
        import numpy as np

        length, first = self.settings["within_months"], self.months().start
        monthly = 1 - (1 - shares) ** (1 / length)
        now = (np.arange(N_MONTHS) >= first) & (np.arange(N_MONTHS) < first + length)
        return (monthly[:, None] * now * self.strength(made)).astype(np.float32)


class EndTemporaryStatus(TemporaryStatus):
    """The end of a temporary status: those who hold it become residents without papers.

    Of residents with papers a share holds such a status, by country (`border.temporary_status`); none from Guatemala.
    """

    FIELDS: ClassVar = {
        "share": number("share", "holders of a temporary status who lose it", 0.0, 1),
        "within_months": Field("whole", "months", "time over which it runs out", default=12, low=1, high=N_MONTHS),
        **common(
            payer="destination_government", targets=("countries",),
            source="188,725 Salvadorans and 56,840 Hondurans held such a status in 2023, about a fifth and a fourth of "
            "the residents with papers",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"away_regular": -1, "away_irregular": 1, "removed": 1}
    WHY: ClassVar = "Those who came long ago are kin in the model, whose status it does not follow."

    def apply(self, made: Made) -> None:
        """Add the monthly chance of losing the status."""
        import numpy as np

        holders = np.array(made.config.by_country("border.temporary_status"))
        reached = made.countries(self.settings["target"])
        made.levers.status_loss[:] += self.chance(made, self.settings["share"] * holders * reached)


class RemittanceTax(Instrument):
    """A tax on money sent home."""

    FIELDS: ClassVar = {
        "rate": number("share", "tax on what is sent", 0.0, 1),
        **common(
            payer="destination_government", targets=("countries",),
            source="5 % of transfers in the bill of May 2025, 3.5 % as the House passed it, 1 % in the law",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"remittance_tax": 1, "remittances": -1, "household_income": -1}
    WHY: ClassVar = "Households that lose income wish more to leave, and can pay less for it; less may be sent at all."

    def apply(self, made: Made) -> None:
        """Add to the tax; it never takes more than all."""
        import numpy as np

        added = made.countries(self.settings["target"])[:, None] * self.settings["rate"] * self.strength(made)
        made.levers.remit_tax[:] = np.minimum(made.levers.remit_tax + added.astype(np.float32), np.float32(1))


class Information(Instrument):
    """The true odds of a journey, told to households: what they believe moves towards what happens."""

    FIELDS: ClassVar = {
        "coverage": number("share", "households that are told", 0.0, 1),
        "believed": number("share", "part of the gap to the true odds that closes in a month, of those told", 0.1, 1),
        **common(
            unit_cost=2, payer="donors", targets=PLACE,
            source="information on risks had no measurable effect on departures in The Gambia, where those of all "
            "collapsed (Bah et al. 2023); the part that is believed, and 1-5 US$ a household and year, are assumed",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"depart_irregular": 0}
    WHY: ClassVar = "Where people think a journey harder than it is, the truth encourages them."
    COST: ClassVar = Cost("household informed for a year", DOSE, ranges={"unit_cost_usd": (1, 5)})

    def apply(self, made: Made) -> None:
        """Raise the part of the gap that closes, where the group lives; at most all of it."""
        import numpy as np

        part = self.settings["coverage"] * self.settings["believed"] * self.strength(made)
        added = made.departments(self.settings["target"])[:, None] * part
        made.levers.truth[:] = np.minimum(made.levers.truth + added.astype(np.float32), np.float32(1))

    def dose(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) household-years, of the households of January 2013."""
        told = float(made.departments(self.settings["target"]) @ made.weights["households"]) * self.settings["coverage"]
        return told * self.delivery(made) / MONTHS_A_YEAR


class Narrative(Instrument):
    """A shared account of migration that keeps the public of destinations from closing what was opened."""

    FIELDS: ClassVar = {
        "held_off": number("share", "part of the erosion of places that it prevents", 0.0, 1),
        **common(payer="donors", lag=12, source="no size is known"),
    }
    MOVES: ClassVar = {"admit": 1}
    WHY: ClassVar = "Places erode only where feedbacks.tolerance is above 0, and only those that a policy adds."

    def apply(self, made: Made) -> None:
        """Hold off a part of the erosion; two accounts do not add up."""
        import numpy as np

        held = (self.settings["held_off"] * self.strength(made)).astype(np.float32)
        made.levers.narrative[:] = np.maximum(made.levers.narrative, held)


ABROAD: Mapping[str, type[Instrument]] = {
    "enforcement": Enforcement,
    "border_outcomes": BorderOutcomes,
    "consequence": Consequence,
    "mass_return": MassReturn,
    "temporary_status": TemporaryStatus,
    "end_temporary_status": EndTemporaryStatus,
    "remittance_tax": RemittanceTax,
    "information": Information,
    "narrative": Narrative,
}
"""By name in a scenario file; coordination apart, which comes before everything else."""
