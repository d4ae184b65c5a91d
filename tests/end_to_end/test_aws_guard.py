"""The same leaks, told by an account's own logs, where the replica's machine is one of AWS's.

The packets are real; flow logs and query logs are made of them in AWS's documented formats.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from tests.end_to_end.leaks import LEAKS, Leak
from tests.end_to_end.test_leaks import plant
from tests.end_to_end.world import ROOT, Report, World

DOCS = ROOT / "docs" / "guard.md"
GUARD = "\n    aws: {regions: [eu-west-1]}\n    guard: {tags: {env: lt}, canary: [10.30.0.250], wait: 20}"
SENT = {
    "a writer host left hard-coded in one page": (":3306 (", "starclub-prod.cluster-cfake0000001"),
    "an IPv4 literal": ("10.20.0.31:6379", ""),
    "an IPv6 literal": ("[fd00:20::31]:6379", ""),
    "UDP": ("10.20.0.200:8125", ""),
    "mail that would leave": ("192.0.2.25:25", ""),
    "a worker that still uses production's queue": (":5672", "rabbit.prod.starclub.internal"),
    "a cron job with production's host": (":80", "www.starclub.example"),
}
"""What each leak sends to, and the name that it asks for."""
PLANTED = [leak for leak in LEAKS if leak.title in SENT]
COLUMNS = ("flow logs", "query logs")


def watched(world: World, leaks: Sequence[Leak], elsewhere: Mapping[str, str] | None = None) -> Report:
    """Verifies with the guard of AWS, with leaks planted; the report.

    `elsewhere` are variables that send some of AWS's services to another stand-in.
    """
    with world.restored() as undo, ExitStack() as more:
        plant(world, more, leaks)
        world.edit("portability.yaml", lambda text: text.replace("\n  loadtest:", f"\n  loadtest:{GUARD}", 1))
        world.commit()
        command = [sys.executable, "-m", "portability", "-C", str(world.story.app), "verify"]
        command += ["--env", "loadtest", "--format", "json"]
        inside = [sys.executable, "-m", "tests.end_to_end.inside_aws"]
        order = json.dumps({"command": command, "environment": elsewhere or {}})
        done = world.lab.run("replica", inside, cwd=ROOT, timeout=180, stdin=order)
        assert undo is not None
    assert done.code == 0, done.stderr.decode()[-3000:]
    told = json.loads(done.stdout)
    assert told["out"], told["err"]
    report: Report = json.loads(told["out"])
    return report


@pytest.fixture(scope="module")
def leaking(world: World) -> Report:
    return watched(world, PLANTED)


def of(report: Report, area: str) -> list[Mapping[str, Any]]:
    return [check for check in report["checks"] if check["area"] == area]


def test_a_clean_replica_passes_by_its_accounts_rules_and_logs_too(world: World) -> None:
    report = watched(world, [])
    wrong = [check for check in report["checks"] if check["result"] not in ("pass", "waived")]
    assert wrong == [], json.dumps(wrong, indent=1)
    assert report["verdict"] == "PASS"
    assert {check["name"] for check in of(report, "logs")} == {"flows", "names"}
    assert {check["name"] for check in of(report, "network")} == {"security groups", "routes"}
    assert sum("log of i-" in check["name"] for check in of(report, "control")) == 4
    assert any("VPC flow logs of 1 machine were read" in words for words in report["strength"])


def detectors(leak: Leak, report: Report) -> set[str]:
    """By which logs a leak was told."""
    place, name = SENT[leak.title]
    found = set()
    for check in of(report, "logs"):
        if check["result"] == "fail" and place in (check["found"] or ""):
            found.add("flow logs")
        if check["result"] == "fail" and name and name in check["name"]:
            found.add("query logs")
    return found


@pytest.mark.parametrize("leak", PLANTED, ids=lambda leak: leak.title.replace(" ", "-"))
def test_a_leak_is_in_the_accounts_logs(leak: Leak, leaking: Report) -> None:
    assert leaking["verdict"] == "FAIL"
    wanted = {"flow logs", "query logs"} if SENT[leak.title][1] else {"flow logs"}
    told = json.dumps(of(leaking, "logs"), indent=1)
    assert detectors(leak, leaking) == wanted, told


def test_what_the_logs_tell_has_its_time_and_a_piece_of_the_run(leaking: Report) -> None:
    failed = [check for check in of(leaking, "logs") if check["result"] == "fail"]
    assert len(failed) >= len(PLANTED)
    for check in failed:
        assert "Z" in check["reason"]
        assert "between " in check["reason"] or "during " in check["reason"], check


def test_the_manual_shows_what_the_logs_see(leaking: Report) -> None:
    lines = ["| leak | " + " | ".join(COLUMNS) + " |", "|---|" + "---|" * len(COLUMNS)]
    for leak in PLANTED:
        seen = detectors(leak, leaking)
        lines.append(f"| {leak.title} | " + " | ".join("x" if c in seen else "" for c in COLUMNS) + " |")
    new = "\n".join(lines) + "\n"
    text = DOCS.read_text("utf-8")
    head, rest = text.split("<!-- logs -->\n", 1)
    old, tail = rest.split("<!-- /logs -->", 1)
    if os.environ.get("UPDATE_GOLDEN"):
        DOCS.write_text(f"{head}<!-- logs -->\n{new}<!-- /logs -->{tail}", "utf-8")
        old = new
    assert old == new
