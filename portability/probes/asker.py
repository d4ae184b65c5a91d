"""A question to the deployed application in, its checked answer out: the one that speaks HTTP to it."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from portability.asking import questions
from portability.asking.identity import Ask, Outcome, Reply
from portability.asking.questions import HEADER, Unanswered, read_answer, sign
from portability.errors import UsageError
from portability.settings.parameters import Parameter
from portability.settings.replica import Address

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

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
        return self._answered(Ask(operation, service, parameters or {}, approved or {}, beacon))

    def ask_many(self, asked: Sequence[Ask]) -> list[Reply]:
        """The answers to some questions, in their order, asked all at once."""
        with ThreadPoolExecutor(max(1, len(asked))) as pool:
            return list(pool.map(self._answered, asked))

    def _answered(self, asked: Ask) -> Reply:
        signed = sign(asked, self._key, self.environment, self._now())
        started = time.monotonic()
        headers = {"Host": self._host, HEADER: signed.header, "Content-Type": "application/json"}
        try:
            status, got, content = self._send(headers, signed.body)
            facts = read_answer(status, got, content, self._key, signed.nonce, self._now(), self.environment)
        except Unanswered as problem:
            words = f"{self.url}: {problem}"
            return Reply(problem.outcome, problem.facts, words, _since(started))
        return Reply(Outcome.ANSWERED, facts, "", _since(started), signed.nonce)

    def holds(self, reply: Reply, parameter: str, secret: str) -> bool | None:
        """Whether the application has just this secret for `parameter`; None where its answer names none."""
        return questions.holds(self._key, reply, parameter, secret)

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
