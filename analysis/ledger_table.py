"""The closed paired ledger: journeys by what they were in the baseline and are in the scenario, and its sums.

Rows carry everything that the answers need (the part of the jackknife, the time since admission), so that a
ledger read from `ledger.parquet` says the same as the one just made. People are real people, weight times party.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from analysis.chance import N_PARTS, Estimate, jackknife
from analysis.diversion import Diversion, diversion
from analysis.ledger_codes import (
    EVER,
    FATES,
    GROUPS,
    HEADS,
    INTERNAL,
    IRREGULAR,
    KINDS,
    NO_PART,
    NO_WAY,
    NO_YES,
    NONE,
    PHASES,
    REGULAR,
    Coded,
    kind_name,
    kinds_of,
)  # fmt: skip
from sim.codes import COUNTRIES, FIRST_YEAR, MONTHS_A_YEAR, PATHWAYS, month_name
from sim.errors import RequestError, WorkError
from sim.results import dates_of, write_parquet
from sim.world.geography import DEPARTMENTS, department_country

KEYS = (
    "month", "month_to", "department", "quintile", "head", "indigenous", "rural", "from", "to", "fate", "phase_from",
    "phase_to", "entry", "part",
)  # fmt: skip
SUMS = ("people", "households")
QUINTILES = ("1", "2", "3", "4", "5")
FEET = "ledger"
"""Key of the Parquet file's own note: the months, the ways and what households ever did."""


