"""Figures of hindcast and forecast: the fan of each country, a year ahead, skill by horizon, PIT histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from analysis import style
from analysis.figures import THOUSAND, YEARS
from analysis.forecast import AIM_HORIZON, ORIGINS, SCORED, observed
from analysis.forecast_runs import TRAINED_TO
from analysis.predict import NAIVE, PERSISTENCE, REGRESSION, SIMULATOR
from analysis.scoring import BINS, HIGH50, HIGH90, LOW50, LOW90, MEDIAN, STRICTER, skill
from sim.codes import COUNTRIES, FIRST_YEAR, MONTHS_A_YEAR, month_index

HEIGHT: Final = 4.6
NO_LEGEND: Final = 0.84
"""Top of the panels where no legend is above them, as a part of the height."""
LIGHT, DARK = 0.22, 0.45
"""Opacity of the 90 and the 50 % interval."""
TICKS: Final = (0.1, 0.3, 1, 3, 10, 30, 100)
"""Thousands a month that the logarithmic axis names."""
LOWEST, HIGHEST = 0.09, 110.0
"""Ends of that axis."""
SHOWN_FROM: Final = month_index("2013-10")
LOOKS: Final = {
    NAIVE: (style.VERMILLION, "o"),
    PERSISTENCE: (style.PURPLE, "s"),
    REGRESSION: (style.GREEN, "^"),
    STRICTER[REGRESSION]: (style.ORANGE, "v"),
}
Made = Mapping[str, Any]


def draw_all(found: Made, folder: Path) -> list[Path]:
    """Draw every figure into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {
        "forecast_hindcast.png": _hindcast, "forecast_year_ahead.png": _year_ahead,
        "forecast_skill.png": _skill, "forecast_pit.png": _pit,
    }  # fmt: skip
    for name, draw in drawn.items():
        with style.styled():
            figure, title, alt = draw(found)
            figure.suptitle(title, x=0.01, y=0.985, ha="left", fontsize=style.TITLE_SIZE, fontweight="bold")
            made = {**found["made"], "commit": None}
            style.save_png(figure, folder / name, title=title, alt=alt, made_by=made)
    return [folder / name for name in drawn]


def _panels(n: int, top: float = 0.78) -> tuple[Figure, Sequence[Axes]]:
    figure = style.new_figure(height=HEIGHT)
    grid = figure.subplots(
        1, n, squeeze=False,
        gridspec_kw={"wspace": 0.12, "left": 0.06, "right": 0.985, "top": top, "bottom": 0.17},
    )  # fmt: skip
    return figure, list(grid[0])


def _months(axes: Axes, low: float, high: float) -> None:
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.set_yticks([tick for tick in TICKS if low <= tick <= high])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))


def _start(month: int) -> float:
    return FIRST_YEAR + month / MONTHS_A_YEAR


def _counted(axes: Axes, country: str) -> None:
    seen = np.exp(observed(country)) / THOUSAND
    axes.plot(YEARS, seen, color=style.OBSERVED, linewidth=style.LINE, label="Observed", zorder=5)
    axes.set_title(style.COUNTRY_NAMES[country], loc="left")


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.003, 0.925), ncols=len(labels),
                  borderaxespad=0, handlelength=1.8, columnspacing=1.6)  # fmt: skip


def _made_by(found: Made) -> str:
    made = found["made"]
    return (
        f"Simulated: migration-pathways {made['version']}, {made['members']} members of the ensemble, "
        f"{made['share']:g} of all households."
    )


OBSERVED_BY: Final = "Observed: US Customs and Border Protection, south-west border, between ports."


def _hindcast(found: Made) -> tuple[Figure, str, str]:
    figure, panels = _panels(len(COUNTRIES))
    told = []
    for axes, country in zip(panels, COUNTRIES, strict=True):
        fan = found["hindcast"]["fan"][country]
        first = month_index(fan["first"])
        ends = np.array(fan["quantiles"]).T / THOUSAND
        at = YEARS[first : first + ends.shape[1]]
        light = axes.fill_between(at, ends[LOW90], ends[HIGH90], color=style.SCENARIO, alpha=LIGHT, linewidth=0)
        light.set_label("90 % interval")
        dark = axes.fill_between(at, ends[LOW50], ends[HIGH50], color=style.SCENARIO, alpha=DARK, linewidth=0)
        dark.set_label("50 %")
        axes.plot(at, ends[MEDIAN], color=style.SCENARIO, linewidth=style.LINE, label="Median")
        _counted(axes, country)
        scored = [month_index(month) for month in SCORED]
        axes.axvspan(_start(scored[0]), _start(scored[1] + 1), color=style.UNOBSERVED, linewidth=0, zorder=0)
        axes.axvline(_start(month_index(TRAINED_TO) + 1), color=style.GREY, linewidth=style.THIN, linestyle=":")
        axes.set_xlim(_start(SHOWN_FROM), at[-1])
        _months(axes, LOWEST, HIGHEST)
        inside = slice(scored[0] - first, scored[1] + 1 - first)
        counted = np.exp(observed(country)[scored[0] : scored[1] + 1]).mean() / THOUSAND
        middle = ends[MEDIAN][inside].mean()
        told.append(f"{style.COUNTRY_NAMES[country]} {middle:.0f} thousand a month, counted {counted:.0f}")
    panels[0].set_ylabel("Encounters, thousands a month")
    _legend(figure, panels[0])
    marks = "Dotted: last month that set anything. Grey: months scored."
    style.source_line(figure, f"{OBSERVED_BY} {marks}\n{_made_by(found)}")
    title = "Hindcast: counts to September 2019, drivers as they were"
    alt = (
        "Three panels of monthly encounters on a logarithmic axis, 2013 to 2025, observed to September 2021, with the "
        f"hindcast's median and 50 and 90 % intervals from October 2019. FY2021: {'; '.join(told)}."
    )
    return figure, title, alt


