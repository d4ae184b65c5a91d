"""Runs inside the replica of the lab: an order in JSON on standard input, replies and checks out."""

from __future__ import annotations

import ipaddress
import json
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from portability.asking.identity import Expected, Reply
from portability.asking.territory import Territory
from portability.probes import Asker, CommandLine, ask_all, identify, judge_all
from portability.settings.parameters import Key, Parameter
from portability.settings.replica import Endpoint, Network, ProbeSettings
from portability.verification import beacons


def parameters(told: Mapping[str, str]) -> dict[str, Parameter]:
    """`key:NAME` is a key, anything else a text."""
    return {
        name: Key(text.removeprefix("key:")) if text.startswith("key:") else text
        for name, text in told.items()
    }


def territory(told: Mapping[str, Any]) -> Territory:
    def nets(name: str) -> tuple[Network, ...]:
        return tuple(ipaddress.ip_network(one) for one in told.get(name, ()))

    return Territory(
        production_networks=nets("production_networks"),
        production_names=told.get("production_names", {}),
        replica_networks=nets("replica_networks"),
        replica_names=frozenset(told.get("replica_names", ())),
        allowed=nets("allowed"),
    )


def accept_and_say_nothing(port: int) -> None:
    """A server that takes connections and never answers, for as long as this program runs."""
    server = socket.create_server(("", port))
    threading.Thread(target=lambda: [server.accept() for _ in range(9)], daemon=True).start()


def serve_instance_metadata(role: Mapping[str, str]) -> None:
    """The metadata service of a cloud's machine, version 2, at its usual address."""

    class Service(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self._answer("the token" if "X-aws-ec2-metadata-token-ttl-seconds" in self.headers else "")

        def do_GET(self) -> None:
            named = self.path.endswith("/shop-role")
            allowed = self.headers.get("X-aws-ec2-metadata-token") == "the token"
            self._answer((json.dumps(role) if named else "shop-role") if allowed else "")

        def _answer(self, text: str) -> None:
            self.send_response(200 if text else 401)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    subprocess.run(["ip", "address", "replace", "169.254.169.254/32", "dev", "lo"], check=True)
    server = ThreadingHTTPServer(("169.254.169.254", 80), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main() -> None:
    order = json.load(sys.stdin)
    if order.get("instance"):
        serve_instance_metadata(order["instance"])
    for port in order.get("silent", ()):
        accept_and_say_nothing(port)
    if order.get("nonce"):
        secrets.token_hex = lambda nbytes=None: str(order["nonce"])
    probes = [
        ProbeSettings(one["name"], one["service"], one.get("role", ""), parameters(one["parameters"]))
        for one in order["probes"]
    ]
    asker = Asker(
        order["url"],
        [ipaddress.ip_address(order["address"])],
        bytes.fromhex(order["key"]),
        order.get("timeout", 8.0),
        order.get("environment", "loadtest"),
        lambda: time.time() + order.get("clock", 0),
    )
    if order.get("operation"):
        answers = [
            asker.ask(order["operation"], parameters=parameters(order.get("parameters", {})))
            for _ in range(order.get("times", 1))
        ]
        json.dump({"replies": [told(reply) for reply in answers]}, sys.stdout)
        return
    ground = territory(order["territory"])
    recorded = order.get("production", {})
    accounts = frozenset(order.get("accounts", ()))
    without = {
        one.name: Expected(ground, production=recorded.get(one.service), accounts=accounts) for one in probes
    }
    line = CommandLine(order.get("php", "php"), Path())
    known = {name: Endpoint(name, parameters(one)) for name, one in order.get("endpoints", {}).items()}
    seeded = beacons.seed(line, beacons.endpoints(probes, known, {}, Path()), without)
    expected = seeded.expected(without)
    try:
        started = time.monotonic()
        if order.get("one_by_one"):
            replies = {one.name: identify(asker, one, expected[one.name]) for one in probes}
        else:
            replies = ask_all(asker, probes, expected)
        seconds = time.monotonic() - started
    finally:
        left = beacons.unseed(line, seeded)
    checks = [*seeded.checks, *judge_all(probes, replies, expected)]
    told_all = {name: told(one) for name, one in replies.items()}
    found = {"replies": told_all, "checks": [asdict(one) for one in checks], "seconds": seconds, "left": left}
    json.dump(found, sys.stdout)


def told(reply: Reply) -> dict[str, Any]:
    return asdict(reply)


if __name__ == "__main__":
    main()
