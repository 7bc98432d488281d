"""The choice is a nested logit, and what is done to one alternative or one household moves nobody else."""

from __future__ import annotations

import numpy as np
import pytest
from rule_values import number
from small_model import begin_month, busy_model, columns_of, lived
from small_room import lot_of, place_of

from sim.codes import AGRICULTURE, FAMILY_UNIT, INFORMAL, REGULAR_PATHWAYS, SINGLE_ADULT
from sim.draws import key
from sim.model import MigrationModel
from sim.numerics import ZERO, compiled
from sim.rows import row
from sim.rules.decide import choose, keep_one_of_like
from sim.rules.taste import draw_tastes, log_stable
from sim.rules.ways import (
    INTERNAL,
    LOT,
    MEXICO,
    OWN,
    SMUGGLER,
    TO_MEXICO,
    take_in,
    value_leaving,
    value_ways,
)
from sim.state import NO_PLAN, PLANNING, QUEUED, ROW, record

N = 200_000
NESTS = np.array([1, 1, 1, 2, 3, 0], np.int8)
"""Six alternatives: three to one destination, one to each of two others, one that shares the nest of staying."""
SCALE = np.array([0.6, 0.4, 0.5, 0.9], np.float32)
UTILITY = np.array([0.5, 0.2, -0.3, 0.1, -0.5, 0.3], np.float32)
ALL = np.ones(len(NESTS), np.float32)
STAY = len(NESTS)
REGULAR = np.array([1, 1, 0, 1, 0, 0], np.uint8)
WAYS = record({"nest": NESTS, "scale": SCALE, "is_regular": REGULAR, "like": np.arange(len(NESTS), dtype=np.int8)})
Rows = dict[str, np.ndarray]
MONTHS = 8
"""Months after which the households of a busy world have queues and plans."""


@compiled
def choose_all(n, current, rooms, ways, chosen):
    R, G = rooms[0], ways[0]
    for start in range(0, n, LOT):
        there = min(LOT, n - start)
        for r in range(there):
            R.lot_key[r] = key(1, start + r, 0)
            R.lot_queue[r] = current
        draw_tastes(there, R, G)
        choose(there, R, G)
        for r in range(there):
            chosen[start + r] = R.lot_way[r]


@compiled
def keep_one(h, utility, feasible, ways):
    keep_one_of_like(h[0], utility, feasible, ways[0])


def choices(utility=UTILITY, feasible=ALL, current: int = -1) -> np.ndarray:
    """Return what N households choose."""
    chosen = np.zeros(N, np.int64)
    choose_all(N, current, lot_of(utility, feasible), WAYS, chosen)
    return chosen