def _year_ahead(found: Made) -> tuple[Figure, str, str]:
    figure, panels = _panels(len(COUNTRIES))
    told = []
    for axes, country in zip(panels, COUNTRIES, strict=True):
        rows = found["forecast"]["year_ahead"][country]
        at = YEARS[[month_index(row["month"]) for row in rows]]
        ends = np.array([row["quantiles"] for row in rows]).T / THOUSAND
        axes.vlines(at, ends[LOW90], ends[HIGH90], color=style.SCENARIO, alpha=DARK, linewidth=style.LINE,
                    label="90 % interval")  # fmt: skip
        axes.vlines(at, ends[LOW50], ends[HIGH50], color=style.SCENARIO, linewidth=3 * style.LINE, label="50 %")
        axes.plot(at, ends[MEDIAN], "o", color="white", markeredgecolor=style.SCENARIO, markersize=5, label="Median",
                  zorder=6)  # fmt: skip
        _counted(axes, country)
        axes.set_xlim(_start(SHOWN_FROM), at[-1] + 1)
        _months(axes, LOWEST, HIGHEST)
        seen = np.exp(observed(country))[[month_index(row["month"]) for row in rows]] / THOUSAND
        inside = int(((seen >= ends[LOW90]) & (seen <= ends[HIGH90])).sum())
        told.append(f"{style.COUNTRY_NAMES[country]} {inside} of {len(rows)}")
    panels[0].set_ylabel("Encounters, thousands a month")
    _legend(figure, panels[0])
    told_origins = f"made at {ORIGINS[0]} to {ORIGINS[-1]}, every three months"
    style.source_line(figure, f"{OBSERVED_BY} Forecasts {told_origins}.\n{_made_by(found)}")
    title = "True forecasts twelve months ahead: nothing after the origin is known"
    alt = (
        "Three panels of observed monthly encounters on a logarithmic axis with forecasts made twelve months before, "
        f"as 50 and 90 % intervals. Months within the 90 % interval: {', '.join(told)}."
    )
    return figure, title, alt


def _skill(found: Made) -> tuple[Figure, str, str]:
    figure, panels = _panels(len(COUNTRIES) + 1)
    tables = found["forecast"]["table"]
    at = [int(ahead) for ahead in tables]
    for axes, area in zip(panels, ("pooled", *COUNTRIES), strict=True):
        for rival, (colour, mark) in LOOKS.items():
            values = [skill(table, SIMULATOR, rival, area) for table in tables.values()]
            dashes = "--" if rival == PERSISTENCE else "-"  # the same as seasonal naive from twelve months on
            axes.plot(at, values, dashes, marker=mark, color=colour, linewidth=style.LINE, label=f"against {rival}")
        axes.axhline(0, color=style.GREY, linewidth=style.THIN)
        axes.set_xticks(at)
        axes.set_xlabel("months ahead")
        axes.set_title(style.COUNTRY_NAMES.get(area, "All three, pooled"), loc="left")
    low = min(axes.get_ylim()[0] for axes in panels)
    high = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(low, high)
        axes.tick_params(labelleft=axes is panels[0])
    panels[0].set_ylabel("Skill: 1 - CRPS / rival's CRPS")
    _legend(figure, panels[0])
    style.source_line(figure, _made_by(found))
    naive = ", ".join(f"{skill(table, SIMULATOR, NAIVE):+.2f} at {ahead}" for ahead, table in tables.items())
    alt = f"Four panels of the skill of true forecasts by months ahead against rivals; pooled against {NAIVE}: {naive}."
    return figure, "True forecasts: skill by months ahead", alt


def _pit(found: Made) -> tuple[Figure, str, str]:
    figure, panels = _panels(4, NO_LEGEND)
    shown = [
        (f"{AIM_HORIZON} months ahead: {SIMULATOR}", found["forecast"]["pit"][SIMULATOR]),
        (f"{AIM_HORIZON} months ahead: {NAIVE}", found["forecast"]["pit"][NAIVE]),
        (f"Hindcast: {SIMULATOR}", found["hindcast"]["pit"][SIMULATOR]),
        (f"Hindcast: {REGRESSION}", found["hindcast"]["pit"][REGRESSION]),
    ]
    told = []
    for axes, (name, counts) in zip(panels, shown, strict=True):
        share = np.array(counts) / sum(counts)
        axes.bar((np.arange(BINS) + 0.5) / BINS, share, width=0.9 / BINS, color=style.SCENARIO, alpha=DARK)
        axes.axhline(1 / BINS, color=style.BLACK, linewidth=style.THIN, linestyle="--")
        axes.set_title(name, loc="left", fontsize=style.TEXT_SIZE)
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.5, 1])
        axes.set_xlabel("forecast below the count")
        told.append(f"{name}: {share[0]:.0%} in the lowest tenth, {share[-1]:.0%} in the highest")
    top = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(0, top)
        axes.tick_params(labelleft=axes is panels[0])
    panels[0].set_ylabel("share of months")
    style.source_line(figure, f"Dashed: a forecast that is right about its own errors. {_made_by(found)}")
    return figure, "Where the counts fell in the forecasts (PIT)", f"Four histograms of ten bars. {'; '.join(told)}."
