"""The page of hindcast and forecast: docs/forecast.md, its figures, and the line in the README.

`python -m analysis.forecast_page` lives what is missing, keeps the scores in docs/forecast.json and writes the pages
from them; `--pages` writes them again and lives nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from analysis import forecast, forecast_text
from analysis.forecast_figures import draw_all
from analysis.forecast_runs import SHARE
from analysis.forecast_text import RIVALS, Aim, cells, compact, markdown, of_skill, of_turns
from analysis.forecast_words import FORECAST, HINDCAST, JUDGED, METHOD
from analysis.scoring import POOLED
from analysis.validation import as_command
from sim.compose import compose
from sim.ensemble import members
from sim.errors import DataError, RequestError, WorkError, unreadable
from sim.results import provenance

ROOT: Final = Path(__file__).parent.parent
DOCS: Final = ROOT / "docs"
KEPT: Final = "forecast.json"
PAGE: Final = "forecast.md"
OPEN, CLOSE = "<!-- forecast -->", "<!-- /forecast -->"
MADE: Final = ("version", "config_hash", "seed")
"""What is kept of what made the scores."""


def record(n_members: int, share: float = SHARE) -> dict[str, Any]:
    """Return everything that the page needs, lived or taken from runs/forecast."""
    ask = forecast.Ask(n_members, share=share)
    made = provenance(compose([f"population.share={share}"]))
    return {
        "made": {**{name: made[name] for name in MADE}, "members": n_members, "share": share},
        "hindcast": forecast.hindcast(ask),
        "forecast": forecast.forecasts(ask),
    }


def aims(found: Mapping[str, Any]) -> list[Aim]:
    """Return all aims with what came of them."""
    hindcast = forecast_text.aims_of_hindcast(found["hindcast"]["table"])
    return [*hindcast, *forecast_text.aims_of_forecast(found["forecast"]["table"])]


def readme_line(found: Mapping[str, Any]) -> str:
    """Return the README's lines: rivals that were better, aims missed, aims met, and how much wider to be."""
    every = aims(found)
    lines = ["**How good forecasts of encounters were** ([docs/forecast.md](docs/forecast.md)), misses first:", ""]
    lines += [f"- worse than a rival, {where}: {rivals} (CRPS of the log)" for where, rivals in _beaten(found)]
    lines += [f"- missed: {aim.name} ({aim.told})" for aim in every if not aim.met]
    lines += [f"- met: {aim.name} ({aim.told})" for aim in every if aim.met]
    return "\n".join([*lines, "", _widen(found)])


