"""What a policy can change: one class an instrument, dated, neutral at zero.

A scenario file holds settings of instruments as data; `check` types them and fills in defaults. Each instrument
changes one named thing before the first month: places of a pathway, or a series of the world or of the levers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from sim.codes import COUNTRIES, LAST_YEAR, MONTHS_A_YEAR, N_MONTHS, REGULAR_PATHWAYS, is_month, month_index
from sim.config import GRADES, exactly
from sim.errors import nearest

if TYPE_CHECKING:
    from sim.config import Config
    from sim.pathways import Schedule
    from sim.state import Levers, World


MOST_PLACES = 10_000_000
"""Places a year that may be asked for: more than there are people to take them."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of an instrument: its kind (number, whole, month, choice, places, pathways), unit and bounds."""

    kind: str
    unit: str
    doc: str
    default: Any = None
    low: float = 0
    high: float = float("inf")
    choices: tuple[str, ...] = ()
    needed: bool = False

    def read(self, value: Any) -> tuple[Any, str]:
        """Return the value in its type and '', or the value and what is wrong with it."""
        if value is None:
            return self.default, "needs a value" if self.needed else ""
        return _READERS[self.kind](self, value)


def _number(field: Field, value: Any) -> tuple[Any, str]:
    allowed = f"allowed {exactly(field.low)} to {exactly(field.high)} {field.unit}".rstrip()
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return value, f"{value!r} is not a number; {allowed}"
    if not field.low <= value <= field.high:
        return value, f"{value} is out of range; {allowed}"
    if field.kind == "whole" and value != int(value):
        return value, f"{value!r} is not a whole number; {allowed}"
    return (int(value) if field.kind == "whole" else float(value)), ""


def _month(field: Field, value: Any) -> tuple[Any, str]:
    text = str(value)
    last = f"{LAST_YEAR}-12"
    inside = is_month(text) and 0 <= month_index(text) < N_MONTHS
    return text, "" if inside else f"'{text}' is not a month from 2013-01 to {last}, such as 2026-01"


def _choice(field: Field, value: Any) -> tuple[Any, str]:
    text = str(value)
    wrong = f"'{text}' is not allowed; one of {', '.join(field.choices)}{nearest(text, field.choices)}"
    return text, "" if text in field.choices else wrong


def _pathway(name: Any) -> str:
    known = REGULAR_PATHWAYS
    return "" if name in known else f"unknown pathway '{name}'{nearest(str(name), known)}; one of {', '.join(known)}"


def _places(field: Field, value: Any) -> tuple[Any, str]:
    if not isinstance(value, Mapping):
        return value, f"{value!r} is not a list of pathways with places, such as {{usa_h2a: 1000}}"
    whole = Field("whole", field.unit, "", high=MOST_PLACES)
    read = {str(name): _number(whole, places) for name, places in value.items()}
    wrong = [_pathway(name) for name in read] + [f"{name}: {why}" for name, (_, why) in read.items() if why]
    return {name: places for name, (places, _) in read.items()}, "; ".join(filter(None, wrong))


def _pathways(field: Field, value: Any) -> tuple[Any, str]:
    if not isinstance(value, list | tuple):
        return value, f"{value!r} is not a list of pathways, such as [usa_h2a, usa_h2b]"
    return [str(name) for name in value], "; ".join(filter(None, map(_pathway, value)))


_READERS: dict[str, Callable[[Field, Any], tuple[Any, str]]] = {
    "number": _number, "whole": _number, "month": _month, "choice": _choice, "places": _places, "pathways": _pathways,
}  # fmt: skip

START = Field("month", "month", "first month in force", default="2026-01")
END = Field("month", "month", "last month in force; none: for good")
EVIDENCE = Field("choice", "grade", "evidence grade of the size", default="A", choices=GRADES)


@dataclass
class Made:
    """What instruments change, before the first month."""

    world: World
    levers: Levers
    schedule: Schedule
    config: Config
    weights: Mapping[str, Any]


