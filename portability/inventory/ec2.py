"""EC2 in one region: networks, every address of every interface, and what joins networks to others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portability.inventory.resource import Form, Name, Resource, host, present, tags_of
from portability.system.aws import Session

ACTIONS = tuple(
    "DescribeVpcs DescribeAddresses DescribeInstances DescribeNetworkInterfaces DescribeVpcEndpoints "
    "DescribeVpcPeeringConnections DescribeTransitGatewayAttachments".split()
)
_ENDED = ("deleted", "deleting", "rejected", "failed", "expired", "terminated")


def read(session: Session) -> Iterator[Resource]:
    """Networks, machines, addresses, interfaces, private endpoints, peerings and transit gateways."""
    for one in session.pages("ec2", "describe_vpcs", "Vpcs"):
        yield _made("VPC", one["VpcId"], session, one, *_networks(one))
    for one in session.pages("ec2", "describe_instances", "Reservations", MaxResults=1000):
        for machine in one.get("Instances", ()):
            if machine.get("State", {}).get("Name") not in _ENDED:
                yield _made("Instance", machine["InstanceId"], session, machine, *_machine(machine))
    for one in session.pages("ec2", "describe_addresses", "Addresses"):
        address = Name("address", one.get("PublicIp", ""), Form.ADDRESS)
        yield _made("EIP", one.get("AllocationId") or one.get("PublicIp", ""), session, one, address)
    for one in session.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", MaxResults=1000):
        yield _made("NetworkInterface", one["NetworkInterfaceId"], session, one, *_interface(one))
    for one in session.pages("ec2", "describe_vpc_endpoints", "VpcEndpoints"):
        names = [host("private host", entry.get("DnsName")) for entry in one.get("DnsEntries") or ()]
        yield _made("VPCEndpoint", one["VpcEndpointId"], session, one, *names)
    yield from _joints(session)


def _joints(session: Session) -> Iterator[Resource]:
    for one in session.pages("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections"):
        if (one.get("Status") or {}).get("Code") not in _ENDED:
            yield _made("VPCPeeringConnection", one["VpcPeeringConnectionId"], session, one)
    attached = session.pages("ec2", "describe_transit_gateway_attachments", "TransitGatewayAttachments")
    for one in attached:
        if one.get("State") not in _ENDED:
            yield _made("TransitGatewayAttachment", one["TransitGatewayAttachmentId"], session, one)


def _made(kind: str, number: str, session: Session, one: dict[str, Any], *names: Name) -> Resource:
    tags = tags_of(one.get("Tags") or one.get("TagSet"))
    title = tags.get("Name") or number
    return Resource(
        f"AWS::EC2::{kind}",
        number,
        title,
        "",
        session.region,
        present(*names),
        parent="" if kind == "VPC" else str(one.get("VpcId") or ""),
        tags=tags,
        facts=one,
    )


def _networks(one: dict[str, Any]) -> Iterator[Name]:
    held = [a.get("CidrBlock", "") for a in one.get("CidrBlockAssociationSet") or ()]
    longer = [a.get("Ipv6CidrBlock", "") for a in one.get("Ipv6CidrBlockAssociationSet") or ()]
    for number, text in enumerate(dict.fromkeys([one.get("CidrBlock", ""), *held, *longer]), 1):
        yield Name(f"network {number}", text or "", Form.NETWORK)


def _machine(one: dict[str, Any]) -> Iterator[Name]:
    yield host("private host", one.get("PrivateDnsName"))
    yield host("public host", one.get("PublicDnsName"))
    yield Name("private address", one.get("PrivateIpAddress") or "", Form.ADDRESS)
    yield Name("public address", one.get("PublicIpAddress") or "", Form.ADDRESS)


def _interface(one: dict[str, Any]) -> Iterator[Name]:
    for number, private in enumerate(one.get("PrivateIpAddresses") or (), 1):
        yield Name(f"private address {number}", private.get("PrivateIpAddress") or "", Form.ADDRESS)
        public = private.get("Association") or {}
        yield Name(f"public address {number}", public.get("PublicIp") or "", Form.ADDRESS)
        yield host(f"private host {number}", private.get("PrivateDnsName"))
    for number, longer in enumerate(one.get("Ipv6Addresses") or (), 1):
        yield Name(f"long address {number}", longer.get("Ipv6Address") or "", Form.ADDRESS)
