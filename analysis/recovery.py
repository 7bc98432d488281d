"""Whether the search finds what is known: parameters of runs that played the record, found again from their figures.

A run of the first wave is a draw of the prior. Its figures, with an error of observation and of the model drawn for
each, are taken as observed, and the sampler is asked for its parameters. If all is well, half of the 50 % intervals
and nine in ten of the 90 % intervals hold the true value (simulation-based calibration, Talts et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis import smc
from analysis.emulator import Emulator
from analysis.evaluate import Evaluated
from analysis.matching import Figures

Array = NDArray[np.float64]
WIDTHS: Final = (0.5, 0.9)
PARTICLES: Final = 300


@dataclass(frozen=True)
class Recovery:
    """How often intervals held the true value.

    covered: (2 widths, p) part of the recoveries. narrowed: (p,) mean SD of the posterior over that of the prior: 1
    where the figures tell nothing. n: recoveries.
    """

    covered: Array
    narrowed: Array
    n: int

    @property
    def overall(self) -> tuple[float, float]:
        """Return the part of all intervals that held the true value, 50 and 90 %."""
        half, nine = self.covered.mean(axis=1)
        return float(half), float(nine)


def recover(
    figures: Figures, model: Emulator, known: Sequence[Evaluated], z: Array, n: int, rng: np.random.Generator,
    say: Callable[[str], None],
) -> Recovery:  # fmt: skip
    """Find the parameters of n runs again; known, z: runs that are draws of the prior, and their (k, p) scores.

    Unreachable figures take part: a run of the model can reach what it showed.
    """
    n = min(n, len(known))
    chosen = rng.choice(len(known), n, replace=False)
    shown = figures.shown(known)
    held = np.zeros((n, len(WIDTHS), z.shape[1]))
    spread = np.zeros((n, z.shape[1]))
    for k, which in enumerate(chosen):
        told = shown[which] + rng.standard_normal(len(figures.names)) * np.sqrt(figures.variance)
        as_seen = replace(figures, told=told, reachable=np.ones(len(told), np.bool_))
        found = smc.sample(_likelihood(as_seen, model), PARTICLES, z.shape[1], rng)
        for w, width in enumerate(WIDTHS):
            low, high = np.quantile(found, [(1 - width) / 2, (1 + width) / 2], axis=0)
            held[k, w] = (low <= z[which]) & (z[which] <= high)
        spread[k] = found.std(axis=0)
        say(f"  {k + 1} of {n} known parameter sets looked for")
    return Recovery(held.mean(axis=0), spread.mean(axis=0), n)


def _likelihood(figures: Figures, model: Emulator) -> Callable[[Array], Array]:
    return lambda z: figures.log_likelihood(model.predict(z), model.variance)
