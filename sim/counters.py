"""The counters of a month: integers of every thread, emptied, summed and handed over as a `Tally`.

There are a hundred thousand kinds of events (department, kind, flow, party) and a month has a few thousand: who counts
one for the first time notes it, so that only those are read and set to zero again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, DESTINATIONS, FLOWS, N_DEPARTMENTS, STOCKS
from sim.compiling import compiled_loop
from sim.state import (
    EVENT,
    FIRST_PATHWAY_KIND,
    HARMS,
    MONEY,
    N_CELLS,
    N_HOUSEHOLD_PROGRAMMES,
    N_NESTS,
    N_PARTIES,
    NO_PARTY,
    SOURCES_OF_FUNDS,
    Tally,
    record,
)

N_FLOWS = len(FLOWS)


@compiled_loop
def _gather(T):
    """Move the events of all threads to the first; return how many of its events were touched."""
    first = T[0]
    n = first.n_touched[0]
    for thread in range(1, len(T)):
        other = T[thread]
        for k in range(other.n_touched[0]):
            event = other.touched[k]
            if first.events[event, 1] == 0:
                first.touched[n] = event
                n += 1
            for what in range(2):
                first.events[event, what] += other.events[event, what]
                other.events[event, what] = 0
        other.n_touched[0] = 0
    first.n_touched[0] = n
    return n


@compiled_loop
def _tabulate(T, events):
    """Write the touched events of the first thread into a table of `EVENT`."""
    first = T[0]
    kinds = FIRST_PATHWAY_KIND + len(first.queued)
    for k in range(len(events)):
        event = first.touched[k]
        row = events[k]
        row.people = first.events[event, 0]
        row.households = first.events[event, 1]
        row.party = event % N_PARTIES
        event //= N_PARTIES
        row.flow = event % N_FLOWS
        event //= N_FLOWS
        row.kind = event % kinds
        row.department = event // kinds


@compiled_loop
def _forget(T):
    """Set the touched events of all threads to zero."""
    for thread in range(len(T)):
        mine = T[thread]
        for k in range(mine.n_touched[0]):
            for what in range(2):
                mine.events[mine.touched[k], what] = 0
        mine.n_touched[0] = 0


class Counters:
    """The counters of all threads.

    record: (threads,) what the rules see, with room for them to work in. Of its `events`, (kinds of events, 2: people,
    households), those are not zero that the first `n_touched` of `touched` name.
    """

    def __init__(self, n_threads: int, n_ways: int) -> None:
        shapes: dict[str, tuple[int, ...]] = {
            "group": (N_FLOWS, N_CELLS),
            "stock_people": (N_DEPARTMENTS, len(STOCKS)), "stock_households": (N_DEPARTMENTS, len(STOCKS)),
            "alive": (N_CELLS, 2), "money": (N_CELLS, len(MONEY)), "money_department": (N_DEPARTMENTS, len(MONEY)),
            "funds": (len(COUNTRIES), len(SOURCES_OF_FUNDS)), "tried": (N_DEPARTMENTS, NO_PARTY, 2),
            "linked": (N_DEPARTMENTS, 2), "abroad": (len(COUNTRIES), len(DESTINATIONS)),
            "queued": (n_ways, len(COUNTRIES)), "harm": (N_CELLS, len(HARMS)),
            "served": (len(COUNTRIES), N_HOUSEHOLD_PROGRAMMES), "callable": (n_ways, len(COUNTRIES)),
        }  # fmt: skip
        n_events = N_DEPARTMENTS * (FIRST_PATHWAY_KIND + n_ways) * N_FLOWS * N_PARTIES
        sums = {name: np.zeros(shape, np.int64) for name, shape in shapes.items()}
        self.record = record({
            **sums, "events": np.zeros((n_events, 2), np.int64), "touched": np.zeros(n_events, np.int64),
            "n_touched": np.zeros(1, np.int64), "utility": np.zeros(n_ways, np.float32),
            "feasible": np.zeros(n_ways, np.float32), "sums": np.zeros(N_NESTS, np.float32),
        }, n_threads)  # fmt: skip
        self._dtype = np.dtype([(name, np.int64, shape) for name, shape in shapes.items()])
        self._sums = self.record.view(np.uint8).reshape(n_threads, -1)[:, : self._dtype.itemsize].view(np.int64)

    def clear(self) -> None:
        """Set all counters to zero."""
        self._sums[:] = 0
        _forget(self.record)

    def total(self) -> Tally:
        """Return the sums over threads, as a named tuple of fresh arrays."""
        touched = self.record["touched"][0, : _gather(self.record)]
        touched.sort()
        events = np.zeros(len(touched), EVENT)
        _tabulate(self.record, events)
        sums = self._sums.sum(axis=0).view(self._dtype)
        return Tally(events, **{name: sums[name][0] for name in Tally._fields[1:]})

    def queued(self) -> NDArray[np.int64]:
        """Return (ways, 3 countries) the people who left a queue on their own."""
        return np.asarray(self.record["queued"].sum(axis=0))
