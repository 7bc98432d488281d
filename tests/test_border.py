"""What the border promises: shares add up, margins and removals fit, nothing peeks ahead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.codes import COUNTRIES, FAMILY_UNIT, N_MONTHS, SINGLE_ADULT, UNACCOMPANIED_CHILD, month_index
from sim.config import default_config
from sim.data.loader import load
from sim.errors import RequestError, WorkError
from sim.world.border import FITTED_YEARS, Border, build_border, removals_fit
from sim.world.border_fit import LAST_COUNT, child_share, fit_outcomes, observed_shares, rake

COUNTED = ("encounters", "removals", "returns", "arrests", "unauthorized")
RECORD_END = month_index("2024-08")


class Perturbed:
    """The data with every count after September 2019 multiplied."""

    def __init__(self, factor: float) -> None:
        self.data = load()
        self.factor = factor

    def month(self, variable: str, country: str) -> Any:
        values = self.data.month(variable, country).copy()
        if any(word in variable for word in COUNTED):
            values[LAST_COUNT + 1 :] *= self.factor
        return values

    def year(self, variable: str, country: str) -> dict[int, float]:
        values = self.data.year(variable, country)
        if not any(word in variable for word in COUNTED):
            return values
        return {year: value * (self.factor if year > 2019 else 1) for year, value in values.items()}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.data, name)


def _border(regime: str = "last_12_observed", **values: Any) -> Border:
    return build_border(default_config(border__regime=regime, **values), load())


def test_an_apprehension_has_exactly_one_outcome() -> None:
    border = _border()
    assert border.released.shape == border.expelled.shape == border.removed.shape == (3, 3, N_MONTHS)
    np.testing.assert_allclose(border.released + border.expelled + border.removed, 1, atol=1e-6)
    assert min(border.released.min(), border.expelled.min(), border.removed.min()) >= 0


def test_every_probability_and_price_is_in_range() -> None:
    border = _border()
    for name in ("apprehended", "mexico_removed", "interior_removed"):
        values = getattr(border, name)
        assert values.shape == (3, N_MONTHS)
        assert np.isfinite(values).all()
        assert (values > 0).all()
        assert (values < 1).all()
    assert border.apprehended[[FAMILY_UNIT, UNACCOMPANIED_CHILD]].min() >= 0.9
    assert 0.1 <= border.mexico_removed.min() <= border.mexico_removed.max() <= 0.6
    yearly = 12 * border.interior_removed.mean(1)
    assert (yearly > 0.004).all()
    assert (yearly < 0.02).all()
    assert border.smuggler_price[month_index("2018-07")] == pytest.approx(7500)
    assert np.isfinite(border.enforcement).all()


def test_fitted_outcomes_reproduce_the_shares_by_country_and_the_party_mix() -> None:
    outcomes, mix, record = fit_outcomes(default_config(), load())
    by_country, _, _ = observed_shares(load())
    np.testing.assert_allclose(outcomes.sum(2), 1, atol=1e-9)
    np.testing.assert_allclose((outcomes * mix[:, :, None]).sum(1), by_country, atol=1e-7)
    np.testing.assert_allclose(mix.sum(1), 1, atol=1e-9)
    assert record.stop - 1 == RECORD_END


def test_counted_party_mix_of_fiscal_year_2019_is_met() -> None:
    data = load()
    mix = _border().party_mix
    year = slice(month_index("2018-10"), LAST_COUNT + 1)
    parties = ("single_adult", "family_unit", "unaccompanied_child")
    for c, country in enumerate(COUNTRIES):
        counts = np.array([data.month(f"encounters_usbp_{party}", country)[year] for party in parties])
        expected = counts.sum(1) / counts.sum()
        found = (mix[c][:, year] * counts.sum(0)).sum(1) / counts.sum()
        np.testing.assert_allclose(found, expected, atol=0.02)


def test_children_share_from_outcomes_agrees_with_counts_before_october_2019() -> None:
    data = load()
    by_country, by_party, record = observed_shares(data)
    share = child_share(by_country, by_party, record)
    for c, country in enumerate(COUNTRIES):
        encounters = data.month("encounters_usbp", country)
        for year in FITTED_YEARS:
            months = slice(month_index(f"{year - 1}-10"), month_index(f"{year}-10"))
            inside = slice(months.start - record.start, months.stop - record.start)
            implied = (share[c, inside] * encounters[months]).sum() / encounters[months].sum()
            counted = data.year("encounters_usbp_unaccompanied_child", country)[year]
            assert implied == pytest.approx(counted / data.year("encounters_usbp", country)[year], abs=0.03)


def test_removals_of_fiscal_years_2014_to_2019_are_reproduced() -> None:
    config = default_config()
    fit = removals_fit(config, load())
    totals = fit.implied.sum(1) / fit.observed.sum(1)
    np.testing.assert_allclose(totals, 1, atol=0.02)
    np.testing.assert_allclose(fit.implied / fit.observed, 1, atol=0.16)
    np.testing.assert_allclose(fit.best, config.by_country("border.ice_removed_single_adult"), atol=0.006)
    assert (fit.interior < fit.observed).all()


def test_regimes_differ_only_after_the_record_and_in_the_expected_direction() -> None:
    last, restrictive, opened = (_border(r) for r in ("last_12_observed", "restrictive", "open_2019"))
    for other in (restrictive, opened):
        for name in ("released", "expelled", "removed", "enforcement"):
            first, second = getattr(last, name), getattr(other, name)
            np.testing.assert_array_equal(first[..., : RECORD_END + 1], second[..., : RECORD_END + 1])
            assert not np.array_equal(first[..., RECORD_END + 1 :], second[..., RECORD_END + 1 :])
        for name in ("apprehended", "mexico_removed", "interior_removed", "smuggler_price"):
            np.testing.assert_array_equal(getattr(last, name), getattr(other, name))
    for border in (last, opened):
        grown = [SINGLE_ADULT, FAMILY_UNIT]
        assert (border.released[:, grown, -1] > restrictive.released[:, grown, -1] + 0.05).all()
        assert (border.expelled[:, grown, -1] < 0.05).all()
        assert (border.released[:, FAMILY_UNIT, -1] > 0.9).all()
        assert border.enforcement[-1] < restrictive.enforcement[-1]
    assert (restrictive.expelled[:, [SINGLE_ADULT, FAMILY_UNIT], -1] > 0.8).all()


def test_last_12_observed_is_the_mean_of_the_last_year_of_the_record() -> None:
    border = _border()
    year = border.released[..., RECORD_END - 11 : RECORD_END + 1].mean(-1)
    after = border.released[..., RECORD_END + 1 :]
    np.testing.assert_allclose(after, np.broadcast_to(year[..., None], after.shape), atol=1e-6)


def test_nothing_counted_after_september_2019_changes_anything() -> None:
    plain, changed = _border(), build_border(default_config(), Perturbed(3.0))  # type: ignore[arg-type]
    for name in Border.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(plain, name), getattr(changed, name), err_msg=name)


def test_counts_before_october_2019_do_matter() -> None:
    class Early(Perturbed):
        def month(self, variable: str, country: str) -> Any:
            return self.data.month(variable, country) * (self.factor if variable == "mexico_returns" else 1)

    doubled = build_border(default_config(), Early(2.0))  # type: ignore[arg-type]
    assert (doubled.mexico_removed[:, -1] > _border().mexico_removed[:, -1]).all()


def test_children_are_never_repatriated() -> None:
    assert _border().removed[:, UNACCOMPANIED_CHILD].max() == 0


def test_a_regime_outside_the_record_is_refused() -> None:
    with pytest.raises(RequestError, match="2024-08"):
        _border("restrictive", border__restrictive_to="2025-06")
    with pytest.raises(RequestError, match="span"):
        _border("open_2019", border__open_2019_from="2019-08")


def test_raking_meets_both_margins_keeps_odds_ratios_and_says_when_it_cannot() -> None:
    seed = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 2.0]])
    rows, columns = np.array([0.4, 0.6]), np.array([0.5, 0.3, 0.2])
    table = rake(seed, rows, columns)
    np.testing.assert_allclose(table.sum(1), rows, atol=1e-8)
    np.testing.assert_allclose(table.sum(0), columns, atol=1e-8)
    assert table[0, 2] == 0
    assert table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]) == pytest.approx(6)
    with pytest.raises(WorkError, match="cannot be reconciled"):
        rake(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0.5, 0.5]), np.array([0.5, 0.5]))


def test_more_removal_by_ice_moves_people_from_release_to_removal() -> None:
    plain, more = _border(), _border(border__ice_removed_family_unit=0.5)
    adults = plain.removed[:, SINGLE_ADULT]
    assert (more.removed[:, FAMILY_UNIT].mean(-1) > plain.removed[:, FAMILY_UNIT].mean(-1) + 0.1).all()
    np.testing.assert_array_equal(more.removed[:, SINGLE_ADULT], adults)
    np.testing.assert_array_equal(more.expelled, plain.expelled)
