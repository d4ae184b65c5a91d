"""How long the identity round over 12 services takes in the lab, at once and one by one, in pairs.

    python -m benchmarks.identity [--pairs N]

Each round asks the deployed application twice a service: where its names lead, then who answers. Beacons
are set before and are not counted. The goal stands beside the figures; 1 if it was missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from examples.lab import Lab
from tests.probes import conftest as lab

GOAL = 2.0
STS = "http://sts.eu-west-1.amazonaws.com"


def probes(path: str) -> list[dict[str, Any]]:
    """Twelve services of eight kinds; the site's probe file is at `path`."""
    report = {**lab.reader(), "name": "report"}
    other = {**lab.site(path), "name": "widgets"}
    return [
        *(lab.writer(), lab.reader(), report, lab.cache(), lab.sessions(), lab.rabbit(), lab.mail()),
        *(lab.site(path), other, lab.uploads(sts_endpoint=STS)),
        *(lab.mails(sts_endpoint=STS), lab.alerts(sts_endpoint=STS)),
    ]


def main() -> int:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    wanted = parser.parse_args()
    found: dict[str, list[float]] = {"all at once": [], "one by one": []}
    with tempfile.TemporaryDirectory(prefix="portability-bench-") as folder, Lab(Path(folder)) as opened:
        scene = lab.Scene(opened)
        opened.dns("sts.eu-west-1.amazonaws.com", "10.40.0.61")
        url, asked = scene.deploy("bench"), probes("/probe-bench.php")
        for _ in range(wanted.pairs):
            for name, seconds in found.items():
                order = {"probes": asked, "endpoints": lab.ENDPOINTS, "one_by_one": name == "one by one"}
                told = scene.order(url, **order)
                results = {c["name"]: c["result"] for c in told["checks"] if c["area"] == "identity"}
                assert len(results) == 12 and set(results.values()) == {"pass"}, results
                seconds.append(told["seconds"])
    print("| 12 services | median s | best s | worst s | goal s |\n|---|---|---|---|---|")
    for name, seconds in found.items():
        goal = f"{GOAL:g}" if name == "all at once" else ""
        print(
            f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} "
            f"| {max(seconds):.2f} | {goal} |"
        )
    faster = [slow / quick for quick, slow in zip(*found.values(), strict=True)]
    print(f"\none by one takes {statistics.median(faster):.1f} times as long (median of {len(faster)} pairs)")
    return int(statistics.median(found["all at once"]) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
