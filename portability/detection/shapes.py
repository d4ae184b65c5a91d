"""A decoded text in, the hosts and addresses that are written in it out, each with how it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from sys import intern

from portability.model import HOLE, Encoder
from portability.rulebook.hosts import address_kind, registrable
from portability.sending import sent


class Shape(StrEnum):
    """The notation in which a host stands."""

    URL = "URL"
    BARE = "bare name"
    ADDRESS = "address"
    EMAIL = "e-mail address"
    LOGIN = "user@host"
    SHARE = "host::module"
    PAIR = "key=host"


@sent
@dataclass(frozen=True, slots=True)
class Occurrence:
    """A host in a text: characters `start` to `end` are all of it that is written there.

    `host` is lower case and without escapes, `written` only without escapes.
    `partial`: a part known only at run time stands before it. `password` are the characters of a
    password in front of it, if any.
    """

    start: int
    end: int
    host: str
    shape: Shape
    scheme: str = ""
    port: str = ""
    path: str = ""
    partial: bool = False
    encoder: Encoder = Encoder.PLAIN
    before: str = ""
    after: str = ""
    password: tuple[int, int] | None = None
    cidr: bool = False
    written: str = ""

    @property
    def domain(self) -> str:
        """The registered domain, '' for an address or a name without one."""
        return registrable(self.host)


_LABEL = rf"[A-Za-z0-9_{HOLE}](?:[A-Za-z0-9_{HOLE}-]*[A-Za-z0-9_{HOLE}])?"
_FILLED = rf"(?:{HOLE}|%(?:\d\$)?[sd]|\$\{{?\w+\}}?|\{{\$?\w+\}})"
_URL_LABEL = rf"(?:[A-Za-z0-9_-]|{_FILLED})+"
_URL_HOST = rf"{_URL_LABEL}(?:\\{{0,2}}\.{_URL_LABEL})*"
_HOLES = re.compile(_FILLED)
_SLASHES = r"(?:(?:\\{0,2}/){2}|%2[Ff]%2[Ff])"
_URL = re.compile(
    rf"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{{1,20}})\??(?::|%3[Aa])|(?<![\w:/\\)\]{HOLE}])){_SLASHES}"
    rf"(?:[^\s/@:'\"<>?#\\{{}}]*(?::(?P<password>[^\s/@'\"<>]*))?@)?"
    rf"(?:\((?:[\w|?.\\\[\]+*^:-]+)\)[?*]?)?(?:\\{{0,2}}\.)?(?P<host>{_URL_HOST})\.?(?::"
    rf"(?P<port>\d{{1,5}}))?(?P<path>[^\s'\"<>]*)"
)
_BARE = re.compile(
    rf"(?<![\w.@$%/{HOLE}-])(?P<lead>(?:\*?\.)?|[(?:]*www\\\.[)]\?)"
    rf"(?P<host>(?:{_LABEL}\\{{0,2}}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9])(?![\w(@-])"
)
_PATH_BARE = re.compile(r"(?<=/)(?P<host>(?:[A-Za-z0-9-]+\\\.)+[A-Za-z]{2,})(?=[$/\\)|]|$)")
_AFTER_HOLE = re.compile(rf"{HOLE}\.(?P<host>(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]+)(?![\w@-])")
_AT = re.compile(
    r"(?P<user>[\w.+%-]+|" + HOLE + r")@(?P<host>(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]*[A-Za-z0-9])(?P<colon>:?)"
)
_LOGS_IN = re.compile(r"(?<![\w./-])(?:ssh|scp|sftp|rsync|mosh|autossh|ssh-copy-id) [^\n;|&@]{0,120}\Z")
_ADDRESS = re.compile(
    r"(?<![\w.\\-])(?P<host>\d{1,3}(?:\\?\.\d{1,3}){3})(?!\.?\w|-(?!\d{1,3}\.\d{1,3}\.\d)\w)(?::(?P<port>\d{1,5}))?"
    r"(?P<mask>/\d{1,2})?"
)
_LONG_ADDRESS = re.compile(
    r"(?<![\w:.])(?P<host>2[0-9a-fA-F]{3}:[0-9a-fA-F]{1,4}:[0-9a-fA-F:]{0,32})(?![\w.])(?P<mask>/\d{1,3})?"
)
_SED = re.compile(r"\A[\d,$]*s/[^/\n]*/[^/\n]*/[a-zA-Z\d]*\Z")
"""A command of sed's whose parts a slash divides: no slash in it belongs to a path."""

