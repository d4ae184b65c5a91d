"""Pages and fragments of pages, and the other languages in them."""

from __future__ import annotations

import pytest

from portability.languages import language
from portability.model import Literal, Region, Source
from tests.languages.reading import literals, one, regions


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("<script>a</script>", [("javascript", "a")]),
        ("<SCRIPT type='module'>a</SCRIPT >", [("javascript", "a")]),
        ("<script type='application/ld+json'>{}</script>", [("json", "{}")]),
        ("<script type='text/template'><p>a</script>", [("html", "<p>a")]),
        ("<style>a{}</style>", [("css", "a{}")]),
        ("<script src='a'></script>", []),
        ("<script>a", [("javascript", "a")]),
    ],
)
def test_other_languages(script: str, found: list[tuple[str, str]]) -> None:
    assert regions("html", script) == found


def test_many_scripts_share_a_region() -> None:
    page = "<script>a='b';</script>\n" * 10_000
    found = list(language("html").literals(Source("x.html", page.encode())))
    assert [type(item) for item in found] == [Region]
    assert isinstance(found[0], Region) and found[0].data.count(b"a='b'") == 10_000


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("<a href=x>", ("a", "href")),
        ("<A HREF = 'x'>", ("a", "href")),
        ("<img \x1a\x1a src='x' alt>", ("img", "src")),
        ("<p>x</p>", ("p",)),
        ("<p><br>x", ("p",)),
        ("</p>x", ()),
        ("x", ()),
        ('<a title=\'\n<b title="x">', ("b", "title")),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert one("html", text, "x").names == names


def test_a_query_that_looks_like_a_reference_stays() -> None:
    assert one("html", "<a href='?a=1&copy=2&amp;b'>", "?a=1&copy=2&b")


def test_text_of_scripts_is_no_markup() -> None:
    assert [found.text for found in literals("html", "<script>'</p>'</script>x")] == ["x"]
    assert all(isinstance(found, Literal) for found in literals("html", "<!-- a --><!x><?php a ?>"))
