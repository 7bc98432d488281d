"""A household as a row of the columns, in compiled code: `h.savings` reads and writes column `savings` at its row.

Nothing is copied: a row is a number and the place where the columns lie in memory. `columns_of(R, first, n)` gives the
columns themselves, n rows from `first` on, for passes over many rows. R is the room of a thread (`room`): where the
columns lie, what rules note of the one household they are at (`NOTES`), and arrays for the passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.extending import intrinsic, lower_getattr_generic, lower_setattr_generic, models, register_model
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from sim.state import COLUMNS, NOTES

ROWS = "rows"
"""Field of a room: the number of rows, the step between the cells of a column of several."""


def address(name: str) -> str:
    """Return the field of a room that holds where a column lies."""
    return f"at_{name}"


def room(columns: Any, work: Mapping[str, tuple[Any, ...]]) -> NDArray[np.void]:
    """Return the room of a thread, (1,): addresses of the columns, `NOTES`, and arrays `work`: name to (type, shape).

    The columns must outlive it. Columns of several cells are stored cell by cell (Fortran order).
    """
    places = [(address(name), np.uint64) for name in COLUMNS]
    made = np.zeros(1, [*places, (ROWS, np.int64), *NOTES, *((name, *kind) for name, kind in work.items())])
    point(made, columns)
    return made


def point(made: NDArray[np.void], columns: Any) -> None:
    """Let a room see these columns."""
    for name in COLUMNS:
        column = getattr(columns, name)
        if not column.flags.f_contiguous:
            raise ValueError(f"column {name} is not stored cell by cell")
        made[address(name)] = column.ctypes.data
    made[ROWS] = len(columns.id)


class _Seen(types.Type):
    """What compiled code sees of the columns through a room: a type of numba."""

    def __init__(self, room: types.Record) -> None:
        self.room = room
        super().__init__(f"{type(self).__name__}({room.name})")

    def field(self, name: str) -> Any:
        """Return numba's type of a column here, or of what stands in the room; none if there is neither."""
        raise NotImplementedError


class RowType(_Seen):
    """One household."""

    def field(self, name: str) -> Any:
        if name in COLUMNS:
            dtype, width = COLUMNS[name]
            cell = from_dtype(np.dtype(dtype))
            return cell if width == 1 else types.Array(cell, 1, "A")
        return self.room.typeof(name) if name in self.room.fields else None


class PartType(_Seen):
    """Some rows one after another."""

    def field(self, name: str) -> Any:
        if name not in COLUMNS:
            return None
        dtype, width = COLUMNS[name]
        return types.Array(from_dtype(np.dtype(dtype)), 1 if width == 1 else 2, "C" if width == 1 else "A")


@register_model(RowType)
class _RowModel(models.StructModel):
    def __init__(self, manager: Any, kind: RowType) -> None:
        super().__init__(manager, kind, [("room", types.voidptr), ("row", types.intp)])


@register_model(PartType)
class _PartModel(models.StructModel):
    def __init__(self, manager: Any, kind: PartType) -> None:
        super().__init__(manager, kind, [("room", types.voidptr), ("row", types.intp), ("n", types.intp)])


@infer_getattr
class _RowFields(AttributeTemplate):
    key = RowType

    def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]  # in place of a property
        return kind.field(name)


@infer_getattr
class _PartFields(AttributeTemplate):
    key = PartType

    def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]  # in place of a property
        return kind.field(name)


def _room(context: Any, builder: Any, kind: _Seen, seen: Any) -> Any:
    """Return the room as a record of numba."""
    return builder.bitcast(seen.room, context.get_value_type(kind.room))


def _member(context: Any, builder: Any, kind: _Seen, seen: Any, name: str) -> Any:
    """Return the pointer to a field of the room."""
    place = _room(context, builder, kind, seen)
    offset, data = kind.room.offset(name), context.get_data_type(kind.room.typeof(name))
    return cgutils.get_record_member(builder, place, offset, data)


