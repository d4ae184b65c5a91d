"""What the guard counted becomes words: which server, whose it is, where in the code its name stands."""

from __future__ import annotations

import time
from dataclasses import replace
from ipaddress import ip_address, ip_network

from portability.asking.jobs import JobRun
from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Area, Result
from portability.guard import Counts, Flow
from portability.verification import egress, work
from portability.verification.windows import Windows

WRITER = ip_address("10.20.0.21")
SHOP = Territory(
    production_networks=(ip_network("10.20.0.0/24"),),
    production_addresses={WRITER: "db.shop.example, old-db.shop.example"},
)
TO_WRITER = Flow(WRITER, "tcp", 3306, Zone.PRODUCTION)
MAIL = Flow(ip_address("192.0.2.25"), "tcp", 25, Zone.OUTSIDE)
VISITOR = Flow(ip_address("203.0.113.5"), "tcp", 22, Zone.OUTSIDE, answer=True)


def nowhere(_text: str, _near: str) -> tuple[str, ...]:
    return ()


class Counter:
    """A guard whose counts a test writes."""

    def __init__(self) -> None:
        self.flows: dict[Flow, int] = {}

    def counts(self) -> Counts:
        return Counts(dict(self.flows))

    def enforce(self) -> None:
        raise AssertionError("nobody asked for it")


def test_a_window_without_packets_passes() -> None:
    found = egress.check(Area.PAGE, "/", Counts(), SHOP, nowhere)
    assert (found.result, found.found, found.production) == (Result.PASS, "", False)


def test_a_leak_names_server_and_places_production_first() -> None:
    asked: list[tuple[str, str]] = []

    def places(text: str, near: str) -> tuple[str, ...]:
        asked.append((text, near))
        return ("lib/db.php:18",) if text == "old-db.shop.example" else ()

    found = egress.check(Area.JOB, "nightly", Counts({MAIL: 2, TO_WRITER: 1}), SHOP, places, "php n.php")
    assert found.result is Result.FAIL
    assert found.production
    assert found.found == (
        "1 tcp packet to 10.20.0.21:3306 (db.shop.example, old-db.shop.example); "
        "2 tcp packets to 192.0.2.25:25"
    )
    assert found.places == ("lib/db.php:18",)
    assert ("10.20.0.21", "nightly php n.php") in asked


def test_what_only_leaves_the_replica_fails_without_pointing_at_production() -> None:
    found = egress.check(Area.PAGE, "/", Counts({MAIL: 1}), SHOP, nowhere)
    assert (found.result, found.production) == (Result.FAIL, False)


def test_each_packet_is_told_in_one_window() -> None:
    guard = Counter()
    windows = Windows.begin(guard, SHOP, nowhere)
    _, first, _ = windows.during(lambda: guard.flows.update({TO_WRITER: 3}))
    _, second, _ = windows.during(lambda: guard.flows.update({TO_WRITER: 4, MAIL: 1}))
    assert (first.flows, second.flows) == ({TO_WRITER: 3}, {TO_WRITER: 1, MAIL: 1})
    assert windows.cut().flows == {}


def test_what_talks_all_the_time_is_told_once_and_visitors_never() -> None:
    guard = Counter()
    windows = Windows.begin(guard, SHOP, nowhere)
    guard.flows = {TO_WRITER: 3, VISITOR: 9}
    (found,) = windows.background(0)
    assert (found.area, found.result) == (Area.BACKGROUND, Result.FAIL)
    assert "db.shop.example" in found.found
    guard.flows = {TO_WRITER: 8, VISITOR: 20, MAIL: 1}
    assert windows.cut().flows == {MAIL: 1}
    assert windows.visitors == {"203.0.113.5"}


def test_a_window_takes_the_time_of_its_work() -> None:
    _, _, milliseconds = Windows.begin(Counter(), SHOP, nowhere).during(lambda: time.sleep(0.02))
    assert milliseconds >= 20


def test_a_job_is_told_apart_from_one_that_comes_late() -> None:
    late = Flow(WRITER, "tcp", 5672, Zone.PRODUCTION, tag="mails")
    own = Flow(WRITER, "tcp", 3306, Zone.PRODUCTION, tag="nightly")
    mine, others = work.by_job(Counts({late: 1, own: 2, MAIL: 3}), "nightly", frozenset({"mails", "nightly"}))
    assert mine.flows == {own: 2, MAIL: 3}
    assert {name: counts.flows for name, counts in others.items()} == {"mails": {late: 1}}


def test_a_job_that_failed_or_ran_out_of_time_or_left_something_decides_nothing() -> None:
    passed = egress.check(Area.JOB, "nightly", Counts(), SHOP, nowhere)

    def ended(code: int = 0, late: bool = False, worker: bool = False, left: tuple[str, ...] = ()) -> str:
        done = JobRun("nightly", code, late, 2.0, "", worker, left)
        check = work.with_end(passed, done)
        return check.reason if check.result is Result.INCONCLUSIVE else check.result

    assert ended() == Result.PASS
    assert ended(late=True, worker=True) == Result.PASS
    assert ended(worker=True, left=("php",)) == Result.PASS
    assert ended(code=1) == "it ended with code 1, so what it talks to isn't known"
    assert ended(late=True) == "it did not end within 2 s, so what it talks to isn't known"
    assert ended(left=("php",)) == "it left php behind, which was ended, so what it talks to isn't known"


def test_packets_of_a_job_and_those_that_end_its_connection_are_one() -> None:
    counts = Counts({replace(TO_WRITER, tag="nightly"): 4, TO_WRITER: 1})
    found = egress.check(Area.JOB, "nightly", counts, SHOP, nowhere)
    assert found.found == "5 tcp packets to 10.20.0.21:3306 (db.shop.example, old-db.shop.example)"


def test_a_file_that_the_command_names_comes_first_whichever_name_it_holds() -> None:
    held = {"db.shop.example": ("lib/db.php:3",), "old-db.shop.example": ("cron/nightly.php:9",)}
    counts = Counts({TO_WRITER: 2})
    check = egress.check(
        Area.JOB, "nightly", counts, SHOP, lambda text, near: held.get(text, ()), "php cron/nightly.php"
    )
    assert check.places == ("cron/nightly.php:9", "lib/db.php:3")
