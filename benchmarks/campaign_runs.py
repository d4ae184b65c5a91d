"""Records the runs that the statistics of campaigns are tested on: real load by Locust on a real server.

    chrt -r 1 python -m benchmarks.campaign_runs tests/campaign/recorded

The server is a process of its own on this machine. A page costs it processor time and a wait, 3 and 57 ms,
or a fifth more of both. The runs of both kinds alternate, so that what the machine does meanwhile meets
both. A second server answers four requests at a time, 40 ms each: 100 a second is all it has. Three ramps of
steps go over it. It takes about 17 minutes. chrt lets them go before what else the machine does: those that
are kept were recorded on two cores that others used up.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from portability.campaign import generator, judging, loads, records
from portability.campaign.generator import Engine
from portability.campaign.intervals import Heard
from portability.campaign.records import Load, Record, Repetition

BUSY, WAIT, MORE = 0.003, 0.057, 1.2
LIMIT, TOOK, THINK = 4, 0.040, 0.5
SAME, SLOWER = 24, 8
PAGES = loads.load("ramp", 10, 10, 13)
STEPS = loads.load("steps", 110, 20, 132, tuple(range(10, 111, 10)))
SCENARIO = """\
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    host = "http://127.0.0.1:{port}"
    wait_time = constant({wait})

    @task
    def look(self):
        self.client.get("/{page}", name="Page")
"""


class Page(BaseHTTPRequestHandler):
    """Answers `/same` and `/slower` after their work, `/limited` when a place is free, `/quick` at once."""

    protocol_version = "HTTP/1.1"
    places = threading.BoundedSemaphore(LIMIT)
    rounds = 1

    def do_GET(self) -> None:
        """Works, waits, answers."""
        if self.path == "/quick":
            pass
        elif self.path == "/limited":
            with self.places:
                time.sleep(TOOK)
        else:
            factor = MORE if self.path == "/slower" else 1.0
            hashlib.pbkdf2_hmac("sha256", b"page", b"salt", int(self.rounds * factor))
            time.sleep(WAIT * factor)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *words: object) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    """A thread for each connection."""

    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: object, client_address: object) -> None:
        """A user who leaves at the end of a run is no error."""


def serve() -> None:
    """Finds out how much work BUSY is here, tells its port and serves until its input ends."""
    begun = time.process_time()
    hashlib.pbkdf2_hmac("sha256", b"page", b"salt", 100_000)
    Page.rounds = int(100_000 * BUSY / (time.process_time() - begun))
    server = Server(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


@contextmanager
def serving() -> Iterator[int]:
    """The server's port, while it runs."""
    command = [sys.executable, "-m", "benchmarks.campaign_runs", "--serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def measured(folder: Path, number: int, load: Load, port: int, page: str, wait: float) -> Repetition:
    """One run that counts; RuntimeError says why it doesn't."""
    scenario = folder / "user.py"
    scenario.write_text(SCENARIO.format(port=port, page=page, wait=wait))
    return driven(folder, number, load, scenario, [f"127.0.0.1:{port}"], {}, page)


def driven(
    folder: Path,
    number: int,
    load: Load,
    scenario: Path,
    allow: Sequence[str],
    variables: Mapping[str, str],
    words: str,
) -> Repetition:
    """One run of a scenario that counts; RuntimeError says why it doesn't."""
    config, out = folder / f"campaign-{number}.json", folder / f"intervals-{number}.jsonl"
    steps = [[step.until, step.users, step.rate] for step in load.steps]
    config.write_text(json.dumps({"allow": list(allow), "denied": [], "steps": steps, "out": str(out)}))
    heard, before = Heard(), generator.machine()
    with generator.running(scenario, folder, number, config, Engine(), variables) as it:
        it.wait(load.seconds + 60)
        it.end()
        heard.hear(it.lines())
    totals = json.loads((folder / f"totals-{number}.json").read_text())
    if problems := list(judging.problems(load, heard, totals)):
        raise RuntimeError("; ".join(problems))
    after = generator.machine()
    idle, stolen = (100 * (after[at] - before[at]) / (after[0] - before[0]) for at in (1, 2))
    disturbed = tuple(judging.disturbed(heard, stolen, idle))
    figures = heard.all.figures(heard.took)
    print(
        f"{number:>3} {words:<8} {figures.throughput:6.1f}/s p50 {figures.p50:6.1f} p95 {figures.p95:6.1f}",
        flush=True,
    )
    errors = tuple(heard.errors)
    return Repetition(
        heard.started, heard.stopped, figures, heard.names(), errors, heard.seconds(), disturbed=disturbed
    )


def kept(name: str, load: Load, runs: Sequence[Repetition]) -> Record:
    """The runs as the record of a campaign."""
    begun = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(runs[0].started))
    return Record(name, "loopback", begun, load, "benchmarks/campaign_runs.py", repetitions=tuple(runs))


def main() -> None:
    """Records everything into a folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    runs: dict[str, list[Repetition]] = {"same": [], "slower": []}
    with serving() as port, tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        every = SAME // SLOWER + 1
        for number in range(SAME + SLOWER):
            page = "slower" if number % every == every - 1 else "same"
            run = measured(folder, number, PAGES, port, page, 0.1)
            runs[page].append(replace(run, seconds=(), names=()))
        ramps = [measured(folder, 100 + number, STEPS, port, "limited", THINK) for number in range(3)]
    for name, found in runs.items():
        (options.folder / f"{name}.json").write_bytes(records.dump(kept(name, PAGES, found)))
    (options.folder / "limited.json").write_bytes(records.dump(kept("limited", STEPS, ramps)))


if __name__ == "__main__":
    main()
