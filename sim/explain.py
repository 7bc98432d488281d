"""Explain a scenario: the question it asks, what it changes with unit, source and grade, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.codes import month_index, month_name
from sim.config import parameters
from sim.policies import INSTRUMENTS
from sim.scenarios import Scenario
from sim.yamlfile import leaves, shown

GRADES = {
    "V": "verified in a source",
    "D": "derived from verified figures",
    "A": "assumed",
    "R": "recalled, not read again",
    "T": "from a throw-away trial",
}


def explain(scenario: Scenario) -> dict[str, Any]:
    """Return everything a reader should know before running a scenario, as plain data."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "recommendation": scenario.recommendation,
        "evidence": scenario.evidence,
        "file": shown(scenario.path),
        "policies": [_policy(name, settings) for name, settings in scenario.policies.items()],
        "settings": [_setting(path, value) for path, value in scenario.settings.items()],
    }


def explained_text(scenario: Scenario) -> str:
    """Return the explanation for a terminal."""
    return "\n".join(_lines(explain(scenario)))


def grade_text(grade: str) -> str:
    """Return a grade, or several, with what it means: 'A, assumed'."""
    return "; ".join(
        f"{letter}, {GRADES[letter]}" if letter in GRADES else letter for letter in grade.split(", ")
    )


def _policy(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    instrument = INSTRUMENTS[name]
    changes = []
    for path, value in leaves(settings):
        field = instrument.FIELDS[path.split(".")[0]]
        changes.append({"key": path, "value": value, "unit": field.unit, "doc": field.doc})
    return {
        "instrument": name,
        "doc": (instrument.__doc__ or "").strip().splitlines()[0],
        "evidence": settings.get("evidence"),
        "dates": _dates(settings),
        "changes": changes,
    }


def _dates(settings: Mapping[str, Any]) -> str:
    start, months = settings.get("start") or settings.get("from"), settings.get("duration_months")
    if not start:
        return ""
    return f"{start} to {month_name(month_index(start) + months - 1)}" if months else f"from {start} on"


def _told(value: Any) -> str:
    """Return a setting as a reader would write it."""
    if value is None:
        return "none"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def _setting(path: str, value: Any) -> dict[str, Any]:
    row = parameters()[path]
    return {
        "key": path,
        "value": value,
        "default": row.default,
        "unit": row.unit,
        "source": row.source,
        "evidence": row.grade,
        "doc": row.doc,
    }


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{told['name']}: {told['title']}"
    yield told["question"]
    recommendation = f"Recommendation {told['recommendation']}. " if told["recommendation"] else ""
    yield f"{recommendation}Evidence: {grade_text(told['evidence'])}. File: {told['file']}"
    for policy in told["policies"]:
        yield ""
        yield f"{policy['instrument']}: {policy['doc']}"
        yield f"  in force {policy['dates']}" if policy["dates"] else "  no dates"
        for change in policy["changes"]:
            what = f"{change['key']:<34} {_told(change['value']):>10}  {change['unit']:<22}"
            yield f"  {what} {change['doc']}".rstrip()
    for change in told["settings"]:
        yield ""
        yield f"{change['key']} = {change['value']} (default {change['default']}) {change['unit']}".rstrip()
        origin = f"Source: {change['source'] or '-'}. Evidence: {grade_text(change['evidence'])}"
        yield f"  {change['doc']}. {origin}"
    if not told["policies"] and not told["settings"]:
        yield "It changes nothing: history as observed, then the projections that the configuration chooses."
