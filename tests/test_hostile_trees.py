"""Trees that nobody should have: each odd thing is skipped with its reason, and the rest is scanned."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from portability.model import Skipped, Source
from portability.planning.survey import Survey, survey
from portability.reading.formats import detect
from portability.reading.sources import Walk, read, walk
from portability.settings.project import load

HOST = "db1.shop.example"
CODE = f"<?php\n$link = mysqli_connect('{HOST}', $user, $password);\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project with one ordinary file, whose host every scan must find."""
    (tmp_path / "portability.yaml").write_text("version: 1\n")
    (tmp_path / "zz-ordinary.php").write_text(CODE)
    return tmp_path


def scanned(root: Path) -> Survey:
    return survey(load(root), (), date(2026, 1, 1))


def found(root: Path) -> tuple[set[str], dict[str, str]]:
    """The paths with a finding, and why each other was left out; the ordinary file is always found."""
    result = scanned(root).result
    paths = {finding.path for finding in result.findings if finding.value.text == HOST}
    assert "zz-ordinary.php" in paths
    return paths, {item.what: item.reason for item in result.skipped}


@pytest.mark.parametrize(
    "data",
    [
        CODE.replace("\n", "\n# caf\u00e9\n", 1).encode("latin-1"),
        CODE.encode("utf-16"),
        b"\xfe\xff" + CODE.encode("utf-16-be"),
        CODE.encode("utf-16-le"),
        CODE.encode("utf-16-be"),
        b"\xef\xbb\xbf" + CODE.encode(),
        CODE.replace("\n", "\r").encode(),
        CODE.encode() + b"// \xff\xfe\xc0\x80\n",
    ],
    ids=["latin-1", "utf-16", "utf-16-be", "no mark", "no mark, be", "bom", "cr", "not utf-8"],
)
def test_a_text_in_another_encoding_is_scanned(tree: Path, data: bytes) -> None:
    (tree / "a.php").write_bytes(data)
    assert "a.php" in found(tree)[0]


@pytest.mark.parametrize(
    "data", [CODE.encode() + b"\0", b"\0" * 100, b"MZ\0\1" * 50], ids=["a NUL", "NULs", "a program"]
)
def test_a_nul_without_a_mark_is_told(tree: Path, data: bytes) -> None:
    (tree / "a.php").write_bytes(data)
    assert found(tree)[1]["a.php"] == "not text"


def test_a_dump_of_one_line_of_20_mb_is_scanned_and_a_large_archive_told(tree: Path) -> None:
    row = f"(1,'{'words and ' * 90}'),(2,'it''s (a),(b) http://{HOST}/'),"
    (tree / "dump.sql").write_text("INSERT INTO t (id, body) VALUES " + row * 20_000 + "(3,'');\n")
    (tree / "dump.sql.gz").write_bytes(b"\x1f\x8b" + bytes(9_000_000))
    (tree / "dump").write_bytes(b"\x1f\x8b" + bytes(9_000_000))
    (tree / "disk.img").write_bytes(b"a" * 1000 + bytes(9_000_000))
    paths, skipped = found(tree)
    assert "dump.sql" in paths
    compressed = "compressed: unpack it to scan it"
    assert skipped == {"dump.sql.gz": compressed, "dump": compressed, "disk.img": "not text"}


def test_a_minified_line_of_5_mb_is_told_and_a_generated_one_in_php_is_scanned(tree: Path) -> None:
    (tree / "app.js").write_text("a=" + "'x'," * 1_300_000)
    (tree / "list.php").write_text("<?php $a=[" + "'x'," * 20_000 + f"mysqli_connect('{HOST}')];")
    paths, skipped = found(tree)
    assert "minified" in skipped["app.js"]
    assert "list.php" in paths


@pytest.mark.parametrize(
    "text",
    [
        f"<?php if ( {{ $x = [1, ; mysqli_connect('{HOST}', $u);",
        f"<?php class {{ function ( }} }} }}\nmysqli_connect('{HOST}', $u);\n",
        f"<?php mysqli_connect('{HOST}', $u);\n$b = 'not closed",
        f"<?php <<<<<<< HEAD\nmysqli_connect('{HOST}', $u);\n=======\n>>>>>>> theirs\n",
    ],
    ids=["brackets", "class", "quote", "merge conflict"],
)
def test_broken_php_is_read_as_far_as_it_can_be(tree: Path, text: str) -> None:
    (tree / "a.php").write_text(text)
    assert "a.php" in found(tree)[0]


def test_pipes_devices_and_sockets_are_told_and_never_waited_for(tree: Path) -> None:
    os.mkfifo(tree / "pipe.php")
    expected = {"pipe.php": "not a regular file"}
    try:
        os.mknod(tree / "null.php", 0o666 | 0o020000, os.makedev(1, 3))
        expected["null.php"] = "not a regular file"
    except PermissionError:
        assert isinstance(read(Path("/dev"), "null", detect), Skipped)
    assert found(tree)[1].items() >= expected.items()


