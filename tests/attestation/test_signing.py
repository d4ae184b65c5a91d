"""Keys are what openssl reads and writes too; a wrong one is told in words, and none is ever shown."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from portability.attestation import signing
from portability.errors import PortabilityError, Refused, UsageError

KEY = signing.generate()


def openssl(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "attest.key"
    path.write_bytes(KEY.pem)
    path.chmod(0o600)
    return path


def test_what_openssl_makes_signs_and_verifies(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.write_bytes(openssl("genpkey", "-algorithm", "ed25519"))
    made.chmod(0o600)
    public = tmp_path / "made.pub"
    public.write_bytes(openssl("pkey", "-in", str(made), "-pubout"))
    key = signing.private_key(str(made), tmp_path)
    assert signing.public_key(public).verifies(b"x", key.sign(b"x"))
    assert not signing.public_key(public).verifies(b"y", key.sign(b"x"))


def test_the_name_of_a_key_is_the_digest_that_openssl_tells(tmp_path: Path) -> None:
    der = openssl("pkey", "-pubin", "-outform", "DER", given=KEY.public.pem)
    assert openssl("dgst", "-sha256", "-r", given=der).split()[0].decode() == KEY.keyid


def test_a_key_may_be_given_by_reference(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTEST_KEY", KEY.pem.decode())
    assert signing.private_key("env:ATTEST_KEY", file.parent).keyid == KEY.keyid
    assert signing.private_key("file:attest.key", file.parent).keyid == KEY.keyid


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_private_key_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(Refused, match="others can read this private key"):
        signing.private_key(str(file), file.parent)


def test_a_wrong_key_is_told_in_words(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    encrypted = ("pkey", "-aes256", "-passout", "pass:Fake-Pass")
    for data, words in (
        (b"", "this is no key in PEM"),
        (KEY.public.pem, "this is a public key"),
        (openssl("genpkey", "-algorithm", "x25519"), "another kind than Ed25519"),
        (openssl(*encrypted, given=KEY.pem), "this private key is encrypted"),
        (KEY.pem.replace(b"MC4", b"MC5"), "this is no key in PEM"),
    ):
        other.write_bytes(data)
        other.chmod(0o600)
        with pytest.raises(UsageError, match=words):
            signing.private_key(str(other), tmp_path)
    with pytest.raises(UsageError, match="this is a private key, and a gate needs the public one"):
        signing.public_key(file)
    with pytest.raises(UsageError, match="there is no public key"):
        signing.public_key(tmp_path / "none")
    with pytest.raises(UsageError, match="can't be read"):
        signing.public_key(tmp_path)


def test_no_error_and_no_repr_shows_a_private_key(file: Path) -> None:
    secret = KEY.pem.splitlines()[1].decode()
    broken = file.with_name("broken")
    broken.write_bytes(KEY.pem.replace(b"MC4", b"MC5"))
    broken.chmod(0o600)
    with pytest.raises(PortabilityError) as caught:
        signing.private_key(str(broken), file.parent)
    assert secret[3:] not in f"{caught.value} {KEY!r}"


def test_the_default_lies_outside_of_every_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/fans")
    assert signing.default_path() == Path("/etc/fans/portability/attest.key")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert signing.default_path() == Path.home() / ".config/portability/attest.key"
