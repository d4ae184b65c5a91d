"""A rewritten Python file has the same values on the same lines, and what could not is refused."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from portability.languages import language
from portability.model import Claim, Encoder, EnvKey, Insertion, Literal, Rewrite, Safety, Scalar, Source
from portability.syntax.python.proof import prove
from portability.syntax.python.writer import guard, rewrite

HOST = "db1.shop.example"
VALUES: dict[str, Scalar] = {"DB_HOST": HOST, "DB_PORT": 3306}


def rewritten(text: str, value: str = HOST, key: EnvKey | None = None) -> tuple[str, list[Rewrite]]:
    """The file with every `value` read from its key, and what was decided for each string."""
    source = Source("jobs/x.py", text.encode(), "utf-8", "python")
    rewrites = []
    for found in language("python").literals(source):
        if isinstance(found, Literal) and value in found.text:
            start = found.text.index(value)
            insertion = Insertion(start, start + len(value), key or EnvKey("DB_HOST", "mysql"), value)
            rewrites += rewrite(source, found, [insertion])
    data = source.data
    for made in sorted(rewrites, key=lambda r: -r.span.start):
        if made.safety is not Safety.REFUSED:
            data = data[: made.span.start] + made.replacement + data[made.span.end :]
    return data.decode(), rewrites


CASES = [
    ("h = 'db1.shop.example'", "h = AppEnv.DB_HOST"),
    ("h = 'mysql://db1.shop.example/x'", "h = 'mysql://' + AppEnv.DB_HOST + '/x'"),
    ('h = "it\'s db1.shop.example"', 'h = "it\'s " + AppEnv.DB_HOST'),
    ("h = 'db1.shop.example'.upper()", "h = AppEnv.DB_HOST.upper()"),
    ("h = 'db1.shop.example/{}'.format(1)", "h = (AppEnv.DB_HOST + '/{}').format(1)"),
    ("h = 'http://db1.shop.example/%s' % 1", "h = ('http://' + AppEnv.DB_HOST + '/%s') % 1"),
    ("h = 'http://' 'db1.shop.example' '/x'", "h = 'http://' + AppEnv.DB_HOST + '/x'"),
    (
        "h = ('http://'\n  'u@db1.shop.example'\n  '/x')",
        "h = (('http://' +\n  'u@' + AppEnv.DB_HOST +\n  '/x'))",
    ),
    ("h = f'{{{1}}}.db1.shop.example/'", "h = f'{{{1}}}.{AppEnv.DB_HOST}/'"),
    ("h = b'x\\x41.db1.shop.example'", "h = b'x\\x41.' + AppEnv.DB_HOST.encode()"),
    ("h = r'\\d db1.shop.example'", "h = r'\\d ' + AppEnv.DB_HOST"),
    ("h = 'a' + 'xdb1.shop.example'", "h = 'a' + ('x' + AppEnv.DB_HOST)"),
    ("h = 'db1.' + 'shop.example'", "h = (AppEnv.DB_HOST)"),
    ("h = ('http://db1.'\n 'shop.example/x')", "h = (('http://' + AppEnv.DB_HOST + '/x'\n))"),
    ("h = {'db1.shop.example': 1}", "h = {AppEnv.DB_HOST: 1}"),
    ("h = lambda x='db1.shop.example': x", "h = lambda x=AppEnv.DB_HOST: x"),
    ("h = 'db1.shop.example'[0]", "h = AppEnv.DB_HOST[0]"),
    ("h = 'x db1.shop.example'[2:]", "h = ('x ' + AppEnv.DB_HOST)[2:]"),
    ("h = '''a\ndb1.shop.example\nb'''", "h = ('''a\n''' + AppEnv.DB_HOST + '''\nb''')"),
    (
        "match 'db1.shop.example':\n  case 'db1.shop.example' | 'x': h = 1",
        "match AppEnv.DB_HOST:\n  case AppEnv.DB_HOST | 'x': h = 1",
    ),
]


@pytest.mark.parametrize(("before", "after"), CASES)
def test_each_place_reads_the_key(before: str, after: str) -> None:
    text, rewrites = rewritten(before)
    assert text == after
    for made in rewrites:
        assert made.safety is Safety.SAFE
        assert made.claim is not None
        assert prove(made.claim, VALUES)
        assert not prove(made.claim, {"DB_HOST": "elsewhere.example"})
        assert not prove(made.claim, {})


@pytest.mark.parametrize(("before", "after"), CASES)
def test_python_itself_agrees(before: str, after: str) -> None:
    class AppEnv:
        DB_HOST = HOST

    seen = []
    for text in (before, after):
        names: dict[str, object] = {"AppEnv": AppEnv}
        exec(text, names)
        value = names["h"]
        seen.append(value() if callable(value) else value)
    assert seen[0] == seen[1]
    assert before.count("\n") == after.count("\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"""About db1.shop.example."""\n', "docstring"),
        ("match x:\n  case 'http://db1.shop.example': pass\n", "whole value"),
        ("x: Literal['db1.shop.example'] = y\n", "type"),
        ("x = f'{1}db1.' + 'shop.example'\n", "several strings"),
        ("x = ('db1.' # why\n 'shop.example')\n", "several strings"),
        ("match x:\n  case 'db1.' 'shop.example': pass\n", "whole value"),
        ("x = ('a' # why\n  'db1.shop.example')\n", "comment stands between"),
        ("# db1.shop.example\n", "comment"),
    ],
)
def test_places_that_take_no_expression_are_refused(text: str, reason: str) -> None:
    after, rewrites = rewritten(text)
    assert after == text
    assert [r.safety for r in rewrites] == [Safety.REFUSED]
    assert reason in rewrites[0].reason


def test_numbers_keep_their_type() -> None:
    text, (made,) = rewritten("port = 3306", "3306", EnvKey("DB_PORT", "mysql", type="integer"))
    assert text == "port = AppEnv.DB_PORT"
    assert made.claim is not None and prove(made.claim, VALUES)
    text, (made,) = rewritten("port = 3306", "3306", EnvKey("DB_PORT", "mysql"))
    assert text == "port = int(AppEnv.DB_PORT)"
    assert made.claim is not None and prove(made.claim, {"DB_PORT": "3306"})
    text, _ = rewritten("dsn = 'h:3306'", "3306", EnvKey("DB_PORT", "mysql", type="integer"))
    assert text == "dsn = 'h:' + str(AppEnv.DB_PORT)"


def test_a_pattern_escapes_its_dots() -> None:
    source = Source("x.py", rb"p = r'^db1\.shop\.example$'", "utf-8", "python")
    literal = next(found for found in language("python").literals(source) if isinstance(found, Literal))
    insertion = Insertion(1, 19, EnvKey("DB_HOST", "mysql"), HOST, Encoder.REGEX)
    (made,) = rewrite(source, literal, [insertion])
    assert made.replacement == rb"r'^' + AppEnv.DB_HOST.replace('.', '\\.') + r'$'"
    assert made.claim is not None and prove(made.claim, VALUES)


def test_two_values_in_one_string_are_one_rewrite() -> None:
    source = Source("x.py", b"u = 'amqp://me:fake@mq.example/v'", "utf-8", "python")
    literal = next(found for found in language("python").literals(source) if isinstance(found, Literal))
    insertions = [
        Insertion(10, 14, EnvKey("P", "mq", secret=True), "fake"),
        Insertion(15, 25, EnvKey("H", "mq"), "mq.example"),
    ]
    (made,) = rewrite(source, literal, insertions)
    assert made.replacement == b"'amqp://me:' + AppEnv.P + '@' + AppEnv.H + '/v'"
    assert made.keys == ("P", "H")
    assert made.claim is not None and prove(made.claim, {"P": "fake", "H": "mq.example"})


def test_a_secret_in_a_format_wants_a_look() -> None:
    _, (made,) = rewritten("'fake:%s' % x", "fake", EnvKey("P", "mq", secret=True))
    assert made.safety is Safety.REVIEW


GUARDS = [
    ('"""Doc."""\nfrom __future__ import annotations\nimport os\n', 2),
    ("import os\nx = 1\n", 1),
    ("#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# about\nclass A:\n    pass\n", 3),
    ("#!/usr/bin/env python3\n\nif True:\n    pass\n", 2),
    ('"""Doc."""; x = 1\n', 1),
    ("x = 1; y = 2\n", 1),
]


@pytest.mark.parametrize(("text", "line"), GUARDS)
def test_the_guard_keeps_line_numbers(text: str, line: int) -> None:
    source = Source("jobs/x.py", text.encode(), "utf-8", "python")
    made = guard(source, "../config/portability")
    assert made is not None and made.safety is Safety.SAFE
    after = source.data[: made.span.start] + made.replacement + source.data[made.span.end :]
    assert [i for i, one in enumerate(after.splitlines(), 1) if b"import app_env as AppEnv" in one] == [line]
    assert after.count(b"\n") == source.data.count(b"\n")
    tree, old = ast.parse(after), ast.parse(source.data)
    assert ast.get_docstring(tree) == ast.get_docstring(old)
    places = [(type(node), getattr(node, "lineno", 0)) for node in ast.walk(tree)]
    assert all((type(node), getattr(node, "lineno", 0)) in places for node in ast.walk(old))
    assert guard(Source("jobs/x.py", after), "../config/portability") is None


@pytest.mark.parametrize(
    "text", ["class A:\n    pass\n", "print 'x'\n", "AppEnv = 1\n", "", "#!/usr/bin/python\n"]
)
def test_a_file_without_a_place_for_the_guard_is_refused(text: str) -> None:
    made = guard(Source("x.py", text.encode()), ".")
    assert made is not None and made.safety is Safety.REFUSED and made.reason


def test_the_guard_loads_the_values(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "app_env.py").write_text(f"DB_HOST = {HOST!r}\n")
    (tmp_path / "jobs").mkdir()
    text, _ = rewritten("import sys\nprint('h: db1.shop.example', sys.path[0] == sys.argv[1])\n")
    source = Source("jobs/x.py", text.encode())
    program = tmp_path / "jobs" / "x.py"
    made = guard(Source("jobs/x.py", b"import sys\n"), "../config")
    assert made is not None
    program.write_bytes(made.replacement + source.data)
    run = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "jobs")],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert run.stdout == f"h: {HOST} True\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"'3306'", b"AppEnv.DB_PORT"),
        (b"b'db1.shop.example'", b"AppEnv.DB_HOST"),
        (b"'x'", b"open('x')"),
        (b"f'{x}'", b"f'{y}'"),
        (b"'x'", b"'x"),
    ],
)
def test_a_false_claim_is_seen(before: bytes, after: bytes) -> None:
    assert not prove(Claim(before, after), VALUES)
