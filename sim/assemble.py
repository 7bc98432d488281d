"""From drivers, border, demography and programmes to the arrays that the rules see.

One place where the month's sources meet, before policies change them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, DESTINATIONS, N_DEPARTMENTS, N_MONTHS, PATHWAYS, REGULAR_PATHWAYS
from sim.compiling import compiled_loop
from sim.config import Config
from sim.data.loader import Data, load
from sim.households import IRREGULAR
from sim.pathways import way_of
from sim.policies import extend
from sim.policies.base import EVERYBODY
from sim.programmes import PARTY_RULES, Programmes, load_programmes
from sim.reuse import Part, part
from sim.rules.livelihood import p_victimised
from sim.schedule import Schedule
from sim.state import N_HOUSEHOLD_PROGRAMMES, Levers, Ways, World, behaviour
from sim.world.border import Border, build_border
from sim.world.demography import Demography, build_demography, older_founders
from sim.world.drivers import Array32, Drivers, build_drivers
from sim.world.geography import department_country
from sim.world.known import as_known


def _levers() -> dict[str, tuple[Any, tuple[int, ...]]]:
    month, country, department = (N_MONTHS,), (len(COUNTRIES), N_MONTHS), (N_DEPARTMENTS, N_MONTHS)
    shapes: dict[str, tuple[int, ...]] = {
        **dict.fromkeys(("coverage", "remit_kept", "remit_tax", "status_gain", "status_loss", "rights_risk"), country),
        **dict.fromkeys(("help_more", "jobs", "hope", "child_care", "inside", "truth"), department),
        "share": (N_HOUSEHOLD_PROGRAMMES, *department), "who": (N_HOUSEHOLD_PROGRAMMES,),
    }  # fmt: skip
    types = {"help_months": np.int16, "who": np.uint16, "running": np.uint8}
    names = [name for name in Levers._fields if name not in ("call", "prefer_who", "prefer_where")]
    return {name: (types.get(name, np.float32), shapes.get(name, month)) for name in names}


LEVERS = _levers()
"""Type and shape of every lever that does not depend on the pathways."""
SINGLE_ADULTS_ONLY = PARTY_RULES.index("single_adult")


@compiled_loop
def _victims(ln_v, P, crime, women, children):
    for d in range(ln_v.shape[0]):
        for month in range(ln_v.shape[1]):
            crime[d, month] = p_victimised(P[0].victim_rate_year, ln_v[d, month], P[0])
            women[d, month] = p_victimised(P[0].gbv_rate_year, ln_v[d, month], P[0])
            children[d, month] = p_victimised(P[0].child_victim_rate_year, ln_v[d, month], P[0])


def victims(config: Config, ln_v: Array32) -> tuple[Array32, Array32, Array32]:
    """Return the monthly chances of crime, gender-based violence and violence against teenagers at ln(V / Vbar)."""
    crime, women, children = (np.zeros_like(ln_v) for _ in range(3))
    _victims(ln_v, behaviour(config), crime, women, children)
    return crime, women, children


def main_cities(data: Data) -> NDArray[np.int8]:
    """Return (54,) the most populous department of each department's country: where internal moves go."""
    people = data.department("population")
    city = [int(np.argmax(np.where(department_country == c, people, 0))) for c in range(len(COUNTRIES))]
    return np.array(city, np.int8)[department_country]


class Origin(NamedTuple):
    """What a model begins with before policies change it, and the parts that it was made of."""

    world: World
    drivers: Drivers
    border: Border
    programmes: Programmes
    schedule: Schedule
    parts: tuple[Part[Drivers], Part[Border], Part[Demography], Part[tuple[Programmes, Schedule]]]

    @classmethod
    def build(cls, config: Config, known: Origin | None = None) -> Origin:
        """Return the origin of a configuration; known: another one, of which parts are taken that would be the same."""
        data = load()

        def places(values: Config) -> tuple[Programmes, Schedule]:
            programmes = load_programmes(values, data)
            return programmes, Schedule.load(programmes, as_known(values, data))

        was = known.parts if known else (None, None, None, None)
        drivers = part(lambda values: build_drivers(values, data), config, was[0])
        border = part(lambda values: build_border(values, data), config, was[1])
        people = part(lambda values: build_demography(values, data), config, was[2])
        books = part(places, config, was[3])
        world = _world(config, data, drivers.made, border.made, people.made)
        return cls(world, drivers.made, border.made, *books.made, (drivers, border, people, books))


