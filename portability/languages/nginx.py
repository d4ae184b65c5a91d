"""nginx's configuration in, the arguments of its directives by block and directive out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Call, Literal, Position, Region, Source, Span
from portability.syntax.literals import decoded, escaped

NAME = "nginx"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_TOKEN = re.compile(
    rb"[ \t\r\n]*+(?:#(?P<comment>[^\r\n]*)"
    rb"|(?P<sign>[{};])"
    rb"|\"(?P<double>(?:[^\"\\]++|\\.)*+)\""
    rb"|'(?P<single>(?:[^'\\]++|\\.)*+)'"
    rb"|(?P<plain>(?:[^\s\\{};]++|\\.|\$\{[^}\s]*\})+))",
    re.S,
)
_VARIABLE = rb"\$\{\w+\}|\$[A-Za-z_]\w*"
_ESCAPES = {
    "double": re.compile(rb"\\[\\\"]|" + _VARIABLE),
    "single": re.compile(rb"\\[\\']|" + _VARIABLE),
    "plain": re.compile(_VARIABLE),
}
_ESCAPING = re.compile(r"\\(?=[\\\"'trn]|\Z)")
"""A backslash that nginx does not take for itself (src/core/ngx_conf_file.c); it keeps that of a pattern."""

_NAMED = {"set", "env", "fastcgi_param", "uwsgi_param", "proxy_set_header", "add_header", "map"}
"""Directives whose first argument is the name of what the second holds (nginx.org, alphabetical index)."""

_DEEPEST = 32


def literals(source: Source) -> Iterator[Literal | Region]:
    """Every argument, called with its index; `fastcgi_param NAME x` is reached by NAME too."""
    blocks: list[str] = []
    words: list[str] = []
    at = 3 if source.data.startswith(b"\xef\xbb\xbf") else 0
    while at < len(source.data):
        match = _TOKEN.match(source.data, at)
        if match is None:
            at += 1
            continue
        at = match.end()
        form = match.lastgroup or "plain"
        if form == "sign":
            _sign(match["sign"], blocks, words)
            continue
        found = _argument(source, match, form, (*blocks, *_reached(words)), len(words) - 1)
        if form != "comment":
            words.append(found.text)
        if form == "comment" or len(words) > 1:
            yield found


def _sign(sign: bytes, blocks: list[str], words: list[str]) -> None:
    """Keeps count of the blocks around; a directive ends at each sign."""
    if sign == b"{":
        blocks.append(words[0] if words else "")
    elif sign == b"}":
        del blocks[-1:]
    words.clear()


def _reached(words: list[str]) -> list[str]:
    """The directive, and the name that its first argument gives the second."""
    named = bool(words) and words[0] in _NAMED
    return words[:2] if named else words[:1]


def _argument(
    source: Source, match: re.Match[bytes], form: str, names: tuple[str, ...], index: int
) -> Literal:
    start, end = match.span(form)
    if form == "comment":
        span = Span(start - 1, end)
        pieces = escaped(source.data, start, end, re.compile(rb"(?!)"), _meaning)
        return decoded(
            source.data, span, pieces, source.encoding, form, position=Position.COMMENT, language=NAME
        )
    span = Span(start, end) if form == "plain" else Span(start - 1, end + 1)
    return decoded(
        source.data,
        span,
        escaped(source.data, start, end, _ESCAPES[form], _meaning),
        source.encoding,
        form,
        names=names[-_DEEPEST:],
        call=Call(names[-1], index) if names and index >= 0 else None,
        position=Position.VALUE,
        language=NAME,
    )


def _meaning(match: re.Match[bytes]) -> str:
    return HOLE if match[0][:1] == b"$" else match[0][1:].decode()


def encode(text: str, form: str) -> str | None:
    """The text as an argument, bare or between quotes; None where nginx would read a variable in it."""
    if re.search(r"[\r\n\x00]", text) or (form != "comment" and "$" in text):
        return None
    if form == "comment":
        return text
    if form == "plain":
        bare = bool(text) and not re.search(r"[\s{};#]", text) and text[0] not in "\"'"
        return text if bare and not _ESCAPING.search(text) else None
    quote = '"' if form == "double" else "'"
    return _ESCAPING.sub(r"\\\\", text).replace(quote, "\\" + quote)


SAMPLES = (
    Sample(
        b"""# the site www.shop.example
server {
    listen 80;
    server_name www.shop.example shop.example;
    location ~ \\.php$ {
        fastcgi_pass 10.0.0.5:9000;
        fastcgi_param DB_HOST "db1.shop.example";
    }
    proxy_pass http://$backend.shop.example/;
    add_header X-From 'it\\'s www.shop.example';
}
""",
        (
            (" the site www.shop.example", ()),
            ("www.shop.example", ("server", "server_name")),
            ("shop.example", ("server", "server_name")),
            ("10.0.0.5:9000", ("server", "location", "fastcgi_pass")),
            ("db1.shop.example", ("server", "location", "fastcgi_param", "DB_HOST")),
            (f"http://{HOLE}.shop.example/", ("server", "proxy_pass")),
            ("it's www.shop.example", ("server", "add_header", "X-From")),
        ),
        "deploy/nginx/www.conf",
    ),
)
