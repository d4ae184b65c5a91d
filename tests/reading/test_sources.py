"""What a walk yields, what it leaves out and says so, and what it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.errors import NothingExamined, UsageError
from portability.model import Skipped, Source
from portability.reading.sources import Walk, count, encoding_of, read, walk


def language(path: str, data: bytes) -> str:
    return "text"


def tree(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("text\n")


def walked(plan: Walk) -> tuple[list[str], dict[str, str]]:
    sources, skipped = [], {}
    for item in walk(plan, language):
        if isinstance(item, Source):
            sources.append(item.path)
        else:
            skipped[item.what] = item.reason
    return sources, skipped


def test_files_come_in_order_and_a_git_ignored_one_is_seen(tmp_path: Path) -> None:
    tree(tmp_path, "b/x.php", "a.php", ".env", ".git/config")
    (tmp_path / ".gitignore").write_text(".env\n")
    assert walked(Walk(tmp_path))[0] == [".env", ".gitignore", "a.php", "b/x.php"]


def test_third_party_folders_are_named_once_and_seen_only_when_asked_for(tmp_path: Path) -> None:
    tree(tmp_path, "vendor/lib/a.php", "node_modules/b/c.js", "src/a.php")
    sources, skipped = walked(Walk(tmp_path))
    assert sources == ["src/a.php"]
    assert skipped == {"vendor": "third-party code", "node_modules": "third-party code"}
    assert walked(Walk(tmp_path, (Path("vendor"),)))[0] == ["vendor/lib/a.php"]


def test_wordpress_core_is_third_party_only_where_both_its_folders_stand(tmp_path: Path) -> None:
    tree(tmp_path, "blog/wp-includes/a.php", "blog/wp-admin/b.php", "blog/wp-config.php", "x/wp-admin/c.php")
    sources, skipped = walked(Walk(tmp_path))
    assert sources == ["blog/wp-config.php", "x/wp-admin/c.php"]
    assert set(skipped) == {"blog/wp-includes", "blog/wp-admin"}


def test_settings_leave_out_by_patterns_as_git_does(tmp_path: Path) -> None:
    tree(tmp_path, "docs/a.php", "docs/keep/b.php", "c.log", "src/c.log.php")
    sources, skipped = walked(Walk(tmp_path, skip=("/docs/", "*.log")))
    assert sources == ["src/c.log.php"]
    assert skipped == {"docs": "left out by the settings", "c.log": "left out by the settings"}


def test_our_own_folders_are_left_out_without_a_word(tmp_path: Path) -> None:
    tree(tmp_path, "config/portability/a.yaml", "config/app.php", ".portability/journal")
    assert walked(Walk(tmp_path)) == (["config/app.php"], {})


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.bin", b"MZ\0\1", "not text"),
        ("a.jpg", b"whatever", "not text"),
        ("dump.sql.gz", b"whatever", "compressed: unpack it to scan it"),
        ("dump.SQL.XZ", b"whatever", "compressed: unpack it to scan it"),
        ("app.min.js", b"x", "minified or generated: its source is what to change"),
        ("composer.lock", b"{}", "a lock file"),
        ("big.sql", b"x" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_what_is_no_source_is_returned_with_the_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    tree(tmp_path, "a.php")
    (tmp_path / name).write_bytes(content)
    assert walked(Walk(tmp_path, largest=2 * 1024 * 1024 - 100_000))[1] == {
        name: reason if name != "big.sql" else "larger than 1 MB"
    }


def test_links_pipes_and_unreadable_files_never_stop_the_walk(tmp_path: Path) -> None:
    tree(tmp_path, "a.php", "locked/b.php")
    (tmp_path / "link.php").symlink_to("a.php")
    (tmp_path / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "pipe")
    sources, skipped = walked(Walk(tmp_path))
    assert sources == ["a.php", "locked/b.php"]
    assert skipped["link.php"] == skipped["loop"] == "a symbolic link"
    assert skipped["pipe"] == "not a regular file"


def test_a_file_that_vanishes_is_skipped(tmp_path: Path) -> None:
    assert read(tmp_path, "gone.php", language) == Skipped(
        "gone.php", "cannot be read: no such file or directory"
    )


def test_a_missing_path_and_an_empty_tree_are_not_nothing_found(tmp_path: Path) -> None:
    with pytest.raises(NothingExamined, match=r"there is no nope\.php"):
        list(walk(Walk(tmp_path, (Path("nope.php"),)), language))
    with pytest.raises(NothingExamined, match="no file to examine"):
        list(walk(Walk(tmp_path), language))


def test_a_path_outside_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    with pytest.raises(UsageError, match="outside the project"):
        list(walk(Walk(tmp_path / "project", (tmp_path,)), language))


def test_overlapping_paths_are_walked_once(tmp_path: Path) -> None:
    tree(tmp_path, "src/a.php", "src/b/c.php", "srcx/d.php")
    plan = Walk(tmp_path, (Path("src/b"), Path("src"), Path("src/a.php"), Path("srcx/d.php")))
    assert walked(plan)[0] == ["src/a.php", "src/b/c.php", "srcx/d.php"]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"", "utf-8"),
        ("ä".encode(), "utf-8"),
        (b"\xef\xbb\xbfx", "utf-8"),
        ("x".encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff\0x", "utf-16-be"),
        (b"caf\xe9", "latin-1"),
        (b"a\0b", None),
    ],
)
def test_encodings(data: bytes, encoding: str | None) -> None:
    assert encoding_of(data) == encoding


@given(st.binary(max_size=200))
def test_bytes_decode_by_the_encoding_that_they_are_said_to_have(data: bytes) -> None:
    encoding = encoding_of(data)
    if encoding is not None:
        text = data.decode(encoding, "strict" if not encoding.startswith("utf-16") else "replace")
        assert "\x00" not in text or encoding.startswith("utf-16")


def test_reasons_are_counted_the_most_frequent_first() -> None:
    items = [Skipped("a", "x"), Skipped("b", "y"), Skipped("c", "y")]
    assert count(items) == {"y": 2, "x": 1}


def test_a_large_file_is_read_to_its_end(tmp_path: Path) -> None:
    text = b"a line of text\n" * 20_000
    (tmp_path / "large.sql").write_bytes(text)
    found = read(tmp_path, "large.sql", language)
    assert isinstance(found, Source)
    assert found.data == text


@pytest.mark.skipif(not Path("/proc/version").is_file(), reason="no /proc on this machine")
def test_a_file_whose_size_is_not_told_is_read_too() -> None:
    assert Path("/proc/version").stat().st_size == 0
    found = read(Path("/proc"), "version", language)
    assert isinstance(found, Source)
    assert found.data == Path("/proc/version").read_bytes()