def _beaten(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return where a rival was better, and which."""
    tables = {
        "drivers known, October 2020 - September 2021": found["hindcast"]["table"],
        "true forecast, 12 months": found["forecast"]["table"][forecast_text.AIM_TABLE],
    }
    beaten = {where: ", ".join(forecast_text.losses(table)) for where, table in tables.items()}
    return [(where, rivals) for where, rivals in beaten.items() if rivals]


def _widen(found: Mapping[str, Any]) -> str:
    factor = found["forecast"]["honest_factor"][forecast_text.AIM_TABLE]
    return (
        f"To hold nine in ten of the months of those forecasts, the 90 % interval twelve months ahead would have had "
        f"to be {factor:.2f} times as wide around its median, that of the hindcast "
        f"{found['hindcast']['honest_factor']:.2f} times: apply these factors to a forecast that you quote."
    )


def page(found: Mapping[str, Any]) -> str:
    """Return the page."""
    return "\n\n".join(_page(found)) + "\n"


def _page(found: Mapping[str, Any]) -> Iterator[str]:
    made, hindcast, ahead = found["made"], found["hindcast"], found["forecast"]
    yield "# Hindcast and forecast"
    yield (
        "How well would the simulator have told the monthly encounters at the US border, and how well plain figures? "
        f"Written by `uv run python -m analysis.forecast_page` from `docs/{KEPT}` ({made['members']} members of the "
        f"ensemble, {made['share']:g} of all households). On the terminal: `pathways validate hindcast`, "
        "`pathways validate forecast`, and `pathways validate --observed FILE` for later counts."
    )
    yield "## In short"
    lines = [f"worse than a rival: {where}: {rivals}" for where, rivals in _beaten(found)]
    lines += [aim.line() for aim in sorted(aims(found), key=lambda aim: aim.met)]
    yield "\n".join(f"- {line}" for line in lines)
    yield _widen(found)
    yield "![Hindcast of monthly encounters by country](figures/forecast_hindcast.png)"
    yield METHOD
    yield "## Hindcast: drivers known, October 2020 - September 2021"
    yield HINDCAST
    yield markdown(compact(hindcast["table"]))
    yield f"Widened by {hindcast['factor']:.2f}, from the rolling origins below. Direction over six months:"
    yield markdown(of_turns(hindcast["turns"]))
    yield "By party (CRPS; the record has months by party from October 2018, so twelve to learn from):"
    yield markdown(_turned(hindcast["party"]))
    yield (
        "The year before, October 2019 - September 2020, with the first months of the pandemic. Nothing was learned "
        "from it either; it is no part of the aims:"
    )
    yield markdown(compact(hindcast["pandemic_year"]))
    yield "### The same from earlier origins"
    yield (
        f"Drivers known, the {len(ahead['origins'])} origins of the next section, months to September 2019, every "
        "third month ahead. First up to twelve months ahead, then thirteen to twenty-four:"
    )
    yield markdown(compact(hindcast["rolling_within_a_year"]))
    yield markdown(compact(hindcast["rolling_second_year"]))
    yield "## True forecasts: nothing after the origin is known"
    yield "![True forecasts twelve months ahead beside what was counted](figures/forecast_year_ahead.png)"
    yield FORECAST.format(n=len(ahead["origins"]), first=ahead["origins"][0], last=ahead["origins"][-1])
    for months, table in ahead["table"].items():
        yield f"**{months} month{'s' if months != '1' else ''} ahead**"
        yield markdown(compact(table))
    yield "Twelve months ahead, months to September 2019 only: before the pandemic and the closed border."
    yield markdown(compact(ahead["to_training"]))
    yield "Skill of the simulator, pooled (1 - its CRPS over the rival's; above 0 it is better):"
    yield markdown(of_skill(ahead["table"], RIVALS))
    yield "![Skill by months ahead](figures/forecast_skill.png)"
    for months, turned in ahead["turns"].items():
        yield (
            f"Direction over {months} months, and where it turned against the {months} months before (seasonal naive "
            "says a turn whenever its month lies before the origin by as much):"
        )
        yield markdown(of_turns(turned))
    yield "## Are the intervals honest?"
    yield _honest(found)
    yield "![PIT histograms](figures/forecast_pit.png)"
    yield JUDGED


def _turned(table: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return head and rows with groups down and methods across."""
    return list(zip(*cells(table, "crps"), strict=True))


def _honest(found: Mapping[str, Any]) -> str:
    ours = {months: table["simulator"][POOLED] for months, table in found["forecast"]["table"].items()}
    told = "; ".join(f"{months} months {row['in50']:.0%} and {row['in90']:.0%}" for months, row in ours.items())
    factors = found["forecast"]["honest_factor"]
    widths = ", ".join(f"{factor:.2f} at {months}" for months, factor in factors.items())
    return (
        f"Months within the 50 and the 90 % interval of the true forecasts: {told}. The factor by which the 90 % "
        f"interval would have had to be wider (or narrower, below 1) around its median to hold nine in ten: {widths} "
        f"months; in the hindcast {found['hindcast']['honest_factor']:.2f}. These rest on all months scored, so they "
        "are for forecasts still to be made; no score above uses them. Low shares within the 50 % interval, with "
        "fair ones within the 90 %, say that misses come in runs of months: a level that moves and stays for a year."
    )


def write_pages(found: Mapping[str, Any], folder: Path = DOCS, readme: Path = ROOT / "README.md") -> list[Path]:
    """Write page, figures and the README's sentences; return what was written."""
    written = folder / PAGE
    written.write_text(page(found), encoding="utf-8")
    figures = draw_all(found, folder / "figures")
    before, _, rest = readme.read_text(encoding="utf-8").partition(OPEN)
    if rest:
        after = rest.partition(CLOSE)[2]
        readme.write_text(f"{before}{OPEN}\n{readme_line(found)}\n{CLOSE}{after}", encoding="utf-8")
    return [written, *figures, *([readme] if rest else [])]


def read_kept(path: Path) -> dict[str, Any]:
    """Return what was kept; DataError if there is none."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {unreadable(error)}") from None


def keep(found: Mapping[str, Any], path: Path) -> None:
    """Write what is to be kept, whole or not at all; WorkError if it cannot be written."""
    stage = path.with_name(f".{path.name}")
    try:
        stage.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
        stage.replace(path)
    except OSError as error:
        raise WorkError(f"{path}: cannot be written: {unreadable(error)}") from None


def main(argv: Sequence[str]) -> int:
    """Live what is missing, keep the scores, write the pages.

    Raises:
        RequestError: more members than there are.

    """
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m analysis.forecast_page", description=about)
    parser.add_argument("--members", type=int, default=len(members()), help="members of the ensemble (all)")
    parser.add_argument("--pages", action="store_true", help="live nothing, write the pages from what is kept")
    asked = parser.parse_args(argv)
    if not 0 <= asked.members <= len(members()):
        raise RequestError(f"--members {asked.members}: there are {len(members())}")
    if not asked.pages:
        keep(record(asked.members), DOCS / KEPT)
    for path in write_pages(read_kept(DOCS / KEPT)):
        print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    as_command(main)
