"""What the engine sees beside our own findings: where it stands, whose it is, what silences it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from portability.model import Sighting, Skipped
from portability.rulebook.book import Where
from portability.scanning.concluding import ScanResult
from portability.scanning.engine import Engine, Read
from portability.scanning.scan import scan
from portability.settings.project import Settings
from tests.scans import book, source, told

TOKEN = "glpat-FAKEfake0FAKEfake0Fk"


@dataclass(frozen=True, slots=True)
class Told(Engine):
    """An engine that says what a test wants it to say, of the texts as it gets them."""

    says: tuple[Sighting | Skipped, ...] = ()

    def look(self, paths: Iterable[str], read: Read) -> Iterator[Sighting | Skipped]:
        yield from self.says


def _scanned(files: Mapping[str, str | bytes], *says: Sighting | Skipped) -> ScanResult:
    sources = [source(path, text) for path, text in files.items()]
    return scan(sources, book(), Settings(Path(), Path()), Told(Path(), says=says))


def _seen(text: str, path: str = "a.php", line: int = 2, **more: object) -> Sighting:
    return replace(Sighting(path, "some-vendor", text, line, 1, line), **more)  # type: ignore[arg-type]


def _all(result: ScanResult) -> list[str]:
    return [told(finding) for finding in (*result.findings, *result.unsure)]


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("a.php", f"<?php\n$a = 'é'; send('{TOKEN}');\n", (2, 17, 2, 43)),
        ("a.php", f"<?php\n$a = 'é'; send('{TOKEN}');\n".encode("latin-1"), (2, 17, 2, 43)),
        ("a.php", f"<?php\n$a = 'é'; send('{TOKEN}');\n".encode("utf-16"), (2, 17, 2, 43)),
        ("a.yaml", f"a:\n  - {TOKEN}\n", (2, 5, 2, 31)),
        ("README.md", f"\nthe deploy says {TOKEN} to the server\n", (2, 17, 2, 43)),
        ("a.html", f"<p>\n{TOKEN}</p>\n", (2, 1, 2, 27)),
    ],
)
def test_it_stands_at_its_place(path: str, text: str | bytes, place: tuple[int, ...]) -> None:
    (finding,) = _scanned({path: text}, _seen(TOKEN, path)).findings
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == place
    assert (finding.rule, finding.value.text, finding.value.kind) == ("secrets-engine", TOKEN, "token")
    assert finding.reason == "betterleaks takes it for a some-vendor"
    assert TOKEN not in repr(finding.value) and finding.fingerprint


def test_twice_on_a_line_are_two_and_told_twice_is_one() -> None:
    text = f"<?php\nsend('{TOKEN}', '{TOKEN}');\n"
    says = [
        _seen(TOKEN, column=7),
        _seen(TOKEN, column=37),
        _seen(TOKEN, column=37, rule="b", confidence=0.4),
    ]
    result = _scanned({"a.php": text}, *says)
    assert [(f.column, f.confidence) for f in result.findings] == [(7, 0.9), (37, 0.9)]
    assert len({f.fingerprint for f in result.findings}) == 2


def test_what_our_rules_find_stays_as_it_is() -> None:
    files = {
        "a.php": f"<?php\n$db['password'] = '{TOKEN}';\nlogin('{TOKEN}');\n",
        "b.php": "<?php\n$u = 'amqp://shop:Fake-0001-Pw@mq.fans.internal/x';\n",
    }
    alone = _scanned(files)
    url = _seen("amqp://shop:Fake-0001-Pw@mq.fans.internal/x", "b.php")
    both = _scanned(files, _seen(TOKEN), _seen(TOKEN, line=3), url)
    assert both.findings == alone.findings and len(alone.findings) >= 3


def test_a_sure_sighting_wins_over_what_we_only_suspect() -> None:
    text = f"<?php\n$db['user'] = '{TOKEN}';\nmysqli_connect('h', '{TOKEN}');\n"
    assert all(f.confidence < 0.5 for f in _scanned({"a.php": text}).unsure)
    result = _scanned({"a.php": text}, _seen(TOKEN), _seen(TOKEN, line=3))
    assert [f.rule for f in result.findings if f.value.text == TOKEN] == ["secrets-engine"] * 2


def test_comments_silence_it_and_in_a_comment_it_is_a_note() -> None:
    text = f"<?php\nsend('{TOKEN}'); // portability: ignore[secrets-engine] revoked\n// send('{TOKEN}');\n"
    result = _scanned({"a.php": text}, _seen(TOKEN), _seen(TOKEN, line=3))
    assert _all(result) == [] and result.summary.suppressed == 1
    assert [(n.line, n.what) for n in result.notes] == [(3, "commented out: a credential (some-vendor)")]


@pytest.mark.parametrize(
    ("path", "text", "confidence"),
    [("tests/a.php", TOKEN, 0.45), ("a.php", "example-0001-token", 0.45), ("a.php", TOKEN, 0.9)],
)
def test_tests_and_placeholders_lower_it(path: str, text: str, confidence: float) -> None:
    result = _scanned({path: f"<?php\nsend('{text}');\n"}, _seen(text, path))
    assert [f.confidence for f in (*result.findings, *result.unsure)] == [confidence]


def test_a_text_that_is_not_on_its_lines_is_left_out_with_a_reason() -> None:
    result = _scanned({"a.php": "<?php\n$x = 1;\n"}, _seen(TOKEN))
    assert _all(result) == []
    reason = "betterleaks sees a credential that is not found on its lines"
    assert result.skipped == (Skipped("a.php", reason),)


def test_its_failure_is_told_and_the_scan_goes_on() -> None:
    row = Skipped("secrets-engine", "betterleaks ended with exit code 3")
    result = _scanned({"a.php": "<?php\n$db['password'] = 'Fake-0001-Pw';\n"}, row)
    assert _all(result) == ["a.php:2 password Fake-0001-Pw"]
    assert result.skipped == (row,)


def test_its_rule_turned_off_it_is_not_asked() -> None:
    class Asked(Exception):
        pass

    class Never(Engine):
        def look(self, *_: object) -> Iterator[Sighting | Skipped]:
            raise Asked

    without = book().only((), ["secrets-engine"])
    assert scan([source("a.php", "<?php\n")], without, Settings(Path(), Path()), Never(Path())).findings == ()
    assert [rule.id for rule in book().of(Where.ENGINE)] == ["secrets-engine"]
