"""The commands about scenarios: `list`, `explain`, `check`. The first two run nothing."""

from __future__ import annotations

import argparse
from typing import Any

from sim.commands import FINE, tell
from sim.errors import DataError, RequestError, WorkError, refuse
from sim.language import language
from sim.scenarios import find_scenarios, is_own, read_scenario, stack
from sim.yamlfile import shown

LISTED = ("name", "title", "recommendation", "evidence", "question")


def list_all(options: argparse.Namespace) -> int:
    """Print the scenarios that can be read, then refuse those that cannot."""
    problems, scenarios = [], []
    for path in find_scenarios().values():
        try:
            scenarios.append(read_scenario(path))
        except DataError:
            raise
        except RequestError as error:
            problems.append(str(error))
    rows = [{key: getattr(one, key) for key in LISTED} | {"file": shown(one.path)} for one in scenarios]
    numbers = max((len(_numbered(one.recommendation)) for one in scenarios), default=0)
    names = max((len(one.name) for one in scenarios), default=0)
    titles = max((len(one.title) for one in scenarios), default=0)
    lines = []
    for one in scenarios:
        number = _numbered(one.recommendation)
        own = f"  {shown(one.path)}" if is_own(one.path) else ""
        lines.append(f"{one.name:<{names}}  {one.title:<{titles}}  {number:<{numbers}}  {one.evidence}{own}")
    tell(options, rows, "\n".join(lines))
    refuse(problems)
    return FINE


def _numbered(given: int | tuple[int, ...] | None) -> str:
    """Return recommendations by number: 'recommendation 5', 'recommendations 1-12', '-'."""
    if not isinstance(given, tuple):
        return f"recommendation {given}" if given else "-"
    whole = given == tuple(range(given[0], given[-1] + 1)) and len(given) > 1
    return f"recommendations {given[0]}-{given[-1]}" if whole else f"recommendations {', '.join(map(str, given))}"


def explain(options: argparse.Namespace) -> int:
    """Print what a scenario changes."""
    language(options.lang)
    (scenario,) = stack([options.name])
    from sim.explain import explain, explained_text

    tell(options, explain(scenario, options.lang), explained_text(scenario, options.lang))
    return FINE


def check(options: argparse.Namespace) -> int:
    """Compose every scenario and refuse those that are wrong; then live each policy and tell what it moves."""
    from sim.compose import compose

    if any(word.startswith("scenarios=") for word in options.overrides):
        raise RequestError("check is about every scenario; leave out scenarios=, or look at one: pathways explain NAME")
    compose(options.overrides)  # what is wrong with these is told once
    problems, rows = [], []
    for name in find_scenarios():
        row: dict[str, Any] = {"name": name, "title": None, "problems": []}
        try:
            row["title"] = compose([f"scenarios={name}", *options.overrides]).title
        except DataError:
            raise
        except RequestError as error:
            row["problems"] = str(error).splitlines()
            problems.append(str(error))
        rows.append(row)
    lines = [f"WRONG {row['name']}" if row["problems"] else f"fine  {row['name']}: {row['title']}" for row in rows]
    if options.quick or problems:
        tell(options, {"scenarios": rows, "policies": []}, "\n".join(lines))
        refuse(problems)
        return FINE
    return _check_live(options, rows, lines)


def _check_live(options: argparse.Namespace, rows: list[dict[str, Any]], lines: list[str]) -> int:
    """Live what the scenarios change, beside the baseline.

    Raises:
        WorkError: a policy moves nothing that it declares, or the other way without a reason told.

    """
    from analysis.liveness import check_live, given
    from sim.compose import compose
    from sim.progress import telling

    with telling(compose(given(options.overrides))) as on_month:
        found = check_live(list(find_scenarios()), options.overrides, on_month)
    tell(options, {"scenarios": rows, "policies": found.rows()}, "\n".join([*lines, "", found.text()]))
    if problems := found.problems():
        raise WorkError("\n".join(problems))
    return FINE
