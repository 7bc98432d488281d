"""Instruments that bring a programme of their own: any that a scenario describes, and one for droughts.

A new programme stands beside those of today as an alternative of its own: nobody's draws for the others change.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sim.codes import COUNTRIES, DESTINATIONS, MONTHS_A_YEAR, N_MONTHS, PATHWAYS
from sim.policies.base import PLACE, Made, common, number
from sim.policies.fields import Field
from sim.policies.places import DURATION, MOST_MONTHS, MOST_PAY, MOST_USD, Places, admitted, filled, places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.programmes import Programmes

NO_NAMES = ("all", "total")
"""What tables call a sum."""
OLDEST = 99
DRIEST = 5
"""Bounds of what may be asked for: years of age, SD of dryness."""
PARTY = Field("choice", "", "who may travel", default="any", choices=("single_adult", "family_unit", "any"))
STATUS = Field("choice", "", "status on arrival", default="temporary", choices=("temporary", "resident"))
SELECTION = Field(
    "choice", "", "how places are given", default="lottery", choices=("lottery", "first_come", "targeted")
)


@dataclass(frozen=True, slots=True)
class NameField(Field):
    """The name of a new programme."""

    def read(self, value: Any) -> tuple[Any, str]:
        """Return the name and what is wrong with it."""
        if value is None:
            return self.default, ""
        text = str(value)
        if not re.fullmatch(r"[a-z][a-z0-9_]{2,39}", text):
            return text, f"'{text}' is not a name of 3 to 40 small letters, digits and _, such as usa_care_workers"
        taken = text.removesuffix("_permanent") in (*PATHWAYS, *NO_NAMES)
        return text, f"'{text}' exists; a new programme needs a name of its own" if taken else ""


def flag(doc: str, default: bool = False) -> Field:
    """Return a setting that is true or false."""
    return Field("flag", "", doc, default=default)


def months(doc: str, default: int, low: int = 0) -> Field:
    """Return a setting in months."""
    return Field("whole", "months", doc, default=default, low=low, high=MOST_MONTHS)


def terms(  # the defaults are those of a seasonal programme, each assumed
    *, cost: float, processing: int, contract: int, farm: bool, oldest: int,
) -> dict[str, Field]:  # fmt: skip
    """Return the settings that say what a new programme asks and gives."""
    return {
        "destination": Field("choice", "", "where it leads", default="USA", choices=DESTINATIONS),
        "status": STATUS,
        "party": PARTY,
        "selection": SELECTION,
        "needs_kin": flag("whether close kin at the destination are needed"),
        "needs_exposure": flag("whether victimisation or exposure to violence is needed"),
        "needs_farm": flag("whether a household must live from farming", farm),
        "youngest": Field("whole", "years of age", "youngest age of who applies", default=18, low=18, high=OLDEST),
        "oldest": Field("whole", "years of age", "oldest age of who applies", default=oldest, low=18, high=OLDEST),
        "worker_cost_usd": number("2021 US$", "what a worker pays up front", cost, MOST_USD),
        "processing_months": months("application to the first admission", processing),
        "contract_months": months("length of a contract; 0: stays", contract),
        "rotation": number("share", "workers invited back", 0.5, 1),
        "overstay": number("probability", "stays at the end of a contract", 0.06, 1),
        "max_wait_months": months("an application older than this is given up", MONTHS_A_YEAR, 1),
        "rounds_per_year": Field(
            "whole", "rounds a year", "rounds after which losers of a lottery are refused; 0: they wait on", default=0,
            high=MONTHS_A_YEAR,
        ),
        "pay": number("ratio", "pay beside that of a migrant at the destination", 1.0, MOST_PAY),
    }  # fmt: skip


class NewProgramme(Places):
    """A programme that the scenario adds."""

    MOVES: ClassVar = {"arrive_regular": 1, "depart_irregular": -1}

    @classmethod
    def together(cls, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with ages."""
        if settings["youngest"] > settings["oldest"]:
            yield "youngest", f"{settings['youngest']} is above oldest, {settings['oldest']}"

    @property
    @abstractmethod
    def name(self) -> str:
        """Return the name of the programme."""

    def pathways(self) -> tuple[str, ...]:
        """Return the programme, once it has places."""
        return (self.name,) if self.settings["places_per_year"] else ()

    def extend(self, programmes: Programmes) -> Programmes:
        """Add the programme, unless it has no place."""
        from sim.programmes import Programme
        from sim.world.geography import DEPARTMENTS

        settings = self.settings
        if settings["places_per_year"] == 0:
            return programmes
        reach = Made.departments(settings["target"])
        codes = tuple(code for code, reached in zip(DEPARTMENTS, reach, strict=True) if reached)
        stays = settings["contract_months"] == 0
        given = (
            "destination", "status", "party", "selection", "needs_kin", "needs_exposure", "needs_farm", "youngest",
            "oldest", "worker_cost_usd", "processing_months", "contract_months", "max_wait_months", "rounds_per_year",
        )  # fmt: skip
        return programmes.added(
            Programme(
                name=self.name, year="calendar", fill=1.0, earnings=settings["pay"],
                season=(1 / MONTHS_A_YEAR,) * MONTHS_A_YEAR,
                departments=() if reach.all() else codes,
                rotation=0.0 if stays else settings["rotation"], overstay=0.0 if stays else settings["overstay"],
                **{key: settings[key] for key in given},
            )
        )  # fmt: skip

    def apply(self, made: Made) -> None:
        """Open the places."""
        self.open(made, self.name, self.settings["places_per_year"])


