"""The room of languages: one module a format behind one door, and the dict that lists them.

A language is a module with these members:

NAME      its own name, the key in LANGUAGES.
GLOBS     file name patterns (`*.php`, `.htaccess`, `deploy/crontab*`), matched against the base
          name, or against the whole relative path where the pattern holds a `/`.
SHEBANGS  words that mark a file without an ending by its first line (`#!/usr/bin/env php`).
MODE      how a value leaves such a file:
            INLINE    the language reads the environment itself: `rewrite` says how;
            TEMPLATE  it can't: the file becomes a template that is rendered for each environment;
            REPORT    neither: the value is reported with WHY_NOT and stays.
WHY_NOT   the reason that a REPORT language gives a person ('' otherwise).
SAMPLES   small texts with what must be found in them: the shared harness runs them all.

literals(source)         yields each Literal of the file, and a Region for each part in another
                         language. Comments are Literals with Position.COMMENT.
encode(text, form)       writes `text` as it must stand in a literal of that form, without the quotes;
                         None where that form can't hold it. `encode(decoded, form)` need not give the
                         original spelling, it must decode to the same text.
rewrite(source, literal, insertions, namespace)
                         INLINE languages only: the Rewrites of that literal, one for each run of bytes.
guard(source, folder)    INLINE languages only: the insertion that loads the environment's values from
                         `folder`, a path relative to the file's own folder; None where it has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Protocol, cast

from portability.model import Insertion, Literal, Region, Rewrite, Source


class Mode(StrEnum):
    """How a value leaves a file of the language."""

    INLINE = "inline"
    TEMPLATE = "template"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Sample:
    """A text of the language and the literals that must be seen in it: (decoded text, names)."""

    text: bytes
    literals: tuple[tuple[str, tuple[str, ...]], ...]
    path: str = ""


class Language(Protocol):
    """What every module of this room offers."""

    NAME: str
    GLOBS: tuple[str, ...]
    SHEBANGS: tuple[str, ...]
    MODE: Mode
    WHY_NOT: str
    SAMPLES: tuple[Sample, ...]

    def literals(self, source: Source) -> Iterator[Literal | Region]: ...

    def encode(self, text: str, form: str) -> str | None: ...


class InlineLanguage(Language, Protocol):
    """A language whose files read the environment themselves."""

    def rewrite(
        self, source: Source, literal: Literal, insertions: Sequence[Insertion], namespace: str
    ) -> Sequence[Rewrite]: ...

    def guard(self, source: Source, folder: str) -> Rewrite | None: ...


LANGUAGES: Mapping[str, str] = {
    "php": "portability.languages.php",
    "html": "portability.languages.html",
    "templates": "portability.languages.templates",
    "javascript": "portability.languages.javascript",
    "css": "portability.languages.css",
    "python": "portability.languages.python",
    "shell": "portability.languages.shell",
    "yaml": "portability.languages.yaml",
    "json": "portability.languages.json",
    "toml": "portability.languages.toml",
    "terraform": "portability.languages.terraform",
    "xml": "portability.languages.xml",
    "ini": "portability.languages.ini",
    "keyvalue": "portability.languages.keyvalue",
    "hosts": "portability.languages.hosts",
    "apache": "portability.languages.apache",
    "nginx": "portability.languages.nginx",
    "crontab": "portability.languages.crontab",
    "dockerfile": "portability.languages.dockerfile",
    "sql": "portability.languages.sql",
}
"""Every language by name, and the module that knows it (imported only when a file needs it)."""


def language(name: str) -> Language:
    """The module of LANGUAGES that knows `name`; KeyError for a name that is not in the room."""
    return cast(Language, import_module(LANGUAGES[name]))


def inline_language(name: str) -> InlineLanguage:
    """The same for a language whose MODE is INLINE."""
    module = language(name)
    if module.MODE is not Mode.INLINE:
        raise ValueError(f"{name} does not read the environment itself")
    return cast(InlineLanguage, module)
