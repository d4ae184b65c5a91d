"""A territory and a text without escapes in, production's names, values and addresses in the text out."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from portability.asking.territory import Territory, Zone
from portability.crawl.urls import ascii_host
from portability.model import Skipped
from portability.settings.replica import Address

_HOST = re.compile(r"(?:\*?\.)?[\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]*[^\W_]\.?")
_TOKEN_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_.-")
_LONGEST_NAME = 255
_V4 = re.compile(r"[0-9](?:(?<![\w.][0-9])|(?<=\\[nrt][0-9]))[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?!\.?[0-9]|\w)")
_DOTS = re.compile(r"\.[0-9]{1,3}\.[0-9]")
_DASHED = re.compile(r"(?<![A-Za-z0-9])(?:ip|ec2)-(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})(?![\d-])")
_COLONS = re.compile(r":[0-9a-f]{0,4}:")
_V6_SIGNS = frozenset("0123456789abcdef:.")
_LONGEST_V6 = 45
_WITH_PORT = re.compile(r"([\w-]+(?:\.[\w-]+)+):\d{1,5}")
_EVERYBODYS = frozenset(map(ipaddress.ip_address, ("127.0.0.1", "::1", "0.0.0.0", "::")))
_SHARED = 16
"""Signs by which names are grouped, so that an account's hundreds cost little in a page that has none."""
_ESCAPED_LETTER = re.compile(r"\\[nrtfbv]")
_PLAIN_WORD = re.compile(r"[a-z]{1,9}")


class Hit(NamedTuple):
    """Characters `start` to `end` of a text are `what`, production's as `told` says."""

    start: int
    end: int
    what: str
    told: str
    host: bool = False


class Matcher:
    """Finds production's names, values and addresses; the replica's own win where they contain them.

    `unsearched` are the names that can't be told from ordinary words.
    """

    def __init__(self, territory: Territory) -> None:
        hosts, values, self._addresses, self.unsearched = _sorted_out(territory.production_names)
        self._hosts = replace(
            territory,
            production_names=hosts,
            replica_names=frozenset(ascii_host(name) for name in territory.replica_names),
        )
        self._ours = tuple(name.lower() for name in territory.replica_names)
        self._told = values
        self._values = _grouped(sorted(values, key=lambda value: -len(value)), slice(_SHARED))
        cores = _least(core for host in hosts for core in _spellings(host.strip("*.")))
        self._cores = _grouped(cores, slice(-_SHARED, None))
        self._territory = territory
        self._has_v6 = any(
            found.version == 6 for found in (*territory.production_networks, *territory.production_addresses)
        ) or any(found.version == 6 for found in self._addresses)

    def hits(self, text: str) -> list[Hit]:
        """All that is production's in a text, in order; what lies inside of another is left out."""
        lowered = _lowered(text)
        found = [*self._named(lowered), *self._valued(lowered), *self._addressed(lowered)]
        found.sort(key=lambda hit: (hit.start, -hit.end))
        kept: list[Hit] = []
        for hit in found:
            if not kept or hit.end > kept[-1].end:
                kept.append(hit)
        return kept

    def _named(self, text: str) -> Iterator[Hit]:
        for core in _possible(self._cores, text):
            at = text.find(core)
            while at >= 0:
                start, end = _token(text, at, at + len(core))
                hit = self._host(text, start, end, (at, at + len(core)))
                if hit is not None and not self._covered(text, hit.start, hit.end, values=True):
                    yield hit
                at = text.find(core, at + len(core))

    def _host(self, text: str, start: int, end: int, core: tuple[int, int]) -> Hit | None:
        """The first reading of a run of a name's signs that is anybody's, if it is production's."""
        for first, last in _readings(text, start, end, core):
            host = ascii_host(text[first:last])
            name = self._hosts.production_name(host)
            if name:
                return Hit(first, last, text[first:last], self._hosts.production_names[name], True)
            if self._is_ours(host):
                return None
        return None

    def _is_ours(self, host: str) -> bool:
        return any(host == name or host.endswith("." + name) for name in self._hosts.replica_names)

    def _valued(self, text: str) -> Iterator[Hit]:
        for value in _possible(self._values, text):
            at = text.find(value)
            while at >= 0:
                end = at + len(value)
                if _bounded(text, at, end) and not self._covered(text, at, end):
                    yield Hit(at, end, value, self._told[value])
                at = text.find(value, end)

    def _covered(self, text: str, start: int, end: int, values: bool = False) -> bool:
        """Whether a longer name of the replica's own stands around; `values`: one that is no host."""
        written = text[start:end]
        for name in self._ours:
            if written not in name or (values and _HOST.fullmatch(name)):
                continue
            first = max(0, end - len(name))
            at = text.find(name, first, start + len(name))
            while at >= 0:
                if _bounded(text, at, at + len(name)):
                    return True
                at = text.find(name, at + 1, start + len(name))
        return False

    def _addressed(self, text: str) -> Iterator[Hit]:
        for match in _V4.finditer(text) if _DOTS.search(text) else ():
            yield from self._address(match.start(), match.end(), match[0])
        if "ip-" in text or "ec2-" in text:
            for match in _DASHED.finditer(text):
                yield from self._address(match.start(), match.end(1), match[1].replace("-", "."))
        if "::ffff:" in text or (self._has_v6 and ":" in text):
            for start, end in _version_6(text):
                yield from self._address(start, end, text[start:end])

    def _address(self, start: int, end: int, written: str) -> Iterator[Hit]:
        try:
            found = ipaddress.ip_address(written)
        except ValueError:
            return
        if str(found) in self._ours:
            return
        told = self._addresses.get(found) or self._territory.named(found)
        if told or self._territory.zone(found) is Zone.PRODUCTION:
            yield Hit(start, end, written, told or "production's network")


