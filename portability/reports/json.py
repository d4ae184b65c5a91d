"""A scan's outcome in, one JSON document for machines out: no credential stands in it."""

from __future__ import annotations

import json

from portability.model import Finding
from portability.planning.outcome import Outcome, Treatment

VERSION = 1
"""Raised when a field goes or changes its meaning; new fields may come at any time."""


def render(outcome: Outcome) -> str:
    """The document: version, findings, notes, skipped, summary."""
    content = {
        "version": VERSION,
        "findings": [_finding(f, outcome.treatment(f)) for f in outcome.findings],
        "notes": [{"path": n.path, "line": n.line, "what": n.what} for n in outcome.notes],
        "skipped": [{"what": s.what, "reason": s.reason} for s in outcome.skipped],
        "summary": {
            "files": outcome.summary.files,
            "parsed": outcome.summary.parsed,
            "findings": len(outcome.findings),
            "files_with_findings": outcome.files,
            "accepted": outcome.accepted,
            "stale": outcome.stale,
            "suppressed": outcome.summary.suppressed,
            "own_domains": {domain: list(why) for domain, why in outcome.own_domains.items()},
        },
    }
    return json.dumps(content, indent=1) + "\n"


def _finding(finding: Finding, treatment: Treatment) -> dict[str, object]:
    value = finding.value
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "rule": finding.rule,
        "category": value.category.value,
        "kind": value.kind,
        "service": value.service,
        "role": value.role,
        "whose": value.whose.value,
        "confidence": finding.confidence,
        "reason": finding.reason,
        "context": list(finding.names),
        "key": finding.key or None,
        "edit": {"safety": treatment.safety.value, "reason": treatment.reason},
        "value": value.shown,
        "fingerprint": finding.fingerprint,
    }
