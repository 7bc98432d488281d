"""Results of long work kept on disk as they come, each under a digest of all that made it, whole or not at all.

Who stops goes on from there: what is kept is not lived again, and what was made of anything else has another digest.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sim.errors import WorkError, unreadable
from sim.results import digest

N_DIGEST: Final = 16
"""Hexadecimal digits of a digest."""


def code_of(made: Mapping[str, Any]) -> str:
    """Return the digest of what made a result, plain data."""
    return digest(made)[:N_DIGEST]


def kept(folder: Path, code: str) -> dict[str, Any] | None:
    """Return what is kept under a digest; None if it is not there, or not whole."""
    try:
        found = json.loads((folder / f"{code}.json").read_text(encoding="utf-8"))
    except (ValueError, OSError):
        return None
    return found if isinstance(found, dict) else None


def keep(folder: Path, code: str, data: Mapping[str, Any]) -> None:
    """Keep plain data under a digest; WorkError if it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{code}.json", json.dumps(data, indent=1) + "\n")
    except OSError as error:
        raise WorkError(f"{folder}: cannot be written: {unreadable(error)}") from None


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    begun = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        begun.write_text(text, encoding="utf-8", newline="")
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)
