"""The network: two sides and a router in, wired namespaces with counters and a way to run inside them out."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from examples.lab.addresses import (
    NAME_SERVER,
    NETWORKS,
    OUTSIDE,
    ROUTER,
    SERVICES,
    SIDES,
    both,
    prefixes,
)
from examples.lab.errors import LabError
from examples.stage.services import Workshop

P = ParamSpec("P")
T = TypeVar("T")
NETWORK_NAMESPACES = Path("/run/netns")
HOSTNAME_NAMESPACES = Path("/run/utsns")
_CLONE_NEWUTS, _CLONE_NEWNET = 0x04000000, 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def _enter(file: Path, kind: int) -> None:
    """Move the calling thread, and no other, into a namespace."""
    with _opened(file) as descriptor:
        if _LIBC.setns(descriptor, kind):
            raise OSError(ctypes.get_errno(), f"cannot enter {file}")


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def inside(side: str, call: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Run a function in a side's namespace and return what it returns; processes it starts stay there.

    Sockets that it makes stay there too, whoever uses them later. Any other name means the router.
    """
    if side not in SIDES:
        return call(*given, **named)
    results: list[T] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            _enter(NETWORK_NAMESPACES / side, _CLONE_NEWNET)
            _enter(HOSTNAME_NAMESPACES / side, _CLONE_NEWUTS)
            results.append(call(*given, **named))
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def _allow_ipv6() -> None:
    """Switch IPv6 on where we are, whatever the machine's default is."""
    for scope in ("all", "default"):
        switch = Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6")
        if not switch.exists():
            raise LabError("this machine's kernel has no IPv6")
        switch.write_text("0")


def build(shop: Workshop) -> None:
    """Make both namespaces, wire them to the router, and start counting."""
    _allow_ipv6()
    HOSTNAME_NAMESPACES.mkdir()
    for side in SIDES:
        shop.call(["ip", "netns", "add", side])
        _make_hostname(shop, side)
        inside(side, _allow_ipv6)
        _batch(shop, _router_end(side))
        inside(side, _prepare, shop, side)
    outside = [*both(OUTSIDE, NAME_SERVER), *both(OUTSIDE, SERVICES["s3"])]
    _batch(shop, ["link set lo up", *(f"address add {one} dev lo" for one in outside)])
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1")
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")
    shop.call(["nft", "-f", "-"], _counters().encode())


def _batch(shop: Workshop, lines: list[str]) -> None:
    shop.call(["ip", "-batch", "-"], "\n".join(lines).encode())


def _make_hostname(shop: Workshop, side: str) -> None:
    """Keep a namespace in which the machine is called like the side."""
    kept = HOSTNAME_NAMESPACES / side
    kept.touch()
    script = 'hostname "$1" && exec mount --bind /proc/self/ns/uts "$2"'
    shop.call(["unshare", "--uts", "sh", "-c", script, "sh", side, str(kept)])


def _router_end(side: str) -> list[str]:
    v4, v6 = both(side, ROUTER)
    return [
        f"link add {side} type veth peer name eth0 netns {side}",
        f"address add {v4}/24 dev {side}",
        f"address add {v6}/64 dev {side} nodad",
        f"link set {side} up",
    ]


def _prepare(shop: Workshop, side: str) -> None:
    """Give a side its addresses and its way to the router."""
    v4, v6 = both(side, ROUTER)
    lines = ["link set lo up"]
    for number in sorted(set(SERVICES.values())):
        first, second = both(side, number)
        lines += [f"address add {first}/24 dev eth0", f"address add {second}/64 dev eth0 nodad"]
    lines += ["link set eth0 up", f"route add default via {v4}", f"route add default via {v6}"]
    _batch(shop, lines)
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")


def _counters() -> str:
    """Return the router's rules: every packet from a side, by where it goes, in both families."""
    own = [*both(OUTSIDE, NAME_SERVER), *(one for side in SIDES for one in both(side, ROUTER))]
    lines = ["table inet lab {"]
    lines += [f"counter {a}_{b} {{ }}" for a in SIDES for b in NETWORKS if a != b]
    lines.append("chain arriving { type filter hook prerouting priority -300;")
    lines.append("ip daddr { " + ", ".join(one for one in own if ":" not in one) + " } return")
    lines.append(
        "ip6 daddr { fe80::/10, ff00::/8, " + ", ".join(one for one in own if ":" in one) + " } return"
    )
    for side in SIDES:
        for other in SIDES:
            if other != side:
                v4, v6 = prefixes(other)
                lines.append(f"iifname {side} ip daddr {v4} counter name {side}_{other} return")
                lines.append(f"iifname {side} ip6 daddr {v6} counter name {side}_{other} return")
        lines.append(f"iifname {side} counter name {side}_{OUTSIDE}")
    return "\n".join([*lines, "}", "}"])


def packets(shop: Workshop) -> dict[str, int]:
    """Return how many packets the router saw so far, by 'from_to'."""
    listed = json.loads(shop.call(["nft", "-j", "list", "counters", "table", "inet", "lab"]))
    counters = [part["counter"] for part in listed["nftables"] if "counter" in part]
    return {counter["name"]: counter["packets"] for counter in counters}


def listen(side: str, number: int, port: int) -> list[socket.socket]:
    """Return listening sockets on both of a side's addresses with a last part."""

    def opened() -> list[socket.socket]:
        first, second = both(side, number)
        return [
            socket.create_server((first, port), backlog=128),
            socket.create_server((second, port), family=socket.AF_INET6, backlog=128),
        ]

    return inside(side, opened)
