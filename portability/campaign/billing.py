"""An environment's resources in, what of them is paid by the hour and how AWS's Price List calls it out.

Computes only. Source: the attributes of the Price List's offers (docs.aws.amazon.com/awsaccountbilling,
"What is the AWS Price List API?") and each service's page of prices. What is not paid by the hour, or by an
hour that the list does not tell, is a part without a product: it says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portability.inventory.resource import KINDS, Resource

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """What the list is asked for: a service's offer, fields that must be equal, a pattern of its usage.

    `usage` is a regular expression of all of the usage type, without the region that it may begin with.
    `besides` are fields that are looked at in the answer, whatever their case.
    """

    service: str
    region: str
    fields: Fields
    usage: str
    besides: Fields = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that costs: what it is, its name, and so many units an hour, or at the most `most`.

    Without a product, `why` tells why there is no price of an hour.
    """

    what: str
    name: str
    product: Product | None = None
    units: float = 1.0
    most: float = 1.0
    why: str = ""


BY_USE: Mapping[str, str] = {
    "AWS::S3::Bucket": "by use: gigabytes and requests",
    "AWS::SQS::Queue": "by use: requests",
    "AWS::SNS::Topic": "by use: messages",
    "AWS::CloudFront::Distribution": "by use: requests and gigabytes that leave it",
    "AWS::SES::EmailIdentity": "by use: mails",
    "AWS::SSM::Parameter": "by use: free, but for advanced ones",
    "AWS::SecretsManager::Secret": "by the month, and by use: requests",
    "AWS::Route53::HostedZone": "by the month, and by use: questions",
    "AWS::ElastiCache::ServerlessCache": "by use: gigabytes that it holds, and its processing units",
}
"""What has no hours: how it is paid."""

FREE = frozenset(
    {
        "AWS::RDS::DBCluster",
        "AWS::ElasticBeanstalk::Environment",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCPeeringConnection",
        "AWS::Route53::RecordSet",
    }
)
"""What costs nothing by itself: its members, machines or traffic do."""

ENGINES = {
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "postgres": "PostgreSQL",
    "aurora-mysql": "Aurora MySQL",
    "aurora-postgresql": "Aurora PostgreSQL",
}
"""Engines of RDS without a licence, and their names in the list."""

_GONE = ("deleting", "deleted", "DELETION_IN_PROGRESS", "creation-failed", "CREATION_FAILED")


def parts(resources: Iterable[Resource]) -> tuple[Part, ...]:
    """Everything that costs, one by one; what costs nothing is left out."""
    listed = list(resources)
    clusters = {(one.region, one.id): one for one in listed if one.type == "AWS::RDS::DBCluster"}
    nodes = {(one.region, one.parent) for one in listed if one.type == "AWS::ElastiCache::CacheCluster"}
    found: list[Part] = []
    for one in listed:
        if one.type in FREE or _state(one) in _GONE:
            continue
        if one.type in BY_USE:
            found.append(Part(KINDS[one.type].words, one.title, why=BY_USE[one.type]))
        elif one.type == "AWS::RDS::DBInstance":
            found.append(_database(one, clusters.get((one.region, one.parent))))
        elif one.type == "AWS::ElastiCache::ReplicationGroup":
            found += [] if (one.region, one.id) in nodes else _group(one)
        else:
            found += _READ[one.type](one)
    if len({one.product.region for one in found if one.product}) > 1:
        found = [replace(p, what=f"{p.what} in {p.product.region}") if p.product else p for p in found]
    return tuple(found)


def _state(one: Resource) -> str:
    facts = one.facts
    names = ("DBInstanceStatus", "CacheClusterStatus", "BrokerState")
    return str(next((facts[name] for name in names if name in facts), ""))


