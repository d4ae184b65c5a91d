"""A window of time in, what CloudWatch holds of the replica's resources for exactly that window out.

Minutes are read whole. The last ones come late, so they are read again until they are there. The members of
the database cluster are noted before and after: a failover swaps the roles under which its metrics stand.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from portability.campaign.observers.door import Observed, Window
from portability.campaign.observers.queries import Metric, metrics
from portability.campaign.records import Series
from portability.errors import UsageError
from portability.system import aws

PERIOD = 60
MOST_QUERIES, MOST_POINTS = 500, 100_800
"""What one call of GetMetricData takes, and gives."""
WAIT, AGAIN = 240.0, 20.0
"""Seconds for which late minutes are waited for, and between two readings."""
Answers = dict[str, dict[int, float]]


@dataclass(slots=True)
class CloudWatch:
    """The metrics of an account's region."""

    name: str
    metrics: tuple[Metric, ...]
    region: str | None = None
    cluster: str = ""
    wait: float = WAIT
    sleep: Callable[[float], None] = time.sleep
    client: Callable[[str, str | None], Any] = aws.client
    _before: str = field(default="")

    @classmethod
    def of(cls, name: str, given: Mapping[str, str], lists: Mapping[str, tuple[str, ...]]) -> CloudWatch:
        """The observer of the settings' part."""
        asked = metrics(given, lists)
        if not asked:
            hint = "cluster, instances, caches, balancer, environment, broker with queues, sqs"
            raise UsageError(f"the observer {name} names nothing to look at", hint=hint)
        return cls(name, asked, given.get("region"), given.get("cluster", ""))

    def begin(self) -> None:
        """Notes who the writer is."""
        if self.cluster:
            self._before = self._members()

    def observe(self, window: Window) -> Observed:
        """The series of the window; what had no data is told."""
        start = math.floor(window.start / PERIOD) * PERIOD
        end = math.ceil(window.end / PERIOD) * PERIOD
        problems: dict[str, str] = {}
        answers: Answers = {}
        last, waited = end - PERIOD, 0.0
        while True:
            try:
                answers = self._read(start, end, problems)
            except aws.Failure as failure:
                if not waited:
                    raise failure.error("CloudWatch could not be read") from None
                problems["the last reading"] = failure.problem
                break
            if waited >= self.wait or not self._late(answers, last):
                break
            self.sleep(AGAIN)
            waited += AGAIN
        late = self._late(answers, last)
        series = tuple(self._series(answers, start, end))
        empty = [
            one for number, one in enumerate(self.metrics) if not answers.get(_id(number)) and not one.zero
        ]
        notes = [f"no data of {one.namespace} {one.metric} ({one.name})" for one in empty]
        notes += [f"{one}: {problem}" for one, problem in problems.items()]
        if late:
            notes.append(f"the last minute had not come after {self.wait:.0f} s for {late} of the series")
        return Observed(series, (*notes, *self._moved()), {"cluster": self._before} if self._before else {})

    def _read(self, start: int, end: int, problems: dict[str, str]) -> Answers:
        client = self.client("cloudwatch", self.region)
        found: Answers = {}
        for batch in batches(self.metrics, (end - start) // PERIOD):
            arguments = {
                "MetricDataQueries": [_query(number, one) for number, one in batch],
                "StartTime": datetime.fromtimestamp(start, UTC),
                "EndTime": datetime.fromtimestamp(end, UTC),
                "ScanBy": "TimestampAscending",
                "MaxDatapoints": MOST_POINTS,
            }
            while True:
                answer = aws.call(client.get_metric_data, "MetricDataResults", **arguments)
                for result in answer["MetricDataResults"]:
                    points = found.setdefault(result["Id"], {})
                    for at, value in zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True):
                        points[int(at.timestamp())] = float(value)
                    if result.get("StatusCode") in ("Forbidden", "InternalError"):
                        problems[result.get("Label", result["Id"])] = result["StatusCode"]
                if not answer.get("NextToken"):
                    break
                arguments["NextToken"] = answer["NextToken"]
        return found

    def _late(self, answers: Answers, last: int) -> int:
        """How many series that have data lack the last minute."""
        late = 0
        for number, one in enumerate(self.metrics):
            points = answers.get(_id(number))
            late += bool(points) and not one.zero and last not in points  # type: ignore[operator]
        return late or (len(self.metrics) if not any(answers.values()) else 0)

    def _series(self, answers: Answers, start: int, end: int) -> Iterator[Series]:
        for number, one in enumerate(self.metrics):
            told = answers.get(_id(number), {})
            if not told and not (one.zero and any(answers.values())):
                continue
            nothing = 0.0 if one.zero else None
            points = tuple(
                (float(at), told[at] * one.times if at in told else nothing)
                for at in range(start, end, PERIOD)
            )
            yield Series(one.name, one.group, one.unit, self.name, points)

    def _members(self) -> str:
        """The cluster's members, the writer first; '' where that can't be told."""
        try:
            client = self.client("rds", self.region)
            answer = aws.call(client.describe_db_clusters, "DBClusters", DBClusterIdentifier=self.cluster)
        except aws.Failure:
            return ""
        members = [
            (not one.get("IsClusterWriter"), str(one.get("DBInstanceIdentifier")))
            for cluster in answer["DBClusters"]
            for one in cluster.get("DBClusterMembers", ())
        ]
        return ", ".join(f"{name} ({'reader' if reader else 'writer'})" for reader, name in sorted(members))

    def _moved(self) -> Iterator[str]:
        if not self.cluster:
            return
        after = self._members()
        if not self._before or not after:
            yield "who was writer and who reader could not be read"
        elif after != self._before:
            moved = f"{self._before} before, {after} after"
            yield f"the cluster changed: {moved}; its roles are mixed in the series"


def batches(asked: Sequence[Metric], minutes: int) -> Iterator[list[tuple[int, Metric]]]:
    """The metrics with their numbers, in parts that one call takes and can answer."""
    size = max(min(MOST_QUERIES, MOST_POINTS // max(minutes, 1)), 1)
    numbered = list(enumerate(asked))
    for at in range(0, len(numbered), size):
        yield numbered[at : at + size]


def _id(number: int) -> str:
    return f"m{number}"


def _query(number: int, one: Metric) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in one.dimensions]
    metric = {"Namespace": one.namespace, "MetricName": one.metric, "Dimensions": dimensions}
    stat = {"Metric": metric, "Period": PERIOD, "Stat": one.statistic}
    return {"Id": _id(number), "Label": f"{one.metric} {one.name}", "MetricStat": stat}