def _version_6(text: str) -> Iterator[tuple[int, int]]:
    """What may be an IPv6 address."""
    at = 0
    while (match := _COLONS.search(text, at)) is not None:
        start, end = match.span()
        while start > max(at, match.end() - _LONGEST_V6) and text[start - 1] in _V6_SIGNS:
            start -= 1
        while end < min(len(text), match.start() + _LONGEST_V6) and text[end] in _V6_SIGNS:
            end += 1
        at = end
        end -= text[end - 1] in ".:" and not text.startswith("::", end - 2)
        start += text[start] == ":" and (text.startswith(":::", start) or not text.startswith("::", start))
        if not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum():
            yield start, end


def _sorted_out(
    names: Mapping[str, str],
) -> tuple[dict[str, str], dict[str, str], dict[Address, str], tuple[Skipped, ...]]:
    """Production's names as hosts, other values, and addresses; and those that are no use."""
    hosts: dict[str, str] = {}
    values: dict[str, str] = {}
    addresses: dict[Address, str] = {}
    dropped: list[Skipped] = []
    for name, told in names.items():
        plain = name.strip().lower()
        with_port = _WITH_PORT.fullmatch(plain)
        plain = with_port[1] if with_port else plain
        if (address := _parsed(plain)) is not None:
            if address in _EVERYBODYS:
                dropped.append(Skipped(told or "an address", f"is {plain}, which each machine has"))
            else:
                addresses[address] = told
        elif _HOST.fullmatch(plain):
            hosts[ascii_host(plain)] = told
        elif len(plain) < 4 or _PLAIN_WORD.fullmatch(plain):
            dropped.append(
                Skipped(told or "a name", "is too like an ordinary word to be looked for in pages")
            )
        else:
            values[plain] = told
    return hosts, values, addresses, tuple(dropped)


def _parsed(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _spellings(host: str) -> Iterator[str]:
    """A host in punycode, and in its own letters where they differ."""
    yield host
    if "xn--" in host:
        try:
            yield host.encode("ascii").decode("idna").lower()
        except UnicodeError:
            return


def _least(cores: Iterable[str]) -> tuple[str, ...]:
    """The shortest of the texts, such that each of the others contains one of them."""
    kept: list[str] = []
    for core in sorted(set(cores), key=len):
        if not any(other in core for other in kept):
            kept.append(core)
    return tuple(kept)


def _grouped(texts: Iterable[str], part: slice) -> Mapping[str, tuple[str, ...]]:
    """The texts, in their order, by the part that many of them share: an end such as a cloud's domain."""
    found: dict[str, list[str]] = {}
    for text in texts:
        found.setdefault(text[part], []).append(text)
    return {shared: tuple(group) for shared, group in found.items()}


def _possible(groups: Mapping[str, tuple[str, ...]], text: str) -> Iterator[str]:
    """What may stand in a text, as the part that it shares with others does."""
    for shared, group in groups.items():
        if shared in text:
            yield from group


def _lowered(text: str) -> str:
    """The text in lower case, no character moved: but for one, each has one small letter."""
    return text.replace("\u0130", "i").lower()


def _token(text: str, start: int, end: int) -> tuple[int, int]:
    """The run of a name's signs around characters `start` to `end`."""
    first, last = max(0, start - _LONGEST_NAME), min(len(text), end + _LONGEST_NAME)
    wide = not text[start:end].isascii()
    while start > first and _is_sign(text[start - 1], wide):
        start -= 1
    while end < last and _is_sign(text[end], wide):
        end += 1
    return start, end


def _is_sign(sign: str, wide: bool) -> bool:
    return sign in _TOKEN_SIGNS or (wide and sign.isalnum())


def _readings(text: str, start: int, end: int, core: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """What a run of signs may be read as: less an escape's letter, the whole, the core's part."""
    if _ESCAPED_LETTER.match(text, max(0, start - 1), start + 1):
        yield from _trimmed(text, start + 1, end)
    yield from _trimmed(text, start, end)
    for signs in ("..", "_"):
        left = text.rfind(signs, start, core[0])
        right = text.find(signs, core[1], end)
        if left >= 0 or right >= 0:
            yield from _trimmed(text, left + len(signs) if left >= 0 else start, right if right >= 0 else end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start] in ".-":
        start += 1
    while end > start and text[end - 1] in ".-":
        end -= 1
    if start < end:
        yield start, end


def _bounded(text: str, start: int, end: int) -> bool:
    """Whether characters `start` to `end` are no part of a longer word."""
    number = text[start:end].isdigit()
    if end < len(text) and _continues(text[end], number):
        return False
    if start == 0 or not _continues(text[start - 1], number):
        return True
    return bool(_ESCAPED_LETTER.match(text, max(0, start - 2), start))


def _continues(sign: str, number: bool) -> bool:
    return sign.isalnum() if number else sign.isalnum() or sign in "_-"
