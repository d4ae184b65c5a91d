"""What can't be decided is never a PASS: services that can't be asked, a guard that is blind, bad pages."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.end_to_end.world import Undo, World

DEAF = """
import socket, sys, time
listener = socket.create_server((sys.argv[1], 6390))
print("listening", flush=True)
time.sleep(60)
"""
LOADTEST = "config/portability/environments/loadtest.yaml"


def _blind_guard(world: World) -> Undo:
    """The application's packet to the canary is dropped before any guard could count it."""
    world.inside("ip", "route", "add", "blackhole", "10.20.0.250/32")
    return lambda: world.inside("ip", "route", "del", "blackhole", "10.20.0.250/32")


def _down(world: World) -> Undo:
    world.replace(
        "portability.yaml", "host: {key: SMTP_HOST}\n    port: 25", "host: {key: SMTP_HOST}\n    port: 2525"
    )
    return _nothing


def _slow(world: World) -> Undo:
    """The cache's port is open, and nobody answers there."""
    script = world.story.app.parent / "deaf.py"
    script.write_text(DEAF, "utf-8")
    start = '"$@" > /dev/null 2>&1 & echo $!'
    place = world.lab.address("replica", "cache")
    pid = world.inside("sh", "-c", start, "sh", sys.executable, str(script), place).strip()
    host = "host: {key: REDIS_HOST}\n    port: "
    world.replace("portability.yaml", f"{host}6379", f"{host}6390")
    return lambda: world.inside("kill", pid)


def _wrong_password(world: World) -> Undo:
    file = world.story.app / "config/portability/secrets/loadtest/RABBIT_PASS"
    before = file.read_bytes()
    file.write_bytes(b"Fake-Wrong-Pw\n")
    return lambda: file.write_bytes(before)


def _no_such_name(world: World) -> Undo:
    world.edit(LOADTEST, lambda t: re.sub(r"(?m)^SMTP_HOST:.*$", "SMTP_HOST: 'gone.lt-starclub.example'", t))
    return _nothing


def _no_waiver(world: World) -> Undo:
    world.replace("portability.yaml", "identity LDAP_HOST", "identity SOMETHING_ELSE")
    return _nothing


def _expired_waiver(world: World) -> Undo:
    world.replace("portability.yaml", "until: 2099-12-31", "until: 2020-12-31")
    return _nothing


def _slow_page(world: World) -> Undo:
    world.write("public/slow.php", "<?php sleep(4); echo 'late';")
    world.replace("portability.yaml", "\n  start: [", "\n  seconds: 1\n  start: [/slow.php, ")
    return _nothing


def _nothing() -> None:
    """Git takes the change back."""


@dataclass(frozen=True)
class Unknown:
    """What a test plants, the check that can't be decided for it, and words that this check has to say."""

    plant: Callable[[World], Undo]
    check: str
    words: str

    def __str__(self) -> str:
        return self.plant.__name__.strip("_")


UNKNOWN = (
    Unknown(_blind_guard, "control 10.20.0.250", ""),
    Unknown(_down, "identity smtp", "SMTP_HOST"),
    Unknown(_slow, "identity cache", "REDIS_HOST"),
    Unknown(_wrong_password, "identity orders", "RABBIT_PASS"),
    Unknown(_no_such_name, "identity smtp", "gone.lt-starclub.example"),
    Unknown(_no_waiver, "identity LDAP_HOST", "no probe reads this key"),
    Unknown(_expired_waiver, "identity LDAP_HOST", "its waiver ended on 2020-12-31"),
    Unknown(_slow_page, "page /slow.php", "1 s"),
)
TOGETHER = (UNKNOWN[:4], UNKNOWN[4:5] + UNKNOWN[6:])


@pytest.mark.parametrize(
    "unknown",
    [
        *TOGETHER,
        *(pytest.param((one,), marks=[pytest.mark.prove] * (one is not UNKNOWN[5])) for one in UNKNOWN),
    ],
    ids=lambda them: ", ".join(map(str, them)),
)
def test_what_is_not_known_is_no_pass(world: World, unknown: Sequence[Unknown]) -> None:
    before = world.served
    with world.restored() as undo:
        for one in unknown:
            undo.callback(one.plant(world))
        world.commit()
        code, report = world.verify()
    found = {f"{c['area']} {c['name']}": c for c in report["checks"]}
    for one in unknown:
        assert found[one.check]["result"] in ("inconclusive", "skip"), found[one.check]
        assert one.words in " ".join(str(part) for part in found[one.check].values())
    assert (code, report["verdict"]) == (5, "INCONCLUSIVE"), wrong(report)
    assert world.served == before


def wrong(report: Any) -> list[Any]:
    return [check for check in report["checks"] if check["result"] not in ("pass", "waived")]


def test_a_page_that_breaks_fails(world: World) -> None:
    before = world.served
    with world.restored():
        world.write("public/broken.php", "<?php http_response_code(500);")
        world.replace("portability.yaml", "\n  start: [", "\n  start: [/broken.php, ")
        world.commit()
        code, report = world.verify()
    assert (code, report["verdict"], report["pointing_at_production"]) == (1, "FAIL", 0)
    assert "/broken.php" in {check["name"] for check in wrong(report)}
    assert world.served == before


def test_uncommitted_changes_are_not_verified(world: World) -> None:
    with world.restored():
        world.write("public/index.php", "<?php echo 1;")
        done = world.run("verify", "--env", "loadtest")
    assert done.code == 4
    assert b"public/index.php" in done.stderr
    assert b"not committed" in done.stderr


def test_another_machine_is_refused_before_anything_is_deployed(world: World) -> None:
    before, releases = world.served, list(world.story.target.glob("releases/*"))
    with world.restored():
        world.replace("portability.yaml", "host: replica", "host: 'lt-web-*'")
        world.commit()
        done = world.run("verify", "--env", "loadtest")
    assert done.code == 4
    assert b"loadtest is for machines named lt-web-*, this is replica" in done.stderr
    assert (world.served, list(world.story.target.glob("releases/*"))) == (before, releases)


def test_production_is_refused(world: World) -> None:
    done = world.run("verify", "--env", "production")
    assert done.code == 4
    assert b"production is never verified" in done.stderr


def test_without_the_right_to_guard_nothing_is_deployed(world: World) -> None:
    before = world.served
    command = [sys.executable, "-m", "portability", "-C", str(world.story.app), "verify", "--env", "loadtest"]
    done = world.lab.run("replica", ["unshare", "--user", *command], cwd=".", timeout=60)
    assert done.code == 5, (done.stdout, done.stderr)
    assert b"error: " in done.stderr
    assert b"Traceback" not in done.stderr
    assert world.served == before
