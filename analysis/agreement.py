"""Rival theories side by side: for each policy, do sign and rank of what it changes hold whichever theory is true?

Every theory has its level solved to the same figures. Of the default the members of the ensemble are lived, of a rival
its central parameters. Kept in configs/behaviour/agreement.csv, which `compare` reads to mark what theories disagree
on; `python -m analysis.agreement --live N` lives N members and the rivals anew, without it the page is made again.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.colors import TwoSlopeNorm

from analysis import style
from analysis.cost_lines import Pair
from analysis.evaluate import with_values
from analysis.kept import write_whole
from analysis.level import MEMBER_TOLERANCE, solve
from analysis.markdown import DOCS, table
from analysis.monthly import by_year
from analysis.validation import as_command
from sim.codes import THEORIES
from sim.compose import compose
from sim.config import Config, default_config
from sim.csvfile import read_records
from sim.ensemble import MEMBER, ensemble_file, members, model_digest
from sim.errors import RequestError
from sim.lockstep import run_together
from sim.outcomes import HEADLINE
from sim.results import provenance

DEFAULT: Final = THEORIES[0]
FILES: Final[Mapping[str, str]] = {name: name for name in THEORIES} | {DEFAULT: "central"}
"""File of configs/behaviour that chooses a theory."""
POLICIES: Final = (
    "labour_visas_50k", "labour_visas_lottery", "protection_pathways", "enforcement_only", "reintegration_boost",
    "security_reform", "cash_transfers", "climate_insurance", "economic_initiative", "task_force_package",
)  # fmt: skip
OUTCOME: Final = HEADLINE["irregular_journeys"].name
SHARE: Final = 0.02
"""Part of all households that a world lives with."""
SMALL: Final = 0.001
"""Change, as a part of the baseline, below which a policy counts as changing nothing: chance at SHARE is about that."""
AGREES: Final = 0.9
"""Part of the worlds of a theory that must share a sign for the theory to have one."""
LIVE: Final = "--live"
PAGE, FIGURE = DOCS / "agreement.md", DOCS / "figures" / "agreement.png"
SIGNS: Final = {-1: "lower", 0: "no change", 1: "higher"}
Changes = dict[str, dict[str, list[float]]]
"""Change of irregular journeys in per cent, by theory and policy, one a member."""


def record() -> Path:
    """Return where the changes are kept."""
    return ensemble_file().with_name("agreement.csv")


def live(n_members: int, say: Callable[[str], None]) -> Changes:
    """Return what every policy changes under every theory; n_members: of the default."""
    worlds: list[_World] = []
    for theory in THEORIES:
        words = (f"behaviour={FILES[theory]}", f"population.share={SHARE}", "run.threads=1")
        if theory == DEFAULT:
            chosen = members()[:n_members]
            worlds += [_world(theory, (*words, f"{MEMBER}={one.number}"), {}) for one in chosen]
        else:
            say(f"{theory}: solving the level")
            worlds.append(_world(theory, words, solve(compose(words), say, tolerance=MEMBER_TOLERANCE)[0]))
    found: Changes = {theory: {name: [] for name in POLICIES} for theory in THEORIES}
    done: list[int] = []

    def work(world: _World) -> list[float]:
        changes = world.changes()
        done.append(1)
        say(f"  {len(done)} of {len(worlds)} worlds")
        return changes

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for world, changes in zip(worlds, pool.map(work, worlds), strict=True):
            for name, change in zip(POLICIES, changes, strict=True):
                found[world.theory][name].append(change)
    return found


@dataclass(frozen=True)
class _World:
    """A theory with its parameters: the baseline and every policy."""

    theory: str
    configs: tuple[Config, ...]

    def changes(self) -> list[float]:
        """Return what each policy changes of irregular journeys, in per cent of the baseline, from 2026 on."""
        base, *others = run_together(self.configs)
        before = by_year(base.record.outcomes())
        level = Pair(base.config, {}, before).a_year(OUTCOME)
        return [
            100 * Pair(one.config, before, by_year(one.record.outcomes())).a_year(OUTCOME) / level for one in others
        ]


def _world(theory: str, words: Sequence[str], constants: Mapping[str, float]) -> _World:
    names = ("baseline", *POLICIES)
    return _World(theory, tuple(with_values(compose([*words, f"scenarios={name}"]), constants) for name in names))


@dataclass(frozen=True)
class Verdict:
    """What theories say of a policy: the sign of each (0: none, or members disagree), and whether all say the same."""

    name: str
    signs: Mapping[str, int]
    medians: Mapping[str, float]

    @property
    def agree(self) -> bool:
        """Return whether every theory gives the same sign."""
        return len(set(self.signs.values())) == 1


def verdicts(found: Changes) -> list[Verdict]:
    """Return the verdict on every policy."""
    return [
        Verdict(
            name, {theory: _sign(found[theory][name]) for theory in THEORIES},
            {theory: float(np.median(found[theory][name])) for theory in THEORIES},
        )
        for name in POLICIES
    ]  # fmt: skip


def _sign(changes: Sequence[float]) -> int:
    values = np.array(changes)
    for sign in (-1, 1):
        if np.mean(sign * values > 100 * SMALL) >= AGREES:
            return sign
    return 0


def ranks(found: Changes) -> dict[str, float]:
    """Return the rank correlation of the policies' changes under each rival with those under the default."""
    from scipy.stats import spearmanr

    ours = [float(np.median(found[DEFAULT][name])) for name in POLICIES]
    return {
        theory: float(spearmanr(ours, [np.median(found[theory][name]) for name in POLICIES]).statistic)
        for theory in THEORIES
        if theory != DEFAULT
    }


