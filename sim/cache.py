"""What is costly to make and depends on nothing but figures, settings and code is kept between processes.

An entry is one file in a folder of the user's: a line of JSON that says what is in it, then arrays of plain numbers.
It is written whole or not at all, looked through when it is opened, made anew if it is damaged, and mapped into
memory so that who changes an array changes a copy. Files used longest ago go first when there are too many.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.compiling import source_digest
from sim.errors import note, unreadable

VARIABLE, OFF = "PATHWAYS_CACHE_DIR", "off"
"""The environment variable that names the folder, and what it says for none."""
PROJECT = "migration-pathways"
FORMAT = 1
MOST_BYTES = 4 * 10**9
"""Size of the folder: six populations of the whole region."""
WORTH_SECONDS = 0.1
"""What is made faster than this is not kept."""
PAGE = 4096
"""Bytes that are checked together, and that an array begins on a multiple of."""
MOST_OF_HEADER = 2**20
WORD = np.dtype("<u8")
Arrays = Mapping[str, NDArray[Any]]


def folder() -> Path | None:
    """Return where entries are: `PATHWAYS_CACHE_DIR`, or the project's place among the user's caches; None if off."""
    named = os.environ.get(VARIABLE)
    if named:
        return None if named == OFF else Path(os.path.expanduser(named))
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        named = os.environ.get("XDG_CACHE_HOME", "")
        base = Path(named) if os.path.isabs(named) else home / ".cache"  # the standard ignores a relative one
    return base / PROJECT


def kept(kind: str, module: str, made_of: Mapping[str, Any], make: Callable[[], Arrays]) -> Arrays:
    """Return the arrays that `make` returns: kept by an earlier process, or made now and kept for a later one.

    kind: begins the name of the file. module: file of the module that makes them; its source and that of all it
    imports is part of what they are known by. made_of: plain data, everything else that they depend on.
    Where nothing can be kept, that is noted once and the work goes on. No array is ever written to in its file.
    """
    place = folder()
    if place is None:
        return make()
    path = place / f"{kind}-{_name(module, made_of)}.columns"
    found = _read(path)
    if found is not None:
        return found
    began = time.perf_counter()
    made = make()
    if time.perf_counter() - began > WORTH_SECONDS:
        try:
            _write(path, made)
        except OSError as error:
            note(
                f"{place}: nothing can be kept there: {unreadable(error)}; every run takes longer to start. "
                f"Name another folder by {VARIABLE}, or none by {VARIABLE}={OFF}"
            )
    return made


def _name(module: str, made_of: Mapping[str, Any]) -> str:
    """Return the digest of all that an entry depends on: also of libraries, which may round otherwise."""
    everything = {
        "format": FORMAT, "machine": platform.machine(), "made_of": made_of, "source": source_digest(Path(module)),
        "versions": [metadata.version(name) for name in ("numpy", "scipy")],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()[:32]


def _read(path: Path) -> Arrays | None:
    """Return the arrays of an entry, mapped into memory, or None if there is no whole one."""
    try:
        with path.open("rb") as file:
            line = file.readline(MOST_OF_HEADER)
            header, size = json.loads(line), os.fstat(file.fileno()).st_size
        if size != len(line) + header["bytes"]:
            return None
        words = np.memmap(path, WORD, mode="c", offset=len(line)).view(np.ndarray)
        if _check(header["arrays"], [_sums(words)]) != header["check"]:
            return None
        found = {}
        for name, dtype, shape, order, at in header["arrays"]:
            part = words.view(np.uint8)[at : at + math.prod(shape) * np.dtype(dtype).itemsize]
            found[name] = part.view(dtype).reshape(shape, order=order)
        os.utime(path)
    except (OSError, ValueError, KeyError, TypeError):  # none, or damaged: one that is made now takes its place
        return None
    return found


def _write(path: Path, arrays: Arrays) -> None:
    """Write an entry beside its place, put it there when it is whole, and drop what was used longest ago."""
    listed: list[list[Any]] = []
    sums: list[NDArray[np.uint64]] = []
    size = 0
    for name, array in arrays.items():
        listed.append([name, array.dtype.str, list(array.shape), _order(array), size])
        sums.append(_sums(array.ravel(_order(array)).view(np.uint8)))
        size += PAGE * len(sums[-1])
    line = json.dumps({"arrays": listed, "bytes": size, "check": _check(listed, sums)})
    line += " " * (-(len(line) + 1) % PAGE) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    if size > MOST_BYTES:
        return
    if size > shutil.disk_usage(path.parent).free // 2:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    begun = path.with_name(f".{path.name}.{os.getpid()}-{time.time_ns():x}")
    try:
        with begun.open("xb") as file:
            file.write(line.encode())
            for array in arrays.values():
                file.write(array.ravel(_order(array)).data)
                file.write(bytes(-array.nbytes % PAGE))
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)
    _make_room(path)


def _order(array: NDArray[Any]) -> Literal["C", "F"]:
    """Return the order in which an array lies in memory: by its last axis or by its first; it is kept in the same."""
    return "F" if array.flags.f_contiguous else "C"


def _sums(data: NDArray[Any]) -> NDArray[np.uint64]:
    """Return the sum of the words of each page of contiguous data, the last page filled up with zeros."""
    data = data.view(np.uint8)
    whole = len(data) // PAGE * PAGE
    last = np.zeros(PAGE if whole < len(data) else 0, np.uint8)
    last[: len(data) - whole] = data[whole:]
    pages = (part.view(WORD).reshape(-1, PAGE // WORD.itemsize) for part in (data[:whole], last))
    return np.concatenate([part.sum(axis=1, dtype=np.uint64) for part in pages])


def _check(listed: Sequence[Any], sums: Sequence[NDArray[np.uint64]]) -> str:
    """Return the digest of what an entry says it holds and of the sums of its pages."""
    digest = hashlib.sha256(json.dumps(listed).encode())
    for part in sums:
        digest.update(part.tobytes())
    return digest.hexdigest()


def _make_room(newest: Path) -> None:
    """Remove the files used longest ago, what a killed process left included, until the folder is small enough."""
    files = []
    for path in newest.parent.glob("*.columns*"):
        with contextlib.suppress(FileNotFoundError):
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    size = sum(size for _, size, _ in files)
    for _, one, path in sorted(files):
        if size > MOST_BYTES and path != newest:
            path.unlink(missing_ok=True)
            size -= one
