"""Solve the level: country intercepts such that the baseline meets what was counted before October 2019.

Two intercepts a country, each with one figure: a_c with the stated intention to migrate (LAPOP 2014-18, households
that wish to leave), asc_irregular_c with the sum of US Border Patrol encounters of FY2014-19. Nothing counted
later enters. All runs share their draws, so a few secant steps in the log are enough.
"""

from __future__ import annotations

import csv
import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, FLOWS, N_MONTHS, STOCKS, fiscal_year
from sim.config import Config, parameters
from sim.data.loader import load
from sim.errors import RequestError
from sim.model import MigrationModel
from sim.state import NO_PARTY
from sim.world.geography import department_country

Array = NDArray[np.float64]
FITTED_YEARS = range(2014, 2020)
LAST_FITTED = "2019-09"
INTENTION_YEARS = (2014, 2016, 2018)
FIRST_SLOPE = 0.5
"""Change of ln encounters for a change of one in the constant, before two runs tell it."""
LEAST_MOVE = 0.03
"""Change of the constant from which on two runs tell the slope; below it chance does."""
LARGEST_STEP = 2.0
"""Most that a constant moves from one run to the next."""
STEPS = 6
TOLERANCE = 0.005
WATCHED = ("encounter_us", "removed", "return_voluntary", "deter", "remigrate")
"""Flows that a run to September 2019 remembers by month."""


@dataclass(frozen=True)
class Level:
    """What one run gave, by country: encounters FY2014-19 and the share of households that wish to leave.

    people: {flow: (N_MONTHS, 3 countries, 4 parties)} of the flows watched, zero after September 2019.
    """

    encounters: Array
    wishing: Array
    people: Mapping[str, Array] = field(default_factory=dict)


def observed() -> Level:
    """Return the figures that the intercepts are solved to."""
    data = load()
    fitted = [month for month in range(N_MONTHS) if fiscal_year(month) in FITTED_YEARS]
    encounters = [np.nansum(data.month("encounters_usbp", country)[fitted]) for country in COUNTRIES]
    wishing = [
        np.mean([data.fact("lapop_intends_to_migrate_3yr", country, year) for year in INTENTION_YEARS])
        for country in COUNTRIES
    ]
    return Level(np.array(encounters), np.array(wishing))


def to_2019(config: Config) -> Config:
    """Return a configuration that ends with September 2019 and is recorded from October 2013."""
    return config.replace(run__end=LAST_FITTED, run__start="2013-10")


def simulate(config: Config, base: MigrationModel | None = None) -> Level:
    """Return the level of one run to September 2019.

    base: a model of the same households to the same month that has not lived; it saves their synthesis.
    """
    model = MigrationModel(to_2019(config), base)
    if base is not None:
        model.fork(base)
    in_country = department_country == np.arange(len(COUNTRIES))[:, np.newaxis]
    wishing, surveys = np.zeros(len(COUNTRIES)), 0
    aspiring = STOCKS.index("aspiring")
    people = {flow: np.zeros((N_MONTHS, len(COUNTRIES), NO_PARTY + 1)) for flow in WATCHED}
    while model.month < model.end_month:
        model.step()
        done = model.engine.counted()
        for flow, counted in people.items():
            counted[model.month] = in_country @ done.people(FLOWS.index(flow)).sum(axis=1)
        if fiscal_year(model.month) in INTENTION_YEARS:
            wish = np.bincount(department_country, done.stock_households[:, aspiring], len(COUNTRIES))
            wishing += wish / np.bincount(department_country, done.linked[:, 1], len(COUNTRIES))
            surveys += 1
    fitted = [month for month in range(N_MONTHS) if fiscal_year(month) in FITTED_YEARS]
    return Level(people["encounter_us"][fitted].sum(axis=(0, 2)), wishing / surveys, people)


def logit(share: Array) -> Array:
    """Return the log-odds of a share."""
    return np.log(share / (1 - share))


def distance(level: Level) -> tuple[float, float]:
    """Return how far a level is from the record: ln encounters and the share wishing to leave, worst country."""
    target = observed()
    return np.abs(_gap(level, target)).max(), np.abs(level.wishing - target.wishing).max()


