"""Production's fingerprint, taken knowingly, tells its servers even behind an address of the replica."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator

import pytest

from examples import replica
from tests.end_to_end.world import ROOT, World

TUNNEL = """
import socket, sys, threading
def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    finally:
        for one in (a, b):
            one.close()
listener = socket.create_server((sys.argv[1], 6391))
while True:
    near, _ = listener.accept()
    far = socket.create_connection((sys.argv[2], 6379), 5)
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""
PATH = "config/portability/fingerprints/production.json"


@pytest.fixture(scope="module")
def fingerprint(world: World) -> Iterator[str]:
    """What `portability fingerprint` wrote on production's machine."""
    app = world.story.app.parent / "production"
    shutil.copytree(world.story.app, app, symlinks=True)
    replica.portability(app, "render", "--env", "production")
    command = [sys.executable, "-m", "portability", "-C", str(app), "fingerprint", "--env", "production"]
    before = world.lab.packets()
    done = world.lab.run("production", [*command, "--yes"], cwd=ROOT)
    after = world.lab.packets()
    assert done.code == 0, (done.stdout, done.stderr)
    assert after["production", "replica"] == before["production", "replica"]
    yield (app / PATH).read_text("utf-8")
    shutil.rmtree(app)


def test_a_fingerprint_holds_marks_and_no_secret(world: World, fingerprint: str) -> None:
    told = json.loads(fingerprint)
    assert set(told["servers"]) >= {"writer", "reader", "cache", "sessions", "orders"}
    folder = world.story.app / "config/portability/secrets/production"
    secrets = [file.read_text("utf-8").strip() for file in folder.iterdir()]
    assert [secret for secret in secrets if len(secret) > 4 and secret in fingerprint] == []


def test_the_replica_passes_beside_productions_fingerprint(world: World, fingerprint: str) -> None:
    with world.restored():
        world.write(PATH, fingerprint)
        world.commit()
        code, report = world.verify("--only", "identity*", "--only", "control*", "--keep")
    told = {check["name"]: check["result"] for check in report["checks"] if check["area"] == "identity"}
    assert {told[name] for name in ("writer", "reader", "cache", "sessions", "orders")} == {"pass"}
    assert code == 5
    assert not any("fingerprint" in note for note in report["notes"])


def test_a_tunnel_to_production_is_told_by_the_fingerprint(world: World, fingerprint: str) -> None:
    script = world.story.app.parent / "tunnel.py"
    script.write_text(TUNNEL, "utf-8")
    ours, theirs = world.lab.address("replica", "smtp"), world.lab.address("production", "cache")
    start = '"$@" > /dev/null 2>&1 & echo $!'
    pid = world.inside("sh", "-c", start, "sh", sys.executable, str(script), ours, theirs).strip()
    try:
        with world.restored():
            world.write(PATH, fingerprint)
            world.edit(
                "config/portability/environments/loadtest.yaml",
                lambda text: re.sub(r"(?m)^REDIS_HOST:.*$", f"REDIS_HOST: '{ours}'", text),
            )
            cache = "host: {key: REDIS_HOST}\n    port: "
            world.replace("portability.yaml", f"{cache}6379", f"{cache}6391")
            world.commit()
            code, report = world.verify()
    finally:
        world.inside("kill", pid)
    (found,) = [c for c in report["checks"] if (c["area"], c["name"]) == ("identity", "cache")]
    assert (code, found["result"], found["production"]) == (1, "fail", True)
    assert "its marks are those of production's cache" in found["reason"]
