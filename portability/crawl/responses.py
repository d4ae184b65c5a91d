"""The words of the crawl: what a server answered, and what in it points at production."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum

_NO_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"})
"""Codecs that Python has under such names and no page is written in."""

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)


class Weight(StrEnum):
    """Whether a browser, a script or a visitor acts on a leak, or only reads it."""

    ACTIVE = "active"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered: the headers in their order, the body unpacked but not decoded."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value of a header, '' for none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def content_type(self) -> str:
        """The media type in lower case, without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body decoded: by its byte order mark, else as its header says, else as UTF-8 or Latin-1."""
        for mark, charset in (
            (b"\xef\xbb\xbf", "utf-8"),
            (b"\xff\xfe", "utf-16-le"),
            (b"\xfe\xff", "utf-16-be"),
        ):
            if self.body.startswith(mark):
                return self.body[len(mark) :].decode(charset, "replace")
        told = _CHARSET.search(self.header("Content-Type"))
        charset = told[1] if told else "utf-8"
        try:
            return self.body.decode("utf-8" if _is_no_charset(charset) else charset)
        except (LookupError, ValueError):
            return self.body.decode("latin-1")


def _is_no_charset(name: str) -> bool:
    try:
        return codecs.lookup(name).name.replace("-", "_") in _NO_CHARSETS
    except LookupError:
        return True


@dataclass(frozen=True, slots=True)
class Leak:
    """A name or an address of production's in a response.

    `what` is it as found (`www.shop.example`), `where` the place (`<form action>`, `header Location`),
    `text` what stands around it with credentials masked; `told` is what says that it is production's,
    `times` how often it stands in such a place of this response.
    """

    what: str
    where: str
    text: str
    weight: Weight
    told: str = ""
    times: int = 1
