"""Runs in the contract's format without a model: smooth flows of which every sum is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.codes import COUNTRIES, month_index, month_name
from sim.config import Config
from sim.results import RunResult, write_run

DEPARTMENT = {"SLV": "SV-AH", "GTM": "GT-01", "HND": "HN-AT"}
NAMES = ("month", "country", "department", "flow", "pathway", "destination", "party", "people", "households")
PEOPLE: dict[tuple[str, str, str, str], int] = {
    ("depart_irregular", "irregular_usa_smuggler", "USA", "single_adult"): 4000,
    ("depart_irregular", "irregular_usa_own", "USA", "family_unit"): 1000,
    ("encounter_us", "irregular_usa_smuggler", "USA", "single_adult"): 3000,
    ("encounter_us", "irregular_usa_own", "USA", "family_unit"): 1000,
    ("arrive_regular", "usa_h2a", "USA", "single_adult"): 500,
    ("admit", "usa_h2a", "USA", "single_adult"): 600,
    ("apply", "usa_h2a", "USA", "single_adult"): 900,
    ("offer", "usa_h2a", "USA", "single_adult"): 800,
    ("removed", "", "USA", "single_adult"): 2000,
    ("removed", "", "MEX", "single_adult"): 1000,
    ("return_voluntary", "", "USA", "single_adult"): 300,
    ("remigrate", "irregular_usa_smuggler", "USA", "single_adult"): 200,
    ("death", "irregular_usa_smuggler", "USA", "single_adult"): 10,
}
"""People a month and country, by flow, pathway, destination and party."""
MONEY = {"remittances": 1.2e9, "household_income": 2.4e10, "smuggler_revenue": 3.6e8}
"""2021 US$ a year and country."""
STOCK = {"households": 2.0e6, "people_at_home": 8.0e6, "queue": 5e3, "aspiring_households": 2e5,
         "planning_households": 6e4, "abroad_usa": 1e6, "funded_own": 1e3, "funded_kin": 6e3,
         "funded_loan": 3e3}  # fmt: skip


class SyntheticRecord:
    """The record of a run whose flows are `PEOPLE` every month, plus `extra` of those from 2026-01 on."""

    def __init__(self, config: Config, extra: dict[tuple[str, str, str, str], int]) -> None:
        self.months = range(month_index(config["run.start"]), month_index(config["run.end"]) + 1)
        self.extra = extra

    def flow_rows(self) -> dict[str, np.ndarray]:
        rows = []
        for month in self.months:
            late = month >= month_index("2026-01")
            for country in COUNTRIES:
                for key, people in PEOPLE.items():
                    n = people + (self.extra.get(key, 0) if late else 0)
                    flow, pathway, destination, party = key
                    place = (DEPARTMENT[country], flow, pathway, destination, party)
                    rows.append((month_name(month), country, *place, n, n))
        table = {name: np.array(values) for name, values in zip(NAMES, zip(*rows, strict=True), strict=True)}
        table["month"] = table["month"].astype("datetime64[M]").astype("datetime64[D]")
        return table

    def stock_rows(self) -> dict[str, np.ndarray]:
        month = np.array([month_name(m) for m in self.months]).astype("datetime64[M]").astype("datetime64[D]")
        n = len(month)
        names = (("country", "SLV"), ("department", "SV-AH"), ("stock", "queue"))
        text = {name: np.full(n, value) for name, value in names}
        return {"month": month, **text, "people": np.full(n, 5), "households": np.full(n, 5)}

    flow_columns = flow_rows

    def outcomes(self) -> list[tuple[Any, ...]]:
        months: dict[str, int] = {}
        for month in self.months:
            months[month_name(month)[:4]] = months.get(month_name(month)[:4], 0) + 1
        rows = []
        for year, n in months.items():
            for name, value in MONEY.items():
                rows += [(year, name, "2021 US$", f"country={c}", value * n / 12) for c in COUNTRIES]
            for name, value in STOCK.items():
                rows += [(year, name, "people", f"country={c}", value) for c in COUNTRIES]
        return rows

    def pathway_rows(self) -> list[Any]:
        return []

    def panel_rows(self) -> dict[str, np.ndarray]:
        return {}

    def summary(self) -> dict[str, Any]:
        return {"households": 10, "years": {}, "horizon": {}}


def synthetic_run(folder: Path, config: Config, extra: dict[tuple[str, str, str, str], int] | None = None) -> RunResult:
    """Write a synthetic run into a folder and open it."""
    folder.mkdir(parents=True)
    write_run(folder, config, SyntheticRecord(config, extra or {}), 1.0, 1000)
    return RunResult.open(folder)
