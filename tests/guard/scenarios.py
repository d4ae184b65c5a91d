"""What happens in the network of tests.guard.network; each function returns what its test looks at."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from portability.asking.territory import Territory
from portability.errors import PortabilityError
from portability.guard import nftables
from portability.guard.holders import who
from portability.guard.ranges import Care, care
from tests.guard.network import OUTSIDE, PORT, TERRITORY, batch, built
from tests.guard.sending import Told, asked, connect, cut, edges, ping, send, timed, told

HOLD = """
import sys
from portability.guard import nftables
from tests.guard.network import TERRITORY
with nftables.open(TERRITORY):
    print("open", flush=True)
    sys.stdin.readline()
"""
VISIT = """
import socket, sys
link = socket.create_connection(("10.30.0.2", 2222), 5, (sys.argv[1], 0))
sys.stdin.readline()
link.send(b"question")
print(link.recv(9).decode(), flush=True)
"""


def failure(call: Callable[[], object]) -> list[str]:
    """The error for the user that a call ends with: its kind, message and hint."""
    try:
        call()
    except PortabilityError as error:
        return [type(error).__name__, error.message, error.hint]
    return []


def opening() -> None:
    with nftables.open(TERRITORY):
        pass


def counting() -> dict[str, Told]:
    with built(), nftables.open(TERRITORY) as guard:
        for near in ("127.0.0.1", "::1", "10.30.0.1", "fd00:30::1", "198.51.100.5", "224.0.0.251"):
            send(near)
        ping("10.30.0.1")
        send("255.255.255.255")
        spared = guard.counts()
        for address in ("10.20.0.21", "fd00:20::21", "10.30.0.66", *OUTSIDE):
            socket.create_connection((address, PORT), 30).close()
        middle = guard.counts()
        for address in ("10.20.0.21", "fd00:20::21"):
            send(address, 53)
            send(address, 53)
            ping(address)
        after = guard.counts()
        return {
            "spared": told(spared),
            "tcp": told(middle.since(spared)),
            "more": told(after.since(middle)),
            "nothing": told(guard.counts().since(after)),
        }


def own_address() -> dict[str, Told]:
    """Packets to an address outside that is the machine's own, and to one of production's that is."""
    with built():
        batch("address add 203.0.113.9/32 dev lo", "address add 10.20.0.77/32 dev lo")
        with nftables.open(TERRITORY) as guard:
            send("203.0.113.9")
            own = guard.counts()
            send("10.20.0.77")
            return {"outside": told(own), "production": told(guard.counts())}


def earlier_connection() -> dict[str, Any]:
    with built():
        held = {
            address: socket.create_connection((address, PORT), 30) for address in ("10.20.0.21", OUTSIDE[1])
        }
        with nftables.open(TERRITORY) as guard:
            before = guard.counts()
            for link in held.values():
                link.send(b"x")
            counts = guard.counts()
            holders = {str(flow.address): [h.pid for h in who(flow)] for flow in counts.flows}
            for link in held.values():
                link.close()
            gone = [who(flow) for flow in counts.flows]
            return {
                "before": told(before),
                "flows": told(counts),
                "holders": holders,
                "us": os.getpid(),
                "gone": gone,
            }


def canary() -> dict[str, Any]:
    """One attempt to reach each canary, first without a guard."""
    addresses = [str(address) for address in TERRITORY.canary]
    with built():
        reached = [connect(a)[0] for a in addresses]
        with nftables.open(TERRITORY) as guard:
            failed = [connect(a, 0.3)[0] for a in addresses]
            observed = guard.counts()
            guard.enforce()
            enforced = [connect(a, 0.3)[0] for a in addresses]
            more = guard.counts().since(observed)
        return {
            "reached": reached,
            "failed": failed,
            "counted": {str(a): n for a, n in observed.canary.items()},
            "flows": told(observed),
            "enforced": enforced,
            "more": [str(a) for a in more.canary],
        }


def enforcing() -> dict[str, Any]:
    places = ["10.20.0.21", "fd00:20::21", *OUTSIDE]
    with built():
        held = {place: socket.create_connection((place, PORT), 30) for place in places}
        with nftables.open(TERRITORY) as guard:
            guard.enforce()
            new = {a: connect(a) for a in places}
            old = {a: cut(link) for a, link in held.items()}
            datagrams = {a: timed(lambda a=a: asked(a)) for a in places}  # type: ignore[misc]
            counted = sorted({str(flow.address) for flow in guard.counts().flows})
            spared = [connect(a)[0] for a in ("10.30.0.1", "fd00:30::1", "198.51.100.5")]
        after = [connect(a)[0] for a in places]
        return {
            "new": new,
            "old": old,
            "datagrams": datagrams,
            "counted": counted,
            "spared": spared,
            "after": after,
        }


def visited() -> dict[str, Any]:
    """A connection that came from outside to a port of ours, as that of whoever runs this, when enforcing."""
    with built() as peer, socket.create_server(("10.30.0.2", 2222)) as server:
        words = ["nsenter", f"--net=/proc/{peer.pid}/ns/net", sys.executable, "-c", VISIT, OUTSIDE[0]]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as visitor:
            assert visitor.stdin is not None and visitor.stdout is not None
            link = server.accept()[0]
            with nftables.open(TERRITORY) as guard, socket.create_server(("10.30.0.2", 2223)):
                guard.enforce()
                visitor.stdin.write("go\n")
                visitor.stdin.flush()
                heard = link.recv(9)
                link.send(b"answer")
                answered = visitor.stdout.readline()
                flows = guard.counts().flows
                holders = [holder.pid for flow in flows for holder in who(flow)]
                outgoing = connect(OUTSIDE[0])[0]
        return {
            "heard": heard.decode(),
            "answered": answered,
            "flows": [[str(f.address), f.protocol, f.port, str(f.zone), f.answer] for f in flows],
            "holders": holders == [os.getpid()],
            "outgoing": outgoing,
        }


def translated() -> dict[str, Any]:
    """An address of the replica that this machine's NAT turns into one of production's."""
    rule = "type nat hook output priority -100; ip daddr 10.30.0.50 dnat to 10.20.0.21;"
    with built():
        with nftables.open(TERRITORY) as guard:
            before = told(guard.counts())
        subprocess.run(["nft", f"table ip nat {{ chain out {{ {rule} }}; }}"], check=True)
        with nftables.open(TERRITORY) as guard:
            reached = connect("10.30.0.50")[0]
            flows = [flow[:4] for flow in told(guard.counts())]
            guard.enforce()
            return {
                "before": before,
                "reached": reached,
                "flows": flows,
                "enforced": connect("10.30.0.50")[0],
            }


def tagged() -> Told:
    """Two jobs under groups of their own, and a third group that is nobody's."""
    call = f"import socket; socket.create_connection(('10.20.0.21', {PORT}), 2)"
    sending = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.7', 53))"
    with built(), nftables.open(TERRITORY, {"nightly": 58001, "mailer": 58002}) as guard:
        for group, text in ((58001, call), (58002, sending), (58003, call)):
            subprocess.run([sys.executable, "-c", text], group=group, check=True)
        return told(guard.counts())


