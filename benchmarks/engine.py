"""Measures the engine and writes docs/performance.md: `uv run python -m benchmarks.engine [--full]`.

Runs that are compared are interleaved in one process, after compilation; a measure is the median of its runs
with the least and the greatest. Machines are noisy and differ: ratios within one report are what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

import numba
import numpy as np

from sim.codes import month_index, month_name
from sim.config import Config, default_config
from sim.data.loader import load
from sim.model import MigrationModel, run_model
from sim.population import synthesise

REPORT = Path(__file__).parents[1] / "docs" / "performance.md"
ROWS, MONTHS = 100_000, 120
"""The stated task: households that exist on average, and months from January 2013."""
AGENT_ROWS, AGENT_MONTHS = 1_000, 24
REPEATS, START_REPEATS = 5, 3
LEAST_RATIO, MOST_SECONDS, MOST_BYTES, MOST_LIST_SECONDS = 50, 3.0, 250, 0.5
"""Limits of the project's speed requirement: agents / columns, the stated task on 2 cores, a row, `pathways list`."""
PROBE_SHARE = 0.002
TENTH, ALL = 0.1, 1.0
NANO, MIB = 1e9, 2**20
PARTS = ("live", "select", "feedback", "record")


@dataclass
class Lived:
    """One timed run: seconds in all and by part of the month, and household-months that were lived."""

    seconds: float
    parts: dict[str, float]
    household_months: int
    rows: int
    bytes_per_row: float

    @property
    def ns(self) -> float:
        """Nanoseconds a household-month of the whole run."""
        return self.seconds / self.household_months * NANO

    @property
    def live_ns(self) -> float:
        """Nanoseconds a household-month in the rules alone."""
        return self.parts["live"] / self.household_months * NANO


