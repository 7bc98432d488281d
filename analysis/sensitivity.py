"""How much each uncertain parameter moves an outcome: Morris' elementary effects, and Sobol' indices.

A factor is a parameter, or several drawn together; its place is a quantile of its prior. What answers at (n, k) places
may be the model or, for Sobol', an emulator fitted to runs of it. Each answer comes with the resamples from which its
intervals, and whether it converged, are read.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis import emulator
from analysis.screening import INNER, LEVELS
from sim.errors import RequestError, WorkError

Array = NDArray[np.float64]
Show = Callable[[Array], Array]
"""Gives the outcome at (n, k) places; nan where a parameter set could not be solved."""
RESAMPLES: Final = 1000
"""Bootstrap samples of trajectories or of Sobol' blocks."""
LEAST_TRAJECTORIES: Final = 4
"""Trajectories below which a spread of elementary effects tells little (Morris 1991 took 4, most since 4 to 10)."""
LEAST_BLOCKS: Final = 64
"""Base points below which a direct Sobol' index is not given; a power of two, as the sequence asks."""
RUNS_A_FACTOR: Final = 10
"""Runs that an emulator needs for each factor (Loeppky, Sacks and Welch 2009)."""
PREDICTED, PREDICTED_AGAIN = 2048, 512
"""Base points at which an emulator is asked, once and in each refit; powers of two."""
REFITS: Final = 60
"""Emulators fitted to parts of the runs, from which the error of the indices is read."""
LEFT_OUT: Final = 0.2
"""Part of the runs that each of them leaves out (delete-d jackknife: Shao and Wu 1989)."""
WIDEST: Final = 0.2
"""Width of a 90 % interval, relative to the largest index, beyond which nothing is called converged."""
IN_ORDER: Final = 0.95
"""Part of the resamples in which two factors that lie apart must stand in the same order."""
LEAST_TOLD: Final = 0.5
"""Part of the variance between runs that an emulator must tell for its indices to be called converged."""
NINETY: Final = (0.05, 0.95)
UPPER: Final = 1 - 1e-9
LOWER: Final = 1e-9
"""Places nearest to the ends of a prior, whose normal scores are finite."""


@dataclass(frozen=True)
class Answer:
    """What a method found for (k,) factors.

    index: mu* in the unit of the outcome, or the total index, a part of the variance. other: sigma, or the first
    index. swing: mean change of the outcome from the 5 to the 95 % point of the prior. draws, other_draws: (resamples,
    k) of index and other. runs, unsolved: parameter sets, and those without a level. told: part of the variance
    between runs that the emulator tells, leaving each run out; None without one. noise: part that it takes for chance.
    mean, deviation: of the outcome over the design.
    """

    method: str
    index: Array
    other: Array
    swing: Array
    draws: Array
    other_draws: Array
    runs: int
    unsolved: int
    mean: float
    deviation: float
    told: float | None = None
    noise: float | None = None

    def interval(self, which: str = "index") -> Array:
        """Return (2, k) the ends of the 90 % intervals of `index` or `other`."""
        draws = self.draws if which == "index" else self.other_draws
        ends = np.asarray(np.quantile(draws, NINETY, axis=0))
        return np.clip(ends, 0, 1) if self.method == "sobol" else ends  # an index is a part of the variance

    @property
    def width(self) -> float:
        """Return the widest 90 % interval of an index, relative to the largest index."""
        low, high = self.interval()
        largest = float(self.index.max())
        return float((high - low).max()) / largest if largest > 0 else np.inf

    @property
    def in_order(self) -> float:
        """Return in which part of the resamples two factors that lie apart keep their order: the worst such pair."""
        apart = self.index[:, np.newaxis] - self.index > WIDEST * self.index.max()
        if not apart.any():
            return 1.0
        pairs = np.argwhere(apart)
        return float((self.draws[:, pairs[:, 0]] > self.draws[:, pairs[:, 1]]).mean(axis=0).min())

    def problems(self) -> list[str]:
        """Return why the answer is not converged; nothing if it is."""
        found = []
        if self.width > WIDEST:
            found.append(f"the widest 90 % interval is {self.width:.0%} of the largest index, more than {WIDEST:.0%}")
        if self.in_order < IN_ORDER:
            found.append(
                f"two factors that lie apart change places in {1 - self.in_order:.0%} of the resamples, more than "
                f"{1 - IN_ORDER:.0%}"
            )
        if self.told is not None and self.told < LEAST_TOLD:
            found.append(
                f"the emulator tells {max(self.told, 0.0):.0%} of the variance between runs, less than {LEAST_TOLD:.0%}"
            )
        return found


