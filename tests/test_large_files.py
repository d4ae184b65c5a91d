"""Large files in a whole scan: what is told of them, and that no edit is planned in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest

from portability.detection.examine import Examined, examine
from portability.model import Sighting, Skipped, Source
from portability.planning.project import Wishes, planned
from portability.planning.survey import survey
from portability.reading.sources import LARGEST, PASSING
from portability.reading.streams import CHANGED, TOO_LARGE, Sizes
from portability.scanning.engine import Engine, Read
from portability.settings.project import load
from tests.streaming import streamed

OWN = ("shop.example", "*.shop.example")
CODE = b"<?php\n$db_host = 'db1.shop.example';\n$db_password = 'Fake-0001-Pw';\n"
FANS = b"<?php\nsetcookie('a', 'b', 0, '/', '.fans.example');\n"
TINY = Sizes(100, 1_000_000, 100)


def test_no_answer_is_kept_of_what_may_be_otherwise_the_next_time() -> None:
    assert CHANGED.startswith(PASSING) and "took longer than 0.2 s to read: ".startswith(PASSING)


class _Reading(Engine):
    """An engine that asks for each file, and sees nothing."""

    def look(self, paths: Iterable[str], read: Read) -> Iterator[Sighting | Skipped]:
        yield from (Skipped(path, "given") for path in paths if read(path) is not None)


def test_that_the_engine_gets_no_large_file_is_told(tmp_path: Path) -> None:
    files = {"a.php": CODE, "d.sql": b"INSERT INTO t VALUES ('https://www.shop.example/');\n" * 9}
    result = streamed(tmp_path, files, ("d.sql",), TINY, OWN, engine=_Reading(Path()))
    assert [(s.what, s.reason) for s in result.skipped] == [
        ("a.php", "given"),
        ("d.sql", "larger than 8 MB: not given to betterleaks"),
    ]


def test_a_large_file_counts_as_done_once_it_is_read(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    files = {"a.php": CODE, "d.sql": b"x;\n", "e.sql": b"x;\n"}
    streamed(tmp_path, files, ("d.sql", "e.sql"), TINY, told=lambda done, total: heard.append((done, total)))
    assert heard == [(3, 3), (1, 3), (2, 3), (3, 3)]


def test_ctrl_c_ends_the_scan(tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        streamed(tmp_path, {"d.sql": b"x;\n" * 100}, ("d.sql",), TINY, during=stop)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A project with a dump that is really large."""
    (tmp_path / "portability.yaml").write_text("version: 1\n")
    (tmp_path / "a.php").write_bytes(b"<?php\nmysqli_connect('db1.shop.example', $u, 'Fake-0001-Pw');\n")
    row = b"INSERT INTO t (note) VALUES ('%s');\n" % (b"words and words " * 500)
    values = b"('smtp_host', 'https://www.shop.example/'), ('p', 'Fake-0001-Pw')"
    value = b"INSERT INTO options (name, value) VALUES %s;\n" % values
    (tmp_path / "dump.sql").write_bytes(row * (LARGEST // len(row) + 2) + value)
    (tmp_path / "image.bin").write_bytes(b"\0" * (LARGEST + 1))
    (tmp_path / "export.csv").write_bytes(b"a,b\n" * (LARGEST // 4 + 1))
    return tmp_path


def test_a_large_dump_is_scanned_and_no_edit_is_planned_in_it(large: Path) -> None:
    found = survey(load(large), (), date(2026, 1, 1))
    lines = {(f.path, f.value.text, f.rule) for f in found.result.findings if f.path == "dump.sql"}
    assert lines == {
        ("dump.sql", "www.shop.example", "own-host"),
        ("dump.sql", "Fake-0001-Pw", "repeated-value"),
    }
    assert {s.what: s.reason for s in found.result.skipped} == {"image.bin": "not text"}
    assert found.sources["dump.sql"].data == b""
    _, plan = planned(load(large), Wishes(), date(2026, 1, 1))
    assert [file.path for file in plan.files] == ["a.php"]
    assert {edit.rewrite.reason for edit in plan.left if edit.path == "dump.sql"} == {TOO_LARGE}


def test_the_fingerprints_of_a_large_file_survive_rows_before(large: Path) -> None:
    dump = large / "dump.sql"
    before = {f.fingerprint for f in survey(load(large), (), date(2026, 1, 1)).result.findings}
    dump.write_bytes(b"INSERT INTO t (note) VALUES ('new');\n" + dump.read_bytes())
    assert {f.fingerprint for f in survey(load(large), (), date(2026, 1, 1)).result.findings} == before


@pytest.mark.parametrize("processes", [1, 2])
def test_a_window_that_takes_too_long_is_left_out_and_the_rest_is_scanned(
    tmp_path: Path, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(source: Source, *rest: object) -> Examined:
        while b"slow" in source.data:
            pass
        return examine(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("portability.scanning.longfiles.examine", slow)
    monkeypatch.setattr("portability.scanning.scan.BUDGET", 0.2)
    row = b"INSERT INTO t (url) VALUES ('http://%s.shop.example/');\n"
    data = row % b"a" * 20 + row % b"slow" + row % b"c" * 20
    result = streamed(tmp_path, {"d.sql": data}, ("d.sql",), TINY, OWN, processes)
    assert {f.value.text for f in result.findings} == {"a.shop.example", "c.shop.example"}
    (left,) = result.skipped
    assert left.reason.startswith("took longer than 0.2 s to read: ")
