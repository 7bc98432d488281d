"""What a whole model keeps: people, places and books balance, null policies do nothing, samples are nested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from small_model import SHARE, assert_same_columns, busy_model, columns_of, small_model

from sim.codes import COUNTRIES, FLOWS, N_DEPARTMENTS, REGULAR_PATHWAYS
from sim.compose import compose
from sim.config import Config
from sim.draws import key
from sim.households import TEMPORARY
from sim.model import MigrationModel, run_model
from sim.numerics import compiled
from sim.record import Record
from sim.state import FIRST_PATHWAY_KIND, MEX_KIND, QUEUED, USA_KIND, Tally
from sim.world.demography import one_month
from sim.world.geography import department_country

MONTHS = 30
N_PROGRAMMES = len(REGULAR_PATHWAYS)
Rows = dict[str, np.ndarray]
ZERO = np.float32(0)


@dataclass
class Month:
    """One month of a busy world: households before and after, and what was counted."""

    index: int
    before: Rows
    after: Rows
    done: Tally


def rows(model: MigrationModel) -> Rows:
    """Return copies of the columns that hold people and where they stand."""
    names = (
        "id", "weight", "department", "first_month", "adults", "children", "away", "kin", "held", "held_until", "plan",
        "queue_pathway", "queue_people", "plan_month", "permit_pathway", "permit_end", "returned_month",
        "savings", "debt",
    )  # fmt: skip
    return {name: getattr(model.engine.columns, name).copy() for name in names}


@pytest.fixture(scope="module")
def busy() -> tuple[MigrationModel, list[Month]]:
    model = busy_model(population__share=0.002, run__end="2015-12")
    months, after = [], rows(model)
    for index in range(MONTHS):
        model.step()
        before, after = after, rows(model)
        months.append(Month(index, before, after, model.engine.counted()))
    return model, months


def flow(month: Month, name: str, kinds: slice | int) -> np.ndarray:
    """Return people of a flow by pathway or place and country of origin."""
    people = month.done.people(FLOWS.index(name))[:, kinds].sum(axis=-1)
    return np.stack([people[department_country == c].sum(axis=0) for c in range(len(COUNTRIES))], axis=-1)


REGULAR = slice(FIRST_PATHWAY_KIND, FIRST_PATHWAY_KIND + N_PROGRAMMES)


def test_much_happens_in_the_busy_world(busy) -> None:
    """Or the promises below would hold for want of anything to break them."""
    _, months = busy
    seen = np.concatenate([month.done.events["flow"] for month in months])
    quiet = [name for f, name in enumerate(FLOWS) if f not in seen]
    assert not quiet


def test_applied_equals_admitted_refused_withdrawn_and_waiting_every_month(busy) -> None:
    """From the flows that households counted and the rows that wait, not from the ledger."""
    _, months = busy
    balance = np.zeros((N_PROGRAMMES, len(COUNTRIES)), np.int64)
    for month in months:
        balance += flow(month, "apply", REGULAR)
        for gone in ("admit", "refuse", "withdraw"):
            balance -= flow(month, gone, REGULAR)
        waits = month.after["plan"] == QUEUED
        people = (month.after["queue_people"].astype(np.int64) * month.after["weight"])[waits]
        waiting = np.zeros_like(balance)
        np.add.at(
            waiting, (month.after["queue_pathway"][waits], department_country[month.after["department"][waits]]), people
        )
        assert np.array_equal(balance, waiting), month.index


def test_the_ledger_says_what_households_counted(busy) -> None:
    model, months = busy
    model.check()
    for month in months:
        for name, of_ledger in (("admit", "admitted"), ("refuse", "refused")):
            assert np.array_equal(flow(month, name, REGULAR), model.book.ledger[of_ledger][:, :, month.index])


def test_no_more_people_are_admitted_than_places_have_opened(busy) -> None:
    """By programme and country of origin, within each programme year."""
    model, months = busy
    admitted = np.stack([flow(month, "admit", REGULAR) for month in months], axis=-1)
    assert (admitted > 0).any()
    for p, programme in enumerate(model.book.programmes.items):
        year = np.array([programme.year_of(month.index) for month in months])
        for one in np.unique(year):
            inside = np.flatnonzero(year == one)
            places = model.book.schedule.months[p][:, inside].cumsum(axis=1)
            assert np.all(admitted[p][:, inside].cumsum(axis=1) <= places), programme.name


def test_nobody_is_in_two_states(busy) -> None:
    _, months = busy
    for month in months:
        h = month.after
        assert np.array_equal(h["plan"] == QUEUED, h["queue_pathway"] >= 0)
        waits = h["plan"] == QUEUED
        assert np.all(h["queue_people"][waits] > 0)
        assert np.all(h["plan_month"][waits] <= month.index)
        assert np.array_equal(h["held"] > 0, h["held_until"] > month.index)
        assert np.all(h["returned_month"] <= month.index)


def test_a_permit_runs_as_long_as_its_worker_is_away(busy) -> None:
    model, months = busy
    destination = model.book.programmes.arrays().destination
    for month in months:
        h = month.after
        temporary = h["away"].reshape(-1, 3, 3)[:, :, TEMPORARY]
        under_permit = h["permit_pathway"] >= 0
        assert np.array_equal(under_permit, temporary.sum(axis=1) > 0), month.index
        assert np.array_equal(under_permit, h["permit_end"] > month.index)
        assert temporary.sum(axis=1).max() <= 1
        where = destination[h["permit_pathway"][under_permit]]
        assert np.all(temporary[under_permit, where] == 1)


def test_money_stays_finite_and_nobody_owns_less_than_nothing(busy) -> None:
    _, months = busy
    for name in ("savings", "debt"):
        last = months[-1].after[name]
        assert np.all(np.isfinite(last))
        assert last.min() >= 0


@compiled
def turn_all(first, last, month, seed, name, first_month, department, adults, children, W) -> None:
    """Let births, deaths, ageing and leaving home happen to copies of the people at home."""
    for i in range(first, last):
        if first_month[i] <= month:
            c = W.country[department[i]]
            leave = ZERO if first_month[i] == month else W.leave_home[c, month]
            one_month(
                adults[i], children[i], W.birth[c, month], W.death[month, c], W.ageing[month, c], leave, W.older,
                W.most_turns[c, month], key(seed, name[i], month),
            )  # fmt: skip


def people(h: Rows) -> np.ndarray:
    """Return the people of each household: at home, away, held at the border, and those who became kin abroad."""
    return sum(h[name].astype(np.int64).sum(axis=1) for name in ("adults", "children", "away", "kin")) + h["held"]


def test_people_are_conserved_in_every_household_and_month(busy) -> None:
    """Nobody appears or is lost but by birth, death, leaving home and death on the way."""
    model, months = busy
    for month in months:
        h = {name: column.copy() for name, column in month.before.items()}
        turn_all(
            0, len(h["id"]), month.index, model.config["seed"], h["id"], h["first_month"], h["department"], h["adults"],
            h["children"], model.engine._world[0],
        )  # fmt: skip
        died = people(h) - people(month.after)
        assert died.min() >= 0
        assert died.max() <= 1
        lost = np.zeros(N_DEPARTMENTS, np.int64)
        np.add.at(lost, h["department"], died * h["weight"])
        counted = month.done.people(FLOWS.index("death")).sum(axis=(1, 2))
        assert np.array_equal(lost, counted), month.index


def test_no_count_of_people_runs_over_its_byte(busy) -> None:
    _, months = busy
    for name in ("adults", "children", "away", "held", "queue_people"):
        assert max(int(month.after[name].max()) for month in months) < 60, name


def test_every_irregular_journey_to_the_united_states_ends_in_one_way() -> None:
    """Left = arrived + stopped in Mexico + turned back + died + sent home + still held, in people."""
    model = busy_model()
    model.engine.world.interior[:] = 0  # so that whoever is removed by the United States was stopped at its border
    to_usa = slice(FIRST_PATHWAY_KIND + N_PROGRAMMES, FIRST_PATHWAY_KIND + N_PROGRAMMES + 2)
    still = np.zeros(len(COUNTRIES), np.int64)
    for index in range(18):
        model.step()
        month = Month(index, {}, rows(model), model.engine.counted())
        still += flow(month, "depart_irregular", to_usa).sum(axis=0)
        for name in ("arrive_irregular", "encounter_mx", "deter", "death"):
            still -= flow(month, name, to_usa).sum(axis=0)
        still -= flow(month, "removed", USA_KIND)
        h = month.after
        held = np.bincount(
            department_country[h["department"]], h["held"] * h["weight"].astype(np.int64), len(COUNTRIES)
        )
        assert np.array_equal(still, held.astype(np.int64)), index
        to_mexico = flow(month, "encounter_mx", slice(None)).sum(axis=0)
        assert np.array_equal(flow(month, "removed", MEX_KIND), to_mexico)


def test_everybody_released_has_been_encountered_and_has_arrived(busy) -> None:
    _, months = busy
    for month in months:
        count = {
            name: month.done.people(FLOWS.index(name))
            for name in ("release", "encounter_us", "expelled", "arrive_irregular")
        }
        assert np.all(count["release"] + count["expelled"] <= count["encounter_us"])
        assert np.all(count["release"] <= count["arrive_irregular"])


# Policies that do nothing


def recorded(config: Config) -> dict[str, Any]:
    """Return all that a run records."""
    record: Record = run_model(config)[0]
    return {
        "flows": record.flow_rows(),
        "stocks": record.stock_rows(),
        "outcomes": record.outcomes(),
        "end": record.summary(),
    }


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two records are equal to the last bit."""
    tables = all(
        one[table].keys() == other[table].keys()
        and all(one[table][name].tobytes() == other[table][name].tobytes() for name in one[table])
        for table in ("flows", "stocks")
    )
    return tables and repr(one["outcomes"]) == repr(other["outcomes"]) and repr(one["end"]) == repr(other["end"])


