"""Which serialised texts hold a place, and that a place in one that can't be followed is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.syntax.serialised import Uncountable, around, may_hold, reach, starts

INSIDE = [
    ('a:1:{s:1:"u";s:7:"é-HERE";}', ['s:7:"é-HERE";']),
    ('s:23:"s:15:"https://HERE.ex";";', ['s:23:"s:15:"https://HERE.ex";";', 's:15:"https://HERE.ex";']),
    ('a:1:{s:4:"HERE";i:1;}', ['s:4:"HERE";']),
    ('s:10:"a";b "HERE";', ['s:10:"a";b "HERE";']),
    ('s:2:"ab";HERE', []),
    ('s:4:"abcd";s:4:"HERE";', ['s:4:"HERE";']),
    ("no count HERE", []),
    ('class:4:"HERE"', []),
]


@pytest.mark.parametrize(("text", "units"), INSIDE)
def test_the_serialised_texts_around_a_place(text: str, units: list[str]) -> None:
    at = text.index("HERE")
    found = around(text, at, at + 4)
    assert [text[one.start : one.end] for one in found] == units
    for one in found:
        counted = text[one.content : one.content_end]
        assert int(text[one.count : one.count_end]) == len(counted.encode())


@pytest.mark.parametrize(
    "text",
    [
        's:6:"é-HERE";',
        's:60:"x-HERE";',
        's:6:"x-HERE"',
        's:14:"s:6:\\"y-HERE\\";";',
        "s:6:&quot;x-HERE&quot;;",
        "s%3A6%3A%22x-HERE%22%3B",
        's:6:"\x1a-HERE";',
        'S:6:"x-HERE";',
        'C:11:"ArrayObject":41:{x:i:0;a:1:{s:1:"u";s:4:"HERE";};m:a:0:{}}',
        's:@@|serialized(2,1)@@:"x-HERE";',
    ],
)
def test_a_text_that_can_not_be_followed_is_told(text: str) -> None:
    at = text.index("HERE")
    with pytest.raises(Uncountable):
        around(text, at, at + 4)
    assert reach(text.encode()).holds(len(text[:at].encode()))
    assert may_hold(text)


@pytest.mark.parametrize("text", ['a:1:{s:4:"name";i:HERE;}', 'O:4:"HERE":1:{s:1:"a";i:1;}'])
def test_what_is_no_counted_text_of_an_array_or_object_is_its_structure(text: str) -> None:
    at = text.index("HERE")
    with pytest.raises(Uncountable):
        around(text, at, at + 4)


def test_latin_1_is_counted_in_its_own_bytes() -> None:
    text = 's:6:"é-HERE";'
    assert len(around(text, 7, 11, "latin-1")) == 1


def test_what_stands_behind_a_serialised_text_is_reached_by_none() -> None:
    data = b'x = \'a:1:{s:3:"url";s:5:"abcde";}\' HERE'
    assert not reach(data).holds(data.index(b"HERE"))
    assert starts(data) == [data.index(b"s:3:"), data.index(b"s:5:")]


@given(st.text(alphabet='s:19"\\;{}aC&quot%', max_size=60), st.integers(0, 60))
def test_whatever_holds_a_place_is_within_reach(text: str, place: int) -> None:
    at = min(place, len(text))
    try:
        inside = bool(around(text, at, at))
    except Uncountable:
        inside = True
    assert not inside or reach(text.encode()).holds(len(text[:at].encode()))
