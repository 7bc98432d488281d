"""Compose a configuration: parameter table, member of the ensemble, groups of configs/, scenarios, overrides.

Hydra does the composing, from plain data: the table is its schema, the chosen scenarios are registered in
its ConfigStore, overrides reach it untouched. What it cannot know (names, ranges, months, clashes) is checked
here, so that a wrong request is told in a line with the nearest name. Nothing is left behind in the process.
"""

from __future__ import annotations

import copy
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from sim.codes import THEORIES, month_index, month_name
from sim.config import Config, parameters
from sim.ensemble import MEMBER, not_a_member, values_of
from sim.errors import RequestError, nearest, refuse
from sim.scenarios import BASELINE, Scenario, config_of, shipped, stack
from sim.yamlfile import leaves, nested, shown

NO_GROUPS = ("calibration",)
"""Folders of configs that are no choices of a run."""
HYDRA_BEHAVIOUR = "1.3"
"""Version of Hydra whose defaults are asked for."""


def compose(overrides: Sequence[str] = ()) -> Config:
    """Return the configuration of `key=value` overrides, e.g. `["scenarios=[a,b]", "seed=7"]`.

    Raises:
        RequestError: everything wrong with the request, a line each.

    """
    overrides = [_quoted(text) for text in overrides]
    parsed = [_parse(text) for text in overrides]
    stacked = stack(_chosen(parsed))
    problems = [problem for override in parsed for problem in _override_problems(override, stacked)]
    refuse(problems)
    member = values_of(_member(parsed))  # before Hydra begins: what is refused later would leave it begun
    try:
        configs = initialize_config_dir(str(shipped("configs")), version_base=HYDRA_BEHAVIOUR)
        with _registered(stacked, member), configs:
            composed = hydra_compose("config", overrides=list(overrides))
            tree: dict[str, Any] = OmegaConf.to_container(composed)  # type: ignore[assignment]
    except (HydraException, OmegaConfBaseException, YAMLError, ValueError) as error:
        raise RequestError(" ".join(str(error).split())) from None
    policies = tree.pop("policies", None) or {}
    names, title = [scenario.name for scenario in stacked], " + ".join(scenario.title for scenario in stacked)
    config = config_of(dict(leaves(tree)), policies, names, title)
    refuse([*_never_begin(config, stacked), *_of_another_theory(config)])
    return config


def _of_another_theory(config: Config) -> Iterator[str]:
    """Yield a sentence if a member of the ensemble is asked for under a theory that it was not fitted to."""
    theory = config["behaviour.theory"]
    if config[MEMBER] is not None and theory != THEORIES[0]:
        yield f"{MEMBER}: members are fitted to {THEORIES[0]}, not to {theory}; leave it or behaviour={theory} out"


def _never_begin(config: Config, stacked: Sequence[Scenario]) -> Iterator[str]:
    """Yield a sentence on the policies that begin after the last month, those of a file and month together."""
    end = config["run.end"]
    late: dict[tuple[str, str], list[str]] = {}
    for name, settings in config.policies.items():
        key = "start" if "start" in settings else "from"
        month = str(settings[key])
        if month_index(month) > month_index(end):
            own = [one.path for one in stacked if one.policies.get(name, {}).get(key) == month]
            file = f"{shown(own[0])}: " if own else ""
            late.setdefault((file, month), []).append(f"policies.{name}.{key}")
    for (file, month), keys in late.items():
        more = f" and {len(keys) - 1} more" if keys[1:] else ""
        first = month_name(0)
        yield (
            f"{file}{keys[0]}{more}: {month} is after run.end, {end}, so nothing would change; "
            f"allowed {first} to {end}, or give a later run.end"
        )


@contextmanager
def _registered(stacked: Sequence[Scenario], member: Mapping[str, float]) -> Iterator[None]:
    """Hold schema, with a member's values, and chosen scenarios in Hydra's ConfigStore; leave it as it was."""
    store = ConfigStore.instance()
    before = copy.deepcopy(store.repo)
    try:
        schema = nested({path: parameter.default for path, parameter in parameters().items()} | dict(member))
        store.store("schema", {**schema, "policies": {}}, provider="parameters.csv")
        for scenario in stacked:
            node = {"policies": copy.deepcopy(dict(scenario.policies)), **nested(scenario.settings)}
            store.store(scenario.name, node, "scenarios", "_global_", provider=scenario.path.name)
        if all(scenario.name != BASELINE for scenario in stacked):
            store.store(BASELINE, {}, "scenarios", "_global_", provider="baseline")
        yield
    finally:
        store.repo = before


