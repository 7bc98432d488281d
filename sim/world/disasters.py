"""Disasters E: the share of a department's households hit in a month, weighted by how hard the kind hits.

People affected over population, as recorded by country; Eta and Iota (November 2020) on the departments they
reached, any other event evenly over its country and months (no department figures). Droughts are in S, not
here. Months after the record copy the month that the projection draws, so storms keep their El Nino year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, FIRST_YEAR, N_DEPARTMENTS, N_MONTHS, month_index
from sim.config import Config
from sim.data.loader import Data
from sim.world.geography import department_country
from sim.world.known import last_known
from sim.world.projection import MONTHS_A_YEAR, WINDOW

Array = NDArray[np.float64]

KINDS: Final = ("storm", "flood", "earthquake", "volcano", "landslide")
"""Kinds of event that hit households at once; droughts, pests, prices and politics enter elsewhere or not."""
ETA_IOTA: Final = "Hurricanes Eta and Iota"
EXPOSURE_CLASSES: Final = ("low", "medium", "high")


def disasters(config: Config, data: Data, source: NDArray[np.int64]) -> Array:
    """Return E, (54, 276): share of households hit this month times severity (0 none, 1 all and hard)."""
    hit = np.zeros((N_DEPARTMENTS, N_MONTHS))
    for event in data.events():
        if event["kind"] in KINDS and event["people_affected"] and event["overlaps"] != "1":
            _add(hit, event, config, data)
    hit = np.minimum(hit, config["drivers.disaster_cap"])
    end = min(WINDOW, last_known(data) + 1)
    hit[:, end:] = hit[:, source[end:]]
    return hit


def _add(hit: Array, event: Mapping[str, str], config: Config, data: Data) -> None:
    """Add one event to `hit`, if it falls into 2013-2024."""
    start = month_index(event["start"][:7])
    end = month_index((event["end"] or event["start"])[:7])
    months = [m for m in range(start, end + 1) if 0 <= m < WINDOW]
    if not months or event["country"] not in COUNTRIES:
        return
    mine = np.flatnonzero(department_country == COUNTRIES.index(event["country"]))
    people = data.department("population")[mine]
    weight = np.ones(mine.size)
    if event["event"] == ETA_IOTA:
        classes = data.department("eta_iota")[mine].astype(int)
        weight = np.array([config[f"drivers.eta_iota.{name}"] for name in EXPOSURE_CLASSES])[classes]
    affected = float(event["people_affected"]) * people.sum() / _population(data, event["country"], start)
    share = spread(affected, people, weight, config["drivers.disaster_cap"])
    severity = config[f"drivers.severity.{event['kind']}"]
    for month in months:
        hit[mine, month] += share * severity / (end - start + 1)


def spread(affected: float, people: Array, weight: Array, cap: float) -> Array:
    """Return the share hit by department: as `weight`, at most `cap`; the people hit add to `affected`."""
    share = np.zeros(people.size)
    free = weight > 0
    for _ in range(people.size):
        left = affected - float(share[~free] @ people[~free])
        share[free] = weight[free] * max(left, 0) / float(weight[free] @ people[free])
        over = free & (share > cap)
        if not over.any():
            break
        share[over] = cap
        free = free & ~over
        if not free.any():
            break
    return share


def _population(data: Data, country: str, month: int) -> float:
    """Return the country's people in the year of a month (census years of departments differ)."""
    return data.year("population", country)[FIRST_YEAR + month // MONTHS_A_YEAR]
