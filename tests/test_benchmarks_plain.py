"""What the engine is timed against lives the same lives: plain Mesa households, and NumPy columns where they are dense.

Plain households compute in float64, so a draw near a threshold may fall otherwise and change a life. Measured over
3.6 million household-months of 2013-30 none did. The limits leave room for such a life.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_model import BUSY, MANY_PLACES, small_config, small_model

from benchmarks.numpy_columns import PARTS, NumpyColumns, numpy_ns, quantile
from benchmarks.plain import PlainModel, draws, plain_ns
from sim import draws as compiled
from sim.codes import FLOWS
from sim.config import Config
from sim.errors import RequestError
from sim.model import MigrationModel
from sim.state import Tally

MONTHS = 24
MOST_OF_FLOWS, MOST_OF_STOCKS = 0.005, 0.001
"""Most that the absolute differences of all months may be, of the sum of what was counted."""
FLOW_FIELDS = ("households", "group", "funds", "tried", "queued", "served", "harm")
STOCK_FIELDS = ("stock_people", "stock_households", "alive", "money", "money_department", "linked", "abroad")


def nothing(model: MigrationModel) -> None:
    """Leave a model as it is."""


def much_happens(model: MigrationModel) -> None:
    """Set border odds under which people are released, expelled and removed in every month."""
    world = model.engine.world
    world.released[:], world.expelled[:] = 0.2, 0.4
    world.apprehended[:], world.p_mexico[:], world.interior[:] = 0.5, 0.2, 0.02


def levers_are_moved(model: MigrationModel) -> None:
    """Set every lever that is a number for all households of a place, to something that is felt."""
    much_happens(model)
    levers = model.engine.levers
    levers.hope[:], levers.inside[:], levers.child_care[:], levers.sanction[:] = 0.3, 0.5, 0.5, 0.2
    levers.remit_tax[:], levers.remit_kept[:] = 0.05, 1.04
    levers.status_gain[:], levers.status_loss[:] = 0.05, 0.02
    levers.coverage[:] = 0.8


def lived_apart(config: Config, change: Callable[[MigrationModel], None]) -> dict[str, tuple[int, int]]:
    """Live a configuration compiled and plainly; return the sum of each counter, and of its absolute differences."""
    engine = MigrationModel(config)
    base = MigrationModel(config, engine)
    change(engine)
    change(base)
    plain = PlainModel(base)
    counters = Tally._fields[1:]
    sums = {name: np.zeros(2, np.int64) for name in (*counters, "households", *FLOWS)}
    for _ in range(MONTHS):
        engine.step()
        plain.step()
        one, other = engine.engine.counted(), plain.done
        pairs = [(name, getattr(one, name), getattr(other, name)) for name in counters]
        for k, flow in enumerate(FLOWS):
            pairs += [(flow, one.people(k), other.people(k)), ("households", one.households(k), other.households(k))]
        for name, a, b in pairs:
            sums[name] += a.sum(), np.abs(a - b).sum()
    plain.base.check()
    return {name: (int(total), int(apart)) for name, (total, apart) in sums.items()}


def assert_agree(sums: dict[str, tuple[int, int]]) -> None:
    for fields, most in ((FLOW_FIELDS, MOST_OF_FLOWS), (STOCK_FIELDS, MOST_OF_STOCKS)):
        for name in fields:
            total, apart = sums[name]
            assert apart <= most * total, f"{name}: {apart} of {total}"


def busy_config() -> Config:
    return small_config(MANY_PLACES, **{path.replace(".", "__"): value for path, value in BUSY.items()})


def test_plain_households_count_what_the_engine_counts() -> None:
    assert_agree(lived_apart(small_config(), nothing))


@pytest.mark.parametrize("change", [much_happens, levers_are_moved])
def test_they_agree_where_everything_happens_often(change: Callable[[MigrationModel], None]) -> None:
    sums = lived_apart(busy_config(), change)
    assert_agree(sums)
    assert not [name for name in FLOWS if sums[name][0] == 0], "every flow has something to compare"


@pytest.mark.parametrize("policy", ["cash_transfer", "reintegration"])
def test_policies_whose_rules_are_left_out_are_refused(policy: str) -> None:
    with pytest.raises(RequestError, match="plain households"):
        PlainModel(small_model({policy: {"coverage": 0.5, "start": "2013-03"}}))


def test_plain_draws_are_those_of_the_engine() -> None:
    for household in (0, 17, 2**64 - 1):
        for month in (0, 215):
            plain = draws.step(draws.stream(3, household), month)
            key = np.uint64(compiled.key(3, np.uint64(household), month))
            assert plain == key
            assert draws.uniform(plain, compiled.MOVER, 2) == compiled.uniform_of(key, compiled.MOVER, 2)
            assert draws.two_uniforms(plain, compiled.PLAN) == compiled.two_uniforms_of(key, compiled.PLAN)
            assert draws.gumbel(plain, compiled.PARTY, 1) == pytest.approx(
                compiled.gumbel_of(key, compiled.PARTY, 1), abs=2e-6
            )


@pytest.fixture(scope="module")
def one_month() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], NumpyColumns, Tally]:
    """Return the columns before and after a month of the engine, NumPy's columns after it, and what was counted."""
    model = small_model(population__share=0.003)
    for _ in range(MONTHS // 2):
        model.step()
    there = np.flatnonzero(model.engine.columns.first_month <= model.month + 1)
    before = {name: column[there] for name, column in model.engine.columns._asdict().items()}
    columns = NumpyColumns(model)
    columns.live(model.month + 1)
    model.step()
    after = {name: column[there] for name, column in model.engine.columns._asdict().items()}
    return before, after, columns, model.engine.counted()


def undisturbed(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> np.ndarray:
    """Return which rows had a month in which nobody came or went and no plan changed."""
    still = after["went"] == 0
    for name in ("adults", "children", "away", "kin", "plan", "department", "returned_month", "held", "permit_end"):
        same = before[name] == after[name]
        still &= same.all(axis=1) if same.ndim > 1 else same
    return still


def test_numpy_columns_live_the_dense_month_of_the_engine(one_month: Any) -> None:
    before, after, numpy, _ = one_month
    still = undisturbed(before, after)
    assert still.mean() > 0.8
    for name in ("shock", "savings", "debt"):
        assert np.allclose(after[name][still], numpy.columns[name][still], rtol=1e-6, atol=1e-3), name
        assert not np.allclose(after[name][still], before[name][still]), f"{name} changes in a month"
    for name in ("aspiring", "victim_month", "child_victim_month", "disaster_month", "displaced"):
        assert np.array_equal(after[name][still], numpy.columns[name][still]), name
    changed = (before["adults"] != after["adults"]).any(axis=1) | (before["children"] != after["children"]).any(axis=1)
    gone = (after["went"] > 0) | (before["away"] != after["away"]).any(axis=1) | (before["held"] != after["held"])
    assert set(np.flatnonzero(changed & ~gone)) <= set(numpy.moved)


def test_numpy_sums_are_those_of_the_engine_but_for_the_few(one_month: Any) -> None:
    _, _, numpy, done = one_month
    for name, theirs in (
        ("households", done.alive[:, 0]), ("people", done.alive[:, 1]), ("income", done.money[:, 0]),
        ("remittances", done.money[:, 1]), ("linked", done.linked[:, 0]), ("crime", done.harm[:, 0]),
        ("abroad_USA", done.abroad[:, 0]),
    ):  # fmt: skip
        assert numpy.counts[name].sum() == pytest.approx(theirs.sum(), rel=0.01), name


def test_numpy_quantile_is_that_of_the_draws() -> None:
    u = np.array([2.0**-24, 0.01, 0.074, 0.5, 0.93, 0.9999, 1 - 2.0**-24], np.float32)
    assert np.allclose(quantile(u), [compiled.quantile32(one) for one in u], atol=1e-6)


def test_the_timers_say_how_much_was_lived() -> None:
    plain = plain_ns(500, 2)
    assert plain["household_months"] == pytest.approx(1_000, rel=0.1)
    assert 0 < plain["rules"] < plain["whole"]
    dense = numpy_ns(1_000, 2)
    assert dense["household_months"] == pytest.approx(2_000, rel=0.1)
    assert dense["dense"] == pytest.approx(sum(dense[part] for part in PARTS))
