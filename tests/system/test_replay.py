"""An answer is said again only while nothing changed that it came from, and then to the byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portability.system import replay
from tests.replaying import CODE, OTHER_RULE, RULE, SETTINGS, Asker, Said, linked, replaced, timeless

FANCLUB = Path(__file__).parents[2] / "examples" / "fanclub"


WORDS = (
    (), ("--format", "json"), ("--format", "github"), ("--format", "sarif"), ("--explain",),
    ("--by", "service"), ("--exit-zero",), ("--apart",), ("--min-confidence", "0.2"), ("--rule", "password"),
    ("lib", "a.php"),
)  # fmt: skip


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_what_is_said_again_is_what_was_said(words: tuple[str, ...], asker: Asker) -> None:
    said = asker.scan(*words)
    assert said.out and said.code == (0 if "--exit-zero" in words else 1)
    assert timeless(asker.again(*words)) == timeless(said)


def test_the_example_application_is_answered_again_in_each_format(asker: Asker) -> None:
    shutil.rmtree(asker.root)
    shutil.copytree(FANCLUB, asker.root)
    subprocess.run(["git", "init", "-q"], cwd=asker.root, check=True)
    for form in ("text", "json", "github", "sarif"):
        said = asker.scan("--format", form)
        assert len(said.out) > 10_000
        assert timeless(asker.again("--format", form)) == timeless(said)


def test_nothing_found_is_answered_again(asker: Asker) -> None:
    (asker.root / "clean.php").write_text("<?php\n")
    assert asker.scan("clean.php").code == asker.again("clean.php").code == 0


def test_the_seconds_are_those_of_the_answer(asker: Asker) -> None:
    asker.scan()
    asked = asker.asked()
    answer = replay.recall(asked)
    assert answer and answer.out.count(replay.SECONDS) == 1
    asked.began = time.time_ns() - 7_340_000_000
    assert " in 7.3 s\n" in Said(replay.tell(answer, asked), *asker.printed()).out


def rewritten(path: Path, old: str, new: str) -> None:
    """Other bytes of the same number, and the time of the last change put back."""
    facts = path.stat()
    path.write_text(path.read_text().replace(old, new))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert path.stat().st_size == facts.st_size and path.stat().st_mtime_ns == facts.st_mtime_ns


Change = Callable[[Path], object]
CHANGES: dict[str, Change] = {
    "content": lambda root: (root / "a.php").write_text(CODE + "\n"),
    "content of the same size and time": lambda root: rewritten(root / "a.php", "0001", "0009"),
    "a new file": lambda root: (root / "lib/new.php").touch(),
    "a new folder": lambda root: (root / "lib/new").mkdir(),
    "deleted": lambda root: (root / "lib/b.php").unlink(),
    "renamed": lambda root: (root / "lib/b.php").rename(root / "lib/d.php"),
    "moved": lambda root: (root / "lib/b.php").rename(root / "b.php"),
    "two files changed places": lambda root: swapped(root / "a.php", root / "lib/b.php"),
    "mode": lambda root: (root / "a.php").chmod(0o600),
    "a link in place of a file": lambda root: linked(root / "a.php", root / "../a.php"),
    "a folder in place of what was left out": lambda root: replaced(root / "lib/run.log", Path.mkdir),
    "a folder of others gone": lambda root: shutil.rmtree(root / "vendor"),
    "settings": lambda root: (root / "portability.yaml").write_text(SETTINGS + "namespace: Other\n"),
    "settings gone": lambda root: (root / "portability.yaml").unlink(),
    "decisions": lambda root: (root / "portability-decisions.yaml").write_text("version: 1\ndecisions: []\n"),
    "values": lambda root: (root / "config/portability/environments/production.yaml").write_text("A: b\n"),
    "a template": lambda root: (root / "config/portability/templates").mkdir(),
    "what was rendered": lambda root: (root / "config/portability/current").mkdir(),
    "a secret outside": lambda root: rewritten(root / "../mail-token", "0002", "0003"),
    "an own rule": lambda root: (root / "own-rules" / RULE.name).write_text(RULE.read_text() + "\n"),
    "one more own rule": lambda root: shutil.copy(OTHER_RULE, root / "own-rules/new"),
    "a rule behind links": lambda root: rewritten(root / "../elsewhere/rule", "example", "exemple"),
    "another folder behind a link": lambda root: replaced(root / "linked-rules", led_astray),
}


def led_astray(link: Path) -> None:
    link.symlink_to("own-rules")


def swapped(one: Path, other: Path) -> None:
    one.rename(one.with_name("between"))
    other.rename(one)
    one.with_name("between").rename(other)


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_change_asks_for_a_real_scan(change: Change, asker: Asker) -> None:
    asker.scan()
    assert asker.answer()
    change(asker.root)
    assert asker.answer() is None


HARMLESS: dict[str, Change] = {
    "in a folder of others": lambda root: (root / "vendor/c.php").write_text(""),
    "in a file that the settings leave out": lambda root: (root / "lib/run.log").write_text("22"),
    "reading": lambda root: (root / "a.php").read_text(),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=list(HARMLESS))
def test_a_change_where_nobody_looks_asks_for_none(change: Change, asker: Asker) -> None:
    asker.scan()
    change(asker.root)
    assert asker.answer()


def test_a_scan_of_what_lies_apart_looks_there(asker: Asker) -> None:
    asker.scan("--apart")
    (asker.root / "vendor/c.php").write_text("<?php\n")
    assert asker.answer("--apart") is None


def test_a_path_that_is_named_is_looked_at_wherever_it_lies(asker: Asker) -> None:
    asker.scan("vendor/c.php")
    assert asker.answer("vendor/c.php")
    (asker.root / "vendor/c.php").write_text("<?php\n")
    assert asker.answer("vendor/c.php") is None


@pytest.mark.parametrize("name", ["NO_COLOR", "FORCE_COLOR", "TERM"])
def test_other_variables_are_another_question(
    name: str, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.scan()
    monkeypatch.setenv(name, "1" if name != "TERM" else "dumb")
    assert asker.answer() is None


def test_another_option_day_folder_or_version_is_another_question(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asker.scan()
    assert asker.answer("--explain") is None
    with monkeypatch.context() as other:
        other.setattr(time, "localtime", lambda: (2031, 2, 3))
        assert asker.answer() is None
    with monkeypatch.context() as other:
        other.setattr(sys, "version", "3.99")
        assert asker.answer() is None
    with monkeypatch.context() as other:
        other.chdir(tmp_path)
        assert asker.answer() is None
    assert asker.answer()


def test_installing_a_package_asks_for_a_real_scan(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library = tmp_path / "site-packages"
    library.mkdir()
    monkeypatch.syspath_prepend(str(library))
    asker.scan()
    assert asker.answer()
    (library / "yaml-7.dist-info").mkdir()
    assert asker.answer() is None


def test_a_root_behind_a_link_that_leads_elsewhere_now(asker: Asker, tmp_path: Path) -> None:
    real, twin = asker.root, tmp_path / "twin"
    shutil.copytree(real, twin, symlinks=True)
    (tmp_path / "link").symlink_to(real)
    asker.root = tmp_path / "link"
    asker.scan()
    assert asker.answer()
    asker.root.unlink()
    asker.root.symlink_to(twin)
    assert asker.answer() is None
