"""`portability attest`: keys that are never overwritten, and a gate that tells by its exit code."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portability.asking.verdicts import Area, Check, Result
from portability.cli import run
from tests.attesting import KEY, PASSED, PASSWORD, Gated, make_gated


@pytest.fixture
def gated(tmp_path: Path) -> Gated:
    gated = make_gated(tmp_path)
    (tmp_path / "key.pub").write_bytes(KEY.public.pem)
    return gated


def check(gated: Gated, *options: str) -> int:
    key = str(gated.file.with_name("key.pub"))
    return run(["-C", str(gated.place.project), "attest", "check", str(gated.file), "--key", key, *options])


def test_a_pair_of_keys_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, public = tmp_path / "new" / "lt.key", tmp_path / "new" / "lt.key.pub"
    assert run(["attest", "keygen", "-o", str(key)]) == 0
    assert [stat.S_IMODE(path.stat().st_mode) for path in (key, public)] == [0o600, 0o644]
    private = key.read_bytes()
    assert private.splitlines()[1].decode() not in capsys.readouterr().out
    assert run(["attest", "keygen", "-o", str(key)]) == 2
    assert "is there already, and is not overwritten" in capsys.readouterr().err
    assert key.read_bytes() == private
    key.unlink()
    assert run(["attest", "keygen", "-o", str(key)]) == 2
    assert list(key.parent.iterdir()) == [public]


def test_without_a_name_the_pair_goes_into_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert run(["-q", "attest", "keygen"]) == 0
    assert (tmp_path / "portability" / "attest.key.pub").read_bytes().startswith(b"-----BEGIN PUBLIC KEY")


def test_the_exit_code_is_the_gate(gated: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    assert check(gated) == 3
    gated.attest(ended=now)
    assert check(gated, "--env", "loadtest") == 0
    assert "accepted: 8 answers, none refuses it." in capsys.readouterr().out
    assert check(gated, "--env", "production") == 4
    assert check(gated, "--env", "nowhere") == 2
    assert check(gated, "--max-age", "soon") == 2
    assert check(gated, "--max-age", "0h") == 2
    gated.attest(*PASSED, Check(Area.PAGE, "/a\x1b[2J\n/b", Result.FAIL), ended=now - timedelta(minutes=91))
    capsys.readouterr()
    assert check(gated, "--max-age", "90m") == 1
    out = capsys.readouterr().out
    assert "verdict        FAIL  the verification ended with FAIL: page /a\\u001b[2J\\u000a/b" in out
    assert "age            FAIL  it ended on " in out
    assert "refused: 2 of 8 answers refuse it; do not start the campaign." in out
    assert PASSWORD not in out


def test_a_private_key_is_no_key_for_a_gate(gated: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    gated.attest()
    gated.file.with_name("key.pub").write_bytes(KEY.pem)
    assert check(gated) == 2
    assert "a gate needs the public one only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--key", "k"], "--key signs an attestation"),
        (["--attest", "a.json", "--no-deploy"], "of no known commit"),
        (["--attest", "a.json", "--key", "no-such-key"], "there is no private key"),
    ],
)
def test_a_wrong_call_of_verify_is_told_before_anything_is_done(
    gated: Gated, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["-C", str(gated.place.project), "verify", "--env", "loadtest", *options])
    assert code == 2
    assert words in capsys.readouterr().err


def test_without_the_package_it_is_named(
    gated: Gated, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gated.attest()
    monkeypatch.setitem(__import__("sys").modules, "cryptography", None)
    assert check(gated) == 2
    assert "portability-toolkit[attest]" in capsys.readouterr().err
