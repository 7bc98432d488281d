"""Explain a scenario in plain words: what changes, when, for whom, at what cost, how well known, what to expect.

`explain` gives plain data whose texts are in the language asked for; `explained_text` the same as a page. The
sentences of the settings are in `sim.words`, those of dates, groups and costs in `sim.sentences`.
"""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sim.codes import month_index, month_name
from sim.config import parameters
from sim.csvfile import read_records
from sim.language import Language, language, noted
from sim.policies import INSTRUMENTS, Field, Instrument
from sim.policies.base import first_month
from sim.scenarios import Scenario
from sim.sentences import capital, change, cost, dates, does_something, grades, moves, target
from sim.words.codes import GRADES
from sim.words.instruments import TOLD
from sim.words.recommendations import RECOMMENDATIONS
from sim.words.settings import SETTINGS
from sim.yamlfile import shown

__all__ = ["GRADES", "explain", "explained_text"]

WIDTH: Final = 100
"""Characters of a line of the page."""
SOURCES: Final = Path(__file__).parent / "data" / "SOURCES.csv"
DATED: Final = ("start", "from", "end", "phase_in_months", "lag_months", "fade_months", "when", "for_months")
NOTHING: Final = noted("It changes nothing: history as observed, then the projections that the configuration chooses.")
TOLD_APART: Final = (*DATED, "duration_months", "unit_cost_usd", "payer", "evidence", "source", "target")
"""Settings that are told by themselves, not among the changes."""


def explain(scenario: Scenario, lang: str = "en") -> dict[str, Any]:
    """Return everything a reader should know before running a scenario, as plain data; its texts in a language.

    Raises:
        RequestError: there is no such language.

    """
    tongue = language(lang)
    return {
        "name": scenario.name,
        "language": tongue.name,
        "title": tongue.say(scenario.title),
        "question": tongue.say(scenario.question),
        "recommendation": scenario.recommendation,
        "recommended": [
            {"number": number, "text": tongue.say(RECOMMENDATIONS[number])} for number in recommended(scenario)
        ],
        "evidence": scenario.evidence,
        "known": grades(scenario.evidence, tongue),
        "file": shown(scenario.path),
        "policies": [_policy(name, settings, tongue) for name, settings in scenario.policies.items()],
        "settings": [_setting(path, value, tongue) for path, value in scenario.settings.items()],
    }


def explained_text(scenario: Scenario, lang: str = "en") -> str:
    """Return the explanation as a page for a terminal."""
    told = explain(scenario, lang)
    return "\n".join(_lines(told, language(lang)))


def recommended(scenario: Scenario) -> tuple[int, ...]:
    """Return the recommendations that a scenario belongs to: none, one or several."""
    given: Any = scenario.recommendation
    return () if given is None else (given,) if isinstance(given, int) else tuple(given)


def _policy(name: str, settings: Mapping[str, Any], tongue: Language) -> dict[str, Any]:
    kind = INSTRUMENTS[name]
    own = own_settings(kind)
    words, declared = TOLD[name], dict(kind(settings).moves())
    chosen = [key for key, field in own.items() if settings[key] != field.default]
    chosen = [key for key in own if key in chosen or key in words.always] if chosen else []
    chosen = chosen or [key for key, field in own.items() if does_something(field)]
    changes = [
        {
            "key": key,
            "value": settings[key],
            "unit": tongue.say(own[key].unit) if own[key].unit else "",
            "doc": tongue.say(own[key].doc),
            "sentence": change(name, key, own[key], settings[key], tongue),
        }
        for key in chosen
    ]
    return {
        "instrument": name,
        "name": tongue.say(words.name),
        "doc": tongue.say(summary(kind)),
        "changes": changes,
        "dates": dates(kind, settings, tongue),
        "start": first_month(settings),
        "end": _last(settings),
        "target": target(kind, settings.get("target"), tongue),
        "cost": cost(kind, settings, tongue),
        "evidence": settings["evidence"],
        "known": grades(settings["evidence"], tongue),
        "source": _source(settings.get("source"), tongue),
        "pinned_by": tongue.say(words.pinned),
        "not_pinned": tongue.say(words.open),
        "moves": declared,
        "expected": moves(declared, tongue),
        "why": tongue.say(kind.WHY) if kind.WHY else "",
    }


def own_settings(kind: type[Instrument]) -> dict[str, Field]:
    """Return the settings of an instrument that are told among what changes."""
    costs = [key for key, _ in kind.COST.also] if kind.COST else []
    return {key: field for key, field in kind.FIELDS.items() if key not in (*TOLD_APART, *costs)}