def nested_logit(utility: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """Return the probabilities of the alternatives and of staying, evidence C.3 (6), in float64."""
    V, nest = np.append(utility.astype(float), 0.0), np.append(NESTS, 0)
    there = np.append(open_, True)
    e = np.where(there, np.exp(V / SCALE[nest].astype(float)), 0)
    sums = np.bincount(nest, e, len(SCALE))
    of_nest = np.where(sums > 0, np.maximum(sums, 1e-300) ** SCALE.astype(float), 0)
    return e / np.maximum(sums, 1e-300)[nest] * of_nest[nest] / of_nest.sum()


def assert_shares(chosen: np.ndarray, expected: np.ndarray) -> None:
    """Hold frequencies to probabilities within five standard errors."""
    seen = np.bincount(chosen, minlength=len(expected)) / len(chosen)
    error = np.sqrt(expected * (1 - expected) / len(chosen))
    assert np.all(np.abs(seen - expected) <= 5 * error + 1e-12), seen - expected


@pytest.mark.parametrize("barred", [(), (0,), (5,), (1, 3)])
def test_frequencies_are_those_of_the_nested_logit_over_what_is_open(barred: tuple[int, ...]) -> None:
    feasible = ALL.copy()
    feasible[list(barred)] = 0
    assert_shares(choices(feasible=feasible), nested_logit(UTILITY, feasible > 0))


def test_what_is_feasible_is_drawn_alternative_by_alternative() -> None:
    feasible = np.array([0.3, 0, 0, 0.6, 0, 0], np.float32)
    expected = np.zeros(STAY + 1)
    for first, third in ((0, 0), (0, 1), (1, 0), (1, 1)):
        open_ = np.array([first, 0, 0, third, 0, 0], bool)
        weight = (0.3 if first else 0.7) * (0.6 if third else 0.4)
        expected += weight * nested_logit(UTILITY, open_)
    assert_shares(choices(feasible=feasible), expected)


def test_a_place_in_a_queue_competes_with_other_queues_only() -> None:
    without = ALL.copy()
    without[0] = 0
    free, queued, all_open = choices(feasible=without), choices(current=0), choices()
    other_queue = (free < STAY) & (np.append(REGULAR, 0)[free] > 0)
    assert np.array_equal(queued[~other_queue], free[~other_queue])
    better = other_queue & (all_open == free)
    assert np.array_equal(queued[better], free[better])
    assert better.any()
    assert np.any(queued[other_queue & ~better] != free[other_queue & ~better])
    assert not np.any(queued == 0)


@pytest.mark.parametrize("better", range(len(NESTS)))
def test_a_better_alternative_wins_households_and_moves_nobody_between_others(better: int) -> None:
    utility = UTILITY.copy()
    utility[better] += 0.7
    before, after = choices(), choices(utility)
    moved = before != after
    assert moved.any()
    assert np.all(after[moved] == better)


@pytest.mark.parametrize("easier", range(len(NESTS)))
def test_an_alternative_that_more_can_pay_for_moves_nobody_between_others(easier: int) -> None:
    few = np.full(len(NESTS), 0.4, np.float32)
    more = few.copy()
    more[easier] = 0.8
    before, after = choices(feasible=few), choices(feasible=more)
    moved = before != after
    assert moved.any()
    assert np.all(after[moved] == easier)


@pytest.mark.parametrize(
    ("queued_at", "first", "second", "kept"),
    [(-1, 0.5, 0.6, 1), (-1, 0.6, 0.5, 0), (0, 0.5, 0.6, 0), (1, 0.6, 0.5, 1), (3, 0.5, 0.6, 1)],
)
def test_the_same_job_on_other_terms_is_no_second_alternative(queued_at, first, second, kept) -> None:
    """Two programmes of one job share their taste, and the better one is open; or the one that is waited for."""
    like = np.arange(len(NESTS), dtype=np.int8)
    like[1] = 0
    h = np.zeros(1, ROW)
    h["plan"], h["queue_pathway"] = (NO_PLAN if queued_at < 0 else QUEUED), queued_at
    utility, feasible = UTILITY.copy(), ALL.copy()
    utility[:2] = first, second
    keep_one(h, utility, feasible, record({"like": like}))
    assert list(feasible) == [float(j > 1 or j == kept) for j in range(len(NESTS))]


def test_barring_an_alternative_moves_only_those_who_chose_it() -> None:
    feasible = ALL.copy()
    feasible[2] = 0
    before, after = choices(), choices(feasible=feasible)
    assert np.array_equal(before[before != 2], after[before != 2])
    assert not np.any(after == 2)


@compiled
def leaving_all(n, rooms, ways):
    value_leaving(n, rooms[0], ways[0])


def inclusive_value(feasible: np.ndarray) -> float:
    """Return the inclusive value of leaving, the same of all in a lot that is not a multiple of a register."""
    R = lot_of(UTILITY, feasible)
    leaving_all(11, R, WAYS)
    values = R["leaving"][0, :11]
    assert np.all(values == values[0])
    return float(values[0])


def test_the_inclusive_value_is_the_log_of_summed_nests_and_leaves_out_what_is_closed() -> None:
    feasible = np.array([0.5, 1, 0, 0.25, 0, 1], np.float32)
    e = feasible * np.exp(UTILITY.astype(float) / SCALE[NESTS].astype(float))
    nests = np.bincount(NESTS, e, len(SCALE))
    expected = np.log(sum(s**lam for s, lam in zip(nests, SCALE.astype(float), strict=True) if s > 0))
    assert inclusive_value(feasible) == pytest.approx(expected, rel=1e-5)
    assert inclusive_value(np.zeros_like(ALL)) < -50


@compiled
def value_lot(rooms, rows, month, relatives, party, y, W, F, G, P):
    R = rooms[0]
    for r in range(len(rows)):
        take_in(row(R, rows[r]), r, month, y[r], relatives[r], ZERO, party, R, W[0], F[0], P[0])
    country = W[0].country[row(R, rows[0]).department]
    value_ways(len(rows), country, month, R, W[0], F[0], G[0], P[0])


@pytest.mark.parametrize("party", [SINGLE_ADULT, FAMILY_UNIT])
def test_what_the_ways_are_worth_to_a_lot_of_households_is_their_equations(party: int) -> None:
    """Equations (4) and (5) of docs/odd.md in float64, household by household: means, contacts, costs, city, wait."""
    model = month_begun()
    engine, month = model.engine, model.month
    columns, world, feedback, ways, P = engine.columns, engine.world, engine.feedback, engine.ways, engine.behaviour
    p = {name: number(P[0], name) for name in P.dtype.names if np.ndim(P[0][name]) == 0}
    at_home = columns.adults.sum(axis=1) > 0
    rows = np.flatnonzero(at_home & (columns.first_month <= month) & (world.country[columns.department] == 1))[:60]
    n = len(rows)
    assert n % 8  # not a multiple of a register
    relatives, y = np.arange(n) % 5, np.linspace(90, 900, n)
    place = place_of(engine, month)
    value_lot(place.R, rows, month, relatives, party, y.astype(np.float32), place.W, place.F, place.G, place.P)
    V, K = (place.R[name][0, :, :n].astype(float) for name in ("utility", "feasible"))
    h = {name: getattr(columns, name)[rows].astype(float) for name in ("savings", "debt", "propensity")}
    d = columns.department[rows]
    workers = columns.adults[rows][:, [0, 1, 2, 4, 5, 6]].sum(axis=1)
    ln_y = np.log(y / np.maximum(workers, 1))
    R = np.maximum(h["savings"] + p["ell"] * relatives + p["cr"] * 12 * y - h["debt"], 1)
    u, ln_v = p["sigma_u"] * h["propensity"], world.ln_v[d, month].astype(float)
    loss, family, price = np.log(p["loss"]), party == FAMILY_UNIT, float(feedback.price[1])
    wage, city = world.wage[:, month].astype(float), world.main_city[d]
    seen = 0
    for j in range(len(ways.cost)):
        if ways.is_regular[j]:
            cost = max(float(ways.cost[j]), 1)
            gain = np.log(wage[ways.destination[j]] * float(ways.earnings[j])) - ln_y
            wait, ln_chance = float(feedback.wait_years[j, 1]), float(feedback.ln_chance[j, 1])
            expected = p["asc_regular"] + p["b_w"] * gain - p["b_c"] * np.log(cost) - p["b_q"] * wait + ln_chance + u
        elif j in (SMUGGLER, OWN):
            own = j == OWN
            cost = price * (p["cost_own_ratio"] if own else 1) * (p["family_cost"] if family else 1)
            odds = np.minimum(feedback.p_hat[d, party] + (0 if own else p["smuggler_edge"]), 1)
            risk = p["p_death"] * (p["own_death"] if own else 1)
            expected = (
                P[0]["asc_irregular"][1] + (p["asc_own"] if own else 0)
                + p["b_w"] * (odds * np.log(wage[0]) + (1 - odds) * (loss + ln_y) - ln_y)
                + p["b_N"] * np.log(1 + relatives + p["mu"] * feedback.kin_share[d])
                + p["b_th"] * float(world.ln_theta[month]) + u + p["b_v2"] * ln_v - p["b_c"] * np.log(cost)
                - p["b_d"] * risk
            )  # fmt: skip
        elif j == TO_MEXICO:
            cost, odds = price * p["cost_mex_ratio"], 1 - p["p_mex_irregular"]
            gain = odds * np.log(wage[MEXICO]) + (1 - odds) * (loss + ln_y) - ln_y
            expected = p["asc_irregular_mex"] + p["b_w"] * gain + u + p["b_v2"] * ln_v - p["b_c"] * np.log(cost)
        else:
            assert j == INTERNAL
            cost = p["cost_internal"]
            income = np.log(p["city_premium"]) + world.ln_local[city, month] - world.ln_local[d, month]
            violence = world.ln_v[city, month] - ln_v
            expected = p["asc_internal"] + p["b_wi"] * income - p["b_vi"] * violence + engine.levers.inside[d, month]
        assert V[j] == pytest.approx(expected, rel=1e-4, abs=1e-4), j
        there = K[j] > 0
        seen += there.any()
        able = 1 / (1 + (cost / R) ** (1 / p["zeta"]))
        assert K[j][there] == pytest.approx(able[there], rel=1e-4), j
    assert seen > len(ways.cost) / 2


@compiled
def stable_all(index, out):
    for i in range(len(out)):
        u, v = (i % 997 + 0.5) / 997, (i // 997 + 0.5) / (len(out) // 997)
        out[i] = log_stable(np.float32(u), np.float32(v), np.float32(index))


@pytest.mark.parametrize("index", [0.3, 0.5, 0.8])
def test_the_taste_for_a_nest_is_positive_stable(index: float) -> None:
    """Its Laplace transform is exp(-t^index): over a grid of both uniforms the mean of exp(-t Z) meets it."""
    out = np.zeros(997 * 1000, np.float32)
    stable_all(index, out)
    for t in (0.2, 1.0, 3.0):
        assert np.exp(-t * np.exp(out.astype(float))).mean() == pytest.approx(np.exp(-(t**index)), abs=1e-3)


def month_begun() -> MigrationModel:
    """Return a busy world in which a month has begun and nobody has lived it yet."""
    model = busy_model()
    lived(model, MONTHS)
    begin_month(model)
    return model


@pytest.fixture(scope="module")
def free() -> tuple[Rows, Rows, int]:
    """Return the households before and after a month as it is, and the month."""
    model = month_begun()
    before = columns_of(model)
    model.live()
    return before, columns_of(model), model.month


def applied(h: Rows, month: int, programme: int) -> np.ndarray:
    """Return who applied to a programme this month and still waits."""
    return (h["plan"] == QUEUED) & (h["plan_month"] == month) & (h["queue_pathway"] == programme)


def test_barring_one_household_from_a_pathway_changes_no_other_that_month(free) -> None:
    """In the whole model: one household that was about to apply may not; all other households live the same month."""
    _, as_it_was, month = free
    for_farmers = REGULAR_PATHWAYS.index("usa_h2a")
    household = as_it_was["id"][applied(as_it_was, month, for_farmers)][0]
    barred = month_begun()
    columns = barred.engine.columns
    row = np.flatnonzero(columns.id == household)[0]
    assert columns.livelihood[row] == AGRICULTURE
    columns.livelihood[row] = INFORMAL  # not eligible any more
    barred.live()
    after = columns_of(barred)
    others = after["id"] != household
    assert not (applied(after, month, for_farmers) & ~others).any()
    for name in after:
        assert np.array_equal(after[name][others], as_it_was[name][others]), name


def test_closing_a_programme_moves_only_planners_who_would_have_applied_to_it(free) -> None:
    """In the whole model: among those who had a plan, whoever did not choose the programme does what it did before."""
    before, as_it_was, month = free
    programme = REGULAR_PATHWAYS.index("usa_h2b")
    closed = month_begun()
    assert closed.engine.feedback.is_open[programme].all()
    closed.engine.feedback.is_open[programme] = 0
    closed.live()
    after = columns_of(closed)
    planned = np.isin(before["plan"], (PLANNING, QUEUED)) & (before["queue_pathway"] != programme)
    chose = applied(as_it_was, month, programme)
    assert (planned & chose).any()
    for name in after:
        assert np.array_equal(as_it_was[name][planned & ~chose], after[name][planned & ~chose]), name
    assert not (planned & applied(after, month, programme)).any()
