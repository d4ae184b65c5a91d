"""Some two thousand resources of ten services in an account of moto's, most of them past its server.

Making them is not what anybody measures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends

from tests.clouding import REGION

MANY, SOME = 300, 40


def fill(account: str, word: str, client: Callable[[str], Any]) -> None:
    """Makes them in `account`, `word` in each name; `client` makes clients of the account."""
    _past_the_server(account, word)
    for number in range(SOME):
        client("rds").create_db_instance(
            DBInstanceIdentifier=f"{word}-db-{number}", Engine="mysql", DBInstanceClass="db.m6g.large"
        )
        client("elasticache").create_cache_cluster(
            CacheClusterId=f"{word}-cache-{number}",
            Engine="memcached",
            CacheNodeType="cache.t4g.micro",
            NumCacheNodes=1,
        )
        client("sesv2").create_email_identity(EmailIdentity=f"a{number}.{word}.example")
    apex = f"shop-{word}.example"
    zone = client("route53").create_hosted_zone(Name=apex, CallerReference="1")["HostedZone"]["Id"]
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"h{number}.{apex}",
                "Type": "A",
                "TTL": 60,
                "ResourceRecords": [{"Value": "203.0.113.9"}],
            },
        }
        for number in range(MANY)
    ]
    client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _past_the_server(account: str, word: str) -> None:
    held: dict[str, Any] = {
        "sqs": sqs_backends[account][REGION],
        "sns": sns_backends[account][REGION],
        "ssm": ssm_backends[account][REGION],
        "ec2": ec2_backends[account][REGION],
        "s3": s3_backends[account]["aws"],
        "secrets": secretsmanager_backends[account][REGION],
    }
    for number in range(MANY):
        held["sqs"].create_queue(f"queue-{word}-{number}")
        held["sns"].create_topic(f"topic-{word}-{number}")
        held["s3"].create_bucket(f"bucket-{word}-{number}", REGION)
        held["ec2"].allocate_address("vpc")
        secret: list[Any] = [f"secret-{word}-{number}", "Fake-Value", None, "", [], None, None, [], False]
        held["secrets"].create_secret(*secret)
        held["ssm"].put_parameter(
            f"/{word}/{number}", "", "Fake-Value", "String", "", "", False, [], "text", "", ""
        )
