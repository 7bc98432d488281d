"""Tables as files for a reader: CSV, an Excel workbook, one self-contained HTML page.

Whatever leaves here has passed `analysis.disclosure`: a cell on few simulated households is blank, and so are
those that would give it away. The same tables give the same bytes: no file carries a time.
"""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from analysis.disclosure import NOTE, suppress
from sim.errors import WorkError

Row = Mapping[str, Any]
COUNT = "households"
"""Column of the simulated households that a row rests on."""
NO_DATE = datetime(1980, 1, 1, tzinfo=UTC)
"""What a workbook says instead of when it was made: the earliest time that its container knows."""
WIDEST, MARGIN = 60, 2
"""Characters of the widest column, and of the room beside the longest cell."""
LONGEST_NAME = 31
"""Characters of the longest name of an Excel sheet."""
MANY = 100
"""Numbers from here on are shown without decimals."""
LEADING = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""
STYLE = """
body { font: 15px/1.45 "DejaVu Sans", Verdana, sans-serif; color: #222; margin: 2rem auto; max-width: 72rem; }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; margin: 0.6rem 0 } th, td { padding: 0.2rem 0.7rem; text-align: left }
th { border-bottom: 2px solid #222 } td { border-bottom: 1px solid #ddd }
.n { text-align: right; font-variant-numeric: tabular-nums } p.note { color: #444; font-size: 0.9rem }
"""


@dataclass(frozen=True)
class Table:
    """Rows of one kind to export; all have the same columns, and `COUNT` unless each rests on all households.

    name: of the sheet. values: columns that may be blanked. within: columns that name separate tables. across:
    columns whose levels add up to a row with the level `all` (see `analysis.disclosure.suppress`). helping:
    columns that only serve to tell what adds up and are not exported.
    """

    name: str
    title: str
    rows: Sequence[Row]
    values: tuple[str, ...]
    within: tuple[str, ...] = ()
    across: tuple[str, ...] = ()
    helping: tuple[str, ...] = ()
    on_all: bool = False
    notes: tuple[str, ...] = ()

    def shown(self) -> list[dict[str, Any]]:
        """Return the rows as they may be shown. A row that rests on nobody says so: all its values are zero.

        Raises:
            WorkError: rows do not tell how many households they rest on.

        """
        if not self.on_all and any(COUNT not in row for row in self.rows):
            raise WorkError(f"table '{self.name}': rows must tell the simulated {COUNT} that they rest on")
        if self.on_all:
            return [self._kept(row) for row in self.rows]
        some = [number for number, row in enumerate(self.rows) if row[COUNT] or any(row[v] for v in self.values)]
        safe = suppress(
            [self.rows[number] for number in some], across=self.across, values=self.values, count=COUNT,
            within=self.within,
        )  # fmt: skip
        rows = list(self.rows)
        for number, row in zip(some, safe, strict=True):
            rows[number] = row
        return [self._kept(row) for row in rows]

    def columns(self) -> list[str]:
        """Return the names of the columns that are exported."""
        return list(self._kept(self.rows[0])) if self.rows else []

    def _kept(self, row: Row) -> dict[str, Any]:
        return {name: cell for name, cell in row.items() if name not in self.helping}


def to_csv(table: Table) -> bytes:
    """Return one table as CSV in UTF-8; blank cells are empty."""
    lines = io.StringIO()
    out = csv.DictWriter(lines, table.columns(), lineterminator="\n")
    out.writeheader()
    out.writerows({name: _harmless(value) for name, value in row.items()} for row in table.shown())
    return lines.getvalue().encode()


