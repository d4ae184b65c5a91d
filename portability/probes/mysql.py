"""What a MySQL, MariaDB or Aurora server told in, evidence of whose it is and in which role out; pure."""

from __future__ import annotations

from collections.abc import Iterator

from portability.asking.evidence import Evidence, Weight, beacon, marks, peer, source
from portability.asking.identity import Expected, Reply
from portability.settings.replica import ProbeSettings

TELLING = ("server_uuid", "server_uid", "server_id", "hostname", "aurora_server_id", "datadir")
"""The variables that tell servers apart, together: MariaDB's server_uid is one a machine, not a server."""

_READ_ONLY = ("read_only", "innodb_read_only")


def evidence(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """All that the server's answer says."""
    yield peer(reply, expected)
    yield beacon(reply, expected)
    yield from marks(reply, expected, TELLING)
    yield from source(reply, expected)
    yield from _role(settings, reply)
    yield from _same(settings, reply, expected)


def _role(settings: ProbeSettings, reply: Reply) -> Iterator[Evidence]:
    """Whether a writer takes writes and a reader none."""
    shown = {name: reply.role[name] for name in _READ_ONLY if name in reply.role}
    if settings.role not in ("writer", "reader") or not shown:
        return
    read_only = any(value.upper() not in ("OFF", "0", "NO", "") for value in shown.values())
    found = ", ".join(f"{name} {value}" for name, value in shown.items())
    if settings.role == "writer" and read_only:
        reason = "it is read-only: a reader stands where the writer should"
        yield Evidence(Weight.AGAINST, reason, "read_only OFF", found)
    if settings.role == "reader" and not read_only:
        reason = "it takes writes: a writer stands where the reader should"
        yield Evidence(Weight.AGAINST, reason, "read_only or innodb_read_only ON", found)


def _same(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """Whether a reader is a writer's own server."""
    mine = {name: reply.marks[name] for name in TELLING if name in reply.marks}
    if settings.role != "reader" or not mine:
        return
    for name, (other, told) in expected.siblings.items():
        theirs = {one: told.marks[one] for one in TELLING if one in told.marks}
        if other.role == "writer" and theirs == mine:
            found = ", ".join(f"{one} {value}" for one, value in mine.items())
            yield Evidence(Weight.AGAINST, f"it is the same server as {name}", "a server of its own", found)
