"""JavaScript's calls, names and positions, and texts that only a run completes."""

from __future__ import annotations

import pytest

from portability.model import Position
from tests.languages.reading import called, literals, one


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("fetch('x')", ("fetch", 0, "", "")),
        ("axios.get(1, 'x')", ("get", 1, "", "axios")),
        ("new WebSocket('x')", ("WebSocket", 0, "", "")),
        ("$.ajax({url: 'x'})", ("ajax", 0, "url", "$")),
        ("a.b.connect(/* c */ 'x')", ("connect", 0, "", "a.b")),
        ("f(['x'])", ("f", 0, "", "")),
        ("'x'.toString()", None),
        ("f(function () { return 'x' })", None),
    ],
)
def test_calls(text: str, call: tuple[str, int, str, str] | None) -> None:
    assert called("javascript", text, "x") == call


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("var a = 'x'", ("a",)),
        ("this.a.b = 'x'", ("a", "b")),
        ("a['b'] += 'x'", ("a", "b")),
        ("a = {b: {'c': ['x']}}", ("a", "b", "c")),
        ("a = b ? 'x' : 'y'", ("a",)),
        ("class A { b = 'x' }", ("A", "b")),
        ("({a = 'x'}) => a", ("a",)),
        ("a = () => { f('x') }", ()),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert one("javascript", text, "x").names == names


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a === 'x'", Position.COMPARISON),
        ("switch (a) { case 'x': }", Position.CASE),
        ("a = {'x': 1}", Position.KEY),
        ("<a href='x'/>", Position.MARKUP),
        ("//x", Position.COMMENT),
    ],
)
def test_positions(text: str, position: Position) -> None:
    assert one("javascript", text, "x").position is position


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a' + b + 'c' + \"d\"", "a*cd"),
        ("'a' + ('b' + c)", "ab*"),
        ("`a${b + 'q'}c`", "a*c"),
        ("'a' + `b${c}`", "ab*"),
        ("/a\\/b\\.c/i", "a/b\\.c"),
        (r"'\x41\u{1F600}\u0042\0\q'", "A\U0001f600B\0q"),
    ],
)
def test_texts(text: str, value: str) -> None:
    assert one("javascript", text, value)


def test_strings_inside_holes_are_found_too() -> None:
    assert {found.text for found in literals("javascript", "'a' + f('b') + `${'c'}`")} >= {"b", "c"}


def test_what_a_page_prints_is_a_hole() -> None:
    assert one("javascript", "var a = \x1a; var u = 'http://\x1a\x1a.x/';", "http://*.x/").names == ("u",)
