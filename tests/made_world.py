"""What policies make of today's world, without households: for tests of instruments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.assemble import build_levers, build_ways, build_world
from sim.codes import N_MONTHS
from sim.config import default_config
from sim.data.loader import load
from sim.pathways import Schedule
from sim.policies import Made, apply, check, extend
from sim.programmes import load_programmes
from sim.terms import Terms

CONFIG = default_config(demography__projection_share=0.0002)
WEIGHTS = {
    "young_adults": np.array([2_345_678, 6_789_012, 4_321_098]), "households": np.arange(1, 55) * 1000.0,
    "teenagers": np.arange(1, 55) * 500.0, "homes": np.full((3, 2, 54, N_MONTHS), 1000.0),
}  # fmt: skip
PROGRAMMES = load_programmes(CONFIG, load())
PLACES = Schedule.load(PROGRAMMES, load())
WORLD, DRIVERS, BORDER = build_world(CONFIG, load())


def made(policies: Mapping[str, Any]) -> Made:
    """Return what policies make of the world, the levers, the places and the terms of today."""
    settings, problems = check(policies)
    assert not problems
    programmes = extend(settings, PROGRAMMES)
    world = WORLD._replace(**{name: array.copy() for name, array in WORLD._asdict().items()})
    levers = build_levers(CONFIG, len(build_ways(CONFIG, programmes).cost))
    result = Made(world, levers, PLACES.extended(programmes), CONFIG, WEIGHTS, Terms(programmes), BORDER, DRIVERS)
    apply(settings, result)
    return result


def changed(result: Made) -> dict[str, np.ndarray]:
    """Return by name what differs from today: arrays of the world and the levers, as they are now."""
    today = {**WORLD._asdict(), **build_levers(CONFIG, len(result.levers.call))._asdict()}
    now = {**result.world._asdict(), **result.levers._asdict()}
    return {name: array for name, array in now.items() if array.tobytes() != today[name].tobytes()}


def months_of(array: np.ndarray, name: str) -> list[int]:
    """Return the months in which an array, by its name in the world, differs from today's; levers from zero."""
    before = getattr(WORLD, name) if name in WORLD._fields else np.zeros_like(array)
    return np.flatnonzero((array != before).reshape(-1, array.shape[-1]).any(axis=0)).tolist()
