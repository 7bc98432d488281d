"""The programmes: what each regular pathway asks of a worker or a household, and what it gives.

Attributes come from `sim/data/programmes.csv` with their source and grade, as columns for compiled rules.
`sim/pathways.py` holds their places, queues and books; why each figure: `docs/pathways.md`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from functools import cached_property
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.codes import ADULT_BANDS, DESTINATIONS, FIRST_YEAR, REGULAR_PATHWAYS
from sim.config import Config
from sim.errors import DataError, RequestError, nearest
from sim.households import RESIDENT, STATUSES
from sim.selection import SELECTIONS

YEARS: Final = {"calendar": 0, "fiscal": 3}
"""Kinds of programme year; the months by which the year begins before January."""
PARTY_RULES: Final = ("single_adult", "family_unit", "any")
MONTHS_OF_YEAR: Final = 12
NEEDS_KIN, NEEDS_EXPOSURE, NEEDS_FARM, NEEDS_DEPARTMENT = (1 << bit for bit in range(4))
"""Bits of `ProgrammeArrays.needs`."""
NOWHERE: Final = ("none",)
"""Departments of a programme that takes no application for now."""
SHARES: Final = ("rotation", "overstay", "fill")
AMOUNTS: Final = ("worker_cost_usd", "processing_months", "contract_months", "max_wait_months", "earnings")
DATED: Final = (
    "status", "party", "selection", "needs_kin", "needs_exposure", "needs_farm", "youngest", "oldest", "departments",
    "worker_cost_usd", "processing_months", "contract_months", "rotation", "overstay", "max_wait_months",
    "rounds_per_year", "earnings",
)  # fmt: skip
"""Attributes that may change while a programme runs; the others say which programme it is, or made its places."""


class Tables(Protocol):
    """What this module asks of the data: the rows of a table, as text or numbers."""

    def rows(self, table: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a table."""
        ...


@dataclass(frozen=True, slots=True)
class Programme:
    """One regular pathway; source and grade of every value are in `programmes.csv`.

    destination, status (on arrival), party, selection, year: names of their code lists. youngest, oldest:
    years of age. departments: ISO codes it reaches, empty = all. worker_cost_usd: paid by the worker up
    front, US$ of 2021. processing_months: application to the first possible admission. contract_months:
    0 = stays. rotation: share of workers invited back. overstay: probability at the end of a contract.
    rounds_per_year: rounds of the lottery, 0 = losers wait on. fill: share of places ever taken up. earnings:
    wage beside that of a migrant at the destination. season: (12,) share of places, January to December. like: the
    programme of which it offers the same job on other terms, '' for none; never of programmes.csv.
    """

    name: str
    destination: str
    status: str
    party: str
    selection: str
    year: str
    needs_kin: bool
    needs_exposure: bool
    needs_farm: bool
    youngest: int
    oldest: int
    departments: tuple[str, ...]
    worker_cost_usd: float
    processing_months: int
    contract_months: int
    rotation: float
    overstay: float
    max_wait_months: int
    rounds_per_year: int
    fill: float
    earnings: float
    season: tuple[float, ...]
    like: str = ""

    def problems(self) -> list[str]:
        """Return what is wrong with the values, one line each."""
        codes: tuple[tuple[str, Sequence[str]], ...] = (
            ("destination", DESTINATIONS), ("status", STATUSES[: RESIDENT + 1]), ("party", PARTY_RULES),
            ("selection", SELECTIONS), ("year", tuple(YEARS)),
        )  # fmt: skip
        found = [
            f"{name}: '{getattr(self, name)}' is not allowed; one of {', '.join(allowed)}"
            f"{nearest(getattr(self, name), allowed)}"
            for name, allowed in codes
            if getattr(self, name) not in allowed
        ]
        found += [
            f"{name}: {getattr(self, name):g} is out of range (0 to 1)"
            for name in SHARES
            if not 0 <= getattr(self, name) <= 1
        ]
        found += [f"{name}: {getattr(self, name):g} is below 0" for name in AMOUNTS if getattr(self, name) < 0]
        if self.rounds_per_year < 0 or (self.rounds_per_year and MONTHS_OF_YEAR % self.rounds_per_year):
            found.append(f"rounds_per_year: {self.rounds_per_year} does not divide {MONTHS_OF_YEAR} months")
        if self.youngest > self.oldest:
            found.append(f"youngest: {self.youngest} is above oldest {self.oldest}")
        whole = len(self.season) == MONTHS_OF_YEAR and math.isclose(sum(self.season), 1)
        if not whole or min(self.season) < 0:
            found.append(f"season: needs {MONTHS_OF_YEAR} shares that sum to 1")
        return [f"{self.name}, {problem}" for problem in found]

    def year_of(self, month: int) -> int:
        """Return the programme year that holds the month."""
        return FIRST_YEAR + (month + YEARS[self.year]) // MONTHS_OF_YEAR

    def month_of_year(self, month: int) -> int:
        """Return 0 for the first month of the programme year, 11 for the last."""
        return (month + YEARS[self.year]) % MONTHS_OF_YEAR

    def round_ends(self, month: int) -> bool:
        """Return whether a round of the lottery ends with the month."""
        return self.rounds_per_year > 0 and not (self.month_of_year(month) + 1) % (
            MONTHS_OF_YEAR // self.rounds_per_year
        )


