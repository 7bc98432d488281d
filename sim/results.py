"""RunResult: what a run leaves on disk, and what it was made from.

Tables are Parquet, one row a month, department and kind with something in it; the rest is text. `status.json`
is in every whole run. Two configurations with one `identity` give the same counts.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import duckdb
import numpy as np

from sim.codes import MONTHS_A_YEAR, month_index, month_name
from sim.config import Config
from sim.csvfile import file_digest
from sim.errors import RequestError, WorkError, unreadable
from sim.outcomes import HEADLINE
from sim.scenarios import config_of
from sim.yamlfile import leaves, nested, plain, read_yaml, write_yaml

Columns = dict[str, np.ndarray]


class Labels(NamedTuple):
    """A column of texts of which few are different: names[code] of each row, a fifth of the time to write."""

    names: Sequence[str]
    codes: np.ndarray

    def texts(self) -> np.ndarray:
        """Return the texts, one a row."""
        return np.array(self.names)[self.codes]


POLICY_START = "2026-01"
"""Month from which the headline counts: new policies start in it unless they say otherwise (docs/odd.md)."""
NEUTRAL = (
    "run.output", "run.members", "run.threads", "run.chunk", "engine", "costs.discount_rate",
    "costs.discount_rate_effects", "costs.price_year",
)  # fmt: skip
"""Settings that never change a count."""
COMPLETE = "status.json"
"""The file that a whole run ends with."""
PARQUET = b"PAR1"
"""What a Parquet file begins and ends with."""
OUTCOME_COLUMNS = ("period", "outcome", "unit", "group", "value")


class Recorded(Protocol):
    """What a model run hands over (see sim/record.py)."""

    def flow_rows(self) -> Mapping[str, np.ndarray]: ...
    def flow_columns(self) -> Mapping[str, np.ndarray | Labels]: ...
    def stock_rows(self) -> Mapping[str, np.ndarray]: ...
    def pathway_rows(self) -> Sequence[Any]: ...
    def panel_rows(self) -> Mapping[str, np.ndarray] | None: ...
    def outcomes(self) -> list[tuple[Any, ...]]: ...
    def summary(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class RunResult:
    """A complete run: where it lies and what it was made from. Tables are read when asked for."""

    folder: Path
    config: Config

    @classmethod
    def open(cls, folder: Path) -> RunResult:
        """Return the run in a folder; RequestError if there is no complete one."""
        if not (folder / COMPLETE).is_file():
            raise RequestError(f"{folder}: no complete run here")
        for name in ("flows", "stocks"):
            _check_parquet(folder / f"{name}.parquet")
        return cls(folder, open_config(folder / "config.yaml"))

    @functools.cached_property
    def summary(self) -> dict[str, Any]:
        """Headline outcomes per calendar year and for the horizon."""
        return _read_json(self.folder / "summary.json")

    @functools.cached_property
    def provenance(self) -> dict[str, Any]:
        """What made the run: version, commit, data, seed, machine, time."""
        return _read_json(self.folder / "provenance.json")

    @functools.cached_property
    def flows(self) -> Columns:
        """The flow table as columns, `month` as datetime64, people and households int64."""
        return _read_parquet(self.folder / "flows.parquet")

    @functools.cached_property
    def stocks(self) -> Columns:
        """The stock table as columns."""
        return _read_parquet(self.folder / "stocks.parquet")

    @functools.cached_property
    def outcomes(self) -> list[dict[str, str]]:
        """The rows of outcomes.csv; RequestError if it is damaged."""
        path = self.folder / "outcomes.csv"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise _damaged(path, unreadable(error)) from None
        if not text.startswith(",".join(OUTCOME_COLUMNS)) or not text.endswith("\n"):
            raise _damaged(path, "no whole table of outcomes")
        return list(csv.DictReader(text.splitlines()))

    def horizon(self) -> tuple[str, str]:
        """Return first and last month that the headline counts."""
        return horizon(self.config)

    def headline(self) -> dict[str, float]:
        """Return the four numbers: people a year over the horizon."""
        first, last = self.horizon()
        years = (month_index(last) - month_index(first) + 1) / MONTHS_A_YEAR
        counted = self.flows["month"] >= np.datetime64(first)
        return {
            name: float(self.flows["people"][counted & (self.flows["flow"] == outcome.name)].sum() / years)
            for name, outcome in HEADLINE.items()
        }


def horizon(config: Config) -> tuple[str, str]:
    """Return first and last month that the headline of a run counts: from new policies on, if it reaches them."""
    start, end = config["run.start"], config["run.end"]
    later = POLICY_START if month_index(start) < month_index(POLICY_START) <= month_index(end) else start
    return later, end


def own_files(config: Config) -> dict[str, str]:
    """Return the SHA-256 of each file of the user's own (`drivers.*_file`), by its parameter.

    Raises:
        DataError: a file cannot be read.

    """
    files = {path: value for path, value in config.values.items() if path.endswith("_file") and value}
    return {path: file_digest(str(value), path) for path, value in files.items()}


def recorded_hash(folder: Path) -> str:
    """Return the configuration hash of a complete run, whatever version made it; RequestError if it is damaged."""
    try:
        return str(json.loads((folder / COMPLETE).read_text(encoding="utf-8"))["config_hash"])
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise RequestError(f"{folder / COMPLETE}: cannot be read: {error}") from None


def identity(config: Config) -> str:
    """Return the hash of everything in a configuration that can change a result, of files their content."""
    values = {path: value for path, value in config.values.items() if path not in NEUTRAL} | own_files(config)
    return digest({"values": values, "policies": config.policies, "scenarios": config.scenarios})


def digest(tree: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain data."""
    return hashlib.sha256(json.dumps(plain(tree), sort_keys=True).encode()).hexdigest()


