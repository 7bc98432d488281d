"""Which of many rows are marked: sixty-four at a time, as the bits of one number.

The machine can tell in one step which of many bytes are not zero; numba has no word for it, so it is said here in that
of LLVM, the same on every processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.extending import intrinsic
from numba.np.arrayobj import make_array

from sim.numerics import compiled

WORD = 64
"""Rows looked at together; a column of marks has room for a whole number of them."""
BYTE, BITS = ir.IntType(8), ir.IntType(WORD)


@intrinsic
def _marks_of(typing: Any, marks: Any, start: Any) -> Any:
    """Return as bits which of 64 bytes from `start` on are not zero."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = make_array(signature.args[0])(context, builder, arguments[0])
        many = ir.VectorType(BYTE, WORD)
        place = builder.bitcast(builder.gep(array.data, [arguments[1]]), many.as_pointer())
        bytes_ = builder.load(place, align=1)
        return builder.bitcast(builder.icmp_unsigned("!=", bytes_, ir.Constant(many, [0] * WORD)), BITS)

    return types.uint64(marks, types.intp), code


@intrinsic
def _first_bit(typing: Any, word: Any) -> Any:
    """Return the number of the lowest bit that is set, of a word that is not zero."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), code


@compiled
def listed(marks, found, n):
    """Write into `found` the numbers of those of the first n rows that are marked, ascending; return how many."""
    for j in range(n, (n + WORD - 1) // WORD * WORD):
        marks[j] = 0
    m = 0
    for start in range(0, n, WORD):
        word = _marks_of(marks, start)  # type: ignore[call-arg, var-annotated]  # numba passes the first itself
        while word != 0:
            found[m] = start + np.int64(_first_bit(word))
            m += 1
            word &= word - np.uint64(1)
    return m
