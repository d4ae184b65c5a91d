"""The security groups of a replica's machines in, what each rule lets out of the replica out.

Source: DescribeSecurityGroups and GetManagedPrefixListEntries of the EC2 API.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portability.asking.territory import Territory
from portability.settings.replica import Network
from portability.system.aws import Session

ACTIONS = (
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeManagedPrefixLists",
    "ec2:GetManagedPrefixListEntries",
)
_EVERYTHING = "-1"


@dataclass(frozen=True, slots=True)
class Group:
    """A security group: its rules of what may leave, as AWS tells them."""

    id: str
    name: str
    network: str
    owner: str
    egress: tuple[Mapping[str, Any], ...] = ()

    @property
    def label(self) -> str:
        """What a person is shown."""
        return f"{self.id} ({self.name})" if self.name else self.id


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A managed prefix list: its networks; none are read of AWS's own, which lead to AWS's services."""

    id: str
    name: str
    aws: bool = False
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Firewalls:
    """The groups of the machines, every other group that their rules name, and the prefix lists."""

    groups: tuple[Group, ...] = ()
    named: Mapping[str, Group] = field(default_factory=dict)
    lists: Mapping[str, PrefixList] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """One rule that lets packets out of the replica: which, to what; `production` if that is production's."""

    group: str
    rule: str
    reaches: str
    production: bool = False


def read(session: Session, ids: Iterable[str]) -> Firewalls:
    """The groups by their ids, and what their rules name: two listings more, at most."""
    wanted = sorted(set(ids))
    if not wanted:
        return Firewalls()
    groups = tuple(_groups(session, wanted))
    pairs = {str(pair["GroupId"]) for one in groups for rule in one.egress for pair in _pairs(rule)}
    others = sorted(pairs - {one.id for one in groups})
    named = {one.id: one for one in (*groups, *_others(session, others))}
    lists = {str(one["PrefixListId"]) for group in groups for rule in group.egress for one in _listed(rule)}
    return Firewalls(groups, named, _prefix_lists(session, sorted(lists)))


def _groups(session: Session, ids: list[str]) -> Iterator[Group]:
    for one in session.pages("ec2", "describe_security_groups", "SecurityGroups", GroupIds=ids):
        yield _group(one)


def _others(session: Session, ids: list[str]) -> Iterator[Group]:
    """Groups that rules name; that one of another account isn't found is no error."""
    if ids:
        wanted = [{"Name": "group-id", "Values": ids}]
        for one in session.pages("ec2", "describe_security_groups", "SecurityGroups", Filters=wanted):
            yield _group(one)


def _group(one: Mapping[str, Any]) -> Group:
    return Group(
        str(one["GroupId"]),
        str(one.get("GroupName", "")),
        str(one.get("VpcId", "")),
        str(one.get("OwnerId", "")),
        tuple(one.get("IpPermissionsEgress") or ()),
    )


def _prefix_lists(session: Session, ids: list[str]) -> dict[str, PrefixList]:
    if not ids:
        return {}
    found = {}
    for one in session.pages("ec2", "describe_managed_prefix_lists", "PrefixLists", PrefixListIds=ids):
        number, name = str(one["PrefixListId"]), str(one.get("PrefixListName", ""))
        if one.get("OwnerId") == "AWS":
            found[number] = PrefixList(number, name, aws=True)
        else:
            entries = session.pages("ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=number)
            networks = tuple(ipaddress.ip_network(entry["Cidr"], strict=False) for entry in entries)
            found[number] = PrefixList(number, name, networks=networks)
    return found


def openings(firewalls: Firewalls, networks: Iterable[str], territory: Territory) -> Iterator[Opening]:
    """Every rule that lets packets leave the replica; `networks` are the VPCs that are the replica's.

    A rule to a network that is wholly the replica's, or allowed by the settings, is none; nor is one to a
    group in the replica's VPCs, nor to a list of AWS's own.
    """
    own = frozenset(networks)
    for group in firewalls.groups:
        for rule in group.egress:
            words = _words(rule)
            for network in _networks(rule, firewalls):
                yield from _opened(group, words, network, territory)
            for pair in _pairs(rule):
                yield from _joined(group, words, pair, firewalls, own)
            for one in _listed(rule):
                if str(one["PrefixListId"]) not in firewalls.lists:
                    reaches = f"the prefix list {one['PrefixListId']}, which can't be read"
                    yield Opening(group.label, words, reaches)


def _networks(rule: Mapping[str, Any], firewalls: Firewalls) -> Iterator[Network]:
    for one in rule.get("IpRanges") or ():
        yield ipaddress.ip_network(one["CidrIp"], strict=False)
    for one in rule.get("Ipv6Ranges") or ():
        yield ipaddress.ip_network(one["CidrIpv6"], strict=False)
    for one in _listed(rule):
        known = firewalls.lists.get(str(one["PrefixListId"]))
        yield from known.networks if known else ()


def _opened(group: Group, words: str, network: Network, territory: Territory) -> Iterator[Opening]:
    if _within(network, (*territory.replica_networks, *territory.allowed)):
        if network.num_addresses == 1 and network[0] in territory.production_addresses:
            reaches = f"production's {territory.named(network[0])}"
            yield Opening(group.label, f"{words} to {network}", reaches, production=True)
        return
    theirs = [str(one) for one in territory.production_networks if _overlap(one, network)]
    if _within(network, territory.production_networks):
        reaches = f"production's network {', '.join(theirs)}"
        yield Opening(group.label, f"{words} to {network}", reaches, production=True)
        return
    besides = f", production's {', '.join(theirs)} among it" if theirs else ""
    reaches = "everything" if network.prefixlen == 0 else f"what is not the replica's in {network}"
    yield Opening(group.label, f"{words} to {network}", reaches + besides)


def _joined(
    group: Group, words: str, pair: Mapping[str, Any], firewalls: Firewalls, own: frozenset[str]
) -> Iterator[Opening]:
    number = str(pair["GroupId"])
    known = firewalls.named.get(number)
    if known is not None and known.network in own:
        return
    if pair.get("VpcPeeringConnectionId"):
        reaches = f"the group {number} behind the peering {pair['VpcPeeringConnectionId']}"
    elif known is not None:
        reaches = f"the group {known.label} of another network ({known.network})"
    else:
        reaches = f"the group {number} of the account {pair.get('UserId', 'unknown')}"
    yield Opening(group.label, f"{words} to {number}", reaches)


def _pairs(rule: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(rule.get("UserIdGroupPairs") or ())


def _listed(rule: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(rule.get("PrefixListIds") or ())


def _words(rule: Mapping[str, Any]) -> str:
    """Protocol and ports as people say them."""
    protocol = str(rule.get("IpProtocol", _EVERYTHING))
    if protocol == _EVERYTHING:
        return "all traffic"
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if first in (None, -1):
        return protocol
    return f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"


def _within(network: Network, those: Iterable[Network]) -> bool:
    return any(network.version == one.version and network.subnet_of(one) for one in those)  # type: ignore[arg-type]


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)
