"""Members of the ensemble: sets of values for what is uncertain, beside the central one, for intervals to rest on.

`configs/behaviour/ensemble.csv` has a row a member: its number, a column for each parameter by its path, `gap.*` for
each distance to what was observed, in SDs, and what made it. `behaviour.ensemble_member=17`
takes row 17 in the place of the central values; scenarios and overrides still win. Making it: `docs/calibration.md`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from sim.config import Config, default_config, parameters
from sim.csvfile import read_records
from sim.errors import DataError, RequestError, nearest
from sim.scenarios import shipped

MEMBER: Final = "behaviour.ensemble_member"
"""The parameter that chooses a member; without a value it is the central one."""
NUMBER, GAP, MADE = "member", "gap.", ("share", "seed", "digest", "model")
"""Columns that are no parameters: number; distances, by their beginning; its making."""
MODEL_FILE: Final = "model.txt"
CENTRAL: Final = "central"


@dataclass(frozen=True)
class Member:
    """One row: values by parameter path; gaps to what was observed, in SDs, by name.

    share, seed: of the households with which it was fitted. digest: of all that made it. model: what the model gave
    when it was fitted, see `model_digest`.
    """

    number: int
    values: Mapping[str, float]
    gaps: Mapping[str, float]
    share: float
    seed: int
    digest: str
    model: str


def ensemble_file() -> Path:
    """Return where the table is; it need not be there."""
    return shipped("configs") / "behaviour" / "ensemble.csv"


def members() -> tuple[Member, ...]:
    """Return the members in order of their number; none if no table is shipped.

    Raises:
        DataError: the table is wrong: columns, numbers, values out of their range; a line each.

    """
    path = ensemble_file()
    return _read(path) if path.exists() else ()


def values_of(number: int | None) -> Mapping[str, float]:
    """Return the values of a member by parameter path; of the central one (None) none, as the table has them.

    Raises:
        RequestError: there is no such member, or it was fitted to a model that gave other results.

    """
    if number is None:
        return MappingProxyType({})
    problem = not_a_member(number)
    if problem:
        raise RequestError(problem)
    member = members()[number]
    if member.model != model_digest():
        raise RequestError(
            f"{MEMBER}: the ensemble was fitted to another version of the model ({member.model}; this one is "
            f"{model_digest()}): make it anew (pathways calibrate ensemble --write), or leave {MEMBER} out"
        )
    return member.values


def usable() -> tuple[int, str]:
    """Return how many members can be lived with, and if none why not."""
    try:
        known = len(members())
        if known:
            values_of(0)
    except RequestError as error:
        return 0, str(error).splitlines()[0]
    return known, "" if known else "no ensemble is shipped"


def model_digest() -> str:
    """Return what the model is known by: the digest of its pinned results, kept by `pathways baseline update`.

    Two versions that give the same counts are the same model, however they are written.
    """
    return (Path(__file__).parent / "data" / MODEL_FILE).read_text(encoding="utf-8").strip()


def not_a_member(number: Any) -> str | None:
    """Return why a number, as an override gives it, is no member; nothing if it is one, or left out."""
    last = len(members()) - 1
    if number in (None, "") or (type(number) is int and 0 <= number <= last):
        return None
    allowed = f"0 to {last}, or leave it out for the {CENTRAL} one" if last >= 0 else f"there is the {CENTRAL} one only"
    return f"{MEMBER}: {number!r} is no member of the ensemble ({allowed})"


def base_config(number: int | None) -> Config:
    """Return the baseline of a member; RequestError if there is no such member."""
    base = default_config()
    return Config(MappingProxyType({**base.values, **values_of(number), MEMBER: number}))


def of_member(config: Config, number: int | None) -> Config:
    """Return a configuration with the values of another member; what a scenario or an override set stays as it is.

    Raises:
        RequestError: there is no such member.

    """
    before, after = base_config(config[MEMBER]), base_config(number)
    values = {
        path: after[path] if value == before[path] else value for path, value in config.values.items()
    }
    merged = MappingProxyType({**values, MEMBER: number})
    return Config(merged, config.policies, config.scenarios, config.title)


def member_name(number: int | None) -> str:
    """Return how folders and texts call a member: central, 000, 001."""
    return CENTRAL if number is None else f"{number:03d}"


@functools.cache
def _read(path: Path) -> tuple[Member, ...]:
    header, rows = read_records(path)
    problems = list(_header_problems(header))
    found = []
    for place, row in enumerate(rows):
        try:
            member = _member(row)
        except (KeyError, ValueError) as error:
            problems.append(f"row {place + 2}: {error}")
            continue
        if member.number != place:
            problems.append(f"row {place + 2}: member {member.number}, not {place}")
        table = parameters()
        checks = (table[name].check(value)[1] for name, value in member.values.items() if name in table)
        problems += [f"row {place + 2}: {told}" for told in checks if told]
        found.append(member)
    if problems:
        raise DataError("\n".join(f"{path.name}: {told}" for told in problems))
    return tuple(found)


def _header_problems(header: tuple[str, ...]) -> Iterator[str]:
    yield from (f"row 1: column {name} is missing" for name in (NUMBER, *MADE) if name not in header)
    yield from (f"row 1: column {name} twice" for name in dict.fromkeys(header) if header.count(name) > 1)
    table = parameters()
    for name in header:
        if _is_parameter(name) and (name not in table or table[name].kind != "float"):
            yield f"row 1: {name} is no parameter that a member can have{nearest(name, table)}"


def _is_parameter(column: str) -> bool:
    return column not in (NUMBER, *MADE) and not column.startswith(GAP)


def _member(row: Mapping[str, str]) -> Member:
    values = {name: float(text) for name, text in row.items() if _is_parameter(name)}
    gaps = {name.removeprefix(GAP): float(text) for name, text in row.items() if name.startswith(GAP)}
    return Member(
        int(row[NUMBER]), MappingProxyType(values), MappingProxyType(gaps),
        float(row["share"]), int(row["seed"]), row["digest"], row["model"],
    )  # fmt: skip


def forget() -> None:
    """Read the table anew when it is next asked for."""
    _read.cache_clear()
