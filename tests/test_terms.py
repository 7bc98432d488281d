"""Terms of programmes change in the months they are said to, never before, and not at all without a change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_book import PROGRAMMES, SCHEDULE, monthly, one_programme, queue, run_random

from sim.codes import N_MONTHS, month_index
from sim.errors import RequestError, WorkError
from sim.pathways import PathwayBook, Schedule, Terms
from sim.programmes import NOWHERE

TERMS = Terms(PROGRAMMES)
START, END = month_index("2026-01"), month_index("2027-06")


def of(terms: Terms, name: str, month: int):
    return terms.at(month).items[PROGRAMMES.index(name)]


def test_without_a_change_every_month_has_the_very_same_programmes() -> None:
    for terms in (TERMS, TERMS.scaled("usa_h2a", worker_cost_usd=1.0), TERMS.changed("usa_h2a", 5, 4, overstay=1.0)):
        assert all(terms.at(month) is PROGRAMMES for month in range(N_MONTHS))
        assert not any(terms.changes_at(month) for month in range(N_MONTHS))


def test_books_with_terms_that_change_nothing_are_the_same_bit_for_bit() -> None:
    plain, same = (run_random(24, 8, terms=terms).ledger for terms in (None, TERMS.scaled("usa_h2b", overstay=1)))
    assert plain.counts.tobytes() == same.counts.tobytes()
    assert plain.waits.tobytes() == same.waits.tobytes()


def test_a_value_holds_from_its_first_to_its_last_month_and_for_one_programme() -> None:
    terms = TERMS.changed("usa_h2b", START, END, worker_cost_usd=0.0, contract_months=0, status="resident")
    for month in (0, START - 1, END + 1, N_MONTHS - 1):
        assert terms.at(month) is PROGRAMMES
    for month in (START, END):
        assert of(terms, "usa_h2b", month).worker_cost_usd == 0
        assert of(terms, "usa_h2b", month).status == "resident"
        others = [item for item in terms.at(month).items if item.name != "usa_h2b"]
        assert others == [item for item in PROGRAMMES.items if item.name != "usa_h2b"]
    assert [month for month in range(N_MONTHS) if terms.changes_at(month)] == [START, END + 1]


def test_factors_multiply_each_other_and_a_value_and_months_stay_whole() -> None:
    terms = TERMS.changed("usa_refugee", START, processing_months=10).scaled("usa_refugee", processing_months=0.5)
    terms = terms.scaled("usa_refugee", processing_months=0.5)
    assert of(terms, "usa_refugee", START).processing_months == 2
    assert of(terms, "usa_refugee", 0).processing_months == 4
    assert isinstance(of(terms, "usa_refugee", 0).processing_months, int)
    assert of(TERMS.scaled("usa_h2a", overstay=99), "usa_h2a", 0).overstay == 1


def test_a_factor_by_month_rises_as_it_is_told() -> None:
    factor = np.ones(N_MONTHS)
    factor[START : START + 3] = (0.9, 0.8, 0.7)
    terms = TERMS.scaled("usa_family", worker_cost_usd=factor)
    costs = [of(terms, "usa_family", month).worker_cost_usd for month in range(START - 1, START + 4)]
    assert costs == pytest.approx([1900, 1710, 1520, 1330, 1900])


def test_a_programme_can_reach_other_departments_every_month_or_none() -> None:
    reach = [NOWHERE if month % 2 else ("GT-12",) for month in range(N_MONTHS)]
    terms = TERMS.followed("can_other", "departments", [None] * START + reach[START:])
    p = PROGRAMMES.index("can_other")
    assert terms.at(START - 1) is PROGRAMMES
    assert terms.at(START).arrays().reach[p].sum() == 1
    assert terms.at(START + 1).arrays().reach[p].sum() == 0


def test_two_policies_cannot_set_one_term_to_two_values() -> None:
    terms = TERMS.changed("usa_h2a", START, END, rotation=0.9)
    terms.changed("usa_h2a", START, rotation=0.9)
    terms.changed("usa_h2a", END + 1, rotation=0.1)
    with pytest.raises(RequestError, match=r"usa_h2a, rotation: two policies set it in 2027-06, to 0\.9 and 0\.1"):
        terms.changed("usa_h2a", END, rotation=0.1)


@pytest.mark.parametrize(
    ("name", "attributes", "said"),
    [
        ("usa_h2", {"overstay": 0.1}, "did you mean 'usa_h2"),
        ("usa_h2a", {"overstays": 0.1}, "did you mean 'overstay'"),
        ("usa_h2a", {"overstay": 1.1}, "out of range"),
        ("usa_h2a", {"destination": "CAN"}, "cannot change"),
        ("usa_h2a", {"departments": ("GT-99",)}, "unknown department 'GT-99'"),
        ("usa_h2a", {"selection": "lotery"}, "did you mean 'lottery'"),
    ],
)
def test_a_wrong_term_is_told_when_it_is_set(name: str, attributes: dict, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        TERMS.changed(name, START, **attributes)


@pytest.mark.parametrize(("attribute", "factor"), [("status", 2.0), ("overstay", -1.0), ("overstay", float("nan"))])
def test_a_wrong_factor_is_told_when_it_is_set(attribute: str, factor: float) -> None:
    with pytest.raises(RequestError, match=f"{attribute}: cannot be times"):
        TERMS.scaled("usa_h2a", **{attribute: factor})


def test_the_book_selects_on_the_terms_of_the_month() -> None:
    programmes, p = one_programme(selection="first_come")
    schedule = Schedule.empty(programmes).added("trial", 0, monthly(m2013_01=1, m2013_02=5, m2013_03=5))
    terms = Terms(programmes).changed("trial", 0, 1, processing_months=2)
    book = PathwayBook(schedule, 1, terms)
    assert len(book.month(0, queue(p, [1] * 3)).admitted) == 0
    assert len(book.month(1, queue(p, [1] * 3)).admitted) == 0
    assert len(book.month(2, queue(p, [1] * 3)).admitted) == 3


def test_a_book_needs_places_and_terms_of_the_same_programmes() -> None:
    new = Terms(PROGRAMMES).added(replace(PROGRAMMES.items[0], name="usa_pilot"))
    with pytest.raises(WorkError, match="other programmes"):
        PathwayBook(SCHEDULE, 1, new)
    book = PathwayBook(SCHEDULE.extended(new.base), 1, new)
    assert book.ledger["places"].shape[0] == len(PROGRAMMES) + 1
