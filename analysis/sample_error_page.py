"""The page and the figure of chance error by share: docs/sample_error.md, docs/figures/sample_error.png."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor, isfinite, log10, sqrt
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis import style
from analysis.nested import EL_SALVADOR, FAMILY, KINDS, REGION, SYNTHESIS, Deviation, Error, Gap, Key, Run, error_of
from sim.config import default_config
from sim.outcomes import HEADLINE
from sim.results import horizon, provenance

BASELINE: Final = "baseline"
AREAS: Final = (REGION, EL_SALVADOR)
LARGE, SMALL, FIFTH = "50,000", "10,000", 0.2
"""Sizes of the programme, in places, and the second as a part of the first."""
DRAWN: Final = (BASELINE, LARGE)
"""Worlds in the figure: levels, and the change that the programme makes."""
CHECKED: Final = (0.01, 0.1)
"""Shares whose levels are judged against the largest."""
LOOKS: Final = {REGION: (style.BLUE, "o"), EL_SALVADOR: (style.VERMILLION, "s")}
PERCENT: Final = 100.0
LEVEL_WITHIN: Final = 0.01
"""Half width, as a part of a level, that a level is asked to be known to."""
CHANGE_WITHIN: Final = 0.5
"""Half width, as a part of a change, that a change is asked to be known to: then it is told from none."""
BESIDE: Final = "above: how seeds differ at any share; below: size of the change"
DASHED: Final = (0, (4, 3))
WIDTH, HEIGHT = 13.0, 7.4
ALL: Final = 1.0
Errors = dict[Key, Error]


def errors_of(runs: Sequence[Run], kind: str = "both") -> Errors:
    """Return the chance error of everything that runs of one kind measure."""
    mine = [run for run in runs if KINDS[kind](run)]
    return {key: error_of(mine, key) for key in mine[0].values} if mine else {}


def write_pages(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Write the page and the figure of runs with one last month; return what was written."""
    errors = errors_of(runs)
    if not any(error.full.freedom for error in errors.values()):
        return []
    page, figure = folder / "sample_error.md", folder / "figures" / "sample_error.png"
    figure.parent.mkdir(exist_ok=True)
    draw(errors, runs[0].until, figure)
    page.write_text("\n\n".join(_page(runs, errors)) + "\n", encoding="utf-8")
    return [page, figure]


def _page(runs: Sequence[Run], errors: Errors) -> Iterator[str]:
    """Yield the paragraphs of the page."""
    first, last = _horizon(runs[0].until)
    yield "# Chance error and the share of households"
    yield (
        "How far does chance alone move the four numbers when only a share of the households is simulated, and which "
        f"share does a question need? People a year, {first} to {last}. Written by `uv run python -m "
        "analysis.sample_error`, from the runs kept in `docs/sample_error.csv`; `--share 1 --seeds 2` adds a share."
    )
    yield "![Chance error of the four numbers and of what a programme changes, by share](figures/sample_error.png)"
    yield "## What a question needs"
    yield from _needs(errors)
    yield "## What is measured"
    yield _method(runs)
    yield "## Levels"
    yield _levels_told(errors)
    yield _table(errors, (BASELINE,))
    yield "## Do the shares agree?"
    yield from _agreement(errors)
    yield "## What a programme changes"
    yield _changes_told(errors)
    yield _table(errors, [world for world in _worlds(errors) if world != BASELINE])
    yield "## Lives and households"
    yield from _parts(runs, errors)


def _method(runs: Sequence[Run]) -> str:
    mine = [run for run in runs if KINDS["both"](run)]
    seeds = {share: sum(run.share == share for run in mine) for share in sorted({run.share for run in mine})}
    lived = ", ".join(f"{share:g} ({n})" for share, n in seeds.items())
    return (
        f"Shares, with the number of runs: {lived}. The seed of a run changes what households do and meet, not which "
        "households there are. At a small share it also matters which ones are simulated, so run k has `seed=k` and "
        f"`population.seed={SYNTHESIS - 1}+k`: both differ.\n\n"
        "A seed changes a third thing: the months after the record (weather, disasters) that all households of a run "
        "meet together. No share makes that smaller. It is told apart because a share is the first households of every "
        "stratum and each lives the same life in every share: what a number at share s differs by from the same run's "
        "at a larger share t is chance of the sample alone, with variance b^2 (1/s - 1/t) if lives are independent. "
        "*Chance error* is b / sqrt(s), pooled over all steps from share to share; *between seeds* is what remains: "
        "the standard deviation that even all households have from seed to seed. "
        "In brackets: 90 % interval (chi squared)."
    )


