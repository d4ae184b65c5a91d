"""Runs inside the replica of the lab: an order in JSON on standard input, replies and checks out."""

from __future__ import annotations

import ipaddress
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from portability import beacons
from portability.identity import Reply
from portability.probes import Asker, CommandLine, ask_all, judge_all
from portability.replica import Endpoint, Key, Parameter, ProbeSettings
from portability.territory import Territory


def parameters(told: Mapping[str, str]) -> dict[str, Parameter]:
    """`key:NAME` is a key, anything else a text."""
    return {
        name: Key(text.removeprefix("key:")) if text.startswith("key:") else text
        for name, text in told.items()
    }


def territory(told: Mapping[str, Any]) -> Territory:
    nets = {
        name: tuple(ipaddress.ip_network(one) for one in told.get(name, ()))
        for name in ("production_networks", "replica_networks", "allowed")
    }
    return Territory(
        production_names=told.get("production_names", {}),
        replica_names=frozenset(told.get("replica_names", ())),
        **nets,
    )


def main() -> None:
    order = json.load(sys.stdin)
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
        reply = asker.ask(order["operation"], parameters=parameters(order.get("parameters", {})))
        print(json.dumps({"reply": told(reply)}))
        return
    ground = territory(order["territory"])
    recorded = order.get("production", {})
    line = CommandLine("php", Path())
    known = {name: Endpoint(name, parameters(one)) for name, one in order.get("endpoints", {}).items()}
    places = beacons.endpoints(probes, known, order.get("values", {}), Path())
    set_ = beacons.seed(line, places, ground, recorded)
    try:
        started = time.monotonic()
        replies = ask_all(asker, probes, ground, set_.set)
        seconds = time.monotonic() - started
    finally:
        left = beacons.unseed(line, set_)
    expected = {
        one.name: set_.expected(one, ground, recorded.get(one.service), frozenset(order.get("accounts", ())))
        for one in probes
    }
    checks = [*set_.checks, *judge_all(probes, replies, expected)]
    print(
        json.dumps(
            {
                "replies": {name: told(one) for name, one in replies.items()},
                "checks": [asdict(check) for check in checks],
                "seconds": seconds,
                "left": left,
            }
        )
    )


def told(reply: Reply) -> dict[str, Any]:
    return asdict(reply)


if __name__ == "__main__":
    main()