def to_xlsx(tables: Sequence[Table], lead: Sequence[str] = ()) -> bytes:
    """Return an Excel workbook: a sheet for each table and one of notes, which begins with the lead.

    Raises:
        WorkError: two tables have the same name, or one too long for a sheet.

    """
    names = [table.name for table in tables]
    if len(set(names)) < len(names) or max(map(len, names)) > LONGEST_NAME:
        raise WorkError(f"sheets need names of their own of {LONGEST_NAME} characters at most: {', '.join(names)}")
    import xlsxwriter  # a tenth of a second that only a workbook needs

    content = io.BytesIO()
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, {"in_memory": True, **texts}) as book:
        book.set_properties({"title": tables[0].title, "created": NO_DATE})
        bold = book.add_format({"bold": True, "bottom": 2})
        whole, fine = book.add_format({"num_format": "#,##0"}), book.add_format({"num_format": "#,##0.00"})
        for table in tables:
            sheet, rows = book.add_worksheet(table.name), table.shown()
            for place, name in enumerate(table.columns()):
                cells = [row[name] for row in rows]
                sheet.write_string(0, place, _heading(name), bold)
                for line, cell in enumerate(cells, start=1):
                    if _is_number(cell):
                        sheet.write_number(line, place, cell, whole if cell == int(cell) or abs(cell) >= MANY else fine)
                    elif cell is not None and cell != "":
                        sheet.write_string(line, place, str(cell))
                width = max(map(len, [_heading(name), *(_shown(cell) for cell in cells)]))
                sheet.set_column(place, place, min(width + MARGIN, WIDEST))
            sheet.freeze_panes(1, 0)
            if rows:
                sheet.autofilter(0, 0, len(rows), len(table.columns()) - 1)
        notes = book.add_worksheet("notes")
        notes.set_column(0, 0, 2 * WIDEST)
        wrapped = book.add_format({"text_wrap": True})
        titles = (f"Sheet {table.name}: {table.title}" for table in tables)
        for line, text in enumerate([*lead, *_notes(tables), *titles]):
            notes.write_string(line, 0, text, wrapped)
    return content.getvalue()


def to_html(title: str, tables: Sequence[Table], lead: Sequence[str] = ()) -> bytes:
    """Return one HTML page that needs nothing else: no script, no font, no other file; the lead stands first."""
    parts = [f"<h1>{html.escape(title)}</h1>", *(f"<p>{html.escape(text)}</p>" for text in lead if text)]
    for table in tables:
        columns, rows = table.columns(), table.shown()
        marks = {name: ' class="n"' if any(_is_number(row[name]) for row in rows) else "" for name in columns}
        head = "".join(f'<th scope="col"{marks[name]}>{html.escape(_heading(name))}</th>' for name in columns)
        body = [
            "<tr>" + "".join(f"<td{marks[name]}>{html.escape(_shown(row[name]))}</td>" for name in columns) + "</tr>"
            for row in rows
        ]
        parts += [f"<h2>{html.escape(table.title)}</h2>", f"<table><thead><tr>{head}</tr></thead><tbody>", *body]
        parts += ["</tbody></table>"]
    parts += [f'<p class="note">{html.escape(text)}</p>' for text in _notes(tables)]
    page = [
        "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">', f"<title>{html.escape(title)}</title>",
        f"<style>{STYLE}</style></head><body>", *parts, "</body></html>", "",
    ]  # fmt: skip
    return "\n".join(page).encode()


def _notes(tables: Sequence[Table]) -> list[str]:
    return list(dict.fromkeys([*(note for table in tables for note in table.notes), NOTE]))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool) and isfinite(cell)


def _heading(name: str) -> str:
    return "simulated households" if name == COUNT else name.replace("_", " ")


def _shown(cell: Any) -> str:
    """Return a cell as a reader sees it; '' where it is blank."""
    if cell is None:
        return ""
    if not _is_number(cell):
        return str(cell)
    return f"{cell:,.0f}" if cell == int(cell) or abs(cell) >= MANY else f"{cell:,.2f}"


def _harmless(cell: Any) -> Any:
    """Return a cell of CSV: whole numbers without a point, and no text that a spreadsheet takes for a formula."""
    if isinstance(cell, float) and cell == int(cell if isfinite(cell) else 0):
        return int(cell)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(LEADING) else cell
