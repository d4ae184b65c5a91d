"""Walks through the fan club's replica from inside the stage and prints what it found, as JSON.

What is production's is what the load test's list of values says; `--replay` walks twice.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from examples.stage import names
from examples.stage.pages import FAN, FAN_PASSWORD
from portability.asking.territory import Territory
from portability.crawl import Crawler, Page, origin
from portability.settings.crawl import Crawl, Login
from portability.settings.replica import Address

SITES = ("www.starclub.example", "widgets.starclub.example", "static.starclub.example")


def territory() -> Territory:
    """Both sides of the stage, as the list of values names them."""
    values = names.load_values()
    known = {
        name: name for name in values if not name.startswith(("Fake", "AKIA", "tp_")) and "/" not in name
    }
    return Territory(
        production_networks=(ipaddress.ip_network("127.1.0.0/24"), ipaddress.ip_network("10.20.0.15/32")),
        production_names=known,
        replica_networks=(ipaddress.ip_network("127.2.0.0/24"), ipaddress.ip_network("10.30.0.15/32")),
        replica_names=frozenset(values.values()),
    )


def resolve(host: str) -> Sequence[Address]:
    found = socket.getaddrinfo(host, 80, proto=socket.IPPROTO_TCP)
    return [ipaddress.ip_address(address[0]) for *_, address in found]


def main() -> None:
    values = names.load_values()
    origins = [origin("http", values[host]) for host in SITES]
    login = Login("/login", {"email": FAN, "password": FAN_PASSWORD}, 200, '"success":true')
    form = {"email": FAN, "password": FAN_PASSWORD, "rememberMe": "1"}
    crawler = Crawler(origins, Crawl(login=login), territory(), resolve, form)
    begun = time.monotonic()
    pages: list[Page] = list(crawler.walk())
    seconds = time.monotonic() - begun
    again = list(crawler.replay(pages)) if "--replay" in sys.argv else []
    told = {
        "seconds": seconds,
        "pages": [asdict(page) for page in pages],
        "again": [asdict(page) for page in again],
        "skipped": [asdict(skipped) for skipped in crawler.skipped],
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
