"""However often and in whichever way a name is encoded, production's is found and the replica's is not."""

from __future__ import annotations

import base64
import html
import json
import random
from collections.abc import Callable
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from portability.crawl import Finder, Response, Weight
from tests.crawl.territories import SHOP, TOPIC

FINDER = Finder(SHOP)
PRODUCTION = [
    "www.shop.example",
    "shop-uploads",
    "111122223333",
    TOPIC,
    "10.10.0.77",
    "xn--mller-kva.example",
]
REPLICA = ["lt-www.shop.example", "lt.shop-uploads", "444455556666", "10.30.0.77", "a.lt-shop.example"]


def slashes(text: str) -> str:
    return json.dumps(text)[1:-1].replace("/", "\\/")


def some(encode: Callable[[str], str]) -> Callable[[str], str]:
    """Encodes some signs of a text, the same for the same text, and always those that begin an escape."""

    def encoded(text: str) -> str:
        drawn = random.Random(text)
        return "".join(encode(sign) if sign in "\\%&" or drawn.random() < 0.6 else sign for sign in text)

    return encoded


ENCODINGS: dict[str, Callable[[str], str]] = {
    "slashes": slashes,
    "unicode": some(lambda sign: f"\\u{ord(sign):04x}"),
    "unicode of signs": lambda text: text.replace("/", "\\u002F").replace(".", "\\u002E"),
    "hex": some(lambda sign: f"\\x{ord(sign):02X}"),
    "percent": lambda text: quote(text, safe=""),
    "percent of some": some(lambda sign: f"%{ord(sign):02x}"),
    "entities": html.escape,
    "decimal": some(lambda sign: f"&#{ord(sign)};"),
    "hexadecimal": some(lambda sign: f"&#x{ord(sign):x};"),
    "upper case": lambda text: text.upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
}
CASES = st.lists(
    st.sampled_from([name for name in ENCODINGS if name not in ("upper case", "base64", "base64url")]),
    max_size=3,
)
BASE64 = st.sampled_from(["", "base64", "base64url"])
FRAMES = [
    '<a href="{}">',
    "<iframe src='{}'>",
    '<script>var a = "{}";</script>',
    '<script type="application/json">{{"a": "{}"}}</script>',
    "<style>a{{b:url({})}}</style>",
    "<p>{}",
    "<!-- {} -->",
    '<div data-a="{{&quot;a&quot;:&quot;{}&quot;}}">',
    "{}",
]


@given(
    st.sampled_from(PRODUCTION),
    st.sampled_from(["{}", "http://{}/a?b=c", "//{}", "x {} y", "a/{}/b"]),
    st.booleans(),
    CASES,
    BASE64,
    CASES,
    st.sampled_from(FRAMES),
)
@settings(max_examples=400, deadline=None)
def test_production_is_found(
    name: str, inside: str, upper: bool, first: list[str], middle: str, last: list[str], frame: str
) -> None:
    text = inside.format(name.upper() if upper else name)
    if middle and len(text) < 12:
        text += " " * 12
    found = FINDER.find(response(frame, encoded(text, first, middle, last)))
    assert name in {leak.what.lower() for leak in found}, encoded(text, first, middle, last)


@given(
    st.sampled_from(REPLICA),
    st.sampled_from(["{}", "http://{}/a?b=c", "//{}", "x {} y", "a/{}/b"]),
    st.booleans(),
    CASES,
    BASE64,
    CASES,
    st.sampled_from(FRAMES),
)
@settings(max_examples=400, deadline=None)
def test_the_replica_is_not(
    name: str, inside: str, upper: bool, first: list[str], middle: str, last: list[str], frame: str
) -> None:
    text = inside.format(name.upper() if upper else name)
    assert FINDER.find(response(frame, encoded(text, first, middle, last))) == ()


@given(
    st.binary(max_size=400), st.sampled_from(["text/html", "text/css", "application/json", "", "text/xml"])
)
@settings(max_examples=200, deadline=None)
def test_no_body_breaks_it(noise: bytes, kind: str) -> None:
    body = noise + b' <a href="//www.shop.example"> ' + noise
    found = FINDER.find(Response("http://lt/", 200, (("Content-Type", kind),), body))
    assert all(leak.weight in Weight and leak.where and leak.text.isprintable() for leak in found)


def encoded(text: str, first: list[str], middle: str, last: list[str]) -> str:
    for name in [*first, *([middle] if middle else []), *last]:
        text = ENCODINGS[name](text)
    return text


def response(frame: str, text: str) -> Response:
    return Response("http://lt/", 200, (("Content-Type", "text/html"),), frame.format(text).encode())
