"""A tree and what to leave out of it in, a Source for each file that can hold a value (or a Skipped) out."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import splitext

from portability.errors import NothingExamined, UsageError
from portability.model import Skipped, Source
from portability.system.foreign import CACHES, THIRD_PARTY, VERSION_CONTROL, WORDPRESS

LARGEST = 8 * 1024 * 1024
"""Bytes beyond which a file is data, not code."""

LOCK_FILES = frozenset(
    "composer.lock package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml poetry.lock Pipfile.lock "
    "symfony.lock Gemfile.lock Cargo.lock".split()
)
FOREIGN = "third-party code"
GENERATED = "minified or generated: its source is what to change"
LEFT_OUT = "left out by the settings"
PASSING = ("cannot be ", "took longer ", "changed while ")
"""How the reasons begin that may be gone the next time."""

APART = frozenset({FOREIGN, GENERATED})
"""Why a file is left out that a scan of what lies apart looks at."""

_GENERATED = (".min.js", ".min.css", ".bundle.js", ".map")
_NOT_TEXT = frozenset(
    ".jpg .jpeg .png .gif .webp .ico .bmp .tif .tiff .psd .pdf .phar .jar "
    ".woff .woff2 .ttf .otf .eot .mp3 .mp4 .mov .avi .ogg .wav .swf .exe .dll .so .a .o .pyc .class .mo "
    ".sqlite .db .doc .docx .xls .xlsx .ppt .pptx".split()
)
_COMPRESSED = frozenset(".zip .gz .tgz .bz2 .tbz .tbz2 .xz .txz .zst .lz4 .lzma .7z .rar".split())
COMPRESSED = "compressed: unpack it to scan it"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNTOLD = 65_536
"""Bytes to read of a file whose size its file system does not tell."""

FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC

Detector = Callable[[str, bytes], str]
"""Tells a file's language by its relative path and its bytes."""


@dataclass(frozen=True, slots=True)
class Large(Skipped):
    """A file that is too large to be read as a whole, as it was when it was found."""

    size: int = 0
    identity: tuple[int, ...] = ()

    @classmethod
    def of(cls, what: str, reason: str, facts: os.stat_result) -> Large:
        """The file of which these are the facts."""
        return cls(what, reason, facts.st_size, (facts.st_dev, facts.st_ino, facts.st_mtime_ns))


@dataclass(frozen=True, slots=True)
class Walk:
    """What to look at: the root, paths below it (none: all), patterns and own folders to leave out.

    `apart`: only at what is left out otherwise because others wrote it or a tool made it.
    """

    root: Path
    paths: tuple[Path, ...] = ()
    skip: tuple[str, ...] = ()
    own_folders: tuple[str, ...] = ("config/portability", ".portability")
    largest: int = LARGEST
    apart: bool = False


def walk(plan: Walk, detect: Detector) -> Iterator[Source | Skipped]:
    """Yields each readable text file in the order of its path, and each left-out file or folder once.

    A file that git ignores is looked at: a .env is. Raises NothingExamined for a path that does not
    exist, and at the end if there was no file at all; UsageError for a path outside the root.
    """
    examined = 0
    for item in paths(plan):
        if isinstance(item, Skipped):
            yield item
            continue
        found = read(plan.root, item, detect, plan.largest, plan.apart)
        if plan.apart and isinstance(found, Source) and not lies_apart(found):
            continue
        examined += isinstance(found, Source)
        yield found
    if not examined:
        raise NothingExamined("there is no file to examine", where=str(plan.root))


def paths(plan: Walk) -> Iterator[str | Skipped]:
    """The path of each file to read, in order, and each left-out file or folder; see `walk`."""
    ignored = _ignoring(plan.skip)
    wanted = [_relative(plan.root, path) for path in plan.paths] or [""]
    for start in _outermost(wanted):
        if start and not (plan.root / start).is_dir():
            yield start
        else:
            yield from _folder(plan, start, ignored)


