"""Where the machine, the settings or the application get in the way: a clear end, and nothing changed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from examples.stage.messages import Result
from tests.end_to_end.interrupted import left, processes
from tests.end_to_end.world import World

LOADTEST = "config/portability/environments/loadtest.yaml"
BIG = "<?php for ($i = 0; $i < 100; $i++) { echo str_repeat('x', 1000000); flush(); }"
JOBS = (
    "daemon: {command: 'setsid sleep 300 > /dev/null 2>&1 & echo started'}",
    "loud: {command: 'head -c 100000000 /dev/zero | tr \"\\0\" x'}",
)
PAGES = {
    "big": BIG,
    "circle": "<?php header('Location: /circle.php');",
    "spiral": "<?php header('Location: /spiral.php?n=' . (($_GET['n'] ?? 0) + 1));",
}
RESTART = re.compile(r"(?s)restart: .*?seconds: 20")


@contextmanager
def unchanged(world: World) -> Iterator[ExitStack]:
    """A change of the application that leaves the served release, the processes and the target alone."""
    before, served = processes(world), world.served
    with world.restored() as undo:
        yield undo
    assert world.served == served
    assert left(world, before) == []
    assert list(world.story.target.rglob("*portability-probe*")) == []
    assert list(world.story.target.glob("releases/.*")) == []


@pytest.fixture
def served(world: World) -> World:
    """A world in which some release is served."""
    if not world.served:
        code, report = world.verify()
        assert code == 0, [check for check in report["checks"] if check["result"] not in ("pass", "waived")]
    return world


def verified(world: World) -> Result:
    world.commit()
    return world.run("verify", "--env", "loadtest")


def restarting(world: World, command: str, seconds: int = 20) -> None:
    new = f"restart: [['/bin/sh', '-c', '{command}']]\n      seconds: {seconds}"
    world.edit("portability.yaml", lambda text: RESTART.sub(lambda _: new, text))


def test_jobs_and_pages_that_go_wrong_are_told_one_by_one(world: World) -> None:
    with unchanged(world):
        for job in JOBS:
            world.replace("portability.yaml", "\njobs:\n", f"\njobs:\n  {job}\n")
        for name, text in PAGES.items():
            world.write(f"public/{name}.php", text)
            world.replace("portability.yaml", "\n  start: [", f"\n  start: [/{name}.php, ")
        world.replace("portability.yaml", """'"success":true'""", """'"success":never'""")
        world.commit()
        code, report = world.verify()
    found = {f"{c['area']} {c['name']}": c for c in report["checks"]}
    reasons = {name: c["reason"] for name, c in found.items() if c["result"] == "inconclusive"}
    assert (code, report["verdict"]) == (5, "INCONCLUSIVE")
    assert "it left sleep behind" in reasons.pop("job daemon")
    assert reasons == {
        "page /big.php": "only its first 5000000 bytes were looked at",
        "page /circle.php": "it redirects in a circle to http://www.lt-starclub.example/circle.php",
        "page /spiral.php?n=19": "it redirects for the 20th time in a row",
        "page POST /login (login)": "the login didn't show the text '\"success\":never' in its answer; "
        "its page, which answered 405, has no form with email, password",
    }
    assert found["job loud"]["result"] == "pass"


@pytest.mark.parametrize(
    ("path", "pattern", "new", "words"),
    [
        ("portability.yaml", r"\n    networks: .*", "", "say nothing of environments.loadtest.networks"),
        ("portability.yaml", r"10\.20\.0\.250", "10.30.0.250", "canary holds 10.30.0.250, which is in none"),
        ("portability.yaml", r"(?s)\nsites:.*?\nprobes:", "\nprobes:", "the settings say nothing of sites"),
        (
            "portability.yaml",
            r"\n      folder: \S+",
            "\n      folder: /no/folder",
            "no such folder to deploy",
        ),
    ],
    ids=["no networks", "a canary elsewhere", "no sites", "no folder"],
)
def test_settings_that_do_not_do(world: World, path: str, pattern: str, new: str, words: str) -> None:
    with unchanged(world):
        world.edit(path, lambda text: re.sub(pattern, lambda _: new, text, count=1))
        done = verified(world)
    assert done.code == 2, done.stderr.decode()
    assert words in done.stderr.decode()


def test_an_unknown_environment(world: World) -> None:
    done = world.run("verify", "--env", "staging")
    assert done.code == 2
    assert b"there is no environment staging" in done.stderr
    assert b"known: production, loadtest" in done.stderr


@pytest.mark.prove
@pytest.mark.parametrize(
    ("command", "seconds", "words"),
    [
        ("echo no such unit >&2; exit 3", 20, "it ended with exit code 3: no such unit"),
        ("sleep 60", 2, "it took longer than 2 s"),
    ],
    ids=["fails", "hangs"],
)
def test_a_restart_that_does_not_work(served: World, command: str, seconds: int, words: str) -> None:
    with unchanged(served):
        restarting(served, command, seconds)
        done = verified(served)
    assert done.code == 5, done.stderr.decode()
    assert words in done.stderr.decode()


@pytest.mark.prove
def test_a_web_server_that_is_down(served: World) -> None:
    with unchanged(served) as undo:
        restarting(served, "true")
        served.inside("sh", "-c", "kill $(cat /run/lab/apache/replica/pid)")
        undo.callback(served.lab.restart, "replica")
        done = verified(served)
    assert done.code == 5
    assert b"INCONCLUSIVE" in done.stdout
    assert b"application" in done.stdout
    assert b"connection refused" in done.stdout


@contextmanager
def other_target(world: World, options: str) -> Iterator[str]:
    """A folder to deploy to on a file system of its own."""
    folder = world.story.app.parent / "other-target"
    folder.mkdir(exist_ok=True)
    world.inside("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    try:
        world.replace("portability.yaml", f"folder: {world.story.target}", f"folder: {folder}")
        yield str(folder)
    finally:
        world.inside("umount", str(folder))


@pytest.mark.prove
@pytest.mark.parametrize("size", [0, 16, 64, 200, 400, 700])
def test_a_full_disk(served: World, size: int) -> None:
    """A size in KiB; the guardian's record, the bundle, the release or the probe has no room."""
    options = f"size={size}k" if size else "ro"
    with unchanged(served), other_target(served, options) as folder:
        done = verified(served)
        found = served.inside("find", folder, "-mindepth", "1", "-not", "-path", "*/.portability*")
    assert done.code == 5, (done.stdout, done.stderr)
    assert re.search(rb"no space left on device|read-only file system|write error", done.stderr), done.stderr
    assert b"bug" not in done.stderr
    assert found.split() in ([], [f"{folder}/releases"])


