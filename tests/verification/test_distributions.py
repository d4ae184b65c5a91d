"""A distribution is as much the replica's as its origins are, whatever its own name is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from portability.asking.verdicts import Result
from portability.system import aws
from portability.verification import distributions
from tests.clouding import REGION, answering, credentials, moto
from tests.probes.replies import GROUND

TERRITORY = dataclasses.replace(
    GROUND, replica_names=frozenset({"lt.shop.example", "shop-lt", "img.lt.test"})
)


def made(*origins: str) -> dict[str, Any]:
    return {
        "CallerReference": "-".join(origins),
        "Comment": "images",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": ["img.lt.test"]},
        "Origins": {
            "Quantity": len(origins),
            "Items": [
                {
                    "Id": str(number),
                    "DomainName": origin,
                    "CustomOriginConfig": {
                        "HTTPPort": 80,
                        "HTTPSPort": 443,
                        "OriginProtocolPolicy": "http-only",
                    },
                }
                for number, origin in enumerate(origins)
            ],
        },
        "DefaultCacheBehavior": {"TargetOriginId": "0", "ViewerProtocolPolicy": "allow-all"},
    }


@pytest.mark.parametrize(
    ("origins", "result", "production"),
    (
        (("www.lt.shop.example",), Result.PASS, False),
        (("shop-lt.s3.eu-west-1.amazonaws.com", "lt.shop.example"), Result.PASS, False),
        (("www.lt.shop.example", "www.shop.example"), Result.FAIL, True),
        (("shop-prod.s3.eu-west-1.amazonaws.com",), Result.FAIL, True),
        (("elsewhere.test",), Result.INCONCLUSIVE, False),
    ),
)
def test_every_origin_must_be_the_replicas(
    monkeypatch: pytest.MonkeyPatch, origins: tuple[str, ...], result: Result, production: bool
) -> None:
    with moto() as address:
        credentials(monkeypatch, address)
        client = aws.client("cloudfront", REGION)
        number = client.create_distribution(DistributionConfig=made(*origins))["Distribution"]
        session = aws.Session("the replica's account", REGION)
        (check,) = distributions.checks(session, {"CDN_HOST": "img.lt.test"}, TERRITORY)
        (other,) = distributions.checks(session, {"CDN_HOST": "d1.cloudfront.net"}, TERRITORY)
        client.delete_distribution(Id=number["Id"], IfMatch=client.get_distribution(Id=number["Id"])["ETag"])
    aws.forget()
    assert (check.result, check.production) == (result, production), check
    assert (other.result, "no distribution" in other.reason) == (Result.INCONCLUSIVE, True)


def test_what_may_not_be_listed_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering() as answers:
        credentials(monkeypatch, answers.address)
        session = aws.Session("the replica's account", REGION)
        (check,) = distributions.checks(session, {"CDN_HOST": "img.lt.test"}, TERRITORY)
    aws.forget()
    assert check.result is Result.INCONCLUSIVE
    assert "cloudfront:ListDistributions" in check.reason
