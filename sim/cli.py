"""The command `pathways`: parse, call, print, and turn an error into a line and an exit status.

0: fine; 1: the work failed; 2: the request was wrong; 130 or 143: interrupted. What a command does is in
`sim.commands`, in a module that is loaded when it runs, so that `pathways list` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import math
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from sim.commands import FAILED, SIGNALLED, WRONG
from sim.errors import RequestError, WorkError, nearest, refuse, unreadable

EXAMPLES = """examples:
  pathways run                                       the baseline, a tenth of all households, to 2030
  pathways run run=smoke                             a quick look
  pathways run scenarios=labour_visas_50k            one scenario, beside the baseline if that was run
  pathways compare baseline labour_visas_50k         what it changes, for whom, at what cost
  pathways explain labour_visas_50k --lang es        in Spanish; fr: in French

Own scenarios: ./scenarios/NAME.yaml. More of a command: pathways COMMAND --help"""
RUN_EXAMPLES = """examples:
  pathways run scenarios=labour_visas_50k seed=7
  pathways run 'scenarios=[labour_visas_50k,reintegration_boost]'
  pathways run scenarios=labour_visas_50k policies.labour_places.start=2027-01
  pathways run border=open_2019 population.share=0.01 run.start=2013-10 run.end=2030-12
  pathways run run.members=20                        a run of each of 20 members, and their intervals
  pathways run run.output=my_run run.threads=2 engine=agents population.share=0.0005
  pathways run drivers.dryness_file=dryness.csv      a driver's path of one's own: month, department, value

Parameters with unit, range and source: docs/parameters.md. Without run.output the files are in runs/."""
COMPARE_EXAMPLES = """examples:
  pathways compare baseline labour_visas_50k
  pathways compare baseline labour_visas_50k --members 0          one central pair: at once, chance only
  pathways compare baseline labour_visas_50k --members 40 --seeds 4 --share 0.01
  pathways compare baseline labour_visas_50k --xlsx visas.xlsx --html visas.html
  pathways compare my_runs/a my_runs/b --quick --csv differences.csv

First the answer: the four numbers, the places, the diversion ratio, the cost of a journey averted. Beneath it the
outcomes by country, what became of each journey, who gains and loses journeys, who pays. Intervals are of 20 members
of the ensemble, two seeds each, the same in both worlds, split into parameters, theories and chance. Runs are a pair
if seed, share of households and dates are the same. A run with parameters of its own has a name such as
labour_visas_50k+9339bb1d: `run` ends with it, `ls runs/default` lists them."""


DOSE_EXAMPLES = """examples:
  pathways dose labour_visas_50k policies.labour_places.places_per_year.usa_h2a=0,5000,10000,20000
  pathways dose labour_visas_50k policies.labour_places.places_per_year=0x,1x,2x --for -5000 --png dose.png
  pathways dose reintegration_boost policies.reintegration.coverage=0,.5,1 --outcome returned_left_again --seeds 8

A setting that gives places by pathway stands for all of them together, shared out as in the scenario. Each dose is
compared with the same baseline, 0.02 of all households and four seeds unless told otherwise."""
SENSITIVITY_EXAMPLES = """examples:
  pathways sensitivity labour_visas_50k --png tornado.png
  pathways sensitivity labour_visas_50k --method morris --outcome deaths
  pathways sensitivity enforcement_only --parameters behaviour.sigma_u behaviour.b_c border.p_det --runs 64
  pathways sensitivity --outcome remittances population.share=0.02

Without a scenario: the outcome in the baseline; with one: scenario minus baseline, in the same lives. Unless told
otherwise Sobol' indices, of an emulator of ten runs for each parameter that members of the ensemble draw; Morris'
effects are of four trajectories over every parameter with a prior. Each run is kept in runs/sensitivity: a stopped
command goes on from there, and another outcome takes no new run. What it means: docs/sensitivity.md."""
CALIBRATE = """examples:
  pathways calibrate ensemble --quick                minutes: a look at the whole way
  pathways calibrate ensemble --write                an hour or two: the ensemble that is shipped
  pathways calibrate level population.share=0.1 --write

Screening, waves of history matching, sequential Monte Carlo, and a check that known parameters are found again: what
each does, and what came of it, is in docs/calibration.md. What was run is kept in runs/calibration: a stopped command
goes on from there when it is given again. Nothing counted after September 2019 is seen."""
VERSIONS_EXAMPLES = """examples:
  pathways versions runs_of_0.1/baseline runs_of_0.2/baseline
  pathways versions --pinned v0.1.0 HEAD"""
VALIDATE_EXAMPLES = """examples:
  pathways validate targets --members 20             twenty stylised facts, simulated beside observed
  pathways validate experiments --members 20         natural experiments, published effect beside ours
  pathways validate hindcast                         drivers known, counts to September 2019, scored on FY2021
  pathways validate forecast                         twenty origins of 2014-19, nothing later known
  pathways validate --observed counts.csv --json     counts of your own, October 2019 to December 2025

