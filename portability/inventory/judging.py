"""Both inventories and their pairing in, what is wrong with the replica out, each with its reason: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network

from portability.inventory.mapping import Lost
from portability.inventory.pairing import Pairing
from portability.inventory.resource import KINDS, Form, Inventory, Resource


class Wrong(StrEnum):
    """What may be wrong."""

    UNPAIRED = "unpaired"
    AMBIGUOUS = "ambiguous"
    NO_ROLE = "no such endpoint"
    PEERING = "peering"
    TRANSIT = "transit gateway"
    LEADS = "leads to production"
    FOLLOWS = "follows production"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One finding of the inventory: what it is about, what is wrong, what to do."""

    wrong: Wrong
    what: str
    why: str
    hint: str = ""


def troubles(
    production: Inventory, replica: Inventory, pairing: Pairing, lost: Iterable[Lost]
) -> tuple[Trouble, ...]:
    """Everything that is wrong, in the order of Wrong."""
    found = [*_pairs(pairing, replica), *_roles(lost), *_readers(pairing)]
    found += [*_joints(production, replica), *_leading(production, replica), *_following(production, replica)]
    order = list(Wrong)
    return tuple(sorted(dict.fromkeys(found), key=lambda t: (order.index(t.wrong), t.what)))


def _pairs(pairing: Pairing, replica: Inventory) -> Iterator[Trouble]:
    name = replica.environment
    for one in pairing.unpaired:
        if KINDS[one.type].wanted:
            hint = f"inventory --missing makes a template; or environments.{name}.pairs: {{{one.title}: …}}"
            yield Trouble(Wrong.UNPAIRED, one.label, f"nothing of {name}'s stands for it", hint)
    for open_ in pairing.ambiguous:
        if KINDS[open_.production.type].wanted:
            some = ", ".join(other.title for other in open_.candidates[:5])
            more = f" and {len(open_.candidates) - 5} more" if len(open_.candidates) > 5 else ""
            hint = f"say which in environments.{name}.pairs"
            others = ", but for others too" if len(open_.candidates) == 1 else ""
            told = f"{some}{more} may stand for it, by {open_.rule}{others}"
            yield Trouble(Wrong.AMBIGUOUS, open_.production.label, told, hint)


def _roles(lost: Iterable[Lost]) -> Iterator[Trouble]:
    for one in lost:
        why = f"{one.replica.title} has no {one.name.role} for {one.name.text}"
        yield Trouble(Wrong.NO_ROLE, one.production.label, why, "give the replica one, or it is not the same")


def _readers(pairing: Pairing) -> Iterator[Trouble]:
    """Clusters of the replica's without a reader, where production's has one."""
    for pair in pairing.pairs:
        theirs, ours = (_reading(one) for one in (pair.production, pair.replica))
        if theirs and not ours and pair.replica.type == "AWS::RDS::DBCluster":
            why = f"{pair.replica.title} has no reader: its reader endpoint leads to the writer"
            yield Trouble(Wrong.NO_ROLE, pair.production.label, why, "give it one")


def _reading(one: Resource) -> int:
    members = one.facts.get("DBClusterMembers") or ()
    return sum(not member.get("IsClusterWriter") for member in members)


def _joints(production: Inventory, replica: Inventory) -> Iterator[Trouble]:
    """Peerings and transit gateways by which the replica's networks reach production's."""
    networks = {one.id: one for one in _everything(production) if one.type == "AWS::EC2::VPC"}
    own = {one.id for one in replica.resources if one.type == "AWS::EC2::VPC"}
    gateways = {
        str(one.facts.get("TransitGatewayId"))
        for one in _everything(production)
        if one.type == "AWS::EC2::TransitGatewayAttachment" and one.facts.get("ResourceId") not in own
    }
    apart = production.account != replica.account
    for one in (*replica.resources, *replica.strangers, *(() if apart else production.resources)):
        if one.type == "AWS::EC2::VPCPeeringConnection":
            yield from _peering(one, networks, own, production.account if apart else "")
        elif one.type == "AWS::EC2::TransitGatewayAttachment" and (
            apart or one.facts.get("ResourceId") in own
        ):
            gateway = str(one.facts.get("TransitGatewayId"))
            owner = str(one.facts.get("TransitGatewayOwnerId"))
            if gateway in gateways or (apart and owner == production.account):
                why = (
                    f"production is attached to {gateway} too"
                    if gateway in gateways
                    else "it is production's"
                )
                hint = "detach it; whether a route leads there all the same, verify with a guard tells"
                yield Trouble(Wrong.TRANSIT, f"{one.label} ({gateway})", why, hint)


