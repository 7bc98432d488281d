"""A book of regular pathways for tests: small queues, plain programmes, and all programmes under random demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sim.codes import N_MONTHS, month_index
from sim.config import default_config
from sim.data.loader import load
from sim.pathways import PathwayBook, Programmes, Queue, Schedule, Terms, load_programmes

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Tables:
    """The tables as loaded, or as changed by a test."""

    changed: Mapping[str, Rows]

    def rows(self, table: str) -> Rows:
        return self.changed[table] if table in self.changed else load().rows(table)


DATA = Tables({})
PROGRAMMES = load_programmes(default_config(), DATA)
SCHEDULE = Schedule.load(PROGRAMMES, DATA)


def one_programme(**attributes: object) -> tuple[Programmes, int]:
    """Return the programmes with a plain lottery `trial` at the end: monthly, no processing, no season."""
    plain = replace(
        PROGRAMMES.items[0], name="trial", year="calendar", processing_months=0, max_wait_months=120,
        rounds_per_year=0, season=(1 / 12,) * 12,
    )  # fmt: skip
    return PROGRAMMES.added(replace(plain, **attributes)), len(PROGRAMMES)  # type: ignore[arg-type]


def trial_schedule(places: np.ndarray, **attributes: object) -> tuple[Schedule, int]:
    """Return places of which only `trial` has any: `places` (N_MONTHS,) for El Salvador."""
    programmes, p = one_programme(**attributes)
    return Schedule.empty(programmes).added("trial", 0, places), p


def trial_book(places: np.ndarray, seed: int = 1, **attributes: object) -> tuple[PathwayBook, int]:
    """Return a book in which only `trial` has places."""
    schedule, p = trial_schedule(places, **attributes)
    return PathwayBook(schedule, seed), p


def monthly(**places: int) -> np.ndarray:
    """Return (N_MONTHS,) places from months written m2013_01=..."""
    result = np.zeros(N_MONTHS, np.int64)
    for month, value in places.items():
        result[month_index(month[1:].replace("_", "-"))] = value
    return result


def queue(pathway: int, people: list[int] | np.ndarray, since: object = 0, **columns: object) -> Queue:
    """Return a queue of Salvadoran households 0, 1, ... for one pathway."""
    n = len(people)
    given = {
        "household": np.arange(n, dtype=np.uint64), "pathway": np.full(n, pathway, np.int8),
        "country": np.zeros(n, np.int8), "people": np.asarray(people, np.int64),
        "since": np.broadcast_to(np.asarray(since, np.int16), n), "priority": np.zeros(n),
        "invited": np.zeros(n, bool), "preferred": np.zeros(n, bool), **columns,
    }  # fmt: skip
    return Queue(**given)  # type: ignore[arg-type]


def pick(queued: Queue, positions: np.ndarray) -> Queue:
    """Return the queue with the positions only, in that order."""
    return Queue(*(getattr(queued, name)[positions] for name in Queue.__dataclass_fields__))


def run_random(months: int, seed: int, schedule: Schedule = SCHEDULE, terms: Terms | None = None) -> PathwayBook:
    """Run all programmes under a random demand with weights; return the book."""
    rng = np.random.default_rng(seed)
    book = PathwayBook(schedule, seed, terms)
    waiting = Queue.empty()
    next_id = 0
    for month in range(months):
        stays = rng.random(len(waiting)) > 0.03
        gone = np.zeros((len(schedule.programmes), 3), np.int64)
        np.add.at(gone, (waiting.pathway[~stays], waiting.country[~stays]), waiting.people[~stays])
        waiting = pick(waiting, np.flatnonzero(stays))
        n = int(rng.integers(0, 300))
        party = np.where(rng.random(n) < 0.5, 1, rng.integers(2, 7, n))
        new = Queue(
            np.arange(next_id, next_id + n, dtype=np.uint64), rng.integers(0, len(PROGRAMMES), n),
            rng.integers(0, 3, n), rng.choice([1, 10, 100], n) * party, np.full(n, month), rng.random(n),
            rng.random(n) < 0.1, rng.random(n) < 0.3,
        )  # fmt: skip
        next_id += n
        columns = Queue.__dataclass_fields__
        joined = Queue(*(np.concatenate([getattr(waiting, name), getattr(new, name)]) for name in columns))
        outcome = book.month(month, joined, gone)
        positions = np.concatenate([outcome.admitted, outcome.refused, outcome.withdrawn, outcome.waiting])
        assert sorted(positions.tolist()) == list(range(len(joined)))
        book.ledger.check()
        waiting = pick(joined, rng.permutation(outcome.waiting))
    return book
