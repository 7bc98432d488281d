"""A dose-response told: rows, sentences, and a figure with the interval of every dose."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from analysis import style
from analysis.chance import Estimate
from analysis.dose import WIDTHS, Answer, Draw, Lever, Response
from analysis.export import Table
from analysis.intervals import spread
from analysis.monthly import whole_years
from sim.aligned import aligned
from sim.codes import month_index
from sim.config import Config
from sim.results import horizon, provenance

PERCENT = 100.0
FEW = 100
"""Changes below this are told with decimals."""
SMOOTH = 201
"""Points of the curve that is drawn."""
PANEL_WIDTH, LEAST_WIDTH, HEIGHT, LEFT = 6.4, 9.0, 5.0, 1.05
"""Inches of one panel, of the figure, and left of the first panel."""
TITLE_LENGTH = 76
"""Characters of a title that fit into `LEAST_WIDTH`."""


@dataclass(frozen=True)
class Report:
    """What was asked and what came out. config: of the scenario as it is; answer: of the first outcome, if asked."""

    config: Config
    lever: Lever
    draws: tuple[Draw, ...]
    responses: tuple[Response, ...]
    answer: Answer | None = None

    def years(self) -> tuple[int, int]:
        """Return the first and last calendar year that count."""
        years = whole_years(*map(month_index, horizon(self.config)))
        return years[0], years[-1]

    def members(self) -> list[int]:
        """Return the members of the ensemble that were lived with; none for the central one."""
        return list(dict.fromkeys(member for member, _ in self.draws if member is not None))

    def drawn(self) -> str:
        """Return what the draws are, in words."""
        n_seeds = len({seed for _, seed in self.draws})
        seeds = "one seed" if n_seeds == 1 else f"{n_seeds} seeds"
        return f"{len(self.members())} members of the ensemble, {seeds} each" if self.members() else seeds

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each outcome and dose; interval cells are None where one draw leaves them open."""
        return [
            {
                "scenario": "+".join(self.config.scenarios), "lever": self.lever.path, "dose": dose,
                "dose_unit": self.lever.unit, "outcome": response.outcome.label, "unit": response.outcome.rate,
                "baseline": float(response.baseline.mean()), **_estimate(estimate), "households": round(households),
            }
            for response in self.responses
            for dose, estimate, households in zip(
                response.doses.tolist(), response.estimates(), response.households.tolist(), strict=True
            )
        ]  # fmt: skip

    def data(self) -> dict[str, Any]:
        """Return everything as plain data."""
        first, last = self.years()
        told: dict[str, Any] = {
            "scenario": "+".join(self.config.scenarios), "lever": self.lever.path, "unit": self.lever.unit,
            "first_year": first, "last_year": last, "share": self.config["population.share"],
            "seeds": list(dict.fromkeys(seed for _, seed in self.draws)), "members": self.members(),
            "doses": self.rows(), "notes": list(self.notes()),
        }  # fmt: skip
        if self.answer:
            told["for"] = {
                "outcome": self.responses[0].outcome.name, "change": self.answer.wanted,
                "dose": _number(self.answer.dose),
                **{f"low{width}": _number(self.answer.low[width]) for width in WIDTHS},
                **{f"high{width}": _number(self.answer.high[width]) for width in WIDTHS},
                "told": self.answer_text(),
            }  # fmt: skip
        return told

    def exported(self) -> Table:
        """Return the rows as a reader may have them: cells on few simulated households are blank."""
        values = ("baseline", *_names())
        return Table(
            "dose-response", f"{self.config.title}: {self.lever.name}", self.rows(), values=values,
            within=("outcome", "dose"), notes=tuple(self.notes()),
        )  # fmt: skip

    def text(self) -> str:
        """Return a table for each outcome, the answer, and what they rest on."""
        first, last = self.years()
        lines = [f"{self.config.title}: {self.lever.name} in {self.lever.unit or 'its own unit'}, {first} to {last}"]
        for response in self.responses:
            lines += ["", *_table(response)]
        lines += [""] + ([self.answer_text()] if self.answer else [])
        return "\n".join([*lines, *self.notes()])

    def notes(self) -> Iterator[str]:
        """Yield what a reader must know of it."""
        share = self.config["population.share"]
        told = f"{share:.4g} of all households, so that one stands for about {1 / share:,.0f}"
        if len(self.draws) > 1:
            spans = " and ".join(map(str, WIDTHS))
            why = " and uncertain parameters" if self.members() else "; other parameters would move them further"
            yield (
                f"From {told}; {self.drawn()}. Intervals: where {spans} of 100 such paired runs would fall by "
                f"chance{why}."
            )
        else:
            yield f"From {told}; {self.drawn()}, so no interval: --seeds 4 gives one."
        for response in self.responses:
            turns = [f"{_short(float(response.doses[k]))}" for k in response.turns()]
            if turns:
                why = "; chance alone may do that" if response.turns_by_chance() else ""
                yield f"{response.outcome.label}: no steady rise or fall: it turns at {', '.join(turns)}{why}."

    def answer_text(self) -> str:
        """Return how much of the lever the wished change takes, or that the doses do not reach it."""
        if self.answer is None:
            return ""
        answer, response = self.answer, self.responses[0]
        label = response.outcome.label[0].lower() + response.outcome.label[1:]
        wish = f"For a change of {_signed(answer.wanted, FEW)} {response.outcome.rate} in {label}"
        ends = self.lever.doses[0], self.lever.doses[-1]
        means = [one.value for one in response.estimates()]
        if isfinite(answer.dose):
            first = "" if not response.turns() else " at the least"
            told = f"{wish}: about {_about(answer.dose)} {self.lever.unit}{first}"
        else:
            told = (
                f"{wish}: outside what {_short(ends[0])} to {_short(ends[1])} {self.lever.unit} gave, "
                f"{_signed(min(means), max(map(abs, means)))} to {_signed(max(means), max(map(abs, means)))}; "
                "nothing is said of doses beyond"
            )
        if len(self.draws) == 1:
            return f"{told}."
        spans = [f"{width} %: {_span(answer.low[width], answer.high[width])}" for width in WIDTHS]
        return f"{told} ({'; '.join(spans)})."


