"""JSON that is read up to what is asked for, with plain entries passed over, gives what the whole gives."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from portability.model import Focus, Position
from tests.scans import source
from tests.syntax.focusing import literals

PARTS = st.lists(
    st.sampled_from(
        (
            *(
                '"a": "b",',
                '"name": "X",',
                '"value": "y",',
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                '"k":',
                '"v"',
                "12",
            ),
            *(
                '"na\\u006de": "Z",',
                '"c\\\\": "d\\"",',
                "/* c */",
                "// d\n",
                "e: 'f',",
                '"g", "h",',
                "true,",
                " ",
            ),
            *(
                '"i": {"j": "k", "l": [1, "m"]},',
                '{"name": "N", "o": {"name": "p"}, "value": "q"},',
                '"',
                "\\",
            ),
        )
    ),
    min_size=1,
    max_size=16,
)


@settings(max_examples=600, deadline=None)
@given(PARTS, st.data())
def test_what_is_asked_for_is_read_alike(parts: list[str], data: st.DataObject) -> None:
    text = source("a.json", "".join(parts))
    whole = literals(text)
    if not whole:
        return
    wanted = data.draw(st.lists(st.sampled_from(whole), max_size=3))
    keys = [literal for literal in whole if literal.position is Position.KEY]
    names = data.draw(st.lists(st.sampled_from(keys), max_size=2)) if keys else []
    focus = Focus(
        tuple(sorted({literal.span.start for literal in wanted})),
        tuple(sorted({literal.span.start for literal in names})),
    )
    read = literals(replace(text, focus=focus))
    assert all(literal in read for literal in wanted)
    assert all(literal in whole for literal in read)


def test_a_name_waits_for_its_value_past_names_within() -> None:
    text = source(
        "a.json", '{"name": "DB_HOST", "o": {"name": "p", "x": "y"}, "value": {"z": "db1"}, "w": "v"}'
    )
    at = text.data.index(b"DB_HOST")
    found = {(literal.text, literal.names) for literal in literals(replace(text, focus=Focus((), (at,))))}
    assert ("db1", ("DB_HOST", "z")) in found
    assert "v" not in {text for text, _ in found}
