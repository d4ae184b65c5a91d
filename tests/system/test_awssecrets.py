"""Parameter Store and Secrets Manager, by moto's server and by one that fails: values, or why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portability.system import aws, awssecrets
from portability.system.awssecrets import Unread
from portability.system.secrets import Wanted, fetch, parse
from tests.clouding import ACCOUNT, REGION, Answers, answering, credentials, moto

FAKE = "Fake-Value"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with moto() as found:
        yield found


@pytest.fixture
def cloud(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty moto, and how to make clients of it."""
    credentials(monkeypatch, address)
    yield aws.client
    for name in [p["Name"] for p in aws.client("ssm").describe_parameters()["Parameters"]]:
        aws.client("ssm").delete_parameter(Name=name)
    for one in aws.client("secretsmanager").list_secrets()["SecretList"]:
        aws.client("secretsmanager").delete_secret(SecretId=one["ARN"], ForceDeleteWithoutRecovery=True)
    aws.forget()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    with answering() as answers:
        credentials(monkeypatch, answers.address)
        monkeypatch.setattr(aws, "ATTEMPTS", 1)
        answers.by_operation["GetCallerIdentity"] = (200, {"Account": ACCOUNT})
        yield answers
    aws.forget()


def wanted(*references: str) -> list[Wanted]:
    return [Wanted(parse(text, f"KEY_{n}"), f"KEY_{n}", f"v.yaml:{n}") for n, text in enumerate(references)]


def test_parameters_are_decrypted_ten_a_call(cloud: Any, tmp_path: Path) -> None:
    for number in range(23):
        cloud("ssm").put_parameter(Name=f"/shop/K{number}", Value=f"{FAKE}-{number}", Type="SecureString")
    values, problems = fetch(wanted(*(f"ssm:/shop/K{n}" for n in range(23))), tmp_path)
    assert values == {f"KEY_{n}": f"{FAKE}-{n}" for n in range(23)}
    assert problems == []


def test_an_older_version_of_a_parameter_can_be_named(cloud: Any, tmp_path: Path) -> None:
    cloud("ssm").put_parameter(Name="/a", Value="old", Type="SecureString")
    cloud("ssm").put_parameter(Name="/a", Value="new", Type="SecureString", Overwrite=True)
    assert fetch(wanted("ssm:/a:1", "ssm:/a"), tmp_path)[0] == {"KEY_0": "old", "KEY_1": "new"}


def test_secrets_come_whole_or_by_a_key_of_their_json(cloud: Any, tmp_path: Path) -> None:
    client = cloud("secretsmanager")
    for number in range(25):
        client.create_secret(Name=f"shop/{number}", SecretString=f"{FAKE}-{number}")
    held = client.create_secret(Name="shop/db", SecretString=json.dumps({"password": FAKE, "port": 3306}))
    many = [f"secretsmanager:shop/{n}" for n in range(25)]
    arn = f"secretsmanager:{held['ARN']}:password"
    values, problems = fetch(wanted(*many, "secretsmanager:shop/db:port", arn), tmp_path)
    assert problems == []
    assert [values[f"KEY_{n}"] for n in range(25)] == [f"{FAKE}-{n}" for n in range(25)]
    assert (values["KEY_25"], values["KEY_26"]) == ("3306", FAKE)


def test_the_region_of_an_arn_is_asked(cloud: Any, tmp_path: Path) -> None:
    made = cloud("secretsmanager", "us-west-2").create_secret(Name="far", SecretString=FAKE)
    assert fetch(wanted(f"secretsmanager:{made['ARN']}", "secretsmanager:far"), tmp_path)[0] == {
        "KEY_0": FAKE
    }
    cloud("secretsmanager", "us-west-2").delete_secret(SecretId="far", ForceDeleteWithoutRecovery=True)


