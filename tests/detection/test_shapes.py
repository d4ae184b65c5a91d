"""Every notation of a host, and the look-alikes that are none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.detection.shapes import Shape, occurrences
from portability.model import HOLE, Encoder


def hosts(text: str) -> list[str]:
    return [o.host for o in occurrences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.fans.example/x", ["www.fans.example"]),
        ("//cdn.fans.example/a.js", ["cdn.fans.example"]),
        ("https:\\/\\/fans.example\\/x", ["fans.example"]),
        ("?u=http%3A%2F%2Fwww.fans.example%2Fa", ["www.fans.example"]),
        ("redis://:fake@cache.fans.internal:6379/0", ["cache.fans.internal"]),
        ("a.fans.example:11211,b.fans.example:11211", ["a.fans.example", "b.fans.example"]),
        ("mysql:host=db1.fans.example;port=3306", ["db1.fans.example"]),
        ("mysql:host=db-ro;dbname=fans", ["db-ro"]),
        ("host=pg1 dbname=fans user=x", ["pg1"]),
        (".fans.example", ["fans.example"]),
        ("*.fans.example", ["fans.example"]),
        ("static.fans.example::export/daily", ["static.fans.example"]),
        ("deploy@10.20.0.15:/srv", ["10.20.0.15"]),
        ("Fans <shop@fans.example>", ["fans.example"]),
        ("_amqp._tcp.fans.example", ["_amqp._tcp.fans.example"]),
        ("\\\\static.fans.example\\export", ["static.fans.example"]),
        (f"https://{HOLE}.fans.example/", ["fans.example"]),
        (f"https://www.fans.example{HOLE}", ["www.fans.example"]),
        (f"{HOLE}.rest.fans.example", ["rest.fans.example"]),
        ("https://%s.fans.example/", ["fans.example"]),
        ("http://www.fans.example/a?next=http://m.fans.example/", ["www.fans.example", "m.fans.example"]),
        ("10.1.2.0/24", ["10.1.2.0"]),
    ],
)
def test_notations(text: str, expected: list[str]) -> None:
    assert hosts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "badge@2x.png",
        "index.php",
        "1.2.3",
        "//body/div",
        "/srv/www/www.fans.example/htdocs",
        f"http://{HOLE}/index.php",
        f"mysql://{HOLE}:{HOLE}@{HOLE}/x",
        "http://%s/",
        "fans.example()",
        "",
    ],
)
def test_look_alikes(text: str) -> None:
    assert [h for h in hosts(text) if h != "body"] == []


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (r"/^https?:\/\/www\.fans\.example\//", r"www\.fans\.example"),
        (r"^(www\.)?fans\.example$", r"fans\.example"),
        (r"!^https?://(www|admin)\.fans\.example/", r"fans\.example"),
        (r"/^https?:\/\/([a-z]+\.)?fans\.example\//", r"fans\.example"),
    ],
)
def test_regular_expressions_are_whole_units(text: str, unit: str) -> None:
    (found,) = occurrences(text)
    assert text[found.start : found.end] == unit
    assert found.encoder is Encoder.REGEX and found.written == unit.replace("\\", "")


def test_the_parts_around_a_host() -> None:
    (found,) = occurrences("amqp://fans:n0t-real@MQ.fans.internal:5672/%2Ffans")
    assert (found.scheme, found.port, found.shape) == ("amqp", "5672", Shape.URL)
    assert found.host == "mq.fans.internal" and found.written == "MQ.fans.internal"
    assert found.password is not None


NAMES = st.from_regex(
    r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,8}[a-z0-9])?){0,2}\.(de|com|internal)",
    fullmatch=True,
)


@given(NAMES, st.sampled_from(["https://{}/a", "{}", "x {}, y", "{}:3306", "//{}/", "ftp://u@{}/", "'{}'"]))
def test_a_name_is_found_whole_wherever_it_stands(name: str, frame: str) -> None:
    text = frame.format(name)
    found = [o for o in occurrences(text) if text[o.start : o.end] == name]
    assert found or "." not in name or (hosts(text) == [] and not name.partition(".")[0])


@given(st.text(alphabet="ab.:/@\\%-_*?()[]{}$'\" \n1205=;,s" + HOLE, max_size=60))
def test_occurrences_never_overlap_and_never_touch_a_hole(text: str) -> None:
    found = occurrences(text)
    for one, other in pairwise(found):
        assert one.end <= other.start
    for item in found:
        assert HOLE not in text[item.start : item.end] and item.start < item.end
