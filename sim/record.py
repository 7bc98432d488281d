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
from sim.results import HEADLINE, POLICY_START
from sim.state import CENTS, FIRST_PATHWAY_KIND, MONEY, SOURCES_OF_FUNDS, Tally, Ways
from sim.world.geography import DEPARTMENTS, department_country

GROUPS = ("country", "quintile", "head", "indigenous", "rural")
"""The axes of the cells of `Tally.group`, after the country."""
LEVELS: Mapping[str, Sequence[str]] = {
    "country": COUNTRIES, "quintile": ("1", "2", "3", "4", "5"), "head": ("male", "female"),
    "indigenous": ("no", "yes"), "rural": ("no", "yes"),
}  # fmt: skip
CELLS = tuple(len(LEVELS[name]) for name in GROUPS)
US_DOLLARS = "2021 US$"
ENCOUNTER_US = FLOWS.index("encounter_us")
Row = tuple[str, str, str, str, float]


class Record:
    """The recorded months of one run."""

    def __init__(self, config: Mapping[str, Any], first: int, last: int, ways: Ways, names: Sequence[str]) -> None:
        """Begin an empty record of months `first` to `last`; names: the pathways by code."""
        self.first, self.last = first, last
        places = ["", *DESTINATIONS]
        self.pathways = [*[""] * FIRST_PATHWAY_KIND, *names]
        self.destinations = [*places, *[DESTINATIONS[d] if d >= 0 else "" for d in ways.destination]]
        self.recorded = recorded_share(config)
        self._keys: list[tuple[NDArray[np.int64], ...]] = []
        self._stocks: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self._tallies: list[Tally] = []
        self._prices: list[NDArray[np.float32]] = []

    def add(self, done: Tally, price: NDArray[np.float32]) -> None:
        """Keep a month: what was counted, and (3 countries,) the smuggler's price for an adult."""
        self._prices.append(price.copy())
        where = np.nonzero(done.households)
        self._keys.append((*where, done.people[where], done.households[where]))
        self._stocks.append((done.stock_people, done.stock_households))
        nothing = np.zeros(0, np.int64)
        self._tallies.append(done._replace(people=nothing, households=nothing))

    def flow_rows(self) -> dict[str, NDArray[Any]]:
        """Return the columns of flows.parquet, one row for each month and kind in which something happened."""
        count = [len(keys[0]) for keys in self._keys]
        months = np.repeat(np.arange(self.first, self.first + len(count)), count)
        d, kind, flow, party, people, households = (np.concatenate(column) for column in zip(*self._keys, strict=True))
        home = np.array(COUNTRIES)[department_country[d]]
        destination = np.array(self.destinations)[kind]
        return {
            "month": _dates(months), "country": home, "department": np.array(DEPARTMENTS)[d],
            "flow": np.array(FLOWS)[flow], "pathway": np.array(self.pathways)[kind],
            "destination": np.where(destination == "", home, destination), "party": np.array((*PARTIES, ""))[party],
            "people": people, "households": households,
        }  # fmt: skip

    def stock_rows(self) -> dict[str, NDArray[Any]]:
        """Return the columns of stocks.parquet, stocks at the end of the month."""
        people = np.stack([stock for stock, _ in self._stocks])
        households = np.stack([stock for _, stock in self._stocks])
        month, d, stock = np.nonzero(households)
        return {
            "month": _dates(month + self.first), "country": np.array(COUNTRIES)[department_country[d]],
            "department": np.array(DEPARTMENTS)[d], "stock": np.array(STOCKS)[stock],
            "people": people[month, d, stock], "households": households[month, d, stock],
        }  # fmt: skip

    def outcomes(self) -> list[Row]:
        """Return the rows of outcomes.csv: flows, money and means by calendar year and group."""
        rows: list[Row] = []
        for year, months in self._years():
            tallies = [self._tallies[k] for k in months]
            rows += self._flows_of(year, months)
            rows += _money_of(year, tallies)
            rows += _means_of(year, tallies)
            price = np.mean([self._prices[k] for k in months], axis=0)
            rows += [
                (year, "smuggler_price", US_DOLLARS, f"country={country}", float(price[c]))
                for c, country in enumerate(COUNTRIES)
            ]
        return rows

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
            "years": years, "horizon": horizon,
        }  # fmt: skip

    def _years(self) -> list[tuple[str, list[int]]]:
        years: dict[str, list[int]] = {}
        for k in range(len(self._tallies)):
            years.setdefault(month_name(self.first + k)[:4], []).append(k)
        return list(years.items())

    def _flow_totals(self) -> NDArray[np.int64]:
        return np.stack([done.group.sum(axis=1) for done in self._tallies])

    def _flows_of(self, year: str, months: Sequence[int]) -> list[Row]:
        group = np.sum([self._tallies[k].group for k in months], axis=0).reshape(len(FLOWS), *CELLS)
        rows = [(year, flow, "people", "all", float(group[f].sum())) for f, flow in enumerate(FLOWS)]
        for axis, name in enumerate(GROUPS):
            sums = group.sum(axis=tuple(a for a in range(1, group.ndim) if a != axis + 1))
            rows += [
                (year, FLOWS[f], "people", f"{name}={level}", float(sums[f, k]))
                for f in range(len(FLOWS))
                for k, level in enumerate(LEVELS[name])
            ]
        d, kind, flow, party, people = (
            np.concatenate([self._keys[k][column] for k in months]) for column in range(5)
        )
        for name, code, levels in (
            ("department", d, DEPARTMENTS), ("pathway", kind, self.pathways), ("party", party, (*PARTIES, "")),
        ):  # fmt: skip
            sums = np.zeros((len(FLOWS), len(levels)), np.int64)
            np.add.at(sums, (flow, code), people)
            rows += [
                (year, FLOWS[f], "people", f"{name}={levels[k]}", float(sums[f, k]))
                for f, k in np.argwhere(sums)
                if levels[k]
            ]
        met = flow == ENCOUNTER_US
        month = np.concatenate([np.full(len(self._keys[k][0]), k + self.first) for k in months])
        for c, country in enumerate(COUNTRIES):
            here = met & (department_country[d] == c)
            seen = float((people[here] * self.recorded[month[here]]).sum())
            rows.append((year, "encounters_recorded", "events", f"country={country}", seen))
        return rows


