"""What a record holds in memory, by month, department, pathway and party: nothing is written, nothing read back.

For questions that are asked of many short lives, such as those of `analysis/experiments.py`. Of runs on disk
`analysis/monthly.py` asks the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, FLOWS, N_DEPARTMENTS, PARTIES, PATHWAYS, month_index
from sim.record import Record
from sim.state import FIRST_PATHWAY_KIND
from sim.world.geography import department_country

CELLS: Final = (len(COUNTRIES), 5, 2, 2, 2)
"""Groups of households as flows are counted in: country, quintile, sex of head, indigenous, rural."""
TO_USA: Final = ("irregular_usa_smuggler", "irregular_usa_own")


@dataclass(frozen=True)
class Months:
    """Months from `first` to `last`, both included and named YYYY-MM."""

    first: str
    last: str

    def __str__(self) -> str:
        """Return the span as tables show it."""
        return f"{self.first} to {self.last}"

    @property
    def numbers(self) -> tuple[int, int]:
        """Return the first and the last as months since January 2013."""
        return month_index(self.first), month_index(self.last)

    def __contains__(self, month: int) -> bool:
        """Return whether a month lies within."""
        first, last = self.numbers
        return first <= month <= last


def people(
    record: Record, flow: str, when: Months, *, where: NDArray[np.bool_] | None = None,
    party: str | None = None, pathways: tuple[str, ...] = (),
) -> float:  # fmt: skip
    """Return real people of a flow (of encounters, events) in months.

    where: (54,) departments, None for all. pathways: those counted, none for all.
    """
    chosen = np.ones(N_DEPARTMENTS, np.bool_) if where is None else where
    kinds = [FIRST_PATHWAY_KIND + PATHWAYS.index(name) for name in pathways]
    total = 0
    for done in record.tallies(*when.numbers):
        events = done.events[done.events["flow"] == FLOWS.index(flow)]
        picked = chosen[events["department"]]
        if party is not None:
            picked &= events["party"] == PARTIES.index(party)
        if kinds:
            picked &= np.isin(events["kind"], kinds)
        total += int(events["people"][picked].sum())
    return float(total)


def by_group(record: Record, flow: str, when: Months) -> NDArray[np.float64]:
    """Return (3 countries, 5 quintiles, sex of head, indigenous, rural) real people of a flow in months."""
    counted = [done.group[FLOWS.index(flow)] for done in record.tallies(*when.numbers)]
    return np.asarray(np.sum(counted, axis=0), np.float64).reshape(CELLS)


def price(record: Record, when: Months) -> float:
    """Return the mean smuggler's price for an adult over months and countries, 2021 US$."""
    return float(record.prices(*when.numbers).mean())


def of_country(*names: str) -> NDArray[np.bool_]:
    """Return (54,) the departments of countries."""
    return np.isin(np.array(COUNTRIES)[department_country], names)


def by_department(record: Record, flow: str) -> NDArray[np.float64]:
    """Return (54,) real people of a flow over all recorded months."""
    found = np.zeros(N_DEPARTMENTS)
    for done in record.tallies(record.first, record.last):
        events = done.events[done.events["flow"] == FLOWS.index(flow)]
        found += np.bincount(events["department"], events["people"], N_DEPARTMENTS)
    return found
