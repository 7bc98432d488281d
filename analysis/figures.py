"""The figure of a run: observed and simulated encounters month by month, and regular admissions beneath."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from analysis import style
from analysis.monthly import MonthlyFlows
from sim.codes import COUNTRIES, FIRST_YEAR, MONTHS_A_YEAR, N_MONTHS, month_index, month_name
from sim.data.loader import load
from sim.results import POLICY_START, RunResult
from sim.study import baseline_beside

THOUSAND = 1000.0
MOST_TICKS = 9
YEARS = FIRST_YEAR + (np.arange(N_MONTHS) + 0.5) / MONTHS_A_YEAR
"""(N_MONTHS,) middle of each month on the axis of years."""
Series = NDArray[np.float64]


def draw_run(result: RunResult, path: Path) -> None:
    """Draw encounters by US Border Patrol and regular admissions of a run, by country, into a PNG file."""
    beside = baseline_beside(result.config)
    flows, grey = MonthlyFlows.of_run(result), MonthlyFlows.of_run(beside) if beside else None
    observed = {country: load().month("encounters_usbp", country) for country in COUNTRIES}
    with style.styled():
        figure = style.new_figure()
        panels = _panels(figure)
        for country, (above, below) in zip(COUNTRIES, panels, strict=True):
            _encounters(above, flows, grey, observed[country], country)
            _admissions(below, flows, grey, country)
            _frame(above, below, flows, observed[country], country)
        above, below = panels[0]
        above.set_ylabel("US Border Patrol encounters,\nthousands a month")
        below.set_ylabel("Regular, thousands\nin 12 months")
        figure.align_ylabels()
        for row in (0, 1):
            top = max(pair[row].get_ylim()[1] for pair in panels)
            for pair in panels:
                pair[row].set_ylim(0, top)
        title = _title(result)
        figure.suptitle(title, x=0.01, y=0.985, ha="left", fontsize=style.TITLE_SIZE, fontweight="bold")
        _legend(figure, panels[0])
        style.source_line(figure, _source(result, flows, observed))
        alt = _alt(result, flows, observed)
        style.save_png(figure, path, title=title, alt=alt, made_by=result.provenance)


def _panels(figure: Figure) -> list[tuple[Axes, Axes]]:
    grid = figure.subplots(
        2, len(COUNTRIES), sharex=True, squeeze=False,
        gridspec_kw={"height_ratios": (3, 1.25), "hspace": 0.14, "wspace": 0.12,
                     "left": 0.065, "right": 0.98, "top": 0.84, "bottom": 0.125},
    )  # fmt: skip
    return [(grid[0, k], grid[1, k]) for k in range(len(COUNTRIES))]


def _encounters(axes: Axes, flows: MonthlyFlows, grey: MonthlyFlows | None, observed: Series, country: str) -> None:
    thin: Any = {"color": style.OBSERVED, "linewidth": style.THIN, "zorder": 4}
    axes.plot(YEARS, observed / THOUSAND, label="Observed", **thin)
    if grey:
        before = grey.people("encounter_us", country=country) / THOUSAND
        axes.plot(YEARS, before, color=style.BASELINE, linewidth=style.HALO, label="Simulated, baseline")
    values = flows.people("encounter_us", country=country) / THOUSAND
    label = "Simulated, this scenario" if grey else "Simulated"
    axes.plot(YEARS, values, color=style.SCENARIO, linewidth=style.LINE, label=label)


def _admissions(axes: Axes, flows: MonthlyFlows, grey: MonthlyFlows | None, country: str) -> None:
    admitted = _last_year(flows.people("arrive_regular", country=country)) / THOUSAND
    axes.fill_between(YEARS, 0, admitted, color=style.REGULAR, alpha=0.35, linewidth=0)
    label = "Regular admissions, simulated (below)"
    axes.plot(YEARS, admitted, color=style.REGULAR, linewidth=style.LINE, label=label)
    if grey:
        before = _last_year(grey.people("arrive_regular", country=country)) / THOUSAND
        dashed: Any = {"color": style.BASELINE, "linewidth": style.LINE, "linestyle": "--"}
        axes.plot(YEARS, before, label="the same, baseline", **dashed)


def _last_year(values: Series) -> Series:
    """Return the sum of each month and the eleven before it; nan where one of them was not recorded."""
    sums = np.full(N_MONTHS, np.nan)
    sums[MONTHS_A_YEAR - 1 :] = np.convolve(values, np.ones(MONTHS_A_YEAR), mode="valid")
    return sums


def _frame(above: Axes, below: Axes, flows: MonthlyFlows, observed: Series, country: str) -> None:
    left, right = _month_start(flows.first), _month_start(flows.last + 1)
    until = _month_start(_last_observed(observed) + 1)
    policies = _month_start(month_index(POLICY_START))
    for axes in (above, below):
        axes.set_xlim(left, right)
        axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS, integer=True, min_n_ticks=1))
        if until < right:
            style.shade_unobserved(axes, max(until, left), right)
        if left < policies < right:
            axes.axvline(policies, color=style.GREY, linewidth=style.THIN, linestyle=":")
    above.set_title(style.COUNTRY_NAMES[country], loc="left")


def _month_start(month: int) -> float:
    return FIRST_YEAR + month / MONTHS_A_YEAR


def _last_observed(observed: Series) -> int:
    return int(np.flatnonzero(np.isfinite(observed))[-1])


def _legend(figure: Figure, panel: tuple[Axes, Axes]) -> None:
    found: dict[str, Artist] = {}
    for axes in panel:
        handles, labels = axes.get_legend_handles_labels()
        found.update(zip(labels, handles, strict=True))
    figure.legend(
        list(found.values()), list(found), loc="upper left", bbox_to_anchor=(0.003, 0.942), ncols=len(found),
        borderaxespad=0, handlelength=1.8, columnspacing=1.6,
    )  # fmt: skip


def _title(result: RunResult) -> str:
    return f"{result.config.title}: encounters at the US border and regular admissions"


def _source(result: RunResult, flows: MonthlyFlows, observed: dict[str, Series]) -> str:
    until = min(map(_last_observed, observed.values()))
    told = ["Observed: US Customs and Border Protection, south-west border, between ports"]
    if until < flows.last:
        told.append(f"to {month_name(until)}; grey ground: no count of later months is used")
    line = ", ".join(told) + "."
    if flows.first < month_index(POLICY_START) <= flows.last:
        line += f" Dotted line: {POLICY_START}, first month of new policies."
    share = f"{result.config['population.share']:.4g} of all households"
    return (
        f"{line}\nSimulated: migration-pathways {result.provenance['version']}, {share}, "
        f"seed {result.config['seed']}, one run: no interval."
    )


def _alt(result: RunResult, flows: MonthlyFlows, observed: dict[str, Series]) -> str:
    told = []
    for country in COUNTRIES:
        simulated = flows.people("encounter_us", country=country)
        both = np.isfinite(simulated) & np.isfinite(observed[country])
        name = style.COUNTRY_NAMES[country]
        if both.any():
            sums = simulated[both].sum() / THOUSAND, observed[country][both].sum() / THOUSAND
            told.append(f"{name} {sums[0]:,.0f} thousand simulated against {sums[1]:,.0f} thousand observed")
        else:
            total = np.nansum(simulated) / THOUSAND
            told.append(f"{name} {total:,.0f} thousand simulated, no observed month")
    span = f"{result.config['run.start']} to {result.config['run.end']}"
    return (
        f"Three panels of monthly encounters by the US Border Patrol, {span}, with regular admissions of "
        f"twelve months beneath, in the run '{result.config.title}'. "
        f"Encounters over the months observed: {'; '.join(told)}."
    )
