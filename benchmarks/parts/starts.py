"""Starts: the command without a run, a run in a process that finds its caches, and one that finds none."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measures import Found, Say, Size, Table, caches, clean_environment, fresh, shown

TITLE = "Starts"
SHARE = 0.01
PARTS = {
    "import": "from the start of the process to libraries imported and data read", "households": "households",
    "build": "the model, households included", "to first month": "from the start of the process to the first month",
    "first month": "first month",
}  # fmt: skip
COMMANDS = (("list",), ("--help",))


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Start with empty caches, then with filled ones; ask the command for lists and help."""
    repeats = size.repeats
    with caches() as folder:
        say(f"{repeats} x {' and '.join(f'pathways {words[0]}' for words in COMMANDS)}")
        asked = {" ".join(words): command_seconds(words, folder, repeats) for words in COMMANDS}
        if size.tiny:
            return {"commands": asked}
        say("a start with empty caches: everything is compiled")
        cold = fresh({"months": 1}, folder, population__share=SHARE)
        say(f"{repeats} starts with filled caches")
        warm = [fresh({"months": 1}, folder, population__share=SHARE) for _ in range(repeats)]
    return {"commands": asked, "cold": cold, "warm": warm}


def command_seconds(words: Sequence[str], folder: str, repeats: int) -> list[float]:
    """Return the wall time of a command in fresh processes, its bytecode cached."""
    command = [str(Path(sys.executable).with_name("pathways")), *words]

    def once() -> float:
        began = time.perf_counter()
        subprocess.run(command, env=clean_environment(folder), capture_output=True, check=True)
        return time.perf_counter() - began

    once()
    return [once() for _ in range(repeats)]


def tables(found: Found) -> list[Table]:
    """Show starts with empty and with filled caches, and the commands."""
    rows = []
    if "cold" in found:
        for part, what in PARTS.items():
            rows.append([what, f"{found['cold'][part]:.2f}", shown([one[part] for one in found["warm"]])])
    for words, seconds in found["commands"].items():
        rows.append([f"`pathways {words}`", "", shown(seconds)])
    return [Table(f"{TITLE}, seconds ({SHARE:g} of all households)", ["part", "empty caches", "caches filled"], rows, [
        "Empty caches: no bytecode, no compiled rules, no households, as after installation.",
    ])]  # fmt: skip
