"""The targets of speed and size, each held to what was measured; one that was not measured says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks.measures import GB, Found, Size, Table, middle, shown
from benchmarks.parts import peers, records, reference, region, roofline, worlds

LINEAR = 0.10


class Target(NamedTuple):
    """Something promised. part: where it is measured. of: values of its runs. holds: whether their median is enough."""

    number: int
    name: str
    limit: str
    part: str
    of: Callable[[Found], Sequence[float] | None]
    holds: Callable[[float], bool]
    digits: int = 2


def below(limit: float) -> Callable[[float], bool]:
    """Return what holds for values up to a limit."""
    return lambda value: value <= limit


def least(limit: float) -> Callable[[float], bool]:
    """Return what holds for values from a limit on."""
    return lambda value: value >= limit


def whole(of: Callable[[Found], Sequence[float]]) -> Callable[[Found], Sequence[float] | None]:
    """Return a figure of all households; none where only a part of them was run."""
    return lambda found: of(found) if found["share"] == region.ALL else None


def linear(found: Found) -> list[float]:
    """Return by how much a household-month of the large run takes longer than one of the small, 2 threads."""
    names = sorted({name.split("/")[0] for name in found}, key=int)
    few, many = (found[f"{name}/2"]["ns"] for name in (names[0], names[-1]))
    return [middle(many) / middle(few) - 1]


def threads(found: Found) -> list[float]:
    """Return how many times faster two threads are than one, in the large run."""
    most = max({name.split("/")[0] for name in found}, key=int)
    return [one / two for one, two in zip(found[f"{most}/1"]["ns"], found[f"{most}/2"]["ns"], strict=True)]


def largest(of: Callable[[Found, str], Sequence[float] | None]) -> Callable[[Found], Sequence[float] | None]:
    """Return a figure of the reference workload at a million households, or the most that was run below."""
    return lambda found: of(found, max((n for n in found["ns"] if int(n) <= Size.many), key=int))


def warm(part: str) -> Callable[[Found], Sequence[float] | None]:
    """Return a part of the starts with filled caches."""
    return lambda found: [one[part] for one in found["warm"]] if "warm" in found else None


TARGETS = (
    Target(1, "all households, all rules, 2 threads: ns a household-month", "at most 20 (stretch 12)", "region",
           whole(region.ns), below(20), 1),
    Target(1, "all households synthesised, s", "under 15", "region",
           whole(lambda found: [found["made"]["households"]]), below(15), 1),
    Target(1, "all households from the cache, s", "under 1", "region",
           whole(lambda found: region.of_runs(found, "households")), below(1)),
    Target(1, "second process with all households, in all, s", "under 45", "region",
           whole(lambda found: region.of_runs(found, "wall")), below(45), 1),
    Target(2, "times plain Mesa, 1 thread, in the rules", "at least 300", "peers",
           lambda found: peers.ratios(found, "mesa rules", "engine rules"), least(300), 0),
    Target(3, "times NumPy columns, dense part", "at least 5", "peers",
           lambda found: peers.ratios(found, "numpy", "engine dense"), least(5), 1),
    Target(3, "reference workload: times NumPy float32, 2 threads", "at least 12", "reference",
           largest(reference.over_numpy), least(12), 1),
    Target(3, "reference workload: over the time of C, 2 threads", "at most 1.5", "reference",
           largest(reference.over_c), below(1.5)),
    Target(4, "bytes of state a household", "at most 80", "region",
           lambda found: region.of_runs(found, "bytes_per_row"), below(80), 1),
    Target(4, "peak memory, all households, GB", "under 1.3", "region",
           whole(lambda found: [run["peak"] / GB for run in found["runs"]]), below(1.3)),
    Target(5, "large over small run, a household-month, less 1", "within 0.10", "living", linear,
           lambda value: abs(value) <= LINEAR),
    Target(5, "2 threads over 1", "at least 1.7", "living", threads, least(1.7)),
    Target(5, "over the roofline, 2 threads", "said", "roofline", lambda found: [roofline.far(found, 2)],
           lambda value: True, 1),
    Target(6, "a slider, s", "under 0.2", "slider", lambda found: found["seconds"], below(0.2), 3),
    Target(6, "second run: from the start to the first month, s", "under 2", "starts", warm("to first month"),
           below(2)),
    Target(6, "`pathways list`, s", "under 0.4", "starts", lambda found: found["commands"]["list"], below(0.4)),
    Target(6, "`pathways --help`, s", "under 0.4", "starts", lambda found: found["commands"]["--help"], below(0.4)),
    Target(6, "first compile, s", "under 40", "starts",
           lambda found: [found["cold"]["first month"]] if "cold" in found else None, below(40), 1),
    Target(7, "20 members of the ensemble, s", "under 15", "worlds", lambda found: found["members"]["seconds"],
           below(15), 1),
    Target(7, "each further scenario, part of a run", "at most 0.40", "worlds", worlds.each_further, below(0.40)),
    Target(8, "record and ledger add, part of a run", "at most 0.30", "records", records.added, below(0.30)),
    Target(8, "results written, all households, s", "under 2", "region",
           whole(lambda found: region.of_runs(found, "write")), below(2)),
)  # fmt: skip


def held(results: Found) -> Table:
    """Return every target beside what was measured, met or MISSED."""
    rows = []
    for target in TARGETS:
        found = results.get(target.part)
        values = target.of(found["found"]) if found else None
        measured = shown(values, target.digits) if values else "not measured"
        verdict = ("met" if target.holds(middle(values)) else "MISSED") if values else ""
        rows.append([str(target.number), target.name, target.limit, measured, verdict])
    return Table("Targets", ["", "target", "limit", "measured", ""], rows, [
        "Medians are held to the limits; in brackets the least and the greatest of the runs.",
    ])  # fmt: skip

