"""A verification is told alike as text, JSON and JUnit: what points at production can't be overlooked."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as xml

import pytest

from portability.asking.verdicts import Area, Check, Result, Verification
from portability.reports import junit, verification, verification_json

CHECKS = (
    Check(Area.IDENTITY, "mysql writer", Result.PASS, "DB_HOST", found="lt-writer", milliseconds=38),
    Check(
        Area.IDENTITY,
        "s3 uploads",
        Result.FAIL,
        "S3_BUCKET",
        expected="shop-lt-uploads",
        found="shop-uploads",
        production=True,
    ),
    Check(Area.IDENTITY, "smtp", Result.WAIVED, reason="no probe; waived until 2026-12-01: next week"),
    Check(Area.PAGE, "/", Result.PASS, milliseconds=12),
    Check(
        Area.PAGE,
        "/legacy.php",
        Result.FAIL,
        expected="nothing leaves the replica",
        found="1 tcp packet to 10.9.0.9:3306 (db.example)",
        places=("legacy.php:12",),
        production=True,
    ),
    Check(Area.JOB, "mails", Result.INCONCLUSIVE, reason="it ended with exit code 1"),
)
REPORT = Verification("loadtest", "local", "lt-abc", CHECKS, ("this machine's network",), ("a note",), 12.34)


TEXT = """\
identity    mysql writer                pass         DB_HOST  lt-writer  38 ms
page        /                           pass         12 ms
identity    smtp                        waived
            why: no probe; waived until 2026-12-01: next week
job         mails                       inconclusive
            why: it ended with exit code 1
identity    s3 uploads                  FAIL         S3_BUCKET  shop-uploads  <- production
            expected: shop-lt-uploads
page        /legacy.php                 FAIL         1 tcp packet to 10.9.0.9:3306 (db.example)  <- production
            expected: nothing leaves the replica
            stands in: legacy.php:12
note: a note
strength: this machine's network

6 checks: 2 FAIL, 1 inconclusive, 1 waived, 2 pass   loadtest on local, release lt-abc   12.3 s
look first at: legacy.php:12 (1 of 2)
FAIL: 2 checks point at production; do not start the campaign."""


def plain(text: str, _colour: str, bold: bool = False) -> str:
    return text


def test_text_says_what_points_at_production_and_what_to_do() -> None:
    assert verification.render(REPORT, plain) == TEXT


def test_json_and_junit_hold_every_check_with_its_result() -> None:
    told = json.loads(verification_json.render(REPORT))
    assert told["verdict"] == "FAIL"
    assert told["pointing_at_production"] == 2
    suites = xml.fromstring(junit.render(REPORT))
    cases = {(c.get("classname"), c.get("name")): [part.tag for part in c] for c in suites.iter("testcase")}
    tags = {"pass": [], "fail": ["failure"], "waived": ["skipped"], "inconclusive": ["error"]}
    assert cases == {(f"verify.{c['area']}", c["name"]): tags[c["result"]] for c in told["checks"]}
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("6", "2", "1")


@pytest.mark.parametrize("name", ["/a\x1b[2Jb", "/\x00", "/</testcase>", "/\ud800"])
def test_a_hostile_name_breaks_no_report(name: str) -> None:
    report = Verification("loadtest", "local", "", (Check(Area.PAGE, name, Result.PASS),))
    assert "\x1b[2J" not in verification.render(report, plain)
    assert json.loads(verification_json.render(report))["checks"][0]["name"] == name
    assert len(list(xml.fromstring(junit.render(report)).iter("testcase"))) == 1


def test_of_pages_that_were_not_walked_some_are_told_the_telling_ones_first() -> None:
    seen = [f"not walked: 2 like /a{number}?: enough pages of that kind were seen" for number in range(9)]
    notes = (*seen, "not walked: 3 links that carry _wpnonce: such a link may change something", "a note")
    report = replace(REPORT, notes=notes)
    told = [line for line in verification.render(report, plain).splitlines() if line.startswith("note: ")]
    assert told[:2] == [f"note: {notes[-1]}", f"note: {notes[-2]}"]
    assert told[2:] == [
        *(f"note: {note}" for note in seen[:3]),
        "note: not walked: 6 more of the like; -v shows them",
    ]
    verbose = verification.render(report, plain, verbose=True)
    assert all(f"note: {note}\n" in verbose for note in notes)


def test_what_comes_from_a_row_is_told_with_what_mends_rows() -> None:
    words = "rows get the replica's hosts by: portability apply --database URL --env loadtest"
    assert words not in verification.render(REPORT, plain)
    page = replace(CHECKS[4], places=("row wp_options.option_value option_id=1", "a.php:1"))
    assert words in verification.render(replace(REPORT, checks=(page,)), plain).splitlines()
