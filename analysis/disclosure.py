"""Blank cells that rest on few simulated households, and as many others as keep them from being worked out.

A cell on fewer than ten simulated households says more about chance, or about a handful of families, than about
people. A blank is safe only if the shown rest of its row or column and a total do not give it away: so further
cells are blanked until no line gives away a blank or a few households, and no blank follows from all lines together.
Every exporter (CSV, Excel, HTML, pages) passes its rows through `suppress`; Parquet files of a run are complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LEAST = 10
"""Simulated households that a shown cell rests on, at the least (docs/ledger.md)."""
TOTAL = "all"
"""The level of a key that marks a total row."""
NOTE = (
    f"A blank cell rests on fewer than {LEAST} simulated households, or is hidden so that such a cell cannot be "
    "worked out from the others."
)
TINY = 1e-9
"""A null space this small in a cell is none: the cell follows from the others."""
Row = dict[str, Any]


def suppress(
    rows: Sequence[Mapping[str, Any]], *, across: Sequence[str], values: Sequence[str], count: str = "households",
    within: Sequence[str] = (), least: int = LEAST, total: str = TOTAL,
) -> list[Row]:  # fmt: skip
    """Return the rows in their order, `values` and `count` None where a cell may not be shown.

    rows: one a cell. across: keys whose levels add up to a total; a row whose level is `total` is that total, and
    a total without a row counts as shown elsewhere. within: keys that name separate tables (outcome, unit,
    scenario). count: simulated households that a cell rests on; of a difference, those on the poorer side.
    least: households that a shown cell rests on. A cell without a row is known to be empty.
    """
    tables: dict[tuple[Any, ...], list[int]] = {}
    for number, row in enumerate(rows):
        tables.setdefault(tuple(row[key] for key in within), []).append(number)
    blank: set[int] = set()
    for numbers in tables.values():
        cells = [rows[number] for number in numbers]
        hidden = _hidden(cells, across, [row[count] or 0 for row in cells], least, total)
        blank |= {numbers[cell] for cell in hidden}
    nothing = dict.fromkeys((*values, count))
    return [{**row, **nothing} if number in blank else dict(row) for number, row in enumerate(rows)]


@dataclass(frozen=True)
class _Line:
    """Cells that add up to a total; total: its cell, or None where it is shown elsewhere."""

    cells: tuple[int, ...]
    total: int | None

    def everything(self) -> tuple[int, ...]:
        return self.cells if self.total is None else (*self.cells, self.total)


def _lines(rows: Sequence[Mapping[str, Any]], across: Sequence[str], total: str) -> list[_Line]:
    found: dict[tuple[Any, ...], list[int]] = {}
    totals: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(rows):
        for key in across:
            line = (key, *(row[other] for other in across if other != key))
            if row[key] == total:
                totals[line] = number
            else:
                found.setdefault(line, []).append(number)
    made = [_Line(tuple(cells), totals.get(line)) for line, cells in found.items()]
    return [line for line in made if len(line.everything()) > 1]  # a cell alone is its own total


def _hidden(
    rows: Sequence[Mapping[str, Any]], across: Sequence[str], counts: Sequence[int], least: int, total: str
) -> set[int]:
    """Return the cells of one table that may not be shown."""
    hidden = {cell for cell, households in enumerate(counts) if households < least}
    lines = _lines(rows, across, total)

    def hide_one(cells: Sequence[int]) -> bool:
        shown = [cell for cell in cells if cell not in hidden]
        hidden.update(sorted(shown, key=lambda cell: (counts[cell], cell))[:1])
        return bool(shown)

    few = frozenset(hidden)
    more = True
    while more:
        more = sum(_close(line, hidden, counts, least, hide_one) for line in lines) > 0
        if not more and len(across) > 1:
            given = [line for line in lines if line.total is not None or sum(counts[c] for c in line.cells) >= least]
            more = any(_cover(cell, given, hide_one) for cell in _worked_out(given, hidden) if cell in few)
    return hidden


def _close(
    line: _Line, hidden: set[int], counts: Sequence[int], least: int, hide_one: Callable[[Sequence[int]], bool]
) -> bool:
    """Hide one more cell of a line if what is blank in it can be had by subtraction; return whether one was."""
    blank = [cell for cell in line.cells if cell in hidden]
    if line.total in hidden:
        return not blank and hide_one(line.cells)
    if not blank or (len(blank) > 1 and sum(counts[cell] for cell in blank) >= least):
        return False
    return hide_one(line.cells) or (line.total is not None and hide_one([line.total]))


def _cover(cell: int, lines: Sequence[_Line], hide_one: Callable[[Sequence[int]], bool]) -> bool:
    """Hide one more cell in a line of a cell that follows from all lines together."""
    return any(hide_one(line.everything()) for line in lines if cell in line.everything())


def _worked_out(lines: Sequence[_Line], hidden: set[int]) -> Iterator[int]:
    """Yield the blank cells that the equations of all lines determine."""
    place = {cell: number for number, cell in enumerate(sorted(hidden))}
    equations = []
    for line in lines:
        equation = np.zeros(len(place))
        for cell in line.cells:
            if cell in place:
                equation[place[cell]] = 1
        if line.total in place:
            equation[place[line.total]] = -1
        if equation.any():
            equations.append(equation)
    if not equations:
        return
    _, sizes, vectors = np.linalg.svd(np.array(equations))
    free = np.abs(vectors[int((sizes > TINY).sum()) :]).max(axis=0, initial=0.0)
    yield from (cell for cell, number in place.items() if free[number] < TINY)
