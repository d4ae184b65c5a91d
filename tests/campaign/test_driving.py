"""Whoever drives a master believes no answer that does not show the key, and takes none that is not free."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from portability.campaign import driving, loads
from portability.campaign import portability_key as keys
from portability.campaign.driving import Driven, Master
from portability.errors import PortabilityError, Refused, Unfinished

KEY, BUNDLE = "Fake-Key-Of-The-Campaigns-Machines-0123456789", "b0b0"
LOAD = loads.load("ramp", 4, 4, 12)
READY: dict[str, Any] = {
    "bundle": BUNDLE,
    "problem": "",
    "state": "ready",
    "run": "",
    "workers": [{"id": "w1", "bundle": BUNDLE, "state": "ready"}],
}
TOTALS = [{"name": "Page", "num_requests": 3}, {"name": "Aggregated", "num_requests": 3}]
LINES = ['{"k":"start","t":1}', '{"k":"s","t":1,"n":3,"f":0,"h":[1,3]}', '{"k":"end","t":9,"code":0}']
Answer = tuple[int, Any]


@dataclass
class Stub:
    """A master that answers as it is told: by path, a status and a text or an object, or what makes one."""

    answers: dict[str, Any] = field(default_factory=dict)
    key: str = KEY
    url: str = ""
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    def answer(self, path: str, body: bytes) -> Answer:
        self.asked.append((path, body))
        given = self.answers[path.partition("?")[0]]
        found: Answer = given(path) if callable(given) else given
        return found

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def master(stub: Stub) -> Iterator[Stub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            number, at, run = (self.headers[one] for one in (keys.NUMBER, keys.TIME, keys.RUN))
            told = keys.of_request(KEY, self.command, self.path, number, at, run, body)
            assert keys.same(self.headers[keys.SIGNED], told)
            status, given = stub.answer(self.path, body)
            data = json.dumps(given).encode() if not isinstance(given, str) else given.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")  # Else its thread waits for whoever asked to ask again.
            if stub.key:
                self.send_header(keys.SIGNED, keys.of_answer(stub.key, number, status, data))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _any

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("PAUSE", 0.01), ("LOST", 0.3), ("ENDING", 20.0)):
        monkeypatch.setattr(driving, name, seconds)


@pytest.fixture
def stub() -> Iterator[Stub]:
    ready = {**READY, "time": time.time()}
    answers = {
        "/portability/state": (200, ready),
        "/portability/claim": (200, ready),
        "/portability/release": (200, {}),
        "/portability/lines": lambda path: (200, {"lines": LINES[int(path.rpartition("=")[2]) :][:2]}),
        "/swarm": (200, {"success": True}),
        "/stop": (200, {"success": True}),
        "/stats/requests": (200, {"stats": TOTALS}),
    }
    with master(Stub(answers)) as found:
        yield found


def run(
    stub: Stub, folder: Path, change: Callable[[Driven], object] = lambda it: None, key: str = KEY
) -> Driven:
    told = Master(stub.url, key, BUNDLE, 1)
    out, totals = folder / "out", folder / "totals"
    with driving.driving(told, "run-1", LOAD, out, totals, 0.5, lambda text: None) as it:
        change(it)
        while it.alive:
            it.wait(0.01)
    return it


def test_a_run_is_claimed_started_followed_counted_and_given_up(stub: Stub, tmp_path: Path) -> None:
    it = run(stub, tmp_path)
    assert (it.problem, it.alive) == ("", False)
    assert it.lines() == LINES == (tmp_path / "out").read_text().splitlines()
    assert json.loads((tmp_path / "totals").read_text()) == TOTALS[:1]
    assert stub.paths == [
        "/portability/state",
        "/portability/claim",
        "/swarm",
        "/portability/lines?from=0",
        "/portability/lines?from=2",
        "/stats/requests",
        "/portability/release",
    ]
    assert json.loads(stub.asked[1][1])["steps"] == [[12.0, 4, 4.0]]
    assert stub.asked[2][1] == b"user_count=4&spawn_rate=4"


def test_an_end_that_is_asked_for_stops_the_load_before_it_lets_go(stub: Stub, tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt):
        run(stub, tmp_path, interrupted)
    assert stub.paths[3] == "/stop"
    assert stub.paths[-1] == "/portability/release"
    assert (tmp_path / "totals").exists()


def test_what_cannot_be_kept_ends_the_run_and_lets_go(stub: Stub, tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/dev/full")
    it = run(stub, tmp_path)
    assert it.problem == "what is measured can't be kept: no space left on device"
    assert it.lines() == LINES[:2]
    assert stub.paths[-1] == "/portability/release"


def test_a_master_that_was_let_go_of_is_asked_nothing_more(stub: Stub, tmp_path: Path) -> None:
    run(stub, tmp_path, Driven.end)
    assert (stub.paths.count("/stats/requests"), stub.paths[-1]) == (1, "/portability/release")


def test_a_load_that_begins_late_is_stopped_all_the_same(stub: Stub, tmp_path: Path) -> None:
    lines = stub.answers["/portability/lines"]

    def late(path: str) -> Answer:
        return lines(path) if stub.paths.count("/stop") > 2 else (200, {"lines": []})

    stub.answers["/portability/lines"] = late
    with suppress(KeyboardInterrupt):
        run(stub, tmp_path, interrupted)
    assert stub.paths.count("/stop") == 3
    assert (tmp_path / "totals").exists()


def interrupted(it: Driven) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"bundle": "other"}, Refused, "the master has another scenario"),
        ({"problem": "wrong host: Fan: http://www.shop.example"}, Refused, "wrong host: Fan"),
        ({"run": "run-9"}, Refused, "another campaign holds the master: run-9"),
        ({"state": "running"}, Refused, "makes load already"),
        ({"state": "settling"}, Unfinished, "the load before is ending"),
        ({"time": time.time() - 30}, Unfinished, r"clock is -\d+ s from"),
        ({"workers": []}, Unfinished, "0 of 1 workers are there"),
        ({"workers": READY["workers"] * 2}, Refused, "2 workers are there, and 1 are wanted"),
        (
            {"workers": [{"id": "w", "bundle": "old"}]},
            Unfinished,
            "0 of 1 workers are there, and 1 with another",
        ),
        ({"workers": [*READY["workers"], {"id": "w", "bundle": ""}]}, Unfinished, "or without the key"),
    ],
)
def test_a_master_that_is_not_to_be_had_is_told_why_and_nothing_is_begun(
    change: dict[str, Any], kind: type[PortabilityError], words: str, stub: Stub, tmp_path: Path
) -> None:
    stub.answers["/portability/state"] = (200, {**READY, "time": time.time(), **change})
    with pytest.raises(kind, match=words):
        run(stub, tmp_path)
    assert not {"/swarm", "/portability/claim"} & set(stub.paths)


def test_a_claim_that_another_one_got_first_is_refused(stub: Stub, tmp_path: Path) -> None:
    stub.answers["/portability/claim"] = (409, {**READY, "time": time.time(), "run": "run-9"})
    with pytest.raises(Refused, match="another campaign holds the master: run-9"):
        run(stub, tmp_path)
    assert "/swarm" not in stub.paths


@pytest.mark.parametrize(
    ("signed", "answer", "kind", "words"),
    [
        ("", (200, "<html>Log in to the network</html>"), Unfinished, "does not have the key"),
        ("Another-Fake-Key-0123456789-0123456789", (200, READY), Unfinished, "does not have the key"),
        ("", (302, ""), Unfinished, r"status 302\) does not have the key"),
        ("", (502, "Bad Gateway"), Unfinished, "does not answer: status 502"),
        (KEY, (404, "{}"), Unfinished, "with status 404"),
        ("", (401, {"problem": "key"}), Refused, "the master has another key"),
        ("", (401, "no JSON"), Refused, "the master has another key"),
    ],
)
def test_what_is_not_the_master_is_not_believed(
    signed: str, answer: Answer, kind: type[PortabilityError], words: str, stub: Stub, tmp_path: Path
) -> None:
    stub.key, stub.answers["/portability/state"] = signed, answer
    with pytest.raises(kind, match=words) as told:
        run(stub, tmp_path)
    assert KEY not in str(told.value) + str(told.value.hint)


def test_a_clock_that_is_wrong_is_told(stub: Stub, tmp_path: Path) -> None:
    stub.answers["/portability/state"] = (401, {"problem": "clock", "time": time.time() + 300})
    with pytest.raises(Unfinished, match=r"the master's clock is \+(299|300) s"):
        run(stub, tmp_path)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((409, READY), "no longer ours"),
        ((503, "down"), "does not answer: status 503"),
        ((401, {"problem": "key"}), "the master has another key"),
    ],
)
def test_a_master_that_is_lost_ends_the_run(answer: Answer, words: str, stub: Stub, tmp_path: Path) -> None:
    def lose(it: Driven) -> None:
        stub.answers["/portability/lines"] = answer
        stub.key = KEY if answer[0] == 409 else ""

    it = run(stub, tmp_path, lose)
    assert words in it.problem
    assert not (tmp_path / "totals").exists()


def test_a_master_that_stumbles_is_asked_again(stub: Stub, tmp_path: Path) -> None:
    lines, count = stub.answers["/portability/lines"], [0]

    def stumbling(path: str) -> Answer:
        count[0] += 1
        return (500, "") if count[0] % 2 else lines(path)

    stub.answers["/portability/lines"] = stumbling
    it = run(stub, tmp_path)
    assert (it.problem, it.lines()) == ("", LINES)


def test_a_swarm_that_does_not_begin_is_an_error_and_let_go_of(stub: Stub, tmp_path: Path) -> None:
    stub.answers["/swarm"] = (200, {"success": False, "message": "No runner"})
    with pytest.raises(Unfinished, match="the master did not begin: No runner"):
        run(stub, tmp_path)
    assert stub.paths[-1] == "/portability/release"


def test_more_names_than_locust_lists_are_counted_by_their_sum(stub: Stub, tmp_path: Path) -> None:
    stub.answers["/stats/requests"] = (200, {"stats": [TOTALS[0], {"name": "Aggregated", "num_requests": 9}]})
    run(stub, tmp_path)
    assert json.loads((tmp_path / "totals").read_text()) == [{"name": "Aggregated", "num_requests": 9}]
