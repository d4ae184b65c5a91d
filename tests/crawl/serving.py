"""Small real HTTP servers on loopback: one of given pages, one that sends given bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import NamedTuple


class Visit(NamedTuple):
    """A request as the server saw it."""

    method: str
    host: str
    path: str
    cookie: str
    body: str
    headers: Mapping[str, str] = MappingProxyType({})


class Reply(NamedTuple):
    """What the server answers."""

    body: str | bytes = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Handler = Reply | Callable[[Visit], Reply]


@dataclass
class Server:
    """A running server and what it was asked."""

    port: int
    visits: list[Visit] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [visit.path for visit in self.visits]


@contextmanager
def serving(pages: Mapping[str, Handler]) -> Iterator[Server]:
    """Serves pages by `path?query`, else by path, else 404, on 127.0.0.1 until the end of the block."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            visit = Visit(
                self.command,
                self.headers.get("Host", ""),
                self.path,
                self.headers.get("Cookie", ""),
                self.rfile.read(length).decode(),
                dict(self.headers),
            )
            found.visits.append(visit)
            handler = pages.get(self.path, pages.get(self.path.partition("?")[0], Reply("none", 404)))
            reply = handler if isinstance(handler, Reply) else handler(visit)
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            told = {name.lower() for name, _ in reply.headers}
            if "content-type" not in told:
                self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *arguments: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    found = Server(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def sending(*pieces: bytes, pause: float = 0.0, hold: bool = False) -> Iterator[int]:
    """A port on which each connection gets the pieces, with pauses between, and is closed unless held."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    threads: list[threading.Thread] = []

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65_536)
                for piece in pieces:
                    connection.sendall(piece)
                    if over.wait(pause):
                        return
                if hold:
                    over.wait(30)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=answer, args=(connection,))
            thread.start()
            threads.append(thread)

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for thread in threads:
            thread.join()
