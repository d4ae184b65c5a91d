"""A mention of an address, the machine itself or a short name in, a verdict on it (or None) out: pure."""

from __future__ import annotations

import re

from portability.detection.examine import Mention
from portability.detection.places import BROWSER, HOST_NAMES, SERVERS, Place, is_prose, is_sample, is_test
from portability.detection.services import named_service, normal
from portability.detection.shapes import Shape
from portability.detection.verdicts import (
    ASIDE,
    COMPARED,
    CONNECTIONS,
    Verdict,
    connection,
    is_whole,
    last_name,
    verdict,
)
from portability.model import Position, Whose
from portability.rulebook.book import Judged, Role
from portability.rulebook.hosts import AddressKind, address_kind, is_name, is_placeholder

_VERSION_NAMES = re.compile(
    r"(?:^|[._])(?:\w*version|\w*release|revision|oid|build|ver|netmask|\w+_mask|listen|bind)(?:_\w+)?$"
)
_VERSION_CALLS = re.compile(r"version|ip2long|long2ip|inet_")
_GUARD_NAMES = re.compile(r"listen|bind|allow|trusted|whitelist|local_|safe_hosts")
_SERVER_NAMES = re.compile(r"(?:^|[._])(?:servers?|hosts?|endpoints?|backends?|nodes?)(?:$|\.)")
_BACKENDS = re.compile(r"(?:^|_)backends?$")
"""Names of settings that say by which kind of service a thing is done (`RESULT_BACKEND = 'amqp'`)."""

_GENERIC_NAMES = frozenset(
    "host hostname server localhost name user default database db mysql2 none null true false auto yes no on "
    "off ip address domain url tcp udp socket unix http https master slave primary replica main string "
    "readonly readwrite read write writable ro rw text array boolean bool integer int object callable".split()
)
_NOBODYS = frozenset({AddressKind.NOBODY, AddressKind.SAMPLE})
_PASSED_TO = re.compile(
    r"^(?:proxy_pass(?:_reverse|_match)?|(?:fastcgi|uwsgi|scgi|grpc)_pass|balancer_member|server|"
    r"fast_cgi_external_server)$"
)
"""Directives by which a web server hands a request to a program that listens."""

_DIRECT = frozenset({Shape.URL, Shape.LOGIN, Shape.SHARE})


def loopback(mention: Mention, path: str) -> Verdict | None:
    """The machine itself, where code connects to a service there: the replica's may stand elsewhere."""
    literal, start = mention.literal, mention.occurrence.start
    call = literal.call
    from_environment = call is not None and call.name.lower() in {"getenv", "env"}
    for_people = (
        literal.position is Position.MARKUP or is_prose(literal.text) or mention.place is Place.COMMAND
    )
    granted = literal.text[start - 1 : start] == "@" and mention.occurrence.shape is not Shape.URL
    guards = mention.language in BROWSER or _GUARD_NAMES.search(normal(mention.names))
    if is_sample(path) or is_test(path) or from_environment or literal.position in COMPARED:
        return None
    service = _passed_to(mention) or connection(mention) or _by_port(mention)
    if for_people or granted or guards or service in {"", "proxy"}:
        return None
    return verdict(mention, Judged.LOOPBACK, Whose.OWN, 0.6, "a service on this machine", service=service)


def _passed_to(mention: Mention) -> str:
    """`http` where a web server hands its requests to a port of the machine."""
    by_server = mention.language in SERVERS and mention.occurrence.port
    return "http" if by_server and _PASSED_TO.search(normal(mention.names[-1:])) else ""


def _by_port(mention: Mention) -> str:
    """`http` where a port beside a server's name says that something is asked there."""
    whole = mention.occurrence.port and mention.place is not Place.COMMAND and is_whole(mention)
    named = any(_SERVER_NAMES.search(normal((name,))) for name in mention.names[-2:])
    return "http" if whole and named else ""


def address(mention: Mention, path: str) -> Verdict | None:
    """A machine's address, where it is not a version, a mask or data."""
    occurrence, literal = mention.occurrence, mention.literal
    call = literal.call
    kind = address_kind(occurrence.host)
    if kind in _NOBODYS or _VERSION_NAMES.search(normal(mention.names)) or path.endswith(".svg"):
        return None
    is_data = mention.language in {"sql", "css"} or mention.place in ASIDE
    if (is_data and occurrence.shape is not Shape.URL) or (call and _VERSION_CALLS.search(call.name.lower())):
        return None
    placed = mention.place in {Place.SETTING, Place.COMMAND, Place.FORM} or mention.role is not None
    if not (placed or is_whole(mention) or occurrence.shape in _DIRECT):
        return None
    if occurrence.host.endswith((".0", ".255")) and not occurrence.cidr:
        return None
    if literal.position is Position.KEY and _is_like_a_version(occurrence.host):
        return None
    private = kind is AddressKind.PRIVATE
    confidence = (0.85 if private else 0.75) - (0.4 if is_test(path) else 0.0)
    reason = "a private address" if private else "a machine's address"
    what = "network" if occurrence.cidr else "host"
    service = connection(mention)
    return verdict(mention, Judged.ADDRESS, Whose.OWN, confidence, reason, kind=what, service=service)


def _is_like_a_version(host: str) -> bool:
    """Whether no number of the address is greater than those of versions are."""
    return ":" not in host and all(int(number) < 40 for number in host.split("."))


def short_name(mention: Mention, path: str) -> Verdict | None:
    """One label: a machine of a private network, where a connection is made."""
    host, position = mention.occurrence.host, mention.literal.position
    if position in COMPARED | {Position.MARKUP, Position.TRANSLATION} or mention.language in BROWSER:
        return None
    if (
        not is_name(host)
        or host in _GENERIC_NAMES
        or is_placeholder(host)
        or is_sample(path)
        or is_test(path)
        or (mention.role is None and (_is_setting_name(host) or _BACKENDS.search(last_name(mention))))
    ):
        return None
    service = connection(mention)
    if service in {"", "proxy"} or mention.occurrence.partial or not _is_connected(mention, service):
        return None
    reason = f"the name of a {service} server"
    return verdict(mention, Judged.SERVICE, Whose.OWN, 0.6, reason, service=service)


def _is_setting_name(host: str) -> bool:
    """Whether the word is the name of a setting (`smtp_host`), as no machine's is."""
    return "_" in host and not any(c.isdigit() for c in host)


def _is_connected(mention: Mention, service: str) -> bool:
    """Whether one label is enough here: an argument, a key or an address that can only be a host."""
    if mention.role in {Role.HOST, Role.DSN, Role.URL}:
        return mention.role is not Role.URL or mention.occurrence.shape is Shape.URL
    if not mention.names and mention.literal.call is not None:
        return False
    by_name = HOST_NAMES.search(last_name(mention)) and named_service(mention.names) in CONNECTIONS
    return bool(by_name) or (mention.occurrence.shape in {Shape.URL, Shape.PAIR} and service in CONNECTIONS)
