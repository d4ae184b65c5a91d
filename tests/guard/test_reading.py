"""Logs are read to their end over all pages and until they tell of the control; what fails is told."""

from __future__ import annotations

import gzip
import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from portability.errors import PortabilityError, Unfinished, UsageError
from portability.guard import logsources, reading
from portability.guard.controls import Lookup, Packet
from portability.guard.flowrecords import fields
from portability.guard.logsources import FlowLog, Interface, QueryLog
from portability.guard.logstores import Store
from portability.guard.reading import Sources, settled
from portability.system import aws
from tests.clouding import ACCOUNT, REGION, credentials, moto
from tests.logging_cloud import Event, Logs, Resolver
from tests.modelled import Problem, serving

NOW = 1_780_000_000.0
CANARY = ipaddress.ip_address("10.20.255.250")
ENI = "2 444455556666 eni-1"
GROUP = "/lt/flows"
LOG = FlowLog("fl-1", "vpc-lt", "ALL", fields(""), Store(group=GROUP), 60)
NAMES = QueryLog("rqlc-1", ("vpc-lt",), Store(group="/lt/names"))
SOURCES = Sources((LOG,), (), {"eni-1": "i-1"})
PACKET = Packet("i-1", CANARY, 45_678, NOW)


def record(to: str, port: int, start: float = NOW, action: str = "ACCEPT") -> str:
    return f"{ENI} 10.30.1.5 {to} 33000 {port} 6 1 40 {int(start)} {int(start) + 50} {action} OK"


def control(after: int = 0) -> Event:
    return Event(NOW + 5, record(str(CANARY), PACKET.port, NOW + 5, "REJECT"), after)


class Time:
    def __init__(self) -> None:
        self.at = NOW + 30

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Logs]:
    made = Logs({GROUP: [], "/lt/names": []})
    with serving(made.service) as address:
        credentials(monkeypatch, address)
        yield made
    aws.forget()


def read(time: Time, sources: Sources = SOURCES, lookups: tuple[Lookup, ...] = ()) -> reading.Logs:
    session = aws.Session("the replica's account", REGION)
    return settled(session, sources, [PACKET], lookups, 300, time.now, time.sleep)


def test_every_page_is_read_also_behind_an_empty_one(logs: Logs) -> None:
    logs.groups[GROUP] = [
        control(),
        *(Event(NOW + n, record(f"10.30.2.{n}", 80, NOW + n)) for n in range(20)),
    ]
    found = read(Time())
    assert len(found.flows.records) == 21
    assert found.late == ()


def test_it_waits_for_the_controls_own_record_and_reads_once_more(logs: Logs) -> None:
    leak = Event(NOW + 7, record("10.20.0.21", 3306, NOW + 7), after=4)
    logs.groups[GROUP] = [control(after=3), leak]
    time = Time()
    found = read(time)
    assert found.late == ()
    assert "10.20.0.21" in {str(one.destination) for one in found.flows.records}
    assert found.turns == 5


def test_it_gives_up_at_the_deadline_and_says_what_is_late(logs: Logs) -> None:
    logs.groups[GROUP] = [Event(NOW + 7, record("10.30.0.21", 3306, NOW + 7))]
    time = Time()
    found = read(time)
    assert found.late == (PACKET,)
    assert 300 <= found.waited < 305


def test_a_record_of_another_machine_is_not_the_controls(logs: Logs) -> None:
    other = control().message.replace("eni-1", "eni-2")
    logs.groups[GROUP] = [Event(NOW + 5, other)]
    assert read(Time()).late == (PACKET,)