def _peering(
    one: Resource, networks: Mapping[str, Resource], own: Iterable[str], account: str
) -> Iterator[Trouble]:
    ends = [one.facts.get("RequesterVpcInfo") or {}, one.facts.get("AccepterVpcInfo") or {}]
    mine = [end for end in ends if end.get("VpcId") in set(own)]
    for end in ends:
        theirs = end.get("VpcId") in networks or (account and end.get("OwnerId") == account)
        if theirs and mine and end not in mine:
            network = f"{end.get('VpcId')} ({end.get('CidrBlock', '')})"
            why = f"it joins the replica to production's network {network}"
            yield Trouble(Wrong.PEERING, one.label, why, "remove it: what stands behind it can be reached")


def _leading(production: Inventory, replica: Inventory) -> Iterator[Trouble]:
    """What of the replica's hands on to a name of production's: origins, records."""
    ours = {(n.form, n.text) for one in replica.resources for n in one.names}
    theirs = {
        name.text: f"{one.label}, {name.role}"
        for one in _everything(production)
        for name in one.names
        if name.form in (Form.HOST, Form.ADDRESS) and (name.form, name.text) not in ours
    }
    held = _held(production)
    for one in replica.resources:
        for target in one.leads_to:
            if target in theirs:
                yield Trouble(Wrong.LEADS, one.label, f"it leads to {target}: production's {theirs[target]}")
        if one.type == "AWS::Route53::RecordSet":
            for name in one.names:
                if name.form is Form.ADDRESS and name.text in held:
                    yield Trouble(Wrong.LEADS, one.label, f"it gives {name.text}, an address of production's")


def _held(production: Inventory) -> frozenset[str]:
    """The public addresses that production's machines, interfaces and load balancers have."""
    found = set()
    for one in _everything(production):
        if one.type != "AWS::Route53::RecordSet":
            found |= {n.text for n in one.names if n.form is Form.ADDRESS and not _private(n.text)}
    return frozenset(found)


def _private(text: str) -> bool:
    return bool(ip_network(text).is_private)


_SOURCES = (
    "ReplicationSourceIdentifier",
    "ReadReplicaSourceDBInstanceIdentifier",
    "ReadReplicaSourceDBClusterIdentifier",
)


def _following(production: Inventory, replica: Inventory) -> Iterator[Trouble]:
    """What of the replica's replicates from production's, and so holds a connection to it."""
    arns = {one.arn: one for one in _everything(production) if one.arn}
    globals_: dict[str, Resource] = {}
    for one in _everything(production):
        if number := (one.facts.get("GlobalReplicationGroupInfo") or {}).get("GlobalReplicationGroupId"):
            globals_[number] = one
    for one in replica.resources:
        source = next((str(one.facts[key]) for key in _SOURCES if one.facts.get(key)), "")
        joined = (one.facts.get("GlobalReplicationGroupInfo") or {}).get("GlobalReplicationGroupId", "")
        followed = arns.get(source) or globals_.get(joined)
        if followed:
            why = f"it replicates from production's {followed.label}"
            yield Trouble(Wrong.FOLLOWS, one.label, why, "promote it, or make it anew from a snapshot")


def _everything(inventory: Inventory) -> tuple[Resource, ...]:
    return (*inventory.resources, *inventory.strangers)
