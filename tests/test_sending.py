"""What is sent to another process arrives as it was."""

from __future__ import annotations

import copy
import pickle

from portability.model import Call, Literal, Position, Segment, Span

LITERAL = Literal(
    Span(2, 9), "a", (Segment(0, 1, Span(2, 9), "single", 3),), ("x",), Call("f", 0), Position.KEY, "php"
)


def test_it_arrives_equal_and_frozen() -> None:
    arrived = pickle.loads(pickle.dumps(LITERAL))
    assert arrived == LITERAL
    assert type(arrived.position) is Position
    assert copy.deepcopy(LITERAL) == LITERAL


def test_what_was_one_text_stays_one() -> None:
    one, other = pickle.loads(pickle.dumps([LITERAL, copy.copy(LITERAL)]))
    assert one.text is other.text
