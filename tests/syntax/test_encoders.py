"""What an encoder writes is what PHP and regular expressions read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.model import Encoder
from portability.syntax.encoders import decode, encode


@pytest.mark.parametrize(
    ("encoder", "text"),
    [
        (Encoder.PLAIN, "http://db-1.shop.example/é"),
        (Encoder.REGEX, "http://db-1\\.shop\\.example/é"),
        (Encoder.BASE64, "aHR0cDovL2RiLTEuc2hvcC5leGFtcGxlL8Op"),
        (Encoder.SERIALIZE, 's:27:"http://db-1.shop.example/é";'),
    ],
)
def test_the_unit_holds_what_stands_around_the_value(encoder: Encoder, text: str) -> None:
    assert encode(encoder, "http://", "db-1.shop.example", "/é") == text
    assert decode(encoder, "http://", text, "/é") == "db-1.shop.example"


@given(st.sampled_from(Encoder), st.text(), st.text(), st.text())
def test_every_value_comes_back(encoder: Encoder, before: str, value: str, after: str) -> None:
    assert decode(encoder, before, encode(encoder, before, value, after), after) == value


@given(st.text())
def test_a_pattern_matches_just_the_value(value: str) -> None:
    assert re.fullmatch(encode(Encoder.REGEX, "", value, ""), value)


@pytest.mark.parametrize(
    ("encoder", "text"),
    [
        (Encoder.BASE64, "a"),
        (Encoder.BASE64, "/w=="),
        (Encoder.SERIALIZE, 's:3:"ab";'),
        (Encoder.SERIALIZE, "ab"),
        (Encoder.PLAIN, "http:/"),
    ],
)
def test_what_is_not_well_formed_holds_no_value(encoder: Encoder, text: str) -> None:
    assert decode(encoder, "http://" if encoder is Encoder.PLAIN else "", text, "") is None
