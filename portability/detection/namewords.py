"""A word in a file in, whether it is part of a name or call that may lead to a value out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from portability.detection.places import BROWSER, HOST_NAMES, is_sample, is_test, is_wording
from portability.detection.services import normal
from portability.model import Source
from portability.rulebook import CallPattern, Role, Rule, Rulebook, Where

_TELLING = frozenset(Role) - {Role.URL, Role.DSN, Role.PORT, Role.DATABASE}
"""Roles by which an argument is a finding whatever its text looks like."""

_MACHINES = tuple(
    b"host server endpoint addr domain node broker sentinel cluster master slave replica writer reader prox "
    b"upstream backend gateway origin relay save_path bind ip".split()
)
"""Words of the names that HOST_NAMES fits."""

_PROGRAMS = frozenset({"php", "javascript", "json", "html"})
_CALLING = frozenset({"php", "javascript", "html"})
_SPOKEN_IN = {
    "php": frozenset({"php", "html", "javascript", "css"}),
    "javascript": frozenset({"javascript"}),
    "css": frozenset(),
    "json": frozenset(),
    "sql": frozenset(),
    "ini": frozenset(),
    "text": frozenset(),
    "html": frozenset({"html", "javascript", "css"}),
}
"""Languages of the literals that a file of such a language can hold."""

_NAME = bytes(byte for byte in range(256) if byte > 127 or chr(byte).isalnum() or byte in b"_-")
NO_NAME = bytes(set(range(256)) - set(_NAME))
"""Bytes that are part of no name."""

_NARROW = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")
_SIGN = re.compile(
    rb"[\w'\"\])}\s\\]{0,40}?\s*(?P<sign>=>|===?|!==?|=|:(?!:)|,|\?\??|\|\||\.=|\bor\b)", re.IGNORECASE
)
_OPENING = re.compile(rb"\s*(?:\[|\{|(?:array|list)\s*\(|new\b|\()", re.IGNORECASE)
_TEXT = re.compile(rb"['\"`]|<<<|(?<![\w.])\d{3}")
_SHORT_NAME = re.compile(rb"['\"`][a-z][a-z0-9]*(?:[-_][a-z0-9]+)*(?::\d{1,5})?['\"`]|<<<")
_OWNED = re.compile(rb"(?:->|::|\bnew\s+[\w\\]*)$", re.IGNORECASE)
_WORDS = re.compile(r"[\w.]+")
_KEY = re.compile(rb"[\w.: -]*[\"']?\s*(?::|,\s*[\"'](?:value|Value|ParameterValue)[\"']\s*:)")
_MANY = 4000
_KEPT = 50_000
"""Names that are remembered."""


def identifier(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The whole name, hyphens included, around bytes `start` to `end`."""
    before = data[max(0, start - 64) : start]
    after = data[end : end + 64]
    return start - len(before) + len(before.rstrip(_NAME)), end + len(after) - len(after.lstrip(_NAME))


