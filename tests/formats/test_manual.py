"""The manual's table of formats is made of the rows that are tested; `UPDATE_GOLDEN=1` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portability.languages import LANGUAGES, Mode, language
from tests.formats.rows import ROWS, How
from tests.scans import source

DOCS = Path(__file__).parents[2] / "docs" / "formats.md"


def table() -> str:
    lines = ["| format | what becomes of it | why | read by |", "|---|---|---|---|"]
    for row in ROWS.values():
        by = row.by or "*not run*"
        lines.append(f"| {row.format} | {row.how} | {row.why} | {by} |")
    return "\n".join(lines) + "\n"


def test_the_manual_shows_the_rows_that_are_tested() -> None:
    head, rest = DOCS.read_text("utf-8").split("<!-- rows -->\n", 1)
    old, tail = rest.split("<!-- /rows -->", 1)
    if os.environ.get("UPDATE_GOLDEN"):
        old = table()
        DOCS.write_text(f"{head}<!-- rows -->\n{old}<!-- /rows -->{tail}", "utf-8")
    assert old == table()


def test_every_language_but_php_has_a_row() -> None:
    shown = {source(row.path, row.text).language for row in ROWS.values()}
    assert shown == set(LANGUAGES) - {"php"}


@pytest.mark.parametrize("name", ROWS)
def test_only_a_language_that_reads_its_environment_is_edited_in_place(name: str) -> None:
    row = ROWS[name]
    mode = language(source(row.path, row.text).language).MODE
    assert mode is Mode.INLINE or row.how is How.TEMPLATE


def test_what_is_not_read_says_so() -> None:
    for row in ROWS.values():
        assert (row.read is None) == (not row.by), row.format
