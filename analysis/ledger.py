"""The paired ledger: what became of each journey of the baseline in the scenario, household by household.

A household lives the same life in both worlds, so its departures can be laid side by side. Every month the equal
ones are counted as unchanged at once and only the others are kept, a few bytes each; at the end those of one
household are matched, in the order of `PASSES`. What the labels rest on: docs/ledger.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.chance import parts_of
from analysis.ledger_codes import (
    EVER,
    FATES,
    INTERNAL,
    IRREGULAR,
    NEW_PLACE,
    NO_PART,
    NONE,
    PHASES,
    REGULAR,
    Coded,
    kinds_of,
)
from analysis.ledger_table import LedgerTable, grouped
from sim.codes import IRREGULAR_PATHWAYS, PATHWAYS
from sim.compiling import compiled_loop
from sim.errors import WorkError
from sim.numerics import compiled
from sim.state import QUEUED

WINDOW = 24
"""Months, that of the admission first, in which the diversion ratio looks for journeys (docs/ledger.md)."""
BASELINE, SCENARIO = range(2)
EVENT = np.dtype(
    [("row", np.int32), ("month", np.int16), ("world", np.uint8), ("way", np.uint8), ("people", np.uint8),
     ("barred", np.uint8), ("since", np.int16)]
)  # fmt: skip
"""A departure that the other world has not; barred: this way was wanted there that month, but could not be paid for.

since: month of the plan or application that led to it.
"""
MATCH = np.dtype(
    [("row", np.int32), ("month", np.int16), ("month_to", np.int16), ("way", np.int8), ("to", np.int8),
     ("fate", np.int8), ("people", np.uint8), ("since", np.int16)]
)  # fmt: skip
DELAYED, BROUGHT_FORWARD = FATES.index("delayed"), FATES.index("brought_forward")
AVERTED, UNABLE, LOST = FATES.index("averted"), FATES.index("unable"), FATES.index("lost")
INDUCED, LIQUIDITY, GAINED = FATES.index("induced"), FATES.index("induced_liquidity"), FATES.index("gained")
PASSES = (
    (IRREGULAR, IRREGULAR, FATES.index("diverted_route")), (REGULAR, REGULAR, FATES.index("changed_programme")),
    (IRREGULAR, REGULAR, FATES.index("diverted_regular")), (IRREGULAR, INTERNAL, FATES.index("diverted_internal")),
    (REGULAR, IRREGULAR, FATES.index("regular_to_irregular")), (REGULAR, INTERNAL, FATES.index("regular_to_internal")),
    (INTERNAL, IRREGULAR, FATES.index("internal_to_irregular")),
    (INTERNAL, REGULAR, FATES.index("internal_to_regular")),
)  # fmt: skip
"""Kind in the baseline, kind in the scenario, fate: the order of matching after the same way in another month.

