"""How long the lab takes to stand, and a verification of the fan club in it: python -m benchmarks.verify.

Seconds of one machine; each run is a lab of its own. The goals stand beside the figures.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from examples import replica
from examples.lab import Lab

ROOT = Path(__file__).resolve().parents[1]
RUNS = 3
GOALS = {
    "lab up, without RabbitMQ": 4.0,
    "lab up, with RabbitMQ": 20.0,
    "identity round over all services": 2.0,
    "identity phase, beacons set and taken away": 2.0,
    "verify, pages and jobs": 30.0,
}


def main() -> int:
    """Measures RUNS times and prints a table; 1 if a goal was missed."""
    found: dict[str, list[float]] = {name: [] for name in GOALS}
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="portability-bench-") as folder:
            _measure(Path(folder), found)
    print("| what | median s | best s | goal s |\n|---|---|---|---|")
    missed = 0
    for name, goal in GOALS.items():
        median = statistics.median(found[name])
        missed += median > goal
        print(f"| {name} | {median:.2f} | {min(found[name]):.2f} | {goal:g} |")
    return min(missed, 1)


def _measure(folder: Path, found: dict[str, list[float]]) -> None:
    story = replica.prepare(folder)
    started = time.monotonic()
    with Lab(folder, rabbitmq=False):
        found["lab up, without RabbitMQ"].append(time.monotonic() - started)
    started = time.monotonic()
    with Lab(folder) as lab:
        found["lab up, with RabbitMQ"].append(time.monotonic() - started)
        lab.serve_releases(replica.REPLICA, story.target)
        command = [sys.executable, "-m", "portability", "-C", str(story.app), "verify"]
        options = ["--env", replica.ENVIRONMENT, "--format", "json"]
        done = lab.run(replica.REPLICA, [*command, *options], cwd=ROOT, timeout=120)
        report = json.loads(done.stdout)
    assert report["verdict"] == "PASS", report
    found["identity round over all services"].append(report["phases"]["round"])
    found["identity phase, beacons set and taken away"].append(report["phases"]["identity"])
    found["verify, pages and jobs"].append(report["seconds"])


if __name__ == "__main__":
    sys.exit(main())
