"""How an outcome answers to a lever of a policy, and how much of the lever a wished change would take.

Every dose is a scenario beside the same baseline: all live in one pass and fork from their shared history, once
for each seed and member of the ensemble. Between doses the response is interpolated without overshooting; beyond
them nothing is said.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from analysis.chance import Estimate
from analysis.intervals import spread
from analysis.monthly import by_year, mean_over, whole_years
from sim.codes import month_index
from sim.config import Config, exactly
from sim.ensemble import of_member
from sim.errors import RequestError, nearest, refuse
from sim.outcomes import FLOW, Outcome, basis_of
from sim.policies import INSTRUMENTS, check
from sim.policies.fields import MOST_PLACES
from sim.record import Record
from sim.results import horizon
from sim.schedule import spread as share_out
from sim.study import as_baseline

SHARE = 0.02
"""Share of all households, unless another is asked for: some minutes for four doses and four seeds on two cores."""
SEEDS = 4
"""Seeds, unless another number is asked for: enough for an interval of chance."""
PATHS = "policies.INSTRUMENT.SETTING, such as policies.labour_places.places_per_year.usa_h2a=0,5000,10000"
TIMES = "x"
"""Behind a number: so many times what the scenario sets."""
WIDTHS = (50, 90)
"""Percent of pairs that the two intervals hold."""
STEPS = 1001
"""Doses looked at when a change is sought: steps of a thousandth of the range."""
Draw = tuple[int | None, int]
"""What one pass is lived with: a member of the ensemble, None for the central one, and a seed."""
Telling = Callable[[Config], AbstractContextManager[Callable[[int], None]]]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Lever:
    """A number of a policy, or a group of places taken together, and the doses asked for, ascending."""

    path: str
    unit: str
    doses: tuple[float, ...]

    @property
    def name(self) -> str:
        """Return the path without its first word."""
        return self.path.partition(".")[2]


@dataclass(frozen=True)
class Response:
    """One outcome under every dose. change: (draws, doses) scenario minus baseline, a year as `Outcome.rate` says.

    baseline: (draws,). households: (doses,) simulated ones that a change rests on, of the world that has fewer; of
    a flow, one for each event.
    """

    outcome: Outcome
    doses: Values
    change: Values
    baseline: Values
    households: Values

    def estimates(self) -> list[Estimate]:
        """Return the change under each dose with its interval over draws."""
        return [spread(values) for values in self.change.T]

    def at(self, doses: Values) -> Values:
        """Return (draws, n) the change at doses within the range, by monotone cubic interpolation of each draw."""
        return np.array([PchipInterpolator(self.doses, values)(doses) for values in self.change])

    def turns(self) -> list[int]:
        """Return the doses, by position, at which the mean response begins to go the other way."""
        steps = np.sign(np.diff(self.change.mean(axis=0)))
        moving = [k for k in range(len(steps)) if steps[k]]
        return [later for one, later in itertools.pairwise(moving) if steps[one] != steps[later]]

    def turns_by_chance(self) -> bool:
        """Return whether no step from one dose to the next has a sign beyond chance that another contradicts."""
        steps = [spread(step) for step in np.diff(self.change, axis=1).T]
        sure = {np.sign(step.value) for step in steps if not step.crosses_zero()}
        return len(sure) < len({-1, 1})


@dataclass(frozen=True)
class Answer:
    """How much of a lever a change takes: nan where no dose within the range gives it.

    low, high: by width of interval (50, 90), the doses at which the change lies in the interval of the response;
    -inf or inf where that goes on beyond the range; both nan where there is none.
    """

    wanted: float
    dose: float
    low: Mapping[int, float]
    high: Mapping[int, float]


def read_lever(text: str, config: Config) -> Lever:
    """Return the lever and doses of 'policies.INSTRUMENT.SETTING=0,5000,10000' or '...=0x,1x,2x'.

    A setting that gives places by pathway is a lever too: its doses are all places together, shared out as in the
    scenario.

    Raises:
        RequestError: it is no such text, the setting is no number, or fewer than two doses are given.

    """
    path, _, given = text.partition("=")
    parts = path.split(".")
    if parts[0] != "policies" or not parts[2:] or not given:
        raise RequestError(f"'{text}' is no lever with doses; write {PATHS}")
    if parts[1] not in INSTRUMENTS:
        known = ", ".join(INSTRUMENTS)
        raise RequestError(f"{path}: unknown instrument '{parts[1]}'{nearest(parts[1], INSTRUMENTS)}; one of {known}")
    fields = INSTRUMENTS[parts[1]].FIELDS
    if parts[2] not in fields:
        known = ", ".join(fields)
        raise RequestError(f"{path}: unknown setting '{parts[2]}'{nearest(parts[2], fields)}; one of {known}")
    now = _setting(config.policies, parts[1:])
    group = isinstance(now, Mapping) and fields[parts[2]].kind == "places"
    if not group and (isinstance(now, bool) or not isinstance(now, int | float | None)):
        raise RequestError(f"{path}: {now!r} is not a number, so it is no lever")
    if group and not sum(now.values()):
        raise RequestError(f"{path}: all places are zero, so there is no proportion; name a pathway: {path}.usa_h2a")
    own = float(sum(now.values())) if group else now
    doses = sorted({_dose(word.strip(), own, path) for word in given.split(",")})
    if len(doses) < len(("low", "high")):
        raise RequestError(f"{path}: needs two doses or more, such as {path}=0,5000,10000")
    return Lever(path, fields[parts[2]].unit, tuple(doses))


def _dose(word: str, own: float | None, path: str) -> float:
    try:
        number = float(word.removesuffix(TIMES))
    except ValueError:
        raise RequestError(f"{path}: '{word}' is no dose; a number, or 2{TIMES} for twice the scenario's") from None
    if not isfinite(number):
        raise RequestError(f"{path}: '{word}' is no dose; it must be finite")
    if not word.endswith(TIMES):
        return number
    if own is None:
        raise RequestError(f"{path}: '{word}': the scenario sets nothing that could be multiplied")
    return number * own


def _setting(policies: Mapping[str, Any], parts: Sequence[str]) -> Any:
    """Return what a path of policies holds; None where there is nothing."""
    found: Any = policies
    for part in parts:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def with_dose(config: Config, path: str, dose: float) -> Config:
    """Return the configuration with a lever at a dose.

    Raises:
        RequestError: the policy does not take it; says what it takes.

    """
    policies: dict[str, Any] = copy.deepcopy({name: dict(settings) for name, settings in config.policies.items()})
    *parents, last = path.split(".")[1:]
    place = policies
    for part in parents:
        there = {} if place.get(part) is None else place[part]
        if not isinstance(there, Mapping):
            raise RequestError(f"{path}: {part} is {there!r}, so there is no {last} in it")
        place[part] = dict(there)
        place = place[part]
    number = int(dose) if dose == int(dose) else dose
    now = place.get(last)
    if isinstance(now, Mapping):
        if number != int(number):
            raise RequestError(f"{path}: {exactly(dose)} is not a whole number of places")
        most = MOST_PLACES * len(now)
        if not 0 <= number <= most:
            raise RequestError(f"{path}: {exactly(dose)} is out of range; allowed 0 to {most} places of all pathways")
        shares = share_out(int(number), list(now.values()))
        place[last] = {name: int(places) for name, places in zip(now, shares, strict=True)}
    else:
        place[last] = number
    checked, problems = check(policies)
    refuse(problems)
    return replace(config, policies=MappingProxyType(checked))


def respond(
    config: Config, lever: Lever, outcomes: Sequence[Outcome], draws: Sequence[Draw], telling: Telling
) -> list[Response]:
    """Run every dose beside the baseline, once a draw, and return the response of each outcome.

    telling: gives the function that is told each month of a pass, as `sim.progress.telling`.

    Raises:
        RequestError: a policy does not take a dose, there is no such member, or no calendar year lies whole in the
            horizon.

    """
    years = whole_years(*map(month_index, horizon(config)))
    if not years:
        first, last = horizon(config)
        raise RequestError(f"run.end: no calendar year lies whole between {first} and {last}; an outcome is a year's")
    worlds = [as_baseline(config), *(with_dose(config, lever.path, dose) for dose in lever.doses)]
    found = []
    passes = [[of_member(world.replace(seed=seed), member) for world in worlds] for member, seed in draws]
    for configs in passes:
        with telling(configs[0]) as on_month:
            records = live(configs, on_month)
        found.append([_measures(record, outcomes, years, config["population.share"]) for record in records])
    measured = np.array(found)  # (draws, worlds, outcomes, 2)
    doses = np.array(lever.doses)
    responses = []
    for k, outcome in enumerate(outcomes):
        values, households = measured[:, :, k, 0], measured[:, :, k, 1].sum(axis=0)
        fewer = np.minimum(np.where(households[1:], households[1:], np.inf), households[0] or np.inf)
        change, before = values[:, 1:] - values[:, :1], values[:, 0]
        responses.append(Response(outcome, doses, change, before, np.where(np.isfinite(fewer), fewer, 0)))
    return responses


def live(configs: Sequence[Config], on_month: Callable[[int], None]) -> list[Record]:
    """Return the records of configurations of one draw, lived in one pass."""
    from sim.lockstep import run_together

    return [lived.record for lived in run_together(configs, on_month)]


def _measures(
    record: Record, outcomes: Sequence[Outcome], years: Sequence[int], share: float
) -> list[tuple[float, float]]:
    """Return each outcome over whole years, and the simulated households that it rests on."""
    yearly = by_year(record.outcomes())
    flows = record.flow_rows()
    inside = np.isin(flows["month"].astype("datetime64[Y]").astype(str), [str(year) for year in years])
    found = []
    for outcome in outcomes:
        basis = basis_of(outcome)
        if basis.family == FLOW:
            households = float(flows["households"][inside & (flows["flow"] == basis.name)].sum())
        else:
            households = mean_over(yearly, basis, years)
        found.append((mean_over(yearly, outcome, years), households * share))
    return found


def dose_for(response: Response, wanted: float) -> Answer:
    """Return the smallest dose at which the mean response is `wanted`, and the doses that the intervals leave open."""
    grid = np.linspace(response.doses[0], response.doses[-1], STEPS)
    values = response.at(grid)
    low, high = {}, {}
    bands = [spread(one) for one in values.T]
    for width in WIDTHS:
        inside = np.array([
            getattr(band, f"low{width}") <= wanted <= getattr(band, f"high{width}") for band in bands
        ])  # fmt: skip
        held = grid[inside]
        low[width] = np.nan if not len(held) else -np.inf if inside[0] else float(held[0])
        high[width] = np.nan if not len(held) else np.inf if inside[-1] else float(held[-1])
    return Answer(wanted, _crossing(grid, np.array([band.value for band in bands]) - wanted), low, high)


def _crossing(grid: Values, gap: Values) -> float:
    """Return where a gap is first zero, between two doses in a straight line; nan where it never is."""
    if gap[0] == 0:
        return float(grid[0])
    crossed = np.flatnonzero(np.sign(gap[1:]) != np.sign(gap[:-1]))
    if not len(crossed):
        return np.nan
    k = int(crossed[0])
    return float(grid[k] - gap[k] * (grid[k + 1] - grid[k]) / (gap[k + 1] - gap[k]))
