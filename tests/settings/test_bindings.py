"""Values are for one machine and one account: code, render and check say no wherever that can't be told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.settings import bindings
from portability.settings.project import load
from portability.system import aws
from tests.clouding import ACCOUNT, Answers, answering, credentials
from tests.shop import program, write
from tests.test_bootstraps import COMMANDS, project, run

SCRIPT = (
    '#!/bin/sh\n_portability=$(dirname "$0")/config/portability; . "$_portability/app_env.sh"; '
    'printf %s "$AppEnv_DB_HOST"\n'
)


def bound(binding: str) -> str:
    return f"environments: {{production: {{}}, loadtest: {{binding: {binding}}}}}\n"


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return write(tmp_path / "machine", "id", "i-0fake0000000000a\nmore\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    write(folder, "job.sh", SCRIPT)
    return folder


ALL = {**COMMANDS, "shell": ["sh", "job.sh"]}


@pytest.mark.parametrize("kind", ALL)
def test_code_runs_on_the_machine_that_it_was_rendered_on_and_on_no_clone(
    kind: str, root: Path, marker: Path
) -> None:
    project(root, bound(f"{{marker: {marker}}}"))
    code, out, err = run(root, ALL[kind])
    assert (code, err) == (0, "")
    assert "db1.shop.example" in out
    for clone in (lambda: marker.write_text("i-0fake0000000000b\n"), marker.unlink):
        clone()
        code, out, err = run(root, ALL[kind])
        assert (code != 0, out) == (True, "")
        assert f"rendered for another machine: {marker} says so" in err
        assert "Traceback" not in err


@pytest.mark.parametrize("kind", ALL)
def test_a_marker_may_be_told_beforehand(kind: str, root: Path, marker: Path) -> None:
    marker.unlink()
    project(root, bound(f"{{marker: {{file: {marker}, holds: '444455556666'}}}}"))
    assert run(root, ALL[kind])[0] != 0
    marker.write_text("444455556666\n")
    assert run(root, ALL[kind])[0] == 0


@pytest.mark.parametrize("content", [None, "", "\n", "\x00\x01\n"])
def test_nothing_is_rendered_for_a_machine_that_can_t_be_told(
    root: Path, marker: Path, content: str | None
) -> None:
    marker.write_text(content) if content is not None else marker.unlink()
    with pytest.raises(UsageError) as raised:
        project(root, bound(f"{{marker: {marker}}}"))
    assert str(marker) in raised.value.message


def test_what_is_bound_to_this_machine_is_not_rendered_for_another(
    applied: Path, tmp_path: Path, marker: Path
) -> None:
    write(applied, "portability.yaml", "version: 1\n" + bound(f"{{marker: {marker}}}"))
    found = program(applied, "render", "--env", "loadtest", "-o", str(tmp_path / "out"))
    assert found.code == 2
    assert "-o renders for another" in found.err
    assert not (tmp_path / "out").exists()


def test_the_check_says_which_machine(applied: Path, marker: Path) -> None:
    write(
        applied, "portability.yaml", "version: 1\n" + bound(f"{{marker: {{file: {marker}, holds: other}}}}")
    )
    found = program(applied, "check", "--env", "loadtest")
    assert found.code == 1
    assert f"{marker} does not hold other: code stops here" in found.out


@pytest.mark.parametrize(
    "binding",
    [
        "{marker: machine-id}",
        "{marker: {file: /etc/machine-id}}",
        "{marker: {file: /x, holds: ''}}",
        "{account: 12}",
        "{region: moon}",
        "{network: 10.0.0.0/8}",
    ],
)
def test_what_is_no_binding_is_refused_with_its_line(tmp_path: Path, binding: str) -> None:
    (tmp_path / "portability.yaml").write_text("version: 1\n" + bound(binding))
    with pytest.raises(UsageError) as raised:
        load(tmp_path)
    assert "portability.yaml:2" in raised.value.where


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    with answering() as answers:
        credentials(monkeypatch, answers.address)
        answers.by_operation["GetCallerIdentity"] = (200, {"Account": ACCOUNT})
        yield answers
    aws.forget()


def test_the_right_account_renders(server: Answers, applied: Path) -> None:
    write(applied, "portability.yaml", "version: 1\n" + bound(f"{{account: '{ACCOUNT}'}}"))
    assert program(applied, "render", "--env", "loadtest").code == 0
    assert server.operations() == ["GetCallerIdentity"]
    assert program(applied, "check", "--env", "loadtest").code == 0


def test_another_account_renders_nothing(server: Answers, applied: Path) -> None:
    write(applied, "portability.yaml", "version: 1\n" + bound("{account: '999999999999'}"))
    before = (applied / "config/portability/current/current.php").read_bytes()
    found = program(applied, "render", "--env", "loadtest")
    assert found.code == 4
    assert f"loadtest belongs to AWS account 999999999999, and this is {ACCOUNT}" in found.err
    assert "environments.loadtest.binding.account" in found.err
    assert (applied / "config/portability/current/current.php").read_bytes() == before
    checked = program(applied, "check", "--env", "loadtest")
    assert checked.code == 1
    assert "belongs to AWS account 999999999999" in checked.out


def test_an_account_that_can_t_be_told_renders_nothing(server: Answers, applied: Path) -> None:
    server.fails("GetCallerIdentity", "ExpiredToken", status=403)
    write(applied, "portability.yaml", "version: 1\n" + bound(f"{{account: '{ACCOUNT}'}}"))
    found = program(applied, "render", "--env", "loadtest")
    assert found.code == 5
    assert "it can't be told whether this is it" in found.err


def test_without_aws_installed_an_account_is_a_clear_error(applied: Path, tmp_path: Path) -> None:
    write(applied, "portability.yaml", "version: 1\n" + bound(f"{{account: '{ACCOUNT}'}}"))
    write(tmp_path / "none", "boto3.py", "raise ImportError('no boto3')\n")
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from portability.cli import run; "
        "raise SystemExit(run(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "none")]
    found = subprocess.run(
        [*command, "-C", str(applied), "render", "--env", "loadtest"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 5, found.stderr
    assert b"pip install 'portability-toolkit[aws]'" in found.stderr


def test_a_line_of_a_marker_is_read_without_what_is_around(tmp_path: Path) -> None:
    assert bindings.line(str(write(tmp_path, "m", "  i-0fake \r\nrest"))) == "i-0fake"
    assert bindings.line(str(tmp_path)) == ""
