"""What PHP says comes back exactly; what a hostile file wants PHP to do does not happen."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.errors import Unfinished
from portability.model import Claim, Scalar
from portability.proving import php as module
from portability.proving.php import Evaluation, Php

VALUES: dict[str, Scalar] = {
    "DB_HOST": "db1.example.com",
    "PORT": 3306,
    "SSL": False,
    "RATE": 0.5,
    "ODD": "a'\udce9$",
}


@pytest.fixture(scope="module")
def php() -> Php:
    return Php.find()


def _one(php: Php, before: bytes, after: bytes, markup: bool = False) -> Evaluation:
    return php.evaluate("AppEnv", VALUES, [Claim(before, after, markup)])[0]


SAME = [
    (b"'db1.example.com'", rb"\AppEnv\DB_HOST"),
    (b'"db1.example.com"', rb"\AppEnv\DB_HOST"),
    (b"'mysql:host=db1.example.com;u=1'", rb"'mysql:host=' . \AppEnv\DB_HOST . ';u=1'"),
    (b"'db1' . '.example' . '.com'", rb"\AppEnv\DB_HOST"),
    (b"3306", rb"\AppEnv\PORT"),
    (b"0xcea", rb"\AppEnv\PORT"),
    (b"FALSE", rb"\AppEnv\SSL"),
    (b".5", rb"\AppEnv\RATE"),
    (b"-3306", rb"-\AppEnv\PORT"),
    (b"'a\\'\xe9$'", rb"\AppEnv\ODD"),
    (b"'\x00\xff db1.example.com'", b"'\x00\xff ' . \\AppEnv\\DB_HOST"),
    (b"<<<E\n  db1.example.com\n  E", rb"\AppEnv\DB_HOST"),
    (b"<<<'E'\na $x db1.example.com\nE", b"<<<'E'\na $x \nE . \\AppEnv\\DB_HOST"),
    (rb"'/^db1\.example\.com$/'", rb"'/^' . \preg_quote(\AppEnv\DB_HOST, '/') . '$/'"),
    (rb"'db1\.example\.com'", rb"\str_replace('.', '\\.', \AppEnv\DB_HOST)"),
    (b"'ZGIxLmV4YW1wbGUuY29t'", rb"\base64_encode(\AppEnv\DB_HOST)"),
    (b"'s:15:\"db1.example.com\";'", rb"\serialize(\AppEnv\DB_HOST)"),
    (b"'a' /* why */ . 'b' # end", b"'ab'"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_what_is_the_same_is_seen_to_be(php: Php, before: bytes, after: bytes) -> None:
    found = _one(php, before, after)
    assert (found.equal, found.problem) == (True, "")
    assert found.before == found.after


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (b"'db1.example.com '", rb"\AppEnv\DB_HOST", ""),
        (b"'3306'", rb"\AppEnv\PORT", "string became integer"),
        (b"0", rb"\AppEnv\SSL", "integer became boolean"),
        (rb"'db1.example.com'", rb"\AppEnv\GONE", "it holds T_STRING, which is not run here"),
        (rb"'db1.example.com'", rb"AppEnv\DB_HOST", "it holds T_STRING, which is not run here"),
        (b"'a", b"'a'", "PHP can not run it"),
        (b"'a' 'b'", b"'ab'", "PHP can not run it"),
        (b"'a'", b"-'a'", "PHP can not run it"),
    ],
)
def test_what_differs_is_told(php: Php, before: bytes, after: bytes, problem: str) -> None:
    found = _one(php, before, after)
    assert not found.equal
    assert found.problem == problem


HOSTILE = [
    b"system('touch $F')",
    b"\\SYSTEM('touch $F')",
    b"'system'('touch $F')",
    b'"system"("touch $F")',
    b"('system')('touch $F')",
    b"(\\AppEnv\\DB_HOST)('touch $F')",
    b"\\AppEnv\\DB_HOST('touch $F')",
    b"<<<E\nsystem\nE('touch $F')",
    b"`touch $F`",
    b"\"{${system('touch $F')}}\"",
    b"'a') . system('touch $F') . ('a'",
    b"'a'); system('touch $F'); //",
    b"'a' ?><?php system('touch $F') ?>",
    b"include 'php://stdin'",
    b"include('$F')",
    b"eval('touch();')",
    b"exit(0)",
    b"die",
    b"new SplFileObject('$F', 'w')",
    b"PHP\\system('touch $F')",
    b"namespace\\system('touch $F')",
    b"preg_replace('/a/', 'b', 'a')",
    b"$GLOBALS",
    b"__FILE__",
    b"PHP_OS",
    b"['system'][0]('touch $F')",
    b"(fn() => system('touch $F'))()",
    b"print('x')",
    b"'a' . die()",
    b"__halt_compiler()",
    b"'a'->b()",
    b"('a')::b()",
    b"@'a'",
    b"str_replace(...)",
    b"(" * 200 + b"'a'" + b")" * 200,
]


@pytest.mark.parametrize("code", HOSTILE)
@pytest.mark.parametrize("markup", [False, True])
def test_nothing_but_literals_and_constants_is_run(
    php: Php, tmp_path: Path, code: bytes, markup: bool
) -> None:
    target = tmp_path / "touched"
    text = code.replace(b"$F", os.fsencode(target))
    text = b"<?= " + text + b" ?>" if markup else text
    for before, after in ((text, b"'a'"), (b"'a'", text)):
        found = _one(php, before, after, markup)
        assert not found.equal
        assert found.before is None
    assert not target.exists()


@pytest.mark.parametrize(
    "text", [b"<?php system('id');", b"<?php\nsystem('id') ?>", b"a<?= `id` ?>", b"<?=$x?>"]
)
def test_page_text_runs_no_code(php: Php, text: bytes) -> None:
    found = _one(php, b"a", text, markup=True)
    assert (found.equal, found.after) == (False, None)


def test_page_text_is_compared_by_its_output(php: Php) -> None:
    for after in (b'<?= \\AppEnv\\DB_HOST, "\\n" ?>\n', b"<?= \\AppEnv\\DB_HOST ?>\n\n"):
        assert _one(php, b"db1.example.com\n", after, markup=True).equal
    assert not _one(php, b"db1.example.com\n", b"<?= \\AppEnv\\DB_HOST ?>\n", markup=True).equal
    assert _one(php, b"a\r\n", b"<?= 'a', \"\\r\\n\" ?>\r\n", markup=True).equal


def test_even_what_passed_the_check_could_not_reach_the_outside(
    php: Php, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line of defence: with the check taken out, nothing is written and no program starts."""
    scripts = tmp_path / "scripts"
    shutil.copytree(module._SCRIPTS, scripts)
    script = scripts / "evaluate.php"
    marker = "function objection(string $text, bool $markup, array $constants): string\n{"
    assert marker in script.read_text()
    script.write_text(script.read_text().replace(marker, marker + "return '';"))
    monkeypatch.setattr(module, "_SCRIPTS", scripts)
    target = tmp_path / "touched"
    calls = [
        f"system('touch {target}')",
        f"`touch {target}`",
        f"file_put_contents('{target}', 'x')",
        f"touch('{target}')",
        f"fopen('{target}', 'w')",
        f"copy(__FILE__, '{target}')",
        "file('/etc/hostname')[0]",
        "include('/etc/hostname')",
        f"new SplFileObject('{target}', 'w')",
        "mail('a', 'b', 'c')",
        "fsockopen('127.0.0.1', 1)",
    ]
    assert _one(php, b"strtoupper('a')", b"'A'").equal
    for call in calls:
        assert not _one(php, b"'x'", call.encode()).equal
    assert not target.exists()


