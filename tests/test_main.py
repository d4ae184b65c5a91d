"""The program as it is started: what holds is said again at once, with the same words, codes and streams."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from portability.cli import COMMANDS
from portability.commandline import apply, campaign, decide, scan
from portability.commandline.campaign import run
from portability.commands.decide import CHOICES
from portability.reports.text import GROUPS
from portability.scanning.concluding import USUAL
from portability.settings.campaigns import SHAPES
from portability.settings.placement import Store
from tests.replaying import CODE, Said, timeless

HEAVY = ("click", "yaml", "pathlib", "typing", "portability.cli", "portability.settings.project", "hyperscan")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project, of which an answer is kept: the first scan finds it too new for that."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.php").write_text(CODE)
    assert said(tmp_path / "project").code == said(tmp_path / "project").code == 1
    return tmp_path / "project"


def variables(project: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "XDG_CACHE_HOME": str(project.parent / "cache"),
    }


def said(project: Path, *flags: str, words: Sequence[str] = ("scan",)) -> Said:
    done = subprocess.run(
        [sys.executable, *flags, "-m", "portability", "-C", project, *words],
        env=variables(project),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


def imported(answer: Said) -> set[str]:
    return {line.rpartition("|")[2].strip() for line in answer.err.splitlines() if "import time:" in line}


def test_what_holds_is_said_before_anything_large_is_imported(project: Path) -> None:
    again = said(project, "-X", "importtime")
    assert not {name for name in HEAVY if name in imported(again)}
    real = said(project, words=("scan", "--no-cache"))
    assert timeless(said(project)) == timeless(real) == Said(1, timeless(again).out, real.err)


WITHIN = (
    *(f"campaign {name}" for name in campaign.COMMANDS),
    *("attest keygen", "attest check", "database prepare", "rules list"),
)


@pytest.mark.parametrize("command", [*COMMANDS, *WITHIN])
def test_the_help_of_a_command_is_said_before_what_it_does_is_imported(command: str, tmp_path: Path) -> None:
    """A few modules: the rest takes four times as long as the help itself."""
    told = said(tmp_path, "-X", "importtime", words=(*command.split(), "--help"))
    assert told.code == 0 and f"portability {command}" in told.out
    names = imported(told)
    ours = {name for name in names if name.startswith("portability.")}
    assert not {name for name in ours if name.startswith("portability.commands")}
    assert not {"yaml", "hyperscan", "tree_sitter", "pathspec", "requests", "portability.model"} & names
    assert len(ours) < 16, ours


def test_what_a_command_takes_is_what_there_is() -> None:
    assert tuple(store.value for store in Store) == apply.STORES
    assert tuple(CHOICES) == decide.CHOICES
    assert SHAPES == run.SHAPES
    assert (tuple(GROUPS), USUAL) == (scan.GROUPS, scan.USUAL)


def test_after_a_change_it_is_scanned(project: Path) -> None:
    (project / "b.php").write_text(CODE.replace("fans", "band"))
    assert "b.php:2:31" in said(project).out


@pytest.mark.parametrize("words", [["scan"], ["scan", "--no-cache"]])
def test_a_full_disk_is_told(words: list[str], project: Path) -> None:
    command = [sys.executable, "-m", "portability", "-C", str(project), *words]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, env=variables(project), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 5
    assert done.stderr == b"error: cannot write the output: no space left on device\n"


@pytest.mark.parametrize("words", [["scan"], ["scan", "--no-cache"]])
def test_a_reader_that_went_away_changes_nothing(words: list[str], project: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "portability", "-C", str(project), *words]
    done = subprocess.run(command, env=variables(project), stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"next: portability plan --diff\n")
