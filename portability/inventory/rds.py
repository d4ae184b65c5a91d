"""RDS and Aurora in one region: clusters, instances and proxies, with every endpoint that each has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from portability.inventory.resource import Form, Name, Resource, host, present, tags_of
from portability.system.aws import Session

ACTIONS = tuple(
    "DescribeDBClusters DescribeDBClusterEndpoints DescribeDBInstances DescribeDBProxies "
    "DescribeDBProxyEndpoints".split()
)
_OTHERS = ("docdb", "neptune")
"""Engines that this API lists too, and that are services of their own."""


def read(session: Session) -> Iterator[Resource]:
    """Every cluster, instance and proxy."""
    members: dict[str, str] = {}
    clusters = [
        c
        for c in session.pages("rds", "describe_db_clusters", "DBClusters")
        if c.get("Engine") not in _OTHERS
    ]
    custom = _custom_endpoints(session) if clusters else {}
    for one in clusters:
        for member in one.get("DBClusterMembers", ()):
            role = "writer" if member.get("IsClusterWriter") else "reader"
            members[member["DBInstanceIdentifier"]] = role
        yield _cluster(one, session.region, custom.get(one["DBClusterIdentifier"], ()))
    for one in session.pages("rds", "describe_db_instances", "DBInstances"):
        if one.get("Engine") not in _OTHERS:
            yield _instance(one, session.region, members.get(one["DBInstanceIdentifier"], ""))
    yield from _proxies(session)


def _custom_endpoints(session: Session) -> dict[str, tuple[Name, ...]]:
    """The custom endpoints of each cluster; the others stand with the cluster itself."""
    found: dict[str, list[Name]] = defaultdict(list)
    for one in session.pages("rds", "describe_db_cluster_endpoints", "DBClusterEndpoints"):
        if one.get("EndpointType") == "CUSTOM":
            name = host(f"custom {one.get('DBClusterEndpointIdentifier', '')}", one.get("Endpoint"))
            found[one["DBClusterIdentifier"]].append(name)
    return {cluster: tuple(names) for cluster, names in found.items()}


def _cluster(one: dict[str, Any], region: str, custom: tuple[Name, ...]) -> Resource:
    port = one.get("Port")
    listed = tuple(
        host(f"custom {str(text).partition('.')[0]}", text) for text in one.get("CustomEndpoints", ())
    )
    known = {name.text for name in custom}
    return Resource(
        "AWS::RDS::DBCluster",
        one["DBClusterIdentifier"],
        one["DBClusterIdentifier"],
        one.get("DBClusterArn", ""),
        region,
        present(
            host("writer", one.get("Endpoint"), port),
            host("reader", one.get("ReaderEndpoint"), port),
            *custom,
            *(name for name in listed if name.text not in known),
            Name("arn", one.get("DBClusterArn", ""), Form.ARN),
        ),
        tags=tags_of(one.get("TagList")),
        facts=one,
    )


def _instance(one: dict[str, Any], region: str, role: str) -> Resource:
    endpoint = one.get("Endpoint") or {}
    source = one.get("ReadReplicaSourceDBInstanceIdentifier")
    return Resource(
        "AWS::RDS::DBInstance",
        one["DBInstanceIdentifier"],
        one["DBInstanceIdentifier"],
        one.get("DBInstanceArn", ""),
        region,
        present(
            host(role or ("reader" if source else "writer"), endpoint.get("Address"), endpoint.get("Port")),
            Name("arn", one.get("DBInstanceArn", ""), Form.ARN),
        ),
        parent=one.get("DBClusterIdentifier") or "",
        tags=tags_of(one.get("TagList")),
        facts=one,
    )


def _proxies(session: Session) -> Iterator[Resource]:
    proxies = list(session.pages("rds", "describe_db_proxies", "DBProxies"))
    further: dict[str, list[Name]] = defaultdict(list)
    listed = session.pages("rds", "describe_db_proxy_endpoints", "DBProxyEndpoints") if proxies else ()
    for one in listed:
        role = "reader" if one.get("TargetRole") == "READ_ONLY" else "writer"
        name = f"{role} {one.get('DBProxyEndpointName', '')}".strip()
        further[one["DBProxyName"]].append(host(name, one.get("Endpoint")))
    for one in proxies:
        yield Resource(
            "AWS::RDS::DBProxy",
            one["DBProxyName"],
            one["DBProxyName"],
            one.get("DBProxyArn", ""),
            session.region,
            present(
                host("writer", one.get("Endpoint")),
                *further[one["DBProxyName"]],
                Name("arn", one.get("DBProxyArn", ""), Form.ARN),
            ),
            facts=one,
        )
