"""The commands that keep the program honest: `baseline` and `versions` for results, `calibrate` for the level."""

from __future__ import annotations

import argparse

from sim import baseline as pinned
from sim.commands import FINE, tell
from sim.errors import RequestError
from sim.study import find_run


def baseline(options: argparse.Namespace) -> int:
    """Rerun the pinned runs and tell what drifted, or accept it with a reason."""
    if options.action == "check":
        return pinned.check(as_json=options.json)
    if not (options.reason or "").strip():
        raise RequestError("baseline update needs --reason 'why results changed'")
    return pinned.update(options.reason.strip(), as_json=options.json)


def calibrate(options: argparse.Namespace) -> int:
    """Solve the level of the baseline, or make the ensemble; write it down if asked."""
    if options.what == "ensemble":
        from analysis.calibration import calibrate_ensemble

        calibrate_ensemble(options.overrides, options.plan, write_down=options.write, as_json=options.json)
        return FINE
    from analysis.level import calibrate_level

    calibrate_level(options.overrides, write_down=options.write, as_json=options.json)
    return FINE


def versions(options: argparse.Namespace) -> int:
    """Tell which outcomes moved between two versions of the program."""
    from analysis.versions import compare_folders, compare_revisions

    if options.pinned:
        found = compare_revisions(options.before, options.after)
    else:
        found = compare_folders(find_run(options.before), find_run(options.after))
    tell(options, found.data(), found.text())
    return FINE
