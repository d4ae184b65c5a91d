"""The state of folders: what it takes for a change, what not, and what it can't look through."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.reading.sources import Walk, paths
from portability.system import watch

NAMES = (
    "a.php", "lib/b.php", ".git/config", "vendor/c.php", "lib/node_modules/d.js", "__pycache__/e.pyc",
    "wp-admin/f.php", "old/wp-admin/g.php", "old/wp-includes/h.php", ".portability/x", "lib/.portability/y",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("a.php")
    return tmp_path


def watched(tree: Path, kind: str) -> set[str]:
    """The files whose facts are looked at."""
    return {
        f"{folder}/{row[0]}".removeprefix(f"{tree}/")
        for folder, rows in watch.rows([(str(tree), kind)], (), ())
        for row in rows
        if len(row) > 2 and row[0]
    }


@pytest.mark.parametrize("apart", [False, True])
def test_every_file_that_a_scan_reads_is_watched(tree: Path, apart: bool) -> None:
    read = {item for item in paths(Walk(tree, apart=apart)) if isinstance(item, str)}
    found = watched(tree, watch.APART if apart else watch.PROJECT)
    assert read <= found
    assert ".git/config" not in found and "__pycache__/e.pyc" not in found
    assert ("vendor/c.php" in found) is ("old/wp-admin/g.php" in found) is apart
    assert {"wp-admin/f.php", "lib/.portability/y"} <= found


def test_all_is_all(tree: Path) -> None:
    assert {*NAMES, "link"} <= watched(tree, watch.ALL)


def test_code_is_watched_but_not_what_python_keeps_beside_it(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "a.py").touch()
    before = watch.digest(watch.rows([(str(tmp_path), watch.CODE)], (), ()))
    (tmp_path / "package" / "__pycache__").mkdir()
    (tmp_path / "package" / "__pycache__" / "a.pyc").touch()
    assert watch.digest(watch.rows([(str(tmp_path), watch.CODE)], (), ())) == before
    (tmp_path / "package" / "b.py").touch()
    assert watch.digest(watch.rows([(str(tmp_path), watch.CODE)], (), ())) != before


def test_a_folder_that_is_gone_or_none_can_t_be_looked_through(tree: Path) -> None:
    for name in ("gone", "a.php"):
        with pytest.raises(OSError):
            watch.digest(watch.rows([(str(tree / name), watch.ALL)], (), ()))


def test_odd_names_and_depth(tmp_path: Path) -> None:
    deep = tmp_path / "a"
    for name in ("\udce9", "line\nend", *["d"] * 60):
        deep = deep / name
    deep.mkdir(parents=True)
    (deep / "x").touch()
    before = watch.digest(watch.rows([(str(tmp_path), watch.PROJECT)], (), ()))
    (deep / "x").rename(deep / "y")
    assert watch.digest(watch.rows([(str(tmp_path), watch.PROJECT)], (), ())) != before


def test_changes_of_an_entry_and_of_what_it_leads_to(tree: Path) -> None:
    (tree / "link").unlink()
    (tree / "link").symlink_to("lib")
    state = [row for _, rows in watch.rows([(str(tree), watch.ALL)], (), ()) for row in rows]
    (row,) = (row for row in state if row[0] == "link")
    assert watch.changes(row) == ((tree / "link").lstat().st_ctime_ns, (tree / "lib").stat().st_ctime_ns)
    assert watch.changes(("left out", 0o100644)) == watch.changes(("",)) == ()
