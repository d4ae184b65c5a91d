"""A source and the hosts that are claimed in it in, claims to the ports that stand beside them out: pure.

A host that moves while its port stays is called at production's port. Usual ports stay: they are the same
in every environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from portability.detection.calls import role_in
from portability.detection.examine import literals_around
from portability.detection.repeats import Claim
from portability.model import Category, Encoder, Literal, Position, Site, Source, Value
from portability.rulebook.book import Judged, Role, Rulebook, Where

STANDARD = frozenset(
    {
        21,
        22,
        25,
        80,
        110,
        143,
        389,
        443,
        465,
        587,
        636,
        990,
        993,
        995,
        3306,
        5432,
        5671,
        5672,
        6379,
        9200,
        9300,
    }
    | {11211, 15671, 15672, 26379, 27017}
)
"""The ports that services usually have: IANA's, and those of their own documentation."""

_NEAR = 1500
"""Bytes before and behind a host in which its port is looked for."""

_NAMED = re.compile(rb"port[^\w\n]{1,16}(\d{1,5})(?![\w.])", re.IGNORECASE)
_ARGUMENT = re.compile(rb"[,\s'\"](\d{2,5})(?=['\"\s,)])")
_HOST = re.compile(r"_?(?:host_?name|host|server|addr(?:ess)?|endpoint|node|ip|domain)\Z")
_PORT = re.compile(r"_?port\Z")
_SEPARATE = re.compile(r"([a-z0-9])([A-Z])")
_VALUES = frozenset({Position.EXPRESSION, Position.CONSTANT, Position.VALUE, Position.MARKUP})
_CONNECTING = re.compile(r"connect|sock", re.IGNORECASE)
_KINDS = frozenset({"host", "endpoint", "ip", "address"})


def beside(source: Source, claims: Iterable[Claim], book: Rulebook) -> list[Claim]:
    """A claim to each port that belongs to one of the claims' hosts and is not the usual one."""
    rule = next((one.id for one in book.of(Where.HOSTS) if one.judged is Judged.PORT), "")
    hosts = sorted((one for one in claims if _is_host(one)), key=lambda one: one.site.literal.span.start)
    positions = sorted({at for host in hosts for at in _positions(source.data, host.site.literal)})
    if not rule or not positions:
        return []
    taken = {one.site.literal.span for one in claims}
    found: list[Claim] = []
    for literal in literals_around(source, positions):
        if literal.span in taken or literal.position not in _VALUES or not _is_port(literal.text):
            continue
        host = _host_of(literal, hosts, book)
        if host is not None and int(literal.text) not in STANDARD:
            taken.add(literal.span)
            found.append(_claim(rule, literal, host))
    return found


def _is_host(claim: Claim) -> bool:
    """Whether the claim is to a host that stands alone in its literal, without a port of its own."""
    site = claim.site
    after = site.literal.text[site.end :]
    alone = site.encoder is Encoder.PLAIN and after in ("", "/") and len(site.literal.text[: site.start]) < 16
    return alone and claim.value.kind in _KINDS and not claim.value.secret


def _positions(data: bytes, host: Literal) -> Iterator[int]:
    """A byte of each number near a host that a name or a call may make its port."""
    low, high = max(0, host.span.start - _NEAR), host.span.end + _NEAR
    yield from (match.start(1) for match in _NAMED.finditer(data, low, high))
    if host.call is not None:
        yield from (match.start(1) for match in _ARGUMENT.finditer(data, host.span.end, host.span.end + 256))


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and text[0] != "0" and 0 < int(text[:6]) < 65536


def _host_of(port: Literal, hosts: Sequence[Claim], book: Rulebook) -> Claim | None:
    """The host that the port belongs to: the nearest before it, else the nearest behind it."""
    near = [one for one in hosts if abs(one.site.literal.span.start - port.span.start) <= _NEAR]
    before = [one for one in near if one.site.literal.span.end <= port.span.start]
    fitting = (one for one in (*reversed(before), *near[len(before) :]) if _belong(one.site.literal, port))
    if (host := next(fitting, None)) is not None:
        return host
    last = before[-1] if before else None
    return last if last is not None and _is_argument(last, port, book) else None


def _belong(host: Literal, port: Literal) -> bool:
    """Whether the names say that one is the port of the other: `db.host`, `db.port`; DB_HOST, DB_PORT."""
    if not host.names or len(host.names) != len(port.names):
        return False
    pairs = list(zip(map(_snake, host.names), map(_snake, port.names), strict=True))
    ends = [_PORT.search(there) is not None for _, there in pairs]
    return ends[-1] and all(
        _HOST.sub("", here) == _PORT.sub("", there) if is_port and _HOST.search(here) else here == there
        for (here, there), is_port in zip(pairs, ends, strict=True)
    )


def _snake(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", _SEPARATE.sub(r"\1_\2", name).lower()).strip("_")


def _is_argument(host: Claim, port: Literal, book: Rulebook) -> bool:
    """Whether the call that takes the host takes the port there: a rule says so, or it connects to both."""
    call, of = port.call, host.site.literal.call
    if call is None or of is None or (call.name, call.receiver) != (of.name, of.receiver):
        return False
    if _CONNECTING.search(call.name) and not call.keyword and call.argument == of.argument + 1:
        return True
    rule = book.rules.get(host.rule)
    rules = [rule] if rule is not None and rule.calls else book.of(Where.CALLS)
    patterns = (one for rule in rules for one in rule.calls if one.name == call.name.lower())
    return any(
        role_in(one, port) is Role.PORT and role_in(one, host.site.literal) is Role.HOST for one in patterns
    )


def _claim(rule: str, port: Literal, host: Claim) -> Claim:
    value = Value(Category.HOST, "port", host.value.service, host.value.role, host.value.whose, port.text)
    reason = f"the port of {host.value.text}, which stands beside it"
    return replace(
        host,
        rule=rule,
        site=Site(port, 0, len(port.text)),
        value=value,
        reason=reason,
    )
