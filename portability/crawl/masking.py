"""A text and a place in it in, what stands around the place on one line out, credentials masked."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote, quote_plus

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


_SHORTEST = 6
"""Characters of the shortest secret that is looked for as it is: a shorter one is a word of many a page."""


def spellings(secrets: Iterable[str]) -> tuple[str, ...]:
    """Every way in which a page or a report may write these secrets, the longest first."""
    found = set()
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            found |= {secret, *_in_html(secret), *_in_json(secret)}
            found |= {quote(secret, safe=""), quote_plus(secret), quote_plus(secret).replace("~", "%7E")}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


def _in_html(secret: str) -> Iterator[str]:
    """As PHP's htmlspecialchars and others write it, with one, both or none of the quotes escaped."""
    both = html.escape(secret)
    yield from (both, both.replace("&#x27;", "&#039;"), both.replace("&#x27;", "&#39;"))
    yield from (both.replace("&#x27;", "'"), html.escape(secret, quote=False))


def _in_json(secret: str) -> Iterator[str]:
    """With letters beyond ASCII and slashes escaped or not."""
    for ascii_only in (True, False):
        told = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield from (told, told.replace("/", "\\/"))


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


def excerpt(text: str, start: int, end: int, secrets: Sequence[str] = ()) -> str:
    """Characters `start` to `end` and what stands around them; none of `secrets`, not even half of one.

    Of a secret in which they stand themselves, a URL with a password, say, nothing but them is shown.
    """
    first, last = start, end
    for secret in secrets:
        at = text.find(secret, max(0, start - len(secret) + 1), end + len(secret) - 1) if secret else -1
        if at >= 0:
            first, last = min(first, at), max(last, at + len(secret))
    before = masked(text[max(0, first - _WIDER) : first], secrets) + (MASK if first < start else "")
    after = (MASK if last > end else "") + masked(text[last : last + _WIDER], secrets)
    shown = before[-_AROUND:] + text[start:end] + after[:_AROUND]
    return " ".join("".join(sign if sign.isprintable() else " " for sign in shown).split())
