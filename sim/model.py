"""MigrationModel: the month as a table of contents.

A run begins in January 2013 and is recorded from `run.start`. Everything a month does is named in `step`; the
rules are in `sim/rules`, run by `sim/engine.py`.
"""

from __future__ import annotations

import functools
import resource
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sim.assemble import Origin, build_levers, build_ways, put_terms, way_names
from sim.codes import month_index, month_name
from sim.conditions import Conditions
from sim.config import Config
from sim.data.loader import load
from sim.engine import Engine
from sim.errors import WorkError
from sim.feedbacks import Feedbacks
from sim.limits import check_machine
from sim.panel import Panel
from sim.pathways import PathwayBook, way_of
from sim.policies import Made, apply, extend
from sim.record import Record
from sim.start import households_at_start
from sim.state import Columns, World, behaviour, columns
from sim.terms import Terms

if TYPE_CHECKING:
    from sim.agents import AgentModel

BYTES_PER_KIB = 1024


class MigrationModel:
    """All households of the three countries, month by month.

    month: the current month. engine: households and rules. book: programmes. record: what was counted. made: what
    policies changed. conditions: policies that wait for their month.
    """

    engine: Engine
    made: Made
    origin: Origin

    def __init__(self, config: Config, base: MigrationModel | None = None) -> None:
        """Build the world, apply the policies and place the households in January 2013.

        base: a model of the same households; this one sees its columns until `fork`.
        """
        self.config = config
        if base is None or dict(config.values) != dict(base.config.values):
            self.origin = Origin.build(config, base.origin if base else None)
        else:
            self.origin = base.origin
        world, self.drivers, border, programmes, schedule, _ = self.origin
        world = World(**{name: array.copy() for name, array in world._asdict().items()})  # policies change the copy
        programmes = extend(config.policies, programmes)
        ways = build_ways(config, programmes)
        if base is None:
            households, weights = households_at_start(config, load())
            rows = columns(households)
        else:
            rows, weights = base.engine.columns, base.made.weights
        self.made = Made(
            world, build_levers(config, len(ways.cost)), schedule.extended(programmes), config, weights,
            Terms(programmes), border, self.drivers,
        )  # fmt: skip
        waiting = apply(config.policies, self.made)
        self.feedbacks = Feedbacks(config, world, self.made.levers, self.made.border, len(ways.cost))
        self.book = PathwayBook(self.made.schedule, config["seed"], self.made.terms)
        self.engine = Engine(
            rows, world, self.made.levers, self.feedbacks.start, ways, behaviour(config),
            config["seed"], config["run.threads"], config["run.chunk"], base.engine.order if base else None,
        )  # fmt: skip
        self.made.world, self.made.levers = self.engine.world, self.engine.levers
        self.feedbacks.world, self.feedbacks.levers = self.engine.world, self.engine.levers
        self.conditions = Conditions(waiting, self.made)
        self.ways = way_of(np.arange(len(programmes)))
        self.month = -1
        self.end_month = month_index(config["run.end"])
        self.names = way_names(programmes)
        self.record = Record(config, month_index(config["run.start"]), self.end_month, ways, self.names)
        self.record.ledger, self.record.begun = self.book.ledger, self.conditions.begun
        self.record.panel = Panel(rows, config["run.panel_households"], self.names) if config["run.panel"] else None
        self.record.delivered = self.made.delivered

    @functools.cached_property
    def mesa(self) -> AgentModel:
        """The model as Mesa sees it: departments, governments, pathways, the border; households with engine=agents."""
        from sim.agents import AgentModel

        return AgentModel(self)

    def step(self) -> None:
        """Live one month."""
        self.month += 1
        self.engine.clear()
        self.begin_policies()
        self.feedbacks.open_month(self.month, self.engine.feedback, self.book)
        self.live()
        self.select()
        done = self.engine.counted()
        self.feedbacks.close_month(self.month, self.engine.feedback, done)
        self.conditions.saw(self.month, done)
        if self.month >= self.record.first:
            self.record.add(done, self.engine.feedback.price, self.engine.levers.rights_risk[:, self.month])
            if self.record.panel:
                self.record.panel.add(self.month, self.engine.columns)

    def begin_policies(self) -> None:
        """Start the policies whose condition was met, and put the month's terms of programmes into force."""
        if self.conditions.begin(self.month):
            self.book.schedule, self.book.terms = self.made.schedule, self.made.terms
            self.feedbacks.border = self.made.border
            put_terms(self.engine.ways, self.book.terms.at(self.month))
        elif self.book.terms.changes_at(self.month):
            put_terms(self.engine.ways, self.book.terms.at(self.month))

    def live(self) -> None:
        """Run the rules of the month in every household, by the engine or agent by agent."""
        if self.config["engine"] == "agents":
            self.mesa.live()
        else:
            self.engine.live(self.month)

    def select(self) -> None:
        """Give this month's places to those who wait, and check the books."""
        rows, queue = self.engine.queue(self.book.reserves(self.month))
        outcome = self.book.month(self.month, queue, self.engine.gone()[self.ways])
        self.engine.settle(self.month, rows, outcome)

    def fork(self, base: MigrationModel) -> None:
        """Take over what another model has lived: households, books, beliefs and the record so far."""
        self.month = base.month
        self.engine.columns = Columns(*(column.copy("F") for column in base.engine.columns))
        if base.month < 0:  # nothing was lived: beliefs and prices begin as this configuration has them
            return
        for name, theirs in base.engine.feedback._asdict().items():
            getattr(self.engine.feedback, name)[: len(theirs)] = theirs
        self.book.take_over(base.book)
        self.feedbacks.take_over(base.feedbacks)
        self.feedbacks.never_open(self.month, self.engine.feedback, len(base.engine.ways.cost))
        self.conditions.counts[:] = base.conditions.counts
        self.record.take_over(base.record)

    def check(self) -> None:
        """Raise WorkError if the books of the pathways do not balance."""
        self.book.ledger.check()


def run_model(config: Config, on_month: Callable[[int], None] = lambda month: None) -> tuple[Record, float, int]:
    """Run a configuration to its end; return the record, the seconds it took and the peak memory in bytes.

    Raises:
        RequestError: the households do not fit into memory.
        WorkError: a check of conservation failed.

    """
    check_machine(config)
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
