"""What stands in for the model while parameters are searched: a Gaussian process for each figure.

A figure over parameters, each as the normal score of its place in its prior, is a straight line plus a smooth rest, a
Gaussian process with a length for each parameter, plus the chance error of a run. The error of the emulator is that of
leaving one run out.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve

Array = NDArray[np.float64]
RIDGE: Final = 1.0
"""Weight of the squares of slopes: a prior of one SD a slope in units of the rest's SD."""
LENGTHS: Final = (0.5, 50.0)
"""Bounds of the lengths, in SDs of a parameter: beyond the larger it does not matter."""
NOISE: Final = (1e-4, 2.0)
"""Bounds of the variance of chance, relative to that of the rest."""


@dataclass(frozen=True)
class Emulator:
    """Figures over parameters. names: of the (m,) figures. variance: (m,) of a prediction, by leaving one run out.

    explained: (m,) part of a figure's variance over the runs that the left-out predictions tell.
    """

    names: tuple[str, ...]
    variance: Array
    explained: Array
    _parts: tuple[tuple[Any, Any], ...]

    def predict(self, z: Array) -> Array:
        """Return (n, m) figures at (n, p) normal scores of parameters."""
        return np.column_stack([line.predict(z) + rest.predict(z) for line, rest in self._parts])

    def noise(self, k: int = 0) -> float:
        """Return the part of the variance of the k-th figure that is taken for the chance error of a run."""
        line, rest = self._parts[k]
        variance = np.exp(rest.kernel_.theta[-1]) * rest._y_train_std**2
        fitted = line.predict(rest.X_train_) + rest.y_train_ * rest._y_train_std + rest._y_train_mean
        return float(variance / max(float(fitted.var()), 1e-12))


def fit(z: Array, shown: Array, names: Sequence[str]) -> Emulator:
    """Return the emulator of (n, m) figures shown at (n, p) normal scores of parameters."""
    from joblib import Parallel, delayed

    jobs = 1 if shown.shape[1] == 1 else -1  # a second process takes longer to begin than one figure to be fitted
    parts = Parallel(n_jobs=jobs)(delayed(_fit_one)(z, shown[:, k]) for k in range(shown.shape[1]))
    variance = np.array([error for *_, error in parts])
    explained = 1 - variance / np.maximum(shown.var(axis=0), 1e-12)
    return Emulator(tuple(names), variance, explained, tuple((line, rest) for line, rest, _ in parts))


def refit(known: Emulator, z: Array, shown: Array) -> Emulator:
    """Return the emulator of other runs with the lengths of a known one: nothing is searched, so it is quick."""
    fitted = [_fit_one(z, shown[:, k], rest.kernel_) for k, (_, rest) in enumerate(known._parts)]
    return replace(known, _parts=tuple((line, rest) for line, rest, _ in fitted))


def _fit_one(z: Array, y: Array, known: Any = None) -> tuple[Any, Any, float]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    from sklearn.linear_model import Ridge

    line = Ridge(RIDGE).fit(z, y)
    kernel = ConstantKernel() * RBF(np.full(z.shape[1], 5.0), LENGTHS) + WhiteKernel(0.5, NOISE)
    search = "fmin_l_bfgs_b" if known is None else None
    rest = GaussianProcessRegressor(kernel if known is None else known, alpha=1e-8, normalize_y=True, optimizer=search)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length at its bound is a parameter that does not matter
        rest.fit(z, y - line.predict(z))
    scale = float(rest._y_train_std)
    precision = cho_solve((rest.L_, True), np.eye(len(z)))
    left_out = rest.alpha_ / np.diag(precision) * scale  # what a run differs from what all others say (Rasmussen 5.12)
    return line, rest, float(np.mean(left_out**2))