_LOCAL = re.compile(r"(?<![\w.@$/\\-])(?P<host>localhost)(?![\w.@-])(?::(?P<port>\d{1,5}))?")
_DSN = re.compile(
    r"(?P<scheme>mysql|mysqli|mariadb|pgsql|postgresql|sqlsrv|dblib|mssql|oci|ldap|redis|tcp):(?!//)[\w ]+=|"
    r"(?:\w+='?[\w.-]+'? +)*(?:host|dbname)='?[\w.-]+'? +\w+="
)
_PAIR = re.compile(
    r"(?<![\w.])(?:host|hostname|server|hostaddr|addr|data source)\s*=\s*(?P<host>[a-z][a-z0-9_-]*)"
    r"(?=[;,:\s&]|$)"
)
_PORT = re.compile(r":(\d{1,5})(?!\d)")
_TAIL = re.compile(r"(?:::?[\w-]|/)[^\s'\"<>]*")


def occurrences(text: str) -> list[Occurrence]:
    """Every host in the text, from left to right, none overlapping another."""
    found: list[Occurrence] = []
    if text.startswith("s/") and _SED.match(text):
        text = text.replace("/", "|")
    if "//" in text or "/\\/" in text or "%2F%2F" in text or "%2f%2f" in text:
        found += _urls(text)
    if "@" in text:
        found += _without(found, _at_signs(text))
    if "." in text:
        found += _without(found, _addresses(text))
        found += _without(found, _bare_names(text))
    if ":" in text and "2" in text:
        found += _without(found, _long_addresses(text))
    if "localhost" in text:
        found += _without(found, _locals(text))
    if "=" in text and (dsn := _DSN.match(text)):
        scheme = dsn.group("scheme") or "pgsql"
        found += _without(found, _pairs(text))
        found = [replace(o, scheme=o.scheme or scheme) for o in found]
    found = [_as_written(o, text[o.start : o.end].replace("\\", "")) for o in found]
    return sorted(found, key=lambda item: item.start)


def _as_written(found: Occurrence, written: str) -> Occurrence:
    """The occurrence, told how it is written; of equal names only one text is kept."""
    host = intern(found.host)
    return Occurrence(
        found.start,
        found.end,
        host,
        found.shape,
        found.scheme,
        found.port,
        found.path,
        found.partial,
        found.encoder,
        found.before,
        found.after,
        found.password,
        found.cidr,
        host if written == host else intern(written),
    )


def _without(taken: list[Occurrence], others: Iterator[Occurrence]) -> list[Occurrence]:
    """The others that touch nothing taken, nor the rest of a URL that is."""
    areas = [(o.start, o.end + (len(o.path) if o.shape is Shape.URL else 0)) for o in taken]
    kept: list[Occurrence] = []
    for item in others:
        touched = [(o.start, o.end) for o in (*taken, *kept)] if item.partial else areas
        if all(item.end <= start or item.start >= end for start, end in touched):
            kept.append(item)
            areas.append((item.start, item.end))
    return kept


