"""DNS for both sides: names with addresses and aliases in, a dnsmasq that answers for them out."""

from __future__ import annotations

import ipaddress
import re
import socket
import struct
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from examples.lab.addresses import NAME_SERVER, OUTSIDE, both
from examples.lab.errors import LabError
from examples.stage.services import Workshop

_NAME = re.compile(r"^(?=.{1,253}$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$", re.IGNORECASE)


def settings(records: Mapping[str, tuple[str, ...]], aliases: Mapping[str, str], log: Path) -> str:
    """Return dnsmasq's file: it knows these names, and refuses to know others."""
    lines = ["no-resolv", "no-hosts", "no-poll", "local=/#/", "user=root", "group=", "bind-interfaces"]
    lines += [f"listen-address={one}" for one in both(OUTSIDE, NAME_SERVER)]
    lines += ["log-queries=extra", f"log-facility={log}", "pid-file="]
    lines += [
        f"host-record={name},{','.join(found)}" for name, found in records.items() if name not in aliases
    ]
    lines += [f"cname={name},{target}" for name, target in aliases.items()]
    return "\n".join(lines) + "\n"


class NameServer:
    """The running dnsmasq; a change starts it anew."""

    def __init__(self, shop: Workshop, records: Mapping[str, tuple[str, ...]]) -> None:
        self.shop = shop
        self._base = dict(records)
        self._records = dict(records)
        self._aliases: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def point(self, name: str, target: str | None) -> None:
        """Make a name an alias of a name, give it an address, or (None) what it had at the start."""
        if not _NAME.match(name) or not (target is None or _NAME.match(target) or _is_address(target)):
            raise LabError(f"{name!r} or {target!r} is no name and no address")
        self._aliases.pop(name, None)
        self._records.pop(name, None)
        if target is None:
            if name in self._base:
                self._records[name] = self._base[name]
        elif _is_address(target):
            self._records[name] = (target,)
        else:
            self._aliases[name] = target
        self.start()

    def start(self) -> None:
        """(Re)start the server and wait until it answers."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        file = self.shop.folder / "dnsmasq.conf"
        file.write_text(settings(self._records, self._aliases, self.shop.log("dns")))
        self._process = self.shop.start("dnsmasq", ["dnsmasq", "-k", f"--conf-file={file}"])
        deadline = time.monotonic() + 10
        while not answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = self.shop.log("dnsmasq").read_text("utf-8", "replace")[-400:]
                raise LabError(f"dnsmasq does not answer: {words}")
            time.sleep(0.005)

    def lookups(self) -> list[tuple[str, str]]:
        """Return who asked for which name so far: (address, name), in order."""
        log = self.shop.log("dns")
        text = log.read_text("utf-8", "replace") if log.exists() else ""
        found = re.findall(r" (\S+)/\d+ query\[\w+\] (\S+) from ", text)
        return [(who, name) for who, name in found]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def answers() -> bool:
    """Return whether a name server answers on the lab's address at all."""
    question = struct.pack("!6H", 1, 0x100, 1, 0, 0, 0) + b"\x09localhost\x00" + struct.pack("!2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(0.3)
        try:
            link.connect((both(OUTSIDE, NAME_SERVER)[0], 53))
            link.send(question)
            return bool(link.recv(512))
        except OSError:
            return False
