"""A broker, bucket, queue, topic or secret of production's in, what makes the replica's out."""

from __future__ import annotations

import json
from typing import Any

from portability.inventory.missing.draft import Draft, Template
from portability.inventory.missing.sizing import smaller
from portability.inventory.resource import Resource

_ADMIN = "replica"
"""The first user of a new broker."""


def broker(draft: Draft, one: Resource) -> None:
    """A broker with one new user; users, vhosts and the configuration of production's are not copied."""
    facts = one.facts
    secret = draft.password(one.title)
    single = facts.get("DeploymentMode", "SINGLE_INSTANCE") == "SINGLE_INSTANCE"
    subnets: Any = draft.parameter("SubnetIds")
    properties = {
        "BrokerName": draft.name(one.title, 50),
        "EngineType": str(facts.get("EngineType", "")).upper(),
        "EngineVersion": facts.get("EngineVersion"),
        "DeploymentMode": facts.get("DeploymentMode"),
        "HostInstanceType": smaller(facts.get("HostInstanceType") or "", draft.factor),
        "AutoMinorVersionUpgrade": facts.get("AutoMinorVersionUpgrade", True),
        "PubliclyAccessible": False,
        "StorageType": facts.get("StorageType"),
        "SubnetIds": [{"Fn::Select": [0, subnets]}] if single else subnets,
        "SecurityGroups": draft.parameter("SecurityGroupIds"),
        "Users": [
            {
                "Username": _ADMIN,
                "Password": {"Fn::Sub": f"{{{{resolve:secretsmanager:${{{secret}}}}}}}"},
            }
        ],
    }
    draft.add(one.title, "Broker", "AWS::AmazonMQ::Broker", properties, last=True)
    draft.left_out(one, "its users, vhosts, queues and configuration are for people to make")


def bucket(draft: Draft, one: Resource) -> None:
    """A bucket with versions, encryption and CORS as production's, closed to the public."""
    session = draft.session(one)
    versions = session.ask_if_there("s3", "get_bucket_versioning", "", Bucket=one.id).get("Status")
    encrypted = session.ask_if_there(
        "s3", "get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError", Bucket=one.id
    )
    cors = session.ask_if_there("s3", "get_bucket_cors", "NoSuchCORSConfiguration", Bucket=one.id)
    properties: Template = {
        "BucketName": draft.name(one.title),
        "VersioningConfiguration": {"Status": versions} if versions else None,
        "BucketEncryption": _encryption(encrypted),
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    }
    if cors.get("CORSRules"):
        draft.left_out(one, "its CORS rules are for people to make: they name the sites that may use it")
    draft.add(one.title, "Bucket", "AWS::S3::Bucket", properties)
    draft.left_out(one, "its objects, policy, notifications and lifecycle are for people to bring")


def _encryption(told: Any) -> Template | None:
    """The same algorithm, with AWS's own key: production's key belongs to production."""
    rules = (told.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    default = (rules[0].get("ApplyServerSideEncryptionByDefault") or {}) if rules else {}
    algorithm = default.get("SSEAlgorithm")
    if not algorithm:
        return None
    rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    return {"ServerSideEncryptionConfiguration": [rule]}


_NUMBERS = {
    "VisibilityTimeout": "VisibilityTimeout",
    "MessageRetentionPeriod": "MessageRetentionPeriod",
    "DelaySeconds": "DelaySeconds",
    "MaximumMessageSize": "MaximumMessageSize",
    "ReceiveMessageWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
}


def queue(draft: Draft, one: Resource) -> None:
    """A queue with production's times and limits, and with the replica's own queue for what fails."""
    told = draft.session(one).ask("sqs", "get_queue_attributes", QueueUrl=one.id, AttributeNames=["All"])
    facts = told.get("Attributes") or {}
    properties: Template = {"QueueName": draft.name(one.title, 80)}
    properties |= {name: int(facts[key]) for key, name in _NUMBERS.items() if facts.get(key)}
    if facts.get("FifoQueue") == "true":
        properties["FifoQueue"] = True
        properties["ContentBasedDeduplication"] = facts.get("ContentBasedDeduplication") == "true"
    if facts.get("SqsManagedSseEnabled") == "true":
        properties["SqsManagedSseEnabled"] = True
    elif facts.get("KmsMasterKeyId"):
        properties["KmsMasterKeyId"] = "alias/aws/sqs"
    logical = draft.add(one.title, "Queue", "AWS::SQS::Queue", properties, last=True)
    draft.made[one.arn] = logical
    if facts.get("RedrivePolicy"):
        draft.resources[logical]["RedriveTo"] = json.loads(facts["RedrivePolicy"])


def redrive(draft: Draft) -> None:
    """Joins each queue to the one that takes what failed, once all of them are made."""
    for found in draft.resources.values():
        policy = found.pop("RedriveTo", None)
        if policy is None:
            continue
        target = str(policy.get("deadLetterTargetArn", ""))
        logical = draft.made.get(target)
        held: Any = {"Fn::GetAtt": [logical, "Arn"]} if logical else draft.pairs.get(target)
        if held:
            found["Properties"]["RedrivePolicy"] = {
                "deadLetterTargetArn": held,
                "maxReceiveCount": int(policy.get("maxReceiveCount", 10)),
            }


def topic(draft: Draft, one: Resource) -> None:
    """A topic without subscribers."""
    told = draft.session(one).ask("sns", "get_topic_attributes", TopicArn=one.id)
    facts = told.get("Attributes") or {}
    fifo = facts.get("FifoTopic") == "true"
    properties: Template = {"TopicName": draft.name(one.title, 250)}
    if fifo:
        properties |= {
            "FifoTopic": True,
            "ContentBasedDeduplication": facts.get("ContentBasedDeduplication") == "true",
        }
    draft.add(one.title, "Topic", "AWS::SNS::Topic", properties)
    draft.left_out(one, "its subscriptions are for people to make")


def secret(draft: Draft, one: Resource) -> None:
    """A secret without a value."""
    properties = {
        "Name": draft.name(one.title, 512),
        "Description": "Made for the replica; holds nothing yet",
    }
    draft.add(one.title, "Secret", "AWS::SecretsManager::Secret", properties, last=True)
    draft.left_out(one, "its value is for people to put in")
