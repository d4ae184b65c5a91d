"""A gated project whose site is a server of this machine, and campaigns against it by the command line."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portability.campaign import loads
from portability.campaign.records import Record
from portability.campaign.store import Store
from portability.cli import run
from portability.system.files import write_atomic
from tests.attesting import KEY, Gated, make_gated

SCENARIO = """\
import os
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    host = "http://localhost:{port}"
    wait_time = constant(0.1)

    @task
    def look(self):
        self.client.get("/page", name="Page")
{more}
"""


@dataclass
class Site:
    """What a server of this machine was asked, and how it answers."""

    port: int = 0
    delay: float = 0.0
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[Site]:
    """A server on a free port."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(self.path)
            time.sleep(site.delay)
            self.send_response(site.status)
            self.send_header("Content-Length", "2")
            for name, value in site.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    server = Server((host, 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Ground:
    """A project that is attested, and a server for its site."""

    gated: Gated
    site: Site

    @property
    def project(self) -> Path:
        return self.gated.place.project

    @property
    def store(self) -> Store:
        return Store(self.project / "campaigns")

    def settings(self, more: str = "") -> None:
        """Writes the settings, with more in the part of the campaign, and attests again."""
        file = self.project / "portability.yaml"
        before = file.read_text("utf-8").partition("\ncampaign:")[0].rstrip() + "\n"
        text = (
            f"campaign:\n  scenario: loadtest/user.py\n  attestation: {self.gated.file}\n  key: attest.pub\n"
            f"  allow: ['localhost:{self.site.port}']\n" + more
        )
        file.write_text(before + text, "utf-8")
        self.gated.attest(ended=datetime.now(UTC))

    def scenario(self, more: str = "", port: int = 0) -> None:
        text = SCENARIO.format(port=port or self.site.port, more=more)
        self.gated.write("loadtest/user.py", text)

    def run(self, *options: str) -> int:
        """`campaign run`; its exit code."""
        return run(["--no-input", "-C", str(self.project), "campaign", "run", "--env", "loadtest", *options])

    def campaign(self, *options: str) -> int:
        return run(["--no-input", "-C", str(self.project), "campaign", *options])

    @property
    def last(self) -> Record:
        return self.store.load("last")


def make_ground(folder: Path, site: Site) -> Ground:
    gated = make_gated(folder)
    for name, host in (("loadtest", "localhost"), ("production", "www.shop.invalid")):
        path = f"config/portability/environments/{name}.yaml"
        text = (gated.place.project / path).read_text("utf-8")
        gated.write(path, text.replace("SITE_HOST: www.", f"SITE_HOST: {host} # "))
        gated.write(f"secrets/{name}/host", f"writer.{name}.invalid")
    write_atomic(gated.place.project / "attest.pub", KEY.public.pem)
    ground = Ground(gated, site)
    ground.scenario()
    ground.settings()
    return ground


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


@pytest.fixture
def ground(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """A ground on which a load may be shorter than one that is worth comparing."""
    monkeypatch.setattr(loads, "FEWEST", 3.0)
    return make_ground(tmp_path, site)
