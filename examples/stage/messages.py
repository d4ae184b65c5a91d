"""The words that cross the border of the namespace: requests, responses, results, refusals."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class StageUnavailable(RuntimeError):
    """The stage cannot be built here; the message names what is missing."""


@dataclass(frozen=True)
class Upload:
    """One file of a multipart form."""

    field: str
    filename: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Request:
    """One request, before it is sent."""

    url: str
    method: str = "GET"
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    upload: Upload | None = None


@dataclass(frozen=True)
class Response:
    """What came back, without the headers that name the moment (Date)."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def cookies(self) -> dict[str, str]:
        """Return the cookies that the response sets, by name."""
        found = {}
        for key, value in self.headers:
            if key.lower() == "set-cookie":
                name, _, rest = value.partition("=")
                found[name] = rest.partition(";")[0]
        return found


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code and its two outputs."""

    code: int
    stdout: bytes
    stderr: bytes


def pack(value: bytes) -> str:
    """Return bytes as text that JSON can carry."""
    return base64.b64encode(value).decode("ascii")


def unpack(value: str) -> bytes:
    """Return the bytes that pack() was given."""
    return base64.b64decode(value)


def request_to_json(request: Request) -> dict[str, Any]:
    """Return a request as plain JSON."""
    upload = request.upload
    return {
        "url": request.url,
        "method": request.method,
        "form": dict(request.form) if request.form is not None else None,
        "headers": dict(request.headers),
        "cookies": dict(request.cookies),
        "upload": None
        if upload is None
        else [upload.field, upload.filename, pack(upload.content), upload.content_type],
    }


def request_from_json(data: Mapping[str, Any]) -> Request:
    """Return the request that request_to_json() was given."""
    raw = data["upload"]
    upload = None if raw is None else Upload(raw[0], raw[1], unpack(raw[2]), raw[3])
    return Request(data["url"], data["method"], data["form"], data["headers"], data["cookies"], upload)
