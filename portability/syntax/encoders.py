"""A value and an encoder in, the text that stands for it inside a literal out, and back.

This is the writing beyond the quotes of a language: a regular expression's backslashes, base64, PHP's
`serialize`. The unit holds `before` + value + `after`.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error

from portability.model import Encoder

_META = re.compile(r"[\\.+*?\[\]^$(){}|]")
_ESCAPED = re.compile(r"\\(.)", re.S)
_SERIALIZED = re.compile(r's:(\d+):"(.*)";', re.S)


def encode(encoder: Encoder, before: str, value: str, after: str) -> str:
    """The text that writes `before` + `value` + `after` (bytes counted and encoded as UTF-8)."""
    text = before + value + after
    if encoder is Encoder.REGEX:
        return _META.sub(r"\\\g<0>", text)
    if encoder is Encoder.BASE64:
        return b64encode(text.encode("utf-8")).decode("ascii")
    if encoder is Encoder.SERIALIZE:
        return f's:{len(text.encode("utf-8"))}:"{text}";'
    return text


def decode(encoder: Encoder, before: str, text: str, after: str) -> str | None:
    """The value that `text` holds between `before` and `after`; None where it holds none."""
    plain = _plain(encoder, text)
    if plain is None or len(plain) < len(before) + len(after):
        return None
    if not plain.startswith(before) or not plain.endswith(after):
        return None
    return plain[len(before) : len(plain) - len(after)]


def _plain(encoder: Encoder, text: str) -> str | None:
    """What an encoded text writes; None where it is not well formed."""
    if encoder is Encoder.REGEX:
        return _ESCAPED.sub(r"\1", text)
    if encoder is Encoder.BASE64:
        try:
            return b64decode(text, validate=True).decode("utf-8")
        except (Error, ValueError):
            return None
    if encoder is Encoder.SERIALIZE:
        match = _SERIALIZED.fullmatch(text)
        counted = match and len(match[2].encode("utf-8", "surrogatepass")) == int(match[1])
        return match[2] if match and counted else None
    return text
