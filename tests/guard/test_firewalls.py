"""Every rule that lets packets leave the replica is told with its group and with whom it lets them reach."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest

from portability.asking.territory import Territory
from portability.guard import firewalls, routes
from portability.guard.firewalls import Firewalls, Group, Opening, PrefixList, openings
from portability.system import aws
from tests.clouding import REGION, credentials, moto

GROUND = Territory(
    production_networks=(ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd00:20::/48")),
    production_addresses={ipaddress.ip_address("10.30.9.9"): "db.shop.example"},
    replica_networks=(ipaddress.ip_network("10.30.0.0/16"), ipaddress.ip_network("fd00:30::/48")),
    allowed=(ipaddress.ip_network("192.0.2.0/24"),),
)


def found(rule: dict[str, Any], **more: Any) -> list[Opening]:
    group = Group("sg-1", "web", "vpc-lt", "444455556666", (rule,))
    named = {"sg-1": group, **more.pop("named", {})}
    return list(openings(Firewalls((group,), named, more.pop("lists", {})), ("vpc-lt",), GROUND))


def cidr(text: str, protocol: str = "tcp", port: int = 3306) -> dict[str, Any]:
    kind, key = ("Ipv6Ranges", "CidrIpv6") if ":" in text else ("IpRanges", "CidrIp")
    return {"IpProtocol": protocol, "FromPort": port, "ToPort": port, kind: [{key: text}]}


@pytest.mark.parametrize("text", ("10.30.0.0/16", "10.30.0.21/32", "fd00:30::/64", "192.0.2.7/32"))
def test_a_rule_within_the_replica_or_to_what_is_allowed_is_none(text: str) -> None:
    assert found(cidr(text)) == []


@pytest.mark.parametrize("text", ("10.20.0.0/16", "10.20.0.21/32", "fd00:20::21/128"))
def test_a_rule_to_production_names_it(text: str) -> None:
    (one,) = found(cidr(text))
    assert one.production
    assert one.group == "sg-1 (web)"
    assert one.rule == f"tcp 3306 to {text}"
    assert "production's network" in one.reaches


@pytest.mark.parametrize(
    ("text", "word"),
    (
        ("0.0.0.0/0", "everything, production's 10.20.0.0/16 among it"),
        ("::/0", "everything"),
        ("10.0.0.0/8", "what is not the replica's in 10.0.0.0/8, production's 10.20.0.0/16"),
        ("198.51.100.0/24", "what is not the replica's in 198.51.100.0/24"),
    ),
)
def test_a_rule_to_more_than_the_replica_is_told(text: str, word: str) -> None:
    (one,) = found(cidr(text))
    assert not one.production
    assert one.reaches.startswith(word)


def test_an_address_of_productions_inside_the_replicas_network_is_told() -> None:
    (one,) = found(cidr("10.30.9.9/32"))
    assert (one.production, one.reaches) == (True, "production's db.shop.example")
    assert found(cidr("10.30.9.0/24")) == []


def test_all_traffic_and_ranges_of_ports_are_told_as_people_say_them() -> None:
    assert (
        found({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})[0].rule
        == "all traffic to 0.0.0.0/0"
    )
    rule = {"IpProtocol": "udp", "FromPort": 1, "ToPort": 9, "IpRanges": [{"CidrIp": "198.51.100.1/32"}]}
    assert found(rule)[0].rule == "udp 1-9 to 198.51.100.1/32"


def test_a_group_of_the_replicas_network_is_none_and_any_other_is_told() -> None:
    def to(number: str, **more: str) -> dict[str, Any]:
        return {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": number, **more}]}

    others = {"sg-2": Group("sg-2", "db", "vpc-lt", "4"), "sg-3": Group("sg-3", "db", "vpc-prod", "1")}
    assert found(to("sg-2"), named=others) == []
    assert found(to("sg-3"), named=others)[0].reaches == "the group sg-3 (db) of another network (vpc-prod)"
    assert "account 111122223333" in found(to("sg-9", UserId="111122223333"), named=others)[0].reaches
    peered = found(to("sg-9", VpcPeeringConnectionId="pcx-1"), named=others)
    assert peered[0].reaches == "the group sg-9 behind the peering pcx-1"


def test_a_prefix_list_is_judged_by_its_entries_and_awss_own_is_none() -> None:
    rule = {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]}
    own = PrefixList("pl-1", "com.amazonaws.eu-west-1.s3", aws=True)
    theirs = PrefixList("pl-1", "prod", networks=(ipaddress.ip_network("10.20.0.0/24"),))
    assert found(rule, lists={"pl-1": own}) == []
    assert found(rule, lists={"pl-1": theirs})[0].production
    assert "can't be read" in found(rule)[0].reaches


@pytest.fixture(scope="module")
def ec2() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, moto() as address:
        credentials(patch, address)
        yield aws.client("ec2", REGION)
    aws.forget()


def test_groups_and_lists_are_read_from_the_account(ec2: Any) -> None:
    network = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    web = ec2.create_security_group(GroupName="web", Description="w", VpcId=network)["GroupId"]
    data = ec2.create_security_group(GroupName="data", Description="d", VpcId=network)["GroupId"]
    entries = [{"Cidr": "10.20.7.0/24", "Description": "old"}]
    listed = ec2.create_managed_prefix_list(
        PrefixListName="offices", Entries=entries, MaxEntries=5, AddressFamily="IPv4"
    )["PrefixList"]["PrefixListId"]
    rules = [
        {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "UserIdGroupPairs": [{"GroupId": data}]},
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": listed}]},
    ]
    ec2.authorize_security_group_egress(GroupId=web, IpPermissions=rules)
    read = firewalls.read(aws.Session("the replica's account", REGION), [web, web])
    told = {one.rule: (one.reaches, one.production) for one in openings(read, [network], GROUND)}
    assert told["all traffic to 0.0.0.0/0"][0].startswith("everything")
    assert told["tcp 22 to 10.20.7.0/24"] == ("production's network 10.20.0.0/16", True)
    assert len(told) == 2


def test_routes_towards_other_networks_are_read_and_told(ec2: Any) -> None:
    network = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    other = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.30.1.0/24")["Subnet"]["SubnetId"]
    apart = ec2.create_subnet(VpcId=network, CidrBlock="10.30.2.0/24")["Subnet"]["SubnetId"]
    peering = ec2.create_vpc_peering_connection(VpcId=network, PeerVpcId=other)["VpcPeeringConnection"]
    number = peering["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=number)
    main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [network]}])["RouteTables"][0]
    ec2.create_route(
        RouteTableId=main["RouteTableId"], DestinationCidrBlock="10.20.0.0/16", VpcPeeringConnectionId=number
    )
    own = ec2.create_route_table(VpcId=network)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=own, SubnetId=apart)
    tables = routes.read(aws.Session("the replica's account", REGION), [network])
    (way,) = routes.ways(tables, [subnet], GROUND)
    assert (way.destination, way.by, way.production) == ("10.20.0.0/16", f"the peering {number}", True)
    assert way.subnets == (subnet,)
    assert list(routes.ways(tables, [apart], GROUND)) == []


@pytest.mark.parametrize(
    ("route", "told"),
    (
        ({"DestinationCidrBlock": "10.30.0.0/16", "GatewayId": "local"}, None),
        ({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}, None),
        ({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}, None),
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"},
            ("the transit gateway tgw-1", False),
        ),
        ({"DestinationCidrBlock": "10.20.0.0/16", "GatewayId": "vgw-1"}, ("the VPN gateway vgw-1", True)),
        ({"DestinationCidrBlock": "10.20.1.0/24", "TransitGatewayId": "t", "State": "blackhole"}, None),
        (
            {"DestinationIpv6CidrBlock": "fd00:20::/48", "TransitGatewayId": "t"},
            ("the transit gateway t", True),
        ),
        ({"DestinationPrefixListId": "pl-1", "TransitGatewayId": "t"}, ("the transit gateway t", False)),
        ({"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}, None),
        ({"DestinationCidrBlock": "192.0.2.0/28", "TransitGatewayId": "t"}, None),
    ),
)
def test_which_routes_are_ways_out(route: dict[str, str], told: tuple[str, bool] | None) -> None:
    table = {"RouteTableId": "rtb-1", "Associations": [{"SubnetId": "subnet-1"}], "Routes": [route]}
    ways = [(way.by, way.production) for way in routes.ways([table], ["subnet-1"], GROUND)]
    assert ways == ([told] if told else [])