def grouped(columns: Coded) -> Coded:
    """Return the rows with equal keys added up, sorted by their keys."""
    if not len(columns["month"]):
        return {name: np.asarray(values, np.int64) for name, values in columns.items()}
    code = np.zeros(len(columns["month"]), np.int64)
    for name in KEYS:
        values = columns[name].astype(np.int64)
        low = values.min()
        code = code * (values.max() - low + 1) + (values - low)
    order = np.argsort(code, kind="stable")
    code = code[order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    keys = {name: columns[name][order[starts]] for name in KEYS}
    return keys | {name: np.add.reduceat(columns[name][order], starts) for name in SUMS}


@dataclass(frozen=True)
class LedgerTable:
    """The ledger of one pair. columns: coded, a row a cell; names: the ways by code; first, last: months;

    ever: (2, 4, 4) real and simulated households by state in the baseline and in the scenario, as in `EVER`. diverged:
    share of the households whose life differs at the end (`sim.lockstep.diverged`), if it is known.
    """

    columns: Coded
    names: tuple[str, ...]
    first: int
    last: int
    ever: NDArray[np.int64]
    diverged: float | None = None

    def kind(self, column: str) -> NDArray[np.int8]:
        """Return (rows,) the kind of way in `from` or `to`, NONE for none."""
        way = self.columns[column]
        return np.where(way == NONE, NONE, kinds_of(self.names)[way])

    def totals(self) -> dict[str, tuple[int, int]]:
        """Return the people of the baseline and of the scenario by way."""
        sums = []
        for column in ("from", "to"):
            way = self.columns[column]
            sums.append([int(self.columns["people"][way == code].sum()) for code in range(len(self.names))])
        return {name: (sums[0][code], sums[1][code]) for code, name in enumerate(self.names)}

    def check(self, totals_base: Mapping[str, int], totals_scenario: Mapping[str, int]) -> None:
        """Hold the table to the people by way that the two worlds counted; WorkError names where it differs."""
        for name, found in self.totals().items():
            wanted = totals_base.get(name, 0), totals_scenario.get(name, 0)
            if found != wanted:
                raise WorkError(f"ledger: {name} is {found[0]} and {found[1]} people, not {wanted[0]} and {wanted[1]}")
        for name in {*totals_base, *totals_scenario} - set(self.names):
            if totals_base.get(name) or totals_scenario.get(name):
                raise WorkError(f"ledger: {name} is no way that it knows")

    def parts(self, where: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return (20,) people of the differing rows picked, by part."""
        picked = where & (self.columns["part"] != NO_PART)
        sums = np.zeros(N_PARTS, np.int64)
        np.add.at(sums, self.columns["part"][picked], self.columns["people"][picked])
        return sums

    def change(self, kind: int, where: NDArray[np.bool_] | bool = True) -> NDArray[np.int64]:
        """Return (20,) journeys of a kind in the scenario less those in the baseline, of the rows picked."""
        return self.parts((self.kind("to") == kind) & where) - self.parts((self.kind("from") == kind) & where)

    def with_fate(self, fates: Collection[str]) -> NDArray[np.bool_]:
        """Return (rows,) which have one of these fates."""
        return np.isin(self.columns["fate"], [FATES.index(fate) for fate in fates])

    def count(self, where: NDArray[np.bool_]) -> int:
        """Return the simulated households of the rows picked."""
        return int(self.columns["households"][where].sum())

    @staticmethod
    def sum_of(parts: NDArray[np.int64]) -> Estimate:
        """Return a sum over all households with its error, from (20,) sums of the parts."""
        found = jackknife(parts[np.newaxis])
        if found is None:
            raise WorkError("ledger: a sum of people is no number")
        return found

    def transitions(self) -> list[dict[str, Any]]:
        """Return a row for each kind of journey and fate that occurs: people, their error, simulated households."""
        rows = []
        from_kind, to_kind = self.kind("from"), self.kind("to")
        for a in (IRREGULAR, REGULAR, INTERNAL, NONE):
            for fate, name in enumerate(FATES):
                for b in (IRREGULAR, REGULAR, INTERNAL, NONE):
                    here = (from_kind == a) & (to_kind == b) & (self.columns["fate"] == fate)
                    if here.any():
                        error = self.sum_of(self.parts(here)).error
                        rows.append({
                            "from": kind_name(a), "to": kind_name(b), "fate": name,
                            "people": int(self.columns["people"][here].sum()), "error": error,
                            "households": int(self.columns["households"][here].sum()),
                        })  # fmt: skip
        return rows

    def by_way(self) -> list[dict[str, Any]]:
        """Return the transition table by way: people and simulated households of each pair of ways and fate."""
        way = self.columns["from"].astype(np.int64) * len(PATHWAYS) * len(FATES)
        code = way + self.columns["to"] * len(FATES) + self.columns["fate"]
        _, first, cell = np.unique(code, return_index=True, return_inverse=True)
        sums = {name: np.zeros(len(first), np.int64) for name in SUMS}
        for name in SUMS:
            np.add.at(sums[name], cell, self.columns[name])
        return [
            {
                "from": self._name(self.columns["from"][row]), "to": self._name(self.columns["to"][row]),
                "fate": FATES[self.columns["fate"][row]], "people": int(sums["people"][k]),
                "households": int(sums["households"][k]),
            }
            for k, row in enumerate(first)
        ]  # fmt: skip

    def diversion(self, programmes: Collection[str] = ()) -> Diversion:
        """Return the diversion ratio of those newly admitted to these programmes (none named: to any)."""
        return diversion(self, programmes)

    def households(self) -> list[dict[str, Any]]:
        """Return a row for each pair of states: real and simulated households.

        A state is what a household ever did over the months, as in `EVER`.
        """
        return [
            {
                "baseline": EVER[a], "scenario": EVER[b], "real_households": int(self.ever[0, a, b]),
                "households": int(self.ever[1, a, b]),
            }
            for a in range(len(EVER))
            for b in range(len(EVER))
        ]  # fmt: skip

    def by(self, group: str) -> list[dict[str, Any]]:
        """Return who benefits: a row a level of the group, for irregular and regular journeys.

        baseline_*: people in the baseline. irregular, regular: `Estimate` of scenario minus baseline. households:
        simulated households behind the changes, those of several journeys counted for each.
        """
        level, names = self._levels(group)
        rows = []
        for code, name in enumerate(names):
            here = level == code
            row: dict[str, Any] = {"group": group, "level": name}
            for kind in (IRREGULAR, REGULAR):
                base = here & (self.kind("from") == kind)
                row[f"baseline_{KINDS[kind]}"] = int(self.columns["people"][base].sum())
                row[KINDS[kind]] = self.sum_of(self.change(kind, here))
            changed = here & (self.columns["part"] != NO_PART)
            rows.append({**row, "households": int(self.columns["households"][changed].sum())})
        return rows

    def _levels(self, group: str) -> tuple[NDArray[Any], Sequence[str]]:
        """Return (rows,) the position of each row in the levels of a group, and their names."""
        if group not in GROUPS:
            raise RequestError(f"unknown group '{group}'; known are {', '.join(GROUPS)}")
        if group == "country":
            return department_country[self.columns["department"]], COUNTRIES
        if group == "quintile":
            return self.columns["quintile"] - 1, QUINTILES
        return self.columns[group], {"department": DEPARTMENTS, "head": HEADS}.get(group, NO_YES)

    def _name(self, way: int) -> str:
        return NO_WAY if way == NONE else self.names[way]

    def text(self, programmes: Collection[str] = ()) -> str:
        """Return the ledger in plain words, for a terminal; the diversion ratio of these programmes (none: of any)."""
        from analysis.ledger_text import ledger_text

        return ledger_text(self, programmes)

    def rows(self) -> dict[str, NDArray[Any]]:
        """Return the columns of ledger.parquet: months as datetime64, codes by name, quintile and sums int64."""
        columns = self.columns
        ways = np.array([*self.names, NO_WAY])  # NONE is the last
        phases = np.array(PHASES)
        return {
            "month": dates_of(columns["month"]), "month_to": dates_of(columns["month_to"]),
            "country": np.array(COUNTRIES)[department_country[columns["department"]]],
            "department": np.array(DEPARTMENTS)[columns["department"]],
            "quintile": columns["quintile"].astype(np.int64), "head": np.array(HEADS)[columns["head"]],
            "indigenous": np.array(NO_YES)[columns["indigenous"]],
            "rural": np.array(NO_YES)[columns["rural"]], "from": ways[columns["from"]], "to": ways[columns["to"]],
            "fate": np.array(FATES)[columns["fate"]], "phase_from": phases[columns["phase_from"]],
            "phase_to": phases[columns["phase_to"]], "entry": ways[columns["entry"]],
            "part": columns["part"].astype(np.int64), "people": columns["people"], "households": columns["households"],
        }  # fmt: skip

    def write(self, path: Path) -> None:
        """Write ledger.parquet, complete; WorkError if it cannot be written."""
        feet = {
            "first": self.first, "last": self.last, "names": list(self.names), "ever": self.ever.tolist(),
            "diverged": self.diverged,
        }  # fmt: skip
        write_parquet(path, self.rows(), {FEET: json.dumps(feet)})

    @classmethod
    def read(cls, path: Path) -> LedgerTable:
        """Return the ledger of a ledger.parquet; RequestError if there is none or it is damaged."""
        months = ", ".join(
            f"(year({name}) - {FIRST_YEAR}) * {MONTHS_A_YEAR} + month({name}) - 1 AS {name}"
            for name in ("month", "month_to")
        )
        try:
            with duckdb.connect() as connection:
                note = connection.execute(f"SELECT value FROM parquet_kv_metadata(?) WHERE key = '{FEET}'", [str(path)])
                (found,) = note.fetchall()
                feet = json.loads(found[0])
                lists = {
                    "department": DEPARTMENTS, "head": HEADS, "indigenous": NO_YES, "rural": NO_YES,
                    "from": feet["names"], "to": feet["names"], "entry": feet["names"], "fate": FATES,
                    "phase_from": PHASES, "phase_to": PHASES,
                }  # fmt: skip
                # what is in no list, as no journey, is NONE
                codes = ", ".join(f'coalesce(list_position(?::VARCHAR[], "{n}"), 0) + {NONE} AS "{n}"' for n in lists)
                rest = [name for name in (*KEYS, *SUMS) if name not in (*lists, "month", "month_to")]
                query = f"SELECT {codes}, {months}, {', '.join(rest)} FROM read_parquet(?, hive_partitioning=false)"
                told = connection.execute(query, [*map(list, lists.values()), str(path)]).fetchnumpy()
        except (duckdb.Error, ValueError) as error:
            raise RequestError(f"{path}: no ledger of a pair: {str(error).splitlines()[0]}") from None
        columns = {name: np.asarray(told[name]).astype(np.int64) for name in (*KEYS, *SUMS)}
        for name in ("department", "head", "indigenous", "rural", "fate", "phase_from", "phase_to"):
            if columns[name].min(initial=0) < 0:
                raise RequestError(f"{path}: no ledger of a pair: an unknown {name}")
        names, ever = tuple(feet["names"]), np.array(feet["ever"])
        return cls(columns, names, feet["first"], feet["last"], ever, feet.get("diverged"))


def totals_by_way(flows: Mapping[str, NDArray[Any]], first: int, last: int) -> dict[str, int]:
    """Return the people who left by way from month `first` to `last`, from the columns of flows.parquet."""
    month = flows["month"].astype("datetime64[M]").astype(np.int64) - np.datetime64(month_name(0)).astype(np.int64)
    sums: dict[str, int] = {}
    for flow in ("depart_irregular", "arrive_regular", "move_internal"):
        here = (flows["flow"] == flow) & (month >= first) & (month <= last)
        for way in np.unique(flows["pathway"][here].astype(str)):
            people = int(flows["people"][here & (flows["pathway"] == way)].sum())
            sums[str(way) or PATHWAYS[-1]] = people
    return sums
