"""A change that keeps production is proven; whatever else an edit does is found by one of the four checks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.errors import Unfinished
from portability.languages import php as language
from portability.model import (
    Apart,
    Claim,
    EnvKey,
    Insertion,
    Literal,
    Part,
    Rewrite,
    Safety,
    Scalar,
    Source,
    Span,
)
from portability.proving import proof
from portability.proving.php import Php
from portability.proving.proof import prove
from portability.proving.proofs import Elsewhere, Failure, FileChange, ProofReport, Shown

PRODUCTION: dict[str, Scalar] = {"DB_HOST": "db1.example.com", "DB_PORT": 3306, "DB_USER": "shop"}
LOADTEST: dict[str, Scalar] = {"DB_HOST": "db1.replica.invalid", "DB_PORT": 3307, "DB_USER": "shop_lt"}
GUARD = b" require_once __DIR__ . '/bootstrap.php';"
NEW_HOST = rb"\AppEnv\DB_HOST"


@pytest.fixture(scope="module")
def php() -> Php:
    return Php.find()


def _change(
    before: bytes, edits: list[tuple[bytes, bytes]], path: str = "a.php", guard: bool = True
) -> FileChange:
    """A PHP file with the guard, in which each of `edits` (old, new) is made, one after the other."""
    spans: list[tuple[Span, Span]] = []
    claims = []
    after, at = b"", 0
    if guard:
        after, at = before[:5] + GUARD, 5
        spans.append((Span(5, 5), Span(5, 5 + len(GUARD))))
    for old, new in edits:
        start = before.index(old, at)
        after += before[at:start]
        spans.append((Span(start, start + len(old)), Span(len(after), len(after) + len(new))))
        claims.append(Claim(old, new))
        after += new
        at = start + len(old)
    return FileChange(path, before, after + before[at:], tuple(spans), tuple(claims))


CONFIG = b"<?php\nreturn [\n  'host' => 'db1.example.com',\n  'port' => 3306,\n  'user' => 'shop',\n];\n"
GOOD = _change(
    CONFIG,
    [(b"'db1.example.com'", NEW_HOST), (b"3306", rb"\AppEnv\DB_PORT"), (b"'shop'", rb"\AppEnv\DB_USER")],
)


def _prove(php: Php, *changes: FileChange) -> ProofReport:
    return prove(php, changes, "AppEnv", PRODUCTION, {"loadtest": LOADTEST})


def _failures(php: Php, *changes: FileChange) -> list[tuple[str, int, str]]:
    return [(f.path, f.line, f.what) for f in _prove(php, *changes).failures]


def test_a_change_that_keeps_production_is_proven(php: Php) -> None:
    report = _prove(php, GOOD, replace(GOOD, path="b.php"))
    assert report == ProofReport(files=2, edits=8, replaced=6, elsewhere=(Elsewhere("loadtest", 6, 6),))
    assert report.proven
    assert report.sentence() == (
        "6 replacements in 2 files, each equal under production, as is all around them "
        f"(PHP {php.version_text}); under loadtest 6 of 6 change, none names production."
    )


def test_portions_prove_what_all_at_once_do(php: Php, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = _change(CONFIG, [(b"'db1.example.com'", rb"\AppEnv\DB_USER")])
    torn = replace(GOOD, after=GOOD.after + b"x")
    changes = [
        replace(change, path=f"{number}.php") for number, change in enumerate([GOOD, bad, torn, GOOD, bad])
    ]
    whole = _prove(php, *changes)
    assert {failure.path for failure in whole.failures} == {"1.php", "2.php", "4.php"}
    for portion in (1, 4):
        monkeypatch.setattr(proof, "PORTION", portion)
        assert _prove(php, *changes) == whole


def test_php_that_stops_in_a_portion_ends_the_proof(php: Php, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "PORTION", 1)
    gone = replace(php, binary="/nowhere/php")
    with pytest.raises(Unfinished):
        _prove(gone, GOOD, replace(GOOD, path="b.php"), replace(GOOD, path="c.php"))


def test_nothing_to_prove_is_proven(php: Php) -> None:
    assert _prove(php) == ProofReport(0, 0, 0)


@pytest.mark.parametrize(
    ("edits", "line", "what"),
    [
        ([(b"'db1.example.com'", rb"\AppEnv\DB_USER")], 3, "under production it would give another text"),
        ([(b"'db1.example.com'", rb"\AppEnv\GONE")], 3, "it holds T_STRING, which is not run here"),
        ([(b"3306", rb"\AppEnv\DB_HOST")], 4, "integer became string"),
        ([(b"'db1.example.com'", b"system('id')")], 3, "it holds T_STRING, which is not run here"),
    ],
)
def test_an_edit_that_gives_something_else_is_told_with_its_line(
    php: Php, edits: list[tuple[bytes, bytes]], line: int, what: str
) -> None:
    assert ("a.php", line, what) in _failures(php, _change(CONFIG, edits))


def test_only_the_bad_file_fails(php: Php) -> None:
    bad = _change(CONFIG, [(b"'shop'", rb"\AppEnv\DB_HOST")], path="bad.php")
    assert {path for path, _, _ in _failures(php, GOOD, bad, replace(GOOD, path="z.php"))} == {"bad.php"}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (replace(GOOD, after=GOOD.after.replace(b"'user'", b"'uSer'")), "bytes outside of the edits"),
        (replace(GOOD, after=GOOD.after + b" "), "bytes outside of the edits"),
        (replace(GOOD, after=GOOD.after[:-1]), "bytes outside of the edits"),
        (replace(GOOD, spans=(*GOOD.spans, GOOD.spans[-1])), "its edits overlap"),
        (replace(GOOD, claims=GOOD.claims[:-1]), "3 edits came with 2 claims"),
        (replace(GOOD, claims=(*GOOD.claims[:-1], Claim(b"'x'", b"'x'"))), "its claim is of another text"),
    ],
)
def test_bytes_and_claims_must_fit_the_file(php: Php, change: FileChange, what: str) -> None:
    (failure,) = _failures(php, change)
    assert failure[2].startswith(what)


def test_an_edit_that_changes_how_the_rest_is_read_is_found(php: Php) -> None:
    change = _change(b"<?php\n$a = 'db1.example.com' . f();\n", [(b"'db1.example.com'", NEW_HOST + b" //")])
    assert any(what.startswith("PHP would read the code around it") for _, _, what in _failures(php, change))


def test_an_edit_that_is_right_alone_and_does_not_compile_there_is_found(php: Php) -> None:
    """A call in a constant expression, and a guard before the namespace: only compiling shows them."""
    regex = _change(
        b"<?php\nclass A { const B = '/db1\\.example\\.com/'; }\n",
        [(rb"'/db1\.example\.com/'", rb"'/' . \preg_quote(\AppEnv\DB_HOST, '/') . '/'")],
    )
    assert _failures(php, regex) == [
        ("a.php", 2, "it would not compile: Constant expression contains invalid operations")
    ]
    namespace = _change(b"<?php\nnamespace A;\n$a = 'db1.example.com';\n", [(b"'db1.example.com'", NEW_HOST)])
    (failure,) = _failures(php, namespace)
    assert failure[:2] == ("a.php", 2)
    assert failure[2].startswith(
        "it would not compile: Namespace declaration statement has to be the very first"
    )


def test_an_edit_that_cannot_run_elsewhere_is_found(php: Php) -> None:
    change = _change(b"<?php\n$a = -3306;\n", [(b"3306", rb"\AppEnv\DB_PORT")])
    unary = replace(change, spans=((change.spans[0]), (Span(11, 16), Span(52, 68))), claims=(
        Claim(b"-3306", rb"-\AppEnv\DB_PORT"),))  # fmt: skip
    assert _failures(php, unary) == []
    report = prove(php, [unary], "AppEnv", PRODUCTION, {"test": {**LOADTEST, "DB_PORT": "none"}})
    assert [failure.what for failure in report.failures] == ["under test: PHP can not run it"]


def test_what_is_left_of_production_elsewhere_is_told_and_is_no_failure(php: Php) -> None:
    text = b"<?php\n\n$a = 'db1.example.com,db1.example.com';\n"
    change = _change(text, [(b"'db1.example.com,db1.example.com'", NEW_HOST + b" . ',db1.example.com'")])
    report = _prove(php, change)
    assert report.failures == ()
    assert report.residues == (Failure("a.php", 3, "under loadtest it still holds production's DB_HOST"),)
    assert report.sentence().endswith("; under loadtest 1 of 1 change, 1 still names production.")


def test_a_value_that_environments_share_is_no_residue(php: Php) -> None:
    change = _change(CONFIG, [(b"'db1.example.com'", NEW_HOST)])
    report = prove(php, [change], "AppEnv", PRODUCTION, {"test": {**LOADTEST, "DB_HOST": "db1.example.com"}})
    assert (report.residues, report.failures, report.elsewhere) == ((), (), (Elsewhere("test", 1, 0),))


def test_an_environment_that_lacks_a_value_is_tried_without_it(php: Php) -> None:
    values = {name: value for name, value in LOADTEST.items() if name != "DB_PORT"}
    report = prove(php, [GOOD], "AppEnv", PRODUCTION, {"loadtest": values})
    assert (report.failures, report.elsewhere) == ((), (Elsewhere("loadtest", 2, 2),))


def test_proofs_made_elsewhere_are_counted(php: Php) -> None:
    shown = [Shown("a.conf"), Shown("b.conf", "it renders to other bytes")]
    report = prove(php, [GOOD], "AppEnv", PRODUCTION, {}, shown)
    assert report.files == 3
    assert report.failures == (Failure("b.conf", 1, "it renders to other bytes"),)
    assert "; 1 file could not be proven" in report.sentence()


def test_a_file_that_is_no_php_is_compared_by_its_bytes(php: Php) -> None:
    change = FileChange("a.txt", b"a 'h' b", b"a X b", ((Span(2, 5), Span(2, 3)),), (), is_php=False)
    assert _failures(php, change) == []
    (failure,) = _failures(php, replace(change, after=b"b X b"))
    assert failure[2].startswith("bytes outside")


def test_proving_leaves_the_folder_and_its_files_alone(php: Php, tmp_path: Path) -> None:
    (tmp_path / "a.php").write_bytes(CONFIG)
    _prove(php, GOOD)
    assert [path.name for path in tmp_path.iterdir()] == ["a.php"]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, len(GOOD.after) - 1), st.binary(min_size=1, max_size=1))
def test_one_changed_byte_anywhere_is_found(at: int, byte: bytes) -> None:
    """The guard's own bytes excepted: no claim is made of them, the end-to-end tests run them."""
    if GOOD.after[at : at + 1] == byte or 5 <= at < 5 + len(GUARD):
        return
    broken = replace(GOOD, after=GOOD.after[:at] + byte + GOOD.after[at + 1 :])
    assert not _prove(Php.find(), broken).proven


