"""Sentences about an instrument: what a setting changes, dates, group, cost, grades, what it is to move."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sim.codes import month_index, month_name
from sim.csvfile import read_records
from sim.language import Language, noted
from sim.outcomes import OUTCOMES
from sim.policies import Field, Instrument
from sim.policies.base import first_month
from sim.words.codes import GRADES, GROUPS, PARTIES, PATHWAYS, PAYERS, SERIES, UNITS
from sim.words.instruments import TOLD

DEPARTMENTS: Final = Path(__file__).parent / "data" / "departments.csv"


def change(name: str, key: str, field: Field, value: Any, tongue: Language) -> str:
    """Return what one setting of an instrument changes; '' if that is nothing."""
    if isinstance(value, Mapping | list) and not any(value.values() if isinstance(value, Mapping) else value):
        return ""
    told = amount(field, value, tongue)
    sentence = TOLD[name].settings[key]
    if isinstance(sentence, Mapping) and field.kind in ("choice", "flag"):
        return tongue.say(sentence[{True: "yes", False: "no"}.get(value, str(value))])
    if isinstance(sentence, Mapping):
        sentence = sentence["some" if value else "none"]
    whole = tongue.say(sentence, value=told)
    if field.kind == "places" and len([places for places in value.values() if places]) > 1:
        together = _number(field.unit, sum(value.values()), tongue)
        whole += " " + tongue.say("Together these are {places}.", places=together)
    return whole


def does_something(field: Field) -> bool:
    """Return whether a setting left as it is has an effect: it is neither zero, nor off, nor a factor of one."""
    nothing = (None, 0, False, "none", 1) if field.unit == "ratio" else (None, 0, False, "none")
    return field.default not in nothing


def amount(field: Field, value: Any, tongue: Language) -> str:
    """Return a value with its unit as one would say it."""
    if isinstance(value, bool):
        return tongue.say("yes") if value else tongue.say("no")
    if field.kind == "places":
        rows = [
            tongue.say("{places} for {programme}", places=_number(field.unit, places, tongue), programme=programme)
            for programme, places in ((tongue.say(PATHWAYS[one]), places) for one, places in value.items() if places)
        ]
        return tongue.listing(rows)
    if field.kind == "pathways":
        return tongue.listing(tongue.say(PATHWAYS[name]) for name in value)
    if field.kind == "month":
        return tongue.month(str(value))
    if isinstance(value, int | float):
        return _number(field.unit, value, tongue)
    return str(value)


def _number(unit: str, value: float, tongue: Language) -> str:
    if unit == "share":
        return tongue.percent(value)
    if unit == "months":
        return tongue.months(value)
    if unit == "year":
        return str(value)
    return tongue.say(UNITS[unit], number=tongue.number(value)) if unit in UNITS else tongue.number(value)


def dates(kind: type[Instrument], settings: Mapping[str, Any], tongue: Language) -> str:
    """Return when an instrument is in force, how its effect rises and falls, and on what condition."""
    return " ".join(_dates(kind, settings, tongue))


def _dates(kind: type[Instrument], settings: Mapping[str, Any], tongue: Language) -> Iterator[str]:
    say, start = tongue.say, first_month(settings)
    length = settings.get("duration_months")
    end = month_name(month_index(start) + length - 1) if length else settings.get("end")
    months = {"start": tongue.month(start), "end": tongue.month(end) if end else ""}
    if when := settings.get("when"):
        met = condition(when, tongue)
        yield say("It waits for a condition: it starts in the month after {condition}.", condition=met)
        if settings.get("for_months"):
            lasts = tongue.months(settings["for_months"])
            yield say("It then lasts {months}, and begins anew when the condition is met again.", months=lasts)
        if end:
            yield say("It can start from {start} to {end}, not outside.", **months)
        else:
            yield say("It cannot start before {start}.", **months)
    elif end:
        yield say("It is in force from {start} to {end}.", **months)
    elif "end" in kind.FIELDS or "from" in kind.FIELDS:
        yield say("It starts in {start} and stays in force.", **months)
    else:
        yield say("It happens in {start}.", **months)
    if phase := settings.get("phase_in_months"):
        yield say("It is phased in over {months}, in a straight line.", months=tongue.months(phase))
    if lag := settings.get("lag_months"):
        yield say("Half of its full effect is reached {months} after the start.", months=tongue.months(lag))
    if (fade := settings.get("fade_months")) and (end or settings.get("for_months")):
        yield say("After the end its effect fades: half of it is gone after {months}.", months=tongue.months(fade))


def condition(when: Mapping[str, Any], tongue: Language) -> str:
    """Return what an instrument waits for, as part of a sentence."""
    values = {
        "series": tongue.say(SERIES[when["series"]]),
        "where": place(str(when["of"]), tongue) if when.get("of") else tongue.say("the three countries together"),
        "bound": tongue.number(when["over"] if "over" in when else when["under"]),
    }
    if "over" in when:
        return tongue.say("{series} rises above {bound} ({where})", **values)
    return tongue.say("{series} falls below {bound} ({where})", **values)


def place(code: str, tongue: Language) -> str:
    """Return the name of a country or department."""
    return _departments().get(code) or tongue.country(code)


@functools.cache
def _departments() -> Mapping[str, str]:
    return {row["department"]: row["name"] for row in read_records(DEPARTMENTS)[1]}


def target(kind: type[Instrument], group: Mapping[str, Any] | None, tongue: Language) -> str:
    """Return for whom an instrument is; '' if it knows no groups."""
    if "target" not in kind.FIELDS:
        return ""
    if not group:
        return tongue.say("It is for everybody who meets its rules: no group is singled out.")
    return tongue.say("It is for those who {conditions}.", conditions=tongue.series(_conditions(group, tongue)))


def _conditions(group: Mapping[str, Any], tongue: Language) -> Iterator[str]:
    for key, given in group.items():
        if key in ("countries", "departments"):
            places = tongue.listing((place(code, tongue) for code in given), "or")
            yield tongue.say("live in {places}", places=places)
        elif key == "quintile":
            numbers = tongue.listing((str(number) for number in sorted(given)), "or")
            yield tongue.say("belong to income fifth {numbers} (1 is the poorest)", numbers=numbers)
        elif key == "party":
            parties = tongue.listing((tongue.say(PARTIES[one]) for one in given), "or")
            yield tongue.say("travel as {parties}", parties=parties)
        else:
            yield tongue.say(GROUPS[key][bool(given)])


def cost(kind: type[Instrument], settings: Mapping[str, Any], tongue: Language) -> str:
    """Return what a unit costs and who pays; '' where no cost is counted."""
    if kind.COST is None or not settings.get("unit_cost_usd"):
        return ""
    told = []
    for key, payer in (("unit_cost_usd", settings["payer"]), *kind.COST.also):
        paid, (low, high) = settings[key], kind.COST.ranges.get(key, (0, 0))
        told.append(
            tongue.say(
                "{money} for each {unit}, paid by {payer}.",
                money=_number("2021 US$", paid, tongue),
                unit=tongue.say(kind.COST.unit),
                payer=tongue.say(PAYERS[payer]),
            )
        )
        if high and paid == kind.FIELDS[key].default:
            ends = {"low": tongue.number(low), "high": tongue.number(high)}
            told.append(tongue.say("Known figures and assumptions go from US$ {low} to {high}.", **ends))
    return " ".join(told)


def grades(letters: str, tongue: Language) -> str:
    """Return a grade, or several, in words: 'assumed (A)'."""
    told = [f"{tongue.say(GRADES[one])} ({one})" if one in GRADES else one for one in letters.split(", ")]
    return tongue.series(told) if letters != "-" else tongue.say("no size to grade")


def moves(declared: Mapping[str, int], tongue: Language) -> str:
    """Return what an instrument is declared to raise, to lower, and to move either way."""
    told = []
    for sign, text in (
        (1, noted("It should raise: {outcomes}.")),
        (-1, noted("It should lower: {outcomes}.")),
        (0, noted("It can move either way: {outcomes}.")),
    ):
        names: Sequence[str] = [outcome(name, tongue) for name, way in declared.items() if way == sign]
        if names:
            told.append(tongue.say(text, outcomes=tongue.series(names)))
    return " ".join(told)


def outcome(name: str, tongue: Language) -> str:
    """Return the label of an outcome; one of a programme names it."""
    whole, _, part = name.partition("/")
    told = tongue.say(OUTCOMES[whole].label)
    return f"{told} ({tongue.say(PATHWAYS[part])})" if part else told


def capital(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]
