"""Tell how far a run is, on stderr: a bar with the month on a terminal, a line a simulated year elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sim.codes import MONTHS_A_YEAR, month_index, month_name
from sim.config import Config

FIRST = "building households"


@contextmanager
def telling(config: Config) -> Iterator[Callable[[int], None]]:
    """Give a function that is called with the index of each month that is done."""
    months = month_index(config["run.end"]) + 1
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(FIRST, total=months)
            yield lambda month: bar.update(task, description=month_name(month), completed=month + 1)
        return
    began = time.monotonic()

    def line(month: int) -> None:
        if (month + 1) % MONTHS_A_YEAR == 0 or month + 1 == months:
            seconds = time.monotonic() - began
            print(
                f"{month_name(month)}  {(month + 1) / months:4.0%}  {seconds:6.1f} s",
                file=sys.stderr,
                flush=True,
            )

    yield line
