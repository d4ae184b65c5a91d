"""The words of the inventory: a resource, the names it is reached by, and what one account holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from portability.model import Skipped

Place = tuple[str, str, str]
"""Type, region and id."""


class Form(StrEnum):
    """What a name is."""

    HOST = "host"
    URL = "url"
    ARN = "arn"
    ADDRESS = "address"
    NETWORK = "network"
    NAME = "name"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Name:
    """One name that a resource is reached by: the role it has (`writer`, `reader`, `node 0001`), its form.

    Code may hold any of them. Those of the form NAME are told apart by their service alone, such as a
    bucket's; a host is in lower case, without a port or a dot at its end.
    """

    role: str
    text: str
    form: Form = Form.HOST
    port: int = 0


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of an account: `type` as CloudFormation calls it, `id` as CloudFormation refers to it.

    `title` is what people call it, by which it is paired. `parent` is the id of the resource that it is
    a part of, whose pair stands for it where it has none of its own. `leads_to` are hosts that it hands
    on to. `facts` is what AWS said of it.
    """

    type: str
    id: str
    title: str
    arn: str = ""
    region: str = ""
    names: tuple[Name, ...] = ()
    parent: str = ""
    leads_to: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    stack: str = ""
    logical: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """What a person is shown: the kind and the title."""
        return f"{KINDS[self.type].words} {self.title}"

    @property
    def place(self) -> Place:
        """What tells it from every other resource of the account."""
        return self.type, self.region, self.id

    @property
    def whole(self) -> Place | None:
        """The place of what it is a part of; ids are told apart by type and region alone."""
        kind = _WHOLES.get(self.type)
        return (kind, self.region, self.parent) if kind and self.parent else None

    def calls_itself(self, text: str) -> bool:
        """Whether a person who writes `text` means this resource."""
        return text in (self.id, self.title, self.arn)


_WHOLES = {
    "AWS::RDS::DBInstance": "AWS::RDS::DBCluster",
    "AWS::ElastiCache::CacheCluster": "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "AWS::ElasticBeanstalk::Environment",
    "AWS::ElasticLoadBalancing::LoadBalancer": "AWS::ElasticBeanstalk::Environment",
    "AWS::EC2::Instance": "AWS::EC2::VPC",
    "AWS::EC2::NetworkInterface": "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint": "AWS::EC2::VPC",
    "AWS::Route53::RecordSet": "AWS::Route53::HostedZone",
}
"""The type of what a part belongs to."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resources: what people call one, and whether the application may need a pair of it."""

    words: str
    wanted: bool = True


KINDS: Mapping[str, Kind] = {
    "AWS::RDS::DBCluster": Kind("Aurora cluster"),
    "AWS::RDS::DBInstance": Kind("database"),
    "AWS::RDS::DBProxy": Kind("database proxy"),
    "AWS::ElastiCache::ReplicationGroup": Kind("cache"),
    "AWS::ElastiCache::CacheCluster": Kind("cache cluster"),
    "AWS::ElastiCache::ServerlessCache": Kind("serverless cache"),
    "AWS::AmazonMQ::Broker": Kind("broker"),
    "AWS::ElasticBeanstalk::Environment": Kind("Beanstalk environment"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Kind("load balancer"),
    "AWS::ElasticLoadBalancing::LoadBalancer": Kind("classic load balancer"),
    "AWS::S3::Bucket": Kind("bucket"),
    "AWS::SQS::Queue": Kind("queue"),
    "AWS::SNS::Topic": Kind("topic"),
    "AWS::CloudFront::Distribution": Kind("distribution"),
    "AWS::SecretsManager::Secret": Kind("secret"),
    "AWS::SSM::Parameter": Kind("parameter"),
    "AWS::SES::EmailIdentity": Kind("e-mail identity"),
    "AWS::EC2::Instance": Kind("machine", wanted=False),
    "AWS::EC2::EIP": Kind("elastic address", wanted=False),
    "AWS::EC2::NetworkInterface": Kind("network interface", wanted=False),
    "AWS::EC2::VPC": Kind("network", wanted=False),
    "AWS::EC2::VPCPeeringConnection": Kind("peering", wanted=False),
    "AWS::EC2::TransitGatewayAttachment": Kind("transit gateway attachment", wanted=False),
    "AWS::EC2::VPCEndpoint": Kind("private endpoint", wanted=False),
    "AWS::Route53::HostedZone": Kind("zone", wanted=False),
    "AWS::Route53::RecordSet": Kind("DNS record", wanted=False),
}
"""Every type that is read. What is not wanted is on the deny list all the same."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one environment has: the account, the regions that were read, resources, what was not read.

    `strangers` are resources of the same account that are not this environment's.
    """

    environment: str
    account: str
    regions: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    strangers: tuple[Resource, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    calls: Mapping[str, int] = field(default_factory=dict)


def host(role: str, text: object, port: object = 0) -> Name:
    """A name that is a host, as AWS or a person wrote it."""
    return Name(role, str(text or "").lower().rstrip("."), Form.HOST, int(str(port or 0)))


def present(*names: Name) -> tuple[Name, ...]:
    """The names that have a text, each once."""
    return tuple(dict.fromkeys(name for name in names if name.text))


def tags_of(pairs: object, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """AWS's list of tags as a mapping."""
    listed = pairs if isinstance(pairs, list) else []
    return {str(pair.get(key, "")): str(pair.get(value, "")) for pair in listed if isinstance(pair, dict)}
