"""What each command does: one module a family, loaded when one of its commands runs.

A command takes the parsed options, prints its result to standard output, everything else to standard error, and
returns an exit status. With --json the result is one JSON document and nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import RequestError, unreadable

if TYPE_CHECKING:
    from analysis.export import Table

FINE, FAILED, WRONG, SIGNALLED = 0, 1, 2, 128
"""Exit status; a signal adds its number to the last."""


def tell(options: argparse.Namespace, data: Any, text: str) -> None:
    """Print a result: as JSON if the options ask for it, else as text."""
    print(json_text(data) if options.json else text)


def json_text(data: Any) -> str:
    """Return plain data as JSON for a reader; ValueError for a number that JSON lacks."""
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)


def table_files(
    options: argparse.Namespace, title: str, tables: Sequence[Table], lead: Sequence[str] = ()
) -> list[tuple[Path, bytes]]:
    """Return the files that --csv (of the first table), --xlsx and --html ask for; lead: the answer in sentences."""
    from analysis.export import to_csv, to_html, to_xlsx

    files = []
    if options.csv:
        files.append((options.csv, to_csv(tables[0])))
    if options.xlsx:
        files.append((options.xlsx, to_xlsx(tables, lead)))
    if options.html:
        files.append((options.html, to_html(title, tables, lead)))
    return files


def write_files(files: Sequence[tuple[Path, bytes]]) -> None:
    """Write files, all or none of those that were not there.

    Raises:
        RequestError: one cannot be written.

    """
    made: list[Path] = []
    for path, content in files:
        made += [] if path.exists() else [path]
        try:
            path.write_bytes(content)
        except (OSError, ValueError) as error:
            for one in made:
                with contextlib.suppress(OSError):
                    one.unlink(missing_ok=True)
            raise RequestError(f"{path}: cannot be written: {unreadable(error)}") from None
