"""A calibration told and kept: what was screened, fitted, out of reach, found again, and how near the members are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis import ensemble_table
from analysis.calibration import Fit, Plan
from analysis.kept import write_whole
from analysis.recovery import WIDTHS, Recovery
from sim import ensemble
from sim.aligned import aligned
from sim.errors import RequestError, unreadable

DECIMALS: Final = 3
SHOWN: Final = 15
"""Factors that the text lists; the page has all."""


def written() -> str:
    """Return the names of the files that `write` writes."""
    return f"{ensemble.ensemble_file()}, {_record()}"


def _record() -> Path:
    return ensemble.ensemble_file().with_suffix(".json")


def data_of(fit: Fit, plan: Plan, found: Recovery) -> dict[str, Any]:
    """Return what a calibration came to, as JSON holds it; members themselves are in the table."""
    emulated = zip(fit.figures.names, fit.emulator.explained.tolist(), fit.figures.reachable.tolist(), strict=True)
    half, nine = found.overall
    return {
        "plan": asdict(plan),
        "model": ensemble.model_digest(),
        "screened": [
            {"factor": list(one.factor), "facts": _rounded(one.facts), "policies": _rounded(one.policies)}
            for one in fit.screened
        ],
        "fitted": [list(one) for one in fit.fitted],
        "drawn": [list(one) for one in fit.drawn],
        "left": [float(f"{part:.3g}") for part in fit.left],
        "figures": [
            {"name": name, "explained": round(part, DECIMALS), "reachable": bool(can)} for name, part, can in emulated
        ],
        "runs": len(fit.design),
        "members": len(fit.members),
        "recovery": {
            "n": found.n, "widths": list(WIDTHS), "covered": [round(half, DECIMALS), round(nine, DECIMALS)],
            "by_factor": {
                paths[0]: [*found.covered[:, k].round(DECIMALS).tolist(), round(float(found.narrowed[k]), DECIMALS)]
                for k, paths in enumerate(fit.fitted)
            },
        },
    }  # fmt: skip


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, DECIMALS) for name, value in values.items()}


def write(fit: Fit, plan: Plan, data: Mapping[str, Any]) -> None:
    """Write the table of the ensemble and, beside it, what the calibration came to.

    Raises:
        RequestError: there is no member, or a file cannot be written.

    """
    ensemble_table.write_table(ensemble_table.as_members(fit, plan), ensemble.ensemble_file())
    try:
        write_whole(_record(), json.dumps(data, indent=1) + "\n")
    except OSError as error:
        raise RequestError(f"{_record()}: cannot be written: {unreadable(error)}") from None


def lines(fit: Fit, plan: Plan, data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the calibration in words: the answer first, then tables."""
    away = [one["name"] for one in data["figures"] if not one["reachable"]]
    half, nine = data["recovery"]["covered"]
    yield (
        f"{data['members']} members, of {data['runs']} parameter sets run with {plan.share:g} of all households; "
        f"{len(fit.fitted)} factors fitted, {len(fit.drawn)} drawn from their priors."
    )
    yield f"Of the prior {' and then '.join(f'{part:.2%}' for part in fit.left)} was not ruled out, wave by wave."
    yield f"Out of reach of every parameter set, and no part of the fit: {'; '.join(away) or 'nothing'}."
    yield f"Known parameters found again: {half:.0%} within 50 % intervals, {nine:.0%} within 90 % intervals."
    yield ""
    yield from aligned([("factor", "moves facts by (SD)", "policies by (pp)"), *_important(data["screened"])], 1)
    if fit.members:
        yield from ensemble_table.text(ensemble_table.as_members(fit, plan))


def _important(screened: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for one in screened[:SHOWN]:
        largest = (float(np.max([*one[what].values(), 0.0])) for what in ("facts", "policies"))
        yield (" + ".join(one["factor"]), *(f"{size:.2f}" for size in largest))