REAL = rb"""<?php
declare(strict_types=1);
namespace Shop;
final class Config {
    const HOST = 'db1.example.com';
    public string $url = "https://db1.example.com/x";
    function dsn(string $host = 'db1.example.com'): string {
        return "mysql:host=db1.example.com;dbname={$this->url}" . <<<SQL
          -- db1.example.com
          SQL;
    }
}
?>
<a href="https://db1.example.com/">db1.example.com
</a>
"""


def test_what_the_rewriter_makes_of_a_real_file_is_proven(php: Php) -> None:
    source = Source("a.php", REAL, "utf-8", "php")
    made: list[Rewrite] = []
    for literal in language.literals(source):
        if isinstance(literal, Literal) and "db1.example.com" in literal.text:
            found = re.finditer(r"db1\.example\.com", literal.text)
            key = EnvKey("DB_HOST", "mysql")
            insertions = [Insertion(m.start(), m.end(), key, "db1.example.com") for m in found]
            made += language.rewrite(source, literal, insertions, "AppEnv")
    guard = language.guard(source, "config")
    assert guard is not None
    rewrites = [rewrite for rewrite in [guard, *made] if rewrite.safety is not Safety.REFUSED]
    rewrites.sort(key=lambda rewrite: rewrite.span.start)
    after, spans, at = b"", [], 0
    for rewrite in rewrites:
        after += REAL[at : rewrite.span.start]
        spans.append((rewrite.span, Span(len(after), len(after) + len(rewrite.replacement))))
        after += rewrite.replacement
        at = rewrite.span.end
    claims = tuple(rewrite.claim for rewrite in rewrites if rewrite.claim)
    report = _prove(php, FileChange("a.php", REAL, after + REAL[at:], tuple(spans), claims))
    assert report.failures == ()
    assert report.elsewhere == (Elsewhere("loadtest", report.replaced, report.replaced),)
    assert report.replaced >= 5


