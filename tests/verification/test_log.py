"""Whatever a page, a job or a service shows: what the environment's secrets are stands in no report."""

from __future__ import annotations

import html
import json
from datetime import date
from urllib.parse import quote, quote_plus

import pytest

from portability.asking.verdicts import Area, Check, Result
from portability.verification.log import Log

SECRET = "Fake-Pw+\"with\" <signs> & 'more'/~ü0123"


@pytest.mark.parametrize(
    "told",
    [
        SECRET,
        html.escape(SECRET),
        html.escape(SECRET).replace("&#x27;", "&#039;"),
        html.escape(SECRET, quote=False),
        quote(SECRET, safe=""),
        quote_plus(SECRET).replace("~", "%7E"),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(SECRET).replace("/", "\\/"),
    ],
    ids=["plain", "HTML", "PHP's HTML", "text", "URL", "form", "JSON", "its letters", "PHP's JSON"],
)
def test_a_secret_is_told_in_no_part_of_a_report(told: str) -> None:
    log = Log("loadtest", "/srv/shop/", (), lambda said: None)
    log.hide([SECRET, "root"])
    text = f"before {told} after, in /root/shop"
    log.add(Check(Area.PAGE, text, Result.FAIL, text, text, text, text, (text,)))
    log.notes.append(text)
    log.strength.append(text)
    report = log.report("local", (), date(2026, 11, 30))
    (check,) = report.checks
    shown = (check.name, check.subject, check.expected, check.found, check.reason, *check.places)
    for one in (*shown, *report.notes, *report.strength):
        assert "Fake-Pw" not in one and one.startswith("before ") and one.endswith(" after, in /root/shop")


def test_what_is_hidden_later_hides_nothing_less() -> None:
    log = Log("loadtest", "/srv/shop/", (), lambda said: None)
    log.hide(["Fake-First-Pw"])
    log.hide(["Fake-Second-Pw"])
    log.add(Check(Area.PAGE, "/", Result.PASS, found="Fake-First-Pw and Fake-Second-Pw"))
    assert log.checks[0].found == "******** and ********"
