"""Folders of rules in, their Rulebook out: as it was kept, while the files are the same, or read anew.

What is kept is plain data, made by this very code: what another version kept has another name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from hashlib import blake2b
from marshal import dumps, loads
from pathlib import Path
from typing import Any

from portability.model import Category, Safety, Whose
from portability.rulebook import book as rulebook
from portability.rulebook.book import CallPattern, Example, Judged, Role, Rule, Rulebook, Where
from portability.rulebook.expressions import Expression
from portability.rulebook.hosts import Known, KnownHosts
from portability.system import kept
from portability.system.files import keep

_FORM = b"portability's rules 1\n"
_MOST, _ALL = 16, 32 * 1024 * 1024
_CODE = (
    "model.py",
    "system/documents.py",
    *(f"rulebook/{name}.py" for name in ("book", "expressions", "hosts", "store")),
)
"""The modules that a book comes from, besides its files."""

_RECORDS: tuple[type[Any], ...] = (Rule, CallPattern, Example, Known)
_WORDS: tuple[type[Enum], ...] = (Category, Safety, Whose, Judged, Role, Where)
_NAMES = {record: [one.name for one in fields(record)] for record in _RECORDS}
_EXPRESSION = len(_RECORDS)
_WORD = _EXPRESSION + 1


def load(folders: Sequence[Path], off: Iterable[str] = (), place: str = "") -> Rulebook:
    """The book of the folders, see `rulebook.load`; kept in the folder `place`, if one is given."""
    if not place or not all(folder.is_dir() for folder in folders):
        return rulebook.load(folders, off)
    try:
        file = Path(place, _named(folders))
    except OSError:
        return rulebook.load(folders, off)
    content = kept.take(str(file), _FORM)
    if content is not None:
        return _book(loads(content)).only((), off)
    book = rulebook.load(folders)
    if str(file) == str(Path(place, _named(folders))):  # else a file was changed meanwhile
        known = [one for entries in book.known.entries.values() for one in entries]
        plain = [_plain(one) for one in (*book.rules.values(), *known)]
        keep(file, kept.packed(_FORM, dumps(plain)), _MOST, _ALL)
    return book.only((), off)


def _named(folders: Sequence[Path]) -> str:
    """The name of a book's file: by the rules themselves, where they lie, and what reads them."""
    found = blake2b(repr((sys.version, *map(str, folders))).encode(), digest_size=kept.CHECK)
    code = [Path(__file__).parents[1] / name for name in _CODE]
    for path in code:
        facts = path.stat()
        found.update(repr((facts.st_size, facts.st_mtime_ns)).encode())
    for path in (file for folder in folders for file in rulebook.files(folder)):
        data = path.read_bytes()
        found.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        found.update(data)
    return found.hexdigest()


def _book(plain: list[Any]) -> Rulebook:
    made = [_made(one) for one in plain]
    rules = {one.id: one for one in made if isinstance(one, Rule)}
    return Rulebook(rules, KnownHosts.of(one for one in made if isinstance(one, Known)))


def _plain(value: Any) -> Any:
    """The value as `marshal` takes it: a record, word or expression as a list that begins with its kind."""
    if isinstance(value, Enum):
        return [_WORD + _WORDS.index(type(value)), value.value]
    if isinstance(value, Expression):
        return [_EXPRESSION, value.pattern, value.flags]
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if type(value) in _RECORDS:
        kind = type(value)
        return [_RECORDS.index(kind), *(_plain(getattr(value, name)) for name in _NAMES[kind])]
    return value


def _made(plain: Any) -> Any:
    """The value that `_plain` was given."""
    if type(plain) is list:
        kind = plain[0]
        if kind < _EXPRESSION:
            return _RECORDS[kind](*map(_made, plain[1:]))
        return Expression(*plain[1:]) if kind == _EXPRESSION else _WORDS[kind - _WORD](plain[1])
    if type(plain) is tuple:
        return tuple(map(_made, plain))
    return {key: _made(one) for key, one in plain.items()} if type(plain) is dict else plain
