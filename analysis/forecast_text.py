"""Scores of hindcast and forecast as tables, and the aims they are held to, for the terminal and the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analysis.predict import CORRECTED, NAIVE, PERSISTENCE, REGRESSION, SIMULATOR
from analysis.scoring import POOLED, STRICTER, Table, skill
from sim.aligned import aligned
from sim.codes import COUNTRIES

COVERED: Final = (0.82, 0.97)
"""Accepted share of months within the 90 % interval, set before any run was seen."""
SKILL: Final = 0.1
"""Least skill against seasonal naive, twelve months ahead, all countries pooled."""
AIM_TABLE: Final = "12"
STRICT: Final = STRICTER[REGRESSION]
WHAT: Final = {
    "crps": "CRPS of ln encounters (less is better)",
    "mae": "mean absolute error of ln encounters",
    "in50": "months within the 50 % interval",
    "in90": "months within the 90 % interval",
}


@dataclass(frozen=True)
class Aim:
    """One aim and what came of it."""

    name: str
    met: bool
    told: str

    def line(self) -> str:
        """Return it as one line."""
        return f"{'met' if self.met else 'MISSED'}: {self.name}: {self.told}"


def aims_of_hindcast(table: Table) -> list[Aim]:
    """Return the aims of the hindcast."""
    ours, theirs = table[SIMULATOR], table[REGRESSION]
    by_country = ", ".join(f"{c} {ours[c]['crps']:.3f} against {theirs[c]['crps']:.3f}" for c in COUNTRIES)
    covered = ours[POOLED]["in90"]
    return [
        Aim(
            "drivers known: CRPS no worse than the regression in every country",
            all(ours[c]["crps"] <= theirs[c]["crps"] for c in COUNTRIES), by_country,
        ),
        Aim(
            "drivers known: CRPS better than the regression, pooled",
            ours[POOLED]["crps"] < theirs[POOLED]["crps"],
            f"{ours[POOLED]['crps']:.3f} against {theirs[POOLED]['crps']:.3f}",
        ),
        Aim(
            "drivers known: 90 % interval holds 82 to 97 % of the months", COVERED[0] <= covered <= COVERED[1],
            f"{covered:.0%}",
        ),
    ]  # fmt: skip


def aims_of_forecast(tables: Mapping[str, Table]) -> list[Aim]:
    """Return the aims of the true forecasts twelve months ahead."""
    table = tables[AIM_TABLE]
    by_country = {c: skill(table, SIMULATOR, NAIVE, c) for c in COUNTRIES}
    pooled = skill(table, SIMULATOR, NAIVE)
    covered = table[SIMULATOR][POOLED]["in90"]
    return [
        Aim("true forecast, 12 months: skill .10 or more, pooled", pooled >= SKILL, f"{pooled:.2f}"),
        Aim(
            "true forecast, 12 months: skill not negative in any country", min(by_country.values()) >= 0,
            ", ".join(f"{c} {value:.2f}" for c, value in by_country.items()),
        ),
        Aim(
            "true forecast, 12 months: 90 % interval holds 82 to 97 % of the months",
            COVERED[0] <= covered <= COVERED[1], f"{covered:.0%}",
        ),
    ]  # fmt: skip


def losses(table: Table) -> list[str]:
    """Return the rivals, as fitted or widened, whose pooled CRPS is below the simulator's, and both."""
    ours = table[SIMULATOR][POOLED]["crps"]
    return [
        f"{name} ({row[POOLED]['crps']:.3f} against {ours:.3f})"
        for name, row in table.items()
        if name in RIVALS and row[POOLED]["crps"] < ours
    ]


def cells(table: Table, what: str) -> list[tuple[str, ...]]:
    """Return head and rows of one score by method and group."""
    groups = list(dict.fromkeys(group for row in table.values() for group in row if group != POOLED))
    groups += [POOLED] if len(groups) > 1 else []
    form = ".0%" if what in ("in50", "in90") else ".3f" if what == "crps" else ".2f"
    found = [("", *groups)]
    for method, row in table.items():
        found.append((method, *(format(row[group][what], form) if group in row else "" for group in groups)))
    return found


def compact(table: Table) -> list[tuple[str, ...]]:
    """Return head and rows: CRPS by group, then pooled error and coverage."""
    last = next(iter(next(iter(table.values())))) if len(next(iter(table.values()))) == 1 else POOLED
    head, *rows = cells(table, "crps")
    more = [
        (f"{row[last]['mae']:.2f}", f"{row[last]['in50']:.0%}", f"{row[last]['in90']:.0%}", f"{row[last]['n']:.0f}")
        for row in table.values()
    ]
    names = ("error", "in 50 %", "in 90 %", "months")
    return [(*head, *names), *((*row, *added) for row, added in zip(rows, more, strict=True))]


