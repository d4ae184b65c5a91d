"""An empty MariaDB data folder, made once a version and kept in the user's cache; safe to delete."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from examples.stage import recipes
from examples.stage.messages import StageUnavailable
from examples.stage.services import Workshop


def cache_folder() -> Path:
    """Return the folder below the user's cache that the lab may fill."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "portability-lab"


class Template:
    """A data folder as one archive: unpacked as often as there are servers."""

    def __init__(self, shop: Workshop, folder: Path) -> None:
        self.shop = shop
        version = shop.call(["mariadbd", "--version"]).decode()
        text = " ".join([version, *recipes.mariadb_install(Path("/"))])
        self.kept = folder / f"mariadb-{hashlib.sha256(text.encode()).hexdigest()[:16]}.tar"
        self.archive = shop.folder / "mariadb.tar"
        self.reused = False

    def _forget_others(self) -> None:
        """Remove what other versions left in the cache."""
        for other in self.kept.parent.glob("mariadb-*.tar"):
            if other != self.kept:
                other.unlink(missing_ok=True)

    def prepare(self) -> None:
        """Take the archive out of the cache; where it is missing or broken, make it and put it there."""
        if self.kept.is_file() and self._whole():
            self.archive, self.reused = self.kept, True
            return
        folder = self.shop.place("mysql") / "new"
        self.shop.call(recipes.mariadb_install(folder))
        self.shop.call(["tar", "-cf", str(self.archive), "-C", str(folder), "."])
        self.shop.call(["rm", "-rf", str(folder)])
        with suppress(OSError):  # A cache that cannot be written is done without.
            keep(self.archive, self.kept)
            self._forget_others()

    def _whole(self) -> bool:
        try:
            self.shop.call(["tar", "-tf", str(self.kept)])
        except StageUnavailable:
            return False
        return True

    def unpack(self, folder: Path) -> None:
        """Fill a new data folder."""
        folder.mkdir(parents=True)
        self.shop.call(["tar", "-xf", str(self.archive), "--no-same-owner", "-C", str(folder)])


def keep(source: Path, target: Path) -> None:
    """Copy a file so that the target appears whole or not at all, and a kill leaves nothing half done."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_PATH)
    try:
        descriptor = os.open(target.parent, os.O_TMPFILE | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file, source.open("rb") as data:
            shutil.copyfileobj(data, file, 1 << 20)
            file.flush()
            # Only with a folder's descriptor does Python follow the link to the nameless file.
            os.link(f"/proc/self/fd/{descriptor}", target, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)
