"""Tells the story of scan, apply and verify on the fan-club application, with real servers.

`make demo` runs it. Everything happens in a temporary folder and in namespaces that nothing leaves.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from examples import replica
from examples.fills import fill_values
from examples.lab import Lab, LabError, LabUnavailable
from examples.stage import Response, Stage, StageUnavailable
from examples.stage.names import READER, load_values
from examples.stage.pages import pages

HERE = Path(__file__).resolve().parent
MOST_LINES = 14


class DemoFailed(Exception):
    """A step did not show what it has to show."""


def main() -> int:
    """Runs the demo; 0 if every step held."""
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="portability-demo-") as scratch:
            _story(Path(scratch))
    except (DemoFailed, StageUnavailable, LabUnavailable, LabError, replica.StoryFailed) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    print(f"\nThe demo held, in {time.monotonic() - started:.0f} s.")
    return 0


def _story(scratch: Path) -> None:
    app = scratch / "fanclub"
    shutil.copytree(HERE / "fanclub", app, symlinks=True)
    (app / "truth.yaml").unlink()
    _git(app, "init", "--quiet")
    _commit(app, "The fan club, as it runs in production")
    original = _snapshot(app)
    _title("1. A monolith with production written all over it, on real Apache, PHP, MariaDB and Redis")
    with Stage(scratch / "logs") as stage:
        before = _visit(stage, app, "production")
        _title("2. Find what ties it to production")
        _portability(app, "init")
        _portability(app, "scan", expected=1)
        _title("3. What the tool would do, and what it leaves to a person")
        _portability(app, "plan", "--diff", expected=1)
        _by_hand(app)
        _title("4. Apply: proven first, then written")
        _commit(app, "Settings, and what a person mended by hand")
        _portability(app, "apply", "--yes")
        _portability(app, "render", "--env", "production")
        _portability(app, "check", "--env", "production")
        _portability(app, "scan")
        _title("5. The same pages, byte for byte")
        _compare(before, _visit(stage, app, "production"))
        _title("6. A second environment, and the pages name it")
        _load_test(stage, app)
    _title("7. A replica beside production, and the proof that it is one")
    _verify(scratch, app)
    _title("8. And back")
    _portability(app, "apply", "--undo")
    _same_tree(app, original)


def _visit(stage: Stage, app: Path, side: str) -> list[tuple[str, Response]]:
    """Every page of a side, fetched once from a freshly started server."""
    stage.serve(app, side)
    visited = [(name, stage.send(request)) for name, request in pages(side)]
    size = sum(len(response.body) for _, response in visited)
    answers = sorted({response.status for _, response in visited})
    print(f"{len(visited)} requests to the {side} side, {size:,} bytes, answers {answers}")
    return visited


def _compare(before: Sequence[tuple[str, Response]], after: Sequence[tuple[str, Response]]) -> None:
    different = [name for (name, old), (_, new) in zip(before, after, strict=True) if old != new]
    if different:
        raise DemoFailed(f"these pages changed: {', '.join(different)}")
    print(f"All {len(after)} answers are the same as before: status, headers and every byte of the body.")


def _load_test(stage: Stage, app: Path) -> None:
    _portability(app, "render", "--env", "loadtest", expected=4)
    values = load_values()
    filled = fill_values(app, "loadtest", values)
    print(f"A person fills in {filled} values of config/portability/environments/loadtest.yaml\n")
    _portability(app, "render", "--env", "loadtest")
    visited = _visit(stage, app, "loadtest")
    names = sorted((value for value in values if len(value) > 6), key=len, reverse=True)
    leaks = [
        (name, value)
        for name, response in visited
        for value in names
        if value.encode() in _everything(response, values)
    ]
    if leaks:
        raise DemoFailed(f"under loadtest, {len(leaks)} answers still name production, e.g. {leaks[:3]}")
    print(f"None of the {len(names)} production values is in any of the {len(visited)} answers or headers.")
    page = dict(visited)["fan club"].body.decode("utf-8", "replace")
    frame = next((line.strip() for line in page.splitlines() if "<iframe" in line), "")
    print(f"  {frame}")


def _verify(scratch: Path, app: Path) -> None:
    """Production and the replica in two networks; verified, then with one host put back by hand."""
    target = scratch / "releases"
    target.mkdir()
    replica.write_inventory_secrets(app)
    replica.describe_replica(app, target)
    replica.commit_applied(app)
    with Lab(scratch) as lab:
        seconds = max(lab.seconds.values())
        print(f"Two sides: MariaDB writer and reader, Redis, RabbitMQ, mail, AWS; up in {seconds:.0f} s\n")
        lab.serve_releases(replica.REPLICA, target)
        _on_the_replica(lab, app, 0)
        file = app / "lib" / "db.php"
        text = file.read_text("utf-8")
        file.write_text(text.replace("\\AppEnv\\DB_HOST_RO", f"'{READER}'", 1), "utf-8")
        _commit(app, "A merge from an old branch", force=False)
        print("Somebody merges an old branch, and one host of production is back in lib/db.php\n")
        _on_the_replica(lab, app, 1)
        crossed = lab.packets()[replica.REPLICA, "production"]
        print(f"The router between the two counted {crossed} packets: those of the page with the old host.")
        file.write_text(text, "utf-8")
        _commit(app, "The host is out again", force=False)


def _on_the_replica(lab: Lab, app: Path, expected: int) -> None:
    """Runs verify on the replica's machine and shows what it prints."""
    words = ["verify", "--env", "loadtest"]
    print(f"$ portability {' '.join(words)}")
    command = [sys.executable, "-m", "portability", "-q", "-C", str(app), *words]
    done = lab.run(replica.REPLICA, command, cwd=HERE.parent, environment={"COLUMNS": "120"}, timeout=120)
    _show((done.stdout + done.stderr).decode(), most=36)
    if done.code != expected:
        raise DemoFailed(f"portability verify ended with {done.code}, not {expected}")


