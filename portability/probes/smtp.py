"""What a mail server called itself in, evidence of whose it is out; pure."""

from __future__ import annotations

from collections.abc import Iterator

from portability.asking.evidence import Evidence, Weight, marks, peer
from portability.asking.identity import Expected, Reply
from portability.settings.replica import ProbeSettings


def evidence(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """All that the server's answer says; it can hold no beacon, so where it stands decides."""
    stands = peer(reply, expected)
    yield stands
    yield from marks(reply, expected, ("greeting", "ehlo"), copied=True)
    for name in dict.fromkeys(reply.marks.values()):
        owner = expected.territory.production_name(name)
        if owner and stands.weight is not Weight.FOR:
            reason = "it calls itself by a name of production's"
            yield Evidence(Weight.AGAINST, reason, "a mail server of the replica's", name, production=True)
