"""A flow in, the processes whose sockets hold it out: who keeps a connection that no job or page opened.

And the ports on which this machine serves others.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portability.guard import Flow
from portability.settings.replica import Address

_TABLES = {"tcp": ("tcp", "tcp6"), "udp": ("udp", "udp6")}
_LINK = "socket:["
_LISTEN = "0A"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process by its name, which the kernel cuts at 15 characters, and its id."""

    pid: int
    name: str


@dataclass(frozen=True, slots=True)
class Connection:
    """One socket: its own port, and the other end's address and port."""

    own_port: int
    address: Address
    port: int

    def carries(self, flow: Flow) -> bool:
        """Whether the flow's packets may be its."""
        port = self.own_port if flow.answer else self.port
        return (self.address, port) == (flow.address, flow.port)


def who(flow: Flow, proc: Path = Path("/proc")) -> tuple[Holder, ...]:
    """The processes of this network namespace that have a socket connected to the flow's place now.

    Empty where none has (any more), where the protocol has no connections, and where we may not look
    into the process: as root all are seen. A UDP socket counts only if it is connected.
    """
    inodes: set[int] = set()
    for table in _TABLES.get(flow.protocol, ()):
        with suppress(OSError):
            listed = sockets((proc / "net" / table).read_text("ascii"))
            inodes |= {inode for inode, connection in listed.items() if connection.carries(flow)}
    if not inodes:
        return ()
    return tuple(sorted(_holders(inodes, proc), key=lambda holder: holder.pid))


def sockets(table: str) -> Mapping[int, Connection]:
    """The sockets that a process holds, by inode, of /proc/net/tcp, tcp6, udp or udp6."""
    found = {}
    for line in table.splitlines()[1:]:
        fields = line.split()
        inode = int(fields[9])
        if inode:
            address, _, port = fields[2].partition(":")
            own = fields[1].rpartition(":")[2]
            found[inode] = Connection(int(own, 16), _address(address), int(port, 16))
    return found


def serving(proc: Path = Path("/proc")) -> frozenset[int]:
    """The TCP ports of this network namespace on which somebody waits for connections.

    Without those that the kernel also gives to connections of our own, once nobody waits there any more.
    """
    found: set[int] = set()
    for table in _TABLES["tcp"]:
        with suppress(OSError):
            rows = [line.split() for line in (proc / "net" / table).read_text("ascii").splitlines()[1:]]
            found |= {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == _LISTEN}
    with suppress(OSError):
        first, last = (proc / "sys" / "net" / "ipv4" / "ip_local_port_range").read_text("ascii").split()
        found.difference_update(range(int(first), int(last) + 1))
    return frozenset(found)


def _address(text: str) -> Address:
    """An address as /proc writes it: words of 32 bits in the machine's own byte order."""
    words = [bytes.fromhex(text[at : at + 8]) for at in range(0, len(text), 8)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    if len(packed) == 4:
        return ipaddress.IPv4Address(packed)
    found = ipaddress.IPv6Address(packed)
    return found.ipv4_mapped or found


def _holders(inodes: set[int], proc: Path) -> Iterator[Holder]:
    """The processes with one of these sockets among their open files; some vanish while we look."""
    wanted = {f"{_LINK}{inode}]" for inode in inodes}
    for process in proc.iterdir():
        if process.name.isdigit():
            with suppress(OSError):
                if any(_link(file) in wanted for file in (process / "fd").iterdir()):
                    yield Holder(int(process.name), (process / "comm").read_text("utf-8", "replace").strip())


def _link(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:
        return ""
