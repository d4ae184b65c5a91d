"""What the application calls beyond its own servers, on each side: AWS, mail, payments, chat."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from examples.lab.addresses import AWS, OUTSIDE, SERVICES, SIDES
from examples.lab.errors import LabError
from examples.lab.namespaces import listen
from examples.stage import stubs
from examples.stage.services import Workshop

ROOT = Path(__file__).resolve().parents[2]


class Outside:
    """The stubs in this process and moto in its own."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.ledger = stubs.Ledger()
        self.cloud: subprocess.Popen[bytes] | None = None

    def start_stubs(self, certificate: Path) -> None:
        """Listen for mail, payments and chat on both families of both sides."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        for side in SIDES:
            parts: dict[str, Any] = {
                "ledger": self.ledger,
                "values": self.shop.values,
                "side_of": staticmethod(lambda _address, side=side: side),
            }
            mail = type("Mail", (stubs.MailStub,), dict(parts))
            web = type("Web", (stubs.WebStub,), dict(parts))
            for link in listen(side, SERVICES["smtp"], 25):
                _serve(stubs.MailServer(link.getsockname()[:2], mail, bind_and_activate=False), link)
            for service in ("payment", "chat"):
                for port in (80, 443):
                    for link in listen(side, SERVICES[service], port):
                        where = link.getsockname()[:2]
                        spoken = context.wrap_socket(link, server_side=True) if port == 443 else link
                        _serve(stubs.WebServer(where, web, bind_and_activate=False), spoken)

    def start_cloud(self) -> None:
        """Start moto on sockets in both sides and, for the regional endpoints, on the router."""
        arguments, descriptors, links = [], [], []
        for network in (*SIDES, OUTSIDE):
            for port in (80, 443):
                for link, family in zip(listen(network, AWS, port), (4, 6), strict=True):
                    links.append(link)
                    descriptors.append(link.fileno())
                    arguments.append(f"{link.fileno()}:{network}:{family}:{int(port == 443)}")
        command = [sys.executable, "-m", "examples.lab.cloud", str(self.shop.folder), *arguments]
        with self.shop.log("cloud").open("ab") as log:
            self.cloud = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=descriptors,
                cwd=ROOT,
                env={**self.shop.environment, "PYTHONPATH": str(ROOT)},
            )
        for link in links:
            link.close()

    def wait(self) -> None:
        """Wait until both accounts have their bucket, queue and topic."""
        assert self.cloud is not None and self.cloud.stdout is not None
        if self.cloud.stdout.readline().strip() != b"ready":
            words = self.shop.log("cloud").read_text("utf-8", "replace")[-600:]
            raise LabError(f"moto ended: {words}")

    def recorded(self) -> list[dict[str, str]]:
        """Return what reached the stubs and AWS: side, host, method, path, body (AWS: none)."""
        file = self.shop.folder / "aws.jsonl"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        return [*self.ledger.entries(), *map(json.loads, lines)]


def _serve(server: socketserver.TCPServer, link: socket.socket) -> None:
    """Let a server that made no socket of its own use one that listens already."""
    server.socket.close()
    server.socket = link
    threading.Thread(target=server.serve_forever, daemon=True).start()
