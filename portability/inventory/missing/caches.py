"""A cache of production's in, what makes the replica's in CloudFormation out."""

from __future__ import annotations

import re
from typing import Any

from portability.inventory.missing.draft import Draft, Template
from portability.inventory.missing.sizing import fewer, smaller
from portability.inventory.resource import Resource


def group(draft: Draft, one: Resource) -> None:
    """A replication group with as many shards and replicas as the factor leaves; a primary and one more
    where production fails over.
    """
    facts = one.facts
    nodes = [member.facts for member in draft.members.get(one.place, ())]
    first: Any = nodes[0] if nodes else {}
    shards = facts.get("NodeGroups") or [{}]
    seen = max((len(shard.get("NodeGroupMembers") or ()) for shard in shards), default=0)
    members = max(seen, len(facts.get("MemberClusters") or ()) // len(shards), 1)
    fails_over = str(facts.get("AutomaticFailover", "")) in ("enabled", "enabling")
    fewest = 2 if fails_over else 1
    per_shard = fewer(members, draft.factor, fewest)
    if facts.get("ClusterEnabled"):
        count: Template = {
            "NumNodeGroups": fewer(len(shards), draft.factor),
            "ReplicasPerNodeGroup": per_shard - 1,
        }
    else:
        count = {"NumCacheClusters": per_shard}
    engine = first.get("Engine") or facts.get("Engine") or "redis"
    properties: Template = {
        "ReplicationGroupId": draft.name(one.title, 40),
        "ReplicationGroupDescription": "Made for the replica",
        "Engine": engine,
        "EngineVersion": _version(engine, first.get("EngineVersion")),
        "CacheNodeType": smaller(
            facts.get("CacheNodeType") or first.get("CacheNodeType") or "", draft.factor
        ),
        **count,
        "AutomaticFailoverEnabled": fails_over,
        "MultiAZEnabled": facts.get("MultiAZ") == "enabled" and fails_over,
        "AtRestEncryptionEnabled": facts.get("AtRestEncryptionEnabled"),
        "TransitEncryptionEnabled": facts.get("TransitEncryptionEnabled"),
        "CacheParameterGroupName": _parameters(draft, one, first),
        **_placed(draft),
    }
    if facts.get("AuthTokenEnabled"):
        secret = draft.password(one.title)
        properties["AuthToken"] = {"Fn::Sub": f"{{{{resolve:secretsmanager:${{{secret}}}}}}}"}
    draft.add(one.title, "Cache", "AWS::ElastiCache::ReplicationGroup", properties, last=True)


def cluster(draft: Draft, one: Resource) -> None:
    """A cluster that is no part of a replication group: memcached, or one lone node."""
    facts = one.facts
    engine = facts.get("Engine") or ""
    properties = {
        "ClusterName": draft.name(one.title, 40),
        "Engine": engine,
        "EngineVersion": _version(engine, facts.get("EngineVersion")),
        "CacheNodeType": smaller(facts.get("CacheNodeType") or "", draft.factor),
        "NumCacheNodes": fewer(int(facts.get("NumCacheNodes") or 1), draft.factor),
        "CacheParameterGroupName": _parameters(draft, one, facts),
        "CacheSubnetGroupName": {"Ref": _subnets(draft)},
        "VpcSecurityGroupIds": draft.parameter("SecurityGroupIds"),
    }
    draft.add(one.title, "Cache", "AWS::ElastiCache::CacheCluster", properties, last=True)


def serverless(draft: Draft, one: Resource) -> None:
    """A serverless cache, its limits times the factor."""
    limits = one.facts.get("CacheUsageLimits") or {}
    scaled: Template = {}
    for name, limit in limits.items():
        numbers = {k: max(1, round(v * draft.factor)) for k, v in limit.items() if isinstance(v, int)}
        numbers |= {k: v for k, v in limit.items() if k == "Unit"}
        scaled[name] = numbers
    properties = {
        "ServerlessCacheName": draft.name(one.title, 40),
        "Engine": one.facts.get("Engine"),
        "MajorEngineVersion": str(one.facts.get("MajorEngineVersion") or ""),
        "CacheUsageLimits": scaled,
        "SubnetIds": draft.parameter("SubnetIds"),
        "SecurityGroupIds": draft.parameter("SecurityGroupIds"),
    }
    draft.add(one.title, "Cache", "AWS::ElastiCache::ServerlessCache", properties, last=True)


def _version(engine: str, version: object) -> str:
    """The version as it is asked for: from Redis 6 on without the last number, which AWS chooses."""
    text = str(version or "")
    if engine in ("redis", "valkey") and (found := re.match(r"(?:[6-9]|\d\d)\.\d+", text)):
        return found[0]
    return text


def _placed(draft: Draft) -> Template:
    return {
        "CacheSubnetGroupName": {"Ref": _subnets(draft)},
        "SecurityGroupIds": draft.parameter("SecurityGroupIds"),
    }


def _subnets(draft: Draft) -> str:
    """The one group of subnets for all caches."""
    properties = {"Description": "The replica's caches", "SubnetIds": draft.parameter("SubnetIds")}
    kind = "AWS::ElastiCache::SubnetGroup"
    return draft.once("cache subnets", lambda: draft.add("Cache", "Subnets", kind, properties))


def _parameters(draft: Draft, one: Resource, facts: Any) -> Any:
    """AWS's own parameter group by its name; a person's made anew with the parameters that were set."""
    name = str((facts.get("CacheParameterGroup") or {}).get("CacheParameterGroupName") or "")
    if not name or name.startswith("default"):
        return name
    logical = draft.once(f"cache parameters {name}", lambda: _new_parameters(draft, one, name))
    return {"Ref": logical} if logical else None


def _new_parameters(draft: Draft, one: Resource, name: str) -> str:
    """The logical id of a group with what people set; '' where they set nothing."""
    session = draft.session(one)
    told = session.ask("elasticache", "describe_cache_parameter_groups", CacheParameterGroupName=name)
    listed = session.pages(
        "elasticache", "describe_cache_parameters", "Parameters", CacheParameterGroupName=name, Source="user"
    )
    values = {p["ParameterName"]: p["ParameterValue"] for p in listed if p.get("ParameterValue") is not None}
    if not values:
        return ""
    family = (told.get("CacheParameterGroups") or [{}])[0].get("CacheParameterGroupFamily")
    properties = {"Description": "As production's", "CacheParameterGroupFamily": family, "Properties": values}
    return draft.add(name, "Parameters", "AWS::ElastiCache::ParameterGroup", properties)
