"""Instruments that add places to the programmes there are, and set how fast those work.

Places are whole numbers by month and country of origin. They can be reserved for a group, or given by a draw
among more than those who apply; where employers have to be found first, they fill along a ramp.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from sim.codes import COUNTRIES, MONTHS_A_YEAR, N_MONTHS
from sim.errors import RequestError
from sim.policies.base import EVERYBODY, PEOPLE, Cost, Instrument, Made, common, number, who
from sim.policies.fields import MOST_PLACES, Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.programmes import Programmes

DRAWS = {"none": 0, "target": 0, "aspirants": 1, "everyone": 2}
"""Codes of `Levers.call` by the choice in a scenario file."""
MOST_USD, MOST_MONTHS, MOST_PAY = 20_000, 120, 5
"""Bounds of what may be asked for: a worker's cost, a wait or contract, pay beside that of other migrants."""


def places(unit: str, doc: str) -> Field:
    """Return a setting that is a number of places of one programme, none by default."""
    return Field("whole", unit, doc, default=0, high=MOST_PLACES)


def filled(default: str) -> Field:
    """Return the setting of how places fill."""
    doc = "whether all places can be taken at once, or employers are found along a ramp"
    return Field("choice", "", doc, default=default, choices=("immediate", "ramp"))


DURATION = Field("whole", "months", "months with added places; none: for good", low=1, high=N_MONTHS)
PROCESSING = Field("whole", "months", "application to the first admission; none: as today", high=MOST_MONTHS)


def admitted(unit: str, low: float, high: float, **more: tuple[str, float, float]) -> Cost:
    """Return the cost of each person admitted by the programmes of an instrument.

    low, high: US$, the range of its default. more: settings that are costs too, each with payer and range.
    """
    also = tuple((setting, payer) for setting, (payer, *_) in more.items())
    ranges = {"unit_cost_usd": (low, high), **{setting: (least, most) for setting, (_, least, most) in more.items()}}
    return Cost(unit, "admit", by_pathway=True, also=also, ranges=ranges)


