"""What an encoder is said to give is what PHP gives; the context picks the one that fits the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.model import Claim
from portability.proving.php import Php
from portability.syntax.php.encoders import (
    ENCODERS,
    HTML,
    JSON,
    PLAIN,
    URL,
    fitting,
    pattern_of,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(deadline=None, max_examples=25)
@given(st.lists(TEXTS, min_size=1, max_size=40))
def test_php_gives_what_is_computed_here(texts: list[str]) -> None:
    values = {f"K{number}": text for number, text in enumerate(texts)}
    asked = [(name, encoder) for name in values for encoder in ENCODERS]
    claims = [
        Claim(b"''", ENCODERS[encoder].call(f"\\AppEnv\\{name}".encode("ascii"))) for name, encoder in asked
    ]
    answers = Php.find().evaluate("AppEnv", values, claims)
    for (name, encoder), answer in zip(asked, answers, strict=True):
        assert answer.after == ENCODERS[encoder].encode(values[name]).encode("utf-8"), (encoder, values[name])


@pytest.mark.parametrize(
    ("text", "value", "encoder"),
    [
        ("amqp://shop:Fake-1@mq.shop.example/", "Fake-1", URL),
        ("redis://:Fake-1@cache", "Fake-1", URL),
        ("amqp://shop:Fake!1@mq.shop.example/", "Fake!1", PLAIN),
        ("https://api.shop.example/?key=Fake-1", "Fake-1", PLAIN),
        ('{"user": "shop", "password": "Fake-1"}', "Fake-1", JSON),
        ('["Fake-1"]', "Fake-1", JSON),
        ('{"path": "a\\/b"}', "a/b", JSON),
        ('<smtp password="Fake-1"/>', "Fake-1", HTML),
        ("<b>a &amp; b</b>", "a & b", HTML),
        ("<script>go('Fake-1')</script>", "Fake-1", PLAIN),
        ("mysql:host=db;password=Fake-1", "Fake-1", PLAIN),
        ("a &amp; b", "a & b", None),
    ],
)
def test_the_notation_around_a_value_picks_its_encoder(text: str, value: str, encoder: str | None) -> None:
    written = {"a/b": "a\\/b", "a & b": "a &amp; b"}.get(value, value)
    at = text.index(written)
    assert fitting(text, at, at + len(written), value) == encoder


@pytest.mark.parametrize(
    ("written", "value", "encoder"),
    [
        (r"db\-1\.shop\.example", "db-1.shop.example", "pattern"),
        (r"db-1\.shop\.example", "db-1.shop.example", "dots"),
        (r"db1\.shop.example", "db1.shop.example", None),
    ],
)
def test_a_pattern_is_written_as_it_was(written: str, value: str, encoder: str | None) -> None:
    assert pattern_of(written, value) == encoder