Columns of the file: month (YYYY-MM), country, measure (encounters_usbp, or of one party:
encounters_usbp_family_unit), encounters. How it is scored, and how it came out: docs/forecast.md."""
JSON_FILE = ("compare",)
"""Commands whose --json names a file; '-' is standard output, where the others print."""
FILES = ("csv", "xlsx", "html")
"""Kinds of file that a table is written as."""


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
            status = _call(options)
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


def _call(options: argparse.Namespace) -> int:
    """Load the module of a command and call its function; numpy's linear algebra gets one thread.

    Its matrices are small: a second thread takes longer to start than the first to finish, and rounds otherwise.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    module, name = options.function
    return int(getattr(importlib.import_module(f"sim.commands.{module}"), name)(options))


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
    refuse(list(_do_not_go_together(options)))
    return options


def _do_not_go_together(options: argparse.Namespace) -> Iterator[str]:
    """Yield what is wrong with options that are fine one by one."""
    given = {f"--{name}": vars(options).get(name) for name in (*FILES, "png", "json")}
    files = {name: path.absolute() for name, path in given.items() if isinstance(path, Path)}
    for name, path in files.items():
        first = next(one for one, other in files.items() if other == path)
        if first != name:
            yield f"{first} and {name} both name {given[name]}; give each a file of its own"
    if options.command == "compare":
        asked = [f"--{name}" for name in ("seeds", "members") if vars(options)[name]]
        if options.quick and asked:
            yield f"--quick compares what was recorded only; leave out it or {' and '.join(asked)}"
        if options.share and (options.quick or (options.members == 0 and not options.seeds)):
            yield "--share is of the runs that --seeds and --members live; give one of them"


def _parser() -> tuple[_Parser, dict[str, Any]]:
    shared = _Parser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    about = "Simulate migration policies for El Salvador, Guatemala, Honduras."
    parser = _Parser(prog="pathways", description=about, epilog=EXAMPLES)
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")

    def command(name: str, function: str, text: str, examples: str = "") -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[shared], epilog=examples)
        added.set_defaults(function=function.split("."))
        if name not in JSON_FILE:
            added.add_argument("--json", action="store_true", help="print the result as JSON")
        return added

    command("list", "scenarios.list_all", "scenarios: name, title, recommendation, evidence grade")
    one = command("explain", "scenarios.explain", "what a scenario changes, with unit, source and grade")
    one.add_argument("name", help="of a scenario, as `pathways list` shows it")
    one.add_argument("--lang", default="en", help="language of the text: en, es or fr")
    one = command("run", "runs.run", "one run; by default the baseline", RUN_EXAMPLES)
    one.add_argument("overrides", nargs="*", metavar="key=value", help="scenarios, and any parameter by its path")
    one = command("compare", "runs.compare", "what scenarios change, for whom, at what cost", COMPARE_EXAMPLES)
    one.add_argument("runs", nargs="+", metavar="RUN", help="scenario or folder of a run; the first is the reference")
    one.add_argument("--quick", action="store_true", help="compare what was recorded only: no ledger of journeys")
    one.add_argument("--seeds", type=_count, metavar="N", help="seeds of each member that intervals rest on; 2")
    many = "members of the ensemble that intervals rest on; 20; 0: the central one alone"
    one.add_argument("--members", type=_members_or_none, metavar="N", help=many)
    one.add_argument("--share", type=_share, metavar="S", help="part of all households that these live with; 0.02")
    _add_files(one)
    one.add_argument("--json", type=_file, metavar="FILE", help="write the outcomes as JSON, complete; '-' prints them")
    one = command("dose", "dose.dose", "how an outcome answers to a lever of a policy", DOSE_EXAMPLES)
    one.add_argument("scenario", metavar="SCENARIO", help="its name, or several joined by '+'")
    one.add_argument("lever", metavar="LEVER=DOSES", help="a number of a policy by its path; 2x: twice the scenario's")
    one.add_argument("overrides", nargs="*", metavar="key=value", help="as of `run`")
    one.add_argument("--outcome", action="append", metavar="NAME", help="as in docs/outcomes.md; may be given again")
    one.add_argument("--for", type=_finite, dest="sought", metavar="CHANGE", help="tell the dose of a change, as -5000")
    one.add_argument("--seeds", type=_count, metavar="N", help="paired runs of each dose, for an interval; 4")
    one.add_argument("--members", type=_members, metavar="N", help="the same for each of N members of the ensemble")
    one.add_argument("--png", type=_file, metavar="FILE", help="draw the response")
    _add_files(one)
    one = command(
        "sensitivity", "sensitivity.sensitivity", "which uncertain parameters move an outcome", SENSITIVITY_EXAMPLES
    )
    one.add_argument("scenario", nargs="?", metavar="SCENARIO", help="its name, or several joined by '+'")
    one.add_argument("overrides", nargs="*", metavar="key=value", help="as of `run`; population.share is 0.01")
    one.add_argument("--outcome", metavar="NAME", help="as in docs/outcomes.md; irregular_journeys")
    one.add_argument("--method", type=_one_of("morris", "sobol"), metavar="morris|sobol", help="sobol")
    which = "parameters to move, by path; 'all': every one with a prior"
    one.add_argument("--parameters", nargs="+", metavar="PATH", help=which)
    one.add_argument("--runs", type=_count, metavar="N", help="parameter sets; the fewest that the method takes")
    one.add_argument("--direct", action="store_true", help="Sobol' indices of the runs themselves, without emulator")
    solving = "solve the levels anew for each parameter set"
    one.add_argument("--solve", action=argparse.BooleanOptionalAction, default=True, help=solving)
    one.add_argument("--png", type=_file, metavar="FILE", help="draw the tornado")
    _add_files(one)
    one = command("check", "scenarios.check", "whether every scenario composes and every policy moves what it declares")
    one.add_argument("overrides", nargs="*", metavar="key=value", help="such as population.share=0.002")
    one.add_argument("--quick", action="store_true", help="compose the scenarios only, live nothing")
    one = command("baseline", "upkeep.baseline", "rerun the small pinned runs and compare, or accept what changed")
    one.add_argument("action", type=_one_of("check", "update"), metavar="check|update")
    one.add_argument("--reason", help="why results changed; lands in CHANGELOG.md")
    one = command("verify", "runs.verify", "run a recorded configuration again and compare")
    one.add_argument("run", metavar="RUN", help="name of a scenario that was run, or folder of a run")
    one = command("versions", "upkeep.versions", "which outcomes another version moves", VERSIONS_EXAMPLES)
    one.add_argument("before", metavar="BEFORE", help="folder of a run, or with --pinned a git revision")
    one.add_argument("after", metavar="AFTER", help="the same question recorded by another version")
    one.add_argument("--pinned", action="store_true", help="compare the pinned results of two git revisions")
    what = "the model beside the record: targets, experiments, hindcast, forecast"
    one = command("validate", "validate.validate", what, VALIDATE_EXAMPLES)
    one.add_argument("what", nargs="?", type=_one_of("targets", "experiments", "hindcast", "forecast"), metavar="WHAT")
    one.add_argument("--observed", metavar="FILE", help="score counts of your own: month, country, measure, encounters")
    one.add_argument("--members", type=_members, metavar="N", help="members of the ensemble; all unless told otherwise")
    one = command("calibrate", "upkeep.calibrate", "make the ensemble, or solve the level of the baseline", CALIBRATE)
    one.add_argument("what", type=_one_of("ensemble", "level"), metavar="ensemble|level")
    one.add_argument("overrides", nargs="*", metavar="key=value", help="such as behaviour=threshold")
    plans = "how much work: standard (an hour), full (a night), quick, tiny"
    one.add_argument("--plan", default="standard", metavar="NAME", help=plans)
    one.add_argument("--quick", dest="plan", action="store_const", const="quick", help="the same as --plan quick")
    one.add_argument("--write", action="store_true", help="write the solution into the table it belongs to")
    return parser, dict(commands.choices)


