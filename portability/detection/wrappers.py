"""A file and the rules of calls in, the functions out that pass their parameters on to such calls: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from portability.detection.calls import role_in
from portability.detection.places import is_test
from portability.model import Literal, Source, Span
from portability.rulebook.book import CallPattern, Role, Rule, Rulebook, Where
from portability.rulebook.matcher import matcher, word
from portability.syntax.passing import Passed

LANGUAGES = ("php", "python")
"""Languages whose functions are followed."""

READ = frozenset(
    {Role.HOST, Role.USER, Role.PASSWORD, Role.ACCESS_KEY, Role.BUCKET, Role.QUEUE, Role.IDENTIFIER}
)
"""Roles in which an argument is of interest whatever it looks like: files are read again for them."""

_EVERYDAY = frozenset(
    "get post put head delete patch query scan table file copy manager options parse role new start server "
    "ping open request resource".split()
)
"""Called names that stand everywhere: a function around such a call is not looked for."""

_PATHS = re.compile(r"(?i)file|path|dir|folder|^fn$|^src$|^dest|template|image|img|^name$|stream|^from$|^to$")
"""Names of parameters for files of this machine, which the same functions open."""

_IN_TEXTS = frozenset({Role.HOST, Role.URL, Role.DSN})
"""Roles of texts that a parameter may be a part of."""

HOST_BEFORE = re.compile(
    r"(?i)(?:\A(?:p:|ssl:)?|\b(?:host(?:name|addr)?|server|data source)\s*=\s*|://(?:[^/@]*@)?)\Z"
)
SECRET_BEFORE = re.compile(r"(?i)(?:\b(?:password|passwd|pwd)\s*=\s*|://[^/@:]*:)['\"]?\Z")
USER_BEFORE = re.compile(r"(?i)\b(?:user(?:name)?|uid)\s*=\s*['\"]?\Z")
"""What stands before a host, a password or a user in a longer text (`mysql:host=`, `://fans:`)."""

Patterns = Mapping[str, list[tuple[Rule, CallPattern]]]
"""The calls that rules know in one language, by name."""

_GOES_ON = re.compile(r"[\w.-]")


@dataclass(frozen=True, slots=True)
class Argument:
    """One parameter of a wrapper: what it is for by which rule, and where it is passed on to what."""

    index: int
    name: str
    role: Role
    rule: str
    callee: str
    line: int


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function that passes parameters on; `owner` is the class of a method, `space` its namespace.

    `start` is the byte at which its name begins where it is defined.
    """

    language: str
    path: str
    function: str
    owner: str
    space: str
    start: int
    arguments: tuple[Argument, ...]

    @property
    def is_constructor(self) -> bool:
        """Whether it is called by the name of its class."""
        return bool(self.owner) and self.function.lower() in {"__construct", "__init__", self.owner.lower()}

    @property
    def name(self) -> str:
        """The name by which it is called, in lower case."""
        return (self.owner if self.is_constructor else self.function).lower()

    @property
    def roles(self) -> tuple[tuple[int, Role], ...]:
        """What its parameters are for."""
        return tuple((argument.index, argument.role) for argument in self.arguments)

    @property
    def needs_reading(self) -> bool:
        """Whether its calls may hold something that a look by the rules alone passes over."""
        return any(argument.role in READ for argument in self.arguments)


class _Reader(Protocol):
    def passed(self, data: bytes, calls: list[int]) -> Iterator[Passed]:
        """What the functions around those calls pass on."""

    def owner_of(self, data: bytes, start: int) -> tuple[str, str]:
        """The class and the namespace of the function whose name begins there."""

    def scope(self, data: bytes, at: int) -> int:
        """The byte at which the function around a byte begins; -1 outside of any."""


def scope(language: str, data: bytes, at: int) -> int:
    """The byte at which the function around a byte begins; -1 outside of any."""
    return _reader(language).scope(data, at)


@cache
def _reader(language: str) -> _Reader:
    return cast(_Reader, import_module(f"portability.syntax.{language}.passing"))