class ProgrammeArrays(NamedTuple):
    """The programmes as columns for compiled rules; p programmes."""

    destination: NDArray[np.int8]  # (p,) code
    status: NDArray[np.int8]  # (p,) TEMPORARY or RESIDENT
    party: NDArray[np.int8]  # (p,) index of PARTY_RULES
    needs: NDArray[np.uint8]  # (p,) bits NEEDS_KIN, NEEDS_EXPOSURE, NEEDS_FARM, NEEDS_DEPARTMENT
    bands: NDArray[np.uint8]  # (p,) bit i: adult band i may apply
    reach: NDArray[np.uint8]  # (p, departments) 1 where the programme recruits
    cost: NDArray[np.float32]  # (p,) US$ of 2021, up front
    processing: NDArray[np.int16]  # (p,) months
    contract: NDArray[np.int16]  # (p,) months, 0 = stays
    rotation: NDArray[np.float32]  # (p,) share invited back
    overstay: NDArray[np.float32]  # (p,) probability at the end of a contract
    earnings: NDArray[np.float32]  # (p,) wage relative to a migrant's at the destination
    selection: NDArray[np.int64]  # (p,) index of SELECTIONS
    max_wait: NDArray[np.int64]  # (p,) months
    lead: NDArray[np.int64]  # (p,) months by which the programme year begins before January
    round_length: NDArray[np.int64]  # (p,) months of a round of the lottery, 0 = losers wait on


