"""What was measured, kept part by part, and the page made of it."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numba
import numpy as np

from benchmarks.measures import ROOT, Table
from benchmarks.parts import living, passes, peers, records, reference, region, roofline, slider, starts, worlds
from benchmarks.targets import held

PARTS: Mapping[str, Any] = {
    "living": living, "passes": passes, "peers": peers, "reference": reference, "roofline": roofline,
    "slider": slider, "starts": starts, "worlds": worlds, "records": records, "region": region,
}  # fmt: skip
"""The parts of the benchmark in the order of the report."""
RESULTS, PAGE = ROOT / "benchmarks" / "results.json", ROOT / "docs" / "performance.md"


def machine() -> dict[str, str]:
    """Return what a part is measured on, and of which state of the program."""
    cpu = platform.processor() or platform.machine()
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    flags = next((line.split(":", 1)[1].split() for line in lines if line.startswith("flags")), [])
    vectors = next((name for name in ("avx512f", "avx2", "avx", "sse2") if name in flags), "unknown")
    words = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "processor": f"{cpu}, vectors: {vectors}", "cores": str(len(os.sched_getaffinity(0))),
        "load": f"{os.getloadavg()[0]:.1f}", "Python": platform.python_version(), "numba": numba.__version__,
        "NumPy": np.__version__, "commit": done.stdout.strip(), "day": datetime.date.today().isoformat(),
    }  # fmt: skip


def read(path: Path) -> dict[str, Any]:
    """Return what was measured before, by part."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def keep(path: Path, results: Mapping[str, Any]) -> None:
    """Keep what was measured, figures to six digits."""
    path.write_text(json.dumps(rounded(results), indent=1) + "\n", encoding="utf-8")


def rounded(tree: Any) -> Any:
    """Return the same with floats of six digits."""
    if isinstance(tree, Mapping):
        return {name: rounded(value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [rounded(value) for value in tree]
    return float(f"{tree:.6g}") if isinstance(tree, float) else tree


def page(results: Mapping[str, Any]) -> str:
    """Return the report of all parts that were measured."""
    known = {name: results[name] for name in PARTS if name in results}
    lines = [
        "# Performance", "",
        "Written by `uv run python -m benchmarks`. Machines are noisy and differ: these are medians of interleaved",
        "runs after compilation, in brackets the least and the greatest; the ratios within one part are what counts.",
    ]  # fmt: skip
    tables = [held(known), measured_on(known)]
    for name, one in known.items():
        tables += PARTS[name].tables(one["found"])
    for table in tables:
        lines += ["", f"## {table.title}", "", row(table.head), row(["---"] * len(table.head)), *map(row, table.rows)]
        if table.notes:
            lines += ["", *table.notes]
    return "\n".join(lines) + "\n"


def measured_on(results: Mapping[str, Any]) -> Table:
    """Return the machines of all parts, those of one kind together."""
    head = ["", "processor", "cores", "load when it began", "Python", "numba", "NumPy", "commit", "day"]
    keys = ["processor", "cores", "load", "Python", "numba", "NumPy", "commit", "day"]
    return Table("Machine", head, [[name, *(one["machine"][key] for key in keys)] for name, one in results.items()])


def row(cells: Sequence[str]) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"
