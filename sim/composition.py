"""Joint tables of households that meet the margins: attributes, adults, children.

Attributes are fitted by iterative proportional fitting from documented associations (odds). Adults and
children are chosen from lists of possible sets, weighted by a prior and tilted exponentially until the people
of each department are met (the least change of the prior that meets them; Deming and Stephan 1940, Csiszar
1975). Graded A where no census cross-table is known.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.codes import (
    ADULT_BANDS,
    AGRICULTURE,
    CHILD_BANDS,
    COUNTRIES,
    FORMAL,
    LIVELIHOODS,
    N_ADULT_CELLS,
    N_DEPARTMENTS,
    SEXES,
)
from sim.config import Config
from sim.data.loader import Data
from sim.errors import WorkError
from sim.margins import (
    AWAY,
    KIN,
    N_CHILDREN,
    Array,
    Margins,
    build_margins,
    formation,
    in_country,
    largest_remainder,
)
from sim.world.vital import build_vital

SHAPE = (3, 2, 2, len(LIVELIHOODS), 2, len(SEXES), len(ADULT_BANDS))
"""Axes of the attribute table: tie, receives, indigenous, livelihood, rural, head female, head's age."""
TIE, RECEIVES, INDIGENOUS, LIVELIHOOD, RURAL, HEAD_FEMALE, HEAD_AGE = range(len(SHAPE))
THERE, FORMED = range(2)
"""Strata of a department: households that are there in January 2013, and those formed later."""
N_AGES = len(ADULT_BANDS)
N_HEADS = len(SEXES) * len(ADULT_BANDS)
"""Kinds of head: male by age band, then female."""

MAX_EXTRA, MAX_YOUNG_EXTRA = 3, 4
"""Other adults beside head and partner: up to 3 of any age, up to 4 if all are 18-29."""
MAX_A_BAND = 3
"""Children of one band in a household, at most."""
ENOUGH = 1e-9
"""Relative error at which a table has met its margins."""


def _attribute_prior(config: Config) -> Array:
    """Return the associations between attributes as a table of odds (SHAPE)."""
    table = np.ones(SHAPE)

    def pair(name: str, first: tuple[int, int], second: tuple[int, int]) -> None:
        index: list[int | slice] = [slice(None)] * len(SHAPE)
        index[first[0]], index[second[0]] = first[1], second[1]
        table[tuple(index)] *= config[f"population.odds.{name}"]

    pair("kin_receives", (TIE, KIN), (RECEIVES, 1))
    pair("away_receives", (TIE, AWAY), (RECEIVES, 1))
    pair("farm_rural", (LIVELIHOOD, AGRICULTURE), (RURAL, 1))
    pair("formal_rural", (LIVELIHOOD, FORMAL), (RURAL, 1))
    pair("indigenous_rural", (INDIGENOUS, 1), (RURAL, 1))
    pair("indigenous_farm", (INDIGENOUS, 1), (LIVELIHOOD, AGRICULTURE))
    pair("indigenous_formal", (INDIGENOUS, 1), (LIVELIHOOD, FORMAL))
    pair("female_receives", (HEAD_FEMALE, 1), (RECEIVES, 1))
    pair("female_away", (HEAD_FEMALE, 1), (TIE, AWAY))
    pair("female_farm", (HEAD_FEMALE, 1), (LIVELIHOOD, AGRICULTURE))
    pair("rural_away", (RURAL, 1), (TIE, AWAY))
    return table


def _binary(share: Array) -> Array:
    return np.stack([1 - share, share], axis=-1)


def attribute_table(config: Config, margins: Margins) -> Array:
    """Return shares of households by department and attributes (54, *SHAPE).

    Raises:
        WorkError: the margins contradict each other (the fit does not settle).

    """
    return _fit(
        np.broadcast_to(_attribute_prior(config), (N_DEPARTMENTS, *SHAPE)).copy(),
        {
            (TIE,): margins.tie,
            (RECEIVES,): _binary(margins.receives),
            (INDIGENOUS,): _binary(margins.indigenous),
            (LIVELIHOOD,): margins.livelihood,
            (RURAL,): _binary(margins.rural),
            (HEAD_FEMALE, HEAD_AGE): margins.heads,
        },
    )


def formed_table(config: Config, there: Array, margins: Margins) -> Array:
    """Return the attributes of households formed later (54, *SHAPE): young heads, no member away yet.

    there: table of those that are there. Livelihoods are those of `margins` (the latest figures); where a
    household that is there has a member away, one that is formed has kin.
    """
    table = there.copy()
    table[:, KIN] += table[:, AWAY]
    table[:, AWAY] = 0
    kept = table.sum(axis=tuple(k + 1 for k in range(len(SHAPE)) if k != HEAD_FEMALE))
    ages = np.array([config[f"population.formed_head.{band}"] for band in ADULT_BANDS])
    heads = kept[:, :, None] * (ages / ages.sum())
    return _fit(table, {(LIVELIHOOD,): margins.livelihood, (HEAD_FEMALE, HEAD_AGE): heads})