def build_world(config: Config, data: Data) -> tuple[World, Drivers, Border]:
    """Return what the rules see of every month, and the drivers and border it was made from."""
    drivers, border = build_drivers(config, data), build_border(config, data)
    return _world(config, data, drivers, border, build_demography(config, data)), drivers, border


def _world(config: Config, data: Data, drivers: Drivers, border: Border, people: Demography) -> World:
    crime, women, children = victims(config, drivers.ln_violence)
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
    )  # fmt: skip


def build_levers(config: Config, n_ways: int = len(PATHWAYS)) -> Levers:
    """Return the status quo of what policies set: nothing beyond today's help after return."""
    coverage = np.array(config.by_country("reintegration.coverage"), np.float32)
    shapes = {name: np.zeros(shape, dtype) for name, (dtype, shape) in LEVERS.items()}
    levers = Levers(
        **shapes, call=np.zeros(n_ways, np.uint8), prefer_who=np.full(n_ways, EVERYBODY, np.uint16),
        prefer_where=np.ones((n_ways, N_DEPARTMENTS), np.uint8),
    )  # fmt: skip
    levers.coverage[:] = coverage[:, None]
    levers.package[:] = config["reintegration.package"]
    levers.debt_relief[:] = config["reintegration.debt_relief"]
    levers.help_months[:] = config["reintegration.months"]
    levers.who[:] = EVERYBODY
    levers.credit[:] = 1
    levers.remit_kept[:] = 1
    return levers


def build_ways(config: Config, programmes: Programmes) -> Ways:
    """Return the ways by code: the programmes, the irregular journeys, the move inside, then added programmes."""
    usa, mex = DESTINATIONS.index("USA"), DESTINATIONS.index("MEX")
    others = np.array([usa, usa, mex, -1], np.int8)  # with a smuggler, on one's own, to Mexico, inside the country
    n = len(programmes) + len(others)
    destination = np.zeros(n, np.int8)
    destination[len(REGULAR_PATHWAYS) : len(PATHWAYS)] = others
    scale = [config[f"behaviour.lambda_{nest}"] for nest in ("stay", *DESTINATIONS)]
    types: dict[str, Any] = dict.fromkeys(("cost", "earnings", "rotation", "overstay"), np.float32)
    types |= {"contract": np.int16, "status": np.int8, "nest": np.int8, "like": np.int8}
    made = {name: np.zeros(n, types.get(name, np.uint8)) for name in Ways._fields}
    made |= {"destination": destination, "reach": np.ones((n, N_DEPARTMENTS), np.uint8)}
    ways = Ways(**{**made, "scale": np.array(scale, np.float32)})
    ways.status[:] = IRREGULAR
    ways.earnings[:] = 1
    ways.like[:] = np.arange(n)
    for p, programme in enumerate(programmes.items):
        if programme.like:
            ways.like[way_of(p)] = way_of(programmes.index(programme.like))
    put_terms(ways, programmes)
    return ways


def way_names(programmes: Programmes) -> tuple[str, ...]:
    """Return the names of the ways by code."""
    return (*PATHWAYS, *programmes.names[len(REGULAR_PATHWAYS) :])


def names_of(config: Config) -> tuple[str, ...]:
    """Return the names of the ways by code in a configuration, those that its policies add included."""
    return way_names(extend(config.policies, load_programmes(config, load())))


def put_terms(ways: Ways, programmes: Programmes) -> None:
    """Write the terms of programmes into the ways."""
    terms, at = programmes.arrays(), [way_of(p) for p in range(len(programmes))]
    for name in ("destination", "status", "cost", "earnings", "contract", "rotation", "bands", "overstay", "needs",
                 "reach"):  # fmt: skip
        getattr(ways, name)[at] = getattr(terms, name)
    ways.is_regular[at] = 1
    ways.family[at] = terms.party != SINGLE_ADULTS_ONLY
    ways.nest[:] = ways.destination + 1
