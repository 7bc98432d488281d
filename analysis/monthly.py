"""The flows of a run summed over departments: small enough to ask many questions of.

Everything in `analysis` that draws, scores or compares reads its counts here, so that one
question has one answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from sim.codes import FIRST_YEAR, MONTHS_A_YEAR, N_MONTHS, month_index
from sim.results import RunResult

KEYS = ("country", "flow", "pathway", "destination", "party")
Picked = str | Sequence[str] | None


class MonthlyFlows:
    """People (for encounters person-events) by month, country, flow, pathway, destination and party."""

    def __init__(self, result: RunResult) -> None:
        """Read and sum the flow table of a run."""
        query = f"""
            SELECT (year(month) - {FIRST_YEAR}) * {MONTHS_A_YEAR} + month(month) - 1 AS m, {", ".join(KEYS)},
                sum(people)::BIGINT AS people
            FROM read_parquet(?, hive_partitioning=false) GROUP BY ALL
        """
        with duckdb.connect() as connection:
            table = connection.execute(query, [str(result.folder / "flows.parquet")]).fetchnumpy()
        self._keys = {key: table[key].astype(str) for key in KEYS}
        self._month = table["m"].astype(np.int64)
        self._people = table["people"].astype(np.int64)
        self.first = month_index(result.config["run.start"])
        self.last = month_index(result.config["run.end"])

    def people(self, flow: Picked, **picked: Picked) -> NDArray[np.float64]:
        """Return (N_MONTHS,) people of one flow or several; nan outside the recorded months.

        picked: country, pathway, destination, party: one name, or several, or None for all.
        """
        chosen = np.ones(len(self._month), dtype=np.bool_)
        for key, names in {"flow": flow, **picked}.items():
            if names is not None:
                chosen &= np.isin(self._keys[key], [names] if isinstance(names, str) else list(names))
        counted = np.bincount(self._month[chosen], self._people[chosen], N_MONTHS)
        months = np.arange(N_MONTHS)
        return np.where((months >= self.first) & (months <= self.last), counted, np.nan)

    def names(self, key: str, flow: str) -> list[str]:
        """Return the names that a flow has under a key, sorted."""
        return sorted(set(self._keys[key][self._keys["flow"] == flow]))


def same_table(one: RunResult, other: RunResult, table: str) -> bool:
    """Return whether two runs hold the same rows of flows or stocks."""
    paths = [str(Path(run.folder / f"{table}.parquet")) for run in (one, other)]
    rows = "SELECT * FROM read_parquet(?, hive_partitioning=false)"
    query = f"SELECT count(*) FROM ({rows} EXCEPT ALL {rows})"
    with duckdb.connect() as connection:
        counts = [connection.execute(query, pair).fetchone() for pair in (paths, paths[::-1])]
    return all(count == (0,) for count in counts)


def yearly_outcomes(result: RunResult) -> dict[tuple[str, str], dict[int, float]]:
    """Return {(outcome, group): {year: value}} of outcomes.csv; group 'all' or 'country=SLV'."""
    found: dict[tuple[str, str], dict[int, float]] = {}
    for row in result.outcomes:
        found.setdefault((row["outcome"], row["group"]), {})[int(row["period"])] = float(row["value"])
    return found
