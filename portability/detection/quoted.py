"""A line of a program in no language of the room in, its quoted texts as literals with names and calls out.

Ruby, Perl, Java, Terraform and their like quote, name and call alike: `host = "x"`, `:host => 'x'`,
`Net::SMTP.start('x')`, `server 'x'`. What cannot be told stays without a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.model import HOLE, Call, Literal, Position, Source, Span
from portability.syntax.literals import Piece, decoded

NAME = "program"
"""The language of such a literal."""

_READ = re.compile(
    r"\.(?:rb|rake|pl|pm|cgi|java|go|cs|lua|groovy|gradle|ps1|pp|tf|tfvars|hcl|toml|jsp|vbs)"
    r"(?:[._-](?:example|sample|dist|template))?$|"
    r"(?:^|/)(?:Vagrantfile|Capfile|Rakefile|Jenkinsfile)(?:[._-]\w+)?$",
    re.IGNORECASE,
)
_PROGRAM = re.compile(rb"#![^\r\n]*(?:perl|ruby|lua|groovy)")
_QUOTED = re.compile(rb"\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\\\r\n]|\\.)*'")
_FILLED = re.compile(rb"#\{[^{}]*\}|\$\{[^{}]*\}|[$@][A-Za-z_]\w*(?:->)?(?:[\[{][^\]}]*[\]}])*")
_NAMED = re.compile(
    rb"(?P<path>[A-Za-z_][\w.]*(?:->)?(?:[\[{(]?[:'\"]?[\w.-]+['\"]?[\]})])*)['\"]?\s*"
    rb"(?:=>|\|\|=|(?<![=!<>])=(?!=)|(?<!:):(?!:))\s*(?:\[|%w[\[(]|new\s+\w+\()?\s*\Z"
)
_COMPARED = re.compile(rb"(?:==|!=|=~|\beq|\bne|\bwhen)\s*\Z")
_OPENED = re.compile(rb"(?P<on>(?:[\w$@]+(?:::|\.|->))*)(?P<name>\w+)\(\s*(?P<rest>[^()]*)\Z")
_COMMAND = re.compile(rb"\s*(?P<on>(?:[\w$@]+(?:::|\.|->))*)(?P<name>[A-Za-z_]\w*)\s+(?P<rest>[^=()]*)\Z")


def is_program(source: Source) -> bool:
    """Whether the file is a program whose quoted texts can be told from the rest of a line."""
    return bool(_READ.search(source.path)) or bool(_PROGRAM.match(source.data))


def literals(source: Source, start: int, end: int) -> Iterator[Literal]:
    """The quoted texts between two bytes, which hold one line."""
    for match in _QUOTED.finditer(source.data, start, end):
        if match.end() - match.start() < 4:
            continue
        before = source.data[start : match.start()]
        span = Span(*match.span())
        pieces = _pieces(source.data, span, match.group()[:1] == b'"')
        names = _names(before)
        position = Position.COMPARISON if _COMPARED.search(before) else Position.EXPRESSION
        yield decoded(
            source.data,
            span,
            pieces,
            source.encoding,
            "quoted",
            names=names,
            call=_call(before, names),
            position=position,
            language=NAME,
        )


def _pieces(data: bytes, span: Span, filled: bool) -> Iterator[Piece]:
    """The text without its quotes; what a run fills in is a hole."""
    at, end = span.start + 1, span.end - 1
    for match in _FILLED.finditer(data, at, end) if filled else ():
        if match.start() > at:
            yield Piece(at, match.start())
        yield Piece(match.start(), match.end(), HOLE)
        at = match.end()
    if at < end:
        yield Piece(at, end)


def _names(before: bytes) -> tuple[str, ...]:
    """The path of names that the line gives a text after `before`."""
    found = _NAMED.search(before)
    if not found:
        return ()
    return tuple(part.decode("ascii", "replace") for part in re.findall(rb"[\w-]+", found.group("path")))


def _call(before: bytes, names: tuple[str, ...]) -> Call | None:
    """The call in which a text after `before` is an argument, by position or by its last name."""
    found = _OPENED.search(before) or _COMMAND.match(before)
    if found is None:
        return None
    rest = found.group("rest")
    keyword = names[-1] if names and re.search(rb"(?:=>|:)\s*\Z", rest) else ""
    receiver = re.sub(rb"(?:::|\.|->)\Z", b"", found.group("on")).decode("ascii", "replace")
    return Call(found.group("name").decode("ascii", "replace"), rest.count(b","), keyword, receiver)
