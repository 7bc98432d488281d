"""Members of the ensemble: what decides effects is drawn from its prior, then the levels are solved anew.

A Latin hypercube over `analysis.priors.DRAWN`; for each member the six intercepts of `calibrate level` are solved to
the same figures, and its distance to others, none counted after September 2019, is kept. Provisional: nothing but
levels is matched. A member is kept in runs/members once solved, so that a stopped command goes on from there; the
table is written whole or not at all.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.level import Level, distance, observed, solve, to_2019
from analysis.members_text import PROVISIONAL, members_text
from analysis.priors import DRAWN, prior_of
from analysis.targets import CALENDAR, FISCAL
from sim import ensemble, rules
from sim.codes import COUNTRIES, FAMILY_UNIT, UNACCOMPANIED_CHILD
from sim.config import Config, default_config
from sim.data.loader import load
from sim.draws import ENSEMBLE, uniform
from sim.ensemble import GAP, MADE, MEMBER, NUMBER, SEEN, Member
from sim.errors import RequestError, WorkError, refuse, unreadable
from sim.model import MigrationModel
from sim.results import NEUTRAL, digest

Array = NDArray[np.float64]
KEPT: Final = Path("runs") / "members"
DEFAULT_MEMBERS: Final = 16
MOST_MEMBERS: Final = 999
STEPS: Final = 10
TOLERANCE: Final = 0.01
"""Distance, of ln encounters and of the share wishing to leave, at which solving stops."""
ACCEPTED: Final = 0.03
"""Distance beyond which a member counts as not solved."""
DIGITS: Final = 4
"""Significant digits of a drawn value."""
DECIMALS: Final = 4
"""Of solved intercepts and of distances in the table."""
N_DIGEST: Final = 16
"""Hexadecimal digits of a digest in the table."""
RETURN_YEARS: Final = (2015, 2016, 2017, 2018)
"""Whole calendar years before October 2019 with returns on record."""
RISE: Final = (2017, 2019)
ASKED: Final = "members"
SOLVED: Final = ("behaviour.a.", "behaviour.asc_irregular.")
"""How the paths of solved intercepts begin."""


@dataclass(frozen=True)
class Solved:
    """A member whose intercepts were solved, or could not be.

    values: drawn and solved, by parameter path. gaps: distances to the record, seen: shares that nothing on record is
    like, by name. seconds: that it took.
    """

    values: Mapping[str, float]
    gaps: Mapping[str, float]
    seen: Mapping[str, float]
    solved: bool
    seconds: float
    digest: str


def design(n: int, seed: int) -> Array:
    """Return (n, lines of DRAWN) places in (0, 1): in every column one in each nth part, columns hardly correlated.

    A Latin hypercube; two of a column are swapped as long as the squares of correlations become less by it.
    """
    columns = len(DRAWN)
    drawn = np.array([
        [[uniform(seed, column, k, ENSEMBLE, row) for column in range(columns)] for row in range(n)] for k in range(2)
    ], np.float64)  # fmt: skip
    ranks = np.argsort(np.argsort(drawn[0], axis=0), axis=0).astype(np.float64)
    one, two = np.triu_indices(n, 1)
    better = n > 1
    while better:
        better = False
        for column in range(columns):
            centred = np.delete(ranks, column, axis=1) - (n - 1) / 2
            step = (ranks[two, column] - ranks[one, column])[:, np.newaxis] * (centred[one] - centred[two])
            before = (ranks[:, column] - (n - 1) / 2) @ centred
            gain = (before**2).sum() - ((before + step) ** 2).sum(axis=1)
            best = int(np.argmax(gain))
            if gain[best] > 0:
                pair = [one[best], two[best]]
                ranks[pair, column] = ranks[pair[::-1], column]
                better = True
    return (ranks + drawn[1]) / n


def drawn_values(n: int, seed: int) -> list[dict[str, float]]:
    """Return the drawn values of n members by parameter path; parameters of one line of DRAWN share their place."""
    priors = {path: prior_of(path) for paths in DRAWN for path in paths}
    return [
        {
            path: float(f"{priors[path].value(float(place)):.{DIGITS}g}")
            for paths, place in zip(DRAWN, places, strict=True)
            for path in paths
        }
        for places in design(n, seed)
    ]


def gaps(level: Level) -> dict[str, float]:
    """Return the distances of a run to the record until September 2019.

    encounters (FY2014-19, by country), rise (FY2019 over FY2017), removed (home, 2015-18): ln simulated over
    observed. wishing (by country), family and child (of encounters, FY2019): simulated less observed share.
    """
    target, data = observed(), load()
    found = dict(zip(COUNTRIES, np.log(np.maximum(level.encounters, 1) / target.encounters), strict=True))
    told = {f"encounters.{country}": gap for country, gap in found.items()}
    wishing = dict(zip(COUNTRIES, level.wishing - target.wishing, strict=True))
    told |= {f"wishing.{country}": gap for country, gap in wishing.items()}

    def met(year: int, party: int | None = None) -> float:
        chosen = level.people["encounter_us"][year == FISCAL]
        return max(float(chosen.sum() if party is None else chosen[:, :, party].sum()), 1)

    def counted(variable: str, years: Sequence[int]) -> float:
        return sum(data.year(variable, country)[year] for country in COUNTRIES for year in years)

    first, last = ({"simulated": met(year), "observed": counted("encounters_usbp", [year])} for year in RISE)
    told["rise"] = np.log(last["simulated"] / first["simulated"]) - np.log(last["observed"] / first["observed"])
    for name, party, variable in (
        ("family", FAMILY_UNIT, "encounters_usbp_family_unit"),
        ("child", UNACCOMPANIED_CHILD, "encounters_usbp_unaccompanied_child"),
    ):
        told[name] = met(RISE[1], party) / last["simulated"] - counted(variable, RISE[1:]) / last["observed"]
    removed = level.people["removed"][np.isin(CALENDAR, RETURN_YEARS)].sum()
    told["removed"] = np.log(max(removed, 1) / counted("returns_received", RETURN_YEARS))
    return {name: round(float(gap), DECIMALS) for name, gap in told.items()}


def seen(level: Level) -> dict[str, float]:
    """Return left_again: departures within 12 months of a return over returns, 2015-18."""
    years = np.isin(CALENDAR, RETURN_YEARS)
    people = {flow: counted[years].sum() for flow, counted in level.people.items()}
    came = people["removed"] + people["return_voluntary"] + people["deter"]
    return {"left_again": round(float(people["remigrate"] / max(came, 1)), DECIMALS)}


def solve_member(
    config: Config, drawn: Mapping[str, float], base: MigrationModel | None = None,
    say: Callable[[str], None] = print,
) -> Solved:  # fmt: skip
    """Return a member with its intercepts solved; base as in `simulate`.

    They begin at those of the same draw in the table shipped, if it is there, else at the central ones.
    """
    began = time.monotonic()
    member = _with(config, {**_solved_before(drawn), **drawn})
    try:
        values, level = solve(member, say, base, STEPS, TOLERANCE)
    except RequestError as error:  # an intercept left its range
        say(str(error))
        return Solved(drawn, {}, {}, False, time.monotonic() - began, made_by(config, drawn))
    values = {path: round(value, DECIMALS) for path, value in values.items()}
    return Solved(
        {**drawn, **values}, gaps(level), seen(level), bool(max(distance(level)) <= ACCEPTED),
        round(time.monotonic() - began, 1), made_by(config, drawn),
    )  # fmt: skip


def _solved_before(drawn: Mapping[str, float]) -> dict[str, float]:
    same = (one.values for one in ensemble.members() if drawn.items() <= one.values.items())
    return {path: value for path, value in next(same, {}).items() if path.startswith(SOLVED)}


def _with(config: Config, values: Mapping[str, float]) -> Config:
    return config.replace(**{path.replace(".", "__"): value for path, value in values.items()})


def made_by(config: Config, drawn: Mapping[str, float]) -> str:
    """Return the digest of what a member is made of: values, all other parameters, targets, figures, rules."""
    target = observed()
    neutral = (*NEUTRAL, "run.start", "run.end", *(path for path in config.values if path.startswith(SOLVED)))
    values = {path: value for path, value in _with(config, drawn).values.items() if path not in neutral}
    figures = {name: code for name, code in load().digest().items() if name != "parameters.csv"}
    solved_to = [*target.encounters.tolist(), *target.wishing.tolist(), STEPS, TOLERANCE, ACCEPTED]
    return digest({"values": values, "targets": solved_to, "figures": figures, "rules": _rules()})[:N_DIGEST]


@functools.cache
def _rules() -> str:
    paths = sorted(Path(next(iter(rules.__path__))).glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def solve_members(config: Config, n: int, say: Callable[[str], None] = print) -> list[Solved]:
    """Return n members in the order of their draw, those kept in runs/members as they were solved.

    Raises:
        WorkError: what was solved cannot be kept.

    """
    found: list[Solved] = []
    base: MigrationModel | None = None
    began, alive = time.monotonic(), 0
    for number, drawn in enumerate(drawn_values(n, config["seed"]), start=1):
        member = _kept(made_by(config, drawn))
        if member is None:
            base = base or MigrationModel(to_2019(config))
            member, alive = solve_member(config, drawn, base, lambda line: say(f"  {line}")), alive + 1
            _keep(member)
        found.append(member)
        how = "solved" if member.solved else "NOT solved"
        left = (time.monotonic() - began) / max(alive, 1) * (n - number) / 60
        say(f"member {number} of {n}: {how} in {member.seconds:.0f} s; {left:.0f} min left at most")
    return found


def _kept(code: str) -> Solved | None:
    path = KEPT / f"{code}.json"
    if not path.exists():
        return None
    try:
        return Solved(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, OSError):  # not whole, or of another version: solved again
        return None


def _keep(member: Solved) -> None:
    try:
        KEPT.mkdir(parents=True, exist_ok=True)
        _whole(KEPT / f"{member.digest}.json", json.dumps(asdict(member), indent=1) + "\n")
    except OSError as error:
        raise WorkError(f"{KEPT}: cannot be written: {unreadable(error)}") from None


def _whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        begun.write_text(text, encoding="utf-8", newline="")
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)


def as_members(found: Sequence[Solved], config: Config) -> list[Member]:
    """Return those that were solved as rows of the table, numbered from 0."""
    solved = [member for member in found if member.solved]
    share, seed = config["population.share"], config["seed"]
    return [
        Member(number, member.values, member.gaps, member.seen, share, seed, member.digest)
        for number, member in enumerate(solved)
    ]


def write_table(members: Sequence[Member], path: Path) -> None:
    """Write the table of the ensemble, whole or not at all.

    Raises:
        RequestError: there is no member, or the file cannot be written.

    """
    if not members:
        raise RequestError("no member could be solved; nothing is written")
    first = members[0]
    head = (NUMBER, *first.values, *(GAP + name for name in first.gaps), *(SEEN + name for name in first.seen), *MADE)
    rows = [
        (one.number, *one.values.values(), *one.gaps.values(), *one.seen.values(), one.share, one.seed, one.digest)
        for one in members
    ]
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([head, *rows])
    try:
        _whole(path, table.getvalue())
    except OSError as error:
        raise RequestError(f"{path}: cannot be written: {unreadable(error)}") from None
    ensemble.forget()


def calibrate_members(words: Sequence[str], *, write_down: bool, as_json: bool = False) -> None:
    """Draw and solve members, print their table, and write it down if asked.

    words: overrides, and `members=N`. as_json: print one JSON document, and progress to standard error.

    Raises:
        RequestError: the overrides choose a scenario, a member or a value that is drawn, or cannot be composed.

    """
    from sim.compose import compose

    n = _asked([word for word in words if word.startswith(f"{ASKED}=")])
    config = compose([word for word in words if not word.startswith(f"{ASKED}=")])
    _refuse_other(config)
    found = solve_members(config, n, functools.partial(print, file=sys.stderr, flush=True))
    members = as_members(found, config)
    rejected = [member.digest for member in found if not member.solved]
    if write_down:
        write_table(members, ensemble.ensemble_file())
    if as_json:
        rows: list[dict[str, Any]] = [
            {**asdict(member), "seconds": one.seconds}
            for member, one in zip(members, (one for one in found if one.solved), strict=True)
        ]
        told = {"note": PROVISIONAL, "members": rows, "rejected": rejected, "written": write_down}
        print(json.dumps(told, indent=1))
        return
    print(members_text(members))
    seconds = [member.seconds for member in found]
    print(f"\n{len(members)} of {n} solved, {np.median(seconds):.0f} s each (median).")
    if write_down:
        print(f"written: {ensemble.ensemble_file()}")


def _asked(words: Sequence[str]) -> int:
    text = words[-1].partition("=")[2] if words else str(DEFAULT_MEMBERS)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_MEMBERS):
        raise RequestError(f"{ASKED}: '{text}' is not a whole number (1 to {MOST_MEMBERS})")
    return int(text)


def _refuse_other(config: Config) -> None:
    """Raise RequestError for what a member is not solved with."""
    default = default_config()
    refuse([
        *(["members are solved in the baseline; leave out scenarios="] if config.scenarios != ("baseline",) else []),
        *([f"members are drawn anew; leave out {MEMBER}="] if config[MEMBER] is not None else []),
        *(f"{path}: is drawn; leave it out" for paths in DRAWN for path in paths if config[path] != default[path]),
    ])  # fmt: skip
