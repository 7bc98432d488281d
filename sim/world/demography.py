"""Demography of households: births, deaths, ageing and leaving home, a person at a time.

`one_month` is the rule of one household, compiled; `project` runs it alone (no drivers, no choices) on a
small sample, and solves the hazard of leaving home so that as many adults leave as found new households.
Totals follow from births, deaths and emigration; the projections of the United Nations, which hold an assumed
net migration already, are only compared.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sim import draws
from sim.cache import kept
from sim.codes import ADULT_BANDS, CHILD_BANDS, COUNTRIES, N_ADULT_CELLS, N_MONTHS, month_name
from sim.compiling import compiled_inside, compiled_loop
from sim.config import Config
from sim.data.loader import Data
from sim.margins import coverage, household_numbers
from sim.numerics import compiled
from sim.population import made_of, synthesise
from sim.world.geography import department_country
from sim.world.vital import MONTHS_A_YEAR, N_BANDS, Vital, build_vital

N_CHILD = len(CHILD_BANDS)
N_AGES = len(ADULT_BANDS)
NOTHING, BORN, LEFT, FIRST_BAND = range(4)
"""Events of a month: nothing, a birth, a young adult leaves home; FIRST_BAND + 2 b a death in band b, and the next
number that somebody of that band grows into the next."""
KEPT = 2
"""Adults who stay in a household when others leave to found one: head and partner."""
PER_THOUSAND = 1000
YEARS_BETWEEN = 5
"""Years between the rows of `compare`."""


@dataclass(frozen=True)
class Demography:
    """Monthly rates by country and month, float32.

    birth: (3, T) per woman of 18 to 44. death, ageing: (3, 11, T) per person of a band (three of children,
    then the columns of `Households.adults`); ageing moves a person to the next band. leave_home: (3, T) per
    spare young adult (see `spare`). founders: (3, T) adults who found households, in real people.
    """

    birth: NDArray[np.float32]
    death: NDArray[np.float32]
    ageing: NDArray[np.float32]
    leave_home: NDArray[np.float32]
    founders: NDArray[np.float32]


@dataclass(frozen=True)
class Projection:
    """A projection by demography alone.

    people: (3, 11, T), households: (3, T), real, at the start of a month.
    births, deaths, left, founders, spare, emigrated: (3, T) people in a month; spare: those who may leave.
    """

    people: NDArray[np.float64]
    households: NDArray[np.float64]
    births: NDArray[np.float64]
    deaths: NDArray[np.float64]
    left: NDArray[np.float64]
    founders: NDArray[np.float64]
    spare: NDArray[np.float64]
    emigrated: NDArray[np.float64]


@compiled
def n_adults(adults):  # type: ignore[no-untyped-def]
    """Return the adults of a household, of its row (8,)."""
    total = 0
    for cell in range(N_ADULT_CELLS):
        total += adults[cell]
    return total


@compiled_inside
def spare_of(young, n):  # type: ignore[no-untyped-def]
    """Return those beyond the two who stay, of so many adults of 18 to 44 among n adults."""
    return min(young, max(0, n - KEPT))


@compiled
def spare(adults):  # type: ignore[no-untyped-def]
    """Return adults of 18 to 44 beyond the two who stay: those who may leave to found a household."""
    young = adults[0] + adults[1] + adults[N_AGES] + adults[N_AGES + 1]
    return spare_of(int(young), n_adults(adults))


@compiled
def leaver(adults, older, place):  # type: ignore[no-untyped-def]
    """Return the column of the young adult who leaves, -1 if none: of 30-44 with chance `older`."""
    band = 1 if place < older else 0
    place = place / older if place < older else (place - older) / (1 - older)
    if adults[band] + adults[N_AGES + band] == 0:
        band = 1 - band
    women, men = adults[band], adults[N_AGES + band]
    if women + men == 0:
        return -1
    return band if place * (women + men) < women else N_AGES + band


@compiled_inside
def next_event(event, chance, code, rate):  # type: ignore[no-untyped-def]
    """Return (event, chance) after looking at an event of a rate: it happens where none has and the chance is below.

    event: code of what has happened, NOTHING if nothing has. chance: of the draw, what is left of it, float32.
    """
    here = (event == NOTHING) & (chance < rate)
    return code if here else event, chance if here | (event != NOTHING) else chance - rate


@compiled
def one_month(adults, children, birth, death, ageing, leave, older, most, key):  # type: ignore[no-untyped-def]
    """Change a household's people by one month of births, deaths, ageing and leaving home.

    adults, children: rows (8,), (3,), changed in place. birth, leave: rates; death, ageing: (11,) rates; older:
    share of founders aged 30-44. most: no less than the rates that any one person has together; a household of
    n people with a draw above n times it has a quiet month. key: of `sim.draws`. One event a month at most, so
    that expectations are exact. The last adult does not die while there are children (a relative takes the
    place). Returns born, died, left (0 or 1).
    """
    event, chance = NOTHING, draws.uniform_of(key, draws.BIRTH)
    if chance >= most * (n_adults(adults) + children[0] + children[1] + children[2]):
        return 0, 0, 0
    event, chance = next_event(event, chance, BORN, np.float32(birth) * np.float32(adults[0] + adults[1]))
    event, chance = next_event(event, chance, LEFT, np.float32(leave) * np.float32(spare(adults)))
    for band in range(N_BANDS):
        people = np.float32(children[band] if band < N_CHILD else adults[band - N_CHILD])
        event, chance = next_event(event, chance, FIRST_BAND + 2 * band, np.float32(death[band]) * people)
        event, chance = next_event(event, chance, FIRST_BAND + 2 * band + 1, np.float32(ageing[band]) * people)
    return happen(event, chance, adults, children, ageing, leave, older)


@compiled
def happen(event, chance, adults, children, ageing, leave, older):  # type: ignore[no-untyped-def]
    """Let an event of a month happen, of the chance that was left when it was found; returns born, died, left."""
    if event == NOTHING:
        return 0, 0, 0
    if event == BORN:
        children[0] += 1
        return 1, 0, 0
    if event == LEFT:
        cell = leaver(adults, older, chance / (np.float32(leave) * np.float32(spare(adults))))
        if cell >= 0:
            adults[cell] -= 1
            return 0, 0, 1
        return 0, 0, 0
    band, older_now = (event - FIRST_BAND) // 2, (event - FIRST_BAND) % 2
    people = children[band] if band < N_CHILD else adults[band - N_CHILD]
    if older_now:
        _turn(adults, children, band, 2 * chance < np.float32(ageing[band]) * np.float32(people))
    elif band < N_CHILD:
        children[band] -= 1
        return 0, 1, 0
    elif n_adults(adults) > 1 or children[0] + children[1] + children[2] == 0:
        adults[band - N_CHILD] -= 1
        return 0, 1, 0
    return 0, 0, 0


@compiled
def _turn(adults, children, band, girl):  # type: ignore[no-untyped-def]
    """Move one person of a band into the next; who turns 18 becomes a woman or a man."""
    if band < N_CHILD - 1:
        children[band] -= 1
        children[band + 1] += 1
    elif band == N_CHILD - 1:
        children[band] -= 1
        adults[0 if girl else N_AGES] += 1
    else:
        adults[band - N_CHILD] -= 1
        adults[band - N_CHILD + 1] += 1


@compiled_loop
def _count(adults, children, weight, country, first, month, people, totals):  # type: ignore[no-untyped-def]
    """Add up people (3, 11), and households, founders and spare adults (3, 3) at the start of a month."""
    people[:] = 0
    totals[:] = 0
    for i in range(len(weight)):
        if first[i] > month:
            continue
        c, w = country[i], weight[i]
        inside = 0
        for band in range(N_CHILD):
            people[c, band] += w * children[i, band]
            inside += children[i, band]
        for cell in range(N_ADULT_CELLS):
            people[c, N_CHILD + cell] += w * adults[i, cell]
            inside += adults[i, cell]
        if inside > 0:
            totals[c, 0] += w
        if first[i] == month and month > 0:
            totals[c, 1] += w * n_adults(adults[i])
        else:
            totals[c, 2] += w * spare(adults[i])


@compiled_loop
def _advance(  # type: ignore[no-untyped-def]  # compiled
    adults, children, weight, country, first, name, month, birth, death, ageing, leave, emigrate, older, seed,
    flows,
):  # fmt: skip
    """Let every household live one month; flows (3, 4): born, died, left home, emigrated."""
    flows[:] = 0
    for i in range(len(weight)):
        if first[i] > month:
            continue
        c, w = country[i], weight[i]
        leaving = 0.0 if first[i] == month and month > 0 else leave[c]
        born, died, left = one_month(
            adults[i],
            children[i],
            birth[c],
            death[c],
            ageing[c],
            leaving,
            older,
            1.0,
            draws.key(seed, name[i], month),
        )
        flows[c, 0] += w * born
        flows[c, 1] += w * died
        flows[c, 2] += w * left
        young = adults[i, 0] + adults[i, 1] + adults[i, N_AGES] + adults[i, N_AGES + 1]
        u, v = draws.two_uniforms(seed, name[i], month, draws.MOVER)
        if n_adults(adults[i]) > 1 and u < emigrate[c] * young:
            adults[i, leaver(adults[i], older, v)] -= 1
            flows[c, 3] += w


def older_founders(config: Config) -> float:
    """Return the share of founders of households who are 30-44 (the others are 18-29)."""
    share = [config[f"population.formed_head.{band}"] for band in ADULT_BANDS]
    return float(share[1] / sum(share))


def emigration(config: Config, vital: Vital) -> NDArray[np.float64]:
    """Return the assumed net emigration (3, T), monthly, per adult of 18 to 44."""
    rate = np.array([config[f"demography.net_emigration.{country}"] for country in COUNTRIES])
    young = [N_CHILD, N_CHILD + 1, N_CHILD + N_AGES, N_CHILD + N_AGES + 1]
    people = vital.people
    return rate[:, None] / PER_THOUSAND / MONTHS_A_YEAR * people.sum(1) / people[:, young].sum(1)


def project(config: Config, data: Data, *, emigrating: bool) -> tuple[Projection, NDArray[np.float64]]:
    """Return the projection of a sample by demography alone, and the hazard of leaving home (3, T).

    emigrating: with the assumed net emigration, else nobody leaves the country. The hazard of each month is
    founders over spare adults of that month.
    """
    vital = build_vital(config, data)
    sample = synthesise(config.replace(population__share=config["demography.projection_share"]), data)
    country = department_country[sample.department].astype(np.int64)
    weight = sample.weight.astype(np.float64)
    leave_country = emigration(config, vital) * (1.0 if emigrating else 0.0)
    founders = np.bincount(
        country * N_MONTHS + sample.first_month, weight * sample.adults.sum(1), len(COUNTRIES) * N_MONTHS
    ).reshape(len(COUNTRIES), N_MONTHS)
    founders[:, 0] = 0
    founders = _smooth(founders)
    people = np.empty((len(COUNTRIES), N_BANDS, N_MONTHS))
    totals = np.empty((len(COUNTRIES), 3, N_MONTHS))
    flows = np.empty((len(COUNTRIES), 4, N_MONTHS))
    hazard = np.empty((len(COUNTRIES), N_MONTHS))
    now_people, now_totals, now_flows = np.empty(people.shape[:2]), np.empty((3, 3)), np.empty((3, 4))
    for month in range(N_MONTHS):
        _count(sample.adults, sample.children, weight, country, sample.first_month, month, now_people, now_totals)
        people[..., month], totals[..., month] = now_people, now_totals
        hazard[:, month] = np.minimum(founders[:, month] / np.maximum(now_totals[:, 2], 1), 1)
        _advance(
            sample.adults, sample.children, weight, country, sample.first_month, sample.id, month,
            vital.birth[:, month], vital.death[..., month], vital.ageing[..., month], hazard[:, month],
            leave_country[:, month], older_founders(config), config["population.seed"], now_flows,
        )  # fmt: skip
        flows[..., month] = now_flows
    made = Projection(people, totals[:, 0], flows[:, 0], flows[:, 1], flows[:, 2], founders, totals[:, 2], flows[:, 3])
    return made, hazard


def _smooth(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each month's mean over the year around it (3, T): the sample forms few households a month."""
    window = np.ones(MONTHS_A_YEAR + 1)
    counted = np.convolve(np.ones(series.shape[1]), window, mode="same")
    return np.stack([np.convolve(row, window, mode="same") / counted for row in series])


