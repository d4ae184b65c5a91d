"""What the hooks of a campaign cost a generator: its processor time for a request, with them and without.

    python -m benchmarks.campaign_hooks [--pairs N]

A pair is two runs of Locust's quicker client, plain and with the hooks, over the same number of requests
against a server of this machine. Both go at once, but each only while the other is stopped, a quarter of a
second each, in the order A B B A: whatever else the machine does meets both alike. Only the user and system
time of the generating processes counts, neither the clock nor the server. Printed is the middle of all pairs
with an interval that holds it with 95 % certainty, whatever the noise is like. 1 unless the middle is below
the goal.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.campaign_runs import serving
from portability.campaign.generator import HOOKS

GOAL = 0.03
REQUESTS = 5_000
SLICE = 0.25
ORDER = (0, 1, 1, 0)

SCENARIO = """\
import time
import gevent
from locust import FastHttpUser, constant, events, task

@events.test_start.add_listener
def start(environment, **more):
    gevent.spawn(measure, environment)

def measure(environment):
    gevent.sleep(1)
    used, count = time.process_time(), environment.stats.total.num_requests
    while environment.stats.total.num_requests < count + {requests}:
        gevent.sleep(0.05)
    used, count = time.process_time() - used, environment.stats.total.num_requests - count
    with open("used", "w") as file:
        print(used / count * 1e6, file=file)
    environment.runner.quit()

class Visitor(FastHttpUser):
    host = "http://127.0.0.1:{port}"
    wait_time = constant(0)

    @task
    def look(self):
        self.client.get("/quick", name="Page")
"""
PLAIN = """
from locust import LoadTestShape

class Twenty(LoadTestShape):
    def tick(self):
        return (20, 20) if self.get_run_time() < 600 else None
"""


def start(folder: Path, port: int, hooks: bool) -> subprocess.Popen[bytes]:
    """A generator that writes `used` into its folder: microseconds of the processor for a request."""
    folder.mkdir()
    scenario, config = folder / "user.py", folder / "campaign.json"
    scenario.write_text(SCENARIO.format(port=port, requests=REQUESTS) + ("" if hooks else PLAIN))
    told = {
        "allow": [f"127.0.0.1:{port}"],
        "denied": [],
        "steps": [[600, 20, 20]],
        "out": str(folder / "intervals.jsonl"),
    }
    config.write_text(json.dumps(told))
    files = f"{HOOKS},{scenario}" if hooks else str(scenario)
    return subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", files, "--headless", "--only-summary"],
        env={**os.environ, "PORTABILITY_CAMPAIGN": str(config)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )


def pair(folder: Path, port: int) -> tuple[float, float]:
    """Microseconds for a request, plain and with the hooks."""
    places = (folder / "plain", folder / "hooks")
    running = [start(place, port, hooks) for place, hooks in zip(places, (False, True), strict=True)]
    try:
        for turn in itertools.cycle(ORDER):
            now, other = running[turn], running[1 - turn]
            if other.poll() is None:
                other.send_signal(signal.SIGSTOP)
            if now.poll() is None:
                now.send_signal(signal.SIGCONT)
                with suppress(subprocess.TimeoutExpired):
                    now.wait(SLICE)
            if all(one.poll() is not None for one in running):
                break
    finally:
        for one in running:
            one.kill()
            one.wait()
    assert (places[1] / "intervals.jsonl").stat().st_size > 0
    plain, hooks = (float((place / "used").read_text()) for place in places)
    return plain, hooks


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Between which two the middle of what they are drawn from lies, with 95 % certainty, by their order."""
    ordered, count = sorted(values), len(values)
    outside, at = 2 / 2**count, 0
    while outside + 2 * math.comb(count, at + 1) / 2**count < 0.05:
        at += 1
        outside += 2 * math.comb(count, at) / 2**count
    return ordered[at], ordered[-1 - at]


def main() -> int:
    """Prints each pair and the middle of all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=15)
    wanted = parser.parse_args()
    ratios = []
    with serving() as port, tempfile.TemporaryDirectory() as scratch:
        for number in range(wanted.pairs):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            plain, hooks = pair(folder, port)
            ratios.append(hooks / plain - 1)
            print(f"plain {plain:6.1f} us  with hooks {hooks:6.1f} us  {ratios[-1]:+.1%}", flush=True)
    low, high = interval(ratios)
    print(
        f"the hooks cost {statistics.median(ratios):.1%} of the processor time for a request "
        f"({low:.1%} to {high:.1%}, {len(ratios)} pairs; goal {GOAL:.0%})"
    )
    return int(statistics.median(ratios) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
