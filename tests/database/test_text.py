"""Hosts and URLs in a text become the replica's in every escape, and nothing else changes."""

from __future__ import annotations

import pytest

from portability.database.names import names
from portability.database.text import LONGER, MAIL, NO_VALUE
from tests.database.given import NAMES, PAIRS, pair, rewritten

CHANGES = {
    "https://www.fans.example/x": "https://www.lt-fans.example/x",
    "HTTPS://WWW.Fans.Example/x": "HTTPS://www.lt-fans.example/x",
    "www.fans.example": "www.lt-fans.example",
    "See www.fans.example.": "See www.lt-fans.example.",
    "//shop.fans.example:8443/": "//shop.lt.example:8443/",
    "domain=.fans.example; a": "domain=.lt.fans.example; a",
    r"https:\/\/www.fans.example\/x": r"https:\/\/www.lt-fans.example\/x",
    r"https:\\\/\\\/www.fans.example\\\/x": r"https:\\\/\\\/www.lt-fans.example\\\/x",
    r"https:\u002F\u002Fwww.fans.example": r"https:\u002F\u002Fwww.lt-fans.example",
    "https%3A%2F%2Fwww.fans.example%2Fx": "https%3A%2F%2Fwww.lt-fans.example%2Fx",
    "https%253A%252F%252Fwww.fans.example": "https%253A%252F%252Fwww.lt-fans.example",
    "r=%2Fwww.fans.example": "r=%2Fwww.lt-fans.example",
    "https&#58;&#x2F;&#x2F;www.fans.example": "https&#58;&#x2F;&#x2F;www.lt-fans.example",
    r"a\nwww.fans.example\r\nfans.example": r"a\nwww.lt-fans.example\r\nlt.fans.example",
    "https://user:pw@www.fans.example/": "https://user:pw@www.lt-fans.example/",
    "db 10.20.0.15:3306": "db 10.30.0.15:3306",
    "cache.fans.example:6379 cache.fans.example:1": "cache.lt.example:6380 cache.lt.example:1",
    "http://www.fän.example/": "http://www.faen-lt.example/",
    "http://www.xn--fn-via.example/": "http://www.faen-lt.example/",
    r"http:\/\/www.f\u00e4n.example\/": r"http:\/\/www.faen-lt.example\/",
    "http%3A%2F%2Fwww.f%C3%A4n.example": "http%3A%2F%2Fwww.faen-lt.example",
    "http://img1.cdn.example/ http://a.b.cdn.example/": "http://img1.cdn-lt.example/ http://a.b.cdn-lt.example/",
    "www.fans.example是": "www.lt-fans.example是",
    "https://api.fans.example/v1/x": "http://api.lt.example:8080/api/v1/x",
    "http://api.fans.example/v1": "http://api.lt.example:8080/api/v1",
    "//api.fans.example/v1": "//api.lt.example:8080/api/v1",
    r"https:\/\/api.fans.example\/v1\/x": r"http:\/\/api.lt.example:8080\/api\/v1\/x",
    "https%3A%2F%2Fapi.fans.example%2Fv1": "http%3A%2F%2Fapi.lt.example%3A8080%2Fapi%2Fv1",
    "u%3Dhttps%3A%2F%2Fapi.fans.example%2Fv1": "u%3Dhttp%3A%2F%2Fapi.lt.example%3A8080%2Fapi%2Fv1",
    "https://api.fans.example/v12": "https://api.lt.example/v12",
    "https://sqs.cloud.example/1111/mail": "https://sqs.cloud.example/2222/mail",
}


@pytest.mark.parametrize("before", CHANGES)
def test_a_host_changes_in_its_escape(before: str) -> None:
    after, seen = rewritten(before.encode())
    assert after.decode() == CHANGES[before]
    assert not seen.left


LEFT = {
    "notwww.fans.example": NO_VALUE,
    "blog7.fans.example": NO_VALUE,
    "a1.prod.example": NO_VALUE,
    "www.fans.example.evil.test": LONGER,
    "www.fans.example_old": LONGER,
    "boss@fans.example": MAIL,
    "boss%40fans.example": MAIL,
    "boss&#64;fans.example": MAIL,
}


@pytest.mark.parametrize("before", LEFT)
def test_what_no_value_replaces_is_left_and_told(before: str) -> None:
    after, seen = rewritten(before.encode())
    assert after.decode() == before
    assert [hit.left for hit in seen.hits] == [LEFT[before]]


@pytest.mark.parametrize(
    "text",
    [
        "evilfans.example",
        "lt.fans.example",
        "x.lt.fans.example",
        "110.20.0.15",
        "10.20.0.150",
        "1.10.20.0.15",
        "fans and example",
        "acdn.example",
        "https://sqs.cloud.example/3333/other",
        "img1.cdn-lt.example",
    ],
)
def test_what_is_not_productions_is_nothing(text: str) -> None:
    assert rewritten(text.encode())[1].hits == ()


def test_a_longer_name_wins_and_neighbours_stay() -> None:
    after, _ = rewritten(b"shop.fans.example,fans.example;www.fans.example")
    assert after == b"shop.lt.example,lt.fans.example;www.lt-fans.example"


def test_mail_addresses_change_where_somebody_asks_for_it() -> None:
    known = names(PAIRS, mail=True)
    after, seen = rewritten(b"boss@fans.example", known)
    assert after == b"boss@lt.fans.example"
    assert [hit.form for hit in seen.hits] == ["e-mail"]


def test_a_host_with_two_values_is_left() -> None:
    known = names(
        [
            pair("https://a.example/x", "https://b.test/x", "A"),
            pair("https://a.example/y", "https://c.test/y", "B"),
        ]
    )
    after, seen = rewritten(b"https://a.example/x https://a.example/y https://a.example/z", known)
    assert after == b"https://b.test/x https://c.test/y https://a.example/z"
    assert [hit.left for hit in seen.left] == ["A and B give it different values"]


def test_the_bytes_of_another_character_set_stay() -> None:
    after, _ = rewritten(b"\xe9\xff https://www.fans.example/\xe9")
    assert after == b"\xe9\xff https://www.lt-fans.example/\xe9"


def test_a_text_without_a_needle_is_not_looked_at_further() -> None:
    assert not NAMES.needles.may_hold(b"https://www.other.example/")
