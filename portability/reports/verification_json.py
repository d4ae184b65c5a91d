"""A verification in, one JSON document for machines out: no credential stands in it."""

from __future__ import annotations

import json

from portability.asking.verdicts import Check, Result, Verification

VERSION = 1
"""Raised when a field goes or changes its meaning; new fields may come at any time."""


def render(report: Verification) -> str:
    """The document: verdict, environment, target, release, checks, counts, strength, notes, times."""
    content = {
        "version": VERSION,
        "verdict": report.verdict.value,
        "environment": report.environment,
        "target": report.target,
        "release": report.release or None,
        "checks": [_check(check) for check in report.checks],
        "counts": {result.value.lower(): report.count(result) for result in Result},
        "pointing_at_production": report.pointing_at_production,
        "strength": list(report.strength),
        "notes": list(report.notes),
        "seconds": round(report.seconds, 3),
        "phases": {name: round(seconds, 3) for name, seconds in report.phases},
    }
    return json.dumps(content, indent=1) + "\n"


def _check(check: Check) -> dict[str, object]:
    return {
        "area": check.area.value,
        "name": check.name,
        "result": check.result.value.lower(),
        "subject": check.subject or None,
        "expected": check.expected or None,
        "found": check.found or None,
        "reason": check.reason or None,
        "places": list(check.places),
        "production": check.production,
        "milliseconds": None if check.milliseconds is None else round(check.milliseconds, 1),
    }
