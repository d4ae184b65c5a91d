"""What a page sends after its answer is its own, and not the next page's."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from portability.asking.territory import Zone
from portability.crawl import Page
from portability.guard import Counts, Flow
from portability.verification.late import BACK, MOST, REACH, Visit, settled

CACHE = Flow(ip_address("10.20.0.31"), "tcp", 6379, Zone.PRODUCTION)
STATS = Flow(ip_address("10.20.0.200"), "udp", 8125, Zone.PRODUCTION)


class Site:
    """Pages that send something, at once or late, each time that they are asked for."""

    def __init__(self, sending: dict[str, Flow]) -> None:
        self.sending = sending
        self.asked: list[str] = []
        self._left: list[Flow] = []

    def again(self, page: Page) -> bool:
        if page.login:
            return False
        self.asked.append(page.url)
        if page.url in self.sending:
            self._left.append(self.sending[page.url])
        return True

    def cut(self) -> Counts:
        left, self._left = self._left, []
        return Counts({flow: 3 for flow in left})

    def settled(self, *visits: Visit) -> dict[str, Visit]:
        found = settled(visits, self.again, self.cut, lambda seconds: None)
        return {visit.page.url: visit for visit in found}


def visit(url: str, *flows: Flow, logged_in: bool = False, login: bool = False) -> Visit:
    page = Page(url, 200, 1.0, 10, logged_in=logged_in, login=login)
    return Visit(page, Counts(dict.fromkeys(flows, 2)))


def test_a_page_that_sends_again_keeps_what_it_sent() -> None:
    site = Site({"/b": CACHE})
    found = site.settled(visit("/a"), visit("/b", CACHE))
    assert found == {"/a": visit("/a"), "/b": visit("/b", CACHE)}
    assert site.asked == ["/b"]


def test_what_the_page_before_sent_late_is_that_pages() -> None:
    site = Site({"/a": CACHE})
    found = site.settled(visit("/a"), visit("/b", CACHE))
    assert found["/a"].counts.flows == {CACHE: 2}
    assert found["/b"] == visit("/b")


def test_of_two_things_each_goes_to_the_page_that_sends_it() -> None:
    site = Site({"/a": STATS, "/b": CACHE})
    found = site.settled(visit("/a"), visit("/b", CACHE, STATS))
    assert found["/a"].counts.flows == {STATS: 2}
    assert found["/b"].counts.flows == {CACHE: 2}


def test_what_nobody_sends_again_stays_and_says_so() -> None:
    found = Site({}).settled(visit("/a"), visit("/b", CACHE))
    assert found["/b"].counts.flows == {CACHE: 2}
    assert "nothing" in found["/b"].doubt


def test_a_login_is_not_sent_again_and_keeps_what_it_sent() -> None:
    site = Site({})
    found = site.settled(visit("/a"), visit("/login", CACHE, login=True))
    assert found["/login"] == visit("/login", CACHE, login=True)
    assert site.asked == ["/a"]


def test_what_left_late_while_somebody_logged_in_is_the_last_pages_before() -> None:
    site = Site({"/a": CACHE})
    steps = (visit("/login", CACHE, login=True), visit("/sent", CACHE, login=True, logged_in=True))
    found = site.settled(
        visit("/a"), *steps, visit("/in", CACHE, logged_in=True), visit("/more", logged_in=True)
    )
    assert found["/a"].counts.flows == {CACHE: 6}
    assert [url for url, one in found.items() if one.counts.flows] == ["/a"]
    assert site.asked[0] == "/in"


def test_pages_of_the_user_are_asked_for_before_the_session_ends() -> None:
    site = Site({"/in": CACHE, "/out": CACHE})
    site.settled(visit("/out", CACHE), visit("/in", CACHE, logged_in=True))
    assert site.asked == ["/in", "/out"]


def test_pages_that_were_quick_are_looked_at_behind_each_other_but_not_for_ever() -> None:
    site = Site({"/a": CACHE})
    quick = [visit(f"/{number}") for number in range(BACK - 1)]
    assert site.settled(visit("/a"), *quick, visit("/z", CACHE))["/a"].counts.flows == {CACHE: 2}
    assert len(site.asked) < 1 + 3 * BACK
    slow = visit("/slow")
    slow = replace(slow, page=replace(slow.page, milliseconds=REACH + 1))
    found = site.settled(visit("/a"), slow, visit("/z", CACHE))
    assert (found["/a"].counts.flows, found["/z"].counts.flows) == ({}, {CACHE: 2})


@pytest.mark.parametrize("count", [0, MOST, 10 * MOST])
def test_where_every_page_sends_only_some_are_asked_for_again(count: int) -> None:
    site = Site({f"/{number}": STATS for number in range(count)})
    visits = [visit(f"/{number}", STATS) for number in range(count)]
    assert list(site.settled(*visits).values()) == visits
    assert len(site.asked) == min(count, MOST)


def test_what_leaves_after_the_last_page_is_told_of_it() -> None:
    site = Site({"/a": CACHE})
    site.again(visit("/z").page)
    site._left.append(STATS)
    found = site.settled(visit("/a", CACHE), visit("/z"))
    assert found["/z"].counts.flows == {STATS: 3}
    assert "after this page" in found["/z"].doubt
    assert found["/a"] == visit("/a", CACHE)


def test_what_a_page_sends_only_when_it_is_asked_for_again_is_told_of_it() -> None:
    site = Site({"/a": STATS})
    found = site.settled(visit("/a", CACHE))
    assert found["/a"].counts.flows == {CACHE: 2, STATS: 3}


def test_a_packet_that_is_sent_again_accuses_no_half_that_was_asked_meanwhile() -> None:
    site = Site({"/a": CACHE})
    cut = site.cut
    echo: list[Flow] = []

    def echoing() -> Counts:
        """Each thing that left leaves once more with the next look, as a lost packet does."""
        left = cut()
        again, echo[:] = list(echo), list(left.flows)
        return Counts({**dict.fromkeys(again, 1), **left.flows})

    quick = [visit(f"/{number}") for number in range(7)]
    found = settled([visit("/a"), *quick, visit("/z", CACHE)], site.again, echoing, lambda seconds: None)
    assert [one.page.url for one in found if one.counts.flows] == ["/a"]


def test_what_leaves_while_many_are_asked_for_again_is_told_with_a_doubt() -> None:
    site = Site({"/a": CACHE, "/0": STATS})
    quick = [visit(f"/{number}") for number in range(3)]
    found = site.settled(visit("/a"), *quick, visit("/z", CACHE))
    (told,) = (one for one in found.values() if STATS in one.counts.flows)
    assert "other pages were asked for again" in told.doubt