def _pointer(context: Any, builder: Any, kind: _Seen, seen: Any, name: str) -> Any:
    """Return the pointer to a column's first entry of the row."""
    base = builder.load(_member(context, builder, kind, seen, address(name)))
    size = ir.Constant(base.type, np.dtype(COLUMNS[name][0]).itemsize)
    data = context.get_data_type(from_dtype(np.dtype(COLUMNS[name][0])))
    return builder.inttoptr(builder.add(base, builder.mul(seen.row, size)), data.as_pointer())


def _cells(context: Any, builder: Any, kind: _Seen, seen: Any, name: str) -> Any:
    """Return the step in bytes from one cell of a column to the next."""
    rows = builder.load(_member(context, builder, kind, seen, ROWS))
    return builder.mul(rows, ir.Constant(rows.type, np.dtype(COLUMNS[name][0]).itemsize))


def _array(context: Any, builder: Any, kind: Any, data: Any, shape: list[Any], strides: list[Any]) -> Any:
    array = make_array(kind)(context, builder)
    size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    populate_array(
        array, data=data, shape=cgutils.pack_array(builder, shape), strides=cgutils.pack_array(builder, strides),
        itemsize=size, meminfo=None, parent=None,
    )  # fmt: skip
    return array._getvalue()


@lower_getattr_generic(RowType)
def _read(context: Any, builder: Any, kind: RowType, value: Any, name: str) -> Any:
    seen = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    if name not in COLUMNS:
        place = _room(context, builder, kind, seen)
        return context.get_getattr(kind.room, name)(context, builder, kind.room, place, name)
    data = _pointer(context, builder, kind, seen, name)
    if COLUMNS[name][1] == 1:
        return context.unpack_value(builder, kind.field(name), data)
    width = context.get_constant(types.intp, COLUMNS[name][1])
    return _array(context, builder, kind.field(name), data, [width], [_cells(context, builder, kind, seen, name)])


@lower_setattr_generic(RowType)
def _write(context: Any, builder: Any, signature: Any, args: Any, name: str) -> None:
    kind = signature.args[0]
    seen = cgutils.create_struct_proxy(kind)(context, builder, value=args[0])
    if name in COLUMNS:
        context.pack_value(builder, kind.field(name), args[1], _pointer(context, builder, kind, seen, name))
    else:
        data = _member(context, builder, kind, seen, name)
        context.pack_value(builder, kind.room.typeof(name), args[1], data)


@lower_getattr_generic(PartType)
def _read_part(context: Any, builder: Any, kind: PartType, value: Any, name: str) -> Any:
    seen = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    data = _pointer(context, builder, kind, seen, name)
    dtype, width = COLUMNS[name]
    step = context.get_constant(types.intp, np.dtype(dtype).itemsize)
    if width == 1:
        return _array(context, builder, kind.field(name), data, [seen.n], [step])
    shape = [context.get_constant(types.intp, width), seen.n]
    return _array(context, builder, kind.field(name), data, shape, [_cells(context, builder, kind, seen, name), step])


@intrinsic
def _row(typing: Any, R: Any, i: Any) -> Any:
    kind = RowType(R)

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = cgutils.create_struct_proxy(kind)(context, builder)
        made.room = builder.bitcast(args[0], cgutils.voidptr_t)
        made.row = context.cast(builder, args[1], signature.args[1], types.intp)
        return made._getvalue()

    return kind(R, i), code


@intrinsic
def _part(typing: Any, R: Any, first: Any, n: Any) -> Any:
    kind = PartType(R)

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = cgutils.create_struct_proxy(kind)(context, builder)
        made.room = builder.bitcast(args[0], cgutils.voidptr_t)
        made.row = context.cast(builder, args[1], signature.args[1], types.intp)
        made.n = context.cast(builder, args[2], signature.args[2], types.intp)
        return made._getvalue()

    return kind(R, first, n), code


row: Any = _row
"""row(R, i): household i of the columns that a room sees."""
columns_of: Any = _part
"""columns_of(R, first, n): the columns of n rows from `first` on, each (n,) or (cells, n)."""