def _everything(response: Response, values: Mapping[str, str]) -> bytes:
    """Headers and body as one text, the load test's own names taken out (one may hold another)."""
    text = b"\n".join(f"{name}: {value}".encode() for name, value in response.headers) + b"\n" + response.body
    for own in sorted(values.values(), key=len, reverse=True):
        text = text.replace(own.encode(), b"")
    return text


def _by_hand(app: Path) -> None:
    """What a person does about the places that the tool refuses: one small patch."""
    patch = HERE / "fanclub-by-hand.patch"
    lines = sum(1 for line in patch.read_text("utf-8").splitlines() if line[:1] == "+" and line[:3] != "+++")
    _git(app, "apply", str(patch))
    print(f"A person mends the refused places by hand ({lines} lines, examples/fanclub-by-hand.patch)")


def _portability(app: Path, *arguments: str, expected: int = 0) -> None:
    """Runs one command as a user would and shows the beginning of what it prints."""
    print(f"$ portability {' '.join(arguments)}")
    environment = {**os.environ, "COLUMNS": "120"}
    command = [sys.executable, "-m", "portability", *arguments]
    done = subprocess.run(command, cwd=app, env=environment, capture_output=True, text=True, check=False)
    _show(done.stdout + done.stderr, MOST_LINES)
    if done.returncode != expected:
        raise DemoFailed(f"portability {' '.join(arguments)} ended with {done.returncode}, not {expected}")


def _show(text: str, most: int) -> None:
    """Prints the beginning of an output, and its end."""
    lines = text.rstrip("\n").split("\n")
    long = len(lines) > most + 4
    shown = [*lines[:most], f"… {len(lines) - most - 3} more lines", *lines[-3:]] if long else lines
    print("\n".join("  " + line for line in shown) + "\n")


def _same_tree(app: Path, original: Mapping[str, bytes]) -> None:
    now = _snapshot(app)
    different = [path for path, data in original.items() if now.get(path) != data]
    patched = {path for path in different if path.startswith("ops/")}
    if set(different) - patched:
        raise DemoFailed(f"undo left these different: {', '.join(different)}")
    print(
        f"{len(original) - len(patched)} files are what they were; {len(patched)} has the patch made by hand."
    )


def _snapshot(app: Path) -> dict[str, bytes]:
    return {
        path.relative_to(app).as_posix(): path.read_bytes()
        for path in sorted(app.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(app).parts
    }


def _commit(app: Path, message: str, force: bool = True) -> None:
    """Commits everything; with `force` also what git would ignore."""
    _git(app, "add", "--all", *(["--force"] if force else []))
    identity = ["-c", "user.name=Demo", "-c", "user.email=demo@starclub.example"]
    _git(app, *identity, "commit", "--quiet", "--message", message)


def _git(app: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=app, check=True)


def _title(text: str) -> None:
    print(f"\n=== {text}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
