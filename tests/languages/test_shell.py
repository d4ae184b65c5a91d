"""Flags, variables and commands by which a shell's words are reached."""

from __future__ import annotations

import pytest

from portability.model import Position
from tests.languages.reading import called, literals, one


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a=x", ("a",)),
        ("export a=x", ("a",)),
        ("declare -A a; a[b]=x", ("a", "b")),
        ("cmd -h x", ("-h",)),
        ("cmd --host x", ("--host",)),
        ("cmd --host=x", ("--host",)),
        ("cmd --host='x'", ("--host",)),
        ("mysql -px", ("-p",)),
        ("env a=x cmd", ("a",)),
        ("echo ${a:-x}", ("a",)),
        (': "${a:=x}"', ("a",)),
        ("cat <<E\na = x\nE\n", ("a",)),
        ('cat <<E\n"a": x\nE\n', ("a",)),
        ("cmd -s | other x", ()),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert one("shell", text, "x").names == names


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("curl a x", ("curl", 1, "", "")),
        ("/usr/bin/curl x", ("curl", 0, "", "")),
        ("sudo -n redis-cli x", ("redis-cli", 0, "", "")),
        ("$cmd x", ("", 0, "", "")),
        ("a=x cmd", None),
    ],
)
def test_calls(text: str, call: tuple[str, int, str, str] | None) -> None:
    assert called("shell", text, "x") == call


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=b$c'd'\"e f\"", "b*de f"),
        ('a="b\\"c\\q\\\nd"', 'b"c\\qd'),
        ("a=b\\ c", "b c"),
        ("a=$'b\\x41\\u0042\\n'", "bAB\n"),
        ('a="b$(c)d${e}f"', "b*d*f"),
        ("cmd <(sort 'x')", "x"),
        ("[[ $a =~ ^x\\.y$ ]]", "^x\\.y$"),
    ],
)
def test_texts(text: str, value: str) -> None:
    assert one("shell", text, value)


def test_commands_inside_words_are_read() -> None:
    assert called("shell", 'a="b$(curl x)"', "x") == ("curl", 0, "", "")


def test_positions() -> None:
    assert one("shell", '[ "$a" = x ]', "x").position is Position.COMPARISON
    assert one("shell", "case $a in x) b;; esac", "x").position is Position.CASE
    assert one("shell", "cat <<'E'\nx\nE\n", "x").position is Position.VALUE


def test_a_line_of_a_here_document_has_its_own_bytes() -> None:
    text = "cat <<E\nfirst $a\nhost=db.x\nE\n"
    literal = one("shell", text, "db.x")
    span = literal.bytes_of(0, 4)
    assert text[span.start : span.end] == "db.x"
    assert len(literals("shell", text)) == 2
