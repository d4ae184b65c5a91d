"""A crontab in, its NAME=value lines out, and its commands as one Region of shell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Literal, Position, Region, Source, Span
from portability.syntax.literals import simple

NAME = "crontab"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_LINE = re.compile(
    rb"^(?:\xef\xbb\xbf)?[ \t]*(?:#(?P<comment>[^\r\n]*)"
    rb"|(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<value>\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\r\n]*?)[ \t]*(?=\r?$)"
    rb"|(?:@\w+|(?:[-*/,0-9A-Za-z?LW#]+[ \t]+){4}[-*/,0-9A-Za-z?LW#]+)[ \t]+(?P<command>[^\r\n]*))",
    re.M,
)
_USER = re.compile(rb"[a-z_][a-z0-9_-]*\$?[ \t]+")
_USUAL_USER = re.compile(
    rb"(?:root|www-data|webapp|apache|httpd|nginx|nobody|ubuntu|ec2-user|admin|deploy|daemon)[ \t]+"
)
_BLANK = bytes(code if code in b"\r\n" else 32 for code in range(256))


def literals(source: Source) -> Iterator[Literal | Region]:
    """Comments and variables as Literals; the commands, schedule and user blanked, as a Region."""
    users = _USER if "cron.d/" in source.path else _USUAL_USER
    kept: list[bytes] = []
    at = 0
    for match in _LINE.finditer(source.data):
        if match["comment"] is not None:
            span = Span(*match.span("comment"))
            whole = Span(span.start - 1, span.end)
            yield simple(
                source.data,
                whole,
                span,
                source.encoding,
                "comment",
                position=Position.COMMENT,
                language=NAME,
            )
        elif match["name"] is not None:
            yield _variable(source, match)
        else:
            user = users.match(source.data, *match.span("command"))
            start = user.end() if user else match.start("command")
            kept += [source.data[at:start].translate(_BLANK), source.data[start : match.end("command")]]
            at = match.end("command")
    if kept:
        yield Region("shell", b"".join([*kept, source.data[at:].translate(_BLANK)]))


def encode(text: str, form: str) -> str | None:
    """The text as the value of a variable, bare or quoted: cron knows no escapes."""
    if re.search(r"[\r\n\x00]", text):
        return None
    quote = {"double": '"', "single": "'"}.get(form)
    if quote:
        return None if quote in text else text
    if form == "plain" and (text != text.strip(" \t") or text[:1] in {'"', "'"}):
        return None
    return text


def _variable(source: Source, match: re.Match[bytes]) -> Literal:
    start, end = match.span("value")
    form = {b'"': "double", b"'": "single"}.get(source.data[start : start + 1], "plain")
    closed = end - start > 1 and source.data[end - 1] == source.data[start]
    form = form if closed else "plain"
    inner = Span(start, end) if form == "plain" else Span(start + 1, end - 1)
    return simple(
        source.data,
        Span(start, end),
        inner,
        source.encoding,
        form,
        names=(match["name"].decode("ascii"),),
        position=Position.VALUE,
        language=NAME,
    )


SAMPLES = (
    Sample(
        b"""# watched by ops.shop.example
MAILTO="cron@shop.example"
DB_HOST = db1.shop.example
*/5 * * * * www-data /usr/bin/php /srv/job.php --host=mq.shop.example >/dev/null 2>&1
@daily curl -s https://www.shop.example/$page
""",
        (
            (" watched by ops.shop.example", ()),
            ("cron@shop.example", ("MAILTO",)),
            ("db1.shop.example", ("DB_HOST",)),
            ("mq.shop.example", ("--host",)),
            (f"https://www.shop.example/{HOLE}", ("-s",)),
        ),
        "deploy/crontab",
    ),
)