def test_names_are_waited_for_too(logs: Logs) -> None:
    lookup = Lookup("i-1", "portability-0f.example.com", NOW)
    line = (
        '{"vpc_id": "vpc-lt", "query_name": "portability-0f.example.com.", "query_type": "A", '
        '"query_timestamp": "2026-05-28T22:26:40Z", "srcids": {"instance": "i-1"}, "rcode": "NXDOMAIN"}'
    )
    logs.groups[GROUP] = [control()]
    logs.groups["/lt/names"] = [
        Event(NOW + 1, line, after=2),
        Event(NOW + 2, "no entry"),
        Event(NOW + 3, line.replace("vpc-lt", "vpc-other").replace("0f", "11")),
    ]
    found = read(Time(), Sources((LOG,), (NAMES,), SOURCES.interfaces), (lookup,))
    assert found.late == ()
    assert [one.name for one in found.queries.queries] == ["portability-0f.example.com"]
    assert found.queries.unreadable == 1


def test_throttling_is_waited_for(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.groups[GROUP] = [control()]
    logs.problems = [Problem("ThrottlingException", "Rate exceeded")]
    assert read(Time()).late == ()


@pytest.mark.parametrize(
    ("code", "kind", "word"),
    (
        ("ThrottlingException", Unfinished, "no more calls now"),
        ("AccessDeniedException", UsageError, "access is denied"),
        ("ExpiredTokenException", UsageError, "expired"),
        ("ResourceNotFoundException", UsageError, "not there"),
        ("ServiceUnavailableException", Unfinished, "by itself"),
    ),
)
def test_each_failure_is_its_own(
    logs: Logs, monkeypatch: pytest.MonkeyPatch, code: str, kind: type[PortabilityError], word: str
) -> None:
    monkeypatch.setattr(aws, "ATTEMPTS", 1)
    aws.forget()
    logs.problems = [Problem(code, "the service's own words")] * 9
    with pytest.raises(kind) as error:
        read(Time())
    assert word in error.value.message
    assert "logs:FilterLogEvents" in error.value.message
    assert "own words" not in error.value.message


def test_objects_of_s3_are_read_with_their_own_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    with moto() as address:
        credentials(monkeypatch, address)
        client = aws.client("s3", REGION)
        client.create_bucket(Bucket="lt-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
        day = datetime.now(UTC).strftime("%Y/%m/%d")
        now = datetime.now(UTC).timestamp()
        folder = f"lt/AWSLogs/{ACCOUNT}/vpcflowlogs/{REGION}/{day}"
        head = "version account-id interface-id dstaddr srcaddr srcport dstport protocol packets bytes "
        line = f"{ENI} {CANARY} 10.30.1.5 33000 {PACKET.port} 6 1 40 {int(now)} {int(now) + 9} REJECT OK"
        text = f"{head}start end action log-status\n{line}\n"
        client.put_object(Bucket="lt-logs", Key=f"{folder}/a.log.gz", Body=gzip.compress(text.encode()))
        client.put_object(Bucket="lt-logs", Key="lt/AWSLogs/other/x.log.gz", Body=b"never read")
        store = Store(
            bucket="lt-logs", prefix="lt", folders=f"AWSLogs/{ACCOUNT}/vpcflowlogs/{REGION}/%Y/%m/%d/"
        )
        log = FlowLog("fl-1", "vpc-lt", "ALL", fields(""), store)
        session = aws.Session("the replica's account", REGION)
        found = reading.flows(session, [log], now, now)
        assert [str(one.destination) for one in found.records] == [str(CANARY)]
        for name, body, word in (("b.log.gz", b"no gzip", "unpacked"), ("c.parquet", b"PAR1", "Parquet")):
            client.put_object(Bucket="lt-logs", Key=f"{folder}/{name}", Body=body)
            with pytest.raises(Unfinished, match=word):
                reading.flows(session, [log], now, now)
            client.delete_object(Bucket="lt-logs", Key=f"{folder}/{name}")
    aws.forget()


def test_what_watches_the_machines_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(
        {
            "rqlc-1": "arn:aws:logs:eu-west-1:444455556666:log-group:/lt/names:*",
            "rqlc-2": "arn:aws:s3:::names/lt",
        },
        {},
    )
    with moto() as behind, serving(resolver.service, behind=behind) as address:
        credentials(monkeypatch, address)
        ec2 = aws.client("ec2", REGION)
        network = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.30.1.0/24")["Subnet"]["SubnetId"]
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "env", "Value": "lt"}]}]
        ec2.run_instances(
            ImageId="ami-12c6146b", MinCount=2, MaxCount=2, SubnetId=subnet, TagSpecifications=tags
        )
        ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)
        resolver.watched = {
            "rqlc-1": [(network, "ACTIVE"), ("vpc-other", "ACTIVE")],
            "rqlc-2": [(network, "FAILED")],
        }
        session = aws.Session("the replica's account", REGION)
        found = logsources.interfaces(session, {"env": "lt"})
        assert len({one.instance for one in found}) == 2
        assert all(one.groups and one.addresses and one.network == network for one in found)
        assert [one.id for one in logsources.interfaces(session, {}, [found[0].instance])] == [found[0].id]
        reasons = {reason for _, reason in logsources.unwatched(found, logsources.flow_logs(session, found))}
        assert reasons == {"no flow log watches it"}
        aws.client("logs", REGION)
        ec2.create_flow_logs(
            ResourceIds=[network],
            ResourceType="VPC",
            TrafficType="REJECT",
            LogDestinationType="s3",
            LogDestination=_bucket(),
            MaxAggregationInterval=60,
            LogFormat="${interface-id} ${srcaddr} ${pkt-dstaddr} ${dstport} ${protocol} ${start} ${end} "
            "${action} ${log-status}",
        )
        (log,) = logsources.flow_logs(session, found)
        assert (log.interval, log.problem, log.store.bucket) == (60, "", "lt-flows")
        assert log.store.folders == f"AWSLogs/{ACCOUNT}/vpcflowlogs/{REGION}/%Y/%m/%d/"
        reasons = {reason for _, reason in logsources.unwatched(found, [log])}
        assert reasons == {f"its flow log {log.id} tells REJECT traffic only"}
        names = logsources.query_logs(session, [network])
        assert [(one.networks, one.store.group) for one in names] == [((network,), "/lt/names")]
    aws.forget()


