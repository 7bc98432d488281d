"""The same request gives the same run, in another process and with another order of every set and dict."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb

CALL = "from sim.cli import main; raise SystemExit(main())"
REQUEST = (
    "run", "population.share=0.0005", "run.end=2014-12", "scenarios=[labour_visas_50k,reintegration_boost]",
    "policies.labour_places.start=2014-01", "policies.reintegration.start=2014-01",
)  # fmt: skip


def test_two_processes_with_two_hash_seeds_give_the_same_run(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        command = [sys.executable, "-c", CALL, *REQUEST, f"run.output={seed}"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(command, check=True, cwd=tmp_path, env=environment, capture_output=True)
    one, two = tmp_path / "1", tmp_path / "2"
    for name in ("outcomes.csv", "summary.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    for name in ("flows.parquet", "stocks.parquet"):
        tables = [duckdb.sql(f"FROM read_parquet('{folder / name}')").fetchall() for folder in (one, two)]
        assert tables[0] == tables[1]
        assert tables[0]