def _names() -> dict[str, str]:
    """Return the columns of an estimate, each with its attribute."""
    return {"difference": "value", **{f"{end}{width}": f"{end}{width}" for width in WIDTHS for end in ("low", "high")}}


def _estimate(estimate: Estimate) -> Mapping[str, float | None]:
    return {column: _number(getattr(estimate, attribute)) for column, attribute in _names().items()}


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


def _about(value: float) -> str:
    """Return a dose to three digits."""
    return _short(float(f"{value:.3g}"))


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= FEW or value == round(value) else f"{value:.3g}"


def _signed(value: float, scale: float) -> str:
    told = f"{value:+,.0f}" if scale >= FEW else f"{value:+.3g}"
    return "0" if told in ("+0", "-0") else told


def _span(low: float, high: float) -> str:
    if np.isnan(low):
        return "at no dose in the range"
    if not isfinite(low) and not isfinite(high):
        return "any dose in the range"
    if not isfinite(low):
        return f"{_about(high)} or less"
    return f"{_about(low)} or more" if not isfinite(high) else f"{_about(low)} to {_about(high)}"


def _table(response: Response) -> list[str]:
    estimates, before = response.estimates(), float(response.baseline.mean())
    scale = max(abs(one.value) for one in estimates)
    cells = [("dose", "change", "%", *(f"{width} of 100 pairs" for width in WIDTHS))]
    for dose, one in zip(response.doses.tolist(), estimates, strict=True):
        spans = [
            f"{_signed(low, scale)} to {_signed(high, scale)}" if isfinite(low) else "-"
            for low, high in ((one.low50, one.high50), (one.low90, one.high90))
        ]
        percent = f"{PERCENT * one.value / before:+.1f}" if before else "-"
        cells.append((_short(dose), _signed(one.value, scale), percent, *spans))
    head = f"{response.outcome.label}, {response.outcome.rate}; the baseline has {_short(round(before, 2))}"
    return [head, *aligned(cells, 0)]


