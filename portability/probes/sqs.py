"""What SQS and STS told of a queue in, evidence of whose it is out; pure."""

from __future__ import annotations

from collections.abc import Iterator

from portability.asking.evidence import Evidence, account, arn_of, beacon, marks
from portability.asking.identity import Expected, Reply
from portability.settings.replica import ProbeSettings


def evidence(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """All that the answers say: the queue's ARN names its account and its region."""
    yield beacon(reply, expected)
    yield from marks(reply, expected, ("arn",))
    yield from account(reply, expected)
    yield from arn_of("queue", reply, expected)