def _database(one: Resource, cluster: Resource | None) -> Part:
    facts: Mapping[str, Any] = one.facts
    kind, engine = str(facts.get("DBInstanceClass", "")), str(facts.get("Engine", ""))
    told = ENGINES.get(engine)
    what = f"database {kind}, {told or engine}"
    if _state(one) in ("stopped", "stopping"):
        return Part(what, one.title, why="it is stopped: its disks cost, and AWS starts it after 7 days")
    if told is None:
        return Part(what, one.title, why=f"the price of {engine} hangs on its licence")
    whole: Mapping[str, Any] = cluster.facts if cluster else {}
    dearer = whole.get("StorageType") == "aurora-iopt1"
    what += ", I/O-Optimized" if dearer else ""
    if kind == "db.serverless":
        return _serverless(one, told, whole, dearer)
    if cluster and not engine.startswith("aurora"):
        return Part(what, one.title, why="a cluster with readable standbys is priced as a whole")
    spread = bool(facts.get("MultiAZ")) and not engine.startswith("aurora")
    fields = (
        ("productFamily", "Database Instance"),
        ("instanceType", kind),
        ("databaseEngine", told),
        ("deploymentOption", "Multi-AZ" if spread else "Single-AZ"),
    )
    usage = ("Multi-AZUsage" if spread else "InstanceUsage") + ("IOOptimized" if dearer else "")
    product = Product("AmazonRDS", one.region, fields, f"{usage}:{_plain(kind)}")
    return Part(what + (", Multi-AZ" if spread else ""), one.title, product)


def _serverless(one: Resource, engine: str, cluster: Mapping[str, Any], dearer: bool) -> Part:
    """Aurora Serverless v2: so many capacity units (ACU) at least, and at the most."""
    scaling = cluster.get("ServerlessV2ScalingConfiguration") or {}
    least, most = (float(scaling.get(name) or 0) for name in ("MinCapacity", "MaxCapacity"))
    what = f"serverless database, {engine}, {least:g} to {most:g} ACU"
    if not most:
        return Part(what, one.title, why="its capacity is not told")
    fields = (("productFamily", "ServerlessV2"), ("databaseEngine", engine))
    usage = "Aurora:ServerlessV2" + ("IOOptimized" if dearer else "") + "Usage"
    return Part(what, one.title, Product("AmazonRDS", one.region, fields, usage), least, most)


def _proxy(one: Resource) -> Iterator[Part]:
    yield Part("database proxy", one.title, why="by the processors of the databases behind it")


def _cache(one: Resource) -> Iterator[Part]:
    yield _nodes(one, float(one.facts.get("NumCacheNodes") or 1))


def _group(one: Resource) -> Iterator[Part]:
    """A replication group of which no node is listed by itself."""
    yield _nodes(one, float(len(one.facts.get("MemberClusters") or ()) or 1))


def _nodes(one: Resource, nodes: float) -> Part:
    kind, engine = str(one.facts.get("CacheNodeType", "")), str(one.facts.get("Engine") or "redis")
    engine = engine.capitalize()
    fields = (("productFamily", "Cache Instance"), ("instanceType", kind), ("cacheEngine", engine))
    product = Product("AmazonElastiCache", one.region, fields, f"NodeUsage:{_plain(kind)}")
    return Part(f"cache node {kind}, {engine}", one.title, product, nodes, nodes)


_SPREAD = {
    "SINGLE_INSTANCE": "Single-AZ",
    "ACTIVE_STANDBY_MULTI_AZ": "Multi-AZ",
    "CLUSTER_MULTI_AZ": "Multi-AZ",
}


def _broker(one: Resource) -> Iterator[Part]:
    """A broker; the list's price of a cluster is that of all of its nodes."""
    kind, engine = str(one.facts.get("HostInstanceType", "")), str(one.facts.get("EngineType", ""))
    mode = str(one.facts.get("DeploymentMode", ""))
    words = {"RABBITMQ": "RabbitMQ", "ACTIVEMQ": "ActiveMQ"}.get(engine.upper(), engine)
    fields = (("productFamily", "Broker Instances"), ("deploymentOption", _SPREAD.get(mode, "Single-AZ")))
    besides = (("brokerEngine", words),)
    product = Product("AmazonMQ", one.region, fields, f"(.*[^a-z0-9])?{_plain(kind)}([^a-z0-9].*)?", besides)
    shown = "" if mode == "SINGLE_INSTANCE" else f", {mode.replace('_', ' ').lower()}"
    yield Part(f"broker {kind}, {words}{shown}", one.title, product)


