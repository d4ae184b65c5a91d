"""The versions of PHP that Debian does not have, out of npm packages, each like the program `php`."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
VERSIONS = ("7.4", "8.0", "8.1", "8.3", "8.4", "8.5")
_OLDEST_NODE = 20


def command(version: str, folder: Path) -> Path:
    """A program below `folder` that behaves like `php` of that version; skips, saying why, without it."""
    node = _node(version)
    path = folder / f"php{version}"
    path.write_text(f'#!/bin/sh\nexec "{node}" "{FOLDER}/php.mjs" {version} "$@"\n', "utf-8")
    path.chmod(0o755)
    return path


def run_many(version: str, calls: Sequence[tuple[Path, Sequence[str]]]) -> list[str]:
    """What PHP of that version prints for each (folder, arguments), errors included."""
    asked = json.dumps([[str(folder), list(arguments)] for folder, arguments in calls])
    done = subprocess.run(
        [_node(version), str(FOLDER / "php.mjs"), version, "--many"],
        input=asked.encode(),
        capture_output=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    answers = json.loads(done.stdout)
    return [
        b64decode(output).decode("utf-8", "surrogateescape").replace(str(folder), "ROOT")
        for (folder, _), (_, output) in zip(calls, answers, strict=True)
    ]


def _node(version: str) -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is missing, which runs the other versions of PHP")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(told.lstrip("v").partition(".")[0]) < _OLDEST_NODE:
        pytest.skip(
            f"node {told.strip()} is too old to run the other versions of PHP: {_OLDEST_NODE} is needed"
        )
    if not (FOLDER / "node_modules/@php-wasm" / f"node-{version.replace('.', '-')}").is_dir():
        pytest.skip(f"PHP {version} is not installed: make php-versions")
    return node
