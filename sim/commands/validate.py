"""The command `validate`: how good the simulator has been, beside the record and beside statistical rivals."""

from __future__ import annotations

import argparse

from sim.commands import FINE, tell
from sim.ensemble import members
from sim.errors import RequestError

WHAT = ("hindcast", "forecast")
"""What can be validated by name."""


def validate(options: argparse.Namespace) -> int:
    """Score what is asked for and print it; what was lived is kept in runs/forecast."""
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
