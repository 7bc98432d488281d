"""History matching: which parameter sets are not ruled out by what was observed.

Implausibility I_j(x) = |z_j - E f_j(x)| / sqrt(Var_observed + Var_discrepancy + Var_emulator), figure by figure
(Craig et al. 1997; Vernon et al. 2010). The discrepancy is the model's own error, relative to the figure. No set meets
everything at once: one is ruled out when more figures than `misses` lie beyond CUT (the second or third largest
implausibility is usual), and which of them members miss is told. What no set of the prior comes near at all is a
failure of the model, told as one, and rules nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.evaluate import Evaluated

Array = NDArray[np.float64]
CUT: Final = 3.0
"""Implausibility beyond which a parameter set is ruled out (Pukelsheim 1994: 95 % of any unimodal distribution)."""


@dataclass(frozen=True)
class Figures:
    """The (m,) figures fitted: names, observed values, and their variance with the model's own error.

    reachable: (m,) whether some parameter set of the prior comes within CUT of it. misses: reachable figures that a
    parameter set may lie further from.
    """

    names: tuple[str, ...]
    told: Array
    variance: Array
    reachable: NDArray[np.bool_]
    misses: int

    def shown(self, found: Sequence[Evaluated]) -> Array:
        """Return (n, m) what parameter sets showed."""
        return np.array([[one.shown[name] for name in self.names] for one in found])

    def implausibility(self, shown: Array, emulator: Array | float = 0.0) -> Array:
        """Return (n, m) implausibilities of shown figures; emulator: (m,) variance of a prediction."""
        return np.abs(shown - self.told) / np.sqrt(self.variance + emulator)

    def log_likelihood(self, shown: Array, emulator: Array | float = 0.0) -> Array:
        """Return (n,) log-likelihoods of the reachable figures, each normal and by itself, and flat beyond CUT.

        A figure that is missed anyway is not made to bend the others.
        """
        within = np.minimum(self.implausibility(shown, emulator)[:, self.reachable], CUT)
        return -0.5 * (within**2).sum(axis=1)

    def worst(self, shown: Array, emulator: Array | float = 0.0) -> Array:
        """Return (n,) the largest implausibility of a reachable figure when `misses` larger ones are set aside."""
        ordered = np.sort(self.implausibility(shown, emulator)[:, self.reachable], axis=1)
        return np.asarray(ordered[:, -1 - min(self.misses, ordered.shape[1] - 1)])

    def plausible(self, shown: Array, emulator: Array | float = 0.0) -> NDArray[np.bool_]:
        """Return (n,) whether a parameter set is not ruled out."""
        return np.asarray(self.worst(shown, emulator) <= CUT)


def figures_of(found: Sequence[Evaluated], discrepancy: float, misses: int = 0) -> Figures:
    """Return the figures of a design over the prior; discrepancy: SD of the model's own error, relative."""
    names = tuple(found[0].figures)
    told, deviation, whole = np.array([found[0].figures[name][1:] for name in names]).T
    variance = deviation**2 + (discrepancy * whole) ** 2
    shown = np.array([[one.shown[name] for name in names] for one in found])
    nearest = (np.abs(shown - told) / np.sqrt(variance)).min(axis=0)
    return Figures(names, told, variance, nearest <= CUT, misses)
