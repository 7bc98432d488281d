"""All households of the region, October 2013 to December 2030: time, memory, synthesis, writing; only with --full.

Each run is a process of its own: the first makes the households and keeps them, the later ones find them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.measures import GB, NANO, Found, Say, Size, Table, caches, fresh, middle, shown
from sim.config import default_config

TITLE = "All households of the region"
ALL, TENTH = 1.0, 0.1
THREADS = 2
MB = 1e6
SETTLED = 12
"""Months after which a process holds what it will ever need for a month."""


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Live all households (else a tenth of them, or a few) in processes of their own."""
    share = ALL if size.full else TENTH if size.fresh else 0.001
    values: dict[str, Any] = {"population__share": share, "run__threads": THREADS}
    if size.tiny:
        values |= {"run__start": "2013-01", "run__end": "2013-04"}
    with caches() as folder:
        say("a process that compiles, with few households")
        fresh({"months": 1}, folder, **{**values, "population__share": 0.001})
        say(f"a process that synthesises {share:g} of all households")
        made = fresh({"months": 1}, folder, **values)
        runs = []
        for k in range(size.few):
            say(f"run {k + 1} of {size.few}: {share:g} of all households")
            runs.append(fresh({"write": str(Path(folder))}, folder, **values))
    return {"share": share, "made": made, "runs": runs, "end": default_config(**values)["run.end"]}


def of_runs(found: Found, what: str) -> list[float]:
    """Return a figure of each run."""
    return [run[what] for run in found["runs"]]


def ns(found: Found) -> list[float]:
    """Return nanoseconds a household-month of each run, from its second month on."""
    return [run["seconds"] / run["household_months"] * NANO for run in found["runs"]]


def growth(run: Found) -> float:
    """Return by how many bytes a process grew from a year after the start to the end, less the households' own."""
    memory = run["memory"]
    first = min(SETTLED, len(memory) - 1)
    return float(memory[-1] - memory[first])


def tables(found: Found) -> list[Table]:
    """Show times and memory of the runs."""
    made, runs = found["made"], found["runs"]
    rows = [
        ["households synthesised, s (once, then kept)", f"{made['households']:.1f}"],
        ["households mapped from the cache, s", shown(of_runs(found, "households"))],
        ["from the start of the process to the first month, s", shown(of_runs(found, "to first month"))],
        ["all months but the first, s", shown(of_runs(found, "seconds"), 1)],
        ["ns a household-month", shown(ns(found), 1)],
        ["household-months, millions", f"{runs[0]['household_months'] / 1e6:,.0f}"],
        ["results written, s", shown(of_runs(found, "write"))],
        ["whole process, s", shown(of_runs(found, "wall"), 1)],
        ["bytes of state a household", f"{runs[0]['bytes_per_row']:.1f}"],
        ["peak memory, GB", shown([run["peak"] / GB for run in runs])],
        ["growth from the second year to the end, MB", shown([growth(run) / MB for run in runs], 0)],
    ]
    for part in runs[0]["parts"]:
        share = middle([run["parts"][part] / run["seconds"] for run in runs])
        rows.append([f"part of the months: {part}", f"{share:.0%}"])
    title = TITLE if found["share"] == ALL else f"{found['share']:g} of all households"
    return [Table(f"{title}, to {found['end']}, {THREADS} threads", ["what", "measured"], rows, [
        f"{runs[0]['rows']:,} rows. Memory grows as the system hands over pages that are first written to.",
    ])]  # fmt: skip
