"""A sensitivity analysis told: a table with each parameter's grade, whether it converged, and a tornado."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from analysis import style
from analysis.export import Table
from analysis.screening import INNER
from analysis.sensitivity import WIDEST, Answer, ranked, suggestion
from analysis.sensitivity_runs import Question
from sim.aligned import aligned
from sim.config import parameters
from sim.explain import GRADES
from sim.results import provenance

GRADE_COLOURS: Final = {
    "V": style.GREEN, "D": style.BLUE, "T": style.SKY, "R": style.ORANGE, "A": style.VERMILLION, "-": style.GREY,
}  # fmt: skip
"""By grade, the best known first; several drawn together have the weakest of theirs."""
STRENGTH: Final = tuple(GRADE_COLOURS)
BARS: Final = 15
"""Factors that are drawn; the table has all."""
LISTED: Final = 20
"""Factors in the table on the terminal; --csv and --json have all."""
WIDTH, BAR, AROUND = 12.5, 0.33, 1.85
"""Inches of the figure, of a bar, and of what stands above and below the bars."""
FEW: Final = 100
"""Values below this are told with three digits."""
LETTER: Final = 0.062
"""Inches of a letter of a name at the left."""


@dataclass(frozen=True)
class Told:
    """What was asked, moved and found. factors: (k) tuples of paths; fixed: paths that the request itself sets."""

    asked: Question
    factors: Sequence[tuple[str, ...]]
    answer: Answer
    method: str
    direct: bool
    fixed: Sequence[str] = ()

    @property
    def unit(self) -> str:
        """Return the unit of the outcome."""
        return self.asked.outcome.rate

    @property
    def converged(self) -> bool:
        """Return whether the answer converged."""
        return not self.answer.problems()

    def what(self) -> str:
        """Return the outcome, and that it is a difference if it is one."""
        label, config = self.asked.outcome.label, self.asked.config
        return f"{label}: {config.title} minus Baseline" if self.asked.paired else f"{label}: Baseline"

    def verdict(self) -> str:
        """Return whether it converged, and if not why and what may help."""
        if self.converged:
            return f"converged: no 90 % interval is wider than {WIDEST:.0%} of the largest index"
        more = suggestion(self.answer, self.method, len(self.factors), self.direct)
        return f"NOT converged: {'; '.join(self.answer.problems())}. Try --runs {more}: what was lived is kept"

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each factor, the largest index first."""
        answer, names = self.answer, self.columns()
        (low, high), (other_low, other_high) = answer.interval(), answer.interval("other")
        rows = []
        for rank, k in enumerate(ranked(answer), start=1):
            paths = self.factors[k]
            numbers = (answer.index, low, high, answer.other, other_low, other_high, answer.swing)
            rows.append({
                "rank": rank, "parameter": " + ".join(paths), "grade": grade_of(paths),
                **dict(zip(names, (_number(float(one[k])) for one in numbers), strict=True)),
                "unit": self.unit, "prior": parameters()[paths[0]].prior,
            })  # fmt: skip
        return rows

    def columns(self) -> tuple[str, ...]:
        """Return the names of the numbers of a row."""
        index, other = ("mu_star", "sigma") if self.method == "morris" else ("total", "first")
        ends = (index, f"{index}_low90", f"{index}_high90", other, f"{other}_low90", f"{other}_high90")
        return (*ends, "swing")

    def data(self) -> dict[str, Any]:
        """Return everything as plain data."""
        answer = self.answer
        return {
            "scenario": "+".join(self.asked.config.scenarios), "outcome": self.asked.outcome.name, "unit": self.unit,
            "paired": self.asked.paired, "method": self.method, "emulated": self.emulated, "runs": answer.runs,
            "unsolved": answer.unsolved, "solved_anew": self.asked.solving,
            "share": self.asked.config["population.share"], "seed": self.asked.config["seed"],
            "first_year": self.asked.years[0], "last_year": self.asked.years[-1],
            "mean": answer.mean, "deviation": answer.deviation, "emulator_tells": _number(answer.told),
            "noise": _number(answer.noise), "converged": self.converged, "verdict": self.verdict(),
            "factors": self.rows(), "notes": list(self.notes()),
        }  # fmt: skip

    @property
    def emulated(self) -> bool:
        """Return whether indices are of an emulator."""
        return self.answer.told is not None

    def exported(self) -> Table:
        """Return the rows for export; each rests on all households."""
        notes = (self.verdict(), *self.notes())
        return Table("sensitivity", f"Sensitivity. {self.what()}", self.rows(), values=(), on_all=True, notes=notes)

    def text(self) -> str:
        """Return the table, the verdict, and what it rests on."""
        answer, years = self.answer, self.asked.years
        head = f"{self.what()}, {self.unit}, {years[0]} to {years[-1]}"
        over = f"over {answer.runs - answer.unsolved} parameter sets: mean {_short(answer.mean)}, SD "
        lines = [head, f"{over}{_short(answer.deviation)}", ""]
        index, other = ("mu*", "sigma") if self.method == "morris" else ("total", "first")
        show = _short if self.method == "morris" else "{:.2f}".format
        cells = [("", "parameter", "grade", index, "90 %", other, "5 to 95 % of prior")]
        named = self.columns()
        for row in self.rows()[:LISTED]:
            one, low, high, two, _, _, swing = (row[name] for name in named)
            cells.append((
                str(row["rank"]), name_of(row["parameter"].split(" + ")), row["grade"], show(one),
                f"{show(low)} to {show(high)}", show(two), f"{swing:+,.3g}" if abs(swing) < FEW else f"{swing:+,.0f}",
            ))  # fmt: skip
        lines += aligned(cells, 3)
        left = len(self.factors) - LISTED
        lines += [f"and {left} factors that matter less (--csv, --json)"] if left > 0 else []
        return "\n".join([*lines, "", self.verdict(), *self.notes()])

    def notes(self) -> Iterator[str]:
        """Yield what a reader must know of it."""
        answer, config = self.answer, self.asked.config
        share = config["population.share"]
        if self.method == "morris":
            trajectories = answer.runs // (len(self.factors) + 1)
            yield (
                f"Morris: {trajectories} trajectories, {answer.runs} parameter sets, the middle {INNER:.0%} of each "
                "prior. mu*: mean size of what that part of a prior moves, sigma: how far this depends on the others "
                "and on chance."
            )
        elif self.emulated:
            yield (
                f"Sobol' on an emulator (a Gaussian process) of {answer.runs} runs over the whole priors: it tells "
                f"{max(answer.told or 0, 0):.0%} of the variance between runs, each left out in turn, and takes "
                f"{answer.noise or 0:.0%} for chance. Indices are parts of the variance that it tells, intervals "
                "those of fits to four fifths of the runs; --direct takes none."
            )
        else:
            yield (
                f"Sobol' directly on {answer.runs} runs, N (k + 2), over the whole priors (Saltelli 2010); chance that "
                "differs between runs counts as interaction in every total index."
            )
        yield "5 to 95 % of prior: mean change of the outcome as the parameter goes from one to the other."
        yield (
            "Levels solved anew for each parameter set, as for members of the ensemble."
            if self.asked.solving
            else "Levels NOT solved anew: parameter sets differ in how many leave, too (--no-solve)."
        )  # fmt: skip
        if answer.unsolved:
            yield f"{answer.unsolved} of {answer.runs} parameter sets could not be solved to the level: left out."
        yield f"Seed {config['seed']}, {share:.4g} of all households, the same in every run and in both worlds."
        if self.fixed:
            yield f"Set by the request, so not moved: {', '.join(self.fixed)}."
        grades = sorted({row["grade"] for row in self.rows()} & GRADES.keys(), key=STRENGTH.index)
        yield f"Grades: {'; '.join(f'{grade} {GRADES[grade]}' for grade in grades)}."