def test_links_are_told_and_followed_nowhere(tree: Path) -> None:
    (tree / "loop").symlink_to(".")
    (tree / "a").mkdir()
    (tree / "a/up").symlink_to("..")
    (tree / "gone.php").symlink_to("nothing")
    (tree / "passwd").symlink_to("/etc/passwd")
    (tree / "self").symlink_to("self")
    skipped = found(tree)[1]
    assert {skipped[name] for name in ("loop", "a/up", "gone.php", "passwd", "self")} == {"a symbolic link"}


def test_what_may_not_be_read_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "locked").mkdir()
    (tree / "locked/a.php").write_text(CODE)
    (tree / "b.php").write_text(CODE)
    refuse(monkeypatch, "scandir", "locked")
    refuse(monkeypatch, "open", "b.php")
    skipped = found(tree)[1]
    assert skipped["locked"] == "cannot be opened: permission denied"
    assert skipped["b.php"] == "cannot be read: permission denied"


def refuse(monkeypatch: pytest.MonkeyPatch, name: str, ending: str) -> None:
    """Lets one call of the system fail for one path, as it does for anybody but root."""
    real: Callable[..., object] = getattr(os, name)

    def refusing(path: object, *rest: object, **named: object) -> object:
        if isinstance(path, str | Path) and str(path).endswith(ending):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *rest, **named)

    monkeypatch.setattr(f"portability.reading.sources.os.{name}", refusing)


def test_a_file_that_goes_away_during_the_scan_is_told(tree: Path) -> None:
    for name in ("a.php", "b.php", "c.php"):
        (tree / name).write_text(CODE)
    seen: list[Source | Skipped] = []
    for item in walk(Walk(tree), detect):
        seen.append(item)
        (tree / "b.php").unlink(missing_ok=True)
    gone = [item for item in seen if isinstance(item, Skipped)]
    assert gone == [Skipped("b.php", "cannot be read: no such file or directory")]
    assert [item.path for item in seen if isinstance(item, Source)][-1] == "zz-ordinary.php"


def test_a_folder_that_goes_away_during_the_scan_is_told(tree: Path) -> None:
    (tree / "m").mkdir()
    (tree / "a.php").write_text(CODE)
    items: Iterator[Source | Skipped] = walk(Walk(tree), detect)
    first = next(items)
    (tree / "m").rmdir()
    rest = list(items)
    assert isinstance(first, Source)
    assert Skipped("m", "cannot be opened: no such file or directory") in rest


def test_a_file_that_grows_while_it_is_read_ends(tree: Path) -> None:
    path = tree / "growing.php"
    path.write_text(CODE)
    stop = threading.Event()

    def grow() -> None:
        with path.open("a") as file:
            while not stop.is_set():
                file.write("# more\n" * 100)
                file.flush()
                stop.wait(0.001)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        paths, left_out = found(tree)
    finally:
        stop.set()
        writer.join()
    assert "growing.php" in paths or "changed" in left_out["growing.php"]
    assert isinstance(read(tree, "growing.php", detect, largest=10), Skipped)


@pytest.mark.parametrize("name", ["caf\udce9.php", "a\nb.php", "-rf.php", "$(id).php", "\u202egnp.php"])
def test_names_that_are_no_words_are_scanned(tree: Path, name: str) -> None:
    (tree / name).write_text(CODE)
    assert name in found(tree)[0]


@pytest.mark.parametrize(
    ("name", "opening", "closing"),
    [
        ("a.php", "<?php $a = " + "[" * 20_000, "]" * 20_000 + f"; mysqli_connect('{HOST}');"),
        ("a.json", '{"a":' * 20_000, "}" * 20_000),
        ("a.yaml", "[" * 20_000, "]" * 20_000),
        ("a.html", "<div>" * 20_000, "</div>" * 20_000),
        ("a.js", "a=" + "(" * 20_000, ")" * 20_000),
        ("a.tf", "a {\n" * 20_000, "}\n" * 20_000),
        ("a.toml", "a = " + "[" * 20_000, "]" * 20_000),
    ],
)
def test_20000_levels_end(tree: Path, name: str, opening: str, closing: str) -> None:
    (tree / name).write_text(opening + f'"{HOST}"' + closing)
    paths, left_out = found(tree)
    assert name in paths or name in left_out


def test_a_tree_of_200_folders_in_each_other_ends(tree: Path) -> None:
    deep = tree
    for _ in range(200):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "a.php").write_text(CODE)
    assert any(path.endswith("d/d/a.php") for path in found(tree)[0])
