"""What it costs to keep what was lived: the record of a run, the ledger of a pair, and the files."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from analysis.together import meetings
from benchmarks.measures import Found, Say, Size, Table, interleaved, middle, shown, timed
from benchmarks.sizes import share_of_first
from sim.compose import compose
from sim.config import Config
from sim.lockstep import run_together
from sim.model import run_model
from sim.results import write_run

TITLE = "Record, ledger and files"
SCENARIO = "labour_visas_50k"
END, TINY_END = "2030-12", "2027-03"


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Live a pair with and without its ledger, time the record of a run, and write a run."""
    end = TINY_END if size.tiny else END
    common = [f"population.share={share_of_first(size.rows)}", "run.start=2013-10", f"run.end={end}"]
    pair = [compose([f"scenarios={name}", *common]) for name in ("baseline", SCENARIO)]
    say(f"{size.few} x a pair of {size.rows:,} households with its ledger and without")
    meetings(pair)  # compiles what the runs use
    works = {"without": lambda: seconds(pair, False), "with": lambda: seconds(pair, True)}
    found: dict[str, Any] = dict(interleaved(works, size.few))
    runs = [timed(pair[0]) for _ in range(size.few)]
    found["record"] = [run.parts["record"] / (run.seconds - run.parts["record"]) for run in runs]
    record, *_ = run_model(pair[0])
    with tempfile.TemporaryDirectory() as folder:
        found["write"] = []
        for _ in range(size.few):
            began = time.perf_counter()
            write_run(Path(folder), pair[0], record, 0.0, 0)
            found["write"].append(time.perf_counter() - began)
    return {**found, "rows": size.rows, "end": end}


def seconds(pair: list[Config], ledger: bool) -> float:
    """Return the time of a pair in one pass."""
    began = time.perf_counter()
    if ledger:
        meetings(pair)
    else:
        run_together(pair)
    return time.perf_counter() - began


def added(found: Found) -> list[float]:
    """Return what record and ledger add to a pair that keeps neither, as a part of it; of each repetition."""
    record = middle(found["record"])
    return [a / b * (1 + record) - 1 for a, b in zip(found["with"], found["without"], strict=True)]


def tables(found: Found) -> list[Table]:
    """Show what keeping costs."""
    ledger = [a / b - 1 for a, b in zip(found["with"], found["without"], strict=True)]
    rows = [
        ["the record adds to a run, %", shown([100 * part for part in found["record"]], 1)],
        ["the ledger adds to a pair in one pass, %", shown([100 * part for part in ledger], 1)],
        ["both together, %", shown([100 * part for part in added(found)], 1)],
        ["writing the files of a run, s", shown(found["write"])],
    ]
    return [Table(f"{TITLE}, {found['rows']:,} households to {found['end']}", ["what", "measured"], rows)]
