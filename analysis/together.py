"""Recorded runs lived again side by side, so that each journey of a scenario meets that of its baseline.

One pass serves several scenarios, forked from the history that they share. What it finds is kept beside the
scenario's run as `ledger.parquet`, and not made again while both runs are the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.cost_lines import Pair
from analysis.ledger import PairLedger
from analysis.ledger_table import LedgerTable, totals_by_way
from analysis.monthly import by_year
from analysis.split import Key
from sim.assemble import names_of
from sim.codes import month_index
from sim.config import Config
from sim.ensemble import MEMBER, of_member
from sim.errors import RequestError, WorkError, unreadable
from sim.lockstep import Lived, run_together
from sim.model import MigrationModel
from sim.policies import INSTRUMENTS
from sim.policies.base import first_month
from sim.record import Record
from sim.results import RunResult, horizon, identity
from sim.study import replaced

LEDGER, OF = "ledger.parquet", "ledger.json"
"""The ledger beside a scenario's run, and what it was made from."""
DIGEST = "sha256"
"""Of the ledger itself, among what it was made from: a damaged or another one is made again."""
A_FORK = 1.1
"""Time of a month in a forked world over that in the first, comparing included (measured: docs/performance.md)."""
SHARE = 0.02
"""Part of the households that replicates live with, unless told otherwise."""
THEORY = "behaviour.theory"
"""The parameter that names the theory of behaviour, where there are several."""
MEMBERS, SEEDS = 20, 2
"""Members that intervals rest on unless told otherwise: 19 are the fewest whose range holds nine tenths; and seeds of
each: two are the fewest that tell chance from parameters."""
OnMonth = Callable[[int], None]


@dataclass(frozen=True)
class Meeting:
    """A scenario beside its reference: the ledger, and both worlds by calendar year."""

    ledger: LedgerTable
    pair: Pair

    @property
    def key(self) -> Key:
        """Return what it was lived with: theory, member, seed."""
        config = self.pair.config
        return str(config.values.get(THEORY, "")), config[MEMBER], int(config["seed"])

    @property
    def programmes(self) -> tuple[str, ...]:
        """Return the programmes whose places the scenario changes."""
        return programmes_of(self.pair.config)


def programmes_of(config: Config) -> tuple[str, ...]:
    """Return the programmes whose places or terms a configuration's policies change."""
    named = [name for key, settings in config.policies.items() for name in INSTRUMENTS[key](settings).pathways()]
    return tuple(dict.fromkeys(named))


def meetings(configs: Sequence[Config], on_month: OnMonth = lambda month: None) -> list[Meeting]:
    """Live configurations in one pass and return each one after the first beside the first.

    Raises:
        RequestError: they are no pairs.
        WorkError: a ledger does not add up to what was counted.

    """
    first, last = (month_index(month) for month in horizon(configs[0]))
    books: dict[int, PairLedger] = {}

    def watch(month: int, models: Sequence[MigrationModel | None]) -> None:
        base = models[0]
        assert base is not None
        for k in range(1, len(models)):
            if k not in books and month >= first - 1:
                books[k] = PairLedger(base.engine.columns, names[k])
            if month >= first:
                books[k].month(month, base.engine.columns, (models[k] or base).engine.columns)

    names = [names_of(config) for config in configs]
    base, *others = run_together(configs, on_month, watch)
    totals = [totals_by_way(lived.record.flow_rows(), first, last) for lived in (base, *others)]
    made = []
    for k, lived in enumerate(others, start=1):
        ledger = replace(books[k].close(), diverged=lived.diverged)
        ledger.check(totals[0], totals[k])
        made.append(Meeting(ledger, _pair(lived, base.record)))
    return made


def _pair(lived: Lived, base: Record) -> Pair:
    return Pair(lived.config, by_year(base.outcomes()), by_year(lived.record.outcomes()))


