"""What every instrument has: dates, a target, a cost, a grade, and the one thing it changes.

An instrument is applied before the first month; one with a condition is applied in the month the condition is
met, to the months from then on. At zero it changes no bit. Effects rise and fall by `strength`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from sim.codes import COUNTRIES, MONTHS_A_YEAR, N_MONTHS, TARGET_BITS, month_index, month_name
from sim.config import GRADES
from sim.policies.fields import TARGETS, Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.config import Config
    from sim.pathways import Schedule
    from sim.programmes import Programmes
    from sim.state import Levers, World
    from sim.terms import Terms
    from sim.world.border import Border
    from sim.world.drivers import Drivers

PAYERS = ("origin_government", "destination_government", "donors", "employers", "households", "insurers")
QUICKER = 0.3
"""Part of every lag that full regional coordination takes away (assumption, evidence A.2 no. 1)."""
EVERYBODY = 0xFFFF
"""Mask of a target group that leaves nobody out."""


DOSE = "dose"
"""Quantity of an instrument that counts its own units, by `Instrument.dose`."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How delivery is counted: the unit that `unit_cost_usd` pays for, and an outcome whose change counts units.

    quantity: a name in outcomes.csv, or DOSE. by_pathway: counted in the programmes of `Instrument.pathways` only.
    also: further settings that are costs of the same unit, each with its payer.
    ranges: by setting, the low and high end of what its default is taken from, US$ of 2021.
    """

    unit: str
    quantity: str
    by_pathway: bool = False
    also: tuple[tuple[str, str], ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def number(unit: str, doc: str, default: float, high: float, low: float = 0) -> Field:
    """Return a setting that is a number."""
    return Field("number", unit, doc, default=default, low=low, high=high)


def common(
    *, unit_cost: float = 0.0, payer: str = "donors", lag: float = 0, source: str = "", grade: str = "A",
    targets: tuple[str, ...] = (),
) -> dict[str, Field]:  # fmt: skip
    """Return the settings that every instrument has, with the defaults of one."""
    fields = {
        "start": Field("month", "month", "first month in force", default="2026-01"),
        "phase_in_months": Field("whole", "months", "months over which it rises in a straight line", 0, high=N_MONTHS),
        "lag_months": number("months", "months from the start to half of the full effect", lag, N_MONTHS),
        "end": Field("month", "month", "last month in force; none: for good"),
        "fade_months": number("months", "months after the end until half of the effect is gone", 0, N_MONTHS),
        "when": Field("condition", "", "starts in the month after a series passes a bound; none: at the start"),
        "for_months": Field("whole", "months", "months in force after a condition is met", low=1, high=N_MONTHS),
        "unit_cost_usd": number("2021 US$", "cost of one unit", unit_cost, 1e9),
        "payer": Field("choice", "", "who pays the unit cost", default=payer, choices=PAYERS),
        "evidence": Field("choice", "grade", "evidence grade of the size", default=grade, choices=GRADES),
        "source": Field("text", "", "where the size comes from", default=source or None),
    }
    if targets:
        fields["target"] = Field("target", "", "the group it is for; none: everybody", choices=targets)
    return fields


PLACE = ("countries", "departments")
"""A target told by where people live."""
PEOPLE = ("countries", "departments", "quintile", "rural", "indigenous", "female_head", "kin_abroad")
"""A target told by what a household is."""
assert set(PEOPLE) < set(TARGETS)


@dataclass
class Made:
    """What instruments change: arrays of every month, the places and the terms of programmes.

    weights: young_adults (3,), households and teenagers (54,), homes (3 livelihoods, urban or rural, 54, 276): real.
    coordination: (276,) 0 to 1. Reserved places go to the group of `levers.prefer_who` and `prefer_where` of their
    way, or by `levers.call` to whom a draw calls.
    delivered: (276,) units by instrument, of those that count their own.
    """

    world: World
    levers: Levers
    schedule: Schedule
    config: Config
    weights: Mapping[str, Any]
    terms: Terms
    border: Border
    drivers: Drivers
    coordination: NDArray[np.float64] | None = None
    delivered: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    @staticmethod
    def departments(target: Mapping[str, Any] | None) -> NDArray[np.float64]:
        """Return (54,) 1 where the target's departments are, 0 elsewhere."""
        import numpy as np

        from sim.world.geography import DEPARTMENTS, department_country

        chosen = np.ones(len(DEPARTMENTS))
        for key, codes in (target or {}).items():
            if key == "departments":
                chosen *= np.isin(DEPARTMENTS, codes)
            elif key == "countries":
                chosen *= np.isin(np.array(COUNTRIES)[department_country], codes)
        return chosen

    def tidy(self) -> None:
        """Note in which months a household programme or the search for jobs runs at all."""
        levers = self.levers
        levers.running[:] = (levers.share > 0).any(axis=(0, 1)) | (levers.jobs > 0).any(axis=0)

    def countries(self, target: Mapping[str, Any] | None) -> NDArray[np.float64]:
        """Return (3,) 1 where the target has a department, 0 elsewhere."""
        import numpy as np

        from sim.world.geography import department_country

        return (np.bincount(department_country, self.departments(target)) > 0).astype(np.float64)


def first_month(settings: Mapping[str, Any]) -> str:
    """Return the first month of an instrument by its settings: its start, or the month from which places are held."""
    return str(settings.get("start") or settings["from"])


