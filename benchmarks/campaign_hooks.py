"""What the hooks of a campaign cost a generator: requests by its processor time, with and without.

    nice -n 5 python -m benchmarks.campaign_hooks [PAIRS]

Paired runs of Locust's quicker client against a server of this machine, without pauses. Processor time, not
the clock, is compared, so that what else the machine does matters little.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.campaign_runs import serving
from portability.campaign.generator import HOOKS

SCENARIO = """\
import time
from locust import FastHttpUser, LoadTestShape, constant, events, task

begun = []

@events.test_start.add_listener
def start(**more):
    begun.append(time.process_time())

@events.test_stop.add_listener
def stop(environment, **more):
    with open("used", "w") as file:
        print(environment.stats.total.num_requests / (time.process_time() - begun[0]), file=file)

class Visitor(FastHttpUser):
    host = "http://127.0.0.1:{port}"
    wait_time = constant(0)

    @task
    def look(self):
        self.client.get("/quick", name="Page")
"""
PLAIN = """

class Ten(LoadTestShape):
    def tick(self):
        return (20, 20) if self.get_run_time() < 10 else None
"""


def rate(folder: Path, port: int, hooks: bool) -> float:
    """Requests for a second of the processor time that the load itself takes."""
    scenario, config = folder / "user.py", folder / "campaign.json"
    scenario.write_text(SCENARIO.format(port=port) + ("" if hooks else PLAIN))
    out = folder / "intervals.jsonl"
    out.unlink(missing_ok=True)
    told = {"allow": [f"127.0.0.1:{port}"], "denied": [], "steps": [[10, 20, 20]], "out": str(out)}
    config.write_text(json.dumps(told))
    files = f"{HOOKS},{scenario}" if hooks else str(scenario)
    subprocess.run(
        [sys.executable, "-m", "locust", "-f", files, "--headless", "--only-summary"],
        env={**os.environ, "PORTABILITY_CAMPAIGN": str(config)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        check=True,
    )
    return float((folder / "used").read_text())


def main() -> None:
    """Prints each pair and the middle of all."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    ratios = []
    with serving() as port, tempfile.TemporaryDirectory() as scratch:
        for number in range(pairs):
            order = (False, True) if number % 2 else (True, False)
            found = {hooks: rate(Path(scratch), port, hooks) for hooks in order}
            ratios.append(found[True] / found[False])
            print(
                f"plain {found[False]:7.0f}  with hooks {found[True]:7.0f}  {ratios[-1] - 1:+.1%}", flush=True
            )
    print(f"the hooks cost {1 - statistics.median(ratios):.1%} (middle of {pairs} pairs)")


if __name__ == "__main__":
    main()
