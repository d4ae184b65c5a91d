"""Bodies that are made to be slow are searched in time that grows with their size and no faster."""

from __future__ import annotations

import time

import pytest

from portability.crawl import Finder, Response
from portability.crawl.links import links
from tests.crawl.territories import SHOP

SIZE = 100_000
BODIES = {
    "open comments": "<!--",
    "open quotes": '<a href="',
    "single quotes": "<a b='",
    "tags": "<a ",
    "attributes": "a=",
    "angles": "<",
    "backslashes": "\\",
    "percent signs": "%25",
    "half entities": "&amp",
    "ampersands": "&",
    "dots": "1.",
    "colons": "::",
    "base64": "QUJD",
    "name in a row": "shop.example.",
    "names": "//www.shop.example/ ",
    "open css": "<style>/*",
    "open scripts": "<script>/*",
    "css urls": "<style>url(",
    "templates": "<script>`",
    "links": '<a href="//www.shop.example/x">',
    "key names": "password",
    "spaces": " ",
    "refresh": '<meta http-equiv=refresh content="',
}


@pytest.mark.parametrize("piece", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("start", ["", "<script>", "<style>a{b:url("])
def test_time(piece: str, start: str) -> None:
    finder = Finder(SHOP)
    body = start.encode() + (piece * (SIZE // len(piece))).encode() + b' www.shop.example "'
    response = Response("http://lt/", 200, (("Content-Type", "text/html"),), body)
    begun = time.process_time()
    assert finder.find(response)
    links(response)
    assert time.process_time() - begun < 60, "it grows with the square of the page"
