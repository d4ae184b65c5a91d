"""Loaded into Locust after portability_hooks, on machines of their own: a master, and its workers.

The master's web interface answers nobody who does not have its key, and its load ends by itself when whoever
began it is silent for the lease that they took. A worker tells the master which bundle it has, and ends when
the master is silent: who started it starts it again, and it waits then. This stands alone, beside the hooks.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import gevent
import portability_hooks as hooks
import portability_key as keys
from flask import Flask, Response, request
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner
from locust.web import WebUI

KEY = os.environ.pop("PORTABILITY_CAMPAIGN_KEY", "")
LAUNCHER = os.environ.get("PORTABILITY_LAUNCHER", "")
SILENCE = 10.0
"""Seconds without a word of the master's after which a worker ends."""
SETTLING = 15.0
"""Seconds after the load in which the last reports of all workers have to come."""
LONGEST_LEASE = 120.0
BUNDLE = "portability_bundle"
"""What a worker says with each report: which bundle it has, and that it has the key."""
MACHINE = "portability_machine"
"""What a worker says with each report: its machine's processor time since the load began, see `ticks`."""
IDLE = ("ready", "stopped")
FORM = {"user_count", "spawn_rate"}


class Lines:
    """What was kept of a run and not yet fetched: asking for the lines from one on gives up those before."""

    def __init__(self) -> None:
        self.first, self.held = 0, [""]

    def write(self, data: bytes) -> int:
        """Takes whole lines."""
        self.held[-1:] = (self.held[-1] + data.decode()).split("\n")
        return len(data)

    def since(self, number: int) -> list[str]:
        """The whole lines from that number on."""
        del self.held[: min(max(number - self.first, 0), len(self.held) - 1)]
        self.first = max(number, self.first)
        return self.held[:-1]


