"""How long `portability inventory` takes over two accounts of 2,000 resources each, and by how many calls.

    python -m benchmarks.inventory [--runs N]

Both accounts are on moto's server, a process of its own; ten services. Time on the clock and processor time
of the command alone are printed: what is left of the clock is moto answering. Each run is the whole command,
from its start to the file that it writes. 1 if the goal was missed, or an account took more calls than BOUND.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.inventory.cloud import PRODUCTION, REPLICA, clouds, project
from tests.inventory.many import fill

GOAL = 30.0
BOUND = 90
"""Calls of one account: 30 of them are moto's pages of ten parameters, where AWS gives fifty."""

_NEEDED = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE")
_SAID = re.compile(
    r"([\d,]+) resources of production, ([\d,]+) of loadtest; ([\d,]+) paired.* ([\d,]+) calls"
)


def serve(folder: Path) -> None:
    """Fills both accounts, tells the environment that leads to them, and serves until its input ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with pytest.MonkeyPatch.context() as patch, clouds(patch, folder) as cloud:
        fill(PRODUCTION, "prod", cloud.prod)
        fill(REPLICA, "lt", cloud.lt)
        print(json.dumps({name: os.environ[name] for name in _NEEDED}), flush=True)
        sys.stdin.read()


@contextmanager
def serving(folder: Path) -> Iterator[dict[str, str]]:
    """The variables that lead to the server, while it runs."""
    command = [sys.executable, "-m", "benchmarks.inventory", "--serve", str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        yield dict(json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait()


def measured(root: Path, environment: dict[str, str]) -> tuple[float, float, tuple[int, ...]]:
    """Seconds of one run, on the clock and of the processor, and (production, replica, paired, calls)."""
    command = [sys.executable, "-m", "portability", "-C", str(root), "inventory", "--env", "loadtest"]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    said = _SAID.search(done.stdout)
    assert done.returncode in (0, 1) and said, done.stderr
    own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, own, tuple(int(number.replace(",", "")) for number in said.groups())


def main() -> int:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        serve(wanted.serve)
        return 0
    with tempfile.TemporaryDirectory(prefix="portability-bench-") as scratch:
        folder = Path(scratch)
        with serving(folder) as leads:
            environment = {
                **os.environ,
                **leads,
                "AWS_EC2_METADATA_DISABLED": "true",
                "NO_PROXY": "127.0.0.1",
            }
            runs = [measured(project(folder / f"run-{number}"), environment) for number in range(wanted.runs)]
    clock, own = ([run[at] for run in runs] for at in (0, 1))
    (counts,) = {run[2] for run in runs}
    production, replica, paired, calls = counts
    print("| resources of both accounts | paired | calls | median s | worst s | own processor s | goal s |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {production:,} and {replica:,} | {paired:,} | {calls} | {statistics.median(clock):.1f} "
        f"| {max(clock):.1f} | {statistics.median(own):.1f} | {GOAL:g} |"
    )
    return int(statistics.median(clock) > GOAL or calls > 2 * BOUND or min(production, replica) < 2000)


if __name__ == "__main__":
    sys.exit(main())
