"""The natural experiments over members of the ensemble: docs/natural-experiments.md, its figure and what both rest on.

`python -m analysis.experiments_page share=0.02 seeds=1` lives every experiment with every member of the ensemble and
with the central parameters, and writes the page. Each pass is kept in runs/experiments once it is whole, so a stopped
command goes on from there; `pages` alone writes the page anew from docs/natural_experiments.csv.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

import analysis
import sim
from analysis.experiment_list import EXPERIMENTS
from analysis.experiments import chosen, last_month, live_experiments
from analysis.level import to_2019
from analysis.validation import as_command
from sim.config import Config, default_config
from sim.csvfile import read_records
from sim.ensemble import CENTRAL, base_config, member_name, members
from sim.errors import RequestError
from sim.model import MigrationModel
from sim.results import digest
from sim.scenarios import NATURAL, shipped

DOCS: Final = Path(__file__).parent.parent / "docs"
TABLE: Final = DOCS / "natural_experiments.csv"
KEPT: Final = Path("runs") / "experiments"
COLUMNS: Final = ("member", "seed", "share", "experiment", "value")
SHARE: Final = 0.02
MEMBERS: Final = 60
"""Of the ensemble, the first, unless told otherwise: they are in no order."""
CHANCE_SEEDS: Final = 8
"""Seeds of the central parameters that tell what chance does."""
DIGITS: Final = 6
"""Significant digits of a value that is kept."""


@dataclass(frozen=True)
class Pass:
    """All experiments with one set of parameters and one seed. member: None for the central parameters."""

    member: int | None
    seed: int
    share: float
    effects: Mapping[str, float]

    @property
    def name(self) -> str:
        """Return the member as files call it."""
        return member_name(self.member)


@functools.cache
def _code() -> str:
    """Return a digest of all that an effect is made by: the simulator, the operators, the scenarios."""
    ours, theirs = Path(next(iter(sim.__path__))), Path(next(iter(analysis.__path__)))
    operators = ("level.py", "effects.py", "effects_held_out.py", "experiment_list.py", "experiments.py")
    paths = [*sorted(ours.rglob("*.py")), *sorted((ours / "data").glob("*.csv"))]
    paths += [theirs / name for name in (*operators, "recorded.py")]
    paths += sorted(shipped("scenarios").glob(f"{NATURAL}*.yaml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def made_by(config: Config) -> str:
    """Return a digest of a configuration and of all that makes effects of it."""
    return digest({"values": dict(config.values), "code": _code()})


def experiments_report(
    numbers: Sequence[int | None] = (), seeds: Sequence[int] = (1,), share: float = SHARE,
    workers: int = 1, say: Callable[[str], None] = lambda line: None,
) -> list[Pass]:  # fmt: skip
    """Return every experiment over members and seeds, kept passes and those lived now, in the order asked for.

    Args:
        numbers: members, None for the central parameters; none: the central ones and all members there are.
        seeds: of each.
        share: of the households.
        workers: passes that are lived at the same time, a thread each.
        say: told a line for each pass.

    Raises:
        RequestError: there is no such member, or a pass cannot be kept.

    """
    wanted: list[int | None] = [*numbers] or [None, *(one.number for one in members())]
    asked = [(number, seed) for number in wanted for seed in seeds]
    until = last_month(chosen(EXPERIMENTS))
    first = to_2019(default_config(population__share=share)).replace(run__end=until, run__threads=1)
    began, alive = time.monotonic(), 0
    base = functools.cache(lambda: MigrationModel(first))

    def live(one: tuple[int | None, int]) -> Pass:
        nonlocal alive
        number, seed = one
        config = base_config(number).replace(population__share=share, seed=seed)
        path = KEPT / f"{made_by(config)}.json"
        effects = _kept(path)
        told = "kept"
        if effects is None:
            effects = live_experiments(config, EXPERIMENTS, base())
            _keep(path, effects)
            alive += 1
            told = f"lived, {(time.monotonic() - began) / alive:.1f} s each"
        say(f"member {member_name(number)}, seed {seed}: {told}; {len(asked)} in all")
        return Pass(number, seed, share, MappingProxyType(effects))

    if workers == 1:
        return [live(one) for one in asked]
    base()
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(live, asked))


def _kept(path: Path) -> dict[str, float] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there, or not whole: lived again
        return None
    return found if set(found) == set(EXPERIMENTS) else None


def _keep(path: Path, effects: Mapping[str, float]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _whole(path, json.dumps(effects, indent=1) + "\n")
    except OSError as error:
        raise RequestError(f"{path}: cannot be written: {error}") from None


def _whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    begun = path.with_name(f".{path.name}.{os.getpid()}-{time.monotonic_ns():x}")
    try:
        begun.write_text(text, encoding="utf-8", newline="")
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)


def write_table(passes: Sequence[Pass], path: Path = TABLE) -> None:
    """Write what came out, a row for each pass and experiment."""
    rows = [
        (one.name, str(one.seed), f"{one.share:g}", name, f"{value:.{DIGITS}g}")
        for one in passes
        for name, value in one.effects.items()
    ]
    _whole(path, "".join(",".join(row) + "\n" for row in (COLUMNS, *rows)))


def read_table(path: Path = TABLE) -> list[Pass]:
    """Return the passes that a file keeps.

    Raises:
        DataError: it cannot be read. RequestError: it is no file of experiments.

    """
    header, rows = read_records(path)
    if header != COLUMNS:
        raise RequestError(f"{path}: columns {', '.join(header)}; needed: {', '.join(COLUMNS)}")
    found: dict[tuple[str, int, float], dict[str, float]] = {}
    for row in rows:
        key = row["member"], int(row["seed"]), float(row["share"])
        found.setdefault(key, {})[row["experiment"]] = float(row["value"])
    return [
        Pass(None if name == CENTRAL else int(name), seed, share, MappingProxyType(effects))
        for (name, seed, share), effects in found.items()
    ]


def chance_error(share: float = SHARE, passes: Sequence[Pass] | None = None) -> dict[str, float]:
    """Return the standard deviation that chance gives each effect of one pass, in its unit, at a share.

    From the seeds of the central parameters on record, scaled by the square root of the share: the part that even all
    households would have from seed to seed is taken to be small.
    """
    central = [one for one in (read_table() if passes is None else passes) if one.member is None]
    if len(central) < 2:
        raise RequestError(f"{TABLE.name}: fewer than two seeds of the central parameters; chance cannot be told")
    return {
        name: float(np.std([one.effects[name] for one in central], ddof=1) * np.sqrt(central[0].share / share))
        for name in EXPERIMENTS
    }


def words_of(argv: Sequence[str]) -> tuple[float, int, int, int, bool]:
    """Return share, members, seeds a member, workers and whether only pages are to be written, as the words ask.

    Raises:
        RequestError: a word that is none of share=, members=, seeds=, workers=, pages.

    """
    asked = {"share": str(SHARE), "members": str(MEMBERS), "seeds": "1", "workers": "1"}
    for word in argv:
        key, _, value = word.partition("=")
        if word != "pages" and (key not in asked or not value):
            raise RequestError(f"'{word}': one of share=, members=, seeds=, workers=, pages")
        asked[key] = value
    try:
        share = float(asked["share"])
        numbers, seeds, workers = (int(asked[key]) for key in ("members", "seeds", "workers"))
    except ValueError:
        raise RequestError("share=, members=, seeds=, workers=: a share and whole numbers") from None
    if min(numbers, seeds, workers) < 1:
        raise RequestError("members=, seeds=, workers=: at least 1")
    return share, numbers, seeds, workers, "pages" in argv


def main(argv: Sequence[str]) -> int:
    """Live every experiment with every member and write the table, the page and the figure.

    Raises:
        RequestError: what is asked for cannot be done.

    """
    from analysis.experiments_text import write_pages

    share, numbers, seeds, workers, pages = words_of(argv)
    if not pages:
        say = functools.partial(print, file=sys.stderr, flush=True)
        central = experiments_report([None], range(1, CHANCE_SEEDS + 1), share, workers, say)
        others = [one.number for one in members()[:numbers]]
        lived = experiments_report(others, range(1, seeds + 1), share, workers, say) if others else []
        write_table([*central, *lived])
    for path in write_pages(read_table()):
        print(f"written: {path}")
    return 0


if __name__ == "__main__":
    as_command(main)
