"""A script's path and a socket in, what php-fpm answers out: the few records of FastCGI 1.0 that it takes."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

_BEGIN, _END, _PARAMS, _STDIN, _STDOUT = 1, 3, 4, 5, 6


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def _pair(name: bytes, value: bytes) -> bytes:
    return struct.pack("!II", len(name) | 1 << 31, len(value) | 1 << 31) + name + value


def ask(place: Path, script: Path) -> bytes:
    """The body that the script answers through the php-fpm at the socket."""
    names = {"SCRIPT_FILENAME": str(script), "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/" + script.name}
    pairs = b"".join(_pair(name.encode(), value.encode()) for name, value in names.items())
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(place))
        link.sendall(_record(_BEGIN, struct.pack("!HB5x", 1, 0)) + _record(_PARAMS, pairs))
        link.sendall(_record(_PARAMS, b"") + _record(_STDIN, b""))
        with link.makefile("rb") as stream:
            told = b""
            while True:
                _, kind, _, length, padding = struct.unpack("!BBHHBx", stream.read(8))
                content = stream.read(length + padding)[:length]
                if kind == _END:
                    return told.partition(b"\r\n\r\n")[2]
                if kind == _STDOUT:
                    told += content