def _add_files(command: argparse.ArgumentParser) -> None:
    for kind in FILES:
        what = "the first table" if kind == "csv" else "all tables"
        text = f"write {what} as {kind.upper()}, cells on few simulated households blank"
        command.add_argument(f"--{kind}", type=_file, metavar="FILE", help=text)


def _count(word: str) -> int:
    if not word.isdecimal() or not int(word):
        raise argparse.ArgumentTypeError(f"'{word}' is not a number from 1 on")
    return int(word)


def _members(word: str) -> int:
    from sim.ensemble import members

    number = _count(word)
    if number > len(members()):
        raise argparse.ArgumentTypeError(f"the ensemble has {len(members())} members, not {number}")
    return number


def _members_or_none(word: str) -> int:
    return 0 if word == "0" else _members(word)


def _number(allowed: Callable[[float], bool], what: str) -> Callable[[str], float]:
    def read(word: str) -> float:
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        if not allowed(number):
            raise argparse.ArgumentTypeError(f"'{word}' is not {what}")
        return number

    return read


_finite = _number(math.isfinite, "a number, such as -5000")
_share = _number(lambda share: 0 < share <= 1, "a part of all households, such as 0.02")


def _file(word: str) -> Path:
    """Return a file that can be put where it is asked for, as far as can be told before the work."""
    if not word.isprintable():
        raise argparse.ArgumentTypeError(f"{word!r}: cannot be written: a character cannot be printed")
    path = Path(word)
    why = (
        "it is a folder" if path.is_dir()
        else "" if path.parent.is_dir() and os.access(path.parent, os.W_OK)
        else f"the folder {path.parent} cannot be written to" if path.parent.exists()
        else f"the folder {path.parent} does not exist"
    )  # fmt: skip
    if why:
        raise argparse.ArgumentTypeError(f"{word}: cannot be written: {why}")
    return path


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(word: str) -> str:
        if word not in allowed:
            raise argparse.ArgumentTypeError(f"'{word}' is not one of {', '.join(allowed)}{nearest(word, allowed)}")
        return word

    return read
