"""Expressions in bytes: the quick way and the plain one find the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.rulebook import matcher as room
from portability.rulebook.matcher import Hyperscan, Plain, any_of, matcher, word

needs_hyperscan = pytest.mark.skipif(room._hyperscan() is None, reason="no hyperscan for this machine")
WORDS = st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=6, unique_by=bytes.lower)


def test_words_are_found_in_any_case_where_they_end() -> None:
    assert matcher([b"host", b"AKIA"]).find(b"a Host, ghost; akia") == [(6, 0), (13, 0), (19, 1)]


def test_words_that_overlap_or_end_together_are_all_found() -> None:
    assert matcher([b"aa", b"a"]).find(b"aaa") == [(1, 1), (2, 0), (2, 1), (3, 0), (3, 1)]


def test_no_word_finds_nothing() -> None:
    assert matcher([]).find(b"anything") == []


@pytest.mark.parametrize("sign", [b".", b"\\", b"[a]", b"a|b", b"\xff\x00", b"://", b"(?i)"])
def test_signs_stand_for_themselves(sign: bytes) -> None:
    for find in (Plain([word(sign)]).find, matcher([word(sign)]).find):
        assert find(b"x" + sign + b"y") == [(1 + len(sign), 0)]
        assert find(b"xxxx") == []


@needs_hyperscan
@given(WORDS, st.binary(max_size=60))
def test_with_and_without_hyperscan_the_same_is_found(words: list[bytes], data: bytes) -> None:
    wanted = [word(one) for one in words]
    assert Hyperscan(wanted).find(data) == Plain(wanted).find(data)


@needs_hyperscan
@given(WORDS, st.data())
def test_the_same_where_the_words_stand_in_the_bytes(words: list[bytes], data: st.DataObject) -> None:
    parts = data.draw(
        st.lists(st.sampled_from([*words, *(w.upper() for w in words), b"a", b"=", b"\n"]), max_size=20)
    )
    wanted = [*map(word, words), any_of(words) + rb"[a-z]*\s*="]
    assert Hyperscan(wanted).find(b"".join(parts)) == Plain(wanted).find(b"".join(parts))
