"""Selection: fair lotteries, orders of rows that change nothing, reserved places for those they are for."""

from __future__ import annotations

import numpy as np
from small_book import monthly, pick, queue, trial_book, trial_schedule

from sim.pathways import PathwayBook
from sim.selection import lottery_numbers


def admitted(needs: list[int] | np.ndarray, places: int) -> list[bool]:
    """Return who of a queue in order gets in."""
    book, p = trial_book(monthly(m2013_01=places), selection="targeted")
    taken = book.month(0, queue(p, needs, priority=-np.arange(len(needs)))).admitted
    return np.isin(np.arange(len(needs)), taken).tolist()


def test_households_are_taken_whole_in_order_and_misfits_are_passed_over() -> None:
    assert admitted([4, 4, 1, 2, 1], 6) == [True, False, True, False, True]
    assert admitted([4, 1], 0) == [False, False]
    rng = np.random.default_rng(5)
    for _ in range(200):
        needs, places = rng.integers(1, 9, 30), int(rng.integers(0, 200))
        left, expected = places, []
        for need in needs:
            expected.append(need <= left)
            left -= need if expected[-1] else 0
        assert admitted(needs, places) == expected


def test_lottery_has_the_same_winners_in_any_order_of_rows() -> None:
    rng = np.random.default_rng(1)
    people = rng.integers(1, 5, 300)
    book, p = trial_book(monthly(m2013_01=250))
    queued = queue(p, people)
    winners = set(book.month(0, queued).admitted.tolist())
    assert 0 < len(winners) < 300
    for _ in range(5):
        order = rng.permutation(300)
        again, _ = trial_book(monthly(m2013_01=250))
        shuffled = again.month(0, pick(queued, order))
        assert set(order[shuffled.admitted].tolist()) == winners


