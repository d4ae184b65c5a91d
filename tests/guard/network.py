"""A small network for a guard: we are the replica's machine, and behind one link lies everything else.

`inside` runs a function of tests.guard.scenarios in namespaces of its own, and gives what it returned.
"""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from examples.lab import mapping
from portability.asking.territory import Territory

ROOT = Path(__file__).resolve().parents[2]
CALL = (
    "import json, sys; from tests.guard import scenarios; "
    "print(json.dumps(getattr(scenarios, sys.argv[1])(*json.loads(sys.argv[2]))))"
)
TERRITORY = Territory(
    production_networks=(ip_network("10.20.0.0/24"), ip_network("fd00:20::/64")),
    production_addresses={ip_address("10.30.0.66"): "db.shop.example"},
    replica_networks=(ip_network("10.30.0.0/24"), ip_network("fd00:30::/64")),
    allowed=(ip_network("198.51.100.0/24"), ip_network("2001:db8:a::/48")),
    canary=(ip_address("10.20.0.99"), ip_address("fd00:20::99")),
)
OUTSIDE = ("192.0.2.7", "2001:db8:b::7")
FAR = ("10.20.0.21", "fd00:20::21", "10.20.0.99", "fd00:20::99", "198.51.100.5", *OUTSIDE)
PORT = 3306
OURS, THEIRS = "02:00:00:00:00:01", "02:00:00:00:00:02"
PEER = """
import socket, subprocess, sys
from pathlib import Path
Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("0")
print("here", flush=True)
sys.stdin.readline()
lines = ["link set lo up", "address add 10.30.0.1/24 dev there", "address add fd00:30::1/64 dev there nodad"]
lines += ["address add 10.30.0.66/32 dev lo", *(f"address add {far} dev lo" for far in sys.argv[1:])]
lines += ["link set there up"]
lines += [f"neighbor add {host} lladdr 02:00:00:00:00:01 dev there" for host in ("10.30.0.2", "fd00:30::2")]
lines += ["route add default via 10.30.0.2", "route add default via fd00:30::2"]
subprocess.run(["ip", "-batch", "-"], input="\\n".join(lines), text=True, check=True)
server = socket.create_server(("::", 3306), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
print("ready", flush=True)
held = []
while True:
    held.append(server.accept())
"""


def namespace(mapped: bool) -> list[str]:
    """What a command follows to run as root of a network of its own; `mapped`: with many group ids."""
    if mapped:
        return [sys.executable, "-I", "-S", str(Path(mapping.__file__)), "unshare", "-n"]
    return ["unshare", "-Urn", "--map-root-user"]


@functools.cache
def _lacking(mapped: bool) -> str:
    """Why there can be no such network here; '' if there can."""
    missing = [name for name in ("unshare", "setpriv", "ip", "nft") if not shutil.which(name)]
    if missing:
        return f"{' and '.join(missing)} missing"
    if mapped and not mapping.has_range():
        return "only root can give a namespace many group ids"
    done = subprocess.run([*namespace(mapped), "true"], capture_output=True, text=True, check=False)
    assert "unrecognized" not in done.stderr, done.stderr
    return done.stderr.strip()


def inside(scenario: str, *given: Any, mapped: bool = False, before: tuple[str, ...] = ()) -> Any:
    """What a scenario returned; `before` are the words of a command that runs it in there."""
    if reason := _lacking(mapped):
        pytest.skip(reason)
    words = [*namespace(mapped), *before, sys.executable, "-c", CALL, scenario, json.dumps(given)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def built() -> Iterator[subprocess.Popen[str]]:
    """Wires our namespace to one with all the other addresses, where everything is served on PORT."""
    Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("0")
    words = ["setpriv", "--pdeathsig", "KILL", "unshare", "-n", sys.executable, "-c", PEER, *FAR]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:
        try:
            assert peer.stdin is not None and peer.stdout is not None
            assert peer.stdout.readline() == "here\n"
            batch(
                "link set lo up",
                f"link add here address {OURS} type veth peer name there address {THEIRS} netns {peer.pid}",
                "address add 10.30.0.2/24 dev here",
                "address add fd00:30::2/64 dev here nodad",
                "link set here up",
                f"neighbor add 10.30.0.1 lladdr {THEIRS} dev here",
                f"neighbor add fd00:30::1 lladdr {THEIRS} dev here",
                "route add default via 10.30.0.1",
                "route add default via fd00:30::1",
            )
            peer.stdin.write("go\n")
            peer.stdin.flush()
            assert peer.stdout.readline() == "ready\n"
            yield peer
        finally:
            peer.kill()


def batch(*lines: str) -> None:
    """Has ip do something."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)
