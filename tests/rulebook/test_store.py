from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.rulebook import book as rulebook
from portability.rulebook import store as rulestore
from portability.system.resources import rules_folder


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(rules_folder(), tmp_path / "rules"))


def kept_in(place: Path) -> list[Path]:
    return list(place.iterdir()) if place.exists() else []


def test_the_book_that_was_kept_is_the_one_that_was_read(rules: Path, tmp_path: Path) -> None:
    read = rulebook.load([rules])
    first, again = (rulestore.load([rules], (), str(tmp_path / "kept")) for _ in range(2))
    assert first == again == read
    assert list(again.rules) == list(read.rules)
    assert list(again.known.entries.items()) == list(read.known.entries.items())
    assert len(kept_in(tmp_path / "kept")) == 1


def test_what_was_kept_is_what_is_used(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = rulestore.load([rules], (), str(tmp_path / "kept"))
    monkeypatch.setattr(rulebook, "read_rule", None)
    assert rulestore.load([rules], (), str(tmp_path / "kept")) == read


def test_a_changed_a_new_and_a_removed_file_are_noticed(rules: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "kept")
    rulestore.load([rules], (), place)
    file = next(rules.rglob("php-pdo.yaml"))
    file.write_text(file.read_text().replace("title: ", "title: Another ", 1))
    assert rulestore.load([rules], (), place).rules["php-pdo"].title.startswith("Another ")
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(file, own)
    file.unlink()
    assert "php-pdo" not in rulestore.load([rules], (), place).rules
    assert rulestore.load([rules, own], (), place).rules["php-pdo"].file == str(own / file.name)


def test_rules_that_are_off_are_off_in_what_was_kept(rules: Path, tmp_path: Path) -> None:
    for _ in range(2):
        book = rulestore.load([rules], ("php-pdo",), str(tmp_path / "kept"))
        assert "php-pdo" not in book.rules
        with pytest.raises(UsageError, match="there is no rule no-such"):
            rulestore.load([rules], ("no-such",), str(tmp_path / "kept"))
    assert "php-pdo" in rulestore.load([rules], (), str(tmp_path / "kept")).rules


def test_what_is_damaged_is_read_anew(rules: Path, tmp_path: Path) -> None:
    read = rulestore.load([rules], (), str(tmp_path / "kept"))
    (file,) = kept_in(tmp_path / "kept")
    for data in (b"", file.read_bytes()[:-9], file.read_bytes()[:-1] + b"\0\0"):
        file.write_bytes(data)
        assert rulestore.load([rules], (), str(tmp_path / "kept")) == read


def test_a_file_that_is_no_rule_is_told_each_time_and_nothing_is_kept(rules: Path, tmp_path: Path) -> None:
    file = next(rules.rglob("php-pdo.yaml"))
    file.write_text(file.read_text() + "nonsense: 1\n")
    for _ in range(2):
        with pytest.raises(UsageError, match="unknown key nonsense"):
            rulestore.load([rules], (), str(tmp_path / "kept"))
    assert kept_in(tmp_path / "kept") == []


def test_a_change_while_the_rules_are_read_keeps_nothing(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = next(rules.rglob("php-pdo.yaml"))
    real = rulebook.load

    def load(folders: list[Path], off: tuple[str, ...] = ()) -> rulebook.Rulebook:
        book = real(folders, off)
        file.write_text(file.read_text().replace("title: ", "title: Another ", 1))
        return book

    monkeypatch.setattr(rulebook, "load", load)
    rulestore.load([rules], (), str(tmp_path / "kept"))
    assert kept_in(tmp_path / "kept") == []
