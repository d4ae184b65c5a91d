"""Every character of a YAML scalar is found where the file writes it."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from portability.model import Span
from portability.syntax.literals import decode
from portability.syntax.yamltext import encode, pieces, plain_safe


def written(text: str) -> tuple[str, str, bool]:
    """What the parser reads, what the pieces write, and whether they are finer than the whole."""
    data = text.encode()
    event = next(e for e in yaml.parse(text, Loader=yaml.CSafeLoader) if isinstance(e, yaml.ScalarEvent))
    style = {"'": "single", '"': "double", "|": "literal", ">": "folded"}.get(event.style or "", "plain")
    table = [len(text[:i].encode()) for i in range(len(text) + 1)]
    assert event.start_mark and event.end_mark
    span = Span(table[event.start_mark.index], table[event.end_mark.index])
    found = pieces(data, span, event.value, style, "utf-8")
    back = "".join(decode(data[p.start : p.end], "utf-8") if p.text is None else p.text for p in found)
    return str(event.value), back, len(found) != 1 or found[0].text is None


@pytest.mark.parametrize(
    "text",
    [
        "a b\n  c\n\n  d",
        "'it''s\n  two  lines\n\n\n  x'",
        '"a\\x41\\u00e9\\\n   b\n  c\\tz\\ \n d"',
        "|\n  a  b\n    c\n\n  d é\n",
        ">-\n  a\n  b\n\n  c\n   d\n  e\n",
        "|2+\n   a\n\n",
        "&x !t\n  a b",
        "!!str 'é'",
        ">\r\n  a\r\n  b\r\n",
        "| # why\n  a\n",
    ],
)
def test_folding_and_escapes_are_followed(text: str) -> None:
    value, back, fine = written(text)
    assert back == value
    assert fine


@given(st.text(alphabet="ab \n\t'\"\\é:#x1-", max_size=30), st.sampled_from(["'", '"', "|", ">"]))
def test_whatever_can_be_dumped_is_read_back(text: str, style: str) -> None:
    dumped = yaml.dump(text, default_style=style, allow_unicode=True, width=12)
    value, back, _ = written(dumped)
    assert back == value == text


@given(st.text(max_size=12), st.sampled_from(["single", "double"]))
def test_what_is_encoded_is_loaded_as_the_same_text(text: str, form: str) -> None:
    inner = encode(text, form)
    quote = {"single": "'", "double": '"'}[form]
    if inner is not None:
        assert yaml.safe_load(quote + inner + quote) == text


@given(st.text(alphabet="ab1.:,#-?![]{} &*|>'\"%@`~=é", min_size=1, max_size=8))
def test_what_is_safe_bare_is_one_scalar_anywhere(text: str) -> None:
    if plain_safe(text):
        for document in (f"k: {text}\n", f"[x, {text}]", f"{{k: {text}}}", f"- {text} # c\n"):
            events = [
                e.value
                for e in yaml.parse(document, Loader=yaml.CSafeLoader)
                if isinstance(e, yaml.ScalarEvent)
            ]
            assert text in events
