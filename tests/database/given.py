"""The hosts that the tests of values look for, and what replaces them."""

from __future__ import annotations

from portability.database.names import Names, Pair, names, place
from portability.database.splices import Seen, spliced
from portability.database.values import look


def pair(old: str, new: str, key: str = "KEY") -> Pair:
    from_place, to_place = place(old), place(new)
    assert from_place and to_place, (old, new)
    return Pair(from_place, to_place, key)


PAIRS = [
    pair("www.fans.example", "www.lt-fans.example"),
    pair("shop.fans.example", "shop.lt.example"),
    pair("fans.example", "lt.fans.example"),
    pair("https://api.fans.example/v1", "http://api.lt.example:8080/api/v1"),
    pair("https://sqs.cloud.example/1111/mail", "https://sqs.cloud.example/2222/mail"),
    pair("10.20.0.15", "10.30.0.15"),
    pair("cache.fans.example:6379", "cache.lt.example:6380"),
    pair("www.fän.example", "www.faen-lt.example"),
    pair(".cdn.example", ".cdn-lt.example"),
]
NAMES = names(PAIRS, theirs=["*.prod.example"])


def rewritten(data: bytes, known: Names = NAMES) -> tuple[bytes, Seen]:
    """A value with its splices, which must be all that a second look would want."""
    seen = look(data, known)
    new = spliced(data, seen.splices)
    assert look(new, known).splices == ()
    return new, seen