Each kind with itself first, so that who is newly admitted does not hang on irregular journeys.
"""
ADMITTING = tuple(FATES.index(fate) for fate in NEW_PLACE)
Records = NDArray[np.void]
NEVER = np.iinfo(np.int16).max
"""A month after all others."""
EVER_STATE = np.array([
    3 if bits & 1 << IRREGULAR else 2 if bits & 1 << REGULAR else 1 if bits & 1 << INTERNAL else 0 for bits in range(8)
])  # fmt: skip
"""(8,) position in `EVER` of the kinds of journey that a household ever made."""


class PairLedger:
    """Two worlds of the same households, month by month; make it just before the first month that it is told."""

    def __init__(self, columns: Any, names: Sequence[str] = PATHWAYS) -> None:
        """Begin. columns: of the baseline's engine, (n,) each, before the first month; names: the ways by code.

        Households are attributed to the department and area in which they live now: the same in both worlds,
        whatever the policy moves later.
        """
        self._columns = columns
        self._home = {name: getattr(columns, name).copy() for name in ("department", "rural")}
        self._names, self._kinds = tuple(names), kinds_of(names)
        self._bits = np.zeros(len(names), np.uint8)  # of `barred`, by way
        for bit, name in enumerate(IRREGULAR_PATHWAYS):
            self._bits[self._names.index(name)] = 1 << bit
        n = len(columns.id)
        self._ever = (np.zeros(n, np.uint8), np.zeros(n, np.uint8))
        self._waited = np.zeros(n, bool)
        self._events: list[Records] = []
        self._unchanged: list[Coded] = []
        self._months: list[int] = []

    def month(self, month: int, base_columns: Any, scenario_columns: Any) -> None:
        """Compare a month that both worlds have lived and settled.

        Raises:
            WorkError: the worlds do not hold the same households, or a month was left out.

        """
        worlds = (base_columns, scenario_columns)
        if any(len(world.id) != len(self._columns.id) for world in worlds):
            raise WorkError("ledger: the worlds do not hold the same households")
        if self._months and month != self._months[-1] + 1:
            raise WorkError(f"ledger: month {month} does not follow month {self._months[-1]}")
        self._months.append(month)
        if base_columns is not scenario_columns:
            self._waited |= (scenario_columns.plan == QUEUED) & (base_columns.plan != QUEUED)
        rows = np.flatnonzero(base_columns.went | scenario_columns.went)
        went = [world.went[rows] for world in worlds]
        people = [world.went_people[rows] for world in worlds]
        same = np.where(went[BASELINE] == went[SCENARIO], np.minimum(people[BASELINE], people[SCENARIO]), 0)
        there = same > 0
        self._keep_unchanged(month, rows[there], went[BASELINE][there] - 1, same[there])
        for world, other in ((BASELINE, SCENARIO), (SCENARIO, BASELINE)):
            away = went[world] > 0
            self._ever[world][rows[away]] |= (1 << self._kinds[went[world][away] - 1]).astype(np.uint8)
            left = people[world] - same
            alone = away & (left > 0)
            events = np.zeros(int(alone.sum()), EVENT)
            events["row"], events["month"], events["world"] = rows[alone], month, world
            events["way"], events["people"] = went[world][alone] - 1, left[alone]
            events["barred"] = worlds[other].barred[rows[alone]] & self._bits[events["way"]]
            events["since"] = worlds[world].plan_month[rows[alone]]
            self._events.append(events)

    def close(self) -> LedgerTable:
        """Match what differs, household by household, and return the whole table."""
        events = np.concatenate([*self._events, np.zeros(0, EVENT)])
        events = events[np.argsort(events["row"], kind="stable")]
        found = np.zeros(len(events), MATCH)
        found = found[: _match(events, self._kinds, found)]
        weight = self._columns.weight[found["row"]].astype(np.int64)
        differing: Coded = {
            "month": found["month"], "month_to": found["month_to"], "from": found["way"], "to": found["to"],
            "fate": found["fate"], **self._admissions(found), **self._groups(found["row"]),
            "part": parts_of(self._columns.id[found["row"]]),
            "people": found["people"] * weight, "households": np.ones(len(found), np.int64),
        }  # fmt: skip
        tables = [*self._unchanged, differing]
        table = grouped({name: np.concatenate([part[name] for part in tables]) for name in differing})
        first, last = (self._months[0], self._months[-1]) if self._months else (0, -1)
        return LedgerTable(table, self._names, first, last, self._ever_table())

    def _groups(self, rows: NDArray[Any]) -> Coded:
        columns = self._columns
        return {
            "department": self._home["department"][rows], "quintile": columns.quintile[rows],
            "head": columns.female_head[rows], "indigenous": columns.indigenous[rows],
            "rural": self._home["rural"][rows],
        }  # fmt: skip

    def _keep_unchanged(self, month: int, rows: NDArray[Any], way: NDArray[Any], people: NDArray[Any]) -> None:
        n = len(rows)
        fixed = {
            "month": month, "month_to": month, "fate": FATES.index("unchanged"), "phase_from": 0, "phase_to": 0,
            "entry": NONE, "part": NO_PART,
        }  # fmt: skip
        self._unchanged.append(grouped({
            **{name: np.full(n, value, np.int16) for name, value in fixed.items()},
            "from": way, "to": way, **self._groups(rows),
            "people": people * self._columns.weight[rows].astype(np.int64), "households": np.ones(n, np.int64),
        }))  # fmt: skip

    def _admissions(self, found: Records) -> Coded:
        """Return the phases of both journeys of each match, and the way of its household's first new admission."""
        row, to = found["row"], found["to"]
        admits = (to != NONE) & (self._kinds[to] == REGULAR) & np.isin(found["fate"], ADMITTING)
        first = np.full(len(self._columns.id), NEVER, np.int16)
        np.minimum.at(first, row[admits], found["month_to"][admits])
        admitted = first[row].astype(np.int64)
        is_entry = admits & (found["month_to"] == admitted)
        since, entry = np.zeros(len(first), np.int16), np.full(len(first), NONE, np.int8)
        since[row[is_entry]], entry[row[is_entry]] = found["since"][is_entry], to[is_entry]
        whole = admitted + WINDOW - 1 <= (self._months[-1] if self._months else -1)
        waited = self._waited[row]

        def phase(way: NDArray[np.int8], month: NDArray[np.int64]) -> NDArray[np.int8]:
            ahead = month < admitted
            cases = {
                "": way == NONE, "queued": (admitted == NEVER) & waited, "other": admitted == NEVER,
                "before": ahead & (month < since[row]), "waiting": ahead & whole, "waiting_cut": ahead,
                "after": month - admitted >= WINDOW, "within": whole,
            }  # fmt: skip
            codes = [PHASES.index(name) for name in cases]
            return np.select(list(cases.values()), codes, PHASES.index("cut")).astype(np.int8)

        scenario = phase(to, found["month_to"].astype(np.int64))
        scenario[is_entry] = np.where(whole[is_entry], PHASES.index("admitted"), PHASES.index("admitted_cut"))
        baseline = phase(found["way"], found["month"].astype(np.int64))
        return {"phase_from": baseline, "phase_to": scenario, "entry": entry[row]}

    def _ever_table(self) -> NDArray[np.int64]:
        """Return (2, 4, 4) real and simulated households by what they did in the baseline and in the scenario."""
        states = [EVER_STATE[ever].astype(np.int64) for ever in self._ever]
        n = len(EVER)
        cell = states[BASELINE] * n + states[SCENARIO]
        tables = np.stack([np.bincount(cell, self._columns.weight, n * n), np.bincount(cell, minlength=n * n)])
        return tables.astype(np.int64).reshape(2, n, n)


