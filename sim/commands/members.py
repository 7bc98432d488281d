"""`pathways run run.members=20`: one configuration with each of several members of the ensemble, and their intervals.

Each member is a run of its own in runs/default/SCENARIO/member=017/seed=0001, whole or not at all, so a stopped command
goes on from what is complete. As many live at a time as the machine has processors, on one thread each.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.aligned import aligned
from sim.commands import FINE, tell
from sim.config import Config
from sim.ensemble import MEMBER, member_name, of_member, usable
from sim.errors import refuse
from sim.outcomes import HEADLINE
from sim.results import RunResult
from sim.study import baseline_beside, is_complete, make_run, refuse_folder, run_folder

SECONDS_A_MINUTE = 60


def run_members(options: argparse.Namespace, config: Config) -> int:
    """Make the run of each member that is not there, and print the four numbers with 50 and 90 % intervals."""
    n = int(config["run.members"])
    known, why = usable()
    refuse([
        *([f"run.members: {why}"] if why else []),
        *([f"run.members: the ensemble has {known} members, not {n}"] if not why and n > known else []),
        *([f"run.members makes a run of each; leave out {MEMBER}"] if config[MEMBER] is not None else []),
        *(["run.output is of one run; the runs of members are in runs/"] if config["run.output"] else []),
    ])  # fmt: skip
    configs = [of_member(config.replace(run__members=0), number) for number in range(n)]
    folders = [run_folder(one) for one in configs]
    for one, folder in zip(configs, folders, strict=True):
        refuse_folder(folder, one)
    _make(configs, folders)
    results = [RunResult.open(folder) for folder in folders]
    data = _summary(results)
    tell(options, data, _text(results, data))
    return FINE


def _make(configs: list[Config], folders: list[Path]) -> None:
    """Make the runs that are not complete, telling each."""
    missing = [k for k, folder in enumerate(folders) if not is_complete(folder)]
    print(f"{len(folders) - len(missing)} of {len(folders)} members are complete", file=sys.stderr, flush=True)
    began, done = time.monotonic(), 0

    def make(k: int) -> None:
        nonlocal done
        make_run(configs[k].replace(run__threads=1), folders[k], lambda month: None)
        done += 1
        left = (time.monotonic() - began) / done * (len(missing) - done) / SECONDS_A_MINUTE
        member = member_name(configs[k][MEMBER])
        print(f"member {member}: {done} of {len(missing)}, {left:.0f} min left", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(make, missing))


def _summary(results: list[RunResult]) -> dict[str, Any]:
    """Return the four numbers over members, and their difference to the baseline where that was made for all."""
    from analysis.intervals import spread

    numbers = [result.headline() for result in results]
    beside = [baseline_beside(result.config) for result in results]
    before = [one.headline() for one in beside if one is not None]
    paired = before if len(before) == len(results) else []
    first, last = results[0].horizon()
    return {
        "scenario": "+".join(results[0].config.scenarios), "seed": results[0].config["seed"],
        "members": [result.config[MEMBER] for result in results], "folders": [str(one.folder) for one in results],
        "first_month": first, "last_month": last, "unit": "people a year",
        "numbers": {name: _plain(spread([one[name] for one in numbers])) for name in HEADLINE},
        "change": {
            name: _plain(spread([one[name] - other[name] for one, other in zip(numbers, paired, strict=True)]))
            for name in HEADLINE
        } if paired else None,
    }  # fmt: skip


def _plain(estimate: Any) -> dict[str, float | None]:
    """Return an estimate as plain data, None where one run leaves it open."""
    return {name: value if abs(value) < float("inf") else None for name, value in asdict(estimate).items()}


def _text(results: list[RunResult], data: dict[str, Any]) -> str:
    config = results[0].config
    n, share = len(results), f"{config['population.share']:.4g} of all households"
    lines = [f"{config.title}: {share}, seed {config['seed']}, {n} member{'s' if n > 1 else ''} of the ensemble"]
    from analysis.intervals import ENOUGH

    middle = "median" if n >= ENOUGH else "mean"
    cells = [(f"people a year, {data['first_month']} to {data['last_month']}", middle, "50 %", "90 %")]
    for told, prefix, form in ((data["numbers"], "", "{:,.0f}"), (data["change"], "change, ", "{:+,.0f}")):
        for name, one in (told or {}).items():
            open_or_not = (one[end] for end in ("low50", "high50", "low90", "high90"))
            ends = ["-" if end is None else form.format(end) for end in open_or_not]
            label = f"{prefix}{HEADLINE[name].label}"
            cells.append((label, form.format(one["value"]), f"{ends[0]} to {ends[1]}", f"{ends[2]} to {ends[3]}"))
    lines += aligned(cells, 1)
    lines.append("Intervals: where 50 and 90 of 100 such members would fall; one seed, so chance is in them.")
    lines.append(f"Files in {results[0].folder.parent.parent}/member=*")
    return "\n".join(lines)
