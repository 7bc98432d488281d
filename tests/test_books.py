"""The books of the pathways: places that lapse, counts that balance, and a table of what happened."""

from __future__ import annotations

import numpy as np
import pytest
from small_book import PROGRAMMES, SCHEDULE, monthly, queue, run_random, trial_book, trial_schedule

from sim.errors import WorkError
from sim.pathways import LedgerRow, PathwayBook, Queue


def test_unused_places_carry_over_and_lapse_at_the_end_of_the_year() -> None:
    book, p = trial_book(monthly(m2013_01=3, m2013_12=2, m2014_01=1), selection="first_come")
    for month in range(11):
        book.month(month, Queue.empty())
    assert len(book.month(11, queue(p, [1] * 4, 11)).admitted) == 4
    outcome = book.month(12, queue(p, [1] * 5, 12))
    assert len(outcome.admitted) == 1
    assert book.ledger["lapsed"][p, 0, 12] == 1
    book.ledger.check()


def test_fiscal_places_lapse_in_october() -> None:
    book, p = trial_book(monthly(m2013_09=4), year="fiscal", selection="first_come")
    for month in range(9):
        book.month(month, Queue.empty())
    assert len(book.month(9, queue(p, [1], 9)).admitted) == 0
    assert book.ledger["lapsed"][p, 0, 9] == 4


def test_books_balance_and_places_hold_over_sixty_random_months_with_weights() -> None:
    for seed in (3, 4):
        ledger = run_random(60, seed).ledger
        decided = ledger["admitted"] + ledger["refused"] + ledger["withdrawn"]
        assert ledger["applied"].sum() == decided.sum() + ledger["waiting"][:, :, 59].sum()
        assert min(ledger[name].sum() for name in ("admitted", "refused", "withdrawn", "lapsed")) > 0
        for p, programme in enumerate(PROGRAMMES.items):
            years = np.array([programme.year_of(month) for month in range(60)])
            for year in np.unique(years):
                used = ledger["admitted"][p][:, :60][:, years == year].sum(axis=1)
                assert (used <= SCHEDULE.months[p][:, :60][:, years == year].sum(axis=1)).all()


def test_ledger_says_where_the_books_do_not_balance() -> None:
    book = run_random(3, 1)
    book.ledger["admitted"][1, 2, 1] += 1
    with pytest.raises(WorkError, match="usa_h2b, HND, 2013-02: applied differs"):
        book.ledger.check()


def test_ledger_finds_more_people_than_places() -> None:
    book, p = trial_book(monthly(m2013_01=5))
    book.month(0, queue(p, [1] * 5))
    book.ledger["places"][p, 0, 0] = 4
    with pytest.raises(WorkError, match="more people admitted than places"):
        book.ledger.check()


def test_a_household_lost_from_the_queue_is_noticed() -> None:
    book, p = trial_book(monthly())
    book.month(0, queue(p, [1] * 5))
    with pytest.raises(WorkError, match="not the 5 who waited"):
        book.month(1, queue(p, [1] * 4))


def test_months_follow_one_another_and_a_household_needs_a_place() -> None:
    book, p = trial_book(monthly())
    book.month(0, Queue.empty())
    with pytest.raises(WorkError, match="does not follow"):
        book.month(2, Queue.empty())
    with pytest.raises(WorkError, match="below 1"):
        book.month(1, queue(p, [0], 1))


# Places that cannot be filled, or are sustained or eroded


def test_places_without_an_employer_lapse_at_once_and_are_offered_all_the_same() -> None:
    schedule, p = trial_schedule(monthly(m2013_01=10))
    book = PathwayBook(schedule.idled("trial", np.stack([monthly(m2013_01=6), monthly(), monthly()])), 1)
    assert len(book.month(0, queue(p, [1] * 20)).admitted) == 4
    assert book.ledger["places"][p, 0, 0] == 10
    assert book.ledger["lapsed"][p, 0, 0] == 6
    book.ledger.check()


def test_every_place_is_filled_lapsed_or_still_open() -> None:
    book = run_random(30, 5)
    ledger = book.ledger
    gone = (ledger["places"] - ledger["admitted"] - ledger["lapsed"]).sum(axis=2)
    assert np.array_equal(gone, book.left)


def test_a_factor_of_one_sustains_places_exactly_and_another_loses_none() -> None:
    half = PathwayBook(SCHEDULE, 1)
    half.sustained[:] = 0.5
    same = PathwayBook(SCHEDULE, 1)
    for month in range(36):
        half.month(month, Queue.empty())
        same.month(month, Queue.empty())
    offered = SCHEDULE.months[:, :, :36]
    assert np.array_equal(same.ledger["places"][:, :, :36], offered)
    assert np.abs(half.ledger["places"].sum(axis=2) - offered.sum(axis=2) / 2).max() <= 0.5


# The table


def test_the_table_counts_a_year_by_hand() -> None:
    book, p = trial_book(monthly(m2013_03=3, m2014_02=1), selection="first_come", max_wait_months=10)
    waiting = np.arange(5)
    for month in range(14):
        people = queue(p, [1] * len(waiting), 0, household=waiting.astype(np.uint64))
        waiting = waiting[book.month(month, people).waiting]
    stayed = np.zeros(book.ledger["places"].shape, np.int64)
    stayed[p, 0, 13] = 2
    first, second = book.ledger.table(stayed)
    assert first == LedgerRow("trial", 2013, "SLV", 3, 3, 5, 0, 0, 2, 2, 0, 0)
    assert second == LedgerRow("trial", 2014, "SLV", 1, 0, 0, 0, 0, None, 0, 0, 2)


def test_the_table_adds_up_to_the_books() -> None:
    book = run_random(40, 6)
    rows = book.ledger.table(np.zeros_like(book.ledger["places"]))
    for column, counter in (
        ("offered", "places"),
        ("filled", "admitted"),
        ("lapsed", "lapsed"),
        ("applied", "applied"),
    ):
        assert sum(getattr(row, column) for row in rows) == book.ledger[counter].sum(), column
    assert sum(row.waiting for row in rows if row.year == 2016) == book.ledger["waiting"][:, :, 39].sum()
    later = book.ledger.table(np.zeros_like(book.ledger["places"]), first=9)
    assert min(row.year for row in later) == 2013
    assert sum(row.applied for row in later) == book.ledger["applied"][:, :, 9:].sum()


def test_the_median_wait_is_that_of_people_not_of_households() -> None:
    book, p = trial_book(monthly(m2013_01=1, m2013_06=10), selection="first_come")
    book.month(0, queue(p, [1, 9]))
    for month in range(1, 6):
        book.month(month, queue(p, [9]))
    (row,) = book.ledger.table(np.zeros_like(book.ledger["places"]))
    assert row.median_wait_months == 5
