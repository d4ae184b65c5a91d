"""Real PHP applications out of Debian's packages, unpacked into a folder and never installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

NAMES = ("dokuwiki", "roundcube-core", "phpmyadmin", "cacti", "wordpress", "mediawiki")


def unpacked(name: str, folder: Path) -> Path:
    """The files of a Debian package below `folder`; skips, saying why, where it can't be fetched."""
    done = subprocess.run(
        ["apt-get", "download", "--quiet", name], cwd=folder, capture_output=True, timeout=300, check=False
    )
    packages = list(folder.glob("*.deb"))
    if done.returncode or not packages:
        pytest.skip(f"apt-get could not fetch {name}: {done.stderr.decode().strip()[:200]}")
    app = folder / name
    subprocess.run(["dpkg", "--extract", str(packages[0]), str(app)], check=True, timeout=300)
    packages[0].unlink()
    return app
