"""Scenarios: small YAML files of data that say what changes, found in ./scenarios first, then those shipped.

A file has a title, perhaps a recommendation and an evidence grade, `policies` (instrument -> its settings)
and `settings` (parameter by dotted path -> value). Its first comment is the question it asks. Scenarios
stack by key; two that set the same key clash. Nothing in a file is ever executed or looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim.codes import month_index
from sim.config import GRADES, Config, parameters
from sim.errors import RequestError, nearest, refuse
from sim.policies import check as check_policies
from sim.yamlfile import leaves, read_yaml, shown

BASELINE = "baseline"
OWN = Path("scenarios")
"""Folder of the user's own scenarios, below the current one."""
HEADER = ("title", "recommendation", "evidence", "policies", "settings")
NATURAL = "natural_"
"""Beginning of the names of natural experiments: they lie in the past, and `analysis/experiments.py` lives them."""
OF_THE_RUN = ("seed", "engine", "population.share", "run", "behaviour.ensemble_member")
"""Parameters, or groups of them, that a scenario may not set: a scenario and its baseline are a pair in them."""
N_RECOMMENDATIONS = 12
"""Key recommendations of the Task Force; a scenario may name the one it belongs to, or several in a list."""


@dataclass(frozen=True)
class Scenario:
    """One scenario file, checked. `policies` carry the defaults of their instruments."""

    name: str
    path: Path
    title: str
    question: str
    recommendation: int | tuple[int, ...] | None
    evidence: str
    policies: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Any]


def shipped(folder: str) -> Path:
    """Return `configs` or `scenarios` as shipped: in an installed wheel, or beside `sim/` in a checkout."""
    package = Path(__file__).parent
    inside = package / "_shipped" / folder
    return inside if inside.is_dir() else package.parent / folder


def find_scenarios() -> dict[str, Path]:
    """Return scenario files by name, the baseline first; a file in ./scenarios hides a shipped one."""
    found: dict[str, Path] = {}
    for folder in (OWN, shipped("scenarios")):
        for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
            found.setdefault(path.stem, path)
    return dict(sorted(found.items(), key=lambda item: (item[0] != BASELINE, item[0])))


def is_natural(name: str) -> bool:
    """Return whether a scenario is a natural experiment, by its name."""
    return name.startswith(NATURAL)


def is_own(path: Path) -> bool:
    """Return whether a scenario file is the user's own, in a folder that is not the one shipped."""
    return path.parent == OWN and OWN.resolve() != shipped("scenarios").resolve()


def stack(names: Sequence[str]) -> list[Scenario]:
    """Return the named scenarios, checked to stack. The baseline adds nothing to others and is left out.

    Raises:
        RequestError: an unknown name, a bad file (all its problems, a line each), or a key set by two.

    """
    found = find_scenarios()
    wanted = list(dict.fromkeys(names)) or [BASELINE]
    unknown = [name for name in wanted if name not in found]
    refuse([f"unknown scenario {name!r}{_hint(name, found)}; `pathways list` shows them" for name in unknown])
    wanted = [name for name in wanted if name != BASELINE] or [BASELINE]
    stacked, problems = [], []
    for name in wanted:
        try:
            stacked.append(read_scenario(found[name]))
        except RequestError as error:
            problems.append(str(error))
    refuse(problems + clashes(stacked))
    return stacked


def _hint(name: str, found: Mapping[str, Path]) -> str:
    """Return the name that was meant, also if a file was given."""
    own = OWN / f"{name}.yml"
    return f" ({own} must be named .yaml)" if own.exists() else nearest(Path(name).stem, found)


def clashes(stacked: Sequence[Scenario]) -> list[str]:
    """Return one sentence for each policy or setting that two of the scenarios set."""
    owner: dict[str, Scenario] = {}
    problems = []
    for scenario in stacked:
        keys = (("policies", scenario.policies), ("settings", scenario.settings))
        for key in (f"{part}.{name}" for part, names in keys for name in names):
            first = owner.setdefault(key, scenario)
            if first is not scenario:
                problems.append(f"{shown(first.path)} and {shown(scenario.path)} both set {key}; choose one")
    return problems


