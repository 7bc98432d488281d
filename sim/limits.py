"""What the machine gives a run: memory and processor cores, told before the start where they do not suffice.

Memory is that which is free now, or what a control group leaves to the process where that is less.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sim.config import Config
from sim.errors import RequestError, note
from sim.state import COLUMNS

HOUSEHOLDS = 11_188_008
"""Households of the three countries there in January 2013 or formed by the end of 2035, as synthesised."""
BYTES_A_HOUSEHOLD = sum(np.dtype(dtype).itemsize * width for dtype, width in COLUMNS.values())
FIXED_BYTES = 350 * 2**20
"""Memory of a process apart from households: libraries, compiled code, figures, the record (measured: 290 MiB)."""
GB, KIB = 10**9, 1024


def check_machine(config: Config, n_worlds: int = 1) -> None:
    """Refuse a run whose households do not fit into memory, and note if it has more threads than there are cores.

    n_worlds: how many live together, each with its own copy of the households.

    Raises:
        RequestError: too little memory; tells the share that fits.

    """
    if config["run.threads"] > cores():
        note(f"run.threads={config['run.threads']}: this machine has {cores()} for it; more make no run faster")
    free = free_memory()
    share = config["population.share"]
    a_share = HOUSEHOLDS * BYTES_A_HOUSEHOLD * n_worlds
    needed = FIXED_BYTES + a_share * share
    if free is None or needed <= free:
        return
    fits = math.floor((free - FIXED_BYTES) / a_share * 1000) / 1000
    worlds = f" for {n_worlds} worlds at once" if n_worlds > 1 else ""
    raise RequestError(
        f"population.share={share:.4g} needs about {needed / GB:.1f} GB of memory{worlds}, {free / GB:.1f} are free; "
        + (f"population.share={fits:.4g} fits" if fits > 0 else "free some memory, or try a share below 0.001")
    )


def cores() -> int:
    """Return the processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory(root: Path = Path("/")) -> int | None:
    """Return bytes that a process can still take, or None if the machine does not tell. root: of the file system."""
    return min(_free(root), default=None)


def _free(root: Path) -> Iterator[int]:
    for line in _lines(root / "proc/meminfo"):
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            yield int(amount.split()[0]) * KIB
    for line in _lines(root / "proc/self/cgroup"):  # number:controllers:path
        _, controllers, path = line.split(":", 2)
        base, name = root / "sys/fs/cgroup", "memory.max"
        if controllers == "memory":  # the first version of control groups
            base, name = base / "memory", "memory.limit_in_bytes"
        elif controllers:
            continue
        place = base / path.lstrip("/")
        for folder in (place, *place.parents):  # a group is held to the limits of those around it
            if base not in (folder, *folder.parents):
                break
            yield from (int(limit) for limit in _lines(folder / name) if limit.isdecimal())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
