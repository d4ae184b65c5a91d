"""The scan as a whole: positions, encodings, order, notes, what is skipped, and its stability."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portability.detection.examine import Examined, examine
from portability.detection.matching import Ruleset
from portability.model import Skipped, Source
from portability.planning.survey import Project
from portability.reading.sources import Walk, paths
from portability.scanning.concluding import ScanResult
from portability.scanning.scan import FEW, _Given, scan_tree
from portability.settings.project import Production, Settings
from tests.scans import book, found, scanned, source

OWN = ("fans.example", "*.fans.example")
LINE = "$u = 'https://www.fans.example/';\n"


def test_lines_and_columns_count_characters_from_one() -> None:
    (finding,) = scanned({"a.php": "<?php\n/* ä */ $ä = 'é https://www.fans.example/';\n"}, OWN).findings
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (2, 25, 2, 41)


def test_other_encodings_are_read() -> None:
    text = "<?php\n$café_url = 'https://www.fans.example/';\n"
    for data in (text.encode("latin-1"), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        (finding,) = scanned({"a.php": data}, OWN).findings
        assert (finding.line, finding.column) == (2, 22), data[:4]


def test_crlf_and_no_final_line_end() -> None:
    (finding,) = scanned({"a.php": "<?php\r\n$u = 'https://www.fans.example/';"}, OWN).findings
    assert finding.line == 2


def test_findings_come_in_the_order_of_path_and_place() -> None:
    result = found({"b.php": "<?php\n" + LINE, "a.php": "<?php\n" + LINE * 2}, OWN)
    assert [text.split()[0] for text in result] == ["a.php:2", "a.php:3", "b.php:2"]


def test_the_summary_counts() -> None:
    summary = scanned({"a.php": "<?php\n" + LINE * 2, "b.md": "x"}, OWN).summary
    assert (summary.files, summary.parsed, summary.findings, summary.files_with_findings) == (2, 1, 2, 1)


def test_broken_code_is_still_searched() -> None:
    assert found({"a.php": "<?php\nfunction ( {{{ " + LINE}, OWN) == ["a.php:2 own-host www.fans.example"]


def test_a_password_is_found_again_where_nothing_names_it() -> None:
    files = {
        "a.php": "<?php\n$db['password'] = 'Fake-0001-Pw';\n",
        "b.php": "<?php\nopen($x, 'Fake-0001-Pw');\n",
    }
    assert found(files) == ["a.php:2 password Fake-0001-Pw", "b.php:2 repeated-value Fake-0001-Pw"]


WRAPPER = "<?php\nfunction db_connect($host, $pass) { return mysqli_connect($host, 'x', $pass); }\n"


def test_calls_of_the_projects_own_functions_are_found_in_all_files() -> None:
    files = {
        "a.php": "<?php\ndb_connect('db1', 'Fake-0001-Pw');\n",
        "lib/db.php": WRAPPER,
        "z.php": "<?php\n$link = db_connect('10.0.3.7', $pass);\n",
    }
    assert found(files) == [
        "a.php:2 php-mysqli db1",
        "a.php:2 php-mysqli Fake-0001-Pw",
        "z.php:2 php-mysqli 10.0.3.7",
    ]


def test_a_password_that_only_such_a_call_tells_is_found_again() -> None:
    files = {
        "a.php": "<?php\nopen($x, 'Fake-0001-Pw');\n",
        "b.php": "<?php\ndb_connect($host, 'Fake-0001-Pw');\n",
        "lib/db.php": WRAPPER,
    }
    assert found(files) == ["a.php:2 repeated-value Fake-0001-Pw", "b.php:2 php-mysqli Fake-0001-Pw"]


def test_a_server_that_such_a_call_connects_to_is_the_projects_own() -> None:
    files = {
        "a.php": "<?php\ndb_connect('db1.nosuch-shop.de', $pass);\ndb_connect('db2.nosuch-shop.de', $p);\n",
        "lib/db.php": WRAPPER,
        "c.php": "<?php\necho 'https://www.nosuch-shop.de/';\n",
    }
    assert "nosuch-shop.de" in scanned(files).own_domains
    del files["lib/db.php"]
    assert "nosuch-shop.de" not in scanned(files).own_domains


def test_comments_silence_what_such_a_call_is_given() -> None:
    text = "<?php\n// portability: ignore[php-mysqli] a sandbox\ndb_connect('db1', 'Fake-0001-Pw');\n"
    result = scanned({"a.php": text, "lib/db.php": WRAPPER})
    assert (result.findings, result.summary.suppressed) == ((), 2)


def test_a_file_that_changes_between_the_readings_is_left_out() -> None:
    class Changing(_Given):
        reads = 0

        def read(self, path: str) -> Source:
            self.__class__.reads += path == "a.php"
            more = b"// more\n" * (path == "a.php" and self.reads > 2)
            return replace(self.sources[path], data=self.sources[path].data + more)

    files = {"a.php": "<?php\ndb_connect('db1', 'Fake-0001-Pw');\n", "lib/db.php": WRAPPER}
    tree = Changing({path: source(path, text) for path, text in files.items()})
    result = scan_tree(tree, [], book(), Settings(Path(), Path()), 1)
    assert [s.reason for s in result.skipped] == ["changed while it was looked at"]


def test_a_plain_word_is_not() -> None:
    files = {"a.php": "<?php\n$db['password'] = 'kitten';\n", "b.php": "<?php\nopen($x, 'kitten');\n"}
    assert found(files) == ["a.php:2 password kitten"]


def test_many_secrets_under_one_name_are_data() -> None:
    rows = "".join(f'{{"secret": "fake{n}fake{n}0fake{n}"}},' for n in range(100, 120))
    assert found({"photos.json": f"[{rows[:-1]}]"}) == []


def test_fingerprints_survive_moved_lines_and_tell_equal_lines_apart() -> None:
    before = scanned({"a.php": "<?php\n" + LINE * 2}, OWN).findings
    after = scanned({"a.php": "<?php\n\n\n// more\n" + LINE + "\n" + LINE}, OWN).findings
    assert [f.fingerprint for f in before] == [f.fingerprint for f in after]
    assert before[0].fingerprint != before[1].fingerprint


def test_a_fingerprint_says_nothing_of_the_value() -> None:
    one = scanned({"a.php": "<?php\n$dbpass = 'Fake-0001-Pw';\n"}).findings
    other = scanned({"a.php": "<?php\n$dbpass = 'Fake-0002-Xy';\n"}).findings
    assert one[0].fingerprint == other[0].fingerprint


def test_ignore_comments_silence_with_a_reason_and_are_told_without() -> None:
    text = (
        "<?php\n"
        "$a = 'https://www.fans.example/'; // portability: ignore[own-host] the press kit\n"
        "// portability: ignore[own-host] the next line\n"
        "$b = 'https://www.fans.example/';\n"
        "$c = 'https://www.fans.example/'; // portability: ignore[own-host]\n"
        "// portability: ignore[password] nothing here\n"
        "$d = 1;\n"
    )
    result = scanned({"a.php": text}, OWN)
    assert [f.line for f in result.findings] == [5]
    assert result.summary.suppressed == 2
    assert [(n.line, n.what) for n in result.notes] == [
        (5, "an ignore comment without a reason does not count"),
        (6, "an ignore comment that silences nothing"),
    ]


def test_commented_out_values_are_notes() -> None:
    text = "<?php\n// $db_host = 'db1.fans.example';\n$x_host = 'cache.fans.example';\n"
    result = scanned({"a.php": text}, OWN)
    assert [f.line for f in result.findings] == [3]
    assert [(n.line, n.what) for n in result.notes] == [(2, "commented out: db1.fans.example")]


def test_rules_and_sources_can_be_sent_to_another_process() -> None:
    again = pickle.loads(pickle.dumps((Ruleset(book()), source("a.php", "<?php\n" + LINE))))
    assert again[0].prefilter.look(again[1]).focus


PIECES = (
    *("$a = '", "'", '"', "https://www.fans.example/", "{$x}", ";", "\n", " ", "password = ", "Fake-0001-Pw"),
    *("<?php ", "?>", "<a href=", ">", "10.20.0.5", "://", "@", "\\.", "//", "#", "/*", "*/", ":", "ä"),
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["a.php", "a.js", "a.py", "a.sh", "a.ini", "a.yaml", "a.html", ".env", "nginx.conf"]),
    st.lists(
        st.sampled_from(
            PIECES
        ),
        max_size=30,
    ),
)  # fmt: skip
def test_any_text_is_scanned_without_harm(path: str, parts: list[str]) -> None:
    text = "".join(parts)
    result = scanned({path: text}, OWN)
    data = text.encode()
    taken = -1
    for finding in sorted((*result.findings, *result.unsure), key=lambda f: f.span.start):
        assert 0 <= finding.span.start < finding.span.end <= len(data)
        assert finding.span.start >= taken
        taken = finding.span.end


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder with so many files that several processes help, and some that cannot be read."""
    for number in range(FEW + 30):
        text = f"<?php\n$db['password'] = 'Fake-{number:04}-Pw';\n$host = 'db{number % 7}.fans.example';\n"
        (tmp_path / f"a{number:03}.php").write_text(
            text + f"open('Fake-{number // 2:04}-Pw');\n// me@fans.example\n"
        )
    (tmp_path / "b.php").write_bytes(b"<?php\0")
    (tmp_path / "c.json").write_text('{"a": "http://www.php.net", "b": "\\u002f"}')
    (tmp_path / "d.php").write_text(
        "<?php setcookie('a', 'b', 0, '/', '.php.net'); define('SITE_URL', 'http://php.net');"
    )
    return tmp_path


