"""Production's values and an environment's in, which host or URL becomes which out.

Hosts and URLs alone are looked for: a bare word (a bucket, an account, a name without a dot) stands in
rows for other things too.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portability.database.needles import Needles, needles
from portability.rulebook.hosts import LOOPBACK_NAMES

PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]|xn--)[a-z0-9-]*[a-z0-9]")
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[^\s/:@?#\[\]]+)(?::(?P<port>\d{1,5}))?(?P<path>/\S*)?"
)
_PLACE = re.compile(r"(?P<below>\*?\.)?(?P<host>[^\s/:@?#\[\]]+)(?::(?P<port>\d{1,5}))?")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]*")


@dataclass(frozen=True, slots=True)
class Place:
    """A host as a value tells it: in lower case, letters beyond ASCII in punycode.

    `below`: it stands for all names below it too, as a cookie's domain does. `port` is 0 where none is
    told, `scheme` and `path` (without a slash at its end) '' where it is no URL.
    """

    host: str
    port: int = 0
    scheme: str = ""
    path: str = ""
    below: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A place of production's, the environment's for it, and the key that tells so."""

    old: Place
    new: Place
    key: str


def place(value: str, below: bool = False) -> Place | None:
    """The host or URL that a value is; None for anything else, such as a bare word or a loopback's name."""
    text = value.strip()
    match = _URL.fullmatch(text) if "://" in text else _PLACE.fullmatch(text)
    host = _ascii(match["host"]) if match else ""
    if match is None or host in LOOPBACK_NAMES or not (_HOST.fullmatch(host) or is_address(host)):
        return None
    found = match.groupdict()
    path = (found.get("path") or "").rstrip("/")
    if not _PLAIN_PATH.fullmatch(path):
        return None
    below = below or bool(found.get("below"))
    scheme, port = (found.get("scheme") or "").lower(), int(found["port"] or 0)
    return Place(host, 0 if port == PORTS.get(scheme) else port, scheme, path, below and not scheme)


def is_address(host: str) -> bool:
    """Whether it is an IPv4 address that belongs to some machine."""
    try:
        found = ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_unspecified or found == ipaddress.IPv4Address(2**32 - 1))


def _ascii(host: str) -> str:
    name = host.lower().rstrip(".")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


@dataclass(frozen=True, slots=True)
class Names:
    """Which of production's places become which.

    `hosts` and `urls` are by production's host, `domains` by the name that others lie below; `unclear`
    gives the reason why a host has no one replacement. `theirs` are production's names and globs of
    them, those without a replacement too, `ours` the environment's.
    """

    hosts: Mapping[str, Pair] = field(default_factory=dict)
    urls: Mapping[str, Sequence[Pair]] = field(default_factory=dict)
    domains: Mapping[str, Pair] = field(default_factory=dict)
    unclear: Mapping[str, str] = field(default_factory=dict)
    theirs: frozenset[str] = frozenset()
    ours: frozenset[str] = frozenset()
    mail: bool = False
    needles: Needles = field(default_factory=Needles)

    def pair(self, host: str) -> Pair | None:
        """What replaces a host, if it has a replacement of its own or lies below a domain that has one."""
        return self.hosts.get(host) or self._below(host)

    def _below(self, host: str) -> Pair | None:
        name = _longest(host, self.domains)
        return self.domains[name] if name and not self.is_ours(host) else None

    def is_theirs(self, host: str) -> bool:
        """Whether a host is production's, or lies below one that is."""
        if host in self.hosts or host in self.urls:
            return True
        return not self.is_ours(host) and any(_fits(host, name) for name in self.theirs)

    def is_ours(self, host: str) -> bool:
        """Whether a host is the environment's, or lies closer below such a one than below production's."""
        ours = _longest(host, self.ours)
        return bool(ours) and len(ours) > len(_longest(host, self.theirs))


def _fits(host: str, name: str) -> bool:
    plain = name.removeprefix("*").strip(".")
    return _is_below(host, plain) or fnmatch.fnmatchcase(host, name)


def _is_below(host: str, name: str) -> bool:
    """Whether a host is a name or lies below it; nothing lies below an address."""
    return host == name or (host.endswith("." + name) and not name.replace(".", "").isdigit())


def _longest(host: str, names: Iterable[str]) -> str:
    fitting = [name for name in names if _is_below(host, name)]
    return max(fitting, key=len, default="")


def names(
    pairs: Iterable[Pair], theirs: Iterable[str] = (), mail: bool = False, ours: Iterable[str] = ()
) -> Names:
    """The table of the pairs.

    `theirs` are further names or globs of production's, without a replacement, `ours` further names that
    may stand where they are: an environment's own, or shared ones.
    """
    listed = list(pairs)
    hosts: dict[str, Pair] = {}
    unclear: dict[str, str] = {}
    urls: dict[str, list[Pair]] = {}
    for pair in listed:
        if pair.old.scheme:
            urls.setdefault(pair.old.host, []).append(pair)
        else:
            _take(pair, hosts, unclear)
    for pair in (one for many in urls.values() for one in many):
        if pair.old.host != pair.new.host and not any(
            not p.old.scheme and p.old.host == pair.old.host for p in listed
        ):
            _take(pair, hosts, unclear)
    known = frozenset(pair.old.host for pair in listed if pair.old.host != pair.new.host)
    given = frozenset(
        name.lower().removeprefix("*.").strip(".") if "*" not in name[1:] else name for name in theirs
    )
    looked_for = known | given | frozenset(urls)
    return Names(
        {host: pair for host, pair in hosts.items() if host not in unclear},
        {host: sorted(many, key=lambda p: -len(p.old.path)) for host, many in urls.items()},
        {pair.old.host: pair for pair in listed if pair.old.below},
        unclear,
        known | given,
        frozenset((*(pair.new.host for pair in listed), *ours)) - known,
        mail,
        needles(looked_for),
    )


def _take(pair: Pair, hosts: dict[str, Pair], unclear: dict[str, str]) -> None:
    known = hosts.setdefault(pair.old.host, pair)
    if known.new.host != pair.new.host:
        unclear[pair.old.host] = f"{known.key} and {pair.key} give it different values"
