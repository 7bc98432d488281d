"""What a month of a block of rows is made of, pass by pass: each pass of `sim/blocks` alone, over rows in the cache.

A pass that takes about a nanosecond or more, and is not a hash, a logarithm or an exponential, is not in vector form.
"""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable
from typing import Any

from benchmarks.measures import NANO, Found, Say, Size, Table, middle, months_config, shown
from sim.blocks import abroad, flags, livelihood, lots, month, passes, stock
from sim.blocks.work import BLOCK
from sim.compiling import compiled
from sim.model import MigrationModel
from sim.rows import columns_of

TITLE = "A month by pass"
PASSES = (
    "find_movers", "begin", "count_people", "listed", "meet_hazards", "note_livelihood", "earn", "note_ties", "receive",
    "share_income", "save", "mark_redraws", "weigh_wishes", "mark_plans", "mark_wishes", "mark_queue", "take_stock",
    "add_up",
)  # fmt: skip
"""Names of the passes, in the order of the month."""
HOMES, MONTH = (passes, livelihood, abroad, stock, flags), (month, lots)
"""Modules of the passes, and those that make a month of them."""
SETTLED = 14
"""Months that are lived first, so that there are shocks, wishes, plans and members away."""
TIMES = 300
"""Turns of a pass in one measurement."""


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Time each pass, and the rules as a whole in the same model."""
    say(f"{len(PASSES)} passes over a block of {BLOCK:,} rows")
    model = MigrationModel(months_config(size.rows, SETTLED + 2, run__threads=1))
    for _ in range(SETTLED):
        model.step()
    engine = model.engine
    starts, ends = engine.order
    longest = int((ends[:, model.month] - starts).argmax())
    first = int(starts[longest])
    n = min(BLOCK, int(ends[longest, model.month]) - first)
    whole = []
    for _ in range(2):
        spent = time.thread_time()
        model.live()
        whole.append((time.thread_time() - spent) / int((ends[:, model.month] - starts).sum()) * NANO)
    found = {}
    for name in PASSES:
        run = turns(name)
        where = (
            first, n, model.month, model.config["seed"], engine._rooms[0], engine._world, engine._levers,
            engine._feedback, engine._ways, engine.behaviour, engine._tally[:1],
        )  # fmt: skip
        run(1, *where)
        found[name] = [timed(run, size, where) / n for _ in range(size.repeats)]
    return {"passes": found, "calls": {name: calls(name) for name in PASSES}, "rules": whole, "rows": n}


def timed(run: Callable[..., None], size: Size, where: tuple[Any, ...]) -> float:
    """Return nanoseconds of processor time of one turn."""
    times = 1 if size.tiny else TIMES
    spent = time.thread_time()
    run(times, *where)
    return (time.thread_time() - spent) / times * NANO


def turns(name: str) -> Callable[..., None]:
    """Return a compiled loop over turns of a pass, whatever of the month the pass takes."""
    one = next(getattr(home, name) for home in HOMES if hasattr(home, name))
    named = {**{word: word for word in ("b", "n", "month", "seed", "country", "here", "city")}}
    named |= {"marks": "R[0].marks", "found": "R[0].found", "kept": "L[0].remit_kept[country, month]"}
    given = [named.get(word, f"{word}[0]") for word in inspect.signature(one.py_func).parameters]
    lines = [
        "def run(times, first, n, month, seed, R, W, L, F, G, P, T):",
        "    b = columns_of(R[0], first, n)",
        "    here, city = find_movers(b, R[0], n, W[0])",
        "    country = W[0].country[here]",
        "    for _ in range(times):",
        f"        one({', '.join(given)})",
    ]
    space: dict[str, Any] = {"columns_of": columns_of, "find_movers": passes.find_movers, "one": one}
    exec("\n".join(lines), space)
    return compiled(space["run"])


def calls(name: str) -> int:
    """Return how often a month of a block calls a pass."""
    return sum(len(re.findall(rf"\b{name}\(", inspect.getsource(one))) for one in MONTH)


def tables(found: Found) -> list[Table]:
    """Show the passes and what is left for the rules where something happens."""
    passes, times = found["passes"], found["calls"]
    rows = [[name, shown(ns), str(times[name]), f"{middle(ns) * times[name]:.2f}"] for name, ns in passes.items()]
    total = sum(middle(ns) * times[name] for name, ns in passes.items())
    whole = min(found["rules"])
    rows += [
        ["all of these passes", "", "", f"{total:.2f}"],
        ["rules where something happens, and what is not named here", "", "", f"{whole - total:.2f}"],
        ["rules in all", "", "", f"{whole:.2f}"],
    ]
    return [Table(f"{TITLE}, ns a household-month, 1 thread", ["pass", "one turn", "turns", "in all"], rows, [
        f"Each pass by itself over {found['rows']:,} rows that stay in the cache; the last line: a month of all rows.",
    ])]  # fmt: skip
