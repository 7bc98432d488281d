"""The command `pathways`: parse, call, print, and turn an error into a line and an exit status.

0: fine; 1: the work failed; 2: the request was wrong; 130: interrupted. Commands import what they need when
they run, so that `pathways list` answers at once.
"""

from __future__ import annotations

import argparse
import csv
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sim.errors import RequestError, WorkError, nearest, refuse

if TYPE_CHECKING:
    from sim.results import RunResult

FINE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
LANGUAGES = ("en",)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        options = _parse([word for word in words if word != "--debug"])
        return int(options.command(options))
    except KeyboardInterrupt:
        print(
            f"pathways: interrupted, no half run is left; repeat with: pathways {shlex.join(words)}",
            file=sys.stderr,
        )
        return INTERRUPTED
    except Exception as error:
        if "--debug" in words:
            raise
        return _told(error)


def _told(error: Exception) -> int:
    """Print an error, a line for each problem, and return the exit status that it means."""
    asked = isinstance(error, RequestError | WorkError)
    text = str(error) if asked else f"{type(error).__name__}: {error} (--debug shows where)"
    for line in text.splitlines():
        print(f"pathways: {line}", file=sys.stderr)
    return WRONG if isinstance(error, RequestError) else FAILED


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise RequestError(f"{message}; see {self.prog} --help")


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser, commands = _parser()
    first = next((word for word in words if not word.startswith("-")), None)
    if first is not None and first not in commands:
        known = ", ".join(commands)
        raise RequestError(f"unknown command '{first}'; one of {known}{nearest(first, commands)}")
    options, rest = parser.parse_known_args(words)
    if "overrides" in options:  # key=value may stand before and after options
        options.overrides += [word for word in rest if not word.startswith("-")]
        rest = [word for word in rest if word.startswith("-")]
    if rest:
        raise RequestError(f"unknown option '{rest[0]}'; see pathways {first or ''} --help")
    return options


def _parser() -> tuple[_Parser, dict[str, Any]]:
    shared = _Parser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser = _Parser(
        prog="pathways", description="Simulate migration policies for El Salvador, Guatemala, Honduras."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, function: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[shared])
        added.set_defaults(command=function)
        return added

    one = command("list", _list, "scenarios: name, title, recommendation, evidence grade")
    one.add_argument("--json", action="store_true")
    one = command("explain", _explain, "what a scenario changes, with unit, source and grade")
    one.add_argument("name")
    one.add_argument("--lang", default="en")
    one.add_argument("--json", action="store_true")
    one = command("run", _run, "one run; by default the baseline")
    one.add_argument("overrides", nargs="*", metavar="key=value", help="scenarios=[a,b] seed=7 run=smoke ...")
    one.add_argument("--json", action="store_true", help="print the numbers as JSON")
    one = command(
        "compare", _compare, "runs side by side, by scenario name or folder; the first is the reference"
    )
    one.add_argument("runs", nargs="+", metavar="RUN")
    one.add_argument("--csv", type=Path, metavar="FILE")
    one.add_argument("--json", type=Path, metavar="FILE")
    command("check", _check, "whether every scenario composes and is in range")
    one = command("baseline", _baseline, "rerun the small pinned runs and compare, or accept what changed")
    one.add_argument("action", choices=("check", "update"))
    one.add_argument("--reason", help="why results changed; lands in CHANGELOG.md")
    one = command("verify", _verify, "run a recorded configuration again and compare")
    one.add_argument("run")
    one = command("calibrate", _calibrate, "solve the level of the baseline")
    one.add_argument("what", choices=("level",))
    one.add_argument("overrides", nargs="*", metavar="key=value", help="such as population.share=0.05")
    one.add_argument("--write", action="store_true", help="write the solution into the parameter table")
    return parser, dict(commands.choices)


def _list(options: argparse.Namespace) -> int:
    from sim.scenarios import find_scenarios, read_scenario
    from sim.yamlfile import shown

    problems, scenarios = [], []
    for path in find_scenarios().values():
        try:
            scenarios.append(read_scenario(path))
        except RequestError as error:
            problems.append(str(error))
    if options.json:
        keys = ("name", "title", "recommendation", "evidence", "question")
        rows = [{key: getattr(one, key) for key in keys} | {"file": shown(one.path)} for one in scenarios]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        names = max((len(one.name) for one in scenarios), default=0)
        titles = max((len(one.title) for one in scenarios), default=0)
        for one in scenarios:
            number = f"recommendation {one.recommendation}" if one.recommendation else "-"
            print(f"{one.name:<{names}}  {one.title:<{titles}}  {number:<17}  {one.evidence}")
    refuse(problems)
    return FINE


