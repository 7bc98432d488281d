"""What the drivers promise: shapes, figures kept, dry years dry, one future a seed, own paths taken."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sim.codes import COUNTRIES, N_DEPARTMENTS, N_MONTHS, month_index
from sim.config import default_config
from sim.data.loader import Data, load
from sim.errors import DataError
from sim.world import climate, disasters, projection, violence
from sim.world.drivers import Drivers, build_drivers
from sim.world.geography import INDEX, department_country

DRY_YEARS = (2014, 2015, 2018, 2019)


@pytest.fixture(scope="module")
def data() -> Data:
    return load()


@pytest.fixture(scope="module")
def drivers(data: Data) -> Drivers:
    return build_drivers(default_config(), data)


@pytest.fixture(scope="module")
def corridor(data: Data) -> np.ndarray:
    return data.department("dry_corridor") == 1


def seen_after(drivers: Drivers, year: int) -> np.ndarray:
    """Return S as the March after a growing season sees it, (54,)."""
    return drivers.dryness[:, month_index(f"{year + 1}-03")]


def first_season(data: Data, country: str) -> np.ndarray:
    """Return first-season dryness of 1981-2024 of a country, SD."""
    seasons = climate.country_seasons(default_config(), data, projection.source_months(1))
    return seasons[COUNTRIES.index(country), : 2025 - climate.CLIMATE_FIRST_YEAR, 0]


def test_every_driver_is_a_finite_float32_of_its_declared_shape(drivers: Drivers) -> None:
    by_department = {"violence", "ln_violence", "dryness", "disaster", "local_income"}
    by_country = {"governance", "closure", "coffee"}
    for field in dataclasses.fields(drivers):
        if field.name in ("observed_until", "reference"):
            continue
        values = getattr(drivers, field.name)
        rows = (
            (N_DEPARTMENTS,)
            if field.name in by_department
            else (len(COUNTRIES),)
            if field.name in by_country
            else ()
        )
        assert values.shape == (*rows, N_MONTHS), field.name
        assert values.dtype == np.float32, field.name
        assert np.isfinite(values).all(), field.name
        assert field.name in drivers.observed_until or field.name in {"ln_violence", "mex_closure"}


def test_known_dry_years_are_dry_in_the_dry_corridor(drivers: Drivers, corridor: np.ndarray) -> None:
    for year in DRY_YEARS:
        for c in range(len(COUNTRIES)):
            assert seen_after(drivers, year)[corridor & (department_country == c)].min() > 0.4, (year, c)


def test_wet_years_are_hardly_dry(drivers: Drivers, data: Data, corridor: np.ndarray) -> None:
    assert seen_after(drivers, 2020)[corridor].mean() < 0.35
    assert seen_after(drivers, 2017)[corridor].mean() < 0.35
    for country in COUNTRIES:
        assert (first_season(data, country)[[2010 - 1981, 2011 - 1981]] < 0).all(), country


def test_first_season_tells_drought_years_from_others(data: Data) -> None:
    dry: list[float] = []
    other: list[float] = []
    for country in COUNTRIES:
        values = first_season(data, country)
        for year in range(2001, 2025):
            (dry if year in DRY_YEARS else other).append(values[year - 1981])
    better = np.greater.outer(dry, other).mean()
    assert better > 0.95


@pytest.mark.parametrize("year", [2015, 2019])
def test_country_dryness_meets_the_department_rainfall_held_aside(data: Data, year: int) -> None:
    of_departments = data.department("rain_may_aug_z", year)[department_country == 1]
    assert (of_departments < 0).all()
    assert first_season(data, "GTM")[year - 1981] == pytest.approx(-of_departments.mean(), abs=0.5)


def test_department_rainfall_held_aside_is_not_used(
    drivers: Drivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    data = load()
    original = Data.department

    def spy(self: Data, variable: str, year: int | None = None) -> np.ndarray:
        asked.append(variable)
        return original(self, variable, year)

    monkeypatch.setattr(Data, "department", spy)
    build_drivers(default_config(), data)
    assert "rain_may_aug_median_mm" in asked
    assert not {"rain_may_aug_z", "rain_may_aug_mm"} & set(asked)


def test_a_season_is_seen_from_the_month_after_its_harvest_for_a_year() -> None:
    seasons = np.zeros((climate.N_YEARS, 2))
    seasons[2015 - climate.CLIMATE_FIRST_YEAR, 0] = 1
    seen = climate.remembered(seasons, 0.7, 6)
    months = np.flatnonzero(seen)
    assert (months[0], months[-1]) == (month_index("2015-09"), month_index("2016-08"))
    assert climate.remembered(np.ones((climate.N_YEARS, 2)), 0.7, 6) == pytest.approx(1)


def test_evaporation_meets_the_thornthwaite_table() -> None:
    """At 26.5 degrees all year on the equator a month of 30 days has about 135 mm."""
    months = climate.evaporation(np.full((climate.N_YEARS, 12), 26.5), 0.0)
    assert months[0, 3] == pytest.approx(135, rel=0.05)


def test_homicide_keeps_every_national_year_and_nobody_lives_in_negative_violence(data: Data) -> None:
    for country in COUNTRIES:
        monthly = violence.national_rate(data, country)
        for year, rate in data.year("homicide_rate", country).items():
            if year >= 2012:
                first = (year - 2012) * 12
                assert monthly[first : first + 12].mean() == pytest.approx(rate, rel=1e-6), (country, year)
        assert monthly.min() > 0


def test_population_weighted_violence_is_the_national_rate(drivers: Drivers, data: Data) -> None:
    people = data.department("population")
    for c, country in enumerate(COUNTRIES):
        mine = department_country == c
        for year in (2013, 2019, 2024, 2030):
            national = data.year("homicide_rate", country)[min(year, 2024)]
            seen = drivers.violence[mine, month_index(f"{year}-12")]
            assert np.average(seen, weights=people[mine]) == pytest.approx(national, rel=1e-4)


def test_guatemalas_classes_fit_the_scattered_department_rates(drivers: Drivers, data: Data) -> None:
    logs = [
        (np.log(value), np.log(drivers.violence[place, month_index(f"{year}-12")]))
        for name in ("homicide_rate", "homicide_rate_jan_nov", "homicide_rate_jan_jul")
        for (place, year), value in data.department_series(name).items()
        if department_country[place] == 1 and year >= 2013
    ]
    observed, modelled = np.array(logs).T
    assert len(logs) > 10
    assert np.corrcoef(observed, modelled)[0, 1] > 0.9
    assert abs((observed - modelled).mean()) < 0.2


def test_eta_and_iota_hit_the_people_recorded_and_the_exposed_departments_most(
    drivers: Drivers, data: Data
) -> None:
    hit = drivers.disaster[:, month_index("2020-11")]
    people = data.department("population")
    classes = data.department("eta_iota")
    for country, affected in (("HND", 3_900_000), ("GTM", 2_100_000)):
        mine = department_country == COUNTRIES.index(country)
        share = np.average(hit[mine], weights=people[mine])
        assert share == pytest.approx(affected / data.year("population", country)[2020], rel=0.01)
        assert hit[mine & (classes == 2)].min() > 2 * hit[mine & (classes == 1)].max()


def test_people_hit_are_kept_when_a_department_is_full() -> None:
    people = np.array([100.0, 100.0, 100.0])
    share = disasters.spread(150.0, people, np.array([8.0, 1.0, 1.0]), 0.9)
    assert share @ people == pytest.approx(150)
    assert share == pytest.approx([0.9, 0.3, 0.3])


def test_income_keeps_the_yearly_figures_and_falls_in_the_lockdown(drivers: Drivers, data: Data) -> None:
    for c, country in enumerate(COUNTRIES):
        years = data.year("gdp_per_person_const2015", country)
        mine = drivers.local_income[department_country == c][0].reshape(-1, 12)
        for year in (2014, 2020, 2024):
            assert mine[year - 2013].mean() == pytest.approx(years[year] / years[2021], rel=2e-3)
        assert mine[7].argmin() in (3, 4, 5, 6), country


def test_yearly_means_survive_the_smoothing() -> None:
    years = {2012: 3.0, 2013: 5.0, 2014: 1.0, 2015: 4.0}
    months = projection.monthly_from_years(years)
    assert [months[12 * k : 12 * k + 12].mean() for k in range(3)] == pytest.approx([5, 1, 4])
    assert np.isnan(months[36:]).all()


def test_closure_is_zero_outside_the_pandemic_and_full_at_its_height(drivers: Drivers) -> None:
    first, last = month_index("2020-01"), month_index("2022-01")
    for values in (drivers.closure, drivers.mex_closure):
        assert not values[..., :first].any()
        assert not values[..., last + 1 :].any()
    assert (drivers.closure[:, month_index("2020-05")] > 0.8).all()


def test_season_has_mean_one_and_peaks_in_spring(drivers: Drivers) -> None:
    assert drivers.season.reshape(-1, 12).mean(axis=1) == pytest.approx(1, abs=1e-6)
    assert int(drivers.season[:12].argmax()) in (2, 3, 4)
    assert int(drivers.season[:12].argmin()) in (0, 11)


def test_counts_after_september_2019_do_not_move_the_season(
    drivers: Drivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Data.month

    def doubled(self: Data, variable: str, country: str) -> np.ndarray:
        values = original(self, variable, country)
        if variable == "encounters_usbp":
            values[month_index("2019-10") :] *= np.arange(1, N_MONTHS - month_index("2019-10") + 1)
        return values

    monkeypatch.setattr(Data, "month", doubled)
    assert np.array_equal(build_drivers(default_config(), load()).season, drivers.season)


def test_observed_months_do_not_depend_on_the_seed_and_projected_ones_do(
    drivers: Drivers, data: Data
) -> None:
    other = build_drivers(default_config(seed=2), data)
    for name in ("dryness", "ln_tightness", "coffee", "local_income", "disaster"):
        until = drivers.observed_until[name]
        mine, theirs = getattr(drivers, name), getattr(other, name)
        assert np.array_equal(mine[..., : until + 1], theirs[..., : until + 1]), name
        assert not np.array_equal(mine[..., until + 1 :], theirs[..., until + 1 :]), name


def test_the_same_seed_gives_the_same_bits(drivers: Drivers, data: Data) -> None:
    again = build_drivers(default_config(), data)
    for field in dataclasses.fields(drivers):
        if field.name != "observed_until":
            assert np.array_equal(getattr(again, field.name), getattr(drivers, field.name)), field.name


def test_blocks_keep_the_calendar_month_run_may_to_april_and_reach_every_year() -> None:
    starts = set()
    for seed in range(40):
        source = projection.source_months(seed)
        assert np.array_equal(source[: projection.WINDOW], np.arange(projection.WINDOW))
        assert np.array_equal(source % 12, np.arange(N_MONTHS) % 12)
        jumps = np.flatnonzero(np.diff(source) % projection.WINDOW != 1) + 1
        assert (jumps[jumps > projection.WINDOW] % 12 == 4).all()
        starts |= set(source[month_index("2025-05") :: 12].tolist())
    assert len(starts) == projection.WINDOW // 12


def test_a_deviation_from_the_path_halves_in_its_half_life() -> None:
    values = np.full(N_MONTHS, np.nan)
    last = projection.WINDOW + 5
    values[:last] = 0
    values[last] = 1
    path = np.zeros(N_MONTHS)
    out = projection.project(values, projection.source_months(1), path, path, 24)
    assert out[[last, last + 24, last + 48]] == pytest.approx([1, 0.5, 0.25])


def test_projected_tightness_stays_within_its_past(data: Data) -> None:
    for seed in range(1, 6):
        tightness = build_drivers(default_config(seed=seed), data).ln_tightness
        assert np.abs(tightness[153:]).max() < np.abs(tightness[:153]).max()


def test_a_path_of_ones_own_replaces_its_months_and_no_others(
    drivers: Drivers, data: Data, tmp_path: Path
) -> None:
    file = tmp_path / "dry.csv"
    file.write_text(
        "month,department,value\n2027-01,SV-MO,2.5\n2027-02,SV-MO,2.0\n2027-01,HND,1\n2027-01,HN-CH,3\n"
    )
    changed = build_drivers(default_config(drivers__dryness_file=str(file)), data)
    month = month_index("2027-01")
    assert changed.dryness[INDEX["SV-MO"], month : month + 2] == pytest.approx([2.5, 2.0])
    assert changed.dryness[INDEX["HN-CH"], month] == 3
    assert changed.dryness[INDEX["HN-VA"], month] == 1
    same = np.ones_like(drivers.dryness, dtype=bool)
    same[INDEX["SV-MO"], month : month + 2] = False
    same[department_country == 2, month] = False
    assert np.array_equal(changed.dryness[same], drivers.dryness[same])


def test_own_homicide_moves_its_logarithm_against_the_fixed_mean(
    drivers: Drivers, data: Data, tmp_path: Path
) -> None:
    file = tmp_path / "homicide.csv"
    file.write_text("month,country,value\n2015-06,SLV,50\n")
    changed = build_drivers(default_config(drivers__homicide_file=str(file)), data)
    month = month_index("2015-06")
    hnd = department_country == 2
    assert np.array_equal(changed.ln_violence[hnd], drivers.ln_violence[hnd])
    slv = department_country == 0
    assert (changed.violence[slv, month] == 50).all()
    mean = drivers.violence[hnd, month] / np.exp(drivers.ln_violence[hnd, month])
    assert changed.ln_violence[slv, month] == pytest.approx(np.log(50 / mean[0]), rel=1e-4)


def test_an_own_path_that_cannot_be_used_is_named(data: Data, tmp_path: Path) -> None:
    file = tmp_path / "tight.csv"
    file.write_text("month,country,value\n2027-01,USA,0.1\n2027-03,USA,0.1\n")
    with pytest.raises(DataError, match=r"tight\.csv.*2027-02"):
        build_drivers(default_config(drivers__tightness_file=str(file)), data)


def test_drivers_cannot_be_changed_but_copied(drivers: Drivers) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        drivers.dryness = drivers.dryness  # type: ignore[misc]
    drier = dataclasses.replace(drivers, dryness=drivers.dryness + 1)
    assert drier.dryness.mean() == pytest.approx(drivers.dryness.mean() + 1, rel=1e-5)
