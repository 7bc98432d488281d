"""What one parameter set gives: its constants solved, one run to 2022, its experiments, and its policy contrasts.

Every parameter set lives with the same seed and households, so what differs between two is the parameters. A result
is kept in runs/calibration under a digest of all that made it, whole or not at all: whoever stops goes on from there.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis.contrasts import CONTRASTS
from analysis.experiment_list import Experiment
from analysis.experiments import fitted as fitted_experiments
from analysis.experiments import live_experiments
from analysis.fact_list import fitted, scored
from analysis.kept import N_DIGEST, code_of, keep, kept
from analysis.level import ACCEPTED, MEMBER_TOLERANCE, SOLVED, built, distance, observed, solve, to_2019
from analysis.recorded import TO_USA, Months
from analysis.sealed import sealed
from analysis.stylised import Array, Fitted, Seen
from analysis.targets import Row, Sums
from sim import rules
from sim.codes import COUNTRIES, FLOWS, N_DEPARTMENTS, PATHWAYS
from sim.config import Config
from sim.data.loader import Data, load
from sim.errors import RequestError
from sim.households import STATUSES
from sim.model import MigrationModel
from sim.results import NEUTRAL
from sim.state import FIRST_PATHWAY_KIND, PLANNING
from sim.world.geography import department_country

KEPT: Final = Path("runs") / "calibration"
DECIMALS: Final = 5
LAST: Final = "2022-12"
"""Last month of the run that facts are read from: late facts reach to 2022."""
ASKED_AGAIN: Final = Months("2015-01", "2018-12")
"""Months in which those who returned the month before are asked whether they plan."""
SAID_EVERY: Final = 10
"""Parameter sets after which progress is told."""
READERS: Final = ("facts", "fact_list", "stylised", "targets", "effects", "experiment_list", "level")
"""Modules of `analysis` that say what is read from a run."""
LEFT: Final = Months("2014-01", "2018-12")


@dataclass(frozen=True)
class Evaluated:
    """What a parameter set gives.

    values: drawn and solved, by parameter path. figures: those that are fitted, by name: simulated, observed, SD of the
    observed, what 100 % is. effects: of policies on irregular journeys, in per cent, by scenario, if they were lived.
    scores: what the facts show, by fact, row, group and period, if that was asked for. apart: distance of the level.
    seconds: that it took.
    """

    values: Mapping[str, float]
    figures: Mapping[str, Sequence[float]]
    effects: Mapping[str, float]
    scores: Mapping[str, float]
    apart: float
    seconds: float
    digest: str
    solved: bool = field(default=False)

    @property
    def shown(self) -> dict[str, float]:
        """Return the simulated figures by name."""
        return {name: figure[0] for name, figure in self.figures.items()}

    @property
    def whole(self) -> bool:
        """Return whether the level was solved and every figure is a number."""
        return self.solved and all(np.isfinite(value) for value in self.shown.values())


class Room:
    """The households of January 2013 and what else parameter sets share; one for all threads.

    base: of a run to 2022; ground: of one to September 2019. Neither ever lives. policies: whether a parameter set
    lives those of `analysis.contrasts` too. scoring: whether what it shows of every fact is kept, which sets nothing.
    """

    def __init__(self, config: Config, policies: bool = False, scoring: bool = False) -> None:
        """Synthesise the households once."""
        self.config, self.policies, self.scoring = config.replace(run__threads=1), policies, scoring
        self.base = MigrationModel(to_2022(self.config))
        self.ground = built(to_2019(self.config), self.base)

    def at(self, config: Config) -> Room:
        """Return the same room for a parameter set: what of the world it changes is made once for all its runs."""
        room = copy.copy(self)
        room.config = config
        room.base = built(to_2022(config), self.base)
        room.ground = built(to_2019(config), room.base)
        return room


def to_2022(config: Config) -> Config:
    """Return a configuration that ends with the last of the late facts."""
    return config.replace(run__end=LAST, run__start="2013-10")


def with_values(config: Config, values: Mapping[str, float]) -> Config:
    """Return a configuration with parameters set by path."""
    return config.replace(**{path.replace(".", "__"): value for path, value in values.items()})


def evaluate(room: Room, drawn: Mapping[str, float], start: Mapping[str, float] | None = None) -> Evaluated:
    """Return what a parameter set gives, as it was kept or lived anew.

    start: constants from which solving starts, by path.
    """
    code = made_by(room.config, drawn, room.policies, room.scoring)
    kept = _kept(code)
    if kept is not None:
        return kept
    began = time.monotonic()
    config = with_values(room.config, {**(start or {}), **drawn})
    here = room.at(config)
    try:
        constants, level = solve(config, lambda line: None, here.ground, tolerance=MEMBER_TOLERANCE)
    except RequestError:  # a constant left its range: nothing meets the level here
        found = Evaluated(drawn, {}, {}, {}, float("inf"), time.monotonic() - began, code)
    else:
        constants = {path: round(value, DECIMALS) for path, value in constants.items()}
        config = with_values(config, constants)
        policies = CONTRASTS if room.policies else {}
        seen = see(here, config, sealed(), [*fitted_experiments(), *policies.values()])
        figures = fitted(seen)
        effects = {name: round(seen.effects[name], DECIMALS) for name in policies}
        found = Evaluated(
            {**drawn, **constants}, {one.name: _rounded(one) for one in figures}, effects,
            scores_of(seen) if room.scoring else {}, round(distance(level), DECIMALS),
            round(time.monotonic() - began, 1), code, distance(level) <= ACCEPTED,
        )  # fmt: skip
    _keep(found)
    return found


def _rounded(one: Fitted) -> list[float]:
    return [round(float(value), DECIMALS) for value in (one.simulated, one.observed, one.deviation, one.whole)]


def see(room: Room, config: Config, data: Data | Any, experiments: Sequence[str | Experiment] = ()) -> Seen:
    """Live a configuration whose constants are solved, and its experiments; return what facts are read from.

    data: the figures, behind the seal for a fit. experiments: those to live; none: all that may be fitted to.
    """
    model = built(to_2022(config), room.base)
    came, plan = np.zeros(len(COUNTRIES)), np.zeros(len(COUNTRIES))
    while model.month < model.end_month:
        model.step()
        if model.month in ASKED_AGAIN:
            H = model.engine.columns
            rows = np.flatnonzero(H.returned_month == model.month - 1)
            country = department_country[H.department[rows]]
            weight = H.weight[rows].astype(np.float64)
            came += np.bincount(country, weight, len(COUNTRIES))
            plan += np.bincount(country, weight * (H.plan[rows] >= PLANNING), len(COUNTRIES))
    model.check()
    effects = live_experiments(config, experiments or fitted_experiments(), room.ground)
    H = room.base.engine.columns
    here = H.weight * (H.first_month == 0)
    households = np.bincount(H.department, here, N_DEPARTMENTS)
    abroad = H.kin[:, 0].astype(np.int64) + H.away[:, :len(STATUSES)].sum(axis=1)
    kin = np.bincount(H.department, here * abroad, N_DEPARTMENTS) / households
    return Seen(Sums.of_record(model.record, data), effects, kin, households, _left(model), plan / np.maximum(came, 1))


def _left(model: MigrationModel) -> Array:
    """Return (54,) people who left for the United States in LEFT."""
    kinds = [FIRST_PATHWAY_KIND + PATHWAYS.index(name) for name in TO_USA]
    gone = np.zeros(N_DEPARTMENTS)
    for done in model.record.tallies(*LEFT.numbers):
        events = done.events
        to = (events["flow"] == FLOWS.index("depart_irregular")) & np.isin(events["kind"], kinds)
        gone += np.bincount(events["department"][to], events["people"][to], N_DEPARTMENTS)
    return gone


def scores_of(seen: Seen) -> dict[str, float]:
    """Return what every fact shows, by its code, row, group and period; what was observed plays no part."""
    whole = replace(seen, sums=Sums(seen.sums.flows, seen.sums.yearly, load()))
    return {
        key_of(code, row): round(float(row.simulated), DECIMALS)
        for code, rows in scored(whole).items()
        for row in rows
        if np.isfinite(row.simulated)
    }


def key_of(code: str, row: Row) -> str:
    """Return the name under which the row of a fact is kept."""
    return " | ".join((code, row.target, row.group, row.period))


def evaluate_all(
    room: Room, drawn: Sequence[Mapping[str, float]], say: Callable[[str], None],
    starts: Sequence[Mapping[str, float]] | None = None, workers: int = 0,
) -> list[Evaluated]:  # fmt: skip
    """Return what every parameter set gives, in their order, as many at a time as the machine has processors.

    say: told how far the work is, now and then. starts: constants from which solving starts, one a set.
    """
    return side_by_side(
        len(drawn), lambda k: evaluate(room, drawn[k], starts[k] if starts else None), "parameter sets", say, workers
    )


def side_by_side[T](
    n: int, work: Callable[[int], T], what: str, say: Callable[[str], None], workers: int = 0
) -> list[T]:
    """Return what `work` gives for 0 to n - 1, as many at a time as the machine has processors.

    what: is worked on, in words. say: told how far it is, now and then, and when it may be done.
    """
    began, done = time.monotonic(), 0

    def one(k: int) -> T:
        nonlocal done
        found = work(k)
        done += 1
        if done % SAID_EVERY == 0 or done == n:
            left = (time.monotonic() - began) / done * (n - done) / 60
            say(f"  {done} of {n} {what}, {left:.0f} min left")
        return found

    with ThreadPoolExecutor(workers or len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(one, range(n)))


def made_by(config: Config, drawn: Mapping[str, float], *asked: bool) -> str:
    """Return the digest of what an evaluation is made of: values, all other parameters, figures, facts, rules."""
    neutral = (*NEUTRAL, "run.start", "run.end", *(path for path in config.values if path.startswith(SOLVED)))
    values = {path: value for path, value in with_values(config, drawn).values.items() if path not in neutral}
    target = observed()
    told = [*target.encounters.tolist(), *target.wishing.tolist(), *target.parties.ravel().tolist(), MEMBER_TOLERANCE]
    made = {"values": values, "targets": told, "figures": _figures(), "rules": model_digest(), "asked": asked}
    return code_of(made)


@functools.cache
def _figures() -> dict[str, str]:
    return {name: code for name, code in load().digest().items() if name != "parameters.csv"}


@functools.cache
def model_digest() -> str:
    """Return the digest of the rules and of what reads facts from a run: another one is another model."""
    here = Path(__file__).parent
    paths = [*sorted(Path(next(iter(rules.__path__))).glob("*.py")), *(here / f"{name}.py" for name in READERS)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:N_DIGEST]


def _kept(code: str) -> Evaluated | None:
    found = kept(KEPT, code)
    try:
        return None if found is None else Evaluated(**found)
    except TypeError:  # of another version: lived again
        return None


def _keep(found: Evaluated) -> None:
    keep(KEPT, found.digest, asdict(found))
