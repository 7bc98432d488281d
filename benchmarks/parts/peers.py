"""The engine beside the same month in plain Mesa agents and in NumPy columns, each on one thread."""

from __future__ import annotations

from typing import Any

from benchmarks.dense import dense_ns
from benchmarks.measures import Found, Say, Size, Table, interleaved, months_config, shown, timed
from benchmarks.numpy_columns import numpy_ns
from benchmarks.plain import optimised_python, plain_ns

TITLE = "Beside plain Mesa and NumPy columns"
MESA_MONTHS, NUMPY_MONTHS = 12, 6
"""The first of the months of agents is not like others: everybody looks into leaving. A year is mostly like others."""


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Live the same months as agents, as NumPy columns and in the engine, in turn."""
    mesa_months, numpy_months = (1, 1) if size.tiny else (MESA_MONTHS, NUMPY_MONTHS)
    say(f"{size.few} x {mesa_months} months of {size.rows:,} plain Mesa agents, and the engine")
    config = months_config(size.rows, mesa_months, run__threads=1)
    timed(config)
    works = {"mesa": lambda: plain_ns(size.rows, mesa_months), "engine": lambda: timed(config).found()}
    agents: dict[str, Any] = interleaved(works, size.few)
    say(f"{size.few} x {numpy_months} months of NumPy columns, and the engine")
    works = {
        "numpy": lambda: numpy_ns(size.rows, numpy_months),
        "engine": lambda: {"dense": dense_ns(size.rows, numpy_months)},
    }
    columns: dict[str, Any] = interleaved(works, size.few)
    return {
        "rows": size.rows, "mesa_months": mesa_months, "numpy_months": numpy_months, "profiled": optimised_python(),
        "mesa rules": [one["rules"] for one in agents["mesa"]], "mesa": [one["whole"] for one in agents["mesa"]],
        "engine rules": [one["rules"] for one in agents["engine"]], "engine": [one["ns"] for one in agents["engine"]],
        "numpy": [one["dense"] for one in columns["numpy"]],
        "engine dense": [one["dense"] for one in columns["engine"]],
    }  # fmt: skip


def ratios(found: Found, slow: str, fast: str) -> list[float]:
    """Return how many times faster the second is, run by run."""
    return [one / other for one, other in zip(found[slow], found[fast], strict=True)]


def tables(found: Found) -> list[Table]:
    """Show times and ratios."""

    def times(slow: str, fast: str, digits: int) -> str:
        return shown(ratios(found, slow, fast), digits)

    first, then = f"first {found['mesa_months']} months", f"{found['numpy_months']} months after the first year"
    rows = [
        [f"plain Mesa, {first}, rules", shown(found["mesa rules"], 0), times("mesa rules", "engine rules", 0)],
        [f"plain Mesa, {first}, whole run", shown(found["mesa"], 0), times("mesa", "engine", 0)],
        [f"the engine, {first}, rules", shown(found["engine rules"], 1), "1"],
        [f"the engine, {first}, whole run", shown(found["engine"], 1), "1"],
        [f"NumPy columns, {then}, dense part", shown(found["numpy"], 0), times("numpy", "engine dense", 1)],
        [f"the engine, {then}, dense part", shown(found["engine dense"], 1), "1"],
    ]
    python = "with" if found["profiled"] else "without"
    return [Table(f"{TITLE}, {found['rows']:,} households, 1 thread", ["what", "ns a household-month", "ratio"], rows, [
        f"This Python was built {python} profile-guided optimisation. Dense is what every household does",
        "every month, by the same passes and rules as in a run; the few who move, plan or decide are left out of both.",
    ])]  # fmt: skip
