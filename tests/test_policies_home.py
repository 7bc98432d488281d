"""Instruments for households and work at home: each sets its levers, for its group and months, and nothing at zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_world import CONFIG, WEIGHTS, WORLD, changed, made, months_of

from sim.assemble import build_levers
from sim.codes import N_MONTHS, month_index
from sim.outcomes import OUTCOMES
from sim.policies import INSTRUMENTS
from sim.policies.base import EVERYBODY, who
from sim.policies.home import HOME
from sim.policies.safety import SAFETY
from sim.policies.work import WORK
from sim.state import CASH, FORMALISED, HIRED, INSURANCE, LOANS, RETURNED, SAVERS
from sim.world.geography import DEPARTMENTS, department_country

START, END = month_index("2026-01"), month_index("2027-12")
INSIDE = slice(START, END + 1)
DATES = {"start": "2026-01", "end": "2027-12", "lag_months": 0}
TODAY = build_levers(CONFIG)

FULL: dict[str, dict[str, Any]] = {
    "reintegration": {"coverage": 0.8, "package_usd": 1500, "debt_relief": 0.5, "job": 0.6, "help_months": 24},
    "cash_transfer": {"coverage": 0.4, "usd_month": 50},
    "insurance": {"coverage": 0.3},
    "formalisation": {"coverage": 0.2, "income_gain": 0.1},
    "savings_accounts": {"coverage": 0.3, "saving_gain": 0.5},
    "fair_credit": {"coverage": 0.3, "interest_factor": 0.5},
    "remittance_fee": {"fee_cut": 2},
    "economic_initiative": {"growth_points": 1, "jobs_per_year": 12_000, "services": 0.1},
    "governance": {"governance_sd": 0.5, "bribe_reduction": 0.5, "growth_points": 0.2},
}
"""Settings at which each does what it can."""
ZERO: dict[str, list[dict[str, Any]]] = {
    "reintegration": [{"coverage": 0}],
    "cash_transfer": [{"coverage": 0}, {"usd_month": 0}],
    "insurance": [{"coverage": 0}, {"paid_share": 0}],
    "formalisation": [{"coverage": 0}, {"income_gain": 0}],
    "savings_accounts": [{"coverage": 0}, {"saving_gain": 0}],
    "fair_credit": [{"coverage": 0}, {"interest_factor": 1}],
    "remittance_fee": [{"fee_cut": 0}, {"coverage": 0}, {"fee_today": 0}],
    "economic_initiative": [{"growth_points": 0, "jobs_per_year": 0, "services": 0}],
    "governance": [{"governance_sd": 0, "bribe_reduction": 0, "growth_points": 0}],
}
"""What has to be zero for each to do nothing, whatever else is set."""
CHANGES = {
    "reintegration": {"help_more", "package", "debt_relief", "help_job", "help_months"},
    "cash_transfer": {"share", "running", "cash"},
    "insurance": {"share", "running", "insured", "trigger", "premium", "subsidy", "basis_risk"},
    "formalisation": {"share", "running", "informal_gain"},
    "savings_accounts": {"share", "running", "saving_gain"},
    "fair_credit": {"share", "running", "credit"},
    "remittance_fee": {"remit_kept"},
    "economic_initiative": {"ln_local", "jobs", "running", "hope"},
    "governance": {"governance", "p_victim", "ln_local"},
}
STAYS = {"ln_local"}
"""What has grown stays."""


@pytest.mark.parametrize(("name", "zero"), [(name, zero) for name, zeros in ZERO.items() for zero in zeros])
def test_at_zero_no_bit_changes(name: str, zero: dict[str, Any]) -> None:
    assert not changed(made({name: {**FULL[name], **zero, "start": "2013-01"}}))


@pytest.mark.parametrize("name", [*HOME, *WORK, *SAFETY])
def test_an_instrument_that_is_only_named_changes_nothing_and_delivers_nothing(name: str) -> None:
    result = made({name: {}})
    assert not changed(result)
    assert not any(units.any() for units in result.delivered.values())


@pytest.mark.parametrize("name", FULL)
def test_an_instrument_sets_its_levers_in_its_months_and_no_other(name: str) -> None:
    result = changed(made({name: {**FULL[name], **DATES, "fade_months": 0}}))
    assert set(result) == CHANGES[name]
    for series, array in result.items():
        before = getattr(WORLD if series in WORLD._fields else TODAY, series)
        months = np.flatnonzero((array != before).reshape(-1, N_MONTHS).any(axis=0))
        assert months[0] == START, series
        assert months[-1] == (N_MONTHS - 1 if series in STAYS else END), series
        assert len(months) == months[-1] - months[0] + 1, series


PEOPLE_ONLY = {"countries": ["GTM"], "rural": True, "quintile": [1, 2]}


@pytest.mark.parametrize(
    ("name", "programme"),
    [
        ("cash_transfer", CASH), ("insurance", INSURANCE), ("formalisation", FORMALISED), ("savings_accounts", SAVERS),
        ("fair_credit", LOANS),
    ],
)  # fmt: skip
def test_a_household_programme_reaches_a_share_of_its_group_where_it_lives(name: str, programme: int) -> None:
    levers = made({name: {**FULL[name], **DATES, "target": PEOPLE_ONLY}}).levers
    guatemala = department_country == 1
    assert np.all(levers.share[programme, guatemala, INSIDE] == np.float32(FULL[name]["coverage"]))
    assert not levers.share[programme, ~guatemala].any()
    assert levers.who[programme] == who(PEOPLE_ONLY) != EVERYBODY
    others = np.delete(np.arange(len(levers.share)), programme)
    assert not levers.share[others].any()
    assert np.all(levers.who[others] == EVERYBODY)


def test_what_a_programme_gives_is_what_is_asked_for() -> None:
    wanted = {"paid_share": 0.7, "trigger_sd": 1.5, "premium_usd_month": 5, "subsidy": 0.4, "basis_risk": 0.1}
    levers = made({"insurance": {"coverage": 0.3, **wanted, **DATES}}).levers
    for series, value in zip(("insured", "trigger", "premium", "subsidy", "basis_risk"), wanted.values(), strict=True):
        assert np.all(getattr(levers, series)[INSIDE] == np.float32(value)), series
    levers = made({name: {**FULL[name], **DATES} for name in HOME}).levers
    assert np.all(levers.cash[INSIDE] == 50)
    assert levers.informal_gain[START] == pytest.approx(np.log(1.1))
    assert levers.saving_gain[START] == levers.credit[START] == 0.5
    assert np.all(levers.credit[:START] == 1)
    assert levers.running.sum() == END + 1 - START


def test_a_programme_grows_along_its_lag_and_fades_after_its_end() -> None:
    levers = made({"cash_transfer": {**FULL["cash_transfer"], **DATES, "lag_months": 6, "fade_months": 6}}).levers
    share = levers.share[CASH, 0]
    assert share[START] == 0
    assert share[START + 6] == pytest.approx(0.2)
    assert np.all(np.diff(share[INSIDE]) > 0)
    assert share[END + 6] == pytest.approx(share[END] / 2)
    assert np.all(np.diff(share[END:]) < 0)
    assert np.all(levers.cash[share > 0] == 50)


def test_help_after_return_is_for_its_group_and_never_less_than_today() -> None:
    levers = made({"reintegration": {**FULL["reintegration"], **DATES, "target": {"countries": ["HND"]}}}).levers
    honduras = department_country == 2
    assert np.all(levers.help_more[honduras, INSIDE] == np.float32(0.8))
    assert not levers.help_more[~honduras].any()
    assert np.array_equal(levers.coverage, TODAY.coverage)
    assert levers.who[RETURNED] == EVERYBODY
    assert np.all(levers.help_months[INSIDE] == 24)
    assert np.all(levers.help_job[INSIDE] == np.float32(0.6))


@pytest.mark.parametrize(("cut", "today", "coverage"), [(2, 4, 1), (2, 4, 0.5), (3, 3, 1), (9, 4, 1)])
def test_a_cheaper_transfer_lets_more_of_what_is_sent_arrive(cut: float, today: float, coverage: float) -> None:
    policy = {"fee_cut": cut, "fee_today": today, "coverage": coverage, "target": {"countries": ["SLV"]}, **DATES}
    kept = made({"remittance_fee": policy}).levers.remit_kept
    assert kept[0, START] == pytest.approx(1 + coverage * min(cut, today) / (100 - today), rel=1e-6)
    assert np.all(kept[1:] == 1)


# Work and government


def test_growth_adds_up_while_it_lasts_and_its_level_stays() -> None:
    settings = {"growth_points": 2, "target": {"departments": ["GT-13"]}, **DATES}
    ln_local = changed(made({"economic_initiative": settings}))["ln_local"] - WORLD.ln_local
    d = DEPARTMENTS.index("GT-13")
    assert ln_local[d, START + 11] == pytest.approx(np.log(1.02), abs=1e-5)
    assert ln_local[d, END] == pytest.approx(2 * np.log(1.02), abs=1e-5)
    assert ln_local[d, -1] == pytest.approx(ln_local[d, END], abs=1e-6)
    assert not np.delete(ln_local, d, axis=0).any()


@pytest.mark.parametrize("target", [None, {"countries": ["HND"]}, {"rural": True}])
def test_jobs_are_a_chance_that_brings_their_number_to_those_without_one(target: dict[str, Any] | None) -> None:
    settings = {"jobs_per_year": 1200, **DATES, **({"target": target} if target else {})}
    levers = made({"economic_initiative": settings}).levers
    homes = WEIGHTS["homes"][:2]
    seekers = (homes[:, [1]] if target and "rural" in target else homes).sum(axis=(0, 1))
    found = np.zeros(54)
    for month in range(START, END + 1):
        found += levers.jobs[:, month] * (seekers[:, month] - found)
    assert found.sum() == pytest.approx(2400, rel=1e-4)
    here = department_country == 2 if target and "countries" in target else np.ones(54, bool)
    assert np.all((levers.jobs[:, START] > 0) == here)
    assert levers.who[HIRED] == who(target)


def test_more_jobs_than_people_without_one_are_a_certain_job_and_no_more() -> None:
    jobs = made({"economic_initiative": {"jobs_per_year": 1_000_000, **DATES}}).levers.jobs
    assert jobs.max() == 1
    assert np.isfinite(jobs).all()


def test_services_and_governance_work_along_their_lag_and_are_lost_again() -> None:
    policies = {
        "economic_initiative": {"services": 0.4, "start": "2026-01", "lag_months": 24},
        "governance": {"governance_sd": 0.6, "start": "2026-01", "end": "2029-12", "lag_months": 24, "fade_months": 12},
    }
    result = made(policies)
    assert result.levers.hope[7, START + 24] == pytest.approx(0.2)
    better = result.world.governance[1] - WORLD.governance[1]
    assert better[START + 24] == pytest.approx(0.3, abs=1e-5)
    last = month_index("2029-12")
    assert better[last + 12] == pytest.approx(better[last] / 2, abs=1e-5)
    assert months_of(result.world.governance, "governance")[0] == START + 1


def test_a_cleaner_government_takes_bribes_out_of_crime_in_its_country() -> None:
    settings = {"bribe_reduction": 0.5, "bribe_part": 0.2, "target": {"countries": ["GTM"]}, **DATES}
    p_victim = changed(made({"governance": settings}))["p_victim"] / WORLD.p_victim
    guatemala = department_country == 1
    assert p_victim[guatemala, START] == pytest.approx(0.9, rel=1e-5)
    assert np.all(p_victim[~guatemala] == 1)


# Cost


@pytest.mark.parametrize("name", [*HOME, *WORK, *SAFETY])
def test_every_instrument_says_what_it_costs_where_that_is_from_and_what_it_should_move(name: str) -> None:
    kind = INSTRUMENTS[name]
    assert kind.COST is not None
    assert kind.FIELDS["unit_cost_usd"].default > 0
    low, high = kind.COST.ranges["unit_cost_usd"]
    assert low < kind.FIELDS["unit_cost_usd"].default < high
    assert kind.FIELDS["source"].default
    assert kind.FIELDS["evidence"].default == "A"
    assert kind.MOVES
    assert set(kind.MOVES) <= set(OUTCOMES)
    if 0 in kind.MOVES.values():
        assert kind.WHY


def test_reforms_are_counted_in_countries_and_years_from_their_start_on() -> None:
    fee = made({"remittance_fee": {**FULL["remittance_fee"], "start": "2026-01", "end": "2027-12"}})
    assert fee.delivered["remittance_fee"].sum() == pytest.approx(6)
    one = {**FULL["governance"], "start": "2026-07", "end": "2026-12", "target": {"countries": ["SLV"]}}
    assert made({"governance": one}).delivered["governance"].sum() == pytest.approx(0.5)
