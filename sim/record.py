"""What a run remembers: flows and stocks by month and department, and outcomes by year and group.

Flows are kept sparse, month by month, as the integers that households counted; what is not kept cannot drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, DESTINATIONS, FLOWS, MONTHS_A_YEAR, PARTIES, STOCKS, month_name
from sim.observation import recorded_share
from sim.outcomes import HEADLINE, LEVELS, REACHED, SERVED, of_family, unit_of
from sim.panel import Panel
from sim.pathways import Ledger, LedgerRow, programme_of
from sim.results import POLICY_START, Labels, dates_of
from sim.state import CENTS, EVENT, FIRST_PATHWAY_KIND, HARMS, MONEY, SOURCES_OF_FUNDS, Tally, Ways
from sim.world.geography import DEPARTMENTS, department_country

PERCENT = 100
CELLS = tuple(len(levels) for levels in LEVELS.values())
ENCOUNTER_US, OVERSTAY = FLOWS.index("encounter_us"), FLOWS.index("overstay")
Row = tuple[str, str, str, str, float]


class Record:
    """The recorded months of one run."""

    def __init__(self, config: Mapping[str, Any], first: int, last: int, ways: Ways, names: Sequence[str]) -> None:
        """Begin an empty record of months `first` to `last`; names: the pathways by code.

        delivered: units by instrument (276,), written by the policies as they begin. begun: month and instrument of
        each beginning on a condition.
        """
        self.first, self.last = first, last
        places = ["", *DESTINATIONS]
        self.pathways = [*[""] * FIRST_PATHWAY_KIND, *names]
        self.destinations = [*places, *[DESTINATIONS[d] if d >= 0 else "" for d in ways.destination]]
        self.recorded = recorded_share(config)
        self._tallies: list[Tally] = []
        self._prices: list[NDArray[np.float32]] = []
        self._rights_risk: list[NDArray[np.float32]] = []
        self.panel: Panel | None = None
        self.ledger: Ledger | None = None
        self.begun: Sequence[tuple[str, str]] = ()
        self.delivered: Mapping[str, NDArray[np.float64]] = {}

    def add(self, done: Tally, price: NDArray[np.float32], rights_risk: NDArray[np.float32]) -> None:
        """Keep a month: what was counted, and (3 countries,) the smuggler's price for an adult and the rights risk."""
        self._prices.append(price.copy())
        self._rights_risk.append(rights_risk.copy())
        self._tallies.append(done)

    def take_over(self, other: Record) -> None:
        """Take over the months that another record has."""
        for mine, theirs in zip(self._series(), other._series(), strict=True):
            mine[:] = theirs

    def tallies(self, first: int, last: int) -> list[Tally]:
        """Return what was counted in the months `first` to `last`, both included; those that were recorded."""
        return self._tallies[max(first - self.first, 0) : max(last + 1 - self.first, 0)]

    def prices(self, first: int, last: int) -> NDArray[np.float32]:
        """Return (months, 3 countries) the smuggler's price for an adult, 2021 US$, of the months as in `tallies`."""
        return np.array(self._prices[max(first - self.first, 0) : max(last + 1 - self.first, 0)])

    def _series(self) -> tuple[list[Any], ...]:
        return self._tallies, self._prices, self._rights_risk

    def flow_columns(self) -> dict[str, NDArray[Any] | Labels]:
        """Return the columns of flows.parquet, one row for each month and kind in which something happened."""
        months, events = self._events(range(len(self._tallies)))
        d, kind, flow, party, people, households = (events[name] for name in EVENT.names or ())
        home = department_country[d]
        inside = np.array([destination == "" for destination in self.destinations])
        destination = np.where(inside[kind], len(inside) + home, kind)
        return {
            "month": dates_of(months), "country": Labels(COUNTRIES, home), "department": Labels(DEPARTMENTS, d),
            "flow": Labels(FLOWS, flow), "pathway": Labels(self.pathways, kind),
            "destination": Labels([*self.destinations, *COUNTRIES], destination),
            "party": Labels((*PARTIES, ""), party), "people": people, "households": households,
        }  # fmt: skip

    def flow_rows(self) -> dict[str, NDArray[Any]]:
        """Return `flow_columns` with texts."""
        columns = self.flow_columns().items()
        return {name: column.texts() if isinstance(column, Labels) else column for name, column in columns}

    def pathway_rows(self) -> list[LedgerRow]:
        """Return the rows of pathways.csv: what became of places and applications, by programme, year, country."""
        if self.ledger is None:
            return []
        overstayed = np.zeros(self.ledger["places"].shape, np.int64)
        months, events = self._events(range(len(self._tallies)))
        stayed = events["flow"] == OVERSTAY
        p = programme_of(events["kind"][stayed] - FIRST_PATHWAY_KIND)
        at = (p, department_country[events["department"][stayed]], months[stayed])
        np.add.at(overstayed, at, events["people"][stayed])
        return self.ledger.table(overstayed, self.first)

    def panel_rows(self) -> dict[str, NDArray[Any]] | None:
        """Return the columns of households.parquet, if the run keeps a panel."""
        return self.panel.table() if self.panel else None

    def stock_rows(self) -> dict[str, NDArray[Any]]:
        """Return the columns of stocks.parquet, stocks at the end of the month."""
        people = np.stack([done.stock_people for done in self._tallies])
        households = np.stack([done.stock_households for done in self._tallies])
        month, d, stock = np.nonzero(households)
        return {
            "month": dates_of(month + self.first), "country": np.array(COUNTRIES)[department_country[d]],
            "department": np.array(DEPARTMENTS)[d], "stock": np.array(STOCKS)[stock],
            "people": people[month, d, stock], "households": households[month, d, stock],
        }  # fmt: skip

    def outcomes(self) -> list[Row]:
        """Return the rows of outcomes.csv: what `sim.outcomes` lists, by calendar year and group."""
        rows: list[Row] = []
        for year, months in self._years():
            tallies = [self._tallies[k] for k in months]
            price = np.mean([self._prices[k] for k in months], axis=0)
            rows += _of_cells(year, tallies)
            rows += _of_places(year, tallies)
            rows += self._flows_of(year, months)
            rows += _rows(year, ("smuggler_price",), price[None], "country", COUNTRIES)
            risk = np.mean([self._rights_risk[k] for k in months], axis=0) * PERCENT
            rows += _rows(year, ("rights_risk",), risk[None], "country", COUNTRIES)
            rows += self._delivered_in(year, slice(self.first + months[0], self.first + months[-1] + 1))
        return rows

    def _delivered_in(self, year: str, months: slice) -> list[Row]:
        """Return what instruments delivered that count their own units."""
        units = [[float(monthly[months].sum()) for monthly in self.delivered.values()]]
        return [row for row in _rows(year, ("delivered",), np.array(units), "policy", tuple(self.delivered)) if row[-1]]

    def summary(self) -> dict[str, Any]:
        """Return headline outcomes per calendar year and for the horizon, people a year."""
        flows = self._flow_totals()
        years = {year: {name: float(flows[months, f].sum()) for name, f in _HEADLINE} for year, months in self._years()}
        start = max(self.first, _month(POLICY_START)) if self.last >= _month(POLICY_START) else self.first
        inside = slice(start - self.first, None)
        length = (self.last - start + 1) / MONTHS_A_YEAR
        horizon = {name: float(flows[inside, f].sum() / length) for name, f in _HEADLINE}
        alive = [int(done.alive[:, 0].sum()) for done in self._tallies]
        at = min(_month("2024-12"), self.last) - self.first
        return {
            "households": alive[max(at, 0)], "people": int(self._tallies[max(at, 0)].alive[:, 1].sum()),
            "from": month_name(self.first), "to": month_name(self.last), "horizon_from": month_name(start),
            "years": years, "horizon": horizon, "begun_on_a_condition": [list(one) for one in self.begun],
        }  # fmt: skip

    def _years(self) -> list[tuple[str, list[int]]]:
        years: dict[str, list[int]] = {}
        for k in range(len(self._tallies)):
            years.setdefault(month_name(self.first + k)[:4], []).append(k)
        return list(years.items())

    def _flow_totals(self) -> NDArray[np.int64]:
        return np.stack([done.group.sum(axis=1) for done in self._tallies])

    def _events(self, months: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.void]]:
        """Return (n,) month and `EVENT` of all that happened in recorded months."""
        events = [self._tallies[k].events for k in months]
        return np.repeat(np.array(months) + self.first, list(map(len, events))), np.concatenate(events)

    def _flows_of(self, year: str, months: Sequence[int]) -> list[Row]:
        """Return flows by department, pathway and party, where there are any; and encounters as recorded."""
        month, events = self._events(months)
        d, kind, flow, party, people, _ = (events[name] for name in EVENT.names or ())
        rows: list[Row] = []
        for name, code, levels in (
            ("department", d, DEPARTMENTS), ("pathway", kind, self.pathways), ("party", party, (*PARTIES, "")),
        ):  # fmt: skip
            cell = flow.astype(np.int64) * len(levels) + code
            sums = np.bincount(cell, people, len(FLOWS) * len(levels)).reshape(len(FLOWS), len(levels))
            rows += [row for row in _rows(year, FLOWS, sums, name, levels) if row[-1] and row[3] != f"{name}="]
        met = flow == ENCOUNTER_US
        seen = np.bincount(
            department_country[d[met]], people[met] * self.recorded[month[met]], len(COUNTRIES)
        )
        return [*rows, *_rows(year, ("encounters_recorded",), seen[None], "country", COUNTRIES)]


