"""Which parameters matter: Morris' elementary effects of all that have a prior, on facts and on what policies change.

A factor is a parameter with a prior, or several that are drawn together. Its place is a quantile of the prior within
its 90 % range; a step along one factor, with the constants solved anew, tells its effect on every figure, in SDs of
what was observed for a fact, in percentage points of journeys for a policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.evaluate import Evaluated, Room, evaluate_all
from analysis.level import SOLVED
from analysis.priors import DRAWN, parse, prior_of
from sim.codes import THEORIES
from sim.config import parameters

Array = NDArray[np.float64]
LEVELS: Final = 4
"""Places of a factor that a trajectory may take (Morris 1991; Campolongo et al. 2007)."""
INNER: Final = 0.9
"""Part of each prior that is walked."""
DIGITS: Final = 4
"""Significant digits of a drawn value."""
OF_RIVALS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "planned_behaviour": ("behaviour.b_norm", "behaviour.b_control"),
    "threshold": ("behaviour.payback", "behaviour.threshold_noise"),
    "imitation": (
        "behaviour.b_follow", "behaviour.own_calculation", "behaviour.heard", "feedbacks.follow_memory",
    ),
})  # fmt: skip
"""Parameters that only a rival theory reads."""
NOT_SCREENED: Final = ("population.", "demography.", "costs.", "observation.")
"""Priors of what is no part of a household's life, or makes other households."""


@dataclass(frozen=True)
class Importance:
    """How much a factor moves things: mu* of each figure, and of each policy contrast, by name."""

    factor: tuple[str, ...]
    facts: Mapping[str, float]
    policies: Mapping[str, float]

    @property
    def largest(self) -> tuple[float, float]:
        """Return the largest of the facts, in SDs, and of the policies, in percentage points of journeys."""
        return max(self.facts.values(), default=0.0), max(self.policies.values(), default=0.0)


def factors(theory: str = THEORIES[0]) -> tuple[tuple[str, ...], ...]:
    """Return every factor of a theory: those drawn together, then each other parameter with a prior to draw from."""
    others = {path for name, paths in OF_RIVALS.items() if name != theory for path in paths}
    together = [paths for paths in DRAWN if len(paths) > 1]
    taken = {path for paths in together for path in paths}

    def alone() -> Iterator[tuple[str, ...]]:
        for path, parameter in parameters().items():
            solved = path.rpartition(".")[0] in SOLVED
            if parameter.kind != "float" or path in taken | others or solved or path.startswith(NOT_SCREENED):
                continue
            try:
                parse(parameter.prior, parameter.low, parameter.high)
            except ValueError:
                continue
            yield (path,)

    return (*together, *alone())


def values_at(chosen: Sequence[tuple[str, ...]], places: Array) -> dict[str, float]:
    """Return the values of factors at (n,) places, quantiles of their priors, by parameter path."""
    return {
        path: float(f"{prior_of(path).value(float(place)):.{DIGITS}g}")
        for paths, place in zip(chosen, places, strict=True)
        for path in paths
    }


def screen(room: Room, trajectories: int, seed: int, say: Callable[[str], None]) -> list[Importance]:
    """Return how much every factor moves, the most important for facts first.

    Takes `trajectories` times (factors + 1) parameter sets; those that could not be solved leave their steps out.
    """
    from SALib.sample import morris

    chosen = factors(room.config["behaviour.theory"])
    n = len(chosen)
    problem = {"num_vars": n, "names": [paths[0] for paths in chosen], "bounds": [[0.0, 1.0]] * n}
    walked = morris.sample(problem, trajectories, num_levels=LEVELS, seed=seed)
    places = (1 - INNER) / 2 + INNER * walked
    say(f"screening: {n} factors, {len(places)} parameter sets")
    found = evaluate_all(room, [values_at(chosen, place) for place in places], say)
    return sorted(_importance(chosen, walked, found), key=lambda one: -one.largest[0])


def _importance(
    chosen: Sequence[tuple[str, ...]], walked: Array, found: Sequence[Evaluated]
) -> Iterator[Importance]:
    """Yield mu*, the mean size of the elementary effects over a whole prior, of each factor."""
    first = next(one for one in found if one.whole)
    facts, policies = tuple(first.figures), tuple(first.effects)
    scale = np.array([first.figures[name][2] for name in facts] + [1.0] * len(policies))
    shown = np.array([
        [*(one.figures[name][0] for name in facts), *(one.effects[name] for name in policies)] if one.whole
        else [np.nan] * len(scale)
        for one in found
    ]) / scale  # fmt: skip
    length = len(chosen) + 1
    steps: list[list[Array]] = [[] for _ in chosen]
    for start in range(0, len(walked), length):
        for k in range(start, start + length - 1):
            moved = walked[k + 1] - walked[k]
            factor = int(np.argmax(np.abs(moved)))
            steps[factor].append((shown[k + 1] - shown[k]) / moved[factor])
    for paths, effects in zip(chosen, steps, strict=True):
        sizes = np.abs(np.array(effects))
        known = sizes[np.isfinite(sizes).all(axis=1)]
        mean = known.mean(axis=0) if len(known) else np.zeros(len(scale))
        yield Importance(
            paths, dict(zip(facts, mean[: len(facts)].tolist(), strict=True)),
            dict(zip(policies, mean[len(facts) :].tolist(), strict=True)),
        )  # fmt: skip
