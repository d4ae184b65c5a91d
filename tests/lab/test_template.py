"""The cache of the empty data folder: whole or absent, and never needed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from examples.lab.template import Template, cache_folder, keep
from examples.stage import recipes
from examples.stage.services import Workshop

INSTALL = 'mkdir -p "$0/mysql" && head -c 2000000 /dev/zero > "$0/mysql/data"'
"""Stands in for mariadb-install-db, which takes seconds on a slow disk; each lab runs the real one."""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setattr(recipes, "mariadb_install", lambda folder: ["sh", "-c", INSTALL, str(folder)])
    (tmp_path / "shop").mkdir()
    return Workshop(tmp_path / "shop", {"PATH": os.environ["PATH"] + ":/usr/sbin"}, {})


def test_a_file_is_kept_whole_and_beside_it_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "cache" / "kept"
    for content in (b"first", b"second" * 100_000):
        source.write_bytes(content)
        keep(source, target)
        assert target.read_bytes() == content
        assert list(target.parent.iterdir()) == [target]


def test_the_second_lab_uses_what_the_first_made_and_a_broken_file_is_made_again(
    shop: Workshop, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "mariadb-of-another-version.tar").write_bytes(b"old")
    first = Template(shop, cache)
    first.prepare()
    assert (first.reused, list(cache.iterdir())) == (False, [first.kept])
    second = Template(shop, cache)
    second.prepare()
    assert second.reused
    first.kept.write_bytes(first.kept.read_bytes()[:-500_000])
    third = Template(shop, cache)
    third.prepare()
    assert not third.reused
    third.unpack(tmp_path / "data")
    assert (tmp_path / "data" / "mysql").is_dir()


def test_a_cache_that_cannot_be_written_is_done_without(shop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    template = Template(shop, tmp_path / "file")
    template.prepare()
    template.unpack(tmp_path / "data")
    assert (tmp_path / "data" / "mysql").is_dir()


def test_the_cache_lies_below_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "portability-lab"
