"""A statement says what in-toto's test-result has words for, and nothing but a PASS is PASSED."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from portability.asking.verdicts import Area, Check, Deployed, Result, Verification
from portability.attestation import statement as attestation
from portability.attestation.envelopes import Forged
from portability.attestation.statement import Statement

DEPLOYED = Deployed("ab" * 20, "cd" * 32, "ef" * 32)
START = datetime(2026, 11, 30, 13, 0, 0, 999, timezone(timedelta(hours=1)))
END = datetime(2026, 11, 30, 12, 2, tzinfo=UTC)
CONFIGURATION = {"portability.yaml": "01" * 32, "map of endpoints": "02" * 32}


def made(*results: Result, deployed: Deployed = DEPLOYED) -> Statement:
    checks = tuple(Check(Area.PAGE, f"/{n}\ud800", result) for n, result in enumerate(results))
    report = Verification("loadtest", "local", "loadtest-abababababab-cdcdcdcd", checks)
    return attestation.statement(report, deployed, CONFIGURATION, START, END)


def content(found: Statement) -> Any:
    return json.loads(attestation.dump(found))


@pytest.mark.parametrize(
    ("results", "result"),
    [
        ([Result.PASS], "PASSED"),
        ([Result.PASS, Result.WAIVED], "WARNED"),
        ([Result.PASS, Result.INCONCLUSIVE], "FAILED"),
        ([Result.PASS, Result.SKIP], "FAILED"),
        ([Result.PASS, Result.FAIL, Result.WAIVED], "FAILED"),
        ([Result.WAIVED], "FAILED"),
        ([], "FAILED"),
    ],
)
def test_only_a_pass_is_passed(results: list[Result], result: str) -> None:
    assert content(made(*results))["predicate"]["result"] == result


def test_the_statement_has_the_form_of_in_toto() -> None:
    found = content(made(Result.PASS, Result.WAIVED, deployed=DEPLOYED))
    assert {key: found[key] for key in ("_type", "predicateType", "subject")} == {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "subject": [
            {"name": "commit", "digest": {"gitCommit": "ab" * 20}},
            {"name": "bundle", "digest": {"sha256": "cd" * 32}},
            {"name": "release", "digest": {"hmacSha256": "ef" * 32}},
        ],
    }
    predicate = found["predicate"]
    assert predicate["configuration"] == [
        {"name": "map of endpoints", "digest": {"sha256": "02" * 32}},
        {"name": "portability.yaml", "digest": {"sha256": "01" * 32}},
    ]
    assert (predicate["passedTests"], predicate["warnedTests"]) == (["page /0\ud800"], ["page /1\ud800"])
    own = predicate["portability"]
    assert (own["startedOn"], own["finishedOn"]) == ("2026-11-30T12:00:00Z", "2026-11-30T12:02:00Z")
    assert (own["environment"], own["verdict"]) == ("loadtest", "PASS")


@pytest.mark.parametrize("deployed", [DEPLOYED, Deployed("ab" * 32, "cd" * 32)])
def test_what_is_written_is_read_again(deployed: Deployed) -> None:
    found = made(Result.PASS, Result.WAIVED, Result.FAIL, deployed=deployed)
    assert attestation.load(attestation.dump(found)) == found


def other(change: Callable[[Any], object]) -> bytes:
    told = content(made(Result.PASS))
    change(told)
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b"null",
        b'"text"',
        b'{"_type": 1, "_type": 2}',
        other(lambda c: c.update(_type="https://in-toto.io/Statement/v0.1")),
        other(lambda c: c.update(predicateType="https://slsa.dev/provenance/v1")),
        other(lambda c: c.update(subject=c["subject"][:1])),
        other(lambda c: c.update(subject=c["subject"] + c["subject"][:1])),
        other(lambda c: c["subject"][0]["digest"].update(gitCommit="master")),
        other(lambda c: c["subject"][2]["digest"].update(hmacSha256="")),
        other(lambda c: c["predicate"].update(result="FAILED")),
        other(lambda c: c["predicate"]["portability"].update(verdict="FAIL")),
        other(lambda c: c["predicate"]["portability"].update(verdict="GOOD")),
        other(lambda c: c["predicate"]["portability"].update(finishedOn="2026-11-30")),
        other(lambda c: c["predicate"]["portability"].update(finishedOn=None)),
        other(lambda c: c["predicate"]["portability"].update(environment=["loadtest"])),
        other(lambda c: c["predicate"].update(configuration=c["predicate"]["configuration"] * 2)),
        other(lambda c: c["predicate"].update(passedTests=[1])),
        other(lambda c: c["predicate"].pop("portability")),
    ],
)
def test_any_other_statement_is_refused_though_it_is_signed(data: bytes) -> None:
    with pytest.raises(Forged):
        attestation.load(data)


def test_fields_that_others_add_are_let_be() -> None:
    """in-toto's parsing rules: a consumer ignores what it doesn't know."""
    assert attestation.load(other(lambda c: c["predicate"].update(note="x"))) == made(Result.PASS)
