"""Plays the services that the application calls outside its network: S3, SQS, payments, chat, mail."""

from __future__ import annotations

import base64
import hashlib
import json
import socketserver
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from examples.stage import names
from examples.stage.services import Workshop

ACCESS_KEY = "AKIAFAKEFAKEFAKEFAKE"
PAYMENT_KEY = "tp_live_FAKEFAKEFAKE0001"
MAIL_PASSWORD = "Fake-Pr0d-Smtp-Pw"


class Ledger:
    """Everything that reached a stub, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, str]] = []
        self.objects: dict[tuple[str, str], bytes] = {}

    def add(self, **entry: str) -> None:
        """Note one call."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[dict[str, str]]:
        """Return a copy of what was noted."""
        with self._lock:
            return list(self._entries)


def _side_of(address: str, otherwise: str) -> str:
    found = (side for side in names.SIDES if address.startswith(names.NETWORKS[side] + "."))
    return next(found, otherwise)


class WebStub(BaseHTTPRequestHandler):
    """Answers for every outside web service; the local address tells which one and which side."""

    protocol_version = "HTTP/1.1"
    ledger: Ledger
    values: Mapping[str, str]

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the ledger knows."""

    @staticmethod
    def side_of(address: str) -> str:
        """Return the side that a local address belongs to."""
        return _side_of(address, "shared")

    def _take(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        side = self.side_of(self.connection.getsockname()[0])
        self.ledger.add(
            side=side, host=host, method=self.command, path=self.path, body=body.decode("latin-1")
        )
        status, kind, answer = self._answer(side, host, body)
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        if self.command == "PUT":
            self.send_header("ETag", '"' + hashlib.md5(body).hexdigest() + '"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_PUT = do_POST = _take

    def _answer(self, side: str, host: str, body: bytes) -> tuple[int, str, bytes]:
        if host.startswith("sqs.") or host.startswith("sns."):
            digest = hashlib.md5(body).hexdigest()
            return 200, "text/xml", f"<Response><MessageId>{digest}</MessageId></Response>".encode()
        if "ticketpay" in host:
            return self._pay(side, body)
        if "slack" in host:
            return 200, "text/plain", b"ok"
        return self._object(side, host, body)

    def _pay(self, side: str, body: bytes) -> tuple[int, str, bytes]:
        key = names.on_side(PAYMENT_KEY, side, self.values)
        if self.headers.get("Authorization") != f"Bearer {key}":
            return 401, "application/json", b'{"error":"unknown key"}'
        number = hashlib.sha1(body).hexdigest()[:12]
        return (
            200,
            "application/json",
            json.dumps({"id": f"ch_{number}", "status": "paid"}).encode(),
        )

    def _object(self, side: str, host: str, body: bytes) -> tuple[int, str, bytes]:
        place = (host, self.path)
        if self.command == "PUT":
            key = names.on_side(ACCESS_KEY, side, self.values) if side in names.SIDES else ""
            if f"Credential={key}/" not in self.headers.get("Authorization", ""):
                return 403, "application/xml", b"<Error><Code>InvalidAccessKeyId</Code></Error>"
            self.ledger.objects[place] = body
            return 200, "application/xml", b""
        if place in self.ledger.objects:
            return 200, "application/octet-stream", self.ledger.objects[place]
        return 404, "application/xml", b"<Error><Code>NoSuchKey</Code></Error>"


class MailStub(socketserver.StreamRequestHandler):
    """Takes one mail conversation and keeps the message."""

    ledger: Ledger
    values: Mapping[str, str]

    @staticmethod
    def side_of(address: str) -> str:
        """Return the side that a local address belongs to."""
        return _side_of(address, "production")

    def handle(self) -> None:
        """Speak just enough SMTP for a small mailer, AUTH LOGIN included."""
        address = self.connection.getsockname()[0]
        side = self.side_of(address)
        self._say("220 sink")
        for raw in self.rfile:
            word = raw.strip().upper()
            if word.startswith(b"QUIT"):
                self._say("221 bye")
                return
            if word.startswith(b"AUTH LOGIN"):
                self._login(side)
            elif word.startswith(b"DATA"):
                self._say("354 go on")
                lines = []
                for line in self.rfile:
                    if line.strip() == b".":
                        break
                    lines.append(line)
                message = b"".join(lines).decode("latin-1")
                self.ledger.add(side=side, host=address, method="MAIL", path="", body=message)
                self._say("250 kept")
            else:
                self._say("250 fine")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _login(self, side: str) -> None:
        self._say("334 VXNlcm5hbWU6")
        self.rfile.readline()
        self._say("334 UGFzc3dvcmQ6")
        given = base64.b64decode(self.rfile.readline().strip()).decode("utf-8", "replace")
        good = given == names.on_side(MAIL_PASSWORD, side, self.values)
        self._say("235 welcome" if good else "535 refused")


class _Quiet(socketserver.BaseServer):
    """A server that does not print when a client hangs up."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class WebServer(_Quiet, ThreadingHTTPServer):
    """One thread a request."""


class MailServer(_Quiet, socketserver.ThreadingTCPServer):
    """One thread a conversation."""

    allow_reuse_address = True
    daemon_threads = True


def certificate(shop: Workshop) -> Path:
    """Make one certificate for every name outside the application, and return its file."""
    made = shop.folder / "stub.pem"
    wanted = [name for name in names.SERVICES if names.SERVICES[name] >= 60]
    hosts = [*wanted, *(shop.values[name] for name in wanted), *names.SHARED]
    alternatives = "subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts)
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
    files = ["-keyout", str(made), "-out", f"{made}.crt"]
    shop.call([*command.split(), "-subj", "/CN=stage", "-addext", alternatives, *files])
    with made.open("ab") as file:
        file.write(Path(f"{made}.crt").read_bytes())
    return made


def start(shop: Workshop, ledger: Ledger) -> None:
    """Listen on every outside address of both sides, plain, with TLS, and for mail."""
    parts = {"ledger": ledger, "values": shop.values}
    web = type("Web", (WebStub,), parts)
    mail = type("Mail", (MailStub,), parts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(shop))
    outside = sorted({number for number in names.SERVICES.values() if number >= 60})
    addresses = [f"{net}.{number}" for net in names.NETWORKS.values() for number in outside]
    servers: list[socketserver.BaseServer] = []
    for address in [*addresses, names.SHARED_ADDRESS]:
        secure = WebServer((address, 443), web)
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        servers += [WebServer((address, 80), web), secure]
    for side in names.SIDES:
        servers.append(MailServer((names.address(names.SMTP, side), 25), mail))
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
