"""Folders and files in, one digest of their state out: the same as long as nothing about them changed.

The state is what lstat tells of each entry; no file is opened. This runs before anything else of a warm
scan, so it imports next to nothing.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from marshal import dumps
from operator import attrgetter
from stat import S_ISDIR, S_ISLNK

from portability.system.foreign import CACHES, THIRD_PARTY, VERSION_CONTROL, WORDPRESS

TYPE_CHECKING = False  # typing itself would take longer than all of this
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from typing import Any

    Row = tuple[Any, ...]
    """An entry's name and facts, and those of what it leads to; name and mode where no more matters."""

PROJECT = "project"
APART = "apart"
CODE = "code"
ALL = "all"
"""How a folder is looked through: as a scan does, or one of what lies apart; as Python does; all of it."""

PLAIN = 0
"""The form of `marshal` that writes equal values as equal bytes."""

_NOT_INTO = {
    PROJECT: VERSION_CONTROL | CACHES | THIRD_PARTY,
    APART: VERSION_CONTROL | CACHES,
    CODE: frozenset({"__pycache__"}),
    ALL: frozenset(),
}
_FACTS = attrgetter("st_mode", "st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
_FACTS_OF_ONE = 6


def rows(
    folders: Sequence[tuple[str, str]], left_out: Collection[str], files: Sequence[str]
) -> Iterator[tuple[str, list[Row]]]:
    """The state of `folders` (each with how to look through it) and of `files` themselves, links followed.

    `left_out` are paths of a project whose content does not matter. OSError where it can't be looked through.
    """
    for path in files:
        yield os.path.realpath(path), [("", *_behind(path))]
    for top, kind in folders:
        yield from _below(top, kind, left_out if kind in (PROJECT, APART) else ())


def changes(row: Row) -> tuple[int, ...]:
    """When an entry and what it leads to were last changed, in ns: times that no program can set at will."""
    return row[_FACTS_OF_ONE::_FACTS_OF_ONE]


def digest(state: Iterable[tuple[str, list[Row]]]) -> bytes:
    """A few bytes that stand for a state."""
    found = blake2b(digest_size=20)
    for part in state:
        found.update(dumps(part, PLAIN))
    return found.digest()


def _behind(path: str) -> tuple[int, ...]:
    """The facts of what a path leads to; () for nothing."""
    try:
        facts: tuple[int, ...] = _FACTS(os.stat(path))
    except FileNotFoundError:
        return ()
    return facts


def _below(top: str, kind: str, left_out: Collection[str]) -> Iterator[tuple[str, list[Row]]]:
    if kind != CODE:
        yield top, [("", *_behind(top))]
    not_into = _NOT_INTO[kind]
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder) as entries:
            found: list[Row] = sorted((e.name, *_FACTS(e.stat(follow_symlinks=False))) for e in entries)
        if kind == CODE:  # Python writes its caches there, which changes the folders' times
            found = [row[:2] if S_ISDIR(row[1]) else row for row in found if row[0] not in not_into]
        names = {row[0] for row in found}
        for at, row in enumerate(found):
            if S_ISDIR(row[1]):
                path = f"{folder}/{row[0]}"
                core = kind == PROJECT and row[0] in WORDPRESS and names >= WORDPRESS
                if row[0] in not_into or core or path in left_out:
                    found[at] = row[:2]
                else:
                    waiting.append(path)
            elif kind == ALL and S_ISLNK(row[1]):
                found[at] += _behind(f"{folder}/{row[0]}")
            elif left_out and f"{folder}/{row[0]}" in left_out:
                found[at] = row[:2]
        yield folder, found
