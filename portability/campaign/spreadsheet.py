"""A journal's table in, the bytes of an XLSX file out: an export, of which nothing is read back."""

from __future__ import annotations

import io
import re

from portability.campaign.journal import Table

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WIDEST, _NARROWEST = 60, 10


def workbook(table: Table) -> bytes:
    """The table as a sheet with a fixed header and a filter; every text is a text, no formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Campaigns"
    for number, row in enumerate((table.head, *table.rows), 1):
        for column, text in enumerate(row.cells, 1):
            cell = sheet.cell(number, column)
            plain = text.replace(",", ".") if table.delimiter == ";" else text
            if number > 1 and _NUMBER.fullmatch(plain):
                cell.value = float(plain) if "." in plain else int(plain)
            elif text:
                cell.value = _FORBIDDEN.sub("", text.removeprefix("'"))
                cell.data_type = "s"
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if number == 1:
                cell.font = Font(bold=True)
    for column, name in enumerate(table.columns, 1):
        longest = max(
            [len(name), *(len(row.cells[column - 1]) for row in table.rows if len(row.cells) >= column)]
        )
        width = min(max(longest + 2, _NARROWEST), _WIDEST)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
