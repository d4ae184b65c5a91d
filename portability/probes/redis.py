"""What a Redis or ElastiCache server told in, evidence of whose it is out; pure."""

from __future__ import annotations

from collections.abc import Iterator

from portability.asking.evidence import Evidence, Weight, beacon, marks, peer, source, whose
from portability.asking.identity import Expected, Reply, address_in
from portability.settings.replica import ProbeSettings


def evidence(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """All that the server's answer says; run_id changes at a restart, so a difference proves nothing."""
    yield peer(reply, expected)
    yield beacon(reply, expected)
    yield from marks(reply, expected, ("run_id",))
    yield from _replication(reply, expected)
    yield from source(reply, expected)
    yield from _own_address(reply, expected)
    if settings.role == "writer" and reply.role.get("role") == "slave":
        reason = "it follows another server and takes no writes"
        yield Evidence(
            Weight.AGAINST, reason, "role master", f"role slave of {reply.role.get('master_host')}"
        )


def _replication(reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """The same replication id as production's: it gets production's writes."""
    mine = reply.marks.get("master_replid", "")
    for name, theirs in (expected.production or {}).items():
        if mine and theirs.get("master_replid") == mine:
            reason = f"it is in one replication with production's {name}"
            yield Evidence(Weight.AGAINST, reason, "a replication id of its own", mine, production=True)


def _own_address(reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """The address that the server itself was reached at, behind whatever forwards to it."""
    address = address_in(str(reply.facts.get("server_address") or ""))
    if address is not None and address != reply.peer:
        found = whose(address, expected.territory, "as the server says")
        if found.production or found.weight is Weight.FOR:
            yield found
