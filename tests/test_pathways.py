"""Regular pathways: places that add up, selections that are fair, books that balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from sim.codes import COUNTRIES, LAST_YEAR, N_MONTHS, REGULAR_PATHWAYS, fiscal_year, month_index
from sim.config import default_config
from sim.data.loader import load
from sim.errors import DataError, RequestError, WorkError
from sim.pathways import N_YEARS, PathwayBook, Programmes, Queue, Schedule, load_programmes, spread
from sim.programmes import NEEDS_DEPARTMENT, NEEDS_EXPOSURE, NEEDS_FARM, NEEDS_KIN, Programme, take_up
from sim.selection import fit, lottery_numbers

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


def trial_book(places: np.ndarray, seed: int = 1, **attributes: object) -> tuple[PathwayBook, int]:
    """Return a book in which only `trial` has places: `places` (N_MONTHS,) for El Salvador."""
    programmes, p = one_programme(**attributes)
    none = np.zeros((len(programmes), 3, N_MONTHS), np.int64)
    empty = Schedule(programmes, none[:, :, :N_YEARS].copy(), none, none.copy())
    return PathwayBook(empty.added("trial", 0, places), seed), p


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
        "invited": np.zeros(n, bool), **columns,
    }  # fmt: skip
    return Queue(**given)  # type: ignore[arg-type]


def pick(queued: Queue, positions: np.ndarray) -> Queue:
    """Return the queue with the positions only, in that order."""
    return Queue(*(getattr(queued, name)[positions] for name in Queue.__dataclass_fields__))


# Figures


def test_programmes_are_the_twelve_pathways_of_the_code_list_with_every_attribute() -> None:
    assert PROGRAMMES.names == REGULAR_PATHWAYS
    rows = DATA.rows("programmes")
    assert len(rows) == len(REGULAR_PATHWAYS) * 21
    assert {row["grade"] for row in rows} <= set("VDART")


def test_every_figure_of_the_two_tables_names_a_known_source() -> None:
    known = {row["id"] for row in DATA.rows("SOURCES")}
    for table in ("places", "programmes"):
        for row in DATA.rows(table):
            assert set(row["source"].split("+")) <= known, row


def test_observed_h2_visas_are_reproduced() -> None:
    def h2(year: int) -> int:
        return sum(SCHEDULE.year_total(name, c, year) for name in ("usa_h2a", "usa_h2b") for c in range(3))

    assert h2(2019) == 7751
    assert h2(2024) == 30857
    assert SCHEDULE.year_total("usa_h2b", COUNTRIES.index("SLV"), 2020) == 149
    assert SCHEDULE.year_total("usa_h2b", COUNTRIES.index("SLV"), 2024) == 8027


def test_places_of_every_programme_year_sum_exactly_to_the_yearly_figure() -> None:
    for p, programme in enumerate(PROGRAMMES.items):
        years = np.array([programme.year_of(month) for month in range(N_MONTHS)])
        for year in range(2014, LAST_YEAR + 1):
            for c in range(3):
                total = SCHEDULE.months[p, c, years == year].sum()
                assert total == SCHEDULE.year_total(programme.name, c, year), (programme.name, c, year)
    assert PROGRAMMES.items[0].year_of(month_index("2018-10")) == fiscal_year(month_index("2018-10")) == 2019


def test_places_continue_unchanged_after_the_last_observed_year() -> None:
    assert (SCHEDULE.totals[:, :, 12:] == SCHEDULE.totals[:, :, 11:12]).all()
    assert SCHEDULE.totals[:, :, 11].sum() > SCHEDULE.totals[:, :, 8].sum()


def test_season_puts_h2b_places_into_spring_not_winter() -> None:
    h2b = SCHEDULE.months[PROGRAMMES.index("usa_h2b")].sum(axis=0)
    start = month_index("2023-10")
    assert h2b[start + 5] > 3 * h2b[start + 1]


def test_border_cards_are_for_guatemalans_of_the_border_departments() -> None:
    p = PROGRAMMES.index("mex_border_worker")
    arrays = PROGRAMMES.arrays()
    reached = {PROGRAMMES.departments[d] for d in np.flatnonzero(arrays.reach[p])}
    assert {"GT-12", "GT-13"} <= reached
    assert all(code.startswith("GT") for code in reached)
    assert (SCHEDULE.months[p].sum(axis=1) > 0).tolist() == [False, True, False]


def test_columns_for_rules_carry_the_eligibility() -> None:
    arrays = PROGRAMMES.arrays()
    needs = {name: int(arrays.needs[p]) for p, name in enumerate(PROGRAMMES.names)}
    assert needs["usa_h2a"] == NEEDS_FARM
    assert needs["usa_family"] == NEEDS_KIN
    assert needs["usa_refugee"] == NEEDS_EXPOSURE
    assert needs["mex_border_worker"] == NEEDS_DEPARTMENT
    assert arrays.bands[PROGRAMMES.index("usa_h2b")] == 0b0011
    assert arrays.bands[PROGRAMMES.index("usa_family")] == 0b0111


def test_cost_and_overstay_factors_reach_the_programmes() -> None:
    config = default_config().replace(pathways__cost_factor=2.0, pathways__overstay_factor=0.5)
    changed = load_programmes(config, DATA)
    p = PROGRAMMES.index("usa_h2b")
    assert changed.items[p].worker_cost_usd == 2 * PROGRAMMES.items[p].worker_cost_usd
    assert changed.items[p].overstay == 0.5 * PROGRAMMES.items[p].overstay


def test_wrong_tables_are_refused_by_row() -> None:
    rows = [dict(row) for row in DATA.rows("programmes")]
    rows[0]["value"] = "UAS"
    with pytest.raises(DataError, match="USA"):
        load_programmes(default_config(), Tables({"programmes": rows}))
    rows = [dict(row) for row in DATA.rows("programmes")][1:]
    with pytest.raises(DataError, match="usa_h2a has no destination"):
        load_programmes(default_config(), Tables({"programmes": rows}))
    places = [dict(row) for row in DATA.rows("places")]
    key = ("usa_parole", "GTM", "2017")
    dropped = [row for row in places if (row["pathway"], row["country"], row["year"]) != key]
    with pytest.raises(DataError, match="usa_parole, GTM, 2017"):
        Schedule.load(PROGRAMMES, Tables({"places": dropped}))
    with pytest.raises(RequestError, match="did you mean 'usa_refugee'"):
        PROGRAMMES.index("usa_refuge")


def test_ramp_of_new_places_goes_from_start_to_end() -> None:
    share = take_up(default_config(), np.arange(61))
    assert share[0] == pytest.approx(0.35, abs=0.02)
    assert share[15] == pytest.approx((0.35 + 0.9) / 2)
    assert share[60] == pytest.approx(0.9, abs=0.001)
    assert (np.diff(share) > 0).all()


# Changing places


def test_spread_gives_whole_numbers_that_sum_to_the_total() -> None:
    for total in (0, 1, 7, 8027, 123_457):
        months = spread(total, PROGRAMMES.items[1].season)
        assert months.sum() == total
        assert np.abs(months - total * np.array(PROGRAMMES.items[1].season)).max() < 1


def test_holding_a_year_leaves_everything_before_and_beside_untouched() -> None:
    start = month_index("2021-10")
    held = SCHEDULE.held("usa_h2b", 2021, start)
    p = PROGRAMMES.index("usa_h2b")
    assert (held.months[p, :, :start] == SCHEDULE.months[p, :, :start]).all()
    assert (np.delete(held.months, p, axis=0) == np.delete(SCHEDULE.months, p, axis=0)).all()
    assert held.months[p, :, start : start + 12].sum() == 3386 + 2214 + 953
    assert held.months[p, :, start + 24 : start + 36].sum() == 3386 + 2214 + 953


def test_added_places_open_where_and_when_they_are_added() -> None:
    more = SCHEDULE.added("usa_h2a", 1, monthly(m2026_03=500))
    difference = more.months - SCHEDULE.months
    assert difference.sum() == 500 == difference[0, 1, month_index("2026-03")]
    with pytest.raises(RequestError, match="below 0"):
        SCHEDULE.added("usa_h2a", 1, monthly(m2026_03=-10_000_000))
    with pytest.raises(RequestError, match="whole"):
        SCHEDULE.added("usa_h2a", 1, np.full(N_MONTHS, 0.5))


def test_closing_a_programme_ends_its_places_in_that_month() -> None:
    start = month_index("2025-02")
    closed = SCHEDULE.scaled("usa_port_asylum", 0.0, start)
    p = PROGRAMMES.index("usa_port_asylum")
    assert closed.months[p, :, start:].sum() == 0
    assert closed.months[p, :, start - 1].sum() > 0


# Selection


def test_households_are_taken_whole_in_order_and_misfits_are_passed_over() -> None:
    assert fit(np.array([4, 4, 1, 2, 1]), 6).tolist() == [True, False, True, False, True]
    assert fit(np.array([4, 1]), 0).tolist() == [False, False]
    rng = np.random.default_rng(5)
    for _ in range(200):
        needs, places = rng.integers(1, 9, 30), int(rng.integers(0, 120))
        left, expected = places, []
        for need in needs:
            expected.append(need <= left)
            left -= need if expected[-1] else 0
        assert fit(needs, places).tolist() == expected


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


# Places and books


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


def run_random(months: int, seed: int) -> PathwayBook:
    """Run all programmes under a random demand with weights; return the book."""
    rng = np.random.default_rng(seed)
    book = PathwayBook(SCHEDULE, seed)
    waiting = Queue.empty()
    next_id = 0
    for month in range(months):
        stays = rng.random(len(waiting)) > 0.03
        gone = np.zeros((len(PROGRAMMES), 3), np.int64)
        np.add.at(gone, (waiting.pathway[~stays], waiting.country[~stays]), waiting.people[~stays])
        waiting = pick(waiting, np.flatnonzero(stays))
        n = int(rng.integers(0, 300))
        party = np.where(rng.random(n) < 0.5, 1, rng.integers(2, 7, n))
        new = Queue(
            np.arange(next_id, next_id + n, dtype=np.uint64), rng.integers(0, len(PROGRAMMES), n),
            rng.integers(0, 3, n), rng.choice([1, 10, 100], n) * party, np.full(n, month), rng.random(n),
            rng.random(n) < 0.1,
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


def test_a_scenario_can_add_a_programme_that_has_no_places_until_it_gets_some() -> None:
    new: Programme = replace(PROGRAMMES.items[1], name="usa_pilot")
    programmes = PROGRAMMES.added(new)
    schedule = SCHEDULE.extended(programmes)
    assert schedule.months[:-1].tolist() == SCHEDULE.months.tolist()
    assert schedule.months[-1].sum() == 0
    assert schedule.added("usa_pilot", 0, monthly(m2026_01=7)).months[-1].sum() == 7
    with pytest.raises(RequestError, match="exists"):
        programmes.added(new)
    with pytest.raises(RequestError, match="selection"):
        PROGRAMMES.changed("usa_h2a", selection="lotery")
