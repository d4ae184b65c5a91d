"""Names, values and comments of INI-like lines, by the characters of each dialect."""

from __future__ import annotations

import pytest

from portability.model import Span
from portability.syntax.assignments import Dialect, entries


def shown(data: bytes, dialect: Dialect) -> list[tuple[str, str, str, str]]:
    """(section, key, form, value) of each entry."""

    def cut(span: Span | None) -> str:
        return data[span.start : span.end].decode() if span else ""

    return [(cut(e.section), cut(e.key), e.form, cut(e.inner)) for e in entries(data, dialect)]


def test_sections_quotes_and_comments() -> None:
    data = b'; c\n[s]\r\na = \'x\' ; d\nb="y\\"\n z"\nc = x;y ; e\nnothing here\nd =\n'
    assert shown(data, Dialect()) == [
        ("", "", "comment", " c"),
        ("s", "a", "single", "x"),
        ("s", "", "comment", " d"),
        ("s", "b", "double", 'y\\"\n z'),
        ("s", "c", "plain", "x;y"),
        ("s", "", "comment", " e"),
        ("s", "d", "plain", ""),
    ]


def test_a_quote_that_is_never_closed_ends_with_its_line() -> None:
    assert shown(b'a="x\nb=y\n', Dialect()) == [("", "a", "plain", '"x'), ("", "b", "plain", "y")]


@pytest.mark.parametrize("separator", [b"=", b":"])
def test_separators_and_continued_lines(separator: bytes) -> None:
    dialect = Dialect(b"#", b"", b"=:", sections=False, continued=True)
    data = b"[a]" + separator + b" x\\\n  y # z\n"
    assert shown(data, dialect) == [("", "[a]", "plain", "x\\\n  y # z")]


def test_export_and_a_byte_order_mark_are_no_part_of_a_name() -> None:
    assert shown(b"\xef\xbb\xbfexport A=b\n", Dialect()) == [("", "A", "plain", "b")]
