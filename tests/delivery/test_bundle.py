"""The bundle is the last commit and nothing else, always the same bytes, and says what it lacks."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from portability.delivery.bundle import Bundle, opened, pack
from portability.delivery.release import contents
from portability.errors import Refused, Unfinished, UsageError
from tests.deploying import commit, git, make_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def packed(project: Path, allow_dirty: bool = False) -> Bundle:
    return pack(project, "loadtest", project.parent / "bundle.tar", allow_dirty)


def held(bundle: Bundle) -> set[str]:
    return set(contents(bundle, []).items)


def reasons(bundle: Bundle) -> dict[str, str]:
    return {skipped.what: skipped.reason for skipped in bundle.skipped}


def test_it_is_the_last_commit_under_a_label_that_names_it(project: Path) -> None:
    bundle = packed(project)
    head = git(project, "rev-parse", "HEAD").strip()
    digest = hashlib.sha256(bundle.file.read_bytes()).hexdigest()
    assert (bundle.commit, bundle.digest) == (head, digest)
    assert bundle.label == f"loadtest-{head[:12]}-{digest[:8]}"
    assert held(bundle) == {"page", "public/index.php", "bin/hook", ".gitignore"}
    assert bundle.skipped == ()


def test_the_same_commit_gives_the_same_bytes_whoever_packs_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = packed(project)
    clone = project.parent / "clone"
    git(project, "clone", "-q", str(project), str(clone))
    git(clone, "config", "tar.umask", "0077")
    git(clone, "config", "core.sharedRepository", "true")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert packed(clone).digest == first.digest


def test_what_is_not_committed_is_refused_with_its_names(project: Path) -> None:
    (project / "page").write_text("changed")
    (project / "new.php").write_text("<?php")
    (project / "some.log").write_text("ignored")
    (project / "bin" / "hook").unlink()
    with pytest.raises(Refused) as told:
        packed(project)
    assert "3 files are not committed" in told.value.message
    assert "bin/hook, new.php (not in git), page" in told.value.message
    assert not (project.parent / "bundle.tar").exists()


def test_a_rendered_file_that_git_still_holds_is_told_apart(project: Path) -> None:
    commit(project, {"app.ini": "production's", "lib.php": "<?php"})
    (project / ".gitignore").write_text("/app.ini\n")
    commit(project, {"app.ini": "production's"})
    (project / "app.ini").write_text("the load test's")
    with pytest.raises(Refused) as told:
        packed(project)
    assert "git rm --cached what .gitignore names, for it is rendered: app.ini;" in told.value.hint


def test_a_dirty_tree_can_be_allowed_and_is_told(project: Path) -> None:
    clean = packed(project)
    (project / "page").write_text("changed")
    (project / "new.php").write_text("<?php")
    bundle = packed(project, allow_dirty=True)
    assert bundle.digest == clean.digest
    assert reasons(bundle) == {
        "new.php": "it is not in git",
        "page": "its changes are not committed: the last commit's is deployed",
    }


def test_a_long_list_is_cut(project: Path) -> None:
    for number in range(25):
        (project / f"{number:02}.php").write_text("<?php")
    with pytest.raises(Refused, match=r"09\.php \(not in git\) and 15 more"):
        packed(project)


def test_without_git_or_a_commit_there_is_nothing_to_deploy(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no git work tree"):
        packed(tmp_path / "bare")
    git(tmp_path / "empty", "init", "-q")
    with pytest.raises(UsageError, match="nothing was committed yet"):
        packed(tmp_path / "empty")


def test_a_project_in_a_folder_of_the_repository_is_packed_from_there(tmp_path: Path) -> None:
    top = make_project(tmp_path)
    commit(
        top,
        {"shop/index.php": "<?php", "shop/lib/a.php": "<?php", "shop[1]/x": "other", ".gitattributes": ""},
    )
    (top / "page").write_text("another project's change")
    bundle = packed(top / "shop")
    assert held(bundle) == {"index.php", "lib/a.php"}
    assert held(packed(top / "shop[1]")) == {"x"}
    (top / "shop" / "index.php").write_text("changed")
    with pytest.raises(Refused, match=r"index\.php"):
        packed(top / "shop")


def test_what_is_not_exported_is_told_wherever_that_is_said(tmp_path: Path) -> None:
    top = make_project(tmp_path)
    said = {
        ".gitattributes": "shop/tests/** export-ignore\n",
        "shop/.gitattributes": "notes.md export-ignore\n",
    }
    commit(top, {**said, "shop/tests/a.php": "<?php", "shop/notes.md": "x", "shop/index.php": "<?php"})
    bundle = packed(top / "shop")
    assert held(bundle) == {".gitattributes", "index.php"}
    assert set(reasons(bundle)) == {"tests/a.php", "notes.md"}
    assert "export-ignore" in reasons(bundle)["notes.md"]


def test_another_repository_inside_is_told(project: Path) -> None:
    inner = make_project(project.parent / "inner")
    git(project, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "vendor/inner")
    commit(project, {})
    bundle = packed(project)
    assert "submodule" in reasons(bundle)["vendor/inner"]
    assert contents(bundle, []).folders == {"vendor/inner"}


def test_a_pointer_to_a_large_file_is_told(project: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n"
    commit(project, {"public/film.mp4": pointer})
    assert "Git LFS" in reasons(packed(project))["public/film.mp4"]


def test_strange_names_survive(project: Path) -> None:
    strange = ["with space", "line\nend", "-dash", 'quo"te', "[a]*", "caf\udce9", "ünï", "d/" * 60 + "deep"]
    for name in strange:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(name, errors="surrogateescape")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "strange")
    assert held(packed(project)) >= set(strange)


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.tar").write_bytes(os.urandom(2048))
    with pytest.raises(Unfinished, match="damaged"), opened(tmp_path / "broken.tar") as archive:
        list(archive)


def test_whatever_the_file_is_called_it_is_a_plain_archive(project: Path) -> None:
    """Git would go by the name."""
    bundle = pack(project, "loadtest", project.parent / "bundle.tar.gz")
    with tarfile.open(bundle.file, "r:") as archive:
        assert "page" in archive.getnames()


def test_packing_leaves_the_repository_as_it_is(project: Path) -> None:
    packed(project)
    assert (
        subprocess.run(["git", "status", "--porcelain"], cwd=project, capture_output=True, check=True).stdout
        == b""
    )
