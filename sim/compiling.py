"""How scalar rules and the loops over columns are compiled, and how the loops are kept on disk between runs.

Compiled code is strict IEEE arithmetic: nothing is reassociated or fused, so every processor rounds alike.
numba's own cache looks only at the file of the loop and would go on running an old rule after a change in the
rule's file: here the stamp is the source of all that the loop's file imports from its package.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
from numba.core import types
from numba.core.caching import FunctionCache, IndexDataCacheFile


def compiled[**P, R](function: Callable[P, R], inside: bool = False) -> Callable[P, R]:
    """Compile a scalar function: strict IEEE arithmetic, division by zero gives inf or nan, no lock held.

    inside: always copy it into its callers; a loop with a call that is not copied in takes one row at a time.
    """
    dispatcher: Any = numba.njit(error_model="numpy", fastmath=False, nogil=True, forceinline=inside)(function)
    if dispatcher is function:  # as it is when NUMBA_DISABLE_JIT is set
        return function
    call_template = dispatcher.get_call_template

    def one_copy(args: Any, kws: Any) -> Any:
        """Compile for any integer, not for each constant (the purpose of a draw) anew: a third less time."""
        return call_template(tuple(map(types.unliteral, args)), {k: types.unliteral(kws[k]) for k in kws})

    dispatcher.get_call_template = one_copy
    return dispatcher


def compiled_inside[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a scalar function that loops over columns call, copied into them so that they take eight rows at once."""
    return compiled(function, inside=True)


def compiled_loop[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop over columns like `compiled`, and keep it on disk.

    Beside the source or, where that cannot be written, in the user's cache folder, or nowhere. Give it
    arrays, records, numbers and named tuples of them; a constant of a module is fixed when it compiles.
    """
    dispatcher: Any = compiled(function)
    if dispatcher is not function:
        with contextlib.suppress(RuntimeError):  # numba found no folder to write in
            dispatcher._cache = _PackageCache(function)
    return dispatcher


class _PackageCache(FunctionCache):
    """Compiled code on disk, good for one state of the source it comes from."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = source_digest(Path(inspect.getfile(function)))
        self._cache_file = IndexDataCacheFile(self.cache_path, self._impl.filename_base, stamp)


@functools.cache
def source_digest(path: Path) -> str:
    """Return the sha256 of a module and of all it imports from its own package, followed to the end."""
    package = next(folder for folder in path.parents if not (folder.parent / "__init__.py").exists())
    found = {path}
    ahead = [path]
    while ahead:
        new = set(_imported(ahead.pop(), package)) - found
        found |= new
        ahead += new
    digest = hashlib.sha256()
    for file in sorted(found):
        digest.update(str(file.relative_to(package)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _imported(path: Path, package: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            place = package.parent.joinpath(*name.split("."))
            for file in (place.with_suffix(".py"), place / "__init__.py"):
                if package in file.parents and file.is_file():
                    yield file
