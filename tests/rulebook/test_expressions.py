from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.rulebook.expressions import Expression


@pytest.mark.parametrize(
    "pattern", [r"(?i)host(?P<value>\w+)", r"(?P<value>[a-c]+)\b", "(?x) a  # one\n (?P<value>b)"]
)
@given(text=st.text(alphabet="ahbcHOSTost 1", max_size=30))
def test_it_finds_what_re_finds(pattern: str, text: str) -> None:
    compiled, checked = re.compile(pattern), Expression.checked(pattern)
    later = Expression(checked.pattern, checked.flags)
    for one in (checked, later):
        assert [m.span("value") for m in one.finditer(text)] == [
            m.span("value") for m in compiled.finditer(text)
        ]
        first, wanted = one.search(text), compiled.search(text)
        assert (first and first.span()) == (wanted and wanted.span())
        assert one.groupindex == compiled.groupindex and one.flags == compiled.flags


def test_what_is_no_expression_is_refused_at_once() -> None:
    with pytest.raises(re.error):
        Expression.checked("(")


def test_equal_ones_are_interchangeable_and_travel() -> None:
    one = Expression.checked("(?i)a")
    assert {one} == {Expression("(?i)a", one.flags)} == {pickle.loads(pickle.dumps(one))}
    assert one != Expression("(?i)a", 0) and one != "(?i)a"
