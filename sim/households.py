"""Households: the one numerous agent, kept as a structure of arrays, one row a household.

A row holds what the household is (place, livelihood, people by age, permanent income, kin abroad) in the
smallest type that carries it. `sim/population.py` fills the rows; what a simulated month changes is added by
the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sim.codes import CHILD_BANDS, DESTINATIONS, N_ADULT_CELLS

STATUSES = ("temporary", "resident", "irregular")
"""Status of a member away; column `len(STATUSES) * destination + status` of `Households.away`."""
TEMPORARY, RESIDENT, IRREGULAR = range(3)

LAYOUT: dict[str, tuple[DTypeLike, int]] = {
    "id": (np.uint64, 1),
    "weight": (np.int32, 1),
    "department": (np.int8, 1),
    "rural": (np.uint8, 1),
    "livelihood": (np.uint8, 1),
    "indigenous": (np.uint8, 1),
    "female_head": (np.uint8, 1),
    "head_age": (np.uint8, 1),
    "quintile": (np.uint8, 1),
    "first_month": (np.int16, 1),
    "adults": (np.uint8, N_ADULT_CELLS),
    "children": (np.uint8, len(CHILD_BANDS)),
    "log_income": (np.float32, 1),
    "propensity": (np.float32, 1),
    "savings": (np.float32, 1),
    "debt": (np.float32, 1),
    "kin": (np.uint8, len(DESTINATIONS)),
    "kin_remits": (np.uint8, 1),
    "away": (np.uint8, len(DESTINATIONS) * len(STATUSES)),
}
"""Type and number of entries a household of each column."""


@dataclass(slots=True)
class Households:
    """The columns; n rows.

    id: (n,) hash of department, stratum and position. weight: (n,) real households that a row stands for.
    department: (n,) code. rural, indigenous, female_head, kin_remits: (n,) 0 or 1. livelihood, head_age: (n,)
    codes of LIVELIHOODS and ADULT_BANDS. quintile: (n,) 1..5 of income per person in the country.
    first_month: (n,) month of formation, 0 = there in January 2013. adults: (n, 8) women then men by band.
    children: (n, 3) by band. log_income: (n,) ln of permanent household income, 2021 US$ a month.
    propensity: (n,) mobility propensity u, N(0, 1). savings, debt: (n,) US$ of 2021. kin: (n, 3) close kin by
    destination apart from members away. kin_remits: kin send money regularly. away: (n, 9) members away by
    destination and status.
    """

    id: NDArray[np.uint64]
    weight: NDArray[np.int32]
    department: NDArray[np.int8]
    rural: NDArray[np.uint8]
    livelihood: NDArray[np.uint8]
    indigenous: NDArray[np.uint8]
    female_head: NDArray[np.uint8]
    head_age: NDArray[np.uint8]
    quintile: NDArray[np.uint8]
    first_month: NDArray[np.int16]
    adults: NDArray[np.uint8]
    children: NDArray[np.uint8]
    log_income: NDArray[np.float32]
    propensity: NDArray[np.float32]
    savings: NDArray[np.float32]
    debt: NDArray[np.float32]
    kin: NDArray[np.uint8]
    kin_remits: NDArray[np.uint8]
    away: NDArray[np.uint8]

    @classmethod
    def allocate(cls, n: int) -> Self:
        """Return n households, every column zero; columns of several cells are stored cell by cell (Fortran order)."""
        return cls(
            **{
                name: np.zeros(n if width == 1 else (n, width), dtype, order="F")
                for name, (dtype, width) in LAYOUT.items()
            }
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.id)

    def bytes_per_household(self) -> float:
        """Return the bytes that a row takes in all columns together."""
        return sum(getattr(self, field.name).nbytes for field in fields(self)) / max(len(self), 1)