def _explain(options: argparse.Namespace) -> int:
    if options.lang not in LANGUAGES:
        raise RequestError(f"--lang {options.lang}: not there yet; one of {', '.join(LANGUAGES)}")
    from sim.scenarios import stack

    (scenario,) = stack([options.name])
    from sim.explain import explain, explained_text

    told = (
        json.dumps(explain(scenario), indent=1, ensure_ascii=False)
        if options.json
        else explained_text(scenario)
    )
    print(told)
    return FINE


def _run(options: argparse.Namespace) -> int:
    from sim.compose import compose
    from sim.progress import telling
    from sim.results import RunResult
    from sim.study import baseline_beside, is_complete, made_otherwise, make_run, refuse_folder, run_folder

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
    print(_numbers_json(result, beside) if options.json else _numbers_text(result, beside))
    if not options.json:
        print(f"Files in {folder}" + (f", figure {figure.name}" if figure else ""))
    return FINE


def _figure(result: RunResult) -> Path | None:
    from analysis.figures import draw_run

    path = result.folder / "encounters.png"
    if not path.exists():
        draw_run(result, path)
    return path


def _numbers_json(result: RunResult, beside: RunResult | None) -> str:
    first, last = result.horizon()
    told = {
        "scenario": "+".join(result.config.scenarios),
        "seed": result.config["seed"],
        "folder": str(result.folder),
        "first_month": first,
        "last_month": last,
        "unit": "people a year",
        "numbers": result.headline(),
        "baseline": beside.headline() if beside else None,
    }
    return json.dumps(told, indent=1)


def _numbers_text(result: RunResult, beside: RunResult | None) -> str:
    from sim.results import HEADLINE

    first, last = result.horizon()
    share = f"{result.config['population.share']:.4g} of all households"
    lines = [f"{result.config.title}: {share}, seed {result.config['seed']}"]
    known = beside.headline() if beside else {}
    head = f"{'people a year, ' + first + ' to ' + last:<36}{'this run':>12}"
    lines.append(head + (f"{'baseline':>12}{'change':>12}" if known else ""))
    for name, value in result.headline().items():
        line = f"{HEADLINE[name][1]:<36}{value:>12,.0f}"
        lines.append(line + (f"{known[name]:>12,.0f}{value - known[name]:>+12,.0f}" if known else ""))
    return "\n".join(lines)


def _compare(options: argparse.Namespace) -> int:
    from sim.study import find_run

    folders = [find_run(name) for name in options.runs]
    if not folders[1:]:
        raise RequestError("compare needs two runs or more: pathways compare baseline labour_visas_50k")
    from analysis.compare import compare_runs

    comparison = compare_runs(folders)
    rows = [dict(row) for row in comparison.table()]
    try:
        if options.csv:
            with options.csv.open("w", encoding="utf-8", newline="") as lines:
                table = csv.DictWriter(lines, list(rows[0]) if rows else [], lineterminator="\n")
                table.writeheader()
                table.writerows(rows)
        if options.json:
            options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise RequestError(f"{error.filename}: cannot be written: {error.strerror}") from None
    print(comparison.text())
    return FINE


def _check(options: argparse.Namespace) -> int:
    from sim.compose import compose
    from sim.scenarios import find_scenarios

    problems = []
    for name in find_scenarios():
        try:
            print(f"fine  {name}: {compose([f'scenarios={name}']).title}")
        except RequestError as error:
            print(f"WRONG {name}")
            problems.append(str(error))
    refuse(problems)
    return FINE


def _baseline(options: argparse.Namespace) -> int:
    from sim import baseline

    if options.action == "check":
        return baseline.check()
    if not (options.reason or "").strip():
        raise RequestError("baseline update needs --reason 'why results changed'")
    return baseline.update(options.reason.strip())


def _verify(options: argparse.Namespace) -> int:
    from sim.results import RunResult
    from sim.study import differences, find_run

    found = differences(RunResult.open(find_run(options.run)))
    if found:
        raise WorkError("\n".join(found))
    print(f"identical: {find_run(options.run)}")
    return FINE


def _calibrate(options: argparse.Namespace) -> int:
    from analysis.calibration import calibrate_level

    calibrate_level(options.overrides, write_down=options.write)
    return FINE
