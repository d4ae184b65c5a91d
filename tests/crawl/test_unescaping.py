"""Every escape is undone, and each character still knows where it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.crawl.unescaping import unescape

WRITTEN = {
    r"\/": "/",
    r"\\\/": "/",
    r"\u002F": "/",
    r"\u002f": "/",
    r"\\u002f": "/",
    r"\u{2f}": "/",
    r"\x2F": "/",
    r"a\.b": "a.b",
    "%2F": "/",
    "%252F": "/",
    "%u002F": "/",
    "%C3%BC": "\u00fc",
    "%FC": "\u00fc",
    "&#47;": "/",
    "&#x2F;": "/",
    "&#47&#47x": "//x",
    "&amp;#47;": "/",
    "&sol;": "/",
    "&amp;": "&",
    "&quot;": '"',
    r"%5Cu002F": "/",
    r"\u0026#x2f;": "/",
}
KEPT = [
    "100%",
    "a & b",
    "&copy",
    "&nothing;",
    r"\n",
    r"\d+",
    "\\",
    "%zz",
    "&#;",
    r"\u12",
    r"C:\new",
    "&region=1",
]


@pytest.mark.parametrize(("text", "plain"), WRITTEN.items())
def test_undone(text: str, plain: str) -> None:
    assert unescape(f"a{text}b").text == f"a{plain}b"


@pytest.mark.parametrize("text", KEPT)
def test_kept(text: str) -> None:
    assert unescape(f"a {text} b").text == f"a {text} b"


PIECES = st.lists(st.sampled_from([*WRITTEN, *KEPT, "abc", "\u20ac", " "]), max_size=12)


@given(PIECES, PIECES)
def test_origin(before: list[str], after: list[str]) -> None:
    """A word between any escapes is found at the very place where it was written."""
    head, tail = " ".join(before) + " ", " " + " ".join(after)
    found = unescape(head + "MARK" + tail)
    assert found.origin(found.text.index("MARK")) == len(head)
    assert found.origin(found.text.index("MARK") + 4) == len(head) + 4


@given(st.text(alphabet="\\%&#;ux/25aFf0", max_size=60))
def test_origins_never_go_back(text: str) -> None:
    found = unescape(text)
    origins = [found.origin(at) for at in range(len(found.text) + 1)]
    assert origins == sorted(origins)
    assert all(0 <= at <= len(text) for at in origins)