def _machine(one: Resource) -> Iterator[Part]:
    facts = one.facts
    kind, system = str(facts.get("InstanceType", "")), str(facts.get("PlatformDetails") or "Linux/UNIX")
    tenancy = str((facts.get("Placement") or {}).get("Tenancy") or "default")
    what = f"machine {kind}"
    name = one.tags.get("elasticbeanstalk:environment-name") or one.title
    state = str((facts.get("State") or {}).get("Name") or "running")
    if state in ("stopped", "stopping"):
        yield Part(what, name, why="it is stopped: its disks cost")
    elif facts.get("InstanceLifecycle"):
        yield Part(what, name, why="a spot machine: its price changes by the hour")
    elif system != "Linux/UNIX" or tenancy != "default":
        yield Part(what, name, why=f"{system}, tenancy {tenancy}: the price hangs on the licence")
    else:
        fields = (
            ("productFamily", "Compute Instance"),
            ("instanceType", kind),
            ("operatingSystem", "Linux"),
            ("preInstalledSw", "NA"),
            ("tenancy", "Shared"),
            ("capacitystatus", "Used"),
        )
        yield Part(what, name, Product("AmazonEC2", one.region, fields, f"BoxUsage:{_plain(kind)}"))


_FAMILIES = {
    "application": ("load balancer", "Load Balancer-Application"),
    "network": ("network load balancer", "Load Balancer-Network"),
    "gateway": ("gateway load balancer", "Load Balancer-Gateway"),
    "classic": ("classic load balancer", "Load Balancer"),
}


def _balancer(one: Resource) -> Iterator[Part]:
    """A load balancer's hours; its capacity units are by use."""
    words, family = _FAMILIES[str(one.facts.get("Type") or "classic")]
    product = Product("AWSELB", one.region, (("productFamily", family),), "LoadBalancerUsage")
    yield Part(f"{words}, without its capacity units", one.title, product)


def _interface(one: Resource) -> Iterator[Part]:
    """A NAT gateway, which shows by its interface; and each public address of any interface."""
    kind, gateway = str(one.facts.get("InterfaceType", "")), "NAT gateway, without its gigabytes"
    if kind == "nat_gateway":
        product = Product("AmazonEC2", one.region, (("productFamily", "NAT Gateway"),), "NatGateway-Hours")
        yield Part(gateway, one.title, product)
    for private in one.facts.get("PrivateIpAddresses") or ():
        if (private.get("Association") or {}).get("PublicIp"):
            yield _address(one, "InUseAddress")


def _address(one: Resource, usage: str) -> Part:
    fields = (("group", "VPCPublicIPv4Address"),)
    return Part("public address", one.title, Product("AmazonVPC", one.region, fields, f"PublicIPv4:{usage}"))


def _elastic(one: Resource) -> Iterator[Part]:
    """An elastic address that nothing uses; one in use shows at its interface."""
    if not one.facts.get("AssociationId"):
        yield _address(one, "IdleAddress")


def _endpoint(one: Resource) -> Iterator[Part]:
    """A private endpoint's hours in each of its subnets; those of S3 and DynamoDB (gateways) cost nothing."""
    if one.facts.get("VpcEndpointType") == "Interface":
        zones = float(len(one.facts.get("SubnetIds") or ()) or 1)
        product = Product("AmazonVPC", one.region, (("productFamily", "VpcEndpoint"),), "VpcEndpoint-Hours")
        yield Part("private endpoint, without its gigabytes", one.title, product, zones, zones)


def _attachment(one: Resource) -> Iterator[Part]:
    yield Part("transit gateway attachment", one.title, why="its hours have a price that is not looked up")


_READ: Mapping[str, Callable[[Resource], Iterator[Part]]] = {
    "AWS::RDS::DBProxy": _proxy,
    "AWS::ElastiCache::CacheCluster": _cache,
    "AWS::AmazonMQ::Broker": _broker,
    "AWS::EC2::Instance": _machine,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::ElasticLoadBalancing::LoadBalancer": _balancer,
    "AWS::EC2::NetworkInterface": _interface,
    "AWS::EC2::EIP": _elastic,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::EC2::TransitGatewayAttachment": _attachment,
}


def _plain(kind: str) -> str:
    return kind.replace(".", r"\.")
