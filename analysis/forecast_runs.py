"""The runs behind hindcast and forecast: members of the ensemble to a horizon, kept on disk as they are lived.

A run has a member, a seed (the future of the drivers) and an origin: the month after which nothing is known, or none
for drivers as they were. Of each the encounters by month, country and party are kept in `runs/forecast`, a file a
run, whole or absent, under a name that stands for all that made it; so a run that was broken off goes on.
"""

from __future__ import annotations

import csv
import functools
import io
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

import sim.model
from sim.beside import live_beside
from sim.codes import COUNTRIES, N_MONTHS, PARTIES, month_index, month_name
from sim.compiling import source_digest
from sim.config import Config
from sim.csvfile import read_csv
from sim.data.loader import load
from sim.ensemble import MEMBER, base_config, member_name
from sim.errors import DataError, WorkError, unreadable
from sim.record import Record
from sim.results import digest, identity
from sim.world.known import SETTING

Array = NDArray[np.float64]

FOLDER: Final = Path("runs") / "forecast"
SHARE: Final = 0.02
"""Part of all households: the median of many members needs no more."""
FIRST: Final = "2013-10"
"""First month recorded: the first with an observed count."""
LONGEST: Final = 24
"""Months from the origin to the last month forecast."""
KNOWN_TO: Final = "2025-12"
"""Last month of runs with known drivers; these are on record to September 2025, the border to August 2024."""
TRAINED_TO: Final = "2019-09"
"""Last month whose encounters may set anything."""
BATCH: Final = 8
"""Runs lived before what they gave is put on disk."""
N_NAME: Final = 20
"""Characters of a digest that name a file."""
ENCOUNTER: Final = "encounter_us"
COLUMNS: Final = ("month", *(f"{country}.{party}" for country in COUNTRIES for party in PARTIES))


@dataclass(frozen=True)
class Asked:
    """One run: member of the ensemble (None: the central one), seed, origin as YYYY-MM ('' for known drivers)."""

    member: int | None
    seed: int
    origin: str = ""

    def config(self, share: float = SHARE) -> Config:
        """Return its configuration; RequestError if there is no such member."""
        end = month_name(month_index(self.origin) + LONGEST) if self.origin else KNOWN_TO
        config = base_config(self.member)
        known = self.origin or config[SETTING]
        return config.replace(
            population__share=share, run__start=FIRST, run__end=end, seed=self.seed, drivers__known_until=known
        )


def quarters(first: str, last: str, step: int) -> tuple[str, ...]:
    """Return every step-th month from the first to the last as YYYY-MM."""
    return tuple(map(month_name, range(month_index(first), month_index(last) + 1, step)))


def live(asked: Sequence[Asked], share: float = SHARE, folder: Path = FOLDER, workers: int = 0) -> list[Array]:
    """Return encounters of each run (N_MONTHS, 3 countries, 3 parties), nan outside its months; from disk if kept.

    Raises:
        RequestError: there is no such member. WorkError: a run failed, or cannot be kept.

    """
    configs = {one: one.config(share) for one in dict.fromkeys(asked)}
    places = {one: folder / f"{_name(config)}.csv" for one, config in configs.items()}
    missing = sorted((one for one in configs if not _whole(places[one])), key=lambda one: (one.origin, one.seed))
    began, done = time.monotonic(), 0
    for group in _batches(missing):
        records = live_beside([configs[one] for one in group], workers)
        for one, record in zip(group, records, strict=True):
            _write(places[one], encounters(record))
        done += len(group)
        passed = time.monotonic() - began
        left = passed / done * (len(missing) - done)
        what = f"forecast from {group[-1].origin}" if group[-1].origin else "drivers known"
        told = f"{done} of {len(missing)} runs, {what}, member {member_name(group[-1].member)}"
        print(f"{told}; {passed:.0f} s, about {left:.0f} s to go", file=sys.stderr, flush=True)
    return [_read(places[one]) for one in asked]


def _batches(runs: Sequence[Asked]) -> list[Sequence[Asked]]:
    """Return the runs in groups of one origin, so that those that live together are as long."""
    found: list[list[Asked]] = []
    for one in runs:
        if not found or len(found[-1]) == BATCH or found[-1][0].origin != one.origin:
            found.append([])
        found[-1].append(one)
    return list(found)


def encounters(record: Record) -> Array:
    """Return encounters of a record (N_MONTHS, 3 countries, 3 parties), nan outside its months."""
    columns = record.flow_columns()
    flow, country, party = (columns[name] for name in ("flow", "country", "party"))
    mine = flow.codes == list(flow.names).index(ENCOUNTER)  # type: ignore[union-attr]
    month = columns["month"].astype("datetime64[M]").astype(int) - _EPOCH  # type: ignore[union-attr]
    at = (month[mine], country.codes[mine], party.codes[mine])  # type: ignore[union-attr]
    table = np.zeros((N_MONTHS, len(COUNTRIES), len(PARTIES)))
    np.add.at(table, at, np.asarray(columns["people"])[mine])
    table[: record.first] = table[record.last + 1 :] = np.nan
    return table


_EPOCH: Final = int(np.datetime64(month_name(0), "M").astype(int))
"""Month 0 as numpy counts months."""


@functools.cache
def _model() -> dict[str, object]:
    figures = {name: code for name, code in load().digest().items() if name != "parameters.csv"}
    return {"code": source_digest(Path(sim.model.__file__)), "figures": figures}


def _name(config: Config) -> str:
    plain = config.replace(**{MEMBER.replace(".", "__"): None})  # a member is its values
    return digest({"config": identity(plain), **_model()})[:N_NAME]


def _whole(path: Path) -> bool:
    return path.is_file()


def _write(path: Path, table: Array) -> None:
    """Write encounters, whole or not at all; WorkError if they cannot be written."""
    lines = io.StringIO()
    rows = csv.writer(lines, lineterminator="\n")
    rows.writerow(COLUMNS)
    for month in np.flatnonzero(np.isfinite(table[:, 0, 0])):
        rows.writerow([month_name(int(month)), *table[month].astype(np.int64).ravel().tolist()])
    stage = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stage.write_text(lines.getvalue(), encoding="utf-8")
        stage.replace(path)
    except OSError as error:
        raise WorkError(f"{path}: cannot be written: {unreadable(error)}") from None


def _read(path: Path) -> Array:
    """Return encounters as written; DataError if the file is damaged."""
    header, rows = read_csv(path, str(path))
    table = np.full((N_MONTHS, len(COUNTRIES), len(PARTIES)), np.nan)
    try:
        if header != COLUMNS:
            raise ValueError(header)
        for month, *counts in rows:
            table[month_index(month)] = np.array(counts, np.float64).reshape(table.shape[1:])
    except ValueError:
        raise DataError(f"{path}: is damaged; remove it, and the run is lived again") from None
    return table
