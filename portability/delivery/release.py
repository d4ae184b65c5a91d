"""A bundle and rendered files in, a release's folder out, checked before anything is written.

A release holds all that it needs: rendered values that lie outside the project are refused, as is a
symbolic link that leads out of it, for two releases would share what stands there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from portability.delivery.bundle import Bundle, opened
from portability.errors import Refused, Unfinished, UsageError
from portability.values.rendering import RenderedFile

LINKS = 40
"""How many symbolic links a path may lead over."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file (its permission bits and the sha256 of its bytes) or a symbolic link (where it leads)."""

    mode: int
    digest: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything of a release by its path: files and links, and the folders that hold nothing."""

    items: Mapping[str, Item]
    folders: frozenset[str] = frozenset()


def contents(bundle: Bundle, files: Sequence[RenderedFile]) -> Contents:
    """What a release of the bundle with the rendered files over it has to hold.

    Refused where a path of either leads out of the release or through something that is no folder.
    """
    items: dict[str, Item] = {}
    folders: set[str] = set()
    with opened(bundle.file) as archive:
        for path, member in members(archive, bundle.prefix):
            if path in items or (path in folders and not member.isdir()):
                raise Refused("the archive holds two of this path", where=path)
            if member.isdir():
                folders.add(path)
            else:
                items[path] = _item(archive, member)
    for file in files:
        path = _inner(file.path)
        if path in folders:
            raise Refused("a rendered file would take a folder's place", where=path)
        items[path] = Item(file.mode, hashlib.sha256(file.data).hexdigest())
    _refuse_ways_out(items, folders)
    held = {str(above) for path in (*items, *folders) for above in PurePosixPath(path).parents}
    return Contents(items, frozenset(folders - held))


def members(archive: tarfile.TarFile, prefix: str) -> Iterator[tuple[str, tarfile.TarInfo]]:
    """Each file, folder and link of an archive by its path without `prefix`; Refused for anything else."""
    for member in archive:
        if not (member.isreg() or member.isdir() or member.issym()):
            raise Refused("the archive holds something that is no file, folder or link", where=member.name)
        path = member.name
        if prefix and (path + "/").startswith(prefix):
            path = path[len(prefix) :]
        elif prefix and not prefix.startswith(path + "/"):
            raise Refused("the archive holds a path outside the project", where=member.name)
        else:
            path = "" if prefix else path
        if path:
            yield _inner(path), member


def found(folder: Path) -> Contents:
    """What a folder holds now; whatever is no file, link or folder counts as an empty file of mode -1."""
    items: dict[str, Item] = {}
    folders: set[str] = set()
    for at, names, others in os.walk(folder):
        here = Path(at)
        for name in (*names, *others):
            place = here / name
            path = place.relative_to(folder).as_posix()
            status = place.lstat()
            if stat.S_ISLNK(status.st_mode):
                items[path] = Item(0, target=os.readlink(place))  # noqa: PTH115 - as it is written
            elif stat.S_ISREG(status.st_mode):
                with place.open("rb") as stream:
                    digest = _sha256(stream)
                items[path] = Item(stat.S_IMODE(status.st_mode), digest)
            elif not stat.S_ISDIR(status.st_mode):
                items[path] = Item(-1)
        if not names and not others and here != folder:
            folders.add(here.relative_to(folder).as_posix())
    return Contents(items, frozenset(folders))


def keyed_digest(items: Mapping[str, Item], key: bytes) -> str:
    """HMAC-SHA256 over every path, its mode, and its bytes' digest or the link's target, in hex.

    Rendered files hold credentials: a plain digest would let anybody who has the rest try them out.
    """
    digest = hmac.new(key, digestmod="sha256")
    for path, item in sorted(items.items()):
        digest.update(json.dumps([path, item.mode, item.digest, item.target]).encode("ascii") + b"\n")
    return digest.hexdigest()


def write(
    folder: Path, bundle: Bundle, files: Sequence[RenderedFile], whole: Contents, group: int | None = None
) -> None:
    """Makes the release in `folder`, which must not exist; `whole` is what contents() said of it.

    Folders get mode 755, files the mode of the commit (755 where they can be run, else 644) or of the
    rendered file, which is given to `group`. Unfinished where a file can't be written.
    """
    rendered = {_inner(file.path): file for file in files}
    with _told(folder):
        folder.mkdir()
        folder.chmod(0o755)
        for path in sorted(whole.folders):
            _make_folder(folder, path)
    with opened(bundle.file) as archive:
        for path, member in members(archive, bundle.prefix):
            stream = archive.extractfile(member) if member.isreg() and path not in rendered else None
            if stream is not None:
                with _told(path):
                    _write_file(folder, path, stream, whole.items[path].mode)
    for path, file in rendered.items():
        with _told(path):
            place(folder, path, file.data, file.mode, group)
    for path, item in whole.items.items():
        if item.target:
            with _told(path):
                _make_folder(folder, str(PurePosixPath(path).parent))
                (folder / path).symlink_to(item.target)


def place(folder: Path, path: str, data: bytes, mode: int = 0o644, group: int | None = None) -> None:
    """Writes one file into a release, where none stands yet, making its folders; for a group, if given.

    Unfinished where it can't be written.
    """
    with _told(path):
        _make_folder(folder, str(PurePosixPath(path).parent))
        with os.fdopen(_new(folder / path, mode), "wb") as stream:
            if group is not None:
                os.fchown(stream.fileno(), -1, group)
            stream.write(data)


def standing(folder: Path, path: str) -> Path:
    """The place of a further file of a release, whose folder has to be there.

    UsageError where it isn't, Refused where something stands in the place or its folder lies outside.
    """
    place = folder / _inner(path)
    parent = place.parent.resolve()
    if not parent.is_dir():
        raise UsageError("the release has no such folder", where=str(PurePosixPath(path).parent))
    if not parent.is_relative_to(folder.resolve()):
        raise Refused("this folder lies outside the release", where=str(PurePosixPath(path).parent))
    if os.path.lexists(place):
        raise Refused("the release has a file of this name", where=path)
    return parent / place.name


def _item(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Item:
    if member.issym():
        return Item(0, target=member.linkname)
    stream = archive.extractfile(member)
    assert stream is not None
    mode = 0o755 if member.mode & 0o100 else 0o644
    return Item(mode, _sha256(stream))


def _inner(path: str) -> str:
    """A path below the release, normalised; Refused for any other."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise Refused(
            "this path lies outside the release, which has to hold all that it needs",
            where=path,
            hint="where it is of rendered values, give rendered: in portability.yaml a path in the project",
        )
    return str(pure)