def grade_of(paths: Sequence[str]) -> str:
    """Return the grade of a parameter, of several drawn together the weakest."""
    return max((parameters()[path].grade for path in paths), key=STRENGTH.index)


def name_of(paths: Sequence[str]) -> str:
    """Return how a factor is called: its first path, and how many go with it."""
    return paths[0] + (f" and {len(paths) - 1} more" if paths[1:] else "")


def _number(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= FEW else f"{value:.3g}"


def draw(told: Told, path: Path) -> None:
    """Draw the tornado: what each factor moves, signed and in the unit of the outcome, beside its index."""
    rows = told.rows()[:BARS]
    height = BAR * len(rows) + AROUND
    names = [f"{name_of(row['parameter'].split(' + '))}  [{row['grade']}]" for row in rows]
    left = LETTER * 1.25 * max(map(len, names)) + 0.2
    with style.styled():
        figure = style.new_figure(WIDTH, height)
        swing, index = figure.subplots(
            1, 2, sharey=True,
            gridspec_kw={"left": left / WIDTH, "right": 0.98, "top": 1 - 0.95 / height, "bottom": 0.85 / height,
                         "wspace": 0.06},
        )  # fmt: skip
        _panels(swing, index, told, rows)
        swing.set_yticks(range(len(rows)), names)
        swing.set_ylim(len(rows) - 0.4, -0.6)
        title = f"What moves {told.what()}"
        state = "converged" if told.converged else "NOT converged"
        shown = textwrap.shorten(f"{title} ({state})", 105, placeholder=" ...")
        figure.suptitle(
            shown, x=0.01, y=1 - 0.12 / height, ha="left", va="top", fontsize=style.TITLE_SIZE, fontweight="bold"
        )
        grades = sorted({row["grade"] for row in rows}, key=STRENGTH.index)
        patches = [Patch(color=GRADE_COLOURS[one], label=f"{one} {GRADES.get(one, 'not graded')}") for one in grades]
        figure.legend(
            handles=patches, loc="upper left", bbox_to_anchor=(0.003, 1 - 0.4 / height), ncols=len(patches),
            borderaxespad=0, handlelength=1.2, columnspacing=1.4,
        )  # fmt: skip
        made_by = provenance(told.asked.config)
        source = f"Simulated: migration-pathways {made_by['version']}, {told.answer.runs} parameter sets, " + (
            f"{told.asked.config['population.share']:.4g} of all households"
        )
        emulated = " on an emulator" if told.emulated else ""
        how = "Morris" if told.method == "morris" else f"Sobol'{emulated}"
        of = f", {len(rows)} of {len(told.factors)} factors" if len(rows) < len(told.factors) else ""
        source += f"{of}, {told.asked.years[0]} to {told.asked.years[-1]}, {how}; whiskers: 90 %."
        style.source_line(figure, source)
        style.save_png(figure, path, title=title, alt=_alt(told, rows), made_by=made_by)


def _panels(swing: Axes, index: Axes, told: Told, rows: Sequence[dict[str, Any]]) -> None:
    names = told.columns()
    colours = [GRADE_COLOURS[row["grade"]] for row in rows]
    at = range(len(rows))
    swing.barh(at, [row["swing"] for row in rows], color=colours, height=0.66)
    swing.axvline(0, color=style.BASELINE, linewidth=style.LINE)
    swing.set_xlabel(f"mean change, 5 to 95 % of the prior: {told.unit}")
    values = [row[names[0]] for row in rows]
    index.barh(at, values, color=colours, height=0.66)
    for k, row in enumerate(rows):
        index.plot([row[names[1]], row[names[2]]], [k, k], color=style.BLACK, linewidth=style.LINE)
    label = "sigma" if told.method == "morris" else "first index"
    index.plot([row[names[3]] for row in rows], at, "D", color="white", markeredgecolor=style.BLACK, markersize=5,
               label=label)  # fmt: skip
    index.set_xlabel(
        f"mu*, mean size of the change: {told.unit}" if told.method == "morris"
        else "total index: part of the variance, with interactions"
    )  # fmt: skip
    index.legend(loc="lower right")
    for axes in (swing, index):
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")


def _alt(told: Told, rows: Sequence[dict[str, Any]]) -> str:
    name = told.columns()[0]
    found = [f"{row['parameter']} (grade {row['grade']}) {_short(row[name])}" for row in rows]
    return f"{told.what()}. {name} by parameter, the largest first: {', '.join(found)}. {told.verdict()}."
