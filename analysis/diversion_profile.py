"""What pins the headline: the diversion ratio over the ensemble, and what it moves with.

Each member lives the 50,000 places open to all applicants, aimed at poorer rural households where many leave, and drawn
by lot among everybody, beside its own baseline. Kept in docs/diversion.csv; `python -m analysis.diversion_profile`
makes docs/diversion.md and its figure from it, `--live N` lives N members first, those in the file already left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis import style
from analysis.ensemble_table import column
from analysis.markdown import DOCS, table
from analysis.together import meetings
from analysis.validation import as_command
from sim.compose import compose
from sim.config import Config, default_config
from sim.csvfile import read_records
from sim.ensemble import MEMBER, Member, members, model_digest
from sim.errors import RequestError
from sim.results import provenance

Array = NDArray[np.float64]
SCENARIOS: Final[Mapping[str, str]] = {
    "labour_visas_50k": "to whoever applies", "labour_visas_targeted": "where many leave, poorer rural",
    "labour_visas_lottery": "by lot among everybody",
}  # fmt: skip
RATIOS: Final[Mapping[str, str]] = {
    "ratio": "24 months from admission", "with_wait": "from the application on", "overall": "all in all",
}  # fmt: skip
MOVERS: Final[Mapping[str, str]] = {
    "behaviour.sigma_u": "persistent propensity", "behaviour.w": "waiting effect",
    "behaviour.asc_regular": "wish for a regular place", "behaviour.lambda_USA": "ways to the United States alike",
    "behaviour.b_w": "worth of wages abroad", "behaviour.b_q": "waiting times put off",
}  # fmt: skip
"""Parameters that the ratio may hang on; those that members do not differ in are left out."""
PERSISTENT: Final = "behaviour.sigma_u"
SHARE: Final = 0.02
"""Part of all households: a thousand admitted ones of 50,000 places."""
ENDS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
THIRDS: Final = ("lowest third", "middle third", "highest third")
PAGE, RECORD, FIGURE = DOCS / "diversion.md", DOCS / "diversion.csv", DOCS / "figures" / "diversion.png"
LIVE: Final = "--live"
ROOM: Final = 1.15
"""Height of the right panel over that of what it holds, for its legend."""
Rows = dict[int, dict[tuple[str, str], float]]
"""Ratios by member, scenario and kind; nan where a member gives none."""


def profile(chosen: Sequence[Member], say: Callable[[str], None], after: Callable[[Rows], None]) -> Rows:
    """Return the ratios of members; after: told what is known so far, each time a member is done."""
    found: Rows = {}

    worlds = []
    for one in chosen:  # Hydra composes one at a time
        words = [f"{MEMBER}={one.number}", f"population.share={SHARE}", "run.threads=1"]
        worlds.append((one.number, [compose([*words, f"scenarios={name}"]) for name in ("baseline", *SCENARIOS)]))

    def live(world: tuple[int, list[Config]]) -> None:
        number, configs = world
        mine = {}
        for name, meeting in zip(SCENARIOS, meetings(configs), strict=True):
            diversion = meeting.ledger.diversion(meeting.programmes)
            for kind in RATIOS:
                value = getattr(diversion, kind)
                mine[name, kind] = float("nan") if value is None else value.value
        found[number] = mine
        after(dict(found))
        say(f"  {len(found)} of {len(chosen)} members")

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(live, worlds))
    return found


def write(rows: Rows) -> None:
    """Write ratios as CSV, whole or not at all."""
    from analysis.kept import write_whole

    head = ["model", "member", *(f"{name}.{kind}" for name in SCENARIOS for kind in RATIOS)]
    lines = [",".join(head)]
    for number, mine in sorted(rows.items()):
        values = (mine[name, kind] for name in SCENARIOS for kind in RATIOS)
        lines.append(",".join([model_digest(), str(number), *(f"{value:.4g}" for value in values)]))
    write_whole(RECORD, "\n".join(lines) + "\n")


def read() -> Rows:
    """Return the ratios that were kept; none of another model, or where nothing was kept."""
    if not RECORD.exists():
        return {}
    return {
        int(row["member"]): {(name, kind): float(row[f"{name}.{kind}"]) for name in SCENARIOS for kind in RATIOS}
        for row in read_records(RECORD)[1]
        if row["model"] == model_digest()
    }


def values_of(rows: Rows, name: str, kind: str) -> tuple[Array, list[Member]]:
    """Return one ratio of all members that give it, and these members."""
    known = [number for number, mine in sorted(rows.items()) if np.isfinite(mine[name, kind])]
    ensemble = members()
    return np.array([rows[number][name, kind] for number in known]), [ensemble[number] for number in known]


def slopes(values: Array, of: Sequence[Member]) -> list[tuple[str, float, float]]:
    """Return (parameter, change of the ratio for one SD over the members, standard error), by least squares."""
    paths = [path for path in MOVERS if path in of[0].values]
    x = np.array([[one.values[path] for path in paths] for one in of])
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    design = np.column_stack([np.ones(len(x)), x])
    solution, *_ = np.linalg.lstsq(design, values, rcond=None)
    rest = values - design @ solution
    variance = rest @ rest / max(len(x) - design.shape[1], 1)
    error = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * variance)
    return [(path, float(solution[k + 1]), float(error[k + 1])) for k, path in enumerate(paths)]


def page(rows: Rows) -> str:
    """Return the page of recorded ratios."""
    return "\n\n".join(_parts(rows)) + "\n"


def _parts(rows: Rows) -> Iterator[str]:
    first, kinds = next(iter(SCENARIOS)), list(RATIOS)
    values, of = values_of(rows, first, "ratio")
    low, _, middle, _, high = np.quantile(values, ENDS)
    yield "# Diversion: how many irregular journeys a place averts, and what decides it"
    yield (
        f"Generated by `python -m analysis.diversion_profile` from `docs/diversion.csv`: {len(rows)} members of the "
        f"calibrated ensemble, {SHARE:g} of all households, one seed. The ratio is of irregular journeys averted among "
        "those newly admitted in the 24 months from admission, per person admitted (docs/ledger.md)."
    )
    yield (
        f"**For 50,000 places open to whoever applies it is {middle:.2f}, 90 % interval over the members "
        f"{low:.2f} to {high:.2f}. The flow counted at the border cannot pin it: every member meets the same "
        "encounters of FY2014-19.** It may hang on who gets the places, on whether those who wait stay, and on how "
        "persistent the wish to go is; the tables say how far each moves it among members that the record does not "
        "rule out."
    )
    yield "![Diversion ratio of each member over its persistent propensity, and by places](figures/diversion.png)"
    yield "## Who gets the places"
    body = []
    for name, what in SCENARIOS.items():
        for kind in kinds:
            found, _ = values_of(rows, name, kind)
            if len(found):
                body.append((what, RATIOS[kind], *(f"{end:.2f}" for end in np.quantile(found, ENDS)), str(len(found))))
    yield table(("places go", "journeys averted", "5 %", "25 %", "median", "75 %", "95 %", "members"), body)
    yield "## Persistence and waiting"
    u = np.array([one.values[PERSISTENT] for one in of])
    thirds = np.searchsorted(np.quantile(u, (1 / 3, 2 / 3)), u)
    body = [
        (f"{what}, {u[thirds == k].min():.2f} to {u[thirds == k].max():.2f}",
         *(f"{end:.2f}" for end in np.quantile(values[thirds == k], ENDS)))
        for k, what in enumerate(THIRDS)
    ]  # fmt: skip
    yield table(("`behaviour.sigma_u`", "5 %", "25 %", "median", "75 %", "95 %"), body)
    both, of_both = values_of(rows, first, "overall")
    body = []
    for kind, found, which in (("ratio", values, of), ("overall", both, of_both)):
        body += [
            (RATIOS[kind], f"`{path}`", MOVERS[path], f"{change:+.3f}", f"{error:.3f}")
            for path, change, error in slopes(found, which)
        ]
    yield "Change of the ratio when a parameter grows by one SD over the members, the others as they are:"
    yield table(("journeys averted", "parameter", "what it is", "change", "standard error"), body)
    yield "## Under each record of persistence"
    yield (
        "Two records speak of it and disagree: Mexican men put back over the border (24.2 % apprehended again in 18 "
        "months) and people of the three countries before 2020 (7 to 14 %). Members by how near they come to each:"
    )
    body = []
    for gap, what in (("effect of again", "Mexican men"), ("effect of again_from_home", "the three countries")):
        near = np.array([abs(one.gaps[column(gap)]) for one in of])
        half = near <= np.median(near)
        body.append((what, *(f"{end:.2f}" for end in np.quantile(values[half], ENDS)), str(int(half.sum()))))
    yield table(("the half of the members nearer to", "5 %", "25 %", "median", "75 %", "95 %", "members"), body)


def draw(rows: Rows, path: Path) -> None:
    """Draw the ratio of each member over its propensity, and by who gets the places."""
    first = next(iter(SCENARIOS))
    values, of = values_of(rows, first, "ratio")
    with style.styled():
        figure = style.new_figure(style.WIDTH, style.HEIGHT * 0.8)
        left, right = figure.subplots(1, 2, gridspec_kw={"left": 0.07, "right": 0.98, "top": 0.84, "bottom": 0.16})
        u, w = (np.array([one.values.get(p, np.nan) for one in of]) for p in (PERSISTENT, "behaviour.w"))
        points = left.scatter(u, values, c=w if np.isfinite(w).all() else style.BLUE, cmap="viridis", s=26, zorder=3)
        if np.isfinite(w).all():
            figure.colorbar(points, ax=left, label="waiting effect w")
        left.set_xlabel("persistent propensity sigma_u")
        left.set_ylabel("journeys averted per person admitted")
        left.set_title("Places to whoever applies, one dot a member", loc="left")
        _boxes(right, rows)
        title = "Diversion ratio over the ensemble"
        figure.suptitle(title, x=0.01, y=0.985, ha="left", fontsize=style.TITLE_SIZE, fontweight="bold")
        style.source_line(figure, "This model; docs/diversion.md")
        alt = f"Diversion ratio of {len(values)} members: median {np.median(values):.2f}."
        style.save_png(figure, path, title=title, alt=alt, made_by=provenance(default_config()))


def _boxes(axes: Axes, rows: Rows) -> None:
    for place, name in enumerate(SCENARIOS):
        for step, (kind, colour) in enumerate(zip(RATIOS, (style.BLUE, style.SKY, style.ORANGE), strict=True)):
            found, _ = values_of(rows, name, kind)
            if len(found):
                low, near, middle, far, high = np.quantile(found, ENDS)
                x = place + (step - 1) * 0.22
                axes.plot([x, x], [low, high], color=colour, linewidth=2)
                axes.plot([x, x], [near, far], color=colour, linewidth=7, solid_capstyle="butt")
                axes.plot([x], [middle], "o", color=style.BLACK, markersize=4, zorder=4)
                if place == 0:
                    axes.plot([], [], color=colour, linewidth=7, label=RATIOS[kind])
    axes.set_xticks(range(len(SCENARIOS)), [what.replace(", ", ",\n") for what in SCENARIOS.values()])
    axes.set_title("By who gets the places: median, 50 and 90 %", loc="left")
    axes.axhline(0, color=style.GREY, linewidth=style.THIN)
    axes.set_ylim(top=axes.get_ylim()[1] * ROOM)
    axes.legend(ncols=len(RATIOS), fontsize=style.SMALL_SIZE, loc="upper right")


def main(argv: Sequence[str]) -> int:
    """Write page and figure; with --live N after living members; RequestError for anything else."""
    if not DOCS.is_dir():
        raise RequestError(f"{DOCS}: the documentation lives in a checkout of the source")
    if argv and not (len(argv) == 2 and argv[0] == LIVE and argv[1].isdecimal()):
        raise RequestError(f"usage: python -m analysis.diversion_profile [{LIVE} N]")
    if argv:
        kept = read()
        chosen = [one for one in members()[: int(argv[1])] if one.number not in kept]
        profile(chosen, print, lambda found: write({**kept, **found}))
    rows = read()
    if not rows:
        raise RequestError(f"{RECORD.name} has nothing of this model: {LIVE} 60 lives members first")
    PAGE.write_text(page(rows), encoding="utf-8")
    draw(rows, FIGURE)
    print(f"written: {PAGE}, {FIGURE}")
    return 0


if __name__ == "__main__":
    as_command(main)