class WrapperWords:
    """The calls of a book of rules, prepared for finding the functions around them; see Ruleset."""

    def __init__(self, book: Rulebook, folder: str = "") -> None:
        self._folder = folder
        self._calls: dict[str, dict[str, list[tuple[Rule, CallPattern]]]] = {name: {} for name in LANGUAGES}
        for rule in book.of(Where.CALLS):
            for language in rule.languages & set(LANGUAGES) if rule.languages else LANGUAGES:
                for pattern in rule.calls:
                    if pattern.name not in _EVERYDAY:
                        self._calls[language].setdefault(pattern.name, []).append((rule, pattern))
        self._words = {
            language: tuple(
                word(name.encode("utf-8") + opening) for name in calls for opening in (b"(", b" (")
            )
            for language, calls in self._calls.items()
        }

    def patterns(self, language: str) -> Patterns:
        """The calls that rules know in a language."""
        return self._calls.get(language, {})

    def calls(self, source: Source) -> list[int]:
        """The byte at which the name of each such call begins in the file."""
        words = self._words.get(source.language)
        if not words or is_test(source.path):
            return []
        data = source.data
        found = []
        for end in sorted({end for end, _ in matcher(words, self._folder).find(data)}):
            name = _NAME.search(data, max(0, end - 64), end)
            if name is not None and not self._opens_file(source.language, name[1], data, end):
                found.append(name.start())
        return found

    def look(self, source: Source, calls: list[int]) -> tuple[Wrapper, ...]:
        """The wrappers that the file defines around those calls."""
        if not calls:
            return ()
        data = source.data
        reader = _reader(source.language)
        found: dict[tuple[int, str], dict[int, list[Argument]]] = {}
        for passed in reader.passed(data, calls):
            argument = self._argument(source, passed)
            if argument is not None:
                parameters = found.setdefault((passed.start, passed.function), {})
                parameters.setdefault(passed.parameter, []).append(argument)
        wrappers = []
        for (start, function), parameters in found.items():
            arguments = tuple(ways[0] for _, ways in sorted(parameters.items()) if _is_one(ways))
            if arguments:
                owner, space = reader.owner_of(data, start)
                wrappers.append(
                    Wrapper(source.language, source.path, function, owner, space, start, arguments)
                )
        return tuple(wrappers)

    def _opens_file(self, language: str, name: bytes, data: bytes, end: int) -> bool:
        """Whether a call that may take an address takes what is called a file of this machine."""
        given = _FIRST.match(data, end)
        if given is None or not _PATHS.search(given[1].decode("latin-1")):
            return False
        patterns = self._calls[language].get(name.decode("latin-1").lower(), ())
        return all(set(pattern.arguments.values()) == {Role.URL} for _, pattern in patterns)

    def _argument(self, source: Source, passed: Passed) -> Argument | None:
        """What a parameter is for that is passed on to a call; None where no rule knows the call."""
        call = passed.call
        literal = Literal(Span(0, 0), "", (), passed.names, call, language=source.language)
        for rule, pattern in self._calls[source.language].get(call.name.lower().lstrip("\\"), ()):
            role = role_in(pattern, literal)
            role = _role(role, passed) if role else None
            if role is not None:
                line = source.line_of(passed.at)
                return Argument(passed.parameter, passed.name, role, rule.id, call.name, line)
        return None


def _is_one(ways: list[Argument]) -> bool:
    """Whether the calls that a parameter is passed on to agree on what it is for."""
    roles = {way.role for way in ways}
    return len(roles) == 1 or roles <= _IN_TEXTS


def _role(role: Role, passed: Passed) -> Role | None:
    """What a parameter is for that stands in an argument of such a role, perhaps inside a longer text."""
    before, after = passed.before, passed.after
    if role not in _IN_TEXTS:
        return role if not before and not after else None
    if HOST_BEFORE.search(before) and (role is Role.HOST or before):
        return Role.HOST if not _GOES_ON.match(after) else None
    if not before:
        return None if role is Role.URL and _PATHS.search(passed.name) else role
    if SECRET_BEFORE.search(before):
        return Role.PASSWORD
    return Role.USER if USER_BEFORE.search(before) else None


_FIRST = re.compile(rb"\s*\$?([A-Za-z_]\w*)\s*[,)]")
_NAME = re.compile(rb"(?<![\w$])([A-Za-z_]\w*) ?\(\Z")
