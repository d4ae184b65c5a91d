"""A run on AWS is judged by its account's rules and logs: leaks are told with their page, holes as holes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from portability.asking.identity import Ask, Outcome, Reply
from portability.asking.territory import Territory
from portability.asking.verdicts import Area, Check, Result
from portability.guard.spans import Span
from portability.system import aws
from portability.verification import cloudguard
from portability.verification.cloudguard import Marks
from tests.clouding import REGION, credentials, moto
from tests.guard.test_firewalls import GROUND
from tests.logging_cloud import Event, Logs, Resolver
from tests.modelled import Problem, serving

NOW = 1_780_000_000.0
CANARY = "10.20.255.250"
FLOWS, NAMES = "/lt/flows", "/lt/names"
FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} "
    "${packets} ${bytes} ${start} ${end} ${action} ${log-status} ${pkt-srcaddr} ${pkt-dstaddr} "
    "${tcp-flags} ${instance-id}"
)


@dataclass
class World:
    """Two machines on moto's EC2, their logs, and a clock that only sleeping moves."""

    logs: Logs
    resolver: Resolver
    machines: dict[str, tuple[str, str]]
    network: str
    group: str
    tags: dict[str, str]
    ec2: Any
    at: float = NOW
    late: int = 0
    skew: float = 0.0
    marked: int = 0
    silent: set[str] = field(default_factory=set)

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds

    @property
    def session(self) -> aws.Session:
        return aws.Session("the replica's account", REGION)

    @property
    def territory(self) -> Territory:
        import dataclasses  # noqa: PLC0415
        import ipaddress  # noqa: PLC0415

        return dataclasses.replace(
            GROUND,
            canary=(ipaddress.ip_address(CANARY),),
            production_names={"db.shop.example": "DB_HOST"},
        )

    def flow(
        self,
        to: str,
        port: int,
        at: float,
        machine: int = 0,
        action: str = "ACCEPT",
        flags: int = 2,
        source_port: int = 40_000,
        interface: str = "",
        source: str = "",
    ) -> None:
        instance = list(self.machines)[machine]
        eni, address = self.machines[instance]
        begin = int(at + self.skew)
        line = (
            f"5 444455556666 {interface or eni} {source or address} {to} {source_port} {port} 6 3 120 "
            f"{begin} {begin + 20} {action} OK {source or address} {to} {flags} {instance}"
        )
        self.logs.groups[FLOWS].append(Event(at, line, self.late))

    def status(self, status: str, at: float, interface: str = "") -> None:
        eni = interface or next(iter(self.machines.values()))[0]
        line = f"5 444455556666 {eni} - - - - - - - {int(at)} {int(at) + 20} - {status} - - - -"
        self.logs.groups[FLOWS].append(Event(at, line))

    def name(self, name: str, at: float, answers: Sequence[tuple[str, str]] = ()) -> None:
        told = {
            "version": "1.1",
            "vpc_id": self.network,
            "query_timestamp": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "query_name": f"{name}.",
            "query_type": "A",
            "rcode": "NOERROR",
            "answers": [{"Rdata": data, "Type": kind, "Class": "IN"} for kind, data in answers],
            "srcids": {"instance": next(iter(self.machines))},
        }
        self.logs.groups[NAMES].append(Event(at, json.dumps(told), self.late))

    def checks(
        self, happens: Callable[[], None] = lambda: None, spans: Sequence[Span] = ()
    ) -> dict[str, Check]:
        """A run from the first marks to the last, with what happens between; the checks by their identity."""
        watch = cloudguard.look(self.session, self.tags)
        found = list(cloudguard.static(watch, self.territory))
        askers = {name: Machine(self, number) for number, name in enumerate(self.machines)}
        first = cloudguard.mark(watch, askers, self.territory, self.now)
        happens()
        self.at += 120
        last = cloudguard.mark(watch, askers, self.territory, self.now)
        self.at += 30
        marks: list[Marks] = [first, last]
        found += cloudguard.conclude(watch, marks, spans, self.territory, 600, self.now, self.sleep)
        return {check.identity: check for check in found}

    def only(self, *results: Result, **more: Any) -> list[Check]:
        return [check for check in self.checks(**more).values() if check.result in results]