def _levels_told(errors: Errors) -> str:
    key = Key(REGION, "irregular_journeys", BASELINE)
    error = errors[key]
    part = error.common / error.mean * PERCENT
    return (
        f"Relative standard deviations, %. Irregular journeys differ by {part:.1f} % between seeds however many "
        f"households there are; at a hundredth of them chance adds {error.at(0.01) / error.mean * PERCENT:.1f} %. "
        "More seeds narrow the first, a larger share the second."
    )


def _changes_told(errors: Errors) -> str:
    return (
        "`labour_visas_50k` minus baseline, the same seed, paired: 50,000 places over two years, and a fifth of them. "
        "In people a year: the mean change, with its standard error, and the chance error of one pair. What both "
        "worlds share cancels, and yet a change is small beside what chance leaves: here the share decides. "
        f"{_sizes_told(errors)} Where the slope is steeper than -0.5 small shares add chance of their own and the "
        "line overstates that of larger ones."
    )


def _sizes_told(errors: Errors) -> str:
    """Return how the chance error answers to the size of the programme, share by share."""
    large, small = (errors[Key(REGION, "irregular_journeys", size)].points for size in (LARGE, SMALL))
    told = [
        f"{one.sampling.value / other.sampling.value:.2g} at {one.share:g}"
        for one, other in zip(small, large, strict=True) if other.sampling.value > 0
    ]  # fmt: skip
    return (
        f"What {SMALL} places do to irregular journeys has a chance error that is, as a part of that of {LARGE}: "
        f"{', '.join(told)}. Were only the lives of those admitted to change it would be {sqrt(FIFTH):.2g}."
    )


def _table(errors: Errors, worlds: Sequence[str]) -> str:
    """Return mean and chance error by share: of levels in %, of changes in people a year."""
    mine = [error for error in errors.values() if error.key.world in worlds]
    shares = sorted({point.share for error in mine for point in error.points if point.sampling.freedom > 0})
    changes = tuple(worlds) != (BASELINE,)
    head = ["area", "number", *(["places"] if changes else []), "mean"]
    head += [f"at {share:g}" for share in shares] + ["slope", "line at 0.1", "line at 1", "between seeds"]
    lines = [head, ["--", "--", *["--:"] * (len(head) - 2)]]
    for error in sorted(mine, key=lambda error: worlds.index(error.key.world)):
        points = {point.share: point.sampling for point in error.points}
        scale = 1.0 if changes else PERCENT / error.mean
        mean = f"{error.mean:+,.0f} ({error.mean_error:,.0f})" if changes else f"{error.mean:,.0f}"
        lines.append([
            error.key.area, _label(error), *([error.key.world] if changes else []), mean,
            *(_deviation(points.get(share), scale) for share in shares),
            f"{error.slope:.2f} +- {error.slope_error:.2f}" if isfinite(error.slope) else "-",
            _digits(error.at(0.1) * scale), _deviation(error.full, scale),
            _digits(error.common * scale) if error.common else "-",
        ])  # fmt: skip
    return _markdown(lines)


def _label(error: Error) -> str:
    return HEADLINE[error.key.number].label.lower()


def _deviation(deviation: Deviation | None, scale: float) -> str:
    if deviation is None or deviation.freedom < 1:
        return "-"
    low, high = deviation.interval()
    return f"{_digits(deviation.value * scale)} ({_digits(low * scale)}-{_digits(high * scale)})"


def _digits(value: float) -> str:
    """Return a number to two digits, or to the last before the point."""
    return "-" if not isfinite(value) else f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _agreement(errors: Errors) -> Iterator[str]:
    levels = [error for error in errors.values() if error.key.world == BASELINE]
    judged = [gap for error in levels for gap in error.gaps if gap.share in CHECKED and gap.seeds]
    apart = [(error, gap) for error in levels for gap in error.gaps if gap in judged and not gap.agrees(len(judged))]
    largest = max((gap.larger for gap in judged), default=0.0)
    if not judged:
        yield "No share that is judged was lived beside a larger one."
        return
    shares = " and ".join(f"{share:g}" for share in sorted({gap.share for gap in judged}))
    told = (
        f"Mean over seeds at share {shares} against share {largest:g}, the same seeds: {len(judged)} comparisons, each "
        f"judged at {PERCENT * FAMILY / len(judged):.2g} % so that one in twenty such tables shows a gap by chance. "
    )
    yield told + (
        "All agree within sampling error." if not apart else f"{len(judged) - len(apart)} agree; apart: "
        + "; ".join(
            f"{_label(error)}, {error.key.area}, at {gap.share:g} "
            f"({PERCENT * gap.value / error.mean:+.2g} %)" for error, gap in apart
        ) + "."
    )  # fmt: skip
    yield (
        "Smaller shares stand beside, not judged. z is the gap over its standard error. A gap beyond chance is what a "
        "share is blind to: a programme with fewer places than one simulated household stands for gives none."
    )
    shares_shown = sorted({gap.share for error in levels for gap in error.gaps})
    head = ["area", "number", *(f"{share:g}: gap %, z" for share in shares_shown)]
    lines = [head, ["--"] * len(head)]
    for error in levels:
        gaps = {gap.share: gap for gap in error.gaps}
        lines.append([
            error.key.area, _label(error),
            *(_gap_told(gaps.get(share), error.mean) for share in shares_shown),
        ])  # fmt: skip
    yield _markdown(lines)


