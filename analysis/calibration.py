"""The calibration: from priors to an ensemble of parameter sets that the record does not rule out.

Screening (`screening`); a space-filling design over what matters, each set with its constants solved, run and read
(`evaluate`); emulators (`emulator`) and history matching in two waves (`matching`); sequential Monte Carlo on what is
left (`smc`), whose draws are run, and left out where the record rules them out; and a check that known parameters are
found again (`recovery`). Nothing counted after September 2019 sets anything but the late facts: `sealed` sees to it.
Every run is kept, so a stopped command goes on from there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis import emulator, smc
from analysis.emulator import Emulator
from analysis.evaluate import Evaluated, Room, evaluate_all
from analysis.level import SOLVED
from analysis.matching import CUT, Figures, figures_of
from analysis.priors import DRAWN, TOLD_BY_NO_FACT
from analysis.priors import MOVES_FACTS as DECLARED
from analysis.screening import Importance, screen, values_at
from sim.config import Config
from sim.errors import RequestError, WorkError, nearest, refuse
from sim.scenarios import shipped
from sim.yamlfile import read_yaml

Array = NDArray[np.float64]
Say = Callable[[str], None]
MOVES_FACTS: Final = 0.5
"""SDs by which a factor must move a fact over its prior to be fitted."""
MOVES_POLICIES: Final = 0.5
"""Percentage points of journeys by which a factor that moves no fact must move a policy's effect to be drawn."""
A_BATCH: Final = 4
"""Part of the first candidates, one over this, that further ones are run by until there are enough members."""
PRIOR_DRAWS: Final = 100_000
"""Draws of the prior among which those not ruled out are looked for."""


@dataclass(frozen=True)
class Plan:
    """How much work a calibration does.

    share: of all households, for the members; waves and screening take `wave_share`. trajectories: of the screening, 0
    for none. design, second: parameter sets of the two waves. candidates: posterior draws that are run first; members:
    that there should be. discrepancy: SD of the model's own error, relative. misses: figures that a set may miss.
    particles: of the sampler. recoveries: known sets that are looked for.
    """

    share: float
    wave_share: float
    trajectories: int
    design: int
    second: int
    candidates: int
    members: int
    discrepancy: float
    misses: int
    particles: int
    recoveries: int
    seed: int


@dataclass(frozen=True)
class Fit:
    """A calibration, as far as it got.

    fitted: factors of the search. drawn: factors that no fact tells anything of, drawn from their priors. screened:
    what the screening found. figures: what is fitted to. first: sets of the first wave; design: they and all that
    were run after; z: (n, p) their normal scores. left: part of the prior that is not ruled out, wave by wave.
    posterior: (k, p). members: those that are kept.
    """

    fitted: tuple[tuple[str, ...], ...]
    drawn: tuple[tuple[str, ...], ...]
    screened: Sequence[Importance]
    figures: Figures
    first: Sequence[Evaluated]
    design: Sequence[Evaluated]
    z: Array
    left: tuple[float, ...]
    emulator: Emulator
    posterior: Array
    members: Sequence[Evaluated]