@pytest.mark.prove
def test_a_site_whose_name_is_production_is_not_connected_to(served: World) -> None:
    with unchanged(served):
        served.edit(LOADTEST, lambda text: re.sub(r"(?m)^ADMIN_HOST:.*$", "ADMIN_HOST: '10.20.0.11'", text))
        served.commit()
        before = served.to_production
        code, report = served.verify()
        sent = served.to_production - before
    found = [c for c in report["checks"] if c["area"] == "dns" and c["name"] == "site admin"]
    assert (code, [c["result"] for c in found], found[0]["production"]) == (1, ["fail"], True)
    assert sent == 0


@pytest.mark.prove
def test_two_at_once(served: World) -> None:
    first: list[int] = []
    running = threading.Thread(target=lambda: first.append(served.verify()[0]))
    running.start()
    second = Result(0, b"", b"")
    lock = served.story.target / ".portability" / "lock"
    before = lock.read_bytes() if lock.exists() else b""
    while running.is_alive() and (not lock.exists() or lock.read_bytes() in (before, b"")):
        pass
    if running.is_alive():
        second = served.run("verify", "--env", "loadtest")
    running.join()
    assert first == [0]
    assert second.code == 4
    assert re.search(rb"another run is at work on this target \(process \d+\)", second.stderr)
