"""CloudWatch Logs and Resolver's query log configurations for a test: paged, late, throttled or refused.

Source: FilterLogEvents of the CloudWatch Logs API (pages may be empty and still have a nextToken; an
event has a timestamp in milliseconds and a message), ListResolverQueryLogConfigs and
ListResolverQueryLogConfigAssociations of the Route 53 Resolver API.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.modelled import Problem, Service


@dataclass(order=True)
class Event:
    """One line of a group: when it tells of, and after how many reads it has arrived."""

    time: float
    message: str
    after: int = 0


@dataclass
class Logs:
    """Log groups and their events; `page` events a page, with an empty page before each."""

    groups: dict[str, list[Event]] = field(default_factory=dict)
    page: int = 3
    reads: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    written: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.service = Service("logs", {"FilterLogEvents": self.filter})

    def filter(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.problems:
            raise self.problems.pop(0)
        name = given["logGroupName"]
        if name not in self.groups:
            raise Problem("ResourceNotFoundException", "The specified log group does not exist.")
        token = given.get("nextToken", "")
        if not token:
            self.reads[name] = self.reads.get(name, 0) + 1
            self.written()
        there = [
            one
            for one in sorted(self.groups[name])
            if given["startTime"] <= one.time * 1000 < given["endTime"] and one.after < self.reads[name]
        ]
        at, empty = (int(token.split("-")[0]), token.endswith("-e")) if token else (0, False)
        if not empty and there:
            return {"events": [], "nextToken": f"{at}-e", "searchedLogStreams": []}
        part = there[at : at + self.page]
        more = at + self.page < len(there)
        found: dict[str, Any] = {"events": [_event(one) for one in part], "searchedLogStreams": []}
        return found | ({"nextToken": f"{at + self.page}-n"} if more else {})


def _event(one: Event) -> dict[str, Any]:
    milliseconds = int(one.time * 1000)
    return {
        "logStreamName": "eni-0-all",
        "timestamp": milliseconds,
        "message": one.message,
        "ingestionTime": milliseconds + 60_000,
        "eventId": str(abs(hash(one.message))),
    }


@dataclass
class Resolver:
    """Query logs by their ids: where they go, and which networks they watch (with a status)."""

    logs: dict[str, str] = field(default_factory=dict)
    watched: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.service = Service(
            "route53resolver",
            {
                "ListResolverQueryLogConfigs": self.configs,
                "ListResolverQueryLogConfigAssociations": self.associations,
            },
        )

    def configs(self, given: dict[str, Any]) -> dict[str, Any]:
        found = [
            {
                "Id": number,
                "OwnerId": "444455556666",
                "Status": "CREATED",
                "DestinationArn": arn,
                "Name": number,
            }
            for number, arn in self.logs.items()
        ]
        return _paged(given, "ResolverQueryLogConfigs", found)

    def associations(self, given: dict[str, Any]) -> dict[str, Any]:
        found = [
            {
                "Id": f"{number}-{at}",
                "ResolverQueryLogConfigId": number,
                "ResourceId": network,
                "Status": status,
            }
            for number, ones in self.watched.items()
            for at, (network, status) in enumerate(ones)
        ]
        return _paged(given, "ResolverQueryLogConfigAssociations", found)


def _paged(given: dict[str, Any], name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    at = int(given.get("NextToken", 0))
    more = {"NextToken": str(at + 1)} if at + 1 < len(found) else {}
    return {name: found[at : at + 1], **more}
