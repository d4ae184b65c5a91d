"""Literals keep exact byte offsets through escapes, holes, encodings and concatenation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.model import HOLE, Span
from portability.syntax.literals import Piece, cut, decode, decoded, escaped, join, lines, offsets, simple


def test_a_plain_token_needs_no_table() -> None:
    data = b"x = 'abc';"
    literal = simple(data, Span(4, 9), Span(5, 8), "utf-8", "single", names=("x",))
    assert (literal.text, literal.names) == ("abc", ("x",))
    assert literal.segments[0].offsets is None
    assert literal.bytes_of(1, 3) == Span(6, 8)


def test_characters_of_several_bytes_have_their_own_offsets() -> None:
    data = '"né.x"'.encode()
    literal = simple(data, Span(0, 7), Span(1, 6), "utf-8", "double")
    assert literal.text == "né.x"
    assert data[slice(*_ends(literal.bytes_of(1, 2)))] == "é".encode()


def test_latin_1_is_one_byte_a_character() -> None:
    data = '"né.x"'.encode("latin-1")
    literal = simple(data, Span(0, 6), Span(1, 5), "latin-1", "double")
    assert literal.text == "né.x"
    assert literal.bytes_of(2, 4) == Span(3, 5)


def test_an_escape_is_one_unit() -> None:
    data = rb'"a\nb"'
    pieces = [Piece(1, 2), Piece(2, 4, "\n"), Piece(4, 5)]
    literal = decoded(data, Span(0, 6), pieces, "utf-8", "double")
    assert literal.text == "a\nb"
    assert literal.bytes_of(1, 2) == Span(2, 4)
    assert literal.segments[0].span == Span(0, 6)


def test_holes_split_a_token_into_segments() -> None:
    data = b"`http://${sub}.x/`"
    pieces = [Piece(1, 8), Piece(8, 14, HOLE), Piece(14, 17)]
    literal = decoded(data, Span(0, 18), pieces, "utf-8", "template")
    assert literal.text == f"http://{HOLE}.x/"
    assert [s.span for s in literal.segments] == [Span(1, 8), Span(14, 17)]
    assert literal.segment_at(7) is None
    with pytest.raises(ValueError, match="run time"):
        literal.bytes_of(7, 9)


def test_a_hole_left_by_the_outer_language_is_a_hole() -> None:
    data = b'"http://\x1a.x/"'
    literal = simple(data, Span(0, 13), Span(1, 12), "utf-8", "double")
    assert literal.text == f"http://{HOLE}.x/"
    assert len(literal.segments) == 2


def test_joined_literals_shift_their_segments() -> None:
    data = b"'https://' + sub + '.x.example/'"
    first = simple(data, Span(0, 10), Span(1, 9), "utf-8", "single")
    second = simple(data, Span(19, 32), Span(20, 31), "utf-8", "single")
    literal = join([first, None, second], Span(0, 32), names=("url",))
    assert literal.text == f"https://{HOLE}.x.example/"
    assert data[slice(*_ends(literal.bytes_of(9, 20)))] == b".x.example/"


def test_an_empty_token_keeps_its_place() -> None:
    literal = simple(b"''", Span(0, 2), Span(1, 1), "utf-8", "single")
    assert (literal.text, literal.segments[0].first) == ("", 1)


@given(st.binary(max_size=40), st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "cp1252"]))
def test_any_bytes_decode_with_as_many_offsets_as_characters(data: bytes, encoding: str) -> None:
    text = decode(data, encoding)
    table = offsets(data, 0, len(data), encoding)
    assert len(text) == len(table)
    assert table == sorted(table)
    text.encode()


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def test_escapes_are_found_between_plain_runs() -> None:
    data = rb"a\n\qb"
    pieces = escaped(data, 0, len(data), re.compile(rb"\\."), lambda m: "\n" if m[0] == rb"\n" else None)
    assert list(pieces) == [Piece(0, 1), Piece(1, 3, "\n"), Piece(3, 6)]


def test_a_cut_literal_begins_inside_its_token() -> None:
    data = b"'--h\xc3\xa9=db.x'"
    whole = simple(data, Span(0, len(data)), Span(1, len(data) - 1), "utf-8", "single")
    literal = cut(whole, 5, "--hé")
    assert (literal.text, literal.names) == ("db.x", ("--hé",))
    assert data[slice(*_ends(literal.bytes_of(0, 4)))] == b"db.x"


def test_a_cut_keeps_the_tokens_behind_it() -> None:
    data = b"'-p' 'fake'"
    first = simple(data, Span(0, 4), Span(1, 3), "utf-8", "single")
    second = simple(data, Span(5, 11), Span(6, 10), "utf-8", "single")
    literal = cut(join([first, second], Span(0, 11)), 2)
    assert (literal.text, literal.bytes_of(0, 4)) == ("fake", Span(6, 10))


def test_lines_end_only_where_the_file_has_line_ends() -> None:
    data = b"a\\nb\r\nc${x}d\n"
    pieces = [Piece(0, 1), Piece(1, 3, "\n"), Piece(3, 7), Piece(7, 11, HOLE), Piece(11, 13)]
    found = list(lines(data, pieces))
    assert found[0] == [Piece(0, 1), Piece(1, 3, "\n"), Piece(3, 4)]
    assert found[1] == [Piece(6, 7), Piece(7, 11, HOLE), Piece(11, 12)]
