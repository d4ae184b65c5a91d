"""What of a replica costs by the hour: every kind of the inventory is known, and nothing is passed over."""

from __future__ import annotations

from typing import Any

import pytest

from portability.campaign import billing
from portability.campaign.billing import BY_USE, FREE, Part, parts
from portability.inventory.resource import KINDS, Resource

CLUSTER: dict[str, Any] = {"Engine": "aurora-mysql"}
AURORA = {"DBInstanceClass": "db.r6g.large", "Engine": "aurora-mysql"}


def resource(kind: str, name: str = "x", parent: str = "", **facts: Any) -> Resource:
    return Resource(f"AWS::{kind}", name, name, region="eu-west-1", parent=parent, facts=facts)


def one(kind: str, **facts: Any) -> Part:
    (found,) = parts([resource(kind, **facts)])
    return found


def test_every_kind_of_the_inventory_is_paid_by_the_hour_by_use_or_not_at_all() -> None:
    known = {"AWS::RDS::DBInstance", "AWS::ElastiCache::ReplicationGroup", *billing._READ}
    assert known | set(BY_USE) | FREE == set(KINDS)
    assert not known & set(BY_USE) and not known & FREE and not FREE & set(BY_USE)


def test_what_is_paid_by_use_says_by_what() -> None:
    found = one("CloudFront::Distribution")
    assert (found.product, found.why) == (None, "by use: requests and gigabytes that leave it")


@pytest.mark.parametrize(
    ("facts", "what", "usage", "option"),
    [
        (AURORA, "database db.r6g.large, Aurora MySQL", r"InstanceUsage:db\.r6g\.large", "Single-AZ"),
        (
            {"DBInstanceClass": "db.m6g.xlarge", "Engine": "mariadb", "MultiAZ": True},
            "database db.m6g.xlarge, MariaDB, Multi-AZ",
            r"Multi-AZUsage:db\.m6g\.xlarge",
            "Multi-AZ",
        ),
    ],
)
def test_a_database_is_asked_for_by_class_engine_and_zones(
    facts: dict[str, Any], what: str, usage: str, option: str
) -> None:
    found = one("RDS::DBInstance", **facts)
    assert found.product is not None
    assert (found.what, found.product.usage) == (what, usage)
    assert dict(found.product.fields)["deploymentOption"] == option


def test_a_cluster_of_the_dearer_kind_makes_its_members_dearer() -> None:
    both = [
        resource("RDS::DBCluster", "shop", **CLUSTER, StorageType="aurora-iopt1"),
        resource("RDS::DBInstance", "shop-1", "shop", **AURORA),
    ]
    (found,) = parts(both)
    assert found.product is not None
    assert found.product.usage.startswith("InstanceUsageIOOptimized:")


def test_a_serverless_database_costs_between_its_least_and_its_most() -> None:
    scaling = {"MinCapacity": 0.5, "MaxCapacity": 16}
    both = [
        resource("RDS::DBCluster", "shop", **CLUSTER, ServerlessV2ScalingConfiguration=scaling),
        resource("RDS::DBInstance", "shop-1", "shop", DBInstanceClass="db.serverless", Engine="aurora-mysql"),
    ]
    (found,) = parts(both)
    assert (found.units, found.most, found.what) == (
        0.5,
        16,
        "serverless database, Aurora MySQL, 0.5 to 16 ACU",
    )
    (alone,) = parts(both[1:])
    assert (alone.product, alone.why) == (None, "its capacity is not told")


@pytest.mark.parametrize(
    ("kind", "facts", "why"),
    [
        ("RDS::DBInstance", {**AURORA, "DBInstanceStatus": "stopped"}, "it is stopped: its disks cost"),
        ("RDS::DBInstance", {"DBInstanceClass": "db.m5.large", "Engine": "oracle-ee"}, "licence"),
        ("RDS::DBProxy", {}, "by the processors of the databases"),
        ("EC2::Instance", {"InstanceType": "m5.large", "State": {"Name": "stopped"}}, "it is stopped"),
        ("EC2::Instance", {"InstanceType": "m5.large", "InstanceLifecycle": "spot"}, "a spot machine"),
        ("EC2::Instance", {"InstanceType": "m5.large", "PlatformDetails": "Windows"}, "licence"),
        ("EC2::Instance", {"InstanceType": "m5.large", "Placement": {"Tenancy": "host"}}, "tenancy host"),
        ("EC2::TransitGatewayAttachment", {}, "is not looked up"),
    ],
)
def test_what_has_no_price_says_why(kind: str, facts: dict[str, Any], why: str) -> None:
    found = one(kind, **facts)
    assert found.product is None
    assert why in found.why


