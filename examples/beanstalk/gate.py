"""A request to AWS in, its service, operation and caller out: what stands before each service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

SKEW = 300.0
"""Seconds that a caller's clock may differ."""
_CREDENTIAL = re.compile(r"Credential=([A-Z0-9]{16,32})/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Request:
    """One request: who asks, what for, and the form of a query."""

    service: str
    region: str
    key: str
    signed: float
    operation: str
    form: dict[str, str]


def read(method: str, path: str, query: str, authorization: str, date: str, body: bytes) -> Request:
    """Return what a request asks for; a service of '' where it is not signed."""
    found = _CREDENTIAL.search(authorization)
    key, region, service = found.groups() if found else ("", "", "")
    form: dict[str, str] = {}
    if service and service != "s3":
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        operation = form.get("Action", "")
    else:
        operation = _of_storage(method, path, query)
    return Request(service, region, key, _seconds(date), operation, form)


def _of_storage(method: str, path: str, query: str) -> str:
    """Name an operation of S3 as far as this fake's callers use them."""
    whole = len(path.strip("/").split("/", 1)) == 2
    names = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}
    if whole:
        return names.get(method, method) if method != "POST" else "MultipartUpload"
    return {"PUT": "CreateBucket", "HEAD": "HeadBucket"}.get(method, f"{method}Bucket{query[:20]}")


def _seconds(date: str) -> float:
    try:
        return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def late(request: Request, now: float) -> str:
    """Return what AWS says of a signature that is too old or too new by its clock; '' for a good one."""
    if abs(now - request.signed) <= SKEW:
        return ""
    told, ours = (f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}" for at in (request.signed, now))
    if request.signed < now:
        return f"Signature expired: {told} is now earlier than {ours} ({ours} - 5 min.)"
    return f"Signature not yet current: {told} is still later than {ours} ({ours} + 5 min.)"
