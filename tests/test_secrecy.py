"""What looks for secrets finds a planted one in each spelling and packing: else it could not fail."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable

import pytest

from tests.secrecy import Finder

SECRET = "Fake/Secret+with \"quotes\" & 'more' 0123"
RAW = bytes(range(7, 39))
FINDER = Finder({"password": SECRET, "key": RAW})

WAYS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 inside of more": lambda text: base64.b64encode(f"x{text}, and more".encode()),
    "base64 of a login": lambda text: base64.b64encode(f"ab{text}".encode()),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"ab{text}".encode()),
    "URL": lambda text: urllib.parse.quote(text, safe="").encode(),
    "form": lambda text: urllib.parse.urlencode({"password": text}).encode(),
    "JSON": lambda text: json.dumps({"password": text}).encode(),
    "JSON of PHP": lambda text: json.dumps({"password": text}).replace("/", "\\/").encode(),
    "HTML": lambda text: html.escape(text).encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
}


def packed() -> dict[str, bytes]:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep/file.txt", SECRET)
    with tarfile.open(fileobj=tarred, mode="w:gz") as tar:
        info = tarfile.TarInfo("file.txt")
        info.size = len(SECRET)
        tar.addfile(info, io.BytesIO(SECRET.encode()))
    return {
        "zip": zipped.getvalue(),
        "tar.gz": tarred.getvalue(),
        "gzip": gzip.compress(SECRET.encode()),
        "git": zlib.compress(b"blob 1\0" + SECRET.encode()),
        "zip in gzip": gzip.compress(zipped.getvalue()),
    }


@pytest.mark.parametrize("way", WAYS)
def test_each_spelling_is_found(way: str) -> None:
    (found, *_) = FINDER.told({"report": b"before " + WAYS[way](SECRET) + b" after"})
    assert (found.place, found.secret) == ("report", "password")


@pytest.mark.parametrize("packing", packed())
def test_each_packing_is_opened(packing: str) -> None:
    assert {told.secret for told in FINDER.told({"file": packed()[packing]})} == {"password"}


def test_bytes_that_are_no_text_are_found() -> None:
    artefacts = {"raw": b"x" + RAW, "hex": RAW.hex().encode(), "base64": base64.b64encode(b"abcd" + RAW)}
    assert {told.place for told in FINDER.told(artefacts)} == set(artefacts)


def test_nothing_is_found_where_nothing_is() -> None:
    assert FINDER.told({"a": b"Fake/Secret", "b": b"", "c": b"PK", "d": gzip.compress(b"nothing")}) == []
