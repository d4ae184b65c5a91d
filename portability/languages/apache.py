"""Apache's configuration in, the arguments of its directives by section and directive out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Call, Literal, Position, Region, Source, Span
from portability.syntax.literals import Piece, decode, decoded, escaped

NAME = "apache"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_LINE = re.compile(
    rb"[ \t]*(?:#(?P<comment>[^\r\n]*)"
    rb"|</(?P<end>[^\s>]*)[^\r\n]*"
    rb"|<(?P<section>[^\s>]+)(?P<condition>(?:[^\\\r\n]++|\\(?:\r\n|.|\Z))*)"
    rb"|(?P<name>[^\s]+)(?P<arguments>(?:[^\\\r\n]++|\\(?:\r\n|.|\Z))*))?(?:\r\n?|\n|\Z)",
    re.S,
)
_ARGUMENT = re.compile(
    rb"(?:[ \t]|\\\r?\n)*(?:\"(?P<double>(?:[^\"\\]++|\\.)*+)\"|'(?P<single>(?:[^'\\]++|\\.)*+)'"
    rb"|(?P<plain>(?:[^\s\\]++|\\(?!\r?\n).)+))",
    re.S,
)
_VARIABLE = rb"\$\{[^}\r\n]*\}|%\{[^}\r\n]*\}"
_ESCAPES = {
    "double": re.compile(rb"\\[\\\"]|" + _VARIABLE),
    "single": re.compile(rb"\\[\\']|" + _VARIABLE),
    "plain": re.compile(rb"\\\\|" + _VARIABLE),
}
_SETS = {"setenv", "define", "setenvif", "php_value", "php_admin_value", "php_flag", "php_admin_flag"}
_PATTERNS = {
    "rewriterule": (0,),
    "rewritecond": (1,),
    "setenvif": (1,),
    "setenvifnocase": (1,),
} | dict.fromkeys(
    ("redirectmatch", "aliasmatch", "scriptaliasmatch", "proxypassmatch", "filesmatch", "directorymatch"),
    (0, 1),
)
"""Directives that take patterns, and as which arguments."""

_READS_SIGNS = frozenset(
    "rewriterule rewritecond rewritemap header requestheader redirectmatch aliasmatch scriptaliasmatch "
    "proxypassmatch proxyhtmlurlmap substitute logformat customlog errorlogformat setenvif setenvifnocase "
    "browsermatch browsermatchnocase locationmatch if elseif setenvifexpr".split()
)
"""Directives that read signs (`$1`, `%t`, backslashes) in their arguments themselves."""

_UNFIT = {"signs": re.compile(r"[\\\"'$%\s]"), "pattern": re.compile(r"[\"'\s]|\\(?:\w|\Z)")}
"""What stands for something else there, by what a form ends in."""

_DEEPEST = 32


def literals(source: Source) -> Iterator[Literal | Region]:
    """Every argument, called with its index; `SetEnv NAME x` is reached by NAME too."""
    sections: list[str] = []
    at = 3 if source.data.startswith(b"\xef\xbb\xbf") else 0
    while at < len(source.data):
        match = _LINE.match(source.data, at)
        if match is None or match.end() == at:
            at += 1
            continue
        at = match.end()
        yield from _line(source, match, sections)


def encode(text: str, form: str) -> str | None:
    """The text as an argument: bare, or between quotes; None where a variable would be read in it."""
    if re.search(r"[\r\n\x00]", text) or (form != "comment" and re.search(r"[$%]\{", text)):
        return None
    if form == "comment":
        return text
    own, _, special = form.rpartition("-")
    if special in _UNFIT:
        return None if _UNFIT[special].search(text) else encode(text, own)
    if form == "plain" and text.endswith("\\"):
        return None
    if form == "plain":
        bare = text and not re.search(r"\s", text) and text[0] not in "\"'"
        return re.sub(r"\\{2,}|\\+$", lambda m: m[0] * 2, text) if bare else None
    quote = '"' if form == "double" else "'"
    written = re.sub(rf"\\{{2,}}|\\+(?=$|{quote})", lambda m: m[0] * 2, text)
    return written.replace(quote, "\\" + quote)


def _line(source: Source, match: re.Match[bytes], sections: list[str]) -> Iterator[Literal]:
    """What one line holds; `sections` is changed as sections begin and end."""
    if match["comment"] is not None:
        start, end = match.span("comment")
        yield _token(source, Span(start - 1, end), [Piece(start, end)], "comment")
    elif match["end"] is not None:
        del sections[-1:]
    elif match["section"] is not None:
        name = decode(match["section"], source.encoding)
        start, end = match.span("condition")
        closing = source.data.rfind(b">", start, end)
        yield from _arguments(source, Span(start, end if closing < 0 else closing), (*sections, name))
        sections.append(name)
    elif match["name"] is not None:
        name = decode(match["name"], source.encoding)
        yield from _arguments(source, Span(*match.span("arguments")), (*sections, name))


def _arguments(source: Source, span: Span, names: tuple[str, ...]) -> Iterator[Literal]:
    """The arguments of one directive, in order."""
    directive, more, index, at = names[-1], "", 0, span.start
    while (match := _ARGUMENT.match(source.data, at, span.end)) is not None:
        form = match.lastgroup or "plain"
        start, end = match.span(form)
        own = Span(start, end) if form == "plain" else Span(start - 1, end + 1)
        written = form + _special(directive.lower(), index)
        pieces = escaped(source.data, start, end, _ESCAPES[form], _meaning)
        reached = (*names, more) if more else names
        found = _token(source, own, pieces, written, reached[-_DEEPEST:], Call(directive, index))
        yield found
        if index == 0 and directive.lower() in _SETS:
            more = found.text
        index, at = index + 1, match.end()


def _special(directive: str, index: int) -> str:
    """What a form ends in where the directive reads signs in that argument."""
    if index in _PATTERNS.get(directive, ()):
        return "-pattern"
    return "-signs" if directive in _READS_SIGNS else ""


def _token(
    source: Source,
    span: Span,
    pieces: Iterator[Piece] | list[Piece],
    form: str,
    names: tuple[str, ...] = (),
    call: Call | None = None,
) -> Literal:
    position = Position.COMMENT if form == "comment" else Position.VALUE
    return decoded(
        source.data,
        span,
        pieces,
        source.encoding,
        form,
        names=names,
        call=call,
        position=position,
        language=NAME,
    )


def _meaning(match: re.Match[bytes]) -> str:
    return HOLE if match[0][:1] in b"$%" else match[0][1:].decode()


SAMPLES = (
    Sample(
        b"""# for www.shop.example
