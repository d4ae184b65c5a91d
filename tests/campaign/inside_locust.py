"""What a master on a machine of its own does, asked inside of a process that Locust has changed.

`python -m tests.campaign.inside_locust FOLDER`: FOLDER holds an unpacked bundle. Each case that held is told.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask

KEY = "Fake-Key-Of-The-Campaigns-Machines-0123456789"
HOST = "http://www.lt.example"


class Asked:
    """A master over a runner that does nothing, and requests to its web interface."""

    def __init__(self, remote: Any, keys: Any) -> None:
        self.keys, self.count = keys, 0
        self.runner: Any = SimpleNamespace(state="ready", clients={}, stopped=0)
        self.runner.stop = self._stop
        user = type("Fan", (), {"host": HOST})
        self.environment: Any = SimpleNamespace(runner=self.runner, user_classes=[user], host=None)
        self.environment.stats = SimpleNamespace(errors={})
        self.runner.exceptions = {}
        self.master = remote.Master(self.environment, self.runner)
        app = flask.Flask("master")
        remote._routes(app, self.master)
        app.add_url_rule("/swarm", "swarm", lambda: "begun", methods=["POST"])
        app.add_url_rule("/", "index", lambda: "the pages of Locust")
        self.client = app.test_client()

    def _stop(self) -> None:
        self.runner.stopped += 1
        self.runner.state = "stopped"

    def ask(self, method: str, path: str, body: bytes = b"", run: str = "run-1", **other: Any) -> Any:
        self.count += 1
        number, at = other.get("number", str(self.count)), other.get("at", str(int(time.time())))
        told = self.keys.of_request(
            other.get("key", KEY), method, path, number, at, run, other.get("signed", body)
        )
        names = (self.keys.NUMBER, self.keys.TIME, self.keys.RUN, self.keys.SIGNED)
        headers = dict(zip(names, (number, at, run, told), strict=True))
        kind = "application/json" if path.startswith("/portability") else "application/x-www-form-urlencoded"
        found = self.client.open(path, method=method, data=body, headers={**headers, "Content-Type": kind})
        wanted = self.keys.of_answer(KEY, number, found.status_code, found.data)
        assert found.headers[self.keys.SIGNED] == wanted
        return found

    def claim(self, run: str = "run-1", lease: float = 20) -> Any:
        body = json.dumps({"run": run, "steps": [[12, 4, 2]], "lease": lease}).encode()
        return self.ask("POST", "/portability/claim", body, run)


def nobody_gets_in_without_the_key(it: Asked, hooks: Any) -> None:
    assert it.client.get("/").data == b"ok\n"
    for path in ("/portability/state", "/stats/requests", "/swarm", "/nothing"):
        assert it.client.get(path).status_code == it.client.post(path).status_code == 401
    assert (
        it.ask("GET", "/portability/state", key="Another-Fake-Key-0123456789-0123456789").status_code == 401
    )
    assert it.ask("GET", "/portability/state").status_code == 200


def what_was_overheard_is_of_no_use(it: Asked, hooks: Any) -> None:
    assert it.ask("GET", "/portability/state", number="7").status_code == 200
    assert it.ask("GET", "/portability/state", number="7").json["problem"] == "number"
    late = str(int(time.time()) - 61)
    assert it.ask("GET", "/portability/state", at=late).json["problem"] == "clock"
    assert it.ask("POST", "/portability/claim", b"{}", signed=b"").json["problem"] == "key"


def a_load_begins_only_for_whoever_holds_it(it: Asked, hooks: Any) -> None:
    form = b"user_count=4&spawn_rate=4"
    assert it.ask("POST", "/swarm", form).status_code == 409
    assert it.claim().status_code == 200
    assert hooks.CONFIG["steps"] == [[12.0, 4, 2.0]]
    assert it.ask("POST", "/swarm", form, "run-2").status_code == 409
    assert it.ask("POST", "/swarm", form + b"&host=http://www.shop.example").status_code == 409
    assert it.ask("POST", "/swarm", form).data == b"begun"


def one_campaign_holds_it_at_a_time(it: Asked, hooks: Any) -> None:
    assert it.claim().status_code == 200
    refused = it.claim("run-2")
    assert (refused.status_code, refused.json["run"]) == (409, "run-1")
    assert it.claim().status_code == 200
    assert it.ask("POST", "/portability/release").status_code == 200
    assert it.claim("run-2").status_code == 200
    it.runner.state = "running"
    assert it.claim("run-2").status_code == 409


def a_lease_that_ended_frees_it(it: Asked, hooks: Any) -> None:
    assert it.claim(lease=0.01).status_code == 200
    time.sleep(0.02)
    assert it.claim("run-2").status_code == 200
    assert it.ask("GET", "/portability/lines?from=0").status_code == 409


def a_load_whose_holder_is_silent_ends(it: Asked, hooks: Any) -> None:
    assert it.claim(lease=0.5).status_code == 200
    it.runner.state = "running"
    watching = gevent().spawn(it.master.watch)
    gevent().sleep(2.2)
    watching.kill()
    assert it.runner.stopped == 1


def a_wrong_host_is_told_and_not_begun(it: Asked, hooks: Any) -> None:
    it.environment.user_classes[0].host = "http://www.shop.example"
    refused = it.claim()
    assert refused.status_code == 409
    assert "Fan: http://www.shop.example is not on the campaign's list" in refused.json["problem"]


def lines_are_kept_until_they_were_fetched(it: Asked, hooks: Any) -> None:
    it.claim()

    def fetched(since: int) -> list[Any]:
        lines = it.ask("GET", f"/portability/lines?from={since}").json["lines"]
        return [json.loads(one)["k"] for one in lines]

    it.master.keeper.keep([{"k": "start"}, {"k": "u"}])
    it.master.lines.write(b'{"k":"ha')
    assert fetched(0) == fetched(0) == ["init", "start", "u"]
    it.master.lines.write(b'lf"}\n')
    assert fetched(3) == ["half"]
    assert fetched(4) == []
    it.ask("POST", "/portability/release")
    it.master.keeper.keep([{"k": "late"}])
    assert it.claim("run-2").status_code == 200
    assert json.loads(it.ask("GET", "/portability/lines?from=0", run="run-2").json["lines"][0])["k"] == "init"


def a_worker_without_the_key_is_not_counted_for_one(it: Asked, hooks: Any) -> None:
    bundle = hooks.CONFIG["bundle"]
    for name, key in (("ours", KEY), ("strange", "Another-Fake-Key-0123456789-0123456789")):
        it.runner.clients[name] = SimpleNamespace(state="ready")
        told = (bundle, it.keys.signature(key, "portability_bundle", name, bundle))
        it.master.reported(name, {"user_count": 0, "portability_bundle": told})
    it.runner.clients["plain"] = SimpleNamespace(state="ready")
    it.runner.clients["gone"] = SimpleNamespace(state="missing")
    it.master.reported("plain", {"user_count": 0})
    found = {one["id"]: one["bundle"] for one in it.ask("GET", "/portability/state").json["workers"]}
    assert found == {"ours": bundle, "strange": "", "plain": ""}


def a_worker_that_has_no_bundle_is_told_once_it_makes_load(it: Asked, hooks: Any) -> None:
    kept = io.BytesIO()
    it.environment.runner, it.environment.events = None, importlib.import_module("locust.event").Events()
    hooks.CONFIG["wants"] = "b0b0"
    hooks.keep(it.environment, hooks.Keeper(kept))
    for name, told in (("ours", {"portability_bundle": ("b0b0", "")}), ("plain", {})):
        for users in (0, 4):
            it.environment.events.worker_report.fire(client_id=name, data={"user_count": users, **told})
    del hooks.CONFIG["wants"]
    assert kept.getvalue() == b'{"k":"o","who":"plain"}\n'


def a_name_that_is_not_answered_is_where_it_was(it: Asked, hooks: Any) -> None:
    answers = {"www.lt.example": ["10.0.0.1"], "img.lt.example": ["10.0.0.2"]}

    def asked(name: str, *words: object) -> list[Any]:
        if not answers[name]:
            raise OSError
        return [(0, 0, 0, "", (one, 0)) for one in answers[name]]

    before, hooks._socket = hooks._socket, SimpleNamespace(getaddrinfo=asked, SOCK_STREAM=1)
    guard = hooks.Guard(["www.lt.example:80", "img.lt.example:443"], [])
    guard.look_up()
    answers["www.lt.example"], answers["img.lt.example"] = [], ["10.0.0.3"]
    guard.look_up()
    hooks._socket = before
    assert guard.addresses == {"10.0.0.1": {80}, "10.0.0.3": {443}}


def the_last_line_waits_for_the_last_report(it: Asked, hooks: Any) -> None:
    it.claim()
    it.runner.clients["one"] = SimpleNamespace(state="ready")
    it.runner.state = "stopped"
    settling = gevent().spawn(it.master.settle)
    gevent().sleep(0.3)
    assert it.claim("run-1").status_code == 409
    it.master.reported("one", {"user_count": 0, "portability_machine": [400, 100, 8]})
    settling.join(2)
    lines = [json.loads(one) for one in it.ask("GET", "/portability/lines?from=0").json["lines"]]
    assert [one["k"] for one in lines] == ["init", "m", "end"]
    assert lines[1] == {"k": "m", "who": "one", "idle": 25.0, "stolen": 2.0}


def a_worker_that_was_lost_is_forgotten_with_the_run(it: Asked, hooks: Any) -> None:
    it.claim()
    it.runner.clients |= {"one": SimpleNamespace(state="ready"), "gone": SimpleNamespace(state="missing")}
    it.master.clean.add("one")
    it.master.settle()
    assert list(it.runner.clients) == ["one"]


CASES = (
    nobody_gets_in_without_the_key,
    what_was_overheard_is_of_no_use,
    a_load_begins_only_for_whoever_holds_it,
    one_campaign_holds_it_at_a_time,
    a_lease_that_ended_frees_it,
    a_load_whose_holder_is_silent_ends,
    a_wrong_host_is_told_and_not_begun,
    lines_are_kept_until_they_were_fetched,
    a_worker_without_the_key_is_not_counted_for_one,
    a_worker_that_has_no_bundle_is_told_once_it_makes_load,
    a_name_that_is_not_answered_is_where_it_was,
    the_last_line_waits_for_the_last_report,
    a_worker_that_was_lost_is_forgotten_with_the_run,
)


def gevent() -> Any:
    """Gevent, which the process of pytest does not want."""
    return importlib.import_module("gevent")


def main(folder: Path) -> None:
    sys.path.insert(0, str(folder))
    os.environ["PORTABILITY_CAMPAIGN_KEY"] = KEY
    hooks = importlib.import_module("portability_hooks")
    remote, keys = importlib.import_module("portability_remote"), importlib.import_module("portability_key")
    assert "PORTABILITY_CAMPAIGN_KEY" not in os.environ
    for case in CASES:
        case(Asked(remote, keys), hooks)
        sys.stdout.write(f"{case.__name__}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
