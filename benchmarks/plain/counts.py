"""What the households of a month did, counted in Python lists, and handed over as the arrays of `sim.state.Tally`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from sim.state import EVENT, Tally

if TYPE_CHECKING:
    from benchmarks.plain.household import Household

LISTS = (
    "stock_people", "stock_households", "alive", "money", "money_department", "funds", "tried", "linked", "abroad",
    "queued", "harm", "served",
)  # fmt: skip
"""Counters kept as nested lists: small, and touched by nearly every household."""


class Counts:
    """The counters of one month. Events and groups are dictionaries, all else nested lists of the shapes of `Tally`."""

    def __init__(self, empty: Tally) -> None:
        """Begin a month; `empty` is one in which nothing was counted."""
        self.people: defaultdict[tuple[int, int, int, int], int] = defaultdict(int)
        self.households: defaultdict[tuple[int, int, int, int], int] = defaultdict(int)
        self.group: defaultdict[tuple[int, int], int] = defaultdict(int)
        self.stock_people, self.stock_households = empty.stock_people.tolist(), empty.stock_households.tolist()
        self.alive, self.harm = empty.alive.tolist(), empty.harm.tolist()
        self.money, self.money_department = empty.money.tolist(), empty.money_department.tolist()
        self.funds, self.tried, self.linked = empty.funds.tolist(), empty.tried.tolist(), empty.linked.tolist()
        self.abroad, self.queued, self.served = empty.abroad.tolist(), empty.queued.tolist(), empty.served.tolist()
        self._empty = empty

    def count(self, flow: int, kind: int, party: int, people: int, h: Household) -> None:
        """Count one event of the household: real people and real households."""
        n = people * h.weight
        where = (h.department, kind, flow, party)
        self.people[where] += n
        self.households[where] += h.weight
        self.group[flow, h.group] += n

    def pay(self, item: int, amount: float, h: Household) -> None:
        """Count an amount of US$ of the household, in cents."""
        cents = int(amount * 100 + 0.5) * h.weight
        self.money[h.group][item] += cents
        self.money_department[h.department][item] += cents

    def stand(self, department: int, stock: int, people: int, weight: int) -> None:
        """Add one household to a stock, if any of its people are in it."""
        if people > 0:
            self.stock_people[department][stock] += people * weight
            self.stock_households[department][stock] += weight

    def as_tally(self) -> Tally:
        """Return the month as the model's feedbacks and record read it."""
        events = [(*kind, people, self.households[kind]) for kind, people in sorted(self.people.items())]
        lists = {name: np.array(getattr(self, name), np.int64) for name in LISTS}
        by_group = np.zeros_like(self._empty.group)
        for where, people in self.group.items():
            by_group[where] = people
        return self._empty._replace(events=np.array(events, EVENT), group=by_group, **lists)
