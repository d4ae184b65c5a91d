"""A text in, each of production's hosts in it and what takes its place out; the text counts nothing.

A host is written with the same bytes in every escape (letters, digits, dot, hyphen); a URL's colon and
slashes are read and written in the escape that the text has for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.database.names import PORTS, Names, Pair, is_address
from portability.database.splices import Hit, Seen, Splice

NO_VALUE = "no value replaces it"
LONGER = "part of a longer name"
MAIL = "an e-mail address"

_COLON = rb"(?::|%(?:25)*3A|\\+u003a|&#(?:58|x3a);|&colon;)"
_SLASH = rb"(?:\\*/|%(?:25)*2F|\\+(?:u00|x)2f|&#(?:47|x2f);|&sol;)"
_BEGUN = rb"(?:(?<![a-z0-9\\])|(?<=\\[nrt])|(?<=%[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
_BEFORE = re.compile(
    rb"(?:"
    + _BEGUN
    + rb"(?P<scheme>[a-z][a-z0-9+.-]{1,12})(?P<colon>"
    + _COLON
    + rb"))?(?P<slashes>(?P<slash>"
    + _SLASH
    + rb")"
    + _SLASH
    + rb")\Z",
    re.IGNORECASE,
)
_PORT = re.compile(rb"(?P<colon>" + _COLON + rb")(?P<port>\d{1,5})(?!\d)", re.IGNORECASE)
_AT = re.compile(rb"(?:@|%(?:25)*40|&#(?:64|x40);|&commat;|\\+u0040)\Z", re.IGNORECASE)
_LOGIN = re.compile(_SLASH + rb"{2}[^\s/\"'<>@]*(?:@|%(?:25)*40)\Z", re.IGNORECASE)
_CODE = re.compile(rb"(?:25)*([0-9a-f]{2})", re.IGNORECASE)
_SIGNS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_NO_PATH = re.compile(rb"[A-Za-z0-9_~-]")
_LOOK_BACK, _LONGEST = 96, 255


def look(data: bytes, names: Names) -> Seen:
    """Every host of production's in the text, and the splices that replace them."""
    splices: list[Splice] = []
    hits: list[Hit] = []
    done = 0
    lowered = data.lower()
    for at, end in names.needles.at(lowered):
        if at < done:
            continue
        needle = lowered[at:end]
        start, stop = _run(data, at, end)
        done = stop
        alias = names.needles.aliases.get(needle, "")
        seen = _named(data, lowered, names, (start, stop), (at, end), alias)
        if isinstance(seen, Hit):
            hits.append(seen)
        elif seen is not None:
            hit, splice = seen
            hits.append(hit)
            if not hit.left:
                splices.append(splice)
                done = max(done, splice.end)
    return Seen(tuple(splices), tuple(hits))


