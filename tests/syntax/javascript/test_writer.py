"""A script that Node runs reads the same values after its rewrite; any other is left to a template."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from portability.languages import language
from portability.model import Claim, Encoder, EnvKey, Insertion, Literal, Rewrite, Safety, Scalar, Source
from portability.syntax.javascript.proof import prove
from portability.syntax.javascript.writer import guard, rewrite

HOST = "db1.shop.example"
VALUES: dict[str, Scalar] = {"DB_HOST": HOST, "DB_PORT": 3306}
HEAD = "const fs = require('fs');\n"


def rewritten(
    text: str, value: str = HOST, key: EnvKey | None = None, head: str = HEAD, path: str = "jobs/x.js"
) -> tuple[str, list[Rewrite]]:
    """The script with every `value` read from its key, and what was decided for each token."""
    source = Source(path, (head + text).encode(), "utf-8", "javascript")
    rewrites: list[Rewrite] = []
    for found in language("javascript").literals(source):
        if isinstance(found, Literal) and value in found.text:
            start = found.text.index(value)
            insertion = Insertion(start, start + len(value), key or EnvKey("DB_HOST", "mysql"), value)
            rewrites += rewrite(source, found, [insertion])
    data = source.data
    for made in sorted(rewrites, key=lambda r: -r.span.start):
        if made.safety is not Safety.REFUSED:
            data = data[: made.span.start] + made.replacement + data[made.span.end :]
    return data.decode().removeprefix(head), rewrites


CASES = [
    ("h = 'db1.shop.example'", "h = AppEnv.DB_HOST"),
    ("h = 'mysql://db1.shop.example/x'", "h = 'mysql://' + AppEnv.DB_HOST + '/x'"),
    ('h = "it\'s \\"db1.shop.example\\n"', 'h = "it\'s \\"" + AppEnv.DB_HOST + "\\n"'),
    ("h = `http://${1 + 1}.db1.shop.example/`", "h = `http://${1 + 1}.${AppEnv.DB_HOST}/`"),
    ("h = 'db1.shop.example'.toUpperCase()", "h = AppEnv.DB_HOST.toUpperCase()"),
    ("h = 'http://db1.shop.example/'.length", "h = ('http://' + AppEnv.DB_HOST + '/').length"),
    ("h = 1 + 'x.db1.shop.example'", "h = 1 + ('x.' + AppEnv.DB_HOST)"),
    ("h = typeof 'x.db1.shop.example'", "h = typeof ('x.' + AppEnv.DB_HOST)"),
    ("h = {'db1.shop.example': 1, a: 'db1.shop.example'}", "h = {[AppEnv.DB_HOST]: 1, a: AppEnv.DB_HOST}"),
    ("h = {'x.db1.shop.example': 1}", "h = {[('x.' + AppEnv.DB_HOST)]: 1}"),
    ("h = {'x.db1.shop.example': 1}['x.db1.shop.example']", None),
    ("h = ((a = 'db1.shop.example') => a)()", "h = ((a = AppEnv.DB_HOST) => a)()"),
    (
        "h = ['x.db1.shop.example', String('db1.shop.example')]",
        "h = ['x.' + AppEnv.DB_HOST, String(AppEnv.DB_HOST)]",
    ),
    ("class A { static b = 'db1.shop.example' }; h = A.b", "class A { static b = AppEnv.DB_HOST }; h = A.b"),
    (
        "switch ('db1.shop.example') { case 'db1.shop.example': h = 1 }",
        "switch (AppEnv.DB_HOST) { case AppEnv.DB_HOST: h = 1 }",
    ),
    (
        "h = 'db1.shop.example' === x ? 1 : 'db1.shop.example'",
        "h = AppEnv.DB_HOST === x ? 1 : AppEnv.DB_HOST",
    ),
    ("h = (() => { return 'x.db1.shop.example'; })()", "h = (() => { return 'x.' + AppEnv.DB_HOST; })()"),
    ("h = (({'db1.shop.example': y}) => y)({'db1.shop.example': 2})", None),
]


@pytest.mark.parametrize(("before", "after"), CASES)
def test_each_place_reads_the_key(before: str, after: str | None) -> None:
    text, rewrites = rewritten(before)
    assert after is None or text == after
    assert "db1.shop.example" not in text
    for made in rewrites:
        assert made.safety is Safety.SAFE
        assert made.claim is not None
        assert prove(made.claim, VALUES)
        assert not prove(made.claim, {"DB_HOST": "elsewhere.example"})
        assert not prove(made.claim, {})


def test_node_itself_agrees() -> None:
    scripts = [(before, rewritten(before)[0]) for before, _ in CASES]
    program = (
        "const vm = require('vm'); const seen = (code, AppEnv) => {"
        "const box = vm.createContext({AppEnv, x: 'db1.shop.example', h: null});"
        "vm.runInContext(code, box); return JSON.stringify([typeof box.h, box.h]); };"
        f"const AppEnv = {json.dumps(VALUES)};"
        f"const all = {json.dumps(scripts)};"
        "console.log(JSON.stringify(all.map(([a, b]) => [seen(a, AppEnv), seen(b, AppEnv)])));"
    )
    run = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    for (before, _), (old, new) in zip(scripts, json.loads(run.stdout), strict=True):
        assert old == new, before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("// db1.shop.example", "comment"),
        ("x = /db1.shop.example/", "pattern"),
        ("x = String.raw`db1.shop.example`", "as it is written"),
        ("x = 'db1.' + 'shop.example'", "several strings"),
        ("'x.db1.shop.example'.split('.')", "begins with it"),
        ("class A { 'db1.shop.example'() {} }", "name of a method"),
        ("class A { 'db1.shop.example' = 1 }", "name of a field"),
    ],
)
def test_places_that_take_no_expression_are_refused(text: str, reason: str) -> None:
    after, rewrites = rewritten(text)
    assert after == text
    assert [r.safety for r in rewrites] == [Safety.REFUSED]
    assert reason in rewrites[0].reason


@pytest.mark.parametrize(
    ("head", "path", "reason"),
    [
        ("", "web/x.js", "nothing shows that Node runs"),
        ("const a = require('path');\n", "web/x.js", "nothing shows that Node runs"),
        ("// require('fs')\n", "web/x.js", "nothing shows that Node runs"),
        ("window.a = 1; require('fs');\n", "web/x.js", "browser"),
        ("import fs from 'node:fs';\n", "src/x.ts", "compiler"),
        ("#!/usr/bin/env node\n", "bin/x", "how the script loads others"),
        ("const require = load('fs');\nrequire('fs');\n", "bin/x.js", "require of its own"),
    ],
)
def test_a_script_that_may_not_be_nodes_is_refused(head: str, path: str, reason: str) -> None:
    _, (made,) = rewritten("const h = 'db1.shop.example';\n", head=head, path=path)
    assert made.safety is Safety.REFUSED
    assert reason in made.reason


def test_numbers_keep_their_type() -> None:
    whole = EnvKey("DB_PORT", "mysql", type="integer")
    text, (made,) = rewritten("port = 3306", "3306", whole)
    assert text == "port = AppEnv.DB_PORT"
    assert made.claim is not None and prove(made.claim, VALUES)
    text, (made,) = rewritten("port = 3306", "3306", EnvKey("DB_PORT", "mysql"))
    assert text == "port = Number(AppEnv.DB_PORT)"
    assert made.claim is not None and prove(made.claim, {"DB_PORT": "3306"})
    text, (made,) = rewritten("dsn = 'h:3306'", "3306", whole)
    assert text == "dsn = 'h:' + String(AppEnv.DB_PORT)"
    assert made.claim is not None and prove(made.claim, VALUES)
    text, (made,) = rewritten("dsn = `h:3306`", "3306", whole)
    assert text == "dsn = `h:${AppEnv.DB_PORT}`"
    assert made.claim is not None and prove(made.claim, VALUES)


def test_an_encoded_value_is_refused() -> None:
    source = Source("x.js", b"require('fs'); p = '^db1\\\\.shop\\\\.example$'", "utf-8", "javascript")
    literal = next(
        f for f in language("javascript").literals(source) if isinstance(f, Literal) and "db1" in f.text
    )
    insertion = Insertion(1, 19, EnvKey("DB_HOST", "mysql"), HOST, Encoder.REGEX)
    (made,) = rewrite(source, literal, [insertion])
    assert made.safety is Safety.REFUSED and "encoded" in made.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"'3306'", b"AppEnv.DB_PORT"),
        (b"3306", b"String(AppEnv.DB_PORT)"),
        (b"'x'", b"load('x')"),
        (b"`${x}`", b"`${y}`"),
        (b"'x'", b"'x"),
        (b"'db1.shop.example'", b"`${AppEnv.DB_HOST}x`"),
        (b"'3306'", b"3306 + 0"),
    ],
)
def test_a_false_claim_is_seen(before: bytes, after: bytes) -> None:
    assert not prove(Claim(before, after), VALUES)


GUARDS = [
    ("#!/usr/bin/env node\n// a job\n'use strict';\nconst fs = require('fs');\n", "x.js", 4),
    ("'use strict'\nrequire('fs')\n", "x.js", 2),
    ("/* a */ require('net'); f();\n", "x.js", 1),
    ("import fs from 'node:fs';\nf();\n", "x.js", 1),
    ("f();\nimport fs from 'fs';\n", "x.mjs", 1),
    ("f();\n", "x.cjs", 1),
]


@pytest.mark.parametrize(("text", "path", "line"), GUARDS)
def test_the_guard_keeps_line_numbers(text: str, path: str, line: int) -> None:
    source = Source(f"jobs/{path}", text.encode(), "utf-8", "javascript")
    made = guard(source, "../config/portability")
    assert made is not None and made.safety is Safety.SAFE
    after = source.data[: made.span.start] + made.replacement + source.data[made.span.end :]
    assert [n for n, one in enumerate(after.splitlines(), 1) if b"app_env.cjs" in one] == [line]
    assert after.count(b"\n") == source.data.count(b"\n")
    assert guard(Source(f"jobs/{path}", after), "../config/portability") is None


@pytest.mark.parametrize("text", ["f();\n", "const AppEnv = require('fs');\n", "require('fs'); f(\n", ""])
def test_a_script_without_a_place_for_the_guard_is_refused(text: str) -> None:
    made = guard(Source("x.js", text.encode()), ".")
    assert made is not None and made.safety is Safety.REFUSED and made.reason


@pytest.mark.parametrize(
    ("name", "head", "shape"),
    [
        ("x.js", "'use strict';\nconst fs = require('fs');\n", ""),
        ("x.mjs", "import fs from 'node:fs';\n", ""),
        ("x.js", "import fs from 'node:fs';\n", '{"type": "module"}'),
    ],
)
def test_the_guard_loads_the_values(name: str, head: str, shape: str, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/app_env.cjs").write_text(f"module.exports = {json.dumps(VALUES)};\n")
    (tmp_path / "jobs").mkdir()
    if shape:
        (tmp_path / "package.json").write_text(shape)
    text, _ = rewritten("console.log('h: db1.shop.example');\n", head=head, path=f"jobs/{name}")
    made = guard(Source(f"jobs/{name}", (head + "f();\n").encode()), "../config")
    assert made is not None and made.safety is Safety.SAFE
    program = tmp_path / "jobs" / name
    program.write_text(head[: made.span.start] + made.replacement.decode() + head[made.span.end :] + text)
    run = subprocess.run(["node", str(program)], capture_output=True, text=True, check=True, cwd="/")
    assert run.stdout == f"h: {HOST}\n"
