"""A reference gives its value, or an error that tells the key and the reference and never the value."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.system.secrets import LARGEST, Reference, parse, resolve

FAKE = "not-a-real-secret"


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (FAKE, FAKE),
        (f"{FAKE}\n", FAKE),
        (f"{FAKE}\r\n", FAKE),
        (f"{FAKE}\n\n", f"{FAKE}\n"),
        (f"a\n{FAKE}\n", f"a\n{FAKE}"),
        (f" {FAKE} \n", f" {FAKE} "),
        ("", ""),
    ],
)
def test_a_file_s_value_loses_one_line_end_and_no_more(tmp_path: Path, content: str, value: str) -> None:
    (tmp_path / "s").write_bytes(content.encode())
    assert resolve(parse("file:s", "DB_PASSWORD"), "DB_PASSWORD", tmp_path) == value
    assert resolve(Reference("file", str(tmp_path / "s")), "DB_PASSWORD", Path("/elsewhere")) == value


def test_a_variable_s_value_is_taken_as_it_is(tmp_path: Path) -> None:
    reference = parse("env:APP_TOKEN", "TOKEN")
    assert resolve(reference, "TOKEN", tmp_path, environment={"APP_TOKEN": f"{FAKE}\n"}) == f"{FAKE}\n"


def test_a_missing_value_names_the_key_and_the_reference(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(parse("env:APP_TOKEN", "TOKEN"), "TOKEN", tmp_path, "values.yaml:3", {})
    assert caught.value.message == "the secret TOKEN refers to env:APP_TOKEN, which is not set"
    assert caught.value.where == "values.yaml:3"
    with pytest.raises(UsageError) as caught:
        resolve(parse("file:none", "TOKEN"), "TOKEN", tmp_path)
    expected = "the secret TOKEN refers to file:none, which cannot be read: no such file or directory"
    assert caught.value.message == expected


@pytest.mark.parametrize(
    "text",
    [
        "ssm:/shop/production/DB_PASSWORD",
        "ssm:db:3",
        "secretsmanager:shop/db",
        "secretsmanager:shop/db:password",
        "secretsmanager:arn:aws:secretsmanager:eu-west-1:444455556666:secret:shop/db-AbCdEf:password",
    ],
)
def test_what_aws_keeps_is_named_by_a_reference(text: str) -> None:
    assert str(parse(text, "TOKEN")) == text
    assert parse(text, "TOKEN").remote


@pytest.mark.parametrize(
    "text",
    [
        "ssm:",
        f"ssm:{FAKE}!",
        "ssm:/aws/x",
        "ssm:a b",
        f"secretsmanager:a b{FAKE}",
        f"secretsmanager:arn:aws:s3:::{FAKE}",
    ],
)
def test_a_name_that_aws_can_t_have_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, "TOKEN", "values.yaml:3")
    assert FAKE not in str(caught.value)
    assert caught.value.where == "values.yaml:3"


@pytest.mark.parametrize("text", [FAKE, f"hunter:{FAKE}", f"env:{FAKE}", "file:", "", ":", f"env:A\n{FAKE}"])
def test_a_value_written_in_place_of_a_reference_is_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, "TOKEN", "values.yaml:3")
    assert FAKE not in str(caught.value)
    assert "hunter" not in str(caught.value)
    assert "TOKEN is not given by a reference" in caught.value.message


def test_what_is_no_ordinary_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * (LARGEST + 1))
    (tmp_path / "binary").write_bytes(b"\xff" + FAKE.encode())
    for name in ("pipe", "large", "binary", "/dev/zero", "."):
        with pytest.raises(UsageError) as caught:
            resolve(Reference("file", name), "TOKEN", tmp_path)
        assert FAKE not in str(caught.value)
