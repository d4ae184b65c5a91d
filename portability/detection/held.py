"""A file and its calls that rules know in, the texts that variables carry into them out: pure.

Old code writes `$host = 'db1'` and connects with `$host` further down: the name tells nothing, the call
does. What is looked for are plain assignments of a text, in the same function or class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from portability.detection.calls import role_in
from portability.detection.wrappers import HOST_BEFORE, SECRET_BEFORE, USER_BEFORE, Patterns, scope
from portability.model import Call, Literal, Source, Span
from portability.rulebook import Role, Rule

_TOKEN = re.compile(
    rb"(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`)|[(\[{]|[)\]}]|[,;]", re.S
)
_MOST = 3000
"""Bytes that the arguments of a call take at most."""

_VARIABLE = rb"(?P<name>\$?[A-Za-z_]\w*(?:(?:->|::|\.)\$?[A-Za-z_]\w*){0,2}(?:\[['\"][\w.-]+['\"]\]){0,3})"
_PLAIN = re.compile(rb"\s*(?:(?P<key>\w+)\s*[:=]\s*(?![:=>]))?" + _VARIABLE + rb"(?:\s*\?\?[^,]*)?\s*\Z")
_KEYED = re.compile(rb"['\"]?(?P<key>\w+)['\"]?\s*(?:=>|:)\s*" + _VARIABLE + rb"\s*(?=[,\])}])")
_INSIDE = re.compile(
    rb"(?P<before>[\w:/@; =.-]*[=/@:])(?:['\"]\s*[.+]\s*|\{?(?=\$)|\$?\{)"
    rb"(?P<name>\$?[A-Za-z_]\w*(?:(?:->|::|\.)\$?[A-Za-z_]\w*){0,2})"
)
"""A variable in a text, with what stands before it (`mysql:host=$host`, `'mysql:host=' . $host`)."""

_RECEIVER = re.compile(rb"(?P<receiver>[\w$\[\]'\"]+(?:(?:->|::|\.)[\w$\[\]'\"]+)*)(?:\?->|->|::|\.)\Z")
_NAME = re.compile(rb"(?<![\w$])[A-Za-z_]\w*")
_NO_VARIABLES = frozenset(b"true false null none this self static array new".split())
_OWNERS = rb"(?:\$this->|\b(?:self|static|[A-Z]\w*)::|\bself\.)"
_DECLARES = rb"\b(?:var|public|private|protected|static|readonly|const)\s+[?\w|\\\s]{0,40}?"
_ARRAY = re.compile(rb"\s*(?:array\s*\(|\[|\{)", re.IGNORECASE)
_TEXT = rb"\s*[bBrRuUfF]{0,2}['\"](?=[^'\"\s])"


_BEGINS = re.compile(_TEXT)


@dataclass(frozen=True, slots=True)
class Held:
    """What the text that begins around byte `position` is for: an argument of a call on `line`."""

    position: int
    role: Role
    rule: Rule
    callee: str
    line: int
    name: str

    @property
    def where(self) -> str:
        """The way it takes, for people."""
        return f"{self.name} is given to {self.callee} (line {self.line})"


@dataclass(frozen=True, slots=True)
class _Given:
    """A variable in an argument of a call, with the written text before it there."""

    name: bytes
    call: Call
    names: tuple[str, ...]
    before: str = ""

    @property
    def shown(self) -> str:
        """The variable as it is written."""
        return self.name.decode("latin-1")


def held(source: Source, calls: Sequence[int], patterns: Patterns) -> Iterator[Held]:
    """The texts that are assigned to variables which the calls (bytes of their names) take."""
    data = source.data
    done: set[tuple[int, Role]] = set()
    for at in calls:
        name = _NAME.match(data, at)
        opened = data.find(b"(", name.end()) if name else -1
        if name is None or opened < 0:
            continue
        callee = name.group().decode("latin-1")
        for given in _given(data, at, opened + 1, callee):
            told = _told(given, patterns)
            for position in _assigned(source, given.name, at) if told else ():
                if told is not None and (position, told[1]) not in done:
                    done.add((position, told[1]))
                    yield Held(position, told[1], told[0], callee, source.line_of(at), given.shown)


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
    for index, start, end in _arguments(data, opened):
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


def _arguments(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """(index, first byte, end) of each argument of the call whose parenthesis opens before `start`."""
    depth, index, begin = 0, 0, start
    for token in _TOKEN.finditer(data, start, start + _MOST):
        if token["text"] is not None:
            continue
        sign = token.group()
        if sign in b"([{":
            depth += 1
        elif sign in b")]}":
            depth -= 1
            if depth < 0:
                yield index, begin, token.start()
                return
        elif sign == b"," and depth == 0:
            yield index, begin, token.start()
            index, begin = index + 1, token.end()
        elif sign == b";" and depth == 0:
            return


def _assigned(source: Source, name: bytes, use: int) -> Iterator[int]:
    """The first byte of each text that is assigned to the variable as byte `use` sees it."""
    data, language = source.data, source.language
    if name.endswith(b"]"):
        found, anywhere = _elements(data, name), not name.startswith(b"$") or b"->" in name
    else:
        pattern, anywhere = _assignment(language, name)
        found = (match.end() for match in pattern.finditer(data))
    for position in found:
        if anywhere or scope(language, data, position) == scope(language, data, use):
            yield position


def _elements(data: bytes, name: bytes) -> Iterator[int]:
    """The first byte of each text that is given to an element of an array, alone or with the others."""
    array, *keys = re.split(rb"\[['\"]|['\"]\]\[['\"]|['\"]\]", name)[:-1]
    owned = re.escape(array)
    for match in re.finditer(
        rb"(?<![\w>:$])" + owned + rb"(?P<keys>(?:\[['\"][\w.-]+['\"]\])*)\s*=(?!=)", data
    ):
        given = re.findall(rb"[\w.-]+", match["keys"])
        if given != keys[: len(given)]:
            continue
        if given == keys:
            text = _BEGINS.match(data, match.end())
            if text is not None:
                yield text.end()
        elif opened := _ARRAY.match(data, match.end()):
            yield from _element(data, opened.end(), keys[len(given) :])


def _element(data: bytes, start: int, keys: list[bytes]) -> Iterator[int]:
    """The first byte of the text under a path of keys in an array that opens before `start`."""
    key = re.compile(rb"\s*['\"]" + re.escape(keys[0]) + rb"['\"]\s*(?:=>|:)")
    for _, begin, end in _arguments(data, start):
        named = key.match(data, begin, end)
        if named is None:
            continue
        if len(keys) == 1:
            text = _BEGINS.match(data, named.end(), end)
            if text is not None:
                yield text.end()
        elif opened := _ARRAY.match(data, named.end(), end):
            yield from _element(data, opened.end(), keys[1:])


@lru_cache(maxsize=512)
def _assignment(language: str, name: bytes) -> tuple[re.Pattern[bytes], bool]:
    """How a text is given to a variable, and whether that holds in the whole file (constants, members)."""
    *owners, last = re.split(rb"->|::|\.", name)
    bare = re.escape(last.lstrip(b"$"))
    if owners:
        left, anywhere = rb"(?:%b|%b)\$?%b\s*" % (_OWNERS, _DECLARES, bare), True
    elif last.startswith(b"$"):
        left, anywhere = rb"(?<![\w>:$])\$%b\s*" % bare, False
    elif language == "php":
        return re.compile(
            rb"\b(?:define\s*\(\s*['\"]%b['\"]\s*,|const\s+%b\s*=)%b" % (bare, bare, _TEXT)
        ), True
    else:
        left, anywhere = rb"^[ \t]*%b\s*" % bare, False
    return re.compile(left + rb"(?::[^=\n;]{1,40})?=" + _TEXT, re.MULTILINE), anywhere
