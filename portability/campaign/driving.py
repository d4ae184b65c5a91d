"""A master on another machine and a run in, the run made there out: the one place that asks a master.

It is Locust's own web interface (/swarm, /stop, /stats/requests) with what portability_remote adds. Each
request shows the key by a signature, and so does each answer.
"""

from __future__ import annotations

import json
import secrets as randomness
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portability.campaign import portability_key as keys
from portability.campaign.records import Load
from portability.errors import PortabilityError, Refused, Unfinished
from portability.system.files import write_atomic

if TYPE_CHECKING:
    import requests

LEASE = 20.0
"""Seconds without a word of ours after which the master ends the load by itself."""
LOST = 15.0
"""Seconds for which a master that doesn't answer may only be busy."""
ENDING = 30.0
"""Seconds that a master has to tell the last of a run after it was stopped."""
PATIENCE = 10.0
"""Seconds for which an answer is waited."""
SKEW = 5.0
"""Seconds that the master's clock may differ: what servers did is laid beside what was measured."""
PAUSE = 1.0
LOOKS = 4
"""How often it is looked for the end before the master is told again to stop."""
_IDLE = ("ready", "stopped")
_UPDATES = "portability campaign workers brings master and workers up to date"
_DEPLOYED = (
    "it is deployed; the environments' own logs tell more (eb logs): does the master let the workers in?"
)


@dataclass(frozen=True, slots=True)
class Master:
    """Where a master is, the key that it obeys, the bundle that it has to have, and how many workers."""

    url: str
    key: str = field(repr=False)
    bundle: str
    workers: int


class Lost(Unfinished):
    """The master does not answer, or, `lasting`, is no longer the one that it was."""

    lasting = False


