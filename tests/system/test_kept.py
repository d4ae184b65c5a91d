"""What is kept in the cache folder: taken only whole, and only where nobody else can have written it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from portability.rulebook import matcher as room
from portability.rulebook.matcher import Hyperscan
from portability.system import kept
from portability.system.files import keep

FORM = b"test 1\n"
needs_hyperscan = pytest.mark.skipif(room._hyperscan() is None, reason="no hyperscan for this machine")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "kept" / "a"
    keep(found, kept.packed(FORM, b"content"), 8, 1000)
    return found


def taken(file: Path) -> bytes | None:
    content = kept.take(str(file), FORM)
    return None if content is None else bytes(content)


def test_what_was_kept_is_taken(file: Path) -> None:
    assert taken(file) == b"content"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_not_what_is_damaged(file: Path) -> None:
    whole = file.read_bytes()
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert taken(file) is None
    file.write_bytes(whole[:-1])
    assert taken(file) is None
    file.unlink()
    assert taken(file) is None


def test_not_what_others_can_write(file: Path) -> None:
    file.chmod(0o620)
    assert taken(file) is None
    file.chmod(0o600)
    file.parent.chmod(0o707)
    assert taken(file) is None


def test_not_through_a_link(file: Path) -> None:
    link = file.with_name("b")
    link.symlink_to(file)
    assert taken(link) is None


def test_nothing_is_kept_inside_of_what_is_scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTABILITY_NO_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert kept.made("automata", str(tmp_path)) == ""
    assert kept.made("automata", str(tmp_path / "project")) == str(tmp_path / "cache/portability/automata")
    monkeypatch.setenv("PORTABILITY_NO_CACHE", "1")
    assert kept.made("automata", str(tmp_path / "project")) == ""


@needs_hyperscan
def test_an_automaton_is_made_once_and_again_when_its_file_is_no_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "automata"
    made: list[int] = []
    make = room._made

    def counted(expressions: Sequence[bytes]) -> object:
        made.append(1)
        return make(expressions)

    monkeypatch.setattr(room, "_made", counted)
    for damage in (None, None, lambda data: data[:-1], lambda _: kept.packed(room._FORM, b"no automaton")):
        if damage:
            (one,) = folder.iterdir()
            one.write_bytes(damage(one.read_bytes()))
        assert Hyperscan([b"a[bc]"], str(folder)).find(b"xacab") == [(3, 0), (5, 0)]
    assert len(made) == 3
    Hyperscan([b"a[bd]"], str(folder))
    assert len(list(folder.iterdir())) == 2