@dataclass
class Report:
    """Lines of docs/performance.md, one table after another."""

    lines: list[str] = field(default_factory=list)

    def table(self, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table under a title."""
        cells = [list(head), ["---"] * len(head), *map(list, rows)]
        self.lines += ["", f"## {title}", "", *("| " + " | ".join(row) + " |" for row in cells)]

    def text(self, *lines: str) -> None:
        """Add a paragraph."""
        self.lines += ["", *lines]


def months_config(share: float, months: int, **values: Any) -> Config:
    """Return a run of so many months from January 2013, all of them recorded."""
    end = month_name(month_index("2013-01") + months - 1)
    return default_config(population__share=share, run__start="2013-01", run__end=end, **values)


def share_of(rows: int, months: int) -> float:
    """Return the share of all households of which `rows` exist on average over the months."""
    first = synthesise(default_config(population__share=PROBE_SHARE), load()).first_month
    alive = np.maximum(months - np.maximum(first.astype(np.int64), 0), 0).sum() / months
    return float(PROBE_SHARE * rows / alive)


def timed(config: Config) -> Lived:
    """Live a configuration month by month and time the parts; a stopwatch around each changes nothing else."""
    model = MigrationModel(config)
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
    began = time.perf_counter()
    while model.month < model.end_month:
        model.step()
    seconds = time.perf_counter() - began
    columns, n_months = model.engine.columns, model.end_month + 1
    lived = int(np.maximum(n_months - columns.first_month.astype(np.int64), 0).sum())
    n = len(model.engine)
    return Lived(seconds, spent, lived, n, sum(column.nbytes for column in columns) / n)


def interleaved(configs: dict[str, Config], repeats: int) -> dict[str, list[Lived]]:
    """Time each configuration in turn, as often as asked, so that a slow spell of the machine falls on all."""
    runs: dict[str, list[Lived]] = {name: [] for name in configs}
    for _ in range(repeats):
        for name, config in configs.items():
            runs[name].append(timed(config))
    return runs


def clean_environment(folder: str) -> dict[str, str]:
    """Return the environment of a user whose compiled code is kept in `folder`, whatever this process does."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "NUMBA_CACHE_DIR": f"{folder}/numba", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}


def starts(share: float, repeats: int) -> tuple[dict[str, float], list[dict[str, float]]]:
    """Return the parts of a start with empty caches, and those of starts that find them filled."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "benchmarks.startup", str(share)]

        def start() -> dict[str, float]:
            done = subprocess.run(
                words, env=clean_environment(folder), cwd=REPORT.parents[1], capture_output=True, text=True, check=True
            )
            return dict(json.loads(done.stdout))

        return start(), [start() for _ in range(repeats)]


def list_seconds(repeats: int) -> list[float]:
    """Return the wall time of `pathways list` in fresh processes, its bytecode cached."""
    command = [str(Path(sys.executable).with_name("pathways")), "list"]
    with tempfile.TemporaryDirectory() as folder:

        def once() -> float:
            began = time.perf_counter()
            subprocess.run(command, env=clean_environment(folder), capture_output=True, check=True)
            return time.perf_counter() - began

        once()
        return [once() for _ in range(repeats)]


def synthesis_seconds(share: float) -> tuple[float, int]:
    """Return the seconds to make the households of a share, and how many rows they are."""
    config, data = default_config(population__share=share), load()
    began = time.perf_counter()
    rows = len(synthesise(config, data))
    return time.perf_counter() - began, rows


def shown(values: Sequence[float], digits: int = 2) -> str:
    """Return the median of some values, with the least and the greatest."""
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def verdict(holds: bool) -> str:
    """Return how a limit is reported."""
    return "met" if holds else "MISSED"


def machine() -> list[list[str]]:
    """Return what the measurements were made on."""
    cpu = platform.processor() or platform.machine()
    known = Path("/proc/cpuinfo")
    if known.exists():
        lines = known.read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    return [
        ["processor", cpu], ["cores this process may use", str(len(os.sched_getaffinity(0)))],
        ["load of the last minute when measuring began", f"{os.getloadavg()[0]:.1f}"],
        ["Python", platform.python_version()], ["numba", numba.__version__], ["numpy", np.__version__],
    ]  # fmt: skip


def living(report: Report, runs: dict[str, list[Lived]]) -> None:
    """Report how long households live, by engine and threads, and the parts of a month."""
    rows, parts = [], []
    for name, lived in runs.items():
        one, total = lived[0], [run.seconds for run in lived]
        rows.append([
            name, f"{one.rows:,}", f"{one.household_months:,}", shown(total),
            shown([run.ns for run in lived], 0), shown([run.live_ns for run in lived], 0),
        ])  # fmt: skip
        spent = [statistics.median(run.parts[part] for run in lived) for part in PARTS]
        rest = statistics.median(run.seconds - sum(run.parts.values()) for run in lived)
        parts.append([name, *(f"{part:.3f}" for part in spent), f"{rest:.3f}"])
    head = ["engine", "rows", "household-months", "whole run, s", "ns a household-month", "of it in the rules, ns"]
    report.table("Living", head, rows)
    report.text(
        "Rows: all that there are in the last month; a row is a household-month from the month in which it is formed.",
        "Building the model is not in these figures, see the start below.",
    )
    report.table("Parts of the whole run, seconds (medians)", ["engine", *PARTS, "clearing and adding up"], parts)
    report.text(
        "live: the rules; select: queues and lotteries; feedback: networks, beliefs, prices and what households see",
        "of programmes; record: what is kept of a month. Only live and, slowly, select grow with the households.",
    )


def start(report: Report, cold: dict[str, float], warm: Sequence[dict[str, float]]) -> None:
    """Report the parts of a start with empty and with filled caches, and the peak memory."""
    names = {
        "import": "import, data read", "world": "build the world",
        "synthesis": "synthesise the households", "model": "build a model (world and households again)",
        "first month": "first month", "second month": "second month",
    }  # fmt: skip
    rows = [[what, f"{cold[name]:.2f}", shown([one[name] for one in warm])] for name, what in names.items()]
    peak = [one["peak"] / MIB for one in warm]
    rows.append(["peak memory of the process, MiB", f"{cold['peak'] / MIB:,.0f}", shown(peak, 0)])
    title = f"Start of a fresh process, seconds ({int(cold['rows']):,} rows synthesised)"
    report.table(title, ["part", "empty caches", "caches filled"], rows)
    report.text(
        "Empty caches: no bytecode and no compiled rules, as after installation; a loop compiles in its first use,",
        "the rules in the first month. Filled caches: every later start.",
    )


def limits(report: Report, runs: dict[str, list[Lived]], agents: str, listed: Sequence[float]) -> None:
    """Report each stated limit beside what was measured."""

    def median(name: str, what: Callable[[Lived], float]) -> float:
        return statistics.median(what(run) for run in runs[name])

    columns = [name for name in runs if name != agents]
    rows = []
    for name in columns:
        for part, what in (("in the rules", attrgetter("live_ns")), ("whole run", attrgetter("ns"))):
            ratio = median(agents, what) / median(name, what)
            limit = f"at least {LEAST_RATIO}"
            rows.append([f"agents / {name}, {part}", limit, f"{ratio:,.0f}", verdict(ratio >= LEAST_RATIO)])
    fastest = columns[-1]
    seconds, size = median(fastest, lambda run: run.seconds), runs[fastest][0].bytes_per_row
    answer, task = statistics.median(listed), f"{fastest}, {MONTHS} months, s"
    rows += [
        [task, f"under {MOST_SECONDS:g}", f"{seconds:.2f}", verdict(seconds < MOST_SECONDS)],
        ["bytes a household", f"at most {MOST_BYTES}", f"{size:.1f}", verdict(size <= MOST_BYTES)],
        ["`pathways list`, s", f"under {MOST_LIST_SECONDS:g}", shown(listed), verdict(answer < MOST_LIST_SECONDS)],
    ]
    report.table("Limits", ["measure", "limit", "measured", ""], rows)


def large(report: Report) -> None:
    """Report the synthesis of a tenth and of all households, and one standard run."""
    rows = []
    for share in (TENTH, ALL):
        seconds, n = synthesis_seconds(share)
        rows.append([f"synthesis of {share:g} of all households ({n:,} rows)", f"{seconds:.1f}"])
    config = default_config(population__share=TENTH)
    record, seconds, _ = run_model(config)
    months = f"{month_name(0)} to {month_name(record.last)}"
    rows.append([f"standard run, {TENTH:g} of all households, {months}, building included", f"{seconds:.1f}"])
    report.table("Large, once each", ["what", "seconds"], rows)


def measure(full: bool, say: Callable[[str], None]) -> Report:
    """Measure everything; `say` is told what comes next."""
    report = Report([
        "# Performance", "",
        f"Written by `uv run python -m benchmarks.engine{' --full' if full else ''}`. Machines are noisy and differ:",
        f"these are medians of {REPEATS} interleaved runs after compilation ({START_REPEATS} of starts), in brackets",
        "the least and the greatest; the ratios within this one report are what counts.",
    ])  # fmt: skip
    report.table("Machine", ["", ""], machine())
    say(f"{REPEATS} x columns with 1 and 2 threads and agents")
    share = share_of(ROWS, MONTHS)
    agents = f"agents, {AGENT_MONTHS} months"
    configs = {
        "columns, 1 thread": months_config(share, MONTHS, run__threads=1),
        "columns, 2 threads": months_config(share, MONTHS, run__threads=2),
        agents: months_config(share_of(AGENT_ROWS, AGENT_MONTHS), AGENT_MONTHS, run__threads=1, engine="agents"),
    }
    for config in configs.values():  # compiles what the runs use
        timed(config.replace(population__share=PROBE_SHARE, run__end="2013-02"))
    runs = interleaved(configs, REPEATS)
    say(f"{REPEATS} x pathways list, {1 + START_REPEATS} starts")
    limits(report, runs, agents, list_seconds(REPEATS))
    living(report, runs)
    start(report, *starts(share, START_REPEATS))
    if full:
        say("the synthesis of all households and a standard run")
        large(report)
    return report


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print the report and write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description="Measure the engine.")
    parser.add_argument("--full", action="store_true", help="also synthesise all households and time a standard run")
    options = parser.parse_args(argv)
    report = measure(options.full, lambda what: print(f"... {what}", file=sys.stderr))
    text = "\n".join(report.lines) + "\n"
    REPORT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
