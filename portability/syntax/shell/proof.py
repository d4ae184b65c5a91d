"""A claim of a shell rewrite and values in, whether both sides write the same text out.

An own reader of shell words, that knows nothing of the grammar which made the rewrite: quotes, escapes
and `${AppEnv_KEY:?}`; whatever else only a run knows is compared as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from portability.model import Claim, Scalar

_OPENING = "${AppEnv_"
_KEY = r"(?P<key>\$\{AppEnv_[A-Za-z_]\w*:\?\})"
_BARE = re.compile(
    _KEY + r"|\$'(?P<ansi>(?:\\.|[^'\\])*)'|'(?P<single>[^']*)'|(?P<opaque>[$`])|\\(?P<escape>.)"
    r"|(?P<quote>\")|(?P<character>.)",
    re.S,
)
_DOUBLE = re.compile(
    _KEY + r"|(?P<opaque>[$`])|\\(?P<escape>[$`\"\\\n])|(?P<quote>\")|(?P<character>.)", re.S
)
_ANSI = re.compile(r"\\(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|[uU][0-9A-Fa-f]{1,8}|.)|.", re.S)
_OPAQUE = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])")
_CLOSING = {"{": "}", "(": ")"}


def prove(claim: Claim, values: Mapping[str, Scalar]) -> bool:
    """True where both sides of the claim write the same text, given the values of the keys.

    A part that only a run knows must be written alike on both sides, quoted or bare alike. `markup`
    says that both sides stand in a here-document or inside double quotes already.
    """
    sides = (side.decode("utf-8", "surrogateescape") for side in (claim.before, claim.after))
    before, after = (list(_read(side, claim.markup, values)) for side in sides)
    return before == after


def _read(text: str, inside: bool, values: Mapping[str, Scalar]) -> Iterator[str]:
    """The characters of a word one by one; a part that only a run knows as one long item."""
    at, quoted = 0, inside
    while (match := (_DOUBLE if quoted else _BARE).match(text, at)) is not None:
        kind, at = match.lastgroup or "", match.end()
        if kind == "opaque":
            at = _end_of_opaque(text, match.start())
            yield f"{'quoted' if quoted else 'bare'} {text[match.start() : at]}"
        elif kind == "key":
            yield from _value(match[0], quoted, values)
        elif kind == "quote" and not inside:
            quoted = not quoted
        elif kind == "ansi":
            yield from _ANSI.findall(match["ansi"])
        else:
            yield from match[kind].replace("\n", "") if kind == "escape" else match[kind]


def _value(read: str, quoted: bool, values: Mapping[str, Scalar]) -> Iterator[str]:
    """The value of `${AppEnv_KEY:?}`; what a shell would take apart or end at stays as it is written."""
    value = str(values.get(read[len(_OPENING) : -3], ""))
    safe = bool(value) and (quoted or not re.search(r"[\s*?\[\]{}~]", value))
    yield from value if safe else [read]


def _end_of_opaque(text: str, at: int) -> int:
    """The end of an expansion that begins at `at`; one more than `at` for a lone sign."""
    if text[at] == "`":
        return text.find("`", at + 1) + 1 or len(text)
    simple = _OPAQUE.match(text, at)
    if simple:
        return simple.end()
    opening = text[at + 1 : at + 2]
    if opening not in _CLOSING:
        return at + 1
    depth = 0
    for index in range(at + 1, len(text)):
        depth += (text[index] == opening) - (text[index] == _CLOSING[opening])
        if depth == 0:
            return index + 1
    return len(text)
