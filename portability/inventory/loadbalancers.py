"""Load balancers in one region, of both APIs, with their DNS names."""

from __future__ import annotations

from collections.abc import Iterator

from portability.inventory.resource import Form, Name, Resource, host, present, tags_of
from portability.system.aws import Session

ACTIONS = ("DescribeLoadBalancers", "DescribeTags")
_AT_ONCE = 20
"""Load balancers whose tags one call gives: elasticloadbalancing API, DescribeTags."""


def read(session: Session) -> Iterator[Resource]:
    """Every application, network, gateway and classic load balancer."""
    modern = list(session.pages("elbv2", "describe_load_balancers", "LoadBalancers"))
    for at in range(0, len(modern), _AT_ONCE):
        some = modern[at : at + _AT_ONCE]
        told = session.ask("elbv2", "describe_tags", ResourceArns=[one["LoadBalancerArn"] for one in some])
        tags = {d["ResourceArn"]: tags_of(d.get("Tags")) for d in told.get("TagDescriptions", ())}
        for one in some:
            arn = one["LoadBalancerArn"]
            zones = one.get("AvailabilityZones") or ()
            held = [a for zone in zones for a in zone.get("LoadBalancerAddresses") or ()]
            fixed = [Name("address", a.get("IpAddress") or "", Form.ADDRESS) for a in held]
            yield Resource(
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                arn,
                one["LoadBalancerName"],
                arn,
                session.region,
                present(host("host", one.get("DNSName")), *fixed, Name("arn", arn, Form.ARN)),
                parent=_environment(tags.get(arn, {})),
                tags=tags.get(arn, {}),
                facts=one,
            )
    yield from _classic(session)


def _classic(session: Session) -> Iterator[Resource]:
    classic = list(session.pages("elb", "describe_load_balancers", "LoadBalancerDescriptions"))
    for at in range(0, len(classic), _AT_ONCE):
        some = classic[at : at + _AT_ONCE]
        names = [one["LoadBalancerName"] for one in some]
        told = session.ask("elb", "describe_tags", LoadBalancerNames=names)
        tags = {d["LoadBalancerName"]: tags_of(d.get("Tags")) for d in told.get("TagDescriptions", ())}
        for one in some:
            name = one["LoadBalancerName"]
            yield Resource(
                "AWS::ElasticLoadBalancing::LoadBalancer",
                name,
                name,
                "",
                session.region,
                present(host("host", one.get("DNSName")), host("zone", one.get("CanonicalHostedZoneName"))),
                parent=_environment(tags.get(name, {})),
                tags=tags.get(name, {}),
                facts=one,
            )


def _environment(tags: dict[str, str]) -> str:
    """The Beanstalk environment that a load balancer is a part of; AWS tags it so."""
    return tags.get("elasticbeanstalk:environment-name", "")
