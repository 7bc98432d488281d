"""How long households live: by number of households and threads, and what a month is made of."""

from __future__ import annotations

from typing import Any

from benchmarks.measures import PARTS, Found, Say, Size, Table, interleaved, middle, months_config, shown, timed

TITLE = "How long a household-month takes"
THREADS = (1, 2)
A_MONTH = 1e3
"""Milliseconds of a second."""


def measure(size: Size, say: Say) -> dict[str, Any]:
    """Live small and large runs with one and two threads."""
    found: dict[str, Any] = {}
    for rows, repeats in ((size.rows, size.repeats), (size.many, size.few)):
        say(f"{repeats} x {size.months} months of {rows:,} households with {' and '.join(map(str, THREADS))} threads")
        configs = {k: months_config(rows, size.months, run__threads=k) for k in THREADS}
        timed(configs[2].replace(run__end="2013-02"))  # compiles what the runs use
        works = {str(k): lambda config=config: timed(config) for k, config in configs.items()}
        for threads, runs in interleaved(works, repeats).items():
            numbers = [run.found() for run in runs]
            found[f"{rows}/{threads}"] = {
                "rows": runs[0].rows, "household_months": runs[0].household_months, "months": size.months,
                **{name: [one[name] for one in numbers] for name in numbers[0]},
                "parts": {part: [run.parts[part] for run in runs] for part in PARTS},
                "seconds": [run.seconds for run in runs],
            }  # fmt: skip
    return found


def tables(found: Found) -> list[Table]:
    """Show times by size and threads, and the parts of a month."""
    rows, parts = [], []
    for name, one in found.items():
        households, threads = name.split("/")
        label = f"{int(households):,}, {threads} thread{'s' if int(threads) > 1 else ''}"
        lived = f"{one['household_months']:,}"
        rows.append([label, lived, shown(one["ns"], 1), shown(one["rules"], 1), shown(one["cpu"], 1)])
        spent = [middle(one["parts"][part]) for part in PARTS]
        rest = middle(one["seconds"]) - sum(spent)
        parts.append([label, *(f"{part / one['months'] * A_MONTH:.2f}" for part in (*spent, rest))])
    head = ["households in January 2013", "household-months", "ns, whole run", "ns, rules", "ns of processor time"]
    return [
        Table(TITLE, head, rows, ["Building the model is not in these figures, see the start below."]),
        Table("A month by part, ms (medians)", ["run", *PARTS, "clearing and adding up"], parts, [
            "live: the rules; select: queues and lotteries; feedback: networks, beliefs, prices and what households",
            "see of programmes; record: what is kept of a month. Live and, slowly, select grow with the households.",
        ]),
    ]  # fmt: skip


def ns(found: Found, rows: int, threads: int, what: str = "ns") -> float:
    """Return the median nanoseconds of a run."""
    return middle(found[f"{rows}/{threads}"][what])
