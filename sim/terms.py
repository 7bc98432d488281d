"""The terms of every month: what programmes ask and give, as policies change it from one month to another.

`PathwayBook` uses the programmes of its month; the arrays of the rules are rewritten where `changes_at` says so.
With no change the programmes of every month are the very same object.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.codes import N_MONTHS, month_name
from sim.errors import RequestError, nearest
from sim.programmes import AMOUNTS, DATED, SHARES, Programme, Programmes


class Change(NamedTuple):
    """An attribute of a programme from month `first` to month `last`: a value of its own, or times a factor."""

    pathway: str
    attribute: str
    first: int
    last: int
    value: Any
    is_factor: bool


@dataclass(frozen=True)
class Terms:
    """The programmes of every month: the base and dated changes; read-only, changes return a copy.

    Whoever applies, is selected, arrives or ends a contract in a month does so on the terms of that month.
    """

    base: Programmes
    changes: tuple[Change, ...] = ()
    _made: dict[int, Programmes] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def turns(self) -> list[int]:
        return sorted({month for change in self.changes for month in (change.first, change.last + 1)})

    def at(self, month: int) -> Programmes:
        """Return the programmes of a month; the base itself where nothing has changed."""
        stretch = bisect_right(self.turns, month)
        if stretch not in self._made:
            self._made[stretch] = self._make(month)
        return self._made[stretch]

    def changes_at(self, month: int) -> bool:
        """Return whether a month has other terms than the month before; the first never has."""
        return month > 0 and month in self.turns and self.at(month) != self.at(month - 1)

    def changed(self, pathway: str, first: int, last: int = N_MONTHS - 1, **attributes: Any) -> Terms:
        """Return a copy in which attributes have other values from month `first` to month `last`.

        Raises:
            RequestError: unknown programme or attribute, a value out of range, or another one is set already.

        """
        return self._with(Change(pathway, name, first, last, value, False) for name, value in attributes.items())

    def followed(self, pathway: str, attribute: str, values: Sequence[Any]) -> Terms:
        """Return a copy in which an attribute has (N_MONTHS,) values, month by month; None leaves it as it is."""
        return self._with(
            Change(pathway, attribute, first, last, value, False)
            for first, last, value in _stretches(values)
            if value is not None
        )

    def scaled(self, pathway: str, **factors: ArrayLike) -> Terms:
        """Return a copy in which attributes are times a factor, one number or (N_MONTHS,) by month."""
        return self._with(
            Change(pathway, name, first, last, value, True)
            for name, given in factors.items()
            for first, last, value in _stretches(np.broadcast_to(np.asarray(given, np.float64), N_MONTHS).tolist())
            if value != 1
        )

    def added(self, programme: Programme) -> Terms:
        """Return a copy with one more programme at the end."""
        return Terms(self.base.added(programme), self.changes)

    def _with(self, changes: Iterator[Change]) -> Terms:
        wanted = tuple(change for change in changes if change.first <= change.last)
        for new in wanted:
            if new.attribute not in DATED:
                near = nearest(new.attribute, DATED)
                raise RequestError(f"{new.pathway}: '{new.attribute}' cannot change; one of {', '.join(DATED)}{near}")
            if not new.is_factor:
                self.base.changed(new.pathway, **{new.attribute: new.value})
                self._meets(new)
            elif new.attribute not in (*SHARES, *AMOUNTS) or not new.value >= 0:
                raise RequestError(f"{new.pathway}, {new.attribute}: cannot be times {new.value:g}")
            self.base.index(new.pathway)
        return Terms(self.base, self.changes + wanted)

    def _meets(self, new: Change) -> None:
        for old in self.changes:
            same = not old.is_factor and (old.pathway, old.attribute) == (new.pathway, new.attribute)
            start = max(old.first, new.first)
            if same and start <= min(old.last, new.last) and old.value != new.value:
                raise RequestError(
                    f"{new.pathway}, {new.attribute}: two policies set it in {month_name(start)}, "
                    f"to {old.value} and {new.value}"
                )

    def _make(self, month: int) -> Programmes:
        made = self.base
        active = [change for change in self.changes if change.first <= month <= change.last]
        for pathway in dict.fromkeys(change.pathway for change in active):
            before = self.base.items[self.base.index(pathway)]
            values: dict[str, Any] = {}
            for change in sorted((c for c in active if c.pathway == pathway), key=lambda c: c.is_factor):
                was = values.get(change.attribute, getattr(before, change.attribute))
                values[change.attribute] = was * change.value if change.is_factor else change.value
            for name, value in values.items():
                if name in SHARES:
                    values[name] = min(value, 1.0)
                elif isinstance(getattr(before, name), int) and not isinstance(value, bool):
                    values[name] = round(value)
            made = made.changed(pathway, **values)
        return self.base if made == self.base else made


def _stretches(values: Sequence[Any]) -> Iterator[tuple[int, int, Any]]:
    """Yield first month, last month and value of every stretch of equal values."""
    first = 0
    for value, months in groupby(values):
        length = len(list(months))
        yield first, first + length - 1, value
        first += length
