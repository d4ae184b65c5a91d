"""What S3 and STS told of a bucket in, evidence of whose it is out; pure."""

from __future__ import annotations

from collections.abc import Iterator

from portability.asking.evidence import Evidence, Weight, account, beacon, marks
from portability.asking.identity import Expected, Reply
from portability.settings.replica import ProbeSettings


def evidence(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """All that the answers say: a bucket is known by its name together with its owner."""
    yield beacon(reply, expected)
    yield from marks(reply, expected, ("bucket",), ours=False)
    yield from account(reply, expected)
    owner = reply.given("account")
    if not owner:
        yield Evidence(Weight.NOTHING, "the probe names no account that the bucket must belong to")
    elif owner in expected.accounts:
        reason = "the account that the probe expects is production's"
        yield Evidence(Weight.AGAINST, reason, "an account of the replica's", owner, production=True)
    elif reply.facts.get("owned") is True:
        yield Evidence(Weight.FOR, f"the bucket belongs to {owner}", f"the owner {owner}")
    else:
        status = reply.facts.get("status")
        reason = f"status {status}: the bucket is not {owner}'s, or the application may not list it"
        yield Evidence(Weight.NOTHING, reason)
