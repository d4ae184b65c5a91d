"""What the replica lacks in, a CloudFormation template of production's own settings out.

Names are made of the parameter Environment; networks are the replica's own, as parameters; passwords
are made anew. A template in which an identifier of production's is left is not given out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from portability.errors import Refused
from portability.inventory.making import Compared
from portability.inventory.missing import caches, databases, others
from portability.inventory.missing.draft import Draft
from portability.inventory.resource import KINDS, Form, Inventory, Place, Resource
from portability.model import Skipped
from portability.system.aws import Session

BUILDERS: Mapping[str, Callable[[Draft, Resource], None]] = {
    "AWS::RDS::DBCluster": databases.cluster,
    "AWS::RDS::DBInstance": databases.instance,
    "AWS::ElastiCache::ReplicationGroup": caches.group,
    "AWS::ElastiCache::CacheCluster": caches.cluster,
    "AWS::ElastiCache::ServerlessCache": caches.serverless,
    "AWS::AmazonMQ::Broker": others.broker,
    "AWS::S3::Bucket": others.bucket,
    "AWS::SQS::Queue": others.queue,
    "AWS::SNS::Topic": others.topic,
    "AWS::SecretsManager::Secret": others.secret,
}
"""The types that a template can make, and how."""

ACTIONS = tuple(
    "rds:DescribeDBClusterParameterGroups rds:DescribeDBClusterParameters rds:DescribeDBParameterGroups "
    "rds:DescribeDBParameters elasticache:DescribeCacheParameterGroups elasticache:DescribeCacheParameters "
    "s3:GetBucketVersioning s3:GetEncryptionConfiguration s3:GetBucketCORS sqs:GetQueueAttributes "
    "sns:GetTopicAttributes".split()
)
"""The rights in production that take more than reading the inventory does."""


@dataclass(frozen=True, slots=True)
class Made:
    """The template's text, how many resources it makes, and what is left for people."""

    text: str
    resources: int
    skipped: tuple[Skipped, ...]


def missing(found: Compared, factor: float, session: Session) -> Made:
    """The template of everything that is unpaired, `factor` times as large; asks production for settings.

    Refused where an identifier of production's is left in it.
    """
    inside: dict[Place, list[Resource]] = defaultdict(list)
    for one in found.production.resources:
        if one.whole:
            inside[one.whole].append(one)
    lacking = [one for one in found.pairing.unpaired if KINDS[one.type].wanted]
    alone = {one.place for one in lacking}
    pairs = {
        key: value
        for one in found.pairing.pairs
        for key, value in ((one.production.id, one.replica.id), (one.production.arn, one.replica.arn))
        if key and value
    }
    draft = Draft(
        found.map.environment,
        found.words[0],
        factor,
        session,
        {key: tuple(parts) for key, parts in inside.items()},
        pairs,
    )
    for one in sorted(lacking, key=_sources_first):
        build = BUILDERS.get(one.type)
        if one.whole in alone:
            continue
        if build is None:
            draft.left_out(
                one, "a template can't make it: it is built of other things, or its value is secret"
            )
        else:
            build(draft, one)
    others.redrive(draft)
    text = _text(draft) if draft.resources else ""
    _refuse_leftovers(text, found.production, found.replica)
    return Made(text, len(draft.resources), tuple(draft.skipped))


def _sources_first(one: Resource) -> tuple[bool, str, str]:
    return bool(one.facts.get("ReadReplicaSourceDBInstanceIdentifier")), one.type, one.title


def _text(draft: Draft) -> str:
    """The template as YAML."""
    order = [
        name for name in ("Environment", "VpcId", "SubnetIds", "SecurityGroupIds") if name in draft.parameters
    ]
    parameters: dict[str, Any] = {name: draft.parameters[name] for name in order}
    parameters["Environment"] = {**parameters["Environment"], "Default": _plain(draft.environment)}
    content = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What the replica lacks beside production; made by portability inventory --missing",
        "Parameters": parameters,
        "Resources": draft.resources,
    }
    head = f"# Sizes and numbers of nodes are production's times {draft.factor:g}. Review before creating.\n"
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def _plain(environment: str) -> str:
    return re.sub(r"[^a-z0-9]", "", environment)[:16]


_TELLING = frozenset({Form.HOST, Form.URL, Form.ARN, Form.ADDRESS, Form.ACCOUNT, Form.NAME})
_NUMBERED = re.compile(
    r"\b(?:arn:aws[\w-]*:[\w-]+:[\w-]*:\d{12}:|(?:vpc|subnet|sg|eni|rtb)-[0-9a-f]{8,17}\b)"
)


def _refuse_leftovers(text: str, production: Inventory, replica: Inventory) -> None:
    """Refused where a name, an account, an ARN or a network's id of production's stands in the text."""
    ours = {name.text for one in replica.resources for name in one.names} | {
        one.id for one in replica.resources
    }
    everything = (*production.resources, *production.strangers)
    names = {n.text for one in everything for n in one.names if n.form in _TELLING and len(n.text) > 3}
    names |= {one.id for one in everything if not one.type.startswith("AWS::Route53")}
    names |= {production.account} if production.account != replica.account else set()
    left = sorted(_standing(text, names - ours))
    left += [match[0] for match in _NUMBERED.finditer(text) if match[0] not in ours]
    if left:
        raise Refused(
            "the template would hold identifiers of production's: " + ", ".join(left[:5]),
            hint="pair what they belong to, or leave it out by pairs: {NAME: {none: reason}}",
        )


def _standing(text: str, names: Iterable[str]) -> set[str]:
    """The names that stand in the text by themselves, not as a part of a longer one."""
    words = set(re.findall(r"[\w.:/@-]+", text))
    parts = {word.strip(".:/-") for word in words} | words
    return {name for name in names if name in parts}
