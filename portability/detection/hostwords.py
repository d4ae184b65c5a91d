"""Bytes of a file in, the places where a host may stand out; a host of public reference is no such place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from portability.hosts import KnownHosts, is_file_like, is_placeholder, registrable
from portability.model import Source, Whose

_LAST_LABEL = re.compile(rb"\\{0,2}\.((?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]+))(?!\w|\\{0,2}\.[A-Za-z])")
_HOST_BYTES = bytes(range(48, 58)) + bytes(range(65, 91)) + bytes(range(97, 123)) + b"_-.\\\x1a})$"
_ADDRESS = re.compile(rb"\d\\{0,2}\.\d{1,3}\\{0,2}\.\d{1,3}\\{0,2}\.\d")
_REST = rb"(?:[^\s/@'\"<>]*@)?(?P<rest>[A-Za-z0-9_-]+)?"
_SCHEMES = (
    (b"://", re.compile(rb"://" + _REST)),
    (b"\\/", re.compile(rb":\\+/\\+/" + _REST)),
    (b"%2", re.compile(rb"%2[Ff]%2[Ff]" + _REST)),
)
WORDS = (
    b"localhost",
    b"host=",
    b"hostname=",
    b"hostaddr=",
    b"server=",
    b"addr=",
    b"data source=",
    b"dbname=",
)
"""Words that a text with a host holds, where it is no name with a domain."""

_OWNERS = re.compile(
    rb"cookie|server_?(?:name|alias)|(?:site|base|home|app|web|root|public|canonical)_?url|_domain|wp_?home",
    re.IGNORECASE,
)
"""A line with one of these may make a domain the project's own, whatever the lists say of it."""

_LONGEST = 253


class HostWords:
    """Knows which hosts are worth a look."""

    def __init__(self, known: KnownHosts, production: Sequence[str]) -> None:
        self._known = known
        self._own = frozenset(registrable(pattern.lower().lstrip("*.")) for pattern in production)
        self._worth: dict[bytes, bool] = {}

    def positions(self, source: Source) -> Iterator[int]:
        """A byte of each place that may be a host, or the beginning of one."""
        data = source.data
        yield from self._names(source)
        yield from (match.end() - 1 for match in _ADDRESS.finditer(data))
        for sign, pattern in _SCHEMES:
            for match in pattern.finditer(data) if sign in data else ():
                end = match.end()
                if data[match.start() - 3 : match.start()] == b"php":
                    continue
                if match.group("rest") and data[end : end + 1] not in (b".", b"\\", b"%", b"$", b"{"):
                    yield end - 1

    def _names(self, source: Source) -> Iterator[int]:
        data = source.data
        for match in _LAST_LABEL.finditer(data):
            if not _is_suffix(match.group(1)):
                continue
            dot = match.start()
            window = data[max(0, dot - _LONGEST) : dot]
            start = dot - len(window) + len(window.rstrip(_HOST_BYTES))
            last = match.group(1).decode("ascii").lower()
            if start == dot:
                if data[dot - 1 : dot] in (b"'", b'"') and not is_file_like(last):
                    yield match.end() - 1
                continue
            if data[match.end() : match.end() + 1] == b"(" and data[start - 1 : start] not in (b"/", b"@"):
                continue
            host = data[start : match.end()]
            if source.language in _STYLED and _SELECTOR.match(data, match.end()):
                continue
            if self._is_worth(host) or _OWNERS.search(_line(data, dot)):
                if start > 0 and is_file_like(last) and self._is_alias(host, data[start - 1 : start]):
                    continue
                is_code = is_file_like(last) and source.language in _PROGRAMS
                if not is_code or _is_quoted(data, start):
                    yield match.end() - 1

    def _is_alias(self, host: bytes, before: bytes) -> bool:
        """Whether it looks like a column of a table (`h.id`), not like a host."""
        label, dot, rest = host.partition(b".")
        short = len(label) <= 3 and dot and b"." not in rest and before not in (b"/", b"@")
        return bool(short) and host.decode("latin-1").lower() not in self._own

    def _is_worth(self, host: bytes) -> bool:
        found = self._worth.get(host)
        if found is None:
            found = self._worth[host] = self._may_matter(host.decode("latin-1"))
            if len(self._worth) > 100_000:
                self._worth.clear()
        return found

    def _may_matter(self, written: str) -> bool:
        """Whether the host can be a finding: it has a domain, and no list or form says otherwise."""
        host = re.sub(r".*[^A-Za-z0-9_.\-]", "", written.replace("\\", "")).lower().lstrip(".")
        domain = registrable(host)
        if not domain:
            return host != written.lower()
        if domain in self._own:
            return True
        listed = self._known.find(host)
        return not ((listed is not None and listed.whose is Whose.REFERENCE) or is_placeholder(domain))


_STYLED = frozenset({"css", "html"})
_SELECTOR = re.compile(rb"[^;}]{0,80}\{")
_PROGRAMS = frozenset({"php", "javascript"})


def _line(data: bytes, position: int) -> bytes:
    start = data.rfind(b"\n", max(0, position - 500), position) + 1 or max(0, position - 500)
    end = data.find(b"\n", position, position + 300)
    return data[start : end if end >= 0 else position + 300]


def _is_quoted(data: bytes, position: int) -> bool:
    """Whether a quote is open before the byte, as far as its line tells."""
    start = data.rfind(b"\n", max(0, position - 2000), position) + 1
    if not start and position > 2000:
        return True
    before = data[start:position]
    return any(before.count(quote) % 2 for quote in (b"'", b'"', b"`")) or _is_bare_line(
        data, start, position
    )


def _is_bare_line(data: bytes, start: int, position: int) -> bool:
    """Whether the line holds no sign of code before the byte: part of a longer text, perhaps."""
    return not re.search(rb"[$=(){};]", data[start:position]) and b"'" not in data[start:position]


@lru_cache(maxsize=8192)
def _is_suffix(label: bytes) -> bool:
    """Whether a domain can end in the label."""
    return bool(registrable("a.b." + label.decode("ascii").lower()))
