"""ElastiCache in one region: replication groups, clusters with their nodes, and serverless caches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portability.inventory.resource import Form, Name, Resource, host, present
from portability.system.aws import Session

ACTIONS = ("DescribeReplicationGroups", "DescribeCacheClusters", "DescribeServerlessCaches")


def read(session: Session) -> Iterator[Resource]:
    """Every replication group, cluster and serverless cache."""
    for one in session.pages("elasticache", "describe_replication_groups", "ReplicationGroups"):
        yield _group(one, session.region)
    clusters = session.pages(
        "elasticache", "describe_cache_clusters", "CacheClusters", ShowCacheNodeInfo=True
    )
    for one in clusters:
        yield _cluster(one, session.region)
    for one in session.pages("elasticache", "describe_serverless_caches", "ServerlessCaches"):
        yield _serverless(one, session.region)


def _endpoint(role: str, told: Any) -> Name:
    return host(role, (told or {}).get("Address"), (told or {}).get("Port"))


def _group(one: dict[str, Any], region: str) -> Resource:
    """A replication group; the endpoints of one in cluster mode are its configuration endpoint and nodes."""
    names = [_endpoint("configuration", one.get("ConfigurationEndpoint"))]
    shards = one.get("NodeGroups") or ()
    for shard in shards:
        mark = f" {shard.get('NodeGroupId', '')}" if len(shards) > 1 else ""
        names.append(_endpoint(f"primary{mark}", shard.get("PrimaryEndpoint")))
        names.append(_endpoint(f"reader{mark}", shard.get("ReaderEndpoint")))
        for member in shard.get("NodeGroupMembers") or ():
            told = f"node {member.get('CacheClusterId', '')} {member.get('CacheNodeId', '')}"
            names.append(_endpoint(told, member.get("ReadEndpoint")))
    arn = one.get("ARN", "")
    return Resource(
        "AWS::ElastiCache::ReplicationGroup",
        one["ReplicationGroupId"],
        one["ReplicationGroupId"],
        arn,
        region,
        present(*names, Name("arn", arn, Form.ARN)),
        facts=one,
    )


def _cluster(one: dict[str, Any], region: str) -> Resource:
    names = [_endpoint("configuration", one.get("ConfigurationEndpoint"))]
    for node in one.get("CacheNodes") or ():
        names.append(_endpoint(f"node {node.get('CacheNodeId', '')}", node.get("Endpoint")))
    arn = one.get("ARN", "")
    return Resource(
        "AWS::ElastiCache::CacheCluster",
        one["CacheClusterId"],
        one["CacheClusterId"],
        arn,
        region,
        present(*names, Name("arn", arn, Form.ARN)),
        parent=one.get("ReplicationGroupId") or "",
        facts=one,
    )


def _serverless(one: dict[str, Any], region: str) -> Resource:
    arn = one.get("ARN", "")
    names = present(
        _endpoint("primary", one.get("Endpoint")),
        _endpoint("reader", one.get("ReaderEndpoint")),
        Name("arn", arn, Form.ARN),
    )
    name = one["ServerlessCacheName"]
    return Resource("AWS::ElastiCache::ServerlessCache", name, name, arn, region, names, facts=one)