def _quoted(text: str) -> str:
    """Return an override with its value in quotes if Hydra's grammar needs them: a path such as ~/años."""
    key, _, value = text.partition("=")
    if key not in parameters() or parameters()[key].kind != "text" or "${" in value:
        return text
    try:
        OverridesParser.create().parse_override(text)
    except HydraException:
        escaped = value.replace('"', '\\"')
        return f'{key}="{escaped}"'
    return text


def _parse(text: str) -> Override:
    if "${" in text:
        raise RequestError(f"'{text}': ${{...}} is not resolved; give the value itself")
    try:
        return OverridesParser.create().parse_override(text)
    except HydraException:
        key, _, value = text.partition("=")
        told = key and value and text.isprintable()
        quoted = shlex.quote(f'{key.strip()}="{value}"') if told else "run.output=\"my runs, 'first' (1)\""
        raise RequestError(
            f"{text!r} cannot be read as key=value; quote a text with = ~ , brackets or quotes: {quoted}"
        ) from None


def _chosen(parsed: Sequence[Override]) -> list[str]:
    """Return the scenario names that the overrides choose; the last word counts, as in Hydra."""
    chosen: list[str] = [BASELINE]
    for override in parsed:
        if override.key_or_group == "scenarios" and not _not_one_value(override):
            value = override.value()
            names = value if isinstance(value, list) else [value]
            if not names or not all(isinstance(name, str) for name in names):
                raise RequestError("scenarios: needs a name or a list of names; `pathways list` shows them")
            chosen = [str(name) for name in names]
    return chosen


def _member(parsed: Sequence[Override]) -> int | None:
    """Return the member of the ensemble that the overrides choose; None is the central one."""
    chosen = [override.value() for override in parsed if override.key_or_group == MEMBER]
    return chosen[-1] if chosen and isinstance(chosen[-1], int) else None


def _not_one_value(override: Override) -> str | None:
    text, key = override.input_line, override.key_or_group
    if override.is_sweep_override():
        hint = "scenarios=[a,b] stacks" if key == "scenarios" else f"'{key}=\"a,b\"' is a text"
        return f"'{text}': a run takes one value ({hint}; many runs are a sweep)"
    if override.is_delete():
        return f"'{text}': nothing can be removed"
    if override.package is not None:
        return f"'{text}': a group has its own place; write {key}=NAME"
    if key == "scenarios" and override.is_add():
        return f"'{text}': write scenarios=[a,b] to stack"
    return None


def _override_problems(override: Override, stacked: Sequence[Scenario]) -> Iterator[str]:
    """Yield what is wrong with an override, as far as it can be known before composing."""
    key, configs = override.key_or_group, shipped("configs")
    groups = sorted(path.name for path in configs.iterdir() if path.is_dir() and path.name not in NO_GROUPS)
    added = override.is_add() or override.is_force_add()
    problem = _not_one_value(override)
    if problem:
        yield problem
    elif key == "scenarios" or (added and key.startswith("policies.")):
        return
    elif (added and key in groups) or (override.is_add() and key in parameters()):
        yield f"'{override.input_line}': is there already; write {key}=..."
    elif key in groups:
        options = sorted(path.stem for path in (configs / key).glob("*.yaml"))
        name = override.value()
        if name not in options:
            yield f"unknown {key} '{name}'; one of {', '.join(options)}{nearest(str(name), options)}"
    elif key in parameters():
        value = override.value()
        problem = not_a_member(value) if key == MEMBER else parameters()[key].check(value)[1]
        if problem:
            yield problem
    elif key.startswith("policies."):
        yield from _policy_key_problem(key, stacked)
    elif key == "policies":
        yield "policies: give each setting by its path, such as policies.labour_places.start=2027-01"
    else:
        below = [path for path in parameters() if path.startswith(key + ".")]
        hint = nearest(key, below or [*parameters(), *groups, "scenarios"])
        tops = dict.fromkeys(path.split(".")[0] + (".*" if "." in path else "") for path in parameters())
        yield f"unknown key '{key}'{hint or '; one of ' + ', '.join(('scenarios', 'policies.*', *tops, *groups))}"


def _policy_key_problem(key: str, stacked: Sequence[Scenario]) -> Iterator[str]:
    known: dict[str, None] = {}
    for scenario in stacked:
        for path, _ in leaves({"policies": scenario.policies}):
            parts = path.split(".")
            known.update((".".join(parts[:depth]), None) for depth in range(2, len(parts) + 1))
    if key not in known:
        names = " + ".join(scenario.name for scenario in stacked)
        yield f"unknown key '{key}': not in the policies of {names}{nearest(key, known)}; +{key}=... adds it"
