"""Instruments of places and programmes: whole places where they are due, terms, reserved places, neutral at zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_world import CONFIG, PLACES, PROGRAMMES, WEIGHTS, WORLD, changed, made

from sim.assemble import build_ways
from sim.codes import COUNTRIES, N_MONTHS, PATHWAYS, month_index
from sim.errors import RequestError
from sim.pathways import PathwayBook, Queue, way_of
from sim.policies import INSTRUMENTS, Made, check
from sim.programmes import take_up
from sim.world.geography import INDEX, department_country

START = month_index("2026-01")


def extra(result: Made, name: str) -> np.ndarray:
    """Return (3, N_MONTHS) the places that were added to a programme."""
    return result.schedule.extra[result.schedule.programmes.index(name)]


def item(result: Made, name: str, month: str) -> Any:
    """Return a programme in a month."""
    programmes = result.terms.at(month_index(month))
    return programmes.items[programmes.index(name)]


def of_labour(**settings: Any) -> dict[str, Any]:
    return {"labour_places": {"places_per_year": {"usa_h2a": 12_000}, "duration_months": 24, **settings}}


# At zero

ZERO: dict[str, dict[str, Any]] = {
    "labour_places": {"places_per_year": {"usa_h2a": 0}, "stays": True, "target": {"rural": True}},
    "protection_places": {"places_per_month": {"usa_parole": 0}},
    "family_reunification": {"places_per_year": 0},
    "mexico_asylum_capacity": {"asylum_places_per_year": 0, "relocation_places_per_year": 0},
    "new_pathway": {"name": "usa_pilot", "places_per_year": 0},
    "climate_pathway": {"places_per_year": 0},
    "processing_capacity": {"pathways": ["usa_refugee"], "processing": 1, "longest_wait": 1},
    "hold_places": {"pathways": [], "at_fiscal_year": 2021, "from": "2021-10"},
    "close_places": {"pathways": ["usa_refugee"], "closed": 0},
}


@pytest.mark.parametrize("name", ZERO)
def test_an_instrument_at_zero_changes_no_place_no_term_and_no_lever(name: str) -> None:
    result = made({name: ZERO[name]})
    assert result.terms.base == PROGRAMMES
    assert all(result.terms.at(month) is result.terms.base for month in range(N_MONTHS))
    for array in ("months", "usable", "reserved", "base"):
        assert getattr(result.schedule, array).tobytes() == getattr(PLACES, array).tobytes()
    assert not changed(result)


def test_every_instrument_of_places_and_programmes_is_tested_at_zero() -> None:
    here = {
        name
        for name, kind in INSTRUMENTS.items()
        if kind.__module__ in tuple(f"sim.policies.{part}" for part in ("places", "programmes", "holding"))
    }
    assert here == set(ZERO)


# Labour places


def test_fifty_thousand_are_offered_and_the_ramp_leaves_some_of_them_unfilled() -> None:
    split = {"usa_h2a": 8750, "usa_h2b": 8750, "can_agriculture": 5000, "mex_border_worker": 2500}
    result = made({"labour_places": {"places_per_year": split, "duration_months": 24, "phase_in_months": 6}})
    assert result.schedule.extra.sum() == 50_000
    idle = result.schedule.idle
    assert idle.min() >= 0
    assert (idle <= result.schedule.extra).all()
    since = np.arange(N_MONTHS) - START
    expected = (result.schedule.extra.sum(axis=(0, 1)) * take_up(CONFIG, np.maximum(since, 0))).sum()
    assert result.schedule.extra.sum() - idle.sum() == pytest.approx(expected, abs=50)
    book = PathwayBook(result.schedule, 1)
    for month in range(START + 24):
        book.month(month, Queue.empty())
    base = PLACES.months[:, :, : START + 24].sum()
    assert book.ledger["places"].sum() - base == 50_000


def test_places_that_fill_at_once_are_all_usable() -> None:
    result = made(of_labour(fill="immediate"))
    assert result.schedule.idle.sum() == 0
    assert np.array_equal(result.schedule.usable, result.schedule.months)


def test_coordination_finds_employers_sooner() -> None:
    alone = made(of_labour()).schedule.idle.sum()
    council = {"regional_coordination": {"coordination": 1, "start": "2020-01", "lag_months": 0}}
    assert made({**council, **of_labour()}).schedule.idle.sum() < 0.95 * alone


def test_places_without_a_duration_end_with_the_policy() -> None:
    policy = {"places_per_year": {"can_other": 1200}, "end": "2027-06", "fill": "immediate"}
    added = extra(made({"labour_places": policy}), "can_other")
    assert added.sum() == pytest.approx(1800, abs=2)
    assert added[:, month_index("2027-07") :].sum() == 0


def test_places_of_a_target_group_are_reserved_for_it() -> None:
    result = made(of_labour(target={"departments": ["HN-CP", "HN-LP"], "rural": True}))
    added = extra(result, "usa_h2a")
    assert added[COUNTRIES.index("HND")].sum() == 24_000 == added.sum()
    assert np.array_equal(result.schedule.reserved[0], added - result.schedule.idle[0])
    assert result.schedule.kept == ()
    assert np.flatnonzero(result.levers.prefer_where[0]).tolist() == sorted([INDEX["HN-CP"], INDEX["HN-LP"]])
    assert result.levers.prefer_who[0] == 0xFFFF & ~(1 << 5)
    assert result.levers.prefer_where[1].all()
    assert result.levers.call.sum() == 0


@pytest.mark.parametrize(("targeting", "code"), [("aspirants", 1), ("everyone", 2)])
def test_a_draw_among_more_keeps_its_places_to_the_end(targeting: str, code: int) -> None:
    result = made(of_labour(targeting=targeting))
    assert result.levers.call[0] == code
    assert result.schedule.reserved[0].sum() == result.schedule.usable[0].sum() - PLACES.months[0].sum()
    assert result.schedule.kept == ("usa_h2a",)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"targeting": "target"}, "'target' needs a target, such as {departments: [GT-13], rural: true}"),
        ({"targeting": "everyone", "target": {"rural": True}}, "a draw among everyone takes no target"),
    ],
)
def test_a_target_that_cannot_be_is_told(settings: dict[str, Any], said: str) -> None:
    assert check(of_labour(**settings))[1] == [f"policies.labour_places.targeting: {said}"]


def test_a_target_that_no_programme_reaches_is_told_with_its_policy() -> None:
    policy = {"places_per_year": {"mex_border_worker": 5}, "target": {"countries": ["SLV"]}}
    with pytest.raises(RequestError, match=r"policies\.labour_places: mex_border_worker: no department of the target"):
        made({"labour_places": policy})


def test_two_groups_cannot_share_the_reserved_places_of_a_programme() -> None:
    both = {
        **of_labour(target={"rural": True}),
        "protection_places": {"places_per_month": {"usa_h2a": 10}, "target": {"quintile": [1]}},
    }
    with pytest.raises(RequestError, match="usa_h2a: two policies reserve places"):
        made(both)
    both["protection_places"]["target"] = {"rural": True}
    assert made(both).schedule.reserved[0].sum() > 0


def test_terms_hold_while_places_can_be_used_and_contracts_last() -> None:
    result = made(of_labour(fees_usd=0, rotation=0.9, overstay=0.01, contract_months=9))
    assert item(result, "usa_h2a", "2025-12") == PROGRAMMES.items[0]
    for month, fee, overstay in (
        ("2026-01", 0, 0.01),
        ("2028-09", 0, 0.01),
        ("2028-10", 500, 0.01),
        ("2029-07", 500, 0.06),
    ):
        programme = item(result, "usa_h2a", month)
        assert (programme.worker_cost_usd, programme.overstay) == (fee, pytest.approx(overstay)), month
    assert item(result, "usa_h2b", "2026-01") == PROGRAMMES.items[1]


def test_places_that_stay_are_programmes_beside_those_of_today() -> None:
    result = made(of_labour(stays=True, fees_usd=1200, places_per_year={"usa_h2a": 600, "can_other": 0}))
    assert result.terms.base.names[12:] == ("usa_h2a_permanent",)
    new = item(result, "usa_h2a_permanent", "2026-05")
    assert (new.status, new.contract_months, new.rotation, new.overstay) == ("resident", 0, 0, 0)
    ways = build_ways(CONFIG, result.terms.base)
    assert list(ways.like) == [*range(len(PATHWAYS)), PATHWAYS.index("usa_h2a")]
    assert new.worker_cost_usd == 1200
    assert item(result, "usa_h2a", "2026-05") == PROGRAMMES.items[0]
    assert extra(result, "usa_h2a").sum() == 0
    assert extra(result, "usa_h2a_permanent").sum() == 1200
    assert INSTRUMENTS["labour_places"](check(of_labour(stays=True))[0]["labour_places"]).pathways() == (  # type: ignore[attr-defined]
        "usa_h2a_permanent",
    )


# Protection


def test_protection_places_open_by_the_month_and_go_where_the_programme_took_people_from() -> None:
    policy = {"places_per_month": {"usa_refugee": 1000}, "duration_months": 12}
    added = extra(made({"protection_places": policy}), "usa_refugee")
    assert added.sum() == 12_000
    shares = PLACES.base[2, :, START - 12 : START].sum(axis=1)
    assert added.sum(axis=1) / 12_000 == pytest.approx(shares / shares.sum(), abs=1e-3)


def test_a_programme_without_places_of_its_own_shares_by_young_adults() -> None:
    policy = {"places_per_month": {"usa_parole": 1000}, "start": "2014-01", "duration_months": 12}
    added = extra(made({"protection_places": policy}), "usa_parole")
    assert added.sum(axis=1) / 12_000 == pytest.approx(
        WEIGHTS["young_adults"] / WEIGHTS["young_adults"].sum(), abs=1e-3
    )


def test_who_may_ask_for_protection_and_how_long_it_takes_change_with_the_policy() -> None:
    policy = {
        "places_per_month": {"usa_parole": 100}, "eligibility": "exposure_and_kin", "processing_months": 2,
        "end": "2027-12",
    }  # fmt: skip
    result = made({"protection_places": policy})
    inside, after = item(result, "usa_parole", "2027-12"), item(result, "usa_parole", "2028-10")
    assert (inside.needs_exposure, inside.needs_kin, inside.processing_months) == (True, True, 2)
    assert after == PROGRAMMES.items[PROGRAMMES.index("usa_parole")]


def test_family_places_and_mexican_capacity_add_places_and_set_terms() -> None:
    result = made({
        "family_reunification": {"places_per_year": 6000, "processing_months": 6, "fees_usd": 500},
        "mexico_asylum_capacity": {"asylum_places_per_year": 2400, "relocation_places_per_year": 1200, "pay": 1.5},
    })  # fmt: skip
    year = slice(START, START + 12)
    for name, places in (("usa_family", 6000), ("mex_asylum", 2400), ("mex_relocation", 1200)):
        assert extra(result, name)[:, year].sum() == pytest.approx(places, abs=2), name
    family = item(result, "usa_family", "2030-01")
    assert (family.processing_months, family.worker_cost_usd) == (6, 500)
    assert item(result, "mex_asylum", "2030-01").earnings == item(result, "mex_relocation", "2030-01").earnings == 1.5


# Programmes of their own


def test_a_new_programme_stands_behind_all_others_with_the_terms_that_were_given() -> None:
    policy = {
        "name": "usa_care", "places_per_year": 1200, "destination": "CAN", "contract_months": 0, "pay": 1.4,
        "needs_kin": True, "target": {"countries": ["SLV"]}, "fill": "immediate",
    }  # fmt: skip
    result = made({"new_pathway": policy})
    new = item(result, "usa_care", "2026-01")
    assert (new.destination, new.earnings, new.needs_kin, new.overstay) == ("CAN", 1.4, True, 0)
    assert way_of(result.terms.base.index("usa_care")) == len(PATHWAYS)
    assert result.terms.base.items[:12] == PROGRAMMES.items
    added = extra(result, "usa_care")
    assert added[0, START : START + 12].sum() == 1200
    assert added[1:].sum() == 0
    reach = result.terms.base.arrays().reach[12]
    assert np.array_equal(reach, department_country == 0)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("usa_h2a", "exists"), ("US care", "is not a name"), ("internal", "exists"), ("all", "exists"),
        ("usa_h2a_permanent", "exists"),
    ],
)
def test_a_new_programme_needs_a_name_of_its_own(name: str, said: str) -> None:
    _, problems = check({"new_pathway": {"name": name, "places_per_year": 10}})
    assert len(problems) == 1
    assert f"policies.new_pathway.name: '{name}' {said}" in problems[0]


def test_terms_that_cannot_be_are_told_before_a_run() -> None:
    _, problems = check({"new_pathway": {"places_per_year": 10, "youngest": 50, "oldest": 40}})
    assert problems == ["policies.new_pathway.youngest: 50 is above oldest, 40"]


def test_the_climate_pathway_takes_farmers_of_departments_in_drought_and_lately() -> None:
    policy = {"places_per_year": 1000, "dryness": 1.0, "open_months": 3, "target": {"countries": ["GTM"]}}
    result = made({"climate_pathway": policy})
    p = result.terms.base.index("climate_mobility")
    assert result.terms.base.items[p].needs_farm
    some = 0
    for month in range(START, N_MONTHS, 5):
        reach = result.terms.at(month).arrays().reach[p] > 0
        dry = (WORLD.dryness[:, month - 3 : month + 1] > 1.0).any(axis=1)
        assert np.array_equal(reach, dry & (department_country == 1)), month
        some += reach.sum()
    assert some > 0


def test_places_of_the_climate_pathway_follow_the_droughts() -> None:
    result = made({"climate_pathway": {"places_per_year": 12_000, "open_months": 0, "fill": "immediate"}})
    added, dry = extra(result, "climate_mobility"), WORLD.dryness > 1.0
    hit = np.stack([dry[department_country == c].sum(axis=0) for c in range(3)])
    assert np.abs(added.sum(axis=0)[START:] - 1000 * (hit.sum(axis=0) > 0)[START:]).max() <= 3
    assert added[hit == 0].max() <= 1
    assert added[:, :START].sum() == 0


# Capacity, holding, closing


def test_processing_capacity_shortens_papers_of_the_programmes_it_names() -> None:
    result = made({"processing_capacity": {"pathways": ["usa_refugee"], "processing": 0.5, "longest_wait": 0.5}})
    programme = item(result, "usa_refugee", "2026-01")
    assert (programme.processing_months, programme.max_wait_months) == (9, 18)
    assert item(result, "usa_refugee", "2025-12") == PROGRAMMES.items[PROGRAMMES.index("usa_refugee")]
    phased = {"pathways": ["usa_refugee"], "processing": 0.5, "phase_in_months": 11}
    months = [
        item(made({"processing_capacity": phased}), "usa_refugee", f"2026-{m:02d}").processing_months
        for m in (1, 6, 12)
    ]
    assert months == [17, 14, 9]


def test_closed_programmes_have_no_place_until_the_policy_ends() -> None:
    result = made({"close_places": {"pathways": ["usa_parole", "usa_parole"], "end": "2027-12"}}).schedule
    p = PROGRAMMES.index("usa_parole")
    inside = slice(START, month_index("2027-12") + 1)
    assert result.months[p][:, inside].sum() == 0
    assert result.months[p][:, inside.stop :].sum() == pytest.approx(PLACES.months[p][:, inside.stop :].sum(), abs=3)
    assert np.array_equal(result.months[p][:, :START], PLACES.months[p][:, :START])
    half = made({"close_places": {"pathways": ["usa_parole"], "closed": 0.5}}).schedule
    assert half.months[p][:, START:].sum() == pytest.approx(PLACES.months[p][:, START:].sum() / 2, abs=3)


# Policies that wait


def test_a_policy_that_begins_again_adds_to_the_same_group() -> None:
    settings, problems = check(of_labour(
        target={"rural": True}, fees_usd=0, when={"series": "dryness", "over": 0}, for_months=6, duration_months=None,
    ))  # fmt: skip
    assert not problems
    result = made({})
    instrument = INSTRUMENTS["labour_places"](settings["labour_places"])
    for month in (START, START + 30):
        instrument.started(month).apply(result)
    added = extra(result, "usa_h2a").sum(axis=0)
    assert added[START : START + 6].sum() == pytest.approx(6000, abs=2)
    assert added[START + 30 : START + 36].sum() == pytest.approx(6000, abs=2)
    assert added.sum() == pytest.approx(12_000, abs=4)
    assert result.terms.at(START + 30).items[0].worker_cost_usd == 0


def test_places_are_held_to_the_last_month_asked_for() -> None:
    policy = {"pathways": ["usa_h2a"], "at_fiscal_year": 2014, "from": "2026-10", "end": "2028-09"}
    before, after = made({}).schedule.base, made({"hold_places": policy}).schedule.base
    first, stop = month_index("2026-10"), month_index("2028-10")
    assert np.array_equal(after[0, :, first:stop].sum(axis=1), 2 * made({}).schedule.totals[0, :, 1])
    rest = np.r_[0:first, stop:N_MONTHS]
    assert np.array_equal(after[0][:, rest], before[0][:, rest])
