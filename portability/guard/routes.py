"""The route tables of a replica's subnets in, the ways that lead towards production out.

Source: DescribeRouteTables of the EC2 API: a subnet without a table of its own has its network's main one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portability.asking.territory import Territory
from portability.settings.replica import Network
from portability.system.aws import Session

ACTIONS = ("ec2:DescribeRouteTables",)
_TARGETS = {
    "VpcPeeringConnectionId": "the peering",
    "TransitGatewayId": "the transit gateway",
    "CoreNetworkArn": "the core network",
    "LocalGatewayId": "the local gateway",
    "CarrierGatewayId": "the carrier gateway",
    "NetworkInterfaceId": "the interface",
    "InstanceId": "the machine",
}
_VPN = "vgw-"


@dataclass(frozen=True, slots=True)
class Way:
    """One route that joins the replica to other networks: where to, by what, in which table and subnets.

    `production`: it leads into production's networks by name, and not only among all others.
    """

    destination: str
    by: str
    table: str
    subnets: tuple[str, ...]
    production: bool = False


def read(session: Session, networks: Iterable[str]) -> list[Mapping[str, Any]]:
    """The route tables of the networks (VPCs), as AWS tells them."""
    wanted = [{"Name": "vpc-id", "Values": sorted(set(networks))}]
    if not wanted[0]["Values"]:
        return []
    return list(session.pages("ec2", "describe_route_tables", "RouteTables", Filters=wanted))


def ways(tables: Iterable[Mapping[str, Any]], subnets: Iterable[str], territory: Territory) -> Iterator[Way]:
    """Every route of the subnets to another network than the replica's own and the internet.

    A route to an internet gateway or a NAT gateway is none: what it lets reach, the groups decide.
    """
    used = set(subnets)
    tables = list(tables)
    own = {
        str(one["SubnetId"])
        for table in tables
        for one in table.get("Associations") or ()
        if one.get("SubnetId")
    }
    for table in tables:
        joined = table.get("Associations") or ()
        mine = {str(one["SubnetId"]) for one in joined if one.get("SubnetId")} & used
        if any(one.get("Main") for one in joined):
            mine |= used - own
        for route in table.get("Routes") or () if mine else ():
            yield from _way(route, str(table["RouteTableId"]), tuple(sorted(mine)), territory)


def _way(
    route: Mapping[str, Any], table: str, subnets: tuple[str, ...], territory: Territory
) -> Iterator[Way]:
    by = _by(route)
    if not by or route.get("State") == "blackhole":
        return
    text = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
    if not text:
        yield Way(f"the prefix list {route.get('DestinationPrefixListId', '')}", by, table, subnets)
        return
    network = ipaddress.ip_network(text, strict=False)
    if _within(network, (*territory.replica_networks, *territory.allowed)):
        return
    yield Way(str(network), by, table, subnets, _within(network, territory.production_networks))


def _by(route: Mapping[str, Any]) -> str:
    """What a route leads through, where that is no gateway to the internet; else ''."""
    gateway = str(route.get("GatewayId") or "")
    if gateway.startswith(_VPN):
        return f"the VPN gateway {gateway}"
    return next((f"{words} {route[name]}" for name, words in _TARGETS.items() if route.get(name)), "")


def _within(network: Network, those: Iterable[Network]) -> bool:
    return any(network.version == one.version and network.subnet_of(one) for one in those)  # type: ignore[arg-type]
