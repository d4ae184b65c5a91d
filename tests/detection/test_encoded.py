"""Hosts inside base64 and PHP-serialised text."""

from __future__ import annotations

from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st

from portability.detection.encoded import encoded_occurrences
from portability.model import Encoder


def test_a_base64_token_is_one_unit() -> None:
    token = b64encode(b"mysql://fans@db1.fans.internal/app").decode()
    (found,) = encoded_occurrences(f"dsn={token};")
    assert found.encoder is Encoder.BASE64
    assert (found.before, found.written, found.after) == ("mysql://fans@", "db1.fans.internal", "/app")
    assert f"dsn={token};"[found.start : found.end] == token


def test_a_serialised_string_is_a_unit_and_its_length_counts_bytes() -> None:
    text = 'a:1:{s:3:"url";s:26:"http://www.fans.example/ä";}'
    (found,) = encoded_occurrences(text)
    assert found.encoder is Encoder.SERIALIZE
    assert text[found.start : found.end] == 's:26:"http://www.fans.example/ä";'
    assert found.before + found.written + found.after == "http://www.fans.example/ä"


def test_a_wrong_length_and_plain_words_are_nothing() -> None:
    assert list(encoded_occurrences('s:99:"http://www.fans.example/";')) == []
    assert list(encoded_occurrences("thisIsOnlyAnIdentifierOfTheCode")) == []


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_units_decode_to_before_value_and_after(text: str) -> None:
    for found in encoded_occurrences(text + " " + b64encode(b"http://www.fans.example/x").decode()):
        assert found.start < found.end and found.written
