"""What every run of a share starts from: its households, and what is counted of them once.

Both depend on figures, on settings of the population and on the last month, and not on the seed or on any policy:
they are kept between processes (`sim/cache.py`), and a run maps them into memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.cache import kept
from sim.codes import CHILD_BANDS, COUNTRIES, LIVELIHOODS, N_DEPARTMENTS, N_MONTHS, month_index
from sim.config import Config
from sim.data.loader import Data
from sim.households import LAYOUT, Households
from sim.population import made_of, synthesise
from sim.world.geography import department_country

TEENAGERS = CHILD_BANDS.index("12-17")
Counted = Mapping[str, NDArray[np.float64]]


def households_at_start(config: Config, data: Data) -> tuple[Households, Counted]:
    """Return the households that are there in January 2013 or formed by the end of a run, and `counted` of them.

    Raises:
        DataError: a figure is missing. WorkError: the margins contradict each other.

    """
    last = month_index(config["run.end"])

    def make() -> dict[str, NDArray[Any]]:
        households = synthesise(config, data, last=last)
        return {**{name: getattr(households, name) for name in LAYOUT}, **counted(households)}

    found = kept("households", __file__, {**made_of(config, data), "last": last}, make)
    return Households(**{name: found[name] for name in LAYOUT}), {name: found[name] for name in found.keys() - LAYOUT}


def counted(households: Households) -> Counted:
    """Return real adults of 18 to 44 by country, and by department households and teenagers, in January 2013.

    homes: (livelihood, urban or rural, department, month) households formed by then. Rows are by department.
    """
    young, there, teenagers = (np.zeros(N_DEPARTMENTS) for _ in range(3))
    homes = np.zeros((len(LIVELIHOODS), 2, N_DEPARTMENTS, N_MONTHS))
    first = np.searchsorted(households.department, np.arange(N_DEPARTMENTS + 1))
    for d in range(N_DEPARTMENTS):  # one after the other: no copy of a column of all households
        here = slice(first[d], first[d + 1])
        weight = households.weight[here]
        at_first = weight * (households.first_month[here] == 0)
        there[d] = at_first.sum()
        young[d] = households.adults[here][:, [0, 1, 4, 5]].sum(axis=1) @ at_first
        teenagers[d] = households.children[here, TEENAGERS] @ at_first
        shape = (len(LIVELIHOODS), 2, N_MONTHS)
        cell = np.ravel_multi_index(
            (households.livelihood[here], households.rural[here], households.first_month[here]), shape
        )
        homes[:, :, d] = np.bincount(cell, weight, np.prod(shape)).reshape(shape).cumsum(axis=-1)
    return {
        "young_adults": np.bincount(department_country, young, len(COUNTRIES)),
        "households": there, "teenagers": teenagers, "homes": homes,
    }  # fmt: skip
