"""A folder to work in, in; folders of real PHP applications, as Debian packages them, out."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SMALL = ("roundcube-core",)
MIDDLE = ("cacti", "dokuwiki", "phpmyadmin", "roundcube-core", "wordpress")
LARGE = (*MIDDLE, "gosa", "icingaweb2", "mediawiki", "simplesamlphp", "tt-rss", "zabbix-frontend-php")
TREES = {"S": SMALL, "M": MIDDLE, "L": LARGE}
"""The packages of which each tree is made: of about 1,000, 10,000 and 40,000 files."""

ALONE = ("wordpress", "usr/share/wordpress/wp-config-sample.php")
"""The package and the file of which the tree `1` is made."""


def assemble(work: Path) -> dict[str, Path]:
    """Each tree's folder; what isn't there yet is fetched by apt and unpacked, nothing is installed."""
    applications = work / "applications"
    for package in LARGE:
        if not (applications / package).is_dir():
            _unpack(package, applications)
    found = {}
    for name, packages in TREES.items():
        tree = work / "trees" / name
        if not tree.is_dir():
            for package in packages:
                _link(applications / package, tree / package)
        found[name] = tree
    found["1"] = work / "trees" / "1"
    if not found["1"].is_dir():
        found["1"].mkdir()
        package, file = ALONE
        shutil.copy(applications / package / file, found["1"])
    return found


def _unpack(package: str, folder: Path) -> None:
    downloads = folder / ".downloads" / package
    downloads.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", "--quiet", package], cwd=downloads, check=True)
    (archive,) = downloads.glob("*.deb")
    unpacked = downloads / "unpacked"
    subprocess.run(["dpkg-deb", "--extract", archive, unpacked], check=True)
    unpacked.rename(folder / package)
    shutil.rmtree(downloads)


def _link(source: Path, target: Path) -> None:
    """The same files again, without links to elsewhere."""
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.is_symlink():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, copy)


def size(tree: Path) -> tuple[int, int]:
    """How many files a tree has, and how many bytes."""
    sizes = [path.stat().st_size for path in tree.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)
