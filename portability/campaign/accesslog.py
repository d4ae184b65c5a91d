"""Lines of a web server's access log in, its pages by their share of traffic out, and what frames show.

The combined format of Apache and nginx, with the virtual host before it or without (vhost_combined).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import IO
from urllib.parse import quote, unquote, urlsplit

from portability.campaign.grouping import Seen, grouped
from portability.crawl.urls import fits
from portability.errors import NothingExamined, Unfinished, UsageError

_LINE = re.compile(
    r"\S+ \S+ [^\[]*\[(?P<time>[^\]]+)\] "
    r'"(?P<method>[A-Z]+) (?P<path>\S+)[^"]*" '
    r'(?P<status>\d{3}) \S+(?: "(?P<referer>[^"\\]*(?:\\.[^"\\]*)*)" "(?P<agent>[^"\\]*(?:\\.[^"\\]*)*)")?'
)
_ZIPPED: tuple[tuple[bytes, Callable[[IO[bytes]], object]], ...] = (
    (b"\x1f\x8b", lambda packed: gzip.GzipFile(fileobj=packed)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ", lzma.LZMAFile),
)
_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})|\\(.)")
_FORMAT = (
    'Apache\'s combined, or nginx\'s: 192.0.2.1 - - [time] "GET /path HTTP/1.1" 200 512 "from" "browser"'
)
_ASSET = re.compile(
    r"\.(?:css|js|mjs|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|eot|mp[34]|webm|pdf|zip|txt|xml|json)$",
    re.I,
)
_BOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|externalhit|GoogleOther|Google-|archiver|headless|lighthouse|zgrab|"
    r"health[-_ ]?check|probe/|monitor|pingdom|uptime|curl/|wget/|python-|libwww|Go-http-client|locust",
    re.I,
)
_LOGIN = re.compile(r"log[-_]?in|sign[-_]?in|auth|session", re.I)
_NUMBER = re.compile(r"(?<=/)(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})(?=/|$)")


@dataclass(slots=True)
class Traffic:
    """What the logs tell: pages by path, logins, what was left out why; `seen` pages, ungrouped."""

    pages: dict[str, Seen] = field(default_factory=dict)
    logins: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    seen: int = 0

    @property
    def total(self) -> int:
        """All visits of pages."""
        return sum(one.count for one in self.pages.values())

    def most(self, count: int) -> list[Seen]:
        """The most visited pages."""
        return sorted(self.pages.values(), key=lambda one: (-one.count, one.path))[:count]


def read(files: Iterable[Path], framed: Iterable[Path] = (), skip: tuple[str, ...] = ()) -> Traffic:
    """The traffic of the site's logs; `framed` are the logs of the host that is shown in frames.

    What the globs of `skip` name, or what ends a login, is left out. UsageError where a file is no such log,
    NothingExamined where no page was asked for.
    """
    traffic = Traffic()
    frames: Counter[tuple[str, str]] = Counter()
    real: dict[str, str] = {}
    for file in files:
        with _opened(file) as stream:
            count(stream, traffic, file, skip)
    for file in framed:
        with _opened(file) as stream:
            frames += followed(stream, real)
    for (page, frame), number in frames.items():
        if page in traffic.pages:
            traffic.pages[page].frames[real[frame]] += number
    if not traffic.pages:
        raise NothingExamined("the access log holds no page that somebody asked for")
    traffic.seen = len(traffic.pages)
    traffic.pages = grouped(traffic.pages)
    return traffic


def count(lines: Iterable[str], traffic: Traffic, where: Path, skip: tuple[str, ...] = ()) -> None:
    """Adds the pages of a log's lines."""
    known, strange, draw = 0, 0, Random(0)
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            strange += 1
            continue
        known += 1
        path = plain(found["path"])
        reason = _left_out(found, path, skip)
        if reason:
            traffic.left_out[reason] += 1
        elif found["method"] == "GET":
            name = kind(path)
            traffic.pages.setdefault(name, Seen(name)).visit(path, draw)
        elif _LOGIN.search(path):
            traffic.logins[urlsplit(path).path] += 1
        else:
            traffic.left_out["sent forms (POST)"] += 1
    if strange:
        traffic.left_out["not of the combined format"] += strange
    if strange and not known:
        raise UsageError("this is no access log of the combined format", str(where), _FORMAT)