def summary(kind: type[Instrument]) -> str:
    """Return the first paragraph of an instrument's description, in one line."""
    return " ".join((kind.__doc__ or "").strip().split("\n\n")[0].split())


def _last(settings: Mapping[str, Any]) -> str | None:
    months = settings.get("duration_months")
    return month_name(month_index(settings["start"]) + months - 1) if months else settings.get("end")


def _setting(path: str, value: Any, tongue: Language) -> dict[str, Any]:
    row = parameters()[path]
    plain = SETTINGS.get(path, {}).get(str(value))
    told = [str(tongue.number(one)) if isinstance(one, int | float) else str(one) for one in (value, row.default)]
    unit = f" {tongue.say(row.unit)}" if row.unit else ""
    return {
        "key": path,
        "value": value,
        "default": row.default,
        "unit": tongue.say(row.unit) if row.unit else "",
        "doc": tongue.say(row.doc),
        "sentence": tongue.say(plain)
        if plain
        else tongue.say(
            "{what}: this scenario sets it to {value}; otherwise it is {default}.",
            what=capital(tongue.say(row.doc)),
            value=told[0] + unit,
            default=told[1] + unit,
        ),
        "source": _source(row.source, tongue),
        "evidence": row.grade,
        "known": grades(row.grade, tongue),
    }


@functools.cache
def _sources() -> Mapping[str, str]:
    return {row["id"]: row["source"] for row in read_records(SOURCES)[1]}


def sources(text: str) -> list[str]:
    """Return what stands behind the identifiers of `SOURCES.csv` in a text; none if it is in other words."""
    words = [word for word in re.split(r"[\s+;,]+", text) if word]
    known = _sources()
    return [known[word] for word in words] if set(words) <= set(known) else []


def _source(text: str | None, tongue: Language) -> str:
    return "; ".join(sources(text)) or tongue.say(text) if text else ""


def _lines(told: Mapping[str, Any], tongue: Language) -> Iterator[str]:
    say = tongue.say
    yield f"{told['name']}: {told['title']}"
    yield from _wrapped(told["question"])
    for one in told["recommended"]:
        yield from _wrapped(say("Recommendation {number} of the Task Force: {text}", **one))
    yield from _wrapped(
        say("How well its sizes are known: {known}. File: {file}", known=told["known"], file=told["file"])
    )
    for policy in told["policies"]:
        yield ""
        yield from _wrapped(f"{capital(policy['name'])} ({policy['instrument']})")
        yield from _wrapped(policy["doc"], "  ")
        for paragraph in _paragraphs(policy, tongue):
            yield from _wrapped(paragraph, "  ")
    for setting in told["settings"]:
        yield ""
        yield from _wrapped(f"{setting['sentence']} ({setting['key']})")
        yield from _wrapped(_known(setting, tongue), "  ")
    if not told["policies"] and not told["settings"]:
        yield ""
        yield from _wrapped(say(NOTHING))


def _paragraphs(policy: Mapping[str, Any], tongue: Language) -> Iterator[str]:
    say = tongue.say
    sentences = " ".join(one["sentence"] for one in policy["changes"] if one["sentence"])
    yield say("What changes:") + " " + (sentences or say("nothing: its settings are those at which it does nothing."))
    yield say("When:") + " " + policy["dates"]
    if policy["target"]:
        yield say("For whom:") + " " + policy["target"]
    if policy["cost"]:
        yield say("What it costs:") + " " + policy["cost"]
    yield _known(policy, tongue)
    if policy["expected"]:
        why = [say("It can come out otherwise. {why}", why=policy["why"])] if policy["why"] else []
        yield " ".join([say("What to expect:"), policy["expected"], *why])
    elif policy["why"]:
        yield say("What to expect:") + " " + capital(policy["why"])


def _known(told: Mapping[str, Any], tongue: Language) -> str:
    say = tongue.say
    parts = [say("How well it is known: {known}.", known=told["known"])]
    for text, key in (
        (noted("Source: {text}."), "source"),
        (noted("What fixes the size of its effect: {text}."), "pinned_by"),
        (noted("What remains open: {text}."), "not_pinned"),
    ):
        if told.get(key):
            parts.append(say(text, text=told[key].rstrip(".")))
    return " ".join(parts)


def _wrapped(text: str, indent: str = "") -> Sequence[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)
