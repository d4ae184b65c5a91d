"""Pages with their shares, frames and a login in, the files of a Locust scenario out: a beginning to edit."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from portability.campaign.accesslog import Traffic, kind
from portability.campaign.grouping import SAMPLES
from portability.campaign.surveying import Found
from portability.campaign.templates import FORM, HEAD, HOSTS, LOGIN, LOOK, META, PAGES_HEAD, USERS, VISITOR
from portability.settings.crawl import Login, Token
from portability.settings.parameters import Parameter

WHOLE = 1000
"""What the weights of all pages come to, about."""
PAGES = 30
_PERSONAL = re.compile(r"user|log|mail|name|pass|pwd|pin|account", re.I)
"""Names of fields that each user fills in differently."""


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
    by_path: dict[str, list[Found]] = {}
    for one in sorted(found, key=lambda one: (one.private, len(one.path), one.path)):
        by_path.setdefault(kind(one.path), []).append(one)
    if traffic is None:
        weight = max(WHOLE // max(len(by_path), 1), 1)
        return tuple(_walked(name, every, weight) for name, every in sorted(by_path.items())[:PAGES])
    made = []
    for seen in traffic.most(PAGES):
        known = by_path.get(seen.path, [])
        frames = known[0].frames if known else ()
        if not frames and seen.frame and framed:
            frames = ((framed, seen.frame),)
        weight = max(round(WHOLE * seen.count / traffic.total), 1)
        paths = sorted(seen.samples) if len(set(seen.samples)) > 1 else seen.samples[:1]
        made.append(Task(seen.path, tuple(paths), weight, frames, bool(known and known[0].private)))
    return tuple(made)


def _walked(name: str, every: Sequence[Found], weight: int) -> Task:
    """One task of the pages of one kind: those that anybody sees, if there are any."""
    alike = [one for one in every if one.private == every[0].private]
    paths = tuple(one.path for one in alike[:SAMPLES])
    return Task(name, paths, weight, alike[0].frames, alike[0].private)


def files(
    made: Sequence[Task], login: Login | None, sites: Sequence[str], form: bool = False
) -> dict[str, str]:
    """The text of each file by its name; with `form` the login's page is asked for hidden fields first."""
    several = {one.name: one.paths for one in made if len(one.paths) > 1}
    text = {
        "locustfile.py": _scenario(made, login, sites[0], form),
        "hosts.py": HOSTS.replace("SITES", _listed(sites)),
    }
    if several:
        text["pages.py"] = (
            PAGES_HEAD + "".join(_paths(name, paths) for name, paths in several.items()) + "}\n"
        )
    if login is not None:
        fixed, personal = _fields(login.form)
        text["users.py"] = USERS.replace("FIXED", _mapping(fixed))
        text["users.csv"] = ",".join(personal) + "\n"
        text[".gitignore"] = "users.csv\n"
    return text


def _fields(form: Mapping[str, Parameter]) -> tuple[dict[str, str], list[str]]:
    """What every user sends alike, and the names of what each user has of their own."""
    personal = [name for name, value in form.items() if not isinstance(value, str) or _PERSONAL.search(name)]
    personal = personal if len(personal) > 1 else list(form)
    fixed = {name: value for name, value in form.items() if isinstance(value, str) and name not in personal}
    return fixed, personal


def _paths(name: str, paths: Sequence[str]) -> str:
    return f"    {_quoted(name)}: [\n" + "".join(f"        {_quoted(one)},\n" for one in paths) + "    ],\n"


def _scenario(made: Sequence[Task], login: Login | None, first: str, form: bool) -> str:
    several = any(len(one.paths) > 1 for one in made)
    form = bool(login and (form or login.page or login.token))
    own = ["hosts", *(["pages"] if several else []), *(["users"] if login else [])]
    library = [*(["random"] if several else []), *(["re"] if form else [])]
    token = login.token if login else None
    more = ["from html import unescape\n"] if form else []
    more += ["from urllib.parse import unquote\n"] if token and token.cookie else []
    standard = "".join([*(f"import {name}\n" for name in library), *more])
    imports = (standard + "\n" if standard else "") + "".join(f"import {name}\n" for name in own)
    parts = [HEAD, imports, "from locust import HttpUser, between, task\n", FORM if form else ""]
    parts.append(META if token and token.meta else "")
    parts.append(LOOK.replace("FIRST", f"hosts.url[{_quoted(first)}]"))
    if login:
        parts.append(_login(login, form))
        parts += _tasks(made)
        made = [one for one in made if not one.private]
    if made:
        parts.append(VISITOR.replace("WEIGHT", "5" if login else "20"))
        parts += _tasks(made)
    return "".join(parts)


def _login(login: Login, form: bool) -> str:
    conditions = ["answer.status_code < 400"]
    if login.status:
        conditions.append(f"all_answers[0].status_code == {login.status}")
    if login.contains:
        conditions.append(f"any({_quoted(login.contains)} in one.text for one in all_answers)")
    before, headers = "", ""
    if form:
        before = f'        page = self.client.get({_quoted(login.page or login.url)}, name="Log In Form")\n'
        before += "        form = {**hidden_fields(page.text, form), **form}\n"
    if login.token:
        before += _token(login.token)
        headers = ", headers=headers" if login.token.header else ""
    text = LOGIN.replace("BEFORE\n", before).replace("URL", _quoted(login.url)).replace("HEADERS", headers)
    return text.replace("WORKED", " and ".join(conditions))


def _token(token: Token) -> str:
    if token.cookie:
        value = f'unquote(self.client.cookies.get({_quoted(token.cookie)}) or "")'
    else:
        value = f"meta(page.text, {_quoted(token.meta)})"
    if token.header:
        return f"        headers = {{{_quoted(token.header)}: {value}}}\n"
    return f"        form[{_quoted(token.field)}] = {value}\n"


def _tasks(made: Sequence[Task]) -> Iterator[str]:
    taken: set[str] = set()
    for one in made:
        words = [
            f"random.choice(pages.of[{_quoted(one.name)}])" if len(one.paths) > 1 else _quoted(one.paths[0])
        ]
        if len(one.paths) > 1 or one.paths[0] != one.name:
            words.append(_quoted(one.name))
        if one.frames:
            shown = (f"(hosts.url[{_quoted(site)}], {_quoted(path)})" for site, path in one.frames)
            words.append(f"frames=[{', '.join(shown)}]")
        name = _function(one.name, taken)
        yield f"\n    @task({one.weight})\n    def {name}(self):\n        self.look({', '.join(words)})\n"


def _quoted(text: str) -> str:
    """A Python literal, in the quotes that need no escapes."""
    if '"' in text and text.isprintable() and not set(text) & {"'", "\\"}:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _listed(words: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"


def _mapping(pairs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {_quoted(value)}" for name, value in pairs.items()) + "}"


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


_TAKEN = (
    *("look", "on_start", "on_stop", "log_in", "wait", "run", "stop", "start", "host", "weight", "tasks"),
    *("prefix", "client", "context", "environment", "group", "greenlet", "wait_time", "abstract", "logger"),
    *("fixed_count", "rest", "trigger", "task", "schema", "config", "fullname", "base_url", "pool_manager"),
)
"""Names that Locust, or the scenario itself, gives a meaning."""
