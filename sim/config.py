"""Every parameter of the simulator: default, unit, range, prior, source, evidence grade.

The table is `sim/data/parameters.csv`, one row a parameter; this module reads it and holds a composed
configuration to it. A `Config` is read-only: flat, by dotted path (`config["behaviour.b_v"]`), with the
policies beside it. Unknown paths are errors everywhere.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from sim.codes import COUNTRIES, N_MONTHS, is_month, month_name
from sim.csvfile import read_records
from sim.errors import DataError, RequestError, nearest

Value = float | int | str | bool | None
KINDS = ("float", "int", "text", "flag", "month")
OPTIONAL = ("text", "int")
"""Kinds that may have no value."""
GRADES = ("V", "D", "A", "R", "T", "-")
TABLE = Path(__file__).parent / "data" / "parameters.csv"
COLUMNS = ("path", "default", "kind", "unit", "low", "high", "choices", "prior", "source", "grade", "doc")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the parameter table. `low` and `high` bound what a user may set, both included."""

    path: str
    default: Value
    kind: Literal["float", "int", "text", "flag", "month"]
    unit: str
    low: float
    high: float
    choices: tuple[str, ...]
    prior: str
    source: str
    grade: str
    doc: str

    def check(self, value: Any) -> tuple[Value, str | None]:
        """Return the value in the parameter's type and None, or the value and what is wrong with it."""
        allowed = (
            f"one of {', '.join(self.choices)}"
            if self.choices
            else f"{exactly(self.low)} to {exactly(self.high)} {self.unit}".strip()
        )
        if value is None or (value == "" and self.default is None):
            return (None, None) if self.default is None else (value, f"{self.path}: needs a value ({allowed})")
        if self.kind == "flag":
            return (value, None) if isinstance(value, bool) else (value, f"{self.path}: {value!r} is not true or false")
        if self.kind == "month":
            what = f"{self.path}: '{value}' is not a month YYYY-MM from {month_name(0)} to {month_name(N_MONTHS - 1)}"
            return (value, None) if is_month(value) else (value, what)
        if self.kind == "text":
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                return value, f"{self.path}: {value!r} is not a text"
            text = str(value)
            if self.choices and text not in self.choices:
                return value, f"{self.path}: '{text}' is not allowed; {allowed}{nearest(text, self.choices)}"
            if isinstance(value, float):  # 1e5 and 1.10 would not come back as they were written
                return value, f"{self.path}: {value!r} is a number; quote a text: '{self.path}=\"...\"'"
            if not text.isprintable():
                return value, f"{self.path}: {text!r} has a character that cannot be printed"
            return text, None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return value, f"{self.path}: {value!r} is not a number ({allowed})"
        if self.kind == "int" and value != int(value):
            return value, f"{self.path}: {value!r} is not a whole number ({allowed})"
        if not self.low <= value <= self.high:
            return value, f"{self.path}: {exactly(value)} is out of range ({allowed})"
        return (int(value) if self.kind == "int" else float(value)), None


def exactly(number: float) -> str:
    """Return a number as one would write it: 2147483647, not 2.14748e+09."""
    return f"{number:.10g}"


def _parse(text: str, kind: str) -> Value:
    if text == "":
        if kind not in OPTIONAL:
            raise ValueError("is empty")
        return None
    if kind == "float":
        return float(text)
    if kind == "int":
        return int(text)
    if kind == "flag":
        return text == "true"
    return text


@functools.cache
def parameters() -> Mapping[str, Parameter]:
    """Return the parameter table by dotted path.

    Raises:
        DataError: the table is missing or unreadable, or rows are wrong: a path given twice, an unknown kind or
            grade, a default out of its own range; a line each.

    """
    header, rows = read_records(TABLE)
    if header != COLUMNS:
        raise DataError(f"{TABLE} row 1: columns must be {','.join(COLUMNS)}, not {','.join(header)}")
    table: dict[str, Parameter] = {}
    problems = []
    for number, row in enumerate(rows, start=2):
        path = row["path"]
        try:
            parameter, problem = _parameter(row)
        except ValueError as error:
            problem = str(error)
        else:
            problem = "path given twice" if path in table else problem
            table[path] = parameter
        if problem:
            problems.append(f"{TABLE.name} row {number} ({path}): {problem}")
    if problems or not table:
        raise DataError("\n".join(problems) or f"{TABLE}: no rows")
    return MappingProxyType(table)


def _parameter(row: Mapping[str, str]) -> tuple[Parameter, str | None]:
    """Return a row as a parameter, and what is wrong with it; ValueError where it cannot be one."""
    if row["kind"] not in KINDS or row["grade"] not in GRADES:
        raise ValueError(f"kind '{row['kind']}' or grade '{row['grade']}' unknown")
    columns: dict[str, Value] = {}
    for column, kind in (("default", row["kind"]), ("low", "float"), ("high", "float")):
        try:
            columns[column] = _parse(row[column] or {"low": "-inf", "high": "inf"}.get(column, ""), kind)
        except ValueError:
            raise ValueError(f"column {column}: '{row[column]}' is no {kind}") from None
    parameter = Parameter(
        path=row["path"], kind=row["kind"], unit=row["unit"], **columns,  # type: ignore[arg-type]
        choices=tuple(filter(None, row["choices"].split("|"))), prior=row["prior"],
        source=row["source"], grade=row["grade"], doc=row["doc"],
    )  # fmt: skip
    problem = parameter.check(parameter.default)[1]
    return parameter, f"column default: {problem}" if problem else None


@dataclass(frozen=True)
class Config(Mapping[str, Value]):
    """A composed configuration, read-only.

    values: every parameter by dotted path. policies: instrument -> its settings, as composed.
    scenarios: the names stacked, in order. title: their titles joined.
    """

    values: Mapping[str, Value]  # type: ignore[assignment]  # a field here, no method
    policies: Mapping[str, Any] = field(default_factory=dict)
    scenarios: tuple[str, ...] = ("baseline",)
    title: str = "Baseline"

    def __getitem__(self, path: str) -> Any:  # a parameter's type is in its row
        try:
            return self.values[path]
        except KeyError:
            raise RequestError(f"unknown parameter '{path}'{nearest(path, self.values)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def group(self, prefix: str) -> dict[str, Any]:
        """Return the parameters below `prefix.`, keyed by what follows it."""
        return {path[len(prefix) + 1 :]: self.values[path] for path in self.values if path.startswith(prefix + ".")}

    def by_country(self, path: str) -> list[Any]:
        """Return `path.SLV`, `path.GTM`, `path.HND` in the order of the code list."""
        return [self[f"{path}.{country}"] for country in COUNTRIES]

    def replace(self, **values: Value) -> Config:
        """Return a copy with some values changed; keys are dotted paths with '.' written '__'."""
        checked = {path.replace("__", "."): _known(path.replace("__", ".")).check(v) for path, v in values.items()}
        problems = [problem for _, problem in checked.values() if problem]
        if problems:
            raise RequestError("; ".join(problems))
        changed = {path: value for path, (value, _) in checked.items()}
        merged = MappingProxyType(self.values | changed)  # type: ignore[operator]  # so that sim.reuse can note reads
        return Config(merged, self.policies, self.scenarios, self.title)


def _known(path: str) -> Parameter:
    table = parameters()
    if path not in table:
        raise RequestError(f"unknown parameter '{path}'{nearest(path, table)}")
    return table[path]


def default_config(**values: Value) -> Config:
    """Return the baseline configuration as the table has it, with `values` changed (see `Config.replace`)."""
    base = Config(MappingProxyType({path: p.default for path, p in parameters().items()}))
    return base.replace(**values) if values else base
