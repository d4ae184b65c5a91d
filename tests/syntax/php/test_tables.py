"""Of a long list only the elements in question are parsed, and read alike."""

from __future__ import annotations

import pytest

from portability.syntax.php.islands import islands
from portability.syntax.php.lexer import skeleton
from portability.syntax.php.tables import LONG, cut
from tests.scans import source
from tests.syntax.focusing import lost

ROWS = "".join(
    f"\t'k{n}' => ['a{n}', f(1, 'b{n}'), 'host' => array('c{n}', \"d{n} {{$x[{n}]}}\")], // e{n}, ]\n"
    for n in range(6)
)
FILL = "\tX,\n" * (LONG // 4)


@pytest.mark.parametrize(
    "text",
    [
        f"return [\n{FILL}{ROWS}];\n$z = 'z';",
        f"$a['b'] = array(\n{ROWS}{FILL}{ROWS});",
        f"class A {{ const B = ['c' => [{FILL}'d', ['e' => 'f', {FILL}]], 'g']; private $h = 'i'; }}",
        f"f('a', [{FILL}'b'], 'host');",
        f"$f = function () {{ return ['a', {FILL} fn($x) => g('b', [{FILL}'c'])]; }};",
    ],
)
def test_what_is_asked_for_is_read_alike(text: str) -> None:
    given = source("a.php", f"<?php\n{text}\n")
    assert len(given.data) > LONG
    assert [literal for literal, _ in lost(given)] == []


def test_other_elements_are_left_out() -> None:
    data = f"<?php\nreturn [\n{FILL}{ROWS}];\n".encode()
    parts = skeleton(data)
    assert parts is not None
    ranges = islands(data, parts, [data.index(b"a3'"), data.index(b"c3'"), data.index(b"b5'")])
    assert ranges is not None
    assert sum(end - start for start, end in ranges) < 300


def test_a_statement_without_balance_stays_whole() -> None:
    code = b"f([" + b" " * LONG + b", 1);"
    assert cut(code, (0, len(code)), [LONG + 4]) == [(0, len(code))]