def _gap_told(gap: Gap | None, mean: float) -> str:
    return f"{PERCENT * gap.value / mean:+.2f}, {gap.z:+.1f}" if gap and gap.seeds else "-"


def _needs(errors: Errors) -> Iterator[str]:
    yield (
        f"A level to within {LEVEL_WITHIN * PERCENT:.0f} % and a change to within half of itself, in nine of ten runs, "
        "by the chance of the sample (how seeds differ beside it comes on top for levels, and only more seeds narrow "
        "that). Where even all households do not suffice, so many seeds of the full region do. A change of "
        f"{SMALL} places that the runs cannot tell from zero is taken to be a fifth of that of {LARGE} (*). Of two "
        "shares the first is by the line through all shares, the second by the chance at the largest share lived often "
        "enough; where they lie far apart the small shares tell little of the large ones: larger ones must be lived."
    )
    gaps = [gap for error in errors.values() if error.key.world == BASELINE for gap in error.gaps if gap.seeds]
    if blind := sorted({gap.share for gap in gaps if not gap.agrees(len(gaps))}):
        yield f"Some level lies apart beyond chance at {', '.join(map(str, blind))} (see below): prefer larger shares."
    yield _told_in_words(errors)
    yield _markdown([["question", "share"], ["--", "--:"], *map(list, _questions(errors))])


def _told_in_words(errors: Errors) -> str:
    """Return the shares at which what a programme does to irregular journeys is seen."""
    told = []
    for world in (LARGE, SMALL):
        for area in AREAS:
            error = errors[Key(area, "irregular_journeys", world)]
            size, _ = _size(errors, error)
            if size:
                share = _share_told(error.shares_for(CHANGE_WITHIN * abs(size)))
                told.append(f"{world} places, {_area(area)}: {share}")
    shown = "; ".join(told) or "not known"
    return f"To see in one pair what a programme does to irregular journeys, the share is: {shown}."


def _size(errors: Errors, error: Error) -> tuple[float, str]:
    """Return the change that a programme makes, 0 if the runs do not tell; a star where the larger one tells it."""
    whole = errors[error.key._replace(world=LARGE)]
    if error.known:
        return error.mean, ""
    return (FIFTH * whole.mean, "*") if whole.known and error.key.world == SMALL else (0.0, "")


def _area(area: str) -> str:
    return "the three countries" if area == REGION else area


def _questions(errors: Errors) -> Iterator[tuple[str, str]]:
    for world in _worlds(errors):
        for error in errors.values():
            if error.key.world != world:
                continue
            of = f"{HEADLINE[error.key.number].label}, {_area(error.key.area)}"
            if world == BASELINE:
                yield f"{of}: level", _share_told(error.shares_for(LEVEL_WITHIN * error.mean))
                continue
            size, star = _size(errors, error)
            if size:
                share = _share_told(error.shares_for(CHANGE_WITHIN * abs(size)))
                yield f"{of}: what {world} places change, {size:+,.0f}{star} a year", share
            else:
                yield f"{of}: what {world} places change", "not told from zero by the runs kept"


def _share_told(shares: tuple[float, float]) -> str:
    """Return the shares by the line and by the largest share alone; one if they are told alike."""
    return " or ".join(dict.fromkeys(map(_rounded_up, shares)))


def _rounded_up(share: float) -> str:
    """Return a share rounded up to one digit, or the seeds of the full region that do as much."""
    if not (isfinite(share) and share > 0):
        return "not known"
    if share > ALL:
        return f"1 ({ceil(share)} seeds)"
    digit = 10.0 ** floor(log10(share))
    return f"{min(ceil(share / digit) * digit, ALL):g}"


def _parts(runs: Sequence[Run], errors: Errors) -> Iterator[str]:
    kinds = {kind: errors_of(runs, kind) for kind in KINDS}
    yield (
        "The chance error at share 1 (people a year) when lives and synthesis differ together, when lives alone differ "
        f"(`population.seed={SYNTHESIS}`), and when the synthesis alone differs (`seed=1`): then other households meet "
        "the same luck, which is luck again, so the two do not add up."
    )
    known = [kind for kind, found in kinds.items() if any(error.full.freedom for error in found.values())]
    lines = [["area", "number", "world", *(f"{kind} differ" for kind in known)], ["--"] * (3 + len(known))]
    for key in errors:
        if key.world in DRAWN:
            cells = [_deviation(kinds[kind][key].full, 1.0) for kind in known]
            lines.append([key.area, HEADLINE[key.number].label.lower(), key.world, *cells])
    yield _markdown(lines)


