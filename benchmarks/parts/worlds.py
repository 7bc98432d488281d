"""Several worlds: a baseline and policies in one pass against one by one, and members of the ensemble side by side."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.measures import Found, Say, Size, Table, interleaved, middle, shown
from benchmarks.sizes import share_of_first
from sim.beside import live_beside
from sim.codes import month_name
from sim.compose import compose
from sim.config import Config
from sim.ensemble import members, of_member
from sim.lockstep import run_together
from sim.model import run_model

TITLE = "Several worlds"
SCENARIOS = ("baseline", "labour_visas_targeted", "labour_visas_permanent", "task_force_package", "labour_visas_50k")
N_MEMBERS, TINY_MEMBERS = 20, 2
END, TINY_END = "2030-12", "2027-03"


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Live scenarios together and one by one, in turn; then members of the ensemble."""
    end = TINY_END if size.tiny else END
    common = [f"population.share={share_of_first(size.rows)}", f"run.end={end}", "run.start=2013-10"]
    configs = [compose([f"scenarios={name}", *common]) for name in SCENARIOS]
    say(f"{size.few} x {len(configs)} scenarios of {size.rows:,} households together, and one by one")
    worlds = {
        "+".join(one.config.scenarios): {"forked": month_name(one.forked), "diverged": one.diverged}
        for one in run_together(configs)[1:]  # compiles what the runs use
    }
    works = {
        "together": lambda: seconds_together(configs),
        "one by one": lambda: sum(run_model(config)[1] for config in configs),
        "baseline alone": lambda: run_model(configs[0])[1],
    }
    found: dict[str, Any] = dict(interleaved(works, size.few))
    number = TINY_MEMBERS if size.tiny else N_MEMBERS
    numbers = [member.number for member in members()]
    chosen = [numbers[k % len(numbers)] for k in range(number)]
    drawn = [of_member(configs[0].replace(seed=1 + k // len(numbers)), chosen[k]) for k in range(number)]
    say(f"{size.few} x {number} members of the ensemble")
    found["members"] = {"number": number, "seconds": [seconds_beside(drawn) for _ in range(size.few)]}
    return {**found, "worlds": worlds, "rows": size.rows, "end": end}


def seconds_together(configs: list[Config]) -> float:
    """Return the time of one pass."""
    began = time.perf_counter()
    run_together(configs)
    return time.perf_counter() - began


def seconds_beside(configs: list[Config]) -> float:
    """Return the time of runs side by side."""
    began = time.perf_counter()
    live_beside(configs)
    return time.perf_counter() - began


def each_further(found: Found) -> list[float]:
    """Return what each further scenario costs, as a part of the baseline alone."""
    further = len(SCENARIOS) - 1
    pairs = zip(found["together"], found["baseline alone"], strict=True)
    return [(together - alone) / further / alone for together, alone in pairs]


def part(share: float | None) -> str:
    """Return a share of the households as a text; none where the worlds have other households."""
    return "-" if share is None else f"{share:.1%}"


def tables(found: Found) -> list[Table]:
    """Show the times, and how many households a scenario touches."""
    n = len(SCENARIOS)
    rows = [
        [f"{n} scenarios one by one, s", shown(found["one by one"])],
        [f"{n} scenarios in one pass, s", shown(found["together"])],
        ["together / one by one", f"{middle(found['together']) / middle(found['one by one']):.2f}"],
        ["each further scenario, part of a run", shown(each_further(found))],
        [f"{found['members']['number']} members of the ensemble side by side, s", shown(found["members"]["seconds"])],
    ]
    worlds = [[name, one["forked"], part(one["diverged"])] for name, one in found["worlds"].items()]
    return [
        Table(f"{TITLE}, {found['rows']:,} households to {found['end']}", ["what", "measured"], rows),
        Table("Households that a scenario touches", ["scenario", "lives apart from", "differ at the end"], worlds, [
            "Differ: something else happened to them than in the baseline, or they are elsewhere (`Lived.diverged`).",
        ]),
    ]  # fmt: skip
