"""A journal that people edit in a spreadsheet keeps every byte of theirs, whatever is added."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.campaign.journal import COLUMNS, Table, escaped, read, write
from portability.errors import UsageError

CELLS = {"Date": "2026-11-30", "Users": "50", "Results": "held; 12.5/s", "Run": "20261130-120000-ab12"}


def added(data: bytes, **more: str) -> bytes:
    return write(read(data, "journal.csv").with_row({**CELLS, **more}))


def rows(data: bytes, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def test_the_first_row_makes_the_columns_in_their_order() -> None:
    header, row = rows(added(b""))
    assert header == "Date,Time,Changes,Focus,Users,Users / Second,Results,Notes,Links,Run".split(",")
    assert dict(zip(header, row, strict=True))["Results"] == "held; 12.5/s"


def test_what_stands_there_stays_to_the_byte() -> None:
    theirs = (
        b'sep=;\r\n"Run";Owner;"users/second";RESULTS;Date\r\n'
        b'"old-1";"M\xc3\xbcller ""Ops""\nteam";5;"fine";1. 2. 2026\r\n\r\nshort;row\r\n;;;;;;;extra\r\n'
    )
    data = added(theirs, **{"Users / Second": "5", "Focus": "a column that they took out"})
    assert data == theirs + b"20261130-120000-ab12;;5;held; 12.5/s;2026-11-30\r\n".replace(
        b"held; 12.5/s", b'"held; 12.5/s"'
    )


@pytest.mark.parametrize(
    ("encoding", "delimiter", "newline"),
    [("utf-8-sig", ",", "\r\n"), ("utf-16", "\t", "\r\n"), ("cp1252", ";", "\n"), ("utf-8", ";", "\r\n")],
)
def test_the_spelling_of_a_spreadsheet_is_kept(encoding: str, delimiter: str, newline: str) -> None:
    text = delimiter.join((*COLUMNS, "Größe")) + newline + delimiter.join(["ä"] * 11) + newline
    data = added(text.encode(encoding))
    again = data.decode(encoding)
    assert again.startswith(text) and again.endswith(newline)
    assert read(data, "j").cells(CELLS["Run"])["Users"] == "50"
    assert data[:2] == text.encode(encoding)[:2]


def test_a_cell_that_the_encoding_cannot_hold_makes_it_utf_8() -> None:
    data = added("Run;Notes\nx;Größe\n".encode("cp1252"), Notes="→ siehe Bericht")
    assert data.decode("utf-8-sig").splitlines()[1:] == ["x;Größe", f"{CELLS['Run']};→ siehe Bericht"]


def test_only_empty_cells_of_a_row_that_is_there_are_filled() -> None:
    first = added(b"")
    edited = first.replace(b"held; 12.5/s", b"we think that it held")
    row = read(added(edited, Notes="later", Results="broken"), "j").cells(CELLS["Run"])
    assert (row["Results"], row["Notes"]) == ("we think that it held", "later")
    over = read(edited, "j").with_row({**CELLS, "Results": "broken"}, over=("Results",))
    assert over.cells(CELLS["Run"])["Results"] == "broken"
    assert write(read(edited, "j").with_row(CELLS)) == edited


def test_a_row_is_known_although_columns_were_moved_and_run_renamed_in_case() -> None:
    theirs = b" RUN ,notes\n20261130-120000-ab12,\n"
    assert added(theirs, Notes="found") == b" RUN ,notes\n20261130-120000-ab12,found\n"


def test_a_table_whose_run_column_was_taken_out_gets_one_again() -> None:
    header, old, new = rows(added(b"Date,Time,Notes\n2026-01-01,10:00,ours\n"))
    assert header == ["Date", "Time", "Notes", "Run"]
    assert (old, new[3]) == (["2026-01-01", "10:00", "ours"], CELLS["Run"])


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert rows(added(b"", Notes=text))[1][7] == "'" + text


@pytest.mark.parametrize(("delimiter", "written"), [(";", "1,5"), (",", "1.5"), ("\t", "1.5")])
def test_a_number_is_no_date_in_a_spreadsheet_of_semicolons(delimiter: str, written: str) -> None:
    data = added(delimiter.join(COLUMNS).encode() + b"\n", **{"Users / Second": "1.5", "Notes": "1.5 s"})
    row = dict(zip(COLUMNS, rows(data, delimiter=delimiter)[1], strict=True))
    assert (row["Users / Second"], row["Notes"]) == (written, "1.5 s")


@pytest.mark.parametrize("text", ["-5", "+4.2", "-1,5"])
def test_a_number_stays_one(text: str) -> None:
    assert escaped(text) == text


def test_a_cell_fits_into_a_spreadsheet() -> None:
    assert len(escaped("x" * 40_000)) == 32_767


@pytest.mark.parametrize("data", [b"just a text\n", b"\xef\xbb\xbf\xff\xfe", b"a,b\n1,2\n"])
def test_what_is_no_journal_is_refused_not_overwritten(data: bytes) -> None:
    with pytest.raises(UsageError):
        read(data, "journal.csv")


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
)
def test_any_rows_survive_a_new_one(theirs: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([COLUMNS, *theirs])
    data = out.getvalue().encode()
    again = write(read(data, "j").with_row({**CELLS, "Run": "a new one, never seen"}))
    assert again.startswith(data)
    assert len(read(again, "j").rows) == len(read(data, "j").rows) + 1


def test_an_empty_table_is_only_a_header() -> None:
    assert write(Table()).decode().strip() == ",".join(COLUMNS)
