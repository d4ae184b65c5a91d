"""Real PHP applications out of Debian's packages, unpacked into a folder and never installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

NAMES = ("dokuwiki", "roundcube-core", "phpmyadmin", "cacti", "wordpress", "mediawiki")


def unpacked(name: str, folder: Path) -> Path:
    """The files of a Debian package below `folder`; skips, saying why, where it can't be fetched."""
    return _unpacked((name,), folder, folder / name)


def unpacked_together(names: tuple[str, ...], folder: Path) -> Path:
    """The files of several Debian packages, one over the other, below `folder`; skips as `unpacked` does."""
    return _unpacked(names, folder, folder / "debian")


def _unpacked(names: tuple[str, ...], folder: Path, app: Path) -> Path:
    done = subprocess.run(
        ["apt-get", "download", "--quiet", *names], cwd=folder, capture_output=True, timeout=300, check=False
    )
    packages = list(folder.glob("*.deb"))
    if done.returncode or len(packages) < len(names):
        told = done.stderr.decode().strip()[:200]
        pytest.skip(f"apt-get could not fetch {' '.join(names)}: {told}")
    for package in packages:
        subprocess.run(["dpkg", "--extract", str(package), str(app)], check=True, timeout=300)
        package.unlink()
    return app


def needed(*names: str) -> tuple[str, ...]:
    """These packages and every other of PHP code that they need, whatever is installed here; or it skips."""
    nothing = ["-o", "Dir::State::status=/dev/null"]
    command = ["apt-get", "install", "--simulate", "--no-install-recommends", *nothing, *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"apt-get does not know {' '.join(names)}: {done.stderr.strip()[:200]}")
    brought = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ")]
    return tuple(dict.fromkeys([*(name for name in brought if name.startswith("php-")), *names]))


def without_links(folder: Path, root: Path) -> None:
    """Each link of `folder` becomes what it leads to below `root`, where a package put it; else it goes."""
    for link in [path for path in folder.rglob("*") if path.is_symlink()]:
        target = link.readlink()
        place = root / target.relative_to("/") if target.is_absolute() else link.parent / target
        link.unlink()
        if place.is_dir():
            shutil.copytree(place, link, symlinks=True)
        elif place.is_file():
            shutil.copyfile(place, link)
