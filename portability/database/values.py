"""One value of a row in, what of production it holds and what takes its place out, however deep it lies.

PHP-serialised strings keep their counts right, on every level; base64 is written anew. What can't be
read to its end is left as it is, as a whole, with the reason.
"""

from __future__ import annotations

import re

from portability.database import base64, jsontext, serialized, text
from portability.database.names import Names
from portability.database.serialized import Broken, Part, Role
from portability.database.splices import NOTHING, Hit, Seen, Splice, grown, left, spliced, within

BROKEN = "serialised data that can't be read to its end"
BINARY = "binary data"
DEEP = "nested too deep"
_DEEPEST = 24

COUNTED = re.compile(
    rb"(?<![A-Za-z0-9_])(?:[sS]:\d+:(?:\\*\"|&quot;|&#0?34;|%22)|[aOC]:\d+:(?:\{|\\*\"|&quot;|&#0?34;|%22)"
    rb"|[sSaOC](?:%3A|&#58;)\d+(?:%3A|&#58;))"
)
"""Where a counted string, an array or an object may begin, in whatever escape."""

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def look(data: bytes, names: Names, depth: int = 0) -> Seen:
    """What a value holds of production, and the splices that replace it."""
    lowered = data.lower()
    is_plain, is_encoded = names.needles.in_text(lowered), names.needles.in_base64(data)
    if not (is_plain or is_encoded):
        return NOTHING
    if depth > _DEEPEST:
        return left(_found(data, names), DEEP)
    if COUNTED.search(data) or is_encoded:
        strings = jsontext.strings(data)
        if strings is not None:
            return _in_json(data, strings, names, depth)
        return _mixed(data, names, depth)
    seen = text.look(data, names)
    return left(seen, BINARY) if seen.hits and _CONTROL.search(data) else seen


def _mixed(data: bytes, names: Names, depth: int) -> Seen:
    """A text of which parts, or all of it, are serialised values."""
    splices: list[Splice] = []
    hits: list[Hit] = []
    at = 0

    def plain(start: int, end: int) -> None:
        seen = _text(data[start:end], names, depth)
        splices.extend(splice.moved(start) for splice in seen.splices)
        hits.extend(seen.hits)

    for match in COUNTED.finditer(data):
        if match.start() < at:
            continue
        try:
            parts, end = serialized.strings(data, match.start())
        except Broken:
            return left(_found(data, names), BROKEN)
        plain(at, match.start())
        seen = _serialized(data, parts, names, depth)
        splices.extend(seen.splices)
        hits.extend(seen.hits)
        at = end
    plain(at, len(data))
    return Seen(tuple(splices), tuple(hits))


def _found(data: bytes, names: Names) -> Seen:
    """What is found in a text that nothing is done about."""
    seen = text.look(data, names)
    return seen if seen.hits else Seen((), (Hit("a host", "base64"),))


def _text(data: bytes, names: Names, depth: int) -> Seen:
    """A text without serialised parts: its hosts and its base64."""
    if not data:
        return NOTHING
    seen = text.look(data, names)
    coded = base64.look(data, names, lambda inner: look(inner, names, depth + 1))
    if seen.hits and _CONTROL.search(data):
        seen = left(seen, BINARY)
    if not coded.hits:
        return seen
    taken = [(splice.start, splice.end) for splice in coded.splices]
    apart = [s for s in seen.splices if not any(a < s.end and s.start < b for a, b in taken)]
    return Seen(tuple(sorted((*apart, *coded.splices), key=lambda s: s.start)), (*seen.hits, *coded.hits))


def _serialized(data: bytes, parts: tuple[Part, ...], names: Names, depth: int) -> Seen:
    splices: list[Splice] = []
    hits: list[Hit] = []
    for part in parts:
        content = data[part.start : part.end]
        if not names.needles.may_hold(content):
            continue
        seen = _part(data, part, parts, names, depth)
        hits += within(seen, "serialised")
        if seen.splices:
            count = part.end - part.start + grown(seen.splices)
            if count != part.end - part.start:
                splices.append(Splice(part.count, part.count_end, str(count).encode()))
            splices += (splice.moved(part.start) for splice in seen.splices)
    return Seen(tuple(splices), tuple(hits))


def _part(data: bytes, part: Part, parts: tuple[Part, ...], names: Names, depth: int) -> Seen:
    """One counted string; what only its class can read, or must find by its name, is left."""
    content = data[part.start : part.end]
    seen = look(content, names, depth + 1)
    if part.escaped and b"\\" in content:
        return left(seen, "a text with escapes of its own (S:)")
    if part.role is Role.PROPERTY and part.owner != "stdClass":
        return left(seen, f"the name of a property of the class {part.owner}")
    if part.role is Role.CUSTOM:
        return _custom(content, part.owner, names, depth)
    if part.role is not Role.VALUE and seen.splices:
        new = spliced(content, seen.splices)
        same = (p for p in parts if p.group == part.group and p.role is part.role and p is not part)
        if any(new in (data[p.start : p.end], _renamed(data, p, names, depth)) for p in same):
            return left(seen, "an array's key, of which there would be two")
    return seen


def _renamed(data: bytes, part: Part, names: Names, depth: int) -> bytes:
    content = data[part.start : part.end]
    return spliced(content, look(content, names, depth + 1).splices)


_SPL = re.compile(rb"x:i:\d+;")
_SPL_REST = re.compile(rb";?m:")


def _custom(content: bytes, owner: str, names: Names, depth: int) -> Seen:
    """What a class wrote of itself: left unless it is one serialised value, SPL's form, or JSON."""
    try:
        parts, end = serialized.strings(content)
        if end == len(content):
            return _serialized(content, parts, names, depth + 1)
    except Broken:
        pass
    seen = look(content, names, depth + 1)
    if jsontext.strings(content) is not None:
        return seen
    head = _SPL.match(content)
    if head and (end := _spl_end(content, head.end())) == len(content):
        return seen
    return left(seen, f"bytes that only the class {owner} can read")


def _spl_end(content: bytes, at: int) -> int:
    """Where the form of ArrayObject and SplObjectStorage ends: values up to `m:`, and one behind it; -1."""
    try:
        while True:
            if rest := _SPL_REST.match(content, at):
                return serialized.strings(content, rest.end())[1]
            at = serialized.strings(content, at)[1]
            at += content[at : at + 1] in (b";", b",")
    except Broken:
        return -1


def _in_json(data: bytes, strings: list[jsontext.Text], names: Names, depth: int) -> Seen:
    """JSON: each of its strings is a text of its own; outside of them nothing is production's."""
    splices: list[Splice] = []
    hits: list[Hit] = []
    for one in strings:
        raw = data[one.start : one.end]
        if not names.needles.may_hold(raw) and not names.needles.may_hold(one.unescaped.text):
            continue
        if not COUNTED.search(one.unescaped.text) and not names.needles.in_base64(one.unescaped.text):
            seen = text.look(raw, names)
            splices += (splice.moved(one.start) for splice in seen.splices)
            hits += seen.hits
            continue
        seen = look(one.unescaped.text, names, depth + 1)
        hits += within(seen, "JSON")
        splices += (one.splice(data, splice) for splice in seen.splices)
    return Seen(tuple(splices), tuple(hits))
