"""Runs of a sensitivity analysis: one parameter set, its levels solved, lived once or beside a scenario.

All parameter sets live with the same seed and households, and a scenario with those of its baseline. What a set gives
in every outcome is kept in runs/sensitivity under a digest of all that made it: another outcome, or more runs of the
same design, live nothing twice.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.evaluate import DECIMALS, side_by_side, with_values
from analysis.kept import code_of, keep, kept
from analysis.level import ACCEPTED, MEMBER_TOLERANCE, SOLVED, built, distance, observed, solve, to_2019
from analysis.monthly import by_year, mean_over, whole_years
from sim import rules
from sim.codes import month_index
from sim.config import Config, parameters
from sim.data.loader import load
from sim.errors import RequestError, nearest, refuse
from sim.lockstep import run_together
from sim.model import MigrationModel
from sim.outcomes import OUTCOMES, Outcome
from sim.record import Record
from sim.results import NEUTRAL, horizon, own_files
from sim.study import as_baseline

Array = NDArray[np.float64]
KEPT: Final = Path("runs") / "sensitivity"
OTHER_HOUSEHOLDS: Final = ("population.", "demography.")
"""Parameters that make other households, which parameter sets share."""
NO_RESULTS: Final = ("commands", "words", "locale")
"""Parts of `sim` that change no result."""
READERS: Final = ("level", "sealed", "monthly", "sensitivity_runs")
"""Modules of `analysis` that say what is read from a run."""


@dataclass(frozen=True)
class Question:
    """What is asked. config: of the scenario, or the baseline; outcome: whose level, or difference, is looked at.

    solving: whether the constants are solved anew for each parameter set.
    """

    config: Config
    outcome: Outcome
    solving: bool

    @property
    def paired(self) -> bool:
        """Return whether a scenario is compared with its baseline."""
        return tuple(self.config.scenarios) != ("baseline",)

    @functools.cached_property
    def own(self) -> frozenset[str]:
        """Return the parameters that the scenario itself sets: what it sets stays."""
        reference = as_baseline(self.config)
        return frozenset(path for path, value in self.config.items() if reference[path] != value)

    def in_scenario(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return the values of a parameter set that the scenario takes."""
        return {path: value for path, value in values.items() if path not in self.own}

    @property
    def years(self) -> list[int]:
        """Return the calendar years that count: those that lie whole in the horizon."""
        return whole_years(*map(month_index, horizon(self.config)))


def refuse_question(asked: Question) -> None:
    """Refuse what cannot be answered: no whole year, or an outcome that no country has."""
    if not asked.years:
        first, last = horizon(asked.config)
        raise RequestError(f"run.end: no calendar year lies whole between {first} and {last}; an outcome is a year's")
    if not {"country", "all"} & set(asked.outcome.family.groups):
        raise RequestError(f"--outcome {asked.outcome.name}: is not counted by country; docs/outcomes.md")


class Room:
    """The households of January 2013, made once for all parameter sets; neither model ever lives."""

    def __init__(self, asked: Question) -> None:
        """Synthesise the households."""
        self.asked = asked
        config = asked.config.replace(run__threads=1, run__output=None)
        self.scenario, self.reference = config, as_baseline(config)
        self.base = MigrationModel(self.reference)
        self.ground = built(to_2019(self.reference), self.base) if asked.solving else self.base


def evaluate(room: Room, drawn: Mapping[str, float]) -> dict[str, Any]:
    """Return what a parameter set gives, as it was kept or lived anew: plain data.

    `solved`: whether the levels were met; `reference`, `scenario`: every outcome, a year, as `Outcome.rate` says, or
    None; `values`: drawn and solved; `seconds`.
    """
    code = made_by(room.asked, drawn)
    known = kept(KEPT, code)
    if known is not None:
        return known
    began = time.monotonic()
    found: dict[str, Any] = {"values": dict(drawn), "solved": True, "apart": None, "reference": None, "scenario": None}
    config, base, constants = with_values(room.reference, drawn), room.base, {}
    if room.asked.solving:
        constants = _solved(config, room, found)
    if found["solved"]:
        mine = room.asked.in_scenario({**drawn, **constants})
        configs = [with_values(config, constants), *([with_values(room.scenario, mine)] if room.asked.paired else [])]
        records = [lived.record for lived in run_together(configs, ground=base)]
        for name, record in zip(("reference", "scenario"), records, strict=False):
            found[name] = measured(record, room.asked.years)
    found["values"] |= constants
    found["seconds"] = round(time.monotonic() - began, 1)
    keep(KEPT, code, found)
    return found


def _solved(config: Config, room: Room, found: dict[str, Any]) -> dict[str, float]:
    """Return the solved constants, and note how far off the levels are and whether that is accepted."""
    ground = built(to_2019(config), room.ground)
    try:
        constants, level = solve(config, lambda line: None, ground, tolerance=MEMBER_TOLERANCE)
    except RequestError:  # a constant left its range: nothing meets the level here
        found["solved"] = False
        return {}
    found["apart"] = round(distance(level), DECIMALS)
    found["solved"] = distance(level) <= ACCEPTED
    return {path: round(value, DECIMALS) for path, value in constants.items()}


