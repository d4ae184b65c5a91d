"""A question to the deployed application in, its signed form out; an answer in, its facts out: pure."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from portability.asking.identity import Ask, Outcome, Reply, request

HEADER = "X-Portability"
LIVES = 60
"""Seconds that a request may be used; the other side takes none that lives longer than LONGEST."""
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Signed:
    """A question as it is sent: the header's value, the body, and the nonce that its answer must name."""

    header: str
    body: bytes
    nonce: str
    expires: int


class Unanswered(Exception):
    """There is no answer that may be believed: how that came, and a sentence of it."""

    def __init__(self, outcome: Outcome, message: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.facts = facts or {}


def sign(asked: Ask, key: bytes, environment: str, now: float, lives: int = LIVES) -> Signed:
    """The question for code that runs as `environment`; `now` is in seconds since 1970, `lives` too."""
    parts = request(asked.operation, asked.service, asked.parameters, asked.approved, asked.beacon)
    body = json.dumps(parts | {"environment": environment}).encode()
    nonce, expires = randomness.token_hex(16), int(now) + lives
    return Signed(f"{expires} {nonce} {signature(key, expires, nonce, body)}", body, nonce, expires)


def signature(key: bytes, expires: int, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 over expiry, nonce and body of a request, in hexadecimal."""
    return _mac(key, f"request\n{expires}\n{nonce}\n".encode() + body)


def reply_signature(key: bytes, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 over nonce and body of an answer, in hexadecimal."""
    return _mac(key, f"reply\n{nonce}\n".encode() + body)


def secret_digest(key: bytes, nonce: str, secret: str) -> str:
    """The salted hash by which an answer names a secret that the application has."""
    return _mac(key, f"secret\n{nonce}\n{secret}".encode())


def holds(key: bytes, reply: Reply, parameter: str, secret: str) -> bool | None:
    """Whether the application has just this secret for `parameter`; None where its answer names none."""
    given = reply.facts.get("given")
    told = given.get(parameter) if isinstance(given, dict) else None
    digest = told.get("digest") if isinstance(told, dict) else None
    return None if digest is None else digest == secret_digest(key, reply.nonce, secret)


def _mac(key: bytes, message: bytes) -> str:
    return hmac.new(key.hex().encode(), message, hashlib.sha256).hexdigest()


def read_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    key: bytes,
    nonce: str,
    now: float,
    environment: str,
) -> Mapping[str, Any]:
    """The facts of an answer that is signed for this question; Unanswered says what is wrong with another."""
    if status != 200:
        raise _unwelcome(status, _ahead(headers.get("Date", ""), now))
    told, _, given = headers.get(HEADER, "").partition(" ")
    if not given:
        raise Unanswered(Outcome.FORGED, "the answer is not signed: something else answers there")
    if not hmac.compare_digest(given.encode(), reply_signature(key, told, body).encode()):
        words = "the answer's signature is wrong: it was changed, or another key signed it"
        raise Unanswered(Outcome.FORGED, words)
    if told != nonce:
        words = "the answer belongs to another question: something repeats old answers"
        raise Unanswered(Outcome.STALE, words)
    try:
        facts = json.loads(body)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        raise Unanswered(Outcome.BROKEN, "the answer is no JSON object")
    if facts.get("step") == "environment":
        found = facts.get("environment") or "none"
        words = f"the code there runs as the environment {found}, not {environment}"
        raise Unanswered(Outcome.ELSEWHERE, words, facts)
    return facts


def _unwelcome(status: int, ahead: float | None) -> Unanswered:
    if status == 404 and ahead is not None and abs(ahead) >= LIVES - 2:
        return late(ahead)
    if status == 404:
        words = "404: the probe is not there, or took the request for nobody's"
        return Unanswered(Outcome.NOT_FOUND, words)
    if 300 <= status < 400:
        return Unanswered(Outcome.BROKEN, f"status {status}: it redirects instead of answering")
    hint = ": the values are not rendered there, or PHP stopped" if status in (500, 503) else ""
    return Unanswered(Outcome.BROKEN, f"status {status}{hint}")


def late(ahead: float) -> Unanswered:
    """The refusal that a clock explains which is `ahead` seconds before ours."""
    word = "ahead of" if ahead > 0 else "behind"
    words = f"its clock is {abs(ahead):.0f} s {word} ours, so no request is in time"
    return Unanswered(Outcome.CLOCK, words)


def _ahead(date: str, now: float) -> float | None:
    """Seconds that the other clock, by its Date header, is ahead of ours."""
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, TypeError):
        return None
