"""The construct in which a text tells cases apart, and all that it tells apart."""

from __future__ import annotations

import pytest

from portability.languages import php
from portability.model import Literal, Source
from portability.syntax.php.apart import apart


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("switch ($a) { case 'HERE': case 'x': break; case \"y\": }", [b"HERE", b"x", b"y"]),
        ("$z = match ($a) { 'x', 'HERE' => 'v', 'y' => 1, default => 2 };", [b"x", b"HERE", b"y"]),
        ("enum E: string { case A = 'HERE'; case B = 'x'; const C = 'y'; }", [b"HERE", b"x"]),
        ("$a = ['HERE' => 'v', 'x' => ['y' => 1], 'e\\\\x' => 2];", [b"HERE", b"x"]),
        ("$a = ['k' => ['HERE' => 1, 'x' => 2], 'y' => 3];", [b"HERE", b"x"]),
        ("$a['HERE'] = 1; $a['x'] = 2;", None),
        ("$a = ['HERE', 'x'];", None),
        ("$a = ['x' => 'HERE'];", None),
    ],
)
def test_the_texts_of_the_construct(code: str, texts: list[bytes] | None) -> None:
    source = Source("a.php", f"<?php {code}".encode(), language="php")
    (literal,) = [one for one in php.literals(source) if isinstance(one, Literal) and one.text == "HERE"]
    found = apart(source, literal)
    assert (list(found.texts) if found else None) == texts


def test_all_literals_of_a_construct_share_what_is_known_of_it() -> None:
    keys = ", ".join(f"'host{number}' => {number}" for number in range(50))
    source = Source("a.php", f"<?php $a = [{keys}];".encode(), language="php")
    found = [apart(source, one) for one in php.literals(source) if isinstance(one, Literal)]
    assert sum(one is found[0] and one is not None for one in found) == 50
