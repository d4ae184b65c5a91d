"""Starts what makes load out of a campaign's bundle: Locust's master, or its workers; ends when one ends.

    python3 portability_launch.py master [WEB [MASTER]]           # [HOST:]PORT each; 8089, 5557
    python3 portability_launch.py worker MASTER [PROCESSES]       # HOST[:PORT]; as many as there are cores

Elastic Beanstalk starts it without words, and starts it anew when it has ended: then PORTABILITY_ROLE and
PORTABILITY_MASTER say them, and PORT where it is asked how it is. Neither role begins a load by itself: a
master waits until someone who has PORTABILITY_CAMPAIGN_KEY tells it, a worker until the master does.
This file stands alone, for machines that have Locust and nothing of ours.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType

import portability_key

HERE = Path(__file__).resolve().parent
OPENED = HERE / f".opened-{os.getpid()}"
"""Where a sealed scenario lies while it runs, for this user alone."""
GRACE = 15.0
"""Seconds that Locust has to end by itself."""


def main(words: list[str]) -> int:
    """Runs a role until it ends; the exit code of the first process that ended."""
    os.umask(0o077)
    role = words[0] if words else os.environ.get("PORTABILITY_ROLE", "")
    said = os.environ.get("PORTABILITY_MASTER", "")
    told = json.loads((HERE / "campaign.json").read_text("utf-8"))
    if role == "master":
        _key()
        web = (
            words[1] if len(words) > 1 else f"127.0.0.1:{os.environ.get('PORT', '8000')}" if said else "8089"
        )
        place = words[2] if len(words) > 2 else said.rpartition(":")[2] or "5557"
        return _run(_master(told, web, place), 1, None)
    if role == "worker":
        master = words[1] if len(words) > 1 else said
        if not master:
            return _wrong("PORTABILITY_MASTER, or the second word, says where the master is: HOST[:PORT]")
        many = words[2] if len(words) > 2 else os.environ.get("PORTABILITY_PROCESSES") or "-1"
        if not many.removeprefix("-").isdecimal():
            return _wrong(f"PORTABILITY_PROCESSES, or the word after the master, is a number, and not {many}")
        count = int(many)
        port = "" if words else os.environ.get("PORT") or "8000"
        return _run(_worker(told, master), count if count > 0 else os.cpu_count() or 1, port)
    return _wrong("PORTABILITY_ROLE, or the first word, is master or worker")


def _wrong(problem: str) -> int:
    print(f"error: {problem}", file=sys.stderr, flush=True)
    return 2


def _key() -> str:
    key = os.environ.get("PORTABILITY_CAMPAIGN_KEY", "")
    if len(key) < portability_key.SHORTEST:
        sys.exit(
            _wrong(f"PORTABILITY_CAMPAIGN_KEY is not set, or has less than {portability_key.SHORTEST} signs")
        )
    return key


def _master(told: dict[str, str], web: str, place: str) -> list[str]:
    (host, port), (bind, number) = _split(web, ""), _split(place, "*")
    shown = ["--web-port", port, *(["--web-host", host] if host else [])]
    return [*_locust(told), "--master", "--master-bind-host", bind, "--master-bind-port", number, *shown]


def _worker(told: dict[str, str], master: str) -> list[str]:
    host, _, port = master.rpartition(":") if ":" in master else (master, "", "5557")
    return [*_locust(told), "--worker", "--master-host", host.strip("[]"), "--master-port", port]


def _split(place: str, usual: str) -> tuple[str, str]:
    host, _, port = place.rpartition(":")
    return host.strip("[]") or usual, port


def _locust(told: dict[str, str]) -> list[str]:
    """Locust's command with the guard before the scenario, which is opened where it is sealed."""
    folder = HERE / "scenario"
    if (HERE / "scenario.sealed").exists():
        for left in HERE.glob(".opened-*"):
            if not Path("/proc", left.name.partition("-")[2]).exists():
                shutil.rmtree(left, ignore_errors=True)  # Of one that was killed.
        shutil.rmtree(OPENED, ignore_errors=True)
        OPENED.mkdir(mode=0o700)
        try:
            data = portability_key.unseal(_key(), (HERE / "scenario.sealed").read_bytes())
        except ValueError as error:
            sys.exit(_wrong(str(error)))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(OPENED)
        folder = OPENED
    files = [HERE / "portability_hooks.py", HERE / "portability_remote.py", folder / told["scenario"]]
    return [sys.executable, "-m", "locust", "-f", ",".join(map(str, files))]


def _run(command: list[str], count: int, port: str | None) -> int:
    """Runs so many, and ends all of them when the first ends: who started us starts all of them again."""
    left_out = ("LOCUST_", "PYTHONPATH")
    proxies = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(left_out) and name.lower() not in proxies
    }
    variables |= json.loads((HERE / "variables.json").read_text("utf-8"))
    variables |= {
        "PORTABILITY_CAMPAIGN": str(HERE / "campaign.json"),
        "PORTABILITY_LAUNCHER": str(os.getpid()),
    }
    folder = Path(command[command.index("-f") + 1].rpartition(",")[2]).parent
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)
    running: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(count):
            running.append(subprocess.Popen(command, cwd=folder, env=variables, stdin=subprocess.DEVNULL))
        if port:
            _answer(int(port))
        while all(one.poll() is None for one in running):
            time.sleep(0.2)
    except (KeyboardInterrupt, SystemExit):
        pass
    codes = [code for one in running if (code := one.poll()) is not None]
    _end(running)
    shutil.rmtree(OPENED, ignore_errors=True)
    return max(codes, key=abs, default=0) & 0xFF


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for one in running:
        if one.poll() is None:
            one.send_signal(signal.SIGTERM)
    until = time.monotonic() + GRACE
    for one in running:
        try:
            one.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()


class _Well(BaseHTTPRequestHandler):
    """Says that it runs, to the health check of a load balancer."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *words: object) -> None:
        pass


def _answer(port: int) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", port), _Well)
    threading.Thread(target=server.serve_forever, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
