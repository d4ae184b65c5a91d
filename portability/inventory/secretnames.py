"""The names of Secrets Manager's secrets and Parameter Store's parameters in one region, never a value."""

from __future__ import annotations

from collections.abc import Iterator

from portability.inventory.resource import Form, Name, Resource, present, tags_of
from portability.system.aws import Session

SECRET_ACTIONS = ("ListSecrets",)
PARAMETER_ACTIONS = ("DescribeParameters",)


def secrets(session: Session) -> Iterator[Resource]:
    """Every secret."""
    for one in session.pages("secretsmanager", "list_secrets", "SecretList", MaxResults=100):
        names = present(Name("secret", one["Name"], Form.NAME), Name("arn", one["ARN"], Form.ARN))
        yield Resource(
            "AWS::SecretsManager::Secret",
            one["ARN"],
            one["Name"],
            one["ARN"],
            session.region,
            names,
            tags=tags_of(one.get("Tags")),
        )


def parameters(session: Session) -> Iterator[Resource]:
    """Every parameter."""
    for one in session.pages("ssm", "describe_parameters", "Parameters", MaxResults=50):
        name, arn = one["Name"], one.get("ARN", "")
        names = present(Name("parameter", name, Form.NAME), Name("arn", arn, Form.ARN))
        yield Resource("AWS::SSM::Parameter", name, name, arn, session.region, names)
