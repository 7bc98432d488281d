"""Regular pathways: figures that are told apart, places that add up, programmes that a scenario adds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_book import DATA, PROGRAMMES, SCHEDULE, Tables, monthly

from sim.codes import COUNTRIES, LAST_YEAR, N_MONTHS, PATHWAYS, REGULAR_PATHWAYS, fiscal_year, month_index
from sim.config import default_config
from sim.errors import DataError, RequestError
from sim.pathways import Schedule, load_programmes, programme_of, spread, way_of
from sim.programmes import NEEDS_DEPARTMENT, NEEDS_EXPOSURE, NEEDS_FARM, NEEDS_KIN, Programme, take_up

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


def test_new_places_fill_as_the_visas_set_aside_for_the_three_countries_did() -> None:
    """Visas above those of 2019 beside the set-asides, Haiti's part included; compared, not fitted."""
    h2b = [sum(SCHEDULE.year_total("usa_h2b", c, year) for c in range(3)) for year in (2019, 2021, 2022, 2023)]
    filled = [(visas - h2b[0]) / offered for visas, offered in zip(h2b[1:], (6_000, 18_000, 20_000), strict=True)]
    assert filled == pytest.approx([0.30, 0.58, 0.92], abs=0.005)
    ours = take_up(default_config(), np.arange(36)).reshape(3, 12).mean(axis=1)
    assert ours == pytest.approx(filled, abs=0.15)


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
    closed = SCHEDULE.scaled("usa_port_asylum", np.arange(N_MONTHS) < start)
    p = PROGRAMMES.index("usa_port_asylum")
    assert closed.months[p, :, start:].sum() == 0
    assert np.array_equal(closed.months[p, :, :start], SCHEDULE.months[p, :, :start])
    assert np.array_equal(np.delete(closed.months, p, axis=0), np.delete(SCHEDULE.months, p, axis=0))


def test_places_times_a_factor_lose_none_in_the_long_run() -> None:
    p = PROGRAMMES.index("can_resettlement")
    half = SCHEDULE.scaled("can_resettlement", 0.5).months[p]
    assert np.abs(half.sum(axis=1) - SCHEDULE.months[p].sum(axis=1) / 2).max() <= 0.5
    assert half.min() >= 0
    again = SCHEDULE.scaled("can_resettlement", np.ones(N_MONTHS))
    assert again.months.tobytes() == SCHEDULE.months.tobytes()
    with pytest.raises(RequestError, match="below 0"):
        SCHEDULE.scaled("can_resettlement", -1)


# Parts of the added places


def added(places: int = 100) -> tuple[Schedule, np.ndarray]:
    """Return places with some more of H-2B for Guatemala in March 2026, and (3, N_MONTHS) where they are."""
    where = np.zeros((3, N_MONTHS), np.int64)
    where[1, month_index("2026-03")] = places
    return SCHEDULE.added("usa_h2b", 1, where[1]), where


def test_places_that_nobody_can_fill_yet_are_offered_but_not_usable() -> None:
    schedule, where = added()
    idle = schedule.idled("usa_h2b", 0.6 * where)
    assert np.array_equal(idle.months, schedule.months)
    assert (idle.months - idle.usable).sum() == 60


def test_only_added_places_can_be_reserved_or_idle_and_each_once() -> None:
    schedule, where = added()
    both = schedule.idled("usa_h2b", 0.6 * where).set_aside("usa_h2b", 0.4 * where)
    assert both.reserved.sum() == 40
    with pytest.raises(RequestError, match="usa_h2b, GTM: not as many reserved places"):
        schedule.idled("usa_h2b", 0.7 * where).set_aside("usa_h2b", 0.4 * where)
    with pytest.raises(RequestError, match="not as many unfilled places"):
        SCHEDULE.idled("usa_h2b", where)


# Programmes of a scenario


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


def test_added_programmes_have_codes_behind_every_way_of_today() -> None:
    ways = way_of(np.arange(15)).tolist()
    assert ways[:12] == [PATHWAYS.index(name) for name in REGULAR_PATHWAYS]
    assert ways[12:] == [len(PATHWAYS), len(PATHWAYS) + 1, len(PATHWAYS) + 2]
    assert programme_of(np.array(ways)).tolist() == list(range(15))
