"""What the scenarios send, and how they tell what came of it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_network
from typing import Any

from portability.guard import Counts
from tests.guard.network import PORT

Told = list[list[Any]]


def told(counts: Counts) -> Told:
    """The flows, sorted, as a test can compare them."""
    flows = counts.flows.items()
    return sorted([str(f.address), f.protocol, f.port, str(f.zone), f.tag, count] for f, count in flows)


def family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def send(address: str, port: int = 5353) -> None:
    """One UDP packet."""
    with socket.socket(family(address), socket.SOCK_DGRAM) as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        with suppress(ConnectionRefusedError):
            link.sendto(b"x", (address, port))


def ping(address: str) -> None:
    """One ICMP echo request."""
    protocol, kind = (socket.IPPROTO_ICMPV6, 128) if ":" in address else (socket.IPPROTO_ICMP, 8)
    with socket.socket(family(address), socket.SOCK_RAW, protocol) as link:
        body = bytes([kind, 0, 0, 0, 0, 1, 0, 1])
        if kind == 8:
            body = body[:2] + (0xFFFF - 0x0800 - 2).to_bytes(2) + body[4:]
        link.sendto(body, (address, 0))


def connect(address: str, seconds: float = 2) -> tuple[str, float]:
    """How opening a connection failed ('' if it didn't), and after how many seconds."""
    return timed(lambda: socket.create_connection((address, PORT), seconds).close())


def timed(call: Callable[[], object]) -> tuple[str, float]:
    """How a call failed, and after how many seconds."""
    started = time.monotonic()
    try:
        call()
    except OSError as error:
        return type(error).__name__, time.monotonic() - started
    return "", time.monotonic() - started


def asked(address: str) -> None:
    """Sends a datagram and waits for what comes of it."""
    with socket.socket(family(address), socket.SOCK_DGRAM) as link:
        link.settimeout(2)
        link.connect((address, 53))
        link.send(b"x")
        link.recv(1)


def cut(link: socket.socket) -> tuple[str, float]:
    """How writing to a connection and waiting for an answer fails, and after how many seconds."""
    link.settimeout(2)
    link.send(b"x")
    return timed(lambda: link.recv(1))


def edges(network: str) -> list[str]:
    """The addresses next to a network's ends, on both sides."""
    found = ip_network(network)
    make = type(found.network_address)
    first, last = int(found.network_address), int(found.broadcast_address)
    return [str(make(number)) for number in (first - 1, first + 1, last - 1, last + 1)]
