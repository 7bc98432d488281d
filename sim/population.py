"""Synthesis of every household of the three countries from the margins of the departments.

A stratum is a department and whether its households are there in January 2013 or are formed later. Household
k of a stratum has a fixed place in a low-discrepancy sequence, and the place picks its attributes, adults and
children from the joint tables: so the full stratum meets the margins almost exactly, any first n households
are as balanced a sample of it, and a household is the same household in every share. Rows of a department are
in the order in which they are formed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import draws
from sim.codes import AGRICULTURE, COUNTRIES, DESTINATIONS, FORMAL, N_ADULT_CELLS, N_DEPARTMENTS, N_MONTHS
from sim.compiling import compiled_loop
from sim.composition import FORMED, N_AGES, SHAPE, THERE, Tables, build_tables
from sim.config import Config
from sim.data.loader import Data
from sim.households import IRREGULAR, STATUSES, Households
from sim.margins import (
    AWAY,
    N_CHILDREN,
    NO_KIN,
    Array,
    in_country,
    largest_remainder,
    zipf_tail,
)
from sim.numerics import compiled, exp32, log32
from sim.world.geography import department_country

BASE_ADULTS, BASE_CHILDREN, BASE_MONTH = 3, 5, 7
"""Bases of the Halton sequence; base 2 places the attributes."""
STRATUM_BIT, DEPARTMENT_BIT = 39, 40
"""Position of stratum and department in the number that is hashed to an id; a stratum holds under 2^39."""
AWAY_COLUMN = len(STATUSES) * DESTINATIONS.index("USA") + IRREGULAR
U_KIN, U_AWAY, U_DEBT, U_DEBT_SIZE = 0, len(DESTINATIONS), len(DESTINATIONS) + 1, len(DESTINATIONS) + 2
"""Sub-indices of the draws of a synthesis."""
SETTINGS = ("population.", "demography.")
"""Beginnings of the settings that households depend on."""


@compiled
def grid_place(k: int, n: int) -> float:
    """Return the place in (0, 1) of number k of n: numbers in bit-reversed order, evenly spaced.

    All n together are the grid (j + 1/2) / n; the first m of them are spread evenly for any m.
    """
    rank, bit = 0, 1
    while bit < n:
        if k & bit:
            low = k & (bit - 1)
            rank += (n - 1 - low) // (2 * bit) + 1
        bit *= 2
    return (rank + 0.5) / n


@compiled
def halton(k: int, base: int) -> float:
    """Return the radical inverse of k + 1: its digits in `base`, mirrored at the point."""
    k += 1
    value, digit = 0.0, 1.0 / base
    while k > 0:
        value += (k % base) * digit
        k //= base
        digit /= base
    return value


@compiled
def _find(cumulative: Any, place: float) -> int:
    """Return the first entry above `place`."""
    low, high = 0, len(cumulative) - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > place:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def _moved(place: Any, step: Any) -> Any:
    """Return a place moved round the unit interval (Cranley and Patterson 1976)."""
    place += step
    return place - 1.0 if place >= 1.0 else place


@compiled
def _key(department: int, stratum: int) -> Any:
    """Return the number of a stratum; with a household's place it is hashed to the household's id."""
    return (np.uint64(department) << np.uint64(DEPARTMENT_BIT)) | (np.uint64(stratum) << np.uint64(STRATUM_BIT))


@compiled_loop
def _months(seed, department, cumulative, found):  # type: ignore[no-untyped-def]  # compiled
    """Write the months (n,) in which the first n households formed later of a department are formed."""
    turn, _ = draws.two_uniforms(seed, _key(department, FORMED), BASE_MONTH, draws.SAMPLE)
    for k in range(len(found)):
        found[k] = _find(cumulative, _moved(halton(k, BASE_MONTH), turn))


@compiled_loop
def _fill(  # type: ignore[no-untyped-def]  # compiled
    start, numbers, total, department, stratum, seed, attributes, adult_table, child_table,
    adults_sets, children_sets, kin_chance, kin_of, away_more, effects, levels, spread, bounds, money,
    ln_formed, id_, department_, rural_, livelihood_, indigenous_, female_, age_, quintile_, adults_,
    children_, income_, propensity_, savings_, debt_, kin_, remits_, away_,
):  # fmt: skip
    """Write households `numbers` (n,) of a stratum of `total` households into rows from `start`."""
    key = _key(department, stratum)
    turn_adults, turn_children = draws.two_uniforms(seed, key, BASE_ADULTS, draws.SAMPLE)
    _, turn_cell = draws.two_uniforms(seed, key, BASE_MONTH, draws.SAMPLE)
    for j in range(len(numbers)):
        i, k = start + j, numbers[j]
        name = draws.mix(key | np.uint64(k))
        id_[i] = name
        department_[i] = department
        cell = _find(attributes, _moved(grid_place(k, total), turn_cell))
        age = cell % SHAPE[6]
        cell //= SHAPE[6]
        female = cell % SHAPE[5]
        cell //= SHAPE[5]
        rural = cell % SHAPE[4]
        cell //= SHAPE[4]
        livelihood = cell % SHAPE[3]
        cell //= SHAPE[3]
        indigenous = cell % SHAPE[2]
        cell //= SHAPE[2]
        receives = cell % SHAPE[1]
        tie = cell // SHAPE[1]
        rural_[i], livelihood_[i], indigenous_[i] = rural, livelihood, indigenous
        female_[i], age_[i], remits_[i] = female, age, receives

        head = female * N_AGES + age
        row = _find(adult_table[head], _moved(halton(k, BASE_ADULTS), turn_adults))
        size = 0
        for cell in range(N_ADULT_CELLS):
            adults_[i, cell] = adults_sets[head, row, cell]
            size += adults_sets[head, row, cell]
        if stratum == FORMED:
            ln_size = ln_formed
        else:
            woman = 1 if adults_[i, 0] + adults_[i, 1] > 0 else 0
            row = _find(child_table[rural, woman, age], _moved(halton(k, BASE_CHILDREN), turn_children))
            for band in range(N_CHILDREN):
                children_[i, band] = children_sets[row, band]
                size += children_sets[row, band]
            ln_size = log32(size)

        if tie != NO_KIN:
            for destination in range(len(DESTINATIONS)):
                chance = 1.0 if destination == 0 and tie != AWAY else kin_chance[destination]
                u, v = draws.two_uniforms(seed, name, 0, draws.SYNTHESIS, U_KIN + destination)
                if u < chance:
                    count = 1
                    while count < len(kin_of) and v < kin_of[count]:
                        count += 1
                    kin_[i, destination] = count
        if tie == AWAY:
            u, chance, count = draws.uniform(seed, name, 0, draws.SYNTHESIS, U_AWAY), away_more, 1
            while u < chance and count < N_ADULT_CELLS:
                count += 1
                chance *= away_more
            away_[i, AWAY_COLUMN] = count

        person = (
            levels + effects[0] * rural + effects[3] * female + effects[4] * indigenous + effects[5] * ln_size
        )
        if livelihood == AGRICULTURE:
            person += effects[1]
        elif livelihood == FORMAL:
            person += effects[2]
        person += spread * draws.normal(seed, name, 0, draws.INCOME)
        quintile = 1
        for bound in bounds:
            if person > bound:
                quintile += 1
        quintile_[i] = quintile
        income_[i] = person + ln_size
        propensity_[i] = draws.normal(seed, name, 0, draws.PROPENSITY)
        month_income = exp32(income_[i])
        saved, owed, owes = money[0], money[2], money[4]
        savings_[i] = month_income * saved * exp32(money[1] * draws.normal(seed, name, 0, draws.SAVINGS))
        if draws.uniform(seed, name, 0, draws.SYNTHESIS, U_DEBT) < owes:
            size_of = draws.normal(seed, name, 0, draws.SYNTHESIS, U_DEBT_SIZE)
            debt_[i] = month_income * owed * exp32(money[3] * size_of)


@dataclass(frozen=True)
class Income:
    """Level by department (54,), spread of ln income by country (3,), quintile bounds by country (3, 4)."""

    level: Array
    spread: Array
    bounds: Array


@dataclass(frozen=True)
class Part:
    """Rows of one stratum of a department, side by side. numbers, months: (n,) place in it, month of formation.

    taken: households of the stratum that are simulated at all, of which these may be the first.
    """

    stratum: int
    department: int
    taken: int
    numbers: NDArray[np.int32]
    months: NDArray[np.int16]


def _parts(config: Config, tables: Tables, count: NDArray[np.int64], last: int) -> list[Part]:
    """Return the rows in their order: by department, those there and then those formed up to month `last`, by month.

    count: (2, 54) households taken of each stratum. Of one month, households are in the order of their numbers.
    """
    parts = []
    for d in range(N_DEPARTMENTS):
        there, formed = (int(n) for n in count[:, d])
        parts.append(Part(THERE, d, there, np.arange(there, dtype=np.int32), np.zeros(there, np.int16)))
        months = np.empty(formed, np.int16)
        _months(config["population.seed"], d, tables.months[department_country[d]], months)
        order = np.argsort(months, kind="stable").astype(np.int32)
        months = months[order]
        n = int(np.searchsorted(months, last, "right"))
        parts.append(Part(FORMED, d, formed, order[:n], months[:n]))
    return parts


def _write(config: Config, tables: Tables, income: Income, parts: Sequence[Part]) -> Households:
    """Return the households of the parts, one after the other."""
    households = Households.allocate(sum(len(part.numbers) for part in parts))
    effects = np.array([config[f"population.income.{name}"] for name in EFFECTS])
    money = np.array([config[f"population.{name}"] for name in MONEY], dtype=np.float32)
    kin_of = zipf_tail(config)
    columns = (
        households.id, households.department, households.rural, households.livelihood, households.indigenous,
        households.female_head, households.head_age, households.quintile, households.adults,
        households.children, households.log_income, households.propensity, households.savings,
        households.debt, households.kin, households.kin_remits, households.away,
    )  # fmt: skip

    def fill(start: int, part: Part) -> None:
        d, place, n = part.department, (part.stratum, part.department), len(part.numbers)
        c, total = int(department_country[d]), int(tables.number[place])
        _fill(
            start, part.numbers, total, d, part.stratum, config["population.seed"],
            tables.attributes[place], tables.adults[place], tables.children[d],
            tables.adults_sets, tables.children_sets, tables.margins.kin_chance[d], kin_of,
            1 - 1 / float(tables.margins.away_people[c]), effects, float(income.level[d]),
            float(income.spread[c]), income.bounds[c], money, float(tables.ln_size[d]), *columns,
        )  # fmt: skip
        here = slice(start, start + n)
        households.first_month[here] = part.months
        each, more = divmod(total, max(part.taken, 1))
        households.weight[here] = each + (part.numbers < more)

    starts = np.cumsum([0, *(len(part.numbers) for part in parts)]).tolist()
    with ThreadPoolExecutor(config["run.threads"] or os.cpu_count()) as threads:
        list(threads.map(fill, starts, parts))
    return households


EFFECTS = ("rural", "farm", "formal", "female_head", "indigenous", "size")
MONEY = ("savings_months", "savings_spread", "debt_months", "debt_spread", "debt_share")
N_QUINTILES = 5
DAYS_A_MONTH = 365.25 / 12


def income_targets(config: Config, data: Data) -> tuple[Array, Array]:
    """Return mean monthly income per person in US$ of 2021 and the Gini index (3,), (3,).

    Survey mean in international dollars of 2021, at market prices by the ratio of GDP per person in current
    dollars to that in international dollars of that year. Gini of the year nearest to 2021.
    """
    year = config["population.income.year"]
    means, ginis = [], []
    for country in COUNTRIES:
        prices = (
            data.year("gdp_per_person_current", country)[year]
            / data.year("gdp_per_person_ppp2021", country)[year]
        )
        means.append(data.year("daily_income_ppp2021", country)[year] * DAYS_A_MONTH * prices)
        series = data.year("gini", country)
        ginis.append(series[min(series, key=lambda y: (abs(y - year), y))])
    return np.array(means), np.array(ginis)


def _income(config: Config, data: Data, tables: Tables) -> Income:
    """Return the level and spread of incomes that meet mean and Gini, solved on a fixed part of each stratum.

    The part does not depend on the share that is simulated, so that a household has one income in all.
    """
    from scipy.special import ndtri  # slow to load, and of no use where households are kept from before

    means, ginis = income_targets(config, data)
    country = np.asarray(department_country)
    count = np.zeros((2, N_DEPARTMENTS), np.int64)
    count[THERE] = np.minimum(config["population.pilot"], tables.number[THERE])
    parts = _parts(config, tables, count, last=0)
    level, spread = np.zeros(N_DEPARTMENTS), np.zeros(len(COUNTRIES))
    bounds = np.zeros((len(COUNTRIES), N_QUINTILES - 1))
    pilot = _write(config, tables, Income(level, spread, bounds), parts)
    size = pilot.adults.sum(1).astype(np.float64) + pilot.children.sum(1)
    people = pilot.weight * size
    ln_person = pilot.log_income - np.log(size)
    by_department = np.bincount(pilot.department, people * ln_person, N_DEPARTMENTS)
    by_department /= np.bincount(pilot.department, people, N_DEPARTMENTS)
    level = tables.margins.ln_income - by_department
    ln_person += level[pilot.department]
    for c in range(len(COUNTRIES)):
        mine = country[pilot.department] == c
        weights, values = people[mine], ln_person[mine]
        total = (np.sqrt(2.0) * ndtri((ginis[c] + 1) / 2)) ** 2  # of a log-normal distribution
        between = np.cov(values, aweights=weights)
        spread[c] = np.sqrt(max(total - float(between), 0.0))
        now = np.average(np.exp(values), weights=weights)
        level[in_country(c)] += np.log(means[c] / now) - spread[c] ** 2 / 2
    pilot = _write(config, tables, Income(level, spread, bounds), parts)
    ln_person = pilot.log_income - np.log(size)
    for c in range(len(COUNTRIES)):
        mine = np.flatnonzero(country[pilot.department] == c)
        order = mine[np.argsort(ln_person[mine], kind="stable")]
        place = np.cumsum(people[order]) / people[order].sum()
        cuts = np.searchsorted(place, np.arange(1, N_QUINTILES) / N_QUINTILES)
        bounds[c] = ln_person[order][cuts]
    return Income(level, spread, bounds)


def made_of(config: Config, data: Data) -> dict[str, Any]:
    """Return what households depend on, as plain data: settings and the content of the figures."""
    settings = {path: config[path] for path in config if path.startswith(SETTINGS)}  # reads no other
    return {"settings": settings, "figures": data.digest()}


def sample_size(number: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """Return households to simulate of each stratum (2, 54): largest remainder, at least one if any."""
    flat = number.reshape(-1)
    taken = largest_remainder(flat.astype(np.float64), round(share * int(flat.sum())))
    return np.minimum(np.maximum(taken, np.minimum(flat, 1)), flat).reshape(number.shape)


def synthesise(config: Config, data: Data, month: int | None = 0, last: int = N_MONTHS - 1) -> Households:
    """Return the households of the three countries, or the share `population.share` of them with weights.

    month: 0 for the start of a simulation (those there in January 2013, and those formed later with their
    `first_month`); None for a snapshot of each country at its own census. last: those formed after this month
    are left out. Rows are by department; in each, those there and then the others by `first_month`. Weights of
    all that are formed by the last month of the model add up to the real number of households of each department
    exactly. The seed of a run plays no part.

    Raises:
        DataError: a figure is missing. WorkError: the margins contradict each other.

    """
    tables = build_tables(config, data, month)
    count = sample_size(tables.number, config["population.share"])
    income = _income(config, data, tables)
    return _write(config, tables, income, _parts(config, tables, count, last))