class NewPathway(NewProgramme):
    """A programme that a scenario describes: where it leads, who may apply, what it costs and gives."""

    FIELDS: ClassVar = {
        "name": NameField("text", "", "name of the programme", default="new_pathway"),
        "places_per_year": places("places a year", "places added"),
        "duration_months": DURATION,
        "fill": filled("ramp"),
        **terms(cost=650, processing=3, contract=8, farm=False, oldest=44),
        **common(
            unit_cost=650, payer="destination_government", targets=PLACE,
            source="terms like those of H-2B unless the scenario says otherwise, assumed",
        ),
    }  # fmt: skip
    WHY: ClassVar = "A way more draws people who would have stayed; money sent home pays for later journeys."
    COST: ClassVar = admitted("person admitted", 300, 1000)

    @property
    def name(self) -> str:
        """Return the name of the programme."""
        return str(self.settings["name"])


class ClimatePathway(NewProgramme):
    """A programme for farming households of departments in drought, and for a time after it."""

    FIELDS: ClassVar = {
        "places_per_year": places("places a year", "places added while there is a drought anywhere"),
        "dryness": number("SD", "a department is in drought above this", 1.0, DRIEST),
        "open_months": months("how long its households may apply after the last month of drought", MONTHS_A_YEAR),
        "duration_months": DURATION,
        "fill": filled("ramp"),
        **terms(cost=400, processing=2, contract=12, farm=True, oldest=64),
        **common(
            unit_cost=1000, payer="destination_government", targets=PLACE,
            source="assumed; a fourth of rural Salvadoran moves followed shocks to the harvest (Halliday 2006)",
        ),
    }  # fmt: skip
    WHY: ClassVar = "Where there is no drought nobody can apply; money sent home pays for later journeys."
    COST: ClassVar = admitted("person admitted", 300, 2000)

    @property
    def name(self) -> str:
        """Return the name of the programme."""
        return "climate_mobility"

    def allowed(self, made: Made) -> NDArray[np.bool_]:
        """Return (54, N_MONTHS) the departments of the target that are in drought or were lately."""
        dry = made.world.dryness > self.settings["dryness"]
        lately = dry.copy()
        for later in range(1, self.settings["open_months"] + 1):
            lately[:, later:] |= dry[:, :-later]
        return Made.departments(self.settings["target"])[:, None] * lately > 0

    def added(self, made: Made, a_year: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return (3, N_MONTHS) places: a month's are for its droughts, shared by their households; none without."""
        import numpy as np

        from sim.schedule import in_whole
        from sim.world.geography import department_country

        there = self.allowed(made) * made.weights["households"][:, None]
        hit = np.stack([there[department_country == c].sum(axis=0) for c in range(len(COUNTRIES))])
        share = hit / np.maximum(hit.sum(axis=0), 1)
        in_force = np.arange(N_MONTHS) <= self.last_month()
        return in_whole(a_year / MONTHS_A_YEAR * self.strength(made) * in_force * share)

    def apply(self, made: Made) -> None:
        """Open the places, to the departments that are in drought or were lately."""
        import numpy as np

        from sim.programmes import NOWHERE
        from sim.world.geography import DEPARTMENTS

        super().apply(made)
        if self.settings["places_per_year"] == 0:
            return
        codes = np.array(DEPARTMENTS)
        reach = [tuple(str(code) for code in codes[column]) or NOWHERE for column in self.allowed(made).T]
        start = self.months().start
        made.terms = made.terms.followed(self.name, "departments", [*[None] * start, *reach[start:]])
