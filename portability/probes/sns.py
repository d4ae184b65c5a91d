"""What SNS and STS told of a topic in, evidence of whose it is out; pure."""

from __future__ import annotations

from collections.abc import Iterator

from portability.asking.evidence import Evidence, account, arn_of
from portability.asking.identity import Expected, Reply
from portability.settings.replica import ProbeSettings


def evidence(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """All that the answers say: the topic's ARN names its account and its region. It holds no beacon."""
    yield from account(reply, expected)
    yield from arn_of("topic", reply, expected)
