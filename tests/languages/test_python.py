"""Python's calls, names and positions, and texts that only a run completes."""

from __future__ import annotations

import pytest

from portability.model import Position
from tests.languages.reading import called, one


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("connect('x')", ("connect", 0, "", "")),
        ("redis.Redis(1, host='x')", ("Redis", 1, "host", "redis")),
        ("boto3.client(*a, 'x')", ("client", 1, "", "boto3")),
        ("f(lambda: 'x')", ("f", 0, "", "")),
        ("'x'.format(1)", None),
    ],
)
def test_calls(text: str, call: tuple[str, int, str, str] | None) -> None:
    assert called("python", text, "x") == call


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a = b = 'x'", ("a", "b")),
        ("self.a = 'x'", ("a",)),
        ("a['b'].c += 'x'", ("a", "b", "c")),
        ("a = {'b': ['x']}", ("a", "b")),
        ("class A:\n  b: str = 'x'", ("A", "b")),
        ("def f(a='x'): pass", ("a",)),
        ("f(a={'b': 'x'})", ("a", "b")),
        ("if (a := 'x'): pass", ("a",)),
        ("class A:\n  def f(self):\n    return 'x'", ()),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert one("python", text, "x").names == names


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a == 'x'", Position.COMPARISON),
        ("match a:\n  case 'x': pass", Position.CASE),
        ("a = {'x': 1}", Position.KEY),
        ("def f():\n  'x'\n", Position.COMMENT),
        ("def f():\n  a\n  'x'\n", Position.EXPRESSION),
        ("def f(a='x'): pass", Position.CONSTANT),
    ],
)
def test_positions(text: str, position: Position) -> None:
    assert one("python", text, "x").position is position


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a' 'b' \"c\"", "abc"),
        ("'a' + b + 'c' 'd'", "a*cd"),
        ("f'a{b:{c}}{{d' rf'\\q{e}'", "a*{d\\q*"),
        (r"'\x41\N{BULLET}\u0042\101\q\\'", "A\u2022BA\\q\\"),
        (r"b'\x41\u0042'", "A\\u0042"),
        ("'a\\\n b'", "a b"),
        ("r'a\\'b'", "a\\'b"),
    ],
)
def test_texts(text: str, value: str) -> None:
    assert one("python", text, value)
