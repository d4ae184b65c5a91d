"""A configuration or program in no language of the room in, its lines as literals out.

A line's text is all of it; its name is its first word. Comments are told by their signs at its start.
In a program the quoted texts of a line are literals of their own, see `quoted`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from portability.detection import quoted
from portability.model import Literal, Position, Source, Span
from portability.syntax.literals import simple

NAME = "text"
"""The language of such a literal."""

_READ = re.compile(
    r"\.(?:cfg|conf|cnf|config|vcl|toml|tf|tfvars|hcl|pl|pm|cgi|rb|erb|java|go|cs|lua|tcl|j2|tmpl|service|timer|"
    r"rules|cron|te|pp|gradle|groovy|bat|cmd|ps1|asp|aspx|jsp|vbs|sed|awk)(?:[._-]\w+)?$|"
    r"(?:^|/)(?:Dockerfile|Vagrantfile|Makefile|Jenkinsfile|Capfile|Rakefile|Procfile|Caddyfile|hosts|crontab)"
    r"(?:[._-]\w+)?$|(?:^|/)(?:nginx|apache2?|httpd|haproxy|varnish|supervisord?|sites-(?:available|enabled)|"
    r"conf\.d|cron\.\w+|logrotate\.d)/",
    re.IGNORECASE,
)
_PROGRAM = re.compile(rb"#![^\r\n]*(?:perl|ruby|awk|tclsh|lua|groovy|expect)")
_LINE = re.compile(rb"[^\r\n]+")
_COMMENT = re.compile(rb"[ \t]*(?:#|;|//|/\*|\*(?=[ \t/])|--|'|REM\b|rem\b|=(?:head|item|over|back|cut)|!)")
_TRAILING = re.compile(rb"[ \t]+(?:#|//)[ \t][^\"'\r\n]*\Z")
_WORD = re.compile(
    rb"[ \t]*(?:-\s+|export\s+|set\s+|my\s+|our\s+|ENV\s+|ARG\s+|[$@%]|\"|')?([A-Za-z_][\w.-]*)"
)
LONGEST = 4000
"""Bytes of a line beyond which it is data."""


def is_read(source: Source) -> bool:
    """Whether the file is one that a machine reads: a README is not."""
    return bool(_READ.search(source.path)) or bool(_PROGRAM.match(source.data))


def literals(source: Source) -> Iterator[Literal]:
    """Each line that is not blank; of a program, the quoted texts of a line that has any."""
    is_program = quoted.is_program(source)
    for match in _LINE.finditer(source.data):
        line = match.group()
        if len(line) > LONGEST or not line.strip():
            continue
        start = match.start() + len(line) - len(line.lstrip())
        is_comment = bool(_COMMENT.match(line))
        trailing = None if is_comment else _TRAILING.search(line)
        end = match.start() + (trailing.start() if trailing else len(line.rstrip()))
        if is_program and not is_comment:
            found = tuple(quoted.literals(source, start, end))
            yield from found
            if found and not _has_more(source.data, start, end, found):
                continue
        word = _WORD.match(line)
        names = (word.group(1).decode("ascii"),) if word and not is_comment else ()
        position = Position.COMMENT if is_comment else Position.VALUE
        span = Span(start, end)
        yield simple(
            source.data, span, span, source.encoding, NAME, names=names, position=position, language=NAME
        )


def _has_more(data: bytes, start: int, end: int, found: Iterable[Literal]) -> bool:
    """Whether an address stands in the line outside of its quoted texts."""
    at, rest = start, []
    for literal in found:
        rest.append(data[at : literal.span.start])
        at = literal.span.end
    return b"://" in b" ".join([*rest, data[at:end]])
