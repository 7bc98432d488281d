"""The commands that make a run or read what was run: `run`, `compare`, `verify`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

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

STDOUT = Path("-")
"""Name of a file that stands for standard output."""


def run(options: argparse.Namespace) -> int:
    """Make a run, or find it made, and print the four numbers."""
    config = compose(options.overrides)
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
    tell(options, _numbers(result, beside), f"{_numbers_text(result, beside)}\n{files}")
    return FINE


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
    return "\n".join(lines)


def compare(options: argparse.Namespace) -> int:
    """Print runs side by side, and write the table to the files that are asked for."""
    folders = [find_run(name) for name in options.runs]
    if not folders[1:]:
        raise RequestError("compare needs two runs or more: pathways compare baseline labour_visas_50k")
    from analysis.compare import compare_runs

    comparison = compare_runs(folders)
    as_json = json_text(comparison.table())
    tables = [comparison.exported()]
    files = table_files(options, tables[0].title, tables)
    if options.json and options.json != STDOUT:
        files.append((options.json, f"{as_json}\n".encode()))
    write_files(files)
    print(as_json if options.json == STDOUT else comparison.text())
    return FINE


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
