"""The replica's copy of an application: what is listed is replaced, in every spelling that keeps it whole."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.lab.rewriting import rewrite
from examples.stage.names import load_values

VALUES = load_values()


@pytest.mark.parametrize(
    ("before", "after"),
    (
        (b"'www.starclub.example'", b"'www.lt-starclub.example'"),
        (rb"/^https?:\/\/(www\.)?starclub\.example\//", rb"/^https?:\/\/(www\.)?lt-starclub\.example\//"),
        (rb'"http:\/\/www.starclub.example\/x"', rb'"http:\/\/www.lt-starclub.example\/x"'),
        (b"http%3A%2F%2Fwww.starclub.example%2F", b"http%3A%2F%2Fwww.lt-starclub.example%2F"),
        (b"DocumentRoot /var/www/starclub.example/public", b"DocumentRoot /var/www/starclub.example/public"),
        (b"'d1fakestarclub' . '.cloudfront'", b"'d2fakestarclublt' . '.cloudfront'"),
        (b"mysqli('10.20.0.15', 'report', 'root')", b"mysqli('10.30.0.15', 'report', 'Fake-Lt-Report-Pw')"),
        (b"password = root\n", b"password = Fake-Lt-Report-Pw\n"),
        (b"chown root /x", b"chown root /x"),
        (b"notstarclub.example", b"notstarclub.example"),
    ),
)
def test_values_are_replaced_where_they_stand_alone(before: bytes, after: bytes) -> None:
    assert rewrite(before, VALUES) == after


@given(st.lists(st.sampled_from(["www.starclub.example", "x", "é", "ops@starclub.example", " "]), max_size=6))
def test_serialised_lengths_stay_true(parts: list[str]) -> None:
    inner = "".join(parts).encode()
    told = rewrite(b'x a:1:{s:1:"k";s:%d:"%s";} y' % (len(inner), inner), VALUES)
    found = re.fullmatch(rb'x a:1:\{s:1:"k";s:(\d+):"(.*)";\} y', told)
    assert found is not None
    assert int(found[1]) == len(found[2])
    assert found[2] == rewrite(inner, VALUES)


@given(st.binary(max_size=60))
def test_any_bytes_are_taken_and_a_second_time_changes_nothing(data: bytes) -> None:
    once = rewrite(data, VALUES)
    assert rewrite(once, VALUES) == once
