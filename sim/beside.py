"""Several configurations side by side, each on one thread: seeds, or members of an ensemble.

They differ from the beginning, so none forks from another. They share the compiled code, the households of
January 2013 and what of the world does not depend on what they differ in. Two runs of one thread each take less time
than one run of two after the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sim.config import Config
from sim.lockstep import shares_households
from sim.model import MigrationModel
from sim.record import Record


def live_beside(
    configs: Sequence[Config], workers: int = 0, after: Callable[[int], None] = lambda done: None
) -> list[Record]:
    """Live configurations to their ends, `workers` at a time; return their records in the order given.

    Each record is that of the run alone, to the bit. Memory: the households once, and once more a worker.

    Args:
        configs: to live; at least one.
        workers: models that live at the same time; 0: as many as the machine has processors.
        after: told how many are done, from any thread.

    Raises:
        WorkError: a check of conservation failed.

    """
    first = configs[0].replace(run__threads=1)
    base = MigrationModel(first)  # never lives: others copy its households
    done: list[int] = []

    def live(config: Config) -> Record:
        one = config.replace(run__threads=1)
        same = shares_households(first, one) and one["run.end"] == first["run.end"]
        model = MigrationModel(one, base if same else None)
        if same:
            model.fork(base)
        while model.month < model.end_month:
            model.step()
        model.check()
        done.append(1)
        after(len(done))
        return model.record

    with ThreadPoolExecutor(workers or len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(live, configs))