CONTAINER = """
import socket, sys
socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("10.20.0.21", 53))
for place in ("10.20.0.21", "10.30.0.1"):
    print("sent", flush=True)
    sys.stdin.readline()
    try:
        socket.create_connection((place, 3306), 2)
    except OSError as error:
        print(type(error).__name__, flush=True)
    else:
        print("connected", flush=True)
"""


def forwarded() -> dict[str, Any]:
    """A container of this machine, behind a bridge of its own, reaches for production."""
    addressed = "ip address add 172.17.0.2/24 dev eth0 && ip link set eth0 up"
    routed = "ip route add default via 172.17.0.1"
    script = f'echo; read go; {addressed} && {routed} && exec "$@"'
    words = ["unshare", "-n", "sh", "-c", script, "sh", sys.executable, "-c", CONTAINER]
    theirs = replace(TERRITORY, replica_networks=(*TERRITORY.replica_networks, ip_network("172.17.0.0/24")))
    with built(), nftables.open(theirs, {"nightly": 0}) as guard:
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as container:
            assert container.stdin is not None and container.stdout is not None

            def answer(line: str = "go") -> str:
                assert container.stdin is not None and container.stdout is not None
                container.stdin.write(f"{line}\n")
                container.stdin.flush()
                return container.stdout.readline().strip()

            container.stdout.readline()
            batch(
                f"link add bridge0 type veth peer name eth0 netns {container.pid}",
                "address add 172.17.0.1/24 dev bridge0",
                "link set bridge0 up",
            )
            sent = answer()
            counted = told(guard.counts())
            guard.enforce()
            production = answer()
            container.stdout.readline()
            return {"sent": sent, "counted": counted, "production": production, "replica": answer()}


