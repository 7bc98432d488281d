"""The settings of instruments: kinds, units, bounds, and how a value is read.

A `Field` reads a value into its type or says what is wrong with it, what is allowed and what was perhaps meant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.codes import COUNTRIES, LAST_YEAR, N_MONTHS, PARTIES, REGULAR_PATHWAYS, is_month, month_index
from sim.config import exactly
from sim.csvfile import read_records
from sim.errors import nearest

MOST_PLACES = 10_000_000
"""Places a year that may be asked for: more than there are people to take them."""
QUINTILES = (1, 2, 3, 4, 5)
MOST_TOLD = 20
"""Values that a message lists; of more it tells the kind."""
TARGETS: Mapping[str, str] = {
    "countries": "country codes", "departments": "ISO 3166-2 codes", "quintile": "1 (poorest) to 5",
    "rural": "yes or no", "indigenous": "yes or no", "female_head": "yes or no", "kin_abroad": "yes or no",
    "party": "party types",
}  # fmt: skip
"""What a target group can be told by, and in which values."""
SERIES: Mapping[str, str] = {
    "dryness": "SD, mean of the departments, weighted by households",
    "disaster": "share of households hit in the month",
    "homicides": "per 100,000 a year, weighted by households",
    "tightness": "US openings per unemployed person over their mean of 2014-19",
    "coffee": "ln real price over its mean of 2013-19",
    "encounters": "US Border Patrol encounters of the last 12 months",
    "departures": "irregular departures of the last 12 months",
}
"""What a condition can watch, and its unit."""
CONDITION = ("series", "over", "under", "of")
EVERYWHERE = ("tightness", "coffee")
"""Series that are one for all places."""
NEVER_PASSED = (float("inf"), -float("inf"))


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of an instrument: its kind, unit and bounds.

    kind: number, whole, month, choice, flag, text, places, pathways, target or condition.
    """

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
            number = self.kind == "number" and self.default is not None
            return float(self.default) if number else self.default, "needs a value" if self.needed else ""
        return _READERS[self.kind](self, value)


@functools.cache
def department_codes() -> tuple[str, ...]:
    """Return the ISO codes of the 54 departments."""
    records = read_records(Path(__file__).parent.parent / "data" / "departments.csv")[1]
    return tuple(record["department"] for record in records)


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
    return text, "" if text in field.choices else _not_one_of(text, field.choices)


def _flag(field: Field, value: Any) -> tuple[Any, str]:
    return value, "" if isinstance(value, bool) else f"{value!r} is not true or false"


def _text(field: Field, value: Any) -> tuple[Any, str]:
    fine = isinstance(value, str) and bool(value.strip()) and value.isprintable()
    return value, "" if fine else f"{value!r} is not a text of one line"


def _not_one_of(text: str, allowed: Sequence[str]) -> str:
    return f"'{text}' is not allowed; one of {', '.join(allowed)}{nearest(text, allowed)}"


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


def _target(field: Field, value: Any) -> tuple[Any, str]:
    """Read a target group; `field.choices` are the keys that the instrument can take."""
    if not isinstance(value, Mapping) or not value:
        return value, f"{value!r} is not a target group, such as {{departments: [GT-13], rural: true}}"
    wrong = []
    for key, given in value.items():
        if key not in field.choices:
            other = " (not for this instrument)" if key in TARGETS else ""
            wrong.append(f"{_not_one_of(str(key), field.choices)}{other}")
        elif key in ("rural", "indigenous", "female_head", "kin_abroad"):
            wrong.append("" if isinstance(given, bool) else f"{key}: {given!r} is not true or false")
        elif not isinstance(given, list | tuple) or not given:
            wrong.append(f"{key}: the group has no member; give a list of {TARGETS[key]}")
        else:
            known: Sequence[Any] = {
                "countries": COUNTRIES, "departments": department_codes(), "quintile": QUINTILES, "party": PARTIES,
            }[key]  # fmt: skip
            words = [str(one) for one in known]
            allowed = f"; one of {', '.join(words)}" if len(words) < MOST_TOLD else f"; {TARGETS[key]}"
            wrong += [
                f"{key}: unknown '{one}'{nearest(str(one), words)}{allowed}"
                for one in given
                if type(one) is not type(known[0]) or one not in known
            ]
    both = {"countries", "departments"} <= set(value) and not any(wrong)
    if both and not any(code[:2] == _PREFIX[c] for code in value["departments"] for c in value["countries"]):
        wrong.append("the group has no member: none of the departments lies in the countries")
    plain = {key: list(given) if isinstance(given, list | tuple) else given for key, given in value.items()}
    return plain, "; ".join(filter(None, wrong))


_PREFIX = {"SLV": "SV", "GTM": "GT", "HND": "HN"}


def _condition(field: Field, value: Any) -> tuple[Any, str]:
    example = "such as {series: dryness, over: 1, of: GTM}"
    if not isinstance(value, Mapping):
        return value, f"{value!r} is not a condition, {example}"
    wrong = [f"{_not_one_of(str(key), CONDITION)}" for key in value if key not in CONDITION]
    name = str(value.get("series"))
    if name not in SERIES:
        wrong.append(f"series: unknown '{name}'{nearest(name, SERIES)}; one of {', '.join(SERIES)}")
    bounds = [key for key in ("over", "under") if key in value]
    if len(bounds) != 1:
        wrong.append(f"needs one of over and under, {example}")
    number = Field("number", SERIES.get(name, ""), "", low=-float("inf"))
    wrong += [f"{key}: {why}" for key in bounds if (why := _number(number, value[key])[1])]
    wrong += [f"{key}: {value[key]} is never passed; give a number" for key in bounds if value[key] in NEVER_PASSED]
    if "of" in value and name in EVERYWHERE:
        wrong.append(f"of: {name} is the same everywhere; leave it out")
    where = (*COUNTRIES, *department_codes())
    if "of" in value and value["of"] not in where:
        wrong.append(f"of: unknown '{value['of']}'{nearest(str(value['of']), where)}; a country or a department")
    return dict(value), "; ".join(wrong)


_READERS: dict[str, Callable[[Field, Any], tuple[Any, str]]] = {
    "number": _number, "whole": _number, "month": _month, "choice": _choice, "flag": _flag, "text": _text,
    "places": _places, "pathways": _pathways, "target": _target, "condition": _condition,
}  # fmt: skip
