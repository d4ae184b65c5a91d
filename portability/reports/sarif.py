"""A scan's outcome and its rules in, a SARIF log for code scanning out: no credential stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from portability import __version__
from portability.model import Category, Finding, Safety, Skipped
from portability.planning.outcome import Outcome
from portability.rulebook.book import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""Source of the form: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"."""

ROOT = "%SRCROOT%"
"""Stands for the project's root, as GitHub and GitLab expect it."""

FINGERPRINT = "portability/v1"
_LEVELS = {Category.CREDENTIAL: "error", Category.THIRD_PARTY: "note"}
_EDITS = {
    Safety.SAFE: "portability apply moves it",
    Safety.REVIEW: "portability apply moves it after a look",
    Safety.REFUSED: "it has to be moved by hand",
}


def render(outcome: Outcome, rules: Mapping[str, Rule]) -> str:
    """The log with one run: the rules that found something, a result a finding, what was left out."""
    used = sorted({finding.rule for finding in outcome.findings})
    index = {name: position for position, name in enumerate(used)}
    driver = {
        "name": "portability",
        "semanticVersion": __version__,
        "rules": [_rule(name, rules.get(name)) for name in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [_notice(s) for s in outcome.skipped]}
        ],
        "results": [_result(f, outcome, index[f.rule]) for f in outcome.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(name: str, rule: Rule | None) -> dict[str, object]:
    described: dict[str, object] = {"id": name}
    if rule is not None:
        described["shortDescription"] = {"text": rule.title}
        described["fullDescription"] = {"text": rule.why}
        described["defaultConfiguration"] = {"level": _LEVELS.get(rule.category, "warning")}
        if rule.references:
            described["helpUri"] = rule.references[0]
    return described


def _result(finding: Finding, outcome: Outcome, index: int) -> dict[str, object]:
    value = finding.value
    what = " ".join(word for word in (value.service, value.role, value.kind, value.shown) if word)
    edit = _EDITS[outcome.treatment(finding).safety] + (f" to {finding.key}" if finding.key else "")
    if finding.key in outcome.existing:
        edit = outcome.advice(finding)
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS.get(value.category, "warning"),
        "message": {"text": f"{what}: {finding.reason}; {edit}"},
        "locations": [
            {"physicalLocation": {"artifactLocation": _artifact(finding.path), "region": region}},
        ],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "rank": round(100 * finding.confidence, 1),
        "properties": {"category": value.category.value, "service": value.service, "key": finding.key},
    }


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path.encode("utf-8", "surrogateescape")), "uriBaseId": ROOT}


def _notice(skipped: Skipped) -> dict[str, object]:
    return {
        "level": "note",
        "message": {"text": f"left out: {skipped.reason}"},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(skipped.what)}}],
    }
