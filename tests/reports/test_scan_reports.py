"""The reports of a scan: what each tells, and that none tells a secret unasked."""

from __future__ import annotations

import json
from dataclasses import replace

import click
import pytest

from portability.console import Console
from portability.model import Safety, Skipped
from portability.planning.outcome import Outcome, Treatment
from portability.reports import github, sarif, text
from portability.reports import json as json_report
from portability.rulebook.book import load
from portability.system.resources import rules_folder
from tests.scans import scanned

SECRET = "Fake-0001-Pw"
PLAIN = text.Look()
FILES = {
    "config/db.php": f"<?php\n$db['host'] = 'db1.fans.example';\n$db['password'] = '{SECRET}';\n",
    "a, b.php": "<?php\n$u = 'https://www.fans.example/';\n",
}


@pytest.fixture
def outcome() -> Outcome:
    result = scanned(FILES, ("fans.example", "*.fans.example"))
    findings = tuple(replace(f, key=f"KEY_{n}") for n, f in enumerate(result.findings))
    treatments = {
        findings[0].fingerprint: Treatment(Safety.SAFE),
        findings[1].fingerprint: Treatment(Safety.REVIEW, "two readers"),
    }
    return Outcome(
        findings,
        treatments,
        summary=result.summary,
        own_domains=result.own_domains,
        accepted=3,
        stale=1,
        seconds=1.94,
    )


def plain(outcome: Outcome, look: text.Look = PLAIN) -> list[str]:
    return click.unstyle(text.render(outcome, Console(), look)).splitlines()


def test_text_is_aligned_and_sums_up(outcome: Outcome) -> None:
    assert plain(outcome) == [
        "a, b.php:2:15      own-host http host www.fans.example  -> KEY_0",
        "config/db.php:2:16 own-host mysql host db1.fans.example -> KEY_1 (review)",
        "config/db.php:3:20 password mysql password ********     -> KEY_2 (cannot)",
        "3 values in 2 files; 1 rewritable, 1 review, 1 cannot; accepted 3 (1 stale)   2 files in 1.9 s",
    ]


def test_groups_and_reasons(outcome: Outcome) -> None:
    lines = plain(outcome, text.Look(by="service", explain=True))
    assert lines[0] == "http (1)" and "mysql (2)" in lines
    assert "    edit: two readers" in lines and "    in: db.password" in lines
    assert any(line.startswith("own domain fans.example: named as production's") for line in lines)


def test_a_secret_is_shown_only_when_asked_for(outcome: Outcome) -> None:
    assert SECRET not in "\n".join(plain(outcome, text.Look(explain=True, notes=True)))
    assert SECRET in "\n".join(plain(outcome, text.Look(show_secrets=True)))
    assert SECRET not in json_report.render(outcome) + github.render(outcome)
    assert SECRET not in sarif.render(outcome, {})


def test_nothing_found_is_said(outcome: Outcome) -> None:
    assert plain(replace(outcome, findings=(), accepted=0, stale=0)) == ["nothing found   2 files in 1.9 s"]


def test_json_has_every_field_of_the_contract(outcome: Outcome) -> None:
    content = json.loads(json_report.render(outcome))
    assert set(content) == {"version", "findings", "notes", "skipped", "summary"}
    first = content["findings"][0]
    assert set(first) == {
        "path", "line", "column", "end_line", "end_column", "rule", "category", "kind", "service", "role",
        "whose", "confidence", "reason", "context", "key", "edit", "value", "fingerprint",
    }  # fmt: skip
    assert (first["value"], first["whose"], first["edit"]["safety"]) == ("www.fans.example", "own", "safe")
    assert content["findings"][2]["value"] == "********"
    assert content["summary"]["findings"] == 3


def test_github_escapes_what_its_form_needs(outcome: Outcome) -> None:
    first, *_, last = github.render(outcome).splitlines()
    assert first.startswith("::warning file=a%2C b.php,line=2,endLine=2,col=15,endColumn=31,title=own-host::")
    assert last == "::notice title=portability::3 values in 2 files tie the code to production"


def test_sarif_names_rules_places_and_fingerprints(outcome: Outcome) -> None:
    log = json.loads(sarif.render(outcome, load([rules_folder()]).rules))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["own-host", "password"]
    assert all(rule["shortDescription"]["text"] and rule["helpUri"] for rule in rules)
    for result, finding in zip(run["results"], outcome.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        assert result["partialFingerprints"] == {sarif.FINGERPRINT: finding.fingerprint}
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%2C%20b.php", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 2, "startColumn": 15, "endLine": 2, "endColumn": 31}
    assert [result["level"] for result in run["results"]] == ["warning", "warning", "error"]
    assert (
        "review" not in run["results"][0]["message"]["text"]
        and "KEY_0" in run["results"][0]["message"]["text"]
    )


def test_sarif_tells_what_was_left_out(outcome: Outcome) -> None:
    log = json.loads(sarif.render(replace(outcome, skipped=(Skipped("big.php", "larger than 9 MB"),)), {}))
    (notice,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"] == "left out: larger than 9 MB"