def look(folder: Path, processes: int) -> ScanResult:
    settings = Settings(folder, folder)
    found = list(paths(Walk(folder)))
    tree = Project(settings, [item for item in found if isinstance(item, str)])
    return scan_tree(tree, [item for item in found if isinstance(item, Skipped)], book(), settings, processes)


def test_several_processes_find_what_one_does(many: Path) -> None:
    alone = look(many, 1)
    assert len(alone.findings) > 3 * FEW and set(alone.own_domains) == {"php.net"}
    assert look(many, 2) == look(many, 3) == alone


@pytest.mark.parametrize("processes", [1, 2])
def test_a_file_that_takes_too_long_is_left_out_and_told(
    many: Path, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(source: Source, *rest: Any) -> Examined:
        while source.path == "a007.php":
            pass
        return examine(source, *rest)

    monkeypatch.setattr("portability.scanning.scan.examine", slow)
    monkeypatch.setattr("portability.scanning.scan.BUDGET", 0.2)
    result = look(many, processes)
    assert Skipped("a007.php", "took longer than 0.2 s to read") in result.skipped
    assert "a007.php" not in {finding.path for finding in result.findings}
    assert {"a006.php", "a008.php"} <= {finding.path for finding in result.findings}


def test_a_file_that_changes_meanwhile_is_left_out_and_told(tmp_path: Path) -> None:
    class Changing(Project):
        def read(self, path: str) -> Source | Skipped | None:
            item = super().read(path)
            (tmp_path / path).write_text("<?php\n\n" + LINE)
            return item

    (tmp_path / "a.php").write_text("<?php\n" + LINE)
    settings = Settings(tmp_path, tmp_path, production=Production(hosts=OWN))
    result = scan_tree(Changing(settings, ["a.php"]), [], book(), settings)
    assert result.skipped == (Skipped("a.php", "changed while it was looked at"),)
    assert not result.findings
