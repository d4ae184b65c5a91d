"""Whatever answers that is not AWS, or half of AWS, is told, and never read as an account that is empty."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portability.errors import Unfinished
from portability.system import aws
from portability.system.aws import Session
from tests.clouding import REGION, credentials

REPLIES = {
    "nothing": b"",
    "page": b"<html><title>Login</title><p>Please log in to the network",
    "well-formed page": b"<html><title>Login</title></html>",
    "text": b"Service temporarily rerouted",
    "another's JSON": b'{"status": "ok"}',
    "a list": b"[1, 2]",
    "null": b"null",
    "a number": b"7",
    "XML cut off": b"<DescribeDBClustersResponse><DescribeDBClustersResult><DBClus",
    "JSON cut off": b'{"EmailIdentities": [{"Identi',
}
LISTINGS = {
    "ec2": ("describe_vpcs", "Vpcs"),
    "rds": ("describe_db_clusters", "DBClusters"),
    "s3": ("list_buckets", "Buckets"),
    "sqs": ("list_queues", "QueueUrls"),
    "sns": ("list_topics", "Topics"),
    "route53": ("list_hosted_zones", "HostedZones"),
    "cloudfront": ("list_distributions", "DistributionList.Items"),
    "sesv2": ("list_email_identities", "EmailIdentities"),
    "ssm": ("describe_parameters", "Parameters"),
    "mq": ("list_brokers", "BrokerSummaries"),
    "secretsmanager": ("list_secrets", "SecretList"),
    "elasticbeanstalk": ("describe_environments", "Environments"),
    "cloudformation": ("list_stacks", "StackSummaries"),
    "elbv2": ("describe_load_balancers", "LoadBalancers"),
}


class Answering:
    """A server that says one thing to everybody."""

    body = b""
    headers: tuple[tuple[str, str], ...] = ()
    lacks = 0
    """Bytes that are promised beyond the body."""


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    answering = Answering()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            for name, value in (
                *answering.headers,
                ("Content-Length", str(len(answering.body) + answering.lacks)),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answering.body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            credentials(patch, f"http://127.0.0.1:{web.server_address[1]}")
            patch.setattr(aws, "ATTEMPTS", 1)  # botocore itself takes such an answer of S3's for a fault
            yield answering
    finally:
        web.shutdown()
        web.server_close()
        thread.join()
        aws.forget()


def listed(service: str) -> list[object]:
    operation, found = LISTINGS[service]
    return list(Session("production", REGION).pages(service, operation, found))


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("service", LISTINGS)
def test_an_answer_that_is_not_awss_is_no_empty_listing(server: Answering, service: str, reply: str) -> None:
    server.body, server.headers = REPLIES[reply], ()
    with pytest.raises(
        Unfinished, match=r"what answers is not AWS, or its answer was cut|AWS failed"
    ) as told:
        listed(service)
    assert f"production could not be read whole ({service}:" in told.value.message


@pytest.mark.parametrize("service", ("sqs", "ssm", "secretsmanager", "sesv2"))
def test_json_that_was_cut_is_none_though_its_headers_are_awss(server: Answering, service: str) -> None:
    server.body, server.headers = REPLIES["JSON cut off"], (("x-amzn-RequestId", "fake"),)
    with pytest.raises(Unfinished, match="cut off"):
        listed(service)


@pytest.mark.parametrize("service", ("sqs", "sesv2", "mq"))
def test_an_account_with_nothing_in_it_is_one(server: Answering, service: str) -> None:
    """SQS leaves the list out where there is no queue; the request id says that this is AWS."""
    server.body, server.headers = b"{}", (("x-amzn-RequestId", "fake"),)
    assert listed(service) == []


def test_the_account_is_told_by_nobody_else(server: Answering) -> None:
    for server.body in REPLIES.values():
        with pytest.raises(Unfinished, match="sts:GetCallerIdentity"):
            Session("production", REGION).account()


def test_an_object_that_ends_too_early_is_told(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    server.body, server.headers = b"half of a bundle", ()
    monkeypatch.setattr(server, "lacks", 100)
    body = Session("production", REGION).ask("s3", "get_object", Bucket="bundles", Key="a.zip")["Body"]
    with pytest.raises(aws.Failure) as told:
        list(aws.blocks(body))
    assert told.value.kind is aws.Kind.UNREACHABLE
    monkeypatch.setattr(server, "lacks", 0)
    body = Session("production", REGION).ask("s3", "get_object", Bucket="bundles", Key="a.zip")["Body"]
    assert b"".join(aws.blocks(body)) == server.body


def test_an_endpoint_that_is_no_url_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials(monkeypatch, "no url")
    aws.forget()
    with pytest.raises(Unfinished, match="no address of AWS") as told:
        Session("production", REGION).account()
    assert "AWS_ENDPOINT_URL" in str(told.value.hint)
    aws.forget()