@dataclass(frozen=True)
class Programmes:
    """The programmes in the order of the pathway codes, those that a scenario adds behind; read-only."""

    items: tuple[Programme, ...]
    departments: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of programmes."""
        return len(self.items)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names in order."""
        return tuple(programme.name for programme in self.items)

    def index(self, name: str) -> int:
        """Return the position of a programme.

        Raises:
            RequestError: no programme has the name.

        """
        if name not in self.names:
            raise RequestError(f"unknown pathway '{name}'{nearest(name, self.names)}")
        return self.names.index(name)

    def changed(self, name: str, **attributes: Any) -> Programmes:
        """Return a copy in which attributes of one programme differ.

        Raises:
            RequestError: unknown programme or attribute, or a value out of range.

        """
        known = [entry.name for entry in fields(Programme)]
        unknown = [f"'{key}'{nearest(key, known)}" for key in attributes if key not in known]
        if unknown:
            raise RequestError(f"{name}: unknown attribute {', '.join(unknown)}")
        position = self.index(name)
        items = list(self.items)
        items[position] = replace(items[position], **attributes)
        return self._checked(items)

    def added(self, programme: Programme) -> Programmes:
        """Return a copy with one more programme at the end."""
        if programme.name in self.names:
            raise RequestError(f"pathway '{programme.name}' exists")
        return self._checked([*self.items, programme])

    def _checked(self, items: Sequence[Programme]) -> Programmes:
        problems = [problem for item in items for problem in item.problems()]
        unknown = {code for item in items for code in item.departments} - {*self.departments, *NOWHERE}
        problems += [f"unknown department '{code}'{nearest(code, self.departments)}" for code in sorted(unknown)]
        if problems:
            raise RequestError("; ".join(problems))
        return Programmes(tuple(items), self.departments)

    def arrays(self) -> ProgrammeArrays:
        """Return the columns for compiled rules, read-only."""
        return self._arrays

    @cached_property
    def _arrays(self) -> ProgrammeArrays:
        items = self.items
        starts = [int(band.rstrip("+").split("-")[0]) for band in ADULT_BANDS]
        ends = [*starts[1:], np.inf]
        flags = (
            (NEEDS_KIN, "needs_kin"), (NEEDS_EXPOSURE, "needs_exposure"), (NEEDS_FARM, "needs_farm"),
            (NEEDS_DEPARTMENT, "departments"),
        )  # fmt: skip

        def column(name: str, dtype: Any) -> NDArray[Any]:
            return np.array([getattr(item, name) for item in items], dtype)

        def bands(item: Programme) -> int:
            spans = enumerate(zip(starts, ends, strict=True))
            return sum(1 << i for i, (start, end) in spans if item.youngest < end and item.oldest >= start)

        made = ProgrammeArrays(
            destination=np.array([DESTINATIONS.index(item.destination) for item in items], np.int8),
            status=np.array([STATUSES.index(item.status) for item in items], np.int8),
            party=np.array([PARTY_RULES.index(item.party) for item in items], np.int8),
            needs=np.array([sum(bit for bit, name in flags if getattr(item, name)) for item in items], np.uint8),
            bands=np.array([bands(item) for item in items], np.uint8),
            reach=np.array(
                [[not it.departments or code in it.departments for code in self.departments] for it in items],
                np.uint8,
            ),
            cost=column("worker_cost_usd", np.float32),
            processing=column("processing_months", np.int16),
            contract=column("contract_months", np.int16),
            rotation=column("rotation", np.float32),
            overstay=column("overstay", np.float32),
            earnings=column("earnings", np.float32),
            selection=np.array([SELECTIONS.index(item.selection) for item in items], np.int64),
            max_wait=column("max_wait_months", np.int64),
            lead=np.array([YEARS[item.year] for item in items], np.int64),
            round_length=np.array([MONTHS_OF_YEAR // max(it.rounds_per_year, 1) for it in items], np.int64)
            * (column("rounds_per_year", np.int64) > 0),
        )
        for array in made:
            array.setflags(write=False)
        return made


def load_programmes(config: Config, data: Tables) -> Programmes:
    """Return the programmes of `programmes.csv`, costs and overstay times their factors in the configuration.

    Raises:
        DataError: a pathway or attribute is unknown or missing, or a value cannot be used.

    """
    kinds = {entry.name: str(entry.type) for entry in fields(Programme) if entry.default is MISSING}
    found: dict[str, dict[str, Any]] = {name: {"name": name} for name in REGULAR_PATHWAYS}
    problems: list[str] = []
    for number, row in enumerate(data.rows("programmes"), start=2):
        where, name, attribute = f"programmes.csv row {number}", str(row["pathway"]), str(row["attribute"])
        if name not in found:
            problems.append(f"{where}, column pathway: unknown '{name}'{nearest(name, found)}")
        elif attribute not in kinds or attribute in found[name]:
            hint = nearest(attribute, kinds)
            problems.append(f"{where}, column attribute: '{attribute}' unknown or given twice{hint}")
        else:
            try:
                found[name][attribute] = _parsed(str(row["value"]), kinds[attribute])
            except ValueError:
                problems.append(f"{where}, column value: '{row['value']}' is not {kinds[attribute]}")
    problems += [
        f"programmes.csv: {name} has no {attribute}"
        for name, values in found.items()
        for attribute in kinds
        if attribute not in values
    ]
    if problems:
        raise DataError("; ".join(problems))
    factors = {"worker_cost_usd": "pathways.cost_factor", "overstay": "pathways.overstay_factor"}
    for values in found.values():
        for attribute, path in factors.items():
            values[attribute] *= config[path]
        values["overstay"] = min(values["overstay"], 1.0)
    items = tuple(Programme(**values) for values in found.values())
    departments = tuple(str(row["department"]) for row in data.rows("departments"))
    try:
        return Programmes((), departments)._checked(items)
    except RequestError as error:
        raise DataError(f"programmes.csv: {error}") from None


def _parsed(text: str, kind: str) -> Any:
    if kind == "str":
        return text
    if kind == "tuple[str, ...]":
        return () if text == "all" else tuple(text.split())
    if kind == "tuple[float, ...]":
        return tuple(float(part) for part in text.split())
    number = float(text)
    if kind in ("int", "bool") and number != int(number):
        raise ValueError(text)
    return {"int": int, "bool": bool, "float": float}[kind](number)


def take_up(config: Config, months: ArrayLike) -> NDArray[np.float64]:
    """Return the share of new places that can be filled so many months after they are created.

    phi(t) = start + (end - start) Lambda((t - t50) / spread): evidence C.5, from the slow ramp of H-2B.
    """
    ramp = config.group("pathways.fill")
    steepness = (np.asarray(months, np.float64) - ramp["t50"]) / ramp["spread"]
    return np.asarray(ramp["start"] + (ramp["end"] - ramp["start"]) / (1 + np.exp(-steepness)))
