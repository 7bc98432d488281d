"""The command `pathways`: parse, call, print, and turn an error into a line and an exit status.

0: fine; 1: the work failed; 2: the request was wrong; 130 or 143: interrupted. Commands import what they need
when they run, so that `pathways list` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sim.errors import DataError, RequestError, WorkError, nearest, refuse, unreadable

if TYPE_CHECKING:
    from sim.results import RunResult

FINE, FAILED, WRONG, SIGNALLED = 0, 1, 2, 128
"""Exit status; a signal adds its number to the last."""
LANGUAGES = ("en",)
EXAMPLES = """examples:
  pathways run                                       the baseline, a tenth of all households, to 2030
  pathways run run=smoke                             a quick look
  pathways run scenarios=labour_visas_50k            one scenario, beside the baseline if that was run
  pathways compare baseline labour_visas_50k

Own scenarios: ./scenarios/NAME.yaml. More of a command: pathways COMMAND --help"""
RUN_EXAMPLES = """examples:
  pathways run scenarios=labour_visas_50k seed=7
  pathways run 'scenarios=[labour_visas_50k,reintegration_boost]'
  pathways run scenarios=labour_visas_50k policies.labour_places.start=2027-01
  pathways run border=open_2019 population.share=0.01 run.start=2013-10 run.end=2030-12
  pathways run run.output=my_run run.threads=2 engine=agents population.share=0.0005
  pathways run drivers.dryness_file=dryness.csv      a driver's path of one's own: month, department, value

Parameters with unit, range and source: docs/parameters.md. Without run.output the files are in runs/."""
COMPARE_EXAMPLES = """examples:
  pathways compare baseline labour_visas_50k
  pathways compare my_runs/a my_runs/b --csv differences.csv

Runs are a pair if seed, share of households and dates are the same."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a letter shows '?'
    stops: list[int] = []
    try:
        with _terminable(stops):
            _check_here()
            options = _parse([word for word in words if word != "--debug"])
            status = int(options.command(options))
            if sys.stdout is not None:
                sys.stdout.flush()
            return status
    except KeyboardInterrupt:
        return _interrupted(words, stops)
    except BrokenPipeError:  # who reads has seen enough, as in `pathways list | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SIGNALLED + signal.SIGPIPE
    except Exception as error:
        if stops:  # a library tells an interruption in its own way
            return _interrupted(words, stops)
        if "--debug" in words:
            raise
        return _told(error)


def _check_here() -> None:
    try:
        os.getcwd()
    except OSError as error:
        raise RequestError(f"the current folder cannot be used: {unreadable(error)}") from None


def _interrupted(words: Sequence[str], stops: Sequence[int]) -> int:
    again = f"pathways {shlex.join(words)}"
    print(f"pathways: interrupted, no half run is left; repeat with: {again}", file=sys.stderr)
    return SIGNALLED + (stops[0] if stops else signal.SIGINT)


@contextlib.contextmanager
def _terminable(stops: list[int]) -> Iterator[None]:
    """Let SIGTERM end the work as Ctrl-C does, also in the background; collect the signals that came."""

    def stop(number: int, frame: object) -> None:
        stops.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if stops else handler)  # one stop is enough on the way out


def _told(error: Exception) -> int:
    """Print an error, a line for each problem, and return the exit status that it means."""
    asked = isinstance(error, RequestError | WorkError)
    text = str(error) if asked else " ".join(f"{type(error).__name__}: {error} (--debug shows where)".split())
    for line in text.splitlines():
        print(f"pathways: {line}", file=sys.stderr)
    return WRONG if isinstance(error, RequestError) else FAILED


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        kind = argparse.RawDescriptionHelpFormatter  # examples keep their lines
        super().__init__(allow_abbrev=False, formatter_class=kind, **settings)

    def error(self, message: str) -> NoReturn:
        raise RequestError(f"{message}; see {self.prog} --help")


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser, commands = _parser()
    first = next((word for word in words if not word.startswith("-")), None)
    if first is not None and first not in commands:
        known = ", ".join(commands)
        raise RequestError(f"unknown command '{first}'; one of {known}{nearest(first, commands)}")
    options, rest = parser.parse_known_args(words)
    if options.command is None:
        raise RequestError(f"name a command: {', '.join(commands)}; see pathways --help")
    if "overrides" in options:  # key=value may stand before and after options
        options.overrides += [word for word in rest if not word.startswith("-")]
        rest = [word for word in rest if word.startswith("-")]
    if rest:
        what = "unknown option" if rest[0].startswith("-") else "one word too many:"
        raise RequestError(f"{what} '{rest[0]}'; see pathways {first or ''} --help")
    return options


