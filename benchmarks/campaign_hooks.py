"""What the hooks of a campaign cost a generator, of its processor time for a request.

    python -m benchmarks.campaign_hooks [--blocks N]

Locust's quicker client asks a server of this machine without pauses, with the hooks loaded. What they do at a
request, and their report of it, is taken away and put back each quarter of a second, in the order A B B A,
inside of one process: two processes differ by more than is measured. Only its own user and system time
counts. What their audit hook costs is the time of one event by how many Python tells of at a request. Printed
is the middle of all blocks with an interval that holds it with 95 % certainty, whatever the noise is like. 1
unless the middle is below the goal.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.campaign_runs import serving
from portability.campaign.generator import HOOKS

GOAL = 0.03
SCENARIO = """\
import collections
import json
import sys
import time
import gevent
from locust import FastHttpUser, constant, events, task

@events.test_start.add_listener
def start(environment, **more):
    gevent.spawn(measure, environment)

def used(environment, hooks):
    before, count = time.process_time(), environment.stats.total.num_requests
    gevent.sleep(0.25)
    json.dumps(hooks["MEASURED"].taken())
    return (time.process_time() - before) / max(1, environment.stats.total.num_requests - count) * 1e6

def measure(environment):
    gevent.sleep(1)
    handlers = events.request._handlers
    (ours,) = [one for one in handlers if one.__name__ == "_on_request"]
    blocks = []
    for _ in range({blocks}):
        block = {{True: [], False: []}}
        for on in (False, True, True, False):
            if on != (ours in handlers):
                (handlers.append if on else handlers.remove)(ours)
            block[on].append(used(environment, ours.__globals__))
        blocks.append((sum(block[False]) / 2, sum(block[True]) / 2))
    begun = time.process_time()
    for _ in range(100_000):
        sys.audit("builtins.id", None)
    event = (time.process_time() - begun) * 10
    heard, count = collections.Counter(), environment.stats.total.num_requests
    sys.addaudithook(lambda name, words: heard.update((name,)))
    gevent.sleep(1)
    told = sum(heard.values()) / max(1, environment.stats.total.num_requests - count)
    with open("used", "w") as file:
        json.dump({{"blocks": blocks, "event": event, "events": told}}, file)
    environment.runner.quit()

class Visitor(FastHttpUser):
    host = "http://127.0.0.1:{port}"
    wait_time = constant(0)

    @task
    def look(self):
        self.client.get("/quick", name="Page")
"""


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Between which two the middle of what they are drawn from lies, with 95 % certainty, by their order."""
    ordered, count = sorted(values), len(values)
    outside, at = 2 / 2**count, 0
    while outside + 2 * math.comb(count, at + 1) / 2**count < 0.05:
        at += 1
        outside += 2 * math.comb(count, at) / 2**count
    return ordered[at], ordered[-1 - at]


def main() -> int:
    """Prints the cost of each part and of all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--blocks", type=int, default=60)
    wanted = parser.parse_args()
    with serving() as port, tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        scenario, config, out = folder / "user.py", folder / "campaign.json", folder / "intervals.jsonl"
        scenario.write_text(SCENARIO.format(port=port, blocks=wanted.blocks))
        told = {"allow": [f"127.0.0.1:{port}"], "denied": [], "steps": [[3600, 20, 20]], "out": str(out)}
        config.write_text(json.dumps(told))
        subprocess.run(
            [sys.executable, "-m", "locust", "-f", f"{HOOKS},{scenario}", "--headless", "--only-summary"],
            env={**os.environ, "PORTABILITY_CAMPAIGN": str(config)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            check=True,
        )
        assert out.stat().st_size > 0
        found = json.loads((folder / "used").read_text())
    plain = statistics.median(off for off, _ in found["blocks"])
    hearing = found["event"] * found["events"]
    costs = [(on - off + hearing) / off for off, on in found["blocks"]]
    middle, (low, high) = statistics.median(costs), interval(costs)
    print(f"{plain:.0f} us a request without them; hearing of {found['events']:.0f} events {hearing:.1f} us")
    print(
        f"the hooks cost {middle:.1%} of the processor time for a request "
        f"({low:.1%} to {high:.1%}, {len(costs)} blocks; goal {GOAL:.0%})"
    )
    return int(middle > GOAL)


if __name__ == "__main__":
    sys.exit(main())
