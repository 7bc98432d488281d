"""Small real models for tests: a few thousand households under all rules, or a world in which much happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.config import Config, default_config
from sim.model import MigrationModel
from sim.policies import check
from sim.state import Tally

SHARE = 0.00031
"""About 2,000 households that live in 2013 and 2014."""
BUSY = {
    "behaviour.pi_1": 1.0, "behaviour.pi_2": 0.5, "behaviour.q0": 3.0, "behaviour.kappa": 0.5,
    "livelihood.victim_rate_year": 0.5, "away.d_v": 0.3, "away.settle": 0.5, "journey.p_death": 0.05,
}  # fmt: skip
"""Parameters under which households wish, plan, leave, return and die on the way far more often than they do."""
MANY_PLACES = {
    "labour_places": {
        "places_per_year": dict.fromkeys(
            ("usa_h2a", "usa_h2b", "mex_border_worker", "can_other", "usa_family"), 200_000
        ),
        "start": "2013-03",
    }
}


def small_config(policies: Mapping[str, Any] | None = None, **values: Any) -> Config:
    """Return a configuration of about 2,000 households, recorded from January 2013 for two years."""
    first = {
        "population__share": SHARE, "run__start": "2013-01", "run__end": "2014-12", "run__threads": 1,
        "demography__projection_share": 0.0002,
    }  # fmt: skip
    config = default_config(**{**first, **values})
    settings, problems = check(policies or {})
    assert not problems
    return replace(config, policies=settings)


def small_model(policies: Mapping[str, Any] | None = None, **values: Any) -> MigrationModel:
    """Return a model of about 2,000 households."""
    return MigrationModel(small_config(policies, **values))


def busy_model(**values: Any) -> MigrationModel:
    """Return a model in which people are expelled, removed, admitted and sent home in every month."""
    model = small_model(MANY_PLACES, **{path.replace(".", "__"): value for path, value in BUSY.items()}, **values)
    world = model.engine.world
    world.released[:], world.expelled[:] = 0.2, 0.4
    world.apprehended[:], world.p_mexico[:], world.interior[:] = 0.5, 0.2, 0.02
    return model


def begin_month(model: MigrationModel) -> None:
    """Do what `step` does before households live."""
    model.month += 1
    model.engine.clear()
    model.feedbacks.open_month(model.month, model.engine.feedback, model.book)


def lived(model: MigrationModel, months: int) -> list[Tally]:
    """Step a model and return what was counted month by month."""
    done = []
    for _ in range(months):
        model.step()
        done.append(model.engine.counted())
    return done


def columns_of(model: MigrationModel) -> dict[str, np.ndarray]:
    """Return copies of all columns in the order of household ids."""
    columns = model.engine.columns
    order = np.argsort(columns.id)
    return {name: getattr(columns, name)[order] for name in columns._fields}


def assert_same_counts(one: Sequence[Tally], other: Sequence[Tally]) -> None:
    """Hold every counter of every month to be the same."""
    assert len(one) == len(other)
    for month, (a, b) in enumerate(zip(one, other, strict=True)):
        for name in Tally._fields:
            assert np.array_equal(getattr(a, name), getattr(b, name)), f"{name} of month {month} differs"


def assert_same_columns(
    one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray], but: Sequence[str] = ()
) -> None:
    """Hold every column to be the same to the last bit."""
    for name in one:
        if name not in but:
            assert one[name].tobytes() == other[name].tobytes(), f"column {name} differs"
