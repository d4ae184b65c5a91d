"""A claim of a script's rewrite and values in, whether both sides have the same value out.

An own reader of the few expressions that a rewrite makes: texts, templates, numbers, sums of them, and
`AppEnv.KEY`. What only a run knows is compared as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from portability.model import Claim, Scalar
from portability.syntax.jsescapes import ESCAPE, TEMPLATE_ESCAPE, meaning

_TOKEN = re.compile(
    rb"\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<template>`)|(?P<number>\d+(?:\.\d+)?)"
    rb"|AppEnv\.(?P<key>[A-Za-z_]\w*)|(?P<call>String|Number)(?=\()|(?P<sign>[()+]))",
    re.S,
)
Part = tuple[str, object]
"""The type of a value and itself; `code` is what only a run knows."""


class _Unknown(Exception):
    """An expression that is not read here."""


def prove(claim: Claim, values: Mapping[str, Scalar]) -> bool:
    """True where both sides give the same value of the same type, given the values of the keys."""
    try:
        before, after = (_Reader(side, values).whole() for side in (claim.before, claim.after))
    except (_Unknown, ValueError, RecursionError):
        return False
    return before == after


class _Reader:
    """Reads one side of a claim from its beginning to its end."""

    def __init__(self, code: bytes, values: Mapping[str, Scalar]) -> None:
        self.code, self.values, self.at = code, values, 0

    def whole(self) -> list[Part]:
        found = self._sum()
        if self.code[self.at :].strip():
            raise _Unknown
        return found

    def _sum(self) -> list[Part]:
        parts = self._term()
        while self._sign(b"+"):
            more = self._term()
            if {kind for kind, _ in (*parts, *more)} - {"text", "code"}:
                raise _Unknown
            parts = _joined([*parts, *more])
        return parts

    def _term(self) -> list[Part]:
        if self._sign(b"("):
            return self._closed()
        match = _TOKEN.match(self.code, self.at)
        if match is None or match.lastgroup == "sign":
            raise _Unknown
        self.at = match.end()
        if match["text"]:
            return [("text", ESCAPE.sub(_written, match["text"][1:-1]).decode("utf-8"))]
        if match["number"]:
            return [("number", float(match["number"]))]
        if match["template"]:
            return self._template()
        if match["call"]:
            self.at += 1
            return self._converted(match["call"], self._closed())
        return [self._value(match["key"].decode("ascii"))]

    def _closed(self) -> list[Part]:
        found = self._sum()
        if not self._sign(b")"):
            raise _Unknown
        return found

    def _sign(self, sign: bytes) -> bool:
        match = _TOKEN.match(self.code, self.at)
        if match is None or match["sign"] != sign:
            return False
        self.at = match.end()
        return True

    def _value(self, key: str) -> Part:
        if key not in self.values:
            raise _Unknown
        value = self.values[key]
        if isinstance(value, bool):
            return ("boolean", value)
        return ("text", value) if isinstance(value, str) else ("number", float(value))

    def _converted(self, call: bytes, parts: list[Part]) -> list[Part]:
        if len(parts) != 1 or parts[0][0] == "code":
            raise _Unknown
        if call == b"Number":
            return [("number", float(str(parts[0][1])))]
        return [("text", _shown(parts[0]))]

    def _template(self) -> list[Part]:
        """A template up to its closing sign; `${AppEnv.KEY}` is that value, another hole its code."""
        parts: list[Part] = [("text", "")]
        start = self.at
        while (sign := self.code[self.at : self.at + 1]) != b"`":
            if not sign:
                raise _Unknown
            if sign == b"\\":
                self.at += 2
            elif self.code.startswith(b"${", self.at):
                parts.append(("text", _plain(self.code[start : self.at])))
                parts.append(self._hole())
                start = self.at
            else:
                self.at += 1
        parts.append(("text", _plain(self.code[start : self.at])))
        self.at += 1
        return _joined(parts)

    def _hole(self) -> Part:
        start, depth = self.at + 2, 0
        for at in range(self.at + 1, len(self.code)):
            depth += (self.code[at : at + 1] == b"{") - (self.code[at : at + 1] == b"}")
            if depth == 0:
                self.at = at + 1
                inner = self.code[start:at]
                read = re.fullmatch(rb"AppEnv\.([A-Za-z_]\w*)", inner)
                return ("text", _shown(self._value(read[1].decode("ascii")))) if read else ("code", inner)
        raise _Unknown


def _shown(part: Part) -> str:
    """A value as JavaScript writes it as a text."""
    kind, value = part
    if kind == "number" and isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if kind == "boolean" else str(value)


def _plain(written: bytes) -> str:
    return TEMPLATE_ESCAPE.sub(_written, written).decode("utf-8")


def _written(match: re.Match[bytes]) -> bytes:
    return meaning(match).encode("utf-8")


def _joined(parts: list[Part]) -> list[Part]:
    """The parts with neighbouring texts put together; an empty text only where nothing else is."""
    merged: list[Part] = []
    for kind, value in parts:
        if kind == "text" and merged and merged[-1][0] == "text":
            merged[-1] = ("text", f"{merged[-1][1]}{value}")
        else:
            merged.append((kind, value))
    return [part for part in merged if part != ("text", "")] or merged[:1]
