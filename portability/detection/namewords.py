"""A file and the end of a match in it in, the texts that a name or a call there may make values out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from portability.detection.arguments import texts_of
from portability.detection.given import SIGNS, given, returned
from portability.detection.keyed import SECRET_KINDS, may_be
from portability.detection.places import BROWSER, HOST_NAMES, is_sample, is_test, is_wording
from portability.detection.services import normal
from portability.detection.yamlnames import may_name
from portability.model import Source
from portability.rulebook.book import CallPattern, Role, Rule, Rulebook, Where
from portability.rulebook.hosts import is_name
from portability.rulebook.matcher import any_of

_TELLING = frozenset(Role) - {Role.URL, Role.DSN, Role.PORT, Role.DATABASE}
"""Roles by which an argument is a finding whatever its text looks like."""

_MACHINES = tuple(
    b"host server endpoint addr domain node broker sentinel cluster master slave replica writer reader prox "
    b"upstream backend gateway origin relay save_path bind ip".split()
)
"""Words of the names that HOST_NAMES fits."""

PROGRAMS = frozenset({"php", "javascript", "json", "html", "css", "templates"})
"""Languages in which a sign stands between a name and its value, or a call's arguments in parentheses."""

_CALLING = frozenset({"php", "javascript", "html"})
_SPOKEN_IN = {
    "php": frozenset({"php", "html", "javascript", "css"}),
    "javascript": frozenset({"javascript"}),
    "css": frozenset(),
    "json": frozenset(),
    "sql": frozenset(),
    "ini": frozenset(),
    "text": frozenset(),
    "toml": frozenset(),
    "xml": frozenset(),
    "yaml": frozenset(),
    "html": frozenset({"html", "javascript", "css"}),
}
"""Languages of the literals that a file of such a language can hold."""

_NAME = bytes(byte for byte in range(256) if byte > 127 or chr(byte).isalnum() or byte in b"_-")
NO_NAME = bytes(set(range(256)) - set(_NAME))
"""Bytes that are part of no name."""

_REST = rb"[\w\x80-\xff-]*"
_AFTER = rb"['\"\])}\s\\]*(?:\bvalue\s*)?"
_BEHIND = b"'\"])} \t\r\n\f\v\\"
_BEFORE_VALUE = (b" ", b"'", b'"', b"\t")
_NARROW = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")
_OWNED = re.compile(rb"(?:->|::|\bnew\s+[\w\\]*)$", re.IGNORECASE)
_WORDS = re.compile(r"[\w.]+")
_KEY = re.compile(rb"[\w.: -]*[\"']?\s*(?::|,\s*[\"'](?:value|Value|ParameterValue)[\"']\s*:)")
_LABELLED = re.compile(rb"\s*[\"'](?:value|Value|ParameterValue)[\"']\s*:")
_MANY = 4096
_KEPT = 20_000
_GENERIC = frozenset(b"true false null none name host server localhost string".split())


