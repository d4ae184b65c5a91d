"""What SQS and STS told of a queue in, evidence of whose it is out; pure."""

from __future__ import annotations

from collections.abc import Iterator

from portability.evidence import Evidence, Weight, account, beacon, marks
from portability.identity import Expected, Reply
from portability.replica import ProbeSettings


def evidence(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """All that the answers say: the queue's ARN names its account."""
    yield beacon(reply, expected)
    yield from marks(reply, expected, ("arn",))
    yield from account(reply, expected)
    arn, wanted = reply.marks.get("arn", ""), reply.given("account")
    owner = arn.split(":")[4] if arn.count(":") == 5 else ""
    if owner and owner in expected.accounts:
        reason = "the queue is in production's account"
        yield Evidence(Weight.AGAINST, reason, "an account of the replica's", arn, production=True)
    elif owner and wanted and owner != wanted:
        yield Evidence(Weight.AGAINST, f"the queue is not in the account {wanted}", wanted, arn)
    elif owner and wanted:
        yield Evidence(Weight.FOR, f"the queue is in the account {wanted}", f"the account {wanted}")
    else:
        yield Evidence(Weight.NOTHING, "the probe names no account that the queue must be in")