def save_config(config: Config, path: Path) -> None:
    """Write a configuration as YAML for a reader and for `open_config`."""
    head = {"title": config.title, "scenarios": list(config.scenarios), "policies": config.policies}
    write_yaml(path, {**head, **nested(config.values)})


def open_config(path: Path) -> Config:
    """Return a recorded configuration; RequestError names what is wrong with the file."""
    document = read_yaml(path)
    tree = dict(document.tree)
    head = {key: tree.pop(key, None) for key in ("title", "scenarios", "policies")}
    try:
        policies, scenarios = head["policies"] or {}, head["scenarios"] or ()
        return config_of(dict(leaves(tree)), policies, scenarios, str(head["title"]))
    except RequestError as error:
        lines = [f"{document.where(line)}: {line}" for line in str(error).splitlines()]
        raise RequestError("\n".join(lines)) from None


def write_run(stage: Path, config: Config, record: Recorded, seconds: float, peak: int) -> None:
    """Write every file of a run into a folder. seconds: of the run; peak: memory in bytes."""
    save_config(config, stage / "config.yaml")
    write_parquet(stage / "flows.parquet", record.flow_columns())
    write_parquet(stage / "stocks.parquet", record.stock_rows())
    with (stage / "outcomes.csv").open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines, lineterminator="\n")
        table.writerow(OUTCOME_COLUMNS)
        table.writerows(record.outcomes())
    books = record.pathway_rows()
    if books:
        with (stage / "pathways.csv").open("w", encoding="utf-8", newline="") as lines:
            table = csv.writer(lines, lineterminator="\n")
            table.writerow(type(books[0])._fields)
            table.writerows(books)
    panel = record.panel_rows()
    if panel:
        write_parquet(stage / "households.parquet", panel)
    summary = record.summary()
    _write_json(stage / "summary.json", summary)
    made_by = provenance(config)
    made_by.update(households=summary.get("households"), seconds=round(seconds, 3), peak_memory_bytes=peak)
    _write_json(stage / "provenance.json", made_by)
    _write_json(stage / COMPLETE, {"status": "complete", "config_hash": made_by["config_hash"]})


def provenance(config: Config) -> dict[str, Any]:
    """Return what a run is made from: version, commit, data digests, configuration hash, seed, platform."""
    from sim.data.loader import load

    return {
        "version": metadata.version("migration-pathways"),
        "commit": _commit(),
        "config_hash": identity(config),
        "seed": config["seed"],
        "platform": platform.platform(),
        "python": platform.python_version(),
        "data": {**load().digest(), **own_files(config)},
    }


def dates_of(months: np.ndarray) -> np.ndarray:
    """Return the first days of months counted from January 2013, as datetime64."""
    return (np.datetime64(month_name(0), "M") + months.astype(np.int64)).astype("datetime64[D]")


def write_parquet(
    path: Path, columns: Mapping[str, np.ndarray | Labels], note: Mapping[str, str] | None = None
) -> None:
    """Write columns of equal length: datetime64 becomes DATE, text and labels VARCHAR, integers BIGINT.

    note: texts for the file's metadata, by name.

    Raises:
        WorkError: the file cannot be written.

    """
    ready, replaced, names = {}, [], []
    for name, values in columns.items():
        if isinstance(values, Labels):
            ready[name] = values.codes
            replaced.append(f"list_extract(?::VARCHAR[], {name}::INTEGER + 1) AS {name}")
            names.append(list(values.names))
        elif values.dtype.kind == "M":
            ready[name] = values.astype("datetime64[s]")
            replaced.append(f"{name}::DATE AS {name}")
        else:
            ready[name] = values.astype(object) if values.dtype.kind == "U" else values
    noted = f", KV_METADATA {{{', '.join(f'{name}: ?' for name in note)}}}" if note else ""
    query = f"COPY (SELECT * REPLACE ({', '.join(replaced)}) FROM columns) TO ? (FORMAT parquet{noted})"
    with duckdb.connect() as connection:
        connection.register("columns", ready)
        try:
            connection.execute(query, [*names, str(path), *(note or {}).values()])
        except duckdb.IOException as error:
            raise WorkError(f"{path.name}: cannot be written: {str(error).splitlines()[0]}") from None


def _read_parquet(path: Path) -> Columns:
    with duckdb.connect() as connection:
        # folders such as seed=0001 are no columns
        query = "SELECT * FROM read_parquet(?, hive_partitioning=false)"
        try:
            return dict(connection.execute(query, [str(path)]).fetchnumpy())
        except duckdb.Error as error:
            raise _damaged(path, str(error).splitlines()[0]) from None


def _check_parquet(path: Path) -> None:
    """Raise RequestError unless a file is whole as far as its first and last bytes tell."""
    try:
        with path.open("rb") as file:
            first = file.read(len(PARQUET))
            file.seek(-len(PARQUET), os.SEEK_END)
            whole = first == file.read() == PARQUET
    except OSError as error:
        raise _damaged(path, unreadable(error)) from None
    if not whole:
        raise _damaged(path, "no whole Parquet file")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, unreadable(error)) from None
    if not isinstance(tree, dict):
        raise _damaged(path, "holds no names and values")
    return tree


def _damaged(path: Path, why: str) -> RequestError:
    return RequestError(f"{path}: the run is damaged: {why}; remove {path.parent} and run it again")


def _write_json(path: Path, tree: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(tree, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _commit() -> str | None:
    """Return the git commit of the checkout around this package, with '+changes' if edited, else None."""
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():
        return None
    try:
        head = _git(root, "rev-parse", "HEAD")
        return head + ("+changes" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
