"""The command `dose`: how an outcome answers to a lever, and how much of it a wished change would take."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from analysis.dose import SEEDS, SHARE, dose_for, read_lever, respond, with_dose
from sim.commands import FINE, table_files, tell, write_files
from sim.compose import compose
from sim.config import Config
from sim.ensemble import MEMBER, member_name
from sim.errors import RequestError
from sim.outcomes import find_outcome
from sim.progress import telling

OUTCOME = "irregular_journeys"
"""What is looked at unless another outcome is named."""


def dose(options: argparse.Namespace) -> int:
    """Run a scenario under several doses of a lever, print the response, write what is asked for."""
    outcomes = [find_outcome(name) for name in dict.fromkeys(options.outcome or [OUTCOME])]
    if options.sought is not None and outcomes[1:]:
        raise RequestError("--for is about one outcome; name one with --outcome")
    if any(word.startswith("scenarios=") for word in options.overrides):
        raise RequestError("scenarios=: name the scenarios first, as in pathways dose a+b LEVER=DOSES")
    names = options.scenario.replace("+", ",")
    config = compose([f"population.share={SHARE}", f"scenarios=[{names}]", *options.overrides])
    lever = read_lever(options.lever, config)
    for one in lever.doses:
        with_dose(config, lever.path, one)  # told before the long part
    members = list(range(options.members)) if options.members else [None]
    n_seeds = options.seeds or (1 if options.members else SEEDS)
    draws = [(member, config["seed"] + k) for member in members for k in range(n_seeds)]
    lived = iter(range(1, len(draws) + 1))

    @contextmanager
    def told(world: Config) -> Iterator[Callable[[int], None]]:
        which = f"pass {next(lived)} of {len(draws)}, seed {world['seed']}, member {member_name(world[MEMBER])}"
        print(f"{which}: {len(lever.doses)} doses and the baseline", file=sys.stderr)
        with telling(world) as on_month:
            yield on_month

    responses = respond(config, lever, outcomes, draws, told)
    answer = None if options.sought is None else dose_for(responses[0], options.sought)
    from analysis.dose_report import Report, draw

    report = Report(config, lever, tuple(draws), tuple(responses), answer)
    write_files(table_files(options, report.exported().title, [report.exported()]))
    if options.png:
        draw(report, options.png)
    tell(options, report.data(), report.text())
    return FINE
