"""The generated parts of the documentation: parameters, whole and beside their equations, instruments, outcomes.

`docs/parameters.md` and `docs/outcomes.md` are generated whole. On other pages what stands between `<!-- parameters:
PATH ... -->`, `<!-- outcomes: FAMILY ... -->` or one of `<!-- scenarios -->`, `<!-- instruments -->`, `<!-- costs -->`
and `<!-- end -->` is.
`python -m analysis.parameter_table` writes what has changed; a test holds that nothing has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from analysis.calibration_page import block as calibration_block
from analysis.ensemble_table import tables as member_tables
from analysis.markdown import DOCS, table
from sim.codes import COUNTRIES
from sim.config import GRADES, Parameter, parameters
from sim.ensemble import members
from sim.errors import DataError, RequestError, nearest
from sim.explain import GRADES as MEANING
from sim.explain import recommended
from sim.outcomes import FAMILIES, HEADLINE, LEVELS, Family, of_family
from sim.policies import INSTRUMENTS, Field
from sim.policies.base import DOSE
from sim.scenarios import BASELINE, N_RECOMMENDATIONS, read_scenario, shipped

PAGE, OUTCOME_PAGE = "parameters.md", "outcomes.md"
COMMAND: Final = "uv run python -m analysis.parameter_table"
KINDS: Final = "parameters|scenarios|instruments|outcomes|costs|members|calibration"
BLOCK: Final = re.compile(rf"(<!-- ({KINDS})(?:: ([^>]*?))? -->\n).*?(<!-- end -->)", re.DOTALL)
UNGRADED: Final = "-"
GROUPS: Final = {
    "run": "The run: what is simulated, from when to when, on how many threads.",
    "behaviour": "Aspiration, planning, what can be paid for, and the choice of a way.",
    "party": "Who travels together.",
    "livelihood": "Income, savings, debt, crime, disaster and displacement.",
    "journey": "The way through Mexico and across the border.",
    "away": "Members away: remittances, return, settling.",
    "reintegration": "After return.",
    "feedbacks": "What many lives together change for each.",
    "observation": "What agencies record of what happened.",
    "border": "The border, from the record and after it ([border.md](border.md)).",
    "pathways": "Regular programmes ([pathways.md](pathways.md)).",
    "drivers": "Violence, dryness, disasters, money, mobility ([drivers.md](drivers.md)).",
    "population": "Households from census margins ([population.md](population.md)).",
    "demography": "Births, ageing, deaths, leaving home ([population.md](population.md)).",
    "costs": "What costs are told in; no count depends on them ([costs.md](costs.md)).",
}
"""Groups of parameters in the order of the page; `run` holds the few without a group of their own."""

ALLOWED: Final = {
    "month": "2013-01 to 2035-12", "places": "pathway: whole number", "pathways": "list of pathways",
    "flag": "true or false", "text": "a text of one line", "condition": "series, over or under, of",
}  # fmt: skip
"""What a setting takes whose kind has no bounds."""


def value_text(parameter: Parameter) -> str:
    """Return a default as a reader writes it."""
    return _shown(parameter.default)


def range_text(parameter: Parameter) -> str:
    """Return what a user may set."""
    if parameter.choices:
        return ", ".join(parameter.choices)
    if parameter.kind in ("float", "int"):
        return f"{parameter.low:.10g} to {parameter.high:.10g}"
    return parameter.kind


def parameters_page() -> str:
    """Return `docs/parameters.md`: every parameter by group, and how many have which grade."""
    known = list(parameters().values())
    groups = {name: [p for p in known if _group(p.path) == name] for name in GROUPS}
    counts = [
        [f"`{name}`", *(str(sum(p.grade == grade for p in group)) for grade in GRADES), str(len(group))]
        for name, group in groups.items()
    ]
    total = ["all", *(str(sum(p.grade == grade for p in known)) for grade in GRADES), str(len(known))]
    grades = "; ".join(f"{letter} {meaning}" for letter, meaning in MEANING.items())
    parts = [
        "# Parameters",
        f"Generated from `sim/data/parameters.csv` by `{COMMAND}`; change the table there, not here. Set any of them "
        "by its path, in a scenario under `settings` or on the command line: `pathways run behaviour.b_v=0.6`. "
        f"Names such as S91 are rows of `sim/data/SOURCES.csv`. Grades: {grades}; {UNGRADED} a definition or a setting "
        "of the run. What each does: [odd.md](odd.md).",
        table(("group", *GRADES, "all"), [*counts, total]),
    ]
    head = ("parameter", "default", "unit", "allowed", "prior", "grade", "source", "meaning")
    for name, group in groups.items():
        rows = [
            (f"`{p.path}`", value_text(p), p.unit, range_text(p), p.prior, p.grade, p.source, p.doc) for p in group
        ]
        parts += [f"## {name}", GROUPS[name], table(head, rows)]
    return "\n\n".join(parts) + "\n"


def parameter_block(paths: Sequence[str]) -> str:
    """Return the rows of the named parameters: one for a name by country, one each for the members of a group.

    Raises:
        DataError: a name is no parameter's path nor the beginning of one.

    """
    rows = []
    for path in paths:
        found = _below(path)
        if {p.path for p in found} == {f"{path}.{country}" for country in COUNTRIES}:
            values = {p.path.rpartition(".")[2]: value_text(p) for p in found}
            rows.append(_row(path, found, ", ".join(f"{country} {values[country]}" for country in COUNTRIES)))
        else:
            rows += [_row(p.path, [p], value_text(p)) for p in found]
    return table(("parameter", "value", "unit", "prior", "grade", "source"), rows)


def scenarios_block() -> str:
    """Return every shipped scenario: its question, recommendations, instruments or settings, and grade."""
    rows = []
    for path in sorted(shipped("scenarios").glob("*.yaml"), key=lambda path: (path.stem != BASELINE, path.stem)):
        one = read_scenario(path)
        numbers = recommended(one)
        used = ", ".join(f"`{key}`" for key in (*one.policies, *one.settings))
        sets = "every instrument" if set(one.policies) == set(INSTRUMENTS) else used
        told = "all" if len(numbers) == N_RECOMMENDATIONS else ", ".join(map(str, numbers))
        rows.append((f"`{one.name}`", one.question, told or "-", sets or "-", one.evidence))
    return table(("name", "what it asks", "recommendation", "sets", "grade"), rows)


def instruments_block() -> str:
    """Return every instrument with its settings, as `sim.policies` has them."""
    parts = []
    for name, kind in INSTRUMENTS.items():
        rows = [
            (f"`{key}`", _allowed(field), field.unit, _default(field), field.doc) for key, field in kind.FIELDS.items()
        ]
        what = " ".join((kind.__doc__ or "").split())
        parts += [f"### {name}", what, table(("setting", "allowed", "unit", "default", "meaning"), rows)]
    return "\n\n".join(parts)


def costs_block() -> str:
    """Return what a unit of each instrument is, what counts it, what it costs, and who pays."""
    rows = []
    for name, kind in INSTRUMENTS.items():
        if kind.COST is not None:
            payers = (("unit_cost_usd", kind.FIELDS["payer"].default), *kind.COST.also)
            for setting, payer in payers:
                low, high = kind.COST.ranges[setting]
                counted = "itself" if kind.COST.quantity == DOSE else f"`{kind.COST.quantity}`"
                default = f"{kind.FIELDS[setting].default:,.0f}"
                rows.append((f"`{name}`", kind.COST.unit, counted, default, f"{low:,.0f} to {high:,.0f}",
                             payer.replace("_", " ")))  # fmt: skip
    return table(("instrument", "one unit", "counted by", "US$ a unit", "range", "paid by"), rows)


def members_block() -> str:
    """Return the members of the ensemble that are shipped: what was drawn, what was solved, and their distances."""
    parts = []
    for head, rows in member_tables(members()):
        parts.append(table(head, [(f"`{row[0]}`" if row[0] in parameters() else row[0], *row[1:]) for row in rows]))
    return "\n\n".join(parts)


def outcomes_page() -> str:
    """Return `docs/outcomes.md`: every outcome by family, with how it adds up and where it is kept."""
    parts = [
        "# Outcomes",
        f"Generated from `sim/outcomes.py` by `{COMMAND}`; change the list there, not here. Everything a run measures: "
        "its name in the files and on the command line, its label in tables and figures, its unit, and how the months "
        "of a year and the groups make one value. People, households and money are real ones: each simulated "
        "household stands for as many as its weight says. Money is in US$ of 2021. A change is always scenario minus "
        "baseline.",
        "The four numbers are people a year from 2026 on: "
        + ", ".join(f"`{name}` is `{outcome.name}`" for name, outcome in HEADLINE.items())
        + ". A name of either kind works: `pathways dose ... --outcome irregular_journeys`.",
        "## Groups",
        table(("group", "levels"), [(f"`{name}`", ", ".join(levels)) for name, levels in LEVELS.items()]),
        "`all` is the three countries together; `department`, `pathway` and `party` hold only levels with something "
        "in them. Where a table has no `all`, the countries are summed, or averaged where the last column says so.",
    ]
    for family in FAMILIES:
        kept = " and ".join(f"`{name}`" for name in family.files)
        groups = ", ".join(f"`{name}`" for name in family.groups)
        told = f"{family.doc} A year is the {family.over_time}." + (f" Kept in {kept}, by {groups}." if kept else "")
        parts += [f"## {family.title}", told, outcome_table(family)]
    return "\n\n".join(parts) + "\n"


def outcome_table(family: Family) -> str:
    """Return the outcomes of a family: name, label, unit, what they count, and how groups make a whole."""
    rows = [
        (f"`{one.name}`", one.label, one.unit, one.doc, "summed" if one.adds else "averaged")
        for one in of_family(family)
    ]
    return table(("outcome", "label", "unit", "counts", "countries"), rows)


def outcomes_block(families: Sequence[str]) -> str:
    """Return a table of the outcomes of families by title, in words: name and what it counts.

    Raises:
        DataError: there is no such family.

    """
    known = {family.title: family for family in FAMILIES}
    unknown = [name for name in families if name not in known]
    if unknown:
        raise DataError(f"docs: unknown family of outcomes '{unknown[0]}'{nearest(unknown[0], known)}")
    rows = [(f"`{one.name}`", one.doc) for name in families for one in of_family(known[name])]
    return table(("outcome", "counts"), rows)


def filled(text: str) -> str:
    """Return a page with its generated blocks made anew."""

    def block(found: re.Match[str]) -> str:
        opening, kind, paths, closing = found.groups()
        made = MAKERS[kind]((paths or "").split())
        return f"{opening}\n{made}\n\n{closing}"

    return BLOCK.sub(block, text)


MAKERS: Final[Mapping[str, Callable[[Sequence[str]], str]]] = {
    "parameters": parameter_block, "scenarios": lambda names: scenarios_block(),
    "instruments": lambda names: instruments_block(), "outcomes": outcomes_block,
    "costs": lambda names: costs_block(), "members": lambda names: members_block(),
    "calibration": lambda names: calibration_block(),
}  # fmt: skip


def pages() -> Mapping[Path, str]:
    """Return every page that holds generated text, as it should be."""
    whole = {DOCS / PAGE: parameters_page(), DOCS / OUTCOME_PAGE: outcomes_page()}
    others = (path for path in sorted(DOCS.glob("*.md")) if path not in whole)
    return {**whole, **{path: filled(path.read_text(encoding="utf-8")) for path in others}}


def main() -> int:
    """Write the pages that have changed and say which.

    Raises:
        RequestError: there are no pages, as in an installed package.

    """
    if not DOCS.is_dir():
        raise RequestError(f"{DOCS}: the documentation lives in a checkout of the source")
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(DOCS.parent)}")
    return 0


def _group(path: str) -> str:
    first = path.split(".")[0]
    return first if first in GROUPS else "run"


def _below(path: str) -> list[Parameter]:
    known = parameters()
    found = [p for name, p in known.items() if name == path or name.startswith(path + ".")]
    if not found:
        raise DataError(f"docs: unknown parameter '{path}'{nearest(path, known)}")
    return found


def _row(name: str, found: Sequence[Parameter], value: str) -> list[str]:
    columns = ("unit", "prior", "grade", "source")
    return [f"`{name}`", value, *(_joined(getattr(p, column) for p in found) for column in columns)]


def _joined(cells: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(cell for cell in cells if cell))


def _shown(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _allowed(field: Field) -> str:
    if field.choices:
        return ", ".join(field.choices)
    if field.kind in ("number", "whole"):
        top = "any" if field.high == float("inf") else f"{field.high:g}"
        return f"{field.low:g} to {top}" + (", whole" if field.kind == "whole" else "")
    return ALLOWED[field.kind]


def _default(field: Field) -> str:
    if field.needed:
        return "needed"
    return _shown(field.default)


if __name__ == "__main__":
    raise SystemExit(main())
