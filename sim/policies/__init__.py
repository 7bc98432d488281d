"""What a policy can change: one class an instrument, dated, neutral at zero.

A scenario file holds settings of instruments as data; `check` types them and fills in defaults, `apply` lets
each change its one thing. Families: places, programmes, home, work, safety, abroad, shocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sim.codes import is_month, month_index
from sim.errors import RequestError, nearest
from sim.policies.abroad import ABROAD, RegionalCoordination
from sim.policies.base import DOSE, Instrument, Made
from sim.policies.fields import Field
from sim.policies.holding import ClosePlaces, HoldPlaces
from sim.policies.home import HOME
from sim.policies.places import (
    FamilyReunification,
    LabourPlaces,
    MexicoAsylumCapacity,
    ProcessingCapacity,
    ProtectionPlaces,
)
from sim.policies.programmes import ClimatePathway, NewPathway
from sim.policies.safety import SAFETY
from sim.policies.shocks import SHOCKS
from sim.policies.work import WORK

if TYPE_CHECKING:
    from sim.programmes import Programmes

__all__ = ["INSTRUMENTS", "Field", "Instrument", "Made", "apply", "check", "enact", "extend"]

INSTRUMENTS: dict[str, type[Instrument]] = {
    "regional_coordination": RegionalCoordination,
    "labour_places": LabourPlaces,
    "protection_places": ProtectionPlaces,
    "family_reunification": FamilyReunification,
    "mexico_asylum_capacity": MexicoAsylumCapacity,
    "new_pathway": NewPathway,
    "processing_capacity": ProcessingCapacity,
    "hold_places": HoldPlaces,
    "close_places": ClosePlaces,
    **HOME,
    **WORK,
    **SAFETY,
    **ABROAD,
    **SHOCKS,
    "climate_pathway": ClimatePathway,
}
"""By name in a scenario file, in the order in which they are applied: coordination first, climate pathways last."""


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
        if not any(problem.startswith((f"{where}.", f"{where}:")) for problem in problems):
            problems += [f"{where}.{key}: {why}" for key, why in INSTRUMENTS[name].together(clean[name])]
        for first, last in INSTRUMENTS[name].ORDER:
            start, end = clean[name].get(first), clean[name].get(last)
            if start and end and is_month(start) and is_month(end) and month_index(end) < month_index(start):
                problems.append(f"{where}.{last}: {end} is before {first} {start}")
        if clean[name].get("for_months") and not clean[name].get("when"):
            problems.append(f"{where}.for_months: needs a condition (when); without one give an end")
    return clean, problems


def extend(policies: Mapping[str, Any], programmes: Programmes) -> Programmes:
    """Return the programmes with those that a configuration's policies add."""
    for name, kind in INSTRUMENTS.items():
        if name in policies:
            with _named(name):
                programmes = kind(policies[name]).extend(programmes)
    return programmes


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Let a refusal say which policy it is about."""
    try:
        yield
    except RequestError as error:
        raise RequestError(f"policies.{name}: {error}") from None


def apply(policies: Mapping[str, Any], made: Made) -> list[Instrument]:
    """Apply every instrument of a configuration in the order of the register; return those that wait."""
    waiting = []
    for name, kind in INSTRUMENTS.items():
        if name in policies:
            instrument = kind(policies[name])
            if instrument.waits:
                waiting.append(instrument)
            else:
                enact(instrument, made)
    made.tidy()
    return waiting


def enact(instrument: Instrument, made: Made) -> None:
    """Apply an instrument, and note what it delivers if it counts that itself."""
    name = next(name for name, kind in INSTRUMENTS.items() if kind is type(instrument))
    with _named(name):
        instrument.apply(made)
    if instrument.COST is not None and instrument.COST.quantity == DOSE:
        made.delivered[name] = made.delivered.get(name, 0) + instrument.dose(made)