def test_one_bad_claim_leaves_the_others_alone(php: Php) -> None:
    claims = [Claim(b"'a'", b"'a'"), Claim(b"'a' 'b'", b"'a'"), Claim(b"'b'", b"'b'")]
    assert [found.equal for found in php.evaluate("AppEnv", {}, claims)] == [True, False, True]
    assert php.evaluate("AppEnv", {}, []) == []


def test_a_claim_that_ends_php_itself_is_found_among_many(
    php: Php, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SETTINGS", ["-d", "memory_limit=24M"])
    huge = Claim(b"'a'", rb"\str_replace('a', \AppEnv\BIG, \AppEnv\BIG)")
    claims = [*[Claim(b"'a'", b"'a'")] * 5, huge, *[Claim(b"'b'", b"'b'")] * 4]
    found = php.evaluate("AppEnv", {"BIG": "a" * 20_000}, claims)
    assert [answer.equal for answer in found] == [True] * 5 + [False] + [True] * 4
    assert found[5].problem == "PHP stopped while it ran this"


@settings(deadline=None, max_examples=25)
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=20))
def test_any_bytes_survive_the_way_to_php_and_back(texts: list[bytes]) -> None:
    claims = [
        Claim(b"'" + text.replace(b"\\", b"\\\\").replace(b"'", b"\\'") + b"'", b"\\A\\B\\K%d" % n)
        for n, text in enumerate(texts)
    ]
    values = {f"K{n}": text.decode("utf-8", "surrogateescape") for n, text in enumerate(texts)}
    found = Php.find().evaluate("A\\B", values, claims)
    assert [(answer.equal, answer.after) for answer in found] == [(True, text) for text in texts]


