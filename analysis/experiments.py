"""Natural experiments: what happened once, somewhere, was measured and published, lived here as it happened there.

Each is a scenario beside the baseline, or the baseline alone, and one number with its published band. One pass lives
the baseline once and each world from the month in which it differs to the last month that is measured. What is held
out is scored and never fitted to. Declared in `analysis/experiment_list.py`, measured by `analysis/effects.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.effects import Effect, Seen, Tracker
from analysis.experiment_list import EXPERIMENTS, Experiment
from analysis.level import LAST_FITTED, to_2019
from sim.codes import month_index
from sim.config import Config
from sim.errors import RequestError, nearest
from sim.lockstep import differ_from, shares_households
from sim.model import MigrationModel
from sim.scenarios import stack

__all__ = ["EXPERIMENTS", "Effect", "Experiment", "fitted", "held_out", "live_experiments", "world_of"]


def fitted() -> tuple[str, ...]:
    """Return the names of the experiments that may be fitted to: all of it lies before October 2019."""
    return tuple(name for name, one in EXPERIMENTS.items() if not one.held_out)


def held_out() -> tuple[str, ...]:
    """Return the names of the experiments that are scored and never fitted to."""
    return tuple(name for name, one in EXPERIMENTS.items() if one.held_out)


@functools.cache
def _scenario(name: str) -> tuple[Mapping[str, Any], Mapping[str, Any], str]:
    (scenario,) = stack([name])
    return scenario.policies, scenario.settings, scenario.title


def world_of(scenario: str, experiment: Experiment, config: Config) -> Config:
    """Return a world of an experiment: a configuration with a scenario of it, adjusted to its parameters.

    Raises:
        RequestError: the configuration sets a policy of the scenario itself.

    """
    policies, settings, title = _scenario(scenario)
    if config.policies.keys() & policies.keys():
        raise RequestError(f"{scenario}: {', '.join(config.policies.keys() & policies.keys())} is set twice")
    if experiment.adjust is not None and scenario == experiment.scenario:
        policies = experiment.adjust(config, policies)
    changed = config.replace(**{path.replace(".", "__"): value for path, value in settings.items()})
    return replace(
        changed, policies={**config.policies, **policies}, scenarios=(scenario,), title=title
    )


@dataclass
class _World:
    """A world that is lived: its model, when it first differs from the baseline, the last month that is asked for."""

    model: MigrationModel
    fork: int
    last: int
    apart: bool = False


def live_experiments(
    config: Config, names: Iterable[str | Experiment] | None = None, base: MigrationModel | None = None,
    watch: Callable[[MigrationModel], None] = lambda model: None,
) -> dict[str, float]:  # fmt: skip
    """Return the effect of each experiment by name, in the unit that it declares.

    Args:
        config: the parameters, with the seed and the share of the households; its dates do not matter.
        names: experiments, by name or themselves; none: all that may be fitted to.
        base: a model of the same households that has not lived, of a configuration that ends in September 2019
            (`to_2019`), or in the last month of what is held out (`last_month`); it saves their synthesis.
        watch: told the baseline after each month that it lives, so that the same pass can measure other things.

    Raises:
        RequestError: no such experiment. WorkError: a check of conservation failed.

    """
    asked = chosen(fitted() if names is None else names)
    first = to_2019(config).replace(run__end=last_month(asked), run__threads=1)
    if base is not None and not (shares_households(first, base.config) and base.config["run.end"] == first["run.end"]):
        raise RequestError(f"base: needs the same households, and run.end={first['run.end']}")
    ground = MigrationModel(first, base)
    if base is not None:
        ground.fork(base)
    worlds: dict[str, _World] = {}
    for one in asked:
        for name in {one.scenario, one.reference} - {"", *worlds}:
            model = MigrationModel(world_of(name, one, first), ground)
            ends = [other.last for other in asked if name in (other.scenario, other.reference)]
            worlds[name] = _World(model, differ_from(ground, model), max(ends))
    trackers = {one.name: (one.track(), one.track()) for one in asked if one.track}
    _live(ground, worlds, asked, trackers, watch)
    found = {}
    for one in asked:
        mine, theirs = trackers.get(one.name, (None, None))
        here, there = (_model(name, ground, worlds) for name in (one.reference, one.scenario))
        found[one.name] = one.effect(Seen(here, mine), Seen(there, theirs))
    return found


def _live(
    ground: MigrationModel, worlds: Mapping[str, _World], asked: Sequence[Experiment],
    trackers: Mapping[str, tuple[Tracker, Tracker]], watch: Callable[[MigrationModel], None],
) -> None:  # fmt: skip
    """Live the baseline to its end and each world to the last month that is asked of it."""
    last = max(one.last for one in asked)
    while ground.month < last:
        for world in worlds.values():
            if not world.apart and world.fork == ground.month + 1 and world.fork <= world.last:
                world.model.fork(ground)
                world.apart = True
        ground.step()
        for world in worlds.values():
            if world.apart and ground.month <= world.last:
                world.model.step()
        for one in asked:
            for tracker, model in zip(trackers.get(one.name, ()), _pair(one, ground, worlds), strict=False):
                tracker.see(ground.month, model)
        watch(ground)
    for world in worlds.values():
        if not world.apart:  # it never differed: it is the baseline
            world.model.fork(ground)
        world.model.check()
    ground.check()


def _pair(
    one: Experiment, ground: MigrationModel, worlds: Mapping[str, _World]
) -> tuple[MigrationModel, MigrationModel]:
    """Return the models that stand for the reference and the world of an experiment in a month."""
    lived = {name: world for name, world in worlds.items() if world.apart}
    return _model(one.reference, ground, lived), _model(one.scenario, ground, lived)


def _model(name: str, ground: MigrationModel, worlds: Mapping[str, _World]) -> MigrationModel:
    """Return the model of a world, or the baseline if there is none of that name."""
    return worlds[name].model if name in worlds else ground


def last_month(asked: Sequence[Experiment]) -> str:
    """Return the month with which a pass ends: September 2019, or the last that is asked for if that is later."""
    return max([LAST_FITTED, *(one.measured.last for one in asked)], key=month_index)


def chosen(names: Iterable[str | Experiment]) -> list[Experiment]:
    """Return experiments by name, or as they are given.

    Raises:
        RequestError: there is none of a name, or no name is given.

    """
    names = list(names)
    for name in names:
        if isinstance(name, str) and name not in EXPERIMENTS:
            raise RequestError(f"no experiment '{name}'{nearest(name, EXPERIMENTS)}; one of {', '.join(EXPERIMENTS)}")
    if not names:
        raise RequestError("no experiment is named")
    return [EXPERIMENTS[name] if isinstance(name, str) else name for name in names]
