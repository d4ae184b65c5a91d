"""Pages that fail once are asked for again before anything is said of them; a third party has a way in."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from portability.asking.territory import Zone
from portability.asking.verdicts import Area, Check, Result
from portability.crawl import Leak, Page, Weight
from portability.guard import Counts, Flow
from portability.settings.crawl import Crawl
from portability.settings.project import load
from portability.verification import late, pages
from portability.verification.log import Log
from portability.verification.pages import Walk
from portability.verification.windows import Windows
from tests.crawl.serving import Handler, Reply, Visit, serving
from tests.crawl.territories import SHOP
from tests.crawl.walks import crawler

PRODUCTION = Flow(ipaddress.ip_address("10.10.0.7"), "tcp", 3306, Zone.PRODUCTION)


@dataclass
class Counting:
    """A guard whose counts a page of the test raises."""

    flows: dict[Flow, int] = field(default_factory=dict)
    refuses: bool = False

    def counts(self) -> Counts:
        return Counts(dict(self.flows))

    def enforce(self) -> None:
        self.refuses = True


def failing(times: range) -> Handler:
    """A page that fails at these of its requests, counted from 0."""
    numbers = count()

    def answer(visit: Visit) -> Reply:
        return Reply("", 503) if next(numbers) in times else Reply("well")

    return answer


def walked_twice(page: Handler, guard: Counting) -> tuple[list[Check], list[str]]:
    """The checks of the second walk, and the notes."""
    log = Log("loadtest", "/", (), lambda words: None)
    windows = Windows.begin(guard, SHOP, lambda what, where: ())
    with serving({"/": page}) as server:
        one = crawler(server, Crawl(start=("/",), skip=("/robots.txt", "/sitemap.xml")))
        found = tuple(one.walk())
        checks = list(pages.enforced(Walk(one, server_url(found[0].url), found), windows, log))
    return checks, log.notes


def server_url(url: str) -> str:
    return url.removesuffix("/")


def test_a_page_that_fails_once_is_no_dependence_on_production_and_noted() -> None:
    checks, notes = walked_twice(failing(range(1, 2)), Counting())
    assert [check.result for check in checks] == [Result.PASS]
    assert notes == ["/ answered 503, and was asked for again: then it answered"]


def test_a_page_that_fails_each_time_is_broken() -> None:
    checks, _ = walked_twice(failing(range(1, 9)), Counting())
    assert [(check.result, check.found) for check in checks] == [(Result.FAIL, "answered 503")]


@pytest.mark.parametrize("fails", [1, 9])
def test_a_page_that_fails_while_it_asks_production_is_broken_whatever_it_answers_then(fails: int) -> None:
    guard, numbers = Counting(), count()

    def answer(visit: Visit) -> Reply:
        if not guard.refuses:
            return Reply("well")
        guard.flows[PRODUCTION] = guard.flows.get(PRODUCTION, 0) + 1
        return Reply("", 500) if next(numbers) < fails else Reply("from a cache")

    (check,) = walked_twice(answer, guard)[0]
    assert check.result is Result.FAIL
    assert check.found is not None and "answered 500" in check.found and "10.10.0.7:3306" in check.found


KEYS = """\
DB_HOST: {service: mysql, category: host, kind: host}
MAP_HOST: {service: http, category: third-party, kind: host}
PAY_HOST: {service: payment, category: third-party, kind: host}
"""


def test_a_third_party_that_may_be_shared_is_told_so_once(tmp_path: Path) -> None:
    keys = tmp_path / "config/portability/keys.yaml"
    keys.parent.mkdir(parents=True)
    keys.write_text(KEYS, "utf-8")
    shareable = pages._shareable(load(tmp_path))
    assert shareable == {"MAP_HOST"}
    told = ("DB_HOST", "MAP_HOST", "PAY_HOST", "MAP_HOST", "portability.yaml")
    leaks = [Leak("x.example", "<a href>", "", Weight.ACTIVE, key) for key in told]
    (words,) = pages._third_parties(leaks, shareable)
    assert words.startswith("MAP_HOST is a third party's") and "{shared: reason}" in words


def test_what_speaks_against_a_page_is_told_beside_what_it_names() -> None:
    windows = Windows.begin(Counting(), SHOP, lambda what, where: ())
    leak = Leak("www.shop.example", "<a href>", "", Weight.ACTIVE, "portability.yaml")
    page = Page("http://lt.shop.example/", 200, 1.0, 10, (leak,))
    sent = Check(Area.PAGE, "/", Result.FAIL, found="3 tcp packets to 10.10.0.7:3306")
    found = pages._check(late.Visit(page, Counts(), "it sent nothing alone"), sent, windows, frozenset())
    assert found.reason.startswith("it sent nothing alone; ")
