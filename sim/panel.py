"""A panel of households: month by month what some of them are and do, for those who want to look inside.

Off by default, as it is the only history of single households that a run keeps. The households are those with the
smallest ids: a random sample, the same in every scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, PATHWAYS
from sim.results import dates_of
from sim.world.geography import DEPARTMENTS, department_country

PLANS = ("none", "planning", "queued", "offered")
KEPT = ("weight", "quintile", "rural", "female_head", "indigenous", "livelihood", "log_income", "savings", "debt",
        "aspiring", "displaced", "went_people", "barred")  # fmt: skip
"""Columns written as they are."""


class Panel:
    """The panel of one model. rows: (n,) positions of its households; names: of the ways by code."""

    def __init__(self, columns: Any, n: int, names: Sequence[str] = PATHWAYS) -> None:
        self.names = ("", *names)
        self.rows: NDArray[np.int64] = np.sort(np.argsort(columns.id, kind="stable")[:n])
        self._months: list[dict[str, NDArray[Any]]] = []

    def add(self, month: int, H: Any) -> None:
        """Keep a month of those households that exist by then."""
        rows = self.rows[H.first_month[self.rows] <= month]
        went = np.array(self.names)[H.went[rows]]
        self._months.append({
            "month": dates_of(np.full(len(rows), month)), "household": H.id[rows],
            "country": np.array(COUNTRIES)[department_country[H.department[rows]]],
            "department": np.array(DEPARTMENTS)[H.department[rows]],
            "adults": H.adults[rows].sum(axis=1), "children": H.children[rows].sum(axis=1),
            "kin_abroad": H.kin[rows].sum(axis=1), "members_away": H.away[rows].sum(axis=1),
            "plan": np.array(PLANS)[H.plan[rows]], "went": went, **{name: getattr(H, name)[rows] for name in KEPT},
        })  # fmt: skip

    def table(self) -> dict[str, NDArray[Any]]:
        """Return the columns of households.parquet, by month and household."""
        return {name: np.concatenate([month[name] for month in self._months]) for name in self._months[0]}
