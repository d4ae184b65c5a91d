"""A small tree with every kind of file that a commit may meet, and changes to all of them."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from portability.applying.transaction import Change

Tree = Mapping[str, tuple[bytes, int]]

ODD = ["a b.php", "line\nend.php", "-rf", "quo\"te's.php", "caf\udce9.php", "*.php", "$(id).php", "\\n.php"]
RAW = b"\xef\xbb\xbf<?php\r\n$a = 'caf\xe9\x00';\r// no end of line"


def tree(root: Path) -> Tree:
    """Every file's bytes and permissions by its path, the journal left out."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        for path in root.rglob("*")
        if path.is_file() and ".portability" not in path.parts
    }


def folders(root: Path) -> set[str]:
    """Every folder's path, the journal left out."""
    found = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_dir())
    return {name for name in found if not name.startswith(".portability")}


def make(root: Path) -> list[Change]:
    """A tree with every kind of file, and changes that edit, create, remove and re-permit."""
    (root / "app").mkdir()
    names = ["app/a.php", "app/hard.php", "app/mode.php", "app/gone.php", *ODD]
    for number, name in enumerate(names):
        (root / name).write_bytes(RAW + name.encode("utf-8", "surrogateescape"))
        (root / name).chmod((0o644, 0o600, 0o755)[number % 3])
    (root / "app" / "other.php").hardlink_to(root / "app/hard.php")
    (root / "app" / "link.php").symlink_to("a.php")
    edits = [
        Change(name, (root / name).read_bytes(), b"<?php new;" + bytes(len(name)) + RAW)
        for name in ["app/link.php", "app/hard.php", *ODD]
    ]
    return [
        *edits,
        Change("app/mode.php", (root / "app/mode.php").read_bytes(), b"#!", 0o711),
        Change("app/gone.php", (root / "app/gone.php").read_bytes(), None),
        Change("config/portability/new.yaml", None, b"a: 1\n"),
        Change("config/portability/secret.yaml", None, b"", 0o640),
    ]
