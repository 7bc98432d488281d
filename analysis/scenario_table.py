"""The effects of every shipped scenario beside the baseline, in one table: docs/results.md.

`python -m analysis.scenario_table members=8 population.share=0.02` lives them over ensemble members, a batch of
scenarios and one member at a time, all forked from that member's history. It takes a quarter of an hour; the page
keeps what came out, with what it rests on.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from analysis.chance import Estimate
from analysis.costs import CostTable, costs
from analysis.intervals import spread
from analysis.replicates import ENSEMBLE
from analysis.together import Meeting, meetings, programmes_of
from analysis.validation import as_command
from sim.compose import compose
from sim.config import Config
from sim.ensemble import members, of_member
from sim.errors import RequestError
from sim.outcomes import HEADLINE
from sim.results import horizon
from sim.scenarios import BASELINE, find_scenarios, is_natural, is_own

PAGE: Final = Path(__file__).parent.parent / "docs" / "results.md"
BATCH: Final = 8
"""Scenarios in one pass: each holds a copy of the households."""
MEMBERS: Final = "members="
COMMON: Final = ("run.start=2025-10", "run.end=2030-12")
HEAD: Final = (
    "scenario", *(outcome.label.lower() for outcome in HEADLINE.values()), "places taken",
    "journeys averted per person admitted, 24 months and the wait", "public cost per irregular journey averted, US$",
)  # fmt: skip


def lived(overrides: Sequence[str], n_members: int) -> tuple[list[Config], list[list[Meeting]]]:
    """Return the scenarios and, for each, its meetings with the baseline over the first members."""
    found = find_scenarios().items()
    names = [name for name, path in found if name != BASELINE and not is_own(path) and not is_natural(name)]
    configs = [compose([f"scenarios={name}", *COMMON, *overrides]) for name in names]
    baseline = compose([*COMMON, *overrides])
    met: list[list[Meeting]] = [[] for _ in configs]
    for member in range(n_members):
        for first in range(0, len(configs), BATCH):
            batch = [of_member(config, member) for config in (baseline, *configs[first : first + BATCH])]
            for k, meeting in enumerate(meetings(batch)):
                met[first + k].append(meeting)
            done = min(first + BATCH, len(configs))
            print(f"member {member}: {done} of {len(configs)}", file=sys.stderr, flush=True)
    return configs, met


def row(config: Config, met: Sequence[Meeting]) -> list[str]:
    """Return the cells of one scenario."""
    inside = met[0].pair.inside()
    changes = [spread([meeting.pair.a_year(outcome.name) for meeting in met]) for outcome in HEADLINE.values()]
    programmes = programmes_of(config)
    taken = [
        sum(meeting.pair.change("admit", f"pathway={name}")[inside].sum() for name in programmes) for meeting in met
    ]
    ratios = [meeting.ledger.diversion(programmes).with_wait for meeting in met] if programmes else []
    known = [ratio.value for ratio in ratios if ratio is not None]
    return [
        f"`{config.scenarios[0]}`", *(_number(change) for change in changes),
        _number(spread(taken)) if programmes else "-",
        _number(spread(known), ".2f") if known and len(known) == len(met) else "-",
        _cost(costs([meeting.pair for meeting in met])) if config.policies else "-",
    ]  # fmt: skip


def _number(estimate: Estimate, form: str = "+,.0f") -> str:
    if not np.isfinite(estimate.low90):
        return f"{estimate.value:{form}}"
    return f"{estimate.value:{form}} ({estimate.low90:{form}} to {estimate.high90:{form}})"


def _cost(table: CostTable) -> str:
    ratio = next(one for one in table.ratios() if (one.numerator, one.effect) == ("public", "irregular_averted"))
    if not any(line.policy for line in table.lines):
        return "not costed"
    return _number(ratio.estimate, ",.0f") if ratio.estimate else "none: the effect may be zero"


def page(configs: Sequence[Config], met: Sequence[Sequence[Meeting]], overrides: Sequence[str]) -> str:
    """Return docs/results.md."""
    n, config = len(met[0]), configs[0]
    rows = [HEAD, ["---"] * len(HEAD), *(row(one, mine) for one, mine in zip(configs, met, strict=True))]
    asked = " ".join([f"{MEMBERS}{n}", *overrides])
    parts = [
        "# What each scenario does",
        f"Scenario minus baseline, people a year from {' to '.join(horizon(config))} (places taken: people over all "
        f"these months), median and 90 % interval over {n} ensemble members, {config['population.share']:g} of all "
        f"households, seed {config['seed']}. Written by `python -m analysis.scenario_table {asked}`.",
        f"{ENSEMBLE} At this share a journey of one simulated household stands for about "
        f"{1 / config['population.share']:.0f}: effects of a few hundred people are chance, deaths most of all. A cost "
        "is given only where the 90 % interval of journeys averted leaves out zero; what is counted: "
        "[costs.md](costs.md). Ratios per person admitted: [ledger.md](ledger.md). Sizes that scenarios set are "
        "assumptions unless graded otherwise ([scenarios.md](scenarios.md)); the border after August 2024 is that of "
        "the last twelve months observed.",
        "\n".join("| " + " | ".join(cells) + " |" for cells in rows),
    ]
    return "\n\n".join(parts) + "\n"


def main(argv: Sequence[str]) -> int:
    """Live all scenarios and write the page.

    Raises:
        RequestError: a number of members that there is not.

    """
    asked = [word for word in argv if word.startswith(MEMBERS)]
    n = asked[0].removeprefix(MEMBERS) if asked else "8"
    if not n.isdecimal() or not 1 <= int(n) <= len(members()):
        raise RequestError(f"{MEMBERS}{n}: there are 1 to {len(members())} members")
    overrides = [word for word in argv if word not in asked]
    configs, met = lived(overrides, int(n))
    PAGE.write_text(page(configs, met, overrides), encoding="utf-8")
    print(f"written: {PAGE.relative_to(PAGE.parent.parent)}")
    return 0


if __name__ == "__main__":
    as_command(main)
