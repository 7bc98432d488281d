"""The command `validate`: how good the simulator has been, beside the record and beside statistical rivals."""

from __future__ import annotations

import argparse
import os
import sys

from sim.commands import FINE, tell
from sim.ensemble import members
from sim.errors import RequestError

WHAT = ("targets", "experiments", "hindcast", "forecast")
"""What can be validated by name."""
DEFAULT_MEMBERS = 20
"""Of the targets: 19 are needed for a 90 % interval by quantiles."""


def validate(options: argparse.Namespace) -> int:
    """Score what is asked for and print it; what was lived is kept in runs/forecast."""
    if options.what in ("targets", "experiments"):
        if options.observed:
            raise RequestError(f"validate {options.what}: leave out --observed, which is of monthly encounters")
        return _targets(options) if options.what == "targets" else _experiments(options)
    from analysis import forecast, forecast_text
    from analysis.observed_file import read_observed

    if (options.what is None) == (options.observed is None):
        raise RequestError(f"name what to validate: {', '.join(WHAT)}, or give counts by --observed FILE")
    given = read_observed(options.observed) if options.observed else {}  # told before the long part
    ask = forecast.Ask(len(members()) if options.members is None else options.members)
    if given:
        found, text = forecast.judge(ask, given), forecast_text.text_of_judged
    elif options.what == "hindcast":
        found, text = forecast.hindcast(ask), forecast_text.text_of_hindcast
    else:
        found, text = forecast.forecasts(ask), forecast_text.text_of_forecast
    tell(options, found, text(found))
    return FINE


def _targets(options: argparse.Namespace) -> int:
    """Live members of the ensemble and print every stylised fact beside what was observed."""
    from dataclasses import asdict

    from analysis import facts_report

    known = members()
    if not known:
        raise RequestError("there is no ensemble yet: pathways calibrate ensemble --write makes one")
    chosen = known[: options.members or DEFAULT_MEMBERS]
    config = facts_report.central_config(known[0].share)

    _say(f"{len(chosen)} of {len(known)} members, {known[0].share:g} of all households")
    lines = facts_report.lines_of(*facts_report.facts_over(config, chosen, _say))
    data = [{**asdict(line), "verdict": line.verdict} for line in lines]
    whole = [{key: None if value != value else value for key, value in one.items()} for one in data]  # nan: none known
    tell(options, whole, facts_report.text(lines))
    return FINE


def _experiments(options: argparse.Namespace) -> int:
    """Live the natural experiments with members of the ensemble and print them beside what was published."""
    from analysis import experiments_page, experiments_text

    chosen = [one.number for one in members()[: options.members or DEFAULT_MEMBERS]]
    workers = len(os.sched_getaffinity(0))
    passes = experiments_page.experiments_report([None, *chosen], workers=workers, say=_say)
    lines = experiments_text.lines_of(passes)
    tell(options, experiments_text.data_of(lines), experiments_text.text_of(lines))
    return FINE


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
