"""Lines of a web server's access log in, its pages by their share of traffic out, and what frames show.

The combined format of Apache and nginx, with the virtual host before it or without (vhost_combined).
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from portability.errors import NothingExamined, Unfinished, UsageError

_LINE = re.compile(
    r"\S+ \S+ [^\[]*\[(?P<time>[^\]]+)\] "
    r'"(?P<method>[A-Z]+) (?P<path>\S+)[^"]*" '
    r'(?P<status>\d{3}) \S+(?: "(?P<referer>[^"\\]*(?:\\.[^"\\]*)*)" "(?P<agent>[^"\\]*(?:\\.[^"\\]*)*)")?'
)
_ASSET = re.compile(
    r"\.(?:css|js|mjs|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|eot|mp[34]|webm|pdf|zip|txt|xml|json)$",
    re.I,
)
_BOT = re.compile(
    r"bot\b|crawl|spider|slurp|healthcheck|monitor|pingdom|uptime|curl/|wget/|python-|locust", re.I
)
_LOGIN = re.compile(r"log[-_]?in|sign[-_]?in|auth|session", re.I)
_NUMBER = re.compile(r"(?<=/)(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})(?=/|$)")
SAMPLES = 50
"""Real paths that are kept of one page."""
FRAMED = 0.3
"""The part of a page's visits that another host's URL must follow to be called a frame of it."""


@dataclass(slots=True)
class Seen:
    """A page: the path with `*` where a number stands, how often it was asked for, some of its real paths."""

    path: str
    count: int = 0
    samples: list[str] = field(default_factory=list)
    frames: Counter[str] = field(default_factory=Counter)

    @property
    def frame(self) -> str:
        """What is shown in a frame of it, on another host; '' for nothing."""
        for path, count in self.frames.most_common(1):
            if count >= self.count * FRAMED:
                return path
        return ""


@dataclass(slots=True)
class Traffic:
    """What the logs tell: pages by path, logins, and how many lines were left out for which reason."""

    pages: dict[str, Seen] = field(default_factory=dict)
    logins: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All visits of pages."""
        return sum(one.count for one in self.pages.values())

    def most(self, count: int) -> list[Seen]:
        """The most visited pages."""
        return sorted(self.pages.values(), key=lambda one: (-one.count, one.path))[:count]


def read(files: Iterable[Path], framed: Iterable[Path] = ()) -> Traffic:
    """The traffic of the site's logs; `framed` are the logs of the host that is shown in frames.

    UsageError where a file is no such log, NothingExamined where no page was asked for.
    """
    traffic = Traffic()
    frames: Counter[tuple[str, str]] = Counter()
    for file in files:
        with _opened(file) as stream:
            count(stream, traffic, file)
    for file in framed:
        with _opened(file) as stream:
            frames += followed(stream)
    for (page, frame), number in frames.items():
        if page in traffic.pages:
            traffic.pages[page].frames[frame] += number
    if not traffic.pages:
        raise NothingExamined("the access log holds no page that somebody asked for")
    return traffic


def count(lines: Iterable[str], traffic: Traffic, where: Path) -> None:
    """Adds the pages of a log's lines."""
    known = 0
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            traffic.left_out["not of the combined format"] += 1
            continue
        known += 1
        reason = _left_out(found)
        if reason:
            traffic.left_out[reason] += 1
            continue
        path = found["path"]
        if found["method"] == "POST":
            if _LOGIN.search(path):
                traffic.logins[urlsplit(path).path] += 1
            else:
                traffic.left_out["sent forms (POST)"] += 1
            continue
        _visit(traffic, path)
    if not known and traffic.left_out:
        raise UsageError("this is no access log of the combined format", str(where))


def _left_out(found: re.Match[str]) -> str:
    if found["method"] not in ("GET", "POST"):
        return f"{found['method']} requests"
    if _BOT.search(found["agent"] or ""):
        return "robots and health checks"
    if not "200" <= found["status"] < "400":
        return f"answered {found['status']}"
    if _ASSET.search(urlsplit(found["path"]).path):
        return "styles, scripts, pictures"
    return ""


def _visit(traffic: Traffic, path: str) -> None:
    name = kind(path)
    seen = traffic.pages.setdefault(name, Seen(name))
    seen.count += 1
    if len(seen.samples) < SAMPLES and path not in seen.samples:
        seen.samples.append(path)


def followed(lines: Iterable[str]) -> Counter[tuple[str, str]]:
    """How often a path of a log was asked for from which page of another host, by its Referer."""
    found: Counter[tuple[str, str]] = Counter()
    for line in lines:
        match = _LINE.match(line)
        if match is None or _left_out(match) or match["method"] != "GET" or not match["referer"]:
            continue
        page = urlsplit(match["referer"]).path
        if page:
            found[kind(page), kind(match["path"])] += 1
    return found


def kind(path: str) -> str:
    """What a path is one of: without its query, `*` for each number, id or digest."""
    plain = urlsplit(path).path if not path.startswith("//") else path.partition("?")[0]
    return _NUMBER.sub("*", unquote(plain, errors="replace"))


class _Lines:
    """The lines of a text file or a gzipped one."""

    def __init__(self, file: Path, plain: IO[bytes], stream: IO[bytes]) -> None:
        self._file, self._plain, self._stream = file, plain, stream

    def __enter__(self) -> Iterator[str]:
        return self._read()

    def __exit__(self, *error: object) -> None:
        self._stream.close()
        self._plain.close()

    def _read(self) -> Iterator[str]:
        try:
            for line in self._stream:
                yield line.decode("utf-8", "replace")
        except (OSError, EOFError) as error:
            raise Unfinished(f"the log can't be read to its end: {error}", str(self._file)) from None


def _opened(file: Path) -> _Lines:
    try:
        plain = file.open("rb")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"the log can't be read: {reason}", str(file)) from None
    zipped = plain.peek(2)[:2] == b"\x1f\x8b"
    return _Lines(file, plain, gzip.GzipFile(fileobj=plain) if zipped else plain)  # type: ignore[arg-type]
