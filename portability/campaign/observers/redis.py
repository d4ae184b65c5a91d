"""A Redis server's INFO in, its commands, processor time and memory out; no key is read."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from portability.campaign.observers.sampling import Counter, Gauge, Kind, Reading, Share
from portability.errors import Unfinished

_SHOWN: Mapping[str, Kind] = {
    "cpu": Counter("CPU", "CPU per cache node", "%", 100.0),
    "total_commands_processed": Counter("commands", "Cache commands", "/s"),
    "connected_clients": Gauge("connections", "Cache connections", ""),
    "evicted_keys": Counter("evictions", "Cache evictions", "/s"),
    "keyspace_hits": Share("hits", "Cache hits", "keyspace_misses"),
    "used_memory": Gauge("memory", "Cache memory", "B"),
}
_ASKED = {*_SHOWN, "keyspace_misses", "used_cpu_sys", "used_cpu_user"}
TIMEOUT = 5.0
_MOST = 1 << 20


@dataclass(slots=True)
class Redis:
    """One server, asked over one connection that is made again where it was lost."""

    name: str
    parameters: Mapping[str, str] = field(repr=False)
    server: str = ""
    _link: socket.socket | None = None

    def shown(self) -> Mapping[str, Kind]:
        """What is read, and how it is shown."""
        return _SHOWN

    def read(self) -> Reading:
        """What INFO tells now."""
        try:
            link = self._link or self._connect()
            text = _bulk(link, b"INFO")
        except (OSError, ValueError) as error:
            self.close()
            raise Unfinished(
                f"it could not be asked: {error if isinstance(error, _Told) else _why(error)}"
            ) from None
        told = {}
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name == "run_id":
                self.server = f"redis {value.strip()}"
            if name in _ASKED:
                with suppress(ValueError):
                    told[name] = float(value)
        if "used_cpu_sys" in told:
            told["cpu"] = told["used_cpu_sys"] + told.get("used_cpu_user", 0.0)
        return told

    def _connect(self) -> socket.socket:
        given = self.parameters
        link = socket.create_connection((given.get("host", ""), int(given.get("port") or 6379)), TIMEOUT)
        self._link = link
        if given.get("tls") in ("true", "1", "yes"):
            import ssl

            self._link = link = ssl.create_default_context().wrap_socket(link, server_hostname=given["host"])
        if given.get("password"):
            user = [given["user"].encode()] if given.get("user") else []
            _line(link, b"AUTH", *user, given["password"].encode())
        return link

    def close(self) -> None:
        """Ends the connection."""
        link, self._link = self._link, None
        with suppress(OSError):
            if link is not None:
                link.close()


class _Told(ValueError):
    """The server's own refusal, without what was sent."""


def _send(link: socket.socket, *words: bytes) -> bytes:
    link.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words))
    data = b""
    while b"\r\n" not in data:
        more = link.recv(65_536)
        if not more:
            raise OSError("closed")
        data += more
    if data.startswith(b"-"):
        raise _Told(data[1:].split(b"\r\n")[0].split(b" ")[0].decode("ascii", "replace"))
    return data


def _line(link: socket.socket, *words: bytes) -> None:
    _send(link, *words)


def _bulk(link: socket.socket, *words: bytes) -> str:
    data = _send(link, *words)
    head, _, body = data.partition(b"\r\n")
    size = int(head[1:])
    if not head.startswith(b"$") or not 0 <= size <= _MOST:
        raise ValueError("no text")
    while len(body) < size + 2:
        more = link.recv(65_536)
        if not more:
            raise OSError("closed")
        body += more
    return body[:size].decode("utf-8", "replace")


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return "no connection" if isinstance(error, OSError) else "it is no Redis"