def _left_out(found: re.Match[str], path: str, skip: tuple[str, ...]) -> str:
    return next(_reasons(found, path, skip), "")


def _reasons(found: re.Match[str], path: str, skip: tuple[str, ...]) -> Iterator[str]:
    status, method = found["status"], found["method"]
    if method not in ("GET", "POST"):
        yield f"{method} requests"
    if _is_bot(found["agent"] or ""):
        yield "robots and health checks"
    if not "200" <= status < "400":
        yield f"answered {status}"
    if method == "GET" and status >= "300" and status != "304":
        yield "redirects: what they lead to is counted"
    if method == "GET" and _ASSET.search(urlsplit(path).path):
        yield "styles, scripts, pictures"
    if _any_of(skip).search(path.lower()) and (glob := fits(f"http://localhost{path}", skip)):
        yield f"fit {glob}: log out, or are skipped by the settings"


@lru_cache(maxsize=10_000)
def _is_bot(agent: str) -> bool:
    return _BOT.search(agent) is not None


@lru_cache(maxsize=8)
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    """What a path that fits a glob has in it, with a query or not: quicker than asking for each glob."""
    return re.compile(
        "|".join(f"^(?:{translate(glob.lower())[:-2]})(?:$|[?#])" for glob in globs) or "(?!)", re.S
    )


def followed(lines: Iterable[str], real: dict[str, str]) -> Counter[tuple[str, str]]:
    """How often what kind of path of a log was asked for from which page of another host, by its Referer.

    `real` gets a path of each kind that was really asked for.
    """
    found: Counter[tuple[str, str]] = Counter()
    for line in lines:
        match = _LINE.match(line)
        if match is None or match["method"] != "GET" or not match["referer"]:
            continue
        path, page = plain(match["path"]), urlsplit(match["referer"]).path
        if page and not _left_out(match, path, ()):
            real.setdefault(kind(path), path)
            found[kind(page), kind(path)] += 1
    return found


def plain(path: str) -> str:
    """A path of a log as a client asks for it: without a host, in ASCII, without the log's own escapes."""
    if "\\" in path:
        path = _ESCAPED.sub(lambda found: f"%{found[1].upper()}" if found[1] else quote(found[2]), path)
    if "://" in path[:8]:
        path = "/" + path.split("://", 1)[1].partition("/")[2]
    return path if path.isascii() else quote(path.encode("utf-8", "surrogateescape"), safe=_ASCII)


_ASCII = "".join(map(chr, range(33, 127)))


def kind(path: str) -> str:
    """What a path is one of: without its query, `*` for each number, id or digest."""
    part = urlsplit(path).path if not path.startswith("//") else path.partition("?")[0]
    return _NUMBER.sub("*", unquote(part, errors="replace"))


class _Lines:
    """The lines of a text file or a packed one."""

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
                yield line.decode("utf-8", "surrogateescape")
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise Unfinished(f"the log can't be read to its end: {error}", str(self._file)) from None


def _opened(file: Path) -> _Lines:
    try:
        plain = file.open("rb")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"the log can't be read: {reason}", str(file)) from None
    start = plain.peek(6)[:6]
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        plain.close()
        raise UsageError("the log is compressed by zstd", str(file), f"zstd -d {file}")
    opener = next((opener for magic, opener in _ZIPPED if start.startswith(magic)), None)
    return _Lines(file, plain, opener(plain) if opener else plain)  # type: ignore[arg-type]