<VirtualHost *:80>
    ServerName www.shop.example
    ServerAlias shop.example \\
        "old.shop.example"
    SetEnv DB_HOST 'db1.shop.example'
    <IfModule mod_rewrite.c>
        RewriteCond %{HTTP_HOST} !^www\\.shop\\.example$ [NC]
        RewriteRule ^(.*)$ https://www.shop.example/$1 [R=301,L]
    </IfModule>
    php_value session.save_path "tcp://cache.shop.example:6379?a=\\"b\\""
    ProxyPass /api http://${API}.shop.example/
</VirtualHost>
Header set X "a
""",
        (
            (" for www.shop.example", ()),
            ("*:80", ("VirtualHost",)),
            ("www.shop.example", ("VirtualHost", "ServerName")),
            ("old.shop.example", ("VirtualHost", "ServerAlias")),
            ("db1.shop.example", ("VirtualHost", "SetEnv", "DB_HOST")),
            ("!^www\\.shop\\.example$", ("VirtualHost", "IfModule", "RewriteCond")),
            ("https://www.shop.example/$1", ("VirtualHost", "IfModule", "RewriteRule")),
            (
                'tcp://cache.shop.example:6379?a="b"',
                ("VirtualHost", "php_value", "session.save_path"),
            ),
            (f"http://{HOLE}.shop.example/", ("VirtualHost", "ProxyPass")),
            ('"a', ("Header",)),
        ),
        "deploy/apache/www.conf",
    ),
)
