"""Elastic Beanstalk in one region: every environment with its CNAME and the endpoint behind it."""

from __future__ import annotations

from collections.abc import Iterator

from portability.inventory.resource import Form, Name, Resource, host, present
from portability.system.aws import Session

ACTIONS = ("DescribeEnvironments",)


def read(session: Session) -> Iterator[Resource]:
    """Every environment that is not terminated."""
    found = session.pages("elasticbeanstalk", "describe_environments", "Environments", IncludeDeleted=False)
    for one in found:
        if one.get("Status") == "Terminated":
            continue
        endpoint = str(one.get("EndpointURL") or "")
        is_address = endpoint.replace(".", "").isdigit()
        arn = one.get("EnvironmentArn", "")
        behind = Name("address", endpoint, Form.ADDRESS) if is_address else host("endpoint", endpoint)
        yield Resource(
            "AWS::ElasticBeanstalk::Environment",
            one["EnvironmentName"],
            one["EnvironmentName"],
            arn,
            session.region,
            present(host("cname", one.get("CNAME")), behind, Name("arn", arn, Form.ARN)),
            facts=one,
        )
