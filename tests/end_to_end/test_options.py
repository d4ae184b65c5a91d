"""What the options of `portability verify` promise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.world import World

PAGE = "http://www.lt-starclub.example/option.txt"


def probes(target: Path) -> list[Path]:
    return list(target.rglob("*portability-probe*"))


@pytest.fixture(scope="module")
def passed(world: World) -> Iterator[World]:
    """A world in which a release has passed, that says `passed`."""
    with world.restored():
        world.write("public/option.txt", "passed\n")
        world.commit()
        assert world.verify()[0] == 0
        yield world


@pytest.mark.prove
def test_without_a_deploy_the_served_release_is_looked_at(passed: World) -> None:
    label = passed.served
    with passed.restored():
        passed.write("public/option.txt", "newer\n")
        passed.write("public/index.php", "<?php echo 1;")
        code, report = passed.verify("--no-deploy")
    assert (code, report["verdict"], report["release"]) == (0, "PASS", label)
    assert (passed.served, passed.lab.fetch("replica", PAGE).body) == (label, b"passed\n")
    assert probes(passed.story.target) == []


@pytest.mark.prove
def test_without_a_deploy_a_failure_takes_nothing_back(passed: World) -> None:
    label = passed.served
    with passed.restored():
        passed.replace("portability.yaml", "identity LDAP_HOST", "identity OTHER")
        code, report = passed.verify("--no-deploy")
    assert (code, passed.served) == (5, label)
    assert "the probe was removed; the release stays as it was" in report["notes"]
    assert probes(passed.story.target) == []


@pytest.mark.prove
def test_what_is_kept_is_said_to_have_failed(passed: World) -> None:
    label = passed.served
    with passed.restored():
        passed.write("public/option.txt", "broken\n")
        passed.write("public/broken.php", "<?php http_response_code(500);")
        passed.replace("portability.yaml", "\n  start: [", "\n  start: [/broken.php, ")
        passed.commit()
        code, report = passed.verify("--keep")
    assert (code, report["verdict"]) == (1, "FAIL")
    assert passed.served == report["release"] != label
    assert f"the release stays although it did not pass: {passed.served} (--keep)" in report["notes"]
    assert passed.lab.fetch("replica", PAGE).body == b"broken\n"
    assert (passed.story.target / "releases" / label).is_dir()
    assert probes(passed.story.target) == []
    assert passed.verify()[0] == 0
    assert passed.served == label


@pytest.mark.prove
def test_only_some_checks_are_never_a_pass(passed: World) -> None:
    label = passed.served
    code, report = passed.verify("--only", "identity*")
    results = {(c["area"], c["result"]) for c in report["checks"]}
    assert (code, report["verdict"], passed.served) == (5, "INCONCLUSIVE", label)
    assert {("identity", "pass"), ("job", "skip"), ("page", "skip"), ("enforced", "skip")} <= results
    assert not {("job", "pass"), ("page", "pass"), ("enforced", "pass")} & results
    left_out = {c["reason"] for c in report["checks"] if c["result"] == "skip"}
    assert left_out == {"left out by --only"}


@pytest.mark.prove
def test_a_dirty_tree_deploys_the_commit_and_says_what_it_left(passed: World) -> None:
    with passed.restored():
        passed.write("public/option.txt", "not committed\n")
        code, report = passed.verify("--allow-dirty")
    assert code == 0
    assert passed.lab.fetch("replica", PAGE).body == b"passed\n"
    assert any(note.startswith("not deployed: public/option.txt") for note in report["notes"])
