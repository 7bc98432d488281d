"""One tree of exceptions: a request that cannot be met, or work that failed.

Every message says what is wrong, where, what is allowed and the nearest name.
`cli.py` turns `RequestError` into exit status 2 and `WorkError` into 1.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Sequence


class PathwaysError(Exception):
    """Any error this program raises on purpose."""


class RequestError(PathwaysError):
    """The request was wrong: an unknown name, a bad value, a file that cannot be used (exit status 2)."""


class DataError(RequestError):
    """A table of figures is missing, corrupt or out of range; names file, row and column."""


class WorkError(PathwaysError):
    """The request was right and the work failed (exit status 1)."""


@functools.cache
def note(text: str) -> None:
    """Tell once what the user should know though the work goes on; by the logger `pathways`, if nothing else stderr."""
    import logging

    logging.getLogger("pathways").warning("pathways: %s", text)


def refuse(problems: Sequence[str]) -> None:
    """Raise one RequestError that tells every problem, a line each, if there are any."""
    if problems:
        raise RequestError("\n".join(problems))


def unreadable(error: Exception) -> str:
    """Return why a file cannot be read or written, without its name and numbers."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 text (byte {error.start + 1})"
    return (isinstance(error, OSError) and error.strerror) or str(error)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return ' (did you mean 'x'?)' for the closest allowed name, or ''."""
    match = difflib.get_close_matches(str(name), list(allowed), n=1, cutoff=0.5)
    return f" (did you mean '{match[0]}'?)" if match else ""