def _parser() -> tuple[_Parser, dict[str, Any]]:
    shared = _Parser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    about = "Simulate migration policies for El Salvador, Guatemala, Honduras."
    parser = _Parser(prog="pathways", description=about, epilog=EXAMPLES)
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")

    def command(name: str, function: Any, text: str, examples: str = "") -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[shared], epilog=examples)
        added.set_defaults(command=function)
        return added

    one = command("list", _list, "scenarios: name, title, recommendation, evidence grade")
    one.add_argument("--json", action="store_true", help="print them as JSON")
    one = command("explain", _explain, "what a scenario changes, with unit, source and grade")
    one.add_argument("name", help="of a scenario, as `pathways list` shows it")
    one.add_argument("--lang", default="en", help=f"one of {', '.join(LANGUAGES)}")
    one.add_argument("--json", action="store_true", help="print it as JSON")
    one = command("run", _run, "one run; by default the baseline", RUN_EXAMPLES)
    one.add_argument("overrides", nargs="*", metavar="key=value", help="scenarios, and any parameter by its path")
    one.add_argument("--json", action="store_true", help="print the numbers as JSON")
    one = command("compare", _compare, "runs side by side; the first is the reference", COMPARE_EXAMPLES)
    one.add_argument("runs", nargs="+", metavar="RUN", help="name of a scenario that was run, or folder of a run")
    one.add_argument("--csv", type=Path, metavar="FILE", help="write the table as CSV")
    one.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON")
    command("check", _check, "whether every scenario composes and is in range")
    one = command("baseline", _baseline, "rerun the small pinned runs and compare, or accept what changed")
    one.add_argument("action", type=_one_of("check", "update"), metavar="check|update")
    one.add_argument("--reason", help="why results changed; lands in CHANGELOG.md")
    one = command("verify", _verify, "run a recorded configuration again and compare")
    one.add_argument("run", metavar="RUN", help="name of a scenario that was run, or folder of a run")
    one = command("calibrate", _calibrate, "solve the level of the baseline")
    one.add_argument("what", type=_one_of("level"), metavar="level")
    one.add_argument("overrides", nargs="*", metavar="key=value", help="such as population.share=0.05")
    one.add_argument("--write", action="store_true", help="write the solution into the parameter table")
    return parser, dict(commands.choices)


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(word: str) -> str:
        if word not in allowed:
            raise argparse.ArgumentTypeError(f"'{word}' is not one of {', '.join(allowed)}{nearest(word, allowed)}")
        return word

    return read


def _list(options: argparse.Namespace) -> int:
    from sim.scenarios import find_scenarios, is_own, read_scenario
    from sim.yamlfile import shown

    problems, scenarios = [], []
    for path in find_scenarios().values():
        try:
            scenarios.append(read_scenario(path))
        except DataError:
            raise
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
            own = f"  {shown(one.path)}" if is_own(one.path) else ""
            print(f"{one.name:<{names}}  {one.title:<{titles}}  {number:<17}  {one.evidence}{own}")
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
    table = io.StringIO()
    lines = csv.DictWriter(table, list(rows[0]) if rows else [], lineterminator="\n")
    lines.writeheader()
    lines.writerows(rows)
    wanted = ((options.csv, table.getvalue()), (options.json, json.dumps(rows, indent=1) + "\n"))
    _write([(path, text) for path, text in wanted if path])
    print(comparison.text())
    return FINE


def _write(files: Sequence[tuple[Path, str]]) -> None:
    """Write texts, all or none of them that were not there."""
    made: list[Path] = []
    for path, text in files:
        made += [] if path.exists() else [path]
        try:
            path.write_text(text, encoding="utf-8")
        except (OSError, ValueError) as error:
            for one in made:
                with contextlib.suppress(OSError):
                    one.unlink(missing_ok=True)
            raise RequestError(f"{path}: cannot be written: {unreadable(error)}") from None


def _check(options: argparse.Namespace) -> int:
    from sim.compose import compose
    from sim.scenarios import find_scenarios

    problems = []
    for name in find_scenarios():
        try:
            print(f"fine  {name}: {compose([f'scenarios={name}']).title}")
        except DataError:
            raise
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
    from sim.progress import telling
    from sim.results import RunResult
    from sim.study import differences, find_run

    result = RunResult.open(find_run(options.run))
    with telling(result.config) as on_month:
        found = differences(result, on_month)
    if found:
        raise WorkError("\n".join(found))
    print(f"identical: {result.folder}")
    return FINE


def _calibrate(options: argparse.Namespace) -> int:
    from analysis.calibration import calibrate_level

    calibrate_level(options.overrides, write_down=options.write)
    return FINE
