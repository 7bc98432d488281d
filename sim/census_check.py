"""The synthesised households beside the census: margins, incomes, and people abroad.

A row says what was counted, what the households add up to, and how far they are apart; tests hold the rows
to their promise and docs/population.md shows them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.codes import ADULT_BANDS, COUNTRIES, DESTINATIONS, LIVELIHOODS, N_DEPARTMENTS
from sim.config import Config
from sim.data.loader import Data
from sim.households import Households
from sim.margins import Array, Margins, abroad, build_margins
from sim.population import income_targets, synthesise
from sim.world.geography import department_country
from sim.world.vital import CELL_NAMES, build_vital

CENSUS_MARGINS = ("households", "people", "rural", "receives", "away", "agriculture", "indigenous")
"""Margins that the census (for indigenous and farm work, Guatemala's) gives by department."""


@dataclass(frozen=True)
class Row:
    """One margin. departments_error: largest relative error of a department beyond half a household."""

    country: str
    margin: str
    census: float
    households: float
    departments_error: float

    @property
    def error(self) -> float:
        """Return the relative error of the country."""
        return self.households / self.census - 1


def expected(margins: Margins) -> dict[str, Array]:
    """Return the numbers of households and people that margins ask for, by department (54,)."""
    n = margins.households.astype(np.float64)
    numbers = {
        "households": n,
        "people": margins.people.sum(1),
        "rural": n * margins.rural,
        "receives": n * margins.receives,
        "away": n * margins.tie[:, -1],
        "indigenous": n * margins.indigenous,
        "female head": n * margins.heads[:, 1].sum(1),
    }
    numbers |= {name: n * margins.livelihood[:, k] for k, name in enumerate(LIVELIHOODS)}
    numbers |= {f"head {band}": n * margins.heads[:, :, k].sum(1) for k, band in enumerate(ADULT_BANDS)}
    return numbers | {f"people {name}": margins.people[:, k] for k, name in enumerate(CELL_NAMES)}


def counted(households: Households) -> dict[str, Array]:
    """Return the same numbers, added up over the households, weighted, by department (54,)."""

    def total(values: NDArray[np.generic] | float) -> Array:
        return np.bincount(
            households.department, households.weight * np.asarray(values, np.float64), N_DEPARTMENTS
        )

    people = np.hstack([households.children, households.adults])
    numbers = {
        "households": total(1.0),
        "people": total(people.sum(1)),
        "rural": total(households.rural),
        "receives": total(households.kin_remits),
        "away": total(households.away.any(1)),
        "indigenous": total(households.indigenous),
        "female head": total(households.female_head),
    }
    numbers |= {name: total(households.livelihood == k) for k, name in enumerate(LIVELIHOODS)}
    numbers |= {f"head {band}": total(households.head_age == k) for k, band in enumerate(ADULT_BANDS)}
    return numbers | {f"people {name}": total(people[:, k]) for k, name in enumerate(CELL_NAMES)}


def margins(config: Config, data: Data) -> list[Row]:
    """Return every margin by country: census, and snapshot of the share of `config` at that census."""
    wanted = expected(build_margins(config, data, build_vital(config, data), None))
    found = counted(synthesise(config, data, month=None))
    rows = []
    for name, census in wanted.items():
        half_household = 0.5
        apart = np.maximum(np.abs(found[name] - census) - half_household, 0) / census
        for c, country in enumerate(COUNTRIES):
            here = department_country == c
            rows.append(
                Row(
                    country,
                    name,
                    float(census[here].sum()),
                    float(found[name][here].sum()),
                    float(apart[here].max()),
                )
            )
    return rows


def gini(values: Array, weights: Array) -> float:
    """Return the Gini index of weighted values."""
    order = np.argsort(values, kind="stable")
    weights = weights[order] / weights.sum()
    money = np.cumsum(weights * values[order])
    money /= money[-1]
    return float(1 - np.sum(weights * (money + np.concatenate([[0.0], money[:-1]]))))


def incomes(config: Config, data: Data) -> list[dict[str, float | str]]:
    """Return by country mean monthly income a person and Gini at the census: target and households."""
    households = synthesise(config, data, month=None)
    means, ginis = income_targets(config, data)
    size = (households.adults.sum(1) + households.children.sum(1)).astype(np.float64)
    person = np.exp(households.log_income.astype(np.float64)) / size
    rows: list[dict[str, float | str]] = []
    for c, country in enumerate(COUNTRIES):
        here = department_country[households.department] == c
        weights = households.weight[here] * size[here]
        rows.append({
            "country": country,
            "mean_target": float(means[c]), "mean": float(np.average(person[here], weights=weights)),
            "gini_target": float(ginis[c]), "gini": gini(person[here], weights),
            "household_mean": float(np.average(person[here] * size[here], weights=households.weight[here])),
        })  # fmt: skip
    return rows


def people_abroad(households: Households, data: Data, month: int = 0) -> list[dict[str, float | str]]:
    """Return by country and destination the people born there who live abroad: counted, and kin plus members.

    Only households that are there in January 2013 count: those formed later share the kin of their families.
    """
    there = households.first_month == 0
    rows: list[dict[str, float | str]] = []
    for c, country in enumerate(COUNTRIES):
        here = there & (department_country[households.department] == c)
        weights = households.weight[here].astype(np.float64)
        kin = weights @ households.kin[here]
        away = weights @ households.away[here].reshape(here.sum(), len(kin), -1).sum(2)
        stock = abroad(data, country, month)
        rows += [
            {"country": country, "destination": name, "counted": stock[k], "kin": kin[k], "away": away[k]}
            for k, name in enumerate(DESTINATIONS)
        ]
    return rows