def test_what_is_not_there_says_where_was_looked(cloud: Any, tmp_path: Path) -> None:
    cloud("ssm").put_parameter(Name="/here", Value=FAKE, Type="SecureString")
    cloud("secretsmanager").create_secret(Name="plain", SecretString=FAKE)
    cloud("secretsmanager").create_secret(Name="bytes", SecretBinary=b"\xff" + FAKE.encode())
    values, problems = fetch(
        wanted(
            "ssm:/here",
            "ssm:/gone",
            "secretsmanager:gone",
            "secretsmanager:plain:password",
            "secretsmanager:bytes",
        ),
        tmp_path,
    )
    assert values == {"KEY_0": FAKE}
    assert [problem.message for problem in problems] == [
        "the secret KEY_1 refers to ssm:/gone, and there is none in Parameter Store "
        f"(account {ACCOUNT}, {REGION})",
        "the secret KEY_2 refers to secretsmanager:gone, and there is none in Secrets Manager "
        f"(account {ACCOUNT}, {REGION})",
        "the secret KEY_3 refers to secretsmanager:plain:password, and it holds no JSON object, "
        "so it has no keys",
        "the secret KEY_4 refers to secretsmanager:bytes, and it holds bytes and no text",
    ]
    assert [problem.where for problem in problems] == ["v.yaml:1", "v.yaml:2", "v.yaml:3", "v.yaml:4"]
    assert FAKE not in " ".join(map(str, problems))


