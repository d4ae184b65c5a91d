"""Git's answers about a real repository, its absence, its distrust and its silence."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from portability.errors import Refused, Unfinished, UsageError
from portability.system import git
from portability.system.git import Dirty, NoRepository, Repository, find

AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false"]
STRANGE = [
    "with space.php",
    "line\nend.php",
    "-dash.php",
    'quo"te.php',
    "[a]*.php",
    "caf\udce9.php",
    " x.php",
]


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *AUTHOR, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "-q", "-b", "main")
    app = tmp_path / "app"
    app.mkdir()
    (tmp_path / ".gitignore").write_text("*.log\n/app/cache/\n")
    (tmp_path / "outside.php").write_text("1")
    for name in ["a.php", *STRANGE]:
        (app / name).write_text("1")
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def _found(folder: Path) -> Repository:
    repository = find(folder)
    assert isinstance(repository, Repository)
    return repository


def test_a_clean_tree_has_nothing_dirty(tree: Path) -> None:
    assert _found(tree).dirty() == ()
    assert _found(tree / "app").tracked() == tuple(sorted(["a.php", *STRANGE]))
    assert "app/a.php" in _found(tree).tracked()


def test_dirty_paths_are_relative_to_the_folder_and_strange_names_survive(tree: Path) -> None:
    for name in STRANGE:
        (tree / "app" / name).write_text("2")
    (tree / "app" / "new.php").write_text("1")
    (tree / "app" / "a.log").write_text("1")
    (tree / "outside.php").write_text("2")
    (tree / "app" / "a.php").unlink()
    expected = [*(Dirty(name, False) for name in [*STRANGE, "a.php"]), Dirty("new.php", True)]
    assert _found(tree / "app").dirty() == tuple(sorted(expected, key=lambda dirty: dirty.path))
    assert Dirty("outside.php", False) in _found(tree).dirty()


def test_a_renamed_file_is_dirty_under_both_names(tree: Path) -> None:
    _git(tree, "mv", "app/a.php", "app/b.php")
    assert [dirty.path for dirty in _found(tree).dirty()] == ["app/a.php", "app/b.php"]


def test_ignored_paths_are_told_whether_they_exist_or_not(tree: Path) -> None:
    repository = _found(tree / "app")
    assert repository.ignored("x.log", "a.php", "cache/new\nline", "sub/[a]*.log", ":!x.log") == {
        "x.log",
        "cache/new\nline",
        "sub/[a]*.log",
        ":!x.log",
    }
    assert not repository.ignored("a.php")
    assert not repository.ignored()


def test_a_path_that_git_cannot_judge_is_an_error_and_no_silent_no(tree: Path) -> None:
    with pytest.raises(Unfinished, match="check-ignore failed"):
        _found(tree).ignored("../elsewhere.log")


def test_new_lines_since_a_commit(tree: Path) -> None:
    (tree / "app" / "b.php").write_text("1\n2\n")
    (tree / "app" / "data").write_bytes(b"\0\1")
    _git(tree, "add", "-A")
    _git(tree, "commit", "-q", "-m", "two")
    (tree / "app" / "b.php").write_text("0\n1\nx\n++ y\n")
    (tree / "app" / "data").write_bytes(b"\0\2")
    (tree / "app" / "c.php").write_text("1")
    (tree / "app" / "a.php").unlink()
    (tree / "outside.php").write_text("2")
    found = {"b.php": frozenset({1, 3, 4}), "data": None, "c.php": None}
    assert _found(tree / "app").new_lines("main") == found
    assert _found(tree).new_lines("main")["outside.php"] == frozenset({1})
    assert _found(tree / "app").new_lines("HEAD~1")["b.php"] == frozenset({1, 2, 3, 4})
    for name in ("none", "--output=x", "-h", ""):
        with pytest.raises(UsageError, match="git knows no commit"):
            _found(tree).new_lines(name)


def test_new_lines_of_strange_names(tree: Path) -> None:
    for name in STRANGE:
        (tree / "app" / name).write_text("1\ndiff --git a/x b/x\n@@ -1 +9 @@\n")
    assert _found(tree / "app").new_lines("main") == {name: frozenset({1, 2, 3}) for name in STRANGE}


def test_a_repository_without_a_commit_is_all_untracked(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    assert _found(tmp_path).dirty() == (Dirty("a", True),)


def test_variables_that_point_elsewhere_are_not_followed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert _found(tree).dirty() == ()


def test_outside_of_a_repository_there_is_a_reason(tmp_path: Path, tree: Path) -> None:
    assert find(tree / ".git") == NoRepository("this is no git work tree")
    assert find(Path("/")) == NoRepository("this is no git work tree")


def test_without_git_there_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(tmp_path) == NoRepository("git is not installed")


def test_a_repository_of_somebody_else_is_refused_with_the_remedy(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setattr(git, "_environment", {**os.environ, "LC_ALL": "C"}.items)
    with pytest.raises(Refused) as caught:
        find(tree)
    assert caught.value.hint.endswith(f"safe.directory {tree}")


def _fake_git(folder: Path, script: str) -> None:
    binary = folder / "bin" / "git"
    binary.parent.mkdir()
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)


def test_a_git_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_git(tmp_path, "sleep 600 & echo $! > child; sleep 600")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(git, "TIMEOUT", 3)
    with pytest.raises(Unfinished, match="took longer"):
        find(tmp_path)
    child = int((tmp_path / "child").read_text())
    for _ in range(3000):
        status = Path(f"/proc/{child}/stat")
        if not status.exists() or status.read_text().split()[2] == "Z":
            return
        time.sleep(0.02)
    raise AssertionError("the child still runs")


def test_git_never_asks_at_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_git(tmp_path, 'echo "$GIT_TERMINAL_PROMPT" > asked; cat > input; echo "fatal: $0" >&2; exit 128')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert isinstance(find(tmp_path), NoRepository)
    assert (tmp_path / "asked").read_text() == "0\n"
    assert (tmp_path / "input").read_text() == ""


def test_changes_inside_a_submodule_or_a_repository_of_its_own_are_seen(tree: Path, tmp_path: Path) -> None:
    for name in ("library", "own"):
        nested = tree / "app" / name
        nested.mkdir()
        _git(nested, "init", "-q", "-b", "main")
        (nested / "a.php").write_text("1")
        (nested / "b.php").write_text("1")
        _git(nested, "add", "-A")
        _git(nested, "commit", "-q", "-m", "one")
    _git(tree, "add", "app/library")
    _git(tree, "commit", "-q", "-m", "two")
    files = [f"app/{name}/{file}.php" for name in ("library", "own") for file in "ab"]
    git.refuse_dirty(tree, files)
    for name in ("library", "own"):
        (tree / "app" / name / "a.php").write_text("2")
    with pytest.raises(Refused) as refused:
        git.refuse_dirty(tree, files)
    assert refused.value.where == "app/library/a.php, app/own/a.php"
    git.refuse_dirty(tree, ["app/library/b.php", "app/own/b.php"])


@pytest.mark.parametrize("harm", ["git is gone", "the repository is damaged"])
def test_a_repository_that_cannot_be_asked_is_not_taken_for_none(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    if harm == "git is gone":
        monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("bin")))
    else:
        (tree / ".git/HEAD").write_text("what?")
    with pytest.raises(Refused) as refused:
        git.refuse_dirty(tree / "app", ["a.php"])
    assert "nothing tells whether files have uncommitted changes" in refused.value.message
    git.refuse_dirty(tmp_path_factory.mktemp("bare"), ["a.php"])
