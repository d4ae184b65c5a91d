"""Keys as files in, signatures and their verification out: Ed25519, in PEM as openssl writes it.

A private key is PKCS #8 and not encrypted, a public one SubjectPublicKeyInfo. `cryptography` is imported
where a key is used only.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portability.errors import Refused, UsageError
from portability.system import secrets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_MAKE = "portability attest keygen makes a pair of keys"
_LARGEST = 16_384


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key; `keyid` is the SHA-256 of its DER form, in hex."""

    key: Ed25519PublicKey

    @property
    def keyid(self) -> str:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        der = self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    @property
    def pem(self) -> bytes:
        """The bytes of its file."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over exactly these bytes."""
        from cryptography.exceptions import InvalidSignature

        try:
            self.key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An Ed25519 private key; nothing that is printed shows it."""

    key: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        return PublicKey(self.key.public_key())

    @property
    def keyid(self) -> str:
        return self.public.keyid

    @property
    def pem(self) -> bytes:
        """The bytes of its file: a secret."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, data: bytes) -> bytes:
        """64 bytes."""
        return self.key.sign(data)


def default_path() -> Path:
    """Where the private key lies if nothing else is said: outside of every project, which is deployed."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(home) if home.startswith("/") else Path("~/.config").expanduser()
    return base / "portability" / "attest.key"


def generate() -> PrivateKey:
    """A new key."""
    _need()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return PrivateKey(Ed25519PrivateKey.generate())


def private_key(given: str, root: Path) -> PrivateKey:
    """The private key that a file holds, or a reference such as env:NAME or ssm:NAME gives.

    UsageError where it is none. Refused for a file that others than its owner can read.
    """
    from_reference = given.partition(":")[0] in secrets.SCHEMES and ":" in given
    if from_reference:
        data = secrets.resolve(secrets.parse(given, "--key"), "--key", root).encode("utf-8")
    else:
        data = _read(Path(given), "private")
        mode = stat.S_IMODE(Path(given).stat().st_mode)
        if mode & 0o077:
            hint = f"chmod 600 {given}, and make a new pair if others may have read it"
            raise Refused("others can read this private key", given, hint)
    if b"PUBLIC KEY" in data:
        raise UsageError("this is a public key, and it takes the private one to sign", given)
    return PrivateKey(_loaded(data, given, private=True))


def public_key(file: Path) -> PublicKey:
    """The public key that a file holds; UsageError where it is none."""
    data = _read(file, "public")
    if b"PRIVATE KEY" in data:
        raise UsageError(
            "this is a private key, and a gate needs the public one only", str(file), "keygen wrote FILE.pub"
        )
    return PublicKey(_loaded(data, str(file), private=False))


def _loaded(data: bytes, where: str, private: bool) -> Any:
    _need()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    try:
        if private:
            found: object = serialization.load_pem_private_key(data, password=None)
        else:
            found = serialization.load_pem_public_key(data)
    except TypeError:
        raise UsageError("this private key is encrypted", where, "it has to be plain PEM") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError("this is no key in PEM", where, _MAKE) from None
    wanted = ed25519.Ed25519PrivateKey if private else ed25519.Ed25519PublicKey
    if not isinstance(found, wanted):
        raise UsageError("this key is of another kind than Ed25519", where, _MAKE)
    return found


def _read(file: Path, kind: str) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_LARGEST)
    except FileNotFoundError:
        raise UsageError(f"there is no {kind} key", str(file), _MAKE) from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"the {kind} key can't be read: {reason}", str(file)) from None


def _need() -> None:
    """UsageError where the package is missing that signs."""
    try:
        import cryptography  # noqa: F401
    except ImportError:
        hint = "pip install 'portability-toolkit[attest]'"
        raise UsageError("an attestation needs the package cryptography", hint=hint) from None