def test_a_secret_that_is_being_deleted_is_told(cloud: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        cloud("secretsmanager").create_secret(Name=name, SecretString=FAKE)
        cloud("secretsmanager").delete_secret(SecretId=name)
    for references in (["secretsmanager:a"], ["secretsmanager:a", "secretsmanager:b"]):
        problems = fetch(wanted(*references), tmp_path)[1]
        assert {problem.message.rpartition(", and ")[2] for problem in problems} == {
            "it is marked for deletion"
        }


@pytest.mark.parametrize(
    ("code", "message", "told", "hint"),
    [
        (
            "AccessDeniedException",
            "not authorized: ssm:GetParameters",
            "access is denied",
            "",
        ),
        (
            "AccessDeniedException",
            "not authorized: kms:Decrypt",
            "(KMS) can't be used",
            "kms:",
        ),
        ("InvalidKeyId", "", "(KMS) can't be used", "kms:Decrypt"),
        ("ExpiredTokenException", "", "credentials have expired", "log in again"),
        ("UnrecognizedClientException", "", "doesn't know these credentials", "aws sts"),
        ("ThrottlingException", "Rate exceeded", "no more calls now", "try again"),
        ("SomethingNew", f"it quotes {FAKE}", "AWS answered with SomethingNew", ""),
    ],
)
@pytest.mark.parametrize("scheme", ["ssm", "secretsmanager"])
def test_each_failure_has_its_own_words_and_a_hint(
    server: Answers, tmp_path: Path, scheme: str, code: str, message: str, told: str, hint: str
) -> None:
    for operation in ("GetParameters", "BatchGetSecretValue", "GetSecretValue"):
        server.fails(operation, code, message)
    values, problems = fetch(wanted(f"{scheme}:a", f"{scheme}:b"), tmp_path)
    assert (values, len(problems)) == ({}, 2)
    for problem, name in zip(problems, "ab", strict=True):
        assert f"refers to {scheme}:{name}, and" in problem.message
        assert told in problem.message
        assert hint in problem.hint
        assert FAKE not in str(problem)
        assert (problem.exit_code == 5) == (code in ("ThrottlingException", "SomethingNew"))


def test_a_batch_that_one_name_spoils_is_asked_again_by_name(
    server: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role may read each secret without the right to BatchGetSecretValue."""
    server.fails("BatchGetSecretValue", "AccessDeniedException")
    server.by_operation["GetSecretValue"] = (200, {"VersionId": "1", "SecretString": FAKE})
    values, problems = fetch(wanted("secretsmanager:a", "secretsmanager:b"), tmp_path)
    assert (values, problems) == ({"KEY_0": FAKE, "KEY_1": FAKE}, [])
    assert server.operations() == ["BatchGetSecretValue", "GetSecretValue", "GetSecretValue"]


def test_an_error_within_a_batch_is_its_own_secret_s(server: Answers, tmp_path: Path) -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:a-AbCdEf"
    held = {"Name": "a", "ARN": arn, "SecretString": FAKE}
    failed = {"SecretId": "b", "ErrorCode": "DecryptionFailure", "Message": "no"}
    server.by_operation["BatchGetSecretValue"] = (200, {"SecretValues": [held], "Errors": [failed]})
    values, problems = fetch(wanted("secretsmanager:a", "secretsmanager:b"), tmp_path)
    assert values == {"KEY_0": FAKE}
    assert "encryption key (KMS)" in problems[0].message


def test_nothing_is_asked_for_once_it_failed_for_all(server: Answers, tmp_path: Path) -> None:
    server.fails("GetParameters", "ExpiredTokenException")
    problems = fetch(wanted(*(f"ssm:/k{n}" for n in range(40))), tmp_path)[1]
    assert len(problems) == 40
    assert server.operations() == ["GetParameters"]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"AWS_REGION": None}, "no AWS region is named"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "there are no AWS credentials here"),
        ({"AWS_PROFILE": "nobody"}, "there are no AWS credentials here"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS can't be reached"),
    ],
)
def test_what_is_missing_here_is_told(
    server: Answers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str | None],
    told: str,
) -> None:
    for name, value in variables.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    aws.forget()
    problems = fetch(wanted("ssm:/a"), tmp_path)[1]
    assert told in problems[0].message
    assert problems[0].hint


def test_what_stands_between_and_is_not_aws_is_told(server: Answers, tmp_path: Path) -> None:
    server.by_operation["GetParameters"] = (200, {})
    server.garbled.add("GetParameters")
    assert "what answers is not AWS" in fetch(wanted("ssm:/a"), tmp_path)[1][0].message


def test_where_was_looked_is_asked_for_once_though_it_can_t_be_told(server: Answers, tmp_path: Path) -> None:
    """A private network may let nothing but the store through."""
    server.fails("GetCallerIdentity", "AccessDenied", status=403)
    server.by_operation["GetParameters"] = (200, {"Parameters": []})
    problems = fetch(wanted(*(f"ssm:/k{n}" for n in range(9))), tmp_path)[1]
    assert {problem.message.rpartition("(")[2] for problem in problems} == {f"{REGION})"}
    assert server.operations() == ["GetParameters", "GetCallerIdentity"]


def test_throttling_is_waited_out(server: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "ATTEMPTS", 2)
    aws.forget()
    server.fails("GetParameters", "ThrottlingException")
    fetch(wanted("ssm:/a"), tmp_path)
    assert server.operations() == ["GetParameters"] * 2


@pytest.mark.parametrize("service", ["ssm", "secretsmanager"])
def test_what_is_there_is_never_overwritten(cloud: Any, service: str) -> None:
    read = awssecrets.parameters if service == "ssm" else awssecrets.secrets
    awssecrets.put(service, "name", "first", None, None)
    awssecrets.put(service, "name", "second", None, None)
    assert read(["name"], None) == {"name": "first"}


def test_a_parameter_is_encrypted_whatever_its_size(cloud: Any) -> None:
    awssecrets.put("ssm", "/small", "x", None, "alias/shop")
    awssecrets.put("ssm", "/large", "x" * 5000, None, None)
    listed = {p["Name"]: p for p in cloud("ssm").describe_parameters()["Parameters"]}
    assert {p["Type"] for p in listed.values()} == {"SecureString"}
    assert listed["/small"]["KeyId"] == "alias/shop"


def test_an_unread_one_holds_no_value() -> None:
    assert FAKE not in repr(Unread("it is not there", "put it there"))