def who(target: Mapping[str, Any] | None) -> int:
    """Return the mask of household attributes of a target, tested by `sim.rules.people.targeted`.

    Bits 0-4: quintile 1-5; then pairs no, yes of rural, indigenous, female head, kin abroad.
    """
    mask = EVERYBODY
    for key, given in (target or {}).items():
        if key == "quintile":
            mask &= ~0b11111 | sum(1 << (q - 1) for q in given)
        elif key in TARGET_BITS:
            first = TARGET_BITS[key]
            mask &= ~(1 << (first + (0 if given else 1)))
    return mask


class Instrument(ABC):
    """A policy instrument: its settings and the one thing it changes."""

    FIELDS: ClassVar[dict[str, Field]]
    ORDER: ClassVar[tuple[tuple[str, str], ...]] = (("start", "end"),)
    """Pairs of settings of which the first may not be later than the second."""
    MOVES: ClassVar[Mapping[str, int]] = {}
    """Outcomes it is declared to move: +1 up, -1 down, 0 either way."""
    WHY: ClassVar[str] = ""
    """Why a sign may come out otherwise, or the instrument be without effect of its own."""
    COST: ClassVar[Cost | None] = None

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    @classmethod
    def together(cls, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield a setting and what is wrong with it beside others, of settings that are fine one by one."""
        yield from ()

    def moves(self) -> Mapping[str, int]:
        """Return what these settings are declared to move: `MOVES`, unless they can go either way."""
        return self.MOVES

    def extend(self, programmes: Programmes) -> Programmes:
        """Return the programmes with those that the instrument adds."""
        return programmes

    def pathways(self) -> tuple[str, ...]:
        """Return the programmes whose places or terms it changes."""
        return ()

    @abstractmethod
    def apply(self, made: Made) -> None:
        """Change the world, the levers, the places or the terms."""

    def dose(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) units delivered each month, where no outcome counts them; nothing where it does nothing.

        Delivery is paid from the start on, however late its effect: `delivery`, not `strength`.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no dose")

    def delivery(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) the part of full delivery in each month: 1 in force, less while it is phased in."""
        import numpy as np

        inside = self.months()
        since = np.arange(N_MONTHS) - inside.start
        return np.where((since >= 0) & (since < inside.stop - inside.start), self.phased(made, since), 0.0)

    @property
    def waits(self) -> bool:
        """Return whether it starts on a condition."""
        return self.settings.get("when") is not None

    def started(self, month: int) -> Instrument:
        """Return the instrument as one without condition, in force from a month until its sunset."""
        last, length = self.settings.get("end"), self.settings.get("for_months")
        if length and month + length - 1 < (month_index(last) if last else N_MONTHS):
            last = month_name(month + length - 1)
        return type(self)({**self.settings, "start": month_name(month), "end": last, "when": None})

    def months(self) -> slice:
        """Return the months in force."""
        end = self.settings.get("end")
        return slice(month_index(self.settings["start"]), month_index(end) + 1 if end else N_MONTHS)

    def speed(self, made: Made) -> float:
        """Return the part of phase-in and lags that coordination leaves, as it is when the lag would be over."""
        if made.coordination is None:
            return 1.0
        over = self.months().start + round(max(self.settings["lag_months"], self.settings["phase_in_months"]))
        return 1 - QUICKER * float(made.coordination[min(over, N_MONTHS - 1)])

    def phased(self, made: Made, since: NDArray[Any]) -> NDArray[np.float64]:
        """Return how far it is phased in so many months after the start: min(1, (k+1) / (phase_in+1))."""
        import numpy as np

        return np.asarray(np.minimum(1, (since + 1) / (self.settings["phase_in_months"] * self.speed(made) + 1)))

    def rise(self, made: Made, since: NDArray[Any]) -> NDArray[np.float64]:
        """Return the part of the full effect so many months after the start, 0 to 1.

        min(1, (k+1) / (phase_in+1)) k^2 / (k^2 + lag^2). Coordination shortens phase-in and lag.
        """
        import numpy as np

        lag, phased = self.settings["lag_months"] * self.speed(made), self.phased(made, since)
        return np.asarray(phased * (_half_way(np.maximum(since, 0), lag) if lag else 1))

    def strength(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) the part of the full effect in each month, 0 to 1.

        It rises (`rise`), is held at the end and then times fade^2 / (j^2 + fade^2), j months since the end.
        """
        import numpy as np

        inside, months = self.months(), np.arange(N_MONTHS)
        rise = self.rise(made, np.clip(months, None, inside.stop - 1) - inside.start)
        after, fade = np.maximum(months - inside.stop + 1, 0), self.settings["fade_months"]
        left = 1 - _half_way(after, fade) if fade else (after == 0)
        return np.where(months >= inside.start, rise * left, 0.0)

    def reach(self, made: Made) -> NDArray[np.float64]:
        """Return (54, 276) the part of each department that it reaches: target times coverage times strength."""
        coverage = self.settings.get("coverage", 1.0)
        return made.departments(self.settings.get("target"))[:, None] * coverage * self.strength(made)

    def country_years(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) the countries of its target in years, as they are delivered to."""
        return made.countries(self.settings.get("target")).sum() * self.delivery(made) / MONTHS_A_YEAR


def _half_way(months: NDArray[Any], half: float) -> NDArray[np.float64]:
    squared = months.astype(float) ** 2
    return squared / (squared + half**2)
