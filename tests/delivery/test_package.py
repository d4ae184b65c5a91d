"""A release becomes one archive that holds all of it, and the same bytes each time."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from portability.delivery import package
from portability.delivery.bundle import Bundle, pack
from portability.errors import Refused, UsageError
from tests.deploying import EXTRA, FILES, git, make_project


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    project = make_project(tmp_path)
    (project / "public" / "link.php").symlink_to("index.php")
    (project / "ümlaut.txt").write_text("ü")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "more")
    return pack(project, "loadtest", tmp_path / "bundle.tar")


def test_a_zip_keeps_what_can_be_run_links_and_names(bundle: Bundle, tmp_path: Path) -> None:
    package.write_zip(tmp_path / "one.zip", bundle, FILES, EXTRA)
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        assert stat.S_ISLNK(modes["public/link.php"]) and archive.read("public/link.php") == b"index.php"
        assert stat.S_IMODE(modes["bin/hook"]) == 0o755 and stat.S_IMODE(modes["page"]) == 0o644
        assert archive.read("ümlaut.txt").decode() == "ü"
        assert archive.read(FILES[0].path) == FILES[0].data
        assert archive.read("public/probe-fake.php") == EXTRA["public/probe-fake.php"]
        assert archive.testzip() is None


def test_a_tar_holds_the_same(bundle: Bundle, tmp_path: Path) -> None:
    package.write_tar(tmp_path / "one.tar", bundle, FILES, EXTRA)
    with tarfile.open(tmp_path / "one.tar") as archive:
        found = {member.name: member for member in archive}
        assert found["public/link.php"].linkname == "index.php"
        assert (found["bin/hook"].mode, found[FILES[0].path].mode) == (0o755, 0o640)
        assert {member.uid for member in found.values()} == {0} and "ümlaut.txt" in found
    (tmp_path / "out").mkdir()
    with tarfile.open(tmp_path / "one.tar") as archive:
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(tmp_path / "out", **safely)  # type: ignore[arg-type]
    assert (tmp_path / "out" / "public" / "link.php").read_text() == "<?php"


@pytest.mark.parametrize("write", (package.write_tar, package.write_zip))
def test_equal_contents_make_equal_bytes_and_others_other_ones(
    bundle: Bundle, tmp_path: Path, write: object
) -> None:
    assert callable(write)
    digests = [write(tmp_path / name, bundle, FILES, EXTRA) for name in ("a", "b")]
    assert digests[0] == digests[1] == package.digest(tmp_path / "a")
    assert write(tmp_path / "c", bundle, FILES, {"public/probe-fake.php": b"other"}) != digests[0]


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    (
        ("public/index.php", Refused, "has a file of this name"),
        ("public", Refused, "has a file of this name"),
        ("nowhere/probe.php", UsageError, "no such folder"),
        ("../probe.php", Refused, "outside the release"),
        ("/etc/probe.php", Refused, "outside the release"),
    ),
)
def test_a_further_file_has_to_have_a_place_of_its_own(
    bundle: Bundle, tmp_path: Path, path: str, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        package.write_zip(tmp_path / "one.zip", bundle, FILES, {path: b""})
    assert not (tmp_path / "one.zip").exists()
