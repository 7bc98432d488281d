"""The page and the figure of the natural experiments, from the passes on record: what was published beside ours.

In the figure every experiment has its own scale, on which its band reaches from 0 to 1: so one look tells what is in.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis import style
from analysis.chance import Estimate
from analysis.experiment_list import EXPERIMENTS, REFERENCES, Experiment
from analysis.experiments_page import DOCS, Pass, chance_error
from analysis.intervals import ENOUGH, spread
from analysis.markdown import table
from sim.aligned import aligned
from sim.config import default_config
from sim.results import provenance

PAGE, FIGURE = "natural-experiments.md", "natural-experiments.png"
NULLS: Final = DOCS / "null_tests.md"
COMMAND: Final = "uv run python -m analysis.experiments_page"
PERCENT: Final = 100
OUT: Final = (-1.6, 2.6)
"""Ends of the common scale, in widths of a band from its low end: what lies beyond is an arrow there."""
ROW_INCHES, WIDTH, MARGIN = 0.4, 14.0, 1.7
LEFT, RIGHT = 0.355, 0.725
"""Where the panel begins and ends, as parts of the width: names on its left, figures on its right."""
INSIDE, MISS = "inside", "MISS"


@dataclass(frozen=True)
class Line:
    """One experiment beside its publication. central: mean over seeds; ours: over members, of seeds of each the mean.

    within: share of the members whose effect lies in the band; chance: of one pass at the share on record.
    """

    experiment: Experiment
    central: float
    ours: Estimate | None
    within: float | None
    chance: float

    @property
    def value(self) -> float:
        """Return the median over members, or the central value where there are none."""
        return self.ours.value if self.ours else self.central

    @property
    def verdict(self) -> str:
        """Return whether that lies in the band."""
        return INSIDE if self.experiment.accepts(self.value) else MISS


def lines_of(passes: Sequence[Pass]) -> list[Line]:
    """Return every experiment with what came out of it."""
    chance = chance_error(passes[0].share, passes)
    numbers = sorted({one.member for one in passes if one.member is not None})
    found = []
    for name, experiment in EXPERIMENTS.items():
        central = float(np.mean([one.effects[name] for one in passes if one.member is None]))
        values = [
            float(np.mean([one.effects[name] for one in passes if one.member == number])) for number in numbers
        ]
        known = [value for value in values if np.isfinite(value)]
        within = sum(map(experiment.accepts, known)) / len(known) if known else None
        found.append(Line(experiment, central, spread(known) if known else None, within, chance[name]))
    return found


def write_pages(passes: Sequence[Pass], folder: Path = DOCS) -> list[Path]:
    """Write the page and the figure; return their paths."""
    lines = lines_of(passes)
    page, figure = folder / PAGE, folder / "figures" / FIGURE
    figure.parent.mkdir(exist_ok=True)
    draw(lines, passes, figure)
    page.write_text(page_text(passes), encoding="utf-8")
    return [page, figure]


def page_text(passes: Sequence[Pass]) -> str:
    """Return the page."""
    return "\n\n".join(_paragraphs(passes, lines_of(passes))) + "\n"


def _paragraphs(passes: Sequence[Pass], lines: Sequence[Line]) -> Iterator[str]:
    yield "# Natural experiments"
    yield (
        "What happened once and was measured, lived here: each row is a scenario that can be run (`pathways run "
        "scenarios=natural_dryness`), one number, and the published one beside it. A model that fits the record of the "
        "border may still answer wrongly to a change; these rows say where. Misses are told, none is mended by hand."
    )
    yield f"Written by `{COMMAND}`. {_rests_on(passes)}"
    yield f"![Published bands and values, and the model's, by experiment](figures/{FIGURE})"
    for held_out, title, told in (
        (False, "May be fitted to", "All of it is lived before October 2019."),
        (True, "Held out", "Scored, never fitted to; nothing was chosen with these in view."),
    ):
        mine = [line for line in lines if line.experiment.held_out == held_out]
        yield f"## {title}"
        yield f"{told} {_score(mine)}"
        yield _table(mine)
    yield "## Reading it"
    yield from _reading()
    yield "## How each is measured"
    yield from map(_measured, lines)
    yield "## Sources"
    yield "Read: abstracts and excerpts, never tables; so no standard error is known."
    yield "\n".join(f"- **{short}**: {whole}." for short, whole in REFERENCES.items())
    if NULLS.exists():
        yield NULLS.read_text(encoding="utf-8").strip()


def _rests_on(passes: Sequence[Pass]) -> str:
    numbers = {one.member for one in passes if one.member is not None}
    seeds = {one.seed for one in passes if one.member is not None}
    central = sum(one.member is None for one in passes)
    of = f"{len(numbers)} members of the ensemble ({len(seeds)} seed{'s' if len(seeds) > 1 else ''} each)"
    middle = "median" if len(numbers) >= ENOUGH else "mean"
    return (
        f"Rests on {of if numbers else 'the central parameters alone'} and {central} seeds of the central parameters, "
        f"at {passes[0].share:g} of all households. Ours: {middle} over members with the 90 % interval of the members, "
        "which holds what the parameters leave open and one pass's chance. Chance: standard deviation over seeds of "
        "the central parameters, one pass. Members inside: share of them whose effect lies in the band."
    )


def _score(lines: Sequence[Line]) -> str:
    counted = [line for line in lines if line.experiment.target]
    missed = [f"`{line.experiment.name}`" for line in counted if line.verdict == MISS]
    told = f"{len(counted) - len(missed)} of {len(counted)} rows of targets inside their band"
    return told + (f"; missed: {', '.join(missed)}." if missed else ".")


HEAD: Final = (
    "experiment", "target", "what", "unit", "published", "band", "grade", "ours", "90 %", "central", "chance",
    "members inside", "verdict", "source",
)  # fmt: skip
N_TEXT: Final = 4
"""The first columns, aligned to the left."""


def text_of(lines: Sequence[Line]) -> str:
    """Return the answer first, then every experiment beside its publication, for a terminal."""
    rows = [tuple(cell.strip("`") for cell in row) for row in _rows(lines)]
    return "\n".join([_score(lines), "", *aligned([HEAD, *rows], N_TEXT)])


def data_of(lines: Sequence[Line]) -> list[dict[str, str]]:
    """Return every experiment beside its publication, as JSON holds it."""
    return [dict(zip(HEAD, (cell.strip("`") for cell in row), strict=True)) for row in _rows(lines)]


def _table(lines: Sequence[Line]) -> str:
    return table(HEAD, _rows(lines))


def _rows(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for line in lines:
        one, ours = line.experiment, line.ours
        band90 = f"{_number(ours.low90)} to {_number(ours.high90)}" if ours else "-"
        within = f"{line.within * PERCENT:.0f} %" if line.within is not None else "-"
        rows.append((
            f"`{one.name}`", one.target or "-", one.what, one.unit, _number(one.value),
            f"{_number(one.low)} to {_number(one.high)}", one.grade, _number(line.value), band90,
            _number(line.central), _number(line.chance), within, line.verdict, one.source,
        ))  # fmt: skip
    return rows


HUNDRED, TEN = 100, 10


def _number(value: float) -> str:
    """Return a number as tables show it: no more digits than it deserves."""
    if not np.isfinite(value):
        return "-"
    size = abs(value)
    return f"{value:.0f}" if size >= HUNDRED else f"{value:.1f}" if size >= TEN else f"{value:.2f}"


def _reading() -> Iterator[str]:
    yield (
        "- Bands are those of the targets, set before anything was run. They are wide: they hold what else could be "
        "different between there and here, and between their years and ours.\n"
        "- An effect here is of one world beside the other, the same people with the same luck. Published ones are "
        "estimates from one world; none of their standard errors could be read.\n"
        "- A row inside its band does not prove its mechanism, and the cash row says little: the sum "
        "was the whole fare there and is a twentieth of it here.\n"
        "- Not every publication has a counterpart. **Labour kept at home** by rebuilding after an earthquake has "
        "none: the model knows lost means and a wish to leave, so that row cannot come out as published. "
        "**Lawful entries** of all nationalities are as many as unlawful ones; of these three countries a tenth, so "
        "the published elasticity would be two to three journeys for each place. **The rule of June 2024** worked "
        "within days at the border and by what people heard; here news takes months. **Homicides** of El Salvador in "
        "2024 lie far outside what the answer to violence was estimated on.\n"
        "- `again` and `sanctions` hang on `border.p_det_expelled`, which no other row decides; `repeats`, held out, "
        "hangs on it too: fit it to the first two and score the third. `again_from_home` hangs on what lasts in "
        "people, `behaviour.sigma_u`.\n"
        "- `enforcement` raises what smugglers ask and leaves the odds of being stopped as they are: three times the "
        "patrols were not three times the odds, and odds above one there are none."
    )


def _measured(line: Line) -> str:
    one = line.experiment
    effect: Any = one.effect
    function = effect.func if isinstance(effect, functools.partial) else effect
    lived = f"`scenarios/{one.scenario}.yaml`" if one.scenario else "the baseline alone"
    when = f"{one.measured.first} to {one.measured.last}"
    told = " ".join((inspect.getdoc(function) or "").split())
    return f"**`{one.name}`** ({lived}; measured {when}). {told}"


# The figure


def draw(lines: Sequence[Line], passes: Sequence[Pass], path: Path) -> None:
    """Draw each experiment on the scale of its band: published value and band, ours with both intervals."""
    with style.styled():
        figure = style.new_figure(WIDTH, ROW_INCHES * len(lines) + MARGIN)
        bottom = 0.75 / figure.get_figheight()
        axes = figure.add_axes((LEFT, bottom, RIGHT - LEFT, 1 - bottom - 0.85 / figure.get_figheight()))
        for place, line in enumerate(reversed(lines)):
            _draw_line(axes, place, line)
        axes.set_xlim(OUT[0] - 0.1, OUT[1] + 0.1)
        axes.set_ylim(-0.7, len(lines) - 0.3)
        axes.set_yticks([])
        axes.set_xticks([0, 1], ["low end\nof the band", "high end\nof the band"])
        axes.grid(visible=False)
        figure.text(LEFT, 1 - 0.32 / figure.get_figheight(), "Natural experiments: published and simulated",
                    fontsize=style.TITLE_SIZE, fontweight="bold")  # fmt: skip
        figure.text(RIGHT + 0.01, 1 - 0.62 / figure.get_figheight(), "published [band]      ours [90 %]",
                    fontweight="bold")  # fmt: skip
        _legend(axes)
        style.source_line(figure, "Sources: docs/natural-experiments.md. Each row on a scale of its own.")
        missed = ", ".join(line.experiment.name for line in lines if line.verdict == MISS)
        alt = f"{len(lines)} rows, each a published value with its band and ours with its interval; outside: {missed}."
        made_by = provenance(default_config(population__share=passes[0].share))
        style.save_png(figure, path, title="Natural experiments", alt=alt, made_by=made_by)


def _draw_line(axes: Any, place: int, line: Line) -> None:
    one = line.experiment
    axes.barh(place, 1, left=0, height=0.62, color="#E3E3E3", zorder=1)
    axes.plot(_scaled(one, one.value), place, "D", color=style.BLACK, markersize=6, zorder=3)
    colour = style.VERMILLION if one.held_out else style.BLUE
    if line.ours:
        for ends, width in (((line.ours.low90, line.ours.high90), 1.6), ((line.ours.low50, line.ours.high50), 4.0)):
            axes.plot([_scaled(one, end) for end in ends], [place, place], color=colour, linewidth=width, zorder=4,
                      solid_capstyle="butt")  # fmt: skip
    at = _scaled(one, line.value)
    marker = "<" if at <= OUT[0] else ">" if at >= OUT[1] else "o"
    axes.plot(at, place, marker, color=colour, markersize=8, zorder=5)
    axes.text(-0.02, place, f"{one.what}" + (f"  ({one.target})" if one.target else ""), ha="right", va="center",
              fontsize=style.SMALL_SIZE, transform=axes.get_yaxis_transform())  # fmt: skip
    ours = f"{_number(line.value)}"
    if line.ours:
        ours += f" [{_number(line.ours.low90)} to {_number(line.ours.high90)}]"
    told = f"{_number(one.value)} [{_number(one.low)} to {_number(one.high)}]   {ours} {one.unit}"
    ink = style.BLACK if line.verdict == INSIDE else colour
    axes.text(1.02, place, told, ha="left", va="center", fontsize=style.SMALL_SIZE, color=ink,
              transform=axes.get_yaxis_transform())  # fmt: skip


def _scaled(one: Experiment, value: float) -> float:
    return float(np.clip((value - one.low) / (one.high - one.low), *OUT))


def _legend(axes: Any) -> None:
    axes.plot([], [], "D", color=style.BLACK, markersize=6, label="published, band in grey")
    axes.plot([], [], "o-", color=style.BLUE, label="ours, 50 and 90 % of members")
    axes.plot([], [], "o-", color=style.VERMILLION, label="held out")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize=style.SMALL_SIZE, borderaxespad=0.1)
