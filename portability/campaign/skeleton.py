"""Pages with their shares, frames and a login in, the files of a Locust scenario out: a beginning to edit."""

from __future__ import annotations

import keyword
import pprint
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portability.campaign.accesslog import Traffic
from portability.campaign.surveying import Found
from portability.crawlsettings import Login

WHOLE = 1000
"""What the weights of all pages come to, about."""
PAGES = 30


@dataclass(frozen=True, slots=True)
class Task:
    """A page that users look at: real paths, its weight, what it shows in frames, if it needs a login."""

    name: str
    paths: tuple[str, ...]
    weight: int
    frames: tuple[tuple[str, str], ...] = ()
    private: bool = False


def tasks(found: Sequence[Found], traffic: Traffic | None, framed: str) -> tuple[Task, ...]:
    """The pages by their share of the traffic; without a log, all that were found have the same.

    `framed` is the site whose paths the log's frames are.
    """
    shortest = sorted(found, key=lambda one: (-len(one.path), one.path))
    by_path = {one.path.partition("?")[0]: one for one in shortest}
    if traffic is None:
        weight = max(WHOLE // max(len(by_path), 1), 1)
        return tuple(
            Task(path, (one.path,), weight, one.frames, one.private)
            for path, one in sorted(by_path.items())[:PAGES]
        )
    made = []
    for seen in traffic.most(PAGES):
        known = by_path.get(seen.path)
        frames = known.frames if known else ()
        if not frames and seen.frame and framed:
            frames = ((framed, seen.frame),)
        weight = max(round(WHOLE * seen.count / traffic.total), 1)
        made.append(Task(seen.path, tuple(seen.samples), weight, frames, bool(known and known.private)))
    return tuple(made)


def files(made: Sequence[Task], login: Login | None, sites: Sequence[str]) -> dict[str, str]:
    """The text of each file by its name."""
    text = {
        "locustfile.py": _scenario(made, login, sites[0]),
        "hosts.py": _HOSTS.replace("SITES", repr(tuple(sites))),
    }
    if login is not None:
        text["users.py"] = _USERS
        text["users.csv"] = ",".join(login.form) + "\n"
        text[".gitignore"] = "users.csv\n"
    return text


def _scenario(made: Sequence[Task], login: Login | None, first: str) -> str:
    parts = [_HEAD, "import hosts\n", "import users\n" if login else "", _IMPORTS]
    parts.append(f"FIRST = hosts.url[{first!r}]\n\n\n")
    parts.append(_LOOK)
    taken: set[str] = set()
    if login:
        parts.append(_LOGIN.format(url=login.url, contains=login.contains, status=login.status))
        parts += [_task(one, taken) for one in made]
        made = [one for one in made if not one.private]
    if made:
        weight = 5 if login else 20
        parts.append(_VISITOR.format(weight=weight))
        taken = set()
        parts += [_task(one, taken) for one in made]
    return "".join(parts)


def _task(one: Task, taken: set[str]) -> str:
    name = _function(one.name, taken)
    lines = [f"\n    @task({one.weight})", f"    def {name}(self):"]
    if len(one.paths) > 1:
        listed = pprint.pformat(list(one.paths), width=100).replace("\n", "\n        ")
        lines.append(f"        paths = {listed}")
    path = "random.choice(paths)" if len(one.paths) > 1 else repr(one.paths[0])
    frames = ", ".join(f"(hosts.url[{site!r}], {path!r})" for site, path in one.frames)
    comma = "," if len(one.frames) == 1 else ""
    more = f", ({frames}{comma})" if frames else ""
    lines.append(f"        self.look({path}, {one.name!r}{more})")
    return "\n".join(lines) + "\n"


def _function(path: str, taken: set[str]) -> str:
    words = "_".join(re.findall(r"[a-z0-9]+", path.lower())) or "home"
    name = f"page_{words}" if words[0].isdigit() or keyword.iskeyword(words) else words
    name = "see_" + name if name in _TAKEN else name
    found = next(one for one in _numbered(name) if one not in taken)
    taken.add(found)
    return found


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


_TAKEN = ("look", "on_start", "on_stop", "log_in", "wait", "run", "stop", "start", "host", "weight", "tasks")
"""Names that Locust, or the scenario itself, gives a meaning."""
_HEAD = '''"""Users of the site, by their share of traffic, by `portability campaign init`: change it."""

'''
_IMPORTS = """import random

from locust import HttpUser, between, task

"""
_LOOK = '''class Looks(HttpUser):
    """Looks at a page, and if it came, at what it shows in frames."""

    abstract = True
    host = FIRST
    wait_time = between(1, 10)

    def look(self, path, name, frames=()):
        with self.client.get(path, name=name, catch_response=True) as answer:
            if not answer.ok:
                answer.failure(f"status {answer.status_code}")
                return
        for site, frame in frames:
            self.client.get(site + frame, name=f"iframe: {frame}")
'''
_LOGIN = '''

class LoggedIn(Looks):
    """Logs in before anything else; as long as that fails, it tries again and does nothing more."""

    weight = 20

    def on_start(self):
        while not self.log_in():
            self._sleep(5)

    def log_in(self):
        form = users.get_random_for_login()
        with self.client.post({url!r}, data=form, name="Log In", catch_response=True) as answer:
            try:
                told = answer.json()
            except ValueError:
                told = None
            refused = isinstance(told, dict) and told.get("success") is False
            if refused or answer.status_code >= 400:
                error = told.get("error") if isinstance(told, dict) else None
                answer.failure(str(error or answer.text or f"status {{answer.status_code}}")[:300])
            elif {contains!r} and {contains!r} not in answer.text:
                answer.failure("not what a login answers: " + answer.text[:200])
            elif {status} and {status} not in [one.status_code for one in (*answer.history, answer)]:
                answer.failure(f"status {{answer.status_code}}")
            else:
                return True
        return False
'''
_VISITOR = '''

class Visitor(Looks):
    """Is not logged in."""

    weight = {weight}
'''
_HOSTS = '''"""Where the load goes: by the environment's values, handed over by `portability campaign run`."""

import os


def _site(name):
    url = os.environ.get("PORTABILITY_SITE_" + name.upper().replace("-", "_"))
    if not url:
        raise SystemExit(f"no site {name}: start this by portability campaign run")
    return url


url = {name: _site(name) for name in SITES}
'''
_USERS = '''"""The test users: users.csv has a column for each field of the login, a row for each user."""

import csv
import functools
import os
import random

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "users.csv")
with open(_FILE, encoding="utf-8-sig", newline="") as _rows:
    _users = list(csv.DictReader(_rows))
if not _users:
    raise SystemExit("users.csv holds no user yet: add test users of the replica, thousands for a spike")


@functools.cache
def _share(which):
    """Users that no other process takes: which it is of how many, such as 0/2, `campaign run` tells each."""
    at, of = map(int, which.split("/"))
    mine = _users[at::of]
    random.shuffle(mine)
    return mine


def get_random_for_login():
    """Return a user whom nobody else is, in any process, for as long as there are enough."""
    mine = _share(os.environ.get("PORTABILITY_SHARE", "0/1"))
    if not mine:
        raise RuntimeError("users.csv holds fewer users than there are processes that make load")
    user = mine.pop()
    mine.insert(0, user)
    return user
'''
