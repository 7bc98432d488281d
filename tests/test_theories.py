"""Rival theories of behaviour run like the default, each holds what defines it, and the default carries none."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from rule_values import F, parameters
from small_model import (
    BUSY,
    MANY_PLACES,
    assert_same_columns,
    assert_same_counts,
    begin_month,
    columns_of,
    lived,
    small_config,
    small_model,
)

from analysis.priors import prior_of
from sim.codes import FLOWS, PATHWAYS, STOCKS, THEORIES
from sim.compose import compose
from sim.config import parameters as table
from sim.draws import SPACING
from sim.lockstep import run_together
from sim.model import MigrationModel, run_model
from sim.rules import imitation, planned_behaviour, threshold
from sim.rules.theory import TOLD
from sim.state import FIRST_PATHWAY_KIND, Tally, behaviour

RIVALS = THEORIES[1:]
SHORT, YEAR = 3, 12
PENNILESS = {
    "behaviour__ell": 0, "behaviour__cr": 0, "livelihood__saving_rate": 0, "behaviour__cost_internal": 2000,
}  # fmt: skip
"""Settings under which nobody without savings has more than the least means of one US$."""
OWN_PARAMETERS = (
    "behaviour.b_norm", "behaviour.b_control", "behaviour.payback", "behaviour.threshold_noise", "behaviour.b_follow",
    "behaviour.own_calculation", "behaviour.heard", "feedbacks.follow_memory",
)  # fmt: skip


def people(done: list[Tally], flow: str) -> int:
    """Return the people of a flow in some months."""
    return sum(int(month.people(FLOWS.index(flow)).sum()) for month in done)


def wishing(done: list[Tally]) -> int:
    """Return the households that wish to leave in the last month."""
    return int(done[-1].stock_households[:, STOCKS.index("aspiring")].sum())


def by_country(path: str, value: float) -> dict[str, Any]:
    """Return an intercept of all three countries as `Config.replace` takes it."""
    return {f"behaviour__{path}__{country}": value for country in ("SLV", "GTM", "HND")}


@functools.cache
def households() -> MigrationModel:
    """Return a model that is never lived: the others take their households from it."""
    return small_model()


def small(policies: Mapping[str, Any] | None = None, **values: Any) -> MigrationModel:
    """Return a model of about 2,000 households."""
    model = MigrationModel(small_config(policies, **values), households())
    model.fork(households())
    return model


def busy(**values: Any) -> MigrationModel:
    """Return a model in which people are expelled, removed, admitted and sent home in every month."""
    model = small(MANY_PLACES, **{**{path.replace(".", "__"): value for path, value in BUSY.items()}, **values})
    world = model.engine.world
    world.released[:], world.expelled[:] = 0.2, 0.4
    world.apprehended[:], world.p_mexico[:], world.interior[:] = 0.5, 0.2, 0.02
    return model


def poor(theory: str, **values: Any) -> MigrationModel:
    """Return a busy world in which nobody can pay for anything."""
    model = busy(behaviour__theory=theory, **PENNILESS, **values)
    model.engine.columns.savings[:] = 0
    model.engine.ways.cost[model.engine.ways.is_regular > 0] = 100
    return model


@pytest.mark.parametrize("theory", RIVALS)
def test_agents_columns_and_threads_give_the_same_counts_in_every_theory(theory: str) -> None:
    model = busy(behaviour__theory=theory, run__chunk=300)
    done = lived(model, SHORT)
    assert people(done, "depart_irregular") > 0
    assert people(done, "apply") > 0
    agents = busy(behaviour__theory=theory, engine="agents")
    assert_same_counts(done, lived(agents, SHORT))
    assert_same_columns(columns_of(model), columns_of(agents))
    two = busy(behaviour__theory=theory, run__threads=2, run__chunk=64)
    assert_same_counts(done, lived(two, SHORT))


@pytest.mark.parametrize("theory", RIVALS)
def test_the_level_of_journeys_and_of_wishes_follows_its_intercept(theory: str) -> None:
    """What `calibrate level` solves: one intercept a figure, monotone."""
    worlds = [small(behaviour__theory=theory, **by_country("asc_irregular", x)) for x in (-2.0, 1.0, 4.0)]
    journeys = [people(lived(world, YEAR), "depart_irregular") for world in worlds]
    assert journeys[0] < journeys[1] < journeys[2]
    worlds = [small(behaviour__theory=theory, **by_country("a", x)) for x in (-3.0, -1.0)]
    wishes = [wishing(lived(world, YEAR)) for world in worlds]
    assert wishes[0] < wishes[1]


def test_theories_are_not_the_same() -> None:
    found = {theory: people(lived(small(behaviour__theory=theory), YEAR), "plan") for theory in THEORIES}
    assert len(set(found.values())) == len(THEORIES), found


def test_in_threshold_nobody_leaves_who_cannot_pay() -> None:
    done = lived(poor("threshold"), SHORT)
    assert people(done, "depart_irregular") == people(done, "apply") == people(done, "move_internal") == 0
    assert threshold.BARRED < SPACING / 2  # no uniform is below the chance of who cannot pay
    assert threshold.may_pay(F(99), F(100)) == threshold.BARRED
    assert threshold.may_pay(F(100), F(100)) == 1


def test_in_threshold_cost_is_earned_back_and_propensity_and_violence_lower_the_bar() -> None:
    P = parameters(behaviour__payback=20)
    ratio = threshold.net_ratio(F(0.6), F(2000), F(0.8), F(250), F(3000), P)
    assert ratio == pytest.approx((0.6 * 2000 + 0.4 * 0.8 * 250 - 3000 / 20) / 250, rel=1e-6)
    assert threshold.net_ratio(F(0), F(2000), F(0.8), F(250), F(30_000), P) == threshold.LEAST_GAIN
    bar = threshold.threshold(0, F(0), F(0), P)
    assert bar == -P["asc_irregular"][0]
    assert threshold.threshold(0, F(1), F(0), P) < bar
    assert threshold.threshold(0, F(0), F(1), P) < bar


def test_in_imitation_hardly_anybody_wishes_or_leaves_where_nobody_is_away() -> None:
    model, alone = (small(behaviour__theory="imitation") for _ in range(2))
    alone.engine.columns.kin[:], alone.engine.columns.away[:] = 0, 0
    with_kin, without = lived(model, 2 * YEAR), lived(alone, 2 * YEAR)
    assert wishing(without) < 0.1 * wishing(with_kin)
    assert people(without, "depart_irregular") < 0.1 * people(with_kin, "depart_irregular")
    assert imitation.example(F(0), F(0)) == 0
    assert imitation.example(F(0.2), F(1)) == pytest.approx(0.6)


def test_in_imitation_the_way_is_that_of_those_who_arrived() -> None:
    """In a month in which all who arrived went one way, more go that way and fewer others."""
    gone = {}
    for seen in ("irregular_usa_smuggler", "irregular_usa_own"):
        model = busy(behaviour__theory="imitation")
        lived(model, SHORT)
        model.engine.feedback.followed[:] = 0
        model.engine.feedback.followed[PATHWAYS.index(seen)] = 0.05
        begin_month(model)
        model.live()
        gone[seen] = model.engine.counted().people(FLOWS.index("depart_irregular")).sum(axis=(0, 2))
    for way in gone:
        kind = FIRST_PATHWAY_KIND + PATHWAYS.index(way)
        assert gone[way][kind] > 2 * min(found[kind] for found in gone.values())


def test_in_planned_behaviour_who_has_no_control_does_not_plan() -> None:
    hopeless = poor("planned_behaviour", behaviour__zeta=0.2)
    hopeless.engine.ways.reach[:] = 0
    assert people(lived(hopeless, SHORT), "plan") < 0.02 * people(lived(busy(), SHORT), "plan")
    P = parameters()
    assert planned_behaviour.controlled(F(1), F(1), F(0), P) == 1
    assert planned_behaviour.controlled(F(1), F(0.5), F(np.log(0.5)), P) == pytest.approx(1 + 2 * np.log(0.5), rel=1e-5)


@pytest.mark.parametrize(("theory", "some"), [("random_utility", True), ("planned_behaviour", False)])
def test_in_planned_behaviour_nobody_sets_out_who_believes_that_nobody_arrives(theory: str, some: bool) -> None:
    model = busy(behaviour__theory=theory, behaviour__smuggler_edge=0)
    lived(model, SHORT)
    model.engine.feedback.p_hat[:] = 0
    begin_month(model)
    model.live()
    gone = model.engine.counted().people(FLOWS.index("depart_irregular")).sum(axis=(0, 2))
    to_usa = [FIRST_PATHWAY_KIND + PATHWAYS.index(f"irregular_usa_{how}") for how in ("smuggler", "own")]
    assert (gone[to_usa].sum() > 0) == some


def test_in_planned_behaviour_attitudes_last() -> None:
    """Of those who left by one way in two months, more chose the same way again than under tastes of the month."""
    share = {}
    for theory in ("random_utility", "planned_behaviour"):
        model = busy(behaviour__theory=theory)
        ways = []
        for _ in range(3 * SHORT):
            model.step()
            ways.append(model.engine.columns.went.copy())
        gone = np.array(ways)
        twice = np.flatnonzero((gone > 0).sum(axis=0) > 1)
        both = [gone[gone[:, i] > 0, i][:2] for i in twice]
        share[theory] = np.mean([one == two for one, two in both])
    assert share["planned_behaviour"] > share["random_utility"]


@pytest.mark.parametrize("theory", RIVALS)
def test_a_forked_run_of_a_rival_is_the_run_alone(theory: str) -> None:
    places = {"labour_places": {**MANY_PLACES["labour_places"], "start": "2014-03"}}
    base, more = (small_config(policies, behaviour__theory=theory) for policies in ({}, places))
    first, forked = run_together([base, more])
    assert forked.forked > 0
    alone, _, _ = run_model(more)
    assert forked.record.outcomes() == alone.outcomes()
    assert forked.record.outcomes() != first.record.outcomes()


def test_the_default_is_random_utility_and_carries_nothing_of_the_others() -> None:
    assert table()["behaviour.theory"].default == THEORIES[0]
    assert table()["behaviour.theory"].choices == THEORIES
    config = small_config()
    assert TOLD not in (behaviour(config).dtype.names or ())
    assert behaviour(small_config(behaviour__theory="threshold"))[TOLD] == THEORIES.index("threshold")
    model = small()
    lived(model, SHORT)
    assert not model.engine.feedback.followed.any()
    assert not model.engine.feedback.seen.any()


def test_parameters_of_rivals_change_nothing_in_the_default_and_something_in_their_theory() -> None:
    changed: dict[str, Any] = {
        "behaviour__b_norm": 4, "behaviour__b_control": 2, "behaviour__payback": 6, "behaviour__threshold_noise": 1,
        "behaviour__b_follow": 0.3, "behaviour__own_calculation": 0.6, "behaviour__heard": 0.01,
        "feedbacks__follow_memory": 0.5,
    }  # fmt: skip
    assert {path.replace(".", "__") for path in OWN_PARAMETERS} == set(changed)
    assert_same_counts(lived(small(), SHORT), lived(small(**changed), SHORT))
    read = {
        "planned_behaviour": ("behaviour__b_norm", "behaviour__b_control", "feedbacks__follow_memory"),
        "threshold": ("behaviour__payback", "behaviour__threshold_noise"),
        "imitation": (
            "behaviour__b_follow", "behaviour__own_calculation", "behaviour__heard", "feedbacks__follow_memory",
        ),
    }  # fmt: skip
    assert {name for names in read.values() for name in names} == set(changed)
    for theory, names in read.items():
        plans = people(lived(small(behaviour__theory=theory), YEAR), "plan")
        for name in names:
            other = lived(small(behaviour__theory=theory, **{name: changed[name]}), YEAR)
            assert people(other, "plan") != plans, name


@pytest.mark.parametrize("theory", RIVALS)
def test_each_rival_is_a_choice_of_configuration(theory: str) -> None:
    config = compose([f"behaviour={theory}"])
    assert config["behaviour.theory"] == theory
    central = compose(["behaviour=central"])
    assert central["behaviour.theory"] == THEORIES[0]
    assert config["behaviour.asc_irregular.GTM"] != central["behaviour.asc_irregular.GTM"]


@pytest.mark.parametrize("path", OWN_PARAMETERS)
def test_parameters_of_rivals_can_be_drawn(path: str) -> None:
    low, high = prior_of(path).range(0.9)
    assert low < table()[path].default < high