def read_scenario(path: Path) -> Scenario:
    """Read and check one file.

    Raises:
        RequestError: everything wrong with the file, a line each, with its line number.

    """
    document = read_yaml(path)
    tree, text = document.tree, document.text
    problems = list(_header_problems(path, tree))
    problems += [
        f"{key}: '{value}': a scenario is data, ${{...}} is not resolved"
        for key, value in leaves(tree)
        if isinstance(value, str) and "${" in value
    ]
    policies, settings = ({} if tree.get(key) is None else tree[key] for key in ("policies", "settings"))
    if not isinstance(policies, Mapping):
        problems.append("policies: must be a mapping of instrument to its settings")
    else:
        policies, found = check_policies(policies)
        problems += found
    if path.stem == BASELINE and (policies or settings):
        problems.append(f"the {BASELINE} sets nothing: give the file another name")
    if not isinstance(settings, Mapping):
        problems.append("settings: must be a mapping of parameter to value")
    else:
        given = dict(leaves(settings))
        of_the_run = [key for key in given if key in OF_THE_RUN or key.split(".")[0] in OF_THE_RUN]
        problems += [
            f"settings.{key}: belongs to the run, not to a scenario; give it on the command line: {key}=..."
            for key in of_the_run
        ]
        settings, found = check_values({key: value for key, value in given.items() if key not in of_the_run})
        problems += [f"settings.{problem}" for problem in found]
    refuse([f"{document.where(problem)}: {problem}" for problem in problems])
    return Scenario(
        name=path.stem,
        path=path,
        title=tree["title"],
        question=text.splitlines()[0].lstrip("# ").strip() if text.startswith("#") else "",
        recommendation=tuple(number) if isinstance(number := tree.get("recommendation"), list) else number,
        evidence=tree.get("evidence") or _evidence(policies, settings),
        policies=policies,
        settings=settings,
    )


def check_values(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return parameter values in their types, and what is wrong with them: unknown path, type, range."""
    table = parameters()
    checked, problems = {}, []
    for path, value in values.items():
        if path not in table:
            problems.append(f"{path}: unknown key{nearest(path, table)}")
            continue
        checked[path], problem = table[path].check(value)
        if problem:
            problems.append(problem)
    return checked, problems


def config_of(values: Mapping[str, Any], policies: Any, scenarios: Sequence[str], title: str) -> Config:
    """Return the configuration of its parts, checked: every parameter there and in range, policies valid.

    Raises:
        RequestError: everything wrong, a line each.

    """
    checked, problems = check_values(values)
    problems += [f"{path}: is missing" for path in parameters() if path not in values]
    if not isinstance(policies, Mapping):
        problems.append("policies: must be a mapping of instrument to its settings")
    else:
        policies, found = check_policies(policies)
        problems += found
    if not problems and month_index(checked["run.end"]) < month_index(checked["run.start"]):
        problems.append(f"run.end: {checked['run.end']} is before run.start, {checked['run.start']}")
    refuse(problems)
    ordered = MappingProxyType({path: checked[path] for path in parameters()})
    return Config(ordered, MappingProxyType(dict(policies)), tuple(scenarios), title)


def _header_problems(path: Path, tree: Mapping[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z]\w*", path.stem, re.ASCII):
        yield f"the name '{path.stem}' must be letters, digits and '_', a letter first"
    for key in tree:
        if key not in HEADER:
            yield f"{key}: unknown key; allowed: {', '.join(HEADER)}{nearest(key, HEADER)}"
    title = tree.get("title")
    if not isinstance(title, str) or not title.strip() or not title.isprintable():
        yield "title: needs a text of one line"
    yield from _recommendation_problems(tree.get("recommendation"))
    if tree.get("evidence") is not None and tree["evidence"] not in GRADES:
        yield f"evidence: {tree['evidence']!r} is not a grade; one of {', '.join(GRADES)}"


def _recommendation_problems(given: Any) -> Iterator[str]:
    numbers = given if isinstance(given, list) else [] if given is None else [given]
    if given == []:
        yield "recommendation: the list is empty; leave it out"
    for number in numbers:
        if type(number) is not int or not 1 <= number <= N_RECOMMENDATIONS:
            yield f"recommendation: {number!r} is not a number from 1 to {N_RECOMMENDATIONS} or left out"
        elif numbers.count(number) > 1:
            yield f"recommendation: {number} stands there {numbers.count(number)} times"
            return


def _evidence(policies: Mapping[str, Mapping[str, Any]], settings: Mapping[str, Any]) -> str:
    """Return the distinct grades of what a scenario sets, or '-'."""
    grades = [str(policy["evidence"]) for policy in policies.values() if policy.get("evidence")]
    grades += [parameters()[path].grade for path in settings]
    return ", ".join(dict.fromkeys(grade for grade in grades if grade != "-")) or "-"