MIXTURE = [
    *("'a'", '"b"', "E", "<<<E\n", "\nE\n", "1", "true", "\\A\\K", "\\A\\N"),
    *("serialize", "system", "$x", ".", ",", "-", "(", ")", "{", "[", "]", ";", "`", "?>", "<?=", "\n", "//"),
]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(MIXTURE), max_size=9))
def test_any_mixture_gets_an_answer(parts: list[str]) -> None:
    text = " ".join(parts).encode()
    claims = [Claim(text, text), Claim(b"'a'", b"'a'"), Claim(text, text, True)]
    assert Php.find().evaluate("A", {"K": "k"}, claims)[1].equal


def test_what_does_not_compile_is_told_with_its_line(php: Php, tmp_path: Path) -> None:
    texts = {
        "good.php": "<?php class A { const B = \\E\\H; }",
        "-l.php": "<?php\n\nfoo(;",
        "const.php": "<?php\nclass A { const B = getenv('H'); }",
        "late.php": "<?php\n$a = 1;\nnamespace B;",
        "a b\n.php": "<?php\n$a = <<<X\nh\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = php.lint([tmp_path / name for name in texts])
    assert [(problem.file.name, problem.line) for problem in found] == [
        ("-l.php", 3),
        ("const.php", 2),
        ("late.php", 3),
        ("a b\n.php", 4),
    ]
    assert "Constant expression contains invalid operations" in found[1].message
    assert not any(str(tmp_path) in problem.message for problem in found)


def test_a_relative_name_that_looks_like_an_option_is_a_file(
    php: Php, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-v").write_text("<?php foo(;")
    assert [problem.file for problem in php.lint([Path("-v")])] == [Path("-v")]


MANY = """#!/bin/sh
# A PHP that, like 8.3, takes many files after -l.
options=
while [ "$1" != -l ]; do options="$options $1"; shift; done
shift
echo "$#" >> "{log}"
code=0
for file; do {php} $options -l "$file" || code=255; done
exit $code
"""


def test_from_php_8_3_on_many_files_are_compiled_by_one_process(php: Php, tmp_path: Path) -> None:
    log = tmp_path / "log"
    wrapper = tmp_path / "php"
    wrapper.write_text(MANY.format(log=log, php=php.binary))
    wrapper.chmod(0o755)
    files = [tmp_path / f"{n}.php" for n in range(7)]
    for file in files:
        file.write_text("<?php f();")
    newer = Php(str(wrapper), (8, 3, 0), php.flags, False)
    assert newer.lint(files) == []
    assert log.read_text() == "7\n"
    files[4].write_text("<?php f(;")
    assert [problem.file for problem in newer.lint(files)] == [files[4]]


def test_without_php_there_is_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unfinished, match="there is no PHP interpreter /no/php") as caught:
        Php.find("/no/php")
    assert "--without-php" in caught.value.hint
    with pytest.raises(Unfinished, match="this is no PHP command line"):
        Php.find("/bin/echo")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unfinished, match="there is no PHP interpreter"):
        Php.find()


def test_a_php_that_hangs_is_ended(tmp_path: Path, php: Php, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "php"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(module, "TIMEOUT", 0.3)
    with pytest.raises(Unfinished, match="PHP took longer"):
        Php(str(slow), php.version, php.flags, False).lint([tmp_path / "a.php"])


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("<?php define('AppEnv\\E', 'loadtest');", ""),
        ("<?php echo 'noise'; define('AppEnv\\E', 'production');", "AppEnv\\E is production, not loadtest"),
        ('<?php fwrite(STDERR, "no environment\\n"); exit(78);', "PHP stopped with code 78: no environment"),
        ("<?php exit(0);", "PHP ended before the values were loaded: it gave no reason"),
        ("<?php", "PHP stopped with code 255: "),
    ],
)
def test_loading_the_values_as_code_does(php: Php, tmp_path: Path, code: str, answer: str) -> None:
    bootstrap = tmp_path / "boot strap'.php"
    bootstrap.write_text(code)
    assert php.load(bootstrap, "AppEnv\\E", "loadtest").startswith(answer)
    assert bool(php.load(bootstrap, "AppEnv\\E", "loadtest")) is bool(answer)


