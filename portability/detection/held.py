"""A file and its calls that rules know in, the texts that variables carry into them out: pure.

Old code writes `$host = 'db1'` and connects with `$host` further down: the name tells nothing, the call
does. What is looked for are plain assignments of a text, in the same function or class; those of constants
in all files, those of variables in the files that are included, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from portability.detection.assigned import arguments, assigned
from portability.detection.calls import role_in
from portability.detection.wrappers import HOST_BEFORE, SECRET_BEFORE, USER_BEFORE, Patterns, scope
from portability.model import Call, Literal, Source, Span
from portability.rulebook.book import Role, Rule

_VARIABLE = rb"(?P<name>\$?[A-Za-z_]\w*(?:(?:->|::|\.)\$?[A-Za-z_]\w*){0,2}(?:\[['\"][\w.-]+['\"]\]){0,3})"
_PLAIN = re.compile(rb"\s*(?:(?P<key>\w+)\s*[:=]\s*(?![:=>]))?\\?" + _VARIABLE + rb"(?:\s*\?\?[^,]*)?\s*\Z")
_KEYED = re.compile(rb"['\"]?(?P<key>\w+)['\"]?\s*(?:=>|:)\s*" + _VARIABLE + rb"\s*(?=[,\])}])")
_INSIDE = re.compile(
    rb"(?P<before>[\w:/@; =.-]{0,120}[=/@:])(?:['\"]\s*[.+]\s*|\{?(?=\$)|\$?\{)"
    rb"(?P<name>\$?[A-Za-z_]\w*(?:(?:->|::|\.)\$?[A-Za-z_]\w*){0,2})"
)
"""A variable in a text, with what stands before it (`mysql:host=$host`, `'mysql:host=' . $host`)."""

_RECEIVER = re.compile(rb"(?P<receiver>[\w$\[\]'\"]+(?:(?:->|::|\.)[\w$\[\]'\"]+)*)(?:\?->|->|::|\.)\Z")
_INCLUDED = re.compile(
    rb"\b(?:require|include)(?:_once)?\b[^;\n]*?([\w.-]+\.(?:php|inc|phtml)\d?)['\"]", re.IGNORECASE
)
_NAME = re.compile(rb"(?<![\w$])[A-Za-z_]\w*")
_NO_VARIABLES = frozenset(b"true false null none this self static array new".split())


@dataclass(frozen=True, slots=True)
class Held:
    """What the text that begins around byte `position` is for: an argument of a call on `line`.

    With a `path`, that of the file with the call, the text is to be looked for in others (`position` is
    ELSEWHERE): in those that it `includes`, by their names; for a constant in all of them.
    """

    position: int
    role: Role
    rule: Rule
    callee: str
    line: int
    name: bytes
    path: str = ""
    includes: frozenset[bytes] = frozenset()

    @property
    def where(self) -> str:
        """The way it takes, for people."""
        place = f"{self.path}:{self.line}" if self.path else f"line {self.line}"
        return f"{self.name.decode('latin-1')} is given to {self.callee} ({place})"

    @property
    def is_constant(self) -> bool:
        """Whether it is a constant, that is the same everywhere."""
        return b"$" not in self.name and b"->" not in self.name


ELSEWHERE = -1


@dataclass(frozen=True, slots=True)
class _Given:
    """A variable in an argument of a call, with the written text before it there."""

    name: bytes
    call: Call
    names: tuple[str, ...]
    before: str = ""


def held(source: Source, calls: Sequence[int], patterns: Patterns) -> Iterator[Held]:
    """The texts that are assigned to variables which the calls (bytes of their names) take."""
    data = source.data
    done: set[tuple[int, bytes, Role]] = set()
    for at in calls:
        name = _NAME.match(data, at)
        opened = data.find(b"(", name.end()) if name else -1
        if name is None or opened < 0:
            continue
        callee = name.group().decode("latin-1")
        for given in _given(data, at, opened + 1, callee):
            told = _told(given, patterns)
            if told is None:
                continue
            rule, role = told
            here = list(assigned(source, given.name, at))
            elsewhere = not here and _may_be_elsewhere(source, given.name, at)
            for position in here or [ELSEWHERE] * elsewhere:
                if (position, given.name, role) in done:
                    continue
                done.add((position, given.name, role))
                line = source.line_of(at)
                if position != ELSEWHERE:
                    yield Held(position, role, rule, callee, line, given.name)
                else:
                    yield Held(position, role, rule, callee, line, given.name, source.path, _included(data))


@lru_cache(maxsize=1)
def _included(data: bytes) -> frozenset[bytes]:
    """The names of the files that a file includes."""
    return frozenset(_INCLUDED.findall(data))


def _may_be_elsewhere(source: Source, name: bytes, at: int) -> bool:
    """Whether another file may assign what a call takes: a constant, or a variable outside of functions."""
    if source.language != "php":
        return False
    if not name.startswith(b"$"):
        return not name.startswith((b"self::", b"static::")) and b"$" not in name
    return b"->" not in name and b"::" not in name and scope("php", source.data, at) < 0


def _told(given: _Given, patterns: Patterns) -> tuple[Rule, Role] | None:
    """The rule that knows the call, and what it says the variable is for."""
    literal = Literal(Span(0, 0), "", (), given.names, given.call)
    for rule, pattern in patterns.get(given.call.name.lower(), ()):
        role = role_in(pattern, literal)
        if role is not None and (role := _inside(role, given.before)) is not None:
            return rule, role
    return None


def _inside(role: Role, before: str) -> Role | None:
    """What a variable is for behind such a text in an argument of a role."""
    if not before:
        return role
    if role not in {Role.DSN, Role.HOST, Role.URL}:
        return None
    if HOST_BEFORE.search(before):
        return Role.HOST
    if SECRET_BEFORE.search(before):
        return Role.PASSWORD
    return Role.USER if USER_BEFORE.search(before) else None


def _given(data: bytes, at: int, opened: int, callee: str) -> Iterator[_Given]:
    """The variables in the arguments of a call."""
    found = _RECEIVER.search(data, max(0, at - 96), at)
    receiver = _dotted(found["receiver"]) if found else ""
    for index, start, end in arguments(data, opened):
        written = data[start:end]
        plain = _PLAIN.match(written)
        if plain is not None:
            key = (plain["key"] or b"").decode("latin-1")
            if plain["name"].lower() not in _NO_VARIABLES:
                names = (key,) if key else ()
                yield _Given(plain["name"], Call(callee, index, key, receiver), names)
            continue
        for keyed in _KEYED.finditer(written):
            names = (keyed["key"].decode("latin-1"),)
            if keyed["name"].lower() not in _NO_VARIABLES:
                yield _Given(keyed["name"], Call(callee, index, "", receiver), names)
        for inside in _INSIDE.finditer(written):
            before = inside["before"].decode("latin-1")
            yield _Given(inside["name"], Call(callee, index, "", receiver), (), before)


def _dotted(receiver: bytes) -> str:
    text = re.sub(r"->|::", ".", receiver.decode("latin-1"))
    return re.sub(r"[$\[\]'\"]", "", text).removeprefix("this.").removeprefix("self.")