def _bucket() -> str:
    client = aws.client("s3", REGION)
    client.create_bucket(Bucket="lt-flows", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "arn:aws:s3:::lt-flows"


@pytest.mark.parametrize(
    ("more", "word"),
    (
        ({"FlowLogStatus": "INACTIVE"}, "its status is"),
        ({"DeliverLogsStatus": "FAILED", "DeliverLogsErrorMessage": "Rate limited"}, "Rate limited"),
        ({"LogDestinationType": "kinesis-data-firehose"}, "firehose"),
        ({"LogFormat": "${srcaddr} ${dstaddr}"}, "lacks"),
        ({"DestinationOptions": {"FileFormat": "parquet"}}, "Parquet"),
    ),
)
def test_a_log_that_cannot_be_relied_on_is_none(more: dict[str, Any], word: str) -> None:
    told = {"FlowLogId": "fl-1", "ResourceId": "vpc-lt", "TrafficType": "ALL", **more}
    log = logsources._flow_log(told, REGION, ACCOUNT)
    machine = Interface("eni-1", "i-1", "subnet-1", "vpc-lt")
    ((_, reason),) = logsources.unwatched([machine], [log])
    assert word in reason


def test_both_kinds_of_traffic_in_two_logs_are_enough() -> None:
    def log(traffic: str) -> FlowLog:
        return FlowLog(f"fl-{traffic}", "subnet-1", traffic, fields(""), Store(group="g"))

    machine = Interface("eni-1", "i-1", "subnet-1", "vpc-lt")
    assert list(logsources.unwatched([machine], [log("ACCEPT"), log("REJECT")])) == []
    assert len(list(logsources.unwatched([machine], [log("ACCEPT")]))) == 1
