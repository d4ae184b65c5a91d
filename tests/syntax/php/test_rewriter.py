"""Each PHP context, rewritten and run: production prints the same bytes, another environment its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from portability.languages import language, php
from portability.model import Encoder, EnvKey, Insertion, Literal, Region, Rewrite, Safety, Source

HOST = "db1.example.com"
OTHER = "db9.replica.test"
KEY = EnvKey("DB_HOST", "mysql")
REGION_LANGUAGES = ("html",)

CONTEXTS = {
    "single quotes": "<?php $a = 'db1.example.com'; echo $a;",
    "double quotes": '<?php echo "db1.example.com";',
    "a DSN": "<?php echo 'mysql:host=db1.example.com;port=3306';",
    "define": "<?php define('X', 'db1.example.com'); echo X;",
    "const": "<?php const X = 'db1.example.com'; class A { const Y = 'p:db1.example.com'; } echo X, A::Y;",
    "const in a namespace": "<?php namespace N; const X = 'db1.example.com'; echo X;",
    "properties": "<?php class A { public $a = 'db1.example.com'; static $b = 'x//db1.example.com/y'; }"
    " echo (new A)->a, A::$b;",
    "promoted property": "<?php class A { function __construct(public string $h = 'db1.example.com') {} }"
    " echo (new A)->h;",
    "parameter default": "<?php function f($h = 'db1.example.com') { return $h; } echo f();",
    "static local": "<?php function f() { static $h = 'db1.example.com'; return $h; } echo f();",
    "enum": "<?php enum E: string { case A = 'db1.example.com'; } echo E::A->value;",
    "attribute": "<?php #[Attribute] class T { function __construct(public string $h) {} }"
    " #[T('db1.example.com')] class A {}"
    " echo (new ReflectionClass('A'))->getAttributes()[0]->newInstance()->h;",
    "array in a constant": "<?php const C = ['h' => 'db1.example.com', 'n' => ['x' => 'tcp://db1.example.com']];"
    " echo json_encode(C);",
    "match": "<?php $h = 'a'; echo match($h) { 'a' => 'db1.example.com', default => 'no' };",
    "array key": "<?php echo json_encode(['db1.example.com' => 1, 'x' => 2]);",
    "interpolation": '<?php $u = "me"; $o = ["k" => 1]; echo "http://$u@db1.example.com/{$o["k"]}/$o[k]x";',
    "neighbouring variables": '<?php $u = "a"; $v = "b"; echo "$u.db1.example.com$v"; echo "{$u}db1.example.com";',
    "heredoc": "<?php $x = 1; echo <<<EOT\none {$x}\nhttp://db1.example.com/two\n  three \\x41\nEOT;\n",
    "heredoc, value first": "<?php echo <<<EOT\ndb1.example.com\nEOT;\n",
    "heredoc, value at line end": "<?php echo <<<EOT\na\nb db1.example.com\n\nc\nEOT . 'x';\n",
    "indented heredoc": "<?php\n    $x = 1;\n    echo <<<EOT\n      one $x db1.example.com two\n       three\n      EOT;\n",
    "indented heredoc, value first": "<?php\n  echo <<<EOT\n    db1.example.com\n      b\n    EOT;\n",
    "heredoc with CRLF": "<?php\r\n  echo <<<EOT\r\n    a db1.example.com b\r\n      b\r\n    EOT;\r\n",
    "constant heredoc": "<?php class A { const X = <<<EOT\n  a db1.example.com\n  b\n  EOT; } echo A::X;",
    "nowdoc": "<?php echo <<<'EOT'\na $x db1.example.com \\x41\nEOT;\n",
    "page text": '<p>db1.example.com</p><?php echo 1; ?><b title="db1.example.com:80">x</b>\n',
    "page text at line end": "<?php echo 1 ?>\nhost: db1.example.com\nnext\n",
    "page text at line end, CRLF": "<?php echo 1 ?>\r\nhost: db1.example.com\r\nnext\r\n",
    "page text at the very end": "<p>db1.example.com",
    "short echo": "<?= 'http://db1.example.com' ?>\n<?php echo 'a', 'db1.example.com', 'b'; ?>",
    "sprintf": "<?php printf('%s@db1.example.com %d%%', 'me', 5);",
    "regex": "<?php echo preg_match('/^db1\\.example\\.com$/', 'db1.example.com'), '/^db1\\.example\\.com$/';",
    "concatenated literals": "<?php echo 'http://' . 'db1' . '.example' . \".com\" . '/x';",
    "chain with variables": "<?php $a = 1; echo 'x' . $a . 'y db1.example.com z' . $a;",
    "escapes": '<?php echo "\\x64b1.example.com", "\\u{64}b1.example.com\\n", "a\\\\db1.example.com";',
    "open backslash": "<?php echo '\\wdb1.example.com', 'C:\\\\db1.example.com';",
    "precedence": "<?php $r = !'db1.example.com/x'; var_dump($r, (bool)'y db1.example.com',"
    " 'a db1.example.com b'[2], 2 . 'db1.example.com/' . 'x', 'a db1.example.com' === 'b');",
    "callable neighbours": "<?php echo strlen('db1.example.com'), strlen('x db1.example.com');",
    "ternary": "<?php $a = null; echo $a ?? 'x db1.example.com', $a ? 1 : 'http://db1.example.com';",
    "two values in one literal": "<?php echo 'db1.example.com,db1.example.com', \"x db1.example.com db1.example.com\";",
    "named argument": "<?php function f($h) { return $h; } echo f(h: 'x:db1.example.com');",
    "binary prefix": "<?php echo b'db1.example.com', b\"x db1.example.com\";",
    "index": "<?php $a = ['db1.example.com' => 'v']; echo $a['db1.example.com'];",
    "print and return": "<?php function f() { return 'a db1.example.com'; } print 'b db1.example.com'; print f();",
    "comment between": "<?php echo /* a */ 'a db1.example.com' /* b */ . 'x', 'q db1.example.com' # c\n;",
    "script in the page": "<script>var a = 'https://db1.example.com/x'; go(\"db1.example.com\");</script>\n<?php echo 2;",
    "style in the page": "<style>b { background: url(https://db1.example.com/x.png) }</style>\n<?php echo 2;",
    "around printed parts": '<?php $s = "a"; ?><a href="https://db1.example.com/<?= $s ?>?u=db1.example.com">x</a>\n',
    "latin-1": "<?php echo '\u00e9 db1.example.com \u00e9', \"\u00e9db1.example.com\u00e9\"; ?>\u00e9 db1.example.com",
}


def found(source: Source) -> Iterator[Literal]:
    """The literals of a source, those of its regions included."""
    pending: list[tuple[str, bytes]] = [("php", source.data)]
    while pending:
        name, data = pending.pop()
        for item in language(name).literals(Source(source.path, data, source.encoding, name)):
            if isinstance(item, Region):
                pending.append((item.language, item.data))
            else:
                yield item


def insertions(literal: Literal) -> list[Insertion]:
    """An insertion for each place in a literal where HOST stands, escaped for a pattern or not."""
    places = []
    for text, encoder in ((HOST, Encoder.PLAIN), (HOST.replace(".", "\\."), Encoder.REGEX)):
        at = literal.text.find(text)
        while at >= 0:
            places.append(Insertion(at, at + len(text), KEY, HOST, encoder))
            at = literal.text.find(text, at + 1)
    return places


def rewritten(source: Source) -> tuple[bytes, list[Rewrite]]:
    """The source with every literal that holds HOST rewritten, and the rewrites."""
    rewrites: list[Rewrite] = []
    for literal in found(source):
        wanted = insertions(literal)
        if wanted:
            rewrites.extend(php.rewrite(source, literal, wanted, "AppEnv"))
    data = source.data
    for rewrite in sorted(rewrites, key=lambda r: -r.span.start):
        data = data[: rewrite.span.start] + rewrite.replacement + data[rewrite.span.end :]
    return data, rewrites


def run(path: Path, data: bytes, host: str) -> bytes:
    """What PHP prints for `data` with the constant set to `host`."""
    values = path / "values.php"
    values.write_text(f"<?php define('AppEnv\\DB_HOST', '{host}');")
    script = path / "script.php"
    script.write_bytes(data)
    command = ["php", "-n", "-d", "error_reporting=-1", "-d", f"auto_prepend_file={values}", str(script)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", CONTEXTS)
def test_production_prints_the_same_and_a_replica_its_own(name: str, tmp_path: Path) -> None:
    encoding = "latin-1" if name == "latin-1" else "utf-8"
    before = CONTEXTS[name].encode(encoding)
    after, rewrites = rewritten(Source("a.php", before, encoding, "php"))
    assert rewrites
    assert all(r.safety is Safety.SAFE for r in rewrites), [r.reason for r in rewrites]
    assert HOST.encode() not in after
    assert run(tmp_path, after, HOST) == run(tmp_path, before, HOST)
    replica = before.replace(HOST.encode(), OTHER.encode()).replace(
        rb"db1\.example\.com", rb"db9\.replica\.test"
    )
    for spelling in (rb"\x64b1.example.com", rb"\u{64}b1.example.com"):
        replica = replica.replace(spelling, OTHER.encode())
    replica = replica.replace(b"'db1' . '.example' . \".com\"", f"'{OTHER}'".encode())
    assert run(tmp_path, after, OTHER) == run(tmp_path, replica, OTHER)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("<?php echo `ping db1.example.com`;", "backticks"),
        ("<?php eval('$h = \"db1.example.com\";');", "code"),
        ("<?php echo __('Ask db1.example.com');", "translation"),
        ("<?php class A { const P = '/db1\\.example\\.com/'; }", "constant expression"),
        ("<?php $p = '/db1\\.example[.]com|db1\\.example\\.com\\/-/';", ""),
    ],
)
def test_what_cannot_be_rewritten_is_refused_with_its_reason(text: str, word: str) -> None:
    _, rewrites = rewritten(Source("a.php", text.encode(), language="php"))
    if word:
        assert [r.safety for r in rewrites] == [Safety.REFUSED]
        assert word in rewrites[0].reason


@pytest.mark.parametrize("name", CONTEXTS)
def test_a_second_rewrite_finds_nothing(name: str) -> None:
    encoding = "latin-1" if name == "latin-1" else "utf-8"
    after, _ = rewritten(Source("a.php", CONTEXTS[name].encode(encoding), encoding, "php"))
    again, rewrites = rewritten(Source("a.php", after, encoding, "php"))
    assert (again, rewrites) == (after, [])
