"""A project's paths and the beginnings of its files in; its stacks, why, and where their guard stands out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from portability.settings.manifests import Door, Manifest, Mark

Look = Callable[[str], bytes | None]
"""Gives how the file at a path begins; None where there is none."""

DEEPEST = 3
"""How many folders below the root a stack may stand."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that stands in the folder `base` ('' is the root), why it is it, and the files of its guard.

    `guards` is empty where no such file is part of the project; then every file loads its values itself.
    Those that git ignores (`unshared`) differ from machine to machine: no other file can rely on them.
    """

    manifest: Manifest
    base: str
    reasons: tuple[str, ...]
    guards: tuple[str, ...]
    unshared: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The stack in a line, as people are told it."""
        place = f" in {self.base}" if self.base else ""
        told = f"stack: {self.manifest.title}{place} ({', '.join(self.reasons)})"
        if self.unshared:
            return f"{told}: git ignores {_some(self.unshared)}, so each file keeps a guard of its own"
        if self.guards:
            return f"{told}: the guard stands in {_some(self.guards)}"
        if not self.manifest.guard:
            return told
        wanted = " or ".join(" and ".join(group) for group in self.manifest.guard)
        return f"{told}: {wanted} is not in this tree, so each file keeps a guard of its own"

    def inside(self, path: str) -> str | None:
        """The path relative to the stack's folder; None where it lies outside of it."""
        if not self.base:
            return path
        return path[len(self.base) + 1 :] if path.startswith(self.base + "/") else None

    def why(self, path: str, reasons: Mapping[str, str] | None) -> str:
        """The reason of the first pattern that takes the path; '' where none does."""
        relative = self.inside(path)
        found = (why for glob, why in (reasons or {}).items() if relative and fnmatchcase(relative, glob))
        return next(found, "")


def detect(
    look: Look, paths: Iterable[str], known: Sequence[Manifest], only: Sequence[str] | None = None
) -> tuple[Stack, ...]:
    """Every stack that is there, the outermost first; `only` restricts it to stacks of these names."""
    listed = sorted(paths)
    by_folder: dict[str, list[str]] = {}
    for path in listed:
        by_folder.setdefault(posixpath.dirname(path), []).append(path)
    found: list[Stack] = []
    for base in _bases(listed):
        for manifest in known:
            if not manifest.marks or (only is not None and manifest.name not in only):
                continue
            reasons = _reasons(look, by_folder, base, manifest.marks)
            if reasons and not _is_part(found, manifest, base):
                found.append(Stack(manifest, base, reasons, _guards(listed, base, manifest)))
    return tuple(found)


def _bases(paths: Sequence[str]) -> list[str]:
    """The root and the folders near it, the outermost first."""
    folders = {""}
    for path in paths:
        parts = path.split("/")[:-1]
        folders.update("/".join(parts[:depth]) for depth in range(1, min(len(parts), DEEPEST) + 1))
    return sorted(folders, key=lambda folder: (folder.count("/") + bool(folder), folder))


def _reasons(
    look: Look, by_folder: Mapping[str, Sequence[str]], base: str, marks: Sequence[Mark]
) -> tuple[str, ...]:
    """How each mark was found; () where one is missing."""
    reasons = []
    for mark in marks:
        file = next(_marked(look, by_folder, base, mark), None)
        if file is None and not mark.optional:
            return ()
        if file is None:
            continue
        reasons.append(f"{file} {mark.says}" if mark.says else file)
    return tuple(reasons)


def _marked(look: Look, by_folder: Mapping[str, Sequence[str]], base: str, mark: Mark) -> Iterator[str]:
    """The files by which a mark is there, relative to the base; a `*` is in the file's name alone."""
    for pattern in mark.files:
        place = posixpath.join(base, pattern)
        near = by_folder.get(posixpath.dirname(place), ())
        for path in [p for p in near if fnmatchcase(p, place)] if "*" in pattern else [place]:
            begins = look(path)
            if begins is not None and (not mark.holds or re.search(mark.holds.encode(), begins)):
                yield path[len(base) + 1 :] if base else path


def _is_part(found: Sequence[Stack], manifest: Manifest, base: str) -> bool:
    """Whether the stack is only a part of one that was found already."""
    return any(
        manifest.name in stack.manifest.instead_of and stack.inside(f"{base}/x".lstrip("/")) is not None
        for stack in found
    )


def _guards(paths: Sequence[str], base: str, manifest: Manifest) -> tuple[str, ...]:
    """The first set of files that is complete."""
    for group in manifest.guard:
        files: list[str] = []
        for pattern in group:
            place = posixpath.normpath(posixpath.join(base, pattern))
            same = [path for path in paths if _same_depth(path, place) and fnmatchcase(path, place)]
            if not same:
                break
            files += same
        else:
            return tuple(files)
    return ()


def _same_depth(path: str, pattern: str) -> bool:
    return path.count("/") == pattern.count("/")


def of(stacks: Sequence[Stack], path: str) -> Stack | None:
    """The innermost stack with a guard whose folder holds the path."""
    holding = [stack for stack in stacks if stack.manifest.guard and stack.inside(path) is not None]
    return max(holding, key=lambda stack: len(stack.base), default=None)


def behind_door(stack: Stack, path: str, data: bytes) -> Door | None:
    """The door that lets nobody into the file but through the stack; None where it has none.

    Only a door that ends the program proves it: after a `return` PHP has declared the file's functions.
    """
    door, relative = stack.manifest.door, stack.inside(path)
    if door is None or relative is None or not any(relative.startswith(f"{f}/") for f in door.below):
        return None
    at = _OPENING.match(data)
    if at is None:
        return None
    end = at.end()
    while (skipped := _SKIPPED.match(data, end)) is not None:
        end = skipped.end()
    asked = _ASKED.match(data, end)
    constant = door.constant.encode()
    return door if asked and constant in (asked["alone"], asked["tested"]) else None


_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?<\?php\b", re.I)
_SKIPPED = re.compile(
    rb"\s+|//[^\n]*\n|#(?!\[)[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/"
    rb"|(?:declare\s*\([^()]*\)|namespace\s+[\w\\]+|use\s+[^;{}()]+)\s*;",
    re.I,
)
_DEFINED = rb"\\?defined\s*\(\s*['\"](?P<%b>\w+)['\"]\s*\)\s*"
_END = rb"(?:exit|die)\b"
_ASKED = re.compile(
    (_DEFINED % b"alone")
    + rb"(?:\|\||or)\s*"
    + _END
    + rb"|if\s*\(\s*!\s*"
    + (_DEFINED % b"tested")
    + rb"\)\s*\{?\s*"
    + _END,
    re.I,
)


def opens_door(stack: Stack, door: Door, path: str, data: bytes) -> bool:
    """Whether a file that is none of the stack's own defines the door's constant, and so may pass it."""
    relative = stack.inside(path)
    if relative is not None and any(fnmatchcase(relative, pattern) for pattern in door.defined_in):
        return False
    return re.search(rb"\bdefine\s*\(\s*['\"]" + door.constant.encode() + rb"['\"]", data) is not None


def unfit(stacks: Sequence[Stack], values: str) -> tuple[Stack, str] | None:
    """The stack that the folder of the values would disturb, and why; None where it may lie there."""
    for stack in stacks:
        why = next(
            (
                why
                for folder, why in (stack.manifest.unfit or {}).items()
                if f"{values}/".startswith(posixpath.join(stack.base, folder) + "/")
            ),
            "",
        )
        if why:
            return stack, why
    return None


def _some(names: Sequence[str], most: int = 3) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
