"""The flows of a run summed over departments: small enough to ask many questions of.

Everything in `analysis` that draws, scores or compares reads its counts here, so that one
question has one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import duckdb
import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, FIRST_YEAR, MONTHS_A_YEAR, N_MONTHS, month_index, month_name
from sim.outcomes import OUTCOMES, Outcome
from sim.record import Record
from sim.results import Labels, RunResult

KEYS = ("country", "flow", "pathway", "destination", "party")
COUNTS = ("people", "households")
Picked = str | Sequence[str] | None


class MonthlyFlows:
    """People (for encounters person-events) by month, country, flow, pathway, destination and party."""

    def __init__(
        self, keys: Mapping[str, Labels], month: NDArray[np.int64], counts: Mapping[str, NDArray[np.int64]],
        first: int, last: int,
    ) -> None:  # fmt: skip
        """Take (n,) rows: their labels under `KEYS`, their months, people and households; recorded months."""
        self._keys, self._month, self._counts = keys, month, counts
        self.first, self.last = first, last

    @classmethod
    def of_run(cls, result: RunResult) -> MonthlyFlows:
        """Read and sum the flow table of a run."""
        query = f"""
            SELECT (year(month) - {FIRST_YEAR}) * {MONTHS_A_YEAR} + month(month) - 1 AS m, {", ".join(KEYS)},
                sum(people)::BIGINT AS people, sum(households)::BIGINT AS households
            FROM read_parquet(?, hive_partitioning=false) GROUP BY ALL
        """
        with duckdb.connect() as connection:
            table = connection.execute(query, [str(result.folder / "flows.parquet")]).fetchnumpy()
        found = {key: np.unique(table[key].astype(str), return_inverse=True) for key in KEYS}
        keys = {key: Labels(names.tolist(), codes) for key, (names, codes) in found.items()}
        counts = {name: table[name].astype(np.int64) for name in COUNTS}
        first, last = (month_index(result.config[path]) for path in ("run.start", "run.end"))
        return cls(keys, table["m"].astype(np.int64), counts, first, last)

    @classmethod
    def of_record(cls, record: Record) -> MonthlyFlows:
        """Take the flows of a run that is still in memory."""
        columns = record.flow_columns()
        keys = {key: cast(Labels, columns[key]) for key in KEYS}
        since = cast(Any, columns["month"]).astype("datetime64[M]") - np.datetime64(month_name(0), "M")
        counts = {name: cast(Any, columns[name]) for name in COUNTS}
        return cls(keys, since.astype(np.int64), counts, record.first, record.last)

    def people(self, flow: Picked, **picked: Picked) -> NDArray[np.float64]:
        """Return (N_MONTHS,) people of one flow or several; nan outside the recorded months.

        picked: country, pathway, destination, party: one name, or several, or None for all.
        """
        return self._counted("people", flow, picked)

    def households(self, flow: Picked, **picked: Picked) -> NDArray[np.float64]:
        """Return (N_MONTHS,) real households of one flow or several, one for each event; as `people`."""
        return self._counted("households", flow, picked)

    def _counted(self, what: str, flow: Picked, picked: dict[str, Picked]) -> NDArray[np.float64]:
        chosen = np.ones(len(self._month), dtype=np.bool_)
        for key, names in {"flow": flow, **picked}.items():
            if names is not None:
                wanted = [names] if isinstance(names, str) else list(names)
                chosen &= np.isin(np.array(self._keys[key].names), wanted)[self._keys[key].codes]
        counted = np.bincount(self._month[chosen], self._counts[what][chosen], N_MONTHS)
        months = np.arange(N_MONTHS)
        return np.where((months >= self.first) & (months <= self.last), counted, np.nan)

    def names(self, key: str, flow: str) -> list[str]:
        """Return the names that a flow has under a key, sorted."""
        return sorted(set(self._keys[key].texts()[self._keys["flow"].texts() == flow]))


def same_table(one: RunResult, other: RunResult, table: str) -> bool:
    """Return whether two runs hold the same rows of flows or stocks."""
    paths = [str(Path(run.folder / f"{table}.parquet")) for run in (one, other)]
    rows = "SELECT * FROM read_parquet(?, hive_partitioning=false)"
    query = f"SELECT count(*) FROM ({rows} EXCEPT ALL {rows})"
    with duckdb.connect() as connection:
        counts = [connection.execute(query, pair).fetchone() for pair in (paths, paths[::-1])]
    return all(count == (0,) for count in counts)


Yearly = dict[tuple[str, str], dict[int, float]]
"""{(outcome, group): {year: value}}; group 'all' or 'country=SLV'."""


def yearly_outcomes(result: RunResult) -> Yearly:
    """Return the rows of outcomes.csv by outcome and group."""
    return by_year((row["period"], row["outcome"], row["unit"], row["group"], row["value"]) for row in result.outcomes)


def by_year(rows: Iterable[Sequence[Any]]) -> Yearly:
    """Return rows of (period, outcome, unit, group, value), as a record or outcomes.csv has them, by outcome."""
    found: Yearly = {}
    for period, outcome, _, group, value in rows:
        found.setdefault((outcome, group), {})[int(period)] = float(value)
    return found


def whole_years(first: int, last: int) -> list[int]:
    """Return the calendar years that lie whole between two months, both included."""
    years = range(FIRST_YEAR + first // MONTHS_A_YEAR, FIRST_YEAR + last // MONTHS_A_YEAR + 1)
    return [year for year in years if first <= month_index(f"{year}-01") and month_index(f"{year}-12") <= last]


def mean_over(yearly: Yearly, outcome: Outcome, years: Sequence[int], countries: Sequence[str] = COUNTRIES) -> float:
    """Return an outcome a year, as `Outcome.rate` says, of countries together; nan where it was not recorded."""
    if outcome.over:
        above, below = (mean_over(yearly, OUTCOMES[name], years, countries) for name in (outcome.of, outcome.over))
        return above / (below * MONTHS_A_YEAR) if below else np.nan
    found = [yearly.get((outcome.name, f"country={c}"), {}).get(y, np.nan) for c in countries for y in years]
    if not found:
        return np.nan
    return float(np.sum(found)) / (len(years) * (1 if outcome.adds else len(countries)))
