"""A host name or address in, what is generally known of it out: its domain, its kind, who runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

from publicsuffixlist import PSLFILE

from portability.model import Whose

PRIVATE_SUFFIXES = frozenset(
    "local localdomain internal intranet lan corp home private test example invalid svc consul docker".split()
)
"""Top-level names that no public registry gives out: reserved ones and those that offices use."""

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "loopback"})

_PLACEHOLDER_DOMAINS = frozenset(
    "example.com example.net example.org example.edu domain.com domain.tld domain.ext domain.org domain.net "
    "site.com website.com host.com hostname.com server.com foo.com bar.com foobar.com baz.com test.com "
    "company.com acme.com mydomain.com mysite.com yourdomain.com yoursite.com email.com mail.tld "
    "somewhere.com blah.com foo.bar foo.org bar.org xxx.com abc.com xyz.com anydomain.com "
    "somesite.com somedomain.com default.com localhost.com".split()
)
_PLACEHOLDER_LABEL = re.compile(
    r"(?:your|my|some|any|the|our|an?)[-_]?(?:own)?[-_]?(?:domain|site|server|host|company|website|shop|app|"
    r"blog|"
    r"url|name|org|organi[sz]ation|project|account|region|bucket|cluster|database|db|endpoint)s?"
    r"(?:[-_]?(?:name|here|url|id))?|x{3,}|replace[-_]?me|change[-_]?me|placeholder|tld|ext|hostname|"
    r"host[-_]name|"
    r"your|server[-_]name|domain[-_]name|subdomain|(?:foo|bar|baz)(?:bar)?",
    re.IGNORECASE,
)
_FILE_LIKE = frozenset(
    "sh py pl md zip mov so rs ps cc ai app java name id in is it to by at do my me no click date type data "
    "email map link page style center top host vi st info table target total select call download report "
    "watch run play now one red new how kim world zone work works digital media network support help tools "
    "cx "
    "mk cs vb ml mm tf country directory company group photo photos gallery events education city place "
    "property properties services training review reviews social software video vote cards cash chat "
    "community credit deals delivery design direct domains exchange family fund game games gift gifts guide "
    "health homes house legal life loan management market menu money movie music order parts plus press "
    "rent rest room sale save school security style supply systems tax team tips today trade university "
    "vision author book box".split()
)
"""Top-level domains that a file's ending or a property's name may be as well."""

_SERVICE_ADDRESSES = frozenset(
    "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 169.254.169.254 169.254.170.2 169.254.169.253 "
    "255.255.255.255 255.255.255.0 255.255.0.0 255.0.0.0 1.2.3.4 1.2.3.5 12.34.56.78 123.123.123.123 "
    "1.1.1.2 2.2.2.2 127.0.0.0 10.0.0.0 172.16.0.0 192.168.0.0 100.64.0.0 224.0.0.0 192.0.0.0".split()
)
"""Addresses that stand for nobody's machine: public resolvers, metadata, masks, networks, samples."""

_SAMPLE_NETWORKS = tuple(IPv4Network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))

_SAMPLE_LONG = IPv6Network("2001:db8::/32")


