"""Loaded into Locust before the scenario: the guard, the host check, the shape, and what is measured.

    locust -f portability_hooks.py,locustfile.py        # with PORTABILITY_CAMPAIGN=/path/of/campaign.json

This file stands alone, for machines that have Locust and nothing of ours: it imports none of our modules.
campaign.json holds `allow` (name:port), `denied` (networks) and `steps` ([until, users, rate]); `out`, a file
of lines, is written by the master or the only process. The lines are told in `intervals`. With `bundle`, its
digest, this is a machine of its own, and portability_remote keeps what the master hears instead of a file.
"""

from __future__ import annotations

import _posixsubprocess
import _socket
import atexit
import ipaddress
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_FILE = Path(os.environ.get("PORTABILITY_CAMPAIGN") or Path(__file__).with_name("campaign.json"))
CONFIG: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
WRONG_HOST = 64
"""The exit code where a scenario names a host that is not on the list: nothing was sent."""
PROGRAM = "another program"
"""What `b` lines name where the scenario wanted to start one."""
FINEST = 512
"""Steps between a value and its double: figures are exact to 0.2 %."""
_BITS = FINEST.bit_length()
_EXACT = 2 * FINEST


class Blocked(OSError):
    """A connection, or the question for a name, that the campaign is not allowed."""


class Guard:
    """Refuses what leads anywhere but to the names and ports of the list, and counts it."""

    def __init__(self, allow: list[str], denied: list[str]) -> None:
        pairs = [one.rpartition(":") for one in allow]
        self.ports: dict[str, set[int]] = {}
        for name, _, port in pairs:
            self.ports.setdefault(name.strip("[]").lower(), set()).add(int(port))
        self.denied = [ipaddress.ip_network(one) for one in denied]
        self.found: dict[str, set[str]] = {}
        self.addresses: dict[str, set[int]] = {}
        self.blocked: dict[str, int] = {}
        self.ready = False
        self._asked = 0.0

    def look_up(self) -> None:
        """Asks where the names of the list are now: a load balancer moves; unanswered, it is where it was."""
        self._asked = time.monotonic()
        for name in self.ports:
            try:
                answers = _socket.getaddrinfo(name, None, 0, _socket.SOCK_STREAM)
            except OSError:
                continue
            self.found[name] = {str(answer[4][0]).partition("%")[0] for answer in answers}
        addresses: dict[str, set[int]] = {}
        for name, places in self.found.items():
            for place in places:
                addresses.setdefault(place, set()).update(self.ports[name])
        self.addresses = addresses

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        """Hears of what Python does that may lead out."""
        if event in _NAMES:
            self.name(args[0], args[1] if len(args) > 1 else None)
        elif event in _OUT:
            self.address(args[1])
        elif event in _STARTS or (event in _FORKS and self.ready):
            self.program()

    def name(self, host: object, port: object = None) -> None:
        """Refuses the question for a name that is not on the list."""
        text = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else host
        if text is None or text == "":
            return
        plain = str(text).rstrip(".").lower()
        ports = self.ports.get(plain)
        if ports is None and _is_address(plain):
            return  # The connection itself is looked at.
        number = int(port) if isinstance(port, int | str) and str(port).isdigit() else 0
        if ports is None or (number and number not in ports):
            self.refuse(f"{plain}:{port}" if port else plain)

    def address(self, address: object) -> None:
        """Refuses a connection to an address that no name of the list has, or that is production's."""
        if not isinstance(address, tuple) or len(address) < 2:
            return  # A socket of this machine's file system.
        host, port = str(address[0]).partition("%")[0].lower(), address[1]
        if host in self.ports and port in self.ports[host] and not _is_address(host):
            return
        if not _is_address(host):
            self.refuse(f"{host}:{port}")
        place = ipaddress.ip_address(host)
        place = getattr(place, "ipv4_mapped", None) or place
        if any(place in network for network in self.denied):
            self.refuse(f"{host}:{port}")
        if port in self.addresses.get(str(place), ()):
            return
        if time.monotonic() - self._asked > 1:
            self.look_up()
        if port not in self.addresses.get(str(place), ()):
            self.refuse(f"{host}:{port}")

    def program(self, *words: object) -> None:
        """Refuses the start of another process: nobody sees what that sends."""
        self.refuse(PROGRAM, "may not be started by a campaign: nobody would see what it sends")

    def refuse(self, whom: str, why: str = "is not on the campaign's list of hosts") -> None:
        """Counts it, and makes it fail where it stands."""
        self.blocked[whom] = self.blocked.get(whom, 0) + 1
        raise Blocked(1, f"{whom} {why}")

    def wrong(self, url: str) -> str:
        """Why a scenario's host may not be used; '' where it may."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return "is no http or https URL"
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if port not in self.ports.get(parts.hostname.lower(), ()):
            return "is not on the campaign's list of hosts"
        return ""


_NAMES = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_OUT = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_STARTS = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"})
_FORKS = frozenset({"os.fork", "os.forkpty"})
_WATCHED = _NAMES | _OUT | _STARTS | _FORKS


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


GUARD = Guard(CONFIG["allow"], CONFIG["denied"])
GUARD.look_up()


def _heard(event: str, args: tuple[Any, ...]) -> None:
    """Hears of everything that Python does: often enough for a bound method's threefold cost to show."""
    if event in _WATCHED:
        GUARD.audit(event, args)


