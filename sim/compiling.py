"""How scalar rules and the loops over columns are compiled, and how the loops are kept on disk between runs.

Compiled code is strict IEEE arithmetic: nothing is reassociated or fused, so every processor rounds alike.
numba's own cache looks only at the file of the loop and would go on running an old rule after a change in the
rule's file: here the stamp is the source of all that the loop's file imports from its package.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numba
from numba.core import types
from numba.core.caching import FunctionCache, IndexDataCacheFile

from sim.errors import note, unreadable

COMMENT, WORD = re.compile(r"#.*"), re.compile(r"[\w.]+")
IMPORT = re.compile(r"^[ \t]*(?:from +([\w.]+) +import +(\([^)]*\)|.+)|import +(.+))", re.MULTILINE)
"""An import statement: module and names, or modules. Parsing a hundred files takes a second, this a fiftieth."""
COMPILING = "compiling the rules, once after each update: about a minute"
NOWHERE = "Compiled rules cannot be kept: every run compiles them anew. Name a folder by NUMBA_CACHE_DIR"


def compiled[**P, R](function: Callable[P, R], inside: bool = False) -> Callable[P, R]:
    """Compile a scalar function: strict IEEE arithmetic, division by zero gives inf or nan, no lock held.

    inside: always copy it into its callers; a loop with a call that is not copied in takes one row at a time.
    """
    rules: dict[str, Any] = {"error_model": "numpy", "fastmath": False, "nogil": True, "forceinline": inside}
    dispatcher: Any = numba.njit(**rules)(function)
    if dispatcher is function:  # as it is when NUMBA_DISABLE_JIT is set
        return function
    rules |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    called: Any = numba.njit(**rules)(function)

    def one_copy(args: Any, kws: Any) -> Any:
        """Compile for any integer, not for each constant (the purpose of a draw) anew: a third less time."""
        return called.get_call_template(tuple(map(types.unliteral, args)), {k: types.unliteral(kws[k]) for k in kws})

    # Compiled code calls a copy without what Python would need to call it: an eighth less time.
    dispatcher.get_call_template = one_copy
    dispatcher.get_overload = called.get_overload
    return dispatcher


def compiled_once[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function as a part of its only caller: what it calls is not put together and optimised twice."""
    once: Any = numba.njit(error_model="numpy", fastmath=False, nogil=True, inline="always")(function)
    return once


def compiled_inside[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a scalar function that loops over columns call, copied into them so that they take eight rows at once."""
    return compiled(function, inside=True)


def compiled_for(told: str, usual: Any, other: Any) -> Any:
    """Return a compiled function that is `usual`, or `other` where the last argument is a record with a field `told`.

    Chosen by type when the caller is compiled: what is not called is not compiled, and the choice takes no time.
    """
    chosen: Any = numba.njit(error_model="numpy", fastmath=False, nogil=True)(getattr(usual, "py_func", usual))
    if not hasattr(usual, "py_func"):  # as it is when NUMBA_DISABLE_JIT is set
        return usual

    def meant(args: Any) -> Any:
        return other if told in getattr(args[-1], "fields", ()) else usual

    chosen.get_call_template = lambda args, kws: meant(args).get_call_template(args, kws)
    chosen.get_overload = lambda args: meant(args).get_overload(args)
    return chosen


def compiled_loop[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop over columns like `compiled`, and keep it on disk.

    Beside the source or, where that cannot be written, in the user's cache folder, or nowhere (noted). Give it
    arrays, records, numbers and named tuples of them; a constant of a module is fixed when it compiles.
    """
    dispatcher: Any = compiled(function)
    if dispatcher is not function:
        try:
            dispatcher._cache = _PackageCache(function)
        except RuntimeError:  # numba found no folder to write in
            note(NOWHERE)
    return dispatcher


class _PackageCache(FunctionCache):
    """Compiled code on disk, good for one state of the source it comes from."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = source_digest(Path(inspect.getfile(function)))
        self._cache_file = IndexDataCacheFile(self.cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code of a signature, or None if there is none that can be read: it is compiled then."""
        found = None
        with contextlib.suppress(OSError):
            try:
                found = super().load_overload(sig, target_context)
            except (EOFError, UnpicklingError):  # half of a file
                self.flush()
        if found is None:
            note(COMPILING)
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code of a signature, if there is room for it."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            note(f"{self.cache_path}: {unreadable(error)}. {NOWHERE}")


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


@functools.cache
def _imported(path: Path, package: Path) -> tuple[Path, ...]:
    """Return the files of a package that a module may import: all that an import statement in it can mean."""
    found = []
    for source, imported, plain in IMPORT.findall(COMMENT.sub("", path.read_text(encoding="utf-8"))):
        names = WORD.findall(plain) or [source, *(f"{source}.{name}" for name in WORD.findall(imported))]
        for name in names:
            place = package.parent.joinpath(*name.split("."))
            found += [
                file
                for file in (place.with_suffix(".py"), place / "__init__.py")
                if package in file.parents and file.is_file()
            ]
    return tuple(found)
