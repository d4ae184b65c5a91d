"""What the deployed code makes of AWS's own answers, where the stand-in of the lab is not faithful.

The answers are those of the API references: HeadBucket (403 and no body for another owner, by
x-amz-expected-bucket-owner), GetTopicAttributes of SNS, GetQueueAttributes of SQS, GetCallerIdentity.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from portability.asking.identity import Expected
from portability.asking.territory import Territory
from portability.asking.verdicts import Check, Result
from portability.probes import CommandLine, ask_all, judge_all
from portability.settings.replica import ProbeSettings

OWN, THEIRS = "444455556666", "111122223333"
SECRET = "Fake-Lt-Aws-Secret-00000000000000000000"
LOGIN = {"region": "eu-west-1", "access_key": "AKIAFAKELOADTESTFAKE", "secret_key": SECRET}


@dataclass
class Account:
    """A bucket, a queue and a topic, whose they are, and who calls."""

    owner: str = OWN
    caller: str = OWN
    region: str = "eu-west-1"
    refusal: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    address: str = ""

    def answer(self, method: str, path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        action = parse_qs(body).get("Action", [""])[0]
        self.asked.append((method, action or path, headers))
        if action == "GetCallerIdentity":
            return 200, (
                '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                f"<GetCallerIdentityResult><Arn>arn:aws:iam::{self.caller}:user/shop</Arn>"
                f"<UserId>AIDAFAKEFAKEFAKEFAKE</UserId><Account>{self.caller}</Account>"
                "</GetCallerIdentityResult></GetCallerIdentityResponse>"
            )
        if self.refusal:
            return 403, f"<ErrorResponse><Error><Code>{self.refusal}</Code></Error></ErrorResponse>"
        if action == "GetTopicAttributes":
            arn = f"arn:aws:sns:{self.region}:{self.owner}:alerts"
            return 200, (
                '<GetTopicAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
                "<GetTopicAttributesResult><Attributes>"
                f"<entry><key>Owner</key><value>{self.owner}</value></entry>"
                "<entry><key>Policy</key><value>{&quot;Version&quot;:&quot;2008-10-17&quot;}</value></entry>"
                f"<entry><key>TopicArn</key><value>{arn}</value></entry>"
                "</Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>"
            )
        if action == "GetQueueAttributes":
            arn = f"arn:aws:sqs:{self.region}:{self.owner}:mail"
            return 200, (
                '<GetQueueAttributesResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
                "<GetQueueAttributesResult><Attribute><Name>QueueArn</Name>"
                f"<Value>{arn}</Value></Attribute></GetQueueAttributesResult></GetQueueAttributesResponse>"
            )
        wanted = headers.get("x-amz-expected-bucket-owner", self.owner)
        return (200 if wanted == self.owner else 403), ""


@pytest.fixture
def account() -> Iterator[Account]:
    made = Account()

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, text = made.answer(self.command, self.path, headers, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        do_HEAD = do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield made
    server.shutdown()
    server.server_close()


def check(account: Account, service: str, **parameters: str) -> Check:
    given = {**LOGIN, "endpoint": account.address, "sts_endpoint": account.address, "account": OWN}
    settings = ProbeSettings("the probe", service, "", {**given, **parameters})
    expected = {"the probe": Expected(Territory(), accounts=frozenset({THEIRS}))}
    replies = ask_all(CommandLine("php", Path()), [settings], expected)
    (found,) = [one for one in judge_all([settings], replies, expected) if one.area == "identity"]
    assert SECRET not in str(replies)
    return found


def test_a_bucket_of_the_expected_owner_passes(account: Account) -> None:
    assert check(account, "s3", bucket="shop-lt").result is Result.PASS
    (head,) = [headers for method, _, headers in account.asked if method == "HEAD"]
    assert head["x-amz-expected-bucket-owner"] == OWN


def test_a_bucket_of_another_owner_is_no_pass_though_its_name_is_right(account: Account) -> None:
    account.owner = THEIRS
    found = check(account, "s3", bucket="shop-lt")
    assert found.result is Result.INCONCLUSIVE
    assert "403" in found.reason


TOPIC = f"arn:aws:sns:eu-west-1:{OWN}:alerts"
QUEUE = f"https://sqs.eu-west-1.amazonaws.com/{OWN}/mail"


@pytest.mark.parametrize(("service", "parameters"), (("sns", {"topic": TOPIC}), ("sqs", {"queue": QUEUE})))
@pytest.mark.parametrize(
    ("changes", "result", "production"),
    (
        ({}, Result.PASS, False),
        ({"owner": THEIRS}, Result.FAIL, True),
        ({"owner": "999900001111"}, Result.FAIL, False),
        ({"caller": THEIRS}, Result.FAIL, True),
        ({"region": "us-east-1"}, Result.FAIL, False),
        ({"refusal": "AuthorizationError"}, Result.INCONCLUSIVE, False),
        ({"refusal": "InvalidClientTokenId"}, Result.INCONCLUSIVE, False),
    ),
)
def test_a_topic_and_a_queue_are_whose_their_arn_says(
    account: Account,
    service: str,
    parameters: dict[str, str],
    changes: dict[str, Any],
    result: Result,
    production: bool,
) -> None:
    for name, value in changes.items():
        setattr(account, name, value)
    found = check(account, service, **parameters)
    assert (found.result, found.production) == (result, production), found


def test_nothing_is_published_nor_changed(account: Account) -> None:
    check(account, "sns", topic=TOPIC)
    assert [action for _, action, _ in account.asked] == ["GetCallerIdentity", "GetTopicAttributes"]


def test_a_topic_of_productions_account_is_not_even_asked(account: Account) -> None:
    found = check(account, "sns", topic=f"arn:aws:sns:eu-west-1:{THEIRS}:alerts")
    assert (found.result, found.production) == (Result.FAIL, True)
    assert account.asked == []
