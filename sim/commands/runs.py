"""The commands that make a run or read what was run: `run`, `compare`, `verify`."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.commands import FINE, json_text, table_files, tell, write_files
from sim.compose import compose
from sim.ensemble import MEMBER, member_name
from sim.errors import RequestError, WorkError
from sim.outcomes import HEADLINE
from sim.progress import telling
from sim.results import RunResult
from sim.study import (
    baseline_beside,
    differences,
    find_run,
    is_complete,
    made_otherwise,
    make_run,
    refuse_folder,
    run_folder,
)  # fmt: skip

if TYPE_CHECKING:
    from analysis.compare import Comparison
    from analysis.export import Table
    from analysis.together import Meeting

BY_ANOTHER = "The ledger was made by the program as it is now, the run by another version."
STDOUT = Path("-")
"""Name of a file that stands for standard output."""


def run(options: argparse.Namespace) -> int:
    """Make a run, or find it made, and print the four numbers."""
    config = compose(options.overrides)
    if config["run.members"]:
        from sim.commands.members import run_members

        return run_members(options, config)
    folder = run_folder(config)
    refuse_folder(folder, config)
    if is_complete(folder):
        result = RunResult.open(folder)
        changed = made_otherwise(result)
        note = f"; made by another {', '.join(changed)}: remove it to run again" if changed else ""
        print(f"already complete: {folder}{note}", file=sys.stderr)
    else:
        with telling(config) as on_month:
            result = make_run(config, folder, on_month)
    figure = _figure(result)
    beside = baseline_beside(config)
    files = f"Files in {folder}" + (f", figure {figure.name}" if figure else "")
    if beside and not config["run.output"]:
        files += f"\nMore: pathways compare {_name(beside.folder)} {_name(folder)}"
    tell(options, _numbers(result, beside), f"{_numbers_text(result, beside)}\n{files}")
    return FINE


def _name(folder: Path) -> str:
    """Return what `compare` calls a run: the name of its scenario where that finds it, else its folder."""
    name = folder.parent.parent.name
    with contextlib.suppress(RequestError):  # several seeds, and none of them the first
        return name if find_run(name) == folder else str(folder)
    return str(folder)


def _figure(result: RunResult) -> Path | None:
    """Draw the figure of a run if it is not there, whole or not at all; None where it cannot be written."""
    path = result.folder / "encounters.png"
    if path.exists():
        return path
    from analysis.figures import draw_run

    begun = path.with_name(f".{path.name}")
    try:
        draw_run(result, begun)
        begun.replace(path)
    except OSError as error:
        print(f"pathways: no figure: {error}", file=sys.stderr)
        return None
    finally:
        begun.unlink(missing_ok=True)
    return path


def _numbers(result: RunResult, beside: RunResult | None) -> dict[str, Any]:
    first, last = result.horizon()
    return {
        "scenario": "+".join(result.config.scenarios),
        "seed": result.config["seed"],
        "member": member_name(result.config[MEMBER]),
        "folder": str(result.folder),
        "first_month": first,
        "last_month": last,
        "unit": "people a year",
        "numbers": result.headline(),
        "baseline": beside.headline() if beside else None,
    }


def _numbers_text(result: RunResult, beside: RunResult | None) -> str:
    first, last = result.horizon()
    share = f"{result.config['population.share']:.4g} of all households"
    made = f"seed {result.config['seed']}, member {member_name(result.config[MEMBER])}"
    lines = [f"{result.config.title}: {share}, {made}"]
    known = beside.headline() if beside else {}
    head = f"{'people a year, ' + first + ' to ' + last:<36}{'this run':>12}"
    lines.append(head + (f"{'baseline':>12}{'change':>12}" if known else ""))
    for name, value in result.headline().items():
        line = f"{HEADLINE[name].label:<36}{value:>12,.0f}"
        lines.append(line + (f"{known[name]:>12,.0f}{value - known[name]:>+12,.0f}" if known else ""))
    alone = "Central member" if result.config[MEMBER] is None else f"Member {member_name(result.config[MEMBER])} alone"
    lines.append(f"{alone}; no interval of parameters (run.members=20 gives one, compare has one).")
    return "\n".join(lines)


def compare(options: argparse.Namespace) -> int:
    """Print runs side by side and journey by journey, with costs; write the tables to the files asked for."""
    folders = [find_run(name) for name in options.runs]
    if not folders[1:]:
        raise RequestError("compare needs two runs or more: pathways compare baseline labour_visas_50k")
    from analysis.compare import compare_runs

    comparison = compare_runs(folders)
    rows, tables, answers, details = comparison.table(), [comparison.exported()], [], []
    if not options.quick:
        for told in _beneath(options, comparison, [RunResult.open(folder) for folder in folders]):
            tables += told.tables
            for row in rows:
                row |= {"interval": told.intervals.get((row["scenario"], row["outcome"], row["country"]))}
            answers.append("\n".join(told.answer))
            details.append(told.details)
    text = "\n\n".join([*answers, *details]) if answers else comparison.text()
    lead = "\n".join(answers).splitlines() if comparison.may_lead() else []
    as_json = json_text(rows)
    files = table_files(options, tables[0].title, tables, lead)
    if options.json and options.json != STDOUT:
        files.append((options.json, f"{as_json}\n".encode()))
    write_files(files)
    print(as_json if options.json == STDOUT else text)
    return FINE


class _Told(NamedTuple):
    """A scenario beside its reference: tables to export, the answer for the first screen, and what is beneath it.

    intervals: by scenario, outcome and country, split into what leaves them open.
    """

    tables: list[Table]
    answer: list[str]
    details: str
    intervals: dict[tuple[str, str, str], dict[str, Any]]


def _beneath(options: argparse.Namespace, comparison: Comparison, runs: Sequence[RunResult]) -> Iterator[_Told]:
    """Yield what each scenario does: its answer, its outcomes, its spread over replicates, its ledger, its costs."""
    from analysis.agreement import disagreement
    from analysis.answer_text import answer, places
    from analysis.compare import ONE_PAIR, TOTAL
    from analysis.cost_lines import Pair
    from analysis.costs import costs, errors_of
    from analysis.replicates import spread_table, spread_text, spreads
    from analysis.tables import cost_table, ledger_tables
    from analysis.together import programmes_of, recorded_ledgers

    reference, *others = runs
    with telling(reference.config) as on_month:
        ledgers = recorded_ledgers(reference, others, _say, on_month)
    n_members, n_seeds, why = _lived_with(options)
    replicated = _replicated(options, runs, n_members, n_seeds)
    for k, (run, ledger) in enumerate(zip(others, ledgers, strict=True)):
        title, programmes = run.config.title, programmes_of(run.config)
        parts = [_part("Outcomes of this pair, and the difference by country", *comparison.details(k), ONE_PAIR)]
        tables, found = ledger_tables(ledger), []
        if replicated:
            found = spreads(replicated[k])
            tables.append(spread_table(title, found))
            effects = spread_text(found, n_members, n_seeds)
            parts.append(_part("Effects over several pairs", effects))
            costed = costs([meeting.pair for meeting in replicated[k]])
        else:
            costed = costs([Pair.of(reference, run)], errors=errors_of(ledger))
        made = [BY_ANOTHER] if made_otherwise(run) else []
        parts.append(_part("What became of each journey", ledger.text(programmes), *made))
        if run.config.policies:
            tables.append(cost_table(costed))
            parts.append(_part("Costs", costed.text()))
        if others[1:]:
            tables = [replace(table, name=f"{table.name} {k + 1}") for table in tables]
            parts = [f"{title} ({comparison.names[k + 1]})", *parts]
        first = answer(comparison, k, ledger, programmes, costed, found, places(reference, run, programmes))
        first += [f"No ensemble, so no interval of parameters: {why}."] if why else []
        doubt = disagreement("+".join(run.config.scenarios))
        first += [doubt] if doubt else []
        if replicated:
            share = reference.config["population.share"]
            part = _replicate_share(options, runs)
            first.append(
                f"Numbers, ratios and costs: of {len(replicated[k])} pairs with {part:.4g} of all "
                f"households. Places, outcomes and journeys: of the recorded pair, with {share:.4g}."
            )
        intervals = {
            (comparison.names[k + 1], one.what, TOTAL): one.split.data() for one in found if one.split is not None
        }
        yield _Told(tables, first, "\n\n".join(parts), intervals)


def _part(heading: str, *lines: str) -> str:
    """Return a part of the details under its heading."""
    return "\n".join([heading, "-" * len(heading), *lines])


def _replicate_share(options: argparse.Namespace, runs: Sequence[RunResult]) -> float:
    """Return the part of all households that replicates live with: no more than the recorded runs have."""
    from analysis.together import SHARE

    return float(options.share or min(SHARE, runs[0].config["population.share"]))


def _lived_with(options: argparse.Namespace) -> tuple[int, int, str]:
    """Return the members and the seeds of each that intervals rest on, and why there are none if none were refused."""
    from analysis.together import MEMBERS, SEEDS
    from sim.ensemble import usable

    n, why = options.members, ""
    if n is None:
        known, why = usable()
        n = min(MEMBERS, known)
        if why:
            _say(f"no ensemble, so no interval of parameters: {why}")
    return n, options.seeds or (SEEDS if n else 1), why


def _replicated(
    options: argparse.Namespace, runs: Sequence[RunResult], n_members: int, n_seeds: int
) -> list[list[Meeting]]:
    """Return the meetings of each scenario over seeds and members; nothing if only the central pair is asked for."""
    if not options.seeds and not n_members:
        return []
    from analysis.together import minutes, replicates

    passes = n_seeds * max(n_members, 1)
    share = _replicate_share(options, runs)
    of = f"{n_members} members, {n_seeds} seeds each" if n_members else f"{n_seeds} seeds, central parameters"
    _say(
        f"for intervals {passes} passes of {len(runs)} worlds with {share:.4g} of all households ({of}): about "
        f"{minutes(runs, share, passes):.0f} minutes; --members 0 leaves them out"
    )
    configs = [run.config.replace(population__share=share) for run in runs]
    first = runs[0].config["seed"]

    def after(number: int) -> None:
        _say(f"pass {number} of {passes}")

    return replicates(configs, range(n_members), range(first, first + n_seeds), after)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def verify(options: argparse.Namespace) -> int:
    """Run a recorded configuration again and tell whether it came out the same."""
    result = RunResult.open(find_run(options.run))
    with telling(result.config) as on_month:
        found = differences(result, on_month)
    if options.json or not found:
        data = {"run": str(result.folder), "identical": not found, "differences": found}
        tell(options, data, f"identical: {result.folder}")
    if found:
        raise WorkError("\n".join(found))
    return FINE