sys.addaudithook(_heard)
# multiprocessing calls it, and no audit hook hears of that.
_posixsubprocess.fork_exec = GUARD.program  # type: ignore[assignment]
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Scripts start their background jobs so; a campaign ends its generator by this signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@atexit.register
def _blocked_while_loading() -> None:
    """Tells whom a scenario wanted to reach that ended before Locust was ready to."""
    if not GUARD.ready and GUARD.blocked and "out" in CONFIG:
        Keeper(_out()).keep(MEASURED.taken())


import locust  # noqa: E402
from locust import LoadTestShape, events  # noqa: E402
from locust.env import Environment  # noqa: E402
from locust.runners import MasterRunner, WorkerRunner  # noqa: E402


class CampaignShape(LoadTestShape):
    """The steps of campaign.json, one after the other."""

    def tick(self) -> tuple[int, float] | None:
        now = time.perf_counter() - self.start_time
        for until, users, rate in CONFIG["steps"]:
            if now < until:
                return users, rate
        if isinstance(self.runner, MasterRunner):
            # This waits for the last report of every worker; quit alone gives them half a second.
            self.runner.stop()
        return None


class Measured:
    """What happened since the last report: how many requests, by second, kind, name, failure and time."""

    def __init__(self) -> None:
        self.counts: dict[tuple[int, str, str, bool, int], int] = {}
        self.told: list[dict[str, Any]] = []

    def taken(self) -> list[dict[str, Any]]:
        """The lines of everything since the last time."""
        counts, self.counts = self.counts, {}
        lines, self.told = self.told, []
        seconds: dict[int, list[Any]] = {}
        names: dict[tuple[str, str], list[Any]] = {}
        for (second, kind, name, failed, value), count in counts.items():
            for found in (
                seconds.get(second) or seconds.setdefault(second, [0, 0, {}]),
                names.get((kind, name)) or names.setdefault((kind, name), [0, 0, {}]),
            ):
                found[0] += count
                found[1] += count * failed
                found[2][value] = found[2].get(value, 0) + count
        lines += [{"k": "s", "t": t, "n": n, "f": f, "h": _flat(h)} for t, (n, f, h) in seconds.items()]
        lines += [
            {"k": "n", "m": m, "name": a, "n": n, "f": f, "h": _flat(h)}
            for (m, a), (n, f, h) in names.items()
        ]
        blocked, GUARD.blocked = GUARD.blocked, {}
        return lines + [{"k": "b", "who": who, "n": n} for who, n in blocked.items()]


def rounded(milliseconds: float | None) -> int:
    """A time in units of 10 µs, to one of FINEST steps between a value and its double (as HDR does)."""
    value = int((milliseconds or 0.0) * 100 + 0.5)
    if value < _EXACT:
        return value if value > 0 else 0
    shift = value.bit_length() - _BITS
    return value >> shift << shift


def _flat(counts: dict[int, int]) -> list[int]:
    return [number for pair in counts.items() for number in pair]


class Keeper:
    """Writes the lines of the whole campaign: in the master, or in the only process there is."""

    def __init__(self, stream: Any) -> None:
        """Onto what takes bytes and tells how many of them it took."""
        self.stream = stream
        self.failed = ""

    def begin(self, environment: Environment) -> None:
        """The first line."""
        users = [one.__name__ for one in environment.user_classes]
        self.keep([{"k": "init", "locust": locust.__version__, "users": users}])

    def keep(self, lines: list[dict[str, Any]]) -> None:
        """Writes lines; once that fails (a full disk), `failed` says why, and nothing is written any more."""
        data = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()
        if self.failed:
            return
        try:
            while data:
                data = data[self.stream.write(data) :]
        except OSError as error:
            self.failed = error.strerror or "it can't be written"

    def state(self, environment: Environment) -> None:
        """One line of how many users and workers there are, and how busy the generator is."""
        runner = environment.runner
        if runner is None:
            return
        line: dict[str, Any] = {"k": "u", "t": round(time.time(), 3), "u": runner.user_count}
        line["state"] = runner.state
        line["cpu"] = max([runner.current_cpu_usage, *_worker_cpu(runner)])
        if isinstance(runner, MasterRunner):
            clients = list(runner.clients.values())
            line["w"] = sum(one.state != "missing" for one in clients)
            line["lost"] = sum(one.state == "missing" for one in clients)
        self.keep([line])

    def errors(self, environment: Environment) -> None:
        """What requests failed with, and which exceptions ended tasks."""
        for one in environment.stats.errors.values():
            text = str(one.error)[:500]
            self.keep([{"k": "e", "m": one.method, "name": one.name, "msg": text, "n": one.occurrences}])
        for row in environment.runner.exceptions.values() if environment.runner else ():
            self.keep([{"k": "x", "msg": str(row["msg"])[:500], "n": row["count"]}])


