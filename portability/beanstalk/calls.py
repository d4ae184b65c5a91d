"""An environment's account and region in, AWS's answers out; what fails is a Failure with our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portability.system import aws
from portability.system.aws import Failure, Kind

EB, S3, STS = "elasticbeanstalk", "s3", "sts"
GONE = ("Terminating", "Terminated")
GREEN, READY = "Green", "Ready"
BUSY = "invalid state"
"""What the service says of an environment that is being changed already."""
_ONCE = ("update_environment", "create_application_version", "abort_environment_update")
"""Operations that are not to be repeated before it was looked what the first try did."""
_TRIES = 3
"""How often an answer is asked for that botocore does not ask for again: one that can't be read."""


@dataclass(frozen=True, slots=True)
class State:
    """What an environment is now. `label` is the version that it runs."""

    identifier: str
    arn: str
    label: str
    status: str
    health: str
    cname: str = ""

    def __str__(self) -> str:
        return f"{self.label or 'nothing'}, {self.status}, health {self.health}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever calls AWS: a profile (None: as AWS's own tools find credentials) and a region."""

    region: str
    profile: str | None = None

    def ask(self, service: str, operation: str, needs: str, **arguments: Any) -> dict[str, Any]:
        """The answer of one call (`operation` as boto3 spells it), which holds one of `needs`."""
        client = aws.client(service, self.region, self.profile)
        for left in reversed(range(1 if operation in _ONCE else _TRIES)):
            try:
                answer: dict[str, Any] = aws.call(getattr(client, operation), needs, **arguments)
                return answer
            except Failure as failure:
                if not left or not passes(failure) or failure.code:
                    raise
        raise AssertionError

    def account(self) -> str:
        """The number of the account that the caller is in."""
        return str(self.ask(STS, "get_caller_identity", "Account")["Account"])

    def named(self, application: str, environment: str) -> State | None:
        """The live environment of that name, or None."""
        names = {"ApplicationName": application, "EnvironmentNames": [environment]}
        return self._environment(**names)

    def identified(self, identifier: str) -> State | None:
        """The live environment of that id, or None: it keeps its id whatever becomes of its name."""
        return self._environment(EnvironmentIds=[identifier])

    def _environment(self, **names: Any) -> State | None:
        listed = self.ask(EB, "describe_environments", "Environments", IncludeDeleted=False, **names)
        found = [_state(one) for one in listed["Environments"]]
        living = [one for one in found if one.status not in GONE]
        return next(iter(living or found), None)

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of an environment."""
        listed = self.ask(EB, "list_tags_for_resource", "ResourceTags", ResourceArn=arn)
        return {one["Key"]: one["Value"] for one in listed["ResourceTags"]}

    def options(self, application: str, environment: str) -> dict[tuple[str, str], str]:
        """Every setting of an environment by its namespace and name. Some of the values are secrets."""
        names = {"ApplicationName": application, "EnvironmentName": environment}
        listed = self.ask(EB, "describe_configuration_settings", "ConfigurationSettings", **names)
        return {
            (one["Namespace"], one["OptionName"]): one["Value"]
            for settings in listed["ConfigurationSettings"]
            for one in settings.get("OptionSettings", ())
            if "Value" in one and not one.get("ResourceName")
        }

    def version(self, application: str, label: str) -> dict[str, Any] | None:
        """A version by its label, or None."""
        names = {"ApplicationName": application, "VersionLabels": [label]}
        listed = self.ask(EB, "describe_application_versions", "ApplicationVersions", **names)
        return next((one for one in listed["ApplicationVersions"] if one["VersionLabel"] == label), None)

    def events(self, identifier: str, **wanted: Any) -> Iterator[Mapping[str, Any]]:
        """The events of an environment, the newest first."""
        token: dict[str, str] = {}
        while True:
            listed = self.ask(EB, "describe_events", "Events", EnvironmentId=identifier, **wanted, **token)
            yield from listed["Events"]
            if "MaxRecords" in wanted or not listed.get("NextToken"):
                return
            token = {"NextToken": listed["NextToken"]}


def _state(one: Mapping[str, Any]) -> State:
    return State(
        str(one["EnvironmentId"]),
        str(one.get("EnvironmentArn", "")),
        str(one.get("VersionLabel") or ""),
        str(one.get("Status", "")),
        str(one.get("Health", "")),
        str(one.get("CNAME", "")),
    )


def is_busy(failure: Failure) -> bool:
    """Whether a change was refused since another one is under way."""
    return BUSY in failure.said


def is_taken(failure: Failure) -> bool:
    """Whether a version was refused since there is one of that label."""
    return "already exists" in failure.said


def passes(failure: Failure) -> bool:
    """Whether the same call may be answered in a while: not where rights, names or the clock are wrong."""
    return failure.kind in (Kind.THROTTLED, Kind.UNREACHABLE, Kind.FAULT)
