"""Two thousand resources of ten services: by how many calls, and in how much time."""

from __future__ import annotations

import time
from collections import Counter
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from moto.ec2.models import ec2_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends

from portability.accounts import Cloud as Where
from portability.inventory.taking import Side, take
from tests.clouding import REGION
from tests.inventory.cloud import PRODUCTION, Cloud, clouds

MANY, SOME = 300, 40


def fill(cloud: Cloud) -> None:
    """Most of it past moto's server: making it is not what is measured."""
    account: dict[str, Any] = {
        "sqs": sqs_backends[PRODUCTION][REGION],
        "sns": sns_backends[PRODUCTION][REGION],
        "ssm": ssm_backends[PRODUCTION][REGION],
        "ec2": ec2_backends[PRODUCTION][REGION],
        "s3": s3_backends[PRODUCTION]["aws"],
        "secrets": secretsmanager_backends[PRODUCTION][REGION],
    }
    for number in range(MANY):
        account["sqs"].create_queue(f"queue-{number}")
        account["sns"].create_topic(f"topic-{number}")
        account["s3"].create_bucket(f"bucket-{number}", REGION)
        account["ec2"].allocate_address("vpc")
        secret: list[Any] = [f"secret-{number}", "Fake-Value", None, "", [], None, None, [], False]
        account["secrets"].create_secret(*secret)
        account["ssm"].put_parameter(
            f"/p/{number}", "", "Fake-Value", "String", "", "", False, [], "text", "", ""
        )
    for number in range(SOME):
        cloud.prod("rds").create_db_instance(
            DBInstanceIdentifier=f"db-{number}", Engine="mysql", DBInstanceClass="db.m6g.large"
        )
        cloud.prod("elasticache").create_cache_cluster(
            CacheClusterId=f"cache-{number}",
            Engine="memcached",
            CacheNodeType="cache.t4g.micro",
            NumCacheNodes=1,
        )
        cloud.prod("sesv2").create_email_identity(EmailIdentity=f"a{number}.example")
    zone = cloud.prod("route53").create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"][
        "Id"
    ]
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"h{number}.shop.example",
                "Type": "A",
                "TTL": 60,
                "ResourceRecords": [{"Value": "203.0.113.9"}],
            },
        }
        for number in range(MANY)
    ]
    cloud.prod("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def test_two_thousand_resources_take_few_calls_and_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processor time is measured, moto's own included: it answers from within this process."""
    with clouds(monkeypatch, tmp_path) as cloud:
        fill(cloud)
        start = time.process_time()
        taken = take(Side("production", Where("prod", (REGION,)), PRODUCTION))
        seconds = time.process_time() - start
    kinds = Counter(one.type for one in taken.resources)
    assert sum(kinds.values()) >= 2000
    assert len({kind.split("::")[1] for kind in kinds}) >= 10
    assert seconds < 30
    calls = dict(taken.calls)
    assert calls["ssm:DescribeParameters"] <= ceil(MANY / 10) + 1  # Moto gives ten, fifty are asked for.
    assert calls["sns:ListTopics"] <= ceil(MANY / 100) + 1
    assert calls["secretsmanager:ListSecrets"] <= ceil(MANY / 100) + 1
    assert calls["route53:ListResourceRecordSets"] <= ceil(MANY / 100) + 1
    assert calls["sqs:ListQueues"] == 1
    assert sum(calls.values()) <= 90