@dataclass
class Machine:
    """Answers as the deployed application of one machine: what it sends appears in the logs."""

    world: World
    number: int

    def ask(self, operation: str, *_: Any, **__: Any) -> Reply:
        raise NotImplementedError

    def ask_many(self, asked: Sequence[Ask]) -> list[Reply]:
        return [self._one(one) for one in asked]

    def _one(self, asked: Ask) -> Reply:
        name = list(self.world.machines)[self.number]
        if name in self.world.silent:
            return Reply(Outcome.UNREACHABLE, problem=f"{name}: no agent")
        if asked.operation == "canary":
            port = int(str(asked.parameters["port"]))
            address = str(asked.parameters["address"])
            self.world.flow(address, port, self.world.at + 1, self.number, "REJECT")
            return Reply(
                Outcome.ANSWERED, {"step": "done", "connected": False, "told": "connection timed out"}
            )
        self.world.name(str(asked.parameters["host"]), self.world.at + 1)
        return Reply(Outcome.ANSWERED, {"step": "resolve", "hosts": {}})


@pytest.fixture(scope="module")
def behind() -> Iterator[str]:
    """moto's server, with the log group, without which it says that a flow log can't be delivered."""
    with moto() as address:
        with pytest.MonkeyPatch.context() as patch:
            credentials(patch, address)
            aws.client("logs", REGION).create_log_group(logGroupName=FLOWS)
        aws.forget()
        yield address


@pytest.fixture
def world(behind: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[World]:
    logs, resolver = Logs({FLOWS: [], NAMES: []}, page=5), Resolver()
    with serving(logs.service, resolver.service, behind=behind) as address:
        credentials(monkeypatch, address)
        ec2 = aws.client("ec2", REGION)
        network = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.30.1.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="web", Description="w", VpcId=network)["GroupId"]
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
        own = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.30.0.0/16"}]}]
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=own)
        tags = {"elasticbeanstalk:environment-name": request.node.name[:100]}
        told = [{"Key": key, "Value": value} for key, value in tags.items()]
        made = ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=2,
            MaxCount=2,
            SubnetId=subnet,
            SecurityGroupIds=[group],
            TagSpecifications=[{"ResourceType": "instance", "Tags": told}],
        )["Instances"]
        iam = aws.client("iam", REGION)
        role = f"flows-{network}"
        arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        ec2.create_flow_logs(
            ResourceIds=[network],
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=FLOWS,
            DeliverLogsPermissionArn=arn,
            LogFormat=FORMAT,
            MaxAggregationInterval=60,
        )
        resolver.logs = {"rqlc-1": f"arn:aws:logs:{REGION}:444455556666:log-group:{NAMES}:*"}
        resolver.watched = {"rqlc-1": [(network, "ACTIVE")]}
        machines = {
            one["InstanceId"]: (
                one["NetworkInterfaces"][0]["NetworkInterfaceId"],
                one["NetworkInterfaces"][0]["PrivateIpAddress"],
            )
            for one in sorted(made, key=lambda one: str(one["InstanceId"]))
        }
        yield World(logs, resolver, machines, network, group, tags, ec2)
    aws.forget()


def test_a_run_that_left_nothing_passes_by_every_rule_and_log(world: World) -> None:
    checks = world.checks(lambda: world.flow("10.30.2.7", 3306, world.at + 60))
    assert {name: check.result for name, check in checks.items() if check.result is not Result.PASS} == {}
    assert {check.area for check in checks.values()} == {Area.NETWORK, Area.CONTROL, Area.LOGS}
    assert sum(check.area is Area.CONTROL for check in checks.values()) == 8


def test_a_leak_is_told_with_the_page_that_it_came_from(world: World) -> None:
    spans = [
        Span("page /", NOW + 10, NOW + 11),
        Span("page /legacy.php", NOW + 90, NOW + 92),
        Span("job nightly", NOW + 180, NOW + 190),
    ]
    found = world.only(Result.FAIL, happens=lambda: world.flow("10.20.0.21", 3306, NOW + 92), spans=spans)
    (check,) = found
    assert check.production
    assert check.area is Area.LOGS
    assert "3 tcp packets to 10.20.0.21:3306" in check.found
    assert "let through" in check.found
    assert "page /legacy.php" in check.reason
    assert check.subject == next(iter(world.machines))


