"""The 54 departments: codes, names, countries, centres, neighbours.

A department is its position in `DEPARTMENTS`, in the order El Salvador (14), Guatemala (22), Honduras (18);
files carry the ISO 3166-2 code. Identities come from `sim/data/departments.csv` and `neighbours.csv`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, N_DEPARTMENTS
from sim.data.loader import load
from sim.errors import RequestError, nearest

_ROWS: Final = load().rows("departments")
DEPARTMENTS: Final[tuple[str, ...]] = tuple(row["department"] for row in _ROWS)
"""ISO 3166-2 codes in the order of all arrays of 54."""
NAMES: Final[tuple[str, ...]] = tuple(row["name"] for row in _ROWS)
CAPITALS: Final[tuple[str, ...]] = tuple(row["capital"] for row in _ROWS)
"""Main city of each department."""
INDEX: Final = MappingProxyType({code: number for number, code in enumerate(DEPARTMENTS)})


def _fixed[T: np.generic](values: NDArray[T]) -> NDArray[T]:
    values.flags.writeable = False
    return values


department_country: Final[NDArray[np.int8]] = _fixed(
    np.array([COUNTRIES.index(row["country"]) for row in _ROWS], dtype=np.int8)
)
"""(54,) index into `COUNTRIES`."""
centres: Final[NDArray[np.float64]] = _fixed(
    np.array([[float(row["lat"]), float(row["lon"])] for row in _ROWS])
)
"""(54, 2) latitude and longitude in degrees."""


def _adjacent() -> NDArray[np.bool_]:
    linked = np.zeros((N_DEPARTMENTS, N_DEPARTMENTS), dtype=np.bool_)
    for row in load().rows("neighbours"):
        one, other = INDEX[row["department"]], INDEX[row["neighbour"]]
        linked[one, other] = linked[other, one] = True
    return linked


adjacency: Final[NDArray[np.bool_]] = _fixed(_adjacent())
"""(54, 54) symmetric: the two share a border or a corner, or a ferry joins them; across countries too."""


def neighbours(department: int, *, same_country: bool = False) -> NDArray[np.int64]:
    """Return the positions of the departments next to one, ascending."""
    beside = adjacency[department]
    if same_country:
        beside = beside & (department_country == department_country[department])
    return np.flatnonzero(beside)


def department_index(code: str) -> int:
    """Return the position of an ISO 3166-2 code; raises `RequestError` with the nearest code or name."""
    if code in INDEX:
        return INDEX[code]
    by_name = {name: DEPARTMENTS[number] for number, name in enumerate(NAMES)}
    hint = f" (did you mean '{by_name[code]}'?)" if code in by_name else nearest(code, DEPARTMENTS)
    raise RequestError(f"unknown department '{code}'{hint}")


def of_country(country: str) -> NDArray[np.int64]:
    """Return the positions of the departments of a country (ISO alpha-3)."""
    if country not in COUNTRIES:
        raise RequestError(f"unknown country '{country}' (allowed: {', '.join(COUNTRIES)})")
    return np.flatnonzero(department_country == COUNTRIES.index(country))