class NameWords:
    """The names that rules of keys, calls and hosts look for."""

    def __init__(self, book: Rulebook) -> None:
        self._keys = [(rule, _width(rule)) for rule in book.of(Where.KEYS)]
        self._has_hosts = bool(book.of(Where.HOSTS))
        self._calls: dict[bytes, list[tuple[Rule, CallPattern]]] = {}
        for rule in book.of(Where.CALLS):
            for pattern in rule.calls:
                if _tells(pattern):
                    self._calls.setdefault(pattern.name.encode("utf-8"), []).append((rule, pattern))
        keywords = {word for rule, _ in self._keys for word in (*rule.keywords, *_parted(rule))}
        machines = _MACHINES if self._has_hosts else ()
        self.words = frozenset({*keywords, *self._calls, *machines})
        self._fitting: dict[bytes, tuple[int, bool]] = {}

    def leads_on(self, source: Source, start: int, stop: int) -> bool:
        """Whether the name at `start` to `stop` may name a value of the file, or be a call with one."""
        data = source.data
        name = data[start:stop]
        if self._is_call(source, name, start, stop):
            return True
        is_key, is_machine = self._fits(name)
        is_key = 0 if is_wording(source.path) else is_key
        is_machine = (
            is_machine
            and source.language not in BROWSER
            and not (is_sample(source.path) or is_test(source.path))
        )
        if not is_key and not is_machine:
            return False
        if source.language not in _PROGRAMS:
            return True
        if source.language == "json" and not _KEY.match(data, stop):
            return False
        return (is_key and _leads_to(data, start, stop, _text(is_key))) or (
            is_machine and _leads_to(data, start, stop, _SHORT_NAME)
        )

    def _is_call(self, source: Source, name: bytes, start: int, stop: int) -> bool:
        spoken = _SPOKEN_IN.get(source.language)
        if spoken is not None and not spoken:
            return False
        after = source.data[stop : stop + 120]
        if source.language in _CALLING and after.lstrip()[:1] != b"(":
            return False
        for word in {name, *_NARROW.findall(name)}:
            for rule, pattern in self._calls.get(word.lower(), ()):
                if spoken is None or not rule.languages or rule.languages & spoken:
                    named = pattern.named
                    owner = source.data[max(0, start - 80) : start]
                    if pattern.receiver and source.language == "php" and not _OWNED.search(owner):
                        continue
                    if named is None or any(map(named.search, _WORDS.findall(after.decode("latin-1")))):
                        return True
        return False

    def _fits(self, name: bytes) -> tuple[int, bool]:
        """The length from which on a text may be a value by that name (0: none), and if a machine may be.

        The name may be written with hyphens: its parts count too.
        """
        found = self._fitting.get(name)
        if found is None:
            text = name.decode("utf-8", "replace")
            parts = text.split("-")
            tails = {
                normal((" ".join(parts[a:b]),))
                for a in range(len(parts))
                for b in range(a + 1, len(parts) + 1)
            }
            is_key = min((width for rule, width in self._keys if _named_by(rule, text, tails)), default=0)
            is_machine = self._has_hosts and any(HOST_NAMES.search(tail) for tail in tails)
            if len(self._fitting) > _KEPT:
                self._fitting.clear()
            found = self._fitting[name] = (is_key, is_machine)
        return found


def _parted(rule: Rule) -> Iterator[bytes]:
    """The rule's keywords as names with `_` or `-` between their words write them, as its pattern tells."""
    for name in re.findall(r"[a-z]+(?:_[a-z]+)+", rule.names.pattern if rule.names else ""):
        whole = name.replace("_", "").encode("ascii")
        if any(word in whole for word in rule.keywords):
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
    return any(word.decode("utf-8") in text.lower() for word in rule.keywords)


def _width(rule: Rule) -> int:
    """Half of the characters that the rule's value has at least: it may be put together of parts."""
    run = re.search(r"\{(\d+),\d*\}\)*\$\Z", rule.find.pattern) if rule.find else None
    return max(1, int(run.group(1)) // 2) if run else 1


@cache
def _text(width: int) -> re.Pattern[bytes]:
    """A text of that many characters, or a number."""
    return _TEXT if width < 2 else re.compile(rb"['\"`][^'\"`\n]{%d}|<<<|(?<![\w.])\d{%d}" % (width, width))


def _tells(pattern: CallPattern) -> bool:
    return any(role in _TELLING for role in pattern.arguments.values())


def _leads_to(data: bytes, start: int, stop: int, text: re.Pattern[bytes]) -> bool:
    """Whether a value is given after a name in a program: what follows it up to its end holds a text."""
    if data[max(0, start - 9) : start].lower().endswith(b"function "):
        return True
    sign = _SIGN.match(data, stop, stop + 60)
    if sign is None:
        return False
    at = sign.end()
    if _OPENING.match(data, at):
        return text.search(data, at, at + _MANY) is not None
    end = data.find(b";", at, at + 600)
    end = at + 600 if end < 0 else end
    if sign.group("sign") in (b"=>", b":", b","):
        line = data.find(b"\n", at, end)
        following = data.find(b"\n", line + 1, end) if line >= 0 and not data[at:line].strip() else line
        end = following if following >= 0 else end
    return text.search(data, at, end) is not None