def _run(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The run of a name's signs around bytes `start` to `end`."""
    first, last = max(0, start - _LONGEST), min(len(data), end + _LONGEST)
    while start > first and data[start - 1] in _SIGNS:
        start -= 1
    while end < last and data[end] in _SIGNS:
        end += 1
    return start, end


def _named(
    data: bytes, lowered: bytes, names: Names, run: tuple[int, int], core: tuple[int, int], alias: str
) -> Hit | tuple[Hit, Splice] | None:
    """What the run is: a host with a replacement, one of production's without, or nobody's we know."""
    stop = run[1]
    while stop > core[1] and data[stop - 1] in b".-_":
        stop -= 1
    readings = list(_readings(data, run[0], core[0]))
    if alias:  # Letters beyond ASCII may stand before it, in whatever escape.
        readings = [start for start in readings if start == core[0] or data[core[0] - 1 : core[0]] == b"."]
    if not readings:
        return None
    hosts = [(start, _host(lowered, start, stop, core, alias)) for start in readings]
    for start, host in hosts:
        if host in names.urls or host in names.hosts or host in names.unclear:
            return _replaced(data, names, start, stop, host)
    for start, host in hosts:
        if names.is_ours(host) or names.pair(host) is not None:
            return None if names.is_ours(host) else _replaced(data, names, start, stop, host)
    start, host = hosts[0]
    form = _form(data, start, _before(data, start))
    within = _host(lowered, start, core[1], core, alias)
    if names.is_theirs(host):
        return Hit(host, form, MAIL if form == "e-mail" else NO_VALUE)
    is_longer = stop > core[1] and names.is_theirs(within) and not is_address(within)
    return Hit(host, form, LONGER) if is_longer else None


def _host(lowered: bytes, start: int, stop: int, core: tuple[int, int], alias: str) -> str:
    if not alias:
        return lowered[start:stop].decode("ascii", "replace")
    around = lowered[start : core[0]].decode("ascii"), lowered[core[1] : stop].decode("ascii")
    return around[0] + alias + around[1]


def _readings(data: bytes, start: int, core: int) -> Iterator[int]:
    """Where the name may begin: behind the escape that the run begins with, or where the run does."""
    before = data[start - 1 : start]
    if before == b"%" and (code := _CODE.match(data, start)) and int(code[1], 16) not in _SIGNS:
        yield from _begun(data, code.end(), core)
    elif before == b"\\":
        kind = data[start : start + 1].lower()
        if kind in b"nrtfbv0":
            yield from _begun(data, start + 1, core)
        elif kind in b"ux":
            yield from _begun(data, start + (5 if kind == b"u" else 3), core)
    yield from _begun(data, start, core)


def _begun(data: bytes, start: int, core: int) -> Iterator[int]:
    while start < core and data[start] in b".-_":
        start += 1
    if start <= core:
        yield start


def _is_mail(data: bytes, start: int) -> bool:
    """Whether an at sign before the name makes it the domain of an e-mail address, not a URL's host."""
    if data[start - 1 : start] not in (b"@", b"0", b";"):
        return False
    before = data[max(0, start - _LOOK_BACK) : start]
    return bool(_AT.search(before)) and not _LOGIN.search(before)


def _before(data: bytes, start: int) -> re.Match[bytes] | None:
    """The slashes before a name, with the scheme where there is one."""
    if data[start - 1 : start] not in (b"/", b"f", b"F", b";"):
        return None
    return _BEFORE.search(data, max(0, start - _LOOK_BACK), start)


def _form(data: bytes, start: int, before: re.Match[bytes] | None) -> str:
    """How the text writes what stands before a host."""
    if _is_mail(data, start):
        return "e-mail"
    slashes = before["slashes"] if before else b""
    if b"\\" in slashes:
        return "JSON-escaped"
    return {b"%": "percent-encoded", b"&": "HTML-escaped"}.get(slashes[:1], "plain")


def _replaced(data: bytes, names: Names, start: int, stop: int, host: str) -> Hit | tuple[Hit, Splice] | None:
    """The splice of a host that has a replacement, with as much of its URL as a value tells."""
    before = _before(data, start)
    form = _form(data, start, before)
    if form == "e-mail" and not names.mail:
        return Hit(host, form, MAIL)
    port = _PORT.match(data, stop)
    if before and form != "e-mail":
        for pair in names.urls.get(host, ()):
            splice = _url(data, pair, before, port, start, stop)
            if splice is not None:
                return Hit(host, form), splice
    if host in names.unclear:
        return Hit(host, form, names.unclear[host])
    known = names.pair(host)
    new = host.removesuffix(known.old.host) + known.new.host if known else host
    if known is None or new == host:
        return None
    if host == known.old.host and port and known.new.port and int(port["port"]) == known.old.port:
        text = new.encode() + port["colon"] + _digits(known.new.port)
        return Hit(host, form), Splice(start, port.end(), text)
    return Hit(host, form), Splice(start, stop, new.encode())


def _url(
    data: bytes, pair: Pair, before: re.Match[bytes], port: re.Match[bytes] | None, start: int, stop: int
) -> Splice | None:
    """The splice of a URL that begins as a value does; None where scheme, port or path are others."""
    old, new = pair.old, pair.new
    scheme = (before["scheme"] or b"").decode().lower()
    is_web = old.scheme in PORTS and scheme in PORTS
    if scheme and scheme != old.scheme and not is_web:
        return None
    number = int(port["port"]) if port else 0
    if (0 if number == PORTS.get(scheme) else number) != old.port:
        return None
    end = port.end() if port else stop
    slash = before["slash"]
    path = _path(old.path).match(data, end) if old.path else None
    if old.path and (path is None or _NO_PATH.match(data, path.end())):
        return None
    if path is not None:
        end = path.end()
    colon = before["colon"] or (port["colon"] if port else _colon(slash))
    text = new.host.encode() + (colon + _digits(new.port) if new.port else b"")
    text += new.path.encode().replace(b"/", slash)
    if not scheme or (old.scheme == new.scheme and old.port == new.port):
        return Splice(start, end, text)
    return Splice(before.start(), end, new.scheme.encode() + colon + before["slashes"] + text)


def _path(path: str) -> re.Pattern[bytes]:
    return re.compile(_SLASH.join(re.escape(part.encode()) for part in path.split("/")), re.IGNORECASE)


def _digits(number: int) -> bytes:
    return str(number).encode()


def _colon(slash: bytes) -> bytes:
    """A colon in the escape of a slash."""
    if slash[:1] == b"%":
        return slash[:-2] + b"3A"
    return {b"&": b"&#58;"}.get(slash[:1], b":")
