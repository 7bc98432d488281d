"""The month of the reference workload in C (month.c), compiled when it is asked for, where there is a compiler."""

from __future__ import annotations

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reference import workload
from benchmarks.reference.blocks import Found, Tables
from benchmarks.reference.numba_passes import NumbaPasses
from benchmarks.reference.workload import PARAMETERS, State
from sim import draws, numerics

SOURCE = Path(__file__).with_name("month.c")
COMPILERS = ("gcc", "clang", "cc")
FLAGS = (
    "-O3", "-march=native", "-funroll-loops", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math",
    "-shared", "-fPIC",
)  # fmt: skip
"""All optimisations that change no bit: no fused or reordered arithmetic."""
SHARED = (
    "LOG2_E", "ROUNDER", "LN2_HIGH", "LN2_LOW", "E2", "E3", "E4", "E5", "E6", "L2", "L4", "L6", "L8", "CENTRE",
    "CENTRE_SQUARED", "A0", "A1", "A2", "A3", "B1", "B2", "B3", "TAIL_MIDDLE", *(f"C{k}" for k in range(10)),
)  # fmt: skip
"""Constants of `sim.numerics` in the C source."""


class NoCompilerError(Exception):
    """There is no C compiler here, or it refused."""


def compiler() -> str | None:
    """Return the path of a C compiler, if there is one."""
    return next(filter(None, map(shutil.which, COMPILERS)), None)


def definitions() -> list[str]:
    """Return the constants of the source as options of the compiler, floats to the last bit."""
    floats = {name: getattr(numerics, name) for name in SHARED} | PARAMETERS | {"CENTS": workload.CENTS}
    whole = {name: getattr(draws, name) for name in ("MOVE", "ATTEMPT", "LOTTERY")} | {
        name: getattr(workload, name) for name in ("N_CELLS", "N_IN_COUNTRY", "FIRST_WITH_PATHWAY")
    }
    whole["SQRT_HALF_BITS"] = int(numerics.SQRT_HALF_BITS)
    exact = {name: float(np.float32(value)).hex() + "f" for name, value in floats.items()}
    return [f"-D{name}={value}" for name, value in (exact | whole).items()]


class CPasses(NumbaPasses):
    """The passes in C; places are given by numba's `settle`.

    Raises:
        NoCompilerError: there is no compiler, or it refused the source.

    """

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.run = built()

    def live(self, slot: int, first: int, last: int, month: int, state: State, tables: Tables, found: Found) -> int:
        """Live the month in rows first to last; return how many applied."""
        numbers = map(ctypes.c_int64, (first, last, month))
        return int(self.run(*numbers, *map(_pointers, (state, tables, found))))


@functools.cache
def built() -> Any:
    """Return the C function `live`, compiled once a process.

    Raises:
        NoCompilerError: there is no compiler, or it refused the source.

    """
    command = compiler()
    if command is None:
        raise NoCompilerError(f"no C compiler found ({', '.join(COMPILERS)})")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "month.so"
        words = [command, *FLAGS, *definitions(), str(SOURCE), "-o", str(made), "-lm"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoCompilerError(f"{command} refused {SOURCE.name}:\n{done.stderr}")
        live = ctypes.CDLL(str(made)).live
    live.restype = ctypes.c_int64
    return live


def _pointers(columns: Any) -> ctypes.Array[ctypes.c_void_p]:
    """Return where the columns of a named tuple lie, in its order: the structures of the source."""
    return (ctypes.c_void_p * len(columns))(*(column.ctypes.data for column in columns))