def test_many_files_are_compiled_in_one_run_and_false_alarms_looked_at(php: Php, tmp_path: Path) -> None:
    """Two that declare the same function fail together only; what is wrong is found among many."""
    texts = {f"f{number}.php": f"<?php function f{number}() {{}}" for number in range(30)}
    texts |= {"again.php": "<?php function f1() {}", "bad.php": "<?php echo 1; namespace A;"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    calls = tmp_path / "calls"
    counting = tmp_path / "php"
    counting.write_text(f'#!/bin/sh\necho >> "{calls}"\nexec "{php.binary}" "$@"\n', "utf-8")
    counting.chmod(0o755)
    counted = replace(php, binary=str(counting))
    assert [p.file.name for p in counted.lint([tmp_path / name for name in texts])] == ["bad.php"]
    assert len(calls.read_text("utf-8").splitlines()) < 8


def test_files_that_declare_the_same_are_told_apart_in_one_run(php: Php, tmp_path: Path) -> None:
    """Each of many pages declares the same helper, as those of old applications do."""
    if php.version < (8, 3) and b"pcntl" not in _modules(php):
        pytest.skip("this PHP can't fork: such files are compiled one by one")
    files = [tmp_path / f"{number}.php" for number in range(40)]
    for number, file in enumerate(files):
        wrong = "<?php function h() {} class C {} echo 1; namespace A;"
        file.write_text(wrong if number in (0, 7, 8, 39) else "<?php function h() {} class C {}", "utf-8")
    calls = tmp_path / "calls"
    counting = tmp_path / "php"
    counting.write_text(f'#!/bin/sh\necho >> "{calls}"\nexec "{php.binary}" "$@"\n', "utf-8")
    counting.chmod(0o755)
    found = replace(php, binary=str(counting)).lint(files)
    assert [problem.file for problem in found] == [files[number] for number in (0, 7, 8, 39)]
    assert len(calls.read_text("utf-8").splitlines()) == 5


def test_without_forks_every_file_is_still_compiled(
    php: Php, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FORBIDDEN", f"{module._FORBIDDEN} stream_socket_pair")
    texts = ["<?php function h() {}", "<?php function h() {}", "<?php h(;"]
    files = [tmp_path / f"{number}.php" for number in range(3)]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, "utf-8")
    assert [problem.file for problem in php.lint(files)] == [files[2]]


def _modules(php: Php) -> bytes:
    return subprocess.run([php.binary, *php.flags, "-m"], capture_output=True, check=True).stdout
