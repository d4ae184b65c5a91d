"""What a RabbitMQ broker told in, evidence of whose it is out; pure."""

from __future__ import annotations

from collections.abc import Iterator

from portability.asking.evidence import Evidence, beacon, marks, peer
from portability.asking.identity import Expected, Reply
from portability.settings.replica import ProbeSettings


def evidence(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """All that the broker's answer says: two vhosts share a cluster's name, and a copy may keep it."""
    yield peer(reply, expected)
    yield beacon(reply, expected)
    yield from marks(reply, expected, ("cluster_name", "vhost"), copied=True)
