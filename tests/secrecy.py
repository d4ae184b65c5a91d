"""Secrets and whatever a run left in, every secret that can be read there, in whatever spelling, out."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Characters of the shortest secret that is looked for: a shorter one is a word of many a text."""


@dataclass(frozen=True, slots=True)
class Told:
    """A secret that stands in a place, and how it is spelt there."""

    place: str
    secret: str
    form: str


def forms(secret: bytes) -> dict[str, bytes]:
    """The spellings of a secret, by name; what is read as text may have it in any of them."""
    found = {"as it is": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + secret)
        inner = whole[-(-offset * 8 // 6) : (offset + len(secret)) * 8 // 6]
        found[f"base64 at {offset}"] = inner
        found[f"base64, safe in URLs, at {offset}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    with suppress(UnicodeDecodeError):
        text = secret.decode("utf-8")
        told = json.dumps(text)[1:-1]
        found |= {
            "URL": quote(text, safe="").encode(),
            "form": quote_plus(text).encode(),
            "URL, in small letters": re.sub(r"%..", lambda m: m[0].lower(), quote(text, safe="")).encode(),
            "JSON": told.encode(),
            "JSON with escaped slashes": told.replace("/", "\\/").encode(),
            "HTML": html.escape(text).encode(),
            "UTF-16": text.encode("utf-16-le"),
            "shell": text.replace("'", "'\\''").encode(),
            "each character escaped": "".join(f"\\u{ord(one):04x}" for one in text).encode(),
        }
    return {name: spelling for name, spelling in found.items() if len(spelling) >= SHORTEST}


class Finder:
    """Looks for some secrets, by their names, in what bytes hold, packed or not."""

    def __init__(self, secrets: Mapping[str, str | bytes]) -> None:
        self.spellings: dict[bytes, tuple[str, str]] = {}
        for name, secret in secrets.items():
            raw = secret.encode() if isinstance(secret, str) else secret
            assert len(raw) >= SHORTEST, name
            for form, spelling in forms(raw).items():
                self.spellings.setdefault(spelling, (name, form))

    def told(self, artefacts: Mapping[str, bytes]) -> list[Told]:
        """Every secret in every artefact, by its place."""
        return [
            Told(place, *known)
            for outer, data in artefacts.items()
            for place, part in unpacked(outer, data)
            for spelling, known in self.spellings.items()
            if spelling in part
        ]


def unpacked(place: str, data: bytes, depth: int = 3) -> Iterator[tuple[str, bytes]]:
    """The bytes themselves, and whatever is packed in them."""
    yield place, data
    if depth:
        for name, part in _parts(data):
            yield from unpacked(f"{place}!{name}", part, depth - 1)


def _parts(data: bytes) -> Iterable[tuple[str, bytes]]:
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(one.filename, archive.read(one)) for one in archive.infolist()]
    if data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            files = [(one.name, tar.extractfile(one)) for one in tar if one.isfile()]
            return [(name, file.read()) for name, file in files if file is not None]
    unpacks: dict[bytes, Callable[[bytes], bytes]] = {
        b"\x1f\x8b": gzip.decompress,
        b"BZ": bz2.decompress,
        b"\xfd7": lzma.decompress,
        **{head: zlib.decompress for head in (b"x\x01", b"x\x9c", b"x\xda")},
    }
    with suppress(OSError, EOFError, zlib.error, lzma.LZMAError, KeyError):
        return [("", unpacks[data[:2]](data))]
    return []
