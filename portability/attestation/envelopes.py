"""Bytes and a key in, a signed DSSE envelope out, and back: exactly one form of it is accepted.

Source: DSSE 1.0.0, protocol.md and envelope.md (secure-systems-lab/dsse). Its verifiers may read many
spellings of one envelope. This one reads the one that it writes: no byte of a file can be changed unseen.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, Protocol

STATEMENT = "application/vnd.in-toto+json"
"""The type of an in-toto statement (in-toto attestation framework, envelope.md)."""
LARGEST = 8 << 20
"""Bytes that an envelope may have; one of 10,000 checks has less than 1 MB."""


class Signs(Protocol):
    """A private key: its public key's name, and the signature that it makes."""

    @property
    def keyid(self) -> str: ...

    def sign(self, data: bytes) -> bytes: ...


class Verifies(Protocol):
    """A public key: its name, and whether a signature over these bytes is its private key's."""

    @property
    def keyid(self) -> str: ...

    def verifies(self, data: bytes, signature: bytes) -> bool: ...


class Forged(Exception):
    """Why an envelope, or what is in it, is not to be believed: `reason`, in words for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def encoded(kind: str, body: bytes) -> bytes:
    """The bytes that are signed: DSSE's pre-authentication encoding (PAE) of a type and a body."""
    name = kind.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(body), body)


def wrap(body: bytes, key: Signs) -> bytes:
    """The envelope of a statement, as a file's bytes."""
    return _written(body, key.keyid, key.sign(encoded(STATEMENT, body)))


def unwrap(data: bytes, key: Verifies) -> bytes:
    """The statement's bytes, signed by `key`; Forged for any other envelope than `wrap` makes."""
    if len(data) > LARGEST:
        raise Forged(f"it has more than {LARGEST} bytes")
    envelope = _object(strict_json(data, "it"), ("payload", "payloadType", "signatures"), "the envelope")
    if envelope["payloadType"] != STATEMENT:
        raise Forged(f"its payload is of another type than {STATEMENT}")
    signatures = envelope["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        count = len(signatures) if isinstance(signatures, list) else "no list of"
        raise Forged(f"it has {count} signatures, and exactly one is accepted")
    signed = _object(signatures[0], ("keyid", "sig"), "the signature")
    if signed["keyid"] != key.keyid:
        raise Forged("it names another key than the one that is trusted here")
    body, signature = _bytes(envelope["payload"], "payload"), _bytes(signed["sig"], "signature")
    if not key.verifies(encoded(STATEMENT, body), signature):
        raise Forged("the signature is not the trusted key's over these bytes")
    if data != _written(body, key.keyid, signature):
        raise Forged("the file is spelt otherwise than it was written")
    return body


def strict_json(data: bytes, what: str) -> Any:
    """What a JSON text holds; Forged where it is none, or names a field twice."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Forged(f"{what} is no JSON") from None


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Forged("a field is named twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _object(value: Any, fields: tuple[str, ...], what: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(fields):
        raise Forged(f"{what} has to have the fields {', '.join(fields)}, and no others")
    return value


def _bytes(text: Any, what: str) -> bytes:
    """What base64 stands for, in its one canonical spelling; Forged for any other."""
    try:
        found = base64.b64decode(text, validate=True)
        if base64.b64encode(found).decode("ascii") == text:
            return found
    except (binascii.Error, ValueError, TypeError):
        pass
    raise Forged(f"the {what} is not base64 in its canonical spelling")


def _written(body: bytes, keyid: str, signature: bytes) -> bytes:
    payload, sig = (base64.b64encode(part).decode("ascii") for part in (body, signature))
    signatures = [{"keyid": keyid, "sig": sig}]
    content = {"payload": payload, "payloadType": STATEMENT, "signatures": signatures}
    return (json.dumps(content) + "\n").encode("ascii")
