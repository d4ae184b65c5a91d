"""Amazon MQ in one region: every broker with all endpoints of all its instances."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from portability.inventory.resource import Form, Name, Resource, host, present
from portability.system.aws import Session

ACTIONS = ("ListBrokers", "DescribeBroker")


def read(session: Session) -> Iterator[Resource]:
    """Every broker; one call each, since nothing lists their endpoints together."""
    for listed in session.pages("mq", "list_brokers", "BrokerSummaries", MaxResults=100):
        one = session.ask("mq", "describe_broker", BrokerId=listed["BrokerId"])
        names = []
        for number, instance in enumerate(one.get("BrokerInstances") or (), 1):
            urls = [*(instance.get("Endpoints") or ()), instance.get("ConsoleURL") or ""]
            names += [_name(number, url) for url in urls if url]
            address = instance.get("IpAddress") or ""
            names.append(Name(f"address {number}", address, Form.ADDRESS))
        arn = one.get("BrokerArn", "")
        yield Resource(
            "AWS::AmazonMQ::Broker",
            one["BrokerId"],
            one.get("BrokerName", one["BrokerId"]),
            arn,
            session.region,
            present(*names, Name("arn", arn, Form.ARN)),
            tags={str(key): str(value) for key, value in (one.get("Tags") or {}).items()},
            facts=one,
        )


def _name(number: int, url: str) -> Name:
    parts = urlsplit(url)
    role = "console" if parts.scheme in ("http", "https") else parts.scheme or "broker"
    return host(f"{role} {number}", parts.hostname or url, parts.port or 0)