def recorded_ledgers(reference: RunResult, others: Sequence[RunResult], told: Callable[[str], None],
                     on_month: OnMonth) -> list[LedgerTable]:  # fmt: skip
    """Return the ledger of each run against the reference: kept ones, and the others made in one pass.

    told: is given a sentence on how long it will take, before it begins.
    """
    found = [_kept(reference, run) for run in others]
    missing = [k for k, ledger in enumerate(found) if ledger is None]
    if missing:
        runs = [others[k] for k in missing]
        told(_how_long(reference, runs))
        made = meetings([reference.config, *(run.config for run in runs)], on_month)
        for k, run, meeting in zip(missing, runs, made, strict=True):
            found[k] = meeting.ledger
            try:
                _keep(reference, run, meeting.ledger)
            except (OSError, WorkError) as error:
                told(f"{run.folder}: the ledger is not kept: {unreadable(error)}")
    return [ledger for ledger in found if ledger is not None]


def replicates(configs: Sequence[Config], members: Sequence[int], seeds: Sequence[int],
               after: Callable[[int], None]) -> list[list[Meeting]]:  # fmt: skip
    """Return, for each configuration after the first, its meetings over seeds and ensemble members.

    No member: the central parameters. A seed and a member are one pass on one thread, in which all configurations
    live, as many at a time as the machine has processors; after: told how many are done.
    """
    wanted: list[int | None] = [*members] or [None]
    draws = [(member, seed) for member in wanted for seed in seeds]
    done: list[int] = []

    def live(draw: tuple[int | None, int]) -> list[Meeting]:
        member, seed = draw
        threads = {"run__threads": 1} if len(draws) > 1 else {}
        met = meetings([of_member(config.replace(seed=seed, **threads), member) for config in configs])
        done.append(1)
        after(len(done))
        return met

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        passes = list(pool.map(live, draws))
    return [list(mine) for mine in zip(*passes, strict=True)]


def _sources(reference: RunResult, run: RunResult) -> dict[str, Any]:
    """Return what a ledger rests on: both configurations, and the program and data that made the runs."""
    program = [{key: one.provenance[key] for key in ("version", "commit", "data")} for one in (reference, run)]
    return {"reference": identity(reference.config), "run": identity(run.config), "made_by": program}


def _kept(reference: RunResult, run: RunResult) -> LedgerTable | None:
    """Return the ledger beside a run if it is whole and of this pair; None if it is to be made."""
    path = run.folder / LEDGER
    try:
        note = json.loads((run.folder / OF).read_text(encoding="utf-8"))
        of_this_pair = note == {**_sources(reference, run), DIGEST: _digest(path)}
        return LedgerTable.read(path) if of_this_pair else None
    except (OSError, ValueError, RequestError):
        return None


def _keep(reference: RunResult, run: RunResult, ledger: LedgerTable) -> None:
    """Write the ledger and then what it was made from, each whole."""
    with replaced(run.folder / LEDGER) as path:
        ledger.write(path)
    note = {**_sources(reference, run), DIGEST: _digest(run.folder / LEDGER)}
    with replaced(run.folder / OF) as path:
        path.write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _how_long(reference: RunResult, runs: Sequence[RunResult]) -> str:
    """Return how long a pass will take, from what the recorded runs took."""
    worlds = f"{len(runs) + 1} worlds in one pass"
    took = minutes([reference, *runs], reference.config["population.share"], 1)
    return f"living again to compare household by household, {worlds}: about {max(took, 0.5):.1f} minutes"


def minutes(runs: Sequence[RunResult], share: float, passes: int) -> float:
    """Return how long passes of recorded runs will take with a share of all households, from what the first took."""
    reference, *others = runs
    months = month_index(reference.config["run.end"]) + 1
    forked = sum(1 - min(_starts(run.config), default=0) / months for run in others) * A_FORK
    smaller = share / reference.config["population.share"]
    return float(passes * smaller * reference.provenance["seconds"] * (1 + forked) / 60)


def _starts(config: Config) -> list[int]:
    return [month_index(first_month(policy)) for policy in config.policies.values()]
