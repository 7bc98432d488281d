"""Compiled loops over columns, kept on disk between runs until any file of the package changes.

numba's own cache looks only at the file of the loop and would go on running an old rule after a change in
the rule's file: here the stamp is the source of the whole package. A loop contains the rules that it calls.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

from sim.numerics import compiled


@functools.cache
def source_digest(package: Path = Path(__file__).parent) -> str:
    """Return the sha256 of every Python file of the package, names included."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _PackageCache(FunctionCache):
    """Compiled code on disk, good for one state of the package's source."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = IndexDataCacheFile(self.cache_path, self._impl.filename_base, source_digest())


def compiled_loop[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop over columns: strict IEEE arithmetic, no lock held, kept on disk.

    Kept beside the source or, where that cannot be written, in the user's cache folder, or nowhere.
    Give it arrays, numbers and named tuples of them; what it reads from a module is fixed when it compiles.
    """
    dispatcher: Any = compiled(function)
    if dispatcher is not function:  # as it is when NUMBA_DISABLE_JIT is set
        with contextlib.suppress(RuntimeError):  # numba found no folder to write in
            dispatcher._cache = _PackageCache(function)
    return dispatcher
