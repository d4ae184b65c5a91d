"""The first process of the namespace: builds the stage, then obeys lines of JSON until its input ends."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from examples.stage import names, stubs
from examples.stage.background import Background
from examples.stage.messages import StageUnavailable, pack, request_from_json
from examples.stage.sending import send
from examples.stage.services import Brokers, Caches, Databases, Workshop
from examples.stage.webserver import HOME, Webservers, php_settings, write_mail_sink

# Shadowed by an own tmpfs, so that no file outlives the namespace.
FOLDER = Path("/run/stage")


def build_network(shop: Workshop) -> None:
    """Bring lo up, add the two literal addresses, and count what goes to each side."""
    shop.call(["ip", "link", "set", "lo", "up"])
    literals = {side: names.address(names.REPORT, side) for side in names.SIDES}
    for address in literals.values():
        shop.call(["ip", "address", "add", f"{address}/32", "dev", "lo"])
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")
    rules = ["table inet stage {"]
    rules += [f"counter {side} {{ }}" for side in names.SIDES]
    rules += ["chain leaving { type filter hook output priority 0;"]
    for side in names.SIDES:
        net = f"{names.NETWORKS[side]}.0/24"
        rules += [f"ip daddr {{ {net}, {literals[side]} }} counter name {side}"]
    rules += ["}", "}"]
    shop.call(["nft", "-f", "-"], "\n".join(rules).encode())


def build_files(shop: Workshop) -> None:
    """Put our own hosts, resolver and PHP settings where the programs look for them."""
    etc = shop.place("etc")
    (etc / "hosts").write_text(names.hosts_file(shop.values))
    (etc / "resolv.conf").write_text("nameserver 127.0.0.1\noptions attempts:1 timeout:1\n")
    for name in ("hosts", "resolv.conf"):
        if Path("/etc", name).exists():
            shop.call(["mount", "--bind", str(etc / name), f"/etc/{name}"])
    shop.call(["mount", "-t", "tmpfs", "tmpfs", str(HOME.parent)])
    HOME.mkdir()
    sink = shop.place("bin") / "sendmail"
    write_mail_sink(sink, shop.place("outbox") / "mails")
    authority = shop.folder / "stub.pem.crt"
    settings = php_settings(sink, shop.place("tmp"), shop.log("php"), authority)
    (shop.place("php") / "stage.ini").write_text(settings)


class Leader:
    """Holds the running servers and does what it is told."""

    def __init__(self) -> None:
        environment = {
            "PATH": "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(FOLDER),
            "LANG": "C.UTF-8",
            "TMPDIR": str(FOLDER / "tmp"),
            "PHP_INI_SCAN_DIR": f":{FOLDER / 'php'}",
        }
        self.shop = Workshop(FOLDER, environment, names.load_values())
        self.ledger = stubs.Ledger()
        self.databases = Databases(self.shop)
        self.caches = Caches(self.shop)
        self.webservers = Webservers(self.shop)
        self.brokers: Brokers | None = None

    def build(self, rabbitmq: bool) -> None:
        """Start everything that does not depend on an application."""
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(FOLDER.parent)], check=True)
        FOLDER.mkdir()
        # Where a container masks parts of /proc the kernel refuses this; only process tools miss it.
        subprocess.run(["mount", "-t", "proc", "proc", "/proc"], capture_output=True, check=False)
        build_network(self.shop)
        build_files(self.shop)
        self.brokers = Brokers(self.shop) if rabbitmq else None
        self.caches.start()
        worker = Background(lambda: stubs.start(self.shop, self.ledger))
        self.databases.start()
        self.databases.wait()
        self.caches.wait()
        worker.join()

    def serve(self, app: str, side: str, environment: dict[str, str]) -> None:
        """Seed the side anew and put its Apache on a folder."""
        self.caches.flush(side)
        seeding = Background(lambda: self.databases.seed(side, Path(app)))
        if self.brokers:
            self.brokers.ensure(side)
        self.webservers.serve(Path(app), side, environment)
        seeding.join()

    def fetch(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request from inside."""
        return send(request_from_json(request))

    def run(
        self, command: list[str], cwd: str, environment: dict[str, str], data: str, seconds: float
    ) -> dict[str, Any]:
        """Run a command inside and return what it left."""
        try:
            done = subprocess.run(
                command,
                cwd=cwd,
                env={**self.shop.environment, **environment},
                input=data.encode(),
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            out, err = late.stdout or b"", late.stderr or b""
            return {"code": 124, "stdout": pack(out), "stderr": pack(err)}
        except OSError as missing:
            return {"code": 127, "stdout": "", "stderr": pack(str(missing).encode())}
        return {"code": done.returncode, "stdout": pack(done.stdout), "stderr": pack(done.stderr)}

    def recorded(self) -> list[dict[str, str]]:
        """Return every call that reached a stub, and the local mails as one last entry."""
        outbox = self.shop.folder / "outbox" / "mails"
        mails = outbox.read_text("latin-1") if outbox.exists() else ""
        local = {"side": "local", "host": "sendmail", "method": "MAIL", "path": "", "body": mails}
        return [*self.ledger.entries(), *([local] if mails else [])]

    def packets(self) -> dict[str, int]:
        """Return how many packets went to each side's addresses so far."""
        listed = json.loads(self.shop.call(["nft", "-j", "list", "counters", "table", "inet", "stage"]))
        counters = [part["counter"] for part in listed["nftables"] if "counter" in part]
        return {counter["name"]: counter["packets"] for counter in counters}

    def logs(self) -> dict[str, str]:
        """Return the end of every log, by name."""
        folder = self.shop.place("log")
        return {path.name: path.read_text("utf-8", "replace")[-20000:] for path in sorted(folder.iterdir())}


def obey(leader: Leader, line: bytes) -> dict[str, Any]:
    """Do what one line asks for; whatever fails is told, not raised."""
    order = json.loads(line)
    actions: dict[str, Callable[..., Any]] = {
        "build": leader.build,
        "serve": leader.serve,
        "fetch": leader.fetch,
        "run": leader.run,
        "recorded": leader.recorded,
        "packets": leader.packets,
        "logs": leader.logs,
    }
    try:
        return {"value": actions[order["action"]](**order["arguments"])}
    except StageUnavailable as unavailable:
        return {"unavailable": str(unavailable)}
    except Exception as failure:
        return {"failure": f"{type(failure).__name__}: {failure}"}


def read_orders(source: BinaryIO, orders: queue.Queue[bytes]) -> None:
    """Queue each line; when the parent is gone, end at once, and the kernel ends all the rest."""
    for line in source:
        orders.put(line)
    os._exit(0)


def main() -> None:
    """Read orders from the standard input, answer on the standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    source = os.fdopen(os.dup(0), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    orders: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=read_orders, args=(source, orders), daemon=True).start()
    leader = Leader()
    while True:
        answers.write(json.dumps(obey(leader, orders.get())).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    if shutil.which("ip") is None:
        sys.exit("ip is missing")
    main()