class AddressKind(StrEnum):
    """What an address stands for."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    PUBLIC = "public"
    SAMPLE = "sample"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Known:
    """A host that is known to be somebody else's, with all below it unless `exact`, or one path of it."""

    host: str
    whose: Whose
    service: str = "http"
    path: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """Lists of known hosts, asked by `find`."""

    entries: Mapping[str, tuple[Known, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Iterable[Known]) -> KnownHosts:
        """The lists, indexed by host; the longest path of a host comes first."""
        entries: dict[str, tuple[Known, ...]] = {}
        for item in known:
            entries[item.host] = (*entries.get(item.host, ()), item)
        return cls({h: tuple(sorted(i, key=lambda k: -len(k.path))) for h, i in entries.items()})

    def find(self, host: str, path: str = "") -> Known | None:
        """The entry of the host itself or of the nearest name above it, with a fitting path."""
        for name in _upwards(host):
            for item in self.entries.get(name, ()):
                if path.startswith(item.path) and (name == host or not item.exact):
                    return item
        return None

    def always(self, host: str) -> Whose | None:
        """Whose the host is by the lists, where they say the same of all its paths."""
        found: set[Whose] = set()
        for name in _upwards(host):
            entries = [item for item in self.entries.get(name, ()) if name == host or not item.exact]
            found.update(item.whose for item in entries)
            if any(not item.path for item in entries):
                return found.pop() if len(found) == 1 else None
        return None


def _upwards(host: str) -> Iterator[str]:
    labels = host.split(".")
    for index in range(len(labels)):
        yield ".".join(labels[index:])


@cache
def _suffixes() -> frozenset[str]:
    """The rules of the public suffix list; its comments are there too, and match no name."""
    return frozenset(line.partition(" ")[0] for line in Path(PSLFILE).read_text("utf-8").lower().splitlines())


_DEEPEST = 8
"""Labels from which on no rule of the list begins."""


def _public(labels: list[str]) -> int:
    """How many labels, from the end, nobody can register as such; 0 where the list knows none.

    See https://github.com/publicsuffix/list/wiki/Format: the longest rule counts, and an exception most.
    """
    suffixes = _suffixes()
    for depth in range(min(len(labels), _DEEPEST), 0, -1):
        name = ".".join(labels[-depth:])
        if f"!{name}" in suffixes:
            return depth - 1
        if f"*.{name}" in suffixes:
            return min(depth + 1, len(labels))
        if name in suffixes:
            return depth
    return 0


def _spelled_out(label: str) -> str:
    """A label as people write it, where DNS writes it in ASCII (`xn--...`)."""
    if label.startswith("xn--"):
        with suppress(UnicodeError):
            return label.encode("ascii").decode("idna").lower()
    return label


@lru_cache(maxsize=100_000)
def registrable(host: str) -> str:
    """The domain that somebody registered for the host (`www.fans.co.uk` -> `fans.co.uk`).

    '' where the name ends in nothing that can be registered or that offices use for themselves.
    """
    labels = host.lower().strip(".").split(".")
    if len(labels) < 2 or not all(labels):
        return ""
    if labels[-1] in PRIVATE_SUFFIXES:
        return ".".join(labels[-2:])
    public = _public([_spelled_out(label) for label in labels])
    return ".".join(labels[-public - 1 :]) if 0 < public < len(labels) else ""


def _kind_of_long(text: str) -> AddressKind | None:
    """What the IPv6 address stands for; None for anything else with a colon."""
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return None
    if address.is_loopback:
        return AddressKind.LOOPBACK
    if address in _SAMPLE_LONG:
        return AddressKind.SAMPLE
    if address.is_multicast or address.is_link_local or address.is_unspecified:
        return AddressKind.NOBODY
    return AddressKind.PRIVATE if address.is_private else AddressKind.PUBLIC


@lru_cache(maxsize=8192)
def address_kind(text: str) -> AddressKind | None:
    """What the address stands for; None for anything that is no such address."""
    if not re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", text):
        return _kind_of_long(text) if ":" in text else None
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return None
    if address.is_loopback and text != "127.0.0.0":
        return AddressKind.LOOPBACK
    if any(address in network for network in _SAMPLE_NETWORKS):
        return AddressKind.SAMPLE
    odd = address.is_multicast or address.is_reserved or address.is_link_local
    if odd or text in _SERVICE_ADDRESSES or text.startswith(("0.", "255.")):
        return AddressKind.NOBODY
    return AddressKind.PRIVATE if address.is_private else AddressKind.PUBLIC


def is_loopback(host: str) -> bool:
    """Whether the name or address means the machine itself."""
    lower = host.lower()
    return lower in LOOPBACK_NAMES or address_kind(lower) is AddressKind.LOOPBACK or lower in {"::1", "[::1]"}


def is_placeholder(host: str) -> bool:
    """Whether the name stands for one that a person is to fill in."""
    lower = host.lower().strip(".")
    domain = registrable(lower)
    if domain in _PLACEHOLDER_DOMAINS or lower in _PLACEHOLDER_DOMAINS:
        return True
    return any(_PLACEHOLDER_LABEL.fullmatch(label) for label in lower.split("."))


def is_file_like(host: str) -> bool:
    """Whether the name may as well be a file's or a property's (`backup.sh`, `user.name`)."""
    return host.rpartition(".")[2] in _FILE_LIKE


def is_name(text: str) -> bool:
    """Whether the text is one machine's short name, as in a private network (`db1`, `redis-cache`)."""
    return bool(re.fullmatch(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", text)) and len(text) <= 63
