"""An escape of a JavaScript string in, the character that it writes out; and a pattern as it is written.

The source is ECMA-262, string literals and regular expression literals.
"""

from __future__ import annotations

import re

from portability.syntax.literals import decode

ESCAPE = re.compile(
    rb"\\(?:u\{[0-9A-Fa-f]{1,6}\}|u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}"
    rb"|x[0-9A-Fa-f]{2}|[0-3]?[0-7]{1,2}|\r\n|\xe2\x80[\xa8\xa9]|[^\r\n]|[\r\n])",
    re.S,
)
TEMPLATE_ESCAPE = re.compile(ESCAPE.pattern + rb"|\r\n?", re.S)
_NAMED = {b"n": "\n", b"t": "\t", b"b": "\b", b"f": "\f", b"v": "\v", b"r": "\r"}


def meaning(match: re.Match[bytes]) -> str:
    """What an escape of a string writes."""
    body = match[0][1:]
    if not match[0].startswith(b"\\"):
        return "\n"
    if body in _NAMED:
        return _NAMED[body]
    if body[:1] in b"\r\n" or body in {b"\xe2\x80\xa8", b"\xe2\x80\xa9"}:
        return ""
    if body[:1] in b"ux" and len(body) > 2:
        return _code_point(body)
    if body[:1].isdigit() and body[:1] < b"8":
        return chr(int(body, 8))
    return decode(body, "latin-1")


def _code_point(body: bytes) -> str:
    """The character of `u0041`, `u{1F600}`, `x41` or of a surrogate pair; a lone surrogate is U+FFFD."""
    digits = body[1:].strip(b"{}").split(b"\\u")
    units = [int(part, 16) for part in digits]
    if len(units) == 2:
        return chr(0x10000 + ((units[0] - 0xD800) << 10) + units[1] - 0xDC00)
    return "\ufffd" if 0xD800 <= units[0] < 0xE000 or units[0] > 0x10FFFF else chr(units[0])


def pattern(text: str) -> str | None:
    """A pattern between its slashes; None where it would be empty, unfinished or another pattern."""
    units = re.findall(r"\\.|.", text)
    inside = False
    for unit in units:
        inside = unit == "[" or (inside and unit != "]")
    broken = inside or not text or text[0] == "*" or any(unit in {"\\", "\\/"} for unit in units)
    if broken or any(c in text for c in "\n\r\u2028\u2029\0"):
        return None
    return "".join("\\/" if unit == "/" else unit for unit in units)
