"""A verification's result in, an in-toto statement of it out, and back: computes only.

Source of the form: in-toto attestation framework, Statement v1 and the predicate test-result v0.1. What
they have no field for stands in one extension, `portability`. No credential, and no plain digest of
anything that holds one, is part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from portability import __version__
from portability.asking.verdicts import Check, Deployed, Result, Verdict, Verification
from portability.attestation.envelopes import Forged, strict_json

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PASSED, WARNED, FAILED = "PASSED", "WARNED", "FAILED"
"""The predicate's results: WARNED passed with the help of waivers; what is undecided is FAILED."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Statement:
    """What is attested.

    `release` is the label of what was deployed, `configuration` the sha256 of each file and of the map of
    endpoints by name; the tests are checks as waivers name them; the times are in UTC, to the second.
    `application` is the one that was verified, of several; '' where the settings name none.
    """

    environment: str
    target: str
    release: str
    deployed: Deployed
    verdict: Verdict
    result: str
    started: datetime
    finished: datetime
    configuration: Mapping[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    version: str = __version__
    application: str = ""


def statement(
    report: Verification,
    deployed: Deployed,
    configuration: Mapping[str, str],
    started: datetime,
    finished: datetime,
    application: str = "",
) -> Statement:
    """The statement of a verification; nothing but a PASS without waivers is PASSED."""
    warned = _named(report, Result.WAIVED)
    result = FAILED if report.verdict is not Verdict.PASS else WARNED if warned else PASSED
    return Statement(
        report.environment,
        report.target,
        report.release,
        deployed,
        report.verdict,
        result,
        _second(started),
        _second(finished),
        dict(sorted(configuration.items())),
        _named(report, Result.PASS),
        warned,
        _named(report, Result.FAIL, Result.INCONCLUSIVE, Result.SKIP),
        application=application,
    )


def _named(report: Verification, *results: Result) -> tuple[str, ...]:
    checks: tuple[Check, ...] = report.checks
    return tuple(check.identity for check in checks if check.result in results)


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def dump(given: Statement) -> bytes:
    """The statement's bytes: JSON."""
    deployed = given.deployed
    subjects = [
        {"name": "commit", "digest": {"gitCommit": deployed.commit}},
        {"name": "bundle", "digest": {"sha256": deployed.bundle}},
    ]
    if deployed.seal:
        subjects.append({"name": "release", "digest": {"hmacSha256": deployed.seal}})
    predicate = {
        "result": given.result,
        "configuration": [
            {"name": name, "digest": {"sha256": digest}} for name, digest in given.configuration.items()
        ],
        "passedTests": list(given.passed),
        "warnedTests": list(given.warned),
        "failedTests": list(given.failed),
        "portability": {
            "version": given.version,
            "environment": given.environment,
            "application": given.application,
            "target": given.target,
            "release": given.release,
            "verdict": given.verdict.value,
            "startedOn": given.started.strftime(_TIME),
            "finishedOn": given.finished.strftime(_TIME),
        },
    }
    content = {"_type": TYPE, "subject": subjects, "predicateType": PREDICATE, "predicate": predicate}
    return json.dumps(content).encode("ascii")


def load(body: bytes) -> Statement:
    """The statement that these bytes are; Forged where they are another one, or none."""
    content = strict_json(body, "the statement")
    try:
        if content["_type"] != TYPE or content["predicateType"] != PREDICATE:
            raise Forged(f"it is no statement of the type {PREDICATE}")
        return _read(content["subject"], content["predicate"])
    except (LookupError, TypeError, ValueError, AttributeError):
        raise Forged("the statement is not of the form that portability writes") from None


def _read(subject: Any, predicate: Any) -> Statement:
    subjects = {str(one["name"]): one["digest"] for one in subject}
    own = predicate["portability"]
    result, verdict = predicate["result"], Verdict(own["verdict"])
    if (result in (PASSED, WARNED)) is not (verdict is Verdict.PASS) or len(subjects) != len(subject):
        raise ValueError("a result that is not the verdict's, or two subjects of one name")
    configuration = {_text(one["name"]): one["digest"]["sha256"] for one in predicate["configuration"]}
    if len(configuration) != len(predicate["configuration"]):
        raise ValueError("two files of one name")
    seal = subjects["release"]["hmacSha256"] if "release" in subjects else ""
    digests = [
        subjects["bundle"]["sha256"],
        *configuration.values(),
        *([seal] if "release" in subjects else []),
    ]
    if not all(_SHA256.fullmatch(digest) for digest in digests):
        raise ValueError("a digest that is none")
    commit = subjects["commit"]["gitCommit"]
    if not _COMMIT.fullmatch(commit):
        raise ValueError("a commit that is none")
    return Statement(
        _text(own["environment"]),
        _text(own["target"]),
        _text(own["release"]),
        Deployed(commit, digests[0], seal),
        verdict,
        _text(result),
        _time(own["startedOn"]),
        _time(own["finishedOn"]),
        configuration,
        _texts(predicate["passedTests"]),
        _texts(predicate["warnedTests"]),
        _texts(predicate["failedTests"]),
        _text(own["version"]),
        _text(own["application"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(_text, values))


def _time(value: Any) -> datetime:
    return datetime.strptime(_text(value), _TIME).replace(tzinfo=UTC)
