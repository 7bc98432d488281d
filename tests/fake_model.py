"""A model that costs nothing, to test what is done with a record: people follow from seed and policies."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from sim.codes import COUNTRIES, month_index, month_name
from sim.config import Config

FLOWS = ("depart_irregular", "arrive_regular", "remigrate", "death", "encounter_us")


class FakeRecord:
    """Five flows in three departments each month; a policy takes one person from every irregular journey."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.months = range(month_index(config["run.start"]), month_index(config["run.end"]) + 1)

    def flow_rows(self) -> dict[str, np.ndarray]:
        rows = [
            (
                month_name(month),
                country,
                f"{country[:2]}-XX",
                flow,
                "internal",
                "USA",
                "single_adult",
                people,
                people,
            )
            for month in self.months
            for country in COUNTRIES
            for number, flow in enumerate(FLOWS)
            if (
                people := 100 * (number + 1) + self.config["seed"] - (number == 0) * len(self.config.policies)
            )
        ]
        names = (
            "month",
            "country",
            "department",
            "flow",
            "pathway",
            "destination",
            "party",
            "people",
            "households",
        )
        return columns(names, rows)

    def stock_rows(self) -> dict[str, np.ndarray]:
        rows = [(month_name(month), "SLV", "SV-AH", "queue", 5, 5) for month in self.months]
        return columns(("month", "country", "department", "stock", "people", "households"), rows)

    flow_columns = flow_rows

    def outcomes(self) -> list[tuple[Any, ...]]:
        return [
            ("2014", "remittances", "2021 US$", country, 1.5e9 + self.config["seed"]) for country in COUNTRIES
        ]

    def pathway_rows(self) -> list[Any]:
        return []

    def panel_rows(self) -> dict[str, np.ndarray]:
        return {}

    def summary(self) -> dict[str, Any]:
        return {"households": 10, "years": {}, "horizon": {}}


def columns(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> dict[str, np.ndarray]:
    table = {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    table["month"] = table["month"].astype("datetime64[M]").astype("datetime64[D]")
    return table


def run_model(
    config: Config, on_month: Callable[[int], None] = lambda month: None
) -> tuple[FakeRecord, float, int]:
    for month in range(month_index(config["run.end"]) + 1):
        on_month(month)
    return FakeRecord(config), 0.1, 1000


def install(monkeypatch: pytest.MonkeyPatch, run: Any = run_model) -> None:
    """Put the fake in the place of `sim.model`, and a few bytes in the place of the figure."""
    model, figures = ModuleType("sim.model"), ModuleType("analysis.figures")
    model.run_model = run  # type: ignore[attr-defined]
    figures.draw_run = lambda result, path: path.write_bytes(b"png")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sim.model", model)
    monkeypatch.setitem(sys.modules, "analysis.figures", figures)
