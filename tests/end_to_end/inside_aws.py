"""Runs on the replica's machine of the lab: makes it one of AWS's, and runs the command line in it.

EC2 is moto's; flow logs and Resolver's query logs are made of the packets that really leave and come by
the machine's interface, in AWS's documented formats. The order stands on standard input, in JSON.
"""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pytest

from portability.system import aws
from tests.clouding import REGION, credentials, moto
from tests.logging_cloud import Event, Logs, Resolver
from tests.modelled import serving

ADDRESS, LONG = "10.30.0.10", "fd00:30::10"
CANARY = "10.30.0.250"
CDN, BUCKET = "d2fakestarclublt.cloudfront.net", "starclub-lt-uploads.s3.eu-west-1.amazonaws.com"
FLOWS, NAMES = "/lt/flows", "/lt/names"
FORMAT = (
    "${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${start} ${end} "
    "${action} ${log-status} ${pkt-srcaddr} ${pkt-dstaddr} ${tcp-flags}"
)
_OUTGOING = 4
BEYOND = ("elasticbeanstalk", "s3", "sts", "sqs", "sns")
"""The services that the lab itself has, at the address `beyond` of an order."""


class Wire:
    """Every packet of the machine's interface that left it, as records of its logs."""

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.interface = ""
        self.network = ""
        self.link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        self.link.bind(("eth0", 3))

    def watch(self) -> None:
        while True:
            data, (_, _, direction, *_) = self.link.recvfrom(2048)
            if direction == _OUTGOING and len(data) > 27:
                self._packet(data)

    def _packet(self, data: bytes) -> None:
        long = data[0] >> 4 == 6
        length = 40 if long else (data[0] & 15) * 4
        protocol = data[6] if long else data[9]
        target = str(ipaddress.ip_address(data[24:40] if long else data[16:20]))
        if protocol not in (6, 17):
            return
        ports = [int.from_bytes(data[length + at : length + at + 2], "big") for at in (0, 2)]
        flags = data[length + 13] & 0x17 if protocol == 6 else 0
        self._record(LONG if long else ADDRESS, target, ports, protocol, flags)
        if protocol == 17 and ports[1] == 53:
            self._query(data[length + 8 :])

    def _record(self, source: str, target: str, ports: list[int], protocol: int, flags: int) -> None:
        """The machine of AWS has one address, so what any of the lab's sends is its own."""
        now = int(time.time())
        line = (
            f"{self.interface} {source} {target} {ports[0]} {ports[1]} {protocol} 1 {now} {now + 1} "
            f"ACCEPT OK {source} {target} {flags}"
        )
        self.logs.groups[FLOWS].append(Event(time.time(), line))

    def _query(self, data: bytes) -> None:
        at, labels = 12, []
        while at < len(data) and data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode("ascii", "replace"))
            at += 1 + data[at]
        told = {
            "version": "1.1",
            "vpc_id": self.network,
            "query_timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "query_name": ".".join(labels) + ".",
            "query_type": "A",
            "srcaddr": ADDRESS,
        }
        self.logs.groups[NAMES].append(Event(time.time(), json.dumps(told)))


def answer_for_everybody() -> None:
    """The router of a VPC answers for every address of a subnet; here somebody must stand for the canary."""
    neighbour = ["ip", "neigh", "replace", CANARY, "lladdr", "02:00:00:00:00:01", "dev", "eth0"]
    subprocess.run(neighbour, check=True)


def furnish(wire: Wire, resolver: Resolver, behind: str, address: str) -> None:
    """Makes the machine, its group and its logs."""
    with pytest.MonkeyPatch.context() as patch:
        credentials(patch, behind)
        aws.client("logs", REGION).create_log_group(logGroupName=FLOWS)
        ec2, iam = aws.client("ec2", REGION), aws.client("iam", REGION)
        origins = [{"Id": "s3", "DomainName": BUCKET, "S3OriginConfig": {"OriginAccessIdentity": ""}}]
        aws.client("cloudfront", REGION).create_distribution(
            DistributionConfig={
                "CallerReference": "lt",
                "Comment": "uploads",
                "Enabled": True,
                "Aliases": {"Quantity": 1, "Items": [CDN]},
                "Origins": {"Quantity": 1, "Items": origins},
                "DefaultCacheBehavior": {"TargetOriginId": "s3", "ViewerProtocolPolicy": "allow-all"},
            }
        )
        wire.network = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=wire.network, CidrBlock="10.30.0.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="web", Description="w", VpcId=wire.network)["GroupId"]
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
        made = ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet,
            PrivateIpAddress=ADDRESS,
            SecurityGroupIds=[group],
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "env", "Value": "lt"}]}],
        )["Instances"][0]
        wire.interface = made["NetworkInterfaces"][0]["NetworkInterfaceId"]
        assert made["NetworkInterfaces"][0]["PrivateIpAddress"] == ADDRESS
        role = iam.create_role(RoleName="flows", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        ec2.create_flow_logs(
            ResourceIds=[wire.network],
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=FLOWS,
            DeliverLogsPermissionArn=role,
            LogFormat=FORMAT,
            MaxAggregationInterval=60,
        )
    aws.forget()
    resolver.logs = {"rqlc-1": f"arn:aws:logs:{REGION}:444455556666:log-group:{NAMES}:*"}
    resolver.watched = {"rqlc-1": [(wire.network, "ACTIVE")]}


def main() -> None:
    order = json.load(sys.stdin)
    logs, resolver = Logs({FLOWS: [], NAMES: []}, page=500), Resolver()
    wire = Wire(logs)
    answer_for_everybody()
    beside = {service: order["beyond"] for service in BEYOND} if "beyond" in order else {}
    with moto() as behind, serving(logs.service, resolver.service, behind=behind, beside=beside) as address:
        furnish(wire, resolver, behind, address)
        threading.Thread(target=wire.watch, daemon=True).start()
        own = {
            "AWS_ACCESS_KEY_ID": "AKIAFAKELOADTESTFAKE",
            "AWS_SECRET_ACCESS_KEY": "Fake-Lt-Aws-Secret-00000000000000000000",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1",
            **order.get("environment", {}),
            "AWS_ENDPOINT_URL": address,
        }
        done = subprocess.run(
            order["command"], env={**os.environ, **own}, capture_output=True, timeout=300, check=False
        )
    told = {"code": done.returncode, "out": done.stdout.decode(), "err": done.stderr.decode()}
    told["records"] = str(len(logs.groups[FLOWS]))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
