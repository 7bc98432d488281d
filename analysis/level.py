"""Solve the level: constants by country and party such that the baseline meets what was counted before October 2019.

Four constants a country, each with one figure: a_c with the stated intention to migrate (LAPOP 2014-18, households
that wish to leave), asc_irregular_c with the sum of US Border Patrol encounters of FY2014-19, asc_family_c and
asc_child_c with the parties of encounters of FY2016-19. Nothing counted later enters. All runs share their draws, so
a few steps of Broyden's method, country by country, are enough.
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

from analysis.sealed import sealed
from sim.codes import COUNTRIES, FAMILY_UNIT, FLOWS, N_MONTHS, STOCKS, UNACCOMPANIED_CHILD, fiscal_year, month_index
from sim.config import Config, parameters
from sim.errors import RequestError
from sim.model import MigrationModel
from sim.state import NO_PARTY
from sim.world.geography import department_country

Array = NDArray[np.float64]
FITTED_YEARS, PARTY_YEARS, INTENTION_YEARS = range(2014, 2020), range(2016, 2020), (2014, 2016, 2018)
LAST_FITTED = "2019-09"
SOLVED = ("behaviour.a", "behaviour.asc_irregular", "party.asc_family", "party.asc_child")
"""What is solved, each by country; its gap is the column of the same number."""
FIRST_SLOPES = (1.0, 0.5, 0.8, 0.8)
"""Change of each gap for a change of one in its constant, before runs tell it: about what runs found."""
LEAST_MOVE = 0.03
"""Change of the constants from which on two runs tell the slopes; below it chance does."""
LARGEST_STEP = 2.0
"""Most that a constant moves from one run to the next."""
STEPS = 6
TOLERANCE, MEMBER_TOLERANCE = 0.005, 0.015
"""Distance at which solving stops, for the central member and for others."""
ACCEPTED = 0.03
"""Distance beyond which a member counts as not solved."""
WATCHED = ("encounter_us", "removed", "return_voluntary", "deter", "remigrate")
"""Flows that a run to September 2019 remembers by month."""


@dataclass(frozen=True)
class Level:
    """What one run gave, by country: encounters FY2014-19, the share of households that wish to leave, and parties.

    parties: (3 countries, 2) family units and unaccompanied children, shares of encounters FY2016-19.
    people: {flow: (N_MONTHS, 3 countries, 4 parties)} of the flows watched, zero after September 2019.
    """

    encounters: Array
    wishing: Array
    parties: Array
    people: Mapping[str, Array] = field(default_factory=dict)


def observed() -> Level:
    """Return the figures that the constants are solved to."""
    data = sealed()
    months = [month for month in range(N_MONTHS) if fiscal_year(month) in FITTED_YEARS]
    encounters = [np.nansum(data.month("encounters_usbp", country)[months]) for country in COUNTRIES]
    wishing = [
        np.mean([data.fact("lapop_intends_to_migrate_3yr", country, year) for year in INTENTION_YEARS])
        for country in COUNTRIES
    ]

    def counted(variable: str, country: str) -> float:
        years = data.year(variable, country)
        return sum(years[year] for year in PARTY_YEARS)

    parties = [
        [counted(f"encounters_usbp_{party}", country) / counted("encounters_usbp", country)
         for party in ("family_unit", "unaccompanied_child")]
        for country in COUNTRIES
    ]  # fmt: skip
    return Level(np.array(encounters), np.array(wishing), np.array(parties))


def to_2019(config: Config) -> Config:
    """Return a configuration that ends with September 2019 and is recorded from October 2013."""
    return config.replace(run__end=LAST_FITTED, run__start="2013-10")


def built(config: Config, base: MigrationModel | None) -> MigrationModel:
    """Return the model of a configuration in January 2013; base: one of the same households that has not lived."""
    model = MigrationModel(config, base)
    if base is not None:
        model.fork(base)
    return model


def simulate(config: Config, base: MigrationModel | None = None) -> Level:
    """Return the level of one run to September 2019; base: see `built`."""
    return live_to_2019(built(to_2019(config), base))


def live_to_2019(model: MigrationModel) -> Level:
    """Live a model from its beginning to September 2019 and return its level."""
    in_country = department_country == np.arange(len(COUNTRIES))[:, np.newaxis]
    wishing, surveys = np.zeros(len(COUNTRIES)), 0
    aspiring = STOCKS.index("aspiring")
    people = {flow: np.zeros((N_MONTHS, len(COUNTRIES), NO_PARTY + 1)) for flow in WATCHED}
    while model.month < month_index(LAST_FITTED):
        model.step()
        done = model.engine.counted()
        for flow, counted in people.items():
            counted[model.month] = in_country @ done.people(FLOWS.index(flow)).sum(axis=1)
        if fiscal_year(model.month) in INTENTION_YEARS:
            wish = np.bincount(department_country, done.stock_households[:, aspiring], len(COUNTRIES))
            wishing += wish / np.bincount(department_country, done.linked[:, 1], len(COUNTRIES))
            surveys += 1
    met = people["encounter_us"]
    years = np.array([fiscal_year(month) for month in range(N_MONTHS)])
    by_party = met[np.isin(years, PARTY_YEARS)].sum(axis=0)
    parties = by_party[:, [FAMILY_UNIT, UNACCOMPANIED_CHILD]] / np.maximum(by_party.sum(axis=1), 1)[:, np.newaxis]
    return Level(met[np.isin(years, FITTED_YEARS)].sum(axis=(0, 2)), wishing / surveys, parties, people)


def logit(share: Array) -> Array:
    """Return the log-odds of a share."""
    return np.log(share / (1 - share))


def distance(level: Level) -> float:
    """Return how far a level is from the record in what is furthest: ln encounters, or a share."""
    target = observed()
    apart = (
        np.log(np.maximum(level.encounters, 1) / target.encounters), level.wishing - target.wishing,
        level.parties - target.parties,
    )  # fmt: skip
    return max(float(np.abs(one).max()) for one in apart)


def _gaps(level: Level, target: Level) -> Array:
    """Return (3 countries, 4), in the order of SOLVED: log-odds of wishing, ln encounters, ln party over adults."""

    def over_adults(parties: Array) -> Array:
        parties = np.maximum(parties, 1e-4)  # a party that nobody took is told from one that few took
        return np.log(parties / np.maximum(1 - parties.sum(axis=1, keepdims=True), 1e-4))

    wish = logit(np.clip(level.wishing, 1e-4, 1 - 1e-4)) - logit(target.wishing)
    met = np.log(np.maximum(level.encounters, 1) / target.encounters)
    return np.column_stack([wish, met, over_adults(level.parties) - over_adults(target.parties)])


def solve(
    config: Config, say: Callable[[str], None] = print, base: MigrationModel | None = None,
    steps: int = STEPS, tolerance: float = TOLERANCE,
) -> tuple[dict[str, float], Level]:  # fmt: skip
    """Return the solved constants by parameter path and the level that they give: the nearest of all runs.

    base: as in `simulate`. steps: most runs after the first. tolerance: distance at which to stop.

    Raises:
        RequestError: a constant left its range.

    """
    target = observed()
    x = np.column_stack([config.by_country(path) for path in SOLVED]).astype(np.float64)
    slopes = np.array([np.diag(FIRST_SLOPES) for _ in COUNTRIES])
    before: tuple[Array, Array] | None = None
    best = np.inf
    found: tuple[dict[str, float], Level] = ({}, target)
    for step in range(steps + 1):
        values = {f"{path}.{c}": float(x[k, j]) for j, path in enumerate(SOLVED) for k, c in enumerate(COUNTRIES)}
        level = simulate(config.replace(**{path.replace(".", "__"): value for path, value in values.items()}), base)
        gaps, far = _gaps(level, target), distance(level)
        say(f"step {step}: {far:.3f} off; encounters {np.round(np.exp(gaps[:, 1]), 3)} of observed")
        if far < best:
            best, found = far, (values, level)
        if best < tolerance:
            break
        if before is not None:
            slopes = _broyden(slopes, x - before[0], gaps - before[1])
        before = (x.copy(), gaps)
        step_by = np.array([np.linalg.solve(slopes[k], gaps[k]) for k in range(len(COUNTRIES))])
        x = x - np.clip(step_by, -LARGEST_STEP, LARGEST_STEP)
    return found


def _broyden(slopes: Array, moved: Array, changed: Array) -> Array:
    """Return the slopes (3, 4, 4) that explain the last step of each country and change least otherwise.

    Broyden 1965. A country that hardly moved, or whose slopes would turn a diagonal around, keeps its own.
    """
    out = slopes.copy()
    for k, (dx, df) in enumerate(zip(moved, changed, strict=True)):
        if np.abs(dx).max() > LEAST_MOVE:
            new = slopes[k] + np.outer(df - slopes[k] @ dx, dx) / (dx @ dx)
            if (np.diag(new) > np.array(FIRST_SLOPES) / 10).all():
                out[k] = new
    return out


def write(values: Mapping[str, float], digits: int = 3) -> None:
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