def _worlds(errors: Errors) -> list[str]:
    return list(dict.fromkeys(key.world for key in errors))


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _horizon(until: str) -> tuple[str, str]:
    return horizon(default_config(run__end=until))


def draw(errors: Errors, until: str, path: Path) -> None:
    """Draw chance error over share, both on logarithmic axes: a column a number, levels above, changes below."""
    with style.styled():
        figure = style.new_figure(WIDTH, HEIGHT)
        grid = figure.subplots(
            len(DRAWN), len(HEADLINE), sharex=True, sharey="row", squeeze=False,
            gridspec_kw={"left": 0.068, "right": 0.985, "top": 0.855, "bottom": 0.145, "hspace": 0.2, "wspace": 0.1},
        )  # fmt: skip
        for row, world in zip(grid, DRAWN, strict=True):
            for axes, (number, outcome) in zip(row, HEADLINE.items(), strict=True):
                for area in AREAS:
                    _curve(axes, errors[Key(area, number, world)], world == BASELINE)
                _frame(axes)
                if world == BASELINE:
                    axes.set_title(outcome.label, loc="left")
        for axes in grid[-1]:
            axes.set_xlabel("share of all households")
        grid[0, 0].set_ylabel("chance error of a level,\n% of the level")
        grid[1, 0].set_ylabel(f"chance error of what {DRAWN[1]}\nplaces change, people a year")
        figure.align_ylabels()
        title = "What chance alone does to a result falls with the root of the share"
        figure.suptitle(title, x=0.01, y=0.985, ha="left", fontsize=style.TITLE_SIZE, fontweight="bold")
        handles = [
            *(Line2D([], [], color=colour, marker=marker, markersize=5, label=f"{area}: measured, and b / sqrt(share)")
              for area, (colour, marker) in LOOKS.items()),
            Line2D([], [], color=style.GREY, linewidth=style.THIN, linestyle=DASHED, label=BESIDE),
        ]  # fmt: skip
        figure.legend(
            handles=handles, loc="upper left", bbox_to_anchor=(0.01, 0.942), ncols=3, borderaxespad=0, borderpad=0,
            handlelength=2.0, columnspacing=1.6,
        )  # fmt: skip
        first, last = _horizon(until)
        made_by = provenance(default_config(run__end=until))
        style.source_line(
            figure, f"Simulated: migration-pathways {made_by['version']}, people a year, {first} to {last}; "
            "standard deviation over seeds and syntheses, in one world. Bars: 90 % interval.\nThin lines: beyond the "
            f"shares lived. Change: {LARGE} labour places (labour_visas_50k) minus baseline, paired. "
            "Values: docs/sample_error.md.",
        )  # fmt: skip
        style.save_png(figure, path, title=title, alt=_alt(errors), made_by=made_by)


def _curve(axes: Axes, error: Error, level: bool) -> None:
    """Draw the points of one number with their intervals, the line through them, and what they are small beside."""
    colour, marker = LOOKS[error.key.area]
    scale = PERCENT / error.mean if level else 1.0
    known = [point for point in error.points if point.sampling.value > 0]
    x = np.array([point.share for point in known])
    y = np.array([point.sampling.value for point in known]) * scale
    ends = np.array([point.sampling.interval() for point in known]).reshape(-1, 2) * scale
    measured = [point.share for point in error.points]
    for ends_of_line, width in (((measured[0], measured[-1]), style.LINE), ((measured[-1], ALL), style.THIN / 2)):
        shares = np.array(ends_of_line)
        axes.plot(shares, error.full.value / np.sqrt(shares) * scale, color=colour, linewidth=width)
    axes.errorbar(
        x, y, np.abs(ends.T - y), color=colour, marker=marker, markersize=5, linestyle="none", capsize=2,
        elinewidth=style.THIN,
    )  # fmt: skip
    beside = error.common * scale if level else abs(error.mean) if error.known else 0.0
    if beside:
        axes.axhline(beside, color=colour, linewidth=style.THIN, linestyle=DASHED)


def _frame(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain = FuncFormatter(lambda value, _: f"{value:g}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(10))
        axis.set_major_formatter(plain)
        axis.set_minor_formatter(NullFormatter())


def _alt(errors: Errors) -> str:
    told = [
        f"{HEADLINE[key.number].label}, {key.area}: {_digits(error.full.value / error.mean * PERCENT)} %"
        for key, error in errors.items() if key.world == BASELINE
    ]  # fmt: skip
    return (
        "Eight panels on logarithmic axes: the chance error of the four numbers (above) and of what 50,000 labour "
        "places change (below) falls with the root of the share of households. Of levels at share 1: "
        f"{'; '.join(told)}."
    )
