"""Nothing of a release stands outside its folder, whatever an archive says."""

from __future__ import annotations

import io
import os
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.delivery.bundle import Bundle
from portability.delivery.release import Contents, Item, contents, found, keyed_digest, standing, write
from portability.errors import PortabilityError, Refused, Unfinished
from portability.values.rendering import RenderedFile

Entry = tuple[str, str]
"""A path and what it is: a file's text, `-> target`, `dir`, or another kind of tar's."""
KINDS = {"fifo": tarfile.FIFOTYPE, "device": tarfile.CHRTYPE, "hard": tarfile.LNKTYPE}


def bundle(folder: Path, *entries: Entry, prefix: str = "") -> Bundle:
    file = folder / "bundle.tar"
    with tarfile.open(file, "w") as archive:
        for path, what in entries:
            member = tarfile.TarInfo(path)
            member.mode = 0o644
            if what.startswith("-> "):
                member.type, member.linkname = tarfile.SYMTYPE, what[3:]
            elif what == "dir":
                member.type = tarfile.DIRTYPE
            elif what in KINDS:
                member.type, member.linkname = KINDS[what], "a"
            else:
                member.size = len(what.encode())
                member.mode = 0o775 if what.startswith("#!") else 0o664
            archive.addfile(member, io.BytesIO(what.encode()))
    return Bundle(file, "label", "0" * 40, "0" * 64, prefix)


def made(folder: Path, given: Bundle, *files: RenderedFile) -> Contents:
    whole = contents(given, files)
    write(folder / "release", given, files, whole)
    return whole


def test_what_is_written_is_what_was_announced(tmp_path: Path) -> None:
    given = bundle(
        tmp_path,
        ("lib", "dir"),
        ("lib/a.php", "<?php"),
        ("bin/hook", "#!/bin/sh"),
        ("www", "-> public"),
        ("public/lib", "-> ../lib/./"),
        ("dangling", "-> nowhere/yet"),
        ("empty/folder", "dir"),
        (".env", "production's"),
    )
    files = [RenderedFile(".env", b"the load test's", 0o600), RenderedFile("a/b/c.json", b"{}", 0o640)]
    old = os.umask(0o077)
    try:
        whole = made(tmp_path, given, *files)
    finally:
        os.umask(old)
    release = tmp_path / "release"
    assert found(release) == whole
    assert (release / ".env").read_bytes() == b"the load test's"
    assert (release / "public" / "lib" / "a.php").read_text() == "<?php"
    modes = {p: (release / p).stat().st_mode & 0o777 for p in ("bin/hook", "lib/a.php", ".env", "a/b", "lib")}
    assert modes == {"bin/hook": 0o755, "lib/a.php": 0o644, ".env": 0o600, "a/b": 0o755, "lib": 0o755}


@pytest.mark.parametrize(
    "change",
    ("text", "mode", "more", "less", "link", "kind", "folder"),
)
def test_any_difference_is_seen(tmp_path: Path, change: str) -> None:
    given = bundle(tmp_path, ("a", "text"), ("b", "-> a"), ("empty", "dir"))
    whole = made(tmp_path, given)
    release = tmp_path / "release"
    match change:
        case "text":
            (release / "a").write_text("texT")
        case "mode":
            (release / "a").chmod(0o755)
        case "more":
            (release / "empty" / "c").touch()
        case "less":
            (release / "b").unlink()
        case "link":
            (release / "b").unlink()
            (release / "b").symlink_to("empty")
        case "kind":
            (release / "a").unlink()
            os.mkfifo(release / "a")
        case "folder":
            (release / "empty").rmdir()
    assert found(release) != whole


