"""The commands that keep the program honest: `baseline` for pinned results, `calibrate` for the level."""

from __future__ import annotations

import argparse

from sim import baseline as pinned
from sim.commands import FINE
from sim.errors import RequestError


def baseline(options: argparse.Namespace) -> int:
    """Rerun the pinned runs and tell what drifted, or accept it with a reason."""
    if options.action == "check":
        return pinned.check(as_json=options.json)
    if not (options.reason or "").strip():
        raise RequestError("baseline update needs --reason 'why results changed'")
    return pinned.update(options.reason.strip(), as_json=options.json)


def calibrate(options: argparse.Namespace) -> int:
    """Solve the level of the baseline; write it down if asked."""
    from analysis.calibration import calibrate_level

    calibrate_level(options.overrides, write_down=options.write, as_json=options.json)
    return FINE