def _parts(change: FileChange, *parts: tuple[Part, ...]) -> FileChange:
    claims = tuple(replace(claim, parts=told) for claim, told in zip(change.claims, parts, strict=True))
    return replace(change, claims=claims)


def test_another_environment_must_get_its_value_in_the_very_place(php: Php) -> None:
    """The serialised text: right under production, unreadable elsewhere, since its number stays."""
    before = b"<?php\n$a = 's:15:\"db1.example.com\";';\n"
    change = _change(before, [(b"'s:15:\"db1.example.com\";'", b"'s:15:\"' . " + NEW_HOST + b" . '\";'")])
    inner = (Part(key="DB_HOST", encoder="plain"),)
    right = _parts(change, (Part(encoder="serialized", inner=inner),))
    assert _failures(php, right) == [
        ("a.php", 2, "under loadtest it would not be the same text with its values")
    ]
    assert prove(php, [right], "AppEnv", PRODUCTION, {}).proven


def test_php_must_be_able_to_unserialise_it_elsewhere(php: Php) -> None:
    """Without being told what a text is made of, PHP sees that it could read it before."""
    before = b"<?php\n$a = 's:15:\"db1.example.com\";';\n"
    kept = _change(before, [(b"'s:15:\"db1.example.com\";'", b"'s:15:\"' . " + NEW_HOST + b" . '\";'")])
    assert _failures(php, kept) == [("a.php", 2, "under loadtest PHP could not unserialise what it holds")]
    counted = _change(before, [(b"'s:15:\"db1.example.com\";'", b"\\serialize(" + NEW_HOST + b")")])
    assert _failures(php, counted) == []


