"""The variance of an effect over theories, parameter sets and seeds, split into what each of them leaves open.

y = mean + theory + parameters (a member of one theory) + chance, random effects by the method of moments (Searle,
Casella and McCulloch 1992, ch. 3 and 4): members within theories, unequal in number; seeds crossed with all where the
same seeds were lived by all, so that what a seed does to every member counts once. Unbiased; a part that comes out
negative is zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.chance import Estimate
from analysis.intervals import spread

Array = NDArray[np.float64]
Key = tuple[str, int | None, int]
"""Theory, member (None: the central one), seed."""
PARTS: Final = ("parameters", "theories", "chance")
PERCENT: Final = 100.0


@dataclass(frozen=True)
class Split:
    """Parts of the variance of one pair; None where it was not varied, or cannot be told from another.

    theories, parameters, chance: variances. n: how many of each were lived: theories, members, seeds a member at most.
    estimate: of all pairs, with 50 and 90 % intervals. mixed: whether chance is in the part of the parameters.
    """

    theories: float | None
    parameters: float | None
    chance: float | None
    n: tuple[int, int, int]
    estimate: Estimate
    mixed: bool = False

    @property
    def shares(self) -> dict[str, float]:
        """Return the parts that are known, in percent of their sum; none if nothing varies."""
        known = {name: value for name in PARTS if (value := getattr(self, name)) is not None}
        whole = sum(known.values())
        return {name: PERCENT * value / whole for name, value in known.items()} if whole > 0 else {}

    def line(self) -> str:
        """Return the parts in one line."""
        if not self.shares:
            return "of the variance: nothing varies"
        told = []
        for name in PARTS:
            if name == "chance" and self.mixed:
                told.append("chance not told apart (--seeds 2)")
            elif name in self.shares:
                both = " and chance together" if name == "parameters" and self.mixed else ""
                told.append(f"{name}{both} {self.shares[name]:.0f} %")
            else:
                told.append(f"{name} not varied")
        return f"of the variance: {', '.join(told)}"

    def data(self) -> dict[str, Any]:
        """Return everything as plain data: variances, standard deviations, percent, numbers lived, intervals."""
        e = self.estimate
        ends = ("value", "low50", "high50", "low90", "high90")
        return {
            **{end: value if isfinite(value := getattr(e, end)) else None for end in ends},
            **{name: getattr(self, name) for name in PARTS},
            **{f"{name}_percent": self.shares.get(name) for name in PARTS},
            "chance_in_parameters": self.mixed,
            **dict(zip(("n_theories", "n_members", "n_seeds"), self.n, strict=True)),
        }  # fmt: skip


def split(effects: Mapping[Key, float]) -> Split:
    """Return the parts of the variance of effects by theory, member and seed.

    One seed a member tells nothing of chance apart from the parameters: `mixed`. One member a theory and several
    theories: what the parameters do is in the part of the theories.

    Raises:
        ValueError: there is no effect.

    """
    if not effects:
        raise ValueError("no effect to split")
    groups: dict[tuple[str, int | None], dict[int, float]] = {}
    for (theory, member, seed), value in effects.items():
        groups.setdefault((theory, member), {})[seed] = value
    by_theory: dict[str, list[float]] = {}
    for (theory, _), values in groups.items():
        by_theory.setdefault(theory, []).append(float(np.mean(list(values.values()))))
    n_seeds = max(len(values) for values in groups.values())
    within, chance = _chance(list(groups.values()))
    members, theories = len(groups), len(by_theory)
    between = _between(list(by_theory.values()))
    inverse = float(np.mean([1 / len(values) for values in groups.values()]))  # of the seeds behind a member's mean
    parameters = None if between is None else between - (0.0 if within is None else within * inverse)
    found: float | None = None
    if theories > 1:
        of_mean = between if between is not None else (0.0 if within is None else within * inverse)
        found = max(_theories(list(by_theory.values())) - of_mean * _unequal(list(by_theory.values())), 0.0)
    return Split(
        found, None if parameters is None else max(parameters, 0.0), chance, (theories, members, n_seeds),
        spread(list(effects.values())), mixed=within is None and between is not None,
    )  # fmt: skip


def _chance(groups: Sequence[Mapping[int, float]]) -> tuple[float | None, float | None]:
    """Return the variance of chance that differs between members, and that of chance in all; None where unknown.

    With the same seeds in all members the first is the residual of both, so that a seed's own effect, which all share,
    is in the second only.
    """
    crossed = len({frozenset(values) for values in groups}) == 1
    if crossed and len(groups) > 1 and len(groups[0]) > 1:
        seeds = sorted(groups[0])
        y = np.array([[values[seed] for seed in seeds] for values in groups])
        k, n = y.shape
        rest = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()
        residual = float((rest**2).sum() / ((k - 1) * (n - 1)))
        of_seed = float(y.mean(axis=0).var(ddof=1)) - residual / k
        return residual, max(residual + of_seed, 0.0)
    free = sum(len(values) - 1 for values in groups)
    if not free:
        return None, None
    within = sum(float(np.var(list(values.values()))) * len(values) for values in groups) / free
    return within, within


def _between(theories: Sequence[Sequence[float]]) -> float | None:
    """Return the variance of members' means within theories, pooled; None where each has one member."""
    free = sum(len(means) - 1 for means in theories)
    return sum(float(np.var(means)) * len(means) for means in theories) / free if free else None


def _weight(theories: Sequence[Sequence[float]]) -> float:
    """Return n0, the members a theory counts for when theories have unequal numbers of them."""
    sizes = np.array([len(means) for means in theories], np.float64)
    return float((sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(sizes) - 1))


def _theories(theories: Sequence[Sequence[float]]) -> float:
    """Return the mean square between theories over n0."""
    sizes = np.array([len(means) for means in theories], np.float64)
    means = np.array([np.mean(one) for one in theories])
    whole = float(sizes @ means / sizes.sum())
    return float(sizes @ (means - whole) ** 2 / (len(sizes) - 1)) / _weight(theories)


def _unequal(theories: Sequence[Sequence[float]]) -> float:
    """Return the part of the variance of a member's mean that is in the mean square between theories over n0."""
    return 1 / _weight(theories)