def _gap(level: Level, target: Level) -> Array:
    return np.log(np.maximum(level.encounters, 1) / target.encounters)


def solve(
    config: Config, say: Callable[[str], None] = print, base: MigrationModel | None = None,
    steps: int = STEPS, tolerance: float = TOLERANCE,
) -> tuple[dict[str, float], Level]:  # fmt: skip
    """Return the solved intercepts by parameter path and the level that they give: the nearest of all runs.

    base: as in `simulate`. steps: most runs after the first. tolerance: distance at which to stop.
    """
    target = observed()
    a = np.array(config.by_country("behaviour.a"))
    asc = np.array(config.by_country("behaviour.asc_irregular"))
    slope = np.full(len(COUNTRIES), FIRST_SLOPE)
    before: tuple[Array, Array] | None = None
    best = np.inf
    found: tuple[dict[str, float], Level] = ({}, target)
    for step in range(steps + 1):
        values = {f"behaviour.a.{c}": float(x) for c, x in zip(COUNTRIES, a, strict=True)}
        values |= {f"behaviour.asc_irregular.{c}": float(x) for c, x in zip(COUNTRIES, asc, strict=True)}
        level = simulate(config.replace(**{path.replace(".", "__"): x for path, x in values.items()}), base)
        gap = _gap(level, target)
        say(f"step {step}: encounters {np.round(np.exp(gap), 3)} of observed, wishing {np.round(level.wishing, 3)}")
        if max(distance(level)) < best:
            best, found = max(distance(level)), (values, level)
        if best < tolerance:
            break
        if before is not None:
            moved = asc - before[0]
            change = (gap - before[1]) / np.where(np.abs(moved) > LEAST_MOVE, moved, np.inf)
            slope = np.where(change > FIRST_SLOPE / 10, change, slope)
        before = (asc.copy(), gap)
        asc = asc - np.clip(gap / slope, -LARGEST_STEP, LARGEST_STEP)
        a = a + np.clip(logit(target.wishing) - logit(level.wishing), -LARGEST_STEP, LARGEST_STEP)
    return found


def write(values: dict[str, float], digits: int = 3) -> None:
    """Write solved values as defaults into the parameter table."""
    path = Path(__file__).parent.parent / "sim" / "data" / "parameters.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    for row in rows:
        if row[0] in values:
            row[1] = f"{values[row[0]]:.{digits}f}"
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows(rows)
    parameters.cache_clear()


def calibrate_level(overrides: Sequence[str], *, write_down: bool, as_json: bool = False) -> None:
    """Solve the intercepts of the baseline, print what they give, and write them down if asked.

    as_json: print one JSON document, and the steps to standard error.

    Raises:
        RequestError: the overrides choose a scenario, or cannot be composed.

    """
    from sim.compose import compose

    config = compose(overrides)
    if tuple(config.scenarios) != ("baseline",):
        raise RequestError("the level is solved in the baseline; leave out scenarios=")
    values, level = solve(config, functools.partial(print, file=sys.stderr) if as_json else print)
    if write_down:
        write(values)
    if as_json:
        by_country = [
            dict(zip(COUNTRIES, column.tolist(), strict=True))
            for found in (level, observed())
            for column in (found.encounters, found.wishing)
        ]
        names = ("encounters", "wishing", "encounters_observed", "wishing_stated")
        told = {"values": values, **dict(zip(names, by_country, strict=True)), "written": write_down}
        print(json.dumps(told, indent=1))
        return
    print("\n".join(_level_lines(values, level)))
    if write_down:
        print("written to sim/data/parameters.csv")


def _level_lines(values: dict[str, float], level: Level) -> Iterator[str]:
    target = observed()
    yield f"{'':6}{'encounters':>12}{'observed':>12}{'ratio':>8}{'wishing':>10}{'stated':>8}"
    for c, country in enumerate(COUNTRIES):
        ratio = level.encounters[c] / target.encounters[c]
        yield (
            f"{country:6}{level.encounters[c]:12,.0f}{target.encounters[c]:12,.0f}{ratio:8.3f}"
            f"{level.wishing[c]:10.3f}{target.wishing[c]:8.3f}"
        )
    for path, value in values.items():
        yield f"{path} = {value:.3f}"