def identifier(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The whole name, hyphens included, around bytes `start` to `end`."""
    before = data[max(0, start - 64) : start]
    after = data[end : end + 64]
    return start - len(before) + len(before.rstrip(_NAME)), end + len(after) - len(after.lstrip(_NAME))


@dataclass(frozen=True)
class Leads:
    """What a name may lead to: values of these rules, and the short name of a machine."""

    rules: tuple[Rule, ...] = ()
    machine: bool = False
    _known: dict[tuple[bytes, bool], bool] = field(default_factory=dict)

    def fits(self, text: bytes, several: bool = False) -> bool:
        """Whether the text may be such a value; among several of a list, no credential is."""
        found = self._known.get((text, several))
        if found is None:
            if len(self._known) > _MANY:
                self._known.clear()
            found = self._known[text, several] = self._may(text, several)
        return found

    def _may(self, text: bytes, several: bool) -> bool:
        if self.machine and text not in _GENERIC and is_name(text.partition(b":")[0].decode("latin-1")):
            return True
        plain = text.decode("utf-8", "replace")
        return any(may_be(rule, plain) for rule in self.rules if not (several and rule.kind in SECRET_KINDS))


@dataclass(frozen=True)
class _Name:
    """What one name may lead to, by what its file is good for."""

    all: Leads
    values: Leads
    machine: Leads


_NOTHING = Leads()


class NameWords:
    """The names that rules of keys, calls and hosts look for."""

    def __init__(self, book: Rulebook) -> None:
        self._keys = book.of(Where.KEYS)
        self._has_hosts = bool(book.of(Where.HOSTS))
        self._calls: dict[bytes, list[tuple[Rule, CallPattern]]] = {}
        for rule in book.of(Where.CALLS):
            for pattern in rule.calls:
                if _tells(pattern):
                    self._calls.setdefault(pattern.name.encode("utf-8"), []).append((rule, pattern))
        keywords = {w for rule in self._keys for w in (*rule.keywords, *_parted(rule))}
        machines = _MACHINES if self._has_hosts else ()
        self._named = frozenset({*keywords, *machines})
        self.words = frozenset({*self._named, *self._calls})
        self._fitting: dict[bytes, _Name] = {}

    def signed(self) -> bytes:
        """The expression that ends with the sign behind a name, in PROGRAMS; b'' where no name counts."""
        wide = {w for w in self._named if w == w.strip(NO_NAME)}
        tight = {w.strip(NO_NAME) for w in self._named - wide} - {b""}
        parts = [any_of(wide) + _REST] if wide else []
        parts += [rb"[^A-Za-z0-9\x80-\xff]" + any_of(tight)] if tight else []
        return b"(?:" + b"|".join(parts) + b")" + _AFTER + SIGNS if parts else b""

    def function(self) -> bytes:
        """The expression of a function by a name, up to its parenthesis."""
        return rb"function " + _REST + any_of(w.strip(NO_NAME) for w in self._named) + _REST + rb"\s*\("

    def called(self) -> bytes:
        """The expression that ends with the parenthesis of a call."""
        return rb"\b" + any_of(self._calls) + rb"\s*\(" if self._calls else b""

    def named(self, source: Source, end: int) -> list[int]:
        """A byte of each text that may be the value of the name whose sign ends at byte `end`."""
        data = source.data
        low = max(0, end - 400)
        sign = end - (2 if data[end - 2 : end] in (b".=", b"!=") else 1)
        name = data[low:sign].rstrip(_BEHIND)
        if name[-6:-5] in _BEFORE_VALUE and name.endswith(b"value"):
            name = name[:-6].rstrip(_BEHIND)
        stop = low + len(name)
        test = self._test(source, name[len(name.rstrip(_NAME)) :])
        if test is None or (source.language == "json" and not _KEY.match(data, stop)):
            return []
        if data[sign:end] != b",":
            return given(data, sign, test)
        labelled = _LABELLED.match(data, end, end + 80)
        if labelled:
            return given(data, labelled.end() - 1, test)
        found = given(data, sign, test)
        return found if found and _is_in_call(data, stop) else []

    def given_back(self, source: Source, end: int) -> list[int]:
        """The same for a function by such a name, whose parenthesis ends at byte `end`."""
        name = source.data[max(0, end - 400) : end - 1].rstrip()
        test = self._test(source, name[len(name.rstrip(_NAME)) :])
        return returned(source.data, end, test) if test else []

    def called_with(self, source: Source, end: int) -> Iterator[int]:
        """A byte of each text that may be a value in the call whose parenthesis ends at byte `end`."""
        data = source.data
        low = max(0, end - 200)
        stop = low + len(data[low : end - 1].rstrip())
        start = low + len(data[low:stop].rstrip(_NAME))
        for _, pattern in self._patterns(source, start, stop):
            yield from texts_of(data, end, pattern.arguments, _TELLING)

    def _test(self, source: Source, name: bytes) -> Leads | None:
        """What texts may be values by that name in that file; None where none can."""
        known = self._fitting.get(name) or self._told(name)
        if known.all is _NOTHING:
            return None
        has_values = not is_wording(source.path)
        has_machines = source.language not in BROWSER and not (is_sample(source.path) or is_test(source.path))
        if has_values and has_machines:
            found = known.all
        else:
            found = known.values if has_values else known.machine if has_machines else _NOTHING
        return found if found is not _NOTHING else None

    def _told(self, name: bytes) -> _Name:
        """The name may be written with hyphens: its parts count too."""
        text = name.decode("utf-8", "replace")
        parts = text.split("-")
        tails = {
            normal((" ".join(parts[a:b]),)) for a in range(len(parts)) for b in range(a + 1, len(parts) + 1)
        }
        rules = tuple(rule for rule in self._keys if _named_by(rule, text, tails))
        machine = self._has_hosts and any(HOST_NAMES.search(tail) for tail in tails)
        values = Leads(rules) if rules else _NOTHING
        alone = Leads((), True) if machine else _NOTHING
        both = Leads(rules, machine) if rules and machine else values if rules else alone
        if len(self._fitting) > _KEPT:
            self._fitting.clear()
        found = self._fitting[name] = _Name(both, values, alone)
        return found

    def _patterns(self, source: Source, start: int, stop: int) -> Iterator[tuple[Rule, CallPattern]]:
        """The patterns that the call at those bytes may fit."""
        spoken = _SPOKEN_IN.get(source.language)
        if spoken is not None and not spoken:
            return
        data = source.data
        name = data[start:stop]
        if source.language in _CALLING and data[stop : stop + 120].lstrip()[:1] != b"(":
            return
        for part in {name, *_NARROW.findall(name)}:
            for rule, pattern in self._calls.get(part.lower(), ()):
                if spoken is not None and rule.languages and not rule.languages & spoken:
                    continue
                owner = data[max(0, start - 80) : start]
                if pattern.receiver and source.language == "php" and not _OWNED.search(owner):
                    continue
                after = data[stop : stop + 120].decode("latin-1")
                if pattern.named is None or any(map(pattern.named.search, _WORDS.findall(after))):
                    yield rule, pattern

    def leads_on(self, source: Source, start: int, stop: int) -> bool:
        """Whether the name at `start` to `stop` may name a value, in a language of settings or commands."""
        if any(True for _ in self._patterns(source, start, stop)):
            return True
        test = self._test(source, source.data[start:stop])
        if test is None or source.language != "yaml":
            return test is not None
        return may_name(source.data, start, stop, test)


def _is_in_call(data: bytes, position: int) -> bool:
    """Whether the byte stands in the parentheses of a call, not in a list, as far as can be seen."""
    depth = 0
    for at in range(position - 1, max(-1, position - _FAR), -1):
        sign = data[at : at + 1]
        if sign in (b")", b"]", b"}"):
            depth += 1
        elif sign in (b"(", b"[", b"{"):
            if not depth:
                return sign == b"(" and not _LIST.search(data, max(0, at - 10), at)
            depth -= 1
    return True


_FAR = 600
_LIST = re.compile(rb"\b(?:array|list)\s*\Z", re.IGNORECASE)


def _parted(rule: Rule) -> Iterator[bytes]:
    """The rule's keywords as names with `_` or `-` between their words write them, as its pattern tells."""
    for name in re.findall(r"[a-z]+(?:_[a-z]+)+", rule.names.pattern if rule.names else ""):
        whole = name.replace("_", "").encode("ascii")
        if any(w in whole for w in rule.keywords):
            yield name.encode("ascii")
            yield name.replace("_", "-").encode("ascii")


def _named_by(rule: Rule, text: str, tails: set[str]) -> bool:
    if rule.names is None:
        return False
    if any(rule.names.search(tail) for tail in tails):
        return True
    spans_names = re.search(r"\[\\w\.\]|\\\.|\.\*", rule.names.pattern)
    ends = rule.names.pattern.rstrip(")").endswith(("$", "\\Z"))
    if ends and not spans_names:
        return False
    return any(w.decode("utf-8") in text.lower() for w in rule.keywords)


def _tells(pattern: CallPattern) -> bool:
    return any(role in _TELLING for role in pattern.arguments.values())
