"""From drivers, border, demography and programmes to the arrays that the rules see.

One place where the month's sources meet, before policies change them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, DESTINATIONS, IRREGULAR_PATHWAYS, N_MONTHS, PATHWAYS
from sim.compiling import compiled_loop
from sim.config import Config
from sim.data.loader import Data
from sim.households import IRREGULAR
from sim.programmes import PARTY_RULES, Programmes
from sim.rules.livelihood import p_victimised
from sim.state import Levers, Ways, World, behaviour
from sim.world.border import Border, build_border
from sim.world.demography import build_demography, older_founders
from sim.world.drivers import Drivers, build_drivers
from sim.world.geography import department_country

SINGLE_ADULTS_ONLY = PARTY_RULES.index("single_adult")


@compiled_loop
def _victims(ln_v, P, crime, women, children):
    for d in range(ln_v.shape[0]):
        for month in range(ln_v.shape[1]):
            crime[d, month] = p_victimised(P[0].victim_rate_year, ln_v[d, month], P[0])
            women[d, month] = p_victimised(P[0].gbv_rate_year, ln_v[d, month], P[0])
            children[d, month] = p_victimised(P[0].child_victim_rate_year, ln_v[d, month], P[0])


def main_cities(data: Data) -> NDArray[np.int8]:
    """Return (54,) the most populous department of each department's country: where internal moves go."""
    people = data.department("population")
    city = [int(np.argmax(np.where(department_country == c, people, 0))) for c in range(len(COUNTRIES))]
    return np.array(city, np.int8)[department_country]


def build_world(config: Config, data: Data) -> tuple[World, Drivers, Border]:
    """Return what the rules see of every month, and the drivers and border it was made from."""
    drivers, border = build_drivers(config, data), build_border(config, data)
    people = build_demography(config, data)
    crime, women, children = (np.zeros_like(drivers.ln_violence) for _ in range(3))
    _victims(drivers.ln_violence, behaviour(config), crime, women, children)
    return World(
        country=department_country, main_city=main_cities(data), ln_v=drivers.ln_violence, p_victim=crime,
        p_gbv=women, p_child_victim=children,
        dryness=drivers.dryness, disaster=drivers.disaster, ln_local=np.log(drivers.local_income),
        governance=drivers.governance, closure=drivers.closure, mex_closure=drivers.mex_closure,
        coffee=drivers.coffee, ln_theta=drivers.ln_tightness,
        wage=np.stack([drivers.us_wage, drivers.mex_wage, drivers.can_wage]), season=drivers.season,
        released=border.released, expelled=border.expelled, apprehended=border.apprehended,
        p_mexico=border.mexico_removed, interior=border.interior_removed, birth=people.birth,
        death=np.ascontiguousarray(people.death.transpose(2, 0, 1)),
        ageing=np.ascontiguousarray(people.ageing.transpose(2, 0, 1)), leave_home=people.leave_home,
        most_turns=np.max(people.death + people.ageing, axis=1) + people.birth + people.leave_home,
        older=np.array(older_founders(config), np.float32),
    ), drivers, border  # fmt: skip


def build_levers(config: Config) -> Levers:
    """Return the status quo of what policies set."""
    coverage = np.array(config.by_country("reintegration.coverage"), np.float32)
    return Levers(
        coverage=np.repeat(coverage[:, None], N_MONTHS, axis=1),
        package=np.full(N_MONTHS, config["reintegration.package"], np.float32),
        debt_relief=np.full(N_MONTHS, config["reintegration.debt_relief"], np.float32),
    )


def build_ways(config: Config, programmes: Programmes) -> Ways:
    """Return the pathways by code: the programmes, then the irregular journeys and the move inside the country."""
    arrays = programmes.arrays()
    others = [*IRREGULAR_PATHWAYS, PATHWAYS[-1]]
    destination = [DESTINATIONS.index("USA"), DESTINATIONS.index("USA"), DESTINATIONS.index("MEX"), -1]

    def longer(values: NDArray[Any], tail: Any = 0) -> NDArray[Any]:
        more = np.broadcast_to(np.asarray(tail, values.dtype), (len(others), *values.shape[1:]))
        return np.concatenate([values, more])

    to = longer(arrays.destination, np.array(destination, np.int8))
    scale = [config[f"behaviour.lambda_{nest}"] for nest in ("stay", *DESTINATIONS)]
    return Ways(
        destination=to, status=longer(arrays.status, IRREGULAR), nest=(to + 1).astype(np.int8),
        is_regular=longer(np.ones(len(arrays.cost), np.uint8)), cost=longer(arrays.cost),
        earnings=longer(arrays.earnings, 1), contract=longer(arrays.contract), rotation=longer(arrays.rotation),
        bands=longer(arrays.bands),
        overstay=longer(arrays.overstay), family=longer((arrays.party != SINGLE_ADULTS_ONLY).astype(np.uint8)),
        needs=longer(arrays.needs), reach=longer(arrays.reach, 1), scale=np.array(scale, np.float32),
    )  # fmt: skip