def _money_of(year: str, tallies: Sequence[Tally]) -> list[Row]:
    money = np.sum([done.money for done in tallies], axis=0).reshape(*CELLS, len(MONEY)) / CENTS
    rows = [(year, item, US_DOLLARS, "all", float(money[..., k].sum())) for k, item in enumerate(MONEY)]
    for axis, name in enumerate(GROUPS):
        sums = money.sum(axis=tuple(a for a in range(len(CELLS)) if a != axis))
        rows += [
            (year, item, US_DOLLARS, f"{name}={level}", float(sums[j, k]))
            for k, item in enumerate(MONEY)
            for j, level in enumerate(LEVELS[name])
        ]
    department = np.sum([done.money_department for done in tallies], axis=0) / CENTS
    rows += [
        (year, item, US_DOLLARS, f"department={code}", float(department[d, k]))
        for k, item in enumerate(MONEY)
        for d, code in enumerate(DEPARTMENTS)
    ]
    funds = np.sum([done.funds for done in tallies], axis=0)
    rows += [
        (year, f"funded_{source}", "people", f"country={country}", float(funds[c, s]))
        for c, country in enumerate(COUNTRIES)
        for s, source in enumerate(SOURCES_OF_FUNDS)
    ]
    return rows


def _means_of(year: str, tallies: Sequence[Tally]) -> list[Row]:
    """Return stocks as means over the months of the year, and households and people."""
    rows: list[Row] = []
    alive = np.mean([done.alive for done in tallies], axis=0).reshape(*CELLS, 2)
    for k, name in enumerate(("households", "people_at_home")):
        rows.append((year, name, name.split("_")[0], "all", float(alive[..., k].sum())))
        for axis, group in enumerate(GROUPS):
            sums = alive[..., k].sum(axis=tuple(a for a in range(len(CELLS)) if a != axis))
            rows += [
                (year, name, name.split("_")[0], f"{group}={level}", float(sums[j]))
                for j, level in enumerate(LEVELS[group])
            ]
    people = np.mean([done.stock_people for done in tallies], axis=0)
    households = np.mean([done.stock_households for done in tallies], axis=0)
    kin = np.mean([done.abroad for done in tallies], axis=0)
    for c, country in enumerate(COUNTRIES):
        here = department_country == c
        for s, stock in enumerate(STOCKS):
            where = f"country={country}"
            rows.append((year, stock, "people", where, float(people[here, s].sum())))
            rows.append((year, f"{stock}_households", "households", where, float(households[here, s].sum())))
        for k, destination in enumerate(DESTINATIONS):
            rows.append((year, f"abroad_{destination.lower()}", "people", f"country={country}", float(kin[c, k])))
    return rows


def _dates(months: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return (np.datetime64("2013-01", "M") + months).astype("datetime64[D]")


def _month(name: str) -> int:
    from sim.codes import month_index

    return month_index(name)


_HEADLINE = [(name, FLOWS.index(flow)) for name, (flow, _) in HEADLINE.items()]
