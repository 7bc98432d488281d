"""The command `sensitivity`: which uncertain parameters move an outcome, or what a scenario changes in it."""

from __future__ import annotations

import argparse
import sys

import numpy as np
from numpy.typing import NDArray

from sim.commands import FINE, table_files, tell, write_files
from sim.compose import compose
from sim.ensemble import MEMBER
from sim.errors import RequestError
from sim.outcomes import find_outcome

OUTCOME = "irregular_journeys"
"""What is looked at unless another outcome is named."""
SHARE = 0.01
"""Share of all households, unless another is asked for: an index needs many runs more than it needs large ones, for
the chance of a run averages out over them."""


def sensitivity(options: argparse.Namespace) -> int:
    """Live a design of parameter sets, or what of it is not kept, and print what each parameter moves."""
    options.overrides += [word for word in options.parameters or [] if "=" in word]  # key=value may stand behind paths
    options.parameters = [word for word in options.parameters or [] if "=" not in word]
    outcome, method = find_outcome(options.outcome or OUTCOME), options.method or "sobol"
    if method == "morris" and options.direct:
        raise RequestError("--direct is about --method sobol; Morris' effects are always those of runs")
    words = _words(options)
    config = compose(words)
    from analysis.priors import DRAWN
    from analysis.screening import factors, values_at
    from analysis.sensitivity import needed, refuse_too_few, run
    from analysis.sensitivity_runs import Question, chosen_factors, live_all, refuse_question, shown

    asked = Question(config, outcome, options.solve)
    refuse_question(asked)
    set_here = [word.partition("=")[0].lstrip("+") for word in options.overrides]
    fixed = [*set_here, *asked.own]
    wanted = options.parameters
    known = factors() if method == "morris" or wanted == ["all"] else tuple(DRAWN)
    chosen = chosen_factors(known, [] if wanted == ["all"] else wanted, fixed, options.solve)
    if not chosen:
        raise RequestError("--parameters: every one of them is set by the request; nothing is left to move")
    k = len(chosen)
    runs = needed(method, k, options.direct) if options.runs is None else options.runs
    refuse_too_few(method, k, options.direct, runs)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def show(places: NDArray[np.float64]) -> NDArray[np.float64]:
        found = live_all(asked, [values_at(chosen, place) for place in places], say)
        say("runs done; working out the indices")
        return np.array([shown(asked, one) for one in found])

    worlds = "baseline and scenario" if asked.paired else "baseline"
    say(f"{method}: {k} factors, {runs} parameter sets of {worlds}, {config['population.share']:.4g} of all households")
    from analysis.sensitivity_report import Told, draw

    *_, answer = run(method, options.direct, k, runs, config["seed"], show)
    skipped = [path for path in fixed if any(path in paths for paths in known)]
    told = Told(asked, chosen, answer, method, options.direct, skipped)
    write_files(table_files(options, told.exported().title, [told.exported()]))
    if options.png:
        draw(told, options.png)
    tell(options, told.data(), told.text())
    return FINE


def _words(options: argparse.Namespace) -> list[str]:
    """Return the overrides of the runs: the share, the scenario, what else is asked for."""
    listed = options.parameters or []  # an override may stand behind the last of them
    options.parameters = [word for word in listed if "=" not in word]
    behind = [word for word in listed if "=" in word]
    given = [word for word in (options.scenario, *options.overrides, *behind) if word]
    options.overrides = [word for word in given if "=" in word]
    names = [word for word in given if "=" not in word]
    if names[1:]:
        raise RequestError(f"'{names[1]}': one scenario at a time; join several by '+'")
    for word in options.overrides:
        if word.startswith("scenarios="):
            raise RequestError("scenarios=: name the scenarios first, as in pathways sensitivity a+b")
        if word.startswith(f"{MEMBER}="):
            raise RequestError(f"{MEMBER}: parameters are drawn from their priors here; leave it out")
    chosen = [f"scenarios=[{names[0].replace('+', ',')}]"] if names else []
    return [f"population.share={SHARE}", *chosen, *options.overrides]
