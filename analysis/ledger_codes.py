"""The words of the paired ledger: kinds of way, what became of a journey, when it happened, what households ever did.

A code is a position in one of these tuples; ledger.parquet carries the names (docs/ledger.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.codes import IRREGULAR_PATHWAYS, PATHWAYS

Coded = dict[str, NDArray[Any]]
KINDS = ("regular", "irregular", "internal")
REGULAR, IRREGULAR, INTERNAL = range(len(KINDS))
NONE, NO_WAY = -1, "none"
"""The way of a journey that a world has not."""
NO_PART = -1
"""The part of unchanged journeys: they are in no difference."""
FATES = (
    "unchanged", "delayed", "brought_forward", "diverted_route", "diverted_regular", "diverted_internal", "averted",
    "unable", "induced", "induced_liquidity", "regular_to_irregular", "changed_programme", "regular_to_internal",
    "internal_to_irregular", "internal_to_regular", "lost", "gained",
)  # fmt: skip
PHASES = (
    "", "before", "waiting", "waiting_cut", "within", "cut", "after", "queued", "other", "admitted", "admitted_cut",
)  # fmt: skip
"""When a journey happens, as seen from the first new admission of its household in the scenario (docs/ledger.md)."""
EVER = ("never", "internal_only", "regular", "irregular")
"""The households' own states over the horizon: the last that fits; regular: by regular ways but never irregularly."""
GROUPS = ("country", "department", "quintile", "head", "indigenous", "rural")
NO_YES, HEADS = ("no", "yes"), ("male", "female")
NEW_PLACE = ("gained", "diverted_regular", "internal_to_regular")
"""Fates of a regular journey of the scenario that make its household newly admitted."""


def kinds_of(names: Sequence[str]) -> NDArray[np.int8]:
    """Return (ways,) the kind of each way: irregular and internal by name, any other is a regular pathway."""
    return np.array(
        [IRREGULAR if name in IRREGULAR_PATHWAYS else INTERNAL if name == PATHWAYS[-1] else REGULAR for name in names],
        np.int8,
    )


def kind_name(kind: int) -> str:
    """Return the name of a kind of way, 'none' for no journey."""
    return NO_WAY if kind == NONE else KINDS[kind]
