"""Is one commit faster than another? Ratios of interleaved runs: `uv run python benchmarks/compare.py BASE [HEAD]`.

Each commit is checked out in a temporary folder and lives the same months in a process of its own, with caches of its
own; the two take turns, so that a slow spell of the machine falls on both. Compiling is not in the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SHARE, MONTHS, TURNS = 0.01, 24, 7
LAST_YEAR, MONTHS_A_YEAR = 2035, 12
WRONG = 2
"""Exit status where what was asked for cannot be done."""
WORKER = """
import hashlib, json, sys, time
from sim.config import default_config
from sim.model import MigrationModel

def run(values):
    model = MigrationModel(default_config(**values))
    plain, rules = model.live, [0.0]
    def live():
        began = time.process_time()
        plain()
        rules[0] += time.process_time() - began
    model.live = live
    began = time.process_time()
    while model.month < model.end_month:
        model.step()
    whole = time.process_time() - began
    outcomes = hashlib.sha256(repr(model.record.outcomes()).encode()).hexdigest()
    return {"whole run": whole, "rules": rules[0], "outcomes": outcomes}

values = json.loads(sys.argv[1])
run({**values, "run__end": "2013-02"})
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(run(values)), flush=True)
"""
"""What a process does: compile, then live the months each time it is asked to, on public names that change seldom."""


class CompareError(Exception):
    """The two commits cannot be compared; the message says why."""


def main(argv: Sequence[str] | None = None) -> int:
    """Compare two commits and print the table; return the exit status."""
    parser = argparse.ArgumentParser(
        "benchmarks/compare.py", formatter_class=argparse.RawDescriptionHelpFormatter,
        description=(__doc__ or "").split("\n\n")[0],
        epilog="A ratio below 1 says that HEAD takes less time. Example, before a pull request:\n"
        "  uv run python benchmarks/compare.py main\n"
        "The first run of a commit compiles its rules: about a minute each.",
    )  # fmt: skip
    parser.add_argument("base", metavar="BASE", help="a commit, branch or tag to compare with")
    parser.add_argument("head", metavar="HEAD", nargs="?", default="HEAD", help="the other one (default: %(default)s)")
    parser.add_argument("--share", type=float, default=SHARE, help="of all households (default: %(default)s)")
    parser.add_argument("--months", type=int, default=MONTHS, help="from January 2013 (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=TURNS, help="of each commit (default: %(default)s)")
    options = parser.parse_args(argv)
    try:
        refuse(options)
        commits = {word: commit(word) for word in (options.base, options.head)}
        runs = measured([commits[options.base], commits[options.head]], values(options), options.turns)
    except CompareError as error:
        print(f"compare: {error}", file=sys.stderr)
        return WRONG
    named = [f"{word} ({commits[word][:7]})" for word in (options.base, options.head)]
    print(table(named, *runs))
    return 0


def refuse(options: argparse.Namespace) -> None:
    """Raise CompareError where a number is out of range."""
    most = (LAST_YEAR - 2013 + 1) * MONTHS_A_YEAR
    if not 0 < options.share <= 1:
        raise CompareError(f"--share {options.share}: give more than 0 and at most 1")
    if not 2 <= options.months <= most:
        raise CompareError(f"--months {options.months}: give 2 to {most}")
    if options.turns < 1:
        raise CompareError(f"--turns {options.turns}: give 1 or more")


def values(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings of the runs."""
    year, month = divmod(options.months - 1, MONTHS_A_YEAR)
    return {
        "population__share": options.share, "run__start": "2013-01", "run__end": f"{2013 + year}-{month + 1:02d}",
        "run__threads": 1,
    }  # fmt: skip


def commit(word: str) -> str:
    """Return the full name of a commit."""
    done = git("rev-parse", "--verify", "--quiet", f"{word}^{{commit}}", check=False)
    if done.returncode:
        raise CompareError(f"{word} is no commit, branch or tag here; `git branch -a` and `git tag` list them")
    return done.stdout.strip()


def git(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run git in the project."""
    try:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=check)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CompareError(f"git {words[0]}: {getattr(error, 'stderr', None) or error}") from None


def measured(commits: Sequence[str], settings: dict[str, Any], turns: int) -> list[list[dict[str, Any]]]:
    """Return what each commit took in each turn; nothing is left behind."""
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        workers: list[subprocess.Popen[str]] = []
        try:
            for k, name in enumerate(commits):
                print(f"... {name[:7]}: checked out, compiled", file=sys.stderr)
                workers.append(worker(Path(folder) / str(k), name, settings))
            runs: list[list[dict[str, Any]]] = [[] for _ in commits]
            for turn in range(turns):
                print(f"... turn {turn + 1} of {turns}", file=sys.stderr)
                for mine, one in zip(runs, workers, strict=True):
                    mine.append(json.loads(answer(one, "go\n")))
            return runs
        finally:
            for one in workers:
                one.kill()
                one.communicate()


def worker(folder: Path, name: str, settings: dict[str, Any]) -> subprocess.Popen[str]:
    """Return a process of a commit that has compiled its rules and waits."""
    git("clone", "--quiet", "--shared", "--no-checkout", str(ROOT), str(folder))
    git("-C", str(folder), "checkout", "--quiet", "--detach", name)
    caches = {"NUMBA_CACHE_DIR": "numba", "PYTHONPYCACHEPREFIX": "bytecode", "PATHWAYS_CACHE_DIR": "pathways"}
    environment = {**os.environ, **{key: f"{folder}-{part}" for key, part in caches.items()}, "PYTHONPATH": str(folder)}
    started = subprocess.Popen(
        [sys.executable, "-c", WORKER, json.dumps(settings)], cwd=folder, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    answer(started)
    return started


def answer(one: subprocess.Popen[str], asked: str = "") -> str:
    """Return the next line of a process, after telling it something."""
    assert one.stdin is not None
    assert one.stdout is not None
    one.stdin.write(asked)
    one.stdin.flush()
    line = one.stdout.readline()
    if not line:
        raise CompareError("a commit cannot be run: what it said is above (settings that it does not know?)")
    return line


def table(named: Sequence[str], base: Sequence[dict[str, Any]], head: Sequence[dict[str, Any]]) -> str:
    """Return the table of seconds and ratios."""
    lines = [f"{'seconds of processor time':<28}{'BASE':>10}{'HEAD':>10}   HEAD / BASE (least to greatest)"]
    for part in ("whole run", "rules"):
        mine, theirs = [run[part] for run in base], [run[part] for run in head]
        ratios = [b / a for a, b in zip(mine, theirs, strict=True)]
        spread = f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
        lines.append(f"{part:<28}{statistics.median(mine):>10.3f}{statistics.median(theirs):>10.3f}   {spread}")
    same = "the same" if {run["outcomes"] for run in base} == {run["outcomes"] for run in head} else "NOT the same"
    return "\n".join([f"BASE {named[0]}, HEAD {named[1]}", *lines, f"Outcomes: {same}."])


if __name__ == "__main__":
    sys.exit(main())
