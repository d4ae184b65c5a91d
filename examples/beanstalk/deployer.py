"""A version that the fake begins to run in, the version really run out: releases in a folder, and a server.

The bundle is unpacked beside the release that was there, a link is switched to it, and the server is
restarted with the environment's variables, as an instance does it with /var/app/current. Where only
variables change, the release stays. The one before stays too, and serves again where the same bundle is
deployed again; older ones go.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import stat
import zipfile
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from examples.beanstalk.state import Environment

Restart = Callable[[Path, Mapping[str, str]], object]


@dataclass(slots=True)
class FolderDeployer:
    """Deploys to `folder`: releases/<label>, and current; `restart` is given it and the variables."""

    folder: Path
    restart: Restart

    def __call__(self, environment: Environment, bundle: bytes) -> str:
        """Run the environment's version; return why it failed, or ''."""
        place, current = self.folder / "releases" / environment.label, self.folder / "current"
        before = current.resolve() if current.is_symlink() else place
        try:
            if not _holds(place, bundle):
                unpack(bundle, place)
                _mark(place).write_text(_digest(bundle), "ascii")
                self._clear(keep={before.name, place.name})
            link = self.folder / ".current.new"
            link.unlink(missing_ok=True)
            link.symlink_to(f"releases/{environment.label}")
            link.replace(current)
            self.restart(self.folder, environment.variables)
        except Exception as failure:
            return f"{type(failure).__name__}: {failure}"
        return ""

    def _clear(self, keep: Set[str]) -> None:
        """Remove all releases but these."""
        for old in (self.folder / "releases").iterdir():
            if old.is_dir() and old.name not in keep:
                _mark(old).unlink(missing_ok=True)
                shutil.rmtree(old, ignore_errors=True)


def _mark(place: Path) -> Path:
    """The file beside a release that tells which bundle it was made of."""
    return place.with_name(f".{place.name}")


def _digest(bundle: bytes) -> str:
    return hashlib.sha256(bundle).hexdigest()


def _holds(place: Path, bundle: bytes) -> bool:
    """Whether a release was made of this very bundle."""
    return place.is_dir() and _mark(place).exists() and _mark(place).read_text("ascii") == _digest(bundle)


def unpack(bundle: bytes, place: Path) -> None:
    """Make a folder of a bundle anew, with its modes and links."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    place.chmod(0o755)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            target = place / info.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            if stat.S_ISLNK(mode):
                target.symlink_to(archive.read(info).decode())
            elif info.is_dir():
                target.mkdir(exist_ok=True)
            else:
                target.write_bytes(archive.read(info))
                # An instance gives all files to the user that the web server runs as.
                target.chmod(stat.S_IMODE(mode) | 0o044)
