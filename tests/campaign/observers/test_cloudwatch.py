"""CloudWatch by botocore's Stubber (limits, pages, percentiles, refusals) and by moto (the happy path)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from moto import mock_aws

from portability.campaign.observers.cloudwatch import CloudWatch, batches
from portability.campaign.observers.door import Window
from portability.campaign.observers.queries import Metric, metrics
from portability.errors import PortabilityError
from portability.system import aws

START = 1_796_040_000
WINDOW = Window(START + 12.5, START + 170.0)
MINUTES = [datetime.fromtimestamp(START + 60 * n, UTC) for n in range(3)]
REPLICA: Mapping[str, str] = {"cluster": "shop-lt", "balancer": "app/shop-lt/1a2b", "region": "eu-west-1"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "FAKEFAKEFAKE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "Fake-Secret")
    aws.forget()
    yield
    aws.forget()


class Stubbed:
    """Clients whose answers are checked against botocore's model of the service."""

    def __init__(self) -> None:
        self.clients = {name: boto3.client(name, region_name="eu-west-1") for name in ("cloudwatch", "rds")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        self.slept: list[float] = []
        for stub in self.stubs.values():
            stub.activate()

    def client(self, service: str, region: str | None) -> Any:
        assert region == "eu-west-1"
        return self.clients[service]

    def answers(
        self, values: Mapping[str, Any], token: str = "", status: str = "Complete", sent: Any = None
    ) -> None:
        results = [
            {
                "Id": name,
                "Label": name,
                "Timestamps": MINUTES[: len(told)],
                "Values": told,
                "StatusCode": status,
            }
            for name, told in values.items()
        ]
        answer: dict[str, Any] = {"MetricDataResults": results, **({"NextToken": token} if token else {})}
        self.stubs["cloudwatch"].add_response("get_metric_data", answer, sent)

    def members(self, *names: str) -> None:
        found = [{"DBInstanceIdentifier": name, "IsClusterWriter": n == 0} for n, name in enumerate(names)]
        told = {"DBClusters": [{"DBClusterIdentifier": "shop-lt", "DBClusterMembers": found}]}
        self.stubs["rds"].add_response("describe_db_clusters", told, {"DBClusterIdentifier": "shop-lt"})

    def observer(self, *asked: Metric, cluster: str = "", wait: float = 60) -> CloudWatch:
        return CloudWatch("aws", asked, "eu-west-1", cluster, wait, self.slept.append, self.client)


def metric(name: str, zero: bool = False, statistic: str = "Average", times: float = 1.0) -> Metric:
    return Metric(name, "G", "", "AWS/RDS", "Queries", (("Role", name),), statistic, times, zero)


def test_exactly_the_minutes_of_the_window_are_asked_and_pages_are_put_together() -> None:
    stubbed = Stubbed()
    sent = {
        "MetricDataQueries": ANY,
        "StartTime": datetime.fromtimestamp(START, UTC),
        "EndTime": datetime.fromtimestamp(START + 180, UTC),
        "ScanBy": "TimestampAscending",
        "MaxDatapoints": 100_800,
    }
    stubbed.answers({"m0": [1.0, 2.0]}, token="more", sent=sent)
    rest = {"Id": "m0", "Label": "m0", "Timestamps": MINUTES[2:], "Values": [3.0], "StatusCode": "Complete"}
    second = {
        "Id": "m1",
        "Label": "m1",
        "Timestamps": MINUTES,
        "Values": [7.0, 8.0, 9.0],
        "StatusCode": "Complete",
    }
    stubbed.stubs["cloudwatch"].add_response(
        "get_metric_data", {"MetricDataResults": [rest, second]}, {**sent, "NextToken": "more"}
    )
    seen = stubbed.observer(metric("a"), metric("b", times=1000.0)).observe(WINDOW)
    first, other = seen.series
    assert first.points == ((START, 1.0), (START + 60, 2.0), (START + 120, 3.0))
    assert [value for _, value in other.points] == [7000.0, 8000.0, 9000.0]
    assert (seen.skipped, stubbed.slept) == ((), [])


def test_late_minutes_are_read_again_until_they_are_there() -> None:
    stubbed = Stubbed()
    stubbed.answers({"m0": [1.0]})
    stubbed.answers({"m0": [1.0, 2.0]})
    stubbed.answers({"m0": [1.0, 2.0, 3.0]})
    seen = stubbed.observer(metric("a")).observe(WINDOW)
    assert [value for _, value in seen.series[0].points] == [1.0, 2.0, 3.0]
    assert (len(stubbed.slept), seen.skipped) == (2, ())


def test_a_reading_that_fails_later_takes_nothing_from_the_first() -> None:
    stubbed = Stubbed()
    stubbed.answers({"m0": [1.0, 2.0]})
    stubbed.stubs["cloudwatch"].add_client_error("get_metric_data", "AccessDenied", "no", 403)
    seen = stubbed.observer(metric("a")).observe(WINDOW)
    assert [value for _, value in seen.series[0].points] == [1.0, 2.0, None]
    assert seen.skipped[0] == "the last reading: access is denied"


def test_a_minute_that_never_comes_is_told_and_nothing_at_all_too() -> None:
    stubbed = Stubbed()
    for _ in range(4):
        stubbed.answers({"m0": [1.0], "m1": []})
    seen = stubbed.observer(metric("a"), metric("b")).observe(WINDOW)
    assert [value for _, value in seen.series[0].points] == [1.0, None, None]
    assert seen.skipped == (
        "no data of AWS/RDS Queries (b)",
        "the last minute had not come after 60 s for 1 of the series",
    )


def test_what_is_missing_of_errors_is_zero_and_of_nothing_else() -> None:
    stubbed = Stubbed()
    stubbed.answers({"m0": [5.0, 5.0, 5.0], "m1": []})
    seen = stubbed.observer(metric("a"), metric("5xx", zero=True)).observe(WINDOW)
    assert [value for _, value in seen.series[1].points] == [0.0, 0.0, 0.0]
    assert seen.skipped == ()


def test_a_forbidden_metric_is_told() -> None:
    stubbed = Stubbed()
    stubbed.answers({"m0": [5.0, 5.0, 5.0]}, status="Forbidden")
    assert "m0: Forbidden" in stubbed.observer(metric("a")).observe(WINDOW).skipped


def test_denied_and_without_credentials_are_errors_with_words() -> None:
    stubbed = Stubbed()
    stubbed.stubs["cloudwatch"].add_client_error("get_metric_data", "AccessDenied", "no", 403)
    with pytest.raises(PortabilityError, match="CloudWatch could not be read: access is denied"):
        stubbed.observer(metric("a")).observe(WINDOW)


def test_a_failover_is_told() -> None:
    stubbed = Stubbed()
    stubbed.members("one", "two")
    stubbed.answers({"m0": [1.0, 1.0, 1.0]})
    stubbed.members("two", "one")
    observer = stubbed.observer(metric("a"), cluster="shop-lt")
    observer.begin()
    seen = observer.observe(WINDOW)
    assert seen.facts == {"cluster": "one (writer), two (reader)"}
    assert "the cluster changed: one (writer), two (reader) before, two (writer)" in seen.skipped[0]


def test_what_was_not_asked_about_members_is_told() -> None:
    stubbed = Stubbed()
    for _ in range(2):
        stubbed.stubs["rds"].add_client_error("describe_db_clusters", "AccessDenied", "no", 403)
    stubbed.answers({"m0": [1.0, 1.0, 1.0]})
    observer = stubbed.observer(metric("a"), cluster="shop-lt")
    observer.begin()
    assert observer.observe(WINDOW).skipped == ("who was writer and who reader could not be read",)


@pytest.mark.parametrize(
    ("count", "minutes", "sizes"), [(3, 10, [3]), (1201, 60, [500, 500, 201]), (600, 1440, [70] * 8 + [40])]
)
def test_no_call_asks_more_than_it_may(count: int, minutes: int, sizes: list[int]) -> None:
    found = [len(batch) for batch in batches([metric("a")] * count, minutes)]
    assert found == sizes
    assert all(size <= 500 and size * minutes <= 100_800 for size in found)


def test_every_metric_is_one_that_the_service_would_take() -> None:
    """botocore checks the form of each query; percentiles and sums are where they have to be."""
    stubbed = Stubbed()
    lists = {
        "caches": ("shop-lt", "shop-lt/0002"),
        "queues": ("orders",),
        "sqs": ("mail",),
        "instances": ("db-1",),
    }
    asked = metrics({**REPLICA, "environment": "shop-lt", "broker": "mq-lt"}, lists)
    stubbed.answers({f"m{number}": [1.0, 1.0, 1.0] for number in range(len(asked))})
    seen = stubbed.observer(*asked).observe(WINDOW)
    assert len(seen.series) == len(asked) > 30
    by = {(one.metric, dict(one.dimensions).get("Role", "")): one.statistic for one in asked}
    assert (by["Queries", "WRITER"], by["Queries", "READER"]) == ("Average", "Sum")
    assert by["TargetResponseTime", ""] == "p95"
    assert len({(one.group, one.name) for one in asked}) == len(asked)


def test_moto_gives_what_was_put() -> None:
    with mock_aws():
        client = boto3.client("cloudwatch", region_name="eu-west-1")
        for role, value in (("WRITER", 40.0), ("READER", 160.0)):
            for at in MINUTES:
                place = [{"Name": "DBClusterIdentifier", "Value": "shop-lt"}, {"Name": "Role", "Value": role}]
                data = {"MetricName": "Queries", "Dimensions": place, "Timestamp": at, "Value": value}
                client.put_metric_data(Namespace="AWS/RDS", MetricData=[data])
        asked = [one for one in metrics({"cluster": "shop-lt"}, {}) if one.metric == "Queries"]
        aws.forget()
        seen = CloudWatch("aws", tuple(asked), "eu-west-1").observe(Window(START, START + 180))
    assert [(one.name, [value for _, value in one.points]) for one in seen.series] == [
        ("writer queries", [40.0] * 3),
        ("reader queries", [160.0] * 3),
    ]


def test_an_observer_that_names_nothing_is_refused() -> None:
    with pytest.raises(PortabilityError, match="names nothing to look at"):
        CloudWatch.of("aws", {"region": "eu-west-1"}, {})
