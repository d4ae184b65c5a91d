"""How PHP writes a value inside a text: the call that does it, and what it gives, by the encoder's name.

`preg_quote`, `rawurlencode`, `json_encode`, `htmlspecialchars` and `serialize` as the PHP manual has them;
each is proven by PHP itself, under every environment's values, against what is computed here.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

PLAIN, PATTERN, DOTS, BASE64, SERIALIZED = "plain", "pattern", "dots", "base64", "serialized"
URL, JSON, HTML, FORMAT = "url", "json", "html", "format"

_PREG_SPECIAL = ".\\+*?[^]$(){}=!<>|:-#/"
"""What preg_quote escapes from PHP 7.3 on, with `/` as the delimiter."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A call that encodes: what stands before and after its argument, and what it makes of a text."""

    before: bytes
    after: bytes
    encode: Callable[[str], str]

    def call(self, argument: bytes) -> bytes:
        """The PHP that encodes what `argument` gives."""
        return self.before + argument + self.after


def _pattern(text: str) -> str:
    return "".join("\\" + c if c in _PREG_SPECIAL else "\\000" if c == "\0" else c for c in text)


def _json(text: str) -> str:
    return json.dumps(text)[1:-1].replace("/", "\\/")


def _base64(text: str) -> str:
    return b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")


def _serialized(text: str) -> str:
    return f's:{len(text.encode("utf-8", "surrogateescape"))}:"{text}";'


ENCODERS: Mapping[str, Encoded] = {
    PLAIN: Encoded(b"", b"", lambda text: text),
    PATTERN: Encoded(b"\\preg_quote(", b", '/')", _pattern),
    DOTS: Encoded(b"\\str_replace('.', '\\\\.', ", b")", lambda text: text.replace(".", "\\.")),
    BASE64: Encoded(b"\\base64_encode(", b")", _base64),
    SERIALIZED: Encoded(b"\\serialize(", b")", _serialized),
    URL: Encoded(b"\\rawurlencode(", b")", lambda text: quote(text, safe="")),
    JSON: Encoded(b"\\substr(\\json_encode(", b"), 1, -1)", _json),
    FORMAT: Encoded(b"\\str_replace('%', '%%', ", b")", lambda text: text.replace("%", "%%")),
    HTML: Encoded(b"\\htmlspecialchars(", b", 3)", lambda text: escape(text).replace("&#x27;", "&#039;")),
}
"""Each encoder by its name; PLAIN writes the value itself."""


def fitting(text: str, start: int, end: int, value: str) -> str | None:
    """The encoder of the notation that `value` stands in: an address, JSON, markup; else PLAIN.

    Only one that gives the very text that stands there; None where none does.
    """
    written = text[start:end]
    for name, stands_in in ((URL, _in_address), (JSON, _in_json), (HTML, _in_markup)):
        if stands_in(text, start, end) and ENCODERS[name].encode(value) == written:
            return name
    return PLAIN if written == value else None


def pattern_of(written: str, value: str) -> str | None:
    """The encoder that writes `value` as it stands in a regular expression; None where none does."""
    return next((name for name in (PATTERN, DOTS) if ENCODERS[name].encode(value) == written), None)


def _in_address(text: str, start: int, end: int) -> bool:
    """Whether it is the user or the password of an address: `amqp://user:HERE@host`."""
    before = re.search(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/@?#]*\Z", text[:start])
    return bool(before) and re.match(r"[^\s/@?#]*@", text[end:]) is not None


def _in_json(text: str, start: int, end: int) -> bool:
    """Whether it stands in a quoted text of JSON."""
    opened = re.search(r'[{\[:,]\s*"(?:[^"\\]|\\.)*\Z', text[:start])
    return text.lstrip()[:1] in ("{", "[") and bool(opened) and '"' in text[end:]


def _in_markup(text: str, start: int, end: int) -> bool:
    """Whether it stands in HTML or XML, and in no script of it."""
    return re.search(r"</?[A-Za-z][^<>]*", text) is not None and "<script" not in text.lower()
