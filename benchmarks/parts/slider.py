"""A slider: a scenario forked from a kept history and lived to the end, in a process that is warm."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from benchmarks.measures import Found, Say, Size, Table, shown
from benchmarks.sizes import share_of_first
from sim.config import default_config
from sim.history import History
from sim.policies import check

TITLE = "A slider"
ROWS = 50_000
FORKED, END = "2022-01", "2030-12"
TINY_FORKED, TINY_END = "2014-03", "2014-04"
POLICY = {"labour_places": {"places_per_year": {"usa_h2b": 50_000}}}
"""What the slider moves, from the month of the fork on."""


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Live a history once, and a scenario from it several times."""
    rows, start, end = (size.rows, TINY_FORKED, TINY_END) if size.tiny else (ROWS, FORKED, END)
    say(f"{size.repeats} moves of a slider: {rows:,} households, {start} to {end}")
    base = default_config(population__share=share_of_first(rows), run__end=end)
    began = time.perf_counter()
    history = History(base, start)
    lived = time.perf_counter() - began
    policies, _ = check({key: {**settings, "start": start} for key, settings in POLICY.items()})
    scenario = replace(base, policies=policies)
    history.live(scenario)  # compiles and warms what a slider uses
    seconds = []
    for _ in range(size.repeats):
        began = time.perf_counter()
        history.live(scenario)
        seconds.append(time.perf_counter() - began)
    return {"rows": rows, "start": start, "end": end, "history": lived, "seconds": seconds}


def tables(found: Found) -> list[Table]:
    """Show the time of a move."""
    what = f"{found['rows']:,} households, {found['start']} to {found['end']}, forked from the history"
    return [Table(TITLE, ["what", "s"], [
        ["the history, lived once", f"{found['history']:.2f}"], [what, shown(found["seconds"], 3)],
    ])]  # fmt: skip