def _urls(text: str) -> Iterator[Occurrence]:
    at = 0
    while match := _URL.search(text, at):
        at = max(match.end("host"), match.start() + 1)
        start, end, partial = _constant_part(text, *match.span("host"))
        if start == end:
            continue
        written = text[start:end]
        password = match.span("password") if match.group("password") else None
        yield Occurrence(
            start,
            end,
            _plain(written),
            Shape.URL,
            intern((match.group("scheme") or "").lower()),
            match.group("port") or "",
            match.group("path").replace("\\/", "/"),
            partial,
            _encoder(written),
            password=password,
        )


def _constant_part(text: str, start: int, end: int) -> tuple[int, int, bool]:
    """The labels after the last hole; an empty span where the name ends in a hole."""
    written = text[start:end]
    holes = list(_HOLES.finditer(written))
    if not holes:
        return start, end, False
    first = written[: holes[0].start()]
    if holes[-1].end() == len(written) and len(holes) == 1 and registrable(_plain(first)):
        return start, start + len(first), False
    dot = written.find(".", holes[-1].end())
    if dot < 0:
        return end, end, True
    return start + dot + 1, end, True


def _plain(written: str) -> str:
    return written.replace("\\", "").lower()


def _encoder(written: str) -> Encoder:
    return Encoder.REGEX if "\\" in written else Encoder.PLAIN


def _at_signs(text: str) -> Iterator[Occurrence]:
    for match in _AT.finditer(text):
        host = match.group("host").lower()
        address = address_kind(host)
        if not address and not registrable(host):
            continue
        login = (
            bool(match.group("colon")) or address is not None or bool(_LOGS_IN.search(text, 0, match.start()))
        )
        shape = Shape.LOGIN if login else Shape.EMAIL
        yield Occurrence(*match.span("host"), host, shape)


def _addresses(text: str) -> Iterator[Occurrence]:
    for match in _ADDRESS.finditer(text):
        written = match.group("host")
        if address_kind(_plain(written)) is None:
            continue
        yield Occurrence(
            *match.span("host"),
            _plain(written),
            Shape.ADDRESS,
            port=match.group("port") or "",
            encoder=_encoder(written),
            cidr=bool(match.group("mask")),
        )


def _long_addresses(text: str) -> Iterator[Occurrence]:
    for match in _LONG_ADDRESS.finditer(text):
        host = match.group("host")
        if address_kind(host):
            yield Occurrence(*match.span("host"), host.lower(), Shape.ADDRESS, cidr=bool(match.group("mask")))


def _is_filled_in(text: str, start: int) -> bool:
    """Whether a template's engine fills in what stands there (`{{ comment.id }}`)."""
    return any(text.rfind(begin, 0, start) > text.rfind(end, 0, start) for begin, end in _FILLING)


_FILLING = (("{{", "}}"), ("{%", "%}"))


def _bare_names(text: str) -> Iterator[Occurrence]:
    filled = any(begin in text for begin, _ in _FILLING)
    for pattern in (_BARE, _AFTER_HOLE, _PATH_BARE):
        if pattern is _AFTER_HOLE and HOLE not in text:
            continue
        for match in pattern.finditer(text):
            start, end, partial = _constant_part(text, *match.span("host"))
            written = text[start:end]
            if not written or not registrable(_plain(written)) or (filled and _is_filled_in(text, start)):
                continue
            port = _PORT.match(text, end)
            tail = _TAIL.match(text, end)
            share = text.startswith("::", end)
            yield Occurrence(
                start,
                end,
                _plain(written),
                Shape.SHARE if share else Shape.BARE,
                port=port.group(1) if port else "",
                path=tail.group() if tail else "",
                partial=partial or pattern is _AFTER_HOLE,
                encoder=_encoder(written),
            )


def _pairs(text: str) -> Iterator[Occurrence]:
    for match in _PAIR.finditer(text):
        yield Occurrence(*match.span("host"), match.group("host"), Shape.PAIR)


def _locals(text: str) -> Iterator[Occurrence]:
    for match in _LOCAL.finditer(text):
        yield Occurrence(*match.span("host"), "localhost", Shape.BARE, port=match.group("port") or "")
