"""The template of what the replica lacks: by cfn-lint, created on moto's server, and by what stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint
from moto.rds import models as moto_databases

from portability.cli import run
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


@pytest.mark.filterwarnings("ignore:Tried to parse")
def test_it_can_be_created(text: str, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto makes what it knows of a template; what it does not (caches, brokers) it passes over.

    It wants a version of an instance of Aurora, which AWS takes from the cluster.
    """
    monkeypatch.setitem(
        moto_databases.DBInstance.default_engine_versions, "aurora-mysql", "8.0.mysql_aurora.3.08.2"
    )
    ec2 = cloud.lt("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for n, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="lt", Description="x", VpcId=vpc)["GroupId"]
    known = {
        "SubnetIds": ",".join(s["Subnet"]["SubnetId"] for s in subnets),
        "SecurityGroupIds": group,
    }
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in known.items()]
    stacks = cloud.lt("cloudformation")
    stacks.create_stack(StackName="replica", TemplateBody=text, Parameters=given)
    assert stacks.describe_stacks()["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    clusters = cloud.lt("rds").describe_db_clusters()["DBClusters"]
    assert [c["DBClusterIdentifier"] for c in clusters] == ["shop-loadtest"]
    instances = {i["DBInstanceIdentifier"] for i in cloud.lt("rds").describe_db_instances()["DBInstances"]}
    assert instances == {"shop-loadtest-writer", "shop-loadtest-reader-a", "forum-loadtest"}
    urls = cloud.lt("sqs").list_queues()["QueueUrls"]
    names = {url.rpartition("/")[2] for url in urls}
    assert names == {"mails-loadtest", "mails-loadtest-dead", "orders-loadtest.fifo"}


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
