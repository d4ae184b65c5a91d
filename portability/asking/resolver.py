"""A host name in, the addresses that it resolves to out: the one module that asks the resolver itself."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from portability.settings.replica import Address

Resolver = Callable[[str], frozenset[Address]]
"""A host name in, every address that it resolves to out; none where it doesn't."""


def addresses_of(host: str) -> frozenset[Address]:
    """What a name, or an address as written, resolves to here, in both families; connects to nothing."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return frozenset()
    return frozenset(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found)
