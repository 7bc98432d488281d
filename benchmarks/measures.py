"""What every part of the benchmark uses: sizes, timed runs of a model, fresh processes, medians with their ends."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.sizes import share_of_first
from sim.codes import month_index, month_name
from sim.config import Config, default_config
from sim.model import MigrationModel

ROOT = Path(__file__).parents[1]
NANO, MIB, GB = 1e9, 2**20, 1e9
PARTS = ("live", "select", "feedback", "record")
"""Parts of a month that are timed; what is left is clearing and adding up."""
START = "2013-01"
Found = Mapping[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How much is measured.

    rows, many: households at the start of the small and the large runs. months: of a run. repeats, few: runs of each
    kind, short and long ones. full: also all households. fresh: also processes with empty caches.
    """

    rows: int = 100_000
    many: int = 1_000_000
    months: int = 24
    repeats: int = 5
    few: int = 3
    full: bool = False
    fresh: bool = True

    @property
    def tiny(self) -> bool:
        """Return whether this is only to see that the benchmark works."""
        return not self.fresh


TINY = Size(rows=1_000, many=2_000, months=3, repeats=1, few=1, fresh=False)


class Table(NamedTuple):
    """A table of the report and what is said below it; cells are texts."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Lived:
    """One timed run: seconds of wall clock and of processor time, by part of the month, and household-months."""

    seconds: float
    cpu: float
    parts: Mapping[str, float]
    household_months: int
    rows: int
    bytes_per_row: float

    def found(self) -> dict[str, float]:
        """Return nanoseconds a household-month of the whole run, in the rules, and of processor time."""
        a_month = NANO / self.household_months
        return {"ns": self.seconds * a_month, "rules": self.parts["live"] * a_month, "cpu": self.cpu * a_month}


def months_config(households: int, months: int, **values: Any) -> Config:
    """Return a run of about so many first households over so many months from January 2013, all of them recorded."""
    end = month_name(month_index(START) + months - 1)
    return default_config(**{
        "population__share": share_of_first(households), "run__start": START, "run__end": end, **values,
    })  # fmt: skip


def timed(config: Config) -> Lived:
    """Live a configuration month by month and time the parts; a stopwatch around each changes nothing else."""
    return live_timed(MigrationModel(config))


def live_timed(model: MigrationModel, on_month: Say = lambda month: None) -> Lived:
    """Live a model to its end and time the parts."""
    spent = dict.fromkeys(PARTS, 0.0)

    def watch(owner: Any, name: str, part: str) -> None:
        plain = getattr(owner, name)

        def stopped(*args: Any) -> Any:
            began = time.perf_counter()
            result = plain(*args)
            spent[part] += time.perf_counter() - began
            return result

        setattr(owner, name, stopped)

    watch(model, "live", "live")
    watch(model, "select", "select")
    watch(model.feedbacks, "open_month", "feedback")
    watch(model.feedbacks, "close_month", "feedback")
    watch(model.record, "add", "record")
    first, began, cpu = model.month + 1, time.perf_counter(), time.process_time()
    while model.month < model.end_month:
        model.step()
        on_month(month_name(model.month))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    columns = model.engine.columns
    n = len(model.engine)
    size = sum(column.nbytes for column in columns) / n
    return Lived(seconds, cpu, spent, household_months(model, first), n, size)


def household_months(model: MigrationModel, first: int = 0) -> int:
    """Return the household-months from a month on: a household counts from the month in which it is formed."""
    starts, ends = model.engine.order
    return int((ends[:, first : model.end_month + 1] - starts[:, None]).sum())


def interleaved[T](works: Mapping[str, Callable[[], T]], repeats: int) -> dict[str, list[T]]:
    """Do each work in turn, as often as asked, so that a slow spell of the machine falls on all."""
    found: dict[str, list[T]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            found[name].append(work())
    return found


def fresh(settings: Mapping[str, Any], folder: str, **values: Any) -> dict[str, Any]:
    """Run a configuration in a process of its own (`benchmarks.startup`) and return what it tells.

    folder: of its caches. values: of the configuration. `wall` is the time that the process took in all.
    """
    asked = {**settings, "values": values, "began": time.time()}
    words = [sys.executable, "-m", "benchmarks.startup", json.dumps(asked)]
    began = time.perf_counter()
    done = subprocess.run(
        words, env=clean_environment(folder), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )  # fmt: skip
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": time.perf_counter() - began}


def clean_environment(folder: str) -> dict[str, str]:
    """Return the environment of a user whose caches are in `folder`, whatever this process does."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    caches = {"NUMBA_CACHE_DIR": "numba", "PYTHONPYCACHEPREFIX": "bytecode", "PATHWAYS_CACHE_DIR": "pathways"}
    return {**kept, **{name: f"{folder}/{part}" for name, part in caches.items()}}


@contextmanager
def caches() -> Iterator[str]:
    """Give a folder for caches that is gone afterwards."""
    with TemporaryDirectory(prefix="benchmark-") as folder:
        yield folder


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def shown(values: Sequence[float], digits: int = 2) -> str:
    """Return the median of some values, with the least and the greatest."""
    if len(values) == 1:
        return f"{values[0]:,.{digits}f}"
    return f"{middle(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"