def test_a_text_that_php_reads_in_another_way_is_found(php: Php) -> None:
    wrong = _parts(
        _change(CONFIG, [(b"'db1.example.com'", NEW_HOST)]),
        (Part("x"), Part(key="DB_HOST", encoder="plain")),
    )
    assert _failures(php, wrong)[0][2] == "PHP reads another text there than was looked at"


@pytest.mark.parametrize(("others", "host"), [((b"db1.replica.invalid",), "X"), ((), "shop_lt")])
def test_cases_that_become_the_same_elsewhere_are_found(
    php: Php, others: tuple[bytes, ...], host: str
) -> None:
    """With a text that stays, and with another value that is read."""
    change = _change(
        b"<?php\n$a = ['db1.example.com' => 1, 'shop' => 2];\n",
        [(b"'db1.example.com'", NEW_HOST), (b"'shop'", rb"\AppEnv\DB_USER")],
    )
    among = Apart(Span(11, 45), others)
    apart = replace(change, claims=tuple(replace(claim, apart=among) for claim in change.claims))
    values = LOADTEST if host == "X" else {**LOADTEST, "DB_HOST": host}
    report = prove(php, [apart], "AppEnv", PRODUCTION, {"loadtest": values})
    assert [f.what for f in report.failures] == ["under loadtest two cases that it tells apart are the same"]
    assert prove(php, [change], "AppEnv", PRODUCTION, {"loadtest": values}).proven


def test_php_that_takes_a_file_for_text_proves_nothing_of_it(php: Php) -> None:
    change = _change(b"<?\n$a = 'db1.example.com';\n", [(b"'db1.example.com'", NEW_HOST)], guard=False)
    off, on = replace(php, short_open_tag=False), replace(php, short_open_tag=True)
    assert [f.what for f in _prove(off, change).failures] == [
        "PHP begins with <? there, and short_open_tag is off"
    ]
    assert _prove(on, change).proven


def test_without_php_the_bytes_are_compared_and_it_says_what_is_not_shown() -> None:
    report = prove(None, [GOOD], "AppEnv", PRODUCTION, {"loadtest": LOADTEST})
    assert (report.failures, report.elsewhere) == ((), ())
    assert report.sentence() == (
        "3 replacements in 1 file; 3 of PHP could not be evaluated, nor compiled, without PHP: "
        "only the bytes around them are shown to be the same."
    )
    broken = replace(GOOD, after=GOOD.after + b" ")
    assert [f.what for f in prove(None, [broken], "AppEnv", PRODUCTION, {}).failures] == [
        "bytes outside of the edits would change"
    ]
