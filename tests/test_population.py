"""Promises of the synthetic population: it is the census's, the same in every share, and it ages as told."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from sim import census_check, population
from sim.codes import COUNTRIES, N_MONTHS
from sim.composition import FORMED, THERE, build_tables
from sim.config import Config, default_config
from sim.data.loader import Data, load
from sim.households import Households
from sim.margins import build_margins, formation, household_numbers, largest_remainder, level_at
from sim.world.demography import Demography, build_demography, project
from sim.world.geography import department_country
from sim.world.vital import build_vital

CENSUS_TOLERANCE = 0.005
GINI_TOLERANCE = 0.02
KIN_TOLERANCE = 0.10


@pytest.fixture(scope="module")
def data() -> Data:
    return load()


@pytest.fixture(scope="module")
def config() -> Config:
    return default_config(population__share=0.01)


@pytest.fixture(scope="module")
def start(config: Config, data: Data) -> Households:
    return population.synthesise(config, data)


@pytest.fixture(scope="module")
def full_rows(data: Data) -> list[census_check.Row]:
    return census_check.margins(default_config(population__share=1.0), data)


def test_full_population_meets_every_census_margin_in_every_department(
    full_rows: list[census_check.Row],
) -> None:
    for row in full_rows:
        if row.margin in census_check.CENSUS_MARGINS:
            assert abs(row.error) < CENSUS_TOLERANCE, row
            assert row.departments_error < CENSUS_TOLERANCE, row


def test_full_population_meets_the_national_structure_of_ages_heads_and_work(
    full_rows: list[census_check.Row],
) -> None:
    assert len(full_rows) == 25 * len(COUNTRIES)
    for row in full_rows:
        assert abs(row.error) < CENSUS_TOLERANCE, row


def test_census_snapshot_counts_the_census_households_exactly(full_rows: list[census_check.Row]) -> None:
    for row in full_rows:
        if row.margin == "households":
            assert row.households == row.census
            assert row.departments_error == 0


def test_one_percent_sample_is_within_sampling_error_of_the_census(config: Config, data: Data) -> None:
    margins = build_margins(config, data, build_vital(config, data), None)
    wanted = census_check.expected(margins)
    snapshot = population.synthesise(config, data, month=None)
    found = census_check.counted(snapshot)
    n = np.bincount(snapshot.department, minlength=54)
    deviates = []
    for name in ("rural", "receives", "away", "indigenous", "female head", "agriculture", "formal"):
        share = wanted[name] / wanted["households"]
        error = (found[name] - wanted[name]) / wanted["households"]
        deviates.append(error / np.sqrt(share * (1 - share) / n))
    assert np.abs(deviates).max() < 3
    assert np.sqrt(np.mean(np.square(deviates))) < 1  # better than a simple random sample


def test_weights_add_up_to_the_real_households_of_every_stratum(
    config: Config, data: Data, start: Households
) -> None:
    number = build_tables(config, data, 0).number
    there = start.first_month == 0
    for stratum, rows in ((THERE, there), (FORMED, ~there)):
        total = np.bincount(start.department[rows], start.weight[rows], minlength=54)
        assert (total == number[stratum]).all()


def test_a_household_is_the_same_household_in_every_share(
    config: Config, data: Data, start: Households
) -> None:
    small = population.synthesise(config.replace(population__share=0.002), data)
    place = {name: i for i, name in enumerate(start.id.tolist())}
    rows = np.array([place[name] for name in small.id.tolist()])
    for field in fields(Households):
        if field.name != "weight":
            assert (getattr(start, field.name)[rows] == getattr(small, field.name)).all(), field.name


def test_rows_are_by_department_and_in_the_order_in_which_households_are_formed(start: Households) -> None:
    assert (np.diff(start.department) >= 0).all()
    assert (np.diff(start.first_month)[np.diff(start.department) == 0] >= 0).all()


def test_households_formed_after_the_last_month_are_left_out_and_nothing_else(
    config: Config, data: Data, start: Households
) -> None:
    short = population.synthesise(config, data, last=24)
    kept = start.first_month <= 24
    assert 0 < len(short) < len(start)
    for field in fields(Households):
        assert (getattr(short, field.name) == getattr(start, field.name)[kept]).all(), field.name


def test_ids_are_unique(start: Households) -> None:
    assert len(np.unique(start.id)) == len(start)


def test_seed_of_a_run_and_threads_change_no_household(config: Config, data: Data) -> None:
    small = config.replace(population__share=0.001)
    one = population.synthesise(small.replace(run__threads=1), data)
    two = population.synthesise(small.replace(run__threads=2, seed=99), data)
    assert all((getattr(one, f.name) == getattr(two, f.name)).all() for f in fields(Households))
    other = population.synthesise(small.replace(population__seed=7), data)
    assert not (one.propensity == other.propensity).all()


def test_every_household_can_live(start: Households) -> None:
    adults = start.adults.sum(1)
    assert adults.min() >= 1
    head = np.where(start.female_head == 1, 0, 4) + start.head_age
    assert (start.adults[np.arange(len(start)), head] >= 1).all()
    assert np.isfinite(start.log_income).all()
    assert (start.savings >= 0).all()
    assert (start.debt >= 0).all()
    assert set(np.unique(start.quintile)) == {1, 2, 3, 4, 5}


def test_income_has_the_national_gini_and_mean(config: Config, data: Data) -> None:
    for row in census_check.incomes(config, data):
        assert row["gini"] == pytest.approx(row["gini_target"], abs=GINI_TOLERANCE)
        assert row["mean"] == pytest.approx(row["mean_target"], rel=0.02)


def test_kin_and_members_away_are_the_diaspora_of_january_2013(start: Households, data: Data) -> None:
    rows = census_check.people_abroad(start, data)
    for country in COUNTRIES:
        mine = [row for row in rows if row["country"] == country]
        counted = sum(float(row["counted"]) for row in mine)
        assert sum(float(row["kin"]) + float(row["away"]) for row in mine) == pytest.approx(
            counted, rel=KIN_TOLERANCE
        )
        assert all(float(row["away"]) == 0 for row in mine if row["destination"] != "USA")


def test_receivers_in_2013_are_the_share_of_the_national_series(start: Households, data: Data) -> None:
    there = start.first_month == 0
    for c, country in enumerate(COUNTRIES):
        mine = there & (department_country[start.department] == c)
        share = np.average(start.kin_remits[mine], weights=start.weight[mine])
        assert share == pytest.approx(level_at(data.year("remittance_household_share", country), 0), abs=0.01)


def test_receivers_have_kin_abroad_far_more_often(start: Households) -> None:
    tied = (start.kin.any(1) | start.away.any(1)).astype(float)
    receives = start.kin_remits == 1
    assert tied[receives].mean() > 2 * tied[~receives].mean()


def test_households_formed_later_are_young_and_follow_the_projection(
    config: Config, data: Data, start: Households
) -> None:
    vital = build_vital(config, data)
    formed = formation(config, data, vital)
    later = start.first_month > 0
    assert start.children[later].sum() == 0
    assert start.away[later].sum() == 0
    assert set(np.unique(start.head_age[later])) <= {0, 1}
    for c in range(len(COUNTRIES)):
        mine = later & (department_country[start.department] == c)
        made = np.bincount(start.first_month[mine], start.weight[mine], N_MONTHS).cumsum()
        assert made == pytest.approx(formed[c].cumsum(), abs=0.01 * formed[c].sum())
    assert household_numbers(config, data, vital)[:, 0] == pytest.approx(
        [
            start.weight[(start.first_month == 0) & (department_country[start.department] == c)].sum()
            for c in range(3)
        ],
        abs=1,
    )


def test_first_households_of_a_stratum_spread_over_its_table_evenly() -> None:
    total, first = 1000, 37
    places = np.array([population.grid_place(k, total) for k in range(total)])
    assert np.allclose(np.sort(places), (np.arange(total) + 0.5) / total)
    held = np.histogram(places[:first], bins=8, range=(0, 1))[0]
    assert held.max() - held.min() <= 2


def test_largest_remainder_adds_up() -> None:
    assert largest_remainder(np.array([1.0, 1.0, 1.0]), 10).tolist() == [4, 3, 3]


@pytest.fixture(scope="module")
def demography(config: Config, data: Data) -> Demography:
    return build_demography(config, data)


def test_rates_are_probabilities_for_every_country_and_month(demography: Demography) -> None:
    assert demography.birth.shape == (3, N_MONTHS)
    assert demography.death.shape == (3, 11, N_MONTHS)
    for rate in (demography.birth, demography.death, demography.ageing, demography.leave_home):
        assert np.isfinite(rate).all()
        assert rate.min() >= 0
        assert rate.max() < 0.1


def test_as_many_adults_leave_home_as_found_households(config: Config, data: Data) -> None:
    made, _ = project(config, data, emigrating=True)
    assert made.left.sum(1) == pytest.approx(made.founders.sum(1), rel=0.04)


def test_projection_keeps_to_the_number_of_households_and_people_are_conserved(
    config: Config, data: Data
) -> None:
    made, _ = project(config, data, emigrating=False)
    expected = household_numbers(config, data, build_vital(config, data))
    assert made.households == pytest.approx(expected, rel=0.03)
    people = made.people.sum(1)
    change = made.births - made.deaths - made.left
    exact = people[:, 0] + change.cumsum(1)[:, -2]  # founders enter with their household
    assert people[:, -1] - exact == pytest.approx(made.founders.sum(1), rel=0.03)


def test_projected_people_without_emigration_exceed_the_united_nations_by_the_net_migration_they_assume(
    config: Config, data: Data
) -> None:
    vital = build_vital(config, data)
    women = vital.people[:, 3:5].sum(1)
    natural = (vital.birth * women - (vital.death * vital.people).sum(1))[:, :-1]
    assumed = np.diff(vital.people.sum(1), axis=1) - natural
    yearly = assumed[:, :72].sum(1) / 6  # 2013-2018
    for got, documented in zip(yearly, (-50_300, -44_700, -6_500), strict=True):
        assert documented * 2 < got < documented / 2


def test_unknown_population_parameter_is_refused(config: Config) -> None:
    with pytest.raises(Exception, match=r"population\.kin_alpha"):
        config.replace(population__kin_alfa=2.0)