@compiled_loop
def _match(E: Records, kinds: NDArray[np.int8], found: Records) -> int:
    """Fill the matches of all events, sorted by row, and return their number: no more than there are events."""
    n = 0
    first = 0
    while first < len(E):
        last = first
        while last < len(E) and E[last].row == E[first].row:
            last += 1
        for step in range(1 + len(PASSES)):
            n = _pair(E, first, last, step, kinds, found, n)
        for i in range(first, last):
            if E[i].people > 0:
                n = _leave_over(E, i, kinds, found, n)
        first = last
    return n


@compiled
def _pair(E, first, last, step, kinds, found, n):  # type: ignore[no-untyped-def]
    """Match what one pass may match in one household, closest in time first, people by people."""
    while True:
        nearest, best_i, best_j = NEVER, -1, -1
        for i in range(first, last):
            for j in range(first, last):
                a, b = E[i], E[j]
                if a.world == BASELINE and b.world == SCENARIO and a.people > 0 and b.people > 0:
                    apart = abs(np.int64(a.month) - b.month)
                    if apart < nearest and _may_match(a.way, b.way, step, kinds):
                        nearest, best_i, best_j = apart, i, j
        if best_i < 0:
            return n
        a, b = E[best_i], E[best_j]
        people = min(a.people, b.people)
        shifted = DELAYED if b.month > a.month else BROUGHT_FORWARD
        fate = shifted if step == 0 else PASSES[step - 1][2]
        _note(found, n, a.row, a.month, b.month, a.way, b.way, fate, people, b.since)
        a.people -= people
        b.people -= people
        n += 1


@compiled
def _may_match(way, other, step, kinds):  # type: ignore[no-untyped-def]
    """Return whether a pass matches these two ways: the same one, or of two kinds."""
    if step == 0:
        return way == other
    return kinds[way] == PASSES[step - 1][0] and kinds[other] == PASSES[step - 1][1]


@compiled
def _leave_over(E, i, kinds, found, n):  # type: ignore[no-untyped-def]
    """Say what became of a journey that only one world has."""
    e = E[i]
    irregular = kinds[e.way] == IRREGULAR
    if e.world == BASELINE:
        fate = (UNABLE if e.barred else AVERTED) if irregular else LOST
        _note(found, n, e.row, e.month, e.month, e.way, NONE, fate, e.people, e.since)
    else:
        fate = (LIQUIDITY if e.barred else INDUCED) if irregular else GAINED
        _note(found, n, e.row, e.month, e.month, NONE, e.way, fate, e.people, e.since)
    return n + 1


@compiled
def _note(found, n, row, month, month_to, way, to, fate, people, since):  # type: ignore[no-untyped-def]
    found[n].row = row
    found[n].month = month
    found[n].month_to = month_to
    found[n].way = way
    found[n].to = to
    found[n].fate = fate
    found[n].people = people
    found[n].since = since
