"""Programmes at home reach the same households of their group in every month, and give what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_world import WORLD, made
from rule_values import F, number, parameters
from small_model import begin_month, small_model
from small_room import place_of

from sim.codes import AGRICULTURE, FORMAL, INFORMAL, PATHWAYS, SINGLE_ADULT, month_index
from sim.counters import Counters
from sim.numerics import ONE, ZERO, compiled
from sim.policies.base import who
from sim.rows import row
from sim.rules import programmes as rules
from sim.rules.decide import is_kept
from sim.rules.livelihood import income_log
from sim.rules.moves import come_home
from sim.rules.reintegration import AS_TODAY, BY_POLICY
from sim.rules.ways import SMUGGLER, take_in, value_ways
from sim.state import (
    CASH,
    CASH_PAID,
    CENTS,
    HIRED,
    PAYOUTS,
    PREMIUMS,
    RETURNED_FREELY,
    ROW,
    SUBSIDIES,
    Levers,
    World,
    record,
)

N = 4000
MONTH = month_index("2026-06")
SOMEWHERE = 20
P = parameters()


def households(n: int = N, **values: Any) -> np.ndarray:
    """Return households, rows of the rules, that differ in id and key only."""
    h = np.zeros(n, ROW)
    h["id"] = h["key"] = np.arange(n)
    h["weight"], h["department"], h["quintile"] = 3, SOMEWHERE, 1
    for name, value in values.items():
        h[name] = value
    return h


def levers(**values: Any) -> Any:
    """Return the levers as rules see them; values: put into every place and month."""
    today: Levers = made({}).levers
    for name, value in values.items():
        getattr(today, name)[...] = value
    return record(today._asdict())


def world(**values: Any) -> Any:
    """Return the world as rules see it."""
    set_to = {name: np.full_like(getattr(WORLD, name), value) for name, value in values.items()}
    copied: World = WORLD._replace(**set_to)
    return record(copied._asdict())


@compiled
def reach_all(k, h, month, W, L, T, out):
    for i in range(len(h)):
        out[i] = rules.reached(k, h[i], month, W[0], L[0], T[0])


@compiled
def insure_all(h, month, W, L, T, out):
    for i in range(len(h)):
        out[i] = rules.insured_share(h[i], month, W[0], L[0], T[0])


@compiled
def hire_all(h, month, W, L, P, T):
    for i in range(len(h)):
        rules.find_work(h[i], month, W[0], L[0], P, T[0])


@compiled
def return_all(h, month, W, L, P, T):
    for i in range(len(h)):
        come_home(h[i], month, RETURNED_FREELY, False, ONE, 1, W[0], L[0], P, T[0])


@compiled
def keep_all(h, month, L, out):
    for i in range(len(h)):
        out[i] = is_kept(h[i], month, L[0])


def tally() -> np.ndarray:
    """Return empty counters of one thread."""
    return Counters(1, len(PATHWAYS)).record


def reached(L: Any, month: int = MONTH, **values: Any) -> np.ndarray:
    out, T = np.zeros(N, bool), tally()
    h = households(**values)
    reach_all(CASH, h, month, world(), L, T, out)
    assert T["served"][0].sum() == 3 * out.sum()
    return out


def test_a_programme_reaches_its_share_and_the_same_households_in_every_month() -> None:
    few, many = levers(share=0.3), levers(share=0.6)
    first = reached(few)
    assert first.mean() == pytest.approx(0.3, abs=0.03)
    assert np.array_equal(first, reached(few, MONTH + 40))
    assert np.all(reached(many) >= first)
    assert not reached(levers()).any()
    assert reached(levers(share=1)).all()


@pytest.mark.parametrize(
    ("target", "inside", "outside"),
    [
        ({"quintile": [1, 2]}, {"quintile": 2}, {"quintile": 3}),
        ({"rural": True}, {"rural": 1}, {"rural": 0}),
        ({"female_head": False}, {"female_head": 0}, {"female_head": 1}),
        ({"indigenous": True}, {"indigenous": 1}, {"indigenous": 0}),
        ({"kin_abroad": True}, {"kin": (0, 1, 0)}, {"kin": (0, 0, 0)}),
        ({"quintile": [1], "rural": True}, {"rural": 1}, {"rural": 1, "quintile": 5}),
    ],
)
def test_a_programme_reaches_its_group_only(target: dict, inside: dict, outside: dict) -> None:
    L = levers(share=1, who=who(target))
    assert reached(L, **inside).all()
    assert not reached(L, **outside).any()


def insured(h: np.ndarray, dryness: float = 2.0, **values: Any) -> tuple[np.ndarray, Any]:
    """Return the part of the loss that is paid to each household, and what was counted."""
    L = levers(**{"share": 1, "insured": 0.6, "trigger": 1, "premium": 4, "subsidy": 0.75, "basis_risk": 0, **values})
    out, T = np.zeros(len(h), np.float32), tally()
    insure_all(h, MONTH, world(dryness=dryness), L, T, out)
    return out, T["money"][0].sum(axis=0) / CENTS


def test_insurance_pays_farm_households_above_its_trigger_and_collects_the_premium_always() -> None:
    wet, dry = (households(10, livelihood=AGRICULTURE, savings=100) for _ in range(2))
    assert insured(dry)[0] == pytest.approx(np.full(10, 0.6))
    paid, money = insured(wet, dryness=0.9)
    assert not paid.any()
    for h in (wet, dry):
        assert h["savings"] == pytest.approx(np.full(10, 99))
    assert money[PREMIUMS] == pytest.approx(30)
    assert money[SUBSIDIES] == pytest.approx(90)
    assert not insured(households(10, livelihood=INFORMAL))[0].any()


def test_the_index_misses_some_losses_for_a_whole_year_and_premiums_leave_no_debt() -> None:
    h = households(livelihood=AGRICULTURE)
    paid, _ = insured(h, basis_risk=0.25)
    assert (paid == 0).mean() == pytest.approx(0.25, abs=0.03)
    assert np.all(h["savings"] == 0)
    assert not insured(h, basis_risk=1)[0].any()


def test_what_insurance_paid_is_what_income_would_have_lost() -> None:
    rest = (F(0), F(-1), F(0), F(0), P)
    without, with_it = (np.exp(float(income_log(F(5), F(0), F(1), F(1.8), F(rho), *rest))) for rho in (0, 0.6))
    assert rules.paid_out(F(with_it), F(1.8), F(0.6), P) == pytest.approx(with_it - without, rel=1e-4)
    h, T = households(1, insured=0.6)[0], tally()
    rules.note_payout(F(with_it), h, MONTH, world(dryness=1.8)[0], P, T[0])
    assert T["money"][0].sum(axis=0)[PAYOUTS] / CENTS == pytest.approx(3 * (with_it - without), rel=1e-3)


def test_cash_gains_and_fair_interest_are_for_whom_they_are_meant() -> None:
    L, W, T = levers(share=1, cash=40, informal_gain=0.1, saving_gain=0.5, credit=0.4)[0], world()[0], tally()
    here = (MONTH, W, L, T[0])
    h = households(1)[0]
    assert rules.cash_received(h, *here) == 40
    assert T["money"][0].sum(axis=0)[CASH_PAID] / CENTS == pytest.approx(120)
    for livelihood, gain in ((AGRICULTURE, 0), (INFORMAL, 0.1), (FORMAL, 0)):
        assert rules.firm_gain(households(1, livelihood=livelihood)[0], *here) == pytest.approx(gain)
    for remittance, gain in ((0, 0), (90, 0.5)):
        assert rules.extra_saving(h, MONTH, F(remittance), W, L, T[0]) == pytest.approx(gain)
    for debt, factor in ((0, 1), (800, 0.4)):
        assert rules.interest_factor(households(1, debt=debt)[0], *here) == pytest.approx(factor)


def test_a_formal_job_changes_livelihood_and_income_for_good_and_is_counted() -> None:
    for chance, before in ((0.25, INFORMAL), (0.25, AGRICULTURE), (0, INFORMAL), (1, FORMAL)):
        h, T = households(livelihood=before, log_income=5), tally()
        hire_all(h, MONTH, world(), levers(jobs=chance), P, T)
        found = (h["livelihood"] == FORMAL) & (before != FORMAL)
        assert found.mean() == pytest.approx(chance if before != FORMAL else 0, abs=0.03)
        assert np.all(h["log_income"] == F(5) + found * F(number(P, "formal_premium")))
        assert T["served"][0, :, HIRED].sum() == 3 * found.sum()
    h = households(livelihood=INFORMAL, rural=0)
    hire_all(h, MONTH, world(), levers(jobs=1, who=who({"rural": True})), P, tally())
    assert np.all(h["livelihood"] == INFORMAL)


def test_protection_keeps_its_part_of_the_children_who_would_be_sent() -> None:
    h, out = households(), np.zeros(N, bool)
    for part in (0.0, 0.3, 1.0):
        keep_all(h, MONTH, levers(child_care=part), out)
        assert out.mean() == pytest.approx(part, abs=0.03 * (0 < part < 1))


@compiled
def value_all(rooms, month, y, cash, W, F, G, P, V, K):
    R = rooms[0]
    for i in range(len(V)):
        h = row(R, i)
        h.cash = cash
        take_in(h, 0, month, y + cash, 0, ZERO, SINGLE_ADULT, R, W[0], F[0], P[0])
        value_ways(1, W[0].country[h.department], month, R, W[0], F[0], G[0], P[0])
        V[i], K[i] = R.utility[:, 0], R.feasible[:, 0]


def test_cash_pays_for_a_journey_and_is_not_lost_by_leaving() -> None:
    model = small_model()
    begin_month(model)
    R, W, _, *rest = place_of(model.engine, 0)

    def valued(y: float, cash: float) -> tuple[np.ndarray, np.ndarray]:
        V, K = (np.zeros((50, len(PATHWAYS)), np.float32) for _ in range(2))
        value_all(R, 0, F(y), F(cash), W, *rest, V, K)
        return V, K

    (before, able), (with_cash, abler), (with_pay, _) = valued(120, 0), valued(120, 60), valued(180, 0)
    assert np.array_equal(before[:, SMUGGLER], with_cash[:, SMUGGLER])
    in_debt = able[:, SMUGGLER] == able[:, SMUGGLER].min()  # owes more than it could raise in either case
    assert np.all(abler[~in_debt, SMUGGLER] > able[~in_debt, SMUGGLER])
    assert in_debt.mean() < 1 / 5
    assert np.all(with_pay[:, SMUGGLER] < before[:, SMUGGLER])


def test_the_package_of_a_policy_is_for_its_group_and_others_get_that_of_today() -> None:
    policy = {"coverage": 1, "package_usd": 1500, "debt_relief": 0.5, "lag_months": 0, "target": {"quintile": [1]}}
    L = record(made({"reintegration": policy}).levers._asdict())
    T = tally()
    in_group, others = households(debt=1000), households(debt=1000, quintile=5)
    for h in (in_group, others):
        return_all(h, MONTH, world(), L, P, T)
    assert np.all(in_group["helped"] == BY_POLICY)
    assert in_group["savings"] == pytest.approx(np.full(N, 1500 * number(P, "cash_share")))
    assert in_group["debt"] == pytest.approx(np.full(N, 500))
    helped = others["helped"] > 0
    assert helped.any()
    assert not helped.all()
    assert np.all(others["helped"][helped] == AS_TODAY)
    assert others["savings"][helped] == pytest.approx(number(P, "package") * number(P, "cash_share"))
    assert np.all(others["debt"] == 1000)
