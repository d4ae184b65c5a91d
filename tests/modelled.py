"""A stand-in for services of AWS that speak JSON: what it takes and gives is checked by botocore's models.

A handler gets the parameters of one call and gives the answer, or raises `Problem`. An unknown operation
or member, a missing or ill-typed one and a value that an enumeration lacks are refused as AWS would; a
handler that answers what the model doesn't know fails the test.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class Problem(Exception):
    """An error of the service: its code, a message, the HTTP status."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


@dataclass
class Service:
    """One service: its handlers by operation, and every call that was made, in order."""

    name: str
    handlers: Mapping[str, Handler]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model = ServiceModel(Loader().load_service_model(self.name, "service-2"), self.name)
        self.prefix = str(self.model.metadata["targetPrefix"])

    def operations(self) -> list[str]:
        return [name for name, _ in self.asked]

    def answer(self, operation: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if operation not in self.model.operation_names:
            return 400, {"__type": "UnknownOperationException", "message": operation}
        shapes = self.model.operation_model(operation)
        problems = _problems(given, shapes.input_shape)
        if problems:
            return 400, {"__type": "ValidationException", "message": problems}
        self.asked.append((operation, given))
        try:
            found = self.handlers[operation](given)
        except Problem as problem:
            return problem.status, {"__type": problem.code, "message": str(problem)}
        unfit = _problems(found, shapes.output_shape)
        if unfit:
            self.wrong.append(f"{operation}: {unfit}")
        return 200, found


def _problems(given: dict[str, Any], shape: Shape | None) -> str:
    """What of the values the model doesn't know, in words; '' for nothing."""
    if shape is None:
        return ""
    told = ParamValidator().validate(given, shape).generate_report()
    return "; ".join(filter(None, [told, *_unknown(given, shape, "")]))


def _unknown(given: Any, shape: Shape, path: str) -> Iterator[str]:
    """Members that a structure lacks, and values that an enumeration lacks."""
    if isinstance(shape, StructureShape) and isinstance(given, dict):
        for name, value in given.items():
            if name not in shape.members:
                yield f"unknown member {path}.{name}"
            else:
                yield from _unknown(value, shape.members[name], f"{path}.{name}")
    elif isinstance(shape, ListShape) and isinstance(given, list):
        for value in given:
            yield from _unknown(value, shape.member, f"{path}[]")
    elif isinstance(shape, MapShape) and isinstance(given, dict):
        for value in given.values():
            yield from _unknown(value, shape.value, f"{path}{{}}")
    elif isinstance(shape, StringShape) and shape.enum and given not in shape.enum:
        yield f"{path}: {given!r} is none of {shape.enum}"


@contextmanager
def serving(*services: Service, behind: str = "", beside: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a server for all of the services; other calls go to the one at `behind` (moto's).

    `beside` are the addresses of other services, by the name that a signature gives them.
    """
    by_prefix = {one.prefix: one for one in services}

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            prefix, _, operation = self.headers.get("X-Amz-Target", "").rpartition(".")
            service = by_prefix.get(prefix)
            if service is None:
                self._pass_on(data)
                return
            status, found = service.answer(operation, json.loads(data or b"{}"))
            body = json.dumps(found, default=str).encode()
            self.send_response(status)
            self.send_header(
                "Content-Type", f"application/x-amz-json-{service.model.metadata['jsonVersion']}"
            )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._pass_on(b"")

        do_PUT = do_HEAD = do_DELETE = do_POST

        def _pass_on(self, data: bytes) -> None:
            import requests  # noqa: PLC0415

            headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
            scope = headers.get("Authorization", "").partition("Credential=")[2].split("/")
            place = (beside or {}).get(scope[3] if len(scope) > 3 else "", behind)
            with requests.Session() as session:
                session.trust_env = False
                told = session.request(
                    self.command, place + self.path, headers=headers, data=data, allow_redirects=False
                )
            self.send_response(told.status_code)
            for name, value in told.headers.items():
                if name.lower() not in (
                    "content-length",
                    "transfer-encoding",
                    "connection",
                    "content-encoding",
                ):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(told.content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
    assert [fault for one in services for fault in one.wrong] == []
