"""https is asked at the checked address, and believed by the host's name."""

from __future__ import annotations

import http.server
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from portability.crawl import Crawler, Origin
from portability.settings.crawl import Crawl
from tests.crawl.territories import SHOP

HOST = "www.lt-shop.example"


class Hello(http.server.BaseHTTPRequestHandler):
    """Answers every GET."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b'<iframe src="https://www.shop.example/">')

    def log_message(self, *arguments: object) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=test"]
    command += ["-addext", f"subjectAltName=DNS:{HOST}", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def crawler(port: int, host: str, trusted: Path | None) -> Crawler:
    context = ssl.create_default_context(cafile=trusted / "cert.pem") if trusted else None
    origins = [Origin("https", host, port)]
    return Crawler(origins, Crawl(), SHOP, lambda name: (ip_address("127.0.0.1"),), context=context)


def test_trusted(port: int, certificate: Path) -> None:
    (page, *_) = crawler(port, HOST, certificate).walk()
    assert (page.status, page.error, page.leaking) == (200, "", True)


def test_another_host(port: int, certificate: Path) -> None:
    (page, *_) = crawler(port, "static.lt-shop.example", certificate).walk()
    assert page.status == 0
    assert page.error.startswith("no TLS: Hostname mismatch")


def test_not_trusted(port: int) -> None:
    (page, *_) = crawler(port, HOST, None).walk()
    assert (page.status, page.error) == (0, "no TLS: self-signed certificate")