def needed(method: str, k: int, direct: bool) -> int:
    """Return the fewest runs with which a method is tried on k factors."""
    if method == "morris":
        return LEAST_TRAJECTORIES * (k + 1)
    return LEAST_BLOCKS * (k + 2) if direct else RUNS_A_FACTOR * k


def refuse_too_few(method: str, k: int, direct: bool, runs: int) -> None:
    """Refuse fewer runs than `needed`, with the number."""
    least = needed(method, k, direct)
    if runs >= least:
        return
    factors = f"{k} factor{'s' if k > 1 else ''}"
    how = {
        ("morris", direct): f"{LEAST_TRAJECTORIES} trajectories of {k + 1}",
        ("sobol", True): f"N (k + 2) = {LEAST_BLOCKS} x {k + 2}, N a power of two",
        ("sobol", False): f"{RUNS_A_FACTOR} a factor for the emulator",
    }[method, direct]
    what = "Morris' effects" if method == "morris" else "Sobol' indices"
    raise RequestError(f"--runs {runs}: too few for {what} of {factors}: {least} or more ({how})")


def design(method: str, k: int, direct: bool, runs: int, seed: int) -> Array:
    """Return (n, k) places, n <= runs; more runs with the same seed begin with those of fewer.

    Morris: trajectories over the middle `INNER` of each prior; Sobol': Saltelli's blocks, or Sobol's sequence.
    """
    refuse_too_few(method, k, direct, runs)
    if method == "morris":
        from SALib.sample import morris

        walked = [
            morris.sample(_problem(k), 1, num_levels=LEVELS, seed=seed + number) for number in range(runs // (k + 1))
        ]
        return np.asarray((1 - INNER) / 2 + INNER * np.concatenate(walked))
    if direct:
        return blocks(k, int(2 ** np.floor(np.log2(runs / (k + 2)))), seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a number of runs that is no power of two is less balanced
        return np.asarray(stats.qmc.Sobol(k, rng=seed).random(runs))


def blocks(k: int, n: int, seed: int) -> Array:
    """Return (n (k + 2), k) Saltelli's places."""
    from SALib.sample import sobol

    return np.asarray(sobol.sample(_problem(k), n, calc_second_order=False, seed=seed))


def _problem(k: int) -> dict[str, Any]:
    return {"num_vars": k, "names": [f"x{number}" for number in range(k)], "bounds": [[0.0, 1.0]] * k}


def analyse(method: str, direct: bool, places: Array, shown: Array, seed: int) -> Answer:
    """Return what (n,) outcomes, nan where unsolved, at the places of `design` tell.

    Raises:
        WorkError: too few could be solved, or the outcome never differs.

    """
    known = np.isfinite(shown)
    if known.sum() < 2 or not np.ptp(shown[known]):
        raise WorkError(
            f"{known.sum()} of {len(shown)} parameter sets were solved" if known.sum() < 2
            else "the outcome is the same under every parameter set: nothing to explain"
        )  # fmt: skip
    rng = np.random.default_rng(seed)
    if method == "morris":
        return _morris(places, shown, rng)
    return _direct(places, shown, seed) if direct else _emulated(places, shown, rng, seed)


def steps_of(places: Array, shown: Array) -> Array:
    """Return (trajectories, k) elementary effects over `INNER` of a prior; nan where an end was not solved."""
    k = places.shape[1]
    walks, ends = places.reshape(-1, k + 1, k), shown.reshape(-1, k + 1)
    moved = np.diff(walks, axis=1) / INNER
    factor = np.abs(moved).argmax(axis=2)
    effects = np.diff(ends, axis=1) / np.take_along_axis(moved, factor[..., np.newaxis], axis=2)[..., 0]
    found = np.full((len(walks), k), np.nan)
    np.put_along_axis(found, factor, effects, axis=1)
    return found


def _morris(places: Array, shown: Array, rng: np.random.Generator) -> Answer:
    effects = steps_of(places, shown)
    if (np.isfinite(effects).sum(axis=0) < 2).any():
        raise WorkError("too few parameter sets could be solved: a factor has fewer than two steps")
    sampled = effects[rng.integers(len(effects), size=(RESAMPLES, len(effects)))]  # (resamples, trajectories, k)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a resample without a solved step is left out below
        draws, other = np.nanmean(np.abs(sampled), axis=1), np.nanstd(sampled, axis=1, ddof=1)
    index = np.nanmean(np.abs(effects), axis=0)
    draws = np.where(np.isfinite(draws), draws, index)
    sigma = np.nanstd(effects, axis=0, ddof=1)
    other = np.where(np.isfinite(other), other, sigma)
    return Answer(
        "morris", index, sigma, np.nanmean(effects, axis=0), draws, other, len(shown),
        int(np.isnan(shown).sum()), *_spread(shown),
    )  # fmt: skip


def _direct(places: Array, shown: Array, seed: int) -> Answer:
    k = places.shape[1]
    whole = np.isfinite(shown.reshape(-1, k + 2)).all(axis=1)
    if whole.sum() < LEAST_BLOCKS / 2:
        raise WorkError(f"{whole.sum()} of {len(whole)} blocks of parameter sets could be solved: too few")
    solved = shown.reshape(-1, k + 2)[whole].ravel()
    found = _indices(k, solved, seed, RESAMPLES)
    known = np.isfinite(shown)
    centred = places[known] - places[known].mean(axis=0)
    slopes, *_ = np.linalg.lstsq(centred, shown[known] - shown[known].mean(), rcond=None)
    draws, first_draws = (np.asarray(found[name]) for name in ("ST_conf_all", "S1_conf_all"))
    return Answer(
        "sobol", np.asarray(found["ST"]), np.asarray(found["S1"]), slopes * INNER, draws, first_draws,
        len(shown), int(np.isnan(shown).sum()), *_spread(shown),
    )  # fmt: skip


def _indices(k: int, shown: Array, seed: int, resamples: int) -> dict[str, Any]:
    from SALib.analyze import sobol

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # divisions where a resample does not vary
        return dict(
            sobol.analyze(
                _problem(k), shown, calc_second_order=False, num_resamples=resamples, keep_resamples=True, seed=seed
            )
        )


def _emulated(places: Array, shown: Array, rng: np.random.Generator, seed: int) -> Answer:
    known = np.isfinite(shown)
    n, k = int(known.sum()), places.shape[1]
    if n < RUNS_A_FACTOR * k / 2:
        raise WorkError(f"{n} of {len(shown)} parameter sets could be solved: too few for an emulator")
    z, y = scores(places[known]), shown[known][:, np.newaxis]
    model = emulator.fit(z, y, ["outcome"])

    def asked(one: emulator.Emulator, at: Array, resamples: int) -> dict[str, Any]:
        return _indices(k, one.predict(at)[:, 0], seed, resamples)

    found = asked(model, scores(blocks(k, PREDICTED, seed)), 2)
    at, again = scores(blocks(k, PREDICTED_AGAIN, seed)), []
    kept = n - max(round(LEFT_OUT * n), 1)
    for _ in range(REFITS):
        part = rng.choice(n, kept, replace=False)
        one = asked(emulator.refit(model, z[part], y[part]), at, 2)
        again.append((one["ST"], one["S1"]))
    errors = np.sqrt(kept / (n - kept)) * (np.array(again) - np.mean(again, axis=0))  # (refits, 2, k)
    index, first = np.asarray(found["ST"]), np.asarray(found["S1"])
    ends = scores(np.array(NINETY))
    points = scores(stats.qmc.Sobol(k, rng=seed).random(PREDICTED_AGAIN))
    swing = np.array([_swing(model, points, number, ends) for number in range(k)])
    return Answer(
        "sobol", index, first, swing, index + errors[:, 0], first + errors[:, 1], len(shown), len(shown) - n,
        *_spread(shown), told=float(model.explained[0]), noise=model.noise(),
    )  # fmt: skip


def _swing(model: emulator.Emulator, points: Array, factor: int, ends: Array) -> float:
    """Return the mean change of the emulated outcome from one end of a factor to the other."""
    low, high = points.copy(), points.copy()
    low[:, factor], high[:, factor] = ends
    return float((model.predict(high) - model.predict(low)).mean())


def scores(places: Array) -> Array:
    """Return the normal scores of places."""
    return np.asarray(stats.norm.ppf(np.clip(places, LOWER, UPPER)))


def _spread(shown: Array) -> tuple[float, float]:
    return float(np.nanmean(shown)), float(np.nanstd(shown, ddof=1))


def run(
    method: str, direct: bool, k: int, runs: int, seed: int, show: Show
) -> tuple[Array, Array, Answer]:
    """Return places, outcomes and answer of a method on something that shows an outcome."""
    places = design(method, k, direct, runs, seed)
    shown = show(places)
    return places, shown, analyse(method, direct, places, shown, seed)


def suggestion(answer: Answer, method: str, k: int, direct: bool) -> int:
    """Return a number of runs worth trying next: twice those lived, at the least what is needed."""
    return max(2 * answer.runs, needed(method, k, direct))


def ranked(answer: Answer) -> Sequence[int]:
    """Return the factors by position, the largest index first."""
    return [int(number) for number in np.argsort(-answer.index)]
