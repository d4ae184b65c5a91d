"""The tags of every resource of a region in one listing, and which services hold what nothing else reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from portability.inventory.resource import Resource, tags_of
from portability.model import Skipped
from portability.system.aws import Session

ACTIONS = ("GetResources",)
_READ = frozenset(
    "rds elasticache mq elasticbeanstalk elasticloadbalancing ec2 s3 sqs sns cloudfront route53 "
    "secretsmanager ssm ses cloudformation".split()
)
_HARMLESS = frozenset("iam kms logs cloudwatch events autoscaling acm backup config".split())
"""Services in which no endpoint of an application's is: rights, keys, records."""


def tags(session: Session) -> dict[str, dict[str, str]]:
    """ARN -> tags of each resource that has any, a hundred a call."""
    found = session.pages(
        "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", ResourcesPerPage=100
    )
    return {one["ResourceARN"]: tags_of(one.get("Tags")) for one in found}


def tagged(resources: Iterable[Resource], known: Mapping[str, Mapping[str, str]]) -> Iterator[Resource]:
    """The resources with what the listing knows besides; what a service said of its own goes first."""
    for one in resources:
        more = known.get(one.arn, {})
        yield replace(one, tags={**more, **one.tags}) if more else one


def unread(known: Iterable[str]) -> tuple[Skipped, ...]:
    """The services that hold tagged resources and that no reader looks into."""
    counts = Counter(arn.split(":")[2] for arn in known if arn.count(":") >= 5)
    return tuple(
        Skipped(service, f"{count} tagged resource{'' if count == 1 else 's'} of a service that is not read")
        for service, count in sorted(counts.items())
        if service not in _READ | _HARMLESS
    )