def _ignoring(skip: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path (a folder's ends with /) is one to skip; the library is loaded where there are any."""
    if not skip:
        return lambda path: False
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(skip, backend="simple").match_file


def _relative(root: Path, path: Path) -> str:
    absolute = path if path.is_absolute() else root / path
    if not os.path.lexists(absolute):
        raise NothingExamined(f"there is no {path}", where=str(root))
    try:
        relative = absolute.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        hint = "run in the project's root, or name the root with -C"
        raise UsageError(f"{path} lies outside the project", where=str(root), hint=hint) from None
    return "" if relative == "." else relative


def _outermost(paths: Sequence[str]) -> list[str]:
    """The same paths without those that lie below another one."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(outer == "" or path.startswith(outer + "/") for outer in kept):
            kept.append(path)
    return kept


def _folder(plan: Walk, folder: str, ignored: Callable[[str], bool]) -> Iterator[str | Skipped]:
    """The files below a folder, sorted; without recursion, so that depth costs nothing."""
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(plan.root / current) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(current, f"cannot be opened: {_why(error)}")
            continue
        names = {entry.name for entry in found}
        folders: list[str] = []
        for entry in found:
            path = f"{current}/{entry.name}" if current else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            reason = _reason(plan, entry, path, is_folder, names, ignored)
            if reason is not None and not (plan.apart and reason in APART):
                if reason:
                    yield Skipped(path, reason)
            elif is_folder:
                folders.append(path)
            else:
                yield path
        waiting.extend(reversed(folders))


def _reason(
    plan: Walk,
    entry: os.DirEntry[str],
    path: str,
    is_folder: bool,
    names: set[str],
    ignored: Callable[[str], bool],
) -> str | None:
    """Why the entry is left out: None for no reason, '' where it needs no mention."""
    if entry.is_symlink():
        return "a symbolic link"
    if ignored(path + "/" if is_folder else path):
        return LEFT_OUT
    if not is_folder:
        return _file_reason(entry.name)
    if entry.name in VERSION_CONTROL or entry.name in CACHES or path in plan.own_folders:
        return ""
    if entry.name in THIRD_PARTY or _is_wordpress_core(entry.name, names):
        return FOREIGN
    return None


def _is_wordpress_core(name: str, names: set[str]) -> bool:
    return name in WORDPRESS and names >= WORDPRESS


def _file_reason(name: str) -> str | None:
    if name in LOCK_FILES:
        return "a lock file"
    if name.endswith(_GENERATED):
        return GENERATED
    suffix = splitext(name.lower())[1]
    if suffix in _COMPRESSED:
        return COMPRESSED
    return "not text" if suffix in _NOT_TEXT else None


def lies_apart(source: Source) -> bool:
    """Whether others wrote the file or a tool made it."""
    folders = source.path.split("/")[:-1]
    foreign = any(part in THIRD_PARTY or part in WORDPRESS for part in folders)
    return foreign or source.path.endswith(_GENERATED) or is_minified(source.path, source.data)


def is_minified(path: str, data: bytes) -> bool:
    """Whether a script or style sheet is in the form that a tool gives it: lines that nobody writes."""
    if not path.endswith((".js", ".css")) or len(data) < _MINIFIED:
        return False
    lines = data.count(b"\n") + 1
    return len(data) / lines > 500 and max(map(len, data.splitlines())) > _MINIFIED // 2


_MINIFIED = 8192


def read(
    root: Path, path: str, detect: Detector, largest: int = LARGEST, apart: bool = False
) -> Source | Skipped:
    """The file as a Source, or why not; it never waits, as a pipe would make it, and follows no link.

    One that a tool made is read only for a scan of what lies `apart`.
    """
    try:
        handle = os.open(f"{root}/{path}", FLAGS)
    except OSError as error:
        return Skipped(path, f"cannot be read: {_why(error)}")
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            return Skipped(path, "not a regular file")
        if facts.st_size > largest:
            return Large.of(path, f"larger than {largest // 1024 // 1024} MB", facts)
        data = _all_of(handle, max(facts.st_size, _UNTOLD) + 1)
    except OSError as error:
        return Skipped(path, f"cannot be read: {_why(error)}")
    finally:
        os.close(handle)
    encoding = encoding_of(data)
    why_not = "not text" if encoding is None else GENERATED if is_minified(path, data) and not apart else ""
    return Skipped(path, why_not) if why_not else Source(path, data, encoding or "", detect(path, data))


def beginning(root: Path, path: str, most: int = 65_536) -> bytes | None:
    """How a regular file begins, a link followed inside the root; None where there is none to read."""
    place = root / path
    try:
        if not place.resolve().is_relative_to(root.resolve()):
            return None
        handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(handle, most) if stat.S_ISREG(os.fstat(handle).st_mode) else None
    except OSError:
        return None
    finally:
        os.close(handle)


def _all_of(handle: int, most: int) -> bytes:
    """The file's bytes, at most so many; a file system may give them piece by piece."""
    data = os.read(handle, most)
    while len(data) < most and (more := os.read(handle, most - len(data))):
        data += more
    return data


def encoding_of(data: bytes) -> str | None:
    """The encoding that a file's bytes speak for; None where they are no text (a NUL in a text of bytes)."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if b"\0" in data:
        return _unmarked(data[:_LOOKED_AT])
    if data.isascii():
        return "utf-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


_LOOKED_AT = 4096
_SHORTEST_UTF_16 = 16


def _unmarked(data: bytes) -> str | None:
    """The encoding of a text in UTF-16 without a mark: nearly every second byte is a NUL, no other is."""
    units = len(data) // 2
    if len(data) < _SHORTEST_UTF_16:
        return None
    low, high = data[0::2].count(0), data[1::2].count(0)
    if not low and high > 0.9 * units:
        return "utf-16-le"
    return "utf-16-be" if not high and low > 0.9 * units else None


def _why(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()


def count(skipped: Iterable[Skipped]) -> dict[str, int]:
    """How many were left out for each reason, the most frequent first."""
    totals: dict[str, int] = {}
    for item in skipped:
        totals[item.reason] = totals.get(item.reason, 0) + 1
    return dict(sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])))
