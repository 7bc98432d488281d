"""What the calibration came to, for docs/calibration.md: generated tables and a figure, from the record it left.

`python -m analysis.calibration_page` draws the figure; the tables are put in with all others by
`python -m analysis.parameter_table`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis import style
from analysis.ensemble_table import NINE_TENTHS, figure_of
from analysis.markdown import DOCS, table
from analysis.priors import prior_of
from analysis.validation import as_command
from sim.config import default_config, parameters
from sim.ensemble import ensemble_file, members
from sim.errors import RequestError
from sim.results import provenance

FIGURE: Final = DOCS / "figures" / "calibration.png"
ROW, EDGE = 0.26, 1.5
"""Inches."""
ENOUGH: Final = 0.85
"""Part of the true values that 90 % intervals must hold to be called honest."""
SHOWN: Final = 2
"""Figures or policies that the screening names for a factor."""


def record() -> dict[str, Any]:
    """Return what the calibration of the shipped ensemble left; nothing if none did."""
    path = ensemble_file().with_suffix(".json")
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def block() -> str:
    """Return the results as Markdown."""
    data = record()
    return "\n\n".join(_parts(data)) if data else "No ensemble is shipped."


def _parts(data: Mapping[str, Any]) -> Iterator[str]:
    plan, found = data["plan"], data["recovery"]
    half, nine = found["covered"]
    first, second = (f"{part:.2%}" for part in data["left"])
    away = [one["name"] for one in data["figures"] if not one["reachable"]]
    yield (
        f"**{data['members']} members**, of {data['runs']} parameter sets run at {plan['wave_share']:g} (waves) "
        f"and {plan['share']:g} (members) of all households, seed {plan['seed']}; {len(data['screened'])} factors "
        f"screened, {len(data['fitted'])} fitted, {len(data['drawn'])} drawn from their priors because facts tell "
        f"nothing of them. After the first wave {first} of the prior was not ruled out, after the second {second}."
    )
    yield f"**Out of reach** of every parameter set, and no part of the fit: {'; '.join(away) or 'nothing'}."
    yield (
        f"**Known parameters found again**: of {found['n']} runs of the first wave taken as the record, the 50 % "
        f"intervals held {half:.0%} of the true values and the 90 % intervals {nine:.0%}."
        + (" So intervals over members are too narrow: read them as a lower bound of what is not known."
           if nine < ENOUGH else "")
    )  # fmt: skip
    yield "![Prior and members, 90 % intervals, on the scale of the prior](figures/calibration.png)"
    if data["screened"]:
        yield from _screening(data)
    else:
        yield (
            "**Nothing was screened**: the factors are those declared in `analysis/priors.py`, chosen by what facts "
            "and effects of policies hang on. A screening of two trajectories was tried and thrown away: seven in ten "
            "of its parameter sets, far out in every parameter at once, could not be solved to the level, so it told "
            "nothing of many factors. The plan `full` has ten trajectories."
        )
    yield "How well emulators tell what they were not shown (one run left out), and what the fit rests on:"
    told = [(one["name"], f"{one['explained']:.0%}", "yes" if one["reachable"] else "no") for one in data["figures"]]
    yield table(("figure", "explained", "within reach"), told)


def _screening(data: Mapping[str, Any]) -> Iterator[str]:
    yield (
        "What factors move most: mu* of Morris, over the 90 % range of the prior, in SDs of a fact and in percentage "
        "points of irregular journeys for a policy:"
    )
    yield table(("factor", "grade", "moves facts", "moves policies", "use"), _screened(data))


def _screened(data: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    fitted, drawn = ({one[0] for one in data[kind]} for kind in ("fitted", "drawn"))
    for one in data["screened"]:
        name = one["factor"][0]
        use = "fitted" if name in fitted else "drawn" if name in drawn else ""
        if use:
            paths = " + ".join(f"`{path}`" for path in one["factor"])
            yield (paths, parameters()[name].grade, _largest(one["facts"]), _largest(one["policies"]), use)


def _largest(sizes: Mapping[str, float]) -> str:
    ordered = sorted(sizes.items(), key=lambda pair: -pair[1])[:SHOWN]
    return "; ".join(f"{name} {size:.1f}" for name, size in ordered)


def draw(path: Path) -> None:
    """Draw prior and members of every parameter that members differ in, on the scale of its prior."""
    table_of = members()
    fitted = [one[0] for one in record()["fitted"]] + [one[0] for one in record()["drawn"]]
    with style.styled():
        figure = style.new_figure(style.WIDTH, ROW * len(fitted) + EDGE)
        axes = figure.add_axes((0.2, 0.06, 0.62, 0.88))
        for place, name in enumerate(fitted):
            y = len(fitted) - 1 - place
            prior = prior_of(name)
            low, high = prior.range(NINE_TENTHS)
            middle, half = (low + high) / 2, (high - low) / 2
            values = np.array([one.values[name] for one in table_of])
            ends = (np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]) - middle) / half
            axes.plot([-1, 1], [y, y], color=style.GREY, linewidth=8, alpha=0.35, solid_capstyle="butt")
            axes.plot(ends[[0, 4]], [y, y], color=style.BLUE, linewidth=2)
            axes.plot(ends[[1, 3]], [y, y], color=style.BLUE, linewidth=5, solid_capstyle="butt")
            axes.plot([ends[2]], [y], "o", color=style.BLACK, markersize=4, zorder=4)
            central = (default_config()[name] - middle) / half
            axes.plot([central], [y], "|", color=style.VERMILLION, markersize=11, markeredgewidth=2, zorder=5)
            told = f"{default_config()[name]:g} [{figure_of(low)} to {figure_of(high)}]  {parameters()[name].grade}"
            axes.text(1.62, y, told, va="center", fontsize=style.SMALL_SIZE)
        axes.set_yticks(range(len(fitted)), [name.removeprefix("behaviour.") for name in reversed(fitted)])
        axes.set_xlim(-1.6, 1.6)
        axes.set_ylim(-0.7, len(fitted) - 0.3)
        axes.grid(axis="x")
        axes.set_xlabel("90 % of the prior: -1 to 1")
        title = "Prior (grey), members (blue: 50 and 90 %), central value (red)"
        figure.suptitle(title, x=0.01, y=0.985, ha="left", fontsize=style.TITLE_SIZE, fontweight="bold")
        style.source_line(figure, "Right: central value [90 % of the prior] and evidence grade. docs/calibration.md")
        alt = f"Intervals of {len(table_of)} members beside the priors of {len(fitted)} parameters."
        style.save_png(figure, path, title=title, alt=alt, made_by=provenance(default_config()))


def main(argv: Sequence[str]) -> int:
    """Draw the figure; RequestError where there is no ensemble."""
    if argv or not record():
        raise RequestError("usage: python -m analysis.calibration_page, in a checkout with an ensemble")
    draw(FIGURE)
    print(f"written: {FIGURE}")
    return 0


if __name__ == "__main__":
    as_command(main)
