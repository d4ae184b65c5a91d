"""The interfaces of a replica in, the logs that watch them out, and what no log watches.

Source: DescribeFlowLogs of the EC2 API, ListResolverQueryLogConfigAssociations of the Route 53 Resolver API.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portability.guard import flowrecords
from portability.guard.logstores import Store
from portability.system.aws import Session

ACTIONS = ("ec2:DescribeFlowLogs", "ec2:DescribeNetworkInterfaces", "ec2:DescribeInstances")
_ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of one of the replica's machines."""

    id: str
    instance: str
    subnet: str
    network: str
    addresses: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowLog:
    """One flow log: what it watches (a VPC, a subnet or an interface), its fields, where it is kept.

    `interval` is the most seconds that a record covers. `problem` says why it can't be relied on.
    """

    id: str
    watches: str
    traffic: str
    fields: tuple[str, ...]
    store: Store
    interval: int = 600
    problem: str = ""


@dataclass(frozen=True, slots=True)
class QueryLog:
    """One query log of Resolver and the networks (VPCs) that it watches."""

    id: str
    networks: tuple[str, ...]
    store: Store


def interfaces(session: Session, tags: Mapping[str, str], instances: Sequence[str] = ()) -> list[Interface]:
    """The interfaces of the running machines that have all `tags`, or of `instances` by their ids."""
    wanted: dict[str, Any] = {
        "Filters": [
            {"Name": "instance-state-name", "Values": ["running"]},
            *({"Name": f"tag:{name}", "Values": [value]} for name, value in tags.items()),
        ]
    }
    if instances:
        wanted["InstanceIds"] = list(instances)
    found = []
    for reservation in session.pages("ec2", "describe_instances", "Reservations", **wanted):
        for machine in reservation.get("Instances", ()):
            for one in machine.get("NetworkInterfaces", ()):
                found.append(_interface(str(machine["InstanceId"]), one))
    return sorted(found, key=lambda one: (one.instance, one.id))


def _interface(instance: str, one: Mapping[str, Any]) -> Interface:
    addresses = [str(part["PrivateIpAddress"]) for part in one.get("PrivateIpAddresses") or ()]
    addresses += [str(part["Ipv6Address"]) for part in one.get("Ipv6Addresses") or ()]
    groups = tuple(str(group["GroupId"]) for group in one.get("Groups") or ())
    return Interface(
        str(one["NetworkInterfaceId"]),
        instance,
        str(one.get("SubnetId", "")),
        str(one.get("VpcId", "")),
        tuple(addresses),
        groups,
    )


def flow_logs(session: Session, watched: Iterable[Interface]) -> list[FlowLog]:
    """Every flow log of the interfaces, their subnets and their networks."""
    ids = {part for one in watched for part in (one.id, one.subnet, one.network) if part}
    wanted = [{"Name": "resource-id", "Values": sorted(ids)}]
    found = list(session.pages("ec2", "describe_flow_logs", "FlowLogs", Filters=wanted))
    account = session.account() if any(one.get("LogDestinationType") == "s3" for one in found) else ""
    return [_flow_log(one, session.region, account) for one in found if str(one.get("ResourceId")) in ids]


def _flow_log(one: Mapping[str, Any], region: str, account: str) -> FlowLog:
    names = flowrecords.fields(str(one.get("LogFormat") or ""))
    return FlowLog(
        str(one.get("FlowLogId", "")),
        str(one.get("ResourceId", "")),
        str(one.get("TrafficType", _ALL)),
        names,
        _flow_store(one, region, account),
        int(one.get("MaxAggregationInterval") or 600),
        _problem(one, names),
    )


def _problem(one: Mapping[str, Any], names: Sequence[str]) -> str:
    """Why a flow log can't be relied on; '' if it can."""
    if one.get("FlowLogStatus", "ACTIVE") != "ACTIVE":
        return f"its status is {one['FlowLogStatus']}"
    if one.get("DeliverLogsStatus") == "FAILED":
        reason = str(one.get("DeliverLogsErrorMessage") or "no reason is given")
        return f"its records can't be delivered ({reason})"
    options = one.get("DestinationOptions") or {}
    if options.get("FileFormat") == "parquet":
        return "it is in the Parquet format, which is not read"
    if one.get("LogDestinationType") not in (None, "cloud-watch-logs", "s3"):
        return f"it goes to {one['LogDestinationType']}, which is not read"
    missing = flowrecords.lacking(names)
    return f"its format lacks {', '.join(missing)}" if missing else ""


def _flow_store(one: Mapping[str, Any], region: str, account: str) -> Store:
    destination = str(one.get("LogDestination") or "")
    if one.get("LogDestinationType") != "s3":
        group = str(one.get("LogGroupName") or destination.partition(":log-group:")[2].partition(":")[0])
        return Store(group=group)
    bucket, _, prefix = destination.rpartition(":::")[2].partition("/")
    hive = (one.get("DestinationOptions") or {}).get("HiveCompatiblePartitions")
    plain = f"AWSLogs/{account}/vpcflowlogs/{region}/%Y/%m/%d/"
    named = (
        f"AWSLogs/aws-account-id={account}/aws-service=vpcflowlogs/aws-region={region}"
        "/year=%Y/month=%m/day=%d/"
    )
    return Store(bucket=bucket, prefix=prefix, folders=named if hive else plain)


def unwatched(watched: Iterable[Interface], logs: Sequence[FlowLog]) -> Iterator[tuple[Interface, str]]:
    """The interfaces whose whole traffic no flow log tells, each with the reason."""
    for one in watched:
        own = [log for log in logs if log.watches in (one.id, one.subnet, one.network)]
        good = [log for log in own if not log.problem]
        kinds = {log.traffic for log in good}
        if _ALL in kinds or kinds >= {"ACCEPT", "REJECT"}:
            continue
        if good:
            yield one, f"its flow log {good[0].id} tells {good[0].traffic} traffic only"
        elif own:
            yield one, f"its flow log {own[0].id} can't be relied on: {own[0].problem}"
        else:
            yield one, "no flow log watches it"


def query_logs(session: Session, networks: Iterable[str]) -> list[QueryLog]:
    """Every query log of Resolver that watches one of the networks (VPCs) now."""
    wanted = set(networks)
    joined = session.pages(
        "route53resolver",
        "list_resolver_query_log_config_associations",
        "ResolverQueryLogConfigAssociations",
    )
    by_log: dict[str, list[str]] = {}
    for one in joined:
        if one.get("ResourceId") in wanted and one.get("Status") == "ACTIVE":
            by_log.setdefault(str(one["ResolverQueryLogConfigId"]), []).append(str(one["ResourceId"]))
    if not by_log:
        return []
    configs = session.pages("route53resolver", "list_resolver_query_log_configs", "ResolverQueryLogConfigs")
    return [
        QueryLog(str(one["Id"]), (network,), _query_store(one, network))
        for one in configs
        for network in by_log.get(str(one["Id"]), ())
    ]


def _query_store(one: Mapping[str, Any], network: str) -> Store:
    destination = str(one.get("DestinationArn") or "")
    if ":log-group:" in destination:
        return Store(group=destination.partition(":log-group:")[2].partition(":")[0])
    bucket, _, prefix = destination.rpartition(":::")[2].partition("/")
    account = str(one.get("OwnerId") or "")
    folders = f"AWSLogs/{account}/vpcdnsquerylogs/{network}/%Y/%m/%d/"
    return Store(bucket=bucket, prefix=prefix, folders=folders)