class Instrument(ABC):
    """A policy instrument: its settings and the one thing it changes."""

    FIELDS: ClassVar[dict[str, Field]]
    ORDER: ClassVar[tuple[tuple[str, str], ...]] = (("start", "end"),)
    """Pairs of settings of which the first may not be later than the second."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def months(self) -> slice:
        """Return the months in force."""
        end = self.settings.get("end")
        return slice(month_index(self.settings["start"]), month_index(end) + 1 if end else N_MONTHS)

    @abstractmethod
    def apply(self, made: Made) -> None:
        """Change the world, the levers or the places."""


class LabourPlaces(Instrument):
    """Labour places added to programmes, shared among the countries that each reaches by their adults below 45.

    Phase-in moves places later within the duration and loses none: the monthly number rises in a straight line.
    """

    FIELDS: ClassVar = {
        "places_per_year": Field("places", "places a year", "places added, by pathway", needed=True),
        "start": START,
        "duration_months": Field("whole", "months", "months with added places; none: for good", low=1, high=N_MONTHS),
        "phase_in_months": Field("whole", "months", "months over which the places rise", default=0, high=N_MONTHS),
        "targeting": Field("choice", "", "who is drawn among applicants", default="none", choices=("none",)),
        "evidence": EVIDENCE,
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
        "from": replace(START, doc="first month held", needed=True, default=None),
        "evidence": EVIDENCE,
    }
    ORDER: ClassVar = ()

    def apply(self, made: Made) -> None:
        """Hold the schedule of each pathway."""
        for pathway in self.settings["pathways"]:
            made.schedule = made.schedule.held(
                pathway, self.settings["at_fiscal_year"], month_index(self.settings["from"])
            )


class Reintegration(Instrument):
    """Help after return: coverage above the status quo, the value of the package, and debt forgiven with it."""

    FIELDS: ClassVar = {
        "coverage": Field("number", "share", "returned people who get help; 0: as today", default=0.0, high=1),
        "package_usd": Field("number", "2021 US$", "value of the help; none: as today", high=20000),
        "debt_relief": Field("number", "share", "debt forgiven; none: as today", high=1),
        "start": START,
        "end": END,
        "evidence": EVIDENCE,
    }

    def apply(self, made: Made) -> None:
        """Raise coverage; with it the package and the relief."""
        import numpy as np

        if self.settings["coverage"] == 0:
            return
        months, levers = self.months(), made.levers
        levers.coverage[:, months] = np.maximum(levers.coverage[:, months], self.settings["coverage"])
        for name, series in (("package_usd", levers.package), ("debt_relief", levers.debt_relief)):
            if self.settings[name] is not None:
                series[months] = self.settings[name]


class Enforcement(Instrument):
    """More removal in Mexico, apprehension at the border, or removal from inside the United States."""

    FIELDS: ClassVar = {
        "mexico_removal_multiplier": Field("number", "ratio", "removal in Mexico, times", default=1.0, high=5),
        "apprehension_multiplier": Field("number", "ratio", "apprehension per attempt, times", default=1.0, high=5),
        "interior_multiplier": Field("number", "ratio", "removal of residents, times", default=1.0, high=50),
        "start": START,
        "end": END,
        "evidence": EVIDENCE,
    }

    def apply(self, made: Made) -> None:
        """Multiply the odds; none goes above one."""
        import numpy as np

        months = self.months()
        for name, series in (
            ("mexico_removal_multiplier", made.world.p_mexico),
            ("apprehension_multiplier", made.world.apprehended),
            ("interior_multiplier", made.world.interior),
        ):
            factor = np.float32(self.settings[name])
            series[..., months] = np.minimum(series[..., months] * factor, np.float32(1))


INSTRUMENTS: dict[str, type[Instrument]] = {
    "labour_places": LabourPlaces,
    "hold_places": HoldPlaces,
    "reintegration": Reintegration,
    "enforcement": Enforcement,
}


def check(policies: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the settings of each instrument, typed and with defaults, and every problem with its path."""
    clean: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for name, settings in policies.items():
        where = f"policies.{name}"
        if name not in INSTRUMENTS:
            problems.append(f"{where}: unknown instrument{nearest(name, INSTRUMENTS)}; one of {', '.join(INSTRUMENTS)}")
            continue
        fields = INSTRUMENTS[name].FIELDS
        if not isinstance(settings, Mapping):
            problems.append(f"{where}: {settings!r} is not a group of settings; it takes {', '.join(fields)}")
            continue
        problems += [
            f"{where}.{key}: unknown setting{nearest(str(key), fields)}; one of {', '.join(fields)}"
            for key in settings
            if key not in fields
        ]
        clean[name] = {}
        for key, field in fields.items():
            clean[name][key], wrong = field.read(settings.get(key))
            if wrong:
                problems.append(f"{where}.{key}: {wrong}")
        for first, last in INSTRUMENTS[name].ORDER:
            start, end = clean[name].get(first), clean[name].get(last)
            if start and end and is_month(start) and is_month(end) and month_index(end) < month_index(start):
                problems.append(f"{where}.{last}: {end} is before {first} {start}")
    return clean, problems


def apply(policies: Mapping[str, Any], made: Made) -> Made:
    """Apply every instrument of a configuration in the order of the register."""
    for name, kind in INSTRUMENTS.items():
        if name in policies:
            kind(policies[name]).apply(made)
    return made