def test_a_cluster_with_readable_standbys_has_no_price_of_its_members() -> None:
    both = [
        resource("RDS::DBCluster", "shop", Engine="mysql"),
        resource("RDS::DBInstance", "shop-1", "shop", DBInstanceClass="db.m6g.large", Engine="mysql"),
    ]
    (found,) = parts(both)
    assert (found.product, found.why) == (None, "a cluster with readable standbys is priced as a whole")


def test_what_is_being_deleted_costs_nothing_any_more() -> None:
    gone = [resource("RDS::DBInstance", **AURORA, DBInstanceStatus="deleting")]
    gone.append(resource("ElastiCache::CacheCluster", CacheClusterStatus="deleting"))
    gone.append(resource("AmazonMQ::Broker", BrokerState="DELETION_IN_PROGRESS"))
    assert parts(gone) == ()


def test_a_nat_gateway_and_public_addresses_show_by_their_interfaces() -> None:
    public = [{"PrivateIpAddress": "10.0.0.5", "Association": {"PublicIp": "192.0.2.1"}}]
    gateway = resource("EC2::NetworkInterface", InterfaceType="nat_gateway", PrivateIpAddresses=public)
    quiet = resource("EC2::NetworkInterface", PrivateIpAddresses=[{"PrivateIpAddress": "10.0.0.6"}])
    held = resource("EC2::EIP", AssociationId="eipassoc-fake")
    idle = resource("EC2::EIP")
    found = [(part.what, part.product.usage) for part in parts([gateway, quiet, held, idle]) if part.product]
    assert found == [
        ("NAT gateway, without its gigabytes", "NatGateway-Hours"),
        ("public address", "PublicIPv4:InUseAddress"),
        ("public address", "PublicIPv4:IdleAddress"),
    ]


def test_nodes_and_zones_are_counted() -> None:
    nodes = one("ElastiCache::CacheCluster", CacheNodeType="cache.m6g.large", Engine="redis", NumCacheNodes=3)
    zones = one("EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["subnet-a", "subnet-b"])
    assert (nodes.units, zones.units) == (3, 2)
    assert parts([resource("EC2::VPCEndpoint", VpcEndpointType="Gateway")]) == ()


def test_a_group_of_caches_is_counted_by_its_nodes_and_only_once() -> None:
    facts = {"CacheNodeType": "cache.m6g.large", "Engine": "valkey"}
    group = resource(
        "ElastiCache::ReplicationGroup", "shop", **facts, MemberClusters=["shop-001", "shop-002"]
    )
    node = resource("ElastiCache::CacheCluster", "shop-001", "shop", **facts, NumCacheNodes=1)
    assert [(part.name, part.units) for part in parts([group])] == [("shop", 2)]
    assert [(part.name, part.units) for part in parts([group, node])] == [("shop-001", 1)]


def test_a_machine_is_called_by_its_environment() -> None:
    tags = {"elasticbeanstalk:environment-name": "shop-lt-web"}
    machine = Resource(
        "AWS::EC2::Instance", "i-1", "i-1", region="eu-west-1", tags=tags, facts={"InstanceType": "m6g.large"}
    )
    (found,) = parts([machine])
    assert (found.what, found.name) == ("machine m6g.large", "shop-lt-web")


def test_two_regions_are_told_apart() -> None:
    facts = {"InstanceType": "m6g.large"}
    both = [Resource("AWS::EC2::Instance", n, n, region=n, facts=facts) for n in ("eu-west-1", "us-east-1")]
    assert [part.what for part in parts(both)] == [
        "machine m6g.large in eu-west-1",
        "machine m6g.large in us-east-1",
    ]