def ticks() -> list[int]:
    """This machine's processor time so far, in clock ticks: all, idle, and what other machines took."""
    try:
        numbers = [int(one) for one in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return [0, 0, 0]
    return [sum(numbers), sum(numbers[3:5]), sum(numbers[7:8])]


class Nobody:
    """Takes what is kept while nobody holds the master."""

    def write(self, data: bytes) -> int:
        """Forgets it."""
        return len(data)


class Master:
    """Whose the master is now, what was measured for them, and which bundle each worker has."""

    def __init__(self, environment: Environment, runner: MasterRunner) -> None:
        self.environment, self.runner = environment, runner
        self.run, self.lease, self.heard = "", 0.0, 0.0
        self.lines, self.settling = Lines(), False
        self.keeper = hooks.Keeper(Nobody())
        self.workers: dict[str, str] = {}
        self.clean: set[str] = set()
        self.machines: dict[str, list[int]] = {}
        self.numbers: dict[str, float] = {}

    @property
    def taken(self) -> bool:
        """Whether somebody holds it, whose lease has not ended."""
        return bool(self.run) and time.monotonic() - self.heard < self.lease

    def state(self) -> dict[str, Any]:
        """All that has to be known before a load."""
        workers = [
            {"id": name, "bundle": self.workers.get(name, ""), "state": one.state}
            for name, one in self.runner.clients.items()
            if one.state != "missing"
        ]
        return {
            "bundle": hooks.CONFIG["bundle"],
            "problem": hooks.wrong_hosts(self.environment),
            "state": "settling" if self.settling else self.runner.state,
            "run": self.run if self.taken else "",
            "workers": workers,
            "time": time.time(),
        }

    def claim(self, told: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Gives the master to a run, with its steps, unless it is another's or makes load already."""
        state, run = self.state(), str(told["run"])
        if state["problem"] or state["state"] not in IDLE or state["run"] not in ("", run):
            return state, 409
        hooks.CONFIG["steps"] = [
            [float(until), int(users), float(rate)] for until, users, rate in told["steps"]
        ]
        self.run, self.lease = run, min(float(told["lease"]), LONGEST_LEASE)
        self.heard = time.monotonic()
        self.lines = self.keeper.stream = Lines()
        self.machines.clear()
        hooks.MEASURED.taken()
        self.environment.host = None
        self.keeper.begin(self.environment)
        return state, 200

    def release(self) -> tuple[dict[str, Any], int]:
        """Gives it up; a load that still runs ends."""
        self.run, self.keeper.stream = "", Nobody()
        gevent.spawn(self.runner.stop)
        return {}, 200

    def fetch(self, since: int) -> tuple[dict[str, Any], int]:
        """The lines from that number on."""
        return {"lines": self.lines.since(since), "state": self.runner.state}, 200

    def watch(self) -> None:
        """Ends a load whose holder is silent, and the program when it was left alone."""
        while True:
            gevent.sleep(1)
            _end_if_alone()
            if not self.taken:
                self.run, self.keeper.stream = "", Nobody()
                if self.runner.state not in IDLE:
                    self.runner.stop()

    def reported(self, client_id: str, data: dict[str, Any]) -> None:
        """Which bundle a worker has; one without users has told all that it measured."""
        bundle, told = data.pop(BUNDLE, None) or ("", "")
        if keys.same(str(told), keys.signature(KEY, BUNDLE, client_id, str(bundle))):
            self.workers[client_id] = str(bundle)
        if machine := data.pop(MACHINE, None):
            self.machines[client_id] = machine
        if data.get("user_count") == 0:
            self.clean.add(client_id)

    def settle(self) -> None:
        """The last line of a run comes when every worker's last report has, or they are late."""
        lines, self.settling = self.keeper.stream, True
        until = time.monotonic() + SETTLING
        while time.monotonic() < until:
            living = {name for name, one in self.runner.clients.items() if one.state != "missing"}
            if living and living <= self.clean:
                break
            gevent.sleep(0.2)
        for name in [one for one, client in self.runner.clients.items() if client.state == "missing"]:
            del self.runner.clients[name]  # Else Locust is stopping for a minute more.
        self.settling = False
        if self.keeper.stream is lines:
            self.keeper.keep(hooks.MEASURED.taken())
            self.keeper.errors(self.environment)
            for name, (every, idle, stolen) in self.machines.items():
                whole = max(every, 1)
                told = {"idle": round(100 * idle / whole, 1), "stolen": round(100 * stolen / whole, 1)}
                self.keeper.keep([{"k": "m", "who": name, **told}])
            self.keeper.keep([{"k": "end", "t": time.time(), "code": 0}])

    def check(self) -> Response | None:
        """Refuses every request that does not show the key, and what no campaign asks for."""
        if request.method == "GET" and request.path == "/":
            return Response("ok\n", mimetype="text/plain")  # A load balancer's question.
        problem = self._problem()
        if problem:
            return _answer({"problem": problem, "time": time.time()}, 401)
        run = request.headers.get(keys.RUN, "")
        if request.method == "POST" or request.path == "/portability/lines":
            if run == self.run:
                self.heard = time.monotonic()
            elif request.path != "/portability/claim":
                return _answer(self.state(), 409)
        if request.path == "/swarm" and (set(request.form) - FORM or not self.taken):
            return _answer({"problem": "not what a campaign asks for"}, 409)
        return None

    def _problem(self) -> str:
        number, at = request.headers.get(keys.NUMBER, ""), request.headers.get(keys.TIME, "")
        run, told = request.headers.get(keys.RUN, ""), request.headers.get(keys.SIGNED, "")
        path = request.full_path.rstrip("?")
        wanted = keys.of_request(KEY, request.method, path, number, at, run, request.get_data())
        if not keys.same(told, wanted):
            return "key"
        now = time.time()
        if not at.isdigit() or abs(now - int(at)) > keys.SKEW:
            return "clock"
        for old in [one for one, when in self.numbers.items() if when < now - 2 * keys.SKEW]:
            del self.numbers[old]
        if number in self.numbers:
            return "number"
        self.numbers[number] = now
        return ""

    def signed(self, response: Response) -> Response:
        """Shows that the answer is the master's."""
        number = request.headers.get(keys.NUMBER, "")
        if number and not response.direct_passthrough:
            response.headers[keys.SIGNED] = keys.of_answer(
                KEY, number, response.status_code, response.get_data()
            )
        return response


def _answer(told: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(told), status, mimetype="application/json")


def _end_if_alone() -> None:
    if LAUNCHER and str(os.getppid()) != LAUNCHER:
        os.kill(os.getpid(), signal.SIGTERM)


def _routes(app: Flask, master: Master) -> None:
    app.before_request(master.check)
    app.after_request(master.signed)
    rule, place = app.add_url_rule, "/portability"
    rule(f"{place}/state", "portability_state", lambda: _answer(master.state(), 200))
    rule(
        f"{place}/claim",
        "portability_claim",
        lambda: _answer(*master.claim(request.get_json())),
        methods=["POST"],
    )
    rule(f"{place}/release", "portability_release", lambda: _answer(*master.release()), methods=["POST"])
    rule(
        f"{place}/lines",
        "portability_lines",
        lambda: _answer(*master.fetch(int(request.args.get("from", 0)))),
    )


def _as_master(environment: Environment, runner: MasterRunner, web: WebUI) -> None:
    if len(KEY) < keys.SHORTEST:
        hooks.end_for(f"PORTABILITY_CAMPAIGN_KEY is not set, or has less than {keys.SHORTEST} signs")
    master = Master(environment, runner)
    hooks.keep(environment, master.keeper)
    assert web.app is not None
    _routes(web.app, master)
    environment.events.test_stopping.add_listener(lambda **more: master.clean.clear())
    environment.events.worker_report.add_listener(master.reported)
    environment.events.test_stop.add_listener(lambda **more: gevent.spawn(master.settle))
    gevent.spawn(master.watch)


def _as_worker(environment: Environment, runner: WorkerRunner) -> None:
    bundle, begun = hooks.CONFIG["bundle"], time.time()
    told = (bundle, keys.signature(KEY, BUNDLE, runner.client_id, bundle) if KEY else "")
    before = ticks()

    def at_report(client_id: str, data: dict[str, Any]) -> None:
        data[MACHINE] = [now - then for now, then in zip(ticks(), before, strict=True)]
        data[BUNDLE] = told

    def at_start(**more: object) -> None:
        if wrong := hooks.wrong_hosts(environment):
            hooks.end_for(wrong)
        before[:] = ticks()

    def watch() -> None:
        while True:
            gevent.sleep(1)
            _end_if_alone()
            if time.time() - (runner.last_heartbeat_timestamp or begun) > SILENCE:
                runner.quit()
                return

    environment.events.report_to_master.add_listener(at_report)
    environment.events.test_start.add_listener(at_start)
    gevent.spawn(watch)


def _on_init(environment: Environment, web_ui: WebUI | None = None, **more: object) -> None:
    runner = environment.runner
    if isinstance(runner, MasterRunner) and web_ui is not None:
        _as_master(environment, runner, web_ui)
    elif isinstance(runner, WorkerRunner):
        _as_worker(environment, runner)


events.init.add_listener(_on_init)
