"""The bytes of journal.csv and a campaign's row in, the bytes with that row out; what people wrote stays.

The file is a view for people: they open it in a spreadsheet, add columns, move them, write into cells,
save it with a byte order mark, semicolons, CRLF or in another encoding. All of that is kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from portability.errors import UsageError

KEY = "Run"
COLUMNS = (
    *("Date", "Time", "Changes", "Focus", "Users", "Users / Second", "Results", "Notes", "Links"),
    KEY,
)
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a cell begins with that some spreadsheet takes for a formula: OWASP, CSV Injection."""
_POINT = re.compile(r"([0-9]+)\.([0-9]+)")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_MOST = 32_767
"""Characters that a spreadsheet's cell holds (Excel specifications and limits)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line's cells, fewer or more than the header's, and how they were written ('': by nobody yet)."""

    cells: tuple[str, ...]
    written: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A journal as it is written: its spelling, what stands before the header, the header, and the rows."""

    head: Row = Row(COLUMNS)
    rows: tuple[Row, ...] = ()
    before: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\n"

    @property
    def columns(self) -> tuple[str, ...]:
        """The header."""
        return self.head.cells

    def place(self, column: str) -> int | None:
        """Where a column stands, whatever its case and spaces; None where the team has taken it out."""
        wanted = _plain(column)
        return next((n for n, name in enumerate(self.columns) if _plain(name) == wanted), None)

    def find(self, run: str) -> int | None:
        """The number of the row of a campaign."""
        place = self.place(KEY)
        if place is None:
            return None
        return next((n for n, row in enumerate(self.rows) if _cell(row.cells, place).strip() == run), None)

    def cells(self, run: str) -> Mapping[str, str]:
        """What stands in the row of a campaign, by column; nothing where there is no such row."""
        number = self.find(run)
        return {} if number is None else dict(zip(self.columns, self.rows[number].cells, strict=False))

    def with_row(self, cells: Mapping[str, str], over: Sequence[str] = ()) -> Table:
        """The same with a campaign's cells; in a row that is there only empty ones are filled.

        Columns in `over` are written over. A column that the team has taken out stays out, but for Run.
        """
        table = self if self.place(KEY) is not None else replace(self, head=Row((*self.columns, KEY)))
        number = table.find(cells[KEY])
        row = list(table.rows[number].cells) if number is not None else []
        row += [""] * (len(table.columns) - len(row))
        for column, text in cells.items():
            place = table.place(column)
            if place is not None and text and (not row[place].strip() or column in over):
                row[place] = table._number(text) or escaped(text)
        rows = list(table.rows)
        if number is None:
            rows.append(Row(tuple(row)))
        elif tuple(row) != rows[number].cells:
            rows[number] = Row(tuple(row))
        return replace(table, rows=tuple(rows))

    def _number(self, text: str) -> str:
        """A number as the table's spreadsheet writes it; '' for anything else.

        One that puts semicolons between cells writes commas into numbers, and takes 1.5 for the first of May.
        """
        found = _POINT.fullmatch(text) if self.delimiter == ";" else None
        return f"{found[1]},{found[2]}" if found else ""


def escaped(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, and that fits into one; a number stays a number."""
    text = text.replace("\r\n", "\n").replace("\0", "")
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        text = "'" + text
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def read(data: bytes, where: str) -> Table:
    """The table of a journal's bytes; an empty file is an empty one. UsageError where there is no header."""
    encoding, text = _decoded(data, where)
    if not text.strip():
        return Table(encoding=encoding)
    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    delimiter = _delimiter(text)
    lines = _lines(text, delimiter, where)
    number = next((n for n, line in enumerate(lines[:20]) if _known(line.cells) >= 2), None)
    if number is None:
        hint = f"its header names columns such as {', '.join(COLUMNS[:3])} and {KEY}; or move the file away"
        raise UsageError("the journal's header is gone", where, hint)
    before = "".join(line.written for line in lines[:number])
    return Table(lines[number], tuple(lines[number + 1 :]), before, encoding, delimiter, newline)


def _lines(text: str, delimiter: str, where: str) -> list[Row]:
    """The rows of a text, each with the lines that it takes."""
    taken = io.StringIO(text, newline="").readlines()
    reader = csv.reader(iter(taken), delimiter=delimiter)
    rows, at = [], 0
    try:
        for cells in reader:
            rows.append(Row(tuple(cells), "".join(taken[at : reader.line_num])))
            at = reader.line_num
    except csv.Error as error:
        raise UsageError(f"this is no table: {error}", f"{where}:{reader.line_num}") from None
    return rows


def write(table: Table) -> bytes:
    """The bytes of a table, in its own spelling: what nobody changed stays as it was written.

    A table whose encoding can't hold a cell becomes UTF-8.
    """
    parts = [table.before]
    for row in (table.head, *table.rows):
        ends = row.written.endswith(("\n", "\r"))
        parts.append(row.written + ("" if ends else table.newline) if row.written else _spelt(row, table))
    text = "".join(parts)
    try:
        return text.encode(table.encoding)
    except UnicodeEncodeError:
        return text.encode("utf-8-sig")


def _spelt(row: Row, table: Table) -> str:
    out = io.StringIO(newline="")
    # Python before 3.13 leaves a lone carriage return without quotes.
    writer = csv.writer(out, delimiter=table.delimiter, lineterminator=table.newline)
    if any("\r" in cell for cell in row.cells):
        writer = csv.writer(out, writer.dialect, quoting=csv.QUOTE_ALL)
    writer.writerow(row.cells)
    return out.getvalue()


def _decoded(data: bytes, where: str) -> tuple[str, str]:
    """The encoding that a file is in, and its text: a spreadsheet writes UTF-8, UTF-16 or Windows' own."""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    marked = next((name for mark, name in marks.items() if data.startswith(mark)), None)
    for name in (marked,) if marked else ("utf-8", "cp1252", "latin-1"):
        try:
            return name, data.decode(name)
        except UnicodeDecodeError:
            continue
    raise UsageError(f"this begins as {marked} and is not", where, "save it as UTF-8")


def _delimiter(text: str) -> str:
    """What stands between cells: the sign by which a line of the first twenty knows most of our columns."""
    lines = text.splitlines()[:20]
    if lines and (found := re.fullmatch(r"sep=(.)", lines[0])):
        return found[1]
    return max(
        ",;\t|", key=lambda sign: max(_known(next(csv.reader([x], delimiter=sign), [])) for x in lines)
    )


def _known(line: Sequence[str]) -> int:
    known = {_plain(name) for name in COLUMNS}
    return len({_plain(cell) for cell in line} & known)


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""
