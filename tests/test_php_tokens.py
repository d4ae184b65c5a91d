"""Tokens around an edit: PHP says whether it reads them as before."""

from __future__ import annotations

import pytest

from portability.model import Span
from portability.proving.php import Php, TokenPair


@pytest.fixture(scope="module")
def php() -> Php:
    return Php.find()


def _pair(before: bytes, edits: list[tuple[bytes, bytes]]) -> TokenPair:
    """A file in which each of `edits` (old, new) is made, one after the other."""
    after, spans, at = b"", [], 0
    for old, new in edits:
        start = before.index(old, at)
        after += before[at:start]
        spans.append((Span(start, start + len(old)), Span(len(after), len(after) + len(new))))
        after += new
        at = start + len(old)
    return TokenPair(before, after + before[at:], tuple(spans))


def _insert(before: bytes, at: int, text: bytes) -> TokenPair:
    return TokenPair(before, before[:at] + text + before[at:], ((Span(at, at), Span(at, at + len(text))),))


GUARD = b" require_once __DIR__ . '/bootstrap.php';"
GOOD = [
    _pair(b"<?php\n$a = 'h';\n", [(b"'h'", rb"\E\H")]),
    _pair(b"<?php\n$a = 'h' . \"x $b h\";\n", [(b"'h'", rb"\E\H"), (b'"x $b h"', b'("x $b " . \\E\\H)')]),
    _pair(b"<?php\n$a = <<<X\nh $b\nX;\n", [(b"<<<X\nh $b\nX", b"\\E\\H . <<<X\n $b\nX")]),
    _pair(b"<p>h</p>\n<?php f(); ?>\nh\n", [(b"h", rb"<?= \E\H ?>"), (b"h\n", b'<?= \\E\\H, "\\n" ?>\n')]),
    _pair(b"<p>h\n</p>", [(b"h", b'<?= \\E\\H, "\\n" ?>')]),
    _pair(b"<p>h\r\n", [(b"h", b'<?= \\E\\H, "\\r\\n" ?>')]),
    _insert(b"<?php\n$a = 1;", 5, GUARD),
    _insert(b"<?php\n\n  $a = 1;", 5, GUARD),
    _insert(b"<?php $a = 1;", 5, GUARD),
    _insert(b"<?php\r\n$a = 1;", 5, GUARD),
    _insert(b"<?php declare(strict_types=1);\n$a = 1;", 30, GUARD),
    _insert(b"<html>\n<?php f();", 0, b"<?php" + GUARD + b" ?>"),
    _insert(b"\n<?php f();", 0, b"<?php" + GUARD + b' echo "\\n"; ?>'),
    _pair(b"<?php // h\n$a='\xe9h\xff';", [(b"'\xe9h\xff'", b"'\xe9' . \\E\\H . '\xff'")]),
    TokenPair(b"", b"", ()),
    TokenPair(b"<?php $a;", b"<?php $a;", ()),
]


@pytest.mark.parametrize("pair", GOOD)
def test_tokens_around_an_edit_are_seen_to_be_the_same(php: Php, pair: TokenPair) -> None:
    assert php.tokens_equal([pair]) == [None]


@pytest.mark.parametrize(
    ("pair", "at", "message"),
    [
        (_pair(b"<?php\n$a = 'h' . $b;\n", [(b"'h'", b"'h")]), 14, "T_WHITESPACE became T_ENCAPSED_"),
        (_pair(b"<?php\n$a = 'h' . $b;\n", [(b"'h'", b"'h' //")]), 14, "T_WHITESPACE became T_COMMENT"),
        (_pair(b"<?php\n$a = 'h' . $b;\n", [(b"'h'", b"'h' ?>")]), 14, "T_WHITESPACE became T_INLINE_HTML"),
        (
            _pair(b"<?php\n$a = 'h';\nf();", [(b"'h'", b"<<<X\nh\n")]),
            14,
            "; became T_ENCAPSED_AND_WHITESPACE",
        ),
        (_pair(b"<?php $a='h'b;", [(b"'h'", rb"\E\H")]), 12, "T_STRING became T_NAME_FULLY_QUALIFIED"),
        (TokenPair(b"<?php $a;", b"<?php $a; $b;", ()), 8, "T_WHITESPACE was added"),
        (TokenPair(b"<?php $a; $b;", b"<?php $a;", ()), 8, "T_WHITESPACE was lost"),
        (TokenPair(b"<?php f();", b"<?php F();", ()), 6, "T_STRING changed"),
    ],
)
def test_an_edit_that_leaks_into_the_code_around_it_is_told_with_its_place(
    php: Php, pair: TokenPair, at: int, message: str
) -> None:
    first, found, last = php.tokens_equal([GOOD[0], pair, GOOD[1]])
    assert (first, last) == (None, None)
    assert found is not None
    assert found.at == at
    assert found.message.startswith(message)


def test_short_tags_are_read_as_the_target_reads_them(php: Php) -> None:
    pair = TokenPair(b"<? $a = 1;", b"<? $a = 2;", ())
    for short in (False, True):
        target = Php(php.binary, php.version, php.flags, short)
        found = target.tokens_equal([pair])[0]
        assert found is not None
        assert found.message.startswith("T_LNUMBER" if short else "T_INLINE_HTML")
