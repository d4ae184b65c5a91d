"""`verify --application`: one application of a repository of several, deployed and proven on real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from examples import replica
from tests.end_to_end.world import World

TINY = "apps/tiny/config/portability/environments"
COMMON = "config/portability/environments"


def _values(world: World, path: str) -> dict[str, Any]:
    return dict(yaml.safe_load((world.story.app / path).read_text("utf-8")))


def _settings(world: World, **tiny: object) -> None:
    """Gives the application `tiny` a part of the settings, at their end."""
    file = world.story.app / "portability.yaml"
    before = file.read_text("utf-8").partition("\napplications:")[0]
    parts = {"applications": {"tiny": {"root": "apps/tiny", **tiny}, "other": {"root": "apps/other"}}}
    written = json.dumps(parts)[1:-1].replace('"applications":', "\napplications:", 1)
    file.write_text(f"{before}{written}\n", "utf-8")


@pytest.fixture(scope="module")
def several(world: World) -> Iterator[World]:
    """The fan club, and beside it an application of its own, which has a value of its own."""
    with world.restored():
        _settings(world)
        host = _values(world, f"{COMMON}/production.yaml")["DB_HOST"]
        world.write("apps/tiny/tiny.php", f"<?php\ndefine('TINY_DB_HOST', '{host}');\n")
        world.commit()
        done = world.run("apply", "--yes")
        assert done.code == 0, done.stderr.decode()
        replaced = _values(world, f"{COMMON}/loadtest.yaml")["DB_HOST"]
        world.write(f"{TINY}/loadtest.yaml", f"TINY_DB_HOST: {replaced}\n")
        world.commit()
        yield world


@pytest.mark.prove
def test_it_has_to_be_said_which_one(several: World) -> None:
    for words in ((), ("--application", "shop")):
        done = several.run("verify", "--env", "loadtest", *words)
        assert (done.code, done.stdout) == (2, b"")
        assert "tiny, other" in done.stderr.decode()


@pytest.mark.prove
def test_what_no_probe_reads_is_no_pass(several: World) -> None:
    code, report = several.verify("--application", "tiny")
    skipped = {check["name"]: check["reason"] for check in report["checks"] if check["result"] == "skip"}
    assert (code, report["verdict"]) == (5, "INCONCLUSIVE")
    assert "no probe reads this key" in skipped["TINY_DB_HOST"]


def _with_probe(world: World) -> None:
    """The common probes, and one of the application's own value."""
    own = {**replica.probes()["writer"], "host": {"key": "TINY_DB_HOST"}}
    _settings(world, probes={**replica.probes(), "tiny": own})


@pytest.mark.prove
def test_its_own_values_and_the_common_ones_are_asked(several: World) -> None:
    with several.restored():
        _with_probe(several)
        several.commit()
        code, report = several.verify("--application", "tiny")
        passed = {(check["area"], check["name"]) for check in report["checks"] if check["result"] == "pass"}
        assert (code, report["verdict"]) == (0, "PASS"), [
            c for c in report["checks"] if c["result"] != "pass"
        ]
    assert {("identity", "tiny"), ("identity", "writer"), ("identity", "orders")} <= passed
    assert {("values", "loadtest"), ("values", "loadtest tiny")} <= passed
    assert "of the applications of the release only tiny was verified" in report["notes"]


@pytest.mark.prove
def test_its_own_value_of_production_is_found(several: World) -> None:
    """By the values, and where somebody says that it is shared, by the service itself."""
    with several.restored():
        _with_probe(several)
        several.write(f"{TINY}/loadtest.yaml", "TINY_DB_HOST: {shared: 'nobody looked'}\n")
        several.commit()
        before = several.to_production
        code, report = several.verify("--application", "tiny")
        failed = {check["name"] for check in report["checks"] if check["result"] == "fail"}
        assert (code, report["verdict"]) == (1, "FAIL")
        assert "tiny" in failed
        assert several.to_production == before


@pytest.mark.prove
def test_what_is_attested_of_one_application_is_none_of_another(several: World) -> None:
    folder = several.story.app.parent / "attested-tiny"
    file, key = str(folder / "verified.json"), folder / "lt.key"
    check = ("attest", "check", file, "--key", f"{key}.pub", "--env", "loadtest")
    gated = ("campaign", "run", "--env", "loadtest", "--attestation", file, "--key", f"{key}.pub")
    load = (*gated, "--users", "1", "--rate", "1", "--time", "15s")
    with several.restored():
        _with_probe(several)
        place, host = "apps/other/config/portability", "starclub.example"
        several.write(f"{place}/keys.yaml", "OTHER_HOST: {service: http, category: host, kind: host}\n")
        several.write(f"{place}/environments/production.yaml", f"OTHER_HOST: other.{host}\n")
        several.write(f"{place}/environments/loadtest.yaml", f"OTHER_HOST: other.lt-{host}\n")
        several.commit()
        assert several.run("attest", "keygen", "-o", str(key)).code == 0
        attest = ("--application", "tiny", "--attest", file, "--key", str(key))
        done = several.run("verify", "--env", "loadtest", *attest)
        assert done.code == 0, (done.stdout + done.stderr).decode()
        done = several.run(*check, "--application", "tiny")
        assert (done.code, b"application    pass  tiny" in done.stdout) == (0, True), done
        done = several.run(*check, "--application", "other")
        assert (done.code, b"it is of the application tiny, not of other" in done.stdout) == (1, True), done
        assert several.run(*check).code == 2
        for words, code in (((), 2), (("--application", "other"), 4)):
            done = several.run(*load, *words)
            assert done.code == code, (done.stdout + done.stderr).decode()
        assert b"not attested: it is of the application tiny, not of other" in done.stderr
