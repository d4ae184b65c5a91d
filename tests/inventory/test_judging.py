"""What is wrong with a replica, told from two inventories; no account is asked."""

from __future__ import annotations

from typing import Any

from portability.inventory.denying import deny
from portability.inventory.judging import Trouble, troubles
from portability.inventory.mapping import endpoints
from portability.inventory.pairing import Paired, Pairing, Rule
from portability.inventory.resource import Form, Inventory, Name, Resource, host
from portability.inventory.values import Filled, lacking, proposals, with_values
from portability.inventory.wording import words
from portability.values.entries import Entry

THEIRS, OURS = "111122223333", "444455556666"
BOTH = (words("production"), words("loadtest"))
VPC = "AWS::EC2::VPC"
CLUSTER = "AWS::RDS::DBCluster"


def vpc(number: str, network: str) -> Resource:
    return Resource(VPC, number, number, names=(Name("network 1", network, Form.NETWORK),))


def joint(kind: str, **facts: Any) -> Resource:
    return Resource(f"AWS::EC2::{kind}", "j-1", "j-1", facts=facts)


def told(production: list[Resource], replica: list[Resource], account: str = OURS) -> list[Trouble]:
    theirs = Inventory("production", THEIRS, resources=tuple(production))
    return list(troubles(theirs, Inventory("loadtest", account, resources=tuple(replica)), Pairing(), ()))


def test_a_peering_towards_production_is_told_by_the_network_or_the_account() -> None:
    ends = {
        "RequesterVpcInfo": {"VpcId": "vpc-lt"},
        "AccepterVpcInfo": {"VpcId": "vpc-prod", "CidrBlock": "10.20.0.0/16"},
    }
    ours = [vpc("vpc-lt", "10.30.0.0/16"), joint("VPCPeeringConnection", **ends)]
    (found,) = told([vpc("vpc-prod", "10.20.0.0/16")], ours)
    assert found.why == "it joins the replica to production's network vpc-prod (10.20.0.0/16)"
    unseen = {**ends, "AccepterVpcInfo": {"VpcId": "vpc-other-region", "OwnerId": THEIRS}}
    assert told([], [ours[0], joint("VPCPeeringConnection", **unseen)])
    elsewhere = {**ends, "AccepterVpcInfo": {"VpcId": "vpc-x", "OwnerId": "999999999999"}}
    assert not told([], [ours[0], joint("VPCPeeringConnection", **elsewhere)])


def test_a_transit_gateway_that_both_use_is_told() -> None:
    theirs = joint("TransitGatewayAttachment", TransitGatewayId="tgw-1", ResourceId="vpc-prod")
    ours = joint(
        "TransitGatewayAttachment", TransitGatewayId="tgw-1", ResourceId="vpc-lt", TransitGatewayOwnerId="9"
    )
    (found,) = told([theirs], [vpc("vpc-lt", "10.30.0.0/16"), ours])
    assert (found.wrong.value, found.why) == ("transit gateway", "production is attached to tgw-1 too")
    alone = joint(
        "TransitGatewayAttachment", TransitGatewayId="tgw-2", ResourceId="vpc-lt", TransitGatewayOwnerId="9"
    )
    assert not told([theirs], [alone])


def test_a_name_or_origin_of_the_replica_s_that_leads_to_production_is_told() -> None:
    cluster = Resource(CLUSTER, "shop", "shop", names=(host("writer", "shop.cluster-x.rds.amazonaws.com"),))
    record = Resource(
        "AWS::Route53::RecordSet",
        "Z db",
        "db.lt.internal",
        names=(host("name", "db.lt.internal"),),
        leads_to=("shop.cluster-x.rds.amazonaws.com",),
    )
    origin = Resource(
        "AWS::CloudFront::Distribution", "E1", "cdn", leads_to=("shop.cluster-x.rds.amazonaws.com",)
    )
    found = told([cluster], [record, origin])
    assert {t.what for t in found} == {"DNS record db.lt.internal", "distribution cdn"}
    assert all("production's Aurora cluster shop, writer" in t.why for t in found)


def test_a_database_that_replicates_from_production_is_told() -> None:
    source = Resource("AWS::RDS::DBInstance", "shop", "shop", f"arn:aws:rds:eu-west-1:{THEIRS}:db:shop")
    follower = Resource(
        "AWS::RDS::DBInstance", "lt", "lt", facts={"ReadReplicaSourceDBInstanceIdentifier": source.arn}
    )
    assert [t.wrong.value for t in told([source], [follower])] == ["follows production"]