def _fit(table: Array, targets: dict[tuple[int, ...], Array]) -> Array:
    """Return the table (54, *SHAPE) scaled in turn to each margin until all are met."""
    for _ in range(500):  # rounds; a few dozen are enough when the margins agree
        worst = 0.0
        for axes, target in targets.items():
            others = tuple(k + 1 for k in range(len(SHAPE)) if k not in axes)
            now = table.sum(axis=others)
            factor = np.divide(target, now, out=np.zeros_like(now), where=now > 0)
            worst = max(worst, float(np.abs(now - target).max()))
            table *= np.expand_dims(factor, others)
        if worst < ENOUGH:
            return table / table.sum(axis=tuple(range(1, table.ndim)), keepdims=True)
    raise WorkError(f"population: attribute margins cannot be met together (largest error {worst:.1e})")


def adult_sets(config: Config) -> tuple[NDArray[np.uint8], Array]:
    """Return adults of each possible household (8, K, 8) and prior weights (8, K), by kind of head.

    Axis 0 is the kind of head, axis 2 the columns of `Households.adults`. A set is the head, no partner or
    one of the other sex in the same or a neighbouring band, and other adults.
    """
    n_ages = len(ADULT_BANDS)
    extras = [
        combination
        for size in range(MAX_EXTRA + 1)
        for combination in itertools.combinations_with_replacement(range(N_ADULT_CELLS), size)
    ]
    extras += list(itertools.combinations_with_replacement((0, n_ages), MAX_YOUNG_EXTRA))
    gap = config["population.partner_band_gap"]
    sets, weights = [], []
    for head in range(N_HEADS):
        female, age = divmod(head, n_ages)
        own, other = (0, n_ages) if female else (n_ages, 0)
        paired = config["population.partner_female_head" if female else "population.partner_male_head"]
        older = 1 if female else -1  # she may be a band below him, he one above her
        neighbour = age + older if 0 <= age + older < n_ages else age
        partners = [(None, 1 - paired), (age, paired * (1 - gap)), (neighbour, paired * gap)]
        means = [
            config[f"population.extra.{ADULT_BANDS[age]}.{ADULT_BANDS[cell % n_ages]}"]
            for cell in range(N_ADULT_CELLS)
        ]
        for band, chance in partners:
            for combination in extras:
                people = np.bincount(combination, minlength=N_ADULT_CELLS)
                people[own + age] += 1
                if band is not None:
                    people[other + band] += 1
                prior = chance
                for cell in range(N_ADULT_CELLS):
                    n = combination.count(cell)
                    prior *= means[cell] ** n / math.factorial(n)
                sets.append(people)
                weights.append(prior)
    shape = (N_HEADS, len(extras) * 3)
    prior_weights = np.array(weights).reshape(shape)
    return (
        np.array(sets, dtype=np.uint8).reshape(*shape, N_ADULT_CELLS),
        prior_weights / prior_weights.sum(1, keepdims=True),
    )


def child_sets(config: Config) -> tuple[NDArray[np.uint8], Array]:
    """Return possible sets of children (K, 3) and prior weights (2, 2, 4, K).

    Axes of the weights: rural, a woman of 18 to 44 in the household, age of the head.
    """
    sets = np.array(list(itertools.product(range(MAX_A_BAND + 1), repeat=len(CHILD_BANDS))), dtype=np.uint8)
    orders = np.array([math.factorial(n) for n in range(MAX_A_BAND + 1)])
    weights = np.empty((2, 2, len(ADULT_BANDS), len(sets)))
    for rural, woman, age in itertools.product(range(2), range(2), range(len(ADULT_BANDS))):
        means = np.array([config[f"population.children.{ADULT_BANDS[age]}.{band}"] for band in CHILD_BANDS])
        means = means * config["population.children_rural"] ** rural
        means = means * config["population.children_no_young_woman"] ** (1 - woman)
        prior = np.prod(means**sets / orders[sets], axis=1)
        weights[rural, woman, age] = prior / prior.sum()
    return sets, weights