def test_lottery_is_fair() -> None:
    rounds, applicants, places = 400, 40, 10
    months = np.zeros((rounds, applicants))
    for i in range(rounds):
        numbers = lottery_numbers(i // 100, i % 100, np.arange(applicants, dtype=np.uint64))
        months[i, np.argsort(numbers)[:places]] = 1
    wins = months.sum(axis=0)
    chance = places / applicants
    chi2 = ((wins - rounds * chance) ** 2).sum() / (rounds * chance * (1 - chance)) * (1 - 1 / applicants)
    assert 16 < chi2 < 72, chi2  # 0.1 % tails of chi2 with 39 degrees of freedom
    assert abs(np.corrcoef(months[:-1].ravel(), months[1:].ravel())[0, 1]) < 4 / np.sqrt(months[1:].size)


def test_lottery_of_another_seed_has_other_winners() -> None:
    ids = np.arange(200, dtype=np.uint64)
    assert (np.argsort(lottery_numbers(1, 0, ids)) != np.argsort(lottery_numbers(2, 0, ids))).any()


def test_one_more_place_only_adds_a_winner() -> None:
    winners = []
    for places in (50, 51):
        book, p = trial_book(monthly(m2013_01=places))
        winners.append(set(book.month(0, queue(p, [1] * 200)).admitted.tolist()))
    assert winners[0] < winners[1]
    assert len(winners[1]) == 51


def test_first_come_takes_the_oldest_applications() -> None:
    book, p = trial_book(monthly(m2013_01=0, m2013_02=0, m2013_03=5), selection="first_come")
    since = np.repeat([0, 1, 2], 4)
    book.month(0, queue(p, [1] * 4))
    book.month(1, queue(p, [1] * 8, since[:8]))
    admitted = book.month(2, queue(p, [1] * 12, since)).admitted
    assert set(admitted[:4]) == {0, 1, 2, 3}
    assert since[admitted].tolist() == [0, 0, 0, 0, 1]


def test_targeted_takes_the_highest_priority() -> None:
    book, p = trial_book(monthly(m2013_01=3), selection="targeted")
    admitted = book.month(0, queue(p, [1] * 6, priority=np.array([0.1, 5.0, 0.2, 4.0, 0.3, 6.0]))).admitted
    assert admitted.tolist() == [1, 3, 5]


def test_invited_workers_go_first_and_skip_processing() -> None:
    book, p = trial_book(monthly(m2013_01=2), processing_months=3)
    invited = np.array([False, True, False, True])
    assert book.month(0, queue(p, [1] * 4, invited=invited)).admitted.tolist() == [1, 3]


def test_nobody_is_admitted_before_processing_is_over() -> None:
    book, p = trial_book(monthly(m2013_01=9), processing_months=2)
    for month, expected in ((0, 0), (1, 0), (2, 3)):
        assert len(book.month(month, queue(p, [1] * 3)).admitted) == expected


def test_losers_of_a_lottery_are_refused_when_the_round_ends_unless_still_processed() -> None:
    book, p = trial_book(monthly(m2013_03=1), processing_months=1, rounds_per_year=4)
    book.month(0, queue(p, [1] * 3))
    book.month(1, queue(p, [1] * 3))
    outcome = book.month(2, queue(p, [1] * 4, [0, 0, 0, 2]))
    assert len(outcome.admitted) == 1
    assert len(outcome.refused) == 2
    assert outcome.waiting.tolist() == [3]


def test_old_applications_are_withdrawn() -> None:
    book, p = trial_book(monthly(), selection="first_come", max_wait_months=2)
    book.month(0, queue(p, [1]))
    book.month(1, queue(p, [1]))
    assert book.month(2, queue(p, [1])).withdrawn.tolist() == [0]


# Reserved places


def reserved_book(
    offered: int, reserved: int, month: str = "m2013_01", **attributes: object
) -> tuple[PathwayBook, int]:
    """Return a book with places of `trial` for El Salvador in one month, some of them for a target group."""
    schedule, p = trial_schedule(monthly(**{month: offered}), **attributes)
    part = np.stack([monthly(**{month: reserved}), monthly(), monthly()])
    return PathwayBook(schedule.set_aside("trial", part), 1), p


def members(*positions: int, of: int) -> np.ndarray:
    """Return (of,) flags of a target group."""
    return np.isin(np.arange(of), positions)


def test_reserved_places_go_to_the_target_group_and_the_rest_to_everybody() -> None:
    book, p = reserved_book(20, 10)
    preferred = np.arange(200) % 10 == 0
    admitted = book.month(0, queue(p, [1] * 200, preferred=preferred)).admitted
    assert len(admitted) == 20
    assert 10 <= preferred[admitted].sum() < 20
    plain, _ = reserved_book(20, 0)
    before = plain.month(0, queue(p, [1] * 200, preferred=preferred)).admitted
    assert preferred[before].sum() < 10


def test_members_who_find_no_reserved_place_stand_with_everybody() -> None:
    book, p = reserved_book(10, 2, selection="targeted")
    first = np.arange(10, 0, -1.0)
    admitted = book.month(0, queue(p, [1] * 10, priority=first, preferred=members(0, 1, 2, of=10))).admitted
    assert admitted.tolist() == list(range(10))
    book, p = reserved_book(4, 2, selection="targeted")
    admitted = book.month(0, queue(p, [1] * 10, priority=first, preferred=members(7, 8, 9, of=10))).admitted
    assert admitted.tolist() == [0, 1, 7, 8]


def test_reserved_places_wait_for_the_group_and_open_to_all_in_the_last_quarter() -> None:
    book, p = reserved_book(5, 3, selection="first_come")
    assert len(book.month(0, queue(p, [1] * 9)).admitted) == 2
    for month in range(1, 9):
        assert len(book.month(month, queue(p, [1] * 7)).admitted) == 0, month
    assert len(book.month(9, queue(p, [1] * 7)).admitted) == 3
    book.ledger.check()


def test_places_of_a_draw_stay_reserved_to_the_end_of_the_year() -> None:
    schedule, p = trial_schedule(monthly(m2013_01=5), selection="first_come")
    part = np.stack([monthly(m2013_01=3), monthly(), monthly()])
    book = PathwayBook(schedule.set_aside("trial", part, kept=True), 1)
    assert len(book.month(0, queue(p, [1] * 9)).admitted) == 2
    for month in range(1, 12):
        assert len(book.month(month, queue(p, [1] * 7)).admitted) == 0, month


def test_whom_a_draw_called_takes_nobody_elses_place() -> None:
    schedule, p = trial_schedule(monthly(m2013_01=5))
    part = np.stack([monthly(m2013_01=3), monthly(), monthly()])
    book = PathwayBook(schedule.set_aside("trial", part, kept=True), 1)
    called = members(0, 1, 2, 3, 4, 5, of=9)
    admitted = book.month(0, queue(p, [1] * 9, preferred=called, invited=called)).admitted
    assert called[admitted].sum() == 3
    assert len(admitted) == 5


def test_reserved_places_lapse_with_the_others() -> None:
    book, p = reserved_book(5, 3, "m2013_12")
    for month in range(13):
        book.month(month, queue(p, [1] * 4, 12) if month == 12 else queue(p, []))
    assert book.ledger["lapsed"][p, 0, 12] == 5
    assert book.left_reserved[p, 0] == 0


def test_nothing_reserved_is_the_same_to_members() -> None:
    one, p = trial_book(monthly(m2013_01=30))
    other, _ = trial_book(monthly(m2013_01=30))
    people = np.random.default_rng(2).integers(1, 5, 80)
    first = one.month(0, queue(p, people))
    second = other.month(0, queue(p, people, preferred=members(*range(40), of=80)))
    assert first.admitted.tolist() == second.admitted.tolist()