def test_a_cluster_without_a_reader_is_told() -> None:
    """Aurora's reader endpoint leads to the writer then: the load test would load another machine."""
    writer, reader = {"IsClusterWriter": True}, {"IsClusterWriter": False}
    theirs = Resource(CLUSTER, "a", "a", facts={"DBClusterMembers": [writer, reader]})
    ours = Resource(CLUSTER, "b", "b", facts={"DBClusterMembers": [writer]})
    pairing = Pairing((Paired(theirs, ours, Rule.NAME),))
    found = troubles(Inventory("production", THEIRS), Inventory("loadtest", OURS), pairing, ())
    assert [(t.wrong.value, t.why) for t in found] == [
        ("no such endpoint", "b has no reader: its reader endpoint leads to the writer")
    ]


def test_what_both_have_is_not_denied() -> None:
    """Networks cloned from a template are the same on both sides, and tell nothing."""
    theirs = Inventory("production", THEIRS, resources=(vpc("a", "10.0.0.0/16"), vpc("b", "10.9.0.0/16")))
    ours = Inventory("loadtest", OURS, resources=(vpc("c", "10.0.0.0/16"),))
    assert [d.text for d in deny(theirs, ours)] == [THEIRS, "10.9.0.0/16"]


def test_strangers_of_production_s_account_are_denied_too() -> None:
    theirs = Inventory("production", THEIRS, strangers=(vpc("b", "10.9.0.0/16"),))
    assert "10.9.0.0/16" in {d.text for d in deny(theirs, Inventory("loadtest", OURS))}


def test_nodes_are_mapped_to_nodes_though_there_are_fewer() -> None:
    kind = "AWS::ElastiCache::CacheCluster"
    theirs = Resource(kind, "p", "p", names=tuple(host(f"node 000{n}", f"p{n}.cache") for n in (1, 2, 3)))
    ours = Resource(kind, "l", "l", names=tuple(host(f"node 000{n}", f"l{n}.cache") for n in (1, 2)))
    mapped, lost = endpoints(Pairing((Paired(theirs, ours, Rule.NAME),)), BOTH)
    assert [(m.production, m.replica) for m in mapped] == [
        ("p1.cache", "l1.cache"),
        ("p2.cache", "l2.cache"),
        ("p3.cache", "l1.cache"),
    ]
    assert lost == ()


def test_a_reader_is_never_mapped_to_a_writer() -> None:
    theirs = Resource(CLUSTER, "p", "p", names=(host("writer", "w.p"), host("reader", "r.p")))
    ours = Resource(CLUSTER, "l", "l", names=(host("writer", "w.l"),))
    mapped, lost = endpoints(Pairing((Paired(theirs, ours, Rule.NAME),)), BOTH)
    assert [m.production for m in mapped] == ["w.p"]
    assert [one.name.text for one in lost] == ["r.p"]


def test_values_are_mapped_whole_or_where_a_host_stands_by_itself() -> None:
    theirs = Resource(
        "AWS::S3::Bucket",
        "p",
        "p",
        names=(Name("bucket", "files", Form.NAME), host("host", "files.s3.amazonaws.com")),
    )
    ours = Resource(
        "AWS::S3::Bucket",
        "l",
        "l",
        names=(Name("bucket", "files-lt", Form.NAME), host("host", "files-lt.s3.amazonaws.com")),
    )
    mapped, _ = endpoints(Pairing((Paired(theirs, ours, Rule.NAME),)), BOTH)
    production = {
        "A": Entry("", "files"),
        "B": Entry("", "https://FILES.s3.amazonaws.com/x"),
        "C": Entry("", "my.files.s3.amazonaws.com"),
        "D": Entry("", "profiles"),
        "E": Entry("", 3306),
    }
    assert {f.key: f.value for f in proposals(production, mapped)} == {
        "A": "files-lt",
        "B": "https://files-lt.s3.amazonaws.com/x",
    }


def test_a_value_that_is_there_stays() -> None:
    filled = [Filled("A", "a", ""), Filled("B", "b", "")]
    ours = {"A": Entry("", "mine"), "B": Entry("")}
    assert [f.key for f in lacking(filled, ours)] == ["B"]
    assert with_values("A: mine\r\nB:\r\n", lacking(filled, ours)) == "A: mine\r\nB: b\r\n"