TO_2026 = [
    f"population.share={SHARE}", "run.start=2013-01", "run.end=2026-06", "run.threads=1",
    "demography.projection_share=0.0002",
]  # fmt: skip


@pytest.fixture(scope="module")
def baseline() -> dict[str, Any]:
    return recorded(compose(TO_2026))


def test_the_null_policy_is_the_baseline_to_the_last_bit(baseline) -> None:
    assert same(recorded(compose(["scenarios=null_policy", *TO_2026])), baseline)


def test_a_policy_that_does_something_is_seen_and_only_after_its_start(baseline) -> None:
    """So the test above can fail."""
    other = recorded(compose(["scenarios=enforcement_only", *TO_2026]))
    assert not same(other, baseline)
    before = [table["month"] < np.datetime64("2026-01-01") for table in (baseline["flows"], other["flows"])]
    for name in baseline["flows"]:
        assert np.array_equal(baseline["flows"][name][before[0]], other["flows"][name][before[1]]), name


# Samples


def test_a_household_lives_the_same_life_in_a_larger_sample() -> None:
    """Where the sample does not feed back on it: no places given, no feedback."""
    small, large = small_model(), small_model(population__share=2 * SHARE)
    for month in range(12):
        for model in (small, large):
            model.engine.live(month)
    few, many = columns_of(small), columns_of(large)
    shared = np.isin(many["id"], few["id"])
    assert shared.sum() == len(few["id"]) < len(many["id"])
    assert_same_columns(few, {name: column[shared] for name, column in many.items()}, but=["weight"])
    assert np.any(few["shock"] != 0)


# The agents' view


def test_the_few_big_agents_show_the_month_that_households_live_in() -> None:
    from sim.agents import Border, Department, Government, Household, Pathway

    model = small_model(engine="agents", population__share=0.0001)
    model.step()
    by = model.mesa.agents_by_type
    assert [len(by[kind]) for kind in (Department, Government, Pathway, Border)] == [54, 3, N_PROGRAMMES, 1]
    first = next(iter(by[Household]))
    assert first.log_income == model.engine.columns.log_income[first.row]
    with pytest.raises(AttributeError, match="household has no 'wealth'"):
        first.wealth  # noqa: B018
    department = next(iter(by[Department]))
    assert department.dryness == model.engine.world.dryness[0, 0]
    assert np.array_equal(next(iter(by[Border])).price, model.engine.feedback.price)


def test_a_short_horizon_only_leaves_out_households_that_form_later() -> None:
    early, late = (small_model(run__end=end) for end in ("2013-06", "2014-12"))
    for model in (early, late):
        for _ in range(6):
            model.step()
    few, many = columns_of(early), columns_of(late)
    shared = np.isin(many["id"], few["id"])
    assert shared.sum() == len(few["id"])
    assert_same_columns(few, {name: column[shared] for name, column in many.items()})