def draw(report: Report, path: Path) -> None:
    """Draw the response of each outcome, a panel each, with its intervals and the dose that was sought."""
    responses = report.responses
    with style.styled():
        width = max(PANEL_WIDTH * len(responses), LEAST_WIDTH)
        figure = style.new_figure(width, HEIGHT)
        panels: Sequence[Axes] = figure.subplots(
            1, len(responses), squeeze=False,
            gridspec_kw={"left": LEFT / width, "right": 0.97, "top": 0.79, "bottom": 0.23, "wspace": 0.3},
        )[0]  # fmt: skip
        for number, (axes, response) in enumerate(zip(panels, responses, strict=True)):
            _panel(axes, response, report, report.answer if number == 0 else None)
        first, last = report.years()
        title = f"{report.config.title}: what more or less of it changes"
        shown = textwrap.shorten(title, TITLE_LENGTH * max(len(responses) - 1, 1), placeholder=" ...")
        figure.suptitle(shown, x=0.01, y=0.975, ha="left", fontsize=style.TITLE_SIZE, fontweight="bold")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(0.003, 0.915), ncols=len(labels), borderaxespad=0,
            handlelength=1.8, columnspacing=1.4,
        )  # fmt: skip
        made_by = provenance(report.config)
        share = f"{report.config['population.share']:.4g} of all households"
        share += f", {report.drawn()}" + ("" if len(report.draws) > 1 else ": no interval")
        known = "" if report.members() else "; no uncertainty of parameters"
        style.source_line(
            figure, f"Simulated: migration-pathways {made_by['version']}, {share}.\n"
            f"Mean of {first} to {last}, against the same baseline{known}."
        )  # fmt: skip
        style.save_png(figure, path, title=title, alt=_alt(report), made_by=made_by)


def _panel(axes: Axes, response: Response, report: Report, answer: Answer | None) -> None:
    estimates = response.estimates()
    curve = np.linspace(response.doses[0], response.doses[-1], SMOOTH)
    drawn = [spread(values) for values in response.at(curve).T]
    axes.axhline(0, color=style.BASELINE, linewidth=style.HALO, zorder=1, label="Baseline")
    if len(report.draws) > 1:
        for width, alpha in zip(reversed(WIDTHS), (0.16, 0.28), strict=True):
            low, high = ([getattr(one, f"{end}{width}") for one in drawn] for end in ("low", "high"))
            label = f"{width} of 100 pairs"
            axes.fill_between(curve, low, high, color=style.SCENARIO, alpha=alpha, linewidth=0, label=label)
        for k, values in enumerate(response.change):
            label = "One pair" if k == 0 else "_"
            axes.plot(response.doses, values, "o", color=style.SKY, markersize=3, zorder=3, label=label)
    means = [one.value for one in drawn]
    axes.plot(curve, means, color=style.SCENARIO, linewidth=style.LINE, zorder=3, label="Mean of pairs")
    axes.plot(response.doses, [one.value for one in estimates], "o", color=style.SCENARIO, markersize=5, zorder=4)
    if answer:
        axes.axhline(answer.wanted, color=style.VERMILLION, linewidth=style.THIN, linestyle="--", label="Sought")
        if isfinite(answer.dose):
            axes.plot([answer.dose], [answer.wanted], "D", color=style.VERMILLION, markersize=6, zorder=5)
            ends = response.doses[0], response.doses[-1]
            low, high = np.clip([answer.low[90], answer.high[90]], *ends)
            axes.plot([low, high], [answer.wanted] * 2, color=style.VERMILLION, linewidth=style.HALO, zorder=4)
    axes.set_title(response.outcome.label, loc="left")
    axes.set_ylabel(f"Change, {response.outcome.rate}")
    axes.set_xlabel(f"{report.lever.name}\n{report.lever.unit}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.10g}")


def _alt(report: Report) -> str:
    told = []
    for response in report.responses:
        scale = float(np.abs(response.change.mean(axis=0)).max())
        means = [
            f"{_short(dose)}: {_signed(one.value, scale)}"
            for dose, one in zip(response.doses.tolist(), response.estimates(), strict=True)
        ]
        told.append(f"{response.outcome.label} ({response.outcome.rate}) by dose: {', '.join(means)}")
    return f"Change against the baseline by {report.lever.name} in {report.lever.unit}. {'. '.join(told)}."
