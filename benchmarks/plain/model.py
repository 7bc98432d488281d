"""The Mesa model around the plain households, and its timing.

Between months it uses the compiled model's own parts (feedbacks, places and queues, record), handing over plain
numbers; the month of the households is ordinary Python.
"""

from __future__ import annotations

import sysconfig
import time
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from benchmarks.plain.counts import Counts
from benchmarks.plain.decision import give_up_place, refuse
from benchmarks.plain.draws import step
from benchmarks.plain.household import Household
from benchmarks.plain.journeys import leave_stock_of_queue, take_up_offer
from benchmarks.sizes import share_of_first
from sim.codes import month_index, month_name
from sim.config import default_config
from sim.errors import RequestError
from sim.model import MigrationModel
from sim.pathways import Queue, programme_of
from sim.rules.theory import TOLD
from sim.state import QUEUED, Tally

NANO = 1e9


class Values:
    """Named numbers and nested lists of them."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        for name, array in arrays.items():
            setattr(self, name, array.tolist())

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class PlainModel(mesa.Model):
    """Households as Mesa agents in the world of a compiled model.

    base: the compiled model, not lived yet, whose first households, drivers, places, beliefs and record are used; its
    own households never live. month: the current month. counts, done: what households did in it, in lists and as a
    `Tally`. live_seconds: processor time spent in the households' steps.

    Raises:
        RequestError: the policies include one whose rules are left out, or one that waits for a condition.

    """

    done: Tally

    def __init__(self, base: MigrationModel) -> None:
        super().__init__(rng=base.config["seed"])
        self.base, engine = base, base.engine
        levers, reserved = engine.levers, base.book.schedule.reserved
        if reserved.any() or any(lever.any() for lever in (levers.running, levers.help_more, levers.call)):
            raise RequestError("plain households know no programmes at home, groups for help, or reserved places")
        if TOLD in (engine.behaviour.dtype.names or ()):
            raise RequestError("plain households decide by random utility only; leave out behaviour.theory=")
        if base.conditions.waiting:
            raise RequestError("plain households read drivers and levers once: no policy may wait for a condition")
        self.draw_seed: int = base.config["seed"]
        self.month = -1
        self.live_seconds = 0.0
        self.parameters = Values({name: engine.behaviour[name][0] for name in engine.behaviour.dtype.names or ()})
        self.world, self.levers = Values(engine.world._asdict()), Values(levers._asdict())
        self.nothing = engine.counted()
        self.counts = Counts(self.nothing)
        order = np.argsort(engine.columns.first_month, kind="stable")
        self.to_come = {name: column[order].tolist() for name, column in engine.columns._asdict().items()}
        self.n_formed = 0

    def step(self) -> None:
        """Live one month."""
        base = self.base
        feedback = base.engine.feedback
        self.month += 1
        base.month = self.month
        base.begin_policies()
        base.feedbacks.open_month(self.month, feedback, base.book)
        self.feedback, self.ways = Values(feedback._asdict()), Values(base.engine.ways._asdict())
        self.counts = Counts(self.nothing)
        self.form_households()
        began = time.thread_time()
        self.agents.do("step")
        self.live_seconds += time.thread_time() - began
        self.select()
        self.done = self.counts.as_tally()
        base.feedbacks.close_month(self.month, feedback, self.done)
        if self.month >= base.record.first:
            base.record.add(self.done, feedback.price, base.engine.levers.rights_risk[:, self.month])

    def form_households(self) -> None:
        """Add the households that begin this month."""
        first = self.to_come["first_month"]
        while self.n_formed < len(first) and first[self.n_formed] <= self.month:
            Household(self, {name: values[self.n_formed] for name, values in self.to_come.items()})
            self.n_formed += 1

    def select(self) -> None:
        """Give this month's places to those who wait."""
        waiting = [h for h in self.agents if h.plan == QUEUED]
        queue = Queue(
            household=np.array([h.id for h in waiting], np.uint64),
            pathway=programme_of(np.array([h.queue_pathway for h in waiting], np.int64)),
            country=np.array([h.country for h in waiting], np.int64),
            people=np.array([h.queue_people * h.weight for h in waiting], np.int64),
            since=np.array([h.plan_month for h in waiting], np.int64), priority=np.ones(len(waiting)),
            invited=np.array([h.invited > 0 for h in waiting], np.bool_), preferred=np.zeros(len(waiting), np.bool_),
        )  # fmt: skip
        gone = np.array(self.counts.queued, np.int64)[self.base.ways]
        fate = self.base.book.month(self.month, queue, gone)
        for k in fate.admitted:
            waiting[k].key = step(waiting[k].stream, self.month)
            take_up_offer(waiting[k], self.month)
        for k in fate.refused:
            refuse(waiting[k])
        for k in fate.withdrawn:
            leave_stock_of_queue(waiting[k])
            give_up_place(waiting[k])


def optimised_python() -> bool:
    """Return whether this Python was built with its profile-guided optimisations, as those of distributions are."""
    return "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")


def plain_ns(n_households: int, months: int) -> dict[str, float]:
    """Return how long plain Mesa households take to live so many months from January 2013, status quo, one thread.

    n_households: about so many are there at the start. Returns `rules`: nanoseconds of processor time a
    household-month in the households' steps; `whole`: the same with new households, selection, feedbacks and record;
    `household_months`: how many were lived. Building the model is in none of them.
    """
    end = month_name(month_index("2013-01") + months - 1)
    config = default_config(
        population__share=share_of_first(n_households), run__start="2013-01", run__end=end, run__threads=1
    )
    model = PlainModel(MigrationModel(config))
    lived = 0
    began = time.thread_time()
    for _ in range(months):
        model.step()
        lived += len(model.agents)
    whole = time.thread_time() - began
    return {"rules": model.live_seconds / lived * NANO, "whole": whole / lived * NANO, "household_months": lived}
