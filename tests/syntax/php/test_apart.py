"""The construct in which a text tells cases apart, and what else it tells apart."""

from __future__ import annotations

import pytest

from portability.languages import php
from portability.model import Literal, Source
from portability.syntax.php.apart import apart


@pytest.mark.parametrize(
    ("code", "others"),
    [
        ("switch ($a) { case 'HERE': case 'x': break; case \"y\": }", [b"x", b"y"]),
        ("$z = match ($a) { 'x', 'HERE' => 'v', 'y' => 1, default => 2 };", [b"x", b"y"]),
        ("enum E: string { case A = 'HERE'; case B = 'x'; const C = 'y'; }", [b"x"]),
        ("$a = ['HERE' => 'v', 'x' => ['y' => 1], 'e\\\\x' => 2];", [b"x"]),
        ("$a = ['k' => ['HERE' => 1, 'x' => 2], 'y' => 3];", [b"x"]),
        ("$a['HERE'] = 1; $a['x'] = 2;", None),
        ("$a = ['HERE', 'x'];", None),
        ("$a = ['x' => 'HERE'];", None),
    ],
)
def test_the_other_texts_of_the_construct(code: str, others: list[bytes] | None) -> None:
    source = Source("a.php", f"<?php {code}".encode(), language="php")
    (literal,) = [one for one in php.literals(source) if isinstance(one, Literal) and one.text == "HERE"]
    found = apart(source, literal)
    assert (list(found.others) if found else None) == others