def of_skill(tables: Mapping[str, Table], rivals: Sequence[str]) -> list[tuple[str, ...]]:
    """Return head and rows of the simulator's pooled skill against rivals, by months ahead."""
    found = [("months ahead", *rivals)]
    for ahead, table in tables.items():
        found.append((ahead, *(f"{skill(table, SIMULATOR, rival):+.2f}" for rival in rivals)))
    return found


RIVALS: Final = (NAIVE, STRICTER[NAIVE], PERSISTENCE, REGRESSION, STRICT, CORRECTED)


def of_turns(turns: Mapping[str, Mapping[str, int]]) -> list[tuple[str, ...]]:
    """Return head and rows: how often the direction was right, and at turning points."""
    head = ("", "direction right", "at turning points")
    rows = [
        (method, f"{cell['right']} of {cell['n']}", f"{cell['turns_right']} of {cell['turns']}")
        for method, cell in turns.items()
        if method not in (PERSISTENCE, *STRICTER.values())  # says no direction; the median is the same
    ]
    return [head, *rows]


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table, the first column to the left."""
    head, *body = rows
    rule = [":--", *["--:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *body))


def text_of_hindcast(found: Mapping[str, Any]) -> str:
    """Return the hindcast for the terminal."""
    return "\n".join(_hindcast(found))


def _hindcast(found: Mapping[str, Any]) -> Iterator[str]:
    yield "Hindcast: counts to September 2019, drivers as they were; October 2020 - September 2021"
    yield from _lost(found["table"])
    yield f"{WHAT['crps']}, by country; error: {WHAT['mae']}"
    yield from _block(compact(found["table"]))
    yield "By party (the record has months by party from October 2018)"
    yield from _block(cells(found["party"], "crps"))
    yield "The same from earlier origins, months to September 2019, 13 to 24 months ahead"
    yield from _block(compact(found["rolling_second_year"]))
    yield "Direction over six months, October 2020 - September 2021"
    yield from _block(of_turns(found["turns"]))
    yield from (aim.line() for aim in aims_of_hindcast(found["table"]))


def _lost(table: Table) -> list[str]:
    """Return a line on the rivals that were better, if any were."""
    found = losses(table)
    return [f"The simulator's CRPS is worse, pooled, than that of {', '.join(found)}"] if found else []


def text_of_forecast(found: Mapping[str, Any]) -> str:
    """Return the true forecasts for the terminal."""
    return "\n".join(_forecast(found))


def _forecast(found: Mapping[str, Any]) -> Iterator[str]:
    origins = found["origins"]
    yield f"True forecasts: {len(origins)} origins, {origins[0]} to {origins[-1]}, drivers projected from each"
    yield from _lost(found["table"][AIM_TABLE])
    for ahead, table in found["table"].items():
        yield f"{ahead} months ahead: {WHAT['crps']}, by country; error: {WHAT['mae']}"
        yield from _block(compact(table))
    yield "Skill of the simulator: 1 - its CRPS over the rival's, pooled"
    yield from _block(of_skill(found["table"], RIVALS))
    for months, turns in found["turns"].items():
        yield f"Direction over {months} months"
        yield from _block(of_turns(turns))
    yield from (aim.line() for aim in aims_of_forecast(found["table"]))


def text_of_judged(found: Mapping[str, Any]) -> str:
    """Return the scores of an observed file for the terminal."""
    lines = ["Counts of the file beside the forecast from September 2019 with known drivers", ""]
    for name, what in (("table", "all parties"), ("party", "by party")):
        if found[name]:
            lines += [f"{WHAT['crps']}, {what}", *_block(compact(found[name]))]
    head = ("month", "country", "measure", "observed", "median", "90 % interval", "CRPS")
    rows = [
        (
            row["month"], row["country"], row["measure"], f"{row['observed']:,}", f"{row['quantiles'][2]:,}",
            f"{row['quantiles'][0]:,} to {row['quantiles'][-1]:,}", f"{row['crps']:.3f}",
        )
        for row in found["months"]
    ]  # fmt: skip
    return "\n".join([*lines, *aligned([head, *rows], 3)])


def _block(rows: Sequence[Sequence[str]]) -> list[str]:
    return [*aligned(rows, 1), ""]