class Places(Instrument):
    """An instrument that opens places."""

    SHARED_BY: ClassVar[str] = "young_adults"
    """How countries share new places: by adults below 45, or as the programme's own places of the last year."""

    @classmethod
    def together(cls, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with how places are given and to whom."""
        target, targeting = settings.get("target"), settings.get("targeting", "none")
        if targeting == "target" and not target:
            yield "targeting", "'target' needs a target, such as {departments: [GT-13], rural: true}"
        if DRAWS[targeting] and target:
            yield "targeting", f"a draw among {targeting} takes no target"

    @abstractmethod
    def pathways(self) -> tuple[str, ...]:
        """Return the programmes whose places or terms it changes: those whose admissions its unit cost pays for."""

    def open(self, made: Made, pathway: str, a_year: int) -> None:
        """Add places of a programme to the schedule, unfilled and reserved ones among them."""
        if a_year == 0:
            return
        p = made.schedule.programmes.index(pathway)
        added = self.added(made, a_year, self.weights(made, p))
        for country in range(len(COUNTRIES)):
            made.schedule = made.schedule.added(pathway, country, added[country])
        idle = self.idle(made, added)
        made.schedule = made.schedule.idled(pathway, idle)
        self.reserve(made, pathway, added - idle)

    def weights(self, made: Made, p: int) -> NDArray[np.float64]:
        """Return (3,) how the countries share the places; 0 where the programme or the target does not reach."""
        import numpy as np

        from sim.world.geography import department_country

        reach = made.terms.base.arrays().reach[p] * made.departments(self.settings.get("target"))
        reached = np.bincount(department_country, reach, len(COUNTRIES)) > 0
        weights = made.weights["young_adults"] * reached
        if self.SHARED_BY == "own places":
            before = self.months().start
            own = made.schedule.base[p, :, max(0, before - MONTHS_A_YEAR) : max(before, 1)].sum(axis=1) * reached
            weights = own if own.any() else weights
        if not weights.any():
            raise RequestError(f"{made.schedule.programmes.names[p]}: no department of the target is reached by it")
        return np.asarray(weights, np.float64)

    def added(self, made: Made, a_year: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return (3, N_MONTHS) places; with a duration phase-in moves them later and loses none."""
        import numpy as np

        from sim.schedule import in_whole, spread

        inside, duration = self.months(), self.settings.get("duration_months")
        if not duration:
            return in_whole(spread(a_year, weights)[:, None] * self.strength(made) / MONTHS_A_YEAR)
        rise = self.rise(made, np.arange(duration))
        shares = spread(a_year * duration // MONTHS_A_YEAR, weights)
        rows = np.stack([spread(int(share), rise if rise.any() else np.ones(duration)) for share in shares])
        added = np.zeros((len(COUNTRIES), N_MONTHS), np.int64)
        last = min(inside.start + duration, inside.stop)
        added[:, inside.start : last] = rows[:, : last - inside.start]
        return added

    def idle(self, made: Made, added: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (3, N_MONTHS) places that nobody can fill yet: 1 - phi of them (`take_up`)."""
        import numpy as np

        from sim.programmes import take_up
        from sim.schedule import in_whole

        if self.settings["fill"] == "immediate":
            return np.zeros_like(added)
        since = np.maximum(np.arange(N_MONTHS) - self.months().start, 0) / self.speed(made)
        return added - np.minimum(added, in_whole(added * take_up(made.config, since)))

    def reserve(self, made: Made, pathway: str, part: NDArray[np.int64]) -> None:
        """Keep places for the target group, or for those whom a draw calls."""
        from sim.pathways import way_of

        target, draw = self.settings.get("target"), DRAWS[self.settings.get("targeting", "none")]
        group = (draw, who(target), made.departments(target).astype("uint8"))
        if not draw and group[1] == EVERYBODY and group[2].all():
            return
        p = made.schedule.programmes.index(pathway)
        way, levers = int(way_of(p)), made.levers
        now = (levers.call[way], levers.prefer_who[way], levers.prefer_where[way])
        if made.schedule.reserved[p].any() and not (now[:2] == group[:2] and (now[2] == group[2]).all()):
            raise RequestError(f"{pathway}: two policies reserve places of it, each for a group of its own")
        levers.call[way], levers.prefer_who[way], levers.prefer_where[way] = group
        made.schedule = made.schedule.set_aside(pathway, part, kept=draw > 0)

    def set_terms(self, made: Made, pathway: str, names: Mapping[str, str]) -> None:
        """Change attributes of a programme to the settings that are given; names: attribute by setting.

        As long as the places can be used: to the end of the programme year, and what ends a contract to its end.
        """
        programme = made.terms.base.items[made.terms.base.index(pathway)]
        last = self.last_month()
        last += MONTHS_A_YEAR - 1 - programme.month_of_year(last)
        contract = max(programme.contract_months, self.settings.get("contract_months") or 0)
        for setting, attribute in names.items():
            if self.settings[setting] is not None:
                until = last + (contract if attribute in ("rotation", "overstay") else 0)
                made.terms = made.terms.changed(
                    pathway, self.months().start, min(until, N_MONTHS - 1), **{attribute: self.settings[setting]}
                )

    def last_month(self) -> int:
        """Return the last month with places of the instrument."""
        inside, duration = self.months(), self.settings.get("duration_months")
        fades = inside.stop < N_MONTHS and self.settings["fade_months"] > 0 and not duration
        last = N_MONTHS if fades else inside.stop
        return min(last, inside.start + duration if duration else N_MONTHS) - 1


class LabourPlaces(Places):
    """Labour places added to programmes, shared among the countries that each reaches by their adults below 45.

    Phase-in moves places later within the duration and loses none. Terms hold for the whole programme; places that
    stay are programmes of their own, so that those of today keep their contracts.
    """

    FIELDS: ClassVar = {
        "places_per_year": Field("places", "places a year", "places added, by pathway", needed=True),
        "duration_months": DURATION,
        "targeting": Field(
            "choice", "", "who may have them: those who apply, a group, or a draw among more", default="none",
            choices=tuple(DRAWS),
        ),
        "fill": filled("ramp"),
        "fees_usd": Field("number", "2021 US$", "what a worker pays up front; none: as today", high=MOST_USD),
        "contract_months": Field("whole", "months", "length of a contract; none: as today", low=1, high=MOST_MONTHS),
        "rotation": Field("number", "share", "workers invited back; none: as today", high=1),
        "overstay": Field("number", "probability", "stays at the end of a contract; none: as today", high=1),
        "stays": Field("flag", "", "whether the places are permanent: residence, no contract", default=False),
        "employer_cost_usd": number("2021 US$", "what finding and bringing a worker costs an employer", 3000, MOST_USD),
        **common(
            unit_cost=650, payer="destination_government", targets=PEOPLE,
            source="administration 300-1,000 US$ a visa, assumed; 2,000-4,000 US$ a worker for employers, recalled; "
            "H-2B visas set aside: .30, .58, .92 filled by year",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"arrive_regular": 1, "depart_irregular": -1}
    WHY: ClassVar = "Money that is sent home and kin abroad make later journeys easier for others."
    COST: ClassVar = admitted("worker admitted", 300, 1000, employer_cost_usd=("employers", 2000, 4000))
    TERMS: ClassVar = {
        "fees_usd": "worker_cost_usd", "contract_months": "contract_months", "rotation": "rotation",
        "overstay": "overstay",
    }  # fmt: skip

    def pathways(self) -> tuple[str, ...]:
        """Return the programmes, those that stay under names of their own."""
        return tuple(map(self._name, self.settings["places_per_year"]))

    def _name(self, pathway: str) -> str:
        stays = self.settings["stays"] and self.settings["places_per_year"][pathway] > 0
        return f"{pathway}_permanent" if stays else pathway

    def extend(self, programmes: Programmes) -> Programmes:
        """Add a permanent programme beside each whose places are to stay."""
        for pathway in self.settings["places_per_year"]:
            if self._name(pathway) != pathway:
                like = programmes.items[programmes.index(pathway)]
                programmes = programmes.added(
                    replace(
                        like, name=self._name(pathway), like=pathway, status="resident", contract_months=0,
                        rotation=0.0, overstay=0.0,
                    )
                )
        return programmes

    def apply(self, made: Made) -> None:
        """Add the places, whole numbers by month and country, and set the terms."""
        for pathway, a_year in self.settings["places_per_year"].items():
            name = self._name(pathway)
            terms = {"fees_usd": "worker_cost_usd"} if name != pathway else self.TERMS
            self.set_terms(made, name, terms)
            self.open(made, name, a_year)


NEEDS: Mapping[str, Mapping[str, bool]] = {
    "none": {},
    "exposure": {"needs_exposure": True, "needs_kin": False},
    "kin": {"needs_exposure": False, "needs_kin": True},
    "exposure_and_kin": {"needs_exposure": True, "needs_kin": True},
    "anybody": {"needs_exposure": False, "needs_kin": False},
}
"""Who may ask for protection: as today, exposed to violence, with kin at the destination, both, or anybody."""


class ProtectionPlaces(Places):
    """Protection places added to programmes: refugees, parole, ports, resettlement, asylum in Mexico.

    Countries share them as the programme's places of the year before; the group's places are reserved for it.
    """

    SHARED_BY: ClassVar = "own places"
    FIELDS: ClassVar = {
        "places_per_month": Field("places", "places a month", "places added, by pathway", needed=True),
        "duration_months": DURATION,
        "fill": filled("immediate"),
        "processing_months": PROCESSING,
        "eligibility": Field("choice", "", "who may apply; none: as today", default="none", choices=tuple(NEEDS)),
        **common(
            unit_cost=3000, payer="destination_government", targets=PEOPLE,
            source="1,000-5,000 US$ a person, assumed; parole of 2023-24: 30,000 a month were taken up within months",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"arrive_regular": 1, "depart_irregular": -1}
    WHY: ClassVar = "Families that are admitted become the kin that others follow."
    COST: ClassVar = admitted("person admitted", 1000, 5000)

    def pathways(self) -> tuple[str, ...]:
        """Return the programmes it names."""
        return tuple(self.settings["places_per_month"])

    def apply(self, made: Made) -> None:
        """Set who may apply and how long it takes, and add the places."""
        for pathway, a_month in self.settings["places_per_month"].items():
            last = self.last_month()
            made.terms = made.terms.changed(pathway, self.months().start, last, **NEEDS[self.settings["eligibility"]])
            self.set_terms(made, pathway, {"processing_months": "processing_months"})
            self.open(made, pathway, a_month * MONTHS_A_YEAR)


class FamilyReunification(Places):
    """Immigrant visas for relatives: more places, a shorter way through the papers, a lower cost."""

    SHARED_BY: ClassVar = "own places"
    FIELDS: ClassVar = {
        "places_per_year": places("places a year", "places added"),
        "duration_months": DURATION,
        "fill": filled("immediate"),
        "processing_months": PROCESSING,
        "fees_usd": Field("number", "2021 US$", "what a household pays up front; none: as today", high=MOST_USD),
        **common(
            unit_cost=1000, payer="destination_government", targets=PEOPLE,
            source="cost assumed; 25,410 immigrant visas of fiscal year 2024 went to the three countries",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"arrive_regular": 1, "depart_irregular": 0}
    WHY: ClassVar = "Kin who arrive draw others and pay for journeys, as well as standing in for them."
    COST: ClassVar = admitted("person admitted", 500, 2000)

    def pathways(self) -> tuple[str, ...]:
        """Return the programme."""
        return ("usa_family",)

    def apply(self, made: Made) -> None:
        """Add the places and set the terms."""
        (pathway,) = self.pathways()
        self.set_terms(made, pathway, {"processing_months": "processing_months", "fees_usd": "worker_cost_usd"})
        self.open(made, pathway, self.settings["places_per_year"])


class MexicoAsylumCapacity(Places):
    """Asylum in Mexico and moves of those protected to jobs in its north: places, papers and pay."""

    SHARED_BY: ClassVar = "own places"
    FIELDS: ClassVar = {
        "asylum_places_per_year": places("places a year", "places of asylum added"),
        "relocation_places_per_year": places("places a year", "places of relocation added"),
        "duration_months": DURATION,
        "fill": filled("immediate"),
        "processing_months": PROCESSING,
        "pay": Field("number", "ratio", "pay beside that of a migrant in Mexico; none: as today", high=MOST_PAY),
        **common(
            unit_cost=700, payer="donors", targets=PEOPLE,
            source="1,000-3,000 US$ per relocated household, taken as three people: assumed; some 30,000 people were "
            "relocated in 2016-23",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"admit": 1, "depart_irregular": -1}
    WHY: ClassVar = "Many who ask for asylum in Mexico would not have gone further, or go on later."
    COST: ClassVar = admitted("person admitted", 300, 1000)
    PLACES: ClassVar = {"mex_asylum": "asylum_places_per_year", "mex_relocation": "relocation_places_per_year"}

    def pathways(self) -> tuple[str, ...]:
        """Return the two programmes."""
        return tuple(self.PLACES)

    def apply(self, made: Made) -> None:
        """Add the places and set the terms."""
        for pathway, setting in self.PLACES.items():
            self.set_terms(made, pathway, {"processing_months": "processing_months", "pay": "earnings"})
            self.open(made, pathway, self.settings[setting])


class ProcessingCapacity(Instrument):
    """More staff for programmes: months from application to admission, and the longest wait, times a factor."""

    FIELDS: ClassVar = {
        "pathways": Field("pathways", "", "programmes", needed=True),
        "processing": number("ratio", "months from application to admission, times", 1.0, 10),
        "longest_wait": number("ratio", "months after which an application is given up, times", 1.0, 10),
        **common(payer="destination_government", source="no size is known: a choice of who asks"),
    }
    MOVES: ClassVar = {"apply": 1, "admit": 0}
    WHY: ClassVar = "More apply where it is quick, but the number of places stays as it is."

    def apply(self, made: Made) -> None:
        """Multiply the months."""
        strength = self.strength(made)
        for pathway in dict.fromkeys(self.settings["pathways"]):
            made.terms = made.terms.scaled(
                pathway,
                processing_months=1 + (self.settings["processing"] - 1) * strength,
                max_wait_months=1 + (self.settings["longest_wait"] - 1) * strength,
            )
