"""A mention of a host and what is thought of it in, a Verdict and the service it speaks of out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portability.detection.examine import Mention
from portability.detection.places import HOST_NAMES, Place
from portability.detection.services import DEFAULT_PORTS, named_service, normal, role_of, service_of
from portability.model import Category, Position, Whose
from portability.rulebook.book import Judged, Role

CONNECTIONS = frozenset(
    "mysql postgresql redis memcached rabbitmq mongodb elasticsearch solr smtp ldap ftp ssh beanstalkd "
    "gearman "
    "statsd syslog proxy sqs s3".split()
)
"""Services that code connects to by host, unlike a web site."""

_SERVED = frozenset({*DEFAULT_PORTS.values(), "9312", "4730", "9200", "11300", "8983", "26379"})
"""Ports that say which service listens there."""

ASIDE = frozenset({Place.LINK, Place.ASSET, Place.PROSE})
"""Places that a visitor or his browser acts upon, not the program."""

COMPARED = frozenset({Position.KEY, Position.CASE, Position.COMPARISON})
"""Positions in which a value is looked at, not used."""

_NO_PAGES = frozenset("mysql postgresql redis memcached mongodb ldap".split())
"""Services that speak no HTTP: an address of a page beside their name is one about them."""

_SERVERS = frozenset("redis memcached memcache mysql rabbitmq elasticsearch solr ldap smtp".split())
"""Names that stand for the server itself (`'redis' => '10.0.0.5'`)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A mention taken for a finding: what of it, how sure, and why."""

    judged: Judged
    category: Category
    kind: str
    service: str
    role: str
    whose: Whose
    confidence: float
    reason: str


def verdict(
    mention: Mention,
    judged: Judged,
    whose: Whose,
    confidence: float,
    reason: str,
    category: Category = Category.HOST,
    kind: str = "host",
    service: str = "",
) -> Verdict:
    """The verdict, with the service (unless given) and the role that the mention speaks of."""
    occurrence = mention.occurrence
    named = service or service_of(
        mention.names, occurrence.scheme, occurrence.port, occurrence.host, mention.service
    )
    role = role_of(mention.names, occurrence.host, named)
    return Verdict(judged, category, kind, named, role, whose, confidence, reason)


def last_name(mention: Mention) -> str:
    """The last name, indexes of lists aside, as rules see it."""
    return normal(tuple(name for name in mention.names if not name.isdigit())[-1:])


def connection(mention: Mention) -> str:
    """The service that the mention's place connects to, '' where it is no such place."""
    occurrence = mention.occurrence
    if mention.role in {Role.HOST, Role.DSN}:
        return mention.service or "http"
    by_scheme = service_of((), occurrence.scheme) if occurrence.scheme else ""
    for service in (mention.service if mention.role is Role.URL else "", by_scheme):
        if service in CONNECTIONS:
            return service
    by_name = _by_name(mention)
    if not by_name and occurrence.port in _SERVED and is_whole(mention):
        return service_of((), "", occurrence.port)
    return by_name


def _by_name(mention: Mention) -> str:
    last, service = last_name(mention), named_service(mention.names)
    if service not in CONNECTIONS or (
        service in _NO_PAGES and mention.occurrence.scheme in {"http", "https"}
    ):
        return ""
    if HOST_NAMES.search(last) or last in _SERVERS:
        return service
    plain = mention.occurrence.scheme in {"", "tcp", "http", "https"}
    is_address = plain and mention.place is Place.SETTING and re.search(r"(?:url|uri|dsn)$", last)
    return service if is_address else ""


_MORE = re.compile(r"[\s/<>@=]")
_SEVERAL = re.compile(r"[\s,;:\d.*]*")
_MASK = re.compile(r"\A/\d{1,3}")


def is_whole(mention: Mention) -> bool:
    """Whether the literal is nothing but the host, with a port, a scheme or a list of them at most."""
    occurrence, text = mention.occurrence, mention.literal.text
    after = text[occurrence.end :]
    rest = text[: occurrence.start] + (_MASK.sub("", after) if occurrence.cidr else after)
    return not _MORE.search(rest.strip()) or _SEVERAL.fullmatch(rest) is not None
