"""Scans that are asked again: what is said, and whether an answer that was kept still holds."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from portability.cli import run
from portability.system import replay
from portability.system.replay import Answer, Asked

CODE = "<?php\nsetcookie('a', 'b', 0, '/', '.fans.example');\n$db['password'] = 'Fake-0001-Pw';\n"
SETTINGS = "rules: {extra: [own-rules, linked-rules]}\nscan: {skip: ['*.log']}\n"
RULE = Path(__file__).parents[1] / "rules" / "aws" / "aws-arn.yaml"
OTHER_RULE = RULE.with_name("aws-account-id.yaml")

LATER = 60 * 60 * 1_000_000_000
"""Nanoseconds after which no file of a test is new any more: no test waits."""


def replaced(path: Path, make: Callable[[Path], object]) -> None:
    """Something else in place of a file."""
    path.unlink()
    make(path)


def linked(path: Path, target: Path) -> None:
    """The file elsewhere, and a link in its place."""
    path.rename(target)
    path.symlink_to(target)


@dataclass(frozen=True)
class Said:
    """An exit code, and what was printed."""

    code: int
    out: str
    err: str


def timeless(said: Said) -> Said:
    """The same without the seconds."""
    return Said(said.code, re.sub(r" in \d+\.\d s$", " in ? s", said.out, flags=re.MULTILINE), said.err)


class Asker:
    """Somebody who asks of one project, with a cache folder of their own."""

    def __init__(self, root: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.folder = cache / "portability" / "answers"
        self._capsys = capsys

    def asked(self, *words: str) -> Asked:
        found = replay.asked(["-C", str(self.root), "scan", *words])
        assert found is not None
        found.began += LATER
        return found

    def scan(self, *words: str) -> Said:
        """What a real scan says; the answer is kept if it may be."""
        return self.scan_as(self.asked(*words), *words)

    def scan_as(self, asked: Asked, *words: str) -> Said:
        """The same, asked at a time of its own."""
        self._capsys.readouterr()
        code = run(["-C", str(self.root), "scan", *words], asked)
        return Said(code, *self._capsys.readouterr())

    def answer(self, *words: str) -> Answer | None:
        """The answer that was kept and holds."""
        return replay.recall(self.asked(*words))

    def again(self, *words: str) -> Said:
        """What is said from the answer that was kept."""
        asked = self.asked(*words)
        answer = replay.recall(asked)
        assert answer is not None
        asked.began -= LATER
        self._capsys.readouterr()
        code = replay.tell(answer, asked)
        return Said(code, *self._capsys.readouterr())

    def printed(self) -> tuple[str, str]:
        """What was printed since the last time."""
        out, err = self._capsys.readouterr()
        return out, err

    @property
    def kept(self) -> list[Path]:
        """The files of answers."""
        return sorted(self.folder.iterdir()) if self.folder.is_dir() else []


@pytest.fixture
def asker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asker:
    """A small project with rules and values of its own, and nothing kept."""
    root = tmp_path / "project"
    for name, text in {
        "a.php": CODE,
        "lib/b.php": CODE.replace("fans", "band"),
        "lib/run.log": "1",
        "vendor/c.php": CODE,
        "portability.yaml": SETTINGS,
        "config/portability/environments/production.yaml": "MAIL_TOKEN: {secret: 'file:../mail-token'}\n",
        "config/portability/keys.yaml": "MAIL_TOKEN: {service: smtp, category: credential, kind: token}\n",
        "../mail-token": "Fake-0002-Token",
        "../elsewhere/rules/keep": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "own-rules").mkdir()
    shutil.copy(RULE, root / "own-rules")
    shutil.copy(OTHER_RULE, tmp_path / "elsewhere" / "rule")
    (tmp_path / "elsewhere" / "rules" / OTHER_RULE.name).symlink_to("../rule")
    (root / "linked-rules").symlink_to("../elsewhere/rules")
    monkeypatch.delenv("PORTABILITY_NO_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Asker(root, tmp_path / "cache", capsys)
