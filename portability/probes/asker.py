"""A question to the deployed application in, its checked answer out: the one that speaks HTTP to it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import secrets as randomness
import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from portability.errors import UsageError
from portability.identity import Outcome, Reply, request
from portability.replica import Address, Parameter

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

HEADER = "X-Portability"
LIVES = 60
"""Seconds that a request may be used; the other side takes none that lives longer than 120."""
LARGEST = 1_000_000


class Asker:
    """Asks one deployed probe file over and over; safe to use from several threads.

    `url` is the file's own, `addresses` are those of its host that were checked: the first is
    connected to, whatever the name says by then. `key` signs; `timeout` is in seconds and holds for
    connecting and for each wait; `environment` is the name that the answering code must have.
    `now` tells the time in seconds since 1970.
    """

    def __init__(
        self,
        url: str,
        addresses: Sequence[Address],
        key: bytes,
        timeout: float,
        environment: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not addresses:
            raise UsageError("the deployed application has no address to ask at", where=url)
        self.url = url
        self.environment = environment
        self._key = key
        self._timeout = timeout
        self._now = now
        self._host = parts.netloc.rpartition("@")[2]
        self._name = parts.hostname
        self._at = parts._replace(netloc=_netloc(addresses[0], parts.port)).geturl()

    def ask(
        self,
        operation: str,
        service: str = "",
        parameters: Mapping[str, Parameter] | None = None,
        approved: Mapping[str, Sequence[Address]] | None = None,
        beacon: str | None = None,
    ) -> Reply:
        """The answer to one question; whatever goes wrong is told in it, nothing is raised."""
        body = json.dumps(
            request(operation, service, parameters or {}, approved or {}, beacon)
            | {"environment": self.environment}
        ).encode()
        nonce = randomness.token_hex(16)
        expires = int(self._now()) + LIVES
        started = time.monotonic()
        headers = {
            "Host": self._host,
            HEADER: f"{expires} {nonce} {signature(self._key, expires, nonce, body)}",
        }
        try:
            status, got, content = self._send(headers | {"Content-Type": "application/json"}, body)
            facts = read_answer(status, got, content, self._key, nonce, self._now(), self.environment)
        except Unanswered as problem:
            words = f"{self.url}: {problem}"
            return Reply(problem.outcome, problem.facts, words, _since(started))
        return Reply(Outcome.ANSWERED, facts, "", _since(started), nonce)

    def holds(self, reply: Reply, parameter: str, secret: str) -> bool | None:
        """Whether the application has just this secret for `parameter`; None where its answer names none."""
        given = reply.facts.get("given")
        told = given.get(parameter) if isinstance(given, dict) else None
        digest = told.get("digest") if isinstance(told, dict) else None
        return None if digest is None else digest == secret_digest(self._key, reply.nonce, secret)

    def _send(self, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """One POST to the checked address: no proxy, no cookies, no redirect followed."""
        import requests

        until = time.monotonic() + self._timeout
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", _pinned(self._name))
            try:
                with session.post(
                    self._at,
                    body,
                    headers=dict(headers),
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    return answer.status_code, answer.headers, _content(answer, until)
            except requests.Timeout:
                raise Unanswered(Outcome.SILENT, f"no answer within {self._timeout:g} s") from None
            except requests.exceptions.SSLError:
                raise Unanswered(Outcome.UNREACHABLE, "its certificate is not believed") from None
            except requests.RequestException as error:
                raise Unanswered(Outcome.UNREACHABLE, _reason(error)) from None


def _pinned(name: str) -> HTTPAdapter:
    """Speaks TLS to an address as if to the name."""
    from requests.adapters import HTTPAdapter

    class Pinned(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
            super().init_poolmanager(*arguments, **named, server_hostname=name, assert_hostname=name)

    return Pinned()


class Unanswered(Exception):
    """There is no answer that may be believed: how that came, and a sentence of it."""

    def __init__(self, outcome: Outcome, message: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.facts = facts or {}


def signature(key: bytes, expires: int, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 over expiry, nonce and body of a request, in hexadecimal."""
    return _mac(key, f"request\n{expires}\n{nonce}\n".encode() + body)


def reply_signature(key: bytes, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 over nonce and body of an answer, in hexadecimal."""
    return _mac(key, f"reply\n{nonce}\n".encode() + body)


def secret_digest(key: bytes, nonce: str, secret: str) -> str:
    """The salted hash by which an answer names a secret that the application has."""
    return _mac(key, f"secret\n{nonce}\n{secret}".encode())


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
        word = "ahead of" if ahead > 0 else "behind"
        words = f"its clock is {abs(ahead):.0f} s {word} ours, so no request is in time"
        return Unanswered(Outcome.CLOCK, words)
    if status == 404:
        words = "404: the probe is not there, or took the request for nobody's"
        return Unanswered(Outcome.NOT_FOUND, words)
    if 300 <= status < 400:
        return Unanswered(Outcome.BROKEN, f"status {status}: it redirects instead of answering")
    hint = ": the values are not rendered there, or PHP stopped" if status in (500, 503) else ""
    return Unanswered(Outcome.BROKEN, f"status {status}{hint}")


def _ahead(date: str, now: float) -> float | None:
    """Seconds that the other clock, by its Date header, is ahead of ours."""
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, TypeError):
        return None


def _content(answer: requests.Response, until: float) -> bytes:
    found = bytearray()
    for part in answer.iter_content(65536):
        found += part
        if len(found) > LARGEST:
            raise Unanswered(Outcome.BROKEN, "the answer is too long")
        if time.monotonic() > until:
            raise Unanswered(Outcome.SILENT, "the answer did not end in time")
    return bytes(found)


def _reason(error: Exception) -> str:
    """The innermost reason that the system gave."""
    seen: BaseException | None = error
    while seen is not None:
        inner = getattr(seen, "reason", None) or seen.__cause__ or seen.__context__
        if isinstance(seen, OSError) and seen.strerror and not isinstance(inner, BaseException):
            return str(seen.strerror).lower()
        seen = inner if isinstance(inner, BaseException) else None
    return "the connection failed"


def _netloc(address: Address, port: int | None) -> str:
    host = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
    return f"{host}:{port}" if port else host


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