@pytest.mark.parametrize(
    "entries",
    (
        [("../a", "x")],
        [("/etc/a", "x")],
        [("a/../../b", "x")],
        [("a", "-> /etc/passwd")],
        [("a", "-> ..")],
        [("d/a", "-> ../../x")],
        [("up", "-> d/../.."), ("d/x", "y")],
        [("d/e/x", "y"), ("near", "-> d/e"), ("far", "-> near/../../../out")],
        [("a", "-> b"), ("b", "-> a")],
        [("a", "-> d"), ("a/x", "through a link")],
        [("a", "file"), ("a/x", "through a file")],
        [("a", "-> d"), ("a/x", "dir")],
        [("a", "one"), ("a", "two")],
        [("a", "one"), ("a", "dir")],
        [("a", "dir"), ("a", "one")],
        [("a", "fifo")],
        [("a", "device")],
        [("a", "one"), ("b", "hard")],
    ),
)
def test_a_hostile_archive_is_refused_before_anything_is_written(
    tmp_path: Path, entries: list[Entry]
) -> None:
    with pytest.raises(Refused):
        made(tmp_path, bundle(tmp_path, *entries))
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.tar"]


def test_a_rendered_file_takes_a_links_place_but_never_leads_through_one(tmp_path: Path) -> None:
    given = bundle(tmp_path, ("app.ini", "-> app.prod.ini"), ("app.prod.ini", "production"), ("conf", "-> d"))
    made(tmp_path, given, RenderedFile("app.ini", b"load test", 0o644))
    assert (tmp_path / "release" / "app.ini").read_bytes() == b"load test"
    assert (tmp_path / "release" / "app.prod.ini").read_bytes() == b"production"
    with pytest.raises(Refused, match="leads through conf"):
        contents(given, [RenderedFile("conf/current.php", b"", 0o640)])


def test_a_rendered_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="folder's place"):
        contents(bundle(tmp_path, ("conf", "dir")), [RenderedFile("conf", b"", 0o640)])


def test_paths_outside_the_projects_folder_are_refused(tmp_path: Path) -> None:
    inner = bundle(tmp_path, ("shop", "dir"), ("shop/a", "x"), prefix="shop/")
    assert set(contents(inner, []).items) == {"a"}
    with pytest.raises(Refused, match="outside the project"):
        contents(bundle(tmp_path, ("shop/a", "x"), ("other/b", "x"), prefix="shop/"), [])


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    given = bundle(tmp_path, ("a", "x"), ("a" * 300, "x"))
    with pytest.raises(Unfinished, match="file name too long"):
        made(tmp_path, given)


def test_a_further_file_stays_inside(tmp_path: Path) -> None:
    release = tmp_path / "release"
    (release / "public").mkdir(parents=True)
    (release / "www").symlink_to("public")
    (release / "out").symlink_to("..")
    assert standing(release, "www/probe.php") == release / "public" / "probe.php"
    with pytest.raises(Refused, match="outside the release"):
        standing(release, "out/probe.php")


@pytest.mark.parametrize(
    "other",
    [
        {"a": Item(0o644, "d1"), "l": Item(0, target="b")},
        {"a": Item(0o644, "d2"), "l": Item(0, target="a")},
        {"a": Item(0o640, "d1"), "l": Item(0, target="a")},
        {"b": Item(0o644, "d1"), "l": Item(0, target="a")},
        {"a": Item(0o644, "d1")},
        {"a": Item(0o644, "d1"), "l": Item(0, target="a"), "caf\udce9": Item(0o644, "d1")},
    ],
)
def test_the_keyed_digest_counts_everything_and_no_order(other: dict[str, Item]) -> None:
    items = {"a": Item(0o644, "d1"), "l": Item(0, target="a")}
    digest = keyed_digest(items, b"key")
    assert digest == keyed_digest(dict(reversed(items.items())), b"key")
    assert digest not in (keyed_digest(other, b"key"), keyed_digest(items, b"other"))


names = st.lists(st.sampled_from(["a", "b", "..", ".", "c"]), min_size=1, max_size=4).map("/".join)
entry = st.tuples(names, st.one_of(st.just("text"), st.just("dir"), names.map("-> {}".format)))


@given(st.lists(entry, max_size=6))
def test_no_link_that_is_written_leads_out(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    """Held against the system's own way of following links."""
    folder = tmp_path_factory.mktemp("release")
    with suppress(PortabilityError):
        made(folder, bundle(folder, *entries))
    release = folder / "release"
    assert sorted(path.name for path in folder.iterdir()) in (["bundle.tar"], ["bundle.tar", "release"])
    for path in release.rglob("*"):
        assert path.resolve().is_relative_to(release.resolve())