def build_demography(config: Config, data: Data) -> Demography:
    """Return the rates of the three countries; leaving home is balanced under the assumed net emigration."""

    def make() -> dict[str, NDArray[np.float32]]:
        vital = build_vital(config, data)
        made, hazard = project(config, data, emigrating=True)
        rates = (vital.birth, vital.death, vital.ageing, hazard, made.founders)
        return {field.name: rate.astype(np.float32) for field, rate in zip(fields(Demography), rates, strict=True)}

    known_by = made_of(config.replace(population__share=config["demography.projection_share"]), data)
    return Demography(**kept("demography", __file__, known_by, make))


def compare(config: Config, data: Data) -> list[dict[str, float | str]]:
    """Return people and households projected with and without emigration beside those of the United Nations.

    One row a country and year; United Nations people are scaled to the people that the census counts.
    """
    vital = build_vital(config, data)
    cover = coverage(config, data, vital)
    numbers = household_numbers(config, data, vital)
    closed, _ = project(config, data, emigrating=False)
    made, _ = project(config, data, emigrating=True)
    rows: list[dict[str, float | str]] = []
    for c, country in enumerate(COUNTRIES):
        for month in (*range(0, N_MONTHS, YEARS_BETWEEN * MONTHS_A_YEAR), N_MONTHS - 1):
            rows.append({
                "country": country,
                "month": month_name(month),
                "united_nations": float(vital.people[c, :, month].sum() * cover[c]),
                "closed": float(closed.people[c, :, month].sum()),
                "emigrating": float(made.people[c, :, month].sum()),
                "households_expected": float(numbers[c, month]),
                "households_closed": float(closed.households[c, month]),
                "households_emigrating": float(made.households[c, month]),
            })  # fmt: skip
    return rows
