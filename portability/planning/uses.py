"""Names of keys and the project's files in, where code gives such a name another value of its own out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from portability.model import Scalar, Source, Span

_QUOTE = rb"""['"]"""
_LITERAL = rb"""(?P<literal>'[^'\\\r\n]*'|"[^"\\$\r\n]*"|-?\d+(?:\.\d+)?)"""
_WAYS = (
    rb"define\s*\(\s*" + _QUOTE + rb"(?P<name>%s)" + _QUOTE + rb"\s*,\s*" + _LITERAL + rb"\s*[,)]",
    rb"^const\s+(?P<name>%s)\s*=\s*" + _LITERAL + rb"\s*[;,]",
    rb"env\s*\(\s*" + _QUOTE + rb"(?P<name>%s)" + _QUOTE + rb"\s*\)\s*(?:\?:|\?\?|\|\||or)\s*" + _LITERAL,
    rb"env\s*\(\s*" + _QUOTE + rb"(?P<name>%s)" + _QUOTE + rb"\s*,\s*" + _LITERAL + rb"\s*\)",
    rb"environ\.get\s*\(\s*" + _QUOTE + rb"(?P<name>%s)" + _QUOTE + rb"\s*,\s*" + _LITERAL + rb"\s*\)",
    rb"process\.env\.(?P<name>%s)\s*(?:\|\||\?\?)\s*" + _LITERAL,
)
"""How PHP, Python and JavaScript define a name, or read it from the environment with a default.

Each begins with a fixed text, which is what makes it fast to look for.
"""

_COPIED = re.compile(r"(?:^|[._-])(?:sample|examples?|dist|skel)(?:[._-]|$)", re.IGNORECASE)
"""The names of files that people copy and fill in, such as wp-config-sample.php: no code reads them."""

LANGUAGES = frozenset({"php", "python", "javascript", "html", "templates"})


@dataclass(frozen=True, slots=True)
class Use:
    """A place (`path:line`) at which code gives `name` a value of its own."""

    name: str
    where: str


def others(
    sources: Iterable[Source], values: Mapping[str, Scalar], moved: Mapping[str, Collection[Span]]
) -> Iterator[Use]:
    """The uses of the names of `values` with another value than theirs; what is `moved` itself is none.

    Neither is what a file says that is only there to be copied.
    """
    names = b"|".join(re.escape(name.encode("utf-8")) for name in sorted(values))
    if not names:
        return
    patterns = [re.compile(way % names, re.MULTILINE) for way in _WAYS]
    for source in sources:
        if _COPIED.search(source.path.rpartition("/")[2]):
            continue
        for pattern in patterns:
            for match in pattern.finditer(source.data):
                name = match["name"].decode("utf-8")
                literal = Span(*match.span("literal"))
                text = match["literal"].strip(b"'\"").decode(source.encoding, "replace")
                own = any(literal.contains(span) for span in moved.get(source.path, ()))
                if text != str(values[name]) and not own:
                    yield Use(name, f"{source.path}:{source.line_of(match.start())}")
