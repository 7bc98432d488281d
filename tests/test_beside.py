"""Runs that live side by side on threads of their own are the runs alone, and share what they can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from small_model import small_config

from sim import beside
from sim.beside import live_beside
from sim.config import Config
from sim.model import MigrationModel, run_model

VALUES: list[Mapping[str, Any]] = [
    {}, {"behaviour__b_v": 0.6}, {"seed": 2}, {"border__smuggler_price": 9000}, {"population__kin_alpha": 2.5},
    {"run__end": "2014-02"},
]  # fmt: skip


def configs() -> list[Config]:
    return [small_config(**{"run__end": "2013-12", **values}) for values in VALUES]


@pytest.mark.parametrize("workers", [1, 2])
def test_each_is_the_run_alone(workers: int) -> None:
    told: list[int] = []
    records = live_beside(configs(), workers, told.append)
    assert sorted(told) == list(range(1, len(VALUES) + 1))
    for config, record in zip(configs(), records, strict=True):
        alone, *_ = run_model(config)
        ours, theirs = record.flow_rows(), alone.flow_rows()
        assert all(np.array_equal(ours[column], theirs[column]) for column in theirs)
        assert record.outcomes() == alone.outcomes()


def test_members_and_seeds_share_the_households(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []

    class Watched(MigrationModel):
        def __init__(self, config: Config, base: MigrationModel | None = None) -> None:
            made.append(base is None)
            super().__init__(config, base)

    monkeypatch.setattr(beside, "MigrationModel", Watched)
    live_beside(configs()[:4], 1)
    assert made == [True, False, False, False, False]