def calibrate(config: Config, plan: Plan, say: Say) -> Fit:
    """Return the calibration of a configuration, whose theory of behaviour it may choose.

    Raises:
        WorkError: too few parameter sets could be solved to go on.

    """
    rng = np.random.default_rng(plan.seed)
    screened = screening_of(config, plan, say)
    fitted, drawn = sorted_out(screened)
    say(f"{len(fitted)} factors are fitted, {len(drawn)} that facts do not tell of are drawn from their priors")
    room = Room(config.replace(population__share=plan.wave_share))
    every = (*fitted, *drawn)
    p = len(fitted)

    def run(
        room: Room, z: Array, known: Sequence[Evaluated], at: Array, needed: int = p
    ) -> tuple[list[Evaluated], Array]:
        """Run parameter sets at normal scores, those of drawn factors filled in; return those that were solved."""
        full = np.column_stack([z, latin(len(z), len(drawn), rng)])
        values = [values_at(every, stats.norm.cdf(one)) for one in full]
        starts = starting(known, at, z)
        found = evaluate_all(room, values, say, starts)
        whole = np.array([one.whole for one in found])
        if whole.sum() < needed:
            raise WorkError(f"{whole.sum()} of {len(found)} parameter sets could be solved: too few to go on")
        return [one for one in found if one.whole], z[whole]

    say(f"wave 1: {plan.design} parameter sets over the prior")
    design, z = run(room, latin(plan.design, p, rng), [], np.empty((0, p)))
    first, figures = design, figures_of(design, plan.discrepancy, plan.misses)
    model = emulator.fit(z, figures.shown(design), figures.names)
    prior = rng.standard_normal((PRIOR_DRAWS, p))
    left = [float(figures.plausible(model.predict(prior), model.variance).mean())]
    say(f"  {left[0]:.2%} of the prior is not ruled out; cannot be reached: {unreachable(figures) or 'nothing'}")

    say(f"wave 2: {plan.second} parameter sets where the record leaves room")
    more, at = run(room, least_implausible(figures, model, prior, plan.second, rng), design, z)
    design, z = [*design, *more], np.vstack([z, at])
    model = emulator.fit(z, figures.shown(design), figures.names)
    left.append(float(figures.plausible(model.predict(prior), model.variance).mean()))
    say(f"  {left[1]:.2%} of the prior is not ruled out")

    posterior = smc.sample(likelihood(figures, model), plan.particles, p, rng)
    last = Room(config.replace(population__share=plan.share), scoring=True)
    left_over = np.arange(len(posterior))
    found, at = list[Evaluated](), np.empty((0, p))
    members: list[Evaluated] = []
    batch = plan.candidates
    while len(members) < plan.members and len(left_over):
        chosen = rng.choice(left_over, min(batch, len(left_over)), replace=False)
        left_over, batch = np.setdiff1d(left_over, chosen), max(plan.candidates // A_BATCH, 1)
        say(f"posterior: {len(chosen)} draws are run")
        more, there = run(last, posterior[chosen], design, z, needed=0)
        keep = figures.plausible(figures.shown(more)) if more else np.zeros(0, np.bool_)
        found, at = [*found, *more], np.vstack([at, there])
        members += [one for one, kept in zip(more, keep, strict=True) if kept]
        say(f"  {keep.sum()} of {len(chosen)} are solved and not ruled out by their own runs; {len(members)} members")
    members = members[: plan.members]
    z = np.vstack([z, at])
    return Fit(fitted, drawn, screened, figures, first, [*design, *found], z, tuple(left), model, posterior, members)


def likelihood(figures: Figures, model: Emulator) -> Callable[[Array], Array]:
    """Return the log-likelihood of (n, p) normal scores by the emulator."""
    return lambda z: figures.log_likelihood(model.predict(z), model.variance)


def screening_of(config: Config, plan: Plan, say: Say) -> list[Importance]:
    """Return the screening; nothing where the plan has none."""
    if not plan.trajectories:
        return []
    room = Room(config.replace(population__share=plan.wave_share), policies=True)
    return screen(room, plan.trajectories, plan.seed, say)


def sorted_out(
    screened: Sequence[Importance],
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """Return the factors that move facts, and those that move only what policies change; the others stay central.

    Where nothing was screened they are those declared in `analysis.priors`.
    """
    if not screened:
        drawn = tuple(paths for paths in DRAWN if paths[0] in TOLD_BY_NO_FACT)
        return (*(paths for paths in DRAWN if paths not in drawn), *((path,) for path in DECLARED)), drawn
    fitted = tuple(one.factor for one in screened if one.largest[0] >= MOVES_FACTS)
    drawn = tuple(
        one.factor for one in screened if one.largest[0] < MOVES_FACTS and one.largest[1] >= MOVES_POLICIES
    )
    return fitted, drawn


def latin(n: int, parameters: int, rng: np.random.Generator) -> Array:
    """Return (n, parameters) normal scores of a Latin hypercube: in each nth part of every prior one."""
    cells = np.column_stack([rng.permutation(n) for _ in range(parameters)]) if parameters else np.empty((n, 0))
    return np.asarray(stats.norm.ppf((cells + rng.random(cells.shape)) / n))


def least_implausible(figures: Figures, model: Emulator, prior: Array, n: int, rng: np.random.Generator) -> Array:
    """Return (n, p) draws of the prior that are not ruled out; where too few are, the nearest to it."""
    worst = figures.worst(model.predict(prior), model.variance)
    inside = np.flatnonzero(worst <= CUT)
    chosen = rng.choice(inside, n, replace=False) if len(inside) >= n else np.argsort(worst)[:n]
    return prior[chosen]


def starting(known: Sequence[Evaluated], at: Array, z: Array) -> list[dict[str, float]] | None:
    """Return constants to start from, a set for each of (n, p) scores: by a straight line through those known."""
    if len(known) <= at.shape[1]:
        return None
    paths = [path for path in known[0].values if path.startswith(SOLVED)]
    solved = np.array([[one.values[path] for path in paths] for one in known])
    slopes, *_ = np.linalg.lstsq(np.column_stack([np.ones(len(at)), at]), solved, rcond=None)
    guessed = np.column_stack([np.ones(len(z)), z]) @ slopes
    low, high = solved.min(axis=0), solved.max(axis=0)
    return [dict(zip(paths, row.tolist(), strict=True)) for row in np.clip(guessed, low, high)]


def unreachable(figures: Figures) -> str:
    """Return the names of the figures that no parameter set comes near."""
    return "; ".join(name for name, can in zip(figures.names, figures.reachable, strict=True) if not can)


def plan_of(name: str) -> Plan:
    """Return a plan of configs/calibration by its name.

    Raises:
        RequestError: there is none of that name, or one of its numbers is missing, unknown or no number.

    """
    folder = shipped("configs") / "calibration"
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        raise RequestError(f"no plan '{name}' in {folder.name} ({', '.join(known)}){nearest(name, known)}")
    found = read_yaml(folder / f"{name}.yaml").tree
    names = [one.name for one in fields(Plan)]
    refuse([
        *(f"{name}.yaml: {key} is missing" for key in names if key not in found),
        *(f"{name}.yaml: unknown key '{key}'{nearest(key, names)}" for key in found if key not in names),
        *(f"{name}.yaml: {key}: {value!r} is no number from 0 on" for key, value in found.items()
          if isinstance(value, bool) or not isinstance(value, int | float) or value < 0),
    ])  # fmt: skip
    return Plan(**found)


def calibrate_ensemble(words: Sequence[str], name: str, *, write_down: bool, as_json: bool = False) -> None:
    """Make an ensemble by a plan, check that known parameters are found again, and tell or write what came of it.

    words: overrides, such as `behaviour=threshold`. as_json: print one JSON document; progress is on standard error.

    Raises:
        RequestError: the overrides choose a scenario or a member, or cannot be composed; there is no such plan.
        WorkError: too few parameter sets could be solved, or what was found cannot be kept.

    """
    from analysis import calibration_report as report
    from analysis.recovery import recover
    from sim.compose import compose
    from sim.ensemble import MEMBER

    plan = plan_of(name)
    config = compose(words)
    refuse([
        *(["the ensemble is made in the baseline; leave out scenarios="] if config.scenarios != ("baseline",) else []),
        *([f"members are made anew; leave out {MEMBER}="] if config[MEMBER] is not None else []),
    ])  # fmt: skip

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    fit = calibrate(config, plan, say)
    say(f"check: {plan.recoveries} known parameter sets")
    rng = np.random.default_rng(plan.seed + 1)
    found = recover(fit.figures, fit.emulator, fit.first, fit.z[: len(fit.first)], plan.recoveries, rng, say)
    data = report.data_of(fit, plan, found)
    if write_down:
        report.write(fit, plan, data)
    print(json.dumps(data, indent=1) if as_json else "\n".join(report.lines(fit, plan, data)))
    if write_down and not as_json:
        print(f"written: {report.written()}")
