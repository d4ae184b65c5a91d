"""The program's own folders are found in a checkout and in an installed wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portability.system import resources

PRINT = "from portability.system.resources import *; print(rules_folder()); print(config_templates_folder())"


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", PRINT],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    package = tmp_path / "portability"
    package.mkdir()
    (package / "system").mkdir()
    for name in ("__init__.py", "errors.py", "system/__init__.py", "system/resources.py"):
        shutil.copy(Path(resources.__file__).parents[1] / name, package / name)
    return tmp_path


def test_in_a_checkout_the_folders_stand_beside_the_package() -> None:
    root = Path(resources.__file__).parents[2]
    assert resources.rules_folder() == root / "rules"
    assert resources.config_templates_folder() == root / "config_templates"


def test_in_a_wheel_the_shipped_folders_win_over_a_stranger_s(installed: Path) -> None:
    (installed / "rules").mkdir()
    for name in ("rules", "config_templates"):
        (installed / "portability" / "_shipped" / name).mkdir(parents=True)
    shipped = installed / "portability" / "_shipped"
    assert _run(installed).stdout.split() == [str(shipped / "rules"), str(shipped / "config_templates")]


def test_an_incomplete_installation_says_so(installed: Path) -> None:
    assert "the folder rules is missing from this installation" in _run(installed).stderr
