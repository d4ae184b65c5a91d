"""However and whenever a verification is stopped, what was served is served again and nothing is left."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.interrupted import WORDS, End, stop
from tests.end_to_end.world import World

PAGE = "public/version.txt"
URL = "http://www.lt-starclub.example/version.txt"
PHASES = [phase for phase in WORDS if phase != "settling"]
DELAYS = {"identity": 0.3, "jobs": 0.7, "pages": 0.3, "enforced": 0.2}
_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Settled:
    """A world in which a release has passed, and that is served."""

    world: World
    label: str
    files: list[str]

    def files_now(self) -> list[str]:
        """All that lies in the target's folders, but what the releases hold themselves."""
        return listing(self.world)


def listing(world: World) -> list[str]:
    target = world.story.target
    folders = (target, target / "releases", target / ".portability")
    return sorted(str(path.relative_to(target)) for folder in folders for path in folder.iterdir())


def probes(target: Path) -> list[Path]:
    return list(target.rglob("*portability-probe*"))


def page(world: World) -> bytes:
    answer = world.lab.fetch("replica", URL)
    assert answer.status == 200
    return answer.body


@pytest.fixture(scope="module")
def settled(world: World) -> Iterator[Settled]:
    with world.restored():
        world.write(PAGE, "passed\n")
        world.commit()
        code, report = world.verify()
        not_passed = [check for check in report["checks"] if check["result"] != "pass"]
        assert (code, world.served) == (0, report["release"]), not_passed
        yield Settled(world, world.served, listing(world))


def stopped(settled: Settled, phase: str, way: str, presses: int = 1) -> End:
    """Stops the verification of a new commit, and looks at what is left of it."""
    world = settled.world
    world.write(PAGE, f"new {next(_NUMBERS)}\n")
    world.commit()
    temporary = world.inside("sh", "-c", 'ls "$TMPDIR"').split()
    end = stop(world, phase, way, DELAYS.get(phase, 0.0), presses)
    assert end.struck, end.said
    assert '"PASS"' not in end.said
    assert end.left == []
    assert (world.served, page(world)) == (settled.label, b"passed\n")
    assert settled.files_now() == settled.files
    assert probes(world.story.target) == []
    now = world.inside("sh", "-c", 'ls "$TMPDIR"').split()
    assert [name for name in now if name not in temporary and "nonces" not in name] == []
    return end


def test_ctrl_c_while_jobs_run(settled: Settled) -> None:
    end = stopped(settled, "jobs", "ctrl-c")
    assert end.code == 130
    assert end.said.splitlines()[-1] == "error: interrupted; nothing was left half done"


def test_a_kill_in_the_middle_of_a_restart(settled: Settled) -> None:
    assert stopped(settled, "restart", "kill").code == -9


def test_a_terminal_that_is_closed_while_services_are_asked(settled: Settled) -> None:
    assert stopped(settled, "identity", "hang up").code == 130
    tables = settled.world.lab.sql("replica", "SHOW TABLES FROM starclub")
    assert "portability_identity" not in tables


@pytest.mark.prove
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("way", ["ctrl-c", "kill", "term", "hang up"])
def test_stopped_in_any_phase(settled: Settled, phase: str, way: str) -> None:
    end = stopped(settled, phase, way)
    assert end.code == (-9 if way == "kill" else 130)
    if way in ("ctrl-c", "term"):
        assert end.said.splitlines()[-1] == "error: interrupted; nothing was left half done"


@pytest.mark.prove
def test_an_impatient_ctrl_c_is_told_who_goes_on(settled: Settled) -> None:
    end = stopped(settled, "background", "ctrl-c", presses=2)
    assert end.code == 130
    assert "still takes back what was begun" in end.said or "nothing was left half done" in end.said


@pytest.mark.prove
@pytest.mark.parametrize("way", ["ctrl-c", "kill", "term", "hang up"])
def test_stopped_at_the_very_end_it_is_the_old_release_or_the_new(settled: Settled, way: str) -> None:
    """What passed may stay, whole and without its probe; it is never said to have passed."""
    world = settled.world
    number = next(_NUMBERS)
    world.write(PAGE, f"new {number}\n")
    world.commit()
    end = stop(world, "settling", way)
    assert (end.struck, end.left) == (True, [])
    assert end.code == (-9 if way == "kill" else 130)
    assert '"PASS"' not in end.said
    text = b"passed\n" if world.served == settled.label else b"new %d\n" % number
    assert page(world) == text
    assert probes(world.story.target) == []


@pytest.mark.prove
def test_the_verification_after_a_kill_passes(settled: Settled) -> None:
    world = settled.world
    stopped_in = stop(world, "pages", "kill", 0.2)
    assert stopped_in.code == -9
    code, report = world.verify()
    assert (code, report["verdict"], world.served) == (0, "PASS", report["release"])
