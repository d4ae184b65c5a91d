"""A text in, its base64 that holds production's hosts out, and the same written anew."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable

from portability.database.names import Names
from portability.database.splices import NOTHING, Hit, Seen, Splice, left, spliced, within

SIGNED = "a signed token"
ODD = "base64 of another form than encoders write"
_RUN = re.compile(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def look(data: bytes, names: Names, inside: Callable[[bytes], Seen]) -> Seen:
    """The runs whose content holds a host; `inside` looks at what one of them writes.

    A part of a signed token (a dot joins it to others) is left: nobody else can sign it.
    """
    if not names.needles.in_base64(data):
        return NOTHING
    splices: list[Splice] = []
    hits: list[Hit] = []
    for match in _RUN.finditer(data):
        run = match[0]
        if not names.needles.in_base64(run):
            continue
        plain = _decoded(run)
        seen = inside(plain) if plain else NOTHING
        if not seen.hits:
            hits.append(Hit("a host", "base64", ODD))
            continue
        if b"." in (data[match.start() - 1 : match.start()], data[match.end() : match.end() + 1]):
            seen = left(seen, SIGNED)
        hits += within(seen, "base64")
        if seen.splices:
            splices.append(Splice(*match.span(), _encoded(spliced(plain, seen.splices), run)))
    return Seen(tuple(splices), tuple(hits))


def _decoded(run: bytes) -> bytes:
    """What a run writes; b'' where an encoder would not have written it so."""
    signs = run.rstrip(b"=").translate(_FROM_URL)
    try:
        plain = b64decode(signs + b"=" * (-len(signs) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return plain if _encoded(plain, run) == run else b""


def _encoded(plain: bytes, like: bytes) -> bytes:
    """Base64 in the alphabet of another one, and with its habit of padding."""
    written = b64encode(plain)
    if re.search(rb"[-_]", like):
        written = written.translate(_TO_URL)
    is_padded = like.endswith(b"=") or len(like) % 4 == 0
    return written if is_padded else written.rstrip(b"=")
