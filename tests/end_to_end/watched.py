"""A command in, its end and the arguments of every process that was seen meanwhile out; runs inside a lab."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from examples.stage.messages import Result
from tests.end_to_end.world import ROOT, World


def watch(world: World, *arguments: str) -> tuple[Result, set[str]]:
    """Runs the command line on the replica's machine, with an eye on the list of processes."""
    command = [sys.executable, "-m", "portability", "-C", str(world.story.app), *arguments]
    watcher = [sys.executable, "-m", "tests.end_to_end.watched", *command]
    done = world.lab.run("replica", watcher, cwd=ROOT, timeout=120)
    assert done.code == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    return Result(told["code"], told["out"].encode(), told["err"].encode()), set(told["seen"])


def main(command: list[str]) -> None:
    """Runs the command and writes what was seen."""
    seen: set[str] = set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        while child.poll() is None:
            seen |= {line for entry in Path("/proc").iterdir() if (line := _arguments(entry))}
            time.sleep(0.01)
        out, err = child.communicate()
    told = {"code": child.returncode, "out": out, "err": err, "seen": sorted(seen)}
    sys.stdout.write(json.dumps(told))


def _arguments(process: Path) -> str:
    if process.name.isdigit():
        with suppress(OSError):
            return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])