def test_a_leak_that_was_refused_fails_all_the_same(world: World) -> None:
    (check,) = world.only(
        Result.FAIL, happens=lambda: world.flow("10.20.0.21", 3306, NOW + 60, action="REJECT")
    )
    assert check.production
    assert "refused" in check.found


def test_what_goes_outside_fails_and_what_answers_a_visitor_does_not(world: World) -> None:
    def happens() -> None:
        world.flow("198.51.100.9", 51_000, NOW + 50, flags=18, source_port=443)
        world.flow("192.0.2.9", 443, NOW + 50)
        world.flow("203.0.113.9", 443, NOW + 50)

    (check,) = world.only(Result.FAIL, happens=happens)
    assert (check.production, "203.0.113.9:443" in check.found) == (False, True)


def test_a_database_of_the_replicas_that_talks_to_production_is_told(world: World) -> None:
    def happens() -> None:
        world.flow("10.20.0.21", 3306, NOW + 50, interface="eni-database", source="10.30.1.200")
        world.flow("198.51.100.7", 443, NOW + 50, interface="eni-nat", source="10.30.1.201")

    (check,) = world.only(Result.FAIL, happens=happens)
    assert (check.subject, check.production) == ("the interface eni-database", True)


def test_an_address_that_the_machine_is_not_known_to_have_leaks_all_the_same(world: World) -> None:
    """As a container's own, from a prefix that is delegated to the interface."""
    (check,) = world.only(
        Result.FAIL, happens=lambda: world.flow("10.20.0.21", 3306, NOW + 50, source="10.30.7.7")
    )
    assert check.production


@pytest.mark.parametrize(
    ("name", "answers", "word"),
    (
        ("db.shop.example", (), "it is production's (db.shop.example: DB_HOST)"),
        ("db.lt.internal", (("CNAME", "db.shop.example."),), "it leads to db.shop.example"),
        ("db.lt.internal", (("A", "10.20.0.21"),), "it leads to 10.20.0.21"),
    ),
)
def test_a_name_of_productions_is_told(
    world: World, name: str, answers: Sequence[tuple[str, str]], word: str
) -> None:
    spans = [Span("page /", NOW + 58, NOW + 61), Span("page /b", NOW + 70, NOW + 71)]
    (check,) = world.only(Result.FAIL, happens=lambda: world.name(name, NOW + 60, answers), spans=spans)
    assert check.production
    assert word in check.reason
    assert "during page /" in check.reason


def test_records_that_were_lost_decide_nothing(world: World) -> None:
    (check,) = world.only(Result.INCONCLUSIVE, happens=lambda: world.status("SKIPDATA", NOW + 50))
    assert (check.area, "SKIPDATA" in check.reason) == (Area.LOGS, True)


def test_that_a_machine_in_use_had_no_traffic_is_not_believed(world: World) -> None:
    def happens() -> None:
        world.status("NODATA", NOW + 50)
        world.status("NODATA", NOW + 50, "eni-idle")

    (check,) = world.only(Result.INCONCLUSIVE, happens=happens)
    assert next(iter(world.machines.values()))[0] in check.name


def test_without_the_controls_own_record_nothing_is_decided(world: World) -> None:
    world.late = 999
    checks = world.checks()
    controls = [check for check in checks.values() if check.area is Area.CONTROL]
    assert {check.result for check in controls} == {Result.INCONCLUSIVE}
    assert "proves nothing" in controls[0].reason
    told = {check.result for check in checks.values() if check.area is Area.LOGS}
    assert told == {Result.INCONCLUSIVE}


def test_where_no_machine_left_a_mark_the_logs_prove_nothing(world: World) -> None:
    """As where only the load balancer's name is asked, and nobody knows which machine answers."""
    watch = cloudguard.look(world.session, world.tags)
    world.flow("10.30.2.7", 3306, world.at + 1)
    marks = [cloudguard.mark(watch, {}, world.territory, world.now) for _ in range(2)]
    found = list(cloudguard.conclude(watch, marks, (), world.territory, 60, world.now, world.sleep))
    assert {check.result for check in found} == {Result.INCONCLUSIVE}
    assert {check.name for check in found if check.area is Area.CONTROL} == {
        f"marks of {instance}" for instance in world.machines
    }


