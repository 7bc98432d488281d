"""What agencies would count of what happened.

Recorded encounters are the encounters of the model times a common monthly shock exp(e), e AR(1), drawn from the
seed alone: the same in every scenario, so that it cancels in a paired difference. Flows hold what happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.codes import N_MONTHS
from sim.compiling import compiled_loop
from sim.draws import OBSERVE, derive_id, normal

NOBODY = 0
"""The household of a draw that belongs to no household."""


@compiled_loop
def _normals(seed, z):  # type: ignore[no-untyped-def]  # compiled
    name = derive_id(np.uint64(NOBODY), OBSERVE)
    for month in range(len(z)):
        z[month] = normal(seed, name, month, OBSERVE)


def recorded_share(config: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return (N_MONTHS,) recorded over true encounters: exp of an AR(1) with stationary SD sigma, mean one."""
    rho, sigma = config["observation.rho"], config["observation.sigma"]
    z, e = np.empty(N_MONTHS), np.empty(N_MONTHS)
    _normals(config["seed"], z)
    e[0] = sigma * z[0]
    for month in range(1, N_MONTHS):
        e[month] = rho * e[month - 1] + sigma * np.sqrt(1 - rho**2) * z[month]
    return np.exp(e - sigma**2 / 2)
