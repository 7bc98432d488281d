"""Target groups over many households: the mask of `sim.policies.base.who`, tested for whole columns at once.

Rules test one household with `sim.rules.people.targeted`; a test holds that both agree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.rules.people import FIRST_HEAD, FIRST_INDIGENOUS, FIRST_KIN, FIRST_RURAL


def members(mask: NDArray[np.uint16], H: Any, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (n,) whether rows of the columns belong to the target group of their mask (n,)."""
    one = np.int64(1)
    kin = (H.kin[rows].any(axis=1) | H.away[rows].any(axis=1)).astype(np.int64)
    needed = (
        one << (H.quintile[rows].astype(np.int64) - 1)
        | one << (FIRST_RURAL + H.rural[rows].astype(np.int64))
        | one << (FIRST_INDIGENOUS + H.indigenous[rows].astype(np.int64))
        | one << (FIRST_HEAD + H.female_head[rows].astype(np.int64))
        | one << (FIRST_KIN + kin)
    )
    return np.asarray((mask.astype(np.int64) & needed) == needed)
