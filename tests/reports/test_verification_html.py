"""The page of a verification: what is wrong stands first, all checks are there, and nothing in it is code."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from portability.asking.verdicts import Area, Check, Deployed, Result, Verification
from portability.reports import verification_html
from tests.reports.test_verification import REPORT

HOSTILE = "</td><script>alert(1)</script><img src=//evil.example onerror='x'>\n\0"


class Page(HTMLParser):
    """The page's elements, and its words in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "src"]
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def test_the_verdict_is_first_then_what_is_wrong_then_everything() -> None:
    page = Page(verification_html.render(REPORT))
    text = "\n".join(page.words)
    assert page.open == []
    assert "FAIL: 2 checks point at production; do not start the campaign" in text
    wrong, _, everything = text.partition("passed")
    assert wrong.index("identity s3 uploads") < wrong.index("page /legacy.php") < wrong.index("job mails")
    assert "stands in legacy.php:12" in wrong and "FAIL, production" in wrong
    assert all(check.identity in everything for check in REPORT.checks if check.area is not Area.VALUES)
    assert [note for note in (*REPORT.notes, *REPORT.strength) if note not in text] == []


def test_a_pass_says_of_what() -> None:
    checks = (Check(Area.PAGE, "/", Result.PASS),)
    report = Verification("loadtest", "local", "r1", checks, deployed=Deployed("ab" * 20, "cd" * 32))
    text = "\n".join(Page(verification_html.render(report)).words)
    assert "PASS: every service is the replica, and nothing left it" in text
    assert "What is wrong" not in text and "ab" * 20 in text and "1: 1 pass" in text


def test_nothing_of_a_page_that_was_walked_becomes_markup() -> None:
    check = Check(Area.PAGE, HOSTILE, Result.FAIL, HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,))
    report = replace(REPORT, checks=(check,), notes=(HOSTILE,), strength=(HOSTILE,), environment=HOSTILE)
    told = verification_html.render(replace(report, release=HOSTILE, target=HOSTILE))
    assert not set(Page(told).tags) & {"script", "img", "iframe", "object"}
    assert "default-src 'none'" in told
