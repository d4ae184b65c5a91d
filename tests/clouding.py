"""AWS for a test: moto's own server on a loopback port, or a server that answers with errors only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from portability.system import aws

ACCOUNT = "123456789012"
"""The account that moto says everybody is in."""

REGION = "eu-west-1"


def credentials(patch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Fake credentials, and nothing of this machine's own; every call goes to `endpoint`."""
    variables = {
        "AWS_ACCESS_KEY_ID": "AKIAFAKEFAKEFAKEFAKE",
        "AWS_SECRET_ACCESS_KEY": "Fake-Secret-Key",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_ENDPOINT_URL": endpoint,
        "NO_PROXY": "127.0.0.1",
    }
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"):
        patch.delenv(name, raising=False)
    for name, value in variables.items():
        patch.setenv(name, value)
    aws.forget()


@contextmanager
def moto() -> Iterator[str]:
    """The address of a moto server, empty at its start."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@dataclass
class Answers:
    """What the server is to answer each operation with: a status and a body; and what it was asked."""

    by_operation: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    address: str = ""
    garbled: set[str] = field(default_factory=set)

    def fails(self, operation: str, code: str, message: str = "", status: int = 400) -> None:
        self.by_operation[operation] = (status, {"__type": code, "message": message})

    def operations(self) -> list[str]:
        return [name for name, _ in self.asked]


@contextmanager
def answering() -> Iterator[Answers]:
    """A server that speaks AWS's JSON protocol and says what a test tells it to."""
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2] or "GetCallerIdentity"
            answers.asked.append((operation, json.loads(data) if data[:1] == b"{" else {}))
            status, content = answers.by_operation.get(operation, (400, {"__type": "NotPlanned"}))
            body = json.dumps(content).encode()
            if operation == "GetCallerIdentity" and status == 200:
                body = (
                    f"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{content['Account']}"
                    "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
                ).encode()
            elif operation == "GetCallerIdentity":
                code = content["__type"]
                body = f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>".encode()
            if operation in answers.garbled:
                body = b"<html>Please log in to the network"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