@dataclass(slots=True)
class Line:
    """The way to a master."""

    master: Master
    run: str
    session: requests.Session

    def get(self, path: str) -> Any:
        """The answer to a question; Lost where none comes."""
        return self._ask("GET", path, b"", "")[1]

    def post(self, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, Any]:
        """The status and the answer of a request."""
        return self._ask("POST", path, body, kind)

    def _ask(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, Any]:
        import requests

        number, at = randomness.token_hex(16), str(int(time.time()))
        told = keys.of_request(self.master.key, method, path, number, at, self.run, body)
        headers = {keys.NUMBER: number, keys.TIME: at, keys.RUN: self.run, keys.SIGNED: told}
        headers |= {"Content-Type": kind} if kind else {}
        url = self.master.url.rstrip("/")
        try:
            answer = self.session.request(
                method,
                url + path,
                data=body or None,
                headers=headers,
                timeout=PATIENCE,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Lost(f"the master does not answer: {type(error).__name__}", url) from None
        wanted = keys.of_answer(self.master.key, number, answer.status_code, answer.content)
        signed = keys.same(answer.headers.get(keys.SIGNED, ""), wanted)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise _refusal(answer.content, url)
        if not signed and answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Lost(f"the master does not answer: status {answer.status_code}", url)
        if not signed:
            words = f"what answers there (status {answer.status_code}) does not have the key of the campaign"
            raise Lost(words, url, "is it the master, and does it run the bundle of campaign workers?")
        if answer.status_code == HTTPStatus.CONFLICT and path != "/portability/claim":
            lost = Lost("the master is no longer ours: it was started anew, or let go of us", url)
            lost.lasting = True
            raise lost
        if answer.status_code not in (HTTPStatus.OK, HTTPStatus.CONFLICT):
            raise Lost(f"the master answers {path} with status {answer.status_code}", url)
        return answer.status_code, answer.json()


def _refusal(body: bytes, url: str) -> PortabilityError:
    try:
        told = json.loads(body)
        problem, at = told.get("problem"), float(told.get("time", 0))
    except (ValueError, AttributeError, TypeError):
        problem, at = "key", 0.0
    if problem == "clock":
        return Unfinished(f"the master's clock is {at - time.time():+.0f} s from this machine's", url)
    if problem == "number":
        return Lost("the master was asked the same twice", url)
    hint = "campaign.machines.key says where it is; PORTABILITY_CAMPAIGN_KEY is what the master was given"
    return Refused("the master has another key", url, hint)


@dataclass(slots=True)
class Driven:
    """A run on a master: `lines` are the new ones that its hooks kept."""

    line: Line
    out: Path
    totals: Path
    problem: str = ""
    code: int | None = None
    _at: int = 0
    _ended: bool = False
    _left: bool = False
    _waiting: list[str] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether it still runs, as far as can be told."""
        return not self._ended and not self.problem

    @property
    def log(self) -> str:
        """Where more is told of it."""
        return self.line.master.url

    def log_text(self) -> str:
        """What it said of what went wrong."""
        return self.problem or "the master tells nothing"

    def lines(self) -> list[str]:
        """What the hooks kept since the last time."""
        found, self._waiting = self._waiting, []
        return found

    def wait(self, seconds: float) -> None:
        """Waits so long, and hears what came of it meanwhile."""
        time.sleep(seconds)
        self._hear()

    def _hear(self) -> None:
        """The next lines; a master that does not answer for LOST seconds is lost."""
        until = time.monotonic() + LOST
        while True:
            try:
                told = self.line.get(f"/portability/lines?from={self._at}")
                break
            except PortabilityError as error:
                lasting = not isinstance(error, Lost) or error.lasting
                if lasting or time.monotonic() > until:
                    self.problem = error.message
                    return
                time.sleep(PAUSE)
        found = told["lines"]
        self._at += len(found)
        self._waiting += found
        self._ended = any('"k":"end"' in one for one in found)
        try:
            with self.out.open("a", encoding="utf-8") as stream:
                stream.writelines(one + "\n" for one in found)
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            self.problem = f"what is measured can't be kept: {reason}"

    def end(self) -> None:
        """Asks the master to end, hears the last of it, and lets go of it; it may be another's then."""
        if self._left:
            return
        until = time.monotonic() + ENDING
        while self.alive and time.monotonic() < until:
            with suppress(PortabilityError):  # It answers when all users have stopped, which may take longer.
                self.line.post("/stop")  # A load that has not yet begun does not hear it: again, then.
            for _ in range(LOOKS):
                if self.alive:
                    self.wait(PAUSE / 2)
        if self._ended:
            with suppress(PortabilityError):
                self._total()
        if not self._ended and not self.problem:
            self.problem = "the master told no end of it"
        with suppress(PortabilityError):
            self.line.post("/portability/release")
        self._left = True

    def _total(self) -> None:
        """What Locust itself counted; a name beyond 500 is only in its sum."""
        every = self.line.get("/stats/requests")["stats"]
        whole = sum(one["num_requests"] for one in every[:-1]) == every[-1]["num_requests"]
        write_atomic(self.totals, json.dumps(every[:-1] if whole else every[-1:]).encode("utf-8"))


@contextmanager
def driving(
    master: Master,
    run: str,
    load: Load,
    out: Path,
    totals: Path,
    seconds: float,
    tell: Callable[[str], object],
) -> Iterator[Driven]:
    """Waits for the workers, takes the master, and begins the load; when the block is left it has ended.

    `out` and `totals` are where the lines and Locust's own counts are kept. Refused where the master, or a
    worker, has another bundle, makes load already, or is taken.
    """
    import requests

    with requests.Session() as session:
        session.auth = _unchanged  # Else a .netrc would give something to the master.
        line = Line(master, run, session)
        await_workers(line, seconds, tell)
        steps = [[step.until, step.users, step.rate] for step in load.steps]
        told = {"run": run, "steps": steps, "lease": LEASE}
        status, state = line.post("/portability/claim", json.dumps(told).encode("utf-8"))
        if status != HTTPStatus.OK:
            _refuse(master, state, run)
            raise Refused("the master does not take the run", master.url)
        found = Driven(line, out, totals)
        try:
            form = f"user_count={load.users}&spawn_rate={load.rate:g}".encode("ascii")
            _, answer = line.post("/swarm", form, "application/x-www-form-urlencoded")
            if not answer.get("success"):
                raise Unfinished(f"the master did not begin: {answer.get('message')}", master.url)
            yield found
        finally:
            found.end()


def _unchanged(request: Any) -> Any:
    return request


def await_workers(
    line: Line, seconds: float, tell: Callable[[str], object], hint: str = "", patience: float = 0.0
) -> None:
    """Waits until just the wanted number of workers is there, all with the bundle of this campaign.

    `hint` is what may help where they don't come; `patience` is how long a master may be silent at first.
    """
    master, begun = line.master, time.monotonic()
    words = "the master does not answer"
    while True:
        late = time.monotonic() - begun > seconds
        try:
            state = line.get("/portability/state")
        except Lost as error:
            if late or time.monotonic() - begun > max(LOST, patience):
                raise Unfinished(error.message, error.where, error.hint) from None
        else:
            _refuse(master, state, line.run)
            workers = state["workers"]
            fit = [one for one in workers if one["bundle"] == master.bundle]
            others = len(workers) - len(fit)
            idle = state["state"] in _IDLE
            if len(fit) == master.workers and not others and idle:
                return
            words = f"{len(fit)} of {master.workers} workers are there" + _besides(others)
            words += "" if idle else ", and the load before is ending"
            if len(fit) > master.workers:
                words = (
                    f"{len(fit)} workers are there, and {master.workers} are wanted: --workers says how many"
                )
                raise Refused(words, master.url)
            if late:
                raise Unfinished(words, master.url, hint or _UPDATES)
        tell(words)
        time.sleep(PAUSE)


def _besides(others: int) -> str:
    return f", and {others} with another bundle, or without the key" if others else ""


def _refuse(master: Master, state: Mapping[str, Any], run: str) -> None:
    """Refused where the master is not to be had."""
    if state["bundle"] != master.bundle:
        words = "the master has another scenario, or another list of hosts, than this campaign"
        raise Refused(words, master.url, _UPDATES)
    if state["problem"]:
        hint = "nothing was sent; campaign.allow lists further hosts"
        raise Refused(str(state["problem"]), master.url, hint)
    if state["run"] not in ("", run):
        words = f"another campaign holds the master: {state['run']}"
        raise Refused(words, master.url, "two at once would measure each other; wait for its end")
    skew = float(state["time"]) - time.time()
    if abs(skew) > SKEW:
        words = f"the master's clock is {skew:+.0f} s from this machine's"
        raise Unfinished(words, master.url, "what the servers did could not be laid beside the load")
    if state["state"] not in (*_IDLE, "settling", "stopping"):
        words = f"the master makes load already (it is {state['state']}), and nobody's campaign holds it"
        raise Refused(words, master.url, "wait a minute, or start it anew")


def look(master: Master, tell: Callable[[str], object], seconds: float) -> Sequence[Mapping[str, Any]]:
    """Waits until a master and its workers are there with the bundle; its workers."""
    import requests

    with requests.Session() as session:
        session.auth = _unchanged
        line = Line(master, "", session)
        await_workers(line, seconds, tell, _DEPLOYED, seconds)
        found: Sequence[Mapping[str, Any]] = line.get("/portability/state")["workers"]
        return found


def refuse_busy(master: Master) -> None:
    """Refused where a campaign makes load by the master now; one that does not answer makes none."""
    import requests

    with requests.Session() as session:
        session.auth = _unchanged
        try:
            state = Line(master, "", session).get("/portability/state")
        except PortabilityError:
            return  # It may have another key yet, or not be there.
    if state["run"] or state["state"] not in _IDLE:
        words = f"the master makes load now ({state['run'] or state['state']}), and would be started anew"
        raise Refused(words, master.url, "wait for the end of the campaign")