def crowded() -> dict[str, Any]:
    """More places than the sets have room for."""
    with built(), nftables.open(TERRITORY, size=4) as guard:
        for port in range(1000, 1020):
            send("10.20.0.21", port)
        coarse = guard.counts()
        for last in range(30, 60):
            send(f"10.20.0.{last}")
        return {
            "coarse": sum(count for *_, count in told(coarse)),
            "portless": [flow for flow in told(coarse) if not flow[2]],
            "full": failure(guard.counts),
        }


def killed() -> dict[str, Any]:
    """A guard whose process is killed; what its table is called, before and after."""
    words = [sys.executable, "-c", HOLD]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        before = tables()
        holder.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while tables() and time.monotonic() < deadline:
        time.sleep(0.01)
    after = tables()
    opening()
    return {"before": before, "after": after, "end": tables()}


def tables() -> str:
    return subprocess.run(
        ["nft", "list", "tables"], capture_output=True, text=True, check=True
    ).stdout.strip()


def two_at_once() -> dict[str, Any]:
    with built(), nftables.open(TERRITORY) as guard:
        second = failure(opening)
        change = subprocess.run(["nft", "flush", "ruleset"], capture_output=True, check=False).returncode
        send("10.20.0.21")
        return {"second": second, "flows": told(guard.counts()), "change": change}


def foreign_table() -> list[str]:
    subprocess.run(["nft", "add", "table", "inet", "portability"], check=True)
    return failure(opening)


def without_its_process() -> list[str]:
    with nftables.open(TERRITORY) as guard:
        os.kill(children()["nft"], signal.SIGKILL)
        time.sleep(0.1)
        return [*failure(guard.counts), *failure(guard.enforce)]


def children() -> dict[str, int]:
    """Our child processes by name."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
            if int(rest.split()[1]) == os.getpid():
                found[name] = int(stat.parent.name)
    return found


def without_rights() -> list[str]:
    return failure(opening)


def agreement(production: list[str], alone: list[str], replica: list[str], allowed: list[str]) -> Told:
    """One packet to each edge of these networks, and to production's addresses that stand alone."""
    territory = Territory(
        production_networks=tuple(map(ip_network, production)),
        production_addresses={ip_address(one): "db.shop.example" for one in alone},
        replica_networks=tuple(map(ip_network, replica)),
        allowed=tuple(map(ip_network, allowed)),
    )
    told_of = []
    with built(), nftables.open(territory) as guard:
        sent = sorted(
            {*alone, *(edge for network in (*production, *replica, *allowed) for edge in edges(network))}
        )
        for address in sent:
            send(address)
        counted = {str(flow.address) for flow in guard.counts().flows if flow.port == 5353}
        for address in sent:
            expected = care(territory, ip_address(address)) is not Care.SPARED
            told_of.append([address, expected, address in counted])
    return told_of
