"""How far chance moves the four numbers at each share of the households, and which share a question needs.

`python -m analysis.sample_error` lives the baseline and a labour programme of two sizes at several shares and seeds,
keeps what came out in docs/sample_error.csv and writes docs/sample_error.md and its figure from all that is kept: so
shares can be added one at a time, `--share 1 --seeds 2`. The errors are worked out in `analysis/nested.py`.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from analysis.nested import EL_SALVADOR, REGION, SYNTHESIS, Key, Run
from analysis.sample_error_page import BASELINE, FIFTH, LARGE, SMALL, write_pages
from analysis.validation import as_command
from sim.codes import MONTHS_A_YEAR, is_month, month_index
from sim.compose import compose
from sim.config import Config, parameters
from sim.csvfile import read_records
from sim.errors import RequestError
from sim.lockstep import run_together
from sim.outcomes import HEADLINE
from sim.record import Record
from sim.results import horizon

DOCS: Final = Path(__file__).parent.parent / "docs"
SCENARIO: Final = "labour_visas_50k"
SIZES: Final = {LARGE: 1.0, SMALL: FIFTH}
"""Places of the programmes that are lived beside the baseline, each as a part of what the scenario sets."""
AREAS: Final = {REGION: "all", EL_SALVADOR: "country=SLV"}
SHARES: Final = (0.001, 0.003, 0.01, 0.03, 0.1)
FULL: Final = 1.0
SEEDS: Final = 8
VARY: Final = {"both": (1, 1), "lives": (1, 0), "households": (0, 1)}
"""What differs between runs: the seed of the run, that of the synthesis."""
COLUMNS: Final = ("share", "seed", "population_seed", "until", "area", "number", "world", "people_a_year")


ROUNDED: Final = 0.1
"""People a year to which values are kept."""


def live(share: float, seed: int, population_seed: int, until: str) -> Run:
    """Live the baseline and both sizes of the programme in one pass.

    Raises:
        RequestError: the households do not fit into memory.

    """
    settings = [
        f"population.share={share}", f"population.seed={population_seed}", f"seed={seed}", f"run.end={until}",
    ]  # fmt: skip
    worlds = {BASELINE: compose(settings)}
    whole = compose([f"scenarios={SCENARIO}", *settings])
    for size, part in SIZES.items():
        worlds[size] = _scaled(whole, part)
    records = {name: one.record for name, one in zip(worlds, run_together(list(worlds.values())), strict=True)}
    found = {name: _a_year(record, worlds[BASELINE]) for name, record in records.items()}
    values = {
        Key(area, number, name): value - (found[BASELINE][area, number] if name != BASELINE else 0.0)
        for name, numbers in found.items()
        for (area, number), value in numbers.items()
    }
    return Run(share, seed, population_seed, until, values)


def _scaled(config: Config, part: float) -> Config:
    """Return a scenario of labour places with a part of them."""
    settings = config.policies["labour_places"]
    places = {name: round(part * n) for name, n in settings["places_per_year"].items()}
    return replace(config, policies={"labour_places": {**settings, "places_per_year": places}})


def _a_year(record: Record, config: Config) -> dict[tuple[str, str], float]:
    """Return the four numbers by area over the horizon of a run, which begins with a year or the run."""
    first, last = horizon(config)
    years = (month_index(last) - month_index(first) + 1) / MONTHS_A_YEAR
    found = dict.fromkeys(((area, number) for area in AREAS for number in HEADLINE), 0.0)
    wanted = {(outcome.name, AREAS[area]): (area, number) for number, outcome in HEADLINE.items() for area in AREAS}
    for year, name, _, group, value in record.outcomes():
        if year >= first[:4] and (name, group) in wanted:
            found[wanted[name, group]] += value / years
    return found


def read_runs(path: Path) -> list[Run]:
    """Return the runs that a file keeps; none if there is no file.

    Raises:
        DataError: it cannot be read. RequestError: it is no file of such runs.

    """
    if not path.exists():
        return []
    header, rows = read_records(path)
    if header != COLUMNS:
        raise RequestError(f"{path}: columns {', '.join(header)}; needed: {', '.join(COLUMNS)}")
    found: dict[tuple[float, int, int, str], dict[Key, float]] = {}
    for row in rows:
        run = float(row["share"]), int(row["seed"]), int(row["population_seed"]), row["until"]
        found.setdefault(run, {})[Key(row["area"], row["number"], row["world"])] = float(row["people_a_year"])
    return [Run(*run, values) for run, values in found.items()]


def write_runs(path: Path, runs: Sequence[Run]) -> None:
    """Write runs, whole or not at all, in order of last month, seeds and share."""
    stage = path.with_name(f".{path.name}")
    with stage.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for run in sorted(runs, key=lambda run: (run.until, run.seed, run.population_seed, run.share)):
            for key, value in run.values.items():
                table.writerow((f"{run.share:g}", run.seed, run.population_seed, run.until, *key, f"{value:.1f}"))
    stage.replace(path)


def add_runs(path: Path, asked: Sequence[Run]) -> None:
    """Live the runs asked for that the file does not keep, and keep each as soon as it is there.

    Raises:
        RequestError: the model has changed since the runs were kept: the smallest of them comes out otherwise.

    """
    kept = read_runs(path)
    have = {_name(run) for run in kept}
    missing = [run for run in asked if _name(run) not in have]
    if missing and kept:
        least = min(kept, key=lambda run: (run.share, run.until))
        again = live(*_name(least))
        if any(abs(again.values[key] - value) > ROUNDED for key, value in least.values.items()):
            raise RequestError(f"{path}: kept runs are of another version of the model; --anew begins again")
    for number, run in enumerate(missing, start=1):
        began = time.perf_counter()
        kept.append(live(*_name(run)))
        write_runs(path, kept)
        took = time.perf_counter() - began
        told = f"share {run.share:g}, seed {run.seed}, population.seed {run.population_seed}"
        print(f"{number} of {len(missing)}: {told}, {took:.0f} s", file=sys.stderr, flush=True)


def _name(run: Run) -> tuple[float, int, int, str]:
    return run.share, run.seed, run.population_seed, run.until


def planned(shares: Sequence[float], n_seeds: int, vary: str, until: str) -> Iterator[Run]:
    """Yield the runs of a plan, without values."""
    seed, synthesis = VARY[vary]
    for share in shares:
        for k in range(n_seeds):
            yield Run(share, 1 + k * seed, SYNTHESIS + k * synthesis, until, {})


def _asked(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m analysis.sample_error", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--share", type=float, action="append", help="one share; may be given again")
    parser.add_argument("--full", action="store_true", help="share 1 as well")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"runs a share ({SEEDS})")
    parser.add_argument("--vary", choices=VARY, default="both", help="what differs between the runs of a share (both)")
    parser.add_argument("--until", default="2030-12", help="last month (2030-12)")
    parser.add_argument("--anew", action="store_true", help="forget what is kept")
    parser.add_argument("--pages", action="store_true", help="live nothing, write the page and the figure")
    parser.add_argument("--out", type=Path, default=DOCS, help="folder of the page (docs)")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Live what is asked for and missing, and write the page and its figure.

    Raises:
        RequestError: a share or month that there is not, or kept runs that cannot be added to.

    """
    asked = _asked(argv)
    shares = sorted({*(asked.share or SHARES), *([FULL] if asked.full else [])})
    for share in shares:
        _, wrong = parameters()["population.share"].check(share)
        if wrong:
            raise RequestError(wrong)
    if asked.seeds < 1 or not is_month(asked.until):
        raise RequestError(f"--seeds {asked.seeds}, --until {asked.until}: at least 1, and a month YYYY-MM")
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / "sample_error.csv"
    if asked.anew:
        path.unlink(missing_ok=True)
    if not asked.pages:
        add_runs(path, list(planned(shares, asked.seeds, asked.vary, asked.until)))
    for page in write_pages([run for run in read_runs(path) if run.until == asked.until], asked.out):
        print(f"written: {page}")
    return 0


if __name__ == "__main__":
    as_command(main)