def measured(record: Record, years: Sequence[int]) -> dict[str, float | None]:
    """Return every outcome of the three countries over years, a year; None where it is not counted by country."""
    yearly = by_year(record.outcomes())
    found = {name: mean_over(yearly, outcome, years) for name, outcome in OUTCOMES.items()}
    return {name: float(value) if np.isfinite(value) else None for name, value in found.items()}


def shown(asked: Question, found: Mapping[str, Any]) -> float:
    """Return the level of the outcome, or its difference to the baseline; nan where a set was not solved."""
    if not found["solved"]:
        return np.nan
    name = asked.outcome.name
    before = found["reference"][name]
    after = found["scenario"][name] if asked.paired else before
    if before is None or after is None:
        raise RequestError(f"--outcome {name}: these runs do not count it")
    return float(after - before) if asked.paired else float(before)


def live_all(
    asked: Question, drawn: Sequence[Mapping[str, float]], say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Return what every parameter set gives, in their order, on all processors.

    say: told how far the work is. The households are made only if something is left to live.
    """
    missing = [values for values in drawn if kept(KEPT, made_by(asked, values)) is None]
    if missing:
        say(f"{len(drawn) - len(missing)} of {len(drawn)} parameter sets are kept, {len(missing)} are lived")
        room = Room(asked)
        side_by_side(len(missing), lambda k: evaluate(room, missing[k]), "parameter sets", say)
    found = [kept(KEPT, made_by(asked, values)) for values in drawn]
    return [one for one in found if one is not None]


def made_by(asked: Question, drawn: Mapping[str, float]) -> str:
    """Return the digest of what a parameter set's runs are made of."""
    config = with_values(asked.config, asked.in_scenario(drawn))
    neutral = (*NEUTRAL, *(path for path in config.values if asked.solving and path.startswith(SOLVED)))
    values = {path: value for path, value in config.values.items() if path not in neutral}
    return code_of({
        "values": values | own_files(config), "drawn": dict(drawn), "policies": config.policies,
        "scenarios": list(config.scenarios), "targets": _targets() if asked.solving else None, "years": asked.years,
        "figures": _figures(), "program": program(),
    })  # fmt: skip


@functools.cache
def _targets() -> list[float]:
    target = observed()
    return [*target.encounters.tolist(), *target.wishing.tolist(), *target.parties.ravel().tolist(), MEMBER_TOLERANCE]


@functools.cache
def _figures() -> dict[str, str]:
    return {name: code for name, code in load().digest().items() if name != "parameters.csv"}


@functools.cache
def program() -> str:
    """Return the digest of the source that makes and reads a run: another program keeps its own results."""
    root, here = Path(next(iter(rules.__path__))).parent, Path(__file__).parent
    paths = [
        *(path for path in sorted(root.rglob("*.py")) if path.relative_to(root).parts[0] not in NO_RESULTS),
        *(here / f"{name}.py" for name in READERS),
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def chosen_factors(
    known: Sequence[tuple[str, ...]], wanted: Sequence[str], fixed: Sequence[str], solving: bool
) -> list[tuple[str, ...]]:
    """Return the factors to move: those known, or those named; without what the request itself sets.

    known: the default. wanted: paths, any one of a factor's; none: the default. fixed: paths that the request sets.

    Raises:
        RequestError: a name is no parameter, has no prior, or cannot be moved; each with what is allowed.

    """
    from analysis.priors import prior_of
    from analysis.screening import factors

    if not wanted:
        return [paths for paths in known if not set(paths) & set(fixed)]
    groups = {path: paths for paths in factors() for path in paths}
    problems, found = [], []
    for path in dict.fromkeys(wanted):
        problem = _not_moved(path, fixed, solving)
        if problem is None and path not in groups:
            try:
                prior_of(path)
            except RequestError as error:
                problem = str(error)
        problems += [] if problem is None else [f"--parameters {problem}"]
        found.append(groups.get(path, (path,)))
    refuse(problems)
    return list(dict.fromkeys(found))


def _not_moved(path: str, fixed: Sequence[str], solving: bool) -> str | None:
    table = parameters()
    if path not in table:
        return f"{path}: unknown parameter{nearest(path, table)}; docs/parameters.md lists them"
    if path in fixed:
        return f"{path}: is set by the request; leave out one of the two"
    if path.startswith(OTHER_HOUSEHOLDS):
        return f"{path}: makes other households, which all runs share here"
    if table[path].kind != "float":
        return f"{path}: is no number with a prior"
    if solving and path.rpartition(".")[0] in SOLVED:
        return f"{path}: is solved to the observed level for each parameter set; --no-solve leaves it"
    return None
