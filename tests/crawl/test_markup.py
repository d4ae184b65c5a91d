"""A page's parts stand where they are, whatever is broken around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.crawl.markup import Kind, parts

PAGES = {
    "quotes": ("""<a href="x" b='y' c=z d>""", [("href", "x"), ("b", "y"), ("c", "z"), ("d", "")]),
    "spaces": ("<a href = 'x'\n b\t=\ty >", [("href", "x"), ("b", "y")]),
    "entities": ("<a href='?a&amp;b&#x26;c'>", [("href", "?a&b&c")]),
    "no spaces between": ("<a href='x'b='y'>", [("href", "x"), ("b", "y")]),
    "slashes": ("<a/href=/x/y/ b/>", [("href", "/x/y/"), ("b", "")]),
    "signs inside": ("<a href='<b> > \" '>", [("href", '<b> > " ')]),
    "upper case": ("<A HREF=X>", [("href", "X")]),
    "missing quote": ("<a href='x", [("href", "x")]),
    "empty": ("<a href='' b=>", [("href", ""), ("b", "")]),
}


@pytest.mark.parametrize(("text", "attributes"), PAGES.values(), ids=PAGES.keys())
def test_attributes(text: str, attributes: list[tuple[str, str]]) -> None:
    (tag,) = parts(text)
    assert (tag.kind, tag.tag) == (Kind.TAG, "a")
    assert [(found.name, found.value) for found in tag.attributes] == attributes


def test_parts() -> None:
    text = (
        "<!DOCTYPE html>t1<p>t2</p><!-- c --><script type=x>if (a</b/) '</p>'</script ><style>s</style>"
        "<title>a<b></title>2 < 3<!-->t3<![CDATA[t4]]><?php ?><!-- open"
    )
    told = [(part.kind.value, part.tag, text[part.start : part.end]) for part in parts(text)]
    assert told == [
        ("comment", "", "<!DOCTYPE html>"),
        ("text", "", "t1"),
        ("tag", "p", "<p>"),
        ("text", "p", "t2"),
        ("comment", "", "<!-- c -->"),
        ("tag", "script", "<script type=x>"),
        ("raw", "script", "if (a</b/) '</p>'"),
        ("tag", "style", "<style>"),
        ("raw", "style", "s"),
        ("tag", "title", "<title>"),
        ("text", "title", "a<b>"),
        ("text", "", "2 < 3"),
        ("comment", "", "<!-->"),
        ("text", "", "t3"),
        ("text", "", "t4]]>"),
        ("comment", "", "<?php ?>"),
        ("comment", "", "<!-- open"),
    ]


@given(st.text(alphabet="<>!-/a='\" scriptle\n?[]", max_size=80), st.booleans())
def test_parts_never_overlap(text: str, xml: bool) -> None:
    at = 0
    for part in parts(text, xml):
        assert at <= part.start <= part.end <= len(text)
        at = part.end
        for attribute in part.attributes if part.kind is Kind.TAG else ():
            assert part.start < attribute.start < attribute.end <= part.end
