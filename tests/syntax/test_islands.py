"""A literal that is parsed with its statement alone is the one that the parse of the whole file gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.languages import LANGUAGES, language
from portability.model import Source
from portability.syntax.javascript import islands as of_scripts
from portability.syntax.php import islands as of_php
from portability.syntax.php.lexer import skeleton
from tests.scans import source
from tests.syntax.focusing import lost

FANCLUB = Path(__file__).parents[2] / "examples" / "fanclub"
FILES = [
    source(path.relative_to(FANCLUB).as_posix(), path.read_bytes())
    for path in sorted(FANCLUB.rglob("*"))
    if path.suffix in {".php", ".js", ".phtml", ".inc"} and path.is_file()
]
SAMPLES = [
    source(sample.path or LANGUAGES[name].globs[0].replace("*", "sample"), sample.text)
    for name in ("php", "javascript")
    for sample in language(name).SAMPLES
]
PHP = (
    "class A { public $host = 'a1'; const B = ['k' => 'a2'];\n"
    "function f($p = 'a3') { if ($p == 'a4') { return 'a5'; } elseif ($x) { $y = 'a6'; } "
    "else { g('a7'); } } }\n",
    "$a = array('f' => function ($q = 'b1') use ($z) { return 'b2'; }, 'password' => 'b3');\n",
    "switch ($h) { case 'c1': $c = 'c2'; break; case C::D: case 'c3': f('c4'); default: g('c5'); }\n",
    "for ($i = 'd1'; $i < 'd2'; $i++) { $d['x']->{'y' . $i} = \"d3 $i {$o->p['q']}\"; }\n",
    "$m = match ($x) { 'e1' => 'e2', default => new class('e3') { public $e = 'e4'; } };\n",
    "try { f('f1'); } catch (E $e) { g('f2'); } finally { h('f3'); }\n",
    "do { $n = 'g1'; } while ($n != 'g2');\n",
    "function k() { ?><p class='x'><?php echo 'h1'; ?></p><?php return 'h2'; }\n",
    "$t = <<<A\n{ ; $v }\nA;\n$u = 'i1'; // ; { 'i2'\n/* } */ $w = 'i3';\n",
    "namespace N { use M\\{O, P}; function r() { return fn($s = 'j1') => 'j2'; } }\n",
    "if ($a): $b = 'k1'; else: $b = 'k2'; endif;\n",
    "$f = static function () { yield 'l1'; }; #[Attr('l2')] function s() { return ['l3']; }\n",
)
SCRIPTS = (
    "var a = {host: 'a1', f: function (x) { return 'a2'; }, g() { b('a3'); }}\nvar c = 'a4'\n",
    "class A extends B { static host = 'b1'; m(p = 'b2') { this.x = `b3 ${p} } {`; } }\n",
    "$.ajax({url: '/x', success: function () { d('c1') }, data: {host: 'c2'}}); e = 'c3';\n",
    "switch (h) { case 'd1': f('d2'); break; default: g('d3') }\n",
    "for (var i = 'e1'; i < 'e2'; i++) { if (/[{;]'/.test(i)) { h('e3') } else { k('e4') } }\n",
    "const f = async (x = 'f1') => { try { await g('f2') } catch (e) { h('f3') } };\n",
    "(function () { var q = a / b; r = 'g1' /* ; } */ + 'g2'; }).call(this, 'g3');\n",
    "export default { data() { return { api_url: 'h1' } }, methods: { m: () => ({ k: 'h2' }) } }\n",
)


@pytest.mark.parametrize("given", FILES, ids=lambda given: given.path)
def test_in_the_example_application(given: Source) -> None:
    assert list(lost(given)) == []


@pytest.mark.parametrize("given", SAMPLES, ids=lambda given: given.path)
def test_in_the_samples_of_the_languages(given: Source) -> None:
    assert list(lost(given)) == []


@pytest.mark.parametrize("text", PHP)
def test_in_statements_of_php(text: str) -> None:
    whole = "".join(part for part in PHP if not part.startswith("namespace"))
    for given in (text, f"{text}{text}", whole):
        assert list(lost(source("a.php", f"<?php\n{given}"))) == []


@pytest.mark.parametrize("text", SCRIPTS)
def test_in_statements_of_scripts(text: str) -> None:
    for given in (text, "".join(part for part in SCRIPTS if not part.startswith("export")) + text):
        assert list(lost(source("a.js", given))) == []


def test_no_more_is_parsed_than_need_be() -> None:
    body = "".join(f"  function f{n}($a) {{ if ($a) {{ return g('x{n}', $a); }} }}\n" for n in range(100))
    data = f"<?php\nclass A {{\n{body}}}\n".encode()
    parts = skeleton(data)
    assert parts is not None
    ranges = of_php.islands(data, parts, [data.index(b"x50")])
    assert ranges is not None
    written = b"".join(data[start:end] for start, end in ranges)
    assert written.split() == b"<?php class A { function f50($a) { return g('x50', $a);}}".split()


def test_a_script_without_balance_is_parsed_whole() -> None:
    assert of_scripts.islands(b"function f() { var a = 'x';", (23,)) is None
    assert of_scripts.islands(b"var a = 'x'; }", (9,)) is None
