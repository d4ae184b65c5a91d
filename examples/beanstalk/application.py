"""AWS as one WSGI application: Elastic Beanstalk from the fake, S3 and STS from moto, and faults between.

The access key tells the account. A caller without a known key, with an expired one or with a clock that
is wrong by more than five minutes is refused, as AWS does.
"""

from __future__ import annotations

import io
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from examples.beanstalk import gate
from examples.beanstalk.faults import Bucket, Fault, Faults, Kind
from examples.beanstalk.protocol import ServiceError, answer, failure, parse
from examples.beanstalk.service import Service
from examples.beanstalk.state import Environment, State

NAME = "elasticbeanstalk"
PAGE = b"<html><title>Login</title>Please log in to the network</html>"
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of HTTP."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(slots=True)
class Fake:
    """The application; `inner` is moto's.

    `skew` is how many seconds AWS's clock is ahead of everybody's, `expired` the keys that were valid once,
    `bucket` what throttles Elastic Beanstalk's calls (None: nothing does).
    """

    state: State
    inner: Application
    faults: Faults = field(default_factory=Faults)
    skew: float = 0.0
    expired: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    bucket: Bucket | None = None
    deployer: Callable[[Environment, bytes], str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request, in the way that the faults leave."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        request = gate.read(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            environ.get("HTTP_AUTHORIZATION", ""),
            environ.get("HTTP_X_AMZ_DATE", ""),
            body,
        )
        with self.lock:
            fault = self.faults.next(request.operation)
            reply = self._reply(environ, body, request, fault)
        start(reply.status, list(reply.headers))
        return _cut(reply.body) if fault and fault.kind in (Kind.CUT, Kind.LOST) else [reply.body]

    def _reply(self, environ: Environ, body: bytes, request: gate.Request, fault: Fault | None) -> Reply:
        if fault is not None and fault.kind is Kind.DROP:
            raise ConnectionAbortedError
        if fault is not None and fault.kind is Kind.PAGE:
            return _plain("200 OK", "text/html", PAGE)
        if fault is not None and fault.kind is Kind.REFUSED:
            return _refusal(request, ServiceError(fault.code, fault.message, fault.status))
        if fault is not None and fault.kind is Kind.CUT:
            # Nothing is carried out: the answer of an operation that reads stands for any.
            return _plain("200 OK", "text/xml", b"<Cut><Off>" + b" " * 200)
        try:
            account = self._account(request)
            if request.service == NAME:
                reply = self._beanstalk(request)
            else:
                reply = self.forward({**environ, "wsgi.input": io.BytesIO(body)}, account)
        except ServiceError as error:
            return _refusal(request, error)
        if fault is not None and fault.kind is Kind.HALF:
            return _plain(reply.status, "text/xml", reply.body[: max(1, len(reply.body) // 2)])
        return reply

    def _account(self, request: gate.Request) -> str:
        late = gate.late(request, time.time() + self.skew)
        if not request.service or request.key not in self.state.accounts | dict.fromkeys(self.expired):
            code = "InvalidAccessKeyId" if request.service == "s3" else "InvalidClientTokenId"
            raise ServiceError(code, "The security token included in the request is invalid.", 403)
        if request.key in self.expired:
            code = "ExpiredToken" if request.service != NAME else "ExpiredTokenException"
            raise ServiceError(code, "The security token included in the request is expired", 403)
        if late:
            code = "RequestTimeTooSkewed" if request.service == "s3" else "SignatureDoesNotMatch"
            raise ServiceError(code, late, 403)
        if request.operation in self.denied:
            words = f"User is not authorized to perform: {request.service}:{request.operation}"
            raise ServiceError("AccessDenied", words, 403)
        return self.state.accounts[request.key]

    def _beanstalk(self, request: gate.Request) -> Reply:
        if self.bucket is not None and not self.bucket.takes(self.state.clock()):
            raise ServiceError("Throttling", "Rate exceeded")
        account = self.state.accounts[request.key]
        if (account, request.region) != (self.state.account, self.state.region):
            # Nothing of ours is seen from another account or region.
            state = State(account, request.region, self.state.accounts, self.state.clock)
        else:
            state = self.state
        service = Service(state, self.stored, self.deployer)
        action, parameters = parse(NAME, request.form)
        number = str(uuid.uuid4())
        if action == "CreateStorageLocation":
            self.make_bucket(account, state.bucket)
        found = service.answer(action, parameters, number)
        return _plain("200 OK", "text/xml", answer(NAME, action, found, number))

    def forward(self, environ: Environ, account: str) -> Reply:
        """Let moto answer, in the caller's account."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
        told: list[Any] = []
        parts = self.inner(environ, lambda status, headers, *_: told.extend((status, headers)))
        return Reply(told[0], tuple(told[1]), b"".join(parts))

    def stored(self, bucket: str, key: str) -> bytes | None:
        """Return what lies in S3, or None."""
        reply = self.forward(_asking("GET", f"/{bucket}/{key}", self.state), self.state.account)
        return reply.body if reply.status.startswith("200") else None

    def store(self, bucket: str, key: str, data: bytes) -> None:
        """Put something into S3."""
        self.forward(_asking("PUT", f"/{bucket}/{key}", self.state, data), self.state.account)

    def make_bucket(self, account: str, bucket: str) -> None:
        """Make an account's bucket, unless it is there."""
        body = (
            f"<CreateBucketConfiguration><LocationConstraint>{self.state.region}</LocationConstraint>"
            "</CreateBucketConfiguration>"
        ).encode()
        self.forward(_asking("PUT", f"/{bucket}", self.state, body), account)


def _asking(method: str, path: str, state: State, body: bytes = b"") -> Environ:
    from werkzeug.test import EnvironBuilder  # noqa: PLC0415 - only the process of a fake has it

    scope = f"{next(iter(state.accounts))}/20200101/{state.region}/s3/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    return dict(
        EnvironBuilder(
            path, "http://127.0.0.1", method=method, headers=list(headers.items()), data=body
        ).get_environ()
    )


def _refusal(request: gate.Request, error: ServiceError) -> Reply:
    number = str(uuid.uuid4())
    reasons = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable"}
    status = f"{error.status} {reasons.get(error.status, 'Internal Server Error')}"
    if request.service == "s3":
        inner = f"<Code>{error.code}</Code><Message>{error.message}</Message><RequestId>{number}</RequestId>"
        return _plain(status, "application/xml", f"<Error>{inner}</Error>".encode())
    return _plain(status, "text/xml", failure(request.service or NAME, error, number))


def _plain(status: str, kind: str, body: bytes) -> Reply:
    return Reply(status, (("Content-Type", kind), ("Content-Length", str(len(body)))), body)


def _cut(body: bytes) -> Iterator[bytes]:
    """Give half of what was promised, then nothing any more."""
    yield body[: len(body) // 2]
    raise ConnectionAbortedError
