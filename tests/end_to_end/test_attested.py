"""On the lab: a PASS is attested, the gate lets it through, and refuses it as soon as anything is another."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from examples import replica
from examples.stage.messages import Result
from tests.end_to_end.test_no_secret_is_told import secrets
from tests.end_to_end.world import World

LOADTEST = "config/portability/environments/loadtest.yaml"


class Gate:
    """A world with a pair of keys and a place for the attestation."""

    def __init__(self, world: World) -> None:
        folder = world.story.app.parent / "attested"
        self.world, self.key, self.file = world, folder / "lt.key", folder / "verified.json"

    def keygen(self) -> None:
        done = self.world.run("attest", "keygen", "-o", str(self.key))
        assert done.code == 0, done.stderr.decode()

    def verify(self, *options: str) -> Result:
        call = ["verify", "--env", "loadtest", "--attest", str(self.file), "--key", str(self.key)]
        return self.world.run(*call, *options)

    def check(self, *options: str) -> tuple[int, str]:
        call = ["attest", "check", str(self.file), "--key", f"{self.key}.pub", "--env", "loadtest"]
        done = self.world.run(*call, *options)
        return done.code, done.stdout.decode() + done.stderr.decode()

    @property
    def statement(self) -> Any:
        return json.loads(base64.b64decode(json.loads(self.file.read_text())["payload"]))


@pytest.fixture(scope="module")
def gate(world: World) -> Iterator[Gate]:
    """A gate before a world whose release has just passed."""
    gate = Gate(world)
    gate.keygen()
    done = gate.verify()
    assert done.code == 0, done.stdout.decode() + done.stderr.decode()
    assert b"attested as WARNED: " in done.stderr
    yield gate


def test_a_pass_is_let_through_and_tells_no_secret(gate: Gate) -> None:
    code, told = gate.check("--commit", replica.git(gate.world.story.app, "rev-parse", "HEAD").strip())
    assert code == 0, told
    assert "accepted: 9 answers, none refuses it." in told
    found = gate.statement
    text = json.dumps(found)
    assert [word for word in secrets(gate.world) if word in text] == []
    assert found["predicate"]["warnedTests"] == ["identity LDAP_HOST"]
    assert found["predicate"]["failedTests"] == []
    assert len(found["predicate"]["passedTests"]) > 50
    assert found["predicate"]["portability"]["release"] == gate.world.served
    assert gate.check("--no-waivers")[0] == 1


def test_what_is_another_is_refused_and_what_fails_is_attested_as_failed(gate: Gate) -> None:
    """In one life of the replica: values, a patch by hand, another commit, a verification that fails."""
    world = gate.world
    passed = gate.file.read_bytes()
    with world.restored():
        world.edit(LOADTEST, lambda text: text + "# a note\n")
        code, told = gate.check()
        assert (code, f"{LOADTEST} was changed since it was verified" in told) == (1, True)
    assert gate.check()[0] == 0
    page = world.story.target / "current" / "public" / "index.php"
    before = page.read_bytes()
    page.write_bytes(before + b"\n")
    assert "the release is not what was verified" in gate.check()[1]
    page.write_bytes(before)
    assert gate.check()[0] == 0
    label = world.served
    with world.restored():
        world.write("public/another.txt", "another commit\n")
        world.commit()
        assert world.verify()[0] == 0
        code, told = gate.check()
        assert (code, f"{world.served} is served now, and {label} was verified" in told) == (1, True)
        world.write("public/broken.php", "<?php http_response_code(500);")
        world.replace("portability.yaml", "\n  start: [", "\n  start: [/broken.php, ")
        world.commit()
        assert gate.verify().code == 1
        code, told = gate.check()
        assert code == 1
        assert re.search(r"verdict +FAIL  the verification ended with FAIL: .*page /broken\.php", told), told
        assert gate.statement["predicate"]["result"] == "FAILED"
    gate.file.write_bytes(passed)
    assert gate.verify().code == 0
    assert (gate.check()[0], world.served) == (0, label)
    gate.file.write_bytes(passed)
    assert "or it was verified again" in gate.check()[1]


@pytest.mark.prove
def test_only_some_checks_are_attested_as_failed(gate: Gate) -> None:
    assert gate.verify("--only", "identity*").code == 5
    assert gate.statement["predicate"]["portability"]["verdict"] == "INCONCLUSIVE"
    assert gate.statement["predicate"]["result"] == "FAILED"
    assert gate.check()[0] == 1
    assert gate.verify().code == 0


@pytest.mark.prove
def test_github_is_told_the_verdict_first(gate: Gate) -> None:
    world = gate.world
    with world.restored():
        world.replace("portability.yaml", "identity LDAP_HOST", "identity OTHER")
        done = world.run("verify", "--env", "loadtest", "--no-deploy", "--format", "github")
    first, *others = done.stdout.decode().splitlines()
    assert done.code == 5
    assert first.startswith("::error title=portability verify::INCONCLUSIVE of loadtest: ")
    assert [line for line in others if "title=identity LDAP_HOST::" in line]


@pytest.mark.prove
def test_the_latest_verification_counts_though_it_attested_nothing(gate: Gate) -> None:
    assert gate.verify().code == 0
    assert gate.check()[0] == 0
    assert gate.world.verify("--no-deploy")[0] == 0
    code, told = gate.check()
    assert (code, "it was verified again since, and that attested nothing" in told) == (1, True)
    assert gate.verify().code == 0
    assert gate.check()[0] == 0
