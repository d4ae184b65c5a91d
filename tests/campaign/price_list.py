"""A Price List for tests: a small catalogue in the form of AWS's, behind botocore's model of the service.

The figures are made up. Beside what is meant stands what is easily mistaken for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.modelled import Service

REGION = "eu-west-1"
PAGE = 2
"""Products that an answer holds: the real list gives up to 100."""


def product(
    service: str, family: str, usage: str, hour: str, unit: str = "Hrs", **more: str
) -> dict[str, Any]:
    """One product as the list tells it, with a term on demand, and one that is reserved."""
    sku = f"{abs(hash((service, family, usage, hour, *more.values()))):X}"[:12]
    attributes = {
        "servicecode": service,
        "regionCode": REGION,
        "locationType": "AWS Region",
        "usagetype": usage,
        **more,
    }
    free = {
        "unit": unit,
        "beginRange": "0",
        "endRange": "Inf",
        "description": f"{usage} reserved instance applied",
    }
    paid = {"unit": unit, "beginRange": "0", "endRange": "Inf", "description": f"${hour} per {unit}"}
    dimensions = {
        "a": {**free, "pricePerUnit": {"USD": "0.0000000000"}},
        "b": {**paid, "pricePerUnit": {"USD": hour}},
    }
    reserved = {"c": {**paid, "pricePerUnit": {"USD": "0.0001"}}}
    return {
        "product": {"sku": sku, "productFamily": family, "attributes": attributes},
        "serviceCode": service,
        "terms": {
            "OnDemand": {f"{sku}.JRTCKXETXF": {"sku": sku, "priceDimensions": dimensions}},
            "Reserved": {f"{sku}.6QCMYABX3D": {"sku": sku, "priceDimensions": reserved}},
        },
        "version": "20261101000000",
        "publicationDate": "2026-11-01T00:00:00Z",
    }


def _databases() -> Iterator[dict[str, Any]]:
    for engine, hour in (("Aurora MySQL", "2.32"), ("Aurora PostgreSQL", "2.33"), ("MySQL", "1.9")):
        more = {"instanceType": "db.r6g.4xlarge", "databaseEngine": engine, "deploymentOption": "Single-AZ"}
        yield product(
            "AmazonRDS", "Database Instance", "EU-InstanceUsage:db.r6g.4xlarge", f"{hour}0000", **more
        )
        dear = "EU-InstanceUsageIOOptimized:db.r6g.4xlarge"
        yield product("AmazonRDS", "Database Instance", dear, f"{hour}9999", **more)
    for option, usage, hour in (
        ("Single-AZ", "InstanceUsage", "0.344"),
        ("Multi-AZ", "Multi-AZUsage", "0.688"),
    ):
        more = {"instanceType": "db.m6g.xlarge", "databaseEngine": "MariaDB", "deploymentOption": option}
        yield product("AmazonRDS", "Database Instance", f"EU-{usage}:db.m6g.xlarge", hour, **more)
    for usage, hour in (("ServerlessV2Usage", "0.14"), ("ServerlessV2IOOptimizedUsage", "0.182")):
        yield product(
            "AmazonRDS", "ServerlessV2", f"EU-Aurora:{usage}", hour, "ACU-Hr", databaseEngine="Aurora MySQL"
        )


def _rest() -> Iterator[dict[str, Any]]:
    for engine, hour in (("Redis", "0.906"), ("Valkey", "0.7248"), ("Memcached", "0.906")):
        kind = {"instanceType": "cache.r6g.2xlarge", "cacheEngine": engine}
        yield product("AmazonElastiCache", "Cache Instance", "EU-NodeUsage:cache.r6g.2xlarge", hour, **kind)
        kind["instanceType"] = "cache.m6g.large"
        yield product("AmazonElastiCache", "Cache Instance", "EU-NodeUsage:cache.m6g.large", "0.163", **kind)
    for engine in ("RabbitMQ", "ActiveMQ"):
        for option, hour in (("Single-AZ", "0.614"), ("Multi-AZ", "1.842")):
            more = {"brokerEngine": engine, "deploymentOption": option}
            usage = f"EU-mq.m5.xlarge-{engine}"
            asked = hour if engine == "RabbitMQ" else "0.7"
            yield product("AmazonMQ", "Broker Instances", usage, asked, "hours", **more)
    kind = {"instanceType": "m6g.large", "tenancy": "Shared", "capacitystatus": "Used"}
    kind |= {"operatingSystem": "Linux", "preInstalledSw": "NA"}
    yield product("AmazonEC2", "Compute Instance", "EU-BoxUsage:m6g.large", "0.086", **kind)
    yield product("AmazonEC2", "Compute Instance", "EU-UnusedBox:m6g.large", "0.087", **kind)
    yield product("AmazonEC2", "NAT Gateway", "EU-NatGateway-Hours", "0.048")
    yield product("AmazonEC2", "NAT Gateway", "EU-NatGateway-Prvd-Hours", "0.05")
    yield product("AmazonEC2", "NAT Gateway", "EU-NatGateway-Bytes", "0.048", "GB")
    for usage, hour in (("LoadBalancerUsage", "0.0252"), ("TS-LoadBalancerUsage", "0.0056")):
        yield product("AWSELB", "Load Balancer-Application", f"EU-{usage}", hour)
    yield product("AWSELB", "Load Balancer-Application", "EU-LCUUsage", "0.008", "LCU-Hrs")
    ours = product("AWSELB", "Load Balancer-Application", "EU-LoadBalancerUsage", "0.07")
    ours["product"]["attributes"]["locationType"] = "AWS Outposts"
    yield ours
    for usage in ("InUseAddress", "IdleAddress"):
        yield product("AmazonVPC", "", f"EU-PublicIPv4:{usage}", "0.005", group="VPCPublicIPv4Address")
    yield product("AmazonVPC", "VpcEndpoint", "EU-VpcEndpoint-Hours", "0.011")


@dataclass
class PriceList:
    """The stand-in: what it lists, and what it was asked."""

    listed: list[dict[str, Any]] = field(default_factory=lambda: [*_databases(), *_rest()])
    service: Service = field(init=False)

    def __post_init__(self) -> None:
        self.service = Service("pricing", {"GetProducts": self.products})

    def products(self, given: dict[str, Any]) -> dict[str, Any]:
        """A page of the products that fit all filters."""
        found = [one for one in self.listed if one["serviceCode"] == given["ServiceCode"]]
        for wanted in given.get("Filters", ()):
            assert wanted["Type"] == "TERM_MATCH"
            found = [one for one in found if _value(one, wanted["Field"]) == wanted["Value"]]
        at = int(given.get("NextToken") or 0)
        page = [json.dumps(one) for one in found[at : at + PAGE]]
        more = {"NextToken": str(at + PAGE)} if at + PAGE < len(found) else {}
        return {"FormatVersion": "aws_v1", "PriceList": page, **more}


def _value(one: dict[str, Any], name: str) -> str:
    told = one["product"]
    return str(told.get(name) or told["attributes"].get(name, ""))
