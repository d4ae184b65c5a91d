"""On GitHub the verdict comes first, what points at production next, and nothing breaks out of its line."""

from __future__ import annotations

from dataclasses import replace

from portability.asking.verdicts import Area, Check, Result, Verification
from portability.reports import verification_github
from tests.reports.test_verification import REPORT

TOLD = """\
::error title=portability verify::FAIL of loadtest: 2 pass, 2 FAIL, 1 inconclusive, 1 waived; \
2 point at production; do not start the campaign
::error title=identity s3 uploads::S3_BUCKET: shop-uploads; expected shop-lt-uploads; it points at production
::error file=legacy.php,line=12,title=page /legacy.php::1 tcp packet to 10.9.0.9:3306 (db.example); \
expected nothing leaves the replica; it points at production; stands in legacy.php:12
::warning title=job mails::it ended with exit code 1
::notice title=identity smtp::no probe; waived until 2026-12-01: next week
"""


def test_each_check_that_did_not_pass_has_a_line_the_worst_first() -> None:
    assert verification_github.render(REPORT) == TOLD
    turned = replace(REPORT, checks=tuple(reversed(REPORT.checks)))
    levels = [line.split(" ")[0] for line in verification_github.render(turned).splitlines()]
    assert levels == ["::error", "::error", "::error", "::warning", "::notice"]


def test_a_failure_that_is_productions_comes_before_any_other() -> None:
    other = Check(Area.PAGE, "/a", Result.FAIL, found="500")
    lines = verification_github.render(replace(REPORT, checks=(other, *REPORT.checks))).splitlines()
    assert [("production" in line) for line in lines[:4]] == [True, True, True, False]


def test_a_pass_is_a_notice() -> None:
    report = Verification("loadtest", "local", "r", (Check(Area.PAGE, "/", Result.PASS),))
    told = verification_github.render(report)
    assert told == "::notice title=portability verify::PASS of loadtest: 1 pass\n"


def test_values_that_are_wrong_are_shown_where_they_stand() -> None:
    place = "config/portability/environments/loadtest.yaml:4"
    report = replace(REPORT, checks=(Check(Area.VALUES, "DB_HOST", Result.FAIL, place),))
    line = verification_github.render(report).splitlines()[1]
    assert line.startswith(
        "::error file=config/portability/environments/loadtest.yaml,line=4,title=values DB_"
    )


def test_a_hostile_name_makes_no_command_of_its_own() -> None:
    name = "/a,b:c\n::error::100%\r\n"
    report = Verification("loadtest", "local", "", (Check(Area.PAGE, name, Result.FAIL, found=name),))
    lines = verification_github.render(report).split("\n")
    assert (len(lines), lines[-1]) == (3, "")
    assert "title=page /a%2Cb%3Ac%0A%3A%3Aerror%3A%3A100%25%0D%0A::/a,b:c%0A::error" in lines[1]
