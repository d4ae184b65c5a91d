"""The first process of the lab: builds both sides, then obeys; with it everything ends.

Its standard input ties it to whoever started it: the end of it is the end of the lab, unless the line
'detach' came first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from examples.lab import addresses, namespaces, rewriting
from examples.lab.control import serve as serve_orders
from examples.lab.databases import ROLES, Databases
from examples.lab.errors import LabError
from examples.lab.health import Examiner
from examples.lab.nameserver import NameServer
from examples.lab.outside import Outside
from examples.lab.servers import Brokers, Caches, Webservers
from examples.lab.template import Template, cache_folder
from examples.stage import stubs
from examples.stage.background import Background
from examples.stage.messages import pack, request_from_json
from examples.stage.names import load_values
from examples.stage.sending import send
from examples.stage.services import Workshop
from examples.stage.webserver import HOME

FANCLUB = Path(__file__).resolve().parents[1] / "fanclub"
FOLDER = Path("/run/lab")
PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


class Leader:
    """Holds the running servers and does what it is told."""

    def __init__(self) -> None:
        environment = {
            "PATH": PATH,
            "HOME": str(FOLDER),
            "LANG": "C.UTF-8",
            "TMPDIR": str(FOLDER / "tmp"),
        }
        self.shop = shop = Workshop(FOLDER, environment, load_values())
        self.cache = cache_folder()
        self.caches = Caches(shop)
        self.brokers = Brokers(shop)
        self.webservers = Webservers(shop)
        self.outside = Outside(shop)
        self.nameserver = NameServer(shop, addresses.records(shop.values))
        self.databases: Databases | None = None
        self.apps: dict[str, str] = {}
        self._serving = {side: threading.Lock() for side in addresses.SIDES}

    def build(self, rabbitmq: bool, seconds: dict[str, float] | None = None) -> dict[str, float]:
        """Build everything and serve the fan club on both sides; return what was ready when, in seconds."""
        started = time.monotonic()
        seconds = {} if seconds is None else seconds

        def done(what: str) -> None:
            seconds[what] = round(time.monotonic() - started, 2)

        namespaces.build(self.shop)
        if rabbitmq:
            for side in addresses.SIDES:
                self.brokers.start(side)
        self._files()
        done("network")
        outside = Background(self._start_outside)
        self.nameserver.start()
        for side in addresses.SIDES:
            self.caches.start(side)
        template = Template(self.shop, self.cache)
        template.prepare()
        done("template" if template.reused else "template, made")
        self.databases = Databases(self.shop, template)
        together([lambda s=side: self._build_side(s) for side in addresses.SIDES])
        done("both sides")
        outside.join()
        done("outside")
        self.brokers.wait()
        done("rabbitmq")
        return seconds

    def _files(self) -> None:
        """Put our own resolver settings where the programs look for them."""
        etc = self.shop.place("etc")
        first, second = addresses.both(addresses.OUTSIDE, addresses.NAME_SERVER)
        texts = {
            "hosts": "127.0.0.1 localhost\n::1 localhost\n",
            "resolv.conf": f"nameserver {first}\nnameserver {second}\noptions attempts:2 timeout:1\n",
            "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n",
        }
        for name, text in texts.items():
            (etc / name).write_text(text)
            if Path("/etc", name).exists():
                self.shop.call(["mount", "--bind", str(etc / name), f"/etc/{name}"])
        self.shop.call(["mount", "-t", "tmpfs", "tmpfs", str(HOME.parent)])
        HOME.mkdir()
        self.webservers.write_settings()

    def _start_outside(self) -> None:
        certificate = stubs.certificate(self.shop)
        self.outside.start_cloud()
        self.outside.start_stubs(certificate)
        self.outside.wait()

    def _build_side(self, side: str) -> None:
        assert self.databases is not None
        for role in ROLES:
            self.databases.start(side, role)
        app = FANCLUB
        if side == addresses.REPLICA:
            app = self.shop.place("apps") / side
            rewriting.copy(FANCLUB, app, self.shop.values)
        self.databases.prepare(side)
        self.serve(side, str(app), {})

    def serve(self, side: str, app: str, environment: dict[str, str]) -> None:
        """Seed the side anew and put its Apache on a folder."""
        assert self.databases is not None
        if not Path(app).is_dir():
            raise LabError(f"{app} is no folder inside the lab", "it must not lie under /run or /var/www")
        with self._serving[side]:
            databases = self.databases
            seeding = Background(lambda: databases.seed(side, Path(app)))
            self.caches.flush(side)
            self.webservers.serve(side, Path(app), environment)
            seeding.join()
            self.apps[side] = app

    def seed(self, side: str, app: str) -> None:
        """Seed the side anew; its Apache goes on."""
        assert self.databases is not None
        with self._serving[side]:
            self.databases.seed(side, Path(app))
            self.caches.flush(side)

    def serve_releases(self, side: str, folder: str, environment: dict[str, str]) -> None:
        """Put the side's Apache on a folder's current release, if there is one."""
        with self._serving[side]:
            self.apps[side] = str(Path(folder) / "current")
            self.webservers.serve(side, Path(self.apps[side]), environment)

    def beanstalk(self, folder: str) -> None:
        """Let Elastic Beanstalk's stand-in deploy to a folder, which the replica's Apache then serves."""
        (FOLDER / "beanstalk").write_text(folder, "utf-8")

    def trouble(self, told: dict[str, Any]) -> None:
        """Write down how Elastic Beanstalk's stand-in is to go wrong from now on."""
        file = FOLDER / "troubles.json"
        file.with_suffix(".new").write_text(json.dumps({**told, "at": time.monotonic()}), "utf-8")
        file.with_suffix(".new").replace(file)

    def restart(self, side: str) -> None:
        """Restart the side's Apache alone, on what its folder leads to now."""
        with self._serving[side]:
            self.webservers.restart(side)

    def fetch(self, side: str, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request from inside a side."""
        return namespaces.inside(side, send, request_from_json(request))

    def run(
        self, side: str, command: list[str], cwd: str, environment: dict[str, str], data: str, seconds: float
    ) -> dict[str, Any]:
        """Run a command inside a side and return what it left."""

        def work() -> dict[str, Any]:
            return execute(command, cwd, {**self.environment(side), **environment}, data, seconds)

        return namespaces.inside(side, work)

    def environment(self, side: str) -> dict[str, str]:
        """Return the environment that commands get in a side."""
        return self.webservers.environment(side) if side in addresses.SIDES else dict(self.shop.environment)

    def health(self) -> list[list[Any]]:
        """Ask every service how it is."""
        assert self.databases is not None
        examiner = Examiner(self.databases, self.caches, self.shop.values, bool(self.brokers.processes))
        return [[h.side, h.service, h.healthy, h.milliseconds, h.detail] for h in examiner.examine()]

    def sql(self, side: str, role: str, text: str) -> str:
        """Run statements as root on a side's writer or reader."""
        assert self.databases is not None
        return self.databases.sql(side, role, text)

    def catch_up(self, side: str) -> bool:
        """Wait until the reader has what its writer has."""
        assert self.databases is not None
        return self.databases.catch_up(side)

    def recorded(self) -> list[dict[str, str]]:
        """Return what reached the stubs, AWS and PHP's mail()."""
        local = []
        for side in addresses.SIDES:
            box = self.webservers.outbox(side)
            if box.exists():
                body = box.read_text("latin-1")
                local.append({"side": side, "host": "sendmail", "method": "MAIL", "path": "", "body": body})
        return [*self.outside.recorded(), *local]

    def logs(self) -> dict[str, str]:
        """Return the end of every log, by name."""
        folder = self.shop.place("log")
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return {str(p.relative_to(folder)): p.read_text("utf-8", "replace")[-20000:] for p in files}


def together(calls: list[Any]) -> None:
    """Do all at once; the first failure comes out when all have ended."""
    for running in [Background(call) for call in calls]:
        running.join()


def execute(
    command: list[str], cwd: str, environment: dict[str, str], data: str, seconds: float
) -> dict[str, Any]:
    """Run a command where we are; 124 means that it did not end in time, 127 that there is none."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            input=data.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return {"code": 124, "stdout": pack(late.stdout or b""), "stderr": pack(late.stderr or b"")}
    except OSError as missing:
        return {"code": 127, "stdout": "", "stderr": pack(str(missing).encode())}
    return {"code": done.returncode, "stdout": pack(done.stdout), "stderr": pack(done.stderr)}


def watch(source: BinaryIO) -> None:
    """Read the standard input to its end; if nobody detached us, the end of it is ours."""
    detached = False
    for line in source:
        detached = detached or line.strip() == b"detach"
    if not detached:
        os._exit(0)


def main(space: str) -> None:
    """Tell our pid as seen outside, hide /run and /proc behind our own, and obey until we are ended."""
    pid = int(Path("/proc/self").readlink().name)
    threading.Thread(target=watch, args=(sys.stdin.buffer,), daemon=True).start()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={space},mode=755", "tmpfs", "/run"], check=True)
    # Where a container masks parts of /proc the kernel refuses this; only process tools miss it.
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], capture_output=True, check=False)
    for folder in (FOLDER, FOLDER / "tmp"):
        folder.mkdir()
    os.chdir(FOLDER)
    leader = Leader()
    actions: dict[str, Callable[..., Any]] = {
        "build": leader.build,
        "serve": leader.serve,
        "serve_releases": leader.serve_releases,
        "beanstalk": leader.beanstalk,
        "trouble": leader.trouble,
        "restart": leader.restart,
        "seed": leader.seed,
        "fetch": leader.fetch,
        "run": leader.run,
        "environment": leader.environment,
        "health": leader.health,
        "sql": leader.sql,
        "catch_up": leader.catch_up,
        "recorded": leader.recorded,
        "lookups": leader.nameserver.lookups,
        "dns": leader.nameserver.point,
        "packets": lambda: namespaces.packets(leader.shop),
        "logs": leader.logs,
        "apps": lambda: leader.apps,
    }
    serve_orders(actions)
    print(json.dumps({"pid": pid}), flush=True)
    log = os.open(leader.shop.log("leader"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
