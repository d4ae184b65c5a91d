"""An environment's events in, each told once, and those that say that our own request failed out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portability.beanstalk.calls import Caller

BAD = ("ERROR", "FATAL")
LONGEST = 300


@dataclass(slots=True)
class Stream:
    """The events of an environment after `since`, which is a time by the service's own clock.

    `hidden` are texts that are never told. `failures` are what ERROR and FATAL events of the request say,
    `own` is how many events of it there were.
    """

    caller: Caller
    identifier: str
    since: datetime | None
    request: str
    tell: Callable[[str], object]
    hidden: frozenset[str] = frozenset()
    seen: set[tuple[object, str]] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    own: int = 0

    def read(self) -> None:
        """Reads again what was told by now: an event may come later than its date says."""
        wanted = {"StartTime": self.since} if self.since else {}
        for event in reversed(list(self.caller.events(self.identifier, **wanted))):
            when, said = event.get("EventDate"), str(event.get("Message", ""))
            if (when, said) in self.seen or (self.since and when and when <= self.since):
                continue
            self.seen.add((when, said))
            severity = str(event.get("Severity", ""))
            words = shown(said, self.hidden)
            self.tell(f"{when:%H:%M:%S} {severity} {words}" if when else f"{severity} {words}")
            ours = str(event.get("RequestId", "")) == self.request
            self.own += ours
            if severity in BAD and ours:
                self.failures.append(words)


def newest(caller: Caller, identifier: str) -> datetime | None:
    """When the newest event came, by the service's clock, which may be another than ours."""
    return _date(next(iter(caller.events(identifier, MaxRecords=1)), {}))


def request_since(caller: Caller, identifier: str, since: datetime | None, label: str) -> str:
    """The request that began a deploy of a version after `since`; '' where there is none."""
    for event in caller.events(identifier, VersionLabel=label, **({"StartTime": since} if since else {})):
        when = _date(event)
        if event.get("RequestId") and (since is None or (when is not None and when > since)):
            return str(event["RequestId"])
    return ""


def shown(text: str, hidden: Iterable[str] = ()) -> str:
    """An event's text on one line, without what is to be hidden, and not too long."""
    for secret in sorted(hidden, key=len, reverse=True):
        text = text.replace(secret, "********")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _date(event: Mapping[str, Any]) -> datetime | None:
    found = event.get("EventDate")
    return found if isinstance(found, datetime) else None
