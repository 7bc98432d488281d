"""Several configurations in one pass: worlds that share a history live it once.

The first configuration lives from January 2013. Each other forks from it in the month before the first in which
anything that its households or feedbacks see differs, so a further scenario costs little more than the months
since then. A forked run is the run alone, to the bit: what a household draws depends on nothing else.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.codes import N_MONTHS, month_index
from sim.config import Config
from sim.errors import refuse
from sim.limits import check_machine
from sim.model import BYTES_PER_KIB, MigrationModel
from sim.record import Record
from sim.results import NEUTRAL

PAIRED = ("seed", "population.share", "run.start", "run.end")
"""What configurations must share to live in one pass."""
LATER = ("observation.", "border.", "drivers.", "pathways.", *NEUTRAL)
"""Settings that act through arrays of months or of programmes, which are compared; or not at all."""
MONTHS_FIRST = ("death", "ageing")
"""Fields of `World` whose first axis is the month."""
TIMELESS = ("who", "call", "prefer_who", "prefer_where")
"""Levers that do nothing by themselves: whom a programme reaches, once it has a share or places."""
A_YEAR_AHEAD = 12
"""Months at the beginning in which the chance of a place is read from the places of the whole first year."""
SAVED = ("savings", "debt")
"""Columns that do not tell a life apart: nine in ten households save other cents, as local income moves with what
others send home."""
Watch = Callable[[int, Sequence[MigrationModel | None]], None]


@dataclass(frozen=True)
class Lived:
    """One configuration that was run: its record, when it forked (0: from the start), seconds and peak bytes.

    diverged: share of the households whose life differs from that in the first at the end, see `diverged`.
    """

    config: Config
    record: Record
    forked: int
    seconds: float
    peak: int
    diverged: float | None


def run_together(
    configs: Sequence[Config], on_month: Callable[[int], None] = lambda month: None,
    watch: Watch = lambda month, models: None, ground: MigrationModel | None = None,
) -> list[Lived]:  # fmt: skip
    """Run configurations in one pass; the first is what the others fork from.

    on_month: told each month that all have lived. watch: called then with the models; None for one that is still
    the first. ground: a model of the same households and dates that has not lived; it saves their synthesis.

    Raises:
        RequestError: they differ in seed, share or dates, or their households do not fit into memory.
        WorkError: a check of conservation failed.

    """
    first, *others = configs
    refuse([problem for one in others for problem in unpaired(first, one)])
    check_machine(first, len(configs))
    began = time.perf_counter()
    base = MigrationModel(first, ground)
    if ground is not None:
        base.fork(ground)
    models = [MigrationModel(one, base if shares_households(first, one) else None) for one in others]
    forks = [differ_from(base, model) for model in models]
    apart: list[MigrationModel | None] = [None] * len(models)
    while base.month < base.end_month:
        for k, model in enumerate(models):
            if forks[k] == base.month + 1:
                if shares_households(first, model.config):
                    model.fork(base)
                apart[k] = model
        base.step()
        for one in apart:
            if one is not None:
                one.step()
        on_month(base.month)
        watch(base.month, [base, *apart])
    lived = []
    for model, fork in zip((base, *models), (0, *forks), strict=True):
        if fork > base.end_month:
            model.fork(base)
        model.check()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_KIB
        seconds = time.perf_counter() - began
        lived.append(Lived(model.config, model.record, fork, seconds, peak, diverged(base, model)))
    return lived


def diverged(base: MigrationModel, other: MigrationModel) -> float | None:
    """Return the share of households to whom something else happened, or who are elsewhere, than in the first.

    Of those that exist at the end, by their weight; all that a row holds is compared but `SAVED`. None where the two
    have other households.
    """
    if not shares_households(base.config, other.config):
        return None
    mine, theirs = base.engine.columns, other.engine.columns
    differs = np.zeros(len(mine.id), np.bool_)
    for name in mine._fields:
        one, two = (np.atleast_2d(getattr(columns, name).T) for columns in (mine, theirs))
        if name not in SAVED:
            for cell in range(len(one)):
                differs |= one[cell] != two[cell]
    weight = np.where(mine.first_month <= base.month, mine.weight, 0).astype(np.int64)
    return float(weight[differs].sum() / weight.sum())


def unpaired(first: Config, one: Config) -> list[str]:
    """Return in what two configurations differ that must be the same in one pass, a line each."""
    return [
        f"{'+'.join(one.scenarios)} and {'+'.join(first.scenarios)} differ in {path}: {one[path]}, not {first[path]}"
        for path in PAIRED
        if one[path] != first[path]
    ]


def shares_households(one: Config, other: Config) -> bool:
    """Return whether two configurations are of the same households in January 2013."""
    groups = ("population.", "demography.")
    return all(one[path] == other[path] for path in one.values if path.startswith(groups))


def timeless(one: Config, other: Config) -> list[str]:
    """Return the paths in which two configurations differ that act from the beginning."""
    return [path for path in one.values if one[path] != other[path] and not path.startswith(LATER)]


def differ_from(base: MigrationModel, other: MigrationModel) -> int:
    """Return the first month that the two do not share; beyond the last month if they never differ."""
    behaviour = base.engine.behaviour.tobytes() == other.engine.behaviour.tobytes()
    if timeless(base.config, other.config) or not behaviour or not shares_households(base.config, other.config):
        return 0
    months = [N_MONTHS, *(month_index(waiting.settings["start"]) for waiting in other.conditions.waiting)]
    for name, mine, theirs in _series(base, other):
        differs = np.asarray(mine != theirs)
        if name in MONTHS_FIRST:
            differs = np.moveaxis(differs, 0, -1)
        if differs.ndim == 0 or differs.shape[-1] != N_MONTHS:
            months += [0] if differs.any() else []
        else:
            months += list(np.flatnonzero(differs.reshape(-1, N_MONTHS).any(axis=0))[:1])
    mine, theirs, n = base.book.terms, other.book.terms, len(base.book.programmes)
    turns = sorted({0, *mine.turns, *theirs.turns})
    months += [month for month in turns if mine.at(month).items[:n] != theirs.at(month).items[:n]][:1]
    first = min(months)
    # prices and draws of places look a month ahead, the chance of a place in the first year a year
    return int(first - 1) if first > A_YEAR_AHEAD else 0


def _series(base: MigrationModel, other: MigrationModel) -> list[tuple[str, Any, Any]]:
    """Return every array that a month reads, of both; of programmes those that both have, then the new ones' places."""
    one, two = base.engine, other.engine
    found = [(name, mine, getattr(two.world, name)) for name, mine in one.world._asdict().items()]
    levers = one.levers._asdict().items()
    found += [(name, mine, getattr(two.levers, name)) for name, mine in levers if name not in TIMELESS]
    n = len(base.book.programmes)
    for name in ("usable", "reserved", "idle"):
        mine, theirs = getattr(base.book.schedule, name), getattr(other.book.schedule, name)
        found += [(name, mine, theirs[:n]), (name, np.zeros_like(theirs[n:]), theirs[n:])]
    for name in ("enforcement", "smuggler_price"):
        found.append((name, getattr(base.feedbacks.border, name), getattr(other.feedbacks.border, name)))
    return found