def _of_cells(year: str, tallies: Sequence[Tally]) -> list[Row]:
    """Return what is counted in cells, for all households and by each of `GROUPS`."""
    rows: list[Row] = []
    for names, counted in (
        (FLOWS, np.sum([done.group for done in tallies], axis=0)),
        (MONEY, np.sum([done.money for done in tallies], axis=0).T / CENTS),
        (HARMS, np.sum([done.harm for done in tallies], axis=0).T),
        (("households", "people_at_home"), np.mean([done.alive for done in tallies], axis=0).T),
    ):
        cells = counted.reshape(len(names), *CELLS)
        rows += [
            (year, name, unit_of(name), "all", float(cell.sum())) for name, cell in zip(names, cells, strict=True)
        ]
        for axis, (group, levels) in enumerate(LEVELS.items(), start=1):
            others = tuple(a for a in range(1, cells.ndim) if a != axis)
            rows += _rows(year, names, cells.sum(axis=others), group, levels)
    return rows


def _of_places(year: str, tallies: Sequence[Tally]) -> list[Row]:
    """Return what is counted by country or department only."""
    money = np.sum([done.money_department for done in tallies], axis=0).T / CENTS
    rows = _rows(year, MONEY, money, "department", DEPARTMENTS)
    home = (department_country == np.arange(len(COUNTRIES))[:, None]).astype(np.int64)
    people, households = (
        home @ np.sum(stocks, axis=0) / len(tallies)
        for stocks in ([done.stock_people for done in tallies], [done.stock_households for done in tallies])
    )
    lasting = len(of_family(REACHED))
    served = np.sum([done.served for done in tallies], axis=0).T
    for names, counted in (
        (STOCKS, people.T),
        ([f"{stock}_households" for stock in STOCKS], households.T),
        ([f"abroad_{d.lower()}" for d in DESTINATIONS], np.mean([done.abroad for done in tallies], axis=0).T),
        ([f"funded_{s}" for s in SOURCES_OF_FUNDS], np.sum([done.funds for done in tallies], axis=0).T),
        ([one.name for one in of_family(REACHED)], served[:lasting] / len(tallies)),
        ([one.name for one in of_family(SERVED)], served[lasting:]),
    ):
        rows += _rows(year, names, counted, "country", COUNTRIES)
    return rows


def _rows(year: str, names: Sequence[str], counted: NDArray[Any], group: str, levels: Sequence[str]) -> list[Row]:
    """Return a row for each name and level of a group; counted: (names, levels)."""
    places = [f"{group}={level}" for level in levels]
    return [
        (year, name, unit, place, value)
        for name, values in zip(names, counted.astype(np.float64).tolist(), strict=True)
        for unit in (unit_of(name),)
        for place, value in zip(places, values, strict=True)
    ]


def _month(name: str) -> int:
    from sim.codes import month_index

    return month_index(name)


_HEADLINE = [(name, FLOWS.index(outcome.name)) for name, outcome in HEADLINE.items()]