def disagreement(scenario: str) -> str:
    """Return a sentence where theories disagree on a scenario; nothing where they agree or it was not lived."""
    found = read()
    for verdict in verdicts(found) if found else ():
        if verdict.name == scenario and not verdict.agree:
            told = ", ".join(f"{theory.replace('_', ' ')} {SIGNS[sign]}" for theory, sign in verdict.signs.items())
            return f"Theories of behaviour DISAGREE on irregular journeys here ({told}): docs/agreement.md."
    return ""


def write(found: Changes) -> None:
    """Write the changes as CSV, whole or not at all."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(("model", "theory", "policy", "world", "change_percent"))
    for theory, policies in found.items():
        for name, changes in policies.items():
            out.writerows((model_digest(), theory, name, k, f"{change:.4f}") for k, change in enumerate(changes))
    write_whole(record(), text.getvalue())


def read() -> Changes:
    """Return the changes that were kept; none of another model."""
    found: Changes = {theory: {name: [] for name in POLICIES} for theory in THEORIES}
    rows = read_records(record())[1] if record().exists() else []
    for row in rows:
        if row["model"] == model_digest():
            found[row["theory"]][row["policy"]].append(float(row["change_percent"]))
    return found if all(found[theory][name] for theory in THEORIES for name in POLICIES) else {}


def page(found: Changes) -> str:
    """Return the page of recorded changes."""
    return "\n\n".join(_parts(found)) + "\n"


def _parts(found: Changes) -> Iterator[str]:
    told = verdicts(found)
    agreed = sum(one.agree for one in told)
    n = len(found[DEFAULT][POLICIES[0]])
    yield "# Do the theories agree?"
    yield (
        "Generated by `python -m analysis.agreement` from `configs/behaviour/agreement.csv`: what policies change of "
        f"irregular journeys from 2026 on, under [four theories of behaviour](theories.md), {SHARE:g} of all "
        f"households, one seed. Of the default {n} members of the calibrated ensemble were lived, of each rival its "
        "central parameters, with the constants of its level solved to the same figures; no rival has an ensemble yet."
    )
    order = "; ".join(f"{theory.replace('_', ' ')} {value:+.2f}" for theory, value in ranks(found).items())
    yield (
        f"**The sign is the same under all theories for {agreed} of {len(told)} policies.** Rank correlation with the "
        f"default: {order}."
    )
    yield "![Change of irregular journeys by policy and theory](figures/agreement.png)"
    rows = [
        (f"`{one.name}`", *(_cell(found[theory][one.name], one.signs[theory]) for theory in THEORIES),
         "agree" if one.agree else "**DISAGREE**")
        for one in told
    ]  # fmt: skip
    yield table(("policy", *(theory.replace("_", " ") for theory in THEORIES), "sign"), rows)
    yield (
        f"Change in per cent, median (and 90 % interval over members). A theory has a sign where {AGREES:.0%} of its "
        f"worlds share it and lie beyond {SMALL:.1%} of the baseline, about what chance makes at this share. `compare` "
        "marks a scenario on which theories disagree."
    )


def _cell(changes: Sequence[float], sign: int) -> str:
    shown = f"{np.median(changes):+.2f}"
    if len(changes) > 1:
        low, high = np.quantile(changes, (0.05, 0.95))
        shown += f" ({low:+.2f} to {high:+.2f})"
    return shown + ("" if sign else ", no sign")


def draw(found: Changes, path: Path) -> None:
    """Draw the changes as a map of policies by theories, signs that differ marked."""
    told = verdicts(found)
    values = np.array([[one.medians[theory] for theory in THEORIES] for one in told])
    shown = np.sign(values) * np.log1p(np.abs(values) / (100 * SMALL))
    with style.styled():
        figure = style.new_figure(style.WIDTH * 0.8, 0.45 * len(told) + 1.6)
        axes = figure.add_axes((0.24, 0.1, 0.72, 0.74))
        far = float(np.abs(shown).max())
        axes.imshow(shown, cmap="PuOr_r", norm=TwoSlopeNorm(0, -far, far), aspect="auto")
        for y, one in enumerate(told):
            for x, theory in enumerate(THEORIES):
                mark = "" if one.signs[theory] else " ?"
                colour = "white" if abs(shown[y, x]) > far * 0.6 else style.BLACK
                axes.text(x, y, f"{values[y, x]:+.2f} %{mark}", ha="center", va="center", color=colour)
        axes.set_xticks(range(len(THEORIES)), [theory.replace("_", " ") for theory in THEORIES])
        names = [one.name.replace("_", " ") + ("" if one.agree else "  *") for one in told]
        axes.set_yticks(range(len(told)), names)
        axes.xaxis.tick_top()
        axes.grid(False)
        title = "Change of irregular journeys by policy, under four theories"
        figure.suptitle(title, x=0.01, y=0.985, ha="left", fontsize=style.TITLE_SIZE, fontweight="bold")
        style.source_line(figure, "*: theories disagree on the sign; ?: no sign. docs/agreement.md")
        alt = f"{sum(one.agree for one in told)} of {len(told)} policies have the same sign under all theories."
        style.save_png(figure, path, title=title, alt=alt, made_by=provenance(default_config()))


def main(argv: Sequence[str]) -> int:
    """Write page and figure; with --live N after living; RequestError for anything else."""
    if not DOCS.is_dir():
        raise RequestError(f"{DOCS}: the documentation lives in a checkout of the source")
    if argv and not (len(argv) == 2 and argv[0] == LIVE and argv[1].isdecimal()):
        raise RequestError(f"usage: python -m analysis.agreement [{LIVE} N]")
    if argv:
        write(live(int(argv[1]), print))
    found = read()
    if not found:
        raise RequestError(f"{record().name} has nothing of this model: {LIVE} 20 lives it first")
    PAGE.write_text(page(found), encoding="utf-8")
    draw(found, FIGURE)
    print(f"written: {PAGE}, {FIGURE}")
    return 0


if __name__ == "__main__":
    as_command(main)