def tilt(prior: Array, sets: NDArray[np.uint8], groups: Array, target: Array) -> Array:
    """Return weights (G, K) by group, tilted so that the mean set is `target`.

    prior: (G, K) weights, each group adding up to 1. sets: (G, K, J) or (K, J) people of a
    set. groups: (G,) shares of the groups. target: (J,) mean people a household. Newton's method on the dual.

    Raises:
        WorkError: no tilt meets the target.

    """
    x = sets.astype(np.float64)
    by_group = x.ndim > 2
    step = np.zeros(x.shape[-1])
    mean_of = "gk,gkj->gj" if by_group else "gk,kj->gj"
    square_of = "gk,gki,gkj->gij" if by_group else "gk,ki,kj->gij"
    for _ in range(60):  # steps; about ten are enough
        weights = prior * np.exp(x @ step)
        weights /= weights.sum(-1, keepdims=True)
        mean = np.einsum(mean_of, weights, x)
        error = target - groups @ mean
        if np.abs(error).max() < ENOUGH:
            return weights
        square = np.einsum(square_of, weights, x, x, optimize=True)
        spread = np.einsum("g,gij->ij", groups, square - mean[:, :, None] * mean[:, None, :])
        change = np.linalg.solve(spread, error)
        step += change * min(1.0, 1.0 / np.abs(change).max())
    raise WorkError(f"population: no mix of households has {np.round(target, 3)} people a household")


@dataclass(frozen=True)
class Tables:
    """Cumulative tables that a household's place is looked up in.

    number: (2, 54) households by stratum. attributes: (2, 54, cells). adults: (2, 54, 8, K), children:
    (54, 2, 2, 4, K) by rural, young woman, head's age. months: (3, T) of formation. *_sets: their rows.
    ln_size: (54,) of the mean household.
    """

    margins: Margins
    number: NDArray[np.int64]
    attributes: Array
    adults: Array
    children: Array
    months: Array
    adults_sets: NDArray[np.uint8]
    children_sets: NDArray[np.uint8]
    ln_size: Array


def _cumulative(weights: Array) -> Array:
    total = np.cumsum(weights, axis=-1)
    return total / total[..., -1:]


def build_tables(config: Config, data: Data, month: int | None) -> Tables:
    """Return the tables of a month (None: each country at its own census, without later formation)."""
    vital = build_vital(config, data)
    margins = build_margins(config, data, vital, month)
    latest = build_margins(config, data, vital, None)
    number = np.zeros((2, N_DEPARTMENTS), np.int64)
    number[THERE] = margins.households
    months = np.ones((len(COUNTRIES), vital.birth.shape[1]))
    if month is not None:
        formed = formation(config, data, vital)
        formed[:, : month + 1] = 0
        months = _cumulative(formed)
        for c in range(len(COUNTRIES)):
            here = in_country(c)
            shares = margins.households[here].astype(np.float64)
            number[FORMED, here] = largest_remainder(shares, round(formed[c].sum()))
    there = attribute_table(config, margins)
    attributes = np.stack([there, formed_table(config, there, latest)]).reshape(2, N_DEPARTMENTS, -1)

    sets, adult_prior = adult_sets(config)
    small, child_prior = child_sets(config)
    young_woman = sets[:, :, :2].sum(-1) > 0
    alone = sets.sum(-1) <= 2  # head, or head and partner: young households have no others
    alone &= _partner_or_none(sets)
    fresh = np.where(alone, adult_prior, 0)
    adults = np.empty((2, N_DEPARTMENTS, *adult_prior.shape))
    adults[FORMED] = _cumulative(fresh)
    children = np.empty((N_DEPARTMENTS, *child_prior.shape))
    by_head = there.sum(axis=(1, 2, 3, 4)).transpose(0, 2, 3, 1)  # department, head female, age, rural
    for d in range(N_DEPARTMENTS):
        people = margins.people[d] / margins.households[d]
        heads = margins.heads[d].reshape(-1)
        chosen = tilt(adult_prior, sets, heads, people[N_CHILDREN:])
        adults[THERE, d] = _cumulative(chosen)
        with_woman = (chosen * young_woman).sum(1).reshape(2, N_AGES)
        groups = np.stack([1 - with_woman, with_woman])[:, :, :, None] * by_head[d]
        groups = groups.sum(1).transpose(2, 0, 1)  # rural, woman, age
        mixed = tilt(child_prior.reshape(-1, len(small)), small, groups.reshape(-1), people[:N_CHILDREN])
        children[d] = _cumulative(mixed).reshape(child_prior.shape)
    size = np.log(margins.people.sum(1) / margins.households)
    return Tables(margins, number, _cumulative(attributes), adults, children, months, sets, small, size)


def _partner_or_none(sets: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return whether a set has at most one adult of each sex (8, K)."""
    by_sex = sets.reshape(*sets.shape[:2], 2, N_AGES).sum(-1)
    return (by_sex <= 1).all(-1)
