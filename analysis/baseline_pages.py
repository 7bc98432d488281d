"""The pages that a baseline run fills: the table in the README, docs/validation.md and the README's figure.

`python -m analysis.baseline_pages RUN` writes them from a recorded baseline, misses included.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from analysis.figures import draw_run
from analysis.targets import Row
from analysis.validation import as_command, markdown, observed_table
from sim.codes import COUNTRIES
from sim.errors import RequestError
from sim.results import RunResult

ROOT = Path(__file__).parent.parent
OPEN, CLOSE = "<!-- observed-table -->", "<!-- /observed-table -->"
ENCOUNTERS = "US Border Patrol encounters"
AREAS = (*COUNTRIES, "all three")


def encounters_by_year(rows: Sequence[Row]) -> str:
    """Return a Markdown table of encounters, a line a fiscal year: simulated, observed and their ratio by country."""
    found = {(row.period, row.group): row for row in rows if row.target == ENCOUNTERS}
    periods = list(dict.fromkeys(period for period, _ in found))
    lines = [
        "| thousand events | " + " | ".join(f"{area} simulated | observed | ratio" for area in AREAS) + " |",
        "|:--" + "|--:|--:|--:" * len(AREAS) + "|",
    ]
    for period in periods:
        cells = [period]
        for area in AREAS:
            row = found[period, area]
            observed = row.observed or float("nan")
            cells += [f"{row.simulated / 1000:.0f}", f"{observed / 1000:.0f}", f"{row.simulated / observed:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write_pages(result: RunResult) -> list[Path]:
    """Write the pages; return what was written."""
    rows = observed_table(result)
    scored = [row for row in rows if row.verdict and row.target != ENCOUNTERS]
    made = f"{result.config['population.share']:g} of all households, seed {result.config['seed']}, one run"
    readme, docs = ROOT / "README.md", ROOT / "docs"
    figure, page = docs / "figures" / "baseline.png", docs / "validation.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(OPEN)
    _, _, after = rest.partition(CLOSE)
    table = f"{encounters_by_year(rows)}\n\nThe other scored figures ({made}):\n\n{markdown(scored)}"
    readme.write_text(f"{before}{OPEN}\n{table}\n{CLOSE}{after}", encoding="utf-8")
    intro = "# Simulated beside observed\n\nEvery comparison the record allows, misses included; written by\n"
    command = f"`python -m analysis.baseline_pages RUN` from the baseline ({made}).\n\n"
    page.write_text(f"{intro}{command}{markdown(rows)}\n", encoding="utf-8")
    figure.parent.mkdir(exist_ok=True)
    drawn = result.folder / "encounters.png"
    if drawn.is_file():
        shutil.copyfile(drawn, figure)
    else:
        draw_run(result, figure)
    return [readme, page, figure]


def main(argv: Sequence[str]) -> int:
    """Write the pages from the run in a folder.

    Raises:
        RequestError: not one folder, no complete run in it, or not a baseline.

    """
    if len(argv) != 1:
        raise RequestError("usage: python -m analysis.baseline_pages RUN_FOLDER")
    result = RunResult.open(Path(argv[0]))
    if tuple(result.config.scenarios) != ("baseline",):
        raise RequestError(f"{argv[0]}: a run of {'+'.join(result.config.scenarios)}, not of the baseline")
    for path in write_pages(result):
        print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    as_command(main)
