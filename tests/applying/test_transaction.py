"""A commit makes every change or none, and undo restores every byte and permission."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.applying.transaction import Change, ChangedSince, commit, last, recover, undo
from portability.errors import NothingExamined
from tests.oddtree import ODD, folders, make, tree


def test_a_commit_makes_every_change_and_undo_takes_it_back(tmp_path: Path) -> None:
    changes = make(tmp_path)
    before = tree(tmp_path)
    done = commit(tmp_path, changes, "apply")
    assert done.startswith("000001-")
    assert (tmp_path / "app/link.php").is_symlink()
    assert (tmp_path / "app/a.php").read_bytes() == changes[0].after
    assert (tmp_path / "app/other.php").read_bytes() == changes[1].after
    assert (tmp_path / "app/hard.php").samefile(tmp_path / "app/other.php")
    assert (tmp_path / "caf\udce9.php").read_bytes() == changes[6].after
    assert not (tmp_path / "app/gone.php").exists()
    modes = {name: mode for name, (_, mode) in tree(tmp_path).items()}
    assert modes["app/mode.php"] == 0o711
    assert modes["config/portability/new.yaml"] == 0o644
    assert modes["config/portability/secret.yaml"] == 0o640
    assert {name: modes[name] for name in ODD} == {name: before[name][1] for name in ODD}
    result = undo(tmp_path)
    assert (result.id, result.label, len(result.paths)) == (done, "apply", len(changes))
    assert tree(tmp_path) == before
    assert folders(tmp_path) == {"app"}
    assert (tmp_path / "app/hard.php").samefile(tmp_path / "app/other.php")


def test_commits_are_taken_back_one_after_the_other(tmp_path: Path) -> None:
    for number in range(3):
        old = None if number == 0 else bytes([number])
        commit(tmp_path, [Change("deep/er/a", old, bytes([number + 1]))], f"run {number}")
    for number in (2, 1):
        assert undo(tmp_path).label == f"run {number}"
        assert (tmp_path / "deep/er/a").read_bytes() == bytes([number])
    undo(tmp_path)
    assert not (tmp_path / "deep").exists()
    with pytest.raises(NothingExamined):
        undo(tmp_path)


def test_undo_without_any_commit_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NothingExamined, match="nothing is applied here that could be undone"):
        undo(tmp_path)
    assert recover(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_change_is_no_commit(tmp_path: Path) -> None:
    changes = make(tmp_path)
    same = [Change(c.path, c.before, c.before, None) for c in changes if c.before is not None]
    assert commit(tmp_path, same, "apply") == ""
    with pytest.raises(NothingExamined):
        undo(tmp_path)


def test_undo_refuses_and_names_files_that_were_changed_since(tmp_path: Path) -> None:
    changes = make(tmp_path)
    commit(tmp_path, changes, "apply")
    (tmp_path / "app/a.php").write_bytes(b"mine")
    (tmp_path / "app/gone.php").write_bytes(b"again")
    present = tree(tmp_path)
    with pytest.raises(ChangedSince) as caught:
        undo(tmp_path)
    assert caught.value.paths == ("app/a.php", "app/gone.php")
    expected = "changed since the commit 'apply': app/a.php, app/gone.php"
    assert caught.value.message == expected
    assert tree(tmp_path) == present


def test_the_last_commit_can_be_looked_at(tmp_path: Path) -> None:
    assert last(tmp_path) is None
    commit(tmp_path, [Change("a", None, b"1")], "one")
    commit(tmp_path, [Change("a", b"1", b"2")], "two")
    for label in ("two", "one"):
        found = last(tmp_path)
        assert found is not None
        assert found.label == label
        undo(tmp_path)
    assert last(tmp_path) is None


def test_undo_takes_generated_files_away_unless_somebody_changed_one(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a").write_bytes(b"before")
    commit(root, [Change("a", b"before", None), Change("template", None, b"t")], "apply")
    digest = sha256(b"1").hexdigest()
    for path in (root / "a", root / "b", tmp_path / "outside"):
        path.write_bytes(b"1")
    files = {"a": digest, "b": digest, "gone": digest, "../outside": digest}
    (root / "b").write_bytes(b"2")
    with pytest.raises(ChangedSince) as caught:
        undo(root, files)
    assert caught.value.paths == ("b",)
    assert (root / "a").read_bytes() == b"1"
    (root / "b").write_bytes(b"1")
    assert undo(root, files).paths == ("a", "b", "template")
    assert tree(tmp_path) == {"outside": (b"1", 0o644), "root/a": (b"before", 0o644)}


def test_a_refused_undo_leaves_generated_files_in_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")
    commit(tmp_path, [Change("a", b"before", b"after")], "apply")
    (tmp_path / "a").write_bytes(b"somebody else's")
    (tmp_path / "b").write_bytes(b"1")
    with pytest.raises(ChangedSince):
        undo(tmp_path, {"b": sha256(b"1").hexdigest()})
    assert (tmp_path / "b").read_bytes() == b"1"


def test_a_folder_that_got_other_files_stays_on_undo(tmp_path: Path) -> None:
    commit(tmp_path, [Change("new/a", None, b"1")], "apply")
    (tmp_path / "new/mine").write_bytes(b"2")
    undo(tmp_path)
    assert tree(tmp_path) == {"new/mine": (b"2", 0o644)}


_BYTES = st.none() | st.binary(max_size=12)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[ab](/[cd]){0,2}\.x", fullmatch=True),
        st.tuples(_BYTES, _BYTES, st.sampled_from([None, 0o600, 0o755])),
        max_size=5,
    )
)
def test_any_changes_arrive_and_are_taken_back(
    files: dict[str, tuple[bytes | None, bytes | None, int | None]],
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for name, (old, _, _) in files.items():
            if old is not None:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(old)
        before, made = tree(root), folders(root)
        done = commit(root, [Change(name, *change) for name, change in files.items()], "any")
        contents = {name: data for name, (data, _) in tree(root).items()}
        assert contents == {name: new for name, (_, new, _) in files.items() if new is not None}
        if done:
            undo(root)
        assert (tree(root), folders(root)) == (before, made)