def test_a_machine_without_a_flow_log_is_told_and_not_waited_for(world: World) -> None:
    flows = world.ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [world.network]}])
    role = flows["FlowLogs"][0]["DeliverLogsPermissionArn"]
    world.ec2.delete_flow_logs(FlowLogIds=[flows["FlowLogs"][0]["FlowLogId"]])
    first, other = world.machines
    world.ec2.create_flow_logs(
        ResourceIds=[world.machines[first][0]],
        ResourceType="NetworkInterface",
        TrafficType="ALL",
        LogGroupName=FLOWS,
        DeliverLogsPermissionArn=role,
        LogFormat=FORMAT,
    )
    before = world.at
    (check,) = world.only(Result.INCONCLUSIVE)
    assert check.identity == f"logs flow log of {other}"
    assert world.at - before < 600


def test_a_machine_that_cannot_be_asked_is_told(world: World) -> None:
    world.silent = {next(iter(world.machines))}
    found = world.only(Result.INCONCLUSIVE)
    assert {check.area for check in found} == {Area.CONTROL}
    assert any("no agent" in check.reason for check in found)


@pytest.mark.parametrize("skew", (-300.0, 300.0))
def test_a_clock_that_differs_is_reckoned_with(world: World, skew: float) -> None:
    world.skew = skew
    spans = [Span("page /", NOW + 10, NOW + 11), Span("page /legacy.php", NOW + 110, NOW + 112)]
    (check,) = world.only(Result.FAIL, happens=lambda: world.flow("10.20.0.21", 3306, NOW + 111), spans=spans)
    assert "page /legacy.php" in check.reason


def test_open_rules_and_missing_logs_decide_nothing(world: World) -> None:
    world.ec2.authorize_security_group_egress(
        GroupId=world.group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    world.resolver.watched = {}
    found = {check.identity: check for check in world.only(Result.INCONCLUSIVE)}
    assert f"network {world.group} (web): all traffic to 0.0.0.0/0" in found
    assert f"logs query log of {world.network}" in found
    assert len(found) == 2


def test_a_rule_to_production_fails(world: World) -> None:
    world.ec2.authorize_security_group_egress(
        GroupId=world.group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "IpRanges": [{"CidrIp": "10.20.0.0/24"}]}
        ],
    )
    (check,) = world.only(Result.FAIL)
    assert check.production
    assert check.name == f"{world.group} (web): tcp 3306 to 10.20.0.0/24"


def test_what_may_not_be_read_is_told_and_the_rest_goes_on(world: World) -> None:
    def refuse(given: dict[str, Any]) -> dict[str, Any]:
        raise Problem("AccessDeniedException")

    world.resolver.service.handlers = {
        **world.resolver.service.handlers,
        "ListResolverQueryLogConfigAssociations": refuse,
    }
    (check,) = world.only(Result.INCONCLUSIVE)
    assert check.identity == "network query logs"
    assert "access is denied" in check.reason
    assert "route53resolver:ListResolverQueryLogConfigAssociations" in check.reason


def test_logs_that_may_not_be_read_decide_nothing(world: World) -> None:
    world.logs.problems = [Problem("AccessDeniedException")]
    (check,) = world.only(Result.INCONCLUSIVE)
    assert check.identity == "logs reading"
    assert "logs:FilterLogEvents" in check.reason


def test_tags_that_no_machine_has_are_told(world: World) -> None:
    world.tags = {"env": "nobody"}
    watch = cloudguard.look(world.session, world.tags)
    (check,) = cloudguard.static(watch, world.territory)
    assert (check.result, "no running machine" in check.reason) == (Result.INCONCLUSIVE, True)


def test_how_strong_the_verdict_is_depends_on_the_logs(world: World) -> None:
    watch = cloudguard.look(world.session, world.tags)
    told = " ".join(cloudguard.strength(watch))
    assert "2 machines were read, with records of up to 60 s" in told
    assert "query logs were read" in told
    assert "no packet was watched" in cloudguard.strength(cloudguard.Watch(world.session))[0]
