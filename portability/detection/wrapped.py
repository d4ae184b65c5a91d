"""The wrappers of all files in; the calls of them in a file, and what a literal is for in one, out: pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from portability.detection.arguments import texts_of
from portability.detection.matching import Match, of_role
from portability.detection.wrappers import READ, Argument, Wrapper
from portability.model import Category, Literal, Position, Source
from portability.rulebook.book import Role, Rule
from portability.rulebook.matcher import matcher, word

SURENESS = 0.9
"""What a credential given to a wrapper is as sure as, in parts of one given to the call itself."""

_GENERIC = frozenset(
    "get post put delete head patch request send call open connect query execute exec run load read write "
    "fetch init initialize create make set add save find login auth authenticate start process handle import "
    "export download upload parse render check test log setup factory build getinstance instance push pop "
    "copy move close file url host page data content contents getcontent getcontents getdata getfile getpage "
    "loadfile readfile getconnection getclient getdb client connection config configure register main index "
    "action dispatch invoke apply setoptions setconfig connectdb".split()
)
"""Names that too many classes give their methods to tell anything by themselves."""

_ITSELF = frozenset({"", "self", "static", "parent", "cls"})
_NO_ARGUMENTS = frozenset(
    {Position.KEY, Position.COMPARISON, Position.CASE, Position.CALLABLE, Position.TRANSLATION}
)
_DEFINES = re.compile(rb"\b(?:function\s+&?|def\s+)\s*\Z", re.IGNORECASE)
_NAME = re.compile(rb"(?<![\w$])([A-Za-z_]\w*) ?\(\Z")
_CLASS = re.compile(rb"(?<![\w$])class ([A-Za-z_]\w*)\Z", re.IGNORECASE)
_BOUND = re.compile(rb"[\w\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Hit:
    """An argument of a wrapper that a literal stands for."""

    wrapper: Wrapper
    argument: Argument

    @property
    def via(self) -> str:
        """The way it takes, for people."""
        wrapper, argument = self.wrapper, self.argument
        where = f"{wrapper.path}:{argument.line}"
        method = f"{wrapper.owner}::{wrapper.function}" if wrapper.owner else wrapper.function
        name = wrapper.owner if wrapper.is_constructor else method
        return f"argument {argument.index + 1} of {name}, which passes it to {argument.callee} ({where})"


@dataclass(frozen=True, slots=True)
class Calls:
    """Where in a file wrappers are called with a text, and which of their names it defines otherwise."""

    positions: tuple[int, ...] = ()
    strangers: frozenset[str] = frozenset()


class Wrappers:
    """All wrappers of a project; falsy if there is none.

    `strange` are names that are defined otherwise, too: by them alone no wrapper is meant.
    """

    def __init__(
        self,
        found: Iterable[Wrapper] = (),
        rules: Mapping[str, Rule] | None = None,
        strange: frozenset[str] = frozenset(),
    ) -> None:
        self._rules = rules or {}
        self._all = tuple(w for w in found if all(a.rule in self._rules for a in w.arguments))
        self._strange = strange
        self._by_name: dict[tuple[str, str], list[Wrapper]] = {}
        for wrapper in self._all:
            self._by_name.setdefault((wrapper.language, wrapper.name), []).append(wrapper)
        read = [wrapper for wrapper in self._all if wrapper.needs_reading]
        self.languages = frozenset(wrapper.language for wrapper in read)
        self._calls = tuple(sorted({word(text) for wrapper in read for text in _written(wrapper)}))
        self._classes = tuple(sorted({word(b"class " + _bytes(w.name)) for w in read if w.is_constructor}))
        self._wanted: dict[str, dict[int | str, Role]] = {}
        for wrapper in read:
            wanted = self._wanted.setdefault(wrapper.name, {})
            for argument in wrapper.arguments:
                wanted[argument.index] = wanted[argument.name] = argument.role
        self._plain = {w.name for w in self._all if not w.is_constructor and not _is_generic(w)}
        self._defined = {(w.path, w.start) for w in self._all}
        self._homes = {(w.path, w.name) for w in self._all if w.is_constructor}

    def __bool__(self) -> bool:
        return bool(self._all)

    def rule(self, hit: Hit) -> Rule:
        """The rule that knows the call to which the argument is passed on."""
        return self._rules[hit.argument.rule]

    def without(self, strangers: Iterable[str]) -> Wrappers:
        """The same, knowing that those names are defined otherwise, too."""
        return Wrappers(self._all, self._rules, frozenset(strangers))

    def calls(self, source: Source) -> Calls:
        """Where the file calls wrappers with a text, of those that files are read again for."""
        if source.language not in self.languages:
            return Calls()
        data = source.data
        positions: set[int] = set()
        strangers: set[str] = set()
        for end in sorted({end for end, _ in matcher(self._calls).find(data)}):
            name = _NAME.search(data, max(0, end - 96), end)
            if name is None:
                continue
            if not _DEFINES.search(data, max(0, name.start() - 24), name.start()):
                wanted = self._wanted.get(name[1].decode("latin-1").lower(), {})
                positions.update(texts_of(data, end, wanted, READ))
            elif (source.path, name.start()) not in self._defined:
                strangers.add(name[1].decode("latin-1").lower())
        strangers &= self._plain
        for end, _ in matcher(self._classes).find(data):
            name = _CLASS.search(data, max(0, end - 96), end)
            if name and not _BOUND.match(data, end):
                strangers.add(name[1].decode("latin-1").lower())
        return Calls(
            tuple(sorted(positions)), frozenset(n for n in strangers if (source.path, n) not in self._homes)
        )

    def hit(self, path: str, literal: Literal) -> Hit | None:
        """The argument that a literal of the file stands for in the call of a wrapper."""
        call = literal.call
        if call is None or not literal.text or literal.position in _NO_ARGUMENTS:
            return None
        named = self._by_name.get((literal.language, call.name.lower()))
        if named is None:
            return None
        wrapper = _meant(named, path, call.receiver, self._strange)
        if wrapper is None:
            return None
        for argument in wrapper.arguments:
            if call.keyword == argument.name or (not call.keyword and call.argument == argument.index):
                return Hit(wrapper, argument)
        return None

    def matches(self, literal: Literal, hit: Hit) -> list[Match]:
        """What the literal is a match for as that argument."""
        found = of_role(self.rule(hit), literal, hit.argument.role, hit.via)
        return [
            replace(m, confidence=m.confidence * SURENESS) if m.category is Category.CREDENTIAL else m
            for m in found
        ]


def _meant(named: list[Wrapper], path: str, receiver: str, strange: Container[str]) -> Wrapper | None:
    """The wrapper that a call means, of those with its name; None where that is not sure."""
    owner = receiver.replace("\\", ".").rpartition(".")[2].lower()
    of_class = [w for w in named if w.owner and not w.is_constructor and w.owner.lower() == owner]
    here = [w for w in named if w.path == path] if owner in _ITSELF else []
    if of_class or here:
        return _agreed(of_class or here)
    if named[0].name in strange:
        return None
    plain = [w for w in named if not w.owner or w.is_constructor]
    if plain:
        return _agreed(plain) if _is_of_space(plain[0], receiver) else None
    return _agreed(named) if not _is_generic(named[0]) else None


def _is_of_space(wrapper: Wrapper, receiver: str) -> bool:
    """Whether a function or class is called by its bare name, or by that of its namespace or module."""
    if not receiver or receiver == wrapper.space:
        return wrapper.language == "php" or wrapper.name not in _GENERIC
    module = wrapper.path.rpartition("/")[2].partition(".")[0]
    return wrapper.language == "python" and receiver.rpartition(".")[2] == module


def _is_generic(wrapper: Wrapper) -> bool:
    """Whether it is a method of a name that others have, too: it must be called on its class."""
    return bool(wrapper.owner) and not wrapper.is_constructor and wrapper.name in _GENERIC


def _written(wrapper: Wrapper) -> Iterator[bytes]:
    """How a call of the wrapper begins."""
    owners = [b""]
    if _is_generic(wrapper) and wrapper.language == "php":
        owners = [_bytes(wrapper.owner) + b"::", b"self::", b"static::", b"this->"]
    elif _is_generic(wrapper):
        owners = [_bytes(wrapper.owner) + b".", b"self.", b"cls."]
    for owner in owners:
        yield owner + _bytes(wrapper.name) + b"("
        yield owner + _bytes(wrapper.name) + b" ("


def _bytes(name: str) -> bytes:
    return name.encode("latin-1", "replace")


def _agreed(wrappers: list[Wrapper]) -> Wrapper | None:
    """The first one if all give their parameters the same roles."""
    return wrappers[0] if len({wrapper.roles for wrapper in wrappers}) == 1 else None
