"""A text and a place in it in, what stands around the place on one line out, credentials masked."""

from __future__ import annotations

import re
from collections.abc import Sequence

MASK = "********"
_AROUND = 60
"""Characters that are shown on each side."""

_WIDER = 600
"""Characters on each side in which credentials are looked for, so that none is cut in its middle."""

_SENSITIVE = (
    r"pass(?:word|wd|phrase)?|pwd|pw|secret|token|api[-_]?key|access[-_]?key|key|auth(?:orization)?|"
    r"sig(?:nature)?|session|sess(?:id)?|sid|phpsessid|credential|code|nonce|csrf|otp|pin"
)
_QUOTE = r"(?:\\*[\"']|&quot;|&#0?3[49];|%2[27])?"
_PAIR = re.compile(
    rf"((?:[\w.-]*[-_.])?(?:{_SENSITIVE})[\w-]{{0,20}}{_QUOTE}\s*+(?:=>|=|:|%3[dDaA])\s*+{_QUOTE})"
    r"(?!//|[a-z]{2,10}://)((?:bearer |basic )?[^\s\"'&<>;,\\]+)",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"((?:/|%2[fF]){2}[^\s/:@\"'<>]{0,200}(?::|%3[aA]))[^\s/@\"'<>]+(?=@|%40)")
_BEARER = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_KNOWN = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}|\bgh[pousr]_\w{20,}")
_LONG = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{28,}(?![\w.-])")
_COOKIE = re.compile(r"^(\s*[^=;\s]+=)[^;]*")


def masked(text: str, secrets: Sequence[str] = ()) -> str:
    """The text without what looks like a credential, and without `secrets` themselves."""
    for secret in secrets:
        if len(secret) > 2:
            text = text.replace(secret, MASK)
    text = _USERINFO.sub(rf"\1{MASK}", text)
    text = _PAIR.sub(rf"\1{MASK}", text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    return _LONG.sub(MASK, _KNOWN.sub(MASK, text))


def cookie(value: str) -> str:
    """A Set-Cookie header's value without the cookie's."""
    return _COOKIE.sub(rf"\1{MASK}", value)


def excerpt(text: str, start: int, end: int) -> str:
    """Characters `start` to `end` and what stands around them."""
    before = masked(text[max(0, start - _WIDER) : start])
    after = masked(text[end : end + _WIDER])
    shown = before[-_AROUND:] + text[start:end] + after[:_AROUND]
    return " ".join("".join(sign if sign.isprintable() else " " for sign in shown).split())
