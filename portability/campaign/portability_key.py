"""A key that two machines share in: requests that only its holders can make, and sealed files, out.

This file stands alone, for machines that have Locust and nothing of ours. The key itself is never sent.
"""

from __future__ import annotations

import hashlib
import hmac

SHORTEST = 32
"""Characters that a key has at least: it is a random text, and no password of a person's."""
SKEW = 60
"""Seconds that the clocks of both may differ: a request that was overheard is good for no longer."""
NUMBER, TIME, RUN, SIGNED = (f"Portability-{name}" for name in ("Number", "Time", "Run", "Signature"))
"""The headers: a number that is used once, seconds since 1970, the run, and the signature over all."""


def signature(key: str, *parts: str | bytes) -> str:
    """The HMAC-SHA256 in hex over the parts, each with its length before it."""
    told = hmac.new(_derived(key, b"signature"), digestmod=hashlib.sha256)
    for part in parts:
        data = part.encode("utf-8") if isinstance(part, str) else part
        told.update(b"%d:" % len(data) + data)
    return told.hexdigest()


def of_request(key: str, method: str, path: str, number: str, at: str, run: str, body: bytes) -> str:
    """The signature of a request; `path` with its query."""
    return signature(key, "request", method, path, number, at, run, body)


def of_answer(key: str, number: str, status: int, body: bytes) -> str:
    """The signature of the answer to the request of that number."""
    return signature(key, "answer", number, str(status), body)


def same(one: str, other: str) -> bool:
    """Whether two signatures are the same, in a time that tells nothing."""
    return hmac.compare_digest(one.encode("utf-8"), other.encode("utf-8"))


def seal(key: str, data: bytes) -> bytes:
    """What nobody without the key can read or change (AES-SIV, RFC 5297): the same data, the same bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(_derived(key, b"seal")).encrypt(data, [b"portability"])


def unseal(key: str, data: bytes) -> bytes:
    """What was sealed; ValueError where the key is another or the data was changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    try:
        return AESSIV(_derived(key, b"seal")).decrypt(data, [b"portability"])
    except InvalidTag:
        raise ValueError("the key is not the one that it was sealed with") from None


def _derived(key: str, purpose: bytes) -> bytes:
    """64 bytes of the key for one purpose."""
    return hmac.new(key.encode("utf-8"), b"portability campaign " + purpose, hashlib.sha512).digest()
