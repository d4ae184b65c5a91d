"""The scan of the fan club against its answer key: every core line found, nothing else reported."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
import yaml

from portability.model import Finding
from portability.planning.survey import survey
from portability.settings.project import load
from tests.end_to_end.conftest import FANCLUB

AGREES = {
    "host": {"host"},
    "credential": {"credential"},
    "aws": {"aws", "host"},
    "third-party": {"third-party", "host"},
}
Place = tuple[str, int]


@pytest.fixture(scope="module")
def truth() -> dict[Place, list[dict[str, Any]]]:
    content = yaml.safe_load((FANCLUB / "truth.yaml").read_text("utf-8"))
    listed: dict[Place, list[dict[str, Any]]] = defaultdict(list)
    for path, entries in content["files"].items():
        for entry in entries:
            listed[path, entry["line"]].append(entry)
    return listed


@pytest.fixture(scope="module")
def found() -> dict[Place, list[Finding]]:
    by_line: dict[Place, list[Finding]] = defaultdict(list)
    for finding in survey(load(FANCLUB), (), date(2026, 1, 1)).result.findings:
        if finding.path != "truth.yaml":
            for line in range(finding.line, finding.end_line + 1):
                by_line[finding.path, line].append(finding)
    return by_line


def test_every_core_value_is_found_under_its_category(
    truth: dict[Place, list[dict[str, Any]]], found: dict[Place, list[Finding]]
) -> None:
    missed = [
        (place, entry)
        for place, entries in truth.items()
        for entry in entries
        if "not" not in entry
        and entry.get("tier") != "edge"
        and not AGREES[entry["category"]] & {f.value.category.value for f in found[place]}
    ]
    assert missed == []


def test_no_line_is_reported_that_the_key_does_not_list(
    truth: dict[Place, list[dict[str, Any]]], found: dict[Place, list[Finding]]
) -> None:
    false = [
        (place, [f.rule for f in findings])
        for place, findings in found.items()
        if findings and all("not" in entry for entry in truth.get(place, []))
    ]
    assert false == []


def test_services_and_roles_are_told(
    truth: dict[Place, list[dict[str, Any]]], found: dict[Place, list[Finding]]
) -> None:
    """A writer is never called a reader, and what the key calls MySQL is not called Redis."""
    wrong = []
    for place, entries in truth.items():
        for entry in entries:
            role = entry.get("role")
            roles = {f.value.role for f in found[place]}
            if role in ("writer", "reader") and {"writer", "reader"} - {role} & roles and role not in roles:
                wrong.append((place, role, roles))
    assert wrong == []