def _out() -> Any:
    return open(CONFIG["out"], "ab", buffering=0)  # noqa: PTH123


def _worker_cpu(runner: Any) -> list[float]:
    return [one.cpu_usage for one in runner.clients.values()] if isinstance(runner, MasterRunner) else []


MEASURED = Measured()


def _on_request(
    request_type: str, name: str, response_time: float, exception: BaseException | None, **more: object
) -> None:
    counts = MEASURED.counts
    one = (int(time.time()), request_type, name, exception is not None, rounded(response_time))
    counts[one] = counts.get(one, 0) + 1


def _on_report(client_id: str, data: dict[str, Any]) -> None:
    data["portability"] = MEASURED.taken()


def _on_init(environment: Environment, **more: object) -> None:
    runner, remote = environment.runner, "bundle" in CONFIG
    if not remote and (wrong := wrong_hosts(environment)):
        end_for(wrong)
    GUARD.ready = True  # Locust's own workers are there; whoever forks now is the scenario.
    if isinstance(runner, WorkerRunner):
        runner.register_message(SHARE, _take_share)
        return
    if isinstance(runner, MasterRunner):
        environment.events.test_start.add_listener(lambda **more: _share_out(runner))
    if not remote:
        keeper = Keeper(_out())
        keeper.begin(environment)
        keep(environment, keeper)


SHARE = "portability_share"


def _share_out(runner: MasterRunner) -> None:
    """Tells each worker, before any user starts, which it is of how many: test users are shared out so."""
    workers = [one for one, client in sorted(runner.clients.items()) if client.state != "missing"]
    for at, one in enumerate(workers):
        runner.send_message(SHARE, {"at": at, "of": len(workers)}, one)


def _take_share(msg: Any, **more: object) -> None:
    """A scenario reads it where it needs it: `0/2` is the first of two."""
    os.environ["PORTABILITY_SHARE"] = f"{msg.data['at']}/{msg.data['of']}"


events.request.add_listener(_on_request)
events.report_to_master.add_listener(_on_report)
events.init.add_listener(_on_init)


def wrong_hosts(environment: Environment) -> str:
    """The users' hosts that are not on the list, in words."""
    wrong = []
    for one in environment.user_classes:
        host = one.host or environment.host
        if host and (why := GUARD.wrong(host)):
            wrong.append(f"{one.__name__}: {host} {why}")
    return "wrong host: " + "; ".join(wrong) if wrong else ""


def end_for(wrong: str) -> None:
    """Ends the program before anything is sent."""
    print(wrong, file=sys.stderr, flush=True)
    os._exit(WRONG_HOST)


def keep(environment: Environment, keeper: Keeper) -> None:
    """Keeps what is measured, told and noticed from now on."""
    import gevent

    parent = os.environ.get("PORTABILITY_PARENT")

    def each_second() -> None:
        while True:
            keeper.state(environment)
            keeper.keep(MEASURED.taken())
            if keeper.failed:
                with suppress(OSError):  # What is printed may lie on the same full disk.
                    print(f"what is measured can't be kept: {keeper.failed}", file=sys.stderr, flush=True)
            if environment.runner and (keeper.failed or (parent and str(os.getppid()) != parent)):
                environment.runner.quit()
                return
            gevent.sleep(1)

    def at_start(**more: object) -> None:
        keeper.keep([{"k": "start", "t": time.time()}])

    def at_stop(**more: object) -> None:
        keeper.keep([{"k": "stop", "t": time.time()}])

    def reported(client_id: str, data: dict[str, Any]) -> None:
        keeper.keep(data.pop("portability", []))
        wanted, bundle = CONFIG.get("wants"), (data.get("portability_bundle") or ("",))[0]
        if wanted and bundle != wanted and (bundle or data.get("user_count")):  # The first may come too soon.
            keeper.keep([{"k": "o", "who": client_id}])

    def at_end(exit_code: int, **more: object) -> None:
        keeper.keep(MEASURED.taken())
        keeper.errors(environment)
        keeper.keep([{"k": "end", "t": time.time(), "code": exit_code}])

    environment.events.test_start.add_listener(at_start)
    environment.events.test_stopping.add_listener(at_stop)
    environment.events.worker_report.add_listener(reported)
    environment.events.quit.add_listener(at_end)
    gevent.spawn(each_second)
