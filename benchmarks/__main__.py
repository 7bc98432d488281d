"""Measure the engine and write docs/performance.md: `uv run python -m benchmarks [--full] [--only PART]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measures import TINY, Size
from benchmarks.report import PAGE, PARTS, RESULTS, keep, machine, page, read

ABOUT = "Measure the engine, print the tables and write docs/performance.md."
PARTS_ARE = "\n".join(["Parts:", *(f"  {name:<10} {part.__doc__.splitlines()[0]}" for name, part in PARTS.items())])
SLOW = ("region",)
"""Parts that run with --full, or when they are asked for."""


def main(argv: Sequence[str] | None = None) -> None:
    """Measure what is asked for, keep it beside the other parts, and write the page of all."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=ABOUT, epilog=PARTS_ARE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--full", action="store_true", help="also all households of the region (some minutes, 1.3 GB)")
    parser.add_argument(
        "--only", action="append", choices=list(PARTS), metavar="PART",
        help="measure this part only and keep the others as they were measured before; may be given again",
    )  # fmt: skip
    parser.add_argument("--tiny", action="store_true", help="a few households, to see that it works; writes nothing")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page of what was kept")
    options = parser.parse_args(argv)
    size = TINY if options.tiny else Size(full=options.full)
    chosen = options.only or [name for name in PARTS if options.full or name not in SLOW]
    results = {} if options.tiny else read(RESULTS)
    for name in [] if options.page else chosen:
        on = machine()
        found = PARTS[name].measure(size, lambda what, name=name: print(f"... {name}: {what}", file=sys.stderr))
        results[name] = {"machine": on, "found": found}
        if not options.tiny:
            keep(RESULTS, results)
    written(page(results), None if options.tiny else PAGE)


def written(text: str, path: Path | None) -> None:
    """Print the page, and write it where it belongs."""
    print(text)
    if path is not None:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
