"""The dense part of the engine's month by itself: the passes and rules that have a counterpart in `numpy_columns`."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.numpy_columns import NANO, SETTLED_MONTHS
from benchmarks.sizes import share_of_first
from sim.blocks.abroad import note_ties, receive, send_home
from sim.blocks.flags import listed
from sim.blocks.livelihood import earn, note_livelihood, save, share_income
from sim.blocks.month import be_harmed, wish_anew
from sim.blocks.passes import begin, find_movers
from sim.blocks.stock import add_up, take_stock
from sim.blocks.work import BLOCK, open_month
from sim.codes import month_index, month_name
from sim.compiling import compiled_loop
from sim.config import default_config
from sim.model import MigrationModel
from sim.numerics import compiled
from sim.rows import columns_of


@compiled_loop
def live_dense(starts, ends, month, seed, R, W, L, F, G, P, T):
    """Live the dense part of a month: all but changes of people, moves of members away, plans and decisions."""
    open_month(R[0], month, W[0], L[0], F[0], G[0], P[0])
    for k in range(len(starts)):
        for first in range(starts[k], ends[k], BLOCK):
            n = min(BLOCK, ends[k] - first)
            dense_block(R[0], first, n, month, seed, W[0], L[0], F[0], P[0], T[0])


@compiled
def dense_block(R, first, n, month, seed, W, L, F, P, T):
    """Live the dense part of a month in the n rows from `first` on, as `sim.blocks.month.live_block` does."""
    b = columns_of(R, first, n)
    here, city = find_movers(b, R, n, W)
    country = W.country[here]
    begin(b, R, n, month, seed, country)
    be_harmed(b, R, first, n, month, here, city, W, P, T)
    note_livelihood(b, R, n)
    earn(b, R, n, month, country, here, city, W, L, P)
    note_ties(b, R, n, month, W, P)
    send_home(b, R, listed(R.marks, R.found, n), month, W, P)
    receive(R, n, L.remit_kept[country, month])
    share_income(b, R, n)
    save(b, R, n, P)
    wish_anew(b, R, first, n, month, country, here, city, W, F, P, T)
    take_stock(b, R, n, month)
    add_up(b, R, n, country, here, T)


def dense_ns(n_households: int, months: int) -> float:
    """Return nanoseconds of processor time a household-month of the dense part, one thread, after the first year.

    n_households: about so many are there in January 2013.
    """
    end = month_name(month_index("2013-01") + SETTLED_MONTHS + months - 1)
    model = MigrationModel(
        default_config(population__share=share_of_first(n_households), run__start="2013-01", run__end=end,
                       run__threads=1)
    )  # fmt: skip
    for _ in range(SETTLED_MONTHS):
        model.step()
    engine = model.engine
    starts, spent, lived = engine.order[0], 0.0, 0

    def live(month: int, ends: np.ndarray) -> None:
        live_dense(
            starts, ends, month, model.config["seed"], engine._rooms[0], engine._world, engine._levers,
            engine._feedback, engine._ways, engine.behaviour, engine._tally[:1],
        )  # fmt: skip

    live(SETTLED_MONTHS, starts.copy())  # compiles, and lives nobody
    for month in range(SETTLED_MONTHS, SETTLED_MONTHS + months):
        ends = np.ascontiguousarray(engine.order[1][:, month])
        began = time.thread_time()
        live(month, ends)
        spent += time.thread_time() - began
        lived += int((ends - starts).sum())
    return spent / lived * NANO
