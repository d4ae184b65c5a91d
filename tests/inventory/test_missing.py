"""The template of what the replica lacks: by cfn-lint, created on moto's server, and by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint
from moto.rds import models as moto_databases

from portability.cli import run
from portability.inventory import mapfile
from portability.inventory.missing import BUILDERS
from portability.inventory.missing.sizing import capacity, fewer, smaller
from tests.clouding import REGION
from tests.inventory import shop
from tests.inventory.cloud import PRODUCTION, Cloud, clouds, project


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Production has all, the replica nothing but a network."""
    with pytest.MonkeyPatch.context() as patch, clouds(patch, tmp_path_factory.mktemp("aws")) as made:
        shop.databases(made.prod, "prod")
        shop.caches(made.prod, "prod")
        shop.storage(made.prod, "prod")
        shop.edge(made.prod, "prod")
        made.further[PRODUCTION] = {"ServerlessCaches": [shop.serverless("prod")]}
        yield made


@pytest.fixture(scope="module")
def text(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    root = project(tmp_path_factory.mktemp("p") / "p")
    out = root / "replica.yaml"
    command = [
        "-C",
        str(root),
        "inventory",
        "--env",
        "loadtest",
        "--missing",
        "--scale",
        "0.5",
        "-o",
        str(out),
    ]
    assert run(command) == 1
    return out.read_text()


def resources(text: str, kind: str) -> list[dict[str, Any]]:
    return [r["Properties"] for r in yaml.safe_load(text)["Resources"].values() if r["Type"] == kind]


def test_cfn_lint_finds_nothing(text: str) -> None:
    found = lint(text, None, [REGION], ManualArgs(include_checks=["I"], ignore_checks=["I3042"]))
    assert [f"{one.rule.id} {one.path} {one.message}" for one in found] == []


def test_every_kind_that_can_be_made_is(text: str) -> None:
    made = {r["Type"] for r in yaml.safe_load(text)["Resources"].values()}
    assert set(BUILDERS) <= made


def test_nothing_of_production_s_is_left_in_it(text: str, cloud: Cloud) -> None:
    hosts = [c["Endpoint"] for c in cloud.prod("rds").describe_db_clusters()["DBClusters"]]
    for identifier in (PRODUCTION, "shop-prod", "shop.example", "vpc-", "subnet-", "arn:", *hosts):
        assert identifier not in text


def test_sizes_and_numbers_are_half_of_production_s(text: str) -> None:
    instances = resources(text, "AWS::RDS::DBInstance")
    sizes = sorted(one["DBInstanceClass"] for one in instances)
    assert sizes == ["db.m6g.large", "db.r6g.2xlarge", "db.r6g.2xlarge"]
    (cache,) = resources(text, "AWS::ElastiCache::ReplicationGroup")
    assert (cache["CacheNodeType"], cache["NumCacheClusters"]) == ("cache.r6g.xlarge", 2)
    (pages,) = resources(text, "AWS::ElastiCache::CacheCluster")
    assert pages["NumCacheNodes"] == 1


def test_settings_are_production_s_own(text: str) -> None:
    (cluster,) = resources(text, "AWS::RDS::DBCluster")
    assert (cluster["Engine"], cluster["EngineVersion"]) == ("aurora-mysql", "8.0.mysql_aurora.3.08.2")
    assert cluster["DBClusterIdentifier"] == {"Fn::Sub": "shop-${Environment}"}
    assert cluster["ManageMasterUserPassword"] is True
    queues = {q["QueueName"]["Fn::Sub"]: q for q in resources(text, "AWS::SQS::Queue")}
    mails = queues["mails-${Environment}"]
    assert mails["VisibilityTimeout"] == 120
    assert mails["RedrivePolicy"]["maxReceiveCount"] == 5
    assert queues["orders-${Environment}.fifo"]["FifoQueue"] is True
    (bucket,) = resources(text, "AWS::S3::Bucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


BY_CALL = {
    "AWS::RDS::DBClusterParameterGroup": ("rds", "create_db_cluster_parameter_group"),
    "AWS::RDS::DBCluster": ("rds", "create_db_cluster"),
    "AWS::ElastiCache::ReplicationGroup": ("elasticache", "create_replication_group"),
    "AWS::ElastiCache::CacheCluster": ("elasticache", "create_cache_cluster"),
    "AWS::ElastiCache::SubnetGroup": ("elasticache", "create_cache_subnet_group"),
    "AWS::AmazonMQ::Broker": ("mq", "create_broker"),
    "AWS::SecretsManager::Secret": ("secretsmanager", "create_secret"),
}
"""What moto's CloudFormation passes over, and the call that has the same parameters."""

SPELLED = {
    "ClusterName": "CacheClusterId",
    "VpcSecurityGroupIds": "SecurityGroupIds",
    "Description": "CacheSubnetGroupDescription",
}
"""Where ElastiCache's calls name a parameter otherwise than CloudFormation does."""


@pytest.mark.filterwarnings("ignore:Tried to parse")
def test_it_can_be_created_and_nothing_is_missing_then(
    text: str, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """moto's CloudFormation makes what it knows; the rest is made of the same properties, by calls.

    moto wants a version of an instance of Aurora, which AWS takes from the cluster.
    """
    versions = moto_databases.DBInstance.default_engine_versions
    monkeypatch.setitem(versions, "aurora-mysql", "8.0.mysql_aurora.3.08.2")
    ec2 = cloud.lt("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for n, zone in enumerate("ab")
    ]
    subnets = [one["Subnet"]["SubnetId"] for one in made]
    group = ec2.create_security_group(GroupName="lt", Description="x", VpcId=vpc)["GroupId"]
    known = {"SubnetIds": ",".join(subnets), "SecurityGroupIds": group}
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in known.items()]
    stacks = cloud.lt("cloudformation")
    stacks.create_stack(StackName="replica", TemplateBody=text, Parameters=given)
    assert stacks.describe_stacks()["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    held: dict[str, Any] = {"SubnetIds": subnets, "SecurityGroupIds": [group]}
    held |= {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in _made(stacks)}
    (subnet_group,) = cloud.lt("rds").describe_db_subnet_groups()["DBSubnetGroups"]
    held["DatabaseSubnets"] = subnet_group["DBSubnetGroupName"]  # Moto's listing of a stack lacks it.
    for logical, one in yaml.safe_load(text)["Resources"].items():
        if one["Type"] in BY_CALL:
            held[logical] = _create(cloud, logical, one, held)
    cloud.further["444455556666"] = {"ServerlessCaches": [shop.serverless("lt")]}
    root = project(tmp_path / "p")
    run(["-C", str(root), "inventory", "--env", "loadtest"])
    found = mapfile.load(root / "config/portability/inventory/loadtest.json")
    left = {t.what.rpartition(" ")[0] for t in found.troubles if t.wrong.value == "unpaired"}
    assert left == {"distribution", "Beanstalk environment", "load balancer", "e-mail identity", "parameter"}
    assert not [t for t in found.troubles if t.wrong.value == "ambiguous"]


def _made(stacks: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = stacks.list_stack_resources(StackName="replica")["StackResourceSummaries"]
    return [one for one in listed if one.get("PhysicalResourceId")]


def _create(cloud: Cloud, logical: str, one: dict[str, Any], held: dict[str, Any]) -> str:
    """Makes a resource by the call that fits its type; botocore checks each parameter's name and form."""
    service, operation = BY_CALL[one["Type"]]
    properties = _resolved(one["Properties"], held)
    if service == "elasticache":
        properties = {SPELLED.get(name, name): value for name, value in properties.items()}
    if operation == "create_cache_subnet_group":
        properties["CacheSubnetGroupName"] = logical.lower()
    if operation == "create_secret":
        properties.pop("GenerateSecretString", None)
        properties.setdefault("Name", logical)
    if operation == "create_db_cluster_parameter_group":
        assert properties.pop("Parameters") == {"max_connections": "900"}
        properties["DBParameterGroupFamily"] = properties.pop("Family")
        properties["DBClusterParameterGroupName"] = logical.lower()
    getattr(cloud.lt(service), operation)(**properties)
    names = ("CacheSubnetGroupName", "DBClusterIdentifier", "DBClusterParameterGroupName")
    return str(next((properties[name] for name in names if name in properties), logical))


def _resolved(value: Any, held: dict[str, Any]) -> Any:
    """A part of the template with what CloudFormation would put in the place of its functions."""
    if isinstance(value, list):
        return [_resolved(part, held) for part in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return held[value["Ref"]]
    if "Fn::Sub" in value:
        return re.sub(r"\{\{.*\}\}", "FakePassword12345", value["Fn::Sub"]).replace(
            "${Environment}", "loadtest"
        )
    if "Fn::Select" in value:
        index, listed = value["Fn::Select"]
        return _resolved(listed, held)[index]
    return {key: _resolved(part, held) for key, part in value.items()}


@pytest.mark.parametrize(
    ("kind", "factor", "size"),
    [
        ("db.r6g.4xlarge", 0.5, "db.r6g.2xlarge"),
        ("db.r6g.4xlarge", 0.3, "db.r6g.2xlarge"),
        ("db.r6g.4xlarge", 0.01, "db.r6g.large"),
        ("db.r6g.12xlarge", 0.5, "db.r6g.8xlarge"),
        ("db.t4g.medium", 0.25, "db.t4g.micro"),
        ("cache.r6gd.2xlarge", 0.1, "cache.r6gd.xlarge"),
        ("mq.m5.xlarge", 0.5, "mq.m5.large"),
        ("db.serverless", 0.5, "db.serverless"),
        ("db.x2g.16xlarge", 0.5, "db.x2g.16xlarge"),
        ("db.r6g.4xlarge", 1, "db.r6g.4xlarge"),
    ],
)
def test_a_class_is_scaled_to_one_that_its_family_has(kind: str, factor: float, size: str) -> None:
    assert smaller(kind, factor) == size


def test_numbers_are_rounded_up_and_never_to_none() -> None:
    assert [fewer(n, 0.5) for n in (0, 1, 2, 3, 8)] == [0, 1, 1, 2, 4]
    assert fewer(3, 0.1, least=2) == 2
    assert fewer(1, 0.1, least=2) == 1
    assert (capacity(8, 0.3), capacity(0.5, 0.1), capacity(0, 1)) == (2.5, 0.5, 0.0)