def _refuse_ways_out(items: Mapping[str, Item], folders: set[str]) -> None:
    """Refused where a link leads out, or where a path leads through a file or a link."""
    links = {path: item.target for path, item in items.items() if item.target}
    for path in (*items, *folders):
        above = next((str(p) for p in PurePosixPath(path).parents if str(p) in items), None)
        if above is not None:
            raise Refused(f"this path leads through {above}, which is no folder", where=path)
    for path, target in links.items():
        if _leaves(path, links):
            raise Refused(
                f"this symbolic link leads out of the release, to {target}",
                where=path,
                hint="a release shares nothing with others: remove the link, or mark it export-ignore",
            )


def _leaves(path: str, links: Mapping[str, str]) -> bool:
    """Whether a path, all links of the release followed, ends outside it, or in a circle."""
    rest, at, followed = path.split("/"), list[str](), 0
    while rest:
        part = rest.pop(0)
        if part == "..":
            if not at:
                return True
            at.pop()
        elif part not in ("", "."):
            target = links.get("/".join([*at, part]))
            if target is None:
                at.append(part)
                continue
            followed += 1
            if target.startswith("/") or followed > LINKS:
                return True
            rest = [*target.split("/"), *rest]
    return False


def _sha256(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _write_file(folder: Path, path: str, stream: IO[bytes], mode: int) -> None:
    _make_folder(folder, str(PurePosixPath(path).parent))
    with os.fdopen(_new(folder / path, mode), "wb") as file:
        shutil.copyfileobj(stream, file, 1 << 20)


def _new(place: Path, mode: int) -> int:
    """A new file, open to be written, with exactly these permission bits."""
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.fchmod(handle, mode)
    return handle


def _make_folder(folder: Path, path: str) -> None:
    """Makes the folders of a path with mode 755, whatever the process would give them."""
    at = folder
    for part in PurePosixPath(path).parts:
        at /= part
        if not at.is_dir():
            at.mkdir()
            at.chmod(0o755)


@contextmanager
def _told(path: object) -> Iterator[None]:
    """Tells an error of the system with the path that it came at."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Unfinished(f"the release can't be written: {reason}", where=str(path)) from None
