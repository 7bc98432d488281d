"""MigrationModel: the month as a table of contents.

A run begins in January 2013 and is recorded from `run.start`. Everything a month does is named in `step`; the
rules are in `sim/rules`, run by `sim/engine.py`.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import mesa
import numpy as np

from sim.agents import Border, Department, Government, Household, Pathway
from sim.assemble import build_levers, build_ways, build_world
from sim.codes import COUNTRIES, N_DEPARTMENTS, PATHWAYS, month_index, month_name
from sim.config import Config
from sim.data.loader import load
from sim.engine import Engine
from sim.errors import WorkError
from sim.feedbacks import Feedbacks
from sim.pathways import PathwayBook, Schedule
from sim.policies import Made, apply
from sim.population import synthesise
from sim.programmes import load_programmes
from sim.record import Record
from sim.selection import Queue
from sim.state import behaviour, columns
from sim.world.geography import department_country

BYTES_PER_KIB = 1024


class MigrationModel(mesa.Model):
    """All households of the three countries, month by month.

    month: the current month. engine: households and rules. book: programmes. record: what was counted.
    """

    def __init__(self, config: Config) -> None:
        """Build the world, apply the policies and place the households in January 2013."""
        super().__init__(rng=config["seed"])
        self.config = config
        data = load()
        world, self.drivers, border = build_world(config, data)
        programmes = load_programmes(config, data)
        households = synthesise(config, data).formed_by(month_index(config["run.end"]))
        made = apply(
            config.policies,
            Made(world, build_levers(config), Schedule.load(programmes, data), config, _young_adults(households)),
        )
        ways = build_ways(config, programmes)
        self.feedbacks = Feedbacks(config, world, border, len(PATHWAYS))
        self.book = PathwayBook(made.schedule, config["seed"])
        self.engine = Engine(
            columns(households), made.world, made.levers, self.feedbacks.start, ways, behaviour(config),
            config["seed"], config["run.threads"], config["run.chunk"],
        )  # fmt: skip
        self.month = -1
        self.end_month = month_index(config["run.end"])
        self.record = Record(config, month_index(config["run.start"]), self.end_month, ways, PATHWAYS)
        for code in range(N_DEPARTMENTS):
            Department(self, code)
        for code in range(len(COUNTRIES)):
            Government(self, code)
        for code, programme in enumerate(programmes.items):
            Pathway(self, code, programme)
        Border(self)
        if config["engine"] == "agents":
            for row in range(len(households)):
                Household(self, row)

    def step(self) -> None:
        """Live one month."""
        self.month += 1
        self.engine.clear()
        self.feedbacks.open_month(self.month, self.engine.feedback, self.book)
        self.live()
        self.select()
        done = self.engine.counted()
        self.feedbacks.close_month(self.month, self.engine.feedback, done)
        if self.month >= self.record.first:
            self.record.add(done, self.engine.feedback.price)

    def live(self) -> None:
        """Run the rules of the month in every household, by the engine or agent by agent."""
        if self.config["engine"] == "agents":
            self.agents_by_type[Household].do("step")
        else:
            self.engine.live(self.month)

    def select(self) -> None:
        """Give this month's places to those who wait, and check the books."""
        H = self.engine.columns
        rows = self.engine.queued()
        queue = Queue(
            household=H.id[rows], pathway=H.queue_pathway[rows], country=department_country[H.department[rows]],
            people=H.queue_people[rows].astype(np.int64) * H.weight[rows], since=H.plan_month[rows],
            priority=np.ones(len(rows)), invited=H.invited[rows].astype(bool),
        )  # fmt: skip
        gone = self.engine.gone()[: len(self.book.programmes)]
        fate = self.book.month(self.month, queue, gone)
        self.engine.settle(self.month, rows[fate.admitted], rows[fate.refused], rows[fate.withdrawn])

    def check(self) -> None:
        """Raise WorkError if the books of the pathways do not balance."""
        self.book.ledger.check()


def _young_adults(households) -> dict[str, np.ndarray]:  # type: ignore[no-untyped-def]
    """Return adults of 18 to 44 by country in January 2013, real people: how new places are shared."""
    young = households.adults[:, [0, 1, 4, 5]].sum(axis=1) * households.weight * (households.first_month == 0)
    country = department_country[households.department]
    return {"young_adults": np.bincount(country, young, len(COUNTRIES))}


def run_model(config: Config, on_month: Callable[[int], None] = lambda month: None) -> tuple[Record, float, int]:
    """Run a configuration to its end; return the record, the seconds it took and the peak memory in bytes.

    Raises:
        WorkError: a check of conservation failed.

    """
    began = time.perf_counter()
    model = MigrationModel(config)
    while model.month < model.end_month:
        model.step()
        on_month(model.month)
    model.check()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_KIB
    if model.record.last != model.month:
        raise WorkError(f"the run ended in {month_name(model.month)}")
    return model.record, time.perf_counter() - began, peak
