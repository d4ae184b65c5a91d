"""YAML that is read by the lines around what is asked for gives what the whole file gives."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.languages import LANGUAGES, language
from portability.model import Focus, Literal, Position, Source
from portability.syntax.yamlislands import islands
from tests.scans import source
from tests.syntax.focusing import literals, lost

ROOT = Path(__file__).parents[2]
FILES = [
    source(path.relative_to(ROOT).as_posix(), path.read_bytes())
    for path in sorted([*(ROOT / "rules").rglob("*.yaml"), *(ROOT / "examples").rglob("*.y*ml")])
    if path.is_file()
]
SAMPLES = [source(s.path or LANGUAGES["yaml"].globs[0], s.text) for s in language("yaml").SAMPLES]
PLAIN = """# a.example
app:
  - host: &x a1.example   # c1
    "name": 'it''s'
    nested:
    - b1
    - {k: b2, l: [b3, "b4"]}
    text: |  # c2
       first: b5
         # no comment

       - last
    # c3
    other: >-
      c4
  -
    name: DB_HOST
    value:
      - c5
      - - c6
        - c7: "two
    lines \\x41"
  - Name: MQ
    x: *x
    Value: !Ref c8
empty:
---
- d1
- d2: http://d3.example:80/#d4
"""
NOT_PLAIN = (
    "a: b\n c\n",
    "a:\n  - [b,\n  c]\n",
    "a: [b, c\nd: e\n",
    "a: b: c\n",
    "a:\n\tb: c\n",
    "? a\n: b\n",
    "a: |2\n   b\n",
    "a:\n   b: c\n  d: e\n",
    "a: b\n  c: d\n",
    "a: 'b\n--- c'\n",
    'a: "\\q"\n',
    "--- a: b\n",
    "a: b\rc: d\n",
    "a: \u2028b\n",
    "%YAML 1.1\n---\na: b\n",
    "a: {b: c}: d\n",
    "- a\nb: c\n",
)


def asked(given: Source, *texts: str, names: tuple[str, ...] = ()) -> Source:
    return replace(
        given,
        focus=Focus(
            tuple(sorted(given.data.index(text.encode()) for text in texts)),
            tuple(sorted(given.data.index(name.encode()) for name in names)),
        ),
    )


def missed(given: Source) -> list[Literal]:
    """The literals with some bytes that are not read alike where they alone are asked for."""
    return [literal for literal, _ in lost(given) if literal.span.start < literal.span.end]


@pytest.mark.parametrize("given", [*FILES, *SAMPLES], ids=lambda given: given.path)
def test_in_files_as_people_write_them(given: Source) -> None:
    assert missed(given) == []


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_in_all_forms_of_plain_yaml(ends: str, mark: str) -> None:
    given = source("a.yml", (mark + PLAIN).replace("\n", ends))
    assert missed(given) == []
    for literal in literals(given):
        if literal.span.start < literal.span.end:
            assert islands(replace(given, focus=Focus((literal.span.start,)))) is not None


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_anything_else_is_read_as_a_whole(text: str) -> None:
    given = source("a.yml", f"{text}z: y\n")
    last = Focus((len(given.data) - 2,))
    assert islands(replace(given, focus=last)) is None
    assert missed(given) == []


def test_no_more_is_parsed_than_need_be() -> None:
    given = asked(source("a.yml", "".join(f"k{n}:\n  a: x{n}\n  b: y{n}\n" for n in range(99))), "y50")
    parts = islands(given)
    assert parts is not None
    assert b"".join(given.data[p.start : p.end] for p in parts) == b"k50:\n  b: y50\n"


def test_a_name_leads_to_all_that_it_names() -> None:
    given = asked(source("a.yml", PLAIN), names=("app",))
    found = {literal.text for literal in literals(given)}
    assert {"b1", "b2", "c4", "c7", "c8"} <= found
    assert "d1" not in found


def test_a_name_beside_a_value_leads_to_it() -> None:
    given = asked(source("a.yml", PLAIN), names=("DB_HOST",))
    assert ("c5", ("app", "DB_HOST")) in {(found.text, found.names) for found in literals(given)}


def test_a_name_leads_on_in_a_file_that_is_not_plain() -> None:
    given = asked(source("a.yml", "a: [b,\n  c]\n" + PLAIN), names=("DB_HOST",))
    found = {(literal.text, literal.names) for literal in literals(given)}
    assert ("c5", ("app", "DB_HOST")) in found
    assert "c8" not in {text for text, _ in found}


def test_what_is_left_out_is_no_empty_value() -> None:
    given = asked(source("a.yml", "a:\n  b: 1\nc: 2\n---\nd: 3\n"), "1")
    assert [literal.text for literal in literals(given)] == ["a", "b", "1"]


LINES = st.sampled_from(
    (
        *("a: b", "name: X", "value: y", "k:", "- v", "-", "- k: v", "- - w", "# c", "", "t: |", "- >-"),
        *(
            "'q': 'r' # s",
            '"u": "v\\n"',
            "x: [y, z]",
            "x: {y: z}",
            "- &a w",
            "l: *a",
            "m: 'n",
            "o'",
            "p",
            "---",
        ),
        *("value:", "r: !t", "key: NAME", 'd: "e', 'f"', "g: h: i", "j : k", "- l#m", "[n,", "o]", "é: ü"),
    )
)
TEXTS = st.lists(st.tuples(st.integers(0, 4), LINES), min_size=1, max_size=14)


def subset(read: list[Literal], whole: list[Literal]) -> bool:
    return all(literal in whole for literal in read)


@settings(max_examples=600, deadline=None)
@given(TEXTS, st.data())
def test_random_lines_give_the_same(lines: list[tuple[int, str]], data: st.DataObject) -> None:
    given = source("a.yml", "".join(f"{' ' * indent}{line}\n" for indent, line in lines))
    whole = literals(given)
    there = [literal for literal in whole if literal.span.start < literal.span.end]
    if not there:
        return
    keys = [literal for literal in there if literal.position is Position.KEY]
    values = data.draw(st.lists(st.sampled_from(there), max_size=3))
    names = data.draw(st.lists(st.sampled_from(keys), max_size=2)) if keys else []
    focus = Focus(
        tuple(sorted({literal.span.start for literal in values})),
        tuple(sorted({literal.span.start for literal in names})),
    )
    read = literals(replace(given, focus=focus))
    assert all(literal in read for literal in values if literal in there)
    assert subset(read, whole)


def test_lines_of_a_large_file_are_gone_over_once() -> None:
    body = "".join(f"- host: h{n}.example\n  port: {n}\n" for n in range(20_000)).encode()
    starts = list(accumulate((len(line) + 1 for line in body.split(b"\n")), initial=0))
    given = source("a.yml", body)
    assert islands(replace(given, focus=Focus(tuple(starts[:-2])))) is not None
