"""A request in, what the server answered out: plain HTTP, no redirect followed."""

from __future__ import annotations

import http.client
import urllib.parse
from typing import Any

from examples.stage.messages import Request, pack

BOUNDARY = "stage-boundary-0001"


def encode(request: Request) -> tuple[bytes, str | None]:
    """Return a request's body and its content type."""
    if request.upload is None:
        if request.form is None:
            return b"", None
        return urllib.parse.urlencode(dict(request.form)).encode(), "application/x-www-form-urlencoded"
    lines: list[bytes] = []
    for name, value in (request.form or {}).items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        lines.append(head.encode() + value.encode() + b"\r\n")
    upload = request.upload
    head = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
        f'name="{upload.field}"; filename="{upload.filename}"\r\n'
        f"Content-Type: {upload.content_type}\r\n\r\n"
    )
    lines.append(head.encode() + upload.content + f"\r\n--{BOUNDARY}--\r\n".encode())
    return b"".join(lines), f"multipart/form-data; boundary={BOUNDARY}"


def send(request: Request) -> dict[str, Any]:
    """Send a request, follow nothing, and return status, headers (Date left out) and body."""
    parts = urllib.parse.urlsplit(request.url)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
    body, kind = encode(request)
    headers = {"User-Agent": "stage", "Accept": "*/*", **request.headers}
    if kind:
        headers["Content-Type"] = kind
    if request.cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
    path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    try:
        link.request(request.method, path, body or None, headers)
        answer = link.getresponse()
        data = answer.read()
    finally:
        link.close()
    kept = [[name, value] for name, value in answer.getheaders() if name != "Date"]
    return {"status": answer.status, "headers": kept, "body": pack(data)}
